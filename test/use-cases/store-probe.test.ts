import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type StoreProbe, StoreReadingFailed } from '../../integrations/store-platform.js';
import type { Database } from '../../src/persistence/database.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { Store, type StoreRow } from '../../src/persistence/store.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { connectorOf, connectStore, revokeCredentials, type StoreConnectInput, type StoreCredentials } from '../../src/use-cases/store.js';
import { connectProbedStore, probeStore } from '../../src/use-cases/store-probe.js';
import { testDatabase } from '../support/database.js';
import { shopInMemory } from '../support/shop-orders.js';
import { asVendor, instant, SECRET_KEY, STAFF } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');
const LATER = instant('2026-03-11T10:00:00Z');
const keyOf = (key: string): StoreCredentials => ({ kind: 'PRESTASHOP_KEY', key, adminApi: null });
const probeOf = (outcome: StoreProbe['outcome']): StoreProbe => ({ outcome, findings: [], platformVersion: '8.2.1', clockSkewSeconds: 3 });

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

let shops = 0;
const nextShop = (credentials: StoreCredentials | null): StoreConnectInput => {
  shops += 1;
  return {
    platform: 'PRESTASHOP',
    url: `https://shop-${shops}.example`,
    role: 'VENDOR_SHOP',
    customerId: null,
    code: `shop-${shops}`,
    timeZone: 'Europe/Paris',
    credentials,
  };
};
const kept = (input: StoreConnectInput) => asVendor(database, (em) => connectStore(em, input, SECRET_KEY, NOW));
const rowAt = (url: string): Promise<StoreRow | null> => asVendor(database, (em) => em.findOne(Store, { url }));
const keyIn = (row: StoreRow | null): string | null => {
  let key: string | null = null;
  if (row !== null)
    connectorOf(row, SECRET_KEY, (_store, credentials) => {
      key = credentials.kind === 'PRESTASHOP_KEY' ? credentials.key : null;
      return shopInMemory({});
    });
  return key;
};
/** A gateway to stores that are as this probe finds them, once `meanwhile` has happened. */
const gatewayTo = (probe: StoreProbe | Error, meanwhile: () => Promise<unknown> = async () => {}) => ({
  secretKey: SECRET_KEY,
  now: () => LATER,
  connect: () => ({
    ...shopInMemory({ probe }),
    probe: async () => {
      await meanwhile();
      return shopInMemory({ probe }).probe('ORDERS');
    },
  }),
});
const connect = (
  input: StoreConnectInput,
  gateway: ReturnType<typeof gatewayTo>,
  terms = { acceptIncomplete: false, keepUntested: false },
) => withVendorSession(database, (session) => outcomeOf(() => connectProbedStore(session, gateway, STAFF, input, terms, LATER)));
const tryKept = (row: StoreRow, gateway: ReturnType<typeof gatewayTo>) =>
  withVendorSession(database, (session) => outcomeOf(() => probeStore(session, gateway, STAFF, { id: row.id }, LATER)));

/** What is done with credentials, by what the probe came to and what the caller takes into the bargain. */
const FATES: readonly (readonly [StoreProbe['outcome'], boolean, boolean, boolean, 'TESTED' | 'UNTESTED' | 'NOT_KEPT', string])[] = [
  ['WORKS', false, false, false, 'TESTED', 'they open all that is needed'],
  ['WORKS', false, false, true, 'TESTED', 'they were tried before the old ones went'],
  ['INCOMPLETE', false, false, false, 'NOT_KEPT', 'nobody said that this is enough'],
  ['INCOMPLETE', true, false, true, 'TESTED', 'somebody did, and they do open the store'],
  ['INCOMPLETE', false, true, false, 'NOT_KEPT', 'they were tried, and that is another word'],
  ['REFUSED', true, true, false, 'NOT_KEPT', 'no word makes wrong ones right'],
  ['NOT_REACHED', true, false, false, 'NOT_KEPT', 'nobody knows whether they are right'],
  ['NOT_REACHED', false, true, false, 'UNTESTED', 'somebody wants to wait for the store'],
  ['NOT_REACHED', false, true, true, 'NOT_KEPT', 'those that work are not given up for them'],
];
test.each(FATES)('%s, acceptIncomplete %s, keepUntested %s, others kept %s: %s, because %s', async (...given) => {
  const [outcome, acceptIncomplete, keepUntested, hadOthers, fate] = given;
  const input = nextShop(keyOf('new'));
  if (hadOthers) await kept({ ...input, credentials: keyOf('old') });
  const before = await rowAt(input.url);
  const { value } = await connect(input, gatewayTo(probeOf(outcome)), { acceptIncomplete, keepUntested });
  const after = await rowAt(input.url);
  expect(value?.probe).toEqual(probeOf(outcome));
  if (fate === 'NOT_KEPT') {
    expect(value?.store).toBeNull();
    expect(value?.userErrors).toHaveLength(1);
    expect(after).toEqual(before);
  } else {
    expect(keyIn(after)).toBe('new');
    const tested =
      fate === 'TESTED' ? { credentialsTestedAt: LATER, clockSkewSeconds: 3 } : { credentialsTestedAt: null, clockSkewSeconds: null };
    expect(after).toMatchObject({ credentialsKind: 'PRESTASHOP_KEY', credentialsSetAt: LATER, ...tested });
  }
});

describe('while a store is waited for', () => {
  test('no connection to the database is held', async () => {
    let held: number | null = null;
    const watch = async () => {
      held = database.pool.totalCount - database.pool.idleCount;
    };
    await connect(nextShop(keyOf('k')), gatewayTo(probeOf('WORKS'), watch));
    expect(held).toBe(0);
  });

  test('another store may take the code: the loser is told, and has changed nothing', async () => {
    const input = nextShop(keyOf('mine'));
    const other = { ...nextShop(keyOf('theirs')), code: input.code };
    const { value } = await connect(
      input,
      gatewayTo(probeOf('WORKS'), () => kept(other)),
    );
    expect(value).toMatchObject({ store: null, probe: { outcome: 'WORKS' }, userErrors: [{ code: 'TAKEN', path: ['input', 'code'] }] });
    expect(await rowAt(input.url)).toBeNull();
  });

  test('others may connect the same store: untested credentials do not replace theirs', async () => {
    const input = nextShop(keyOf('untested'));
    const theirs = () => kept({ ...input, credentials: keyOf('theirs') });
    const terms = { acceptIncomplete: false, keepUntested: true };
    const { value } = await connect(input, gatewayTo(probeOf('NOT_REACHED'), theirs), terms);
    expect(value).toMatchObject({ store: null, userErrors: [{ code: 'CONFLICT', path: ['input', 'keepUntested'] }] });
    expect(keyIn(await rowAt(input.url))).toBe('theirs');
  });

  test.each([
    { what: 'dropped', meanwhile: (row: StoreRow) => asVendor(database, (em) => revokeCredentials(em, { id: row.id })), left: null },
    {
      what: 'replaced',
      meanwhile: (row: StoreRow) =>
        kept({ ...nextShop(keyOf('newer')), storeId: row.id, url: row.url, code: row.code, credentials: keyOf('newer') }),
      left: 'newer',
    },
  ])('credentials that are $what meanwhile are not said to be tried', async ({ meanwhile, left }) => {
    const row = await kept(nextShop(keyOf('old')));
    await tryKept(
      row,
      gatewayTo(probeOf('WORKS'), () => meanwhile(row)),
    );
    const after = await rowAt(row.url);
    expect(keyIn(after)).toBe(left);
    expect(after).toMatchObject({ credentialsTestedAt: null, clockSkewSeconds: null });
  });

  test('a store that is gone from its owner meanwhile is not found', async () => {
    const nobody = '01900000-0000-7000-8000-000000000000';
    const gone = await withVendorSession(database, (session) =>
      outcomeOf(() => probeStore(session, gatewayTo(probeOf('WORKS')), STAFF, { id: nobody }, NOW)),
    );
    expect(gone.userErrors).toEqual([expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'storeId'] })]);
  });
});

test.each([
  { code: 'BUSY', because: 'all exchanges are taken' },
  { code: 'STOPPED', because: 'the process ends' },
] as const)('a store that is not tried ($code) gives no probe, since $because: nothing is known of it', async ({ code }) => {
  const input = nextShop(keyOf('k'));
  const failure = new StoreReadingFailed(code, 'shop.example: not now', { host: 'shop.example' });
  expect(await connect(input, gatewayTo(failure), { acceptIncomplete: true, keepUntested: true })).toMatchObject({
    value: null,
    userErrors: [{ code: 'UNREADABLE_STORE', message: expect.stringContaining('Try again later'), path: ['input', 'credentials'] }],
  });
  expect(await rowAt(input.url)).toBeNull();
});

test('a mistake of ours is not taken for the store’s', async () => {
  await expect(connect(nextShop(keyOf('k')), gatewayTo(new TypeError('ours')))).rejects.toThrow('ours');
});

describe('a store that moves', () => {
  const moves: readonly (readonly [string, string, boolean, string])[] = [
    ['https://SHOP.example/eu', 'https://shop.example/us', true, 'the same server answers'],
    ['https://shop2.example', 'https://www.shop2.example', false, 'another host could be anybody’s'],
    ['https://shop3.example', 'http://shop3.example', false, 'they would go over the wire in clear'],
    ['https://shop4.example', 'https://shop4.example:8443', false, 'another server may answer there'],
  ];
  test.each(moves)('from %s to %s keeps its credentials: %s, because %s', async (from, to, keeps) => {
    const row = await kept({ ...nextShop(keyOf('k')), url: from });
    const moved = await kept({ ...nextShop(null), storeId: row.id, code: null, url: to });
    expect(moved).toMatchObject({ id: row.id, code: row.code, url: to });
    expect(keyIn(await rowAt(to))).toBe(keeps ? 'k' : null);
    expect((await rowAt(to))?.sealedCredentials === null).toBe(!keeps);
  });

  test('goes to no address where its owner has another store, and stays on its platform', async () => {
    const [one, two] = [await kept(nextShop(null)), await kept(nextShop(null))];
    const move = (change: Partial<StoreConnectInput>) =>
      outcomeOf(() => kept({ ...nextShop(null), storeId: one.id, code: null, ...change }));
    expect((await move({ url: two.url })).userErrors).toEqual([expect.objectContaining({ code: 'TAKEN', path: ['input', 'url'] })]);
    expect((await move({ platform: 'MAGENTO' })).userErrors).toEqual([
      expect.objectContaining({ code: 'CONFLICT', path: ['input', 'platform'] }),
    ]);
    expect((await rowAt(one.url))?.id).toBe(one.id);
  });
});
