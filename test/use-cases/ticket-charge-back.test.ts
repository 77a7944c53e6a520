import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { TimeLot } from '../../src/persistence/time-lot.js';
import { voidLot } from '../../src/policy/time-grant.js';
import { saveSkuMeaning } from '../../src/use-cases/addon.js';
import { NO_JOB } from '../../src/use-cases/job.js';
import { pinnedPolicy } from '../../src/use-cases/support-policy.js';
import { findCause } from '../../src/use-cases/ticket-finding.js';
import { classifyTicket } from '../../src/use-cases/ticket-intake.js';
import { queuedPage } from '../../src/use-cases/ticket-queue.js';
import { topUpWaiting } from '../../src/use-cases/ticket-topup.js';
import { withdrawTicket } from '../../src/use-cases/ticket-withdrawal.js';
import { checkWallet } from '../../src/use-cases/time-alarm.js';
import { assignTime } from '../../src/use-cases/time-assignment.js';
import { commandTime } from '../../src/use-cases/time-command.js';
import { voidTime } from '../../src/use-cases/time-correction.js';
import { rebuildTimeOf } from '../../src/use-cases/time-rebuild.js';
import { freshShop } from '../support/import-stories.js';
import { importFrom } from '../support/imported-rows.js';
import { asVendor, customerOf, instant } from '../support/vendor.js';
import { codesOf, customerActor, type Shop, STAFF, type WorkUnderTest, workUnderTest } from './work-under-test.js';

const MON = '2026-03-02T07:00:00Z';
const TUE = '2026-03-03T07:00:00Z';
const WED = '2026-03-04T07:00:00Z';

let under: WorkUnderTest;
beforeAll(async () => {
  under = await workUnderTest();
  const pack = { kind: 'PREPAID_TIME', addonSku: null, periods: null, minutes: 600, supportPolicyName: 'prepaid-support' } as const;
  await asVendor(under.database, (em) => saveSkuMeaning(em, { sku: 'HOURS-10', ...pack }));
});
afterAll(() => under.database.close());

const AS_BEFORE = {
  request: 'STORE_INTERVENTION',
  category: 'INSTALL',
  complexity: 'L',
  needsWorkOnHost: true,
  discretionReason: null,
  platformVersion: null,
  installedVersion: null,
} as const;

/** All that is left of the shop's bought time, or at most so many minutes of it. */
async function takeBack(shop: Shop, at: string, minutes: number | null = null) {
  const lots = await asVendor(under.database, (em) =>
    em.find(TimeLot, { wallet: { customer: shop.id }, source: 'PURCHASED' }, { orderBy: { createdAt: 'asc' } }),
  );
  const lotId = lots[0]?.id ?? '';
  const input = { idempotencyKey: under.newKey(), lotId, minutes, reason: 'The bank took it back.' };
  await under.act(STAFF, at, async ({ em, addJob }) => {
    expect((await voidTime(em, STAFF, input, instant(at), addJob)).outcome).toBe('POSTED');
  });
}

const topUp = (shop: Shop, at: string) =>
  withVendorSession(under.database, (session) => topUpWaiting(session, { now: instant(at), addJob: NO_JOB }, shop.id, under.newKey()));
const holdOn = async (ticketId: string, at: string) => (await under.ticket(ticketId, at)).state.hold;
const eventsOn = (ticketId: string) =>
  withVendorSession(under.database, ({ em }) => em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } }));

/** In work on 120 reserved minutes of those bought. */
async function inWork(bought: number) {
  const shop = await under.shopWith(bought, MON);
  const ticketId = await under.ready(shop, MON);
  await under.done(under.claim(ticketId, MON));
  return { shop, ticketId };
}

describe('reserved minutes that are taken back from work in progress (B-28)', () => {
  test.each([
    [500, null, 0, 0, 70, 'nothing is left, so nothing can be charged'],
    [500, 430, 70, 70, 0, 'what is left of the reservation suffices'],
    [500, 450, 50, 50, 20, 'what is left of the reservation is charged'],
    [120, 20, 100, 70, 0, 'what is left and not used returns'],
  ])('of %i bought, %s taken, %i stay reserved: of 70 worked %i are charged and %i are not, because %s', async (...row) => {
    const [bought, taken, left, charged, short] = row;
    const { shop, ticketId } = await inWork(bought);
    await under.done(under.log(ticketId, TUE, 70));
    await takeBack(shop, TUE, taken);
    const hold = await holdOn(ticketId, TUE);
    expect(hold).toMatchObject({ state: left === 0 ? 'NONE' : 'PARTIAL', heldMinutes: left, shortMinutes: 120 - left });
    expect((await eventsOn(ticketId)).at(-1)).toMatchObject({ kind: 'HOLD_CUT', actorKind: 'PROGRAM', at: instant(TUE) });
    await under.expectAgreement(shop);
    expect(await under.deliver(ticketId, WED)).toMatchObject({ reasons: [], chargedMinutes: charged, shortMinutes: short });
    expect(await under.minutesOf(shop, WED)).toEqual([left - charged, 0, charged]);
    await under.expectAgreement(shop);
  });

  test('what is left stays for the work, however long it takes, and other time on the project is charged as well (B-13)', async () => {
    const { shop, ticketId } = await inWork(120);
    await takeBack(shop, TUE, 80);
    await under.giveTime(shop, 15, TUE);
    const later = '2026-04-01T07:00:00Z';
    await under.recordDue(ticketId, later);
    expect(await under.minutesOf(shop, later)).toEqual([15, 40, 0]);
    await under.done(under.log(ticketId, later, 70));
    expect(await under.deliver(ticketId, later)).toMatchObject({ reasons: [], chargedMinutes: 55, shortMinutes: 15 });
    await under.expectAgreement(shop);
  });

  test('taken back before the work is withdrawn, nothing returns, and nothing is in the way', async () => {
    const { shop, ticketId } = await inWork(300);
    await takeBack(shop, TUE);
    expect(await under.on(shop.actor, WED, withdrawTicket, { ticketId, message: null })).toMatchObject({ reasons: [], chargedMinutes: 0 });
    expect(await under.minutesOf(shop, WED)).toEqual([0, 0, 0]);
    await under.expectAgreement(shop);
  });
});

describe('while the customer is asked for consent (B-12)', () => {
  const asked = async (taken: number | null) => {
    const { shop, ticketId } = await inWork(600);
    await under.done(under.log(ticketId, TUE, 180));
    await takeBack(shop, TUE, taken);
    expect((await under.ticket(ticketId, TUE)).state.work).toBe('AWAITING_CONSENT');
    await under.expectAgreement(shop);
    return { shop, ticketId };
  };

  test('the task can be given up for its minutes, of which none are left, but not for their value', async () => {
    const { shop, ticketId } = await asked(null);
    expect(codesOf(await under.refund(shop, ticketId, WED, 'MONEY'))).toEqual(['HOLD_NOT_BOUGHT']);
    expect(await under.refund(shop, ticketId, WED, 'MINUTES')).toEqual({ ticketId, reasons: [], refunds: [] });
    expect([(await under.ticket(ticketId, WED)).state.work, await under.minutesOf(shop, WED)]).toEqual(['CLOSED', [0, 0, 0]]);
    await under.expectAgreement(shop);
  });

  test('the value of what is left of the reservation is paid back', async () => {
    const { shop, ticketId } = await asked(540);
    expect(await under.refund(shop, ticketId, WED, 'MONEY')).toMatchObject({
      reasons: [],
      refunds: [{ minutes: 60, amountMinor: '5000' }],
    });
    await under.expectAgreement(shop);
  });

  test('the agreed part is charged when it is withdrawn, as far as there is time', async () => {
    const { shop, ticketId } = await asked(500);
    const withdrawn = await under.on(shop.actor, WED, withdrawTicket, { ticketId, message: null });
    expect(withdrawn).toMatchObject({ reasons: [], chargedMinutes: 100, shortMinutes: 80 });
    expect([(await under.ticket(ticketId, WED)).state.work, await under.minutesOf(shop, WED)]).toEqual(['CLOSED', [0, 0, 100]]);
    await under.expectAgreement(shop);
  });

  test('more work can be agreed to, and is delivered', async () => {
    const { shop, ticketId } = await asked(null);
    await under.done(under.extra(shop, ticketId, WED, 300));
    expect(await under.deliver(ticketId, WED)).toMatchObject({ reasons: [], chargedMinutes: 0, shortMinutes: 180 });
    await under.expectAgreement(shop);
  });
});

describe('before the work', () => {
  /** Topped up after it was short: in the queue again, with 50 of its 120 minutes reserved. */
  const backInQueue = async () => {
    const shop = await under.shopWith(50, MON);
    const ticketId = await under.ready(shop, MON);
    await under.done(under.claim(ticketId, MON));
    await under.giveTime(shop, 70, TUE);
    await topUp(shop, TUE);
    expect((await under.ticket(ticketId, TUE)).state.work).toBe('QUEUED');
    return { shop, ticketId };
  };

  test('a ticket that waits for time has the whole estimate to find, and goes on when it is there (B-13)', async () => {
    const shop = await under.shopWith(50, MON);
    const ticketId = await under.ready(shop, MON);
    await under.done(under.claim(ticketId, MON));
    await takeBack(shop, TUE);
    expect(await holdOn(ticketId, TUE)).toMatchObject({ state: 'NONE', heldMinutes: 0, shortMinutes: 120 });
    await under.giveTime(shop, 120, WED);
    await topUp(shop, WED);
    await under.outOfTurn(ticketId, WED);
    expect(await under.claim(ticketId, WED)).toMatchObject({ reasons: [], shortMinutes: 0 });
    expect(await under.minutesOf(shop, WED)).toEqual([0, 120, 0]);
    await under.expectAgreement(shop);
  });

  test('one that is next is taken up with a reservation anew, or waits for the exact rest: it never blocks the queue (B-15)', async () => {
    for (const more of [50, 0]) {
      const firstQueued = () =>
        asVendor(under.database, async (em) => (await queuedPage(em, { first: 1, after: null }, instant(WED)))[0]?.row.id);
      const { shop, ticketId } = await backInQueue();
      await takeBack(shop, TUE);
      expect((await under.ticket(ticketId, TUE)).state.work).toBe('QUEUED');
      expect(await firstQueued()).toBe(ticketId);
      if (more > 0) await under.giveTime(shop, more, TUE);
      expect(await under.claim(ticketId, WED)).toMatchObject({ reasons: [], shortMinutes: 50 - more });
      const { state } = await under.ticket(ticketId, WED);
      expect([state.work, state.hold.heldMinutes]).toEqual(more > 0 ? ['IN_PROGRESS', 120] : ['AWAITING_TOPUP', 70]);
      expect(await firstQueued()).not.toBe(ticketId);
      await under.expectAgreement(shop);
    }
  });

  test('what was reserved whole before the work was classified anew lapses from then on, as any that does not suffice (B-13)', async () => {
    const { shop, ticketId } = await inWork(120);
    const cause = { rootCause: 'HOST', incompatibleDevelopment: false, evidence: 'The log.' } as const;
    await under.done(under.on(STAFF, TUE, findCause, { ticketId, ...cause }));
    await under.done(under.on(STAFF, TUE, classifyTicket, { ticketId, ...AS_BEFORE }));
    await takeBack(shop, TUE, 40);
    expect((await under.ticket(ticketId, TUE)).state).toMatchObject({ work: 'QUEUED', hold: { state: 'PARTIAL', heldMinutes: 80 } });
    await under.expectAgreement(shop);
    const later = '2026-03-20T07:00:00Z';
    await under.outOfTurn(ticketId, WED);
    expect(await under.claim(ticketId, later)).toMatchObject({ reasons: [], shortMinutes: 40 });
    expect((await eventsOn(ticketId)).slice(-2)).toMatchObject([
      { kind: 'HOLD_LAPSED', at: instant('2026-03-10T21:00:00Z') },
      { kind: 'TIME_SHORT' },
    ]);
    expect(await under.minutesOf(shop, later)).toEqual([0, 80, 0]);
    await under.expectAgreement(shop);
  });

  test('what is left in the queue lapses as before, and a claim after that is made without it (B-13)', async () => {
    const { shop, ticketId } = await backInQueue();
    await takeBack(shop, TUE, 20);
    expect(await holdOn(ticketId, TUE)).toMatchObject({ state: 'PARTIAL', heldMinutes: 30, placedAt: instant(MON) });
    const later = '2026-03-20T07:00:00Z';
    expect(await under.claim(ticketId, later)).toMatchObject({ reasons: [], shortMinutes: 20 });
    expect(await under.minutesOf(shop, later)).toEqual([0, 100, 0]);
    await under.expectAgreement(shop);
  });
});

/** Bought in a shop whose orders are imported, and in work on 120 of its 600 minutes. */
async function inWorkOnAnOrder() {
  const { shop: seller, order, email } = await freshShop(under.database);
  const told = { paidAt: '2026-03-01T10:00:00Z', lines: [{ sku: 'HOURS-10', quantity: '1' }] };
  await importFrom(under.database, seller, { orders: [order('1', told)] }, MON);
  const id = await customerOf(under.database, email);
  const shop: Shop = { id, email, actor: customerActor(id), projectId: await under.project(id, 'shop') };
  const [lot] = await asVendor(under.database, (em) => em.find(TimeLot, { wallet: { customer: id } }));
  const assigned = { idempotencyKey: under.newKey(), lotId: lot?.id ?? '', projectId: shop.projectId, minutes: 600 };
  await asVendor(under.database, (em) => assignTime(em, STAFF, assigned, instant(MON)));
  const ticketId = await under.ready(shop, MON);
  await under.done(under.claim(ticketId, MON));
  const reversed = order('1', { ...told, payment: 'REVERSED', changedAt: '2026-03-03 10:00:00' });
  return { shop, ticketId, reverse: () => importFrom(under.database, seller, { orders: [reversed] }, TUE) };
}

test('an order that the shop takes back takes the reservation with it, and the ticket is told (B-28)', async () => {
  const { shop, ticketId, reverse } = await inWorkOnAnOrder();
  await under.done(under.log(ticketId, TUE, 70));
  expect(await reverse()).toMatchObject({ exceptionsOpen: 0, failure: null });
  expect((await eventsOn(ticketId)).at(-1)).toMatchObject({ kind: 'HOLD_CUT', at: instant(TUE) });
  await under.expectAgreement(shop);
  expect(await under.deliver(ticketId, WED)).toMatchObject({ reasons: [], chargedMinutes: 0, shortMinutes: 70 });
  await under.expectAgreement(shop);
});

test('an order is taken back while its minutes are used: they are charged or gone, and neither waits for ever', async () => {
  for (let round = 0; round < 2; round += 1) {
    const { shop, ticketId, reverse } = await inWorkOnAnOrder();
    await under.done(under.log(ticketId, TUE, 70));
    const [delivered] = await Promise.all([under.deliver(ticketId, TUE), reverse()]);
    expect(delivered).toMatchObject({ reasons: [] });
    expect(await under.minutesOf(shop, TUE)).toEqual([0, 0, delivered.chargedMinutes]);
    expect([0, 70]).toContain(delivered.chargedMinutes);
    await under.expectAgreement(shop);
  }
});

describe('a ticket that was not told, as none was once', () => {
  /** Takes the minutes out of the wallet beside every ticket. */
  const takeSilently = (shop: Shop, at: string) =>
    asVendor(under.database, async (em) => {
      const lot = await em.findOneOrFail(
        TimeLot,
        { wallet: { customer: shop.id }, source: 'PURCHASED' },
        { populate: ['supportPolicyVersion'] },
      );
      const policy = pinnedPolicy(lot.supportPolicyVersion.getEntity());
      const entry = { at: instant(at), actor: { kind: 'STAFF', name: 'staff:ada' } as const, reason: 'Taken back.', policy };
      await commandTime(em, shop.id, instant(at), (ledger) => voidLot(ledger, { lotId: lot.id }, entry));
      return lot.wallet.id;
    });

  test('is found by the check of its wallet, and told when that is rebuilt (B-14)', async () => {
    const { shop, ticketId } = await inWork(300);
    const { holdId } = await holdOn(ticketId, MON);
    const walletId = await takeSilently(shop, TUE);
    const figure = { figure: `ticket:${ticketId}:hold`, stored: `120 in ${holdId}`, folded: 'nothing' };
    const check = await asVendor(under.database, (em) => checkWallet(em, walletId, instant(WED)));
    expect(check).toEqual({ walletId, differences: [figure], raisedAlarmId: expect.any(String) });
    const rebuilt = await rebuildTimeOf(under, { id: shop.id }, instant(WED));
    expect(rebuilt?.changed).toEqual([figure]);
    expect(await holdOn(ticketId, WED)).toMatchObject({ state: 'NONE', heldMinutes: 0, shortMinutes: 120 });
    expect(await asVendor(under.database, (em) => checkWallet(em, walletId, instant(WED)))).toMatchObject({ differences: [] });
    await under.expectAgreement(shop);
  });

  test('is delivered, withdrawn and given up all the same: the ledger says what there is to charge', async () => {
    const [one, other, third] = [await inWork(300), await inWork(300), await inWork(300)];
    await under.done(under.log(one.ticketId, TUE, 70));
    for (const { shop } of [one, other, third]) await takeSilently(shop, TUE);
    expect(await under.deliver(one.ticketId, WED)).toMatchObject({ reasons: [], chargedMinutes: 0, shortMinutes: 70 });
    await under.done(under.on(other.shop.actor, WED, withdrawTicket, { ticketId: other.ticketId, message: null }));
    await under.done(under.log(third.ticketId, WED, 180));
    await under.done(under.refund(third.shop, third.ticketId, WED, 'MINUTES'));
    for (const { shop } of [one, other, third]) await under.expectAgreement(shop);
  });

  test.each([
    [70, 'AWAITING_TOPUP', 70, 50],
    [120, 'IN_PROGRESS', 120, 0],
  ])('is claimed with what there is: of %i given it is %s with %i reserved, and lacks %i', async (given, work, held, short) => {
    const { shop, ticketId } = await inWork(120);
    const cause = { rootCause: 'HOST', incompatibleDevelopment: false, evidence: 'The log.' } as const;
    await under.done(under.on(STAFF, TUE, findCause, { ticketId, ...cause }));
    await under.done(under.on(STAFF, TUE, classifyTicket, { ticketId, ...AS_BEFORE }));
    await under.outOfTurn(ticketId, TUE);
    expect((await under.ticket(ticketId, TUE)).state).toMatchObject({ work: 'QUEUED', hold: { state: 'FULL', heldMinutes: 120 } });
    await takeSilently(shop, TUE);
    await under.giveTime(shop, given, TUE);
    expect(await under.claim(ticketId, WED)).toMatchObject({ reasons: [], shortMinutes: short });
    expect((await under.ticket(ticketId, WED)).state).toMatchObject({ work, hold: { heldMinutes: held, shortMinutes: short } });
    await under.expectAgreement(shop);
  });
});

test('minutes are reserved while they are taken back: ticket and ledger agree in either order', async () => {
  for (let round = 0; round < 3; round += 1) {
    const shop = await under.shopWith(300, MON);
    const tickets = [await under.ready(shop, MON), await under.ready(shop, MON)];
    await Promise.all([...tickets.map((ticketId) => under.claim(ticketId, TUE)), takeBack(shop, TUE)]);
    expect(await under.minutesOf(shop, TUE)).toEqual([0, 0, 0]);
    await under.expectAgreement(shop);
  }
});
