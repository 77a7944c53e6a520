import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { balanceOf, type JournalLeg, type TimeLedger } from '../../src/policy/time-journal.js';
import type { TimeLot } from '../../src/policy/time-lot.js';
import type { TimeOutcome, TimePosted } from '../../src/policy/time-posting.js';
import { HISTORIES } from './time-actions.js';
import { ENGINE, type Engine, onDay, play } from './time-histories.js';

/** The ledger as it would be if its lots were others. */
function supposing(ledger: TimeLedger, change: (lot: TimeLot) => Partial<TimeLot>): TimeLedger {
  return { ...ledger, lots: new Map([...ledger.lots].map(([id, lot]) => [id, { ...lot, ...change(lot) }])) };
}

/** A command whose first transaction gets other legs. */
function bend<P extends TimePosted>(outcome: TimeOutcome<P>, legs: (legs: readonly JournalLeg[]) => readonly JournalLeg[]): TimeOutcome<P> {
  if (outcome.outcome === 'REFUSED') return outcome;
  return { ...outcome, transactions: outcome.transactions.map((draft) => ({ ...draft, legs: legs(draft.legs) })) };
}

describe('a ledger with a fault is found out', () => {
  const NEVER = { endsAt: null, term: null, onTermEnd: null } as const;
  const forgetting = { resolvedHolds: new Map(), openHolds: new Map() };
  test.each<[string, Partial<Engine>, string, string]>([
    [
      'takes time of another project',
      {
        hold: (ledger, request, entry) =>
          ENGINE.hold(
            supposing(ledger, () => ({ projectId: request.projectId })),
            request,
            entry,
          ),
      },
      'OTHER_PROJECT',
      'a lot serves its own project',
    ],
    [
      'takes time of no project',
      {
        hold: (ledger, request, entry) =>
          ENGINE.hold(
            supposing(ledger, ({ projectId }) => ({ projectId: projectId ?? request.projectId })),
            request,
            entry,
          ),
      },
      'OTHER_PROJECT',
      'unassigned time can be neither held nor spent',
    ],
    [
      'skips the burn order',
      {
        hold: (ledger, request, entry) =>
          ENGINE.hold(
            supposing(ledger, ({ priority }) => ({ priority: -priority })),
            request,
            entry,
          ),
      },
      'figures of a lot',
      'lots are used up by priority',
    ],
    [
      'burns what lasts longest first',
      {
        settle: (ledger, request, entry) =>
          ENGINE.settle(
            supposing(ledger, ({ createdAt, endsAt }) => ({ priority: -createdAt.epochMilliseconds, endsAt })),
            request,
            entry,
          ),
      },
      'figures of a lot',
      'settling keeps to the order too',
    ],
    [
      'uses time that has ended',
      {
        hold: (ledger, request, entry) =>
          ENGINE.hold(
            supposing(ledger, () => ({ endsAt: null })),
            request,
            entry,
          ),
      },
      'LOT_NOT_RUNNING|figures of a lot',
      'unheld time ends',
    ],
    [
      'uses suspended time',
      {
        hold: (ledger, request, entry) =>
          ENGINE.hold(
            supposing(ledger, () => ({ term: null, onTermEnd: null })),
            request,
            entry,
          ),
      },
      'answer to HOLD|figures of a lot',
      'included time needs its term',
    ],
    [
      'resolves a hold twice',
      {
        release: (ledger, { holdId }, entry) => {
          if (ledger.openHolds.has(holdId)) return ENGINE.release(ledger, { holdId }, entry);
          const placed = [...ledger.transactions.values()].find((past) => past.kind === 'HOLD' && past.holdId === holdId);
          const draft = placed && { ...placed, kind: 'RELEASE' as const, requestedMinutes: null, lapsesAt: null, recordedAt: entry.at };
          const legs = placed?.legs.map((leg) => ({ ...leg, minutes: -leg.minutes })) ?? [];
          return draft ? { outcome: 'POSTED', lots: [], transactions: [{ ...draft, legs }] } : ENGINE.release(ledger, { holdId }, entry);
        },
      },
      'HOLD_RESOLVED_BEFORE',
      'a hold resolves exactly once',
    ],
    [
      'holds twice for a task',
      { hold: (ledger, request, entry) => ENGINE.hold({ ...ledger, ...forgetting }, request, entry) },
      'TASK_HELD_BEFORE',
      'a task has one reservation',
    ],
    [
      'releases too much',
      { release: (...given) => bend(ENGINE.release(...given), (legs) => legs.map((leg) => ({ ...leg, minutes: 2 * leg.minutes }))) },
      'HOLD_OVERDRAWN|ACCOUNT_NEGATIVE',
      'a hold gives back what it has',
    ],
    [
      'loses a leg',
      { settle: (...given) => bend(ENGINE.settle(...given), (legs) => legs.slice(0, -1)) },
      'LEGS_UNBALANCED|LEGS_TOO_FEW',
      'legs sum to 0',
    ],
    [
      'moves time between lots',
      {
        settle: (...given) =>
          bend(ENGINE.settle(...given), (legs) => legs.map((leg) => (leg.account === 'CONSUMED' ? { ...leg, lotId: 'lot0' } : leg))),
      },
      'LEGS_UNBALANCED|LEG_MISPLACED|LOT_UNKNOWN',
      'each minute stays in its lot',
    ],
    [
      'keeps the rest of a hold',
      {
        settle: (...given) =>
          bend(ENGINE.settle(...given), (legs) => {
            const released = new Map(
              legs.filter((leg) => leg.account === 'AVAILABLE' && leg.minutes > 0).map((leg) => [leg.lotId, leg.minutes]),
            );
            const kept = legs.filter((leg) => leg.account !== 'AVAILABLE' || leg.minutes < 0);
            const cut = kept.map((leg) =>
              leg.account === 'HELD' ? { ...leg, minutes: leg.minutes + (released.get(leg.lotId) ?? 0) } : leg,
            );
            return cut.filter(({ minutes }) => minutes !== 0);
          }),
      },
      'HOLD_LEFT_OPEN|LEGS_TOO_FEW',
      'what is not charged is released',
    ],
    [
      'charges beyond the cap',
      { settle: (ledger, request, entry) => ENGINE.settle(ledger, { ...request, chargeableMinutes: request.actualMinutes }, entry) },
      'answer to SETTLE',
      'a task is charged min(actual, chargeable)',
    ],
    [
      'charges what is free',
      {
        settle: (ledger, request, entry) =>
          ENGINE.settle(ledger, { ...request, chargeableMinutes: request.chargeableMinutes || request.actualMinutes }, entry),
      },
      'answer to SETTLE',
      'bugs, warranty and advice cost 0',
    ],
    [
      'charges a task twice',
      { settle: (ledger, request, entry) => ENGINE.settle({ ...ledger, settledTasks: new Map() }, request, entry) },
      'TASK_SETTLED_BEFORE|answer to SETTLE',
      'one task is charged once',
    ],
    [
      'chooses lots by the day of writing',
      { settle: (ledger, request, entry) => ENGINE.settle(ledger, { ...request, workedAt: entry.at }, entry) },
      'answer to SETTLE|figures of a lot',
      'lots are those of when the work happened',
    ],
    [
      'hides a shortfall',
      {
        hold: (...given) => {
          const outcome = ENGINE.hold(...given);
          return outcome.outcome === 'POSTED' ? { ...outcome, shortMinutes: 0 } : outcome;
        },
      },
      'answer to HOLD',
      'the shortfall is exact',
    ],
    [
      'lets holds lapse early',
      {
        lapse: (ledger, request, entry) =>
          ENGINE.lapse(ledger, request, { ...entry, at: ledger.openHolds.get(request.holdId)?.lapsesAt ?? entry.at }),
      },
      'answer to LAPSE|OUT_OF_ORDER',
      'a partial hold lives five working days',
    ],
    [
      'voids what was spent',
      {
        voidLot: (ledger, request, entry) => {
          const outcome = ENGINE.voidLot(ledger, request, entry);
          const spent = balanceOf(ledger, request.lotId).CONSUMED;
          return spent === 0
            ? outcome
            : bend(outcome, (legs) => legs.map((leg) => ({ ...leg, minutes: leg.minutes + Math.sign(leg.minutes) * spent })));
        },
      },
      'ACCOUNT_NEGATIVE|LEGS_UNBALANCED|HOLD_OVERDRAWN',
      'a charge-back never takes what is gone',
    ],
    [
      'forgets that it reversed',
      { reverse: (ledger, request, entry) => ENGINE.reverse({ ...ledger, reversedBy: new Map() }, request, entry) },
      'REVERSED_BEFORE|ACCOUNT_NEGATIVE',
      'an entry is reversed once',
    ],
    [
      'takes back a grant that was split',
      {
        reverse: (ledger, request, entry) =>
          bend(ENGINE.reverse(ledger, request, entry), (legs) => {
            const [undone] = ledger.transactions.get(request.transactionId)?.legs.filter(({ account }) => account === 'AVAILABLE') ?? [];
            const isUngrant = legs.some(({ account }) => account === 'ISSUED');
            return isUngrant && undone
              ? [
                  { ...undone, minutes: -undone.minutes },
                  { account: 'ISSUED', lotId: null, minutes: undone.minutes },
                ]
              : legs;
          }),
      },
      'ACCOUNT_NEGATIVE',
      'minutes that were split away are in the split',
    ],
    [
      'returns minutes to lots that have ended',
      {
        reverse: (ledger, request, entry) =>
          ENGINE.reverse(
            supposing(ledger, () => NEVER),
            request,
            entry,
          ),
      },
      'answer to REVERSE',
      'they would be lost: goodwill takes their place',
    ],
    [
      'gives minutes back although the shop has paid for them',
      {
        reverse: (ledger, request, entry) =>
          ENGINE.reverse(
            supposing(ledger, () => ({ refundedMinutes: 0 })),
            request,
            entry,
          ),
      },
      'answer to REVERSE',
      'what a charge-back could not take is taken when it returns',
    ],
    [
      'gives minutes back although all that was left was charged back',
      {
        voidLot: (...given) => {
          const outcome = ENGINE.voidLot(...given);
          if (outcome.outcome === 'REFUSED') return outcome;
          return { ...outcome, transactions: outcome.transactions.map((draft) => ({ ...draft, requestedMinutes: null })) };
        },
      },
      'answer to REVERSE',
      'the journal keeps that nothing was to be left',
    ],
    [
      'keeps minutes from the customer that nobody charged back',
      {
        reverse: (ledger, request, entry) =>
          ENGINE.reverse(
            supposing(ledger, ({ minutes }) => ({ refundedMinutes: minutes })),
            request,
            entry,
          ),
      },
      'answer to REVERSE',
      'a fault of the add-on is paid for by the vendor',
    ],
    [
      'splits away the end of a lot',
      {
        assign: (...given) => {
          const outcome = ENGINE.assign(...given);
          return outcome.outcome === 'REFUSED' ? outcome : { ...outcome, lots: outcome.lots.map((lot) => ({ ...lot, endsAt: null })) };
        },
      },
      'SPLIT_DIFFERS',
      'a split keeps its end',
    ],
    [
      'splits away the value of a lot',
      {
        assign: (...given) => {
          const outcome = ENGINE.assign(...given);
          return outcome.outcome === 'REFUSED' ? outcome : { ...outcome, lots: outcome.lots.map((lot) => ({ ...lot, price: null })) };
        },
      },
      'SPLIT_DIFFERS',
      'a split keeps its value',
    ],
    [
      'lets customers take time back from a project',
      { assign: (ledger, request, entry) => ENGINE.assign(ledger, request, { ...entry, actor: { kind: 'STAFF', name: 'nobody' } }) },
      'answer to ASSIGN',
      'only staff may undo an assignment',
    ],
    [
      'sweeps what has not ended',
      {
        expire: (ledger, entry) => {
          const early = supposing(ledger, (lot) => ({ endsAt: lot.endsAt ?? entry.at, usableFrom: onDay(-1) }));
          return ENGINE.expire(early, entry);
        },
      },
      'EXPIRED_TOO_EARLY',
      'the sweep books what the ends say',
    ],
    [
      'pays back time that was not bought',
      {
        refundHold: (ledger, request, entry) =>
          ENGINE.refundHold(
            supposing(ledger, () => ({ price: { amountMinor: 100n, currencyCode: 'EUR' } })),
            request,
            entry,
          ),
      },
      'answer to REFUND',
      'only bought minutes have a price',
    ],
  ])('one that %s', (_name, bug, expected, _because) => {
    const found = fc.check(
      fc.property(HISTORIES, (actions) => {
        play({ ...ENGINE, ...bug }, actions);
      }),
      { numRuns: 2_000, seed: 11, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
    expect(String(found.errorInstance)).toMatch(new RegExp(expected));
  });
});
