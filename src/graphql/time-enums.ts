import { JOURNAL_ACTOR_KINDS, JOURNAL_KINDS, TIME_ACCOUNTS } from '../policy/time-journal.js';
import { LOT_PHASES, LOT_SOURCES } from '../policy/time-lot.js';
import { schemaEnum } from './enums.js';

export const TimeLotSourceEnum = schemaEnum('TimeLotSource', 'Why there is a lot of prepaid time.', LOT_SOURCES, {
  INCLUDED: 'It came with an add-on.',
  PURCHASED: 'It was bought.',
  GOODWILL: 'The vendor gave it.',
});
export const TimeLotPhaseEnum = schemaEnum('TimeLotPhase', 'What a lot of prepaid time is at a moment, whoever may use it.', LOT_PHASES, {
  NOT_YET: 'It may not be used yet.',
  USABLE: 'It runs. Time of no project must be assigned to one before it is of use.',
  SUSPENDED:
    'The support term that it depends on does not run. It is usable again once that is renewed, where that is offered; never once the purchase was taken back.',
  ENDED: 'It has ended for good; what was reserved before may still be used for that task.',
});
export const TimeEntryKindEnum = schemaEnum('TimeEntryKind', 'What an entry of the time journal does.', JOURNAL_KINDS, {
  GRANT: 'Puts new time into the ledger.',
  ASSIGN: 'Assigns time to a project, or takes it back from one.',
  HOLD: 'Reserves time for a task, or adds to its reservation.',
  SETTLE: 'Charges a task the time that it took, and ends its reservation.',
  RELEASE: 'Gives back what was reserved.',
  LAPSE: 'Gives back what was reserved and not topped up in time.',
  EXPIRE: 'Books that time has ended.',
  VOID: 'Takes time out of the ledger for good.',
  REVERSE: 'Undoes an earlier entry.',
});
export const TimeActorKindEnum = schemaEnum('TimeActorKind', 'Who caused an entry of the time journal.', JOURNAL_ACTOR_KINDS, {
  STAFF: 'The vendor’s staff.',
  PARTNER: 'A partner’s integration.',
  CUSTOMER: 'The customer.',
  STORE: 'The plugin inside a store.',
  PROGRAM: 'Nobody in person: an import, or something that became due.',
});
export const TimeAccountEnum = schemaEnum('TimeAccount', 'Where minutes stand in the time journal.', TIME_ACCOUNTS, {
  AVAILABLE: 'In a lot, and neither reserved nor gone.',
  HELD: 'Reserved for a task.',
  CONSUMED: 'Used.',
  EXPIRED: 'Ended unused.',
  VOIDED: 'Taken out for good.',
  ISSUED: 'The other side of a grant: minus what was ever put in.',
});
