import { OUTBOX_KINDS } from '../persistence/outbox-event.js';
import { ACCEPTANCE_WAYS } from '../persistence/terms-acceptance.js';
import { MESSAGE_VISIBILITIES } from '../persistence/ticket-message.js';
import { schemaEnum } from './enums.js';

export const MessageVisibilityEnum = schemaEnum('MessageVisibility', 'Who reads a message on a ticket.', MESSAGE_VISIBILITIES, {
  PUBLIC: 'The customer, too.',
  INTERNAL: 'The vendor’s staff alone.',
});
export const TermsAcceptanceWayEnum = schemaEnum('TermsAcceptanceWay', 'How conditions were accepted.', ACCEPTANCE_WAYS, {
  EXPLICIT: 'By a word of the customer’s own.',
  BY_PURCHASE: 'By paying for what is sold under them.',
});
export const OutboxEventKindEnum = schemaEnum('OutboxEventKind', 'What is to be told outside.', OUTBOX_KINDS, {
  BUG_FIXED: 'A release fixes a fault that a ticket reported.',
  REFUND_OFFERED: 'Money is offered back, because a correction did not come in time.',
  REFUND_ACCEPTED: 'The customer took that offer: the money is to be paid, and the licence has ended.',
  TIME_REFUND_OWED: 'A task was given up, and what its bought minutes are worth is to be paid.',
  TIME_ALARM_RAISED: 'A wallet of prepaid time does not agree with its journal. For the vendor’s staff only.',
});

const ACCESS_STATES = ['SUPPLIED', 'USABLE', 'NOT_USABLE', 'PURGED'] as const;
export type AccessState = (typeof ACCESS_STATES)[number];

export const AccessStateEnum = schemaEnum('AccessState', 'How an item of access information stands.', ACCESS_STATES, {
  SUPPLIED: 'It was sent, and not tried yet.',
  USABLE: 'It was tried, and works.',
  NOT_USABLE: 'It was tried, and does not work.',
  PURGED: 'It was deleted, as the work that needed it is over. Nobody can read it any more.',
});
