import type { StorePlatform } from '../../integrations/store-platform.js';
import { Customer } from '../persistence/customer.js';
import { Purchase } from '../persistence/purchase.js';
import { FOR_UPDATE } from '../persistence/session.js';
import { Store, type StoreRole, type StoreRow } from '../persistence/store.js';
import type { Platform } from '../policy/compatibility.js';
import type { AmongStores } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';
import { openSecret, sealSecret } from './sealed-secret.js';
import { groupForStore } from './store-group.js';

export type StoreCredentials =
  | {
      readonly kind: 'MAGENTO_OAUTH';
      readonly consumerKey: string;
      readonly consumerSecret: string;
      readonly accessToken: string;
      readonly accessTokenSecret: string;
    }
  | { readonly kind: 'MAGENTO_BEARER'; readonly token: string }
  | {
      readonly kind: 'PRESTASHOP_KEY';
      readonly key: string;
      /** PrestaShop 9: an API client that may read modules. */
      readonly adminApi: { readonly clientId: string; readonly clientSecret: string } | null;
    };

/**
 * What connects to stores: made by the composition root from the connectors. The owner decides what may be reached, and shares what is known of a host with nobody;
 * null is the vendor.
 */
export type ConnectStore = (
  store: Pick<StoreRow, 'platform' | 'url' | 'timeZone'> & { readonly customer: { readonly id: string } | null },
  credentials: StoreCredentials,
) => StorePlatform;

export interface StoreConnectInput {
  /** The store to change, which may move to another address; left out or null: the one at this address, or a new one. */
  readonly storeId?: string | null;
  /** Which stores may be named; left out: any. */
  readonly among?: AmongStores;
  readonly platform: Platform;
  readonly url: string;
  readonly role: StoreRole;
  /** Owner of a customer's store; null for the vendor's own shop. */
  readonly customerId: string | null;
  /** Short name of a vendor's shop. */
  readonly code: string | null;
  readonly timeZone: string | null;
  /** The group of a customer's store; null or left out: the one that it is in, or for a production store a new one. */
  readonly groupId?: string | null;
  readonly credentials: StoreCredentials | null;
}

/** What a probe showed of credentials before they are kept. */
export interface TestedCredentials {
  readonly testedAt: Temporal.Instant;
  readonly clockSkewSeconds: number | null;
}

/**
 * Connects a store, or changes the one that this owner has at this address, or the one that is named; others may have theirs at the same address.
 * Credentials are sealed as given, to the origin of the address: a store that moves to another origin loses those that it had. A zone left out stays.
 * `tested` is what a probe showed of them; UNTESTED ones replace no others, and those taken on trust (null) do.
 */
export async function connectStore(
  em: EntityManager,
  input: StoreConnectInput,
  secretKey: Uint8Array,
  now: Temporal.Instant,
  tested: TestedCredentials | 'UNTESTED' | null = null,
): Promise<StoreRow> {
  const url = normalisedUrl(input.url);
  const known = await knownStore(em, input, url);
  const code = input.code ?? (input.storeId == null ? null : (known?.code ?? null));
  const customerId = input.customerId ?? (input.storeId == null ? null : (known?.customer?.id ?? null));
  if ((input.role === 'VENDOR_SHOP') !== (customerId === null)) {
    throw new Refusal([userError('INVALID', 'A customer’s store names its customer; the vendor’s own shop names none.', 'customerId')]);
  }
  if ((input.role === 'VENDOR_SHOP') !== (code !== null)) {
    throw new Refusal([userError('INVALID', 'A vendor’s shop has a code, such as "magento-eu"; a customer’s store has none.', 'code')]);
  }
  if (input.timeZone !== null && !isTimeZone(input.timeZone))
    throw new Refusal([
      userError('INVALID', 'timeZone is an IANA zone, such as Europe/Paris; no offset, which knows no summer time.', 'timeZone'),
    ]);
  // Left out, it stays what it was: instants that the shop told before rest on it.
  const timeZone = input.timeZone ?? known?.timeZone ?? null;
  if (input.platform === 'PRESTASHOP' && input.role === 'VENDOR_SHOP' && timeZone === null) {
    throw new Refusal([
      userError('REQUIRED', 'PrestaShop writes its dates in the shop’s own zone: say which, such as Europe/Paris.', 'timeZone'),
    ]);
  }
  if (input.credentials !== null && !input.credentials.kind.startsWith(input.platform)) {
    throw new Refusal([userError('INVALID', `These credentials are not for ${input.platform}.`, 'credentials')]);
  }
  if (customerId !== null && (await em.count(Customer, { id: customerId })) === 0) {
    throw new Refusal([userError('NOT_FOUND', 'There is no such customer.', 'customerId')]);
  }
  await assertCodeIsFree(em, code, known);

  const group = await groupForStore(em, { ...input, customerId, url }, known, now);
  const values = { role: input.role, code, timeZone, group, url };
  const movesAway = known !== null && new URL(known.url).origin !== new URL(url).origin;
  if (tested === 'UNTESTED' && input.credentials !== null && known?.sealedCredentials != null && !movesAway)
    throw new Refusal([
      userError(
        'CONFLICT',
        'Credentials are kept for this store: only tested ones replace them. Revoke them first, or try again later.',
        'keepUntested',
      ),
    ]);
  const store =
    known ??
    em.create(Store, {
      ...values,
      ...NO_CREDENTIALS,
      customer: customerId,
      platform: input.platform,
      reportKey: null,
      pairedAt: null,
      connectedAt: now,
    });
  em.assign(store, movesAway ? { ...values, ...NO_CREDENTIALS } : values);
  em.persist(store);
  if (input.credentials !== null) {
    em.assign(store, {
      sealedCredentials: sealSecret(JSON.stringify(input.credentials), secretKey, bindingsOf(store)),
      credentialsKind: input.credentials.kind,
      credentialsSetAt: now,
      credentialsTestedAt: null,
      clockSkewSeconds: null,
      ...(tested === null || tested === 'UNTESTED'
        ? {}
        : { credentialsTestedAt: tested.testedAt, clockSkewSeconds: tested.clockSkewSeconds }),
    });
  }
  return store;
}

/** The store that is to change, locked: the one named, or the one of this owner at this address. Null for a new one. */
async function knownStore(
  em: EntityManager,
  { storeId = null, among, platform, customerId }: StoreConnectInput,
  url: string,
): Promise<StoreRow | null> {
  const atAddress = await em.findOne(Store, { platform, url, customer: customerId }, FOR_UPDATE);
  if (storeId === null) return atAddress;
  const owner = customerId === null ? {} : { customer: customerId };
  const named = await em.findOne(Store, { id: storeId, ...among, ...owner }, FOR_UPDATE);
  if (named === null) throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
  if (named.platform !== platform)
    throw new Refusal([userError('CONFLICT', `This store runs ${named.platform}. Connect another platform as another store.`, 'platform')]);
  const there = await em.findOne(Store, { platform, url, customer: named.customer?.id ?? null });
  if (there !== null && there.id !== named.id)
    throw new Refusal([userError('TAKEN', 'Another store of the same owner is connected at this address.', 'url')]);
  return named;
}

async function assertCodeIsFree(em: EntityManager, code: string | null, known: StoreRow | null): Promise<void> {
  const namesake = code === null ? null : await em.findOne(Store, { code });
  if (namesake !== null && namesake.id !== known?.id)
    throw new Refusal([userError('TAKEN', `The code "${code}" belongs to another shop.`, 'code')]);
  if (known !== null && known.code !== code)
    throw new Refusal([
      userError('CONFLICT', `This shop is "${known.code}": its purchases are filed under that code, and it keeps it.`, 'code'),
    ]);
  if (known === null && code !== null && (await em.count(Purchase, { shop: code })) > 0)
    throw new Refusal([userError('TAKEN', `Purchases were recorded under the name "${code}" already. Choose another code.`, 'code')]);
}

/** How a store stands that nobody can log in to. */
const NO_CREDENTIALS = {
  sealedCredentials: null,
  credentialsKind: null,
  credentialsSetAt: null,
  credentialsTestedAt: null,
  clockSkewSeconds: null,
} as const;

/** Drops the credentials of a store at once. Without any, nothing is to be done. */
export async function revokeCredentials(em: EntityManager, which: AmongStores & { readonly id: string }): Promise<StoreRow> {
  const store = await em.findOne(Store, which, FOR_UPDATE);
  if (store === null) throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
  em.assign(store, NO_CREDENTIALS);
  return store;
}

/** The store's connector, or null when no usable credentials are kept for its present address. */
export function connectorOf(store: StoreRow, secretKey: Uint8Array, connect: ConnectStore): StorePlatform | null {
  if (store.sealedCredentials === null) return null;
  const opened = openSecret(store.sealedCredentials, secretKey, bindingsOf(store));
  return opened === null ? null : connect(store, JSON.parse(opened) as StoreCredentials);
}

const bindingsOf = (store: { readonly id: string; readonly url: string }): readonly string[] => [
  'store',
  store.id,
  'credentials',
  new URL(store.url).origin,
];

function normalisedUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new Refusal([userError('INVALID', 'url is a full address, such as https://shop.example.', 'url')]);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new Refusal([userError('INVALID', 'A store is reached over https.', 'url')]);
  if (url.username !== '' || url.password !== '')
    throw new Refusal([userError('INVALID', 'Leave user and password out of the address; give them as credentials.', 'url')]);
  if (url.search !== '' || url.hash !== '') throw new Refusal([userError('INVALID', 'The address ends before "?" and "#".', 'url')]);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** A name, and no offset: shops write their dates in the time of a place, with the summer time that it has. */
function isTimeZone(zone: string): boolean {
  if (/^[+\-\u2212]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
