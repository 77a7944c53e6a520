import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type StorePlatform, StoreReadingFailed } from '../../integrations/store-platform.js';
import type { CliEnvironment } from '../../src/cli/program.js';
import { testDatabase } from '../support/database.js';
import { capturedStream, type Ending, gatewayOn, NOW, run, seedVendor } from './cli-under-test.js';
import { forgetShops, paidOrder, shopWith } from './shop-under-test.js';

let database: Awaited<ReturnType<typeof testDatabase>>;

beforeAll(async () => {
  database = await testDatabase();
  await seedVendor(database);
});
afterAll(() => database.close());
beforeEach(() => forgetShops(database));

function withShop(argv: readonly string[], shop: StorePlatform, changes: Partial<CliEnvironment> = {}): Promise<Ending> {
  const openGateway = async () => ({ gateway: gatewayOn(database, () => shop), close: async () => {} });
  return run(argv, database, { openGateway, ...changes });
}

const figuresIn = ({ out }: Ending): Record<string, string> =>
  Object.fromEntries([...out.matchAll(/^([a-z ]+?) {2,}(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]));

describe('sync run', () => {
  test('shows progress page by page on the error stream and a summary on the other', async () => {
    const refund = { refundId: '1', orderId: '2', refundedAt: '2025-12-05T00:00:00Z', changedAt: '2025-12-05 00:00:00', amount: '115.20' };
    const shop = shopWith([[paidOrder('1'), paidOrder('2')], [paidOrder('3', { sku: 'WHAT-IS-IT' })]], {
      total: 3,
      refunds: [{ ...refund, lines: [{ lineId: '7', quantity: '1' }] }],
    });
    const ending = await withShop(['sync', 'run', 'magento-eu'], shop);
    expect(ending.err).toBe('orders: 2 of 3\norders: 3 of 3\nrefunds: 1\n');
    expect(ending.exitCode).toBe(0);
    expect(figuresIn(ending)).toEqual({
      shop: 'magento-eu',
      'orders seen': '3',
      'orders unchanged': '0',
      'orders placed': '2',
      'refunds seen': '1',
      'exceptions open': '1',
      failure: 'none',
    });
    expect(ending.out).toContain('See "tenure orders exceptions magento-eu".');
    expect(ending.out + ending.err).not.toContain('shop-secret-text');
  });

  test('the same orders again change nothing', async () => {
    const argv = ['sync', 'run', 'magento-eu'];
    await withShop(argv, shopWith([[paidOrder('1')]]));
    expect(figuresIn(await withShop(argv, shopWith([[paidOrder('1')]])))).toMatchObject({
      'orders seen': '1',
      'orders unchanged': '1',
      'orders placed': '0',
    });
  });

  test.each([
    ['magento-eu', '2026-01-01', '2026-01-01 00:00:00', 'Magento stamps in UTC'],
    ['magento-eu', '2025-07-01T00:30:00.9+02:00', '2025-06-30 22:30:00', 'an instant, to the second below'],
    ['presta-fr', '2026-01-01', '2026-01-01 00:00:00', 'midnight of the shop’s own day'],
    ['presta-fr', '2025-07-01T00:30:00Z', '2025-07-01 02:30:00', 'PrestaShop stamps with the clock on the wall'],
  ])('of %s --since %s begins at %s', async (code, since, changedAt) => {
    const shop = shopWith([]);
    expect((await withShop(['sync', 'run', code, '--since', since], shop)).exitCode).toBe(0);
    expect(shop.startedFrom).toEqual([{ changedAt, id: '0' }]);
  });

  test('without --since goes on where the last run stopped', async () => {
    await withShop(['sync', 'run', 'magento-eu'], shopWith([[paidOrder('1')]]));
    const shop = shopWith([]);
    await withShop(['sync', 'run', 'magento-eu'], shop);
    expect(shop.startedFrom).toEqual([{ changedAt: '2025-11-30 09:00:00', id: '1' }]);
  });

  test.each([
    ['magento-eu', '2030-01-01', 2, 'years ahead'],
    ['magento-eu', '2026-02-10T09:00:01Z', 2, 'a second ahead'],
    ['magento-eu', '2026-02-10T09:00:00Z', 0, 'now'],
    ['presta-fr', '2026-02-11', 2, 'a day of the shop that has not begun'],
    ['presta-fr', '2026-02-10', 0, 'the day that it is in the shop'],
  ])('of %s --since %s ends with %i: %s', async (code, since, exitCode, _because) => {
    const shop = shopWith([[paidOrder('1')]]);
    const ending = await withShop(['sync', 'run', code, '--since', since], shop);
    expect([ending.exitCode, shop.startedFrom.length]).toEqual([exitCode, exitCode === 0 ? 1 : 0]);
    if (exitCode === 2) expect(ending.err).toContain('error: --since lies in the future of the shop: nothing could be read.');
  });

  test('with --since later than where the last run stopped leaves what lies between to the next run, and says so', async () => {
    await withShop(['sync', 'run', 'magento-eu'], shopWith([[paidOrder('1')]]));
    const later = shopWith([[{ ...paidOrder('2'), changedAt: '2026-02-09 09:00:00' }]]);
    const ending = await withShop(['sync', 'run', 'magento-eu', '--since', '2026-02-09'], later);
    expect([ending.exitCode, figuresIn(ending)['orders placed']]).toEqual([0, '1']);
    expect(ending.out).toContain('It began later than where the last run had stopped: the next run goes on from there');
    expect((await run(['sync', 'status', 'magento-eu'], database)).out).toMatch(/^magento-eu +ORDERS +DUE /m);
    const next = shopWith([]);
    expect((await withShop(['sync', 'run', 'magento-eu'], next)).out).not.toContain('It began later');
    expect(next.startedFrom).toEqual([{ changedAt: '2025-11-30 09:00:00', id: '1' }]);
    expect((await run(['sync', 'status', 'magento-eu'], database)).out).toMatch(/^magento-eu +ORDERS +WAITING /m);
  });

  test('a shop that fails midway keeps what came before, and the exit tells', async () => {
    const failure = new StoreReadingFailed('TIMED_OUT', 'magento-eu.example took longer than 30 s.');
    const ending = await withShop(['sync', 'run', 'magento-eu'], shopWith([[paidOrder('1')]], { failure }));
    expect(ending.exitCode).toBe(5);
    expect(figuresIn(ending)).toMatchObject({ 'orders placed': '1', failure: 'TIMED_OUT' });
    expect(ending.err).toContain(
      'error: Reading stopped early (TIMED_OUT): magento-eu.example took longer than 30 s. What was read before is kept.',
    );
  });

  test('Ctrl-C ends it where the next run goes on, and the exit tells', async () => {
    const interrupt = new AbortController();
    const shop = shopWith([[paidOrder('1')], [paidOrder('2')]]);
    const argv = ['sync', 'run', 'magento-eu'];
    const atFirstLine = new Writable({
      write: (_chunk, _encoding, done) => {
        interrupt.abort();
        done();
      },
    });
    const stopped = await run(argv, database, {
      stderr: atFirstLine,
      stopOnSignal: () => interrupt.signal,
      openGateway: async (stopping = AbortSignal.abort()) => ({
        gateway: { ...gatewayOn(database, () => shop), stopping },
        close: async () => {},
      }),
    });
    expect(stopped.exitCode).toBe(1);
    expect(figuresIn(stopped)).toMatchObject({ 'orders placed': '1', failure: 'STOPPED' });
    // It is due at once, by this command or by a worker.
    expect((await run(['sync', 'status', 'magento-eu'], database)).out).toMatch(/^magento-eu +ORDERS +DUE +never /m);
    expect(figuresIn(await withShop(argv, shop))).toMatchObject({ 'orders placed': '1', failure: 'none' });
  });

  test('a second run of the same shop at the same time gives way', async () => {
    const shop = shopWith([]);
    let second: Ending | undefined;
    const slow: StorePlatform = {
      ...shop,
      readOrders: async function* () {
        second = await withShop(['sync', 'run', 'magento-eu'], shopWith([[paidOrder('1')]]));
        yield* [];
      },
    };
    expect((await withShop(['sync', 'run', 'magento-eu'], slow)).exitCode).toBe(0);
    expect(second?.exitCode).toBe(1);
    expect(second?.err).toBe(
      'error: A run of this task is under way, by a worker or another command. See "tenure sync status"; wait until it has finished.\n',
    );
  });

  test('credentials that are not there, or sealed under another key, are said to be unusable', async () => {
    const unsealed = { ...gatewayOn(database), secretKey: new Uint8Array(32).fill(8) };
    const otherKey = { openGateway: async () => ({ gateway: unsealed, close: async () => {} }) };
    const message = (code: string) =>
      `error: There are no usable credentials for the shop "${code}". Connect it again with the mutation storeConnect.\n`;
    expect(await run(['sync', 'run', 'magento-locked'], database)).toEqual({ exitCode: 5, out: '', err: message('magento-locked') });
    expect(await run(['sync', 'run', 'magento-eu'], database, otherKey)).toEqual({ exitCode: 5, out: '', err: message('magento-eu') });
  });

  test('an unknown shop is not found, and the known ones are named', async () => {
    const message = 'error: There is no shop with the code "magento-us". Known: magento-eu, magento-locked, presta-fr.\n';
    expect(await run(['sync', 'run', 'magento-us'], database)).toEqual({ exitCode: 3, out: '', err: message });
  });

  test('the gateway is closed when an import breaks off, and the bug is told', async () => {
    let closed = 0;
    const gateway = gatewayOn(database, () => shopWith([], { failure: new TypeError('a bug in a connector') }));
    const close = async () => {
      closed += 1;
    };
    const ending = await run(['sync', 'run', 'magento-eu'], database, { openGateway: async () => ({ gateway, close }) });
    expect([ending.exitCode, closed]).toEqual([1, 1]);
    expect(ending.err).toContain('TypeError: a bug in a connector');
  });
});

describe('the bar at a terminal', () => {
  test.each<[number | null, RegExp, string]>([
    [3, /orders \[.*\] 3 of 3/, 'the shop tells how many there are'],
    [null, /orders: 3 read/, 'a total that is not known is not invented'],
  ])('with a total of %s', async (total, drawn) => {
    const terminal = capturedStream(true);
    const shop = shopWith([[paidOrder('1'), paidOrder('2')], [paidOrder('3')]], { total });
    const ending = await withShop(['sync', 'run', 'magento-eu'], shop, { stderr: terminal.stream, isTerminal: true });
    expect(ending.exitCode).toBe(0);
    expect(terminal.text()).toMatch(drawn);
    expect(terminal.text()).not.toContain('orders: 3 of 3\n');
    expect(figuresIn(ending)['orders seen']).toBe('3');
  });
});

describe('sync run --task', () => {
  test('reads the catalogue, or all orders by id, and tells what it found', async () => {
    const product = { productId: '1', sku: 'SHIP-PRO', name: 'Shipping Pro', price: '120.00' };
    const shop: StorePlatform = {
      ...shopWith([]),
      readProducts: async function* () {
        yield { rows: [product], unreadable: [], lastId: '1', total: 1 };
      },
      readOrdersById: async function* (afterId) {
        const behind = { ...paidOrder('5'), changedAt: '2025-11-29 09:00:00' };
        if (afterId === null) yield { rows: [behind, paidOrder('6')], unreadable: [], lastId: '6', total: 2 };
      },
    };
    const products = await withShop(['sync', 'run', 'magento-eu', '--task', 'products'], shop);
    expect([products.exitCode, figuresIn(products)]).toEqual([0, expect.objectContaining({ 'products seen': '1', failure: 'none' })]);
    await withShop(['sync', 'run', 'magento-eu'], shopWith([[paidOrder('6')]]));
    const reconciled = await withShop(['sync', 'run', 'magento-eu', '--task', 'reconciliation'], shop);
    expect(figuresIn(reconciled)).toMatchObject({ 'orders seen': '2', 'missed orders': '1', 'gone orders': '0', failure: 'none' });
    const { out } = await run(['sync', 'status', 'magento-eu'], database);
    expect(out).toContain('magento-eu: 2 orders, 0 refunds and 1 products known');
    expect(out).toContain(': 1 orders and 0 refunds had been missed, 0 had changed untold, 0 are gone from the shop');
  });

  test('is of orders where --since is given', async () => {
    const argv = ['sync', 'run', 'magento-eu', '--task', 'products', '--since', '2026-01-01'];
    expect(await run(argv, null)).toEqual({ exitCode: 2, out: '', err: 'error: --since goes with --task orders.\n' });
  });
});

describe('sync status', () => {
  test('tells of a shop that fails why, what can be done, and when it is tried again', async () => {
    const failure = new StoreReadingFailed('CREDENTIALS_REFUSED', 'The key is not known there.\u001b[2J');
    await withShop(['sync', 'run', 'magento-eu'], shopWith([[paidOrder('1'), paidOrder('2', { sku: 'WHAT' })]], { failure }));
    const { exitCode, out, err } = await run(['sync', 'status'], database);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(/^SHOP +TASK +STATE +LAST SUCCESS +NEXT RUN +FAILURES +BREAKER\n/);
    expect(out).toMatch(/^magento-eu +ORDERS +NEEDS_PERSON +never +2026-02-10T1[345]:\d\d:\d\dZ +1 +CLOSED$/m);
    expect(out).toMatch(/^presta-fr +- +NOT RUN YET /m);
    expect(out).toContain("orders read up to 2025-11-30 09:00:00 by the shop's clock, id 1");
    expect(out).toContain('1 exceptions open, 0 of them wait for a person: see "tenure orders exceptions magento-eu"');
    expect(out).toMatch(/ORDERS failed at 2026-02-10T09:00:00Z \(CREDENTIALS_REFUSED\): The key is not known there\.\ufffd/);
    expect(out).toMatch(/Give credentials that work with storeConnect: the store is read again at once\. Next try in [45] h\./);
    expect(out).toContain('no credentials are kept: it is not read until it is connected again');
    expect(out).not.toContain('\u001b');
  });

  test('as JSON is all of it for machines, without secrets and ids of ours', async () => {
    await withShop(['sync', 'run', 'magento-eu'], shopWith([[paidOrder('1')]]));
    const { out } = await run(['sync', 'status', 'magento-eu', '--json'], database);
    const [status] = JSON.parse(out);
    expect(status).toMatchObject({
      shop: 'magento-eu',
      platform: 'MAGENTO',
      lagSeconds: 0,
      orders: 1,
      exceptionsOpen: 0,
      lastReconciliation: null,
    });
    expect(status.tasks.map(({ task }: { task: string }) => task)).toEqual(['ORDERS', 'PRODUCTS', 'RECONCILIATION']);
    expect(status.tasks[0]).toMatchObject({ standing: 'WAITING', lastSucceededAt: NOW.toString(), failure: null, circuit: 'CLOSED' });
    expect(out).not.toMatch(/shop-secret-text|sealed/);
  });

  test('of an unknown shop is not found, and the known ones are named', async () => {
    const message = 'error: There is no shop with the code "magento-us". Known: magento-eu, magento-locked, presta-fr.\n';
    expect(await run(['sync', 'status', 'magento-us'], database)).toEqual({ exitCode: 3, out: '', err: message });
  });
});
