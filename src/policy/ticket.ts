import type { PaidLicence, PolicyPin, QueuePlace, RefundOffer, TicketDecision, TicketEventOf } from './ticket-event.js';
import { roundTaskSeconds } from './time-estimate.js';
import type { Wait } from './working-calendar.js';

export const WORK_STATES = [
  'TRIAGE',
  'QUEUED',
  'IN_PROGRESS',
  'DELIVERED',
  'CLOSED',
  'AWAITING_CUSTOMER',
  'AWAITING_ACCESS',
  'AWAITING_TOPUP',
  'AWAITING_CONSENT',
  'REFUSED',
  'MERGED',
  'WITHDRAWN',
] as const;
export type WorkState = (typeof WORK_STATES)[number];

/** States in which work is still to come. */
export const OPEN_STATES = [
  'TRIAGE',
  'QUEUED',
  'IN_PROGRESS',
  'AWAITING_CUSTOMER',
  'AWAITING_ACCESS',
  'AWAITING_TOPUP',
  'AWAITING_CONSENT',
] as const satisfies readonly WorkState[];

/** Where a ticket goes on once the customer has answered. */
export type ReturnState = 'TRIAGE' | 'QUEUED' | 'IN_PROGRESS';

/** A question put to the customer, and the span in which the ticket waits for the answer. */
export interface TicketWait extends Wait {
  readonly cause: 'FACTS' | 'ACCESS' | 'TOPUP' | 'CONSENT';
  readonly question: string;
}

/** One sending of facts by the customer: the report itself, then each answer. */
export interface FactsReceived {
  readonly receivedAt: Temporal.Instant;
  readonly complete: boolean;
  /** When the vendor first asked for more after this; null when it did not. */
  readonly questionedAt: Temporal.Instant | null;
}

/**
 * The promise to correct. NONE: never owed. UNDECIDED: it counts as if it were owed, but nothing follows from it until that is decided. DELIVERED: stopped until the customer has checked. STOPPED: no longer owed, because the ticket was
 * refused, withdrawn or merged, the licence has ended, or it was decided anew that none is.
 */
export interface RemedyRegion {
  readonly state: 'NONE' | 'UNDECIDED' | 'RUNNING' | 'DELIVERED' | 'MET' | 'MISSED' | 'STOPPED';
  /** Since when a correction has been owed without a break: what was due before counts as missed from then on. Null: never. */
  readonly owedSince: Temporal.Instant | null;
  readonly metAt: Temporal.Instant | null;
  readonly missedAt: Temporal.Instant | null;
  /** Spans that are to the count what waits are: from a delivery to its rejection, from a refusal to its appeal. */
  readonly standstills: readonly Wait[];
  readonly refund: { readonly state: 'OFFERED' | 'ACCEPTED' | 'DECLINED' | 'LAPSED'; readonly offer: RefundOffer } | null;
}

/** Prepaid minutes set aside for the ticket. PARTIAL: fewer than the estimate; until the work begins it lapses by itself. NONE: none, or none any more as all were taken back. */
export interface HoldRegion {
  readonly state: 'NONE' | 'PARTIAL' | 'FULL' | 'SETTLED' | 'RELEASED' | 'LAPSED';
  readonly holdId: string | null;
  readonly heldMinutes: number;
  /** Minutes that the estimate needs beyond those held; 0 when it needs none. */
  readonly shortMinutes: number;
  readonly placedAt: Temporal.Instant | null;
}

/** Whether the warranty runs at an instant is read from the clock; here is what it is counted from. */
export interface WarrantyRegion {
  readonly state: 'NONE' | 'GIVEN';
  /** The first delivery of the agreed result. */
  readonly deliveredAt: Temporal.Instant | null;
  /** The end that a warranty ticket takes over from its parent; null for work of its own. */
  readonly parentEndsAt: Temporal.Instant | null;
  /** The last rework, which leaves time to check but renews nothing. */
  readonly reworkedAt: Temporal.Instant | null;
  readonly handOverDigest: string | null;
}

/** Everything that is known about a ticket, read from its events. Four regions: work, remedy, hold, warranty. */
export interface TicketState {
  readonly ticketId: string;
  readonly customerId: string;
  readonly projectId: string | null;
  readonly parentId: string | null;
  readonly policy: PolicyPin;
  readonly licence: PaidLicence | null;
  /** The store that it is about; null: none named. */
  readonly storeId: string | null;
  readonly fingerprint: string | null;
  readonly work: WorkState;
  readonly workSince: Temporal.Instant;
  /** Set while the work state is one of AWAITING_…; else null. */
  readonly returnTo: ReturnState | null;
  readonly lastEventAt: Temporal.Instant;
  /** How many events the log holds. */
  readonly eventCount: number;

  readonly submittedAt: Temporal.Instant;
  readonly seq: number;
  /** The place in the queue: that of the submission, unless a duplicate moved it. */
  readonly queueAt: Temporal.Instant;
  readonly queueSeq: number;
  readonly expeditedBecause: string | null;

  readonly decision: TicketDecision;
  readonly category: string | null;
  readonly complexity: string | null;
  readonly appealed: boolean;
  readonly agreedOutcome: string | null;
  readonly verifiedAccess: readonly string[];
  /** Access asked for, and of that what the customer has sent, item by item; an item asked for again counts as neither sent nor verified. */
  readonly requestedAccess: readonly string[];
  readonly suppliedAccess: readonly string[];
  readonly mergedIntoId: string | null;
  readonly duplicateIds: readonly string[];

  readonly received: readonly FactsReceived[];
  readonly waits: readonly TicketWait[];
  readonly firstAnsweredAt: Temporal.Instant | null;
  readonly processingStartedAt: Temporal.Instant | null;
  /** The last delivery. */
  readonly finishedAt: Temporal.Instant | null;
  readonly closedBy: 'ACCEPTANCE' | 'SILENCE' | 'CONSENT_REFUND' | 'CONSENT_WITHDRAWAL' | 'LICENCE_REFUND' | null;

  /** What staff estimated for work that the rate card has no figure for. */
  readonly quotedMinutes: number | null;
  readonly estimateMinutes: number | null;
  readonly thresholdMinutes: number | null;
  /** Minutes the customer agreed to beyond the threshold; null until then. */
  readonly capMinutes: number | null;
  readonly topUpOrders: readonly string[];
  readonly loggedEntries: readonly string[];
  readonly loggedSeconds: number;
  /** Seconds logged while the work took prepaid time: what comes after a rejection is rework, and free. */
  readonly chargeableSeconds: number;
  /** What was charged in the end, less what a later decision gave back; null until then, and in logs from before this was noted. */
  readonly settledMinutes: number | null;
  readonly refundAs: 'MINUTES' | 'MONEY' | null;
  readonly rejections: number;

  readonly remedy: RemedyRegion;
  readonly hold: HoldRegion;
  readonly warranty: WarrantyRegion;
}

/** Whether the work has been taken up and is still to be handed over, though it may wait for the customer meanwhile. */
export function isInWork({ work, returnTo }: Pick<TicketState, 'work' | 'returnTo'>): boolean {
  return work === 'IN_PROGRESS' || returnTo === 'IN_PROGRESS';
}

/** Whether minutes are set aside for the ticket. */
export function isHolding({ hold }: Pick<TicketState, 'hold'>): boolean {
  return hold.state === 'PARTIAL' || hold.state === 'FULL';
}

/** B-15: the place of a ticket in the queue. */
export function placeOf({ queueAt, queueSeq }: TicketState): QueuePlace {
  return { queueAt, queueSeq };
}

/** B-11: recorded work in whole minutes, rounded up once for the whole task. */
export function actualMinutesOf({ loggedSeconds }: Pick<TicketState, 'loggedSeconds'>): number {
  return roundTaskSeconds([loggedSeconds]);
}

/** B-11, B-12: recorded work that may be charged, in whole minutes, before any limit: what was done while the work was free, as rework is, is left out. */
export function limitedMinutesOf({ chargeableSeconds }: Pick<TicketState, 'chargeableSeconds'>): number {
  return roundTaskSeconds([chargeableSeconds]);
}

/**
 * B-10 to B-12, B-22, B-25, B-27: minutes of prepaid time that the ticket may be charged so far. 0 for everything free, for a task the customer
 * gave up for a refund, for a withdrawn one, and for rework; else the recorded time, up to the cap agreed on, or up to the threshold without one.
 * Once it is settled: what was charged, which may be less, and stays whatever becomes of the ticket until a decision gives it back.
 */
export function chargeableMinutesOf(ticket: TicketState): number {
  if (ticket.settledMinutes !== null) return ticket.settledMinutes;
  if (isFree(ticket.decision) || ticket.closedBy === 'CONSENT_REFUND') return 0;
  if (ticket.work === 'WITHDRAWN' || ticket.work === 'MERGED' || ticket.work === 'REFUSED') return 0;
  const limit = chargeLimitOf(ticket);
  const minutes = roundTaskSeconds([ticket.chargeableSeconds]);
  return limit === null ? minutes : Math.min(minutes, limit);
}

/** B-22: whether what is done on a ticket is rework on the one it was claimed on: only as long as the warranty covers it. */
export function isReworkOfParent({ parentId, decision }: Pick<TicketState, 'parentId' | 'decision'>): boolean {
  return parentId !== null && decision.coverage === 'WARRANTY';
}

/** B-22, B-25, B-27: whether a decision takes no prepaid time, as warranty, advice and fixes of the add-on never do. */
export function isFree({ coverage, charge }: TicketDecision): boolean {
  return charge !== 'MINUTES' || coverage === 'WARRANTY' || coverage === 'ADVICE' || coverage === 'PRODUCT_BUG';
}

/**
 * B-22, B-27: whether a decision undoes a charge made before: the work is free by right, or the vendor takes it on for free. Advice is not: what it was charged
 * for was work. Nor is a refusal, nor what is not decided yet.
 */
export function undoesCharge({ verdict, coverage, charge }: TicketDecision, isTakenOn: boolean): boolean {
  const isDecided = verdict === 'ENTITLED' || (verdict === 'VENDOR_DISCRETION' && isTakenOn);
  return isDecided && charge === 'FREE' && coverage !== 'ADVICE';
}

/** B-12: minutes beyond which nothing is charged: the cap that the customer agreed to, else the threshold; null where there is no limit. */
export function chargeLimitOf({ capMinutes, thresholdMinutes }: TicketState): number | null {
  return capMinutes ?? thresholdMinutes;
}

/** The state right after the first event. A report made by a warranty claim is complete: the delivered work speaks for itself. */
export function openedTicket(event: TicketEventOf<'SUBMITTED' | 'WARRANTY_OPENED'>): TicketState {
  const isReport = event.kind === 'SUBMITTED';
  const submittedAt = isReport ? event.receivedAt : event.at;
  return {
    ticketId: event.ticketId,
    customerId: event.customerId,
    projectId: event.projectId,
    parentId: isReport ? null : event.parentId,
    policy: event.policy,
    licence: event.licence,
    storeId: event.storeId ?? null,
    fingerprint: isReport ? event.fingerprint : null,
    work: isReport ? 'TRIAGE' : 'QUEUED',
    workSince: event.at,
    returnTo: null,
    lastEventAt: event.at,
    eventCount: 1,
    submittedAt,
    seq: event.seq,
    queueAt: submittedAt,
    queueSeq: event.seq,
    expeditedBecause: null,
    decision: event.decision,
    category: isReport ? null : event.category,
    complexity: null,
    appealed: false,
    agreedOutcome: null,
    verifiedAccess: [],
    requestedAccess: [],
    suppliedAccess: [],
    mergedIntoId: null,
    duplicateIds: [],
    received: [{ receivedAt: submittedAt, complete: !isReport || event.missingFacts.length === 0, questionedAt: null }],
    waits: [],
    firstAnsweredAt: null,
    processingStartedAt: null,
    finishedAt: null,
    closedBy: null,
    quotedMinutes: null,
    estimateMinutes: null,
    thresholdMinutes: null,
    capMinutes: null,
    topUpOrders: [],
    loggedEntries: [],
    loggedSeconds: 0,
    chargeableSeconds: 0,
    settledMinutes: null,
    refundAs: null,
    rejections: 0,
    remedy: {
      state: remedyFor(event.decision),
      owedSince: remedyFor(event.decision) === 'RUNNING' ? event.at : null,
      metAt: null,
      missedAt: null,
      standstills: [],
      refund: null,
    },
    hold: { state: 'NONE', holdId: null, heldMinutes: 0, shortMinutes: 0, placedAt: null },
    warranty: {
      state: 'NONE',
      deliveredAt: null,
      parentEndsAt: isReport ? null : event.warrantyEndsAt,
      reworkedAt: null,
      handOverDigest: null,
    },
  };
}

/** what a decision makes of the promise to correct: it runs where it is owed, and provisionally where a missing fact leaves that open. */
export function remedyFor({ verdict, remedy }: TicketDecision): 'RUNNING' | 'UNDECIDED' | 'NONE' {
  if (remedy !== 'REPAIR_OR_REFUND') return 'NONE';
  if (verdict === 'NEEDS_INFO' || verdict === 'UNDETERMINED') return 'UNDECIDED';
  return verdict === 'ENTITLED' ? 'RUNNING' : 'NONE';
}

/** whether a new decision ends a promise to correct that was owed: then the customer is told why, and may appeal. */
export function endsRemedy({ work, remedy }: TicketState, decision: TicketDecision): boolean {
  const wasOwed = remedy.state === 'RUNNING' || (remedy.state === 'UNDECIDED' && remedy.owedSince !== null);
  return wasOwed && work !== 'DELIVERED' && work !== 'CLOSED' && remedyFor(decision) === 'NONE';
}
