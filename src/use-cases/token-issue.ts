import type { AccessTokenRow, TokenKind } from '../persistence/access-token.js';
import { Customer } from '../persistence/customer.js';
import { withVendorSession } from '../persistence/session.js';
import { Store } from '../persistence/store.js';
import { createAccessToken, revokeAccessToken } from './access-token.js';
import type { AccessTokenKind } from './access-token-format.js';
import type { Scope } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import type { Gateway } from './gateway.js';
import { Refusal, userError } from './outcome.js';

/** A token as an operator asks for it: owners are named as people know them. */
export interface TokenRequest {
  readonly kind: AccessTokenKind;
  readonly label: string;
  /** For a partner: its name, the same for each of its tokens; null: the label. */
  readonly partner: string | null;
  readonly scopes: readonly Scope[];
  readonly customerEmail: string | null;
  readonly storeUrl: string | null;
  readonly expiresAt: Temporal.Instant | null;
}

export interface TokenSummary {
  readonly id: string;
  readonly kind: TokenKind;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Temporal.Instant | null;
  readonly revokedAt: Temporal.Instant | null;
}

/** Makes a token for the vendor. The text is in the answer only; it cannot be read again. Throws a `Refusal` on an unknown owner or wrong scopes. */
export function issueToken(
  { database, tokenPepper }: Pick<Gateway, 'database' | 'tokenPepper'>,
  request: TokenRequest,
  now: Temporal.Instant,
): Promise<{ readonly token: TokenSummary; readonly text: string }> {
  const { label, partner, scopes, expiresAt } = request;
  return withVendorSession(database, async (session) => {
    const { token, text } = await session.transaction(async (em) => {
      const customerId = request.customerEmail === null ? null : await customerByEmail(em, request.customerEmail);
      const storeId = request.storeUrl === null ? null : await storeByUrl(em, request.storeUrl);
      const kind = request.kind.toUpperCase() as TokenKind;
      return createAccessToken(em, { kind, label, partner, scopes, customerId, storeId, expiresAt }, tokenPepper, now);
    });
    return { token: summary(token), text };
  });
}

/** Ends a token at once. Revoking it again keeps the first moment. Throws a `Refusal` when there is no such token. */
export function revokeToken({ database }: Pick<Gateway, 'database'>, id: string, now: Temporal.Instant): Promise<TokenSummary> {
  return withVendorSession(database, async (session) => summary(await session.transaction((em) => revokeAccessToken(em, id, now))));
}

const summary = ({ id, kind, label, scopes, expiresAt, revokedAt }: AccessTokenRow): TokenSummary => ({
  id,
  kind,
  label,
  scopes,
  expiresAt,
  revokedAt,
});

async function customerByEmail(em: EntityManager, email: string): Promise<string> {
  const customer = await em.findOne(Customer, { email: email.trim().toLowerCase() });
  if (customer === null) throw new Refusal([userError('NOT_FOUND', `There is no customer with the e-mail address ${email}.`, 'customer')]);
  return customer.id;
}

async function storeByUrl(em: EntityManager, text: string): Promise<string> {
  const url = URL.parse(text.trim());
  // Addresses are kept as origin and path, without a slash at the end.
  const stores = url === null ? [] : await em.find(Store, { url: `${url.origin}${url.pathname.replace(/\/+$/, '')}` });
  const [store, other] = stores.filter((candidate) => candidate.role !== 'VENDOR_SHOP');
  if (store === undefined) throw new Refusal([userError('NOT_FOUND', `No customer’s store is connected at ${text}.`, 'store')]);
  if (other !== undefined) {
    throw new Refusal([
      userError('CONFLICT', `Stores of two platforms are connected at ${text}: make this token through the API.`, 'store'),
    ]);
  }
  return store.id;
}
