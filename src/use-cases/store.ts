import type { StorePlatform } from '../../integrations/store-platform.js';
import { Customer } from '../persistence/customer.js';
import { Purchase } from '../persistence/purchase.js';
import { Store, type StoreRole, type StoreRow } from '../persistence/store.js';
import type { Platform } from '../policy/compatibility.js';
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

/** What connects to stores: made by the composition root from the connectors. */
export type ConnectStore = (
  store: { readonly platform: Platform; readonly url: string; readonly timeZone: string | null },
  credentials: StoreCredentials,
) => StorePlatform;

export interface StoreConnectInput {
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

/**
 * Connects a store, or changes the one that this owner has at this address; others may have theirs there. Credentials are sealed to the address:
 * another address needs them anew. A zone left out stays.
 */
export async function connectStore(
  em: EntityManager,
  input: StoreConnectInput,
  secretKey: Uint8Array,
  now: Temporal.Instant,
): Promise<StoreRow> {
  const url = normalisedUrl(input.url);
  if ((input.role === 'VENDOR_SHOP') !== (input.customerId === null)) {
    throw new Refusal([userError('INVALID', 'A customer’s store names its customer; the vendor’s own shop names none.', 'customerId')]);
  }
  if ((input.role === 'VENDOR_SHOP') !== (input.code !== null)) {
    throw new Refusal([userError('INVALID', 'A vendor’s shop has a code, such as "magento-eu"; a customer’s store has none.', 'code')]);
  }
  if (input.timeZone !== null && !isTimeZone(input.timeZone))
    throw new Refusal([userError('INVALID', 'timeZone is an IANA zone, such as Europe/Paris.', 'timeZone')]);
  const known = await em.findOne(Store, { platform: input.platform, url, customer: input.customerId });
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
  if (input.customerId !== null && (await em.count(Customer, { id: input.customerId })) === 0) {
    throw new Refusal([userError('NOT_FOUND', 'There is no such customer.', 'customerId')]);
  }
  const namesake = input.code === null ? null : await em.findOne(Store, { code: input.code });
  if (namesake !== null && namesake.id !== known?.id)
    throw new Refusal([userError('TAKEN', `The code "${input.code}" belongs to another shop.`, 'code')]);
  if (known !== null && known.code !== input.code)
    throw new Refusal([
      userError('CONFLICT', `This shop is "${known.code}": its purchases are filed under that code, and it keeps it.`, 'code'),
    ]);
  if (known === null && input.code !== null && (await em.count(Purchase, { shop: input.code })) > 0)
    throw new Refusal([userError('TAKEN', `Purchases were recorded under the name "${input.code}" already. Choose another code.`, 'code')]);

  const group = await groupForStore(em, { ...input, url }, known, now);
  const values = { role: input.role, code: input.code, timeZone, group };
  const store =
    known ??
    em.create(Store, {
      ...values,
      customer: input.customerId,
      platform: input.platform,
      url,
      sealedCredentials: null,
      credentialsKind: null,
      credentialsSetAt: null,
      credentialsTestedAt: null,
      clockSkewSeconds: null,
      reportKey: null,
      pairedAt: null,
      connectedAt: now,
    });
  em.assign(store, values);
  em.persist(store);
  if (input.credentials !== null) store.sealedCredentials = sealSecret(JSON.stringify(input.credentials), secretKey, bindingsOf(store));
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

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
