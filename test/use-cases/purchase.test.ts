import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Purchase } from '../../src/persistence/purchase.js';
import { RecordedDecision } from '../../src/persistence/recorded-decision.js';
import { openSession, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { SupportTerm } from '../../src/persistence/support-term.js';
import { type Actor, PARTNER_SCOPES } from '../../src/use-cases/actor.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { type PurchaseRecordInput, type PurchaseRevokeInput, recordPurchase, revokePurchase } from '../../src/use-cases/purchase.js';
import { pinnedPolicy, policyInForce, publishSupportPolicy } from '../../src/use-cases/support-policy.js';
import { quoteRenewal, renewSupport, type SupportTermRenewInput } from '../../src/use-cases/support-term.js';
import { testDatabase } from '../support/database.js';
import { importFrom, shortRows } from '../support/imported-rows.js';
import { shopOrder } from '../support/shop-orders.js';
import {
  asVendor,
  customerOf,
  customerStore,
  day,
  euros,
  instant,
  outcomeAsVendor,
  policyDocument,
  publishPolicies,
  STAFF,
  sell,
  vendorShop,
} from '../support/vendor.js';

const PARTNER: Actor = { kind: 'PARTNER', name: 'token:partner', scopes: PARTNER_SCOPES, customerId: null, storeId: null };
const NOW = instant('2026-02-10T09:00:00Z');

let database: Awaited<ReturnType<typeof testDatabase>>;
let lines = 0;
beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  await sell(database, {
    sku: 'FILTER',
    renewalSku: 'FILTER-RENEWAL',
    releases: [{ version: '1.0', publishedAt: '2025-06-01T00:00:00Z', to: '2.4.6' }],
  });
  await sell(database, { sku: 'LABELS' });
  await sell(database, { sku: 'PREPAID', supportPolicy: 'prepaid-support' });
});
afterAll(() => database.close());

/** A sale on a line of its own, under a key of its own. */
function sale(change: Partial<PurchaseRecordInput> = {}): PurchaseRecordInput {
  lines += 1;
  return {
    idempotencyKey: `record-${lines}`,
    sku: 'FILTER',
    customer: { email: `buyer-${lines}@shop.example`, name: 'Ada' },
    storeId: null,
    shop: 'marketplace',
    orderNumber: `M-${lines}`,
    line: '1',
    purchasedAt: instant('2025-11-30T09:00:00Z'),
    listPrice: euros(12_000n),
    paid: euros(11_520n),
    ...change,
  };
}

const record = (input: PurchaseRecordInput, actor = PARTNER, at = NOW) =>
  outcomeAsVendor(database, (em) => recordPurchase(em, actor, input, at));
const count = () =>
  withVendorSession(database, async ({ em }) => [
    await em.count(Purchase, {}),
    await em.count(SupportTerm, {}),
    await em.count(RecordedDecision, {}),
  ]);
const purchaseOf = (id: string | undefined) =>
  withVendorSession(database, ({ em }) =>
    em.findOneOrFail(Purchase, { id: id ?? '' }, { populate: ['customer', 'supportPolicyVersion', 'terms', 'addon'] }),
  );
const spans = async (id: string | undefined) =>
  (await purchaseOf(id)).terms.getItems().map((term) => `${term.origin} ${term.startsOn} ${term.endsOn} ${term.expiresAt}`);

describe('recording a sale', () => {
  test('keeps what was promised on its day, and opens the first term (A-01, A-02)', async () => {
    const input = sale({ customer: { email: ' Ada@Shop.Example ', name: 'Ada' } });
    const { value } = await record(input);
    const purchase = await purchaseOf(value?.purchaseId);
    expect(purchase).toMatchObject({
      shop: 'marketplace',
      orderId: input.orderNumber,
      orderNumber: input.orderNumber,
      platform: 'MAGENTO',
      listPriceMinor: 12_000n,
      paidMinor: 11_520n,
      currencyCode: 'EUR',
      baseCurrencyCode: null,
      advertisedCompatibility: [{ platform: 'MAGENTO', edition: null, from: '2.4.4', to: '2.4.6' }],
      revokedAt: null,
    });
    expect(purchase.customer.getEntity().email).toBe('ada@shop.example');
    expect(purchase.supportPolicyVersion.getEntity()).toMatchObject({ name: 'technical-support', version: 1 });
    expect(await spans(value?.purchaseId)).toEqual(['INCLUDED 2025-11-30 2026-02-28 2026-02-28T23:00:00Z']);
  });

  const clocks: readonly (readonly [string, string, string, string])[] = [
    ['FILTER', '2025-11-30T04:30:00Z', '2025-11-30 2026-02-28 2026-02-28T23:00:00Z', '23:30 of the day before in New York'],
    [
      'FILTER',
      '2026-01-31T22:59:59.999Z',
      '2026-01-31 2026-04-30 2026-04-30T22:00:00Z',
      'the last moment of January in Paris; summer time has begun',
    ],
    ['FILTER', '2026-01-31T23:00:00Z', '2026-02-01 2026-05-01 2026-05-01T22:00:00Z', 'the first of February in Paris'],
    ['PREPAID', '2026-01-31T22:59:59.999Z', '2026-02-01 2026-05-01 2026-05-01T21:00:00Z', 'at +03:00 it is February already (B-03)'],
  ];
  test.each(clocks)('%s paid at %s lasts %s', async (sku, purchasedAt, span, _because) => {
    const { value } = await record(sale({ sku, purchasedAt: instant(purchasedAt) }));
    expect(await spans(value?.purchaseId)).toEqual([`INCLUDED ${span}`]);
  });

  const refusals: readonly (readonly [string, Partial<PurchaseRecordInput>, string, readonly string[], string])[] = [
    ['tomorrow', { purchasedAt: instant('2026-02-10T09:00:00.001Z') }, 'INVALID', ['purchasedAt'], 'it has not happened yet'],
    [
      'in two currencies',
      { paid: { amountMinor: 1n, currencyCode: 'USD' } },
      'INVALID',
      ['paid', 'currencyCode'],
      'a discount cannot be told across currencies',
    ],
    ['at a negative list price', { listPrice: euros(-1n) }, 'INVALID', ['listPrice', 'amount'], 'no price is negative'],
    ['for less than nothing', { paid: euros(-1n) }, 'INVALID', ['paid', 'amount'], 'nobody is paid for buying'],
    ['to nobody', { customer: { email: 'nobody', name: null } }, 'INVALID', ['customer', 'email'], 'customers are known by their address'],
    ['of nothing', { sku: 'NOWHERE' }, 'NOT_FOUND', ['sku'], 'there is no such add-on'],
    [
      'before there were conditions',
      { purchasedAt: instant('2024-12-31T22:59:59Z') },
      'NOT_AVAILABLE',
      ['purchasedAt'],
      'nothing could be pinned',
    ],
    [
      'for a store that is not there',
      { storeId: '00000000-0000-0000-0000-000000000000' },
      'NOT_FOUND',
      ['storeId'],
      'foreign and missing look alike',
    ],
    ['of a connected shop', { shop: 'connected' }, 'CONFLICT', ['shop'], 'its orders arrive by import'],
  ];
  test.each(refusals)('a sale %s is refused', async (_what, change, code, path, _because) => {
    await vendorShop(database, 'connected');
    const before = await count();
    const { userErrors } = await record(sale(change));
    expect(userErrors.map((error) => [error.code, error.path])).toEqual([[code, ['input', ...path]]]);
    expect(await count()).toEqual(before);
  });

  test('for a store takes the customer’s own, and nobody else’s', async () => {
    const mine = sale();
    const store = await customerStore(database, await customerOf(database, mine.customer.email), 'mine.example');
    expect((await record(sale({ storeId: store }))).userErrors).toEqual([
      expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'storeId'] }),
    ]);
    const { value } = await record({ ...mine, storeId: store });
    const { group } = await withVendorSession(database, ({ em }) => em.findOneOrFail(Store, { id: store }));
    expect((await purchaseOf(value?.purchaseId)).group?.id).toBe(group?.id);
  });

  test('of an amount beyond what a double can hold is exact', async () => {
    const { value } = await record(sale({ listPrice: euros(9_007_199_254_740_993n), paid: euros(9_223_372_036_854_775_807n) }));
    expect(await purchaseOf(value?.purchaseId)).toMatchObject({
      listPriceMinor: 9_007_199_254_740_993n,
      paidMinor: 9_223_372_036_854_775_807n,
    });
  });
});

describe('saying it twice', () => {
  test('the same key and body is answered as the first time, and written once', async () => {
    const input = sale();
    const first = await record(input);
    const before = await count();
    expect(await record({ ...input }, PARTNER, NOW.add({ hours: 5 }))).toEqual(first);
    expect(await count()).toEqual(before);
  });

  test('the same key with another body is refused', async () => {
    const input = sale();
    await record(input);
    const before = await count();
    expect((await record({ ...input, paid: euros(1n) })).userErrors).toEqual([
      expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED', path: ['input', 'idempotencyKey'] }),
    ]);
    expect(await count()).toEqual(before);
  });

  test('the same key of another caller, or for another command, is another key or a reuse', async () => {
    const input = sale();
    const first = await record(input);
    const other = sale({ idempotencyKey: input.idempotencyKey });
    expect((await record(other, STAFF)).userErrors).toEqual([]);
    const revoke: PurchaseRevokeInput = {
      idempotencyKey: input.idempotencyKey,
      purchaseId: first.value?.purchaseId ?? '',
      reason: 'BY_AGREEMENT',
      note: '',
    };
    const reused = await outcomeAsVendor(database, (em) => revokePurchase(em, PARTNER, revoke, NOW));
    expect(reused.userErrors).toEqual([expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED' })]);
  });

  test('a refused command leaves its key free', async () => {
    const input = sale({ sku: 'NOWHERE' });
    await record(input);
    expect((await record({ ...input, sku: 'FILTER' })).userErrors).toEqual([]);
  });

  test('the same order line under another key is recorded once, and for nobody else', async () => {
    const input = sale();
    const first = await record(input);
    expect(await record({ ...input, idempotencyKey: 'another' })).toEqual(first);
    for (const change of [{ sku: 'LABELS' }, { customer: { email: 'somebody.else@shop.example', name: null } }]) {
      const taken = await record({ ...input, ...change, idempotencyKey: JSON.stringify(change) });
      expect(taken.userErrors).toEqual([expect.objectContaining({ code: 'TAKEN', path: ['input', 'line'] })]);
    }
  });

  test('twenty times at once over ten connections is one sale', async () => {
    const input = sale();
    const [purchases = 0, terms = 0] = await count();
    const answers = await Promise.all(Array.from({ length: 20 }, () => record(input)));
    expect(new Set(answers.map(({ value }) => value?.purchaseId)).size).toBe(1);
    expect(await count()).toEqual([purchases + 1, terms + 1, expect.any(Number)]);
  });

  test('twenty keys at once for one order line is one sale', async () => {
    const input = sale();
    const [purchases = 0] = await count();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => record({ ...input, idempotencyKey: `line-${index}` })));
    expect(new Set(answers.map(({ value }) => value?.purchaseId)).size).toBe(1);
    expect((await count())[0]).toBe(purchases + 1);
  });

  test('one line for ten customers at once is one sale, and nine are told', async () => {
    const input = sale();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        record({ ...input, idempotencyKey: `rush-${index}`, customer: { email: `rush-${index}@shop.example`, name: null } }),
      ),
    );
    expect(answers.filter(({ value }) => value !== null)).toHaveLength(1);
    expect(answers.flatMap(({ userErrors }) => userErrors.map((error) => error.code))).toEqual(Array.from({ length: 9 }, () => 'TAKEN'));
  });
});

describe('revoking a purchase', () => {
  const revoke = (input: Partial<PurchaseRevokeInput>, actor = STAFF, at = NOW) =>
    outcomeAsVendor(database, (em) =>
      revokePurchase(
        em,
        actor,
        { idempotencyKey: `revoke-${lines}`, purchaseId: '', reason: 'CHARGE_BACK', note: 'the bank wrote', ...input },
        at,
      ),
    );

  test('ends it from now on, with the reason as evidence, once', async () => {
    const { value } = await record(sale());
    const input = { purchaseId: value?.purchaseId ?? '' };
    expect(await revoke(input)).toEqual({ value, userErrors: [] });
    expect(await revoke(input, STAFF, NOW.add({ hours: 1 }))).toEqual({ value, userErrors: [] });
    const purchase = await purchaseOf(value?.purchaseId);
    expect([purchase.revokedAt?.toString(), purchase.revocation]).toEqual([NOW.toString(), 'CHARGE_BACK']);
    await withVendorSession(database, async ({ em }) => {
      expect(await em.find(RecordedDecision, { purchase: purchase.id })).toEqual([
        expect.objectContaining({
          kind: 'REVOCATION',
          actor: 'staff:ada',
          facts: { reason: 'CHARGE_BACK', note: 'the bank wrote' },
          decision: { revokedAt: NOW.toString() },
        }),
      ]);
    });
    expect((await revoke({ ...input, idempotencyKey: 'again' })).userErrors).toEqual([
      expect.objectContaining({ code: 'CONFLICT', path: ['input', 'purchaseId'] }),
    ]);
  });

  test('that is not there, or not to be seen, is the same refusal', async () => {
    const { value } = await record(sale());
    const missing = await revoke({ purchaseId: '00000000-0000-0000-0000-000000000000' });
    const session = await openSession(database);
    await setVisibility(session, { sees: 'customer', customerId: '00000000-0000-0000-0000-000000000000' });
    const input: PurchaseRevokeInput = { idempotencyKey: 'foreign', purchaseId: value?.purchaseId ?? '', reason: 'CHARGE_BACK', note: '' };
    const foreign = await outcomeOf(() => session.transaction((em) => revokePurchase(em, STAFF, input, NOW)));
    session.release();
    expect(foreign.userErrors).toEqual([expect.objectContaining({ code: 'NOT_FOUND' })]);
    expect(foreign).toEqual(missing);
    expect((await purchaseOf(value?.purchaseId)).revokedAt).toBeNull();
  });
});

describe('renewing support', () => {
  const renew = (input: Partial<SupportTermRenewInput> & { purchaseId: string }, at: Temporal.Instant) => {
    lines += 1;
    const whole = {
      idempotencyKey: `renew-${lines}`,
      periods: 1,
      origin: 'RENEWAL',
      paid: euros(3_600n),
      orderNumber: `R-${lines}`,
      ...input,
    } as const;
    return outcomeAsVendor(database, (em) => renewSupport(em, STAFF, whole, at));
  };
  const bought = async (purchasedAt: string, change: Partial<PurchaseRecordInput> = {}) =>
    (await record(sale({ purchasedAt: instant(purchasedAt), ...change }), PARTNER, instant('2026-12-01T00:00:00Z'))).value?.purchaseId ??
    '';

  const ends: readonly (readonly [string, string, readonly string[], readonly string[], string])[] = [
    [
      'A-04 while active',
      '2025-11-30T09:00:00Z',
      ['2026-02-10T09:00:00Z'],
      ['2026-05-30'],
      'always from the anchor, never chained: not the 28th',
    ],
    [
      'A-04 three times',
      '2025-08-31T09:00:00Z',
      ['2025-09-01T09:00:00Z', '2025-09-02T09:00:00Z'],
      ['2026-02-28', '2026-05-31'],
      'the 31st comes back where the month has one',
    ],
    ['A-05 after expiry', '2025-11-30T09:00:00Z', ['2026-03-20T09:00:00Z'], ['2026-06-20'], 'a new anchor on the day it is paid'],
    ['A-06 a millisecond before the end', '2025-11-30T09:00:00Z', ['2026-02-28T22:59:59.999Z'], ['2026-05-30'], 'the term still runs'],
    ['A-06 at the very end', '2025-11-30T09:00:00Z', ['2026-02-28T23:00:00Z'], ['2026-06-01'], 'at that instant the right is gone'],
  ];
  test.each(ends)('%s: bought %s, renewed %j, ends %j', async (_rule, purchasedAt, renewals, lastDays, _because) => {
    const purchaseId = await bought(purchasedAt);
    for (const at of renewals) expect((await renew({ purchaseId }, instant(at))).userErrors).toEqual([]);
    expect(
      (await purchaseOf(purchaseId)).terms
        .getItems()
        .slice(1)
        .map((term) => term.endsOn.toString()),
    ).toEqual(lastDays);
  });

  test('periods bought together stack', async () => {
    const purchaseId = await bought('2025-11-30T09:00:00Z');
    await renew({ purchaseId, periods: 3, paid: euros(10_800n) }, NOW);
    expect(await spans(purchaseId)).toEqual([
      'INCLUDED 2025-11-30 2026-02-28 2026-02-28T23:00:00Z',
      'RENEWAL 2026-03-01 2026-11-30 2026-11-30T23:00:00Z',
    ]);
  });

  test('keeps the quote that it rests on as evidence', async () => {
    const purchaseId = await bought('2025-11-30T09:00:00Z');
    const { value } = await renew({ purchaseId, orderNumber: 'R-evidence' }, NOW);
    await withVendorSession(database, async ({ em }) => {
      const [decision, ...others] = await em.find(RecordedDecision, { purchase: purchaseId });
      expect(others).toEqual([]);
      expect(decision).toMatchObject({
        kind: 'RENEWAL',
        actor: 'staff:ada',
        facts: { periods: 1, origin: 'RENEWAL', orderNumber: 'R-evidence' },
        decision: {
          price: { amountMinor: '3600', currencyCode: 'EUR' },
          endsOn: '2026-05-30',
          reasons: expect.arrayContaining([expect.objectContaining({ code: 'RENEWAL_OFFERED' })]),
        },
      });
      expect(await em.findOneOrFail(SupportTerm, { id: value?.termId ?? '' })).toMatchObject({
        pinned: true,
        origin: 'RENEWAL',
        shop: 'staff:ada',
      });
    });
  });

  test('costs 30 % of the list price on the day of the purchase, also after it rises (A-07)', async () => {
    await sell(database, { sku: 'RISING', listPriceMinor: 12_000n });
    const purchaseId = await bought('2025-11-30T09:00:00Z', { sku: 'RISING' });
    await sell(database, { sku: 'RISING', listPriceMinor: 15_000n });
    expect((await renew({ purchaseId, paid: euros(4_500n) }, NOW)).userErrors).toEqual([
      expect.objectContaining({ code: 'CONFLICT', path: ['input', 'paid'] }),
    ]);
    expect((await renew({ purchaseId, paid: euros(3_600n) }, NOW)).userErrors).toEqual([]);
  });

  const refusals: readonly (readonly [string, Partial<PurchaseRecordInput>, Partial<SupportTermRenewInput>, string, string, string])[] = [
    ['a cent less', {}, { paid: euros(3_599n) }, 'CONFLICT', 'paid', 'it is not the price'],
    ['another currency', {}, { paid: { amountMinor: 3_600n, currencyCode: 'USD' } }, 'CONFLICT', 'paid', 'it is not the price'],
    ['nothing said of money', {}, { paid: null }, 'REQUIRED', 'paid', 'a renewal is paid'],
    ['more periods than are sold', {}, { periods: 13, paid: euros(46_800n) }, 'NOT_AVAILABLE', 'purchaseId', 'twelve at most'],
    ['half a period given', {}, { origin: 'GOODWILL', paid: null, periods: 0.5 }, 'INVALID', 'periods', 'periods are whole'],
    ['no period given', {}, { origin: 'GOODWILL', paid: null, periods: 0 }, 'INVALID', 'periods', 'a gift of nothing'],
    ['an add-on without a price', { listPrice: euros(0n), paid: euros(0n) }, {}, 'NOT_AVAILABLE', 'purchaseId', 'RENEWAL_NOT_PRICED'],
    ['conditions without renewals', { sku: 'PREPAID' }, {}, 'NOT_AVAILABLE', 'purchaseId', 'the vendor has not set any'],
  ];
  test.each(refusals)('%s is refused', async (_what, sold, change, code, field, _because) => {
    const purchaseId = await bought('2025-11-30T09:00:00Z', sold);
    const before = await count();
    const { userErrors } = await renew({ purchaseId, ...change }, NOW);
    expect(userErrors.map((error) => [error.code, error.path])).toEqual([[code, ['input', field]]]);
    expect(await count()).toEqual(before);
  });

  test('GOODWILL needs no money, and no offer', async () => {
    const purchaseId = await bought('2025-11-30T09:00:00Z', { sku: 'PREPAID' });
    expect((await renew({ purchaseId, origin: 'GOODWILL', paid: null }, NOW)).userErrors).toEqual([]);
    expect(await spans(purchaseId)).toEqual([
      'INCLUDED 2025-11-30 2026-02-28 2026-02-28T21:00:00Z',
      'GOODWILL 2026-03-01 2026-05-30 2026-05-30T21:00:00Z',
    ]);
  });

  test.each(['RENEWAL', 'GOODWILL'] as const)('%s of a revoked purchase is refused', async (origin) => {
    const purchaseId = await bought('2025-11-30T09:00:00Z');
    await asVendor(database, (em) =>
      revokePurchase(em, STAFF, { idempotencyKey: `gone-${purchaseId}`, purchaseId, reason: 'LICENCE_BREACH', note: '' }, NOW),
    );
    const { userErrors } = await renew({ purchaseId, origin }, NOW.add({ hours: 1 }));
    expect(userErrors).toEqual([expect.objectContaining({ code: 'NOT_AVAILABLE', path: ['input', 'purchaseId'] })]);
  });

  test('twice under one key is one term, and ten keys at once are ten that follow each other', async () => {
    const purchaseId = await bought('2025-11-30T09:00:00Z');
    const first = await renew({ purchaseId, idempotencyKey: 'same', orderNumber: 'R' }, NOW);
    expect(await renew({ purchaseId, idempotencyKey: 'same', orderNumber: 'R' }, NOW.add({ hours: 1 }))).toEqual(first);
    const answers = await Promise.all(Array.from({ length: 10 }, () => renew({ purchaseId }, NOW)));
    expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    const terms = (await purchaseOf(purchaseId)).terms.getItems();
    expect(terms.map((term) => term.ordinal)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(terms.slice(1).every((term, index) => terms[index]?.expiresAt.equals(term.startsAt))).toBe(true);
    expect(terms.at(-1)?.endsOn.toString()).toBe('2028-11-30');
  });

  test('stays with the purchase that was named, though another ends first', async () => {
    const email = 'two-licences@shop.example';
    const early = await bought('2025-11-30T09:00:00Z', { customer: { email, name: null } });
    const late = await bought('2025-12-15T09:00:00Z', { customer: { email, name: null } });
    await renew({ purchaseId: late }, NOW);
    await bought('2025-10-15T09:00:00Z', { customer: { email, name: null } });
    expect(await spans(early)).toHaveLength(1);
    expect(await spans(late)).toHaveLength(2);
  });

  test('and an import of the same purchase at once, in either order, both count', async () => {
    const shop = await vendorShop(database, 'racing');
    for (let round = 1; round <= 5; round += 1) {
      const email = `racer-${round}@shop.example`;
      await importFrom(database, shop, {
        orders: [shopOrder(`p${round}`, { email, paidAt: '2025-11-30T09:00:00Z', lines: [{ sku: 'FILTER' }] })],
      });
      const purchaseId = await withVendorSession(
        database,
        async ({ em }) => (await em.findOneOrFail(Purchase, { shop: 'racing', orderId: `p${round}` })).id,
      );
      const renewal = shopOrder(`r${round}`, { email, paidAt: '2026-02-01T09:00:00Z', lines: [{ sku: 'FILTER-RENEWAL' }] });
      const [summary, answer] = await Promise.all([importFrom(database, shop, { orders: [renewal] }), renew({ purchaseId }, NOW)]);
      expect([summary.failure, answer.userErrors]).toEqual([null, []]);
      expect((await spans(purchaseId)).map((span) => span.split(' ')[2])).toEqual(['2026-02-28', '2026-05-30', '2026-08-30']);
    }
    expect((await shortRows(database, 'racing')).exceptions).toEqual([]);
  });

  test('is sold, priced and measured by the conditions in force when it is paid (B-30)', async () => {
    const revised = (rateActive: string, months: number) => {
      const document = policyDocument('technical-support');
      const { renewal, term, examples } = document as { renewal: object; term: object; examples: readonly { kind: string }[] };
      // The examples of deadlines hold whatever a renewal costs and however long a term is.
      const kept = examples.filter(({ kind }) => kind === 'WORKING_DEADLINE');
      return { ...document, name: 'revised', examples: kept, renewal: { ...renewal, rateActive }, term: { ...term, months } };
    };
    await asVendor(database, (em) => publishSupportPolicy(em, revised('0.30', 3), day('2025-01-01'), NOW));
    await asVendor(database, (em) => publishSupportPolicy(em, revised('0.40', 6), day('2026-02-01'), NOW));
    await sell(database, { sku: 'REVISED', supportPolicy: 'revised' as 'technical-support' });
    const purchaseId = await bought('2025-11-30T09:00:00Z', { sku: 'REVISED' });
    const purchase = await purchaseOf(purchaseId);
    expect(purchase.supportPolicyVersion.getEntity().version).toBe(1);
    const policy = await withVendorSession(database, ({ em }) => policyInForce(em, 'revised', NOW));
    const pinned = pinnedPolicy(purchase.supportPolicyVersion.getEntity());
    const quote =
      policy &&
      quoteRenewal({ purchase, addon: purchase.addon.getEntity(), terms: purchase.terms.getItems() }, 1, NOW, pinned, pinnedPolicy(policy));
    expect([quote?.price, quote?.endsOn?.toString()]).toEqual([euros(4_800n), '2026-08-30']);
    expect((await renew({ purchaseId, paid: euros(3_600n) }, NOW)).userErrors).toEqual([expect.objectContaining({ code: 'CONFLICT' })]);
    expect((await renew({ purchaseId, paid: euros(4_800n) }, NOW)).userErrors).toEqual([]);
    expect(await spans(purchaseId)).toEqual([
      'INCLUDED 2025-11-30 2026-02-28 2026-02-28T23:00:00Z',
      'RENEWAL 2026-03-01 2026-08-30 2026-08-30T22:00:00Z',
    ]);
  });
});
