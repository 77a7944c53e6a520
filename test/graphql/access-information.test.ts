import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { tablesWith } from '../support/planted-text.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, NOTHING } from './gateway-under-test.js';
import { act, codes, done, newReport, opened, ticketOf } from './tickets-under-test.js';

/** Planted in every field through which access comes; found nowhere afterwards. */
const CANARY = 'canary-p%ssw0rd';
const ITEMS = 'accessInformation { item state suppliedAt suppliedBy checkedAt checkedBy purgedAt }';

let under: GatewayUnderTest;
let purchaseId: string;

beforeAll(async () => {
  under = await gatewayUnderTest({ LOG_LEVEL: 'trace' });
  purchaseId = toGlobalId('Purchase', under.vendor.ben.purchases.prepaid ?? '');
});
afterAll(() => under.close());

/** A ticket of Ben's for an installation, which needs the admin panel and the files. */
async function installation(): Promise<string> {
  const ticketId = await opened(under, 'ben', { purchaseId, request: 'STORE_INTERVENTION', report: newReport() });
  const kind = { request: 'STORE_INTERVENTION', category: 'INSTALL', complexity: 'S', discretionReason: 'Gladly.' };
  await done(under, 'staff', 'ticketClassify', { ticketId, ...kind });
  return ticketId;
}
const supplied = (ticketId: string, item: string, secret: string, asker: Asker = 'ben') =>
  act(under, asker, 'ticketSupplyAccess', { ticketId, item, secret }, ITEMS);
const REVEAL = `mutation ($input: TicketRevealAccessInput!) {
  it: ticketRevealAccess(input: $input) { secret reasons { code facts { name value } } ticket { id } userErrors { code path message } }
}`;
const revealed = async (ticketId: string, item: string, asker: Asker = 'staff') =>
  (await under.data(asker, REVEAL, { input: { ticketId, item, reason: 'To install.' } })).it;

describe('access information', () => {
  test('is asked for, supplied, verified and shown, and its secret leaves by one door alone', async () => {
    const ticketId = await installation();
    const question = { ticketId, items: ['ADMIN_PANEL', 'FILES'], question: 'How do we get in?' };
    expect(await act(under, 'staff', 'ticketAskAccess', question, 'waitingFor { cause question }')).toMatchObject({
      ticket: { status: 'AWAITING_ACCESS', waitingFor: { cause: 'ACCESS', question: 'How do we get in?' } },
      reasons: [],
    });
    const { ticket, userErrors } = await supplied(ticketId, 'FILES', `${CANARY} of files`);
    expect(userErrors).toEqual([]);
    expect(ticket.accessInformation).toEqual([
      {
        item: 'FILES',
        state: 'SUPPLIED',
        suppliedAt: '2026-03-10T10:00:00Z',
        suppliedBy: null,
        checkedAt: null,
        checkedBy: null,
        purgedAt: null,
      },
    ]);
    await supplied(ticketId, 'ADMIN_PANEL', `${CANARY} of the panel`, 'partner');
    for (const item of ['FILES', 'ADMIN_PANEL'])
      await done(under, 'staff', 'ticketVerifyAccess', { ticketId, item, usable: true, evidence: 'The login page greeted us.' });
    expect(await ticketOf(under, 'staff', ticketId, `status ${ITEMS}`)).toMatchObject({
      status: 'QUEUED',
      accessInformation: [
        { item: 'ADMIN_PANEL', state: 'USABLE', suppliedBy: expect.stringMatching(/^partner:.* by token:/), checkedBy: expect.any(String) },
        { item: 'FILES', state: 'USABLE', suppliedBy: expect.stringMatching(/^customer:.* by token:/) },
      ],
    });
    expect(await revealed(ticketId, 'FILES')).toEqual({
      secret: `${CANARY} of files`,
      reasons: [],
      ticket: { id: ticketId },
      userErrors: [],
    });
    const again = await revealed(ticketId, 'FILES');
    expect([again.secret, codes(again)]).toEqual([null, ['ACCESS_SHOWN']]);
    const { accessInformation } = await ticketOf(
      under,
      'staff',
      ticketId,
      'accessInformation { item reveals { staffName reason revealedAt } }',
    );
    expect(accessInformation).toMatchObject([
      { item: 'ADMIN_PANEL', reveals: [] },
      { item: 'FILES', reveals: [{ reason: 'To install.', revealedAt: '2026-03-10T10:00:00Z' }] },
    ]);
  });

  test('that does not work is asked for again, and one that is withdrawn is gone', async () => {
    const ticketId = await installation();
    await supplied(ticketId, 'FILES', CANARY);
    const check = { ticketId, item: 'FILES', usable: false, evidence: 'The password is refused.' };
    expect(await act(under, 'staff', 'ticketVerifyAccess', check, `waitingFor { question } ${ITEMS}`)).toMatchObject({
      ticket: {
        status: 'AWAITING_ACCESS',
        waitingFor: { question: 'FILES could not be used: The password is refused.' },
        accessInformation: [{ state: 'NOT_USABLE' }],
      },
    });
    await done(under, 'ben', 'ticketWithdraw', { ticketId });
    expect(await ticketOf(under, 'ben', ticketId, ITEMS)).toMatchObject({ accessInformation: [{ item: 'FILES', state: 'PURGED' }] });
    const answer = await revealed(ticketId, 'FILES');
    expect([answer.secret, codes(answer)]).toEqual([null, ['ACCESS_PURGED']]);
    const late = await supplied(ticketId, 'FILES', CANARY);
    expect(codes(late)).toEqual(['TICKET_STATE_FORBIDS']);
  });

  test('is looked at by staff alone, and so is who did', async () => {
    const ticketId = await installation();
    await supplied(ticketId, 'FILES', CANARY);
    for (const asker of ['ben', 'ada', 'partner', 'benStore'] as const) {
      const answer = await under.ask(asker, REVEAL, { input: { ticketId, item: 'FILES', reason: 'Curious.' } });
      expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
    const query = 'query ($id: ID!) { node(id: $id) { ... on Ticket { accessInformation { reveals { staffName } } } } }';
    for (const asker of ['ben', 'partner'] as const) {
      const answer = await under.ask(asker, query, { id: ticketId });
      expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
  });

  test('is answered with an order not to keep it', async () => {
    const ticketId = await installation();
    await supplied(ticketId, 'FILES', CANARY);
    const response = await under.server.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: REVEAL, variables: { input: { ticketId, item: 'FILES', reason: 'To install.' } } },
      headers: { authorization: `Bearer ${under.tokens.staff}` },
    });
    expect(response.body).toContain(CANARY);
    expect(response.headers['cache-control']).toBe('no-store');
  });
});

describe('a mistake beside a secret', () => {
  const SUPPLY =
    'mutation ($input: TicketSupplyAccessInput!) { it: ticketSupplyAccess(input: $input) { reasons { code message } userErrors { code path message } } }';
  const input = async (change: object) => ({
    idempotencyKey: 'k'.repeat(8),
    ticketId: await installation(),
    item: 'FILES',
    secret: CANARY,
    ...change,
  });

  test.each([
    { change: { ticketId: toGlobalId('Ticket', NOTHING) }, because: 'there is no such ticket' },
    { change: { item: `${CANARY} in the wrong field` }, because: 'that is no item' },
    { change: { idempotencyKey: '' }, because: 'a key is needed' },
    { change: { secret: `${CANARY}${'x'.repeat(4_000)}` }, because: 'it is too long' },
    { change: { secret: '   ' }, because: 'it is blank' },
  ])('is told without it, because $because', async ({ change }) => {
    const { text, data } = await under.ask('ben', SUPPLY, { input: await input(change) });
    expect(data.it.userErrors).toHaveLength(1);
    expect(text).not.toContain('canary');
  });

  test.each([
    { change: { secret: [CANARY] }, because: 'a secret is no list' },
    { change: { secret: { canary: CANARY } }, because: 'nor an object' },
    { change: { [CANARY.slice(0, 6)]: CANARY }, because: 'there is no such field' },
    { change: { item: null }, because: 'an item must be named' },
    { change: { ticketId: { canary: CANARY } }, because: 'an id is a text' },
  ])('of form is told without it, because $because', async ({ change }) => {
    const { text, status, errors } = await under.ask('ben', SUPPLY, { input: await input(change) });
    expect([status, errors.length]).toEqual([400, 1]);
    expect(text).not.toContain(CANARY);
  });

  test.each([
    { fields: `secret: "${CANARY}", item: 7`, because: 'an item is a text' },
    { fields: `secret: ["${CANARY}"], item: "FILES"`, because: 'a secret is no list' },
    { fields: `secret: { of: "${CANARY}" }, item: "FILES"`, because: 'nor an object' },
    { fields: `secret: "" "${CANARY}", item: "FILES"`, because: 'that is no GraphQL' },
    { fields: `secret: """x""" """${CANARY}""", item: "FILES"`, because: 'nor is that' },
  ])('that is written into the query itself is told without it, because $because', async ({ fields }) => {
    const { text, status } = await under.ask('ben', `mutation { ticketSupplyAccess(input: { ${fields} }) { reasons { code } } }`);
    expect(status).toBe(400);
    expect(text).not.toContain(CANARY);
  });
});

test('of all that was supplied above, nothing stands in clear in a log or anywhere in the database', async () => {
  const ticketId = await installation();
  const key = { idempotencyKey: 'repeated access' };
  const input = { ...key, ticketId, item: 'FILES', secret: CANARY };
  for (const secret of [CANARY, CANARY, `another ${CANARY}`]) await act(under, 'ben', 'ticketSupplyAccess', { ...input, secret });
  await act(under, 'staff', 'ticketSupplyAccess', { ticketId, item: 'ADMIN_PANEL', secret: CANARY });
  expect(under.errorLog()).toContain('"route":"/graphql"');
  expect(under.errorLog()).not.toContain('canary');
  const found = await tablesWith(under.gateway.database, 'canary');
  expect(found).toEqual([]);
  // The net has no hole where it would matter: what is public is found.
  expect(await tablesWith(under.gateway.database, 'How do we get in?')).toEqual(['public.ticket_event']);
  expect(await tablesWith(under.gateway.database, 'repeated access')).toEqual(['public.idempotency_key']);
});
