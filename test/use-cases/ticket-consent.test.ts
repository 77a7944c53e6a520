import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OutboxEvent } from '../../src/persistence/outbox-event.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { withdrawTicket } from '../../src/use-cases/ticket-withdrawal.js';
import { codesOf, STAFF, type WorkUnderTest, workUnderTest } from './work-under-test.js';

const MON = '2026-03-02T07:00:00Z';
const TUE = '2026-03-03T07:00:00Z';
const WED = '2026-03-04T07:00:00Z';

let under: WorkUnderTest;
beforeAll(async () => {
  under = await workUnderTest();
});
afterAll(() => under.database.close());

/** Estimated at 120 minutes, and 180 worked: the customer is asked. */
async function asked(bought: number, worked = 180) {
  const shop = await under.shopWith(bought, MON);
  const ticketId = await under.ready(shop, MON);
  await under.done(under.claim(ticketId, MON));
  await under.done(under.log(ticketId, TUE, worked));
  return { shop, ticketId };
}

describe('consent to extra work (B-12)', () => {
  test.each([
    [500, 180, 300, 80, 260, 0, 240, 'what it took is below the new limit'],
    [500, 250, 200, 0, 200, 0, 300, 'more than the customer agreed to is not charged'],
    [200, 180, 300, 80, 200, 60, 0, 'nothing is ever negative, and what is missing is told (B-13)'],
  ])('of %d bought, %d worked, a limit of %d and %d more charge %d, lack %d and leave %d, because %s', async (...row) => {
    const [bought, worked, cap, more, charged, short, left] = row;
    const { shop, ticketId } = await asked(bought, worked);
    await under.done(under.extra(shop, ticketId, TUE, cap));
    expect((await under.ticket(ticketId, TUE)).state).toMatchObject({ work: 'IN_PROGRESS', capMinutes: cap });
    if (more > 0) await under.done(under.log(ticketId, WED, more));
    expect(await under.deliver(ticketId, WED)).toMatchObject({ reasons: [], chargedMinutes: charged, shortMinutes: short });
    expect(await under.minutesOf(shop, WED)).toEqual([left, 0, charged]);
    const told = (await under.messagesOn(ticketId)).filter((body) => body.includes('not enough prepaid time'));
    expect(told.join()).toMatch(short === 0 ? /^$/ : /60 minutes could not be charged/);
    await under.expectAgreement(shop);
  });

  test('the new limit is above the one that was reached, and the customer alone consents', async () => {
    const { shop, ticketId } = await asked(500);
    expect(codesOf(await under.extra(shop, ticketId, TUE, 180))).toEqual(['TICKET_FIGURES_DIFFER']);
    const staff = { ...shop, actor: STAFF };
    expect(codesOf(await under.extra(staff, ticketId, TUE, 300))).toEqual(['TICKET_ACTOR_FORBIDS']);
    expect(codesOf(await under.refund(staff, ticketId, TUE, 'MONEY'))).toEqual(['TICKET_ACTOR_FORBIDS']);
    expect((await under.ticket(ticketId, TUE)).state.work).toBe('AWAITING_CONSENT');
    await under.expectAgreement(shop);
  });

  test('the new limit, too, is asked about when it is reached', async () => {
    const { shop, ticketId } = await asked(500);
    await under.done(under.extra(shop, ticketId, TUE, 200));
    await under.done(under.log(ticketId, WED, 20));
    expect((await under.ticket(ticketId, WED)).state.work).toBe('AWAITING_CONSENT');
  });
});

describe('a task that is given up (B-12)', () => {
  test('for minutes: they return, and nothing is charged', async () => {
    const { shop, ticketId } = await asked(500);
    expect(await under.refund(shop, ticketId, WED, 'MINUTES')).toEqual({ ticketId, reasons: [], refunds: [] });
    const { state } = await under.ticket(ticketId, WED);
    expect([state.work, state.closedBy, state.hold.state]).toEqual(['CLOSED', 'CONSENT_REFUND', 'RELEASED']);
    expect(await under.minutesOf(shop, WED)).toEqual([500, 0, 0]);
    expect(under.jobs).toContainEqual({ queue: 'time-added', customerId: shop.id, key: `released:${state.hold.holdId}` });
    await under.expectAgreement(shop);
  });

  test('for money: the value of what was bought is told, and those minutes are gone; free ones return', async () => {
    const shop = await under.shop();
    await under.giveTime(shop, 20, MON);
    await under.grantBought(shop.id, shop.projectId, 600, MON);
    const ticketId = await under.ready(shop, MON);
    await under.done(under.claim(ticketId, MON));
    await under.done(under.log(ticketId, TUE, 180));
    // Of 120 held, 20 were given and 100 bought at 500.00 for 600.
    const answer = await under.refund(shop, ticketId, WED, 'MONEY');
    expect(answer).toEqual({ ticketId, reasons: [], refunds: [{ minutes: 100, amountMinor: '8333', currencyCode: 'EUR' }] });
    expect(await under.messagesOn(ticketId)).toEqual(['The task was given up. To be paid back: 100 minutes worth 83.33 EUR.']);
    const told = await withVendorSession(under.database, ({ em }) => em.find(OutboxEvent, { kind: 'TIME_REFUND_OWED' }));
    expect(told.map(({ key, data }) => [key, data])).toEqual([[`time-refund:${ticketId}:EUR`, { ticket: ticketId, ...answer.refunds[0] }]]);
    expect(await under.minutesOf(shop, WED)).toEqual([520, 0, 0]);
    expect((await under.journalOf(shop)).slice(-2).map(({ kind, rule }) => [kind, rule])).toEqual([
      ['VOID', 'B-12'],
      ['RELEASE', 'B-12'],
    ]);
    expect((await under.ticket(ticketId, WED)).state).toMatchObject({ work: 'CLOSED', refundAs: 'MONEY', hold: { state: 'RELEASED' } });
    await under.expectAgreement(shop);
  });

  test('for money where nothing was bought: refused with the reason, and the question stays', async () => {
    const shop = await under.shop();
    await under.giveTime(shop, 200, MON);
    const ticketId = await under.ready(shop, MON);
    await under.done(under.claim(ticketId, MON));
    await under.done(under.log(ticketId, TUE, 180));
    expect(codesOf(await under.refund(shop, ticketId, WED, 'MONEY'))).toEqual(['HOLD_NOT_BOUGHT']);
    expect((await under.ticket(ticketId, WED)).state.work).toBe('AWAITING_CONSENT');
    expect(await under.minutesOf(shop, WED)).toEqual([80, 120, 0]);
    await under.expectAgreement(shop);
  });
});

describe('a request that is withdrawn', () => {
  const withdrawn = (shop: Awaited<ReturnType<typeof asked>>['shop'], ticketId: string) =>
    under.on(shop.actor, WED, withdrawTicket, { ticketId, message: null });

  test('when asked for consent, what had been agreed on is charged (B-12)', async () => {
    const { shop, ticketId } = await asked(500, 200);
    expect(await withdrawn(shop, ticketId)).toEqual({ ticketId, reasons: [], chargedMinutes: 180, shortMinutes: 0 });
    expect((await under.ticket(ticketId, WED)).state).toMatchObject({
      work: 'CLOSED',
      closedBy: 'CONSENT_WITHDRAWAL',
      hold: { state: 'SETTLED' },
    });
    expect(await under.minutesOf(shop, WED)).toEqual([320, 0, 180]);
    await under.expectAgreement(shop);
  });

  test('while it is worked on, nothing is charged and all that was held returns', async () => {
    const shop = await under.shopWith(500, MON);
    const ticketId = await under.ready(shop, MON);
    await under.done(under.claim(ticketId, MON));
    await under.done(under.log(ticketId, TUE, 60));
    expect(await withdrawn(shop, ticketId)).toEqual({ ticketId, reasons: [], chargedMinutes: 0, shortMinutes: 0 });
    expect((await under.ticket(ticketId, WED)).state).toMatchObject({ work: 'WITHDRAWN', hold: { state: 'RELEASED' } });
    expect(await under.minutesOf(shop, WED)).toEqual([500, 0, 0]);
    await under.expectAgreement(shop);
    expect(codesOf(await withdrawn(shop, ticketId))).toEqual(['TICKET_STATE_FORBIDS']);
  });

  test('while it waits for time, the part that was held returns (B-13)', async () => {
    const shop = await under.shopWith(50, MON);
    const ticketId = await under.ready(shop, MON);
    await under.done(under.claim(ticketId, MON));
    await under.done(withdrawn(shop, ticketId));
    expect(await under.minutesOf(shop, WED)).toEqual([50, 0, 0]);
    await under.expectAgreement(shop);
  });
});
