import { describe, expect, test } from '@jest/globals';
import { moneyFromDecimal, moneyToDecimal } from '../../src/policy/money.js';
import type { ReasonCode } from '../../src/policy/reason.js';
import { layTerms } from '../../src/policy/support-term.js';
import { usableMinutes, walletFigures } from '../../src/policy/time-figures.js';
import { assign, expire, grant, voidLot } from '../../src/policy/time-grant.js';
import { dueHolds, extendHold, hold, lapse, refundHold, release } from '../../src/policy/time-hold.js';
import { balanceOf, type JournalTransaction } from '../../src/policy/time-journal.js';
import type { TimeLot } from '../../src/policy/time-lot.js';
import type { TimeOutcome } from '../../src/policy/time-posting.js';
import { reverse, type SettlementRequest, settle } from '../../src/policy/time-settlement.js';
import { PREPAID_SUPPORT, pin } from './shipped-policies.js';
import { at, emptyWallet, entryAt, ledgerOf, lotOf, NOON, posted, type Wallet, write } from './time-wallet.js';

const END = at('2026-02-28T21:00:00Z');
const BEFORE_END = END.subtract({ milliseconds: 1 });
const EXACTLY = moneyFromDecimal('500.00', 'EUR');
const now = entryAt(NOON);
const before = entryAt(BEFORE_END);

function walletWith(...lots: TimeLot[]): Wallet {
  const wallet = emptyWallet();
  for (const lot of lots) posted(wallet, grant(ledgerOf(wallet), lot, entryAt(lot.createdAt)));
  return wallet;
}

/** A task of the same name as its hold. */
const forTask = (holdId: string, minutes: number, projectId = 'p') => ({
  holdId,
  projectId,
  work: { ticketId: 'T1', taskId: holdId },
  minutes,
});
const reserve = (wallet: Wallet, holdId: string, minutes: number, entry = now) =>
  write(wallet, hold(ledgerOf(wallet), forTask(holdId, minutes), entry));

function charge(wallet: Wallet, holdId: string | null, actualMinutes: number, change: Partial<SettlementRequest> = {}, entry = now) {
  const work = { ticketId: 'T1', taskId: holdId ?? 'task' };
  const request = {
    holdId,
    projectId: 'p',
    work,
    workedAt: entry.at,
    actualMinutes,
    chargeableMinutes: 10_000,
    onShortfall: 'REFUSE',
  } as const;
  return write(wallet, settle(ledgerOf(wallet), { ...request, ...change }, entry));
}

const available = (wallet: Wallet, moment = NOON) => walletFigures(ledgerOf(wallet), moment).availableMinutes;
const codes = (outcome: TimeOutcome) => (outcome.outcome === 'REFUSED' ? outcome.reasons.map(({ code }) => code) : outcome.outcome);
/** Minutes by lot of the legs on one account: "L1 60, L2 70". */
const onAccount = ({ legs }: Pick<JournalTransaction, 'legs'>, account: string) =>
  legs.filter((leg) => leg.account === account).map(({ lotId, minutes }) => `${lotId} ${minutes}`);

function included(id: string, minutes: number, onTermEnd: 'SUSPEND' | 'FORFEIT', ...paidAt: string[]): TimeLot {
  const payments = paidAt.map((text, index) => ({ key: `${index}`, paidAt: at(text), months: 3 }));
  const term = { spans: layTerms(payments, '+03:00'), revokedAt: null };
  return lotOf(id, minutes, {
    source: 'INCLUDED',
    term,
    onTermEnd,
    usableFrom: at('2025-11-30T09:00:00Z'),
    createdAt: at('2025-11-30T09:00:00Z'),
  });
}

const ORDER = '2025-11-30T09:00:00Z';
test.each<[TimeLot, string, number, number, number, string]>([
  [included('L', 120, 'SUSPEND', ORDER), '2026-02-28T20:59:59.999Z', 120, 0, 0, 'the term runs'],
  [included('L', 120, 'SUSPEND', ORDER), '2026-02-28T21:00:00Z', 0, 120, 0, 'at its end the term has ended'],
  [included('L', 120, 'SUSPEND', ORDER, '2026-02-10T09:00:00Z'), '2026-02-28T21:00:00Z', 120, 0, 0, 'it was renewed in time'],
  [included('L', 120, 'SUSPEND', ORDER, '2026-03-10T09:00:00Z'), '2026-03-09T09:00:00Z', 0, 120, 0, 'a later renewal does not reach back'],
  [included('L', 120, 'SUSPEND', ORDER, '2026-03-10T09:00:00Z'), '2026-03-10T09:00:00Z', 120, 0, 0, 'renewed, it is usable again'],
  [included('L', 120, 'FORFEIT', ORDER), '2026-02-28T20:59:59.999Z', 120, 0, 0, 'the term runs'],
  [included('L', 120, 'FORFEIT', ORDER), '2026-02-28T21:00:00Z', 0, 0, 120, 'this policy takes it away'],
  [included('L', 120, 'FORFEIT', ORDER, '2026-03-10T09:00:00Z'), '2026-03-10T09:00:00Z', 0, 0, 120, 'what is forfeited stays so'],
  [included('L', 120, 'FORFEIT', ORDER, '2026-02-28T21:00:00Z'), '2026-03-10T09:00:00Z', 120, 0, 0, 'there was no gap'],
  [lotOf('L', 120, { endsAt: END }), '2026-02-28T20:59:59.999Z', 120, 0, 0, 'it has not ended'],
  [lotOf('L', 120, { endsAt: END }), '2026-02-28T21:00:00Z', 0, 0, 120, 'its end is outside'],
])('B-04: time included %#', (lot, moment, availableMinutes, suspendedMinutes, expiredMinutes) => {
  const wallet = walletWith(lot);
  expect(walletFigures(ledgerOf(wallet), at(moment))).toMatchObject({ availableMinutes, suspendedMinutes, expiredMinutes });
  posted(wallet, expire(ledgerOf(wallet), entryAt(at(moment))));
  expect(walletFigures(ledgerOf(wallet), at(moment))).toMatchObject({ availableMinutes, suspendedMinutes, expiredMinutes });
  expect(balanceOf(ledgerOf(wallet), 'L').EXPIRED).toBe(expiredMinutes);
});

test('B-04: a purchase that was taken back suspends or forfeits what came with it', () => {
  const revoked = (lot: TimeLot) => walletWith({ ...lot, term: lot.term && { ...lot.term, revokedAt: at('2026-01-15T00:00:00Z') } });
  const figures = (lot: TimeLot) => walletFigures(ledgerOf(revoked(lot)), at('2026-01-15T00:00:00Z'));
  expect(figures(included('L', 120, 'SUSPEND', ORDER))).toMatchObject({ availableMinutes: 0, suspendedMinutes: 120 });
  expect(figures(included('L', 120, 'FORFEIT', ORDER))).toMatchObject({ availableMinutes: 0, expiredMinutes: 120 });
});

test('B-04, B-06: what is suspended, ends or is not yet usable is not held, and the refusal names the cure', () => {
  const lapsed = walletWith(included('L', 120, 'SUSPEND', ORDER));
  const refused = reserve(lapsed, 'h', 60);
  expect(codes(refused)).toEqual(['TIME_NOT_ENOUGH', 'SUPPORT_TERM_ENDED']);
  expect(refused.outcome === 'REFUSED' && refused.reasons.map(({ rule, effect, remedy }) => [rule, effect, remedy])).toEqual([
    ['B-13', 'REFUSES', 'BUY_TIME'],
    ['B-04', 'INFORMS', 'RENEW_SUPPORT'],
  ]);
  expect(codes(reserve(walletWith(lotOf('L', 120, { usableFrom: NOON.add({ milliseconds: 1 }) })), 'h', 60))).toEqual(['TIME_NOT_ENOUGH']);
});

describe('B-06: bought time without a project', () => {
  const unassigned = () => walletWith(lotOf('L', 600, { projectId: null, price: EXACTLY }));
  const move = (wallet: Wallet, lotId: string, minutes: number, projectId: string | null, newLotId: string, entry = now) =>
    write(wallet, assign(ledgerOf(wallet), { lotId, minutes, projectId, newLotId }, entry));
  const byCustomer = entryAt(NOON, { actor: { kind: 'CUSTOMER', name: 'c' } });

  test('is neither reserved nor spent until assigned: 600 bought, 300 assigned, 60 held', () => {
    const wallet = unassigned();
    expect(codes(reserve(wallet, 'h', 60))).toEqual(['LOT_UNASSIGNED']);
    expect(codes(charge(wallet, null, 60))).toEqual(['TIME_NOT_ENOUGH']);
    move(wallet, 'L', 300, 'p', 'M', byCustomer);
    expect(codes(reserve(wallet, 'h', 60))).toBe('POSTED');
    expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject({ unassignedMinutes: 300, availableMinutes: 240, heldMinutes: 60 });
    expect(wallet.lots.map(({ price }) => price && moneyToDecimal(price))).toEqual(['500.00', '250.00']);
  });

  test('is said beside what must be bought when assigning would not suffice', () => {
    expect(codes(reserve(unassigned(), 'h', 601))).toEqual(['TIME_NOT_ENOUGH', 'LOT_UNASSIGNED']);
  });

  const assigned = () => {
    const wallet = unassigned();
    move(wallet, 'L', 300, 'p', 'M');
    reserve(wallet, 'h', 60);
    return wallet;
  };
  test.each<[string, number, string | null, 'STAFF' | 'CUSTOMER', ReasonCode[] | 'POSTED', string]>([
    ['M', 240, null, 'STAFF', 'POSTED', 'staff may undo what is untouched'],
    ['M', 241, null, 'STAFF', ['TIME_NOT_ENOUGH'], 'one minute more is held'],
    ['M', 240, null, 'CUSTOMER', ['ASSIGNMENT_STAFF_ONLY'], 'customers may not'],
    ['M', 10, 'q', 'STAFF', ['LOT_ASSIGNED'], 'it must be taken back first'],
    ['L', 10, null, 'STAFF', ['LOT_UNASSIGNED'], 'there is nothing to take back'],
    ['L', 300, 'q', 'CUSTOMER', 'POSTED', 'the rest may serve another project'],
    ['L', 301, 'q', 'CUSTOMER', ['TIME_NOT_ENOUGH'], 'the others are assigned'],
    ['X', 1, 'q', 'STAFF', ['LOT_UNKNOWN'], 'there is no such lot'],
  ])('moving %s by %i to %s by %s gives %j, because %5$s', (lotId, minutes, projectId, kind, expected) => {
    expect(codes(move(assigned(), lotId, minutes, projectId, 'N', entryAt(NOON, { actor: { kind, name: 'a' } })))).toEqual(expected);
  });

  test('cannot be assigned after its end', () => {
    const wallet = walletWith(lotOf('L', 600, { projectId: null, endsAt: END }));
    expect(codes(move(wallet, 'L', 60, 'p', 'M', entryAt(END)))).toEqual(['LOT_ENDED']);
    expect(codes(move(wallet, 'L', 60, 'p', 'M', before))).toBe('POSTED');
  });
});

describe('B-08, B-09, B-13: reservations', () => {
  test('six of 1,000 against 5,000: the sixth is refused', () => {
    const wallet = walletWith(lotOf('L', 5_000));
    const outcomes = ['1', '2', '3', '4', '5', '6'].map((id) => codes(reserve(wallet, id, 1_000)));
    expect(outcomes).toEqual(['POSTED', 'POSTED', 'POSTED', 'POSTED', 'POSTED', ['TIME_NOT_ENOUGH']]);
    expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject({ availableMinutes: 0, heldMinutes: 5_000 });
  });

  test('of too little time hold what there is for five working days, and tell the exact shortfall', () => {
    const wallet = walletWith(lotOf('L', 100));
    expect(reserve(wallet, 'h', 150)).toMatchObject({
      outcome: 'POSTED',
      heldMinutes: 100,
      shortMinutes: 50,
      reasons: [{ code: 'TIME_NOT_ENOUGH', effect: 'INFORMS' }],
    });
    const due = at('2026-03-17T21:00:00Z');
    expect(ledgerOf(wallet).openHolds.get('h')).toMatchObject({ requestedMinutes: 150, lapsesAt: due });
    const early = entryAt(due.subtract({ milliseconds: 1 }));
    expect(codes(lapse(ledgerOf(wallet), { holdId: 'h' }, early))).toEqual(['HOLD_NOT_DUE']);
    expect(dueHolds(ledgerOf(wallet), early.at)).toEqual([]);
    expect(dueHolds(ledgerOf(wallet), due).map(({ id }) => id)).toEqual(['h']);
    posted(wallet, lapse(ledgerOf(wallet), { holdId: 'h' }, entryAt(due)));
    expect([available(wallet, due), ledgerOf(wallet).openHolds.size]).toEqual([100, 0]);
  });

  test('are completed after a top-up, and then stay', () => {
    const wallet = walletWith(lotOf('L', 100));
    reserve(wallet, 'h', 150);
    expect(codes(extendHold(ledgerOf(wallet), { holdId: 'h', minutes: 150 }, now))).toEqual(['TIME_NOT_ENOUGH']);
    posted(wallet, grant(ledgerOf(wallet), lotOf('M', 80, { createdAt: NOON, usableFrom: NOON }), now));
    expect(posted(wallet, extendHold(ledgerOf(wallet), { holdId: 'h', minutes: 150 }, now))).toMatchObject({
      heldMinutes: 150,
      shortMinutes: 0,
    });
    expect(ledgerOf(wallet).openHolds.get('h')).toMatchObject({
      lapsesAt: null,
      allocations: [{ lotId: 'L' }, { lotId: 'M', minutes: 50 }],
    });
    expect(codes(lapse(ledgerOf(wallet), { holdId: 'h' }, entryAt(at('2030-01-01T00:00:00Z'))))).toEqual(['HOLD_NOT_DUE']);
    expect(codes(extendHold(ledgerOf(wallet), { holdId: 'h', minutes: 150 }, now))).toEqual(['HOLD_SUFFICIENT']);
  });

  test('are whole or not at all where the policy knows no partial ones', () => {
    const policy = pin({ ...PREPAID_SUPPORT.document, insufficient: null });
    expect(codes(reserve(walletWith(lotOf('L', 100)), 'h', 150, entryAt(NOON, { policy })))).toEqual(['TIME_NOT_ENOUGH']);
  });

  const once = () => {
    const wallet = walletWith(lotOf('L', 1_000));
    reserve(wallet, 'open', 100);
    reserve(wallet, 'over', 100);
    charge(wallet, 'over', 90);
    return wallet;
  };
  test.each<[string, (wallet: Wallet) => TimeOutcome, ReasonCode[], string]>([
    ['holding by an id that is open', (w) => reserve(w, 'open', 1), ['HOLD_REPEATED'], 'it was made before'],
    ['holding by an id that is over', (w) => reserve(w, 'over', 1), ['HOLD_REPEATED'], 'ids are used once'],
    [
      'holding twice for a task',
      (w) => hold(ledgerOf(w), { ...forTask('open', 1), holdId: 'new' }, now),
      ['TASK_HELD'],
      'one for each task (B-08)',
    ],
    ['holding for a charged task', (w) => hold(ledgerOf(w), { ...forTask('over', 1), holdId: 'new' }, now), ['TASK_SETTLED'], 'it is done'],
    ['releasing what is over', (w) => release(ledgerOf(w), { holdId: 'over' }, now), ['HOLD_RESOLVED'], 'a hold resolves once'],
    ['releasing what never was', (w) => release(ledgerOf(w), { holdId: 'none' }, now), ['HOLD_UNKNOWN'], 'nothing is there'],
    ['lapsing what is over', (w) => lapse(ledgerOf(w), { holdId: 'over' }, now), ['HOLD_RESOLVED'], 'a hold resolves once'],
    [
      'extending what is over',
      (w) => extendHold(ledgerOf(w), { holdId: 'over', minutes: 500 }, now),
      ['HOLD_RESOLVED'],
      'a hold resolves once',
    ],
    ['settling what is over', (w) => charge(w, 'over', 1), ['HOLD_RESOLVED'], 'a hold resolves once'],
    [
      'settling a task twice',
      (w) => charge(w, null, 1, { work: { ticketId: 'T1', taskId: 'over' } }),
      ['TASK_SETTLED'],
      'one task, one charge (B-11)',
    ],
    [
      'settling for another task',
      (w) => charge(w, 'open', 1, { work: { ticketId: 'T2', taskId: 'open' } }),
      ['HOLD_OTHER_TASK'],
      'it is not its hold',
    ],
    ['settling for another project', (w) => charge(w, 'open', 1, { projectId: 'q' }), ['HOLD_OTHER_TASK'], 'it is not its hold'],
    [
      'settling beside the hold',
      (w) => charge(w, null, 1, { work: { ticketId: 'T1', taskId: 'open' } }),
      ['TASK_HELD'],
      'it would stay open',
    ],
    ['granting a lot twice', (w) => grant(ledgerOf(w), lotOf('L', 1_000), now), ['LOT_GRANTED'], 'the same order twice is one lot (B-13)'],
    [
      'paying back what was not bought',
      (w) => refundHold(ledgerOf(w), { holdId: 'open' }, now),
      ['HOLD_NOT_BOUGHT'],
      'it has no price (B-12)',
    ],
    ['voiding what is not there', (w) => voidLot(ledgerOf(w), { lotId: 'X' }, now), ['LOT_UNKNOWN'], 'there is no such lot'],
  ])('refuse %s', (_what, command, expected, _because) => {
    const wallet = once();
    const written = wallet.transactions.length;
    const outcome = command(wallet);
    expect(codes(outcome)).toEqual(expected);
    expect(
      outcome.outcome === 'REFUSED' && outcome.reasons.every(({ effect, message }) => effect === 'REFUSES' && message.endsWith('.')),
    ).toBe(true);
    expect(wallet.transactions).toHaveLength(written);
  });
});

describe('B-10, B-12: writing off actual time', () => {
  test.each([
    [120, 90, 70, 10_000, 50, 'the rest of the hold returns'],
    [120, 90, 90, 10_000, 30, 'all of the hold is used'],
    [120, 90, 110, 10_000, 10, 'more than the hold is taken too'],
    [120, 90, 110, 0, 120, 'bugs, warranty and advice cost nothing'],
    [120, 90, 0, 10_000, 120, 'no work, no charge'],
    [400, 120, 260, 300, 140, '180 were reached, 300 agreed, 260 worked (B-12)'],
    [400, 120, 260, 180, 220, 'without consent nothing is charged beyond the threshold (B-12)'],
  ])('lot %i, hold %i, actual %i, at most %i leaves %i, because %s', (minutes, held, actual, chargeableMinutes, left) => {
    const wallet = walletWith(lotOf('L', minutes));
    reserve(wallet, 'h', held);
    expect(charge(wallet, 'h', actual, { chargeableMinutes })).toMatchObject({
      outcome: 'POSTED',
      consumedMinutes: minutes - left,
      shortMinutes: 0,
    });
    expect([available(wallet), walletFigures(ledgerOf(wallet), NOON).heldMinutes]).toEqual([left, 0]);
  });

  test('a task without a hold and without a charge posts nothing', () => {
    expect(charge(walletWith(lotOf('L', 10)), null, 5, { chargeableMinutes: 0 })).toMatchObject({ transactions: [], consumedMinutes: 0 });
  });

  test('what is short is refused, or charged as far as there is time, never below zero (B-13)', () => {
    const wallet = walletWith(lotOf('L', 120));
    reserve(wallet, 'h', 90);
    expect(codes(charge(wallet, 'h', 130))).toEqual(['TIME_NOT_ENOUGH']);
    const partly = charge(wallet, 'h', 130, { onShortfall: 'CHARGE_WHAT_THERE_IS' });
    expect(partly).toMatchObject({ consumedMinutes: 120, shortMinutes: 10, consumed: [{ lotId: 'L', minutes: 120 }] });
    expect(available(wallet)).toBe(0);
  });

  test('REFUND voids the bought minutes of a hold for what they are worth, and returns the others (B-12)', () => {
    const wallet = walletWith(lotOf('bought', 600, { price: EXACTLY }), lotOf('gift', 20, { source: 'GOODWILL' }));
    charge(wallet, null, 57);
    reserve(wallet, 'h', 37);
    const refund = posted(wallet, refundHold(ledgerOf(wallet), { holdId: 'h' }, now));
    expect(refund.refunds.map(({ lotId, minutes, value }) => [lotId, minutes, moneyToDecimal(value)])).toEqual([['bought', 37, '30.84']]);
    expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject({
      spentMinutes: 57,
      voidedMinutes: 37,
      heldMinutes: 0,
      availableMinutes: 526,
    });

    posted(wallet, grant(ledgerOf(wallet), lotOf('present', 5, { source: 'GOODWILL' }), now));
    reserve(wallet, 'mixed', 10);
    expect(posted(wallet, refundHold(ledgerOf(wallet), { holdId: 'mixed' }, now))).toMatchObject({
      releasedMinutes: 5,
      refunds: [{ minutes: 5 }],
    });
    expect(ledgerOf(wallet).resolvedHolds.has('mixed')).toBe(true);
  });
});

test('B-31: lots are used up by priority, end, price, age and id, within the project', () => {
  const wallet = walletWith(
    lotOf('A', 60),
    {
      ...included('B', 60, 'SUSPEND', '2026-02-28T09:00:00Z'),
      usableFrom: at('2026-02-28T09:00:00Z'),
      createdAt: at('2026-03-01T00:00:00Z'),
    },
    lotOf('C', 30, { source: 'GOODWILL', endsAt: at('2026-03-31T21:00:00Z'), createdAt: at('2026-03-02T00:00:00Z') }),
    lotOf('D', 45, { endsAt: at('2026-05-28T21:00:00Z'), createdAt: at('2026-03-03T00:00:00Z') }),
    lotOf('E', 500, { projectId: null, createdAt: at('2026-03-04T00:00:00Z') }),
    lotOf('F', 20, { source: 'GOODWILL', priority: 10, createdAt: at('2026-03-05T00:00:00Z') }),
    lotOf('Q', 500, { projectId: 'q', priority: 1, createdAt: at('2026-03-06T00:00:00Z') }),
  );
  expect(usableMinutes(ledgerOf(wallet), lotOf('E', 500, { projectId: null }), NOON)).toBe(0);
  const { transactions } = posted(wallet, hold(ledgerOf(wallet), forTask('h', 200), now));
  expect(transactions.flatMap((transaction) => onAccount(transaction, 'HELD'))).toEqual(['F 20', 'C 30', 'B 60', 'D 45', 'A 45']);
});

test.each<[Partial<TimeLot>, Partial<TimeLot>, string]>([
  [{ createdAt: NOON }, { createdAt: BEFORE_END }, 'it is older'],
  [{ createdAt: BEFORE_END }, { source: 'GOODWILL', createdAt: NOON }, 'free time goes before bought'],
  [{ source: 'GOODWILL' }, { endsAt: at('2027-01-01T00:00:00Z') }, 'what ends goes before what does not'],
  [{ endsAt: at('2027-01-01T00:00:00Z') }, { priority: 49 }, 'priority goes before all'],
  [{ id: 'L2' }, { id: 'L1' }, 'all else is equal'],
])('B-31: the second lot is used first %#', (first, second) => {
  const wallet = walletWith();
  for (const lot of [lotOf('L', 10, { id: 'L1', ...first }), lotOf('L', 10, { id: first.id === 'L2' ? 'L1' : 'L2', ...second })]) {
    posted(wallet, grant(ledgerOf(wallet), lot, now));
  }
  const expected = wallet.lots[1]?.id;
  expect(posted(wallet, hold(ledgerOf(wallet), forTask('h', 1), now)).transactions.flatMap((t) => onAccount(t, 'HELD'))).toEqual([
    `${expected} 1`,
  ]);
});

describe('B-32: a lot that ends during a task', () => {
  const L1 = lotOf('L1', 60, { source: 'INCLUDED', endsAt: END });
  test.each([
    [130, 'BEFORE', ['L1 60', 'L2 70'], 'held minutes stay usable'],
    [170, 'BEFORE', ['L1 60', 'L2 110'], 'what the hold lacks comes from the lot that runs'],
    [130, 'AFTER', ['L1 60', 'L2 70'], 'the sweep takes nothing that is held'],
  ])('hold 150, actual %i, swept %s settling: %j, because %s', (actual, swept, expected) => {
    const wallet = walletWith(L1, lotOf('L2', 120));
    posted(wallet, hold(ledgerOf(wallet), forTask('h', 150), before));
    if (swept === 'AFTER') posted(wallet, expire(ledgerOf(wallet), entryAt(END)));
    charge(wallet, 'h', actual);
    expect(wallet.transactions.filter(({ kind }) => kind === 'SETTLE').flatMap((t) => onAccount(t, 'CONSUMED'))).toEqual(expected);
  });

  test('what it did not hold is gone, and what returns to it is gone too', () => {
    const wallet = walletWith(L1);
    posted(wallet, hold(ledgerOf(wallet), forTask('h', 40), before));
    expect(codes(charge(wallet, 'h', 41))).toEqual(['TIME_NOT_ENOUGH']);
    charge(wallet, 'h', 30);
    expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject({ spentMinutes: 30, expiredMinutes: 30, availableMinutes: 0 });
  });

  test.each(['unswept', 'swept'])('work done before the end may take from it afterwards, %s', (state) => {
    const wallet = walletWith(L1);
    if (state === 'swept') posted(wallet, expire(ledgerOf(wallet), now));
    expect(charge(wallet, null, 50, { workedAt: BEFORE_END })).toMatchObject({ outcome: 'POSTED', consumedMinutes: 50 });
    expect(codes(charge(wallet, null, 10, { workedAt: END, work: { ticketId: 'T1', taskId: 'later' } }))).toEqual(['TIME_NOT_ENOUGH']);
  });
});

describe('B-27, B-28: returning and taking back', () => {
  test('a charge is reversed once, and its reversal never', () => {
    const wallet = walletWith(lotOf('L', 120));
    charge(wallet, null, 70);
    const undo = (transactionId: string) => write(wallet, reverse(ledgerOf(wallet), { transactionId, goodwillLotId: 'G' }, now));
    expect(undo('t2')).toMatchObject({ outcome: 'POSTED', lots: [], returnedMinutes: 70, goodwillMinutes: 0 });
    expect(available(wallet)).toBe(120);
    expect([codes(undo('t2')), codes(undo('t3')), codes(undo('t9'))]).toEqual([
      ['JOURNAL_ENTRY_REVERSED'],
      ['JOURNAL_ENTRY_FINAL'],
      ['JOURNAL_ENTRY_UNKNOWN'],
    ]);
    expect(codes(charge(wallet, null, 20))).toBe('POSTED');
  });

  test('what was charged to a lot that has ended becomes goodwill of 30 days', () => {
    const wallet = walletWith(lotOf('L1', 60, { endsAt: END }), lotOf('L2', 60));
    charge(wallet, null, 100, {}, before);
    posted(wallet, reverse(ledgerOf(wallet), { transactionId: 't3', goodwillLotId: 'G' }, now));
    expect(wallet.lots.at(-1)).toMatchObject({
      id: 'G',
      source: 'GOODWILL',
      minutes: 60,
      projectId: 'p',
      price: null,
      endsAt: at('2026-04-09T21:00:00Z'),
    });
    expect([available(wallet), available(wallet, at('2026-04-09T20:59:59.999Z')), available(wallet, at('2026-04-09T21:00:00Z'))]).toEqual([
      120, 120, 60,
    ]);
  });

  test('a charge-back with 200 of 600 spent voids 400, held or split, and nothing more', () => {
    const wallet = walletWith(lotOf('L', 600, { projectId: null, price: EXACTLY }), lotOf('M', 5, { priority: 60 }));
    posted(wallet, assign(ledgerOf(wallet), { lotId: 'L', projectId: 'p', minutes: 350, newLotId: 'P' }, now));
    charge(wallet, null, 200);
    reserve(wallet, 'h', 100);
    reserve(wallet, 'mixed', 55);
    expect(posted(wallet, voidLot(ledgerOf(wallet), { lotId: 'L' }, now))).toMatchObject({ voidedMinutes: 400 });
    const figures = { spentMinutes: 200, voidedMinutes: 400, availableMinutes: 0, heldMinutes: 5, unassignedMinutes: 0 };
    expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject(figures);
    expect([...ledgerOf(wallet).openHolds.keys()]).toEqual(['mixed']);
    expect(codes(voidLot(ledgerOf(wallet), { lotId: 'L' }, now))).toEqual(['LOT_USED_UP']);
  });

  test('a grant is taken back whole, also after a split, and only untouched', () => {
    const wallet = walletWith(lotOf('L', 600, { projectId: null }));
    posted(wallet, assign(ledgerOf(wallet), { lotId: 'L', projectId: 'p', minutes: 300, newLotId: 'P' }, now));
    reserve(wallet, 'h', 60);
    const undo = () => write(wallet, reverse(ledgerOf(wallet), { transactionId: 't1', goodwillLotId: 'G' }, now));
    expect(codes(undo())).toEqual(['LOT_TOUCHED']);
    posted(wallet, release(ledgerOf(wallet), { holdId: 'h' }, now));
    expect(codes(undo())).toBe('POSTED');
    expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject({ grantedMinutes: 0, unassignedMinutes: 0, availableMinutes: 0 });
    expect(codes(undo())).toEqual(['JOURNAL_ENTRY_REVERSED']);
  });
});

test('a clock that lags behind the journal breaks no order', () => {
  const wallet = walletWith(lotOf('L', 60));
  posted(wallet, hold(ledgerOf(wallet), forTask('h', 10), now));
  posted(wallet, release(ledgerOf(wallet), { holdId: 'h' }, entryAt(NOON.subtract({ seconds: 1 }))));
  expect(wallet.transactions.at(-1)).toMatchObject({ recordedAt: NOON, effectiveAt: NOON.subtract({ seconds: 1 }) });
});

test.each<[string, () => unknown, string]>([
  ['half a minute', () => reserve(walletWith(lotOf('L', 60)), 'h', 1.5), 'minutes are whole'],
  ['nothing', () => reserve(walletWith(lotOf('L', 60)), 'h', 0), 'one holds something'],
  ['work of tomorrow', () => charge(walletWith(lotOf('L', 60)), null, 1, { workedAt: NOON.add({ hours: 24 }) }), 'it has not happened'],
  ['less than no work', () => charge(walletWith(lotOf('L', 60)), null, -1), 'time does not come back by working'],
  ['an empty lot', () => walletWith(lotOf('L', 0)), 'there is nothing to grant'],
  ['a lot of another wallet', () => walletWith(lotOf('L', 1), lotOf('M', 1, { walletId: 'other' })), 'a ledger is one wallet'],
  ['a split as a grant', () => walletWith(lotOf('L', 1), lotOf('M', 1, { parentId: 'L' })), 'its minutes are not new'],
  ['a price for a gift', () => walletWith(lotOf('L', 1, { source: 'GOODWILL', price: EXACTLY })), 'a gift has none'],
])('%s is a mistake of the caller', (_what, command) => expect(command).toThrow(RangeError));
