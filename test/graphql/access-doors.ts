import { type NodeName, toGlobalId } from '../../src/use-cases/global-id.js';
import type { Asker } from './gateway-under-test.js';
import type { VendorUnderTest } from './vendor-under-test.js';

/** What an asker gets: the thing itself, nothing (null, or an empty page), or a refusal by its code. */
export type Outcome = 'reached' | 'nothing' | 'NOT_FOUND' | 'FORBIDDEN' | 'UNAUTHENTICATED';

/** One place of the schema that takes an id, with what each asker gets there for a thing of Ada's. */
export interface Door {
  /** As the schema names the place: "Query.updateAccess(input.purchaseId)". */
  readonly at: string;
  readonly type: NodeName;
  /** UUID of a thing of Ada's, or of the vendor's where it belongs to no customer. */
  readonly uuid: (things: Things) => string;
  readonly query: string;
  readonly variables?: (things: Things, asker: Asker) => Record<string, unknown>;
  readonly outcomes: Readonly<Record<Asker, Outcome>>;
}

export interface Things extends VendorUnderTest {
  readonly release: string;
  readonly term: string;
  readonly policy: string;
  readonly exception: string;
  readonly spareToken: string;
  readonly project: string;
  readonly lot: string;
  readonly assignedLot: string;
  readonly entry: string;
  readonly alarm: string;
  /** The groups of Ada's first store and of her second one, and what Ben may do for her. */
  readonly group: string;
  readonly otherGroup: string;
  readonly delegation: string;
  /** Two tickets of Ada's on the same purchase, and one of Ben's. */
  readonly tickets: { readonly adas: string; readonly adasSecond: string; readonly bens: string };
}

const STRANGERS = { anonymous: 'UNAUTHENTICATED', expired: 'UNAUTHENTICATED', revoked: 'UNAUTHENTICATED' } as const;

/** For customers of their own things, for staff and for partners with the scope; a store's token has no such scope. */
export const forBuyers = (refused: Outcome, withoutScope: Outcome) => ({
  ...STRANGERS,
  ada: 'reached' as const,
  ben: refused,
  staff: 'reached' as const,
  partner: 'reached' as const,
  partnerWithoutScopes: withoutScope,
  partnerForAddons: withoutScope,
  adaStore: withoutScope,
  benStore: withoutScope,
});
/** As above, and for the store itself. */
const forStoresToo = (refused: Outcome, withoutScope: Outcome) => ({
  ...forBuyers(refused, withoutScope),
  adaStore: 'reached' as const,
  benStore: refused,
});
/** Of the catalogue, for everyone with the scope to read it. */
const forEveryone = {
  ...forBuyers('reached', 'nothing'),
  partnerForAddons: 'reached',
  adaStore: 'reached',
  benStore: 'reached',
} as const;
/** For staff alone. */
export const forStaff = (refused: Outcome) => ({ ...forBuyers(refused, refused), ada: refused, partner: refused });
/** For staff and partners with the scope. */
const forWriters = { ...forBuyers('FORBIDDEN', 'FORBIDDEN'), ada: 'FORBIDDEN' } as const;

export const node = (type: NodeName, uuid: Door['uuid'], outcomes: Door['outcomes']): Door => ({
  at: 'Query.node(id)',
  type,
  uuid,
  query: 'query ($id: ID!) { it: node(id: $id) { __typename id } }',
  outcomes,
});
const purchases = (argument: 'customerId' | 'storeId', type: NodeName, uuid: Door['uuid']): Door => ({
  at: `Query.purchases(filter.${argument})`,
  type,
  uuid,
  query: `query ($id: ID!) { it: purchases(filter: { ${argument}: $id }) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`,
  outcomes: forBuyers('nothing', 'FORBIDDEN'),
});
export const command = (name: string, rest: Omit<Door, 'query'>): Door => {
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return { ...rest, query: `mutation ($input: ${title}Input!) { it: ${name}(input: $input) { userErrors { code path message } } }` };
};

const adaStore = ({ ada }: Things): string => ada.stores[0] ?? '';
const adaPurchase = ({ ada }: Things): string => ada.purchases.active ?? '';
const adaHerself = ({ ada }: Things): string => ada.id;
const price = (amount: string) => ({ amount, currencyCode: 'EUR' });

export const DOORS: readonly Door[] = [
  node('Customer', adaHerself, forBuyers('nothing', 'nothing')),
  node('Purchase', adaPurchase, forBuyers('nothing', 'nothing')),
  node('SupportTerm', ({ term }) => term, forBuyers('nothing', 'nothing')),
  node('Store', adaStore, forStoresToo('nothing', 'nothing')),
  node('Store', ({ shop }) => shop, { ...forStaff('nothing'), partner: 'reached' }),
  node('ImportException', ({ exception }) => exception, forStaff('nothing')),
  node('AccessToken', ({ spareToken }) => spareToken, { ...forStaff('nothing'), staff: 'nothing' }),
  node('Addon', ({ addons }) => addons.FILTER ?? '', forEveryone),
  node('Release', ({ release }) => release, forEveryone),
  node('SupportPolicyVersion', ({ policy }) => policy, forEveryone),
  {
    at: 'Query.customer(id)',
    type: 'Customer',
    uuid: adaHerself,
    query: 'query ($id: ID!) { it: customer(id: $id) { id email purchases(first: 1) { edges { node { id } } } } }',
    outcomes: forBuyers('nothing', 'FORBIDDEN'),
  },
  purchases('customerId', 'Customer', adaHerself),
  purchases('storeId', 'Store', adaStore),
  {
    at: 'Query.stores(customerId)',
    type: 'Customer',
    uuid: adaHerself,
    query: 'query ($id: ID!) { it: stores(customerId: $id) { edges { cursor node { id url } } pageInfo { hasNextPage endCursor } } }',
    outcomes: forStoresToo('nothing', 'FORBIDDEN'),
  },
  {
    at: 'Query.updateAccess(input.purchaseId)',
    type: 'Purchase',
    uuid: adaPurchase,
    query: 'query ($id: ID!) { it: updateAccess(input: { purchaseId: $id, platformVersion: "2.4.7" }) { verdict } }',
    outcomes: forStoresToo('NOT_FOUND', 'FORBIDDEN'),
  },
  {
    at: 'Query.updateCheck(input.storeId)',
    type: 'Store',
    uuid: adaStore,
    query:
      'query ($id: ID!) { it: updateCheck(input: { storeId: $id, addons: [{ code: "FILTER" }] }) { store { id } results { access { verdict } } } }',
    outcomes: forStoresToo('NOT_FOUND', 'FORBIDDEN'),
  },
  {
    at: 'Query.updateCheck(input.customerId)',
    type: 'Customer',
    uuid: adaHerself,
    query:
      'query ($id: ID!) { it: updateCheck(input: { customerId: $id, platform: MAGENTO, addons: [{ code: "FILTER" }] }) { results { access { verdict } } } }',
    outcomes: forStoresToo('NOT_FOUND', 'FORBIDDEN'),
  },
  {
    at: 'Query.afterSalesEligibility(input.purchaseId)',
    type: 'Purchase',
    uuid: adaPurchase,
    query: 'query ($id: ID!) { it: afterSalesEligibility(input: { purchaseId: $id, request: ADVICE }) { verdict } }',
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  },
  {
    at: 'Query.afterSalesEligibility(input.storeId)',
    type: 'Store',
    uuid: adaStore,
    query:
      'query ($id: ID!, $purchase: ID!) { it: afterSalesEligibility(input: { purchaseId: $purchase, storeId: $id, request: CORRECTION }) { verdict } }',
    // Each customer asks about its own purchase, so that only the store is foreign.
    variables: ({ ada, ben }, asker) => {
      const own = asker === 'ben' ? ben.purchases.expired : ada.purchases.active;
      return { purchase: toGlobalId('Purchase', own ?? '') };
    },
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  },
  command('releaseWithdraw', {
    at: 'Mutation.releaseWithdraw(input.releaseId)',
    type: 'Release',
    uuid: ({ release }) => release,
    outcomes: forWriters,
  }),
  command('purchaseRecord', {
    at: 'Mutation.purchaseRecord(input.storeId)',
    type: 'Store',
    uuid: adaStore,
    variables: ({ ada }, asker) => ({
      input: {
        idempotencyKey: `record ${asker}`,
        sku: 'BLOG',
        customer: { email: ada.email },
        shop: 'doors',
        orderNumber: 'D-1',
        line: '1',
        purchasedAt: '2026-03-01T10:00:00Z',
        listPrice: price('120.00'),
        paid: price('120.00'),
      },
    }),
    outcomes: forWriters,
  }),
  command('purchaseRevoke', {
    at: 'Mutation.purchaseRevoke(input.purchaseId)',
    type: 'Purchase',
    uuid: ({ ada }) => ada.purchases.free ?? '',
    variables: (_, asker) => ({ input: { idempotencyKey: `revoke ${asker}`, reason: 'BY_AGREEMENT', note: 'Asked for.' } }),
    outcomes: forWriters,
  }),
  command('supportTermRenew', {
    at: 'Mutation.supportTermRenew(input.purchaseId)',
    type: 'Purchase',
    uuid: ({ ada }) => ada.purchases.expired ?? '',
    variables: (_, asker) => ({ input: { idempotencyKey: `renew ${asker}`, orderNumber: 'G-1' } }),
    outcomes: forWriters,
  }),
  command('supportTermRenew', {
    at: 'Mutation.supportTermRenew(input.purchaseId)',
    type: 'Purchase',
    uuid: ({ ada }) => ada.purchases.expired ?? '',
    variables: (_, asker) => ({ input: { idempotencyKey: `give ${asker}`, origin: 'GOODWILL', orderNumber: 'G-1' } }),
    outcomes: forStaff('FORBIDDEN'),
  }),
  command('storeConnect', {
    at: 'Mutation.storeConnect(input.customerId)',
    type: 'Customer',
    uuid: adaHerself,
    variables: () => ({ input: { platform: 'MAGENTO', url: 'https://second.ada.example', role: 'CUSTOMER_PRODUCTION' } }),
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  command('storeConnect', {
    at: 'Mutation.storeConnect(input.storeId)',
    type: 'Store',
    uuid: adaStore,
    variables: () => ({ input: { platform: 'MAGENTO', url: 'https://ada.example/moved', role: 'CUSTOMER_PRODUCTION' } }),
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  command('storeProbe', {
    at: 'Mutation.storeProbe(input.storeId)',
    type: 'Store',
    uuid: adaStore,
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  command('storeCredentialsRevoke', {
    at: 'Mutation.storeCredentialsRevoke(input.storeId)',
    type: 'Store',
    uuid: adaStore,
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  command('storeDeclare', {
    at: 'Mutation.storeDeclare(input.storeId)',
    type: 'Store',
    uuid: adaStore,
    variables: () => ({ input: { platformVersion: '2.4.7-p3' } }),
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  command('storeRead', {
    at: 'Mutation.storeRead(input.storeId)',
    type: 'Store',
    uuid: adaStore,
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  command('importExceptionResolve', {
    at: 'Mutation.importExceptionResolve(input.id)',
    type: 'ImportException',
    uuid: ({ exception }) => exception,
    variables: () => ({ input: { action: 'DISMISS', note: 'A test order.' } }),
    outcomes: forStaff('FORBIDDEN'),
  }),
  command('accessTokenCreate', {
    at: 'Mutation.accessTokenCreate(input.customerId)',
    type: 'Customer',
    uuid: adaHerself,
    variables: () => ({ input: { kind: 'CUSTOMER', label: 'Ada’s dashboard' } }),
    outcomes: forStaff('FORBIDDEN'),
  }),
  command('accessTokenCreate', {
    at: 'Mutation.accessTokenCreate(input.storeId)',
    type: 'Store',
    uuid: adaStore,
    variables: () => ({ input: { kind: 'STORE', label: 'Ada’s store' } }),
    outcomes: forStaff('FORBIDDEN'),
  }),
  command('accessTokenRevoke', {
    at: 'Mutation.accessTokenRevoke(input.id)',
    type: 'AccessToken',
    uuid: ({ spareToken }) => spareToken,
    outcomes: forStaff('FORBIDDEN'),
  }),
];
