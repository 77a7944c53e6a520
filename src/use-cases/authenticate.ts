import type { Session } from '../persistence/session.js';
import { setVisibility } from '../persistence/session.js';
import { digestAccessToken, parseAccessToken } from './access-token-format.js';
import { type Actor, type ActorKind, DELEGABLE_SCOPES, scopesOf, visibilityOf } from './actor.js';
import { emailKey } from './customer.js';
import { fromGlobalId, NOWHERE } from './global-id.js';

/** A vouched-for identity from the vendor's own issuer. */
export type VerifiedClaims =
  | { readonly kind: 'customer'; readonly email: string }
  /** `session`: the issuer's name for the session of the person; null where it tells none. */
  | { readonly kind: 'staff'; readonly subject: string; readonly session: string | null };

interface TokenRow {
  readonly id: string | null;
  readonly kind: ActorKind;
  readonly principal: string;
  readonly scopes: readonly string[];
  readonly customer_id: string | null;
  readonly store_id: string | null;
  readonly stale: boolean;
}

/** Last use is noted at most this often per token: it is for housekeeping, not for accounting. */
const LAST_USE_MINUTES = 5;

// One round trip looks the token up and tells the connection who asks. Without a usable token the connection sees nothing:
// the row is always there, so that nothing of an earlier request on this connection can remain.
// Row-level security shows the token with the digest that is being authenticated, for the length of this statement. The condition on
// `marker` names no column, so it is asked before any row is looked at: without the mark no token would be found.
const AUTHENTICATE = `
  with marker as materialized (select set_config('tenure.authenticating', encode($1::bytea, 'hex'), true) as digest),
  token as materialized (
    select id, kind, principal, scopes, customer_id, store_id, coalesce(last_used_at < $2::timestamptz - interval '${LAST_USE_MINUTES} minutes', true) as stale
    from access_token
    where (select marker.digest from marker) <> '' and digest = $1 and lower(kind) = $3 and revoked_at is null and (expires_at is null or expires_at > $2)
  )
  select token.*,
    set_config('tenure.sees', case when token.kind in ('STAFF', 'PARTNER') then 'all' when token.id is null then 'nothing' else 'customer' end, false),
    set_config('tenure.customer', coalesce(token.customer_id::text, ''), false)
  from (values (1)) as one left join token on true`;

/** Who a token of ours speaks for, or null. From here on the session sees what that actor may see. Junk costs no query. */
export async function authenticateToken(session: Session, text: string, pepper: string, now: Temporal.Instant): Promise<Actor | null> {
  const parsed = parseAccessToken(text);
  if (parsed === null) return null;
  const values = [digestAccessToken(parsed.token, pepper), now.toString(), parsed.kind];
  const [row] = await session.query<TokenRow>({ name: 'authenticate', text: AUTHENTICATE, values, saysWhoAsks: true });
  if (row === undefined || row.id === null) return null;
  if (row.stale) {
    await session.query({
      name: 'note-last-use',
      text: 'update access_token set last_used_at = $2 where id = $1',
      values: [row.id, now.toString()],
    });
  }
  return {
    kind: row.kind,
    name: row.principal,
    credential: `token:${row.id}`,
    scopes: scopesOf(row.kind, row.scopes),
    customerId: row.customer_id,
    storeId: row.store_id,
  };
}

/** The actor behind claims that the door has verified; null for a customer that the vendor does not know. */
export async function authenticateClaims(session: Session, claims: VerifiedClaims): Promise<Actor | null> {
  if (claims.kind === 'staff') {
    const { subject, session: staffSession } = claims;
    const actor: Actor = {
      ...{ kind: 'STAFF', name: `staff:${subject}`, scopes: scopesOf('STAFF', []), customerId: null, storeId: null },
      ...(staffSession === null ? {} : { credential: `session:${staffSession}` }),
    };
    await setVisibility(session, visibilityOf(actor));
    return actor;
  }
  await setVisibility(session, { sees: 'all' });
  const [row] = await session.query<{ id: string }>({
    name: 'customer-by-email',
    text: 'select id from customer where email = $1',
    values: [emailKey(claims.email)],
  });
  if (row === undefined) {
    await setVisibility(session, { sees: 'nothing' });
    return null;
  }
  const actor: Actor = {
    kind: 'CUSTOMER',
    name: `customer:${row.id}`,
    scopes: scopesOf('CUSTOMER', []),
    customerId: row.id,
    storeId: null,
  };
  await setVisibility(session, visibilityOf(actor));
  return actor;
}

interface DelegationRow {
  readonly id: string | null;
  readonly scopes: readonly string[];
}

// The agency's own session reads what it was granted; the same statement then tells the connection to see what the customer sees, or nothing at all.
const ACT_FOR = `
  with standing as materialized (
    select id, scopes from delegation
    where customer_id = $1 and agency_id = $2 and revoked_at is null and (expires_at is null or expires_at > $3)
  )
  select standing.*,
    set_config('tenure.sees', case when standing.id is null then 'nothing' else 'customer' end, false),
    set_config('tenure.customer', case when standing.id is null then '' else $1::uuid::text end, false)
  from (values (1)) as one left join standing on true`;

/**
 * The actor that an agency becomes when it acts for a customer, named by its global id: it sees what that customer sees and may do what it was let, and
 * evidence names both. Null without a delegation that stands at this moment, whatever is wrong with it: the session then sees nothing. Throws for an actor that
 * is no customer itself.
 */
export async function actFor(session: Session, agency: Actor, customer: string, now: Temporal.Instant): Promise<Actor | null> {
  if (agency.kind !== 'CUSTOMER' || agency.customerId === null) throw new Error('Only a customer acts for another one.');
  const values = [fromGlobalId('Customer', customer) ?? NOWHERE, agency.customerId, now.toString()];
  const [row] = await session.query<DelegationRow>({ name: 'act-for', text: ACT_FOR, values });
  if (row === undefined || row.id === null) return null;
  const customerId = values[0] ?? NOWHERE;
  return {
    ...agency,
    name: `${agency.name} for customer:${customerId}`,
    scopes: DELEGABLE_SCOPES.filter((scope) => agency.scopes.includes(scope) && row.scopes.includes(scope)),
    customerId,
    delegationId: row.id,
  };
}
