import { balanceOf, type TimeLedger, unheldMinutes } from './time-journal.js';
import { inBurnOrder, lotPhase, type TimeLot } from './time-lot.js';

/** Where minutes stand at an instant. The eight below `grantedMinutes` sum to it. */
export interface TimeFigures {
  /** What was ever put in, less grants that were reversed; for a single lot less what was split away, too. */
  readonly grantedMinutes: number;
  /** May be held and used now. */
  readonly availableMinutes: number;
  readonly heldMinutes: number;
  /** B-04: included minutes whose support term does not run, for now or for good. */
  readonly suspendedMinutes: number;
  /** B-06: running, but on no project. */
  readonly unassignedMinutes: number;
  /** Granted, and not usable yet. */
  readonly upcomingMinutes: number;
  readonly spentMinutes: number;
  readonly expiredMinutes: number;
  readonly voidedMinutes: number;
}

const NOTHING: TimeFigures = {
  grantedMinutes: 0,
  availableMinutes: 0,
  heldMinutes: 0,
  suspendedMinutes: 0,
  unassignedMinutes: 0,
  upcomingMinutes: 0,
  spentMinutes: 0,
  expiredMinutes: 0,
  voidedMinutes: 0,
};

/** B-04, B-06, B-32: minutes of a lot that may be held or used at this instant: those not held, of a lot that is running and on a project. */
export function usableMinutes(ledger: TimeLedger, lot: TimeLot, at: Temporal.Instant): number {
  return lot.projectId !== null && lotPhase(lot, at) === 'USABLE' ? unheldMinutes(ledger, lot.id) : 0;
}

/** B-31: the lots of a project that have usable minutes at this instant, in the order in which they are used up. */
export function usableLots(ledger: TimeLedger, projectId: string, at: Temporal.Instant): TimeLot[] {
  return [...ledger.lots.values()].filter((lot) => lot.projectId === projectId && usableMinutes(ledger, lot, at) > 0).sort(inBurnOrder(at));
}

/** B-04, B-06, B-32: where the minutes of one lot stand at this instant, whether or not the sweep has booked that it ended. */
export function lotFigures(ledger: TimeLedger, lot: TimeLot, at: Temporal.Instant): TimeFigures {
  const { HELD, CONSUMED, VOIDED } = balanceOf(ledger, lot.id);
  const unheld = unheldMinutes(ledger, lot.id);
  const known = {
    ...NOTHING,
    grantedMinutes: unheld + HELD + CONSUMED + VOIDED,
    heldMinutes: HELD,
    spentMinutes: CONSUMED,
    voidedMinutes: VOIDED,
  };
  switch (lotPhase(lot, at)) {
    case 'ENDED':
      return { ...known, expiredMinutes: unheld };
    case 'SUSPENDED':
      return { ...known, suspendedMinutes: unheld };
    case 'NOT_YET':
      return { ...known, upcomingMinutes: unheld };
    case 'USABLE':
      return lot.projectId === null ? { ...known, unassignedMinutes: unheld } : { ...known, availableMinutes: unheld };
  }
}

/** Where the minutes of a wallet stand at this instant; with `projectId` those of that project's lots alone. For the past, fold the journal up to then. */
export function walletFigures(ledger: TimeLedger, at: Temporal.Instant, projectId: string | null = null): TimeFigures {
  const lots = [...ledger.lots.values()].filter((lot) => projectId === null || lot.projectId === projectId);
  return lots.map((lot) => lotFigures(ledger, lot, at)).reduce(sumOf, NOTHING);
}

function sumOf(one: TimeFigures, other: TimeFigures): TimeFigures {
  return {
    grantedMinutes: one.grantedMinutes + other.grantedMinutes,
    availableMinutes: one.availableMinutes + other.availableMinutes,
    heldMinutes: one.heldMinutes + other.heldMinutes,
    suspendedMinutes: one.suspendedMinutes + other.suspendedMinutes,
    unassignedMinutes: one.unassignedMinutes + other.unassignedMinutes,
    upcomingMinutes: one.upcomingMinutes + other.upcomingMinutes,
    spentMinutes: one.spentMinutes + other.spentMinutes,
    expiredMinutes: one.expiredMinutes + other.expiredMinutes,
    voidedMinutes: one.voidedMinutes + other.voidedMinutes,
  };
}
