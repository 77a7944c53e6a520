import { TICKET_CHANNELS } from '../persistence/ticket.js';
import { TICKET_DECISION_MOMENTS } from '../persistence/ticket-decision.js';
import { ROOT_CAUSES } from '../policy/support-policy.js';
import { WORK_STATES } from '../policy/ticket.js';
import { CLOCK_KINDS, CLOCK_STATES } from '../policy/ticket-clock.js';
import { TICKET_ACTOR_KINDS, TICKET_EVENT_KINDS } from '../policy/ticket-event.js';
import { schemaEnum } from './enums.js';

export const TicketStatusEnum = schemaEnum('TicketStatus', 'Where the work on a ticket stands.', WORK_STATES, {
  TRIAGE: 'It waits to be classified or refused.',
  QUEUED: 'It is ready, and waits for its turn.',
  IN_PROGRESS: 'It is being worked on.',
  DELIVERED: 'The work is delivered, and the customer may check it.',
  CLOSED: 'It is over.',
  AWAITING_CUSTOMER: 'It waits for facts that the customer was asked for.',
  AWAITING_ACCESS: 'It waits for access that the customer was asked for.',
  AWAITING_TOPUP: 'It waits for more prepaid time.',
  AWAITING_CONSENT: 'It waits for the customer’s word on effort beyond the limit.',
  REFUSED: 'It was not taken on; one appeal is possible.',
  MERGED: 'It was the same request as another, and went into that.',
  WITHDRAWN: 'The customer took it back.',
});
export const TicketChannelEnum = schemaEnum('TicketChannel', 'How a request came.', TICKET_CHANNELS, {
  FORM: 'Through the vendor’s own form.',
  API: 'Through a partner’s or the customer’s own program.',
  EMAIL: 'As an e-mail; it counts as submitted when that came.',
});
export const TicketDecisionMomentEnum = schemaEnum(
  'TicketDecisionMoment',
  'What made the vendor decide about a request.',
  TICKET_DECISION_MOMENTS,
  {
    SUBMISSION: 'It was submitted.',
    CLASSIFICATION: 'It was classified.',
    FINDING: 'A cause was found.',
    WARRANTY_CLAIM: 'Warranty was claimed on delivered work.',
  },
);
export const ClockKindEnum = schemaEnum('ClockKind', 'What a clock of a ticket counts.', CLOCK_KINDS, {
  FIRST_RESPONSE: 'Working minutes until a person is to answer.',
  COMPLETENESS: 'Working days in which an incomplete report can be questioned; then it counts as complete.',
  CORRECTION: 'Working days in which the fault is to be corrected.',
  VERIFICATION: 'How long delivered work can be rejected.',
  REFUND_OFFER: 'How long the offer to pay back stays open.',
  HOLD: 'How long minutes that do not suffice yet are kept.',
  CONSENT: 'Since when the customer’s consent is waited for; it has no end.',
  WARRANTY: 'How long warranty can be claimed.',
});
export const ClockStateEnum = schemaEnum('ClockState', 'How a clock stands.', CLOCK_STATES, {
  RUNNING: 'It counts.',
  PAUSED: 'The count stands still.',
  MET: 'What was due was done in time.',
  MISSED: 'The due instant passed first.',
  STOPPED: 'It ended otherwise.',
});
export const WaitCauseEnum = schemaEnum(
  'WaitCause',
  'What a ticket waits for its customer to give.',
  ['FACTS', 'ACCESS', 'TOPUP', 'CONSENT'],
  {
    FACTS: 'Facts that the report lacks.',
    ACCESS: 'Access to the store.',
    TOPUP: 'More prepaid time.',
    CONSENT: 'Consent to extraordinary effort.',
  },
);
export const HoldStateEnum = schemaEnum(
  'TicketHoldState',
  'How prepaid minutes are set aside for a ticket.',
  ['PARTIAL', 'FULL', 'SETTLED', 'RELEASED', 'LAPSED'],
  {
    PARTIAL: 'Fewer minutes than the estimate are kept, for as long as the clock HOLD says, or to the end of work that has begun.',
    FULL: 'The whole estimate is kept.',
    SETTLED: 'The work was charged.',
    RELEASED: 'The minutes went back uncharged.',
    LAPSED: 'The minutes went back because too few were there for too long.',
  },
);
export const WarrantyStateEnum = schemaEnum('WarrantyState', 'Whether warranty can be claimed.', ['RUNNING', 'ENDED'], {
  RUNNING: 'It can be claimed.',
  ENDED: 'Its time has passed.',
});
export const RefundOfferStateEnum = schemaEnum(
  'RefundOfferState',
  'What became of an offer to pay back.',
  ['OFFERED', 'ACCEPTED', 'DECLINED', 'LAPSED'],
  {
    OFFERED: 'It is open to be answered.',
    ACCEPTED: 'It was accepted: licence and support have ended. The payout is the vendor’s act.',
    DECLINED: 'It was declined.',
    LAPSED: 'It was not answered in time.',
  },
);
export const TicketActorKindEnum = schemaEnum('TicketActorKind', 'Who did something to a ticket.', TICKET_ACTOR_KINDS, {
  CUSTOMER: 'The customer.',
  STAFF: 'The vendor’s staff.',
  PARTNER: 'A partner, for the customer.',
  STORE: 'The plugin in the customer’s store.',
  PROGRAM: 'The program: what time alone has done.',
});
export const RootCauseEnum = schemaEnum('RootCause', 'Where a fault comes from.', ROOT_CAUSES, {
  ADDON: 'From the add-on itself.',
  UNKNOWN: 'Nobody has shown it yet.',
  STORE_CUSTOMISATION: 'From a customisation of the store.',
  THIRD_PARTY: 'From an extension or theme of somebody else.',
  HOST: 'From the server that the store runs on.',
  USER: 'From the way it was used.',
});
export const TicketEventKindEnum = schemaEnum('TicketEventKind', 'What happened to a ticket.', TICKET_EVENT_KINDS, {
  SUBMITTED: 'It was submitted.',
  WARRANTY_OPENED: 'It was opened by a warranty claim on another.',
  ANSWERED: 'The vendor wrote to the customer.',
  ESTIMATE_GIVEN: 'The vendor estimated work that the rate card has no figure for.',
  CLASSIFIED: 'It was classified and queued.',
  REFUSED: 'It was refused.',
  APPEALED: 'The refusal was appealed.',
  ROOT_CAUSE_FOUND: 'The cause of the fault was found.',
  FACTS_REQUESTED: 'Facts were asked for.',
  FACTS_SUPPLIED: 'Facts were supplied.',
  ACCESS_REQUESTED: 'Access was asked for.',
  ACCESS_SUPPLIED: 'Access was supplied.',
  ACCESS_VERIFIED: 'Access was shown to work.',
  OUTCOME_AGREED: 'Both sides agreed on the outcome of the work.',
  EXPEDITED: 'The vendor may take it out of turn.',
  MERGED_INTO: 'It went into another ticket.',
  DUPLICATE_ABSORBED: 'Another ticket went into it.',
  CLAIMED: 'The work was taken up.',
  TIME_SHORT: 'There was too little prepaid time.',
  TOPPED_UP: 'Prepaid time was added.',
  HOLD_LAPSED: 'Minutes kept for it went back.',
  HOLD_CUT: 'Minutes kept for it were taken back, as after a charge-back.',
  WORK_LOGGED: 'Work was logged.',
  THRESHOLD_REACHED: 'The work reached the limit beyond which consent is needed.',
  CONSENT_GIVEN: 'The customer decided on effort beyond the limit.',
  DELIVERED: 'The work was delivered.',
  ACCEPTED: 'The customer accepted the delivery.',
  VERIFICATION_LAPSED: 'The time for checking the delivery ended in silence.',
  REJECTED: 'The customer rejected the delivery.',
  WARRANTY_CLAIMED: 'Warranty was claimed on it.',
  REWORK_DELIVERED: 'Rework under its warranty was delivered.',
  WITHDRAWN: 'The customer took it back.',
  CORRECTION_MISSED: 'The fault was not corrected in the promised time.',
  REFUND_OFFERED: 'Paying back was offered.',
  REFUND_ACCEPTED: 'The offer to pay back was accepted.',
  REFUND_DECLINED: 'The offer to pay back was declined.',
  REFUND_LAPSED: 'The offer to pay back ended unanswered.',
  LICENCE_ENDED: 'The licence ended, and with it what was promised.',
});
export const ConsentChoiceEnum = schemaEnum('ConsentChoice', 'What becomes of work that reached its limit.', ['EXTRA', 'REFUND'], {
  EXTRA: 'It goes on, up to a new limit.',
  REFUND: 'It is given up, and nothing of it is charged.',
});
export const RefundFormEnum = schemaEnum('RefundForm', 'How the minutes of a task that is given up come back.', ['MINUTES', 'MONEY'], {
  MINUTES: 'As minutes.',
  MONEY: 'Bought ones as money, which the vendor owes; the others as minutes.',
});
export const LikenessEnum = schemaEnum('Likeness', 'How alike a request and an open ticket are.', ['MERGE', 'ASK'], {
  MERGE: 'They say the very same: it goes into the open ticket by itself.',
  ASK: 'They are alike: it goes into the open ticket if the customer confirms it.',
});
export const MergeOutcomeEnum = schemaEnum(
  'MergeOutcome',
  'What a repeated request does to the ticket that it goes into.',
  ['MOVES', 'STAYS', 'COMMENT'],
  {
    MOVES: 'The ticket moves to the place of the later request.',
    STAYS: 'The ticket keeps its place.',
    COMMENT: 'Work on the ticket has begun: the later request is added to it and moves nothing.',
  },
);
export const AgreedResultEnum = schemaEnum(
  'AgreedResult',
  'Whether what is claimed belongs to the outcome that was agreed on.',
  ['COVERED', 'NOT_COVERED'],
  { COVERED: 'It does.', NOT_COVERED: 'It does not.' },
);
export const CodeChangerEnum = schemaEnum('CodeChanger', 'Who changed the code of a store.', ['CUSTOMER', 'THIRD_PARTY', 'VENDOR'], {
  CUSTOMER: 'The customer.',
  THIRD_PARTY: 'Somebody else.',
  VENDOR: 'The vendor, which voids nothing.',
});
