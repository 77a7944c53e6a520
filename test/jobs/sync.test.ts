import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { prestashopOrder } from '../../integrations/prestashop/order-builder.js';
import { startPrestaShopSandbox } from '../../integrations/prestashop/sandbox.js';
import { addOrders, emptyPrestaShop } from '../../integrations/prestashop/shop-builder.js';
import type { StorePlatform } from '../../integrations/store-platform.js';
import { openGateway } from '../../src/app.js';
import { jobAdder } from '../../src/jobs/add-job.js';
import { ImportCursor } from '../../src/persistence/import-cursor.js';
import { ImportedOrder } from '../../src/persistence/imported-order.js';
import { executeWithin, withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { SyncState } from '../../src/persistence/sync-state.js';
import type { Gateway } from '../../src/use-cases/gateway.js';
import { connectStore } from '../../src/use-cases/store.js';
import { runSync } from '../../src/use-cases/sync-run.js';
import { sweepSyncs } from '../../src/use-cases/sync-sweep.js';
import type { SyncKey } from '../../src/use-cases/sync-task.js';
import { gatewayOn, seedVendor } from '../cli/cli-under-test.js';
import { paidOrder, shopWith } from '../cli/shop-under-test.js';
import { configOf } from '../graphql/gateway-under-test.js';
import { testDatabase } from '../support/database.js';
import { asVendor, instant, SECRET_KEY } from '../support/vendor.js';
import { startProcess } from './process-under-test.js';
import { add, statesOf, until, type WorkerUnderTest, workerOn } from './worker-under-test.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
const workers: WorkerUnderTest[] = [];
const stopping: (() => Promise<unknown>)[] = [];
const addJob = jobAdder(executeWithin);
const now = () => Temporal.Now.instant().round('millisecond');
/** For tests that start processes. */
const LONG_MS = 120_000;

beforeAll(async () => {
  database = await testDatabase();
  await seedVendor(database);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop(5_000)));
  for (const stop of stopping.splice(0).toReversed()) await stop();
  await database.jobs.query('delete from tenure_jobs.job');
  await asVendor(database, (em) => em.nativeDelete(SyncState, {}));
});
afterAll(() => database.close());

async function start(sync: (of: SyncKey) => Promise<unknown>, rest: Parameters<typeof workerOn>[1] = {}): Promise<void> {
  const run = async (of: SyncKey) => void (await sync(of));
  workers.push(await workerOn(database, { 'sync-shop': run, 'sync-store': run, ...rest }));
}
const sweep = () => withVendorSession(database, (session) => sweepSyncs(session, { now: now(), addJob }, 100));
const idOf = async (code: string) => (await withVendorSession(database, ({ em }) => em.findOneOrFail(Store, { code }))).id;
const stateOf = (store: string) => withVendorSession(database, ({ em }) => em.findOneOrFail(SyncState, { store, task: 'ORDERS' }));
/** Jobs for shops that no worker has: those that are due, or those whose time is to come. */
async function waitingJobs(isDue: boolean): Promise<number> {
  const { rows } = await database.jobs.query(
    `select from tenure_jobs.job where name = 'sync-shop' and state = 'created' and start_after ${isDue ? '<=' : '>'} now()`,
  );
  return rows.length;
}
const isDone = async (store: string) => (await stateOf(store)).lastSucceededAt !== null;

describe('shops that workers keep in step', () => {
  test('one that hangs delays neither the others nor tickets, and is asked by one run at a time, whoever works', async () => {
    const [hanging, sound] = [await idOf('magento-eu'), await idOf('presta-fr')];
    const held = Promise.withResolvers<void>();
    const asked: string[] = [];
    let most = 0;
    let asking = 0;
    const hangs: StorePlatform = {
      ...shopWith([]),
      readOrders: async function* () {
        asked.push(hanging);
        asking += 1;
        most = Math.max(most, asking);
        await held.promise;
        asking -= 1;
        yield* [];
      },
    };
    const connect: Gateway['connect'] = ({ url }) => (url.includes('magento-eu') ? hangs : shopWith([[paidOrder('1')]]));
    const gateway = { ...gatewayOn(database, connect), now };
    const tickets: string[] = [];
    const ticketDue = { 'ticket-due': async ({ ticketId }: { readonly ticketId: string }) => void tickets.push(ticketId) };
    await sweep();
    await start((of) => runSync(gateway, of), ticketDue);
    await start((of) => runSync(gateway, of), ticketDue);
    await until(() => asked.length === 1);
    for (let again = 0; again < 3; again += 1) {
      // As if it were due again, with a job for it, while it hangs; and as if it were asked for by hand.
      await add(database, { queue: 'sync-shop', storeId: hanging, task: 'ORDERS' });
      await until(async () => (await waitingJobs(true)) === 0);
    }
    // Once that run would be dead, one job looks whether it is.
    expect(await waitingJobs(false)).toBe(1);
    await add(database, { queue: 'ticket-due', ticketId: 'meanwhile', dueAt: instant('2026-01-01T00:00:00Z') });
    await until(() => tickets.includes('meanwhile'));
    await until(() => isDone(sound));
    expect([await isDone(hanging), most, asked]).toEqual([false, 1, [hanging]]);
    held.resolve();
    await until(() => isDone(hanging));
    expect(workers.flatMap(({ lines }) => lines.filter(({ outcome }) => outcome === 'FAILED'))).toEqual([]);
  });

  test('a fault of ours is tried again, and given up where operators see it', async () => {
    await database.jobs.query(
      `update tenure_jobs.queue set retry_limit = 1, retry_delay = 0, retry_backoff = false where name = 'sync-shop'`,
    );
    const storeId = await idOf('magento-eu');
    let tries = 0;
    const broken: StorePlatform = {
      ...shopWith([]),
      readOrders: async function* () {
        tries += 1;
        yield* [];
        throw new TypeError('ada@shop.example');
      },
    };
    await add(database, { queue: 'sync-shop', storeId, task: 'ORDERS' });
    await start((of) => runSync({ ...gatewayOn(database, () => broken), now }, of));
    await until(async () => (await statesOf(database, 'sync-shop-dead')).length === 1);
    expect(tries).toBe(2);
    expect(await stateOf(storeId)).toMatchObject({ startedAt: null, failureCode: 'UNEXPECTED', failures: 2 });
    const { rows } = await database.jobs.query('select data::text, output::text from tenure_jobs.job');
    expect(JSON.stringify(rows)).not.toContain('ada@');
  });
});

describe('a shop over HTTP', () => {
  const KEY = 'K'.repeat(32);
  const RESOURCES =
    'orders order_details order_states order_histories order_cart_rules order_slip customers currencies products combinations';
  const ORDERS = 3;

  /** A PrestaShop on loopback that tells its orders, and then says nothing when it is asked for refunds. */
  async function hangingSandbox() {
    const data = emptyPrestaShop('Add-ons');
    const times = { timeZone: 'Europe/Paris', placedAt: '2026-03-01T10:00:00Z', paidAt: '2026-03-01T10:00:30Z' };
    const customer = { id: 7, email: 'dora@shop.example', firstname: 'Dora', lastname: 'Lima' };
    const lines = [{ sku: 'SHIP-PRO', name: 'Shipping Pro', quantity: 1, price: '120' }];
    addOrders(
      data,
      Array.from({ length: ORDERS }, (_, index) => prestashopOrder({ id: index + 1, ...times, customer, lines })),
    );
    const rights = Object.fromEntries(RESOURCES.split(' ').map((resource) => [resource, ['GET'] as const]));
    const sandbox = await startPrestaShopSandbox({ data, keys: { [KEY]: { rights } }, timeZone: times.timeZone, version: '8.2.1' });
    sandbox.faults.set({ kind: 'HANG', pathContains: 'order_slip' });
    return sandbox;
  }

  test('that asked to be left alone is read by the process that was told, once somebody asks for it', async () => {
    const sandbox = await hangingSandbox();
    stopping.push(() => sandbox.close());
    const place = { platform: 'PRESTASHOP', url: sandbox.url, role: 'VENDOR_SHOP', customerId: null, timeZone: 'Europe/Paris' } as const;
    const credentials = { kind: 'PRESTASHOP_KEY', key: KEY, adminApi: null } as const;
    const { id } = await asVendor(database, (em) => connectStore(em, { ...place, code: 'limited', credentials }, SECRET_KEY, now()));
    const hosts = { TENURE_ALLOWED_HOSTS: new URL(sandbox.url).host };
    const gateway = await openGateway({ ...configOf(database.url, hosts), databaseUrl: database.url });
    stopping.push(() => gateway.database.close());
    const run = (evenEarly: boolean) => runSync({ ...gateway, secretKey: SECRET_KEY }, { storeId: id, task: 'ORDERS' }, { evenEarly });
    sandbox.faults.set({ kind: 'TOO_MANY_REQUESTS', retryAfterSeconds: 3_600 });
    expect(await run(false)).toMatchObject({ failure: { code: 'RATE_LIMITED' } });
    expect(await stateOf(id)).toMatchObject({ circuit: 'OPEN', failures: 1 });
    expect(await run(false)).toEqual({ outcome: 'NOT_TAKEN' });
    // It is asked, and not what the process remembers of it.
    expect(await run(true)).toMatchObject({ failure: { code: 'RATE_LIMITED' } });
    sandbox.faults.set(null);
    expect(await run(true)).toMatchObject({ failure: null, figures: { ordersPlaced: expect.any(Number) } });
    expect(await stateOf(id)).toMatchObject({ circuit: 'CLOSED', failures: 0 });
  });

  test(
    'that a killed worker had is left to another one when its lease is over, which goes on where it stopped',
    async () => {
      const sandbox = await hangingSandbox();
      stopping.push(() => sandbox.close());
      const place = { platform: 'PRESTASHOP', url: sandbox.url, role: 'VENDOR_SHOP', customerId: null, timeZone: 'Europe/Paris' } as const;
      const credentials = { kind: 'PRESTASHOP_KEY', key: KEY, adminApi: null } as const;
      const { id } = await asVendor(database, (em) => connectStore(em, { ...place, code: 'killed', credentials }, SECRET_KEY, now()));
      const cursors = () => withVendorSession(database, ({ em }) => em.find(ImportCursor, { shop: id }, { orderBy: { resource: 'asc' } }));

      const hosts = { TENURE_ALLOWED_HOSTS: new URL(sandbox.url).host };
      const victim = await startProcess('worker', database.url, hosts);
      // A start sets queues as they are meant to be.
      await database.jobs.query(
        `update tenure_jobs.queue set retry_limit = 3, retry_delay = 0, retry_backoff = false where name = 'sync-shop'`,
      );
      await add(database, { queue: 'sync-shop', storeId: id, task: 'ORDERS' });
      await until(async () => (await cursors()).length === 1, 4_000);
      expect(await victim.end('SIGKILL')).toBeNull();
      const [left] = await cursors();
      expect((await stateOf(id)).startedAt).not.toBeNull();
      sandbox.faults.set(null);

      const gateway = await openGateway({ ...configOf(database.url, hosts), databaseUrl: database.url });
      stopping.push(() => gateway.database.close());
      const runs: unknown[] = [];
      const sync = async (of: SyncKey) => void runs.push(await runSync({ ...gateway, secretKey: SECRET_KEY }, of));
      // Before its lease is over, nobody takes it.
      const byHand = await runSync({ ...gateway, secretKey: SECRET_KEY }, { storeId: id, task: 'ORDERS' }, { evenEarly: true });
      expect(byHand).toEqual({ outcome: 'NOT_TAKEN' });
      await asVendor(database, async (em) => {
        const { startedAt } = await em.findOneOrFail(SyncState, { store: id, task: 'ORDERS' });
        await em.nativeUpdate(SyncState, { store: id }, { seenAliveAt: startedAt?.subtract({ hours: 1 }) ?? null });
      });
      await database.jobs.query(`update tenure_jobs.job set started_on = started_on - interval '1 hour', heartbeat_on = heartbeat_on - interval '1 hour'
        where name = 'sync-shop' and state = 'active'`);
      await start(sync);
      await until(() => isDone(id));
      expect(runs).toEqual([expect.objectContaining({ outcome: 'RAN', failure: null })]);
      expect((await cursors()).map(({ resource, changedAt }) => [resource, changedAt])).toEqual([['ORDERS', left?.changedAt]]);
      expect(await withVendorSession(database, ({ em }) => em.count(ImportedOrder, { shop: id }))).toBe(ORDERS);
      const { rows } = await database.jobs.query<{ state: string; retry_count: number }>(
        `select state::text, retry_count from tenure_jobs.job where name = 'sync-shop' and data->>'task' = 'ORDERS' and data->>'storeId' = $1`,
        [id],
      );
      expect(rows).toEqual([{ state: 'completed', retry_count: 1 }]);
    },
    LONG_MS,
  );
});
