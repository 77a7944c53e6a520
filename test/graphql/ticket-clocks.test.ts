import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { publishSupportPolicy } from '../../src/use-cases/support-policy.js';
import { asVendor, day, OPENING_DAY, policyDocument, type ShippedPolicy } from '../support/vendor.js';
import { command } from './commands.js';
import { type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';
import { clockOf, done, newKey, opened, ticketOf } from './tickets-under-test.js';

let under: GatewayUnderTest;
let filter: string;

beforeAll(async () => {
  under = await gatewayUnderTest();
  filter = toGlobalId('Purchase', under.vendor.ada.purchases.active ?? '');
});
afterAll(() => under.close());

const reported = (moment: string, purchaseId = filter) => {
  under.at(moment);
  return opened(under, 'ada', { purchaseId });
};
const CLASSIFIED = { request: 'CORRECTION', category: 'CORRECTION', complexity: 'M' };
const classified = async (moment: string) => {
  const ticketId = await reported(moment);
  await done(under, 'staff', 'ticketClassify', { ticketId, ...CLASSIFIED });
  return ticketId;
};
const CONFIRMED = {
  correction: { confirmation: 'The cache is off, and the filter shows blue shirts.' },
  loggedEntries: 0,
  loggedSeconds: 0,
};
/** Taken up out of turn, so that the tickets of other tests stand in nobody's way. */
const delivered = async (ticketId: string, moment: string) => {
  under.at(moment);
  await done(under, 'staff', 'ticketExpedite', { ticketId, reason: 'The shop is closed.' });
  await done(under, 'staff', 'ticketClaim', { ticketId });
  await done(under, 'staff', 'ticketDeliver', { ticketId, ...CONFIRMED });
};

describe('A-09: a correction within 30 working days', () => {
  test.each([
    { at: '2026-03-06T16:59:00+01:00', dueAt: '2026-04-20T22:00:00Z', because: 'neither the day of the report nor Easter Monday counts' },
    { at: '2026-03-07T12:00:00+01:00', dueAt: '2026-04-20T22:00:00Z', because: 'a Saturday is no working day' },
    { at: '2026-03-08T12:00:00+01:00', dueAt: '2026-04-20T22:00:00Z', because: 'nor is a Sunday' },
    { at: '2026-03-09T09:00:00+01:00', dueAt: '2026-04-21T22:00:00Z', because: 'on Monday, Monday does not count' },
    { at: '2026-04-30T12:00:00+02:00', dueAt: '2026-06-17T22:00:00Z', because: 'May has four closed days' },
  ])('reported at $at is due at $dueAt, because $because', async ({ at, dueAt }) => {
    const clock = await clockOf(under, await reported(at), 'CORRECTION');
    expect(clock).toMatchObject({ state: 'RUNNING', dueAt, provisional: false, countedDays: 0, rule: 'A-09' });
  });
});

test('A-10: of the days on which the customer was waited for only the whole one is left out', async () => {
  const ticketId = await classified('2026-03-06T16:59:00+01:00');
  under.at('2026-03-16T13:00:00+01:00');
  await done(under, 'staff', 'ticketAskFacts', { ticketId, question: 'Which theme is active?', facts: ['theme'] });
  const waiting = await ticketOf(under, 'ada', ticketId, 'status waitingFor { cause question askedAt }');
  expect(waiting).toEqual({
    status: 'AWAITING_CUSTOMER',
    waitingFor: { cause: 'FACTS', question: 'Which theme is active?', askedAt: '2026-03-16T12:00:00Z' },
  });
  expect(await clockOf(under, ticketId, 'CORRECTION')).toMatchObject({ state: 'PAUSED', dueAt: null });
  under.at('2026-03-18T11:00:00+01:00');
  await done(under, 'ada', 'ticketSupplyFacts', { ticketId, facts: [{ name: 'theme', value: 'Luma' }] });
  expect(await clockOf(under, ticketId, 'CORRECTION')).toMatchObject({ state: 'RUNNING', dueAt: '2026-04-21T22:00:00Z' });
  expect(await ticketOf(under, 'ada', ticketId, 'status waitingFor { cause }')).toEqual({ status: 'QUEUED', waitingFor: null });
});

describe('A-11: what stops the count', () => {
  test('a delivery stops it, and silence through five working days meets it, whether or not anybody wrote that down', async () => {
    const ticketId = await classified('2026-03-06T16:59:00+01:00');
    await delivered(ticketId, '2026-03-20T10:00:00+01:00');
    expect(await clockOf(under, ticketId, 'CORRECTION')).toMatchObject({ state: 'PAUSED', dueAt: null, countedDays: 9 });
    expect(await clockOf(under, ticketId, 'VERIFICATION')).toMatchObject({ state: 'RUNNING', dueAt: '2026-03-27T23:00:00Z', rule: 'A-11' });
    under.at('2026-03-27T22:59:59Z');
    expect(await ticketOf(under, 'ada', ticketId, 'status')).toEqual({ status: 'DELIVERED' });
    under.at('2026-03-27T23:00:00Z');
    const seen = await ticketOf(
      under,
      'ada',
      ticketId,
      'status statusChangedAt events(first: 100) { edges { node { kind happenedAt recordedAt } } }',
    );
    expect(seen).toMatchObject({ status: 'CLOSED', statusChangedAt: '2026-03-27T23:00:00Z' });
    expect(seen.events.edges.at(-1).node).toEqual({ kind: 'VERIFICATION_LAPSED', happenedAt: '2026-03-27T23:00:00Z', recordedAt: null });
    expect(await clockOf(under, ticketId, 'CORRECTION')).toMatchObject({ state: 'MET' });
  });

  test('a rejection lets it go on: of the days since the delivery only whole ones are left out', async () => {
    const ticketId = await classified('2026-03-06T16:59:00+01:00');
    await delivered(ticketId, '2026-03-20T10:00:00+01:00');
    under.at('2026-03-25T10:00:00+01:00');
    await done(under, 'ada', 'ticketReject', { ticketId, reason: 'Red shirts are shown still.' });
    expect(await ticketOf(under, 'ada', ticketId, 'status queuePosition { queuedAt }')).toEqual({
      status: 'QUEUED',
      queuePosition: { queuedAt: '2026-03-06T15:59:00Z' },
    });
    // Without Monday 23 and Tuesday 24 March it is due two working days after 20 April; the Friday of the delivery counts.
    expect(await clockOf(under, ticketId, 'CORRECTION')).toMatchObject({
      state: 'RUNNING',
      dueAt: '2026-04-22T22:00:00Z',
      countedDays: 10,
    });
  });

  test('closing a ticket is no correction: nothing is met by a withdrawal', async () => {
    const ticketId = await classified('2026-03-06T16:59:00+01:00');
    await done(under, 'ada', 'ticketWithdraw', { ticketId });
    expect(await clockOf(under, ticketId, 'CORRECTION')).toMatchObject({ state: 'STOPPED' });
  });
});

describe('A-12: a missed deadline offers what was paid back by itself', () => {
  const OFFER = `status refundOffer { state amount { amount currencyCode } admittedAt correctionWorkingDays correctionDueAt opensAt closesAt provisional }`;

  test('from the due instant on, and for ten working days', async () => {
    const ticketId = await classified('2026-03-06T16:59:00+01:00');
    under.at('2026-04-20T21:59:59Z');
    expect(await ticketOf(under, 'ada', ticketId, OFFER)).toEqual({ status: 'QUEUED', refundOffer: null });
    under.at('2026-04-20T22:00:00Z');
    const open = {
      state: 'OFFERED',
      amount: { amount: '96.00', currencyCode: 'EUR' },
      admittedAt: '2026-03-06T15:59:00Z',
      correctionWorkingDays: 30,
      correctionDueAt: '2026-04-20T22:00:00Z',
      opensAt: '2026-04-20T22:00:00Z',
      closesAt: '2026-05-06T22:00:00Z',
      provisional: false,
    };
    expect(await ticketOf(under, 'ada', ticketId, OFFER)).toEqual({ status: 'QUEUED', refundOffer: open });
    expect(await clockOf(under, ticketId, 'REFUND_OFFER')).toMatchObject({ state: 'RUNNING', dueAt: open.closesAt, rule: 'A-12' });
    under.at('2026-05-06T22:00:00Z');
    expect(await ticketOf(under, 'ada', ticketId, OFFER)).toEqual({ status: 'QUEUED', refundOffer: { ...open, state: 'LAPSED' } });
    const late = await command(
      under,
      'refundOfferAccept',
      'ticket { status } reasons { code rule }',
      { idempotencyKey: newKey(), ticketId },
      'ada',
    );
    expect(late.reasons).toEqual([{ code: 'REFUND_OFFER_ENDED', rule: 'A-12' }]);
  });
});

describe('A-08, B-20: an answer within working minutes', () => {
  interface Target {
    readonly policy: ShippedPolicy;
    readonly sku: string;
    readonly minutes: number;
    /** A working calendar of its own in place of the shipped one's. */
    readonly calendar?: object;
  }
  const MOVED_DAYS = {
    closedDates: ['2026-01-01', '2026-01-02', '2026-01-07', '2026-04-20', '2026-05-01'],
    extraDays: [{ date: '2026-04-25', windows: [{ from: '09:00', to: '17:00' }] }],
  };

  /** Buys an add-on under conditions that begin on that day and aim at an answer within some minutes; gives the purchase. */
  async function boughtUnder({ policy, sku, minutes, calendar = {} }: Target, on: string): Promise<string> {
    const shipped = policyDocument(policy) as { calendar: object };
    const document = { ...shipped, answering: { targetWorkingMinutes: minutes }, calendar: { ...shipped.calendar, ...calendar } };
    await asVendor(under.gateway.database, (em) => publishSupportPolicy(em, document, day(on), OPENING_DAY));
    under.at(`${on}T08:00:00Z`);
    const sale = {
      idempotencyKey: newKey(),
      sku,
      customer: { email: under.vendor.ada.email },
      shop: 'fixture',
      orderNumber: newKey(),
      line: '1',
    };
    const price = { amount: '79.00', currencyCode: 'EUR' };
    const input = { ...sale, purchasedAt: `${on}T07:00:00Z`, listPrice: price, paid: price };
    return (await command(under, 'purchaseRecord', 'purchase { id supportPolicy { version } }', input)).purchase.id;
  }

  const B = { policy: 'prepaid-support', sku: 'REVIEWS' } as const;
  test.each([
    {
      ...B,
      minutes: 1,
      on: '2026-03-04',
      at: '2026-03-06T16:59:00+03:00',
      dueAt: '2026-03-06T14:00:00Z',
      because: 'it ends as the office closes',
    },
    {
      ...B,
      minutes: 2,
      on: '2026-03-05',
      at: '2026-03-06T16:59:00+03:00',
      dueAt: '2026-03-09T06:01:00Z',
      because: 'the second minute is on Monday',
    },
    {
      ...B,
      minutes: 60,
      on: '2026-03-06',
      at: '2026-03-06T16:59:00+03:00',
      dueAt: '2026-03-09T06:59:00Z',
      because: '59 of them are on Monday',
    },
    {
      ...B,
      minutes: 1,
      on: '2026-03-07',
      at: '2026-03-13T17:00:00+03:00',
      dueAt: '2026-03-16T06:01:00Z',
      because: 'at five the office is closed',
    },
    {
      policy: 'technical-support',
      sku: 'BLOG',
      minutes: 60,
      on: '2026-03-27',
      at: '2026-03-27T17:30:00+01:00',
      dueAt: '2026-03-30T07:30:00Z',
      because: 'half an hour is left on Friday, and summer time began on Sunday',
    },
    {
      ...B,
      minutes: 60,
      calendar: MOVED_DAYS,
      on: '2026-04-23',
      at: '2026-04-30T16:30:00+03:00',
      dueAt: '2026-05-04T06:30:00Z',
      because: 'the first of May is closed',
    },
    {
      ...B,
      minutes: 60,
      calendar: { ...MOVED_DAYS, closedDates: [...MOVED_DAYS.closedDates, '2026-12-25'] },
      on: '2026-04-24',
      at: '2026-04-24T16:30:00+03:00',
      dueAt: '2026-04-25T06:30:00Z',
      because: 'this Saturday is worked for a Monday that was not',
    },
  ] as const)('$minutes from $at end at $dueAt, because $because', async ({ at, dueAt, on, ...target }) => {
    const ticketId = await reported(at, await boughtUnder(target, on));
    expect(await clockOf(under, ticketId, 'FIRST_RESPONSE')).toMatchObject({ state: 'RUNNING', dueAt, provisional: false, rule: 'A-08' });
    // A question by a person is an answer.
    await done(under, 'staff', 'ticketClassify', {
      ticketId,
      request: 'ADVICE',
      discretionReason: 'It is a question.',
      category: 'ADVICE',
      complexity: 'S',
      needsWorkOnHost: false,
    });
    await done(under, 'staff', 'ticketAskFacts', { ticketId, question: 'Since when?', facts: ['since'] });
    expect(await clockOf(under, ticketId, 'FIRST_RESPONSE')).toMatchObject({ state: 'MET', dueAt });
  });
});
