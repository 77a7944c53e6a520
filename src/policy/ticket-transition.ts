import { isFree, OPEN_STATES, remedyFor, type TicketState, type WorkState } from './ticket.js';
import { isAwaiting } from './ticket-effect.js';
import type { TicketActorKind, TicketEvent, TicketEventKind, TicketEventOf } from './ticket-event.js';
import { ASKS, guard, IS_NEXT, type TicketGuard } from './ticket-guard.js';
import * as intake from './ticket-intake-guard.js';
import * as work from './ticket-work-guard.js';

/** One row of the table: in these states, this event, by these actors, if no guard refuses, leads there. */
export interface Transition<E extends TicketEvent = TicketEvent> {
  readonly event: TicketEventKind;
  /** Null: the event opens a ticket. */
  readonly from: readonly WorkState[] | null;
  readonly by: readonly TicketActorKind[];
  readonly guards: readonly TicketGuard<E>[];
  /** SAME: the work state stays; BACK: where the ticket was before it waited. */
  readonly to: WorkState | 'SAME' | 'BACK';
  /** Chooses among rows for the same event and state by what the event itself says; left out in the last of them. */
  when?(state: TicketState, event: E): boolean;
}

const CUSTOMER: readonly TicketActorKind[] = ['CUSTOMER', 'PARTNER', 'STORE'];
const STAFF: readonly TicketActorKind[] = ['STAFF'];
const VENDOR: readonly TicketActorKind[] = ['STAFF', 'PROGRAM'];
const PROGRAM: readonly TicketActorKind[] = ['PROGRAM'];
const ANYONE: readonly TicketActorKind[] = [...CUSTOMER, ...VENDOR];

const BEFORE_WORK: readonly WorkState[] = ['TRIAGE', 'QUEUED', 'AWAITING_CUSTOMER', 'AWAITING_ACCESS', 'AWAITING_TOPUP'];
const GOING_ON: readonly WorkState[] = ['TRIAGE', 'QUEUED', 'IN_PROGRESS'];
const DONE: readonly WorkState[] = ['DELIVERED', 'CLOSED'];
const NOT_CONSENTING: readonly WorkState[] = OPEN_STATES.filter((state) => state !== 'AWAITING_CONSENT');
const WITH_REFUND: readonly WorkState[] = [...OPEN_STATES, ...DONE];
const GIVEN_UP: readonly WorkState[] = ['WITHDRAWN', 'REFUSED', 'MERGED'];

const OFFER_IS_OPEN: TicketGuard<TicketEventOf<'REFUND_ACCEPTED' | 'REFUND_DECLINED'>> = guard(
  'A-12',
  'REFUND_OFFER_NONE',
  'No offer to pay back is open.',
  ({ remedy }) => remedy.refund !== null,
);

const OFFER_STANDS: TicketGuard<TicketEventOf<'REFUND_ACCEPTED' | 'REFUND_DECLINED'>> = guard(
  'A-12',
  'REFUND_OFFER_ENDED',
  'The offer to pay back has been answered, or the time to answer it has ended.',
  ({ remedy }) => remedy.refund === null || remedy.refund.state === 'OFFERED',
);

const QUICKENED = guard<'EXPEDITED'>(
  'B-15',
  'EXPLANATION_MISSING',
  'Please say why this ticket is taken out of turn.',
  (_state, { reason }) => reason.trim() !== '',
);

const REJECTION_EXPLAINED = guard<'REJECTED'>(
  'A-11',
  'EXPLANATION_MISSING',
  'Please say what is still wrong.',
  (_state, { reason }) => reason.trim() !== '',
);

/**
 * Everything that can happen to a ticket. What is not in the table is refused in every state; where several rows fit, the first whose `when` holds counts.
 * Time alone (A-11, A-12, B-13) moves a ticket by the rows of the program, which the machine lets pass only when they are due.
 */
export const TRANSITIONS: readonly Transition[] = [
  row('SUBMITTED', null, ANYONE, 'TRIAGE', [intake.ARRIVED_THEN, intake.HAS_SEQUENCE]),
  row('WARRANTY_OPENED', null, ANYONE, 'QUEUED', [intake.HAS_SEQUENCE, intake.CONTINUES_PARENT]),
  row('ANSWERED', [...OPEN_STATES, ...DONE, 'REFUSED'], STAFF, 'SAME', []),
  row('ESTIMATE_GIVEN', ['TRIAGE'], STAFF, 'SAME', [intake.IS_QUOTABLE]),
  row('CLASSIFIED', ['TRIAGE'], VENDOR, 'QUEUED', [
    intake.CLASSIFICATION_DECIDED,
    intake.MAY_BE_TAKEN_ON,
    intake.DISCRETION_EXPLAINED,
    intake.ENDING_EXPLAINED,
    intake.IS_ESTIMATED,
    intake.ESTIMATE_HOLDS,
  ]),
  row('REFUSED', ['TRIAGE'], STAFF, 'REFUSED', [intake.MAY_BE_REFUSED, intake.REFUSAL_DECIDED, intake.REFUSAL_EXPLAINED]),
  row('APPEALED', ['REFUSED'], CUSTOMER, 'TRIAGE', [intake.FIRST_APPEAL]),
  row('APPEALED', NOT_CONSENTING, CUSTOMER, 'TRIAGE', [intake.FIRST_APPEAL], ({ remedy, decision }) => {
    return remedy.state === 'STOPPED' && remedy.owedSince !== null && remedyFor(decision) === 'NONE';
  }),
  row('ROOT_CAUSE_FOUND', GOING_ON, STAFF, 'TRIAGE', [intake.CAUSE_SHOWN, intake.CAUSE_FITS_COVERAGE]),
  row('ROOT_CAUSE_FOUND', DONE, STAFF, 'SAME', [intake.CAUSE_SHOWN, intake.CAUSE_FITS_COVERAGE]),
  // What turns out to be free needs no consent; otherwise the question stands.
  row('ROOT_CAUSE_FOUND', ['AWAITING_CONSENT'], STAFF, 'TRIAGE', [intake.CAUSE_SHOWN, intake.CAUSE_FITS_COVERAGE], (_state, { decision }) =>
    isFree(decision),
  ),
  row('ROOT_CAUSE_FOUND', ['AWAITING_CONSENT'], STAFF, 'SAME', [intake.CAUSE_SHOWN, intake.CAUSE_FITS_COVERAGE]),
  row(
    'ROOT_CAUSE_FOUND',
    GIVEN_UP,
    STAFF,
    'SAME',
    [intake.CAUSE_SHOWN, intake.CAUSE_FITS_COVERAGE],
    ({ hold }) => hold.state === 'SETTLED',
  ),
  row('FACTS_REQUESTED', GOING_ON, STAFF, 'AWAITING_CUSTOMER', [ASKS, intake.FACTS_NAMED]),
  row('FACTS_SUPPLIED', ['AWAITING_CUSTOMER'], [...CUSTOMER, 'STAFF'], 'BACK', []),
  row('FACTS_SUPPLIED', ['TRIAGE'], [...CUSTOMER, 'STAFF'], 'SAME', []),
  row('ACCESS_REQUESTED', ['QUEUED', 'IN_PROGRESS', 'AWAITING_ACCESS'], STAFF, 'AWAITING_ACCESS', [ASKS, intake.ACCESS_NEEDED]),
  row('ACCESS_SUPPLIED', OPEN_STATES, [...CUSTOMER, 'STAFF'], 'SAME', [intake.ACCESS_NAMED]),
  row('ACCESS_VERIFIED', ['AWAITING_ACCESS'], VENDOR, 'BACK', [intake.ACCESS_NAMED], ({ requestedAccess, verifiedAccess }, { items }) =>
    requestedAccess.every((item) => verifiedAccess.includes(item) || items.includes(item)),
  ),
  row('ACCESS_VERIFIED', OPEN_STATES, VENDOR, 'SAME', [intake.ACCESS_NAMED]),
  row('OUTCOME_AGREED', BEFORE_WORK, [...CUSTOMER, 'STAFF'], 'SAME', [work.AGREEMENT_SHOWN]),
  row('EXPEDITED', ['QUEUED'], STAFF, 'SAME', [QUICKENED]),
  row('MERGED_INTO', BEFORE_WORK, ANYONE, 'MERGED', [intake.IS_DUPLICATE, intake.NOT_STARTED]),
  row('DUPLICATE_ABSORBED', [...OPEN_STATES, 'DELIVERED'], ANYONE, 'SAME', [intake.MOVES_AS_RULED]),
  row('CLAIMED', ['QUEUED'], STAFF, 'IN_PROGRESS', [IS_NEXT, work.OUTCOME_IS_AGREED, work.ACCESS_IS_VERIFIED, work.IS_HELD]),
  row('TIME_SHORT', ['QUEUED'], VENDOR, 'AWAITING_TOPUP', [IS_NEXT, ASKS, work.LEDGER_IS_READ, work.SHORTFALL_IS_EXACT]),
  row(
    'TOPPED_UP',
    ['AWAITING_TOPUP'],
    ANYONE,
    'BACK',
    [work.TOPUP_IS_NEW, work.TOPUP_IS_READ],
    ({ hold, estimateMinutes }, { availableMinutes }) => hold.heldMinutes + availableMinutes >= (estimateMinutes ?? 0),
  ),
  row('TOPPED_UP', ['AWAITING_TOPUP'], ANYONE, 'SAME', [work.TOPUP_IS_NEW, work.TOPUP_IS_READ]),
  row('HOLD_LAPSED', BEFORE_WORK, PROGRAM, 'SAME', []),
  row('HOLD_CUT', OPEN_STATES, PROGRAM, 'SAME', [work.HOLD_IS_CUT]),
  row('WORK_LOGGED', ['IN_PROGRESS'], STAFF, 'SAME', [work.ENTRY_IS_NEW]),
  row('THRESHOLD_REACHED', ['IN_PROGRESS'], VENDOR, 'AWAITING_CONSENT', [ASKS, work.LIMIT_IS_REACHED]),
  row('CONSENT_GIVEN', ['AWAITING_CONSENT'], CUSTOMER, 'IN_PROGRESS', [work.CAP_IS_HIGHER], (_state, { choice }) => choice === 'EXTRA'),
  row('CONSENT_GIVEN', ['AWAITING_CONSENT'], CUSTOMER, 'CLOSED', []),
  row('DELIVERED', ['IN_PROGRESS'], STAFF, 'DELIVERED', [work.LOG_IS_COMPLETE, work.CORRECTION_IS_USABLE]),
  row('ACCEPTED', ['DELIVERED'], CUSTOMER, 'CLOSED', []),
  row('VERIFICATION_LAPSED', ['DELIVERED'], PROGRAM, 'CLOSED', []),
  row('REJECTED', ['DELIVERED'], CUSTOMER, 'QUEUED', [REJECTION_EXPLAINED]),
  row('WARRANTY_CLAIMED', DONE, ANYONE, 'SAME', [work.WARRANTY_IS_GIVEN, work.WARRANTY_RUNS, work.WARRANTY_COVERS]),
  row('REWORK_DELIVERED', DONE, VENDOR, 'SAME', [work.WARRANTY_IS_GIVEN]),
  row('WITHDRAWN', NOT_CONSENTING, CUSTOMER, 'WITHDRAWN', []),
  row('WITHDRAWN', ['AWAITING_CONSENT'], CUSTOMER, 'CLOSED', []),
  row('CORRECTION_MISSED', OPEN_STATES, PROGRAM, 'SAME', []),
  row('REFUND_OFFERED', [...WITH_REFUND, ...GIVEN_UP], PROGRAM, 'SAME', []),
  row('REFUND_ACCEPTED', WITH_REFUND, CUSTOMER, 'CLOSED', [OFFER_IS_OPEN, OFFER_STANDS]),
  row('REFUND_ACCEPTED', GIVEN_UP, CUSTOMER, 'SAME', [OFFER_IS_OPEN, OFFER_STANDS]),
  row('REFUND_DECLINED', [...WITH_REFUND, ...GIVEN_UP], CUSTOMER, 'SAME', [OFFER_IS_OPEN, OFFER_STANDS]),
  row('REFUND_LAPSED', [...WITH_REFUND, ...GIVEN_UP], PROGRAM, 'SAME', []),
  row('LICENCE_ENDED', [...WITH_REFUND, ...GIVEN_UP], PROGRAM, 'SAME', []),
];

/** Guards of a row are typed by its own event, and meet no other: rows are found by their event. */
function row<K extends TicketEventKind>(
  event: K,
  from: readonly WorkState[] | null,
  by: readonly TicketActorKind[],
  to: Transition['to'],
  guards: readonly TicketGuard<TicketEventOf<K>>[],
  when?: (state: TicketState, event: TicketEventOf<K>) => boolean,
): Transition {
  const typed: Transition<TicketEventOf<K>> = { event, from, by, guards, to, when };
  return typed;
}

/** The row that applies to an event in a state; null when the table has none. The policy and the actors are not asked. */
export function transitionFor(state: TicketState | null, event: TicketEvent): Transition | null {
  return TRANSITIONS.find((row) => row.event === event.kind && fitsState(row, state, event)) ?? null;
}

function fitsState(row: Transition, state: TicketState | null, event: TicketEvent): boolean {
  if (row.from === null || state === null) return row.from === null && state === null;
  return row.from.includes(state.work) && (row.when === undefined || row.when(state, event));
}

/** Where a row leads from a state. */
export function targetOf(row: Transition, state: TicketState): WorkState {
  if (row.to === 'BACK') return isAwaiting(state.work) ? (state.returnTo ?? 'QUEUED') : state.work;
  return row.to === 'SAME' ? state.work : row.to;
}
