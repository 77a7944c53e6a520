import { typeid } from 'typeid-js';
import { AccessInformation, type AccessInformationRow, AccessReveal } from '../persistence/access-information.js';
import { TicketMessage } from '../persistence/ticket-message.js';
import { revealRefusals } from '../policy/access-reveal.js';
import { timePassed } from '../policy/ticket-machine.js';
import { needsAccess, purgeAccess } from './access-purge.js';
import { openAccess, sealAccess, secretDigest } from './access-seal.js';
import { namedInEvidence } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';
import {
  actOn,
  eventInstant,
  happenTo,
  lockedTicket,
  type TicketAnswer,
  type TicketCommand,
  ticketActor,
  ticketOnce,
} from './ticket-command.js';
import type { LoggedTicket } from './ticket-log.js';

export interface AccessAskInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  /** Names of items that the policy requires for the category of the work. */
  readonly items: readonly string[];
  /** What the customer is to send, in words. */
  readonly question: string;
}

/** B-18, A-10: asks the customer for access that the work requires; the ticket waits for it. Asked again, an item counts as neither sent nor verified. */
export function askAccess(command: TicketCommand, input: AccessAskInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'ticketAskAccess', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const { items, question } = input;
    return happenTo(command, ticket, { kind: 'ACCESS_REQUESTED', items, question, ...actOn(command, ticket) });
  });
}

/** A command that seals or opens, with the vendor's key of 32 bytes. */
export interface SecretCommand extends TicketCommand {
  readonly secretKey: Uint8Array;
}

export interface AccessSupplyInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  readonly item: string;
  /** At most 4,000 characters. Kept sealed, and nowhere else. */
  readonly secret: string;
}

/** B-18: keeps an item of access for a ticket, sealed under a key of that ticket. What was supplied of the item before is deleted. */
export function supplyAccess(command: SecretCommand, input: AccessSupplyInput): Promise<TicketAnswer> {
  const { em, now, actor, secretKey } = command;
  const { secret, ...rest } = input;
  const compared = { ...rest, secretDigest: secretDigest(secretKey, secret) };
  return ticketOnce(command, 'ticketSupplyAccess', compared, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const item = knownItem(ticket, input.item);
    const answer = await happenTo(command, ticket, { kind: 'ACCESS_SUPPLIED', items: [item], ...actOn(command, ticket) });
    if (answer.reasons.length > 0) return answer;
    await em.nativeUpdate(AccessInformation, { ticket: ticket.row.id, item, purgedAt: null }, { sealed: null, purgedAt: now });
    const id = typeid().toUUID();
    const sealed = await sealAccess(em, secretKey, { ticketId: ticket.row.id, item, id }, secret, now);
    const supplied = { id, ticket: ticket.row.id, item, sealed, suppliedAt: now, suppliedBy: namedInEvidence(actor) };
    em.persist(em.create(AccessInformation, { ...supplied, usable: null, checkedAt: null, checkedBy: null, purgedAt: null }));
    return answer;
  });
}

export interface AccessVerifyInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  readonly item: string;
  readonly usable: boolean;
  /** What shows it: kept among staff where it works, told to the customer where it does not. */
  readonly evidence: string;
}

/** B-18: notes whether an item works. One that does counts as verified; one that does not is asked for again, with what went wrong. */
export function verifyAccess(command: TicketCommand, input: AccessVerifyInput): Promise<TicketAnswer> {
  const { em, now, actor } = command;
  return ticketOnce(command, 'ticketVerifyAccess', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const { item, usable, evidence } = input;
    const row = await suppliedItem(em, ticket, item);
    if (row.purgedAt !== null) throw notSupplied();
    const act = actOn(command, ticket);
    const answer = await happenTo(
      command,
      ticket,
      usable
        ? { kind: 'ACCESS_VERIFIED', items: [item], ...act }
        : { kind: 'ACCESS_REQUESTED', items: [item], question: `${item} could not be used: ${evidence}`, ...act },
    );
    if (answer.reasons.length > 0) return answer;
    em.assign(row, { usable, checkedAt: now, checkedBy: namedInEvidence(actor) });
    const note = { authorKind: ticketActor(actor).kind, authorName: actor.name, body: `${item} works: ${evidence}`, writtenAt: now };
    if (usable) em.persist(em.create(TicketMessage, { ticket: ticket.row.id, visibility: 'INTERNAL', ...note }));
    return answer;
  });
}

export interface AccessRevealInput {
  readonly ticketId: string;
  readonly item: string;
  /** Why it is looked at; kept for good. */
  readonly reason: string;
}

export interface RevealAnswer extends TicketAnswer {
  /** Null where reasons stand against it. */
  readonly secret: string | null;
}

/**
 * B-18: shows an item to somebody of the vendor's staff, once per session of theirs: per token of ours, or per session that the
 * vendor's own issuer names, or per person where it names none. Who looked, when and why is recorded for good, before anything is shown. What no work needs any
 * more is deleted instead, whether or not the schedule has come to it.
 */
export async function revealAccess(command: SecretCommand, input: AccessRevealInput): Promise<RevealAnswer> {
  const { em, now, actor, secretKey } = command;
  const ticket = await lockedTicket(command, input.ticketId);
  await purgeUnneeded(em, ticket, now);
  const row = await suppliedItem(em, ticket, input.item);
  const staffSession = actor.credential ?? actor.name;
  const before = await em.findOne(AccessReveal, { accessInformation: row, staffSession });
  const shown = before === null ? null : { to: before.staffName, at: before.revealedAt };
  const reasons = revealRefusals(ticket.policy.document.clauses, { item: row.item, purgedAt: row.purgedAt, shown });
  if (reasons.length > 0) return { ticketId: ticket.row.id, reasons, secret: null };
  em.persist(
    em.create(AccessReveal, { accessInformation: row, staffName: actor.name, staffSession, reason: input.reason, revealedAt: now }),
  );
  return { ticketId: ticket.row.id, reasons, secret: await openAccess(em, secretKey, row) };
}

/** Deletes the access of a ticket that is past needing it, as time has left it by now. */
async function purgeUnneeded(em: EntityManager, ticket: LoggedTicket, now: Temporal.Instant): Promise<void> {
  const { document } = ticket.policy;
  const at = eventInstant(ticket, now);
  if (!needsAccess(timePassed(ticket.state, document, at).state, document, at)) await purgeAccess(em, ticket.row.id, now);
}

/** The name of an item that the policy knows. Another text is not repeated: it may be the secret, typed into the wrong field. */
function knownItem({ policy }: LoggedTicket, item: string): string {
  const known = [...new Set(Object.values(policy.document.access.required).flat())].sort();
  if (known.includes(item)) return item;
  const message =
    known.length === 0 ? 'The conditions of this ticket ask for no access.' : `The conditions of this ticket know ${known.join(', ')}.`;
  throw new Refusal([userError('INVALID', message, 'item')]);
}

/** What was last supplied of an item. */
async function suppliedItem(em: EntityManager, { row }: LoggedTicket, item: string): Promise<AccessInformationRow> {
  const [newest] = await em.find(AccessInformation, { ticket: row.id, item }, { orderBy: { suppliedAt: 'desc', id: 'desc' }, limit: 1 });
  if (newest === undefined) throw notSupplied();
  return newest;
}

const notSupplied = () =>
  new Refusal([userError('NOT_AVAILABLE', 'Nothing of this is there: it was not supplied, or was deleted.', 'item')]);
