import { command, type Door, forBuyers, forStaff } from './access-doors.js';

let keys = 0;
/** A command on a ticket of Ada's, of staff alone or of customers, partners and staff. */
const onTicket = (name: string, input: object, by: 'desk' | 'customers'): Door => ({
  ...command(name, {
    at: `Mutation.${name}(input.ticketId)`,
    type: 'Ticket',
    uuid: ({ tickets }) => tickets.adas,
    variables: () => ({ input: { ...(name === 'ticketRevealAccess' ? {} : { idempotencyKey: `desk-door-${++keys}` }), ...input } }),
    outcomes: by === 'desk' ? forStaff('FORBIDDEN') : forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
});

/** Places that take an id around a ticket: access, messages, faults, and the conditions that a customer accepts. */
export const DESK_DOORS: readonly Door[] = [
  onTicket('ticketAskAccess', { items: ['FILES'], question: 'How do we get in?' }, 'desk'),
  onTicket('ticketVerifyAccess', { item: 'FILES', usable: true, evidence: 'It opened.' }, 'desk'),
  onTicket('ticketRevealAccess', { item: 'FILES', reason: 'To look.' }, 'desk'),
  onTicket('ticketLinkBug', { addonSku: 'FILTER', reference: 'FIL-1' }, 'desk'),
  onTicket('ticketSupplyAccess', { item: 'FILES', secret: 'open sesame' }, 'customers'),
  onTicket('ticketMessageWrite', { body: 'Any news?' }, 'customers'),
  {
    at: 'Query.termsToAccept(customerId)',
    type: 'Customer',
    uuid: ({ ada }) => ada.id,
    query:
      'query ($id: ID!) { it: termsToAccept(policyName: "technical-support", customerId: $id) { supportPolicy { version } acceptance { way } } }',
    outcomes: forBuyers('nothing', 'FORBIDDEN'),
  },
  command('termsAccept', {
    at: 'Mutation.termsAccept(input.customerId)',
    type: 'Customer',
    uuid: ({ ada }) => ada.id,
    variables: () => ({ input: { policyName: 'technical-support', version: 1, contentHash: 'of another text' } }),
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
];
