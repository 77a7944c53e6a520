import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSession, setVisibility, type Visibility } from '../../src/persistence/session.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { TicketMessage } from '../../src/persistence/ticket-message.js';
import { fromGlobalId, toGlobalId } from '../../src/use-cases/global-id.js';
import { publishSupportPolicy } from '../../src/use-cases/support-policy.js';
import { asVendor, day, instant, policyDocument } from '../support/vendor.js';
import { mistakes } from './commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';
import { act, clockOf, codes, done, newKey, opened, ticketOf } from './tickets-under-test.js';
import { recorded } from './vendor-under-test.js';

let under: GatewayUnderTest;
let purchaseId: string;

beforeAll(async () => {
  under = await gatewayUnderTest();
  const { database } = under.gateway;
  // The shipped conditions aim at no figure: these aim at an answer within an hour.
  const document = { ...policyDocument('technical-support'), answering: { targetWorkingMinutes: 60 } };
  await asVendor(database, (em) => publishSupportPolicy(em, document, day('2026-03-02'), instant('2026-02-01T00:00:00Z')));
  const sale = { email: under.vendor.ada.email, sku: 'FILTER', at: '2026-03-09T10:00:00Z' };
  purchaseId = toGlobalId('Purchase', await recorded(database, sale));
});
afterAll(() => under.close());

const ticketOfAda = () => opened(under, 'ada', { purchaseId });
const MESSAGE = 'ticketMessage { visibility authorKind authorName body writtenAt }';
const write = (asker: Asker, ticketId: string, body: string, rest: object = {}) =>
  act(under, asker, 'ticketMessageWrite', { ticketId, body, ...rest }, '', MESSAGE);
const MESSAGES = 'messages(first: 10) { edges { cursor node { visibility authorKind authorName body } } pageInfo { hasNextPage } }';
const bodies = async (asker: Asker, ticketId: string) => {
  const { messages } = await ticketOf(under, asker, ticketId, MESSAGES);
  return messages.edges.map(({ node }: { node: { body: string } }) => node.body);
};

describe('a message on a ticket', () => {
  test('is read by the customer unless it is internal, and names of staff by staff alone', async () => {
    const ticketId = await ticketOfAda();
    expect(await write('ada', ticketId, '  Any news?  ')).toMatchObject({
      ticketMessage: {
        visibility: 'PUBLIC',
        authorKind: 'CUSTOMER',
        authorName: null,
        body: 'Any news?',
        writtenAt: '2026-03-10T10:00:00Z',
      },
      reasons: [],
      userErrors: [],
    });
    await write('staff', ticketId, 'She is in a hurry.', { visibility: 'INTERNAL' });
    await write('staff', ticketId, 'We are on it.');
    await write('partner', ticketId, 'From our desk: thank you.');
    const seen = ['Any news?', 'We are on it.', 'From our desk: thank you.'];
    for (const asker of ['ada', 'partner'] as const) expect(await bodies(asker, ticketId)).toEqual(seen);
    expect(await bodies('staff', ticketId)).toEqual([seen[0], 'She is in a hurry.', seen[1], seen[2]]);
    const { messages } = await ticketOf(under, 'staff', ticketId, MESSAGES);
    expect(messages.edges[1].node).toMatchObject({ authorKind: 'STAFF', authorName: expect.stringContaining('staff') });
  });

  test.each([
    { asker: 'staff', visibility: 'PUBLIC', state: 'MET', because: 'staff answered the customer' },
    { asker: 'staff', visibility: 'INTERNAL', state: 'RUNNING', because: 'the customer has read nothing' },
    { asker: 'ada', visibility: 'PUBLIC', state: 'RUNNING', because: 'customers do not answer themselves' },
    { asker: 'partner', visibility: 'PUBLIC', state: 'RUNNING', because: 'partners speak for the customer' },
  ] as const)(
    'of $asker, $visibility, leaves the clock of the first answer $state, because $because (A-08)',
    async ({ asker, visibility, state }) => {
      const ticketId = await ticketOfAda();
      await write(asker, ticketId, 'A word.', { visibility });
      expect(await clockOf(under, ticketId, 'FIRST_RESPONSE')).toMatchObject({ state });
    },
  );

  test.each([
    { asker: 'ada', visibility: 'PUBLIC', status: 'TRIAGE', because: 'it answers the question' },
    { asker: 'partner', visibility: 'PUBLIC', status: 'TRIAGE', because: 'partners answer for the customer' },
    { asker: 'staff', visibility: 'PUBLIC', status: 'AWAITING_CUSTOMER', because: 'staff do not answer themselves' },
    { asker: 'staff', visibility: 'INTERNAL', status: 'AWAITING_CUSTOMER', because: 'it is among staff' },
  ] as const)('of $asker, $visibility, while facts are awaited, leaves the ticket $status, because $because (A-10)', async (row) => {
    const ticketId = await ticketOfAda();
    await done(under, 'staff', 'ticketAskFacts', { ticketId, question: 'Which theme is active?', facts: ['theme'] });
    await write(row.asker, ticketId, 'It is the one that came with the shop.', { visibility: row.visibility });
    expect((await ticketOf(under, 'ada', ticketId, 'status')).status).toBe(row.status);
    const correction = await clockOf(under, ticketId, 'CORRECTION');
    expect(correction.state).toBe(row.status === 'TRIAGE' ? 'RUNNING' : 'PAUSED');
    const supplied = await asVendor(under.gateway.database, (em) =>
      em.find(TicketEvent, { ticket: fromGlobalId('Ticket', ticketId) ?? '', kind: 'FACTS_SUPPLIED' }),
    );
    // The words do not name what they supply, so the vendor still notes it as missing.
    expect(supplied.map(({ data }) => data)).toEqual(row.status === 'TRIAGE' ? [{ missingFacts: ['theme'] }] : []);
  });

  test('is written once for a key', async () => {
    const ticketId = await ticketOfAda();
    const key = { idempotencyKey: newKey() };
    const first = await write('staff', ticketId, 'Once.', key);
    expect(await write('staff', ticketId, 'Once.', key)).toEqual(first);
    expect(await bodies('ada', ticketId)).toEqual(['Once.']);
    expect(mistakes(await write('staff', ticketId, 'Twice.', key))).toEqual([['IDEMPOTENCY_KEY_REUSED', 'input.idempotencyKey']]);
  });

  test.each([
    { asker: 'ada', change: { visibility: 'INTERNAL' }, mistake: ['INVALID', 'input.visibility'], because: 'that is among staff' },
    { asker: 'partner', change: { visibility: 'INTERNAL' }, mistake: ['INVALID', 'input.visibility'], because: 'partners are not staff' },
    { asker: 'ada', change: { body: ' ' }, mistake: ['REQUIRED', 'input.body'], because: 'it says nothing' },
    { asker: 'ada', change: { body: 'x'.repeat(10_001) }, mistake: ['INVALID', 'input.body'], because: 'it is too long' },
    { asker: 'ben', change: {}, mistake: ['NOT_FOUND', 'input.ticketId'], because: 'it is not his ticket' },
  ] as const)('of $asker is $mistake, because $because', async ({ asker, change, mistake }) => {
    const ticketId = await ticketOfAda();
    expect(mistakes(await write(asker, ticketId, 'A word.', change))).toEqual([mistake]);
    expect(await bodies('staff', ticketId)).toEqual([]);
  });

  test('of staff is no answer any more on a ticket that was withdrawn', async () => {
    const ticketId = await ticketOfAda();
    await done(under, 'ada', 'ticketWithdraw', { ticketId });
    const refused = await write('staff', ticketId, 'Too late.');
    expect([codes(refused), refused.ticketMessage]).toEqual([['TICKET_STATE_FORBIDS'], null]);
    expect(await bodies('staff', ticketId)).toEqual([]);
    await write('staff', ticketId, 'She changed her mind.', { visibility: 'INTERNAL' });
    expect(await bodies('staff', ticketId)).toEqual(['She changed her mind.']);
  });
});

test('a customer’s session sees no row of what staff write among themselves, whoever asks through it', async () => {
  const ticketId = await ticketOfAda();
  for (const visibility of ['PUBLIC', 'INTERNAL']) await write('staff', ticketId, 'A word.', { visibility });
  const ticket = fromGlobalId('Ticket', ticketId) ?? '';
  const seenBy = async (visibility: Visibility) => {
    const session = openSession(under.gateway.database);
    try {
      await setVisibility(session, visibility);
      return (await session.em.find(TicketMessage, { ticket })).map((message) => message.visibility).sort();
    } finally {
      session.release();
    }
  };
  const { ada, ben } = under.vendor;
  expect(await seenBy({ sees: 'all' })).toEqual(['INTERNAL', 'PUBLIC']);
  expect(await seenBy({ sees: 'customer', customerId: ada.id })).toEqual(['PUBLIC']);
  expect(await seenBy({ sees: 'customer', customerId: ben.id })).toEqual([]);
});

test('messages come by the page, in one statement for all tickets of a page', async () => {
  const tickets = [await ticketOfAda(), await ticketOfAda(), await ticketOfAda()];
  for (const ticketId of tickets) {
    for (const body of ['one', 'two', 'three']) await write('ada', ticketId, body);
    await write('staff', ticketId, 'internal', { visibility: 'INTERNAL' });
  }
  const pageQuery =
    'query ($id: ID!, $after: String) { node(id: $id) { ... on Ticket { messages(first: 2, after: $after) { edges { node { body } } pageInfo { hasNextPage endCursor } } } } }';
  const id = tickets[0];
  const first = (await under.data('ada', pageQuery, { id })).node.messages;
  const rest = (await under.data('ada', pageQuery, { id, after: first.pageInfo.endCursor })).node.messages;
  expect([...first.edges, ...rest.edges].map(({ node }) => node.body)).toEqual(['one', 'two', 'three']);
  expect([first.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([true, false]);

  const query = `query ($first: Int!) { tickets(first: $first) { edges { node {
    messages(first: 2) { edges { node { body } } } accessInformation { item state } bug { reference fixedIn { version } }
  } } } }`;
  const counted: number[] = [];
  for (const size of [1, 3]) {
    await under.data('ada', query, { first: size });
    under.forgetStatements();
    const { tickets: page } = await under.data('ada', query, { first: size });
    expect(page.edges.map(({ node }: { node: { messages: { edges: unknown[] } } }) => node.messages.edges.length)).toEqual(
      Array(size).fill(2),
    );
    counted.push(under.statements.length);
  }
  expect(counted[1]).toBe(counted[0]);
  expect(counted[0]).toBeLessThanOrEqual(4);
});
