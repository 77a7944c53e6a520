import { toGlobalId } from '../../src/use-cases/global-id.js';
import { command, type Door, forBuyers, forStaff, node, type Things } from './access-doors.js';
import type { Asker } from './gateway-under-test.js';

const adasTicket = ({ tickets }: Things): string => tickets.adas;
const own = (asker: Asker, { ada, ben }: Things): string =>
  toGlobalId('Purchase', (asker === 'ben' ? ben.purchases.expired : ada.purchases.active) ?? '');
const report = { subject: 'A door', description: 'What happens at this door?' };

let keys = 0;
/** A command of staff, or of customers, partners and staff, on the ticket that is named. */
const onTicket = (name: string, input: object, by: 'desk' | 'customers'): Door => ({
  ...command(name, {
    at: `Mutation.${name}(input.ticketId)`,
    type: 'Ticket',
    uuid: adasTicket,
    variables: () => ({ input: { idempotencyKey: `door-${++keys}`, ...input } }),
    outcomes: by === 'desk' ? forStaff('FORBIDDEN') : forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
});
/** Opening a ticket on one's own purchase, so that only what is named beside it is foreign. */
const opening = (argument: 'purchaseId' | 'projectId' | 'storeId' | 'duplicateOf', type: Door['type'], uuid: Door['uuid']): Door => ({
  ...command('ticketOpen', {
    at: `Mutation.ticketOpen(input.${argument})`,
    type,
    uuid,
    variables: (things, asker) => ({
      input: {
        idempotencyKey: `door-${++keys}`,
        ...(argument === 'purchaseId' ? {} : { purchaseId: own(asker, things) }),
        request: 'CORRECTION',
        report: { subject: `Door ${keys}`, description: `Nothing like before${keys}` },
      },
    }),
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
});
const preview = (argument: 'purchaseId' | 'projectId' | 'storeId', type: Door['type'], uuid: Door['uuid']): Door => ({
  at: `Query.ticketPreview(input.${argument})`,
  type,
  uuid,
  query:
    argument === 'purchaseId'
      ? 'query ($id: ID!, $report: TicketReportInput!) { it: ticketPreview(input: { purchaseId: $id, request: ADVICE, report: $report }) { missingFacts } }'
      : `query ($id: ID!, $purchase: ID!, $report: TicketReportInput!) {
          it: ticketPreview(input: { purchaseId: $purchase, ${argument}: $id, request: ADVICE, report: $report }) { missingFacts }
        }`,
  variables: (things, asker) => ({ report, ...(argument === 'purchaseId' ? {} : { purchase: own(asker, things) }) }),
  outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
});

const adasPurchase = ({ ada }: Things): string => ada.purchases.active ?? '';
const adasStore = ({ ada }: Things): string => ada.stores[0] ?? '';
const adasProject = ({ project }: Things): string => project;

/** Every place that takes the id of a ticket, and those where tickets are opened. */
export const TICKET_DOORS: readonly Door[] = [
  node('Ticket', adasTicket, forBuyers('nothing', 'nothing')),
  {
    at: 'Query.tickets(customerId)',
    type: 'Customer',
    uuid: ({ ada }) => ada.id,
    query: 'query ($id: ID!) { it: tickets(customerId: $id) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }',
    outcomes: forBuyers('nothing', 'FORBIDDEN'),
  },
  preview('purchaseId', 'Purchase', adasPurchase),
  preview('projectId', 'Project', adasProject),
  preview('storeId', 'Store', adasStore),
  opening('purchaseId', 'Purchase', adasPurchase),
  opening('projectId', 'Project', adasProject),
  opening('storeId', 'Store', adasStore),
  opening('duplicateOf', 'Ticket', adasTicket),
  onTicket('ticketClassify', { request: 'CORRECTION', category: 'CORRECTION', complexity: 'M' }, 'desk'),
  onTicket('ticketEstimate', { estimateMinutes: 30 }, 'desk'),
  onTicket('ticketRefuse', { message: 'No.' }, 'desk'),
  onTicket('ticketAskFacts', { question: 'Which?', facts: ['theme'] }, 'desk'),
  onTicket('ticketFindCause', { rootCause: 'HOST', evidence: 'The log shows it.' }, 'desk'),
  onTicket('ticketExpedite', { reason: 'It burns.' }, 'desk'),
  onTicket('ticketClaim', {}, 'desk'),
  onTicket('workLog', { seconds: 60, note: 'Looked.' }, 'desk'),
  onTicket('ticketDeliver', { loggedEntries: 0, loggedSeconds: 0 }, 'desk'),
  onTicket('ticketAppeal', { message: 'Look again.' }, 'customers'),
  onTicket('ticketSupplyFacts', { message: 'Luma.' }, 'customers'),
  onTicket('ticketAgreeOutcome', { outcome: 'It works.', evidence: 'As written.' }, 'customers'),
  onTicket('ticketConsent', { choice: 'REFUND', refundAs: 'MINUTES' }, 'customers'),
  onTicket('ticketAccept', {}, 'customers'),
  onTicket('ticketReject', { reason: 'It fails.' }, 'customers'),
  onTicket('ticketClaimWarranty', { report, agreedResult: 'COVERED' }, 'customers'),
  onTicket('refundOfferAccept', {}, 'customers'),
  onTicket('refundOfferDecline', {}, 'customers'),
  {
    ...onTicket('ticketMerge', {}, 'customers'),
    // Ben's own ticket is the original for Ben, so that only the other is foreign.
    variables: ({ tickets }, asker) => ({
      input: { idempotencyKey: `door-${++keys}`, originalId: toGlobalId('Ticket', asker === 'ben' ? tickets.bens : tickets.adasSecond) },
    }),
  },
  {
    ...onTicket('ticketMerge', {}, 'customers'),
    at: 'Mutation.ticketMerge(input.originalId)',
    variables: ({ tickets }, asker) => ({
      input: { idempotencyKey: `door-${++keys}`, ticketId: toGlobalId('Ticket', asker === 'ben' ? tickets.bens : tickets.adasSecond) },
    }),
  },
  onTicket('ticketWithdraw', {}, 'customers'),
];
