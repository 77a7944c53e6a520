import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StorePlatform } from '../../integrations/store-platform.js';
import type { CliEnvironment } from '../../src/cli/program.js';
import { cursorFrom } from '../../src/use-cases/shop-import.js';
import { testDatabase } from '../support/database.js';
import { type Ending, gatewayOn, run, seedVendor } from './cli-under-test.js';
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

describe('orders exceptions', () => {
  test('says when nothing waits', async () => {
    expect((await run(['orders', 'exceptions'], database)).out).toBe('Nothing waits: every order that was read is placed.\n');
  });

  test('lists what waits, of one shop or of all, and counts what it leaves out', async () => {
    const orders = [paidOrder('3', { sku: 'ONE' }), paidOrder('4', { sku: 'TWO\u001b[2J' })];
    await withShop(['sync', 'run', 'magento-eu'], shopWith([orders]));
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
      return run(['sync', 'run', 'magento-eu'], database, { now, openGateway: async () => ({ gateway, close: async () => {} }) });
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
