import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ImportCursor } from '../../src/persistence/import-cursor.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { SyncState } from '../../src/persistence/sync-state.js';
import type { SyncTask } from '../../src/policy/sync-schedule.js';
import { asVendor, instant, vendorShop } from '../support/vendor.js';
import { command, mistakes, refusal } from './commands.js';
import { type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';

let under: GatewayUnderTest;
const MORNING = '2026-03-10T09:00:00Z';
const STATUS = `shop { code } hasCredentials lagSeconds ordersKnown refundsKnown productsKnown exceptionsOpen exceptionsForPerson
  cursors { resource changeStamp lastKey movedAt } lastReconciliation { startedAt }
  tasks { task standing nextRunAt startedAt seen total lastSucceededAt circuit circuitReopensAt failure { code message remedy failedAt count } }`;

beforeAll(async () => {
  under = await gatewayUnderTest();
  under.at(MORNING);
});
afterAll(() => under.close());

/** Gives a store a task as a run would have left it. */
function state(store: string, task: SyncTask, values: object): Promise<void> {
  const idle = {
    requestedAt: null,
    completeAsOf: null,
    startedAt: null,
    seenAliveAt: null,
    seen: 0,
    total: null,
    lastSucceededAt: null,
    lastFailedAt: null,
  };
  const fine = { failureCode: null, failureMessage: null, failures: 0, circuit: 'CLOSED', circuitReopensAt: null } as const;
  return asVendor(under.gateway.database, async (em) => {
    await em.nativeDelete(SyncState, { store, task });
    em.persist(em.create(SyncState, { store, task, nextRunAt: instant('2026-03-10T09:05:00Z'), ...idle, ...fine, ...values }));
  });
}
/** As if something were kept to log in with. */
const withCredentials = (id: string) =>
  asVendor(under.gateway.database, (em) => em.nativeUpdate(Store, { id }, { sealedCredentials: Buffer.from('sealed') }));

describe('the status of synchronising', () => {
  test('of a shop that nobody has looked at yet says so', async () => {
    const { syncStatus } = await under.data('staff', `{ syncStatus(shop: "eu") { ${STATUS} } }`);
    expect(syncStatus).toMatchObject({
      shop: { code: 'eu' },
      hasCredentials: false,
      lagSeconds: null,
      tasks: [],
      lastReconciliation: null,
    });
    expect(syncStatus).toMatchObject({ exceptionsOpen: 2, exceptionsForPerson: 0, productsKnown: 0 });
    expect(await under.data('staff', '{ syncStatus(shop: "nowhere") { lagSeconds } }')).toEqual({ syncStatus: null });
  });

  test('tells of each task how it stands, why it fails and what can be done', async () => {
    const { id } = await vendorShop(under.gateway.database, 'us');
    // What changed while a run was under way is not in it.
    const succeeded = { lastSucceededAt: instant('2026-03-10T08:58:50Z'), completeAsOf: instant('2026-03-10T08:58:00Z') };
    await state(id, 'ORDERS', {
      ...succeeded,
      startedAt: instant('2026-03-10T08:59:30Z'),
      seenAliveAt: instant(MORNING),
      seen: 200,
      total: 900,
    });
    await state(id, 'PRODUCTS', {
      ...succeeded,
      nextRunAt: instant('2026-03-10T14:00:00Z'),
      lastFailedAt: instant('2026-03-10T08:59:00Z'),
      failureCode: 'RIGHT_MISSING',
      failureMessage: 'The key may not read products.',
      failures: 2,
      circuit: 'OPEN',
      circuitReopensAt: instant('2026-03-10T09:01:00Z'),
    });
    // A run that was killed.
    await state(id, 'RECONCILIATION', {
      startedAt: instant('2026-03-10T08:00:00Z'),
      seenAliveAt: instant('2026-03-10T08:01:00Z'),
      seen: 5,
    });
    await asVendor(under.gateway.database, async (em) => {
      const place = { changedAt: '2026-03-10 09:58:00', lastId: '77', movedAt: instant('2026-03-10T08:58:00Z') };
      em.persist(em.create(ImportCursor, { shop: id, resource: 'ORDERS', ...place }));
    });
    const { syncStatus } = await under.data('staff', `{ syncStatus(shop: "us") { ${STATUS} } }`);
    expect(syncStatus).toMatchObject({
      lagSeconds: 120,
      cursors: [{ resource: 'ORDERS', changeStamp: '2026-03-10 09:58:00', lastKey: '77', movedAt: '2026-03-10T08:58:00Z' }],
      tasks: [
        { task: 'ORDERS', standing: 'RUNNING', startedAt: '2026-03-10T08:59:30Z', seen: 200, total: 900, failure: null },
        {
          task: 'PRODUCTS',
          standing: 'NEEDS_PERSON',
          circuit: 'OPEN',
          circuitReopensAt: '2026-03-10T09:01:00Z',
          failure: { code: 'RIGHT_MISSING', count: 2, failedAt: '2026-03-10T08:59:00Z', remedy: expect.stringMatching(/^Grant the right/) },
        },
        { task: 'RECONCILIATION', standing: 'DUE', startedAt: null, seen: 0 },
      ],
    });
  });

  test('costs as many statements for many shops as for one, and is for staff', async () => {
    const counted = async () => {
      under.forgetStatements();
      const { syncStatuses } = await under.data('staff', `{ syncStatuses { ${STATUS} } }`);
      return [syncStatuses.length, under.statements.length];
    };
    const [few = 0, before] = await counted();
    for (const code of ['a', 'b', 'c']) await state((await vendorShop(under.gateway.database, code)).id, 'ORDERS', {});
    expect(await counted()).toEqual([few + 3, before]);
    for (const asker of ['partner', 'ada', 'adaStore'] as const) {
      const { errors } = await under.ask(asker, '{ syncStatuses { lagSeconds } }');
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
  });
});

describe('the reading of a customer’s store', () => {
  const SYNC =
    '{ stores(first: 10) { edges { node { url sync { lastTriedAt lastSucceededAt nextReadingAt failure { code remedy } } } } } }';

  test('is shown to its owner, for a page of stores by one statement, and to nobody else', async () => {
    const [store = ''] = under.vendor.ada.stores;
    await state(store, 'VERSION', {
      lastSucceededAt: instant('2026-03-08T09:00:00Z'),
      lastFailedAt: instant('2026-03-09T09:00:00Z'),
      failureCode: 'UNREACHABLE',
      failureMessage: 'It did not answer.',
      failures: 1,
    });
    under.forgetStatements();
    const syncs = async (asker: 'ada' | 'ben' | 'adaStore' | 'staff') =>
      (await under.data(asker, SYNC)).stores.edges
        .map(({ node }: { node: { sync: unknown } }) => node.sync)
        .filter((sync: unknown) => sync !== null);
    const shown = {
      lastTriedAt: '2026-03-09T09:00:00Z',
      lastSucceededAt: '2026-03-08T09:00:00Z',
      nextReadingAt: '2026-03-10T09:05:00Z',
      failure: { code: 'UNREACHABLE', remedy: 'Nothing for now: it is tried again by itself, after a pause.' },
    };
    expect(await syncs('ada')).toEqual([shown]);
    expect(under.statements.filter((sql) => /from "?sync_state/.test(sql))).toHaveLength(1);
    expect([await syncs('adaStore'), await syncs('staff'), await syncs('ben')]).toEqual([[shown], [shown], []]);
  });
});

describe('asking for a run', () => {
  const jobs = async () => {
    const { rows } = await under.gateway.database.jobs.query<{ data: unknown }>(
      `select data from tenure_jobs.job where name = 'sync-shop' order by created_on`,
    );
    return rows.map(({ data }) => data);
  };

  test('makes a task due and adds its job, once', async () => {
    const { id } = await vendorShop(under.gateway.database, 'asked');
    expect(await refusal(under, 'syncRun', 'syncStatus { lagSeconds }', { shop: 'asked' })).toEqual([['UNREADABLE_STORE', 'input.shop']]);
    await withCredentials(id);
    for (const _twice of [1, 2]) {
      const { syncStatus, userErrors } = await command(under, 'syncRun', `syncStatus { ${STATUS} }`, {
        shop: 'asked',
        task: 'RECONCILIATION',
      });
      expect(userErrors).toEqual([]);
      const tasks = syncStatus.tasks.map(({ task, standing }: { task: string; standing: string }) => `${task} ${standing}`);
      expect(tasks).toEqual(['ORDERS DUE', 'PRODUCTS DUE', 'RECONCILIATION DUE']);
    }
    expect(await jobs()).toEqual([{ storeId: id, task: 'RECONCILIATION' }]);
    const { requestedAt, nextRunAt } = await withVendorSession(under.gateway.database, ({ em }) =>
      em.findOneOrFail(SyncState, { store: id, task: 'RECONCILIATION' }),
    );
    // The night in which it is due anyway stays as it is.
    expect([requestedAt?.toString(), Temporal.Instant.compare(nextRunAt, instant(MORNING))]).toEqual([MORNING, 1]);
  });

  test('is refused while a run is under way, for no shop, and to others than staff', async () => {
    const { id } = await vendorShop(under.gateway.database, 'busy');
    await withCredentials(id);
    for (const task of ['ORDERS', 'PRODUCTS', 'RECONCILIATION'] as const)
      await state(id, task, { startedAt: instant(MORNING), seenAliveAt: instant(MORNING) });
    const before = (await jobs()).length;
    expect(await refusal(under, 'syncRun', 'syncStatus { lagSeconds }', { shop: 'busy' })).toEqual([['CONFLICT', 'input.task']]);
    expect(await refusal(under, 'syncRun', 'syncStatus { lagSeconds }', { shop: 'nowhere' })).toEqual([['NOT_FOUND', 'input.shop']]);
    expect(mistakes(await command(under, 'syncRun', 'syncStatus { lagSeconds }', { shop: ' ' }))).toEqual([['REQUIRED', 'input.shop']]);
    const { errors } = await under.ask('ada', 'mutation { syncRun(input: { shop: "busy" }) { userErrors { code } } }');
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    expect(await jobs()).toHaveLength(before);
  });
});
