import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/persistence/database.js';
import { sqlState } from '../../src/persistence/outage.js';
import { isRowSecurityInForce } from '../../src/persistence/row-security.js';
import { executeWithin, openSession, type Session, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { TimeAlarm } from '../../src/persistence/time-alarm.js';
import { lockWallet } from '../../src/persistence/time-ledger-write.js';
import { TimeWallet } from '../../src/persistence/time-wallet.js';
import { createAccessToken } from '../../src/use-cases/access-token.js';
import { type Actor, ANONYMOUS } from '../../src/use-cases/actor.js';
import { authenticateToken } from '../../src/use-cases/authenticate.js';
import { once } from '../../src/use-cases/idempotency.js';
import { recordPurchase } from '../../src/use-cases/purchase.js';
import { testDatabase } from '../support/database.js';
import { asVendor, customerOf, euros, instant, publishPolicies, STAFF, sell } from '../support/vendor.js';

const PEPPER = 'a pepper for tests only';
const NOW = instant('2026-03-10T10:00:00Z');

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

/** What no request reads or writes. */
const OF_NOBODY = ['mikro_orm_migrations'];

test('every other table forces row-level security, on the owner of the tables too', async () => {
  const rows = await withVendorSession(database, (session) =>
    session.query<{ relname: string }>({
      name: 'unprotected',
      text: `select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
             and not (relrowsecurity and relforcerowsecurity) order by 1`,
      values: [],
    }),
  );
  expect(rows.map(({ relname }) => relname)).toEqual(OF_NOBODY);
});

async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(database);
  try {
    return await work(session);
  } finally {
    session.release();
  }
}

describe('access tokens', () => {
  let ada: string;
  let secrets: string[];
  const token = async (email: string) => {
    const customerId = await customerOf(database, email);
    const input = { kind: 'CUSTOMER', label: email, scopes: [], customerId, storeId: null, expiresAt: null } as const;
    return { customerId, ...(await asVendor(database, (em) => createAccessToken(em, input, PEPPER, NOW))) };
  };
  beforeAll(async () => {
    const own = await token('ada@shop.example');
    const foreign = await token('ben@shop.example');
    ada = own.customerId;
    secrets = [own.text, foreign.text];
  });
  const owners = async (session: Session) =>
    (await session.query<{ owner: string }>({ name: 'owners', text: 'select customer_id as owner from access_token', values: [] })).map(
      ({ owner }) => owner,
    );

  test('of others are not seen by a customer, before and after it was authenticated', async () => {
    await withSession(async (session) => {
      expect(await owners(session)).toEqual([]);
      expect((await authenticateToken(session, secrets[0] ?? '', PEPPER, NOW))?.customerId).toBe(ada);
      expect(await owners(session)).toEqual([ada]);
    });
  });

  test('note their use, though nothing but the customer’s own is seen', async () => {
    await withSession((session) => authenticateToken(session, secrets[0] ?? '', PEPPER, NOW));
    const used = await withVendorSession(database, (session) =>
      session.query<{ owner: string }>({
        name: 'used',
        text: 'select customer_id as owner from access_token where last_used_at is not null',
        values: [],
      }),
    );
    expect(used).toEqual([{ owner: ada }]);
  });

  test('are found again and again on one connection, with a plan made for all of them', async () => {
    await withSession(async (session) => {
      for (const secret of Array.from({ length: 4 }, () => secrets).flat()) {
        expect(await authenticateToken(session, secret, PEPPER, NOW)).toMatchObject({ kind: 'CUSTOMER' });
        expect(await owners(session)).toHaveLength(1);
      }
    });
  });

  test('are seen by the vendor', async () => {
    expect(await withVendorSession(database, owners)).toHaveLength(2);
  });
});

describe('kept answers', () => {
  const actor = (name: string): Actor => ({ ...ANONYMOUS, kind: 'PARTNER', name });
  const keep = (name: string, answer: string) =>
    asVendor(database, (em) => once(em, { actor: actor(name), operation: 'test', key: 'one', input: name, now: NOW }, async () => answer));
  const count = async (session: Session) =>
    (await session.query<{ actor: string }>({ name: 'kept', text: 'select actor from idempotency_key', values: [] })).length;

  test('are those of the caller alone, whoever else used the same key', async () => {
    expect([await keep('one', '1'), await keep('other', '2'), await keep('one', '3'), await keep('other', '4')]).toEqual([
      '1',
      '2',
      '1',
      '2',
    ]);
    await withSession(async (session) => {
      await setVisibility(session, { sees: 'customer', customerId: '00000000-0000-0000-0000-000000000000' });
      expect(await count(session)).toBe(0);
    });
    // Not even the vendor's other commands: the transaction that names its actor sees that actor's.
    expect(await withVendorSession(database, count)).toBe(0);
  });
});

describe('what customers read', () => {
  let ada: string;
  let ben: string;
  beforeAll(async () => {
    await publishPolicies(database);
    await sell(database, { sku: 'FILTER', renewalSku: 'RENEWAL', releases: [{ version: '1.0', publishedAt: '2025-06-01T00:00:00Z' }] });
    const customer = { email: 'ada@shop.example', name: null };
    const line = { idempotencyKey: 'sale', shop: 'stall', orderNumber: 'S-1', line: '1', storeId: null };
    const prices = { listPrice: euros(12_000n), paid: euros(12_000n) };
    const sale = { sku: 'FILTER', customer, purchasedAt: NOW, ...line, ...prices };
    await asVendor(database, (em) => recordPurchase(em, STAFF, sale, NOW));
    [ada, ben] = [await customerOf(database, 'ada@shop.example'), await customerOf(database, 'ben@shop.example')];
    await asVendor(database, async (em) => void (await lockWallet(em, ada, NOW)));
  });

  /** Runs statements in one transaction of a customer's, which is rolled back; the numbers of rows, or the SQLSTATE of what was refused. */
  const asCustomer = (customerId: string, ...statements: string[]) =>
    withSession(async (session) => {
      await setVisibility(session, { sees: 'customer', customerId });
      const counts: (number | string)[] = [];
      const undone = session.transaction(async (em) => {
        for (const text of statements) {
          const { rows } = await executeWithin(em, text, []).catch((error) => ({ rows: [{ code: sqlState(error) }] }));
          const [first] = rows as { code?: string }[];
          counts.push(first?.code ?? rows.length);
        }
        throw new RangeError('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      return counts;
    });

  test.each([
    ['addon', 'update addon set list_price_minor = 0'],
    ['release', 'update release set withdrawn_at = null'],
    ['sku_meaning', 'delete from sku_meaning'],
    ['support_term', 'update support_term set expires_at = expires_at'],
    ['support_term', 'delete from support_term'],
  ])('of %s is not theirs to change: %s', async (table, write) => {
    expect(await asCustomer(ada, `select from ${table} limit 1`, `${write} returning 1`)).toEqual([1, 0]);
  });

  test.each([
    `insert into addon select (jsonb_populate_record(a, '{"id": "01900000-0000-7000-8000-000000000000", "sku": "X"}')).* from addon a`,
    `insert into support_policy_version select (jsonb_populate_record(v, '{"id": "01900000-0000-7000-8000-000000000000", "version": 9}')).* from support_policy_version v limit 1`,
    `insert into support_term select (jsonb_populate_record(t, '{"id": "01900000-0000-7000-8000-000000000000", "unit": 9}')).* from support_term t`,
  ])('is not theirs to add to: %s', async (write) => {
    expect(await asCustomer(ada, write)).toEqual(['42501']);
  });

  test('of terms is theirs to move where a licence is taken back, their own alone', async () => {
    const move = [
      "select set_config('tenure.takes_back', 'a purchase', true)",
      'update support_term set expires_at = expires_at returning 1',
    ];
    expect([await asCustomer(ada, ...move), await asCustomer(ben, ...move)]).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });

  test('of a wallet’s suspension is told of their own alone', async () => {
    await asVendor(database, async (em) => {
      const wallet = await em.findOneOrFail(TimeWallet, { customer: ada });
      const open = { clearedAt: null, clearedBy: null, resolution: null };
      em.persist(em.create(TimeAlarm, { wallet, raisedAt: NOW, differences: [], ...open }));
    });
    const [{ id: wallet } = { id: '' }] = await asVendor(database, (em) => em.find(TimeWallet, { customer: ada }));
    const told = `select from time_wallet_suspended_at('${wallet}') as told where told is not null`;
    expect([await asCustomer(ada, told), await asCustomer(ben, told)]).toEqual([[1], [0]]);
  });
});

test('a role that is bound is told from one that bypasses the policies', async () => {
  expect(await isRowSecurityInForce(database)).toBe(true);
  const [superuser] = await withVendorSession(database, (session) =>
    session.query<{ rolname: string }>({ name: 'superuser', text: 'select rolname from pg_roles where rolsuper limit 1', values: [] }),
  );
  expect(await isRowSecurityInForce(database, superuser?.rolname ?? '')).toBe(false);
});
