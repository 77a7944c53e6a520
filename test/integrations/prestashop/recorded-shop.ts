import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PrestaShopSandbox, startPrestaShopSandbox } from '../../../integrations/prestashop/sandbox.js';
import type { NativeRow, PrestaShopData } from '../../../integrations/prestashop/sandbox-resources.js';
import type { SandboxKey } from '../../../integrations/prestashop/sandbox-webservice.js';
import { type ComposedReply, type ReplayServer, startReplayServer } from '../replay-server.js';

/** What a real PrestaShop 9.1.4 answered, and the same shop rebuilt from it: once as a replay, once as the sandbox. */
export const recordedFolder = join(fileURLToPath(new URL('.', import.meta.url)), '../recorded/prestashop-9.1.4');

export const recordedText = (file: string): string => readFileSync(join(recordedFolder, file), 'utf8');
export const recordedJson = (file: string) => JSON.parse(recordedText(file));

export const version = '9.1.4';
export const timeZone = 'Europe/Paris';

export const goodKey = 'A'.repeat(32);
export const inactiveKey = 'B'.repeat(32);
export const rightlessKey = 'C'.repeat(32);
export const unknownKey = 'D'.repeat(32);
export const malformedKey = 'too-short';

/** The rights of the key that the recordings were made with: what its own list of resources shows. */
const recordedRights = Object.fromEntries(
  [...recordedText('root-xml.xml').matchAll(/^<(\w+) xlink:href="[^"]*" get="true"/gm)]
    .map(([, resource = '']) => [resource, ['GET'] as const] as const)
    .filter(([resource]) => resource !== 'description'),
);

export const keys: Record<string, SandboxKey> = {
  [goodKey]: { rights: recordedRights },
  [inactiveKey]: { rights: recordedRights, active: false },
  [rightlessKey]: { rights: {} },
};

/** COMPOSED: the recordings hold details of order 2 only; the others follow from the order's own rows and its credit slip. */
function composedDetails(): NativeRow[] {
  const refunded: Record<number, number> = { 5: 1 };
  return recordedJson('orders-full.json').orders.flatMap(
    (order: { id: number; associations: { order_rows: Record<string, string | number>[] } }) =>
      order.associations.order_rows
        .filter(() => order.id !== 2)
        .map((row) => ({
          id: row.id,
          id_order: order.id,
          product_name: row.product_name,
          product_reference: row.product_reference,
          product_quantity: row.product_quantity,
          product_quantity_refunded: refunded[Number(row.id)] ?? 0,
          product_price: row.product_price,
          total_price_tax_excl: times(row.unit_price_tax_excl, row.product_quantity),
          total_price_tax_incl: times(row.unit_price_tax_incl, row.product_quantity),
        })),
  );
}

function times(amount: unknown, count: unknown): string {
  const millionths = BigInt(String(amount).replace('.', '')) * BigInt(Number(count));
  return millionths.toString().replace(/(\d{6})$/, '.$1');
}

/** COMPOSED: the recordings hold the history of order 1 only. */
const composedHistories: NativeRow[] = [
  { id: 3, id_employee: 0, id_order_state: 2, id_order: 2, date_add: '2026-03-03 09:00:02' },
  { id: 4, id_employee: 0, id_order_state: 1, id_order: 3, date_add: '2026-03-04 18:30:00' },
  { id: 5, id_employee: 0, id_order_state: 2, id_order: 4, date_add: '2026-03-05 11:00:00' },
  { id: 6, id_employee: 0, id_order_state: 1, id_order: 5, date_add: '2026-03-06 12:00:00' },
  { id: 7, id_employee: 1, id_order_state: 6, id_order: 5, date_add: '2026-03-07 12:00:00' },
  { id: 8, id_employee: 0, id_order_state: 2, id_order: 6, date_add: '2026-10-25 02:30:00' },
];

/** COMPOSED: no customer was recorded. */
const composedCustomers: NativeRow[] = [
  {
    id: 1,
    email: 'camille@shop-a.example',
    firstname: 'Camille',
    lastname: 'Martin',
    company: 'Shop A',
    is_guest: '0',
    deleted: '0',
    passwd: 'x',
  },
  { id: 2, email: 'guest@shop-b.example', firstname: 'Robin', lastname: 'Petit', company: '', is_guest: '1', deleted: '0', passwd: 'x' },
];

/** A fresh copy of the shop's rows: recorded where they were, composed where they were not. */
export function recordedData(): PrestaShopData {
  return {
    orders: recordedJson('orders-full.json').orders,
    order_details: [...recordedJson('order_details-order2.json').order_details, ...composedDetails()],
    order_histories: [...recordedJson('order_histories-order1.json').order_histories, ...composedHistories],
    order_states: recordedJson('order_states.json').order_states,
    order_payments: recordedJson('order_payments.json').order_payments,
    order_cart_rules: recordedJson('order_cart_rules.json').order_cart_rules,
    order_slip: recordedJson('order_slip-full.json').order_slips,
    products: recordedJson('products-full.json').products,
    currencies: recordedJson('currencies.json').currencies,
    shops: recordedJson('shops.json').shops,
    customers: structuredClone(composedCustomers),
  };
}

/** The folder of the recorded shop, as its own PHP warnings tell it. */
const documentRoot = /\(([^)]+)\/classes\//.exec(recordedText('error-unknown-filter.json'))?.[1] ?? '';

export function startRecordedSandbox(): Promise<PrestaShopSandbox> {
  return startPrestaShopSandbox({ data: recordedData(), keys, timeZone, version, documentRoot });
}

/**
 * The recordings on loopback. Questions that were not recorded word for word are composed from the recorded rows by the plainest
 * reading of them (fields, lists of ids, stamps after, limit), independently of the sandbox; any other is missed.
 */
export function startRecordedReplay(): Promise<ReplayServer> {
  const data = recordedData();
  return startReplayServer(recordedFolder, { compose: ({ path, query }) => composed(data, path, query) });
}

const listNames: Record<string, string> = { order_slip: 'order_slips' };

function composed(data: PrestaShopData, path: string, query: URLSearchParams): ComposedReply | null {
  const resource = path.replace('/api/', '');
  const headers = { 'PSWS-Version': version, 'Content-Type': 'application/json' };
  if (resource === 'combinations') return { status: 401, headers, body: { errors: [{ code: 26, message: 'not allowed' }] } };
  const rows = data[resource];
  if (!rows) return null;
  const after = /^>\[(.+)\]$/.exec(query.get('filter[date_upd]') ?? '')?.[1];
  const afterId = /^>\[(\d+)\]$/.exec(query.get('filter[id]') ?? '')?.[1];
  const picked = rows
    .filter((row) => after === undefined || String(row.date_upd) > after)
    .filter((row) => afterId === undefined || Number(row.id) > Number(afterId))
    .filter((row) => isListed(query.get('filter[id_order]'), row.id_order))
    .filter((row) => afterId !== undefined || isListed(query.get('filter[id]'), row.id))
    .toSorted((one, other) => (query.get('sort')?.startsWith('[date_upd') ? String(one.date_upd).localeCompare(String(other.date_upd)) : 0))
    .slice(0, Number(query.get('limit')?.replace(/^0,/, '') ?? rows.length))
    .map((row) => withFields(row, query.get('display') ?? ''));
  return { headers, body: picked.length === 0 ? [] : { [listNames[resource] ?? resource]: picked } };
}

function isListed(filter: string | null, value: unknown): boolean {
  return filter === null || filter.slice(1, -1).split('|').includes(String(value));
}

function withFields(row: NativeRow, display: string): NativeRow {
  if (display === 'full') return row;
  const fields = display.slice(1, -1).split(',');
  return Object.fromEntries(Object.entries(row).filter(([field]) => fields.includes(field)));
}
