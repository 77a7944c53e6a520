import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OutboxEvent } from '../../src/persistence/outbox-event.js';
import { Purchase } from '../../src/persistence/purchase.js';
import { RecordedDecision } from '../../src/persistence/recorded-decision.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { SupportTerm } from '../../src/persistence/support-term.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { isCovered } from '../../src/policy/support-term.js';
import { clocksOf } from '../../src/policy/ticket-clock.js';
import { revokePurchase } from '../../src/use-cases/purchase.js';
import { supportFacts } from '../../src/use-cases/support-term.js';
import { askFacts, supplyFacts } from '../../src/use-cases/ticket-facts.js';
import { acceptRefund, declineRefund } from '../../src/use-cases/ticket-refund.js';
import { euros, instant } from '../support/vendor.js';
import { codesOf, reportOf, STAFF, type WorkUnderTest, workUnderTest } from './work-under-test.js';

/** Friday, in Paris 16:59; the correction is due at the end of Monday 2026-04-20. */
const FRIDAY = '2026-03-06T15:59:00Z';
const DUE = '2026-04-20T22:00:00Z';
const MAY = '2026-05-01T09:00:00Z';

let under: WorkUnderTest;
beforeAll(async () => {
  under = await workUnderTest();
});
afterAll(() => under.database.close());

const STATED = { steps: 's', expected: 'e', actual: 'a', platformVersion: '2.4.6', installedVersion: '1.0' };

/** A correction that is owed, on a licence of 96.00 with 19.20 of tax. */
async function owed(reportedAt = FRIDAY) {
  const shop = await under.shop();
  const purchaseId = await under.buy({ sku: 'FILTER', email: shop.email, purchasedAt: '2026-03-01T09:00:00Z' });
  const report = reportOf(under.newKey(), STATED);
  const ticketId = await under.queued(
    shop,
    reportedAt,
    { complexity: 'S' },
    { projectId: null, purchaseId, request: 'CORRECTION', report },
  );
  return { shop, purchaseId, ticketId };
}
const correctionOf = async (ticketId: string, at: string) => {
  const { state, policy } = await under.ticket(ticketId, at);
  return clocksOf(state, policy.document, instant(at)).find(({ kind }) => kind === 'CORRECTION');
};
const storedEvents = (ticketId: string) =>
  withVendorSession(under.database, ({ em }) => em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } }));
const offersOf = (ticketId: string) =>
  withVendorSession(under.database, ({ em }) => em.find(OutboxEvent, { key: `refund-offered:${ticketId}` }));

describe('the promise to correct', () => {
  test.each([
    [FRIDAY, DUE, 'it is the thirtieth working day, and Easter Monday is none'],
    ['2026-03-07T12:00:00Z', DUE, 'a Saturday is no working day'],
    ['2026-03-09T08:00:00Z', '2026-04-21T22:00:00Z', 'the day of admission is not counted'],
    ['2026-04-30T09:00:00Z', '2026-06-17T22:00:00Z', 'four days of May are closed'],
  ])('reported at %s it is due at %s, because %s (A-09)', async (reportedAt, dueAt) => {
    const { ticketId } = await owed(reportedAt);
    expect(await correctionOf(ticketId, reportedAt)).toMatchObject({ state: 'RUNNING', dueAt: instant(dueAt), rule: 'A-09' });
    expect(under.jobs).toContainEqual({ queue: 'ticket-due', ticketId, dueAt: instant(dueAt) });
  });

  test('a day wholly spent waiting for the customer is not counted (A-10)', async () => {
    const { shop, ticketId } = await owed();
    const question = { ticketId, question: 'Which theme?', facts: ['theme'] };
    await under.done(under.on(STAFF, '2026-03-16T12:00:00Z', askFacts, question));
    const answer = { ticketId, facts: [{ name: 'theme', value: 'Luma' }], message: null };
    await under.done(under.on(shop.actor, '2026-03-18T10:00:00Z', supplyFacts, answer));
    expect(await correctionOf(ticketId, '2026-03-18T10:00:00Z')).toMatchObject({ dueAt: instant('2026-04-21T22:00:00Z') });
  });
});

describe('a correction that was missed (A-12)', () => {
  test('with no worker running, the offer is there for all to see, and recorded later with the same instants', async () => {
    const { ticketId } = await owed();
    expect((await under.ticket(ticketId, '2026-04-20T21:59:59.999Z')).state.remedy).toMatchObject({ state: 'RUNNING', refund: null });
    const { state } = await under.ticket(ticketId, DUE);
    const closesAt = instant('2026-05-06T22:00:00Z'); // Ten working days after Tuesday 04-21; 05-01 is closed.
    expect(state.remedy.refund).toMatchObject({ state: 'OFFERED', offer: { amount: euros(11_520n), opensAt: instant(DUE), closesAt } });
    expect(await storedEvents(ticketId)).toHaveLength(2);
    expect(await offersOf(ticketId)).toEqual([]);

    await under.recordDue(ticketId, MAY);
    await under.recordDue(ticketId, MAY);
    expect((await storedEvents(ticketId)).slice(2).map(({ kind, at, recordedAt, actorKind }) => [kind, at, recordedAt, actorKind])).toEqual(
      [
        ['CORRECTION_MISSED', instant(DUE), instant(MAY), 'PROGRAM'],
        ['REFUND_OFFERED', instant(DUE), instant(MAY), 'PROGRAM'],
      ],
    );
    expect(await offersOf(ticketId)).toMatchObject([
      { kind: 'REFUND_OFFERED', happenedAt: instant(DUE), data: { ticket: ticketId, amountMinor: '11520', closesAt: closesAt.toString() } },
    ]);
    expect((await under.ticket(ticketId, MAY)).state.remedy).toEqual((await under.ticket(ticketId, DUE)).state.remedy);
  });

  test('accepted before anybody recorded it, the offer ends licence and term, with evidence', async () => {
    const { shop, purchaseId, ticketId } = await owed();
    await under.done(under.on(shop.actor, MAY, acceptRefund, { ticketId }));
    const { state } = await under.ticket(ticketId, MAY);
    expect([state.work, state.closedBy, state.remedy.refund?.state]).toEqual(['CLOSED', 'LICENCE_REFUND', 'ACCEPTED']);
    await withVendorSession(under.database, async ({ em }) => {
      const purchase = await em.findOneOrFail(Purchase, { id: purchaseId });
      expect([purchase.revokedAt, purchase.revocation]).toEqual([instant(MAY), 'BY_AGREEMENT']);
      const facts = supportFacts(purchase, await em.find(SupportTerm, { purchase }));
      expect(isCovered(facts, instant(MAY))).toBe(false);
      const [evidence] = await em.find(RecordedDecision, { purchase });
      expect(evidence).toMatchObject({ kind: 'REVOCATION', actor: shop.actor.name, decidedAt: instant(MAY) });
    });
    expect(await offersOf(ticketId)).toHaveLength(1);
    const told = await withVendorSession(under.database, ({ em }) => em.find(OutboxEvent, { key: `refund-accepted:${ticketId}` }));
    expect(told).toMatchObject([{ data: { ticket: ticketId, amountMinor: '11520', currencyCode: 'EUR' }, happenedAt: instant(MAY) }]);
    expect(codesOf(await under.on(shop.actor, MAY, acceptRefund, { ticketId }))).toEqual(['REFUND_OFFER_ENDED']);
  });

  test.each([
    ['2026-05-06T21:59:59.999Z', [], 'the offer is open to its last millisecond'],
    ['2026-05-06T22:00:00Z', ['REFUND_OFFER_ENDED'], 'its end does not count'],
    ['2026-04-20T21:59:59.999Z', ['REFUND_OFFER_NONE'], 'nothing has been missed'],
  ])('accepted at %s: %j, because %s', async (at, codes) => {
    const { shop, purchaseId, ticketId } = await owed();
    expect(codesOf(await under.on(shop.actor, at, acceptRefund, { ticketId }))).toEqual(codes);
    const purchase = await withVendorSession(under.database, ({ em }) => em.findOneOrFail(Purchase, { id: purchaseId }));
    expect(purchase.revokedAt === null).toBe(codes.length > 0);
    expect(await storedEvents(ticketId)).toHaveLength(codes.length === 0 ? 5 : 2);
  });

  test('declined, the licence stays, and the work goes on', async () => {
    const { shop, purchaseId, ticketId } = await owed();
    expect(codesOf(await under.on(STAFF, MAY, declineRefund, { ticketId }))).toEqual(['TICKET_ACTOR_FORBIDS']);
    await under.done(under.on(shop.actor, MAY, declineRefund, { ticketId }));
    const { state } = await under.ticket(ticketId, MAY);
    expect([state.work, state.remedy.refund?.state]).toEqual(['QUEUED', 'DECLINED']);
    expect(codesOf(await under.on(shop.actor, MAY, acceptRefund, { ticketId }))).toEqual(['REFUND_OFFER_ENDED']);
    const purchase = await withVendorSession(under.database, ({ em }) => em.findOneOrFail(Purchase, { id: purchaseId }));
    expect(purchase.revokedAt).toBeNull();
  });

  test('a licence that was taken back otherwise is not paid back a second time', async () => {
    const { shop, purchaseId, ticketId } = await owed();
    const revoke = { idempotencyKey: under.newKey(), purchaseId, reason: 'REFUNDED', note: 'Paid back by the shop.' } as const;
    await under.act(STAFF, MAY, ({ em }) => revokePurchase(em, STAFF, revoke, instant(MAY)));
    expect(codesOf(await under.on(shop.actor, MAY, acceptRefund, { ticketId }))).toEqual(['REFUND_OFFER_ENDED']);
    expect((await under.ticket(ticketId, MAY)).state.remedy.refund?.state).toBe('LAPSED');
  });

  test('a licence with two faults is paid back once: what the other tickets promise ends with it', async () => {
    const { shop, purchaseId, ticketId } = await owed();
    const report = () => reportOf(under.newKey(), STATED);
    const opening = { projectId: null, purchaseId, request: 'CORRECTION' } as const;
    const offered = await under.queued(shop, FRIDAY, { complexity: 'S' }, { ...opening, report: report() });
    const running = await under.queued(shop, '2026-03-20T09:00:00Z', { complexity: 'S' }, { ...opening, report: report() });
    await under.recordDue(offered, DUE);
    await under.done(under.on(shop.actor, '2026-04-22T09:00:00Z', acceptRefund, { ticketId }));
    const later = await Promise.all(
      [ticketId, offered, running].map(async (id) => (await under.ticket(id, '2026-06-01T09:00:00Z')).state.remedy),
    );
    expect(later.map(({ state, refund }) => [state, refund?.state ?? null])).toEqual([
      ['MISSED', 'ACCEPTED'],
      ['MISSED', 'LAPSED'],
      ['STOPPED', null],
    ]);
    expect((await storedEvents(running)).at(-1)).toMatchObject({ kind: 'LICENCE_ENDED', actorKind: 'PROGRAM' });
    expect(codesOf(await under.on(shop.actor, '2026-04-22T09:00:00Z', acceptRefund, { ticketId: offered }))).toEqual([
      'REFUND_OFFER_ENDED',
    ]);
  });
});
