import { toGlobalId } from '../src/use-cases/global-id.js';
import type { Desk } from './desk-dataset.js';
import type { Exchange } from './http-lanes.js';

export interface DeskQuestion {
  readonly operation: string;
  readonly page: Exchange;
  /** The same for a page of ten; null: there are no pages. */
  readonly pageOfTen: Exchange | null;
}

const STATEMENT = `query ($customerId: ID!, $startsAt: DateTime!, $endsAt: DateTime!, $first: Int!) {
  customer(id: $customerId) {
    timeLedger {
      statement(startsAt: $startsAt, endsAt: $endsAt) {
        opening { availableMinutes heldMinutes spentMinutes }
        closing { availableMinutes heldMinutes spentMinutes }
        entries(first: $first) {
          edges { node { entry { sequence kind reason recordedAt change { availableMinutes heldMinutes spentMinutes } } } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
}`;

const QUEUE = `query ($first: Int!) {
  ticketQueue(first: $first) {
    edges {
      node { position waitedSeconds waitedWorkingMinutes waitingFor { cause } nextDue { kind dueAt } ticket { number status subject customer { name } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** What staff read all day. */
export function deskQuestions({ staffToken, bookkeeperId }: Desk): DeskQuestion[] {
  const statement = (first: number) =>
    exchange(staffToken, STATEMENT, {
      ...{ customerId: toGlobalId('Customer', bookkeeperId), first },
      ...{ startsAt: '2020-01-01T00:00:00Z', endsAt: '2100-01-01T00:00:00Z' },
    });
  const queue = (first: number) => exchange(staffToken, QUEUE, { first });
  return [
    { operation: 'statement, page of 100', page: statement(100), pageOfTen: statement(10) },
    { operation: 'queue, page of 50', page: queue(50), pageOfTen: queue(10) },
  ];
}

/** A spend: taken up, which holds 30 minutes, worked on for 20, and delivered, which charges these and gives 10 back. */
export function commandsOf(ticketId: string, staffToken: string): Exchange[] {
  const seconds = 20 * 60;
  const command = (name: string, type: string, rest: object, select: string, begins: string) => {
    const input = { idempotencyKey: `${name} ${ticketId}`, ticketId: toGlobalId('Ticket', ticketId), ...rest };
    const query = `mutation ($input: ${type}!) { it: ${name}(input: $input) { reasons { code } userErrors { code } ${select} } }`;
    return exchange(staffToken, query, { input }, `{"data":{"it":{"reasons":[],"userErrors":[]${begins}`);
  };
  return [
    command('ticketClaim', 'TicketClaimInput', {}, 'ticket { status }', ',"ticket":{"status":"IN_PROGRESS"}'),
    command('workLog', 'WorkLogInput', { seconds, note: 'Worked.' }, '', ''),
    command('ticketDeliver', 'TicketDeliverInput', { loggedEntries: 1, loggedSeconds: seconds }, 'chargedMinutes', ',"chargedMinutes":20'),
  ];
}

function exchange(token: string, query: string, variables: object, answerBegins = '{"data":{"'): Exchange {
  return { path: '/graphql', authorization: `Bearer ${token}`, body: JSON.stringify({ query, variables }), answerBegins };
}
