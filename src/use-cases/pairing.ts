import { AccessToken } from '../persistence/access-token.js';
import type { Database } from '../persistence/database.js';
import { Delegation } from '../persistence/delegation.js';
import { PairingCode } from '../persistence/pairing-code.js';
import { FOR_SHARE, FOR_UPDATE, openSession, queryWithin } from '../persistence/session.js';
import { Store, type StoreRow } from '../persistence/store.js';
import { createAccessToken } from './access-token.js';
import { standingAt } from './delegation.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';
import { digestPairingCode, mintPairingCode, parsePairingCode } from './pairing-code.js';
import { PUBLIC_KEY_BYTES, signatureBy } from './plugin-key.js';
import { LeaveEnded } from './standing-leave.js';

/** Long enough to change windows, short enough that a code on a screenshot is worth nothing. */
const CODE_LASTS = Temporal.Duration.from({ minutes: 15 });

/** How long tokens of earlier pairings go on: a store of several machines takes its new token from one of them. */
export const OVERLAP_HOURS = 24;

/** Stands before the code in what a plugin signs to show that it has the key that it brings. */
export const PAIR_DOMAIN = 'tenure-store-pair/1\n';

/**
 * Makes a code that pairs a store once within a quarter of an hour; codes made before are worth nothing from now on. Its text is in the result and nowhere else.
 * `own` keeps the caller to its rows; a code that an agency makes by a delegation lasts no longer than that. The vendor's own shops are refused: no plugin speaks
 * for them.
 */
export async function createPairingCode(
  em: EntityManager,
  own: { readonly customer?: string },
  storeId: string,
  pepper: string,
  now: Temporal.Instant,
  delegationId?: string,
): Promise<{ readonly store: StoreRow; readonly code: string; readonly expiresAt: Temporal.Instant }> {
  const expiresAt = await endOfCode(em, now, delegationId);
  const { store, customerId } = await lockedStore(em, own, storeId);
  await em.nativeDelete(PairingCode, { store: storeId, usedAt: null });
  const code = mintPairingCode();
  const digest = digestPairingCode(parsePairingCode(code) ?? '', pepper);
  em.persist(em.create(PairingCode, { store, customer: customerId, digest, createdAt: now, expiresAt, usedAt: null, token: null }));
  return { store, code, expiresAt };
}

async function endOfCode(em: EntityManager, now: Temporal.Instant, delegationId: string | undefined): Promise<Temporal.Instant> {
  const end = now.add(CODE_LASTS);
  if (delegationId === undefined) return end;
  // Whoever takes the delegation back waits for this code, and then ends it.
  const delegation = await em.findOne(Delegation, { id: delegationId, ...standingAt(now) }, FOR_SHARE);
  if (delegation === null) throw new LeaveEnded();
  const { expiresAt } = delegation;
  return expiresAt !== null && Temporal.Instant.compare(expiresAt, end) < 0 ? expiresAt : end;
}

export interface StorePairInput {
  /** As somebody typed it. */
  readonly code: string;
  /** Of the plugin: Ed25519, 32 bytes in base64. */
  readonly publicKey: string;
  /** By that key over `PAIR_DOMAIN` and the code as it stands here, in base64: whoever copied a key from elsewhere cannot make it. */
  readonly signature: string;
}

// Row-level security shows the one code with this digest, for the length of the transaction.
const MARK = `select set_config('tenure.pairing', $1, true)`;
// Of two plugins with one code, the second waits for the first, and then finds it used.
const USE_CODE = `
  update pairing_code set used_at = $2 where digest = $1 and used_at is null and expires_at > $2
  returning id, store_id, customer_id`;
const SEE_CUSTOMER = `select set_config('tenure.pairing', '', true), set_config('tenure.sees', 'customer', true), set_config('tenure.customer', $1, true)`;
const END_EARLIER_TOKENS = `
  update access_token set expires_at = $2
  where revoked_at is null and (expires_at is null or expires_at > $2) and id in (select token_id from pairing_code where store_id = $1)`;

/**
 * Pairs the plugin that brings a code: it gets a token of its store, and its key verifies the store's reports from now on. What earlier pairings gave goes on
 * for a day. For somebody who is nobody yet, on a session of its own. A mistyped code and a key that
 * is not the plugin's own cost no statement; a code that is wrong, used or out of time gives one
 * and the same refusal, after the same statements.
 */
export async function pairStore(
  database: Database,
  input: StorePairInput,
  pepper: string,
  now: Temporal.Instant,
): Promise<{ readonly store: StoreRow; readonly token: string }> {
  const code = parsePairingCode(input.code);
  if (code === null) {
    throw new Refusal([
      userError('INVALID', 'This is no code: a character is mistyped or missing. Copy it from the dashboard again.', 'code'),
    ]);
  }
  const publicKey = Buffer.from(input.publicKey, 'base64');
  if (publicKey.length !== PUBLIC_KEY_BYTES || publicKey.toString('base64') !== input.publicKey) {
    throw new Refusal([userError('INVALID', 'publicKey is an Ed25519 key: 32 bytes in base64, 44 characters.', 'publicKey')]);
  }
  if (signatureBy(publicKey, PAIR_DOMAIN, Buffer.from(input.code), input.signature) === null) {
    const message = `The signature is none of publicKey. Sign ${JSON.stringify(PAIR_DOMAIN)} and then the code, as it is sent.`;
    throw new Refusal([userError('INVALID', message, 'signature')]);
  }
  const digest = digestPairingCode(code, pepper);
  const session = openSession(database);
  try {
    return await session.transaction(async (em) => {
      await queryWithin(em, { name: 'pairing-mark', text: MARK, values: [digest.toString('hex')] });
      const [used] = await queryWithin<{ id: string; store_id: string; customer_id: string }>(em, {
        name: 'pairing-use-code',
        text: USE_CODE,
        values: [digest, now.toString()],
      });
      if (used === undefined) {
        throw new Refusal([
          userError('NOT_FOUND', 'This code pairs nothing: it is used or out of time, or never was. Make another one.', 'code'),
        ]);
      }
      await queryWithin(em, { name: 'pairing-see-customer', text: SEE_CUSTOMER, values: [used.customer_id] });
      const store = await em.findOneOrFail(Store, { id: used.store_id }, FOR_UPDATE);
      em.assign(store, { reportKey: publicKey, pairedAt: now });
      const until = now.add({ hours: OVERLAP_HOURS });
      await queryWithin(em, { name: 'pairing-end-earlier', text: END_EARLIER_TOKENS, values: [store.id, until.toString()] });
      const nobody = { scopes: [], customerId: null, expiresAt: null };
      const { token, text } = await createAccessToken(
        em,
        { ...nobody, kind: 'STORE', label: 'Paired plugin', storeId: store.id },
        pepper,
        now,
      );
      em.assign(await em.findOneOrFail(PairingCode, { id: used.id }), { token });
      return { store, token: text };
    });
  } finally {
    session.release();
  }
}

/** Ends all that a store's plugin has, at once: its tokens, however they were made, its key, and a code that is open. A store that is not paired stays so. */
export async function unpairStore(
  em: EntityManager,
  own: { readonly customer?: string },
  storeId: string,
  now: Temporal.Instant,
): Promise<StoreRow> {
  const { store } = await lockedStore(em, own, storeId);
  await em.nativeDelete(PairingCode, { store: storeId, usedAt: null });
  await em.nativeUpdate(AccessToken, { store: storeId, revokedAt: null }, { revokedAt: now });
  em.assign(store, { reportKey: null, pairedAt: null });
  return store;
}

async function lockedStore(em: EntityManager, own: { readonly customer?: string }, storeId: string) {
  const store = await em.findOne(Store, { id: storeId, ...own }, FOR_UPDATE);
  if (store === null) throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
  if (store.customer === null)
    throw new Refusal([userError('INVALID', 'Plugins of customers’ stores are paired. This is a shop of the vendor’s.', 'storeId')]);
  return { store, customerId: store.customer.id };
}

/** Until when the open code of each of these stores can be used; stores without one are left out. */
export async function openCodesOf(
  em: EntityManager,
  storeIds: readonly string[],
  at: Temporal.Instant,
): Promise<ReadonlyMap<string, Temporal.Instant>> {
  const codes = await em.find(PairingCode, { store: { $in: [...storeIds] }, usedAt: null, expiresAt: { $gt: at } });
  return new Map(codes.map(({ store, expiresAt }) => [store.id, expiresAt]));
}
