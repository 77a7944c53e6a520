import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { WorkLogEntry } from '../../src/persistence/work-log-entry.js';
import { actualMinutesOf, chargeableMinutesOf } from '../../src/policy/ticket.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { rejectDelivery } from '../../src/use-cases/ticket-delivery.js';
import { findCause } from '../../src/use-cases/ticket-finding.js';
import { classifyTicket } from '../../src/use-cases/ticket-intake.js';
import { withdrawTicket } from '../../src/use-cases/ticket-withdrawal.js';
import { logWork, type WorkLogInput } from '../../src/use-cases/ticket-work.js';
import { instant } from '../support/vendor.js';
import { codesOf, STAFF, type WorkUnderTest, workUnderTest } from './work-under-test.js';

const MON = '2026-03-02T07:00:00Z';
const TUE = '2026-03-03T07:00:00Z';
const WED = '2026-03-04T07:00:00Z';

let under: WorkUnderTest;
beforeAll(async () => {
  under = await workUnderTest();
});
afterAll(() => under.database.close());

/** A ticket in work, estimated at some minutes. */
async function inWork(bought: number, estimate: number) {
  const shop = await under.shopWith(bought, MON);
  const ticketId = await under.ready(shop, MON, { quotedMinutes: estimate });
  await under.done(under.claim(ticketId, MON));
  return { shop, ticketId };
}

test.each([
  [70, 50, 'what was not used of the reservation returns'],
  [90, 30, 'it took as long as was reserved'],
  [110, 10, 'what goes beyond the reservation is taken from what is left'],
])('of 120 minutes with 90 held, %d worked leave %d, because %s (B-10)', async (minutes, left) => {
  const { shop, ticketId } = await inWork(120, 90);
  await under.done(under.log(ticketId, TUE, minutes));
  expect(await under.deliver(ticketId, TUE)).toMatchObject({ reasons: [], chargedMinutes: minutes, shortMinutes: 0 });
  expect(await under.minutesOf(shop, TUE)).toEqual([left, 0, minutes]);
  await under.expectAgreement(shop);
});

test('what goes beyond the reservation is taken from what was usable when the work was done, although it ended since (B-10, B-32)', async () => {
  const { shop, ticketId } = await inWork(90, 90);
  await under.grantBought(shop.id, shop.projectId, 60, TUE, '2026-03-03T21:00:00Z');
  await under.done(under.log(ticketId, WED, 110, '2026-03-03T20:59:59Z'));
  expect(await under.deliver(ticketId, WED)).toMatchObject({ reasons: [], chargedMinutes: 110, shortMinutes: 0 });
  const late = await inWork(90, 90);
  await under.grantBought(late.shop.id, late.shop.projectId, 60, TUE, '2026-03-03T21:00:00Z');
  await under.done(under.log(late.ticketId, WED, 110, '2026-03-03T21:00:00Z'));
  expect(await under.deliver(late.ticketId, WED)).toMatchObject({ reasons: [], chargedMinutes: 90, shortMinutes: 20 });
  await under.expectAgreement(late.shop);
});

test('three times 12 minutes 20 seconds are 37 minutes, because the whole task is rounded up once (B-11)', async () => {
  const { shop, ticketId } = await inWork(120, 90);
  const stretch = { ticketId, seconds: 740, note: 'Looked at the checkout.', workedAt: null };
  for (const at of [TUE, TUE, WED]) await under.done(under.on(STAFF, at, logWork, stretch));
  expect(actualMinutesOf((await under.ticket(ticketId, WED)).state)).toBe(37);
  expect(await under.deliver(ticketId, WED)).toMatchObject({ chargedMinutes: 37 });
  expect(await under.minutesOf(shop, WED)).toEqual([83, 0, 37]);
  const entries = await withVendorSession(under.database, ({ em }) =>
    em.find(WorkLogEntry, { ticket: ticketId }, { orderBy: { loggedAt: 'asc', id: 'asc' } }),
  );
  expect(entries.map(({ seconds, taskId, staffName, workedAt }) => [seconds, taskId, staffName, workedAt])).toEqual(
    [TUE, TUE, WED].map((at) => [740, ticketId, STAFF.name, instant(at)]),
  );
});

describe('an entry that cannot be', () => {
  let ticketId: string;
  beforeAll(async () => {
    ({ ticketId } = await inWork(120, 90));
  });
  test.each<[Partial<WorkLogInput>, string, string, string]>([
    [{ seconds: 0 }, 'INVALID', 'seconds', 'no time is no work'],
    [{ seconds: 60.5 }, 'INVALID', 'seconds', 'seconds are whole'],
    [{ seconds: 86_401 }, 'INVALID', 'seconds', 'nobody works longer than a day at a stretch'],
    [{ note: ' ' }, 'REQUIRED', 'note', 'the customer reads what was done'],
    [{ workedAt: instant('2026-03-03T07:00:01Z') }, 'INVALID', 'workedAt', 'work is logged once it is done'],
    [{ workedAt: instant('2026-03-02T06:59:59Z') }, 'INVALID', 'workedAt', 'the ticket was not taken up yet'],
  ])('%j is %s at %s, because %s', async (change, code, field) => {
    const entry = { ticketId, seconds: 60, note: 'Worked.', workedAt: null, ...change };
    const { userErrors } = await outcomeOf(() => under.on(STAFF, TUE, logWork, entry));
    expect(userErrors).toMatchObject([{ code, path: ['input', field] }]);
    expect((await under.ticket(ticketId, TUE)).state.loggedSeconds).toBe(0);
  });
});

test('work is logged while it goes on, and by staff alone', async () => {
  const { shop, ticketId } = await inWork(120, 90);
  const entry = { ticketId, seconds: 60, note: 'Worked.', workedAt: null };
  expect(codesOf(await under.on(shop.actor, TUE, logWork, entry))).toEqual(['TICKET_ACTOR_FORBIDS']);
  const queued = await under.ready(shop, MON, { complexity: 'S' });
  expect(await under.on(STAFF, TUE, logWork, { ...entry, ticketId: queued })).toMatchObject({
    reasons: [{ code: 'TICKET_STATE_FORBIDS' }],
    entryId: null,
  });
  const count = await withVendorSession(under.database, ({ em }) => em.count(WorkLogEntry, { ticket: { $in: [ticketId, queued] } }));
  expect(count).toBe(0);
});

describe('the limit of what is charged without consent (B-12)', () => {
  test.each([
    [20, 50, 'half an hour more than a short estimate'],
    [120, 180, 'half as much again as a long one'],
    [480, 720, 'half as much again as a long one'],
  ])('estimated at %d, the customer is asked at %d minutes, because the limit is %s', async (estimate, limit) => {
    const { ticketId } = await inWork(1_000, estimate);
    await under.done(under.log(ticketId, TUE, limit - 1));
    expect((await under.ticket(ticketId, TUE)).state.work).toBe('IN_PROGRESS');
    await under.done(under.log(ticketId, WED, 1));
    const { state } = await under.ticket(ticketId, WED);
    expect([state.work, state.returnTo, state.waits.at(-1)?.cause, state.waits.at(-1)?.from]).toEqual([
      'AWAITING_CONSENT',
      'IN_PROGRESS',
      'CONSENT',
      instant(WED),
    ]);
    expect(state.waits.at(-1)?.question).toMatch(new RegExp(`taken ${limit} minutes`));
    expect(codesOf(await under.log(ticketId, WED, 1))).toEqual(['TICKET_STATE_FORBIDS']);
  });

  test('free work has none, because nothing is charged for it (B-27)', async () => {
    const buyer = await under.shop();
    const purchaseId = await under.buy({ sku: 'FILTER', email: buyer.email, purchasedAt: '2026-01-05T09:00:00Z' });
    const stated = { steps: 's', expected: 'e', actual: 'a', platformVersion: '2.4.6', installedVersion: '1.0' };
    const report = { subject: 'Free of charge', description: 'It fails.', ...stated };
    const opening = { projectId: null, purchaseId, request: 'CORRECTION', report } as const;
    const ticketId = await under.queued(buyer, MON, { complexity: 'S' }, opening);
    await under.done(under.outOfTurn(ticketId, MON));
    await under.done(under.claim(ticketId, MON));
    await under.done(under.log(ticketId, TUE, 1_000));
    expect((await under.ticket(ticketId, TUE)).state.work).toBe('IN_PROGRESS');
  });
});

test('a ticket says what its work was charged, although it was withdrawn after a rejection (B-10)', async () => {
  const { shop, ticketId } = await inWork(120, 90);
  await under.done(under.log(ticketId, TUE, 70));
  await under.done(under.deliver(ticketId, TUE));
  await under.done(under.on(shop.actor, TUE, rejectDelivery, { ticketId, reason: 'It still fails.' }));
  await under.done(under.on(shop.actor, WED, withdrawTicket, { ticketId, message: null }));
  const { state } = await under.ticket(ticketId, WED);
  expect([state.work, state.hold.state, chargeableMinutesOf(state)]).toEqual(['WITHDRAWN', 'SETTLED', 70]);
  expect(await under.minutesOf(shop, WED)).toEqual([50, 0, 70]);
});

test.each<[number, string]>([
  [0, 'delivered work'],
  [1, 'rejected work'],
])('a fault of the add-on, found in work on the store, is free: what was charged for it comes back once (B-27), %d', async (rejections) => {
  const shop = await under.shopWith(500, MON);
  const purchaseId = await under.buy({ sku: 'PREPAID', email: shop.email, purchasedAt: '2026-01-05T09:00:00Z' });
  const ticketId = await under.ready(shop, MON, { quotedMinutes: 60 }, { purchaseId });
  await under.done(under.claim(ticketId, MON));
  await under.done(under.log(ticketId, MON, 60));
  await under.done(under.deliver(ticketId, MON));
  expect(await under.minutesOf(shop, TUE)).toEqual([440, 0, 60]);
  if (rejections > 0) await under.done(under.on(shop.actor, TUE, rejectDelivery, { ticketId, reason: 'It still fails.' }));
  const found = { rootCause: 'ADDON', evidence: 'Our own template.', incompatibleDevelopment: false } as const;
  for (const when of [TUE, WED]) {
    await under.done(under.on(STAFF, when, findCause, { ticketId, ...found }));
    expect((await under.ticket(ticketId, when)).state.decision).toMatchObject({ coverage: 'PRODUCT_BUG', charge: 'FREE' });
    expect(await under.minutesOf(shop, when)).toEqual([500, 0, 0]);
    expect(chargeableMinutesOf((await under.ticket(ticketId, when)).state)).toBe(0);
  }
  await under.expectAgreement(shop);
});

describe('judged anew while a reservation stands', () => {
  const judgedAnew = async (bought: number, complexity: 'S' | 'L') => {
    const shop = await under.shopWith(bought, MON);
    const ticketId = await under.ready(shop, MON, { complexity: complexity === 'S' ? 'L' : 'S' });
    await under.done(under.claim(ticketId, MON));
    const found = { rootCause: 'HOST', evidence: 'The host is slow.', incompatibleDevelopment: false } as const;
    await under.done(under.on(STAFF, TUE, findCause, { ticketId, ...found }));
    const kind = { request: 'STORE_INTERVENTION', category: 'INSTALL', complexity, needsWorkOnHost: true } as const;
    const said = { discretionReason: null, platformVersion: null, installedVersion: null };
    await under.done(under.on(STAFF, TUE, classifyTicket, { ticketId, ...kind, ...said }));
    await under.done(under.outOfTurn(ticketId, TUE));
    return { shop, ticketId };
  };

  test('a lower estimate keeps the larger reservation, and the rest returns with the settlement', async () => {
    const { shop, ticketId } = await judgedAnew(120, 'S');
    await under.done(under.claim(ticketId, WED));
    expect(await under.minutesOf(shop, WED)).toEqual([0, 120, 0]);
    await under.expectAgreement(shop);
    await under.done(under.log(ticketId, WED, 20));
    await under.done(under.deliver(ticketId, WED));
    expect(await under.minutesOf(shop, WED)).toEqual([100, 0, 20]);
    await under.expectAgreement(shop);
  });

  test.each<[number, number, string, readonly number[], string]>([
    [120, 0, 'IN_PROGRESS', [0, 120, 0], 'the rest is reserved in addition'],
    [100, 20, 'AWAITING_TOPUP', [0, 100, 0], 'all there is stays reserved'],
    [30, 90, 'AWAITING_TOPUP', [0, 30, 0], 'nothing can be added'],
  ])('of %d minutes, a higher estimate lacks %d and leads to %s with %j, because %s', async (bought, short, work, minutes) => {
    const { shop, ticketId } = await judgedAnew(bought, 'L');
    expect(await under.claim(ticketId, WED)).toMatchObject({ reasons: [], shortMinutes: short });
    expect((await under.ticket(ticketId, WED)).state.work).toBe(work);
    expect(await under.minutesOf(shop, WED)).toEqual(minutes);
    await under.expectAgreement(shop);
    // Whatever was short lapses five working days later, in the ledger as on the ticket.
    const later = '2026-03-12T07:00:00Z';
    await under.recordDue(ticketId, later);
    await under.expectAgreement(shop);
    expect((await under.ticket(ticketId, later)).state.hold.state).toBe(short === 0 ? 'FULL' : 'LAPSED');
  });
});
