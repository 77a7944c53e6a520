import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { guardedClient } from '../../../integrations/guarded-client.js';
import { prestashopConnector } from '../../../integrations/prestashop/connector.js';
import { StoreReadingFailed } from '../../../integrations/store-platform.js';
import { type Recording, startReplayServer } from '../replay-server.js';
import { all } from './open-shop.js';
import {
  goodKey,
  inactiveKey,
  keys,
  malformedKey,
  recordedData,
  recordedFolder,
  recordedJson,
  recordedText,
  rightlessKey,
  startRecordedReplay,
  startRecordedSandbox,
  timeZone,
  unknownKey,
} from './recorded-shop.js';

const recordings: readonly Recording[] = recordedJson('index.json');

/** The same assertions on what was recorded and on the sandbox: where they differ, the sandbox is wrong. */
describe.each([
  ['the recordings', startRecordedReplay],
  ['the sandbox', startRecordedSandbox],
])('PrestaShop 9.1.4 as %s', (_, start) => {
  let shop: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    shop = await start();
  });
  afterAll(() => shop.close());

  const connector = (key = goodKey) => prestashopConnector({ baseUrl: shop.url, key, timeZone, client: clientFor(shop.url) });

  test.each(recordings.map((recording) => [recording.file, recording] as const))('answers as in %s', async (file, recording) => {
    const reply = await fetch(shop.url + recording.path, { headers: { ...authorization(file), 'x-recording': file } });
    const body = await reply.text();
    expect(reply.status).toBe(recording.status);
    expect(reply.headers.get('content-type') ?? '').toBe(recordedHeader(recording, 'content-type') ?? '');
    expect(reply.headers.get('psws-version')).toBe(recordedHeader(recording, 'psws-version'));
    expect(reply.headers.get('www-authenticate')).toBe(recordedHeader(recording, 'www-authenticate'));
    expect(reply.headers.has('access-time')).toBe(recordedHeader(recording, 'access-time') !== null);
    expect(comparable(file, body)).toEqual(comparable(file, recordedText(file)));
  });

  test('reads every order, each once, in order of change', async () => {
    const { rows, unreadable } = await all(connector().readOrders(null));
    expect(unreadable).toEqual([]);
    expect(rows.map((order) => [order.orderId, order.payment, order.currencyCode])).toEqual([
      ['1', 'PAID', 'EUR'],
      ['2', 'PAID', 'EUR'],
      ['3', 'UNPAID', 'USD'],
      ['5', 'UNPAID', 'EUR'],
      ['4', 'PAID', 'EUR'],
      ['6', 'PAID', 'EUR'],
    ]);
  });

  test('reads an order with a voucher, percentages and amounts off, to the last millionth', async () => {
    const { rows } = await all(connector().readOrders(null));
    expect(rows.find((order) => order.orderId === '2')).toEqual({
      orderId: '2',
      orderNumber: 'ASDFGHJKL',
      payment: 'PAID',
      placedAt: '2026-03-03T08:00:00Z',
      paidAt: '2026-03-03T08:00:02Z',
      changedAt: '2026-03-03 09:00:02',
      updatedAt: '2026-03-03T08:00:02Z',
      customer: { email: 'camille@shop-a.example', name: 'Camille Martin', customerId: '1' },
      currencyCode: 'EUR',
      baseCurrencyCode: 'EUR',
      baseToOrderRate: '1.000000',
      lines: [
        {
          lineId: '2',
          sku: 'ADDON-PRO-MS',
          name: 'Add-on Pro - Edition : Multistore',
          quantity: '1',
          refundedQuantity: '0',
          unitListPrice: '249.00',
          // 224.100000 - 16.666667 * 224.1 / 312.166667
          paidNet: '212.135238',
          // 44.820000 - 3.333333 * 44.82 / 62.433333
          paidTax: '42.427048',
        },
        {
          lineId: '3',
          sku: 'REN-ADDON-1Y',
          name: 'Add-on renewal 1 year',
          quantity: '1',
          refundedQuantity: '0',
          unitListPrice: '99.90',
          paidNet: '83.364762',
          paidTax: '16.672952',
        },
      ],
      unknown: [{ fact: 'lines.paidNet', because: expect.stringContaining('per order') }],
    });
  });

  test('knows when it was paid from the history, a guest from a customer, and a part handed back', async () => {
    const { rows } = await all(connector().readOrders(null));
    const byId = new Map(rows.map((order) => [order.orderId, order]));
    expect(byId.get('1')).toMatchObject({ placedAt: '2026-03-02T09:00:00Z', paidAt: '2026-03-02T09:05:11Z', unknown: [] });
    expect(byId.get('3')).toMatchObject({ customer: { customerId: null }, baseToOrderRate: '1.085000', paidAt: null, unknown: [] });
    expect(byId.get('4')?.lines).toMatchObject([{ quantity: '3', refundedQuantity: '1', paidNet: '1500.00', paidTax: '300.00' }]);
  });

  test('says that an hour which occurs twice was read as the first', async () => {
    const { rows } = await all(connector().readOrders(null));
    const order = rows.find((candidate) => candidate.orderId === '6');
    expect(order?.placedAt).toBe('2026-10-25T00:30:00Z');
    expect(order?.unknown.map((unknown) => unknown.fact)).toEqual(['placedAt', 'paidAt', 'updatedAt']);
  });

  test('goes on from a cursor with an overlap of ten minutes', async () => {
    const { rows, cursor } = await all(connector().readOrders({ changedAt: '2026-03-04 18:40:00', id: '3' }));
    expect(rows.map((order) => order.orderId)).toEqual(['3', '5', '4', '6']);
    expect(cursor).toEqual({ changedAt: '2026-10-25 02:30:00', id: '6' });
    const later = await all(connector().readOrders({ changedAt: '2026-03-04 18:40:01', id: '3' }));
    expect(later.rows.map((order) => order.orderId)).toEqual(['5', '4', '6']);
  });

  test('reads orders and credit slips by id, each as by change', async () => {
    const { rows } = await all(connector().readOrders(null));
    const byId = new Map(rows.map((order) => [order.orderId, order]));
    const pages = await Array.fromAsync(connector().readOrdersById('2'));
    expect(pages).toEqual([{ rows: ['3', '4', '5', '6'].map((id) => byId.get(id)), unreadable: [], lastId: '6', total: null }]);
    expect(await Array.fromAsync(connector().readOrdersById('6'))).toEqual([]);
    const slips = await Array.fromAsync(connector().readRefundsById(null));
    expect(slips).toEqual([{ rows: (await all(connector().readRefunds(null))).rows, unreadable: [], lastId: '1', total: null }]);
    expect(await Array.fromAsync(connector().readRefundsById('1'))).toEqual([]);
  });

  test('reads the credit slip with its lines and its amount with tax', async () => {
    const { rows, unreadable, cursor } = await all(connector().readRefunds(null));
    expect(unreadable).toEqual([]);
    expect(rows).toEqual([
      {
        refundId: '1',
        orderId: '4',
        refundedAt: '2026-04-01T06:12:44Z',
        changedAt: '2026-04-01 08:12:44',
        amount: '600.00',
        lines: [{ lineId: '5', quantity: '1' }],
      },
    ]);
    expect(cursor).toEqual({ changedAt: '2026-04-01 08:12:44', id: '1' });
  });

  test('reads the catalogue in the first language', async () => {
    const rows = (await Array.fromAsync(connector().readProducts(null))).flatMap((page) => page.rows);
    expect(rows).toEqual([
      { productId: '1', sku: 'SUP-10H', name: 'Prepaid support 10 hours', price: '500.00' },
      { productId: '2', sku: 'ADDON-PRO', name: 'Add-on Pro', price: '199.00' },
    ]);
  });

  test('reads the exact version from a header', async () => {
    expect(await connector().readVersion()).toEqual({
      distribution: 'PRESTASHOP',
      version: '9.1.4',
      upstreamVersion: null,
      exact: true,
      label: '9.1.4',
      unknown: [],
    });
  });

  test('was asked nothing that had no answer', () => {
    expect('missed' in shop ? shop.missed : []).toEqual([]);
  });
});

describe('failures, recorded and from the sandbox', () => {
  let sandbox: Awaited<ReturnType<typeof startRecordedSandbox>>;
  beforeAll(async () => {
    sandbox = await startRecordedSandbox();
  });
  afterAll(() => sandbox.close());

  const failure = (url: string, key: string) =>
    all(prestashopConnector({ baseUrl: url, key, timeZone, client: clientFor(url) }).readRefunds(null)).then(
      () => null,
      (error: unknown) => (error instanceof StoreReadingFailed ? error : Promise.reject(error)),
    );

  test.each([
    ['error-401-bad-format.json', malformedKey, 'CREDENTIALS_REFUSED', 'a key has 32 characters'],
    ['error-401-unknown-key.json', unknownKey, 'CREDENTIALS_REFUSED', 'nobody has this key'],
    ['error-401-inactive.json', inactiveKey, 'CREDENTIALS_REFUSED', 'unknown and inactive look alike'],
    ['error-401-no-key.txt', '', 'CREDENTIALS_REFUSED', 'the key did not arrive'],
  ])('%s with key %j is %s because %s', async (file, key, code) => {
    const recording = recordings.find((candidate) => candidate.file === file);
    const compose = () => ({ status: recording?.status ?? 0, headers: recording?.headers ?? {}, body: recordedText(file) });
    const replay = await startReplayServer(recordedFolder, { compose });
    const url = `${replay.url}/elsewhere`;
    const recorded = await failure(url, key).finally(() => replay.close());
    const lived = await failure(sandbox.url, key);
    expect([recorded?.code, lived?.code]).toEqual([code, code]);
    expect(lived?.message.replace(/^\S+ /, '')).toBe(recorded?.message.replace(/^\S+ /, ''));
  });

  test.each([
    ['error-resource-not-allowed.json', 'RIGHT_MISSING', 'the key is good, the right is not there'],
    ['error-unknown-resource.json', 'NOT_FOUND', 'another PrestaShop may lack it'],
    ['error-unknown-filter.json', 'UNEXPECTED_REPLY', 'the question was wrong, whatever the 500 says'],
    ['error-unknown-display.json', 'UNEXPECTED_REPLY', 'the question was wrong, whatever the 500 says'],
    ['order-404.txt', 'NOT_FOUND', 'an empty 404 is a missing row or address'],
  ])('recorded %s is %s because %s', async (file, code) => {
    const recording = recordings.find((candidate) => candidate.file === file);
    const compose = () => ({ status: recording?.status ?? 0, headers: recording?.headers ?? {}, body: recordedText(file) });
    const replay = await startReplayServer(recordedFolder, { compose });
    const recorded = await failure(`${replay.url}/elsewhere`, goodKey).finally(() => replay.close());
    expect(recorded?.code).toBe(code);
  });

  test('a key without any right names what to grant', async () => {
    expect(Object.keys(keys[rightlessKey]?.rights ?? {})).toEqual([]);
    const lived = await failure(sandbox.url, rightlessKey);
    expect(lived).toMatchObject({ code: 'RIGHT_MISSING', message: expect.stringContaining('grant GET on order_slip') });
  });
});

test('the sandbox never changed the rows it was given', async () => {
  const sandbox = await startRecordedSandbox();
  await all(prestashopConnector({ baseUrl: sandbox.url, key: goodKey, timeZone, client: clientFor(sandbox.url) }).readOrders(null));
  await sandbox.close();
  const { configurations, ...rows } = sandbox.data;
  expect(rows).toEqual(recordedData());
  expect(configurations).toHaveLength(2);
});

function clientFor(url: string) {
  return guardedClient({ allowedHosts: [new URL(url).host], totalTimeoutMs: 20_000, maxBytes: 5_000_000 });
}

function authorization(file: string): Record<string, string> {
  const recordedKeys: Record<string, string | null> = {
    'error-401-no-key.txt': null,
    'error-401-bad-format.json': malformedKey,
    'error-401-unknown-key.json': unknownKey,
    'error-401-inactive.json': inactiveKey,
  };
  const key = recordedKeys[file] === undefined ? goodKey : recordedKeys[file];
  return key === null ? {} : { Authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` };
}

function recordedHeader(recording: Recording, name: string): string | null {
  return Object.entries(recording.headers ?? {}).find(([header]) => header.toLowerCase() === name)?.[1] ?? null;
}

/** JSON by value; all else as text, without the address of whoever answered. */
function comparable(file: string, body: string): unknown {
  return file.endsWith('.json') ? JSON.parse(body) : body.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'http://shop').trim();
}
