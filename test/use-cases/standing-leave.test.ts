import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StorePlatform } from '../../integrations/store-platform.js';
import { Delegation } from '../../src/persistence/delegation.js';
import { openSession, type Session, withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { StoreReading } from '../../src/persistence/store-reading.js';
import { createAccessToken, revokeAccessToken } from '../../src/use-cases/access-token.js';
import type { Actor } from '../../src/use-cases/actor.js';
import { actFor, authenticateToken } from '../../src/use-cases/authenticate.js';
import { grantDelegation, revokeDelegation } from '../../src/use-cases/delegation.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { type Outcome, outcomeOf } from '../../src/use-cases/outcome.js';
import { createPairingCode, openCodesOf } from '../../src/use-cases/pairing.js';
import { recordPurchase } from '../../src/use-cases/purchase.js';
import { connectorOf, connectStore } from '../../src/use-cases/store.js';
import { connectProbedStore, probeStore } from '../../src/use-cases/store-probe.js';
import { readStore } from '../../src/use-cases/store-reading.js';
import { readStoreFor } from '../../src/use-cases/ticket-store.js';
import { testDatabase } from '../support/database.js';
import { shopInMemory } from '../support/shop-orders.js';
import { asVendor, customerOf, euros, instant, PEPPER, publishPolicies, SECRET_KEY, STAFF, sell } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');
const ENDS_AT = NOW.add({ minutes: 5 });
const NEW_KEY = { kind: 'MAGENTO_BEARER', token: 'new' } as const;

let database: Awaited<ReturnType<typeof testDatabase>>;
let client: string;
let agency: string;
let token: { readonly id: string; readonly text: string };
let delegation: string;
let storeId: string;
let purchaseId: string;
let clock: Temporal.Instant;

beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  await sell(database, { sku: 'FILTER' });
});
afterAll(() => database.close());

let cases = 0;
beforeEach(async () => {
  cases += 1;
  clock = NOW;
  client = await customerOf(database, `client-${cases}@shop.example`);
  agency = await customerOf(database, `agency-${cases}@shop.example`);
  purchaseId = (await purchaseOf(`client-${cases}@shop.example`)).purchaseId;
  storeId = await asVendor(database, async (em) => {
    const made = await createAccessToken(
      em,
      { kind: 'CUSTOMER', label: 'Agency', scopes: [], customerId: agency, storeId: null, expiresAt: null },
      PEPPER,
      NOW,
    );
    token = { id: made.token.id, text: made.text };
    const herself: Actor = { ...STAFF, kind: 'CUSTOMER', name: `customer:${client}`, customerId: client };
    const input = { agencyId: agency, agencyName: 'Agency', scopes: ['STORES_WRITE'] as const, expiresAt: ENDS_AT };
    delegation = (await grantDelegation(em, herself, input, NOW)).id;
    return (await connectStore(em, storeInput(), SECRET_KEY, NOW)).id;
  });
});

const purchaseOf = (email: string) =>
  asVendor(database, (em) => {
    const of = { sku: 'FILTER', storeId: null, customer: { email, name: null }, shop: 'fixture', orderNumber: `F-${cases}`, line: '1' };
    const sale = { ...of, listPrice: euros(12_000n), paid: euros(12_000n), idempotencyKey: `sale-${cases}`, purchasedAt: NOW };
    return recordPurchase(em, STAFF, sale, NOW);
  });

const storeInput = () => ({
  ...({ platform: 'MAGENTO', url: `https://client-${cases}.example`, role: 'CUSTOMER_PRODUCTION' } as const),
  ...{ customerId: client, code: null, timeZone: null, credentials: { kind: 'MAGENTO_BEARER', token: 'old' } as const },
});

/** Asks as the agency that acts for the client, from its authentication on. */
async function acting<T>(work: (session: Session, actor: Actor) => Promise<T>): Promise<T> {
  const session = openSession(database);
  try {
    const itself = await authenticateToken(session, token.text, PEPPER, NOW);
    const actor = itself === null ? null : await actFor(session, itself, toGlobalId('Customer', client), NOW);
    if (actor === null) throw new Error('The agency was let nothing.');
    return await work(session, actor);
  } finally {
    session.release();
  }
}

/** A gateway to a store that answers all that is asked, once `meanwhile` has happened. */
function gatewayTo(meanwhile: () => Promise<unknown>) {
  const version = { distribution: null, version: '2.4.7', upstreamVersion: null, exact: true, label: '2.4.7', unknown: [] } as const;
  const probe = { outcome: 'WORKS', findings: [], platformVersion: '2.4.7', clockSkewSeconds: 0 } as const;
  const shop = shopInMemory({ version, probe, modules: { modules: [], available: true, unknown: [] } });
  const late =
    <T>(answer: () => Promise<T>) =>
    async () => {
      await meanwhile();
      return answer();
    };
  const platform: StorePlatform = { ...shop, readVersion: late(shop.readVersion), probe: late(() => shop.probe('VERSION')) };
  return { secretKey: SECRET_KEY, connect: () => platform, now: () => clock };
}
type Slow = ReturnType<typeof gatewayTo>;

/** What waits for a store, and then writes. */
const WAITING: Readonly<Record<string, (session: Session, actor: Actor, gateway: Slow) => Promise<unknown>>> = {
  'connecting a store': (session, actor, gateway) => {
    const terms = { acceptIncomplete: false, keepUntested: false };
    return connectProbedStore(session, gateway, actor, { ...storeInput(), credentials: NEW_KEY }, terms, NOW).then(refusedWhere);
  },
  'trying its credentials': (session, actor, gateway) => probeStore(session, gateway, actor, { id: storeId }, NOW),
  'reading it': async (session, actor, gateway) => {
    const store = await session.em.findOneOrFail(Store, { id: storeId });
    return readStore(session, store, gateway.connect(), NOW, { actor, gateway });
  },
  'reading it for a ticket': (session, actor, gateway) =>
    readStoreFor(session, gateway, actor, { purchaseId, projectId: null, storeId }, NOW),
};
/** Connecting tells what trying showed beside what was refused. */
const refusedWhere = ({ userErrors }: { readonly userErrors: readonly unknown[] }) => {
  if (userErrors.length > 0) throw Object.assign(new Error('refused'), { userErrors, name: 'Refusal' });
};

const ENDINGS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['the delegation was taken back', () => asVendor(database, (em) => revokeDelegation(em, STAFF, delegation, NOW))],
  [
    'the delegation ended by itself',
    async () => {
      clock = ENDS_AT;
    },
  ],
  ['the agency’s token was revoked', () => asVendor(database, (em) => revokeAccessToken(em, token.id, NOW))],
];

const written = () =>
  withVendorSession(database, async ({ em }) => {
    const store = await em.findOneOrFail(Store, { id: storeId });
    let key = '';
    connectorOf(store, SECRET_KEY, (_store, credentials) => {
      key = credentials.kind === 'MAGENTO_BEARER' ? credentials.token : '';
      return shopInMemory({});
    });
    return { key, testedAt: store.credentialsTestedAt, readings: await em.count(StoreReading, { store: storeId }) };
  });
const settled = (work: Promise<unknown>): Promise<Outcome<unknown>> =>
  outcomeOf(() => work).catch((error: { userErrors?: Outcome<never>['userErrors'] }) => {
    if (error.userErrors === undefined) throw error;
    return { value: null, userErrors: error.userErrors };
  });

describe.each(Object.entries(WAITING))('%s, by an agency', (_, ask) => {
  test.each(ENDINGS)('writes nothing when %s while the store was waited for', async (_ending, end) => {
    const before = await written();
    const { userErrors } = await acting((session, actor) => settled(ask(session, actor, gatewayTo(end))));
    expect(userErrors).toMatchObject([{ code: 'NOT_AVAILABLE', message: expect.stringMatching(/ended/) }]);
    expect(await written()).toEqual(before);
  });

  test('writes when its leave stands, and sees afterwards what it saw before', async () => {
    const before = await written();
    await acting(async (session, actor) => {
      expect(
        (
          await settled(
            ask(
              session,
              actor,
              gatewayTo(async () => {}),
            ),
          )
        ).userErrors,
      ).toEqual([]);
      const [who] = await session.query<{ sees: string; customer: string }>({
        ...{ name: 'who', values: [] },
        text: `select current_setting('tenure.sees') as sees, current_setting('tenure.customer') as customer`,
      });
      expect(who).toEqual({ sees: 'customer', customer: client });
    });
    expect(await written()).not.toEqual(before);
  });
});

describe('a pairing code', () => {
  const made = () =>
    acting((session, actor) =>
      outcomeOf(() => session.transaction((em) => createPairingCode(em, { customer: client }, storeId, PEPPER, NOW, actor.delegationId))),
    );
  const isOpen = async () => (await withVendorSession(database, ({ em }) => openCodesOf(em, [storeId], NOW))).has(storeId);

  test('that an agency made lasts no longer than its delegation', async () => {
    expect((await made()).value?.expiresAt).toEqual(ENDS_AT);
    await asVendor(database, async (em) => em.assign(await em.findOneOrFail(Delegation, { id: delegation }), { expiresAt: null }));
    expect((await made()).value?.expiresAt).toEqual(NOW.add({ minutes: 15 }));
  });

  test.each([
    ['taken back', () => asVendor(database, (em) => revokeDelegation(em, STAFF, delegation, NOW))],
    [
      'replaced by another',
      () =>
        asVendor(database, (em) => {
          const herself: Actor = { ...STAFF, kind: 'CUSTOMER', name: `customer:${client}`, customerId: client };
          const input = { agencyId: agency, agencyName: 'Agency', scopes: ['TICKETS_READ'] as const, expiresAt: null };
          return grantDelegation(em, herself, input, NOW);
        }),
    ],
  ])('ends when the delegation is %s, and none is made by it', async (_, end) => {
    await made();
    expect(await isOpen()).toBe(true);
    const late = await acting(async (session, actor) => {
      await end();
      return outcomeOf(() => session.transaction((em) => createPairingCode(em, {}, storeId, PEPPER, NOW, actor.delegationId)));
    });
    expect(await isOpen()).toBe(false);
    expect(late.userErrors).toMatchObject([{ code: 'NOT_AVAILABLE' }]);
  });
});
