import { Customer } from '../persistence/customer.js';
import { Delegation, type DelegationRow } from '../persistence/delegation.js';
import { sqlState } from '../persistence/outage.js';
import { PairingCode } from '../persistence/pairing-code.js';
import { FOR_UPDATE } from '../persistence/session.js';
import { type Actor, DELEGABLE_SCOPES, namedInEvidence, type Scope } from './actor.js';
import { lockCustomerRows } from './customer.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';

/** What an agency may do where nothing is said: look, write on tickets and connect stores. What moves prepaid minutes is named or not given. */
export const USUAL_DELEGATION = DELEGABLE_SCOPES.filter((scope) => scope !== 'TIME_WRITE');

/** The most delegations of one customer that stand at once. */
export const MAX_DELEGATIONS = 50;

export interface DelegationInput {
  /** The agency, by the id that it shows its clients: nobody is looked up by an e-mail address, which would tell who is a customer. */
  readonly agencyId: string;
  /** What the customer calls it. */
  readonly agencyName: string;
  readonly scopes: readonly Scope[];
  /** From here on it lets nothing any more; null: until it is taken back. */
  readonly expiresAt: Temporal.Instant | null;
}

/**
 * Lets an agency act for the customer that asks, from now on; what it was let before ends with it. Refuses scopes that are not to be delegated, an end that has
 * passed, the customer itself as its agency, and an id that is nobody's: who has it was told it by the agency, as it cannot be guessed.
 */
export async function grantDelegation(
  em: EntityManager,
  actor: Actor,
  input: DelegationInput,
  now: Temporal.Instant,
): Promise<DelegationRow> {
  const customerId = customerItself(actor);
  if (customerId === null)
    throw new Refusal([userError('NOT_AVAILABLE', 'A customer itself lets agencies act for it; nobody does so for it.')]);
  if (input.agencyId === customerId) throw new Refusal([userError('INVALID', 'You act for yourself without a delegation.', 'agencyId')]);
  const beyond = input.scopes.filter((scope) => !(DELEGABLE_SCOPES as readonly Scope[]).includes(scope));
  if (input.scopes.length === 0 || beyond.length > 0) {
    throw new Refusal([userError('INVALID', `A delegation carries one or more of ${DELEGABLE_SCOPES.join(', ')}.`, 'scopes')]);
  }
  if (input.expiresAt !== null && Temporal.Instant.compare(input.expiresAt, now) <= 0) {
    throw new Refusal([userError('INVALID', 'expiresAt lies in the past: a delegation must be usable for a while.', 'expiresAt')]);
  }
  await lockCustomerRows(em, [customerId]);
  const standing = await em.find(Delegation, { customer: customerId, revokedAt: null });
  for (const delegation of standing) {
    const isOver = delegation.expiresAt !== null && Temporal.Instant.compare(delegation.expiresAt, now) <= 0;
    if (isOver || delegation.agency.id === input.agencyId) await revoke(em, delegation, actor, now);
  }
  await em.flush();
  if (standing.filter((delegation) => delegation.revokedAt === null).length >= MAX_DELEGATIONS) {
    throw new Refusal([userError('CONFLICT', `At most ${MAX_DELEGATIONS} agencies act for a customer. Take one back first.`, 'agencyId')]);
  }
  const { email, name } = await em.findOneOrFail(Customer, { id: customerId });
  const delegation = em.create(Delegation, {
    customer: customerId,
    agency: input.agencyId,
    scopes: [...new Set(input.scopes)],
    agencyName: input.agencyName,
    customerName: name ?? email,
    grantedAt: now,
    grantedBy: namedInEvidence(actor),
    expiresAt: input.expiresAt,
    revokedAt: null,
    revokedBy: null,
  });
  em.persist(delegation);
  await flushed(em);
  return delegation;
}

const FOREIGN_KEY_VIOLATION = '23503';

/** The customer may not see the agency's row, so that the database tells whether there is one. */
async function flushed(em: EntityManager): Promise<void> {
  try {
    await em.flush();
  } catch (error) {
    if (sqlState(error) !== FOREIGN_KEY_VIOLATION) throw error;
    throw new Refusal([userError('NOT_FOUND', 'No agency has this id. Ask it for the one that its viewer shows.', 'agencyId')]);
  }
}

/**
 * Takes a delegation back: from now on the agency may do nothing for the customer, and a pairing code that it may hold pairs nothing. Taking it back again keeps the first moment.
 */
export async function revokeDelegation(
  em: EntityManager,
  actor: Actor,
  delegationId: string,
  now: Temporal.Instant,
): Promise<DelegationRow> {
  const own = actor.kind === 'STAFF' ? {} : { customer: customerItself(actor) };
  const delegation = await em.findOne(Delegation, { id: delegationId, ...own }, FOR_UPDATE);
  if (delegation === null) throw new Refusal([userError('NOT_FOUND', 'There is no such delegation of yours.', 'delegationId')]);
  if (delegation.revokedAt === null) await revoke(em, delegation, actor, now);
  return delegation;
}

/** Open codes end whoever made them: they are handed on to those who set plugins up, and that is the agency. */
async function revoke(em: EntityManager, delegation: DelegationRow, actor: Actor, now: Temporal.Instant): Promise<void> {
  delegation.revokedAt = now;
  delegation.revokedBy = namedInEvidence(actor);
  await em.nativeDelete(PairingCode, { customer: delegation.customer.id, usedAt: null });
}

/** The customer that asks for itself; null for all others, agencies that act for one among them. */
export const customerItself = (actor: Actor): string | null =>
  actor.kind === 'CUSTOMER' && actor.delegationId === undefined ? actor.customerId : null;

/** Delegations of a customer that stand at an instant, the newest first. */
export function standingDelegations(em: EntityManager, customerId: string, at: Temporal.Instant): Promise<DelegationRow[]> {
  return em.find(
    Delegation,
    { customer: customerId, ...standingAt(at) },
    { orderBy: { grantedAt: 'desc', id: 'desc' }, limit: MAX_DELEGATIONS },
  );
}

/** The condition that a delegation stands at an instant. */
export const standingAt = (at: Temporal.Instant) => ({ revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: at } }] });
