import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Purchase } from '../../src/persistence/purchase.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { Ticket } from '../../src/persistence/ticket.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { saveAddon } from '../../src/use-cases/addon.js';
import { recordPurchase } from '../../src/use-cases/purchase.js';
import { publishSupportPolicy } from '../../src/use-cases/support-policy.js';
import { renewSupport } from '../../src/use-cases/support-term.js';
import { claimNext } from '../../src/use-cases/ticket-claim.js';
import { mergeTicket } from '../../src/use-cases/ticket-duplicate.js';
import { acceptRefund } from '../../src/use-cases/ticket-refund.js';
import { sweepWaiting, topUpWaiting } from '../../src/use-cases/ticket-topup.js';
import { withdrawTicket } from '../../src/use-cases/ticket-withdrawal.js';
import { usableMinutesFor } from '../../src/use-cases/time-command.js';
import { sweepExpired } from '../../src/use-cases/time-expiry.js';
import { asVendor, day, euros, instant, OPENING_DAY, policyDocument } from '../support/vendor.js';
import { codesOf, reportOf, STAFF, type WorkUnderTest, workUnderTest } from './work-under-test.js';

const MON = '2026-03-02T07:00:00Z';
const TUE = '2026-03-03T07:00:00Z';

let under: WorkUnderTest;
beforeAll(async () => {
  under = await workUnderTest();
});
afterAll(() => under.database.close());

const workOf = async (ticketId: string, at = TUE) => (await under.ticket(ticketId, at)).state.work;
const kindsOn = (ticketId: string) =>
  withVendorSession(under.database, async ({ em }) => {
    const events = await em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } });
    expect(events.map(({ ordinal }) => ordinal)).toEqual(events.map((_event, index) => index + 1));
    return events.map(({ kind }) => kind);
  });
/** The same twice, at once. */
const twice = <T>(command: () => Promise<T>): Promise<readonly T[]> => Promise.all([command(), command()]);

describe('claim against claim', () => {
  test('two take up the same ticket: one does, the other is told, and one reservation stands', async () => {
    const shop = await under.shopWith(500, MON);
    const ticketId = await under.ready(shop, MON);
    const answers = await twice(() => under.claim(ticketId, TUE));
    expect(answers.map(codesOf).sort()).toEqual([[], ['TICKET_STATE_FORBIDS']]);
    expect((await kindsOn(ticketId)).filter((kind) => kind === 'CLAIMED')).toHaveLength(1);
    expect(await under.minutesOf(shop, TUE)).toEqual([380, 120, 0]);
    await under.expectAgreement(shop);
  });

  test('two tickets want the last minutes: one gets them, the other waits for the exact rest', async () => {
    const shop = await under.shopWith(150, MON);
    const tickets = [await under.ready(shop, MON), await under.ready(shop, MON)];
    const answers = await Promise.all(tickets.map((ticketId) => under.claim(ticketId, TUE)));
    expect(answers.map(({ reasons, shortMinutes }) => [reasons.length, shortMinutes]).sort()).toEqual([
      [0, 0],
      [0, 90],
    ]);
    expect((await Promise.all(tickets.map((id) => workOf(id)))).sort()).toEqual(['AWAITING_TOPUP', 'IN_PROGRESS']);
    expect(await under.minutesOf(shop, TUE)).toEqual([0, 150, 0]);
    await under.expectAgreement(shop);
  });

  test('two take whatever is next: each gets a ticket of its own', async () => {
    const own = await workUnderTest();
    try {
      const shop = await own.shopWith(500, MON);
      const tickets = [await own.ready(shop, MON), await own.ready(shop, MON), await own.ready(shop, MON)];
      const next = () => own.on(STAFF, TUE, claimNext, { codeDigest: null });
      const taken = await Promise.all([next(), next(), next(), next()]);
      expect(taken.map(({ ticketId }) => ticketId).sort()).toEqual([...tickets, null].sort());
      await own.expectAgreement(shop);
    } finally {
      await own.database.close();
    }
  });

  test('one is taken up while it is merged as a duplicate: it is one or the other, and nothing is held for what is gone', async () => {
    for (let round = 0; round < 3; round += 1) {
      const shop = await under.shopWith(500, MON);
      const [original, duplicate] = [await under.ready(shop, MON), await under.ready(shop, MON)];
      await Promise.all([
        under.claim(duplicate, TUE),
        under.on(shop.actor, TUE, mergeTicket, { ticketId: duplicate, originalId: original }),
      ]);
      const work = await workOf(duplicate);
      expect(['IN_PROGRESS', 'MERGED']).toContain(work);
      expect(await under.minutesOf(shop, TUE)).toEqual(work === 'MERGED' ? [500, 0, 0] : [380, 120, 0]);
      await under.expectAgreement(shop);
    }
  });

  test('one is taken up while its customer withdraws it: nothing stays held', async () => {
    for (let round = 0; round < 3; round += 1) {
      const shop = await under.shopWith(500, MON);
      const ticketId = await under.ready(shop, MON);
      const withdraw = under.on(shop.actor, TUE, withdrawTicket, { ticketId, message: null });
      const [, withdrawn] = await Promise.all([under.claim(ticketId, TUE), withdraw]);
      expect([codesOf(withdrawn), await workOf(ticketId), await under.minutesOf(shop, TUE)]).toEqual([[], 'WITHDRAWN', [500, 0, 0]]);
      await under.expectAgreement(shop);
    }
  });
});

describe('what ends a task', () => {
  const asked = async () => {
    const shop = await under.shopWith(600, MON);
    const ticketId = await under.ready(shop, MON);
    await under.done(under.claim(ticketId, MON));
    await under.done(under.log(ticketId, MON, 180));
    return { shop, ticketId };
  };

  test('consent against delivery: delivered only under the consent, and charged once', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { shop, ticketId } = await asked();
      const [consent, delivery] = await Promise.all([under.extra(shop, ticketId, TUE, 300), under.deliver(ticketId, TUE)]);
      expect(codesOf(consent)).toEqual([]);
      const isDelivered = delivery.reasons.length === 0;
      expect([await workOf(ticketId), await under.minutesOf(shop, TUE)]).toEqual(
        isDelivered ? ['DELIVERED', [420, 0, 180]] : ['IN_PROGRESS', [480, 120, 0]],
      );
      await under.expectAgreement(shop);
    }
  });

  test('given up for money against withdrawn: one of both, never paid back and charged', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { shop, ticketId } = await asked();
      const withdraw = under.on(shop.actor, TUE, withdrawTicket, { ticketId, message: null });
      const [refund, withdrawn] = await Promise.all([under.refund(shop, ticketId, TUE, 'MONEY'), withdraw]);
      expect([codesOf(refund), codesOf(withdrawn)].sort()).toEqual([[], ['TICKET_STATE_FORBIDS']]);
      expect(await under.minutesOf(shop, TUE)).toEqual(refund.reasons.length === 0 ? [480, 0, 0] : [420, 0, 180]);
      await under.expectAgreement(shop);
    }
  });

  test('delivered twice at once, under one key and under two: charged once', async () => {
    const { shop, ticketId } = await asked();
    await under.done(under.extra(shop, ticketId, TUE, 300));
    const answers = await Promise.all([
      ...(await Promise.all([1, 2].map(() => under.deliver(ticketId, TUE, { idempotencyKey: 'one key' })))),
      under.deliver(ticketId, TUE),
    ]);
    expect(answers.slice(0, 2)).toEqual([answers[0], answers[0]]);
    expect((await kindsOn(ticketId)).filter((kind) => kind === 'DELIVERED')).toHaveLength(1);
    expect(await under.minutesOf(shop, TUE)).toEqual([420, 0, 180]);
    await under.expectAgreement(shop);
  });
});

describe('a top-up', () => {
  test('told twice with the same order at once counts once (B-13)', async () => {
    const shop = await under.shopWith(50, MON);
    const ticketId = await under.ready(shop, MON);
    await under.done(under.claim(ticketId, MON));
    await under.grantBought(shop.id, shop.projectId, 70, TUE);
    const context = { now: instant(TUE), addJob: async () => {} };
    const told = await Promise.all([
      ...(await twice(() => withVendorSession(under.database, (session) => topUpWaiting(session, context, shop.id, 'order 1')))),
      withVendorSession(under.database, (session) => sweepWaiting(session, context)),
    ]);
    expect(told.flat()).toEqual([ticketId]);
    expect((await kindsOn(ticketId)).filter((kind) => kind === 'TOPPED_UP')).toHaveLength(1);
    expect(await workOf(ticketId)).toBe('QUEUED');
    await under.expectAgreement(shop);
  });
});

describe('time and people at once', () => {
  const DUE = '2026-04-20T22:00:00Z';
  const MAY = '2026-05-01T09:00:00Z';

  test('an offer is accepted while the sweep records it: told outside once, and the licence ends once (A-12)', async () => {
    const shop = await under.shop();
    const purchaseId = await under.buy({ sku: 'FILTER', email: shop.email, purchasedAt: '2026-03-01T09:00:00Z' });
    const stated = { steps: 's', expected: 'e', actual: 'a', platformVersion: '2.4.6', installedVersion: '1.0' };
    const opening = { projectId: null, purchaseId, request: 'CORRECTION', report: reportOf('Raced', stated) } as const;
    const ticketId = await under.queued(shop, '2026-03-06T15:59:00Z', { complexity: 'S' }, opening);
    const [, , accepted] = await Promise.all([
      under.recordDue(ticketId, DUE),
      under.recordDue(ticketId, MAY),
      under.on(shop.actor, MAY, acceptRefund, { ticketId }),
    ]);
    expect(codesOf(accepted)).toEqual([]);
    expect((await kindsOn(ticketId)).slice(2)).toEqual(['CORRECTION_MISSED', 'REFUND_OFFERED', 'REFUND_ACCEPTED']);
    const purchase = await withVendorSession(under.database, ({ em }) => em.findOneOrFail(Purchase, { id: purchaseId }));
    expect(purchase.revokedAt).toEqual(instant(MAY));
  });

  test('a term is renewed while the sweep books its end: the minutes are there in either order (B-04)', async () => {
    const [before, after] = ['2026-05-01T20:59:59Z', '2026-05-01T21:00:01Z'];
    const customers = await asVendor(under.database, async (em) => {
      const document = { ...policyDocument('prepaid-support'), name: 'forfeit', included: { minutes: 120, onTermEnd: 'FORFEIT' } };
      await publishSupportPolicy(em, document, day('2025-01-01'), OPENING_DAY);
      const addon = { name: 'FORFEIT', platform: 'MAGENTO', packageName: null, moduleName: null } as const;
      await saveAddon(em, { ...addon, sku: 'FORFEIT', listPrice: euros(7_900n), supportPolicy: 'forfeit' }, OPENING_DAY);
      return Promise.resolve(['renewed1', 'renewed2', 'renewed3', 'ended'].map((name) => `${name}@shop.example`));
    });
    const bought: { customerId: string; purchaseId: string }[] = [];
    for (const email of customers) {
      const line = { shop: 'marketplace', orderNumber: email, line: '1', storeId: null };
      const sale = { idempotencyKey: email, sku: 'FORFEIT', customer: { email, name: null }, purchasedAt: instant('2026-02-01T09:00:00Z') };
      const prices = { listPrice: euros(7_900n), paid: euros(7_900n) };
      const { purchaseId } = await asVendor(under.database, (em) =>
        recordPurchase(em, STAFF, { ...sale, ...prices, ...line }, instant('2026-02-01T09:00:00Z')),
      );
      bought.push({ purchaseId, customerId: await under.customer(email) });
    }
    const renew = (purchaseId: string) =>
      under.act(STAFF, before, ({ em, addJob }) => {
        const input = {
          idempotencyKey: under.newKey(),
          purchaseId,
          periods: 1,
          origin: 'GOODWILL',
          paid: null,
          orderNumber: 'gift',
        } as const;
        return renewSupport(em, STAFF, input, instant(before), addJob);
      });
    const sweep = () => withVendorSession(under.database, (session) => sweepExpired(session, instant(after), { page: 1, most: 1_000 }));
    await Promise.all([...bought.slice(0, 3).map(({ purchaseId }) => renew(purchaseId)), sweep()]);
    await sweep();
    const usable = await withVendorSession(under.database, async ({ em }) => {
      const minutes: number[] = [];
      for (const { customerId } of bought) minutes.push(await usableMinutesFor(em, customerId, null, instant(after)));
      return minutes;
    });
    expect(usable).toEqual([120, 120, 120, 0]);
  });
});

test('many at once on one wallet: whatever came first, ledger and tickets tell the same', async () => {
  const shop = await under.shopWith(400, MON);
  const tickets: string[] = [];
  for (let index = 0; index < 5; index += 1) tickets.push(await under.ready(shop, MON));
  await Promise.all(tickets.map((ticketId) => under.claim(ticketId, TUE)));
  const inWork = await withVendorSession(under.database, ({ em }) => em.find(Ticket, { customer: shop.id, work: 'IN_PROGRESS' }));
  expect(inWork).toHaveLength(3);
  await Promise.all([
    ...inWork.map(({ id }) => under.log(id, TUE, 100)),
    ...tickets.map((ticketId, index) =>
      index % 2 === 0 ? under.on(shop.actor, TUE, withdrawTicket, { ticketId, message: null }) : under.deliver(ticketId, TUE),
    ),
  ]);
  await under.expectAgreement(shop);
  const [usable, held, spent] = await under.minutesOf(shop, TUE);
  expect(usable + held + spent).toBe(400);
});
