import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ImportedOrder } from '../../src/persistence/imported-order.js';
import { PrepaidTimeOrder } from '../../src/persistence/prepaid-time-order.js';
import { SupportPolicyVersion } from '../../src/persistence/support-policy-version.js';
import { TimeLot } from '../../src/persistence/time-lot.js';
import { walletFigures } from '../../src/policy/time-figures.js';
import { settle } from '../../src/policy/time-settlement.js';
import type { Job } from '../../src/use-cases/job.js';
import { importOrders } from '../../src/use-cases/orders-import.js';
import { createProject } from '../../src/use-cases/project.js';
import { type PurchaseRecordInput, recordPurchase, revokePurchase } from '../../src/use-cases/purchase.js';
import { pinnedPolicy, publishSupportPolicy } from '../../src/use-cases/support-policy.js';
import { renewSupport } from '../../src/use-cases/support-term.js';
import { assignTime } from '../../src/use-cases/time-assignment.js';
import { commandTime, readTime } from '../../src/use-cases/time-command.js';
import { undoEntry } from '../../src/use-cases/time-correction.js';
import { IMPORT } from '../../src/use-cases/time-grant.js';
import { testDatabase } from '../support/database.js';
import { freshShop, stockForImports } from '../support/import-stories.js';
import { importFrom } from '../support/imported-rows.js';
import { pageOf, shopInMemory, shopRefund } from '../support/shop-orders.js';
import { asVendor, customerOf, day, euros, instant, OPENING_DAY, policyDocument, STAFF, sell } from '../support/vendor.js';
import { NOON, newTask } from './time-stage.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  await stockForImports(database);
  await sell(database, { sku: 'CARE', supportPolicy: 'prepaid-support', includedMinutes: 120 });
  await sell(database, { sku: 'CARE-FREE', supportPolicy: 'prepaid-support', includedMinutes: 120, listPriceMinor: 0n });
});
afterAll(() => database.close());

const figuresOf = (customerId: string, at: Temporal.Instant) =>
  asVendor(database, async (em) => {
    const all = walletFigures((await readTime(em, customerId, at)).ledger, at);
    return Object.fromEntries(Object.entries(all).filter(([, minutes]) => minutes !== 0));
  });

describe('bought with an order', () => {
  const HOURS = { lines: [{ sku: 'HOURS-10', quantity: '2', paidNet: '500.0000', paidTax: '100.0000' }] };
  const buyer = async () => {
    const fresh = await freshShop(database);
    const customerId = await customerOf(database, fresh.email);
    return { ...fresh, customerId, figures: () => figuresOf(customerId, NOON) };
  };

  test('two packs become one lot on no project, worth what was paid without tax; told twice it stays one (B-06, B-13)', async () => {
    const { shop, code, order, figures, customerId } = await buyer();
    await importFrom(database, shop, { orders: [order('1', HOURS)] });
    await importFrom(database, shop, { orders: [order('1', { ...HOURS, changedAt: '2026-03-01 10:00:00' })] });
    expect(await figures()).toEqual({ grantedMinutes: 1_200, unassignedMinutes: 1_200 });
    const lots = await asVendor(database, (em) =>
      em.find(TimeLot, { wallet: { customer: customerId } }, { populate: ['supportPolicyVersion'] }),
    );
    expect(lots).toEqual([
      expect.objectContaining({
        ...{ source: 'PURCHASED', minutes: 1_200, project: null, priceMinor: 50_000n, currencyCode: 'EUR', endsAt: null },
        ...{ usableFrom: instant('2026-01-31T10:00:00Z'), grantKey: `grant:MAGENTO:${code}:1:1-1` },
        supportPolicyVersion: expect.anything(),
      }),
    ]);
    expect(lots[0]?.supportPolicyVersion.getEntity()).toMatchObject({ name: 'prepaid-support', version: 1 });
  });

  test('one of two packs paid back voids its minutes once, and the whole order what is left (B-28)', async () => {
    const { shop, order, figures } = await buyer();
    await importFrom(database, shop, { orders: [order('1', HOURS)] });
    await importFrom(database, shop, { refunds: [shopRefund('r', { orderId: '1', lines: [[1, '1']] })] });
    expect(await figures()).toEqual({ grantedMinutes: 1_200, unassignedMinutes: 600, voidedMinutes: 600 });
    await importFrom(database, shop, { orders: [order('1', { ...HOURS, changedAt: '2026-03-01 10:00:00' })] });
    expect(await figures()).toMatchObject({ voidedMinutes: 600 });
    await importFrom(database, shop, { orders: [order('1', { ...HOURS, payment: 'REVERSED', changedAt: '2026-03-02 10:00:00' })] });
    expect(await figures()).toEqual({ grantedMinutes: 1_200, voidedMinutes: 1_200 });
  });

  test('with 200 of 600 spent, taking the order back voids 400 and leaves nothing negative (B-28)', async () => {
    const { shop, order, figures, customerId } = await buyer();
    const pack = { lines: [{ sku: 'HOURS-10' }] };
    await importFrom(database, shop, { orders: [order('1', pack)] });
    await asVendor(database, async (em) => {
      const lot = await em.findOneOrFail(TimeLot, { wallet: { customer: customerId } });
      const { projectId } = await createProject(em, STAFF, { idempotencyKey: `p ${customerId}`, customerId, name: 'Shop' }, NOON);
      await assignTime(em, STAFF, { idempotencyKey: `a ${customerId}`, lotId: lot.id, projectId, minutes: 300 }, NOON);
      const work = newTask();
      const request = {
        holdId: null,
        projectId,
        work,
        workedAt: NOON,
        actualMinutes: 200,
        chargeableMinutes: 200,
        onShortfall: 'REFUSE',
      } as const;
      const entry = {
        at: NOON,
        actor: IMPORT,
        reason: 'Done.',
        policy: pinnedPolicy(await em.findOneOrFail(SupportPolicyVersion, { name: 'prepaid-support' })),
      };
      await commandTime(em, customerId, NOON, (ledger) => settle(ledger, request, entry), { work });
    });
    await importFrom(database, shop, { orders: [order('1', { ...pack, payment: 'REVERSED', changedAt: '2026-03-02 10:00:00' })] });
    expect(await figures()).toEqual({ grantedMinutes: 600, spentMinutes: 200, voidedMinutes: 400 });
  });

  test.each([
    [200, 'REVERSED', { grantedMinutes: 600, voidedMinutes: 600 }, 'the order was paid back whole, so nothing comes back'],
    [600, 'REVERSED', { grantedMinutes: 600, voidedMinutes: 600 }, 'so it is where nothing was left to take'],
    [200, 'PAID', { grantedMinutes: 600, availableMinutes: 400, unassignedMinutes: 200 }, 'nothing was paid back'],
  ] as const)('with %i of 600 spent, the order %s, and the charge given back for a fault: %j, because %s', async (...row) => {
    const [spent, payment, expected] = row;
    const { shop, order, figures, customerId } = await buyer();
    const pack = { lines: [{ sku: 'HOURS-10' }] };
    await importFrom(database, shop, { orders: [order('1', pack)] });
    const charged = await asVendor(database, async (em) => {
      const lot = await em.findOneOrFail(TimeLot, { wallet: { customer: customerId } }, { populate: ['supportPolicyVersion'] });
      const { projectId } = await createProject(em, STAFF, { idempotencyKey: `p ${customerId}`, customerId, name: 'Shop' }, NOON);
      const minutes = spent === 600 ? 600 : 400;
      await assignTime(em, STAFF, { idempotencyKey: `a ${customerId}`, lotId: lot.id, projectId, minutes }, NOON);
      const work = newTask();
      const actual = { holdId: null, projectId, work, workedAt: NOON, actualMinutes: spent, chargeableMinutes: spent };
      const entry = { at: NOON, actor: IMPORT, reason: 'Done.', policy: pinnedPolicy(lot.supportPolicyVersion.getEntity()) };
      const settled = await commandTime(em, customerId, NOON, (ledger) => settle(ledger, { ...actual, onShortfall: 'REFUSE' }, entry), {
        work,
      });
      return settled.outcome === 'POSTED' ? (settled.transactions[0]?.id ?? '') : '';
    });
    await importFrom(database, shop, { orders: [order('1', { ...pack, payment, changedAt: '2026-03-02 10:00:00' })] });
    await asVendor(database, (em) => undoEntry(em, charged, { actor: IMPORT, reason: 'A fault of ours.', now: NOON }));
    expect(await figures()).toEqual(expected);
    await importFrom(database, shop, {});
    expect(await figures()).toEqual(expected);
  });

  test('what comes paid back from the first is granted and voided, so that the order of arrival tells no difference', async () => {
    const { shop, order, figures } = await buyer();
    await importFrom(database, shop, { orders: [order('1', { ...HOURS, payment: 'REVERSED' })] });
    expect(await figures()).toEqual({ grantedMinutes: 1_200, voidedMinutes: 1_200 });
  });

  test('minutes ordered before there was a ledger are granted by the next run, though the shop tells nothing new', async () => {
    const { shop, code, order, figures, customerId } = await buyer();
    const content = order('1', HOURS);
    const { orderId, orderNumber, changedAt } = content;
    const paid = { paidAt: instant('2026-01-31T10:00:00Z'), minutes: 1_200n, refundedMinutes: 0n, paidMinor: 60_000n, currencyCode: 'EUR' };
    await asVendor(database, async (em) => {
      em.persist(em.create(ImportedOrder, { shop: shop.id, orderId, orderNumber, changedAt, content, importedAt: OPENING_DAY }));
      em.persist(em.create(PrepaidTimeOrder, { customer: customerId, shop: code, orderId, orderNumber, orderLine: '1-1', ...paid }));
    });
    expect(await figures()).toEqual({});
    for (const _run of ['first', 'second']) {
      await importFrom(database, shop, {});
      expect(await figures()).toEqual({ grantedMinutes: 1_200, unassignedMinutes: 1_200 });
    }
  });

  test('conditions by which bought time ends say so by the calendar of their zone, in the version in force that day (B-30)', async () => {
    const ending = { ...policyDocument('prepaid-support'), purchased: { expiresAfterMonths: 3, refundable: 'NEVER' } };
    await asVendor(database, (em) => publishSupportPolicy(em, ending, day('2026-11-30'), OPENING_DAY));
    const { shop, order, customerId } = await buyer();
    const paidAt = ['2026-11-29T20:59:59Z', '2026-11-29T21:00:00Z'];
    await importFrom(
      database,
      shop,
      { orders: paidAt.map((at, index) => order(`${index}`, { ...HOURS, paidAt: at })) },
      '2026-12-01T10:00:00Z',
    );
    const lots = await asVendor(database, (em) =>
      em.find(TimeLot, { wallet: { customer: customerId } }, { orderBy: { usableFrom: 'asc' } }),
    );
    expect(lots.map(({ endsAt }) => endsAt)).toEqual([null, instant('2027-02-28T21:00:00Z')]);
  });
});

describe('included with a purchase', () => {
  let sales = 0;
  const SALE = {
    ...{ sku: 'CARE', storeId: null, shop: 'partner', line: '1', purchasedAt: instant('2025-11-30T09:00:00Z') },
    ...{ listPrice: euros(12_000n), paid: euros(12_000n) },
  };
  const buy = async (change: Partial<PurchaseRecordInput> = {}) => {
    sales += 1;
    const [idempotencyKey, orderNumber, email] = [`sale ${sales}`, `S-${sales}`, `care-${sales}@shop.example`];
    const jobs: Job[] = [];
    const input = { ...SALE, idempotencyKey, orderNumber, customer: { email, name: null }, ...change };
    const record = () => asVendor(database, (em) => recordPurchase(em, STAFF, input, NOON, async (_em, job) => void jobs.push(job)));
    const { purchaseId } = await record();
    const customerId = await customerOf(database, email);
    return { purchaseId, customerId, jobs, record, figures: (at: Temporal.Instant) => figuresOf(customerId, at) };
  };

  test('120 minutes are usable to the end of the term, suspended from then on, and usable again after a renewal (B-04)', async () => {
    const { purchaseId, customerId, jobs, figures } = await buy();
    const end = instant('2026-02-28T21:00:00Z');
    expect(await figures(end.subtract({ milliseconds: 1 }))).toEqual({ grantedMinutes: 120, availableMinutes: 120 });
    expect(await figures(end)).toEqual({ grantedMinutes: 120, suspendedMinutes: 120 });
    const renewal = {
      idempotencyKey: `r ${purchaseId}`,
      purchaseId,
      periods: 1,
      origin: 'GOODWILL',
      paid: null,
      orderNumber: 'R',
    } as const;
    await asVendor(database, (em) => renewSupport(em, STAFF, renewal, NOON, async (_em, job) => void jobs.push(job)));
    expect(await figures(NOON)).toEqual({ grantedMinutes: 120, availableMinutes: 120 });
    expect(jobs).toEqual([
      { queue: 'time-added', customerId, key: `grant:included:${purchaseId}` },
      { queue: 'time-added', customerId, key: expect.stringMatching(/^renewal:/) },
    ]);
  });

  test('a purchase that is taken back suspends them for good', async () => {
    const { purchaseId, figures } = await buy({ purchasedAt: instant('2026-03-01T09:00:00Z') });
    const revocation = { idempotencyKey: `v ${purchaseId}`, purchaseId, reason: 'REFUNDED', note: 'Paid back.' } as const;
    expect(await figures(NOON)).toEqual({ grantedMinutes: 120, availableMinutes: 120 });
    await asVendor(database, (em) => revokePurchase(em, STAFF, revocation, NOON));
    expect(await figures(NOON)).toEqual({ grantedMinutes: 120, suspendedMinutes: 120 });
  });

  test.each([
    ['no list price (B-26)', { sku: 'CARE-FREE', listPrice: euros(0n), paid: euros(0n) }, {}],
    ['a coupon over the whole list price, which is not free (B-26)', { paid: euros(0n) }, { grantedMinutes: 120, suspendedMinutes: 120 }],
    ['conditions that include none', { sku: 'FILTER' }, {}],
  ])('an add-on with %s', async (_what, change, expected) => {
    const { figures } = await buy(change);
    expect(await figures(NOON)).toEqual(expected);
  });

  test('they are on the project named after the add-on, and once, by whatever way and however often the sale is told', async () => {
    const { shop, email, order } = await freshShop(database);
    const customerId = await customerOf(database, email);
    const jobs: Job[] = [];
    const told = (changedAt: string) => [pageOf([order('1', { changedAt, lines: [{ sku: 'CARE', quantity: '2' }] })])];
    for (const changedAt of ['2026-02-01 10:00:00', '2026-03-01 10:00:00']) {
      const platform = shopInMemory({ orders: told(changedAt), refunds: [pageOf([])] });
      const addJob = async (_em: unknown, job: Job) => void jobs.push(job);
      await importOrders(database, { shop, platform, now: () => NOON, startedAt: NOON, addJob });
    }
    const lots = await asVendor(database, (em) => em.find(TimeLot, { wallet: { customer: customerId } }, { populate: ['project'] }));
    expect(lots.map(({ source, minutes, project, onTermEnd }) => [source, minutes, project?.getEntity().name, onTermEnd])).toEqual([
      ['INCLUDED', 120, 'CARE', 'SUSPEND'],
      ['INCLUDED', 120, 'CARE', 'SUSPEND'],
    ]);
    expect(jobs).toEqual([{ queue: 'time-added', customerId, key: expect.stringMatching(/^grant:included:/) }]);
    const recorded = await buy();
    await recorded.record();
    expect(await recorded.figures(NOON)).toMatchObject({ grantedMinutes: 120 });
  });
});
