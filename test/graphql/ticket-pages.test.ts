import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { graphql } from 'graphql';
import { makeContext } from '../../src/graphql/context.js';
import { buildGraphqlSchema } from '../../src/graphql/schema.js';
import { openSession } from '../../src/persistence/session.js';
import { type Actor, SCOPES } from '../../src/use-cases/actor.js';
import { authenticateToken } from '../../src/use-cases/authenticate.js';
import { fromGlobalId, toGlobalId } from '../../src/use-cases/global-id.js';
import { asVendor } from '../support/vendor.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';
import { COMPLETE, done, newReport, opened, ticketOf } from './tickets-under-test.js';
import { newId } from './time-under-test.js';

const MANY = 50;

let under: GatewayUnderTest;
/** Ids of Ada's tickets, the oldest first: of the first half every fifth waits for facts and the others are queued; the rest is not classified yet. */
let adas: string[];
let bens: string;
beforeAll(async () => {
  under = await gatewayUnderTest();
  under.at('2026-03-10T10:00:00Z');
  const adasPurchase = { purchaseId: toGlobalId('Purchase', under.vendor.ada.purchases.active ?? '') };
  const [queued, waiting, fresh] = [
    await opened(under, 'ada', adasPurchase),
    await opened(under, 'ada', adasPurchase),
    await opened(under, 'ada', adasPurchase),
  ];
  for (const ticketId of [queued, waiting]) {
    await done(under, 'staff', 'ticketClassify', { ticketId, request: 'CORRECTION', category: 'CORRECTION', complexity: 'M' });
  }
  await done(under, 'staff', 'ticketAskFacts', { ticketId: waiting, question: 'Which theme?', facts: ['theme'] });
  adas = await likeTickets(Array.from({ length: MANY }, (_, index) => (index >= MANY / 2 ? fresh : index % 5 === 4 ? waiting : queued)));
  for (const ticketId of [queued, waiting, fresh]) await done(under, 'ada', 'ticketWithdraw', { ticketId });
  const bensPurchase = { purchaseId: toGlobalId('Purchase', under.vendor.ben.purchases.prepaid ?? '') };
  bens = await opened(under, 'ben', { ...bensPurchase, request: 'ADVICE' });
});
afterAll(() => under.close());

/** A ticket like each of these, with its log and decisions: to send fifty through their doors would take seconds. Gives their ids. */
async function likeTickets(originals: readonly string[]): Promise<string[]> {
  const copies = originals.map((id, index) => ({ from: fromGlobalId('Ticket', id), id: newId(), seq: 1001 + index }));
  const copying = 'from jsonb_to_recordset(?::jsonb) as copy ("from" uuid, id uuid, seq bigint)';
  await asVendor(under.gateway.database, async (em) => {
    const run = (sql: string, values: unknown[]) => em.getConnection().execute(sql, values, 'run', em.getTransactionContext());
    const like = (row: string, change: string) => `select (jsonb_populate_record(${row}, jsonb_build_object(${change}))).*`;
    await run(
      `insert into ticket ${like('old', `'id', copy.id, 'seq', copy.seq, 'queue_seq', copy.seq`)} ${copying} join ticket old on old.id = copy."from"`,
      [JSON.stringify(copies)],
    );
    const opening = `case old.ordinal when 1 then jsonb_build_object('ticketId', copy.id, 'seq', copy.seq) else '{}' end`;
    await run(
      `insert into ticket_event ${like('old', `'ticket_id', copy.id, 'data', old.data || ${opening}`)} ${copying} join ticket_event old on old.ticket_id = copy."from"`,
      [JSON.stringify(copies)],
    );
    await run(
      `insert into ticket_decision ${like('old', `'id', gen_random_uuid(), 'ticket_id', copy.id`)} ${copying} join ticket_decision old on old.ticket_id = copy."from"`,
      [JSON.stringify(copies)],
    );
    await run(`select setval('ticket_seq', 2000)`, []);
  });
  return copies.map(({ id }) => toGlobalId('Ticket', id));
}

/** Asks once, so that the token's use is noted and policies are at hand, and again; returns the answer and how many statements it took. */
async function asked(asker: Asker, query: string, variables: Record<string, unknown> = {}) {
  await under.data(asker, query, variables);
  under.forgetStatements();
  const data = await under.data(asker, query, variables);
  return { data, statements: under.statements.length };
}

const EVERYTHING = `
  id number subject status category waitingFor { cause askedAt } clocks { kind state dueAt }
  decision { verdict reasons { code } supportPolicy { version } storeReading { readAt } } decisions { moment }
  task { estimateMinutes chargeableMinutes } hold { state } warranty { endsAt } refundOffer { state amount { amount } closesAt }
  customer { email } purchase { addon { sku } } store { url } project { name } parent { id } mergedInto { id } duplicates { id }
  queuePosition { position readyCount queuedAt movedBy { number } expeditedBecause }
`;
const LOGS = 'events(first: 3) { edges { node { kind summary } } } task { workLog(first: 2) { edges { node { note } } } }';

describe('however many tickets a page has, as many statements', () => {
  test.each<{ as: Asker; moment: string; because: string }>([
    { as: 'staff', moment: '2026-03-11T10:00:00Z', because: 'rows, logs, decisions and places are read together' },
    { as: 'ada', moment: '2026-03-11T10:00:00Z', because: 'so they are for a customer' },
    { as: 'ada', moment: '2026-04-25T10:00:00Z', because: 'what time has done by then is reckoned, not read' },
  ])('for $as at $moment, because $because', async ({ as, moment }) => {
    under.at(moment);
    const page = (fields: string) => `query ($first: Int!) { tickets(first: $first) { edges { node { ${fields} } } } }`;
    // The newest are not classified yet: thirty hold some of every kind.
    for (const fields of [EVERYTHING, LOGS]) {
      const few = await asked(as, page(fields), { first: 30 });
      const many = await asked(as, page(fields), { first: MANY });
      expect(many.data.tickets.edges).toHaveLength(MANY);
      expect(many.statements).toBe(few.statements);
      expect(many.statements).toBeLessThanOrEqual(18);
    }
  });

  test('of one ticket in the queue, and of a page of them', async () => {
    under.at('2026-04-25T10:00:00Z');
    const one = await asked('ada', `query ($id: ID!) { node(id: $id) { ... on Ticket { ${EVERYTHING} } } }`, { id: adas[0] });
    expect(one.data.node).toMatchObject({ status: 'QUEUED', refundOffer: { state: 'OFFERED', amount: { amount: '96.00' } } });
    const many = await asked('ada', `{ tickets(first: ${MANY}) { edges { node { ${EVERYTHING} } } } }`);
    expect(many.statements).toBe(one.statements);
  });

  test('of customers with their tickets', async () => {
    const query =
      'query ($first: Int!) { customers(first: $first) { edges { node { email tickets(first: 3) { edges { node { number status } } } } } } }';
    const [one, both] = [await asked('staff', query, { first: 1 }), await asked('staff', query, { first: 2 })];
    expect(both.data.customers.edges.map(({ node }: { node: { tickets: { edges: unknown[] } } }) => node.tickets.edges.length)).toEqual([
      3, 1,
    ]);
    expect(both.statements).toBe(one.statements);
  });

  test('of the queue', async () => {
    const query = `query ($first: Int!) {
      ticketQueue(first: $first) { edges { node { position waitedSeconds waitedWorkingMinutes waitingFor { cause } nextDue { kind dueAt } ticket { number status subject } } } }
    }`;
    const [one, many] = [await asked('staff', query, { first: 1 }), await asked('staff', query, { first: MANY })];
    expect(many.data.ticketQueue.edges).toHaveLength(MANY / 2);
    expect(many.statements).toBe(one.statements);
    expect(under.statements.filter((sql) => sql.includes('from ticket_event '))).toHaveLength(1);
  });
});

describe('the queue', () => {
  const QUEUE = `query ($after: String) {
    ticketQueue(first: 6, after: $after) {
      edges { node { position waitedSeconds waitedWorkingMinutes waitingFor { cause question } nextDue { kind } ticket { id } } } pageInfo { hasNextPage endCursor }
    }
  }`;

  test('is in the order of submission; who waits keeps the place and has no number', async () => {
    // From 11:00 on Tuesday to 11:00 on Wednesday in Paris: six working hours on the first day, two on the second.
    under.at('2026-03-11T10:00:00Z');
    const { ticketQueue } = await under.data('staff', QUEUE);
    const nodes = ticketQueue.edges.map(({ node }: { node: object }) => node);
    expect(nodes.map(({ ticket }: { ticket: { id: string } }) => ticket.id)).toEqual(adas.slice(0, 6));
    expect(nodes.map(({ position }: { position: number | null }) => position)).toEqual([1, 2, 3, 4, null, 5]);
    expect(nodes[0]).toMatchObject({ waitedSeconds: 86_400, waitedWorkingMinutes: 480, waitingFor: null, nextDue: { kind: 'CORRECTION' } });
    expect(nodes[4]).toMatchObject({ waitingFor: { cause: 'FACTS', question: 'Which theme?' }, nextDue: null });
    const rest = await under.data('staff', QUEUE, { after: ticketQueue.pageInfo.endCursor });
    expect([ticketQueue.pageInfo.hasNextPage, rest.ticketQueue.edges[0].node]).toMatchObject([
      true,
      { position: 6, ticket: { id: adas[6] } },
    ]);
  });

  test('is for the desk; a customer is told its own place, counted among everyone’s', async () => {
    for (const asker of ['ada', 'partner', 'adaStore'] as const) {
      const { errors } = await under.ask(asker, QUEUE);
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
    await done(under, 'staff', 'ticketClassify', {
      ticketId: bens,
      request: 'ADVICE',
      category: 'ADVICE',
      complexity: 'S',
      needsWorkOnHost: false,
    });
    const { queuePosition } = await ticketOf(under, 'ben', bens, 'queuePosition { position readyCount submittedAt queuedAt }');
    const submittedAt = '2026-03-10T10:00:00Z';
    expect(queuePosition).toEqual({ position: 21, readyCount: 21, submittedAt, queuedAt: submittedAt });
  });

  test.each([
    'junk',
    Buffer.from('["yesterday","1"]').toString('base64url'),
    Buffer.from('["2026-03-10T10:00:00Z","one"]').toString('base64url'),
  ])('goes on behind no place that is none: %s', async (after) => {
    const { errors } = await under.ask('staff', QUEUE, { after });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('a list of tickets', () => {
  const LIST = `query ($first: Int, $after: String, $status: TicketStatus) {
    tickets(first: $first, after: $after, status: $status) { edges { node { id status } } pageInfo { hasNextPage endCursor } }
  }`;
  const listed = async (asker: Asker, variables: Record<string, unknown>) => (await under.data(asker, LIST, variables)).tickets;
  const idsOf = ({ edges }: { edges: { node: { id: string } }[] }) => edges.map(({ node }) => node.id);

  test('is of one’s own, the newest first, and goes on where a page ended', async () => {
    under.at('2026-03-11T10:00:00Z');
    const first = await listed('ada', { first: 20 });
    expect(idsOf(first)).toEqual(adas.toReversed().slice(0, 20));
    const rest = idsOf(await listed('ada', { first: 100, after: first.pageInfo.endCursor }));
    // The three that the others are like were withdrawn, and are the oldest.
    expect([rest.slice(0, -3), rest.length]).toEqual([adas.toReversed().slice(20), MANY + 3 - 20]);
    expect(idsOf(await listed('ada', { status: 'WITHDRAWN' }))).toEqual(rest.slice(-3));
    expect(idsOf(await listed('ben', {}))).toEqual([bens]);
    expect(idsOf(await listed('staff', { first: 100 }))).toHaveLength(MANY + 4);
  });

  test('of those that stand somewhere knows what time has done, written down or not', async () => {
    under.at('2026-03-12T10:00:00Z');
    const ticketId = adas[0] ?? '';
    await done(under, 'staff', 'ticketClaim', { ticketId });
    const confirmed = { correction: { confirmation: 'Only blue shirts are shown.' }, loggedEntries: 0, loggedSeconds: 0 };
    await done(under, 'staff', 'ticketDeliver', { ticketId, ...confirmed });
    const where = async () => [idsOf(await listed('ada', { status: 'DELIVERED' })), idsOf(await listed('ada', { status: 'CLOSED' }))];
    expect(await where()).toEqual([[ticketId], []]);
    const ofCustomer = (status: string) =>
      under
        .data('ada', `{ viewer { customer { tickets(status: ${status}) { edges { node { id } } } } } }`)
        .then(({ viewer }) => idsOf(viewer.customer.tickets));
    expect([await ofCustomer('DELIVERED'), await ofCustomer('CLOSED')]).toEqual([[ticketId], []]);
    // The fifth working day after Thursday 12 March has passed, and no worker has looked.
    under.at('2026-03-19T23:00:00Z');
    expect(await where()).toEqual([[], [ticketId]]);
    expect([await ofCustomer('DELIVERED'), await ofCustomer('CLOSED')]).toEqual([[], [ticketId]]);
  });

  test('tells a ticket by its number to whom it belongs', async () => {
    const { number } = await ticketOf(under, 'ada', adas[1] ?? '', 'number');
    const byNumber = async (asker: Asker) =>
      (await under.data(asker, 'query ($number: Int!) { ticket(number: $number) { id } }', { number })).ticket;
    expect([await byNumber('ada'), await byNumber('staff'), await byNumber('ben')]).toEqual([{ id: adas[1] }, { id: adas[1] }, null]);
  });
});

describe('who sees what of a ticket', () => {
  test('the second net keeps a customer to its own although the first is off', async () => {
    const session = await openSession(under.gateway.database);
    try {
      await authenticateToken(session, under.tokens.ben, under.gateway.tokenPepper, under.gateway.now());
      const disguised: Actor = { kind: 'STAFF', name: 'staff:nobody', scopes: SCOPES, customerId: null, storeId: null };
      const source =
        'query ($id: ID!) { node(id: $id) { id } tickets(first: 100) { edges { node { id events { edges { node { kind } } } } } } }';
      const contextValue = makeContext(under.gateway, disguised, session);
      const { data, errors } = await graphql({ schema: buildGraphqlSchema(), source, variableValues: { id: adas[0] }, contextValue });
      expect(errors).toBeUndefined();
      expect(JSON.parse(JSON.stringify(data))).toMatchObject({ node: null, tickets: { edges: [{ node: { id: bens } }] } });
    } finally {
      session.release();
    }
  });

  test('names of staff are for staff', async () => {
    const LOG = 'events { edges { node { kind actorKind actorName } } }';
    const [forStaff, forAda] = [await ticketOf(under, 'staff', adas[2] ?? '', LOG), await ticketOf(under, 'ada', adas[2] ?? '', LOG)];
    const names = (seen: typeof forAda) => seen.events.edges.map(({ node }: { node: { actorName: string | null } }) => node.actorName);
    expect(forAda.events.edges.map(({ node }: { node: { actorKind: string } }) => node.actorKind)).toEqual(['CUSTOMER', 'STAFF']);
    expect(names(forAda)).toEqual([null, null]);
    expect(names(forStaff)).toEqual([expect.stringMatching(/^customer/), expect.stringMatching(/^staff/)]);
  });

  test('what was reported is told as it was', async () => {
    const report = newReport();
    const purchaseId = toGlobalId('Purchase', under.vendor.ada.purchases.active ?? '');
    const id = await opened(under, 'ada', { purchaseId, report });
    const seen = await ticketOf(
      under,
      'ada',
      id,
      'subject request report { subject description steps expected actual platformVersion installedVersion }',
    );
    expect(seen).toEqual({ subject: report.subject, request: 'CORRECTION', report: { ...report, ...COMPLETE } });
  });

  test('what hangs on a ticket needs the scope that it needs at the root', async () => {
    const created = await under.data(
      'staff',
      'mutation { accessTokenCreate(input: { kind: PARTNER, label: "helpdesk", scopes: [TICKETS_READ] }) { secret } }',
    );
    const asPartner = async (fields: string) => {
      const query = `{ tickets(first: 1, customerId: "${toGlobalId('Customer', under.vendor.ada.id)}") { edges { node { ${fields} } } } }`;
      const headers = { authorization: `Bearer ${created.accessTokenCreate.secret}` };
      return (await under.server.inject({ method: 'POST', url: '/graphql', payload: { query }, headers })).json();
    };
    expect((await asPartner('status clocks { kind }')).data.tickets.edges).toHaveLength(1);
    for (const fields of ['customer { email }', 'purchase { id }', 'store { url }', 'project { name }']) {
      const { errors } = await asPartner(fields);
      expect(errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
  });
});
