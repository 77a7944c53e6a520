import { describe, expect, test } from '@jest/globals';
import { moneyFromDecimal, moneyToDecimal } from '../../src/policy/money.js';
import type { ReasonCode } from '../../src/policy/reason.js';
import { walletFigures } from '../../src/policy/time-figures.js';
import { assign, expire, grant, voidLot } from '../../src/policy/time-grant.js';
import { dueHolds, extendHold, hold, lapse, refundHold, release } from '../../src/policy/time-hold.js';
import { balanceOf } from '../../src/policy/time-journal.js';
import type { TimeLot } from '../../src/policy/time-lot.js';
import type { TimeOutcome } from '../../src/policy/time-posting.js';
import { PREPAID_SUPPORT, pin, TECHNICAL_SUPPORT } from './shipped-policies.js';
import {
  at,
  available,
  charge,
  codes,
  entryAt,
  forTask,
  included,
  ledgerOf,
  lotOf,
  NOON,
  posted,
  reserve,
  type Wallet,
  walletWith,
  write,
} from './time-wallet.js';

const END = at('2026-02-28T21:00:00Z');
const BEFORE_END = END.subtract({ milliseconds: 1 });
const EXACTLY = moneyFromDecimal('500.00', 'EUR');
const now = entryAt(NOON);
const before = entryAt(BEFORE_END);

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

test('B-04: a renewal that becomes known after the sweep keeps what the sweep had booked as expired', () => {
  const wallet = walletWith(included('L', 120, 'FORFEIT', ORDER));
  posted(wallet, expire(ledgerOf(wallet), now));
  wallet.lots.splice(0, 1, included('L', 120, 'FORFEIT', ORDER, '2026-02-10T09:00:00Z'));
  expect(walletFigures(ledgerOf(wallet), NOON)).toMatchObject({ availableMinutes: 120, expiredMinutes: 0 });
  expect(reserve(wallet, 'h', 100)).toMatchObject({ outcome: 'POSTED', heldMinutes: 100 });
  expect(balanceOf(ledgerOf(wallet), 'L')).toMatchObject({ AVAILABLE: 0, EXPIRED: 20, HELD: 100 });
});

test('B-04: a purchase that was taken back suspends or forfeits what came with it', () => {
  const revoked = (lot: TimeLot) => walletWith({ ...lot, term: lot.term && { ...lot.term, revokedAt: at('2026-01-15T00:00:00Z') } });
  const figures = (lot: TimeLot) => walletFigures(ledgerOf(revoked(lot)), at('2026-01-15T00:00:00Z'));
  expect(figures(included('L', 120, 'SUSPEND', ORDER))).toMatchObject({ availableMinutes: 0, suspendedMinutes: 120 });
  expect(figures(included('L', 120, 'FORFEIT', ORDER))).toMatchObject({ availableMinutes: 0, expiredMinutes: 120 });
});

test.each<[boolean, string | null, 'RENEW_SUPPORT' | null, string]>([
  [true, null, 'RENEW_SUPPORT', 'renewing makes them usable again'],
  [false, null, null, 'the conditions offer no renewal'],
  [true, '2026-01-15T00:00:00Z', null, 'the purchase was taken back for good'],
])(
  'B-04: renewal offered %s, purchase revoked at %s: suspended minutes have the cure %s, because %s',
  (enabled, revoked, remedy, _because) => {
    const lot = included('L', 120, 'SUSPEND', ORDER);
    const lapsed = walletWith({ ...lot, term: lot.term && { ...lot.term, revokedAt: revoked === null ? null : at(revoked) } });
    const offered = enabled ? TECHNICAL_SUPPORT.document.renewal : PREPAID_SUPPORT.document.renewal;
    const policy = { ...PREPAID_SUPPORT, document: { ...PREPAID_SUPPORT.document, renewal: offered } };
    const refused = reserve(lapsed, 'h', 60, entryAt(NOON, { policy }));
    expect(refused.outcome === 'REFUSED' && refused.reasons.at(-1)).toMatchObject({ code: 'SUPPORT_TERM_ENDED', remedy });
  },
);

test('B-04, B-06: what is suspended, ends or is not yet usable is not held, and the refusal names the cure', () => {
  const lapsed = walletWith(included('L', 120, 'SUSPEND', ORDER));
  const refused = reserve(lapsed, 'h', 60);
  expect(codes(refused)).toEqual(['TIME_NOT_ENOUGH', 'SUPPORT_TERM_ENDED']);
  expect(refused.outcome === 'REFUSED' && refused.reasons.map(({ rule, effect, remedy }) => [rule, effect, remedy])).toEqual([
    ['B-13', 'REFUSES', 'BUY_TIME'],
    ['B-04', 'INFORMS', null],
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
