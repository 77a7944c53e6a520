import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { Purchase } from '../../src/persistence/purchase.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { revokePurchase } from '../../src/use-cases/purchase.js';
import { testDatabase } from '../support/database.js';
import { importFrom } from '../support/imported-rows.js';
import { shopOrder } from '../support/shop-orders.js';
import { asVendor, customerOf, customerStore, instant, publishPolicies, STAFF, sell, vendorShop } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');

let database: Awaited<ReturnType<typeof testDatabase>>;
/** A plain client that sees everything: what the database itself refuses, whoever asks. */
let client: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  await sell(database, {
    sku: 'FILTER',
    renewalSku: 'FILTER-RENEWAL',
    releases: [{ version: '1.0', publishedAt: '2025-06-01T00:00:00Z' }],
  });
  const shop = await vendorShop(database, 'eu');
  await importFrom(database, shop, {
    orders: [
      shopOrder('1', { lines: [{ sku: 'FILTER' }] }),
      shopOrder('2', { paidAt: '2026-02-10T10:00:00Z', lines: [{ sku: 'FILTER-RENEWAL' }] }),
      shopOrder('3', { email: 'other@shop.example', lines: [{ sku: 'FILTER' }, { sku: 'MYSTERY' }] }),
      shopOrder('4', { email: 'other@shop.example', lines: [{ sku: 'FILTER' }] }),
    ],
  });
  await asVendor(database, async (em) => {
    const { id } = await em.findOneOrFail(Purchase, { orderId: '4' });
    await revokePurchase(em, STAFF, { idempotencyKey: 'k', purchaseId: id, reason: 'CHARGE_BACK', note: '' }, NOW);
  });
  for (const name of ['buyer', 'other'])
    await customerStore(database, await customerOf(database, `${name}@shop.example`), `${name}.example`);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`select set_config('tenure.sees', 'all', false)`);
});
afterAll(async () => {
  await client.end();
  await database.close();
});

/** SQLSTATE and constraint with which the database answers a statement and the checks at its end; the statement is undone. */
async function verdictOf(sql: string): Promise<string> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('set constraints all immediate');
    return 'accepted';
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    return constraint === undefined ? `${code}` : `${code} ${constraint}`;
  } finally {
    await client.query('rollback');
  }
}

const letting = (parties: string, revoked: string): string =>
  `insert into delegation (id, customer_id, agency_id, revoked_at, revoked_by, scopes, agency_name, customer_name, granted_at, granted_by)
   select gen_random_uuid(), ${parties}, ${revoked}, '{}', '', '', now(), '' from customer b, customer o
   where b.email = 'buyer@shop.example' and o.email = 'other@shop.example'`;
const code = (digest: string, lasts: string): string =>
  `insert into pairing_code (id, store_id, customer_id, digest, created_at, expires_at)
   select gen_random_uuid(), id, customer_id, ${digest}, now(), now() + ${lasts} from store where customer_id is not null limit 1`;

const refused: readonly (readonly [string, string, string])[] = [
  [
    `update support_term set starts_at = '2026-04-01T00:00:00Z' where origin = 'RENEWAL'`,
    '23P01 support_term_no_overlap',
    'terms of one purchase never overlap',
  ],
  [
    `update support_term set ordinal = 1 where origin = 'RENEWAL'`,
    '23505 support_term_purchase_id_ordinal_unique',
    'terms of one purchase are counted',
  ],
  [
    `update support_term set order_id = '1', order_line = '1-1' where origin = 'RENEWAL'`,
    '23505 support_term_shop_order_id_order_line_unit_unique',
    'one term for one unit of an order line',
  ],
  [`update support_term set expires_at = starts_at`, '23514 support_term_span_check', 'a term lasts'],
  [`update support_term set ends_on = starts_on - 1`, '23514 support_term_days_check', 'a term ends after it begins'],
  [`update support_term set anchored_on = starts_on + 1`, '23514 support_term_days_check', 'a term begins at its anchor or later'],
  [`update support_term set periods = 0`, '23514 support_term_periods_check', 'something was paid for'],
  [`update support_term set unit = 0`, '23514 support_term_unit_check', 'units count from 1'],
  [`update support_term set origin = 'GIFT'`, '23514 support_term_origin_check', 'terms come from somewhere known'],
  [`delete from purchase where order_id = '1'`, '23503 support_term_purchase_id_foreign', 'terms do not lose their purchase'],
  [
    `update purchase set order_id = '1', order_line = '1-1'`,
    '23505 purchase_shop_order_id_order_line_unit_unique',
    'one purchase for one unit of an order line',
  ],
  [`update purchase set list_price_minor = -1`, '23514 purchase_list_price_minor_check', 'no price is negative'],
  [`update purchase set paid_minor = -1`, '23514 purchase_paid_minor_check', 'nobody is paid for buying'],
  [`update purchase set currency_code = 'eur'`, '23514 purchase_currency_code_check', 'currencies are written in one way'],
  [`update purchase set revocation = 'REFUNDED' where revoked_at is null`, '23514 purchase_revocation_check', 'a reason without a day'],
  [`update purchase set revoked_at = now() where revoked_at is null`, '23514 purchase_revocation_check', 'a day without a reason'],
  [`update purchase set unit = 0`, '23514 purchase_unit_check', 'units count from 1'],
  [`update purchase set advertised_compatibility = '{}'`, '23514 purchase_advertised_compatibility_check', 'ranges come as a list'],
  [
    `update customer set email = 'Ada@shop.example' where email = 'buyer@shop.example'`,
    '23514 customer_email_check',
    'customers are known by one spelling',
  ],
  [`update customer set email = 'nobody'`, '23514 customer_email_check', 'an address has an @'],
  [`update customer set email = 'other@shop.example'`, '23505 customer_email_unique', 'one customer for one address'],
  [`update addon set list_price_minor = -1`, '23514 addon_list_price_minor_check', 'no price is negative'],
  [`update addon set platform = 'SHOPIFY'`, '23514 addon_platform_check', 'two platforms are known'],
  [
    `update release set withdrawn_at = published_at - interval '1 second'`,
    '23514 release_withdrawn_at_check',
    'nothing is withdrawn before it is out',
  ],
  [
    `insert into release select gen_random_uuid(), addon_id, '1.0.0', version_sort_key, channel, kind, published_at, null, compatibility, changelog from release`,
    '23505 release_addon_id_version_sort_key_unique',
    'two spellings of a number are not two releases',
  ],
  [`update sku_meaning set addon_id = null where kind = 'ADDON'`, '23514 sku_meaning_addon_check', 'which add-on?'],
  [`update sku_meaning set periods = 0 where kind = 'RENEWAL'`, '23514 sku_meaning_periods_check', 'a renewal lasts'],
  [`insert into sku_meaning (sku, kind) values ('H', 'PREPAID_TIME')`, '23514 sku_meaning_minutes_check', 'how many minutes?'],
  [
    `insert into sku_meaning (sku, kind, minutes) values ('H', 'PREPAID_TIME', 5)`,
    '23514 sku_meaning_support_policy_name_check',
    'under which conditions?',
  ],
  [`update store set code = null`, '23514 store_code_check', 'a vendor’s shop is named'],
  [
    `update store set role = 'CUSTOMER_STAGING', code = null, group_id = (select id from store_group limit 1) where code is not null`,
    '23514 store_owner_check',
    'a customer’s store has a customer',
  ],
  [`update store set group_id = null`, '23514 store_group_check', 'a customer’s store is of some shop'],
  [
    `update store set group_id = (select id from store_group limit 1) where group_id is not null`,
    '23505 store_production_unique',
    'one shop has one production store',
  ],
  [`delete from store_group`, '23503 store_group_id_foreign', 'stores do not lose their group'],
  [letting('b.id, b.id', 'null, null'), '23514 delegation_agency_check', 'nobody is an agency of its own'],
  [
    `${letting('b.id, o.id', 'null, null')}; ${letting('b.id, o.id', 'null, null')}`,
    '23505 delegation_standing_unique',
    'one stands at a time',
  ],
  [letting('b.id, o.id', 'now(), null'), '23514 delegation_revoked_check', 'taken back by whom?'],
  [code(`'\\x00'`, `interval '1 minute'`), '23514 pairing_code_digest_check', 'a digest has 32 bytes'],
  [code(`sha256('a')`, `interval '0 minutes'`), '23514 pairing_code_expires_at_check', 'a code can be used for a while'],
  [`update import_exception set attempts = 0`, '23514 import_exception_attempts_check', 'what was raised was tried'],
  [`update import_exception set resolved_at = now()`, '23514 import_exception_resolution_check', 'resolved by what?'],
  [`update import_exception set dismissed = true`, '23514 import_exception_dismissed_check', 'dismissed, yet open?'],
  [
    `insert into access_token (id, kind, label, principal, digest, scopes, created_at) values (gen_random_uuid(), 'STAFF', '', 'staff', '\\x00', '{}', now())`,
    '23514 access_token_digest_check',
    'a digest has 32 bytes',
  ],
  [
    `insert into access_token (id, kind, label, principal, digest, scopes, created_at) values (gen_random_uuid(), 'CUSTOMER', '', 'customer:1', sha256('a'), '{}', now())`,
    '23514 access_token_customer_check',
    'whose rows would it see?',
  ],
  [`update support_policy_version set document = '{}'`, '23001', 'a published policy never changes'],
  [`delete from support_policy_version`, '23001', 'a published policy never goes'],
  [`update recorded_decision set decision = '{}'`, '23001', 'evidence never changes'],
  [`delete from recorded_decision`, '23001', 'evidence never goes'],
];

describe('the database itself refuses', () => {
  test.each(refused)('%s: %s', async (sql, verdict, _because) => {
    expect(await verdictOf(sql)).toBe(verdict);
  });
});

describe('the database accepts', () => {
  test.each([
    [
      `update support_term set ordinal = 3 - ordinal where purchase_id = (select purchase_id from support_term where origin = 'RENEWAL')`,
      'two may change places: it is the end that counts',
    ],
    [`update purchase set list_price_minor = 9223372036854775807, paid_minor = 9007199254740993`, 'amounts beyond 2^53'],
  ])('%s', async (sql, _because) => {
    expect(await verdictOf(sql)).toBe('accepted');
  });
});

test('amounts, instants and days come back as they were written', async () => {
  const at = '1969-07-20T20:17:40.123456Z';
  await asVendor(database, async (em) => {
    const purchase = await em.findOneOrFail(Purchase, { orderId: '1' });
    em.assign(purchase, {
      listPriceMinor: 2n ** 63n - 1n,
      paidMinor: 2n ** 53n + 1n,
      purchasedAt: instant(at),
      baseToOrderRate: '0.123456789012',
    });
  });
  await withVendorSession(database, async ({ em }) => {
    const purchase = await em.findOneOrFail(Purchase, { orderId: '1' }, { populate: ['terms'] });
    expect(purchase).toMatchObject({ listPriceMinor: 2n ** 63n - 1n, paidMinor: 2n ** 53n + 1n, baseToOrderRate: '0.123456789012' });
    expect(purchase.purchasedAt).toBeInstanceOf(Temporal.Instant);
    expect(purchase.purchasedAt.toString()).toBe(at);
    expect(purchase.terms.getItems()[0]?.endsOn).toBeInstanceOf(Temporal.PlainDate);
    expect(purchase.terms.getItems()[0]?.endsOn.toString()).toBe('2026-04-30');
  });
});
