import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/persistence/database.js';
import { isRowSecurityInForce } from '../../src/persistence/row-security.js';
import { openSession, type Session, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { createAccessToken } from '../../src/use-cases/access-token.js';
import { type Actor, ANONYMOUS } from '../../src/use-cases/actor.js';
import { authenticateToken } from '../../src/use-cases/authenticate.js';
import { once } from '../../src/use-cases/idempotency.js';
import { testDatabase } from '../support/database.js';
import { asVendor, customerOf, instant } from '../support/vendor.js';

const PEPPER = 'a pepper for tests only';
const NOW = instant('2026-03-10T10:00:00Z');

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

/** What everybody may read: the catalogue and the published conditions. */
const OF_NOBODY = ['addon', 'mikro_orm_migrations', 'release', 'sku_meaning', 'support_policy_version'];

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

test('a role that is bound is told from one that bypasses the policies', async () => {
  expect(await isRowSecurityInForce(database)).toBe(true);
  const [superuser] = await withVendorSession(database, (session) =>
    session.query<{ rolname: string }>({ name: 'superuser', text: 'select rolname from pg_roles where rolsuper limit 1', values: [] }),
  );
  expect(await isRowSecurityInForce(database, superuser?.rolname ?? '')).toBe(false);
});
