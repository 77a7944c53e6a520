import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type StorePlatform, StoreReadingFailed } from '../../integrations/store-platform.js';
import type { CliEnvironment } from '../../src/cli/program.js';
import { cursorFrom } from '../../src/use-cases/shop-import.js';
import { testDatabase } from '../support/database.js';
import { capturedStream, type Ending, gatewayOn, NOW, run, seedVendor } from './cli-under-test.js';
import { paidOrder, shopWith } from './shop-under-test.js';

let database: Awaited<ReturnType<typeof testDatabase>>;

beforeEach(async () => {
  database = await testDatabase();
  await seedVendor(database);
});
afterEach(() => database.close());

function withShop(argv: readonly string[], shop: StorePlatform, changes: Partial<CliEnvironment> = {}): Promise<Ending> {
  const openGateway = async () => ({ gateway: gatewayOn(database, () => shop), close: async () => {} });
  return run(argv, database, { openGateway, ...changes });
}

const figuresIn = ({ out }: Ending): Record<string, string> =>
  Object.fromEntries([...out.matchAll(/^([a-z ]+?) {2,}(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]));

describe('orders import', () => {
  test('shows progress page by page on the error stream and a summary on the other', async () => {
    const refund = { refundId: '1', orderId: '2', refundedAt: '2025-12-05T00:00:00Z', changedAt: '2025-12-05 00:00:00', amount: '115.20' };
    const shop = shopWith([[paidOrder('1'), paidOrder('2')], [paidOrder('3', { sku: 'WHAT-IS-IT' })]], {
      total: 3,
      refunds: [{ ...refund, lines: [{ lineId: '7', quantity: '1' }] }],
    });
    const ending = await withShop(['orders', 'import', 'magento-eu'], shop);
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
    const argv = ['orders', 'import', 'magento-eu'];
    await withShop(argv, shopWith([[paidOrder('1')]]));
    expect(figuresIn(await withShop(argv, shopWith([[paidOrder('1')]])))).toMatchObject({
      'orders seen': '1',
      'orders unchanged': '1',
      'orders placed': '0',
    });
  });

  test.each([
    ['magento-eu', '2026-01-01', '2026-01-01 00:00:00', 'Magento stamps in UTC'],
    ['magento-eu', '2026-07-01T00:30:00.9+02:00', '2026-06-30 22:30:00', 'an instant, to the second below'],
    ['presta-fr', '2026-01-01', '2026-01-01 00:00:00', 'midnight of the shop’s own day'],
    ['presta-fr', '2026-07-01T00:30:00Z', '2026-07-01 02:30:00', 'PrestaShop stamps with the clock on the wall'],
  ])('of %s --since %s begins at %s', async (code, since, changedAt) => {
    const shop = shopWith([]);
    expect((await withShop(['orders', 'import', code, '--since', since], shop)).exitCode).toBe(0);
    expect(shop.startedFrom).toEqual([{ changedAt, id: '0' }]);
  });

  test('without --since goes on where the last run stopped', async () => {
    await withShop(['orders', 'import', 'magento-eu'], shopWith([[paidOrder('1')]]));
    const shop = shopWith([]);
    await withShop(['orders', 'import', 'magento-eu'], shop);
    expect(shop.startedFrom).toEqual([{ changedAt: '2025-11-30 09:00:00', id: '1' }]);
  });

  test('a shop that fails midway keeps what came before, and the exit tells', async () => {
    const failure = new StoreReadingFailed('TIMED_OUT', 'magento-eu.example took longer than 30 s.');
    const ending = await withShop(['orders', 'import', 'magento-eu'], shopWith([[paidOrder('1')]], { failure }));
    expect(ending.exitCode).toBe(5);
    expect(figuresIn(ending)).toMatchObject({ 'orders placed': '1', failure: 'TIMED_OUT' });
    expect(ending.err).toContain(
      'error: Reading stopped early (TIMED_OUT): magento-eu.example took longer than 30 s. What came before is imported.',
    );
  });

  test('Ctrl-C ends it where the next run goes on, and the exit tells', async () => {
    const interrupt = new AbortController();
    const shop = shopWith([[paidOrder('1')], [paidOrder('2')]]);
    const argv = ['orders', 'import', 'magento-eu'];
    const ending = await run(argv, database, {
      stopOnSignal: () => interrupt.signal,
      openGateway: async (stopping = AbortSignal.abort()) => {
        const now = () => {
          interrupt.abort();
          return NOW;
        };
        return { gateway: { ...gatewayOn(database, () => shop), now, stopping }, close: async () => {} };
      },
    });
    expect(ending.exitCode).toBe(1);
    expect(ending.err).toContain('error: Stopped on request. What came before is imported; the next run goes on from here.');
    expect(figuresIn(ending)).toMatchObject({ 'orders placed': '1', failure: 'STOPPED' });
    expect(figuresIn(await withShop(argv, shop))).toMatchObject({ 'orders placed': '1', failure: 'none' });
  });

  test('a second import of the same shop at the same time gives way', async () => {
    const shop = shopWith([]);
    let second: Ending | undefined;
    const slow: StorePlatform = {
      ...shop,
      readOrders: async function* () {
        second = await withShop(['orders', 'import', 'magento-eu'], shopWith([[paidOrder('1')]]));
        yield* [];
      },
    };
    expect((await withShop(['orders', 'import', 'magento-eu'], slow)).exitCode).toBe(0);
    expect(second?.exitCode).toBe(1);
    expect(second?.err).toBe('error: Another import of this shop is running. Wait until it has finished.\n');
  });

  test('credentials that are not there, or sealed under another key, are said to be unusable', async () => {
    const unsealed = { ...gatewayOn(database), secretKey: new Uint8Array(32).fill(8) };
    const otherKey = { openGateway: async () => ({ gateway: unsealed, close: async () => {} }) };
    const message = (code: string) =>
      `error: There are no usable credentials for the shop "${code}". Connect it again with the mutation storeConnect.\n`;
    expect(await run(['orders', 'import', 'magento-locked'], database)).toEqual({ exitCode: 5, out: '', err: message('magento-locked') });
    expect(await run(['orders', 'import', 'magento-eu'], database, otherKey)).toEqual({ exitCode: 5, out: '', err: message('magento-eu') });
  });

  test('an unknown shop is not found, and the known ones are named', async () => {
    const message = 'error: There is no shop with the code "magento-us". Known: magento-eu, magento-locked, presta-fr.\n';
    expect(await run(['orders', 'import', 'magento-us'], database)).toEqual({ exitCode: 3, out: '', err: message });
  });

  test('the gateway is closed when an import breaks off, and the bug is told', async () => {
    let closed = 0;
    const gateway = gatewayOn(database, () => shopWith([], { failure: new TypeError('a bug in a connector') }));
    const close = async () => {
      closed += 1;
    };
    const ending = await run(['orders', 'import', 'magento-eu'], database, { openGateway: async () => ({ gateway, close }) });
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
    const ending = await withShop(['orders', 'import', 'magento-eu'], shop, { stderr: terminal.stream, isTerminal: true });
    expect(ending.exitCode).toBe(0);
    expect(terminal.text()).toMatch(drawn);
    expect(terminal.text()).not.toContain('orders: 3 of 3\n');
    expect(figuresIn(ending)['orders seen']).toBe('3');
  });
});

describe('orders exceptions', () => {
  test('says when nothing waits', async () => {
    expect((await run(['orders', 'exceptions'], database)).out).toBe('Nothing waits: every order that was read is placed.\n');
  });

  test('lists what waits, of one shop or of all, and counts what it leaves out', async () => {
    const orders = [paidOrder('3', { sku: 'ONE' }), paidOrder('4', { sku: 'TWO\u001b[2J' })];
    await withShop(['orders', 'import', 'magento-eu'], shopWith([orders]));
    const { exitCode, out } = await run(['orders', 'exceptions', 'magento-eu'], database);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^ID +SHOP +ORDER +LINE +CODE +TRIES +RAISED +MESSAGE\n/);
    expect(out).toMatch(/^exc_\w{26} +magento-eu +000000003 +7 +UNKNOWN_SKU +1 +2026-02-10T09:00:00Z +.*"ONE".*$/m);
    expect(out).not.toContain('\u001b');
    expect((await run(['orders', 'exceptions', 'presta-fr'], database)).out).toContain('Nothing waits');
    const { out: first } = await run(['orders', 'exceptions', '--limit', '1'], database);
    expect(first.match(/^exc_/gm)).toHaveLength(1);
    expect(first).toContain('1 more: raise --limit to see them.');
  });

  test('what was tried too often waits for a person', async () => {
    const again = (hours: number) => {
      const now = () => Temporal.Instant.from('2026-02-10T09:00:00Z').add({ hours });
      const gateway = { ...gatewayOn(database, () => shopWith([[paidOrder('3', { sku: 'ONE' })]])), now };
      return run(['orders', 'import', 'magento-eu'], database, { now, openGateway: async () => ({ gateway, close: async () => {} }) });
    };
    for (let hours = 1; hours <= 5; hours += 1) await again(hours);
    expect((await run(['orders', 'exceptions'], database)).out).toMatch(/ UNKNOWN_SKU +5, by hand /);
  });

  test('an unknown shop is not found', async () => {
    expect((await run(['orders', 'exceptions', 'magento-us'], database)).exitCode).toBe(3);
  });
});

describe('cursorFrom', () => {
  const instants = fc
    .integer({ min: Date.UTC(2007, 0, 1), max: Date.UTC(2036, 11, 31) })
    .map((milliseconds) => Temporal.Instant.fromEpochMilliseconds(milliseconds));
  const zones = fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Asia/Kathmandu', null);

  test('a stamp is never later than the moment it stands for, nor a second earlier', () => {
    fc.assert(
      fc.property(instants, zones, (at, timeZone) => {
        const { changedAt } = cursorFrom({ platform: 'MAGENTO', timeZone }, at);
        expect(changedAt).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/);
        const milliseconds = at.epochMilliseconds - Temporal.Instant.from(`${changedAt.replace(' ', 'T')}Z`).epochMilliseconds;
        expect(milliseconds).toBeGreaterThanOrEqual(0);
        expect(milliseconds).toBeLessThan(1_000);
      }),
    );
  });

  test('a day is the midnight at which it begins in the shop’s zone, on either platform', () => {
    const day = Temporal.PlainDate.from('2026-07-01');
    expect(cursorFrom({ platform: 'PRESTASHOP', timeZone: 'America/New_York' }, day).changedAt).toBe('2026-07-01 00:00:00');
    expect(cursorFrom({ platform: 'MAGENTO', timeZone: 'America/New_York' }, day).changedAt).toBe('2026-07-01 04:00:00');
    expect(cursorFrom({ platform: 'MAGENTO', timeZone: null }, day).changedAt).toBe('2026-07-01 00:00:00');
  });
});
