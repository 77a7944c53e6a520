import { AccessToken, type AccessTokenRow, type TokenKind } from '../persistence/access-token.js';
import { Customer } from '../persistence/customer.js';
import { Store } from '../persistence/store.js';
import { type AccessTokenKind, digestAccessToken, mintAccessToken } from './access-token-format.js';
import { PARTNER_SCOPES, type Scope } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';

export interface AccessTokenInput {
  readonly kind: TokenKind;
  readonly label: string;
  /** For PARTNER: the partner's name, which the token that follows this one is given too. Null or left out: the label. */
  readonly partner?: string | null;
  readonly scopes: readonly Scope[];
  readonly customerId: string | null;
  readonly storeId: string | null;
  readonly expiresAt: Temporal.Instant | null;
}

/** Makes a token. Its text is in the result and nowhere else: only a keyed digest is stored. */
export async function createAccessToken(
  em: EntityManager,
  input: AccessTokenInput,
  pepper: string,
  now: Temporal.Instant,
): Promise<{ readonly token: AccessTokenRow; readonly text: string }> {
  if (input.expiresAt !== null && Temporal.Instant.compare(input.expiresAt, now) <= 0) {
    throw new Refusal([userError('INVALID', 'expiresAt lies in the past: a token must be usable for a while.', 'expiresAt')]);
  }
  const foreign = input.scopes.filter((scope) => !(PARTNER_SCOPES as readonly Scope[]).includes(scope));
  if (input.kind !== 'PARTNER' && input.scopes.length > 0) {
    throw new Refusal([
      userError('INVALID', 'Only partner tokens carry scopes; the other kinds have theirs by nature. Leave scopes out.', 'scopes'),
    ]);
  }
  if (input.kind === 'PARTNER' && (input.scopes.length === 0 || foreign.length > 0)) {
    throw new Refusal([userError('INVALID', `A partner token carries one or more of ${PARTNER_SCOPES.join(', ')}.`, 'scopes')]);
  }
  if (input.kind !== 'PARTNER' && input.partner != null) {
    throw new Refusal([userError('INVALID', 'Only partner tokens name a partner. Leave partner out.', 'partner')]);
  }
  const owner = await ownerOf(em, input);
  const minted = mintAccessToken(input.kind.toLowerCase() as AccessTokenKind);
  const token = em.create(AccessToken, {
    kind: input.kind,
    label: input.label,
    principal: principalOf(input, owner),
    digest: digestAccessToken(minted.token, pepper),
    scopes: [...input.scopes],
    customer: owner.customerId === null ? null : em.getReference(Customer, owner.customerId, { wrapped: true }),
    store: owner.storeId === null ? null : em.getReference(Store, owner.storeId, { wrapped: true }),
    createdAt: now,
    expiresAt: input.expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  });
  em.persist(token);
  return { token, text: minted.token };
}

interface Owner {
  readonly customerId: string | null;
  readonly storeId: string | null;
}

/** Outlives the token: a command that is repeated after the token was changed for the next one is the same command. */
function principalOf({ kind, label, partner }: AccessTokenInput, { customerId, storeId }: Owner): string {
  switch (kind) {
    case 'STAFF':
      return 'staff';
    case 'PARTNER':
      return `partner:${partner ?? label}`;
    case 'CUSTOMER':
      return `customer:${customerId}`;
    case 'STORE':
      return `store:${storeId}`;
  }
}

async function ownerOf(em: EntityManager, input: AccessTokenInput): Promise<Owner> {
  if (input.kind === 'STORE') {
    const store = input.storeId === null ? null : await em.findOne(Store, { id: input.storeId, customer: { $ne: null } });
    if (store?.customer == null)
      throw new Refusal([userError('NOT_FOUND', 'A store token needs the id of a customer’s store.', 'storeId')]);
    return { customerId: store.customer.id, storeId: store.id };
  }
  if (input.kind === 'CUSTOMER') {
    const customer = input.customerId === null ? null : await em.findOne(Customer, { id: input.customerId });
    if (customer === null) throw new Refusal([userError('NOT_FOUND', 'A customer token needs the id of a customer.', 'customerId')]);
    return { customerId: customer.id, storeId: null };
  }
  return { customerId: null, storeId: null };
}

/** From this instant the token opens nothing. Revoking it again changes nothing. */
export async function revokeAccessToken(em: EntityManager, id: string, now: Temporal.Instant): Promise<AccessTokenRow> {
  const token = await em.findOne(AccessToken, { id });
  if (token === null) throw new Refusal([userError('NOT_FOUND', 'There is no such token.', 'id')]);
  token.revokedAt ??= now;
  return token;
}
