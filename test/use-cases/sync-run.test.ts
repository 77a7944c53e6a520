import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Circuit, type StorePlatform, StoreReadingFailed } from '../../integrations/store-platform.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { StoreReading } from '../../src/persistence/store-reading.js';
import { claimSync } from '../../src/persistence/sync-claim.js';
import { SyncState } from '../../src/persistence/sync-state.js';
import type { SyncTask } from '../../src/policy/sync-schedule.js';
import type { Job } from '../../src/use-cases/job.js';
import { connectStore } from '../../src/use-cases/store.js';
import { runSync, type SyncGateway, type SyncOptions } from '../../src/use-cases/sync-run.js';
import { requestSync } from '../../src/use-cases/sync-shop.js';
import { sweepSyncs } from '../../src/use-cases/sync-sweep.js';
import { gatewayOn, SECRET_KEY, seedVendor } from '../cli/cli-under-test.js';
import { paidOrder, shopWith } from '../cli/shop-under-test.js';
import { until } from '../jobs/worker-under-test.js';
import { testDatabase } from '../support/database.js';
import { asVendor, customerOf, instant } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let shopId: string;
let storeId: string;
const jobs: Job[] = [];

const MORNING = '2026-02-10T09:00:00Z';

beforeAll(async () => {
  database = await testDatabase();
  await seedVendor(database);
  const customerId = await customerOf(database, 'ada@shop.example');
  const place = { platform: 'MAGENTO', url: 'https://ada.example', role: 'CUSTOMER_PRODUCTION', code: null, timeZone: null } as const;
  const credentials = { kind: 'MAGENTO_BEARER', token: 'a token' } as const;
  [shopId, storeId] = await asVendor(database, async (em) => [
    (await em.findOneOrFail(Store, { code: 'magento-eu' })).id,
    (await connectStore(em, { ...place, customerId, credentials }, SECRET_KEY, instant(MORNING))).id,
  ]);
});
afterAll(() => database.close());
beforeEach(async () => {
  jobs.length = 0;
  await asVendor(database, async (em) => {
    await em.nativeDelete(SyncState, {});
    await em.nativeUpdate(Store, { id: shopId }, { credentialsSetAt: null });
  });
});

function gatewayAt(
  at: string | (() => string),
  platform: StorePlatform = shopWith([]),
  stopping = new AbortController().signal,
): SyncGateway {
  const now = () => instant(typeof at === 'string' ? at : at());
  const addJob = async (_em: unknown, job: Job) => void jobs.push(job);
  return { ...gatewayOn(database, () => platform), now, addJob, stopping };
}
const runAt = (at: string, platform: StorePlatform, options: SyncOptions = {}) =>
  runSync(gatewayAt(at, platform), { storeId: shopId, task: 'ORDERS' }, options);
const sweepAt = (at: string) =>
  withVendorSession(database, (session) => sweepSyncs(session, { now: instant(at), addJob: gatewayAt(at).addJob }, 100));
const takenAt = (at: string, task: SyncTask) => asVendor(database, (em) => claimSync(em, { storeId: shopId, task }, instant(at), false));
const stateOf = (task: SyncTask = 'ORDERS', of = shopId) =>
  withVendorSession(database, ({ em }) => em.findOneOrFail(SyncState, { store: of, task }));
const ORDERS_OF_SHOP = () => ({ queue: 'sync-shop', storeId: shopId, task: 'ORDERS' });
const failing = (failure: Error) => shopWith([[paidOrder('1')]], { failure });
const openUntil = (time: string): Circuit => ({ state: 'OPEN', reopensAt: `2026-02-10T${time}:00Z` });
const circuitOf = (shop: StorePlatform, circuit: Circuit): StorePlatform => ({ ...shop, circuit: () => circuit });

describe('the sweep', () => {
  test('gives each store with credentials its tasks, and adds a job for what is due', async () => {
    await sweepAt(MORNING);
    const tasks = await withVendorSession(database, ({ em }) => em.find(SyncState, {}, { populate: ['store'] }));
    const codes = tasks.map(({ store, task }) => `${store.getEntity().code ?? 'of Ada'} ${task}`).toSorted();
    const ofShops = ['magento-eu', 'presta-fr'].flatMap((code) =>
      ['ORDERS', 'PRODUCTS', 'RECONCILIATION'].map((task) => `${code} ${task}`),
    );
    expect(codes).toEqual([...ofShops, 'of Ada VERSION'].toSorted());
    // A reconciliation waits for the night.
    const due = ['sync-shop ORDERS', 'sync-shop ORDERS', 'sync-shop PRODUCTS', 'sync-shop PRODUCTS', 'sync-store VERSION'];
    expect(jobs.map((job) => `${job.queue} ${'task' in job ? job.task : ''}`).toSorted()).toEqual(due);
    expect(jobs).toContainEqual(ORDERS_OF_SHOP());
    jobs.length = 0;
    await sweepAt('2026-02-11T05:00:00Z');
    expect(jobs).toContainEqual({ ...ORDERS_OF_SHOP(), task: 'RECONCILIATION' });
  });

  test('costs as many statements for no store as for many that are not due', async () => {
    await sweepAt(MORNING);
    await asVendor(database, (em) => em.nativeUpdate(SyncState, {}, { nextRunAt: instant('2026-03-01T00:00:00Z') }));
    database.statements.length = 0;
    await sweepAt(MORNING);
    expect(jobs).toHaveLength(5);
    expect(database.statements.filter((sql) => /sync_state/.test(sql))).toHaveLength(3);
  });

  test.each([
    ['CREDENTIALS_REFUSED', 'the new ones may be good'],
    ['RATE_LIMITED', 'the pause may be that of a host which the store has left'],
  ] as const)(
    'makes a task due that failed with %s before the store was given other credentials, and no other: %s',
    async (code, _because) => {
      await runAt(MORNING, circuitOf(failing(new StoreReadingFailed(code, 'No.', { retryAfterSeconds: 7_200 })), openUntil('11:00')));
      await sweepAt('2026-02-10T09:10:00Z');
      expect(jobs).not.toContainEqual(ORDERS_OF_SHOP());
      await asVendor(database, (em) => em.nativeUpdate(Store, { id: shopId }, { credentialsSetAt: instant('2026-02-10T09:20:00Z') }));
      await sweepAt('2026-02-10T09:21:00Z');
      expect(jobs).toContainEqual(ORDERS_OF_SHOP());
      jobs.length = 0;
      await runAt(
        '2026-02-10T09:22:00Z',
        circuitOf(failing(new StoreReadingFailed(code, 'No.', { retryAfterSeconds: 7_200 })), openUntil('11:22')),
      );
      await sweepAt('2026-02-10T09:30:00Z');
      expect(jobs).not.toContainEqual(ORDERS_OF_SHOP());
    },
  );
});

describe('a run', () => {
  test('that comes to its end is due again in five minutes or so', async () => {
    expect(await runAt(MORNING, shopWith([[paidOrder('1')]]))).toMatchObject({ outcome: 'RAN', failure: null, figures: { ordersSeen: 1 } });
    const state = await stateOf();
    expect(state).toMatchObject({ startedAt: null, failures: 0, failureCode: null, circuit: 'CLOSED' });
    expect(state.lastSucceededAt?.toString()).toBe(MORNING);
    const seconds = (state.nextRunAt.epochMilliseconds - instant(MORNING).epochMilliseconds) / 1_000;
    expect([seconds >= 240, seconds <= 360]).toEqual([true, true]);
    expect(await runAt('2026-02-10T09:01:00Z', shopWith([]))).toEqual({ outcome: 'NOT_TAKEN' });
    expect(await runAt('2026-02-10T09:01:00Z', shopWith([]), { evenEarly: true })).toMatchObject({ outcome: 'RAN' });
    expect(jobs).toEqual([]);
  });

  test('knows of what changed before it began, not before it ended', async () => {
    let at = MORNING;
    const shop: StorePlatform = {
      ...shopWith([]),
      readOrders: async function* () {
        at = '2026-02-10T09:00:50Z';
        yield { rows: [], unreadable: [], cursor: { changedAt: '2026-02-10 08:00:00', id: '31' }, total: null };
      },
    };
    await runSync(
      gatewayAt(() => at, shop),
      { storeId: shopId, task: 'ORDERS' },
    );
    const { completeAsOf, lastSucceededAt } = await stateOf();
    expect([completeAsOf, lastSucceededAt].map(String)).toEqual([MORNING, at]);
    await runAt('2026-02-10T10:00:00Z', failing(new StoreReadingFailed('UNREACHABLE', 'gone')));
    await runAt('2026-02-10T11:00:00Z', shopWith([]), { since: { changedAt: '2026-02-10 10:30:00', id: '0' } });
    // It left out what changed since eight o'clock: there is more to read, at once.
    expect(await stateOf()).toMatchObject({ completeAsOf: instant(MORNING), failures: 1, nextRunAt: instant('2026-02-10T11:00:00Z') });
    await runAt('2026-02-10T12:00:00Z', shopWith([]), { since: { changedAt: '2026-02-10 07:30:00', id: '0' } });
    expect(await stateOf()).toMatchObject({ completeAsOf: instant('2026-02-10T12:00:00Z'), failures: 0 });
  });

  test('that the shop refuses says so, and leaves it alone for as long as it asked; a success forgets it', async () => {
    const refused = failing(new StoreReadingFailed('RATE_LIMITED', 'shop.example answered 429.', { retryAfterSeconds: 3_600 }));
    const open: Circuit = { state: 'OPEN', reopensAt: '2026-02-10T10:00:00Z' };
    await runAt(MORNING, circuitOf(refused, open));
    const state = await stateOf();
    expect(state).toMatchObject({
      failures: 1,
      failureCode: 'RATE_LIMITED',
      failureMessage: 'shop.example answered 429.',
      circuit: 'OPEN',
    });
    expect([state.nextRunAt, state.circuitReopensAt, state.lastFailedAt].map(String)).toEqual([
      '2026-02-10T10:00:00Z',
      '2026-02-10T10:00:00Z',
      MORNING,
    ]);
    expect(await runAt('2026-02-10T09:59:59Z', shopWith([]))).toEqual({ outcome: 'NOT_TAKEN' });
    await runAt('2026-02-10T10:00:00Z', shopWith([]));
    expect(await stateOf()).toMatchObject({ failures: 0, failureCode: null, failureMessage: null, circuit: 'CLOSED' });
  });

  test('that fails again waits for longer', async () => {
    const waits: number[] = [];
    for (let at = instant(MORNING); waits.length < 4; at = (await stateOf()).nextRunAt) {
      await runAt(at.toString(), failing(new StoreReadingFailed('TIMED_OUT', 'It took too long.')));
      waits.push((await stateOf()).nextRunAt.epochMilliseconds - at.epochMilliseconds);
    }
    const [first = 0] = waits;
    for (const [index, wait] of waits.entries()) expect(Math.abs(wait - first * 2 ** index)).toBeLessThanOrEqual(2 ** index);
  });

  test('through a fault of ours is thrown for the job to be tried again, and told without what it told', async () => {
    await expect(runAt(MORNING, failing(new TypeError('ada@shop.example is no number')))).rejects.toThrow(TypeError);
    const state = await stateOf();
    expect(state).toMatchObject({ startedAt: null, failures: 1, failureCode: 'UNEXPECTED' });
    expect(state.failureMessage).toBe('Tenure itself failed (TypeError); its log tells where.');
    await sweepAt('2026-02-10T09:00:01Z');
    expect(jobs).not.toContainEqual(ORDERS_OF_SHOP());
    expect(await runAt('2026-02-10T09:00:05Z', shopWith([]))).toMatchObject({ outcome: 'RAN' });
  });

  test('that is stopped goes on at once, behind the others, and tells nothing bad of the shop', async () => {
    const stop = new AbortController();
    const pages = [[paidOrder('11')], [paidOrder('12')]];
    const gateway = gatewayAt(MORNING, shopWith(pages), stop.signal);
    const run = await runSync(gateway, { storeId: shopId, task: 'ORDERS' }, { onProgress: () => stop.abort() });
    expect(run).toMatchObject({ outcome: 'RAN', failure: { code: 'STOPPED' }, figures: { ordersPlaced: 1 } });
    const state = await stateOf();
    expect(state).toMatchObject({ startedAt: null, failures: 0, failureCode: null, lastSucceededAt: null });
    expect(state.nextRunAt.toString()).toBe(MORNING);
    expect(jobs).toEqual([ORDERS_OF_SHOP()]);
  });

  test('ends by itself when its share of time is used up, and the next one has the rest', async () => {
    const slow: StorePlatform = {
      ...shopWith([]),
      readOrders: async function* () {
        for (const id of ['21', '22', '23']) {
          yield { rows: [paidOrder(id)], unreadable: [], cursor: null, total: null };
          await new Promise((resolve) => setTimeout(resolve, 60));
        }
      },
    };
    const run = await runAt(MORNING, slow, { budgetMs: 50 });
    expect(run).toMatchObject({ outcome: 'RAN', failure: { code: 'STOPPED' } });
    expect(run.outcome === 'RAN' && (run.figures.ordersSeen ?? 0)).toBeLessThan(3);
    expect(jobs).toEqual([ORDERS_OF_SHOP()]);
    expect(await runAt(MORNING, slow)).toMatchObject({ failure: null, figures: { ordersSeen: 3 } });
  });

  test('with credentials that cannot be opened says so, and is not tried every minute', async () => {
    const otherKey = { ...gatewayAt(MORNING), secretKey: new Uint8Array(32).fill(9) };
    expect(await runSync(otherKey, { storeId: shopId, task: 'ORDERS' })).toEqual({ outcome: 'NO_CREDENTIALS' });
    expect(await stateOf()).toMatchObject({ startedAt: null, failures: 1, failureCode: 'NO_CREDENTIALS' });
    await sweepAt('2026-02-10T09:01:00Z');
    expect(jobs).not.toContainEqual(ORDERS_OF_SHOP());
  });

  test('of a store without credentials is none', async () => {
    const { id } = await withVendorSession(database, ({ em }) => em.findOneOrFail(Store, { code: 'magento-locked' }));
    expect(await runSync(gatewayAt(MORNING), { storeId: id, task: 'ORDERS' })).toEqual({ outcome: 'NO_CREDENTIALS' });
    expect(await runSync(gatewayAt(MORNING), { storeId: '00000000-0000-0000-0000-000000000000', task: 'ORDERS' })).toEqual({
      outcome: 'NOT_TAKEN',
    });
  });
});

describe('a shop that asked to be left alone', () => {
  const refused = circuitOf(failing(new StoreReadingFailed('RATE_LIMITED', 'No.', { retryAfterSeconds: 3_600 })), openUntil('10:00'));
  const productsAt = (at: string, options: SyncOptions = {}, platform = shopWith([])) =>
    runSync(gatewayAt(at, platform), { storeId: shopId, task: 'PRODUCTS' }, options);
  /** The moments before which the process is to forget what it holds against the shop. */
  function forgetful() {
    const forgotten: string[] = [];
    return { forgotten, shop: { ...shopWith([]), forgetPauses: (before: Temporal.Instant) => void forgotten.push(before.toString()) } };
  }
  const tasksAskedFor = () => jobs.flatMap((job) => ('storeId' in job && job.storeId === shopId ? [job.task] : []));

  test('is asked for nothing by whichever process, until then', async () => {
    await runAt(MORNING, refused);
    await sweepAt('2026-02-10T09:59:59Z');
    expect(tasksAskedFor()).toEqual([]);
    expect(await productsAt('2026-02-10T09:59:59Z')).toEqual({ outcome: 'NOT_TAKEN' });
    await sweepAt('2026-02-10T10:00:00Z');
    expect(tasksAskedFor().toSorted()).toEqual(['ORDERS', 'PRODUCTS']);
  });

  test('is asked where somebody wants it; when it answers, the pause is over for everything, in every process', async () => {
    await runAt(MORNING, refused);
    const asked = forgetful();
    expect(await productsAt('2026-02-10T09:10:00Z', { evenEarly: true }, asked.shop)).toMatchObject({ outcome: 'RAN', failure: null });
    expect(asked.forgotten).toEqual(['2026-02-10T09:10:00Z']);
    expect(await stateOf()).toMatchObject({ circuit: 'CLOSED', circuitReopensAt: null, failureCode: 'RATE_LIMITED' });
    await asVendor(database, (em) => em.nativeUpdate(SyncState, { task: 'ORDERS' }, { nextRunAt: instant('2026-02-10T09:30:00Z') }));
    const other = forgetful();
    expect(await runAt('2026-02-10T09:30:00Z', other.shop)).toMatchObject({ outcome: 'RAN', failure: null });
    expect(other.forgotten).toEqual(['2026-02-10T09:10:00Z']);
  });

  test('is asked once by a run that was requested; what is refused then changes nothing about the pause', async () => {
    await runAt(MORNING, refused);
    const request = () =>
      withVendorSession(database, (session) =>
        requestSync(session, { shop: 'magento-eu', task: 'ORDERS' }, instant('2026-02-10T09:10:00Z'), gatewayAt(MORNING).addJob),
      );
    await request();
    expect(jobs).toEqual([ORDERS_OF_SHOP()]);
    const busy = circuitOf(failing(new StoreReadingFailed('BUSY', 'Later.')), openUntil('10:00'));
    expect(await runAt('2026-02-10T09:10:01Z', busy)).toMatchObject({ failure: { code: 'BUSY' } });
    // Nothing was asked: it is still to be.
    jobs.length = 0;
    await sweepAt('2026-02-10T09:11:00Z');
    expect(tasksAskedFor()).toEqual(['ORDERS']);
    expect(await runAt('2026-02-10T09:11:01Z', failing(new StoreReadingFailed('UNAVAILABLE', 'No.')))).toMatchObject({ outcome: 'RAN' });
    expect(await runAt('2026-02-10T09:11:02Z', shopWith([]))).toEqual({ outcome: 'NOT_TAKEN' });
    expect(await stateOf()).toMatchObject({ failures: 1, failureCode: 'UNAVAILABLE', requestedAt: null });
    expect((await stateOf()).nextRunAt.toString()).toBe('2026-02-10T10:00:00Z');
  });

  test('or fails is not left alone for longer as somebody tries again and again', async () => {
    await runAt(MORNING, failing(new StoreReadingFailed('UNREACHABLE', 'No.')));
    const { nextRunAt } = await stateOf();
    for (const second of [10, 20, 30, 40]) {
      const at = `2026-02-10T09:00:${second}Z`;
      await runAt(at, failing(new StoreReadingFailed('UNREACHABLE', 'No.')), { evenEarly: true });
      expect(await stateOf()).toMatchObject({ failures: 1, nextRunAt, lastFailedAt: instant(at) });
    }
    await runAt(nextRunAt.toString(), failing(new StoreReadingFailed('UNREACHABLE', 'No.')));
    expect(await stateOf()).toMatchObject({ failures: 2 });
  });
});

describe('two runs', () => {
  /** A shop that tells one page and then waits until it is let go. */
  function hanging() {
    const { promise, resolve } = Promise.withResolvers<void>();
    const shop: StorePlatform = {
      ...shopWith([]),
      readOrders: async function* () {
        yield { rows: [paidOrder('31')], unreadable: [], cursor: { changedAt: '2026-02-01 00:00:00', id: '31' }, total: 7 };
        await promise;
      },
    };
    const reached = () => until(async () => (await withVendorSession(database, ({ em }) => em.findOne(SyncState, { seen: 1 }))) !== null);
    return { shop, letGo: resolve, reached };
  }

  test('of one task never are at the same time; the second finds nothing to do, and how far the first is can be seen', async () => {
    const { shop, letGo, reached } = hanging();
    const first = runAt(MORNING, shop);
    await reached();
    expect(await runAt('2026-02-10T09:00:20Z', shopWith([]), { evenEarly: true })).toEqual({ outcome: 'NOT_TAKEN' });
    await sweepAt('2026-02-10T09:00:20Z');
    expect(jobs).not.toContainEqual(ORDERS_OF_SHOP());
    expect(await stateOf()).toMatchObject({ seen: 1, total: 7 });
    letGo();
    expect(await first).toMatchObject({ outcome: 'RAN', failure: null });
  });

  test('of one task: a job that comes while a run has it looks again when that would be dead', async () => {
    const { shop, letGo, reached } = hanging();
    const first = runAt(MORNING, shop);
    await reached();
    const { seenAliveAt } = await stateOf();
    await runAt('2026-02-10T09:00:20Z', shopWith([]));
    expect(jobs).toEqual([{ ...ORDERS_OF_SHOP(), freeAt: seenAliveAt?.add({ seconds: 30 }) }]);
    letGo();
    await first;
    await runAt('2026-02-10T09:00:30Z', shopWith([]));
    expect(jobs).toHaveLength(1);
  });

  test('that begin at the same time are one', async () => {
    const runs = await Promise.all(Array.from({ length: 6 }, () => runAt(MORNING, shopWith([[paidOrder('41')]]))));
    expect(runs.map(({ outcome }) => outcome).toSorted()).toEqual([...Array(5).fill('NOT_TAKEN'), 'RAN']);
  });

  test('that overlap as the first seemed dead leave the say to the second', async () => {
    const { shop, letGo, reached } = hanging();
    const first = runAt(MORNING, shop);
    await reached();
    await sweepAt('2026-02-10T09:00:31Z');
    expect(jobs).toContainEqual(ORDERS_OF_SHOP());
    // The lock of the import is what keeps them apart: it is the first one's while that lives.
    const second = await runAt('2026-02-10T09:00:31Z', shopWith([]));
    expect(second).toMatchObject({ outcome: 'RAN', failure: { code: 'ALREADY_RUNNING' } });
    expect(await stateOf()).toMatchObject({ startedAt: null, failures: 0 });
    const kept = await stateOf();
    letGo();
    await first;
    expect((await stateOf()).lastSucceededAt).toEqual(kept.lastSucceededAt);
  });

  test('of one shop: what takes long gives way to orders that are due', async () => {
    await sweepAt('2026-02-11T05:00:00Z');
    const reconcile = (at: string) => runSync(gatewayAt(at), { storeId: shopId, task: 'RECONCILIATION' });
    await asVendor(database, (em) =>
      em.nativeUpdate(SyncState, { task: 'RECONCILIATION' }, { nextRunAt: instant('2026-02-11T04:00:00Z') }),
    );
    expect(await reconcile('2026-02-11T05:00:00Z')).toEqual({ outcome: 'NOT_TAKEN' });
    await runAt('2026-02-11T05:00:00Z', shopWith([]));
    expect(await reconcile('2026-02-11T05:00:01Z')).toMatchObject({ outcome: 'RAN', failure: null });
  });

  test('of one shop, whatever their tasks, are one at a time, so that a shop which hangs holds one slot', async () => {
    await sweepAt(MORNING);
    const due = (task: SyncTask, at: string) =>
      asVendor(database, (em) => em.nativeUpdate(SyncState, { store: shopId, task }, { nextRunAt: instant(at) }));
    const long = (at: string) =>
      Promise.all((['PRODUCTS', 'RECONCILIATION'] as const).map((task) => runSync(gatewayAt(at), { storeId: shopId, task })));
    const { shop, letGo, reached } = hanging();
    const first = runAt(MORNING, shop);
    await reached();
    for (const task of ['PRODUCTS', 'RECONCILIATION'] as const) await due(task, MORNING);
    await due('ORDERS', '2026-02-10T10:00:00Z');
    expect((await long('2026-02-10T09:00:20Z')).map(({ outcome }) => outcome)).toEqual(['NOT_TAKEN', 'NOT_TAKEN']);
    letGo();
    await first;
    // Both are due and free: who comes second, if only by a moment, waits.
    for (let again = 0; again < 4; again += 1) {
      for (const task of ['PRODUCTS', 'RECONCILIATION'] as const) await due(task, MORNING);
      const outcomes = await Promise.all(
        [0, 1].flatMap(() => (['PRODUCTS', 'RECONCILIATION'] as const).map((task) => takenAt('2026-02-10T09:01:00Z', task))),
      );
      expect(outcomes.filter((claim) => claim !== null)).toHaveLength(1);
      await asVendor(database, (em) => em.nativeUpdate(SyncState, {}, { startedAt: null, seenAliveAt: null }));
    }
  });
});

describe('the reading of a customer’s store', () => {
  const readAt = (at: string, platform: StorePlatform) => runSync(gatewayAt(at, platform), { storeId, task: 'VERSION' });
  const version = {
    distribution: 'MAGENTO_OPEN_SOURCE',
    version: '2.4.7',
    upstreamVersion: null,
    exact: true,
    label: '',
    unknown: [],
  } as const;
  const readings = () => withVendorSession(database, ({ em }) => em.find(StoreReading, { store: storeId }, { orderBy: { readAt: 'asc' } }));
  const store = (reading: StorePlatform['readVersion']): StorePlatform => ({
    ...shopWith([]),
    readVersion: reading,
    readModules: async () => ({ modules: [], available: true, unknown: [] }),
  });

  test('comes once a day, and one that fails is told of and tried again sooner', async () => {
    await sweepAt(MORNING);
    expect(jobs).toContainEqual({ queue: 'sync-store', storeId, task: 'VERSION' });
    expect(
      await readAt(
        MORNING,
        store(async () => version),
      ),
    ).toMatchObject({ outcome: 'RAN', failure: null });
    const day = (await stateOf('VERSION', storeId)).nextRunAt.since(instant(MORNING)).total('hours');
    expect([day >= 19.2, day <= 28.81]).toEqual([true, true]);
    const unreachable = store(() => Promise.reject(new StoreReadingFailed('UNREACHABLE', 'ada.example did not answer.')));
    const next = (await stateOf('VERSION', storeId)).nextRunAt;
    await readAt(next.toString(), unreachable);
    expect(await stateOf('VERSION', storeId)).toMatchObject({ failures: 1, failureCode: 'UNREACHABLE' });
    expect((await readings()).map(({ platformVersion, failure }) => [platformVersion, failure])).toEqual([
      ['2.4.7', null],
      [null, 'ada.example did not answer.'],
    ]);
  });

  test('that is not made as this process is busy leaves no trace', async () => {
    const before = (await readings()).length;
    const busy = store(() => Promise.reject(new StoreReadingFailed('BUSY', 'too much at once')));
    expect(await readAt('2026-03-01T00:00:00Z', busy)).toMatchObject({ failure: { code: 'BUSY' } });
    expect(await stateOf('VERSION', storeId)).toMatchObject({ failures: 0, failureCode: null });
    expect(await readings()).toHaveLength(before);
  });
});
