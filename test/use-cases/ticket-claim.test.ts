import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { TimeAlarm } from '../../src/persistence/time-alarm.js';
import { TimeWallet } from '../../src/persistence/time-wallet.js';
import { clocksOf } from '../../src/policy/ticket-clock.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { type ClaimAnswer, claimNext, claimTicket } from '../../src/use-cases/ticket-claim.js';
import { recordDue } from '../../src/use-cases/ticket-due.js';
import { agreeOutcome, expediteTicket } from '../../src/use-cases/ticket-intake.js';
import { sweepWaiting, topUpWaiting } from '../../src/use-cases/ticket-topup.js';
import { asVendor, instant } from '../support/vendor.js';
import { codesOf, type Shop, STAFF, TWO_HOURS, type WorkUnderTest, workUnderTest } from './work-under-test.js';

/** A Monday, in the morning at +03:00. */
const MON = '2026-03-02T07:00:00Z';
const TUE = '2026-03-03T07:00:00Z';
const WED = '2026-03-04T07:00:00Z';

let under: WorkUnderTest;
beforeAll(async () => {
  under = await workUnderTest();
});
afterAll(() => under.database.close());

const eventsOf = (ticketId: string) =>
  withVendorSession(under.database, ({ em }) => em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } }));

/** Tickets of a shop that were told of minutes. */
const toldOf = (shop: Shop, at: string, key: string) =>
  withVendorSession(under.database, (session) => topUpWaiting(session, { now: instant(at), addJob: async () => {} }, shop.id, key));

describe('minutes are held before work begins', () => {
  test('six reservations of 1,000 against 5,000: the sixth is refused (B-09)', async () => {
    const shop = await under.shopWith(5_000, MON);
    const tickets: string[] = [];
    for (let index = 0; index < 6; index += 1) tickets.push(await under.ready(shop, MON, { quotedMinutes: 1_000 }));
    const answers = [];
    for (const ticketId of tickets) answers.push(await under.claim(ticketId, TUE));
    expect(answers.map(({ shortMinutes }) => shortMinutes)).toEqual([0, 0, 0, 0, 0, 1_000]);
    const { state } = await under.ticket(tickets[5] ?? '', TUE);
    expect([state.work, state.hold.state, state.hold.shortMinutes]).toEqual(['AWAITING_TOPUP', 'NONE', 1_000]);
    expect(await under.minutesOf(shop, TUE)).toEqual([0, 5_000, 0]);
    await under.expectAgreement(shop);
  });

  test.each([
    ['OUTCOME_NOT_AGREED', 'paid work needs an outcome that both sides agreed on (B-22)'],
    ['ACCESS_NOT_VERIFIED', 'access is shown to work first (B-18)'],
  ])('%s alone leaves nothing held and nothing written, because %s', async (code) => {
    const shop = await under.shopWith(500, MON);
    const ticketId = await under.queued(shop, MON);
    await under.done(under.on(STAFF, MON, expediteTicket, { ticketId, reason: 'Asked for.' }));
    if (code === 'ACCESS_NOT_VERIFIED') {
      await under.done(under.on(shop.actor, MON, agreeOutcome, { ticketId, outcome: 'It works.', evidence: null }));
    }
    const before = await eventsOf(ticketId);
    const answer = await under.claim(ticketId, TUE);
    expect(codesOf(answer)).toEqual(code === 'OUTCOME_NOT_AGREED' ? [code, 'ACCESS_NOT_VERIFIED'] : [code]);
    expect(await eventsOf(ticketId)).toHaveLength(before.length);
    expect(await under.minutesOf(shop, TUE)).toEqual([500, 0, 0]);
    expect((await under.journalOf(shop)).map(({ kind }) => kind)).toEqual(['GRANT']);
  });

  test('a digest that is none is something to correct, and a foreign ticket is missing', async () => {
    const shop = await under.shopWith(500, MON);
    const ticketId = await under.ready(shop, MON);
    const faulty = await outcomeOf(() => under.claim(ticketId, TUE, 'not a digest'));
    expect(faulty.userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'codeDigest'] }]);
    const unknown = await outcomeOf(() => under.claim('019b0000-0000-7000-8000-000000000000', TUE));
    expect(unknown.userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'ticketId'] }]);
  });
});

describe('too little time', () => {
  test('is held for five working days while the ticket keeps its place, and what it had lapses at their end (B-13, B-20)', async () => {
    const shop = await under.shopWith(50, MON);
    const ticketId = await under.ready(shop, MON);
    const friday = '2026-03-06T13:59:00Z';
    expect(await under.claim(ticketId, friday)).toMatchObject({ reasons: [], shortMinutes: 70 });
    const { state, policy } = await under.ticket(ticketId, friday);
    expect([state.work, state.returnTo, state.hold.state, state.hold.heldMinutes]).toEqual(['AWAITING_TOPUP', 'QUEUED', 'PARTIAL', 50]);
    expect(state.queueAt).toEqual(instant(MON));
    expect(state.waits.at(-1)?.question).toMatch(/120 minutes, of which 50 are reserved.*70 more/);
    const end = '2026-03-13T21:00:00Z'; // Friday 16:59 is day 0, the fifth working day after it is Friday the 13th at +03:00.
    const clock = clocksOf(state, policy.document, instant(friday)).find(({ kind }) => kind === 'HOLD');
    expect([clock?.dueAt, clock?.rule]).toEqual([instant(end), 'B-13']);
    expect(under.jobs).toContainEqual({ queue: 'ticket-due', ticketId, dueAt: instant(end) });

    expect(await under.minutesOf(shop, '2026-03-13T20:59:59.999Z')).toEqual([0, 50, 0]);
    expect(await under.minutesOf(shop, end)).toEqual([50, 0, 0]);
    await under.act(STAFF, '2026-03-14T09:00:00Z', (context) => recordDue(context, ticketId));
    const lapsed = await under.ticket(ticketId, '2026-03-14T09:00:00Z');
    expect([lapsed.state.work, lapsed.state.hold.state, lapsed.state.hold.shortMinutes]).toEqual(['AWAITING_TOPUP', 'LAPSED', 120]);
    expect((await eventsOf(ticketId)).at(-1)).toMatchObject({ kind: 'HOLD_LAPSED', at: instant(end) });
    await under.expectAgreement(shop);
    expect(under.jobs.some((job) => job.queue === 'time-added' && job.customerId === shop.id)).toBe(true);
  });

  test('bought since, it brings the ticket back to its place, and the same order counts once (B-13)', async () => {
    const shop = await under.shopWith(50, MON);
    const ticketId = await under.ready(shop, MON);
    await under.done(under.claim(ticketId, MON));
    expect(await toldOf(shop, MON, 'nothing new')).toEqual([]);

    await under.grantBought(shop.id, shop.projectId, 40, TUE);
    expect(await toldOf(shop, TUE, 'order 1')).toEqual([ticketId]);
    const waiting = (await under.ticket(ticketId, TUE)).state;
    expect([waiting.work, waiting.hold.shortMinutes, waiting.hold.heldMinutes]).toEqual(['AWAITING_TOPUP', 30, 50]);
    expect(await toldOf(shop, TUE, 'order 1')).toEqual([]);

    await under.grantBought(shop.id, shop.projectId, 40, WED);
    expect([await toldOf(shop, WED, 'grant:order 2'), await toldOf(shop, WED, 'grant:order 2')]).toEqual([[ticketId], []]);
    const back = (await under.ticket(ticketId, WED)).state;
    expect([back.work, back.queueAt, back.hold.heldMinutes]).toEqual(['QUEUED', instant(MON), 50]);
    await under.expectAgreement(shop);

    expect(await under.claim(ticketId, WED)).toMatchObject({ reasons: [], shortMinutes: 0 });
    const begun = (await under.ticket(ticketId, WED)).state;
    expect([begun.work, begun.hold.state, begun.hold.heldMinutes, begun.hold.holdId]).toEqual([
      'IN_PROGRESS',
      'FULL',
      120,
      waiting.hold.holdId,
    ]);
    expect(await under.minutesOf(shop, WED)).toEqual([10, 120, 0]);
    expect((await under.journalOf(shop)).filter(({ kind }) => kind === 'HOLD')).toHaveLength(2);
    await under.expectAgreement(shop);
  });

  test('that no job told of is told by the sweep, and a ticket that cannot be read stops no other (B-13)', async () => {
    const shop = await under.shopWith(50, MON);
    const broken = await under.ready(shop, MON);
    await under.done(under.claim(broken, MON));
    const empty = await under.shopWith(50, MON);
    const without = await under.ready(empty, MON);
    await under.done(under.claim(without, MON));
    const other = await under.shopWith(50, MON);
    const waiting = [await under.ready(other, MON), await under.ready(other, MON)];
    for (const ticketId of waiting) await under.done(under.claim(ticketId, MON));
    for (const each of [shop, other]) await under.grantBought(each.id, each.projectId, 190, TUE);
    const planted = { ticket: broken, at: instant(MON), recordedAt: instant(MON), actorKind: 'STAFF', actorName: 'x', data: {} } as const;
    await asVendor(under.database, async (em) => em.persist(em.create(TicketEvent, { ...planted, ordinal: 1_000, kind: 'ACCEPTED' })));

    const sweep = () =>
      withVendorSession(under.database, (session) => sweepWaiting(session, { now: instant(TUE), addJob: async () => {} }));
    const workOf = async (ticketId: string) => (await under.ticket(ticketId, TUE)).state.work;
    await expect(sweep()).rejects.toThrow(/^1 of \d+ tickets that wait for time failed/);
    expect(await Promise.all([...waiting, without].map(workOf))).toEqual(['QUEUED', 'QUEUED', 'AWAITING_TOPUP']);
    await expect(toldOf(shop, TUE, 'again')).rejects.toThrow('1 of 1 tickets that wait for time failed.');
    await under.expectAgreement(other);
  });

  test('taken by another ticket meanwhile, what was added lives anew, in the ledger as on the ticket (B-13)', async () => {
    const shop = await under.shopWith(50, MON);
    const [first, second] = [await under.ready(shop, MON), await under.ready(shop, MON, { complexity: 'S' })];
    await under.done(under.claim(first, MON));
    await under.grantBought(shop.id, shop.projectId, 80, TUE);
    await toldOf(shop, TUE, 'grant');
    expect(await under.claim(second, TUE)).toMatchObject({ shortMinutes: 0 });
    expect(await under.claim(first, WED)).toMatchObject({ reasons: [], shortMinutes: 20 });
    const { state } = await under.ticket(first, WED);
    expect([state.work, state.hold.heldMinutes, state.hold.placedAt]).toEqual(['AWAITING_TOPUP', 100, instant(WED)]);
    const end = '2026-03-11T21:00:00Z';
    expect(await under.minutesOf(shop, '2026-03-11T20:59:59.999Z')).toEqual([0, 130, 0]);
    await under.act(STAFF, end, (context) => recordDue(context, first));
    expect(await under.minutesOf(shop, end)).toEqual([100, 30, 0]);
    await under.expectAgreement(shop);
  });

  test('unassigned time is named as what would cure it (B-06)', async () => {
    const shop = await under.shopWith(50, MON);
    const ticketId = await under.ready(shop, MON);
    await under.grantBought(shop.id, null, 300, MON);
    await under.claim(ticketId, TUE);
    const { state } = await under.ticket(ticketId, TUE);
    expect(state.waits.at(-1)?.question).toMatch(/300 minutes can be neither reserved nor spent until assigned/);
  });
});

test('held minutes stay usable although their lot ended during the task, and are used first (B-32)', async () => {
  for (const [minutes, left] of [
    [130, [50, 0, 130]],
    [170, [10, 0, 170]],
  ] as const) {
    const shop = await under.shop();
    await under.grantBought(shop.id, shop.projectId, 60, '2026-02-02T07:00:00Z', '2026-02-28T21:00:00Z');
    await under.grantBought(shop.id, shop.projectId, 120, '2026-02-02T07:00:00Z');
    const ticketId = await under.ready(shop, '2026-02-27T07:00:00Z', { quotedMinutes: 150 });
    await under.done(under.claim(ticketId, '2026-02-27T07:00:00Z'));
    await under.done(under.log(ticketId, MON, minutes));
    await under.done(under.deliver(ticketId, MON));
    expect(await under.minutesOf(shop, MON)).toEqual(left);
    await under.expectAgreement(shop);
  }
});

test('the next in the queue is taken, one out of turn only for a reason, and free work needs no time (B-15)', async () => {
  const own = await workUnderTest();
  try {
    const buyer = await own.shop();
    const purchaseId = await own.buy({ sku: 'FILTER', email: buyer.email, purchasedAt: '2026-01-05T09:00:00Z' });
    const shop = await own.shopWith(500, MON);
    const stated = { steps: 's', expected: 'e', actual: 'a', platformVersion: '2.4.6', installedVersion: '1.0' };
    const report = { subject: 'No prices', description: 'The list shows none.', ...stated };
    const free = await own.queued(buyer, MON, TWO_HOURS, { projectId: null, purchaseId, request: 'CORRECTION', report });
    const paid = await own.queued(shop, TUE);
    expect(codesOf(await own.claim(paid, WED))).toContain('NOT_HEAD_OF_QUEUE');

    const next = () => own.on(STAFF, WED, claimNext, { codeDigest: 'AB'.repeat(32) });
    expect(await next()).toEqual({ ticketId: free, reasons: [], shortMinutes: 0, skipped: [] });
    const { state } = await own.ticket(free, WED);
    expect([state.work, state.hold.state, state.processingStartedAt]).toEqual(['IN_PROGRESS', 'NONE', instant(WED)]);
    // It is its turn, and only what it lacks itself stands against it.
    expect(codesOf(await own.claim(paid, WED))).toEqual(['OUTCOME_NOT_AGREED', 'ACCESS_NOT_VERIFIED']);
    expect(codesOf(await own.on(shop.actor, WED, claimTicket, { ticketId: paid, codeDigest: null }))).toContain('TICKET_ACTOR_FORBIDS');
  } finally {
    await own.database.close();
  }
});

describe('a ticket at the head of the queue that cannot be taken up', () => {
  let own: WorkUnderTest;
  beforeAll(async () => {
    own = await workUnderTest();
  });
  afterAll(() => own.database.close());
  const next = () => own.on(STAFF, WED, claimNext, { codeDigest: null });
  const skippedBy = ({ skipped }: Pick<ClaimAnswer, 'skipped'>) => skipped.map((each) => [each.ticketId, ...codesOf(each)]);
  /** Work that could begin, were it its turn. */
  const inTurn = async (of: Shop) => {
    const ticketId = await own.queued(of, TUE);
    await own.done(own.on(of.actor, TUE, agreeOutcome, { ticketId, outcome: 'It works.', evidence: null }));
    await own.done(own.verifyAccess(ticketId, TUE));
    return ticketId;
  };

  test('is skipped and told of, keeps its place, and blocks neither the next nor one that is named (B-15)', async () => {
    const shop = await own.shopWith(1_000, MON);
    const lacking = await own.queued(shop, MON);
    const doubted = await own.shopWith(1_000, MON);
    const suspended = await inTurn(doubted);
    const [first, second, third] = [await inTurn(shop), await inTurn(shop), await inTurn(shop)];
    await asVendor(own.database, async (em) => {
      const wallet = await em.findOneOrFail(TimeWallet, { customer: doubted.id });
      em.persist(
        em.create(TimeAlarm, { wallet, differences: [], raisedAt: instant(MON), clearedAt: null, clearedBy: null, resolution: null }),
      );
    });
    const before = [
      [lacking, 'OUTCOME_NOT_AGREED', 'ACCESS_NOT_VERIFIED'],
      [suspended, 'TIME_LEDGER_SUSPENDED'],
    ];
    expect(codesOf(await own.claim(second, WED))).toEqual(['NOT_HEAD_OF_QUEUE']);
    const taken = await own.done(own.claim(first, WED));
    expect([taken.ticketId, skippedBy(taken)]).toEqual([first, before]);
    const following = await own.done(next());
    expect([following.ticketId, skippedBy(following)]).toEqual([second, before]);
    expect((await own.ticket(lacking, WED)).state).toMatchObject({ work: 'QUEUED', queueAt: instant(MON) });

    await own.done(own.on(shop.actor, WED, agreeOutcome, { ticketId: lacking, outcome: 'It works.', evidence: null }));
    await own.done(own.verifyAccess(lacking, WED));
    expect((await own.done(next())).ticketId).toBe(lacking);
    expect((await own.done(next())).ticketId).toBe(third);
    const none = await next();
    expect([none.ticketId, codesOf(none), skippedBy(none)]).toEqual([null, [], before.slice(1)]);
  });

  test('costs a look at ten places in three statements, and one at the ledger for each that could begin', async () => {
    const shop = await own.shopWith(1_000, MON);
    for (let index = 0; index < 12; index += 1) await own.queued(shop, MON);
    const ready = await inTurn(shop);
    own.database.statements.length = 0;
    const taken = await own.done(next());
    expect([taken.ticketId, taken.skipped.length]).toEqual([ready, 13]);
    const looked = own.database.statements.filter((sql) => /from time_wallet w where w.customer_id = any/.test(sql));
    expect(looked.length).toBe(3);
    expect(own.database.statements.filter((sql) => /"queue_at"/.test(sql) && /limit/.test(sql))).toHaveLength(2);
  });
});
