import type { AfterSalesVerdict, Charge, Coverage } from './after-sales.js';
import type { Money } from './money.js';
import type { AfterSalesRequest, CoverageRule, RootCause } from './support-policy.js';

/** Who acts. PARTNER and STORE act for the customer; PROGRAM records what time alone has done, or what the request itself already says. */
export const TICKET_ACTOR_KINDS = ['CUSTOMER', 'STAFF', 'PARTNER', 'STORE', 'PROGRAM'] as const;
export type TicketActorKind = (typeof TICKET_ACTOR_KINDS)[number];

export interface TicketActor {
  readonly kind: TicketActorKind;
  /** Null for the program. */
  readonly id: string | null;
}

/** What was decided about the request, as it was decided then. */
export interface TicketDecision {
  readonly verdict: AfterSalesVerdict;
  readonly coverage: Coverage;
  readonly charge: Charge;
  readonly remedy: CoverageRule['remedy'];
}

/** Which version of the support policy binds the ticket for good. */
export interface PolicyPin {
  readonly name: string;
  readonly version: number;
  readonly contentHash: string;
}

/** The licence that a correction is owed on, and what was paid for it that day: tax included, after discounts, without renewals. */
export interface PaidLicence {
  readonly purchaseId: string;
  readonly paidGross: Money;
}

/** A release, judged for this customer and store; or a change of configuration whose effect was confirmed. */
export type DeliveredCorrection =
  | {
      readonly by: 'RELEASE';
      readonly version: string;
      readonly containsFix: boolean;
      readonly customerMayDownload: boolean;
      readonly installsOnStore: boolean;
    }
  | { readonly by: 'CONFIGURATION'; readonly confirmation: string };

/** A place in the queue: earlier `queueAt` first, then lower `queueSeq`. */
export interface QueuePlace {
  readonly queueAt: Temporal.Instant;
  readonly queueSeq: number;
}

/** An offer to pay back what was paid for the licence, because its correction was not delivered in time. */
export interface RefundOffer {
  readonly purchaseId: string;
  readonly amount: Money;
  readonly basis: 'PAID_GROSS';
  /** When the correction was due, and how many working days had been promised: the evidence of the offer. */
  readonly correctionDueAt: Temporal.Instant;
  readonly correctionWorkingDays: number;
  readonly admittedAt: Temporal.Instant;
  readonly opensAt: Temporal.Instant;
  /** The first instant at which it can no longer be accepted; null when the calendar has no such day. */
  readonly closesAt: Temporal.Instant | null;
  /** Whether either end rests on days for which the calendar's holidays are not known. */
  readonly provisional: boolean;
}

interface EventBase {
  /** When it took effect. For what time has done: the due instant, however late it is recorded. */
  readonly at: Temporal.Instant;
  readonly actor: TicketActor;
}

/** What the first event of every ticket states. Ids and `seq` are given; `seq` rises with every ticket of the queue. */
interface Opening {
  readonly ticketId: string;
  readonly customerId: string;
  readonly projectId: string | null;
  readonly seq: number;
  readonly policy: PolicyPin;
  readonly decision: TicketDecision;
  readonly licence: PaidLicence | null;
  /** The store that it is about; null or, in logs from before this was noted, left out: none named. */
  readonly storeId?: string | null;
}

interface Submitted extends EventBase, Opening {
  readonly kind: 'SUBMITTED';
  readonly channel: 'FORM' | 'API' | 'EMAIL';
  /** When the request reached the vendor: `at` itself, and for an e-mail when the e-mail came. */
  readonly receivedAt: Temporal.Instant;
  /** Id of the message that an e-mail ticket was made from; else null. */
  readonly messageId: string | null;
  readonly fingerprint: string;
  /** Parts of a complete report that are missing, such as "storeVersion"; empty when it is complete. */
  readonly missingFacts: readonly string[];
}

/** A claim under warranty is a ticket of its own: linked, free, and queued at once. */
interface WarrantyOpened extends EventBase, Opening {
  readonly kind: 'WARRANTY_OPENED';
  readonly parentId: string;
  readonly category: string | null;
  /** The end of the parent's warranty, which the work of this ticket does not renew. */
  readonly warrantyEndsAt: Temporal.Instant;
}

/** Each kind of event with its own data, beside `at` and `actor`. */
interface EventData {
  ANSWERED: { readonly messageId: string };
  ESTIMATE_GIVEN: { readonly estimateMinutes: number };
  /** `thresholdMinutes`: actual minutes beyond which nothing is charged without consent; null where the policy sets no such limit. */
  CLASSIFIED: {
    readonly request: AfterSalesRequest;
    readonly category: string;
    readonly complexity: string;
    readonly decision: TicketDecision;
    readonly estimateMinutes: number | null;
    readonly thresholdMinutes: number | null;
    /** Why the vendor does what is left to its discretion, or why no correction is owed any more; else null. */
    readonly discretionReason: string | null;
  };
  REFUSED: { readonly message: string; readonly clause: string | null };
  APPEALED: { readonly message: string };
  ROOT_CAUSE_FOUND: { readonly rootCause: RootCause; readonly evidence: string; readonly decision: TicketDecision };
  FACTS_REQUESTED: { readonly question: string; readonly facts: readonly string[] };
  FACTS_SUPPLIED: { readonly missingFacts: readonly string[] };
  ACCESS_REQUESTED: { readonly question: string; readonly items: readonly string[] };
  ACCESS_SUPPLIED: { readonly items: readonly string[] };
  ACCESS_VERIFIED: { readonly items: readonly string[] };
  /** `evidence`: what shows that the customer agreed, when staff record it; else null. */
  OUTCOME_AGREED: { readonly outcome: string; readonly evidence: string | null };
  EXPEDITED: { readonly reason: string };
  MERGED_INTO: { readonly originalId: string; readonly ground: DuplicateGround };
  /** `movedTo`: the original's new place, which is the duplicate's; null where nothing moves. */
  DUPLICATE_ABSORBED: { readonly duplicateId: string; readonly duplicatePlace: QueuePlace; readonly movedTo: QueuePlace | null };
  /** `holdId` is null for free work. */
  CLAIMED: { readonly holdId: string | null; readonly heldMinutes: number; readonly codeDigest: string | null };
  TIME_SHORT: {
    readonly question: string;
    readonly holdId: string | null;
    readonly heldMinutes: number;
    readonly shortMinutes: number;
  };
  /** `availableMinutes`: usable for this ticket after the order, beyond what it holds. */
  TOPPED_UP: { readonly orderKey: string; readonly availableMinutes: number };
  HOLD_LAPSED: { readonly holdId: string };
  /** `heldMinutes`: what is left of the reservation after minutes in it were taken back; 0: it is over. */
  HOLD_CUT: { readonly holdId: string; readonly heldMinutes: number };
  WORK_LOGGED: { readonly entryId: string; readonly seconds: number };
  THRESHOLD_REACHED: { readonly question: string };
  CONSENT_GIVEN:
    | { readonly choice: 'EXTRA'; readonly capMinutes: number }
    | { readonly choice: 'REFUND'; readonly refundAs: 'MINUTES' | 'MONEY' };
  /** `logged`: what the deliverer declares to be the whole work log. */
  DELIVERED: {
    readonly loggedEntries: number;
    readonly loggedSeconds: number;
    readonly correction: DeliveredCorrection | null;
    readonly codeDigest: string | null;
    readonly settledMinutes?: SettledMinutes;
  };
  ACCEPTED: { readonly message: string | null };
  VERIFICATION_LAPSED: Readonly<Record<never, never>>;
  REJECTED: { readonly reason: string };
  WARRANTY_CLAIMED: { readonly childId: string; readonly decision: TicketDecision };
  /** The linked warranty ticket was delivered. */
  REWORK_DELIVERED: { readonly childId: string };
  WITHDRAWN: { readonly message: string | null; readonly settledMinutes?: SettledMinutes };
  /** `dueAt` is earlier than `at` where it was found to be owed only after it was due. */
  CORRECTION_MISSED: { readonly dueAt: Temporal.Instant; readonly workingDays: number };
  REFUND_OFFERED: { readonly offer: RefundOffer };
  REFUND_ACCEPTED: Readonly<Record<never, never>>;
  REFUND_DECLINED: Readonly<Record<never, never>>;
  REFUND_LAPSED: Readonly<Record<never, never>>;
  /** The licence that the ticket is about was taken back, or its price paid back: nothing more is owed on it. */
  LICENCE_ENDED: Readonly<Record<never, never>>;
}

/** What the time ledger charged with the event; left out where it charged nothing by it, and in logs from before this was noted. */
type SettledMinutes = number;

/** SAME_FINGERPRINT: the very same request; CONFIRMED: alike, and the customer says it is the same. */
export type DuplicateGround = 'SAME_FINGERPRINT' | 'CONFIRMED';

type LaterEvent = { readonly [K in keyof EventData]: EventBase & { readonly kind: K } & EventData[K] }[keyof EventData];

/** One thing that happened to a ticket. The log of a ticket only grows, and everything about the ticket is read from it. */
export type TicketEvent = Submitted | WarrantyOpened | LaterEvent;
export type TicketEventKind = TicketEvent['kind'];
export type TicketEventOf<K extends TicketEventKind> = Extract<TicketEvent, { readonly kind: K }>;

/** What time alone does to a ticket; recorded by the program. */
export const TIME_EVENT_KINDS = ['CORRECTION_MISSED', 'REFUND_OFFERED', 'REFUND_LAPSED', 'VERIFICATION_LAPSED', 'HOLD_LAPSED'] as const;
export type TimeEventKind = (typeof TIME_EVENT_KINDS)[number];

export const TICKET_EVENT_KINDS = [
  'SUBMITTED',
  'WARRANTY_OPENED',
  'ANSWERED',
  'ESTIMATE_GIVEN',
  'CLASSIFIED',
  'REFUSED',
  'APPEALED',
  'ROOT_CAUSE_FOUND',
  'FACTS_REQUESTED',
  'FACTS_SUPPLIED',
  'ACCESS_REQUESTED',
  'ACCESS_SUPPLIED',
  'ACCESS_VERIFIED',
  'OUTCOME_AGREED',
  'EXPEDITED',
  'MERGED_INTO',
  'DUPLICATE_ABSORBED',
  'CLAIMED',
  'TIME_SHORT',
  'TOPPED_UP',
  'HOLD_LAPSED',
  'HOLD_CUT',
  'WORK_LOGGED',
  'THRESHOLD_REACHED',
  'CONSENT_GIVEN',
  'DELIVERED',
  'ACCEPTED',
  'VERIFICATION_LAPSED',
  'REJECTED',
  'WARRANTY_CLAIMED',
  'REWORK_DELIVERED',
  'WITHDRAWN',
  'CORRECTION_MISSED',
  'REFUND_OFFERED',
  'REFUND_ACCEPTED',
  'REFUND_DECLINED',
  'REFUND_LAPSED',
  'LICENCE_ENDED',
] as const satisfies readonly TicketEventKind[];
