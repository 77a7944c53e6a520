import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LockMode } from '@mikro-orm/core';
import { Addon } from '../../src/persistence/addon.js';
import { Customer } from '../../src/persistence/customer.js';
import { type Database, openDatabase } from '../../src/persistence/database.js';
import { ImportException } from '../../src/persistence/import-exception.js';
import { ImportedOrder } from '../../src/persistence/imported-order.js';
import { sqlState } from '../../src/persistence/outage.js';
import { PrepaidTimeOrder } from '../../src/persistence/prepaid-time-order.js';
import { Purchase } from '../../src/persistence/purchase.js';
import { RecordedDecision } from '../../src/persistence/recorded-decision.js';
import { openSession, type Session, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { StoreReading } from '../../src/persistence/store-reading.js';
import { SupportTerm } from '../../src/persistence/support-term.js';
import { importOrders } from '../../src/use-cases/orders-import.js';
import { revokePurchase } from '../../src/use-cases/purchase.js';
import { testDatabase } from '../support/database.js';
import { pageOf, shopInMemory, shopOrder } from '../support/shop-orders.js';
import { reportStore } from '../support/store-plugin.js';
import { asVendor, customerOf, customerStore, instant, publishPolicies, STAFF, sell, vendorShop } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');

let database: Awaited<ReturnType<typeof testDatabase>>;
/** The same rows through a pool of one connection, so that two sessions certainly follow each other on it. */
let single: Database;
let ada: string;
let ben: string;

beforeAll(async () => {
  database = await testDatabase();
  single = await openDatabase({ url: database.url, poolSize: 1, statementTimeoutMs: 5_000 });
  await publishPolicies(database);
  await sell(database, { sku: 'FILTER', renewalSku: 'FILTER-RENEWAL' });
  await asVendor(database, async (em) => {
    const hours = `insert into sku_meaning (sku, kind, minutes, support_policy_name) values ('HOURS', 'PREPAID_TIME', 60, 'prepaid-support')`;
    await em.getConnection().execute(hours, [], 'run', em.getTransactionContext());
  });
  const shop = await vendorShop(database, 'eu');
  const orders = ['ada', 'ben'].map((name, index) =>
    shopOrder(String(index), { email: `${name}@shop.example`, lines: [{ sku: 'FILTER' }, { sku: 'FILTER' }, { sku: 'HOURS' }] }),
  );
  const unknown = shopOrder('9', { email: 'ada@shop.example', lines: [{ sku: 'NOBODY-KNOWS' }] });
  await importOrders(database, {
    shop,
    platform: shopInMemory({ orders: [pageOf([...orders, unknown])] }),
    now: () => NOW,
    startedAt: NOW,
  });
  ada = await customerOf(database, 'ada@shop.example');
  ben = await customerOf(database, 'ben@shop.example');
  for (const customer of [ada, ben]) {
    const store = await customerStore(database, customer, `${customer}.example`);
    await asVendor(database, async (em) => {
      await reportStore(
        em,
        store,
        { platformVersion: '2.4.7', distribution: null, upstreamVersion: null, phpVersion: null, installed: [] },
        NOW,
      );
      const [purchase] = await em.find(Purchase, { customer }, { limit: 1 });
      const input = { idempotencyKey: customer, purchaseId: purchase?.id ?? '', reason: 'BY_AGREEMENT', note: 'asked for' } as const;
      await revokePurchase(em, STAFF, input, NOW);
    });
  }
});
afterAll(async () => {
  await single.close();
  await database.close();
});

async function inSession<T>(of: Database, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(of);
  try {
    return await work(session);
  } finally {
    session.release();
  }
}

/** Read with no condition at all: only the database's own rules stand between the asker and foreign rows. */
const OWNED: readonly (readonly [table: string, read: (em: Session['em']) => Promise<unknown[]>, own: number, all: number])[] = [
  ['customer', (em) => em.find(Customer, {}), 1, 2],
  ['store', (em) => em.find(Store, {}), 1, 3],
  ['store_reading', (em) => em.find(StoreReading, {}), 1, 2],
  ['purchase', (em) => em.find(Purchase, {}), 2, 4],
  ['support_term', (em) => em.find(SupportTerm, {}), 2, 4],
  ['recorded_decision', (em) => em.find(RecordedDecision, {}), 1, 2],
  ['prepaid_time_order', (em) => em.find(PrepaidTimeOrder, {}), 1, 2],
];

describe('what a session sees', () => {
  test.each(OWNED)('of %s: nothing unasked, own rows as a customer, all rows as the vendor', async (table, read, own, all) => {
    await inSession(database, async (session) => {
      expect(await read(session.em)).toEqual([]);
      const counted = async () => {
        const [row] = await session.query<{ count: number }>({
          name: `count-${table}`,
          text: `select count(*)::int from ${table}`,
          values: [],
        });
        return row?.count;
      };
      for (const customerId of [ada, ben]) {
        await setVisibility(session, { sees: 'customer', customerId });
        session.em.clear();
        expect(await read(session.em)).toHaveLength(own);
        expect(await counted()).toBe(own);
      }
      await setVisibility(session, { sees: 'all' });
      expect(await counted()).toBe(all);
      await setVisibility(session, { sees: 'nothing' });
      expect(await counted()).toBe(0);
    });
  });

  test.each([
    ['purchase', 'customer_id'],
    ['store', 'customer_id'],
    ['customer', 'id'],
    ['prepaid_time_order', 'customer_id'],
  ])('a customer can neither change nor take over a foreign row of %s', async (table, owner) => {
    await inSession(database, async (session) => {
      await setVisibility(session, { sees: 'customer', customerId: ada });
      const changed = await session.query({
        name: `steal-${table}`,
        text: `update ${table} set ${owner} = ${owner} where ${owner} = $1 returning 1`,
        values: [ben],
      });
      expect(changed).toEqual([]);
      await expect(
        session.query({ name: `give-${table}`, text: `update ${table} set ${owner} = $1 where ${owner} = $2`, values: [ben, ada] }),
      ).rejects.toThrow(/row-level security/);
    });
  });

  test('what the vendor keeps of its imports is hidden from every customer', async () => {
    await inSession(database, async (session) => {
      await setVisibility(session, { sees: 'customer', customerId: ada });
      expect(await session.em.find(ImportException, {})).toEqual([]);
      expect(await session.em.find(ImportedOrder, {})).toEqual([]);
    });
    await withVendorSession(database, async (session) => {
      expect(await session.em.count(ImportException, {})).toBe(1);
      expect(await session.em.count(ImportedOrder, {})).toBe(3);
    });
  });

  test('a customer that does not exist sees nothing', async () => {
    await inSession(database, async (session) => {
      await setVisibility(session, { sees: 'customer', customerId: '00000000-0000-0000-0000-000000000000' });
      expect(await session.em.find(Purchase, {})).toEqual([]);
    });
  });

  test('the next session on the same connection begins with nothing, whoever had it before', async () => {
    const before = await inSession(single, async (session) => {
      await setVisibility(session, { sees: 'all' });
      expect(await session.em.count(Purchase, {})).toBe(4);
      return backend(session);
    });
    await inSession(single, async (session) => {
      expect(await backend(session)).toBe(before);
      expect(await session.em.find(Purchase, {})).toEqual([]);
    });
  });
});

const backend = async (session: Session): Promise<number | undefined> => {
  const [row] = await session.query<{ pid: number }>({ name: 'backend', text: 'select pg_backend_pid() as pid', values: [] });
  return row?.pid;
};

const rename = (to: string) => async (em: Session['em']) => {
  (await em.findOneOrFail(Addon, { sku: 'FILTER' })).name = to;
};
const nameNow = () => withVendorSession(database, async ({ em }) => (await em.findOneOrFail(Addon, { sku: 'FILTER' })).name);

describe('transactions of a session', () => {
  test('what was written before an error is rolled back, and the session goes on', async () => {
    await withVendorSession(database, async (session) => {
      await session.transaction(rename('before'));
      const failing = session.transaction(async (em) => {
        await rename('half')(em);
        await em.flush();
        throw new Error('enough');
      });
      await expect(failing).rejects.toThrow('enough');
      expect((await session.em.findOneOrFail(Addon, { sku: 'FILTER' })).name).toBe('before');
      await session.transaction(rename('after'));
    });
    expect(await nameNow()).toBe('after');
  });

  test.each([
    ['40001', 'serialization_failure'],
    ['40P01', 'deadlock_detected'],
    ['23505', 'unique_violation'],
  ])('%s is repeated until it succeeds', async (_state, condition) => {
    let tries = 0;
    await withVendorSession(database, (session) =>
      session.transaction(async (em) => {
        tries += 1;
        await rename(`${condition} ${tries}`)(em);
        await em.flush();
        if (tries < 3) await em.getConnection().execute(`do $$ begin raise ${condition}; end $$`, [], 'run', em.getTransactionContext());
      }),
    );
    expect(tries).toBe(3);
    expect(await nameNow()).toBe(`${condition} 3`);
  });

  test.each([
    ['40001', 'serialization_failure', 5, 'there is an end to patience'],
    ['22012', 'division_by_zero', 1, 'trying again would not help'],
  ])('%s that stays comes out with its state', async (state, condition, expectedTries, _because) => {
    let tries = 0;
    const failing = withVendorSession(database, (session) =>
      session.transaction(async (em) => {
        tries += 1;
        await em.getConnection().execute(`do $$ begin raise ${condition}; end $$`, [], 'run', em.getTransactionContext());
      }),
    );
    expect(sqlState(await failing.catch((error: unknown) => error))).toBe(state);
    expect(tries).toBe(expectedTries);
  });

  test('two that wait for each other both get through', async () => {
    const names = ['LOCK-A', 'LOCK-B'] as const;
    for (const sku of names) await sell(database, { sku });
    const met = Promise.withResolvers<void>();
    let waiting = 0;
    const takeBoth = (first: string, second: string) => {
      let tries = 0;
      return asVendor(database, async (em) => {
        tries += 1;
        await em.findOneOrFail(Addon, { sku: first }, { lockMode: LockMode.PESSIMISTIC_WRITE });
        waiting += 1;
        if (waiting === 2) met.resolve();
        if (tries === 1) await met.promise;
        (await em.findOneOrFail(Addon, { sku: second }, { lockMode: LockMode.PESSIMISTIC_WRITE })).name += '!';
      });
    };
    await Promise.all([takeBoth('LOCK-A', 'LOCK-B'), takeBoth('LOCK-B', 'LOCK-A')]);
    await withVendorSession(database, async ({ em }) => {
      expect((await em.find(Addon, { sku: { $in: [...names] } })).map((addon) => addon.name).sort()).toEqual(['LOCK-A!', 'LOCK-B!']);
    });
  });

  test('a session released during a transaction finishes it, and its connection comes back clean', async () => {
    const session = await openSession(single);
    await setVisibility(session, { sees: 'all' });
    const before = await backend(session);
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const work = session.transaction(async (em) => {
      begun.resolve();
      await goOn.promise;
      await rename('finished after release')(em);
    });
    await begun.promise;
    session.release();
    await expect(backend(session)).rejects.toThrow('This session has ended.');
    goOn.resolve();
    await work;
    expect(await nameNow()).toBe('finished after release');
    await inSession(single, async (next) => {
      expect(await backend(next)).toBe(before);
      expect(await next.em.find(Purchase, {})).toEqual([]);
      // Within one transaction it is always the same moment.
      const moment = () => next.query({ name: 'moment', text: 'select now()::text', values: [] });
      expect(await moment()).not.toEqual(await moment());
    });
  });

  test('a released session refuses everything, and releasing it again does nothing', async () => {
    const session = await openSession(database);
    session.release();
    session.release();
    await expect(session.em.find(Addon, {})).rejects.toThrow('This session has ended.');
    await expect(session.query({ name: 'one', text: 'select 1', values: [] })).rejects.toThrow('This session has ended.');
    await expect(session.transaction(rename('never'))).rejects.toThrow('This session has ended.');
  });

  test('a session that pauses lends its connection, and sees the same again when it goes on', async () => {
    await inSession(single, async (session) => {
      await setVisibility(session, { sees: 'customer', customerId: ada });
      expect(await session.em.count(Purchase, {})).toBe(2);
      await session.pause();
      await session.pause();
      await inSession(single, async (other) => {
        expect(await other.em.count(Purchase, {})).toBe(0);
        await setVisibility(other, { sees: 'all' });
        expect(await other.em.count(Purchase, {})).toBe(4);
      });
      expect(await session.em.count(Purchase, {})).toBe(2);
      await session.transaction(async (em) => {
        expect(await em.count(Purchase, {})).toBe(2);
        await expect(session.pause()).rejects.toThrow('cannot pause in a transaction');
      });
      await session.pause();
    });
    await inSession(single, async (next) => expect(await next.em.count(Purchase, {})).toBe(0));
  });

  test('a database that closes cuts off what is still in use, and rolls it back', async () => {
    const closing = await openDatabase({ url: database.url, poolSize: 2, statementTimeoutMs: 20_000 });
    const asleep = withVendorSession(closing, (session) =>
      session.transaction(async (em) => {
        await rename('half asleep')(em);
        await em.flush();
        await em.getConnection().execute('select pg_sleep(15)', [], 'run', em.getTransactionContext());
      }),
    );
    const cut = asleep.catch((error: unknown) => error);
    const idle = openSession(closing);
    await setVisibility(idle, { sees: 'all' });
    const begun = performance.now();
    await closing.close();
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await cut).toBeInstanceOf(Error);
    expect(await nameNow()).not.toBe('half asleep');
  });

  test('a second transaction inside the first is refused, so that neither commits the other', async () => {
    await withVendorSession(database, (session) =>
      session.transaction(async () => {
        await expect(session.transaction(rename('inner'))).rejects.toThrow('in a transaction already');
      }),
    );
    expect(await nameNow()).not.toBe('inner');
  });

  test('a connection that the server closed is not handed out again', async () => {
    const session = await openSession(single);
    const lost = await backend(session);
    await asVendor(database, (em) =>
      em.getConnection().execute('select pg_terminate_backend(?)', [lost], 'run', em.getTransactionContext()),
    );
    await expect(session.transaction(rename('lost'))).rejects.toThrow();
    session.release();
    await inSession(single, async (next) => {
      expect(await backend(next)).not.toBe(lost);
      expect(await next.em.find(Purchase, {})).toEqual([]);
    });
    expect(await nameNow()).not.toBe('lost');
  });
});
