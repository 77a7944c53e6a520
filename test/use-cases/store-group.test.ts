import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { Store, type StoreRole } from '../../src/persistence/store.js';
import { StoreGroup } from '../../src/persistence/store-group.js';
import { connectStore, type StoreConnectInput } from '../../src/use-cases/store.js';
import { createGroup, MAX_GROUPS, MAX_STORES_IN_GROUP, moveStore, renameGroup, type StoreMove } from '../../src/use-cases/store-group.js';
import { testDatabase } from '../support/database.js';
import { asVendor, customerOf, instant, outcomeAsVendor, SECRET_KEY } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');
const NOBODYS = '01900000-0000-7000-8000-000000000000';

let database: Awaited<ReturnType<typeof testDatabase>>;
let ada: string;
let ben: string;
beforeAll(async () => {
  database = await testDatabase();
  [ada, ben] = [await customerOf(database, 'ada@shop.example'), await customerOf(database, 'ben@shop.example')];
});
afterAll(() => database.close());

const connect = (host: string, role: StoreRole, change: Partial<StoreConnectInput> = {}) =>
  outcomeAsVendor(database, async (em) => {
    const input = {
      platform: 'MAGENTO',
      url: `https://${host}`,
      role,
      customerId: ada,
      code: null,
      timeZone: null,
      credentials: null,
    } as const;
    const { id, group } = await connectStore(em, { ...input, ...change }, SECRET_KEY, NOW);
    return { id, groupId: group?.id ?? null };
  });
async function connected(...given: Parameters<typeof connect>): Promise<{ id: string; groupId: string }> {
  const { value, userErrors } = await connect(...given);
  if (value === null || value.groupId === null) throw new Error(JSON.stringify(userErrors));
  return { id: value.id, groupId: value.groupId };
}
const move = (change: Partial<StoreMove> & Pick<StoreMove, 'storeId'>, own: { customer?: string } = {}) =>
  outcomeAsVendor(database, async (em) => {
    const { group, role } = await moveStore(em, own, { groupId: null, role: null, ...change });
    return { groupId: group?.id ?? null, role };
  });
const stores = () => withVendorSession(database, ({ em }) => em.find(Store, {}, { orderBy: { id: 'asc' } }));
const state = async () => (await stores()).map(({ id, role, group }) => [id, role, group?.id]);
const mistakesOf = ({ userErrors }: Awaited<ReturnType<typeof connect>> | Awaited<ReturnType<typeof move>>) =>
  userErrors.map(({ code, path }) => [code, path.join('.')]);

describe('a store that is connected', () => {
  test('for production begins a group of its own, which is named after its host', async () => {
    const { groupId } = await connected('shop.example:8443/eu', 'CUSTOMER_PRODUCTION');
    const group = await withVendorSession(database, ({ em }) => em.findOneOrFail(StoreGroup, { id: groupId }));
    expect([group.name, group.customer.id, group.createdAt]).toEqual(['shop.example:8443', ada, NOW]);
  });

  test('goes into the group that is named, for staging on an agency’s domain too, and stays there when it is connected again', async () => {
    const { groupId } = await connected('one.example', 'CUSTOMER_PRODUCTION');
    const staging = await connected('ada.agency.example', 'CUSTOMER_STAGING', { groupId });
    expect(staging.groupId).toBe(groupId);
    expect(await connected('ada.agency.example', 'CUSTOMER_DEVELOPMENT')).toEqual(staging);
  });

  test('of the vendor’s own is in none', async () => {
    const shop = { customerId: null, code: 'eu' };
    expect((await connect('vendor.example', 'VENDOR_SHOP', shop)).value?.groupId).toBeNull();
  });

  test('for production is the only one of two that are connected at once', async () => {
    const group = await asVendor(database, async (em) => (await createGroup(em, ada, 'Contested', NOW)).id);
    const both = await Promise.all(
      ['left.example', 'right.example'].map((host) => connect(host, 'CUSTOMER_PRODUCTION', { groupId: group })),
    );
    expect(both.map(mistakesOf).sort()).toEqual([[], [['TAKEN', 'input.role']]]);
  });

  test.each<readonly [string, () => Promise<Awaited<ReturnType<typeof connect>>>, string, string, string]>([
    ['for staging without a group', () => connect('loose.example', 'CUSTOMER_STAGING'), 'REQUIRED', 'storeGroupId', 'of which shop is it?'],
    [
      'as a second one for production',
      async () =>
        connect('two.example', 'CUSTOMER_PRODUCTION', { groupId: (await connected('first.example', 'CUSTOMER_PRODUCTION')).groupId }),
      'TAKEN',
      'role',
      'one shop has one production store',
    ],
    [
      'in a group of somebody else',
      async () => {
        const { groupId } = await connected('bens.example', 'CUSTOMER_PRODUCTION', { customerId: ben });
        return connect('hers.example', 'CUSTOMER_STAGING', { groupId });
      },
      'NOT_FOUND',
      'storeGroupId',
      'it is not hers to see',
    ],
    [
      'in a group of nobody',
      () => connect('lost.example', 'CUSTOMER_STAGING', { groupId: NOBODYS }),
      'NOT_FOUND',
      'storeGroupId',
      'it looks the same',
    ],
    [
      'again in another group than its own',
      async () => {
        const [{ groupId }] = [
          await connected('there.example', 'CUSTOMER_PRODUCTION'),
          await connected('here.example', 'CUSTOMER_PRODUCTION'),
        ];
        return connect('here.example', 'CUSTOMER_STAGING', { groupId });
      },
      'CONFLICT',
      'storeGroupId',
      'a move is said to be one',
    ],
    [
      'as the vendor’s own shop in a group',
      async () => {
        const { groupId } = await connected('any.example', 'CUSTOMER_PRODUCTION');
        return connect('us.example', 'VENDOR_SHOP', { customerId: null, code: 'us', groupId });
      },
      'INVALID',
      'storeGroupId',
      'nothing is bought for it',
    ],
  ])('%s is refused', async (_what, given, code, field) => {
    const refused = await given();
    expect(mistakesOf(refused)).toEqual([[code, `input.${field}`]]);
    expect((await stores()).map(({ url }) => url)).not.toContainEqual(expect.stringMatching(/loose|two|hers|lost|\/\/us/));
  });

  test('is refused where a group has as many as it may, and where a customer has', async () => {
    const { groupId } = await connected('full.example', 'CUSTOMER_PRODUCTION');
    for (let count = 1; count < MAX_STORES_IN_GROUP; count += 1)
      await connected(`dev-${count}.example`, 'CUSTOMER_DEVELOPMENT', { groupId });
    expect(mistakesOf(await connect('dev-more.example', 'CUSTOMER_DEVELOPMENT', { groupId }))).toEqual([
      ['CONFLICT', 'input.storeGroupId'],
    ]);
    const eve = await customerOf(database, 'eve@shop.example');
    await asVendor(database, async (em) => {
      for (let count = 0; count < MAX_GROUPS; count += 1)
        em.persist(em.create(StoreGroup, { customer: eve, name: `${count}`, createdAt: NOW }));
    });
    expect(mistakesOf(await connect('one-more.example', 'CUSTOMER_PRODUCTION', { customerId: eve }))).toEqual([['CONFLICT', 'input']]);
  });
});

describe('a store that is moved', () => {
  test('changes its role, its group, or both', async () => {
    const old = await connected('old.example', 'CUSTOMER_PRODUCTION');
    const relaunch = await connected('relaunch.example', 'CUSTOMER_STAGING', { groupId: old.groupId });
    expect((await move({ storeId: old.id, role: 'CUSTOMER_STAGING' })).value).toEqual({ groupId: old.groupId, role: 'CUSTOMER_STAGING' });
    expect((await move({ storeId: relaunch.id, role: 'CUSTOMER_PRODUCTION' })).value?.role).toBe('CUSTOMER_PRODUCTION');
    const elsewhere = await connected('elsewhere.example', 'CUSTOMER_PRODUCTION');
    expect((await move({ storeId: old.id, groupId: elsewhere.groupId })).value?.groupId).toBe(elsewhere.groupId);
    const both = { storeId: relaunch.id, groupId: elsewhere.groupId, role: 'CUSTOMER_DEVELOPMENT' } as const;
    expect((await move(both)).value).toEqual({ groupId: elsewhere.groupId, role: 'CUSTOMER_DEVELOPMENT' });
  });

  test('for production is the only one of two that are moved at once', async () => {
    const group = await asVendor(database, async (em) => (await createGroup(em, ada, 'Wanted', NOW)).id);
    const movers = [await connected('mover.example', 'CUSTOMER_PRODUCTION'), await connected('shaker.example', 'CUSTOMER_PRODUCTION')];
    const both = await Promise.all(movers.map(({ id }) => move({ storeId: id, groupId: group })));
    expect(both.map(mistakesOf).sort()).toEqual([[], [['TAKEN', 'input.role']]]);
  });

  test.each<readonly [string, (her: { id: string; other: string; shop: string }) => ReturnType<typeof move>, string, string, string]>([
    ['that is not there', () => move({ storeId: NOBODYS }), 'NOT_FOUND', 'storeId', 'nothing is moved'],
    ['of somebody else', ({ id }) => move({ storeId: id }, { customer: ben }), 'NOT_FOUND', 'storeId', 'it looks the same'],
    [
      'to a group that is not there',
      ({ id }) => move({ storeId: id, groupId: NOBODYS }),
      'NOT_FOUND',
      'storeGroupId',
      'whose would it be?',
    ],
    ['to where production is taken', ({ id, other }) => move({ storeId: id, groupId: other }), 'TAKEN', 'role', 'one shop has one'],
    [
      'into the vendor’s hands',
      ({ id }) => move({ storeId: id, role: 'VENDOR_SHOP' }),
      'INVALID',
      'role',
      'orders come from the vendor’s own',
    ],
    ['although it is the vendor’s', ({ shop }) => move({ storeId: shop }), 'INVALID', 'storeId', 'it is in no group'],
  ])('%s is refused', async (what, given, code, field) => {
    const name = what.replaceAll(/\W/g, '-');
    const { id } = await connected(`${name}.example`, 'CUSTOMER_PRODUCTION');
    const { groupId: other } = await connected(`other-${name}.example`, 'CUSTOMER_PRODUCTION');
    const shop = (await connect('moved.vendor.example', 'VENDOR_SHOP', { customerId: null, code: 'moved' })).value?.id ?? '';
    const before = await state();
    expect(mistakesOf(await given({ id, other, shop }))).toEqual([[code, `input.${field}`]]);
    expect(await state()).toEqual(before);
  });
});

test('a group is renamed by its owner alone', async () => {
  const { groupId: id } = await connected('named.example', 'CUSTOMER_PRODUCTION');
  const rename = (name: string, customer: string) =>
    outcomeAsVendor(database, async (em) => (await renameGroup(em, { id, customer }, name)).name);
  expect((await rename('Ben’s', ben)).userErrors.map(({ code }) => code)).toEqual(['NOT_FOUND']);
  expect((await rename('The shop', ada)).value).toBe('The shop');
});
