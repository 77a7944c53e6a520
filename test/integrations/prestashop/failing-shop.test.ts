import { afterEach, describe, expect, test } from '@jest/globals';
import type { SandboxOptions } from '../../../integrations/prestashop/sandbox.js';
import type { Fault } from '../../../integrations/sandbox/fault-switch.js';
import type { ReadingPage, StoreFailureCode } from '../../../integrations/store-platform.js';
import { all, closeShops, connector, counted, failureOf, key, openShop, rightsBut, spec } from './open-shop.js';

afterEach(closeShops);

describe('rights', () => {
  const without = (...missing: string[]) => ({ keys: { [key]: { rights: rightsBut(...missing) } } });

  test.each(['orders', 'order_details', 'order_states', 'currencies', 'customers'])(
    '%s is needed, and the failure names it',
    async (resource) => {
      const opened = await openShop([spec(1)], without(resource));
      const failure = await failureOf(connector(opened).readOrders(null));
      expect(failure).toMatchObject({ code: 'RIGHT_MISSING', message: expect.stringMatching(`grant GET on ${resource}$`) });
    },
  );

  test('without order_histories the invoice dates the payment, and the order says so; it is asked for once', async () => {
    const opened = await openShop([spec(1), spec(2, { paidAt: undefined }), spec(3)], without('order_histories'));
    const client = counted(opened.url);
    const { rows } = await all(connector(opened, { client, pageSize: 1 }).readOrders(null));
    const byId = new Map(rows.map((order) => [order.orderId, order]));
    expect(byId.get('1')).toMatchObject({ payment: 'PAID', paidAt: '2026-03-01T10:00:30Z', unknown: [{ fact: 'paidAt' }] });
    expect(byId.get('2')).toMatchObject({ payment: 'UNPAID', paidAt: null, unknown: [{ fact: 'payment' }] });
    expect(client.asked.filter((resource) => resource === 'order_histories')).toHaveLength(1);
  });

  test('without order_cart_rules a voucher on an order with shipping is in doubt', async () => {
    const voucher = { code: 'SHIP', net: '5', gross: '6', freesShipping: true };
    const opened = await openShop([spec(1, { voucher, shipping: { net: '5', gross: '6' } }), spec(2)], without('order_cart_rules'));
    const { rows } = await all(connector(opened).readOrders(null));
    const unknown = new Map(rows.map((order) => [order.orderId, order.unknown]));
    expect(unknown.get('1')).toMatchObject([{ fact: 'lines.paidNet', because: expect.stringContaining('order_cart_rules') }]);
    expect(unknown.get('2')).toEqual([]);
  });

  test('the version is told even to a key that may read nothing here', async () => {
    const opened = await openShop([], { keys: { [key]: { rights: { taxes: ['GET'] } } } });
    expect(await connector(opened).readVersion()).toMatchObject({ version: '8.2.1', exact: true });
  });

  const refusalTable: [Partial<SandboxOptions>, StoreFailureCode, string][] = [
    [{ webserviceOn: false }, 'WEBSERVICE_OFF', 'it is switched off by default'],
    [{ keys: {} }, 'CREDENTIALS_REFUSED', 'nobody has this key'],
    [{ keys: { [key]: { rights: {} } } }, 'RIGHT_MISSING', 'the key may do nothing'],
  ];
  test.each(refusalTable)('with %j the version fails as %s because %s', async (options, code) => {
    const opened = await openShop([], options);
    await expect(connector(opened).readVersion()).rejects.toMatchObject({ code });
  });
});

describe('a shop that misbehaves', () => {
  const faultTable: [Fault, string, string][] = [
    [{ kind: 'TOO_MANY_REQUESTS', retryAfterSeconds: 60 }, 'RATE_LIMITED', 'it asks for a pause'],
    [{ kind: 'SERVER_ERROR' }, 'UNAVAILABLE', 'PHP crashed and said nothing'],
    [{ kind: 'MAINTENANCE' }, 'UNAVAILABLE', 'it will be back'],
    [{ kind: 'HTML' }, 'UNEXPECTED_REPLY', 'a page is not data'],
    [{ kind: 'HANG' }, 'TIMED_OUT', 'no answer came'],
    [{ kind: 'DRIP', everyMs: 20 }, 'TIMED_OUT', 'an answer that never ends is none'],
    [{ kind: 'TRUNCATED' }, 'UNREACHABLE', 'the connection was cut'],
    [{ kind: 'OVERSIZED', megabytes: 8 }, 'TOO_LARGE', 'nobody has so many orders on a page'],
    [{ kind: 'OVERSIZED', megabytes: 8, gzip: true }, 'TOO_LARGE', 'small on the wire is still large'],
  ];
  test.each(faultTable)('%j is %s because %s', async (fault, code) => {
    const opened = await openShop([spec(1)]);
    opened.faults.set({ ...fault, pathContains: '/api/order_details' });
    // Short only where the deadline is what is tried: a busy machine may take its time over the other answers.
    const client = counted(opened.url, code === 'TIMED_OUT' ? 400 : 20_000);
    const failure = await failureOf(connector(opened, { client }).readOrders(null));
    expect(failure).toMatchObject({ code, details: { host: new URL(opened.url).host } });
    expect(failure?.details.retryAfterSeconds).toBe(fault.kind === 'TOO_MANY_REQUESTS' ? 60 : undefined);
    expect(JSON.stringify({ ...failure, message: failure?.message })).not.toMatch(new RegExp(`${key}|Basic`));
  });

  test('the next reading goes on from the last whole page', async () => {
    const opened = await openShop(Array.from({ length: 4 }, (_, index) => spec(index + 1, { paidAt: `2026-03-0${index + 1}T10:00:00Z` })));
    opened.faults.set({ kind: 'SERVER_ERROR', pathContains: 'filter[id_order]=[3]' });
    const pages: ReadingPage<{ orderId: string }>[] = [];
    const broken = async () => {
      for await (const page of connector(opened, { pageSize: 1 }).readOrders(null)) pages.push(page);
    };
    await expect(broken()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(pages).toHaveLength(2);
    opened.faults.set(null);
    const rest = await all(connector(opened, { overlapSeconds: 0 }).readOrders(pages.at(-1)?.cursor ?? null));
    expect(rest.rows.map((order) => order.orderId)).toEqual(['2', '3', '4']);
  });
});
