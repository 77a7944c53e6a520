import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromGlobalId, toGlobalId } from '../../src/use-cases/global-id.js';
import { customerOf, euros } from '../support/vendor.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';
import { opened } from './tickets-under-test.js';
import { newWork, type TimeUnderTest, timeUnderTest } from './time-under-test.js';

const MANY = 1_000;
const OTHERS = ['cy', 'dan', 'eve', 'flo', 'gus', 'hal'];

let under: GatewayUnderTest;
let time: TimeUnderTest;
let shop: string;
let bought: string;
let included: string;

const ACCOUNTS = 'grantedMinutes availableMinutes heldMinutes spentMinutes expiredMinutes voidedMinutes';
type Accounts = Record<string, number>;
const accounts = (some: Accounts): Accounts => ({ ...Object.fromEntries(ACCOUNTS.split(' ').map((name) => [name, 0])), ...some });

beforeAll(async () => {
  under = await gatewayUnderTest();
  time = await timeUnderTest(under.gateway.database);
  const { id } = under.vendor.ada;
  shop = await time.project(id, 'Shop');
  const lasting = { projectId: shop, at: '2026-02-01T10:00:00Z' };
  included = await time.grant(id, { ...lasting, minutes: 20, source: 'GOODWILL', priority: 10 });
  bought = await time.grant(id, { ...lasting, minutes: 600, price: euros(50_000n) });
  // Policy: 600 minutes for 500.00, used as 37, 37, 37, 489, are worth 30.83, 30.84, 30.83, 407.50. The first task takes the 20 given minutes, too.
  for (const [day, minutes] of [57, 37, 37].entries()) {
    const work = newWork();
    const hold = await time.hold(id, shop, 60, `2026-02-0${day + 2}T10:00:00Z`, work);
    await time.settle(id, shop, hold, work, minutes, `2026-02-0${day + 2}T15:00:00Z`);
  }
  await time.hold(id, shop, 489, '2026-02-05T10:00:00Z');
  for (const name of OTHERS) {
    const other = await customerOf(under.gateway.database, `${name}@shop.example`);
    const project = await time.project(other, name);
    await time.grant(other, { minutes: 10, at: '2026-01-01T00:00:00Z', projectId: project });
    await time.hold(other, project, 4, '2026-01-02T00:00:00Z');
  }
  const { ben } = under.vendor;
  const busy = await time.project(ben.id, 'Busy');
  await time.grant(ben.id, { minutes: MANY, at: '2026-01-01T00:00:00Z', projectId: busy });
  await time.extendedHold(ben.id, busy, MANY - 1, '2026-01-02T00:00:00Z');
});
afterAll(() => under.close());

async function ofLedger(fields: string, asker: Asker = 'ada', variables: Record<string, unknown> = {}) {
  const id = toGlobalId('Customer', asker === 'ben' ? under.vendor.ben.id : under.vendor.ada.id);
  const query = `query ($id: ID!) { it: customer(id: $id) { timeLedger { ${fields} } } }`;
  return (await under.data(asker, query, { id, ...variables })).it.timeLedger;
}
const nodesOf = <T>({ edges }: { edges: readonly { readonly node: T }[] }): T[] => edges.map(({ node }) => node);

describe('the entries of a journal', () => {
  test('come backwards, the newest first, by the page', async () => {
    const page = 'edges { node { sequence kind } } pageInfo { hasNextPage endCursor }';
    const { entries } = await ofLedger(`entries(first: 2) { ${page} }`);
    expect(nodesOf(entries)).toEqual([
      { sequence: 9, kind: 'HOLD' },
      { sequence: 8, kind: 'SETTLE' },
    ]);
    const rest = (await ofLedger(`entries(after: "${entries.pageInfo.endCursor}") { ${page} }`)).entries;
    expect(nodesOf<{ sequence: number }>(rest).map(({ sequence }) => sequence)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
  });

  test('tell when, who, why, for which project, and what they add to which account of which lot', async () => {
    const fields = `edges { node { sequence kind effectiveAt recordedAt actorKind actorName reason rule requestedMinutes lapsesAt
      project { name } change { ${ACCOUNTS} } legs { account minutes lot { id availableMinutes } } reverses { id } reversedBy { id } } }`;
    const [settled, held] = nodesOf<object>((await ofLedger(`entries(first: 20) { ${fields} }`, 'staff')).entries).slice(-4, -2);
    const told = {
      actorKind: 'STAFF',
      actorName: 'staff:grace',
      project: { name: 'Shop' },
      lapsesAt: null,
      reverses: null,
      reversedBy: null,
    };
    const free = { id: toGlobalId('TimeLot', included), availableMinutes: 0 };
    const paid = { id: toGlobalId('TimeLot', bought), availableMinutes: 0 };
    expect(held).toEqual({
      ...told,
      sequence: 3,
      kind: 'HOLD',
      effectiveAt: '2026-02-02T10:00:00Z',
      recordedAt: '2026-02-02T10:00:00Z',
      reason: 'The work was claimed.',
      rule: 'B-09',
      requestedMinutes: 60,
      change: accounts({ availableMinutes: -60, heldMinutes: 60 }),
      legs: [
        { account: 'AVAILABLE', minutes: -20, lot: free },
        { account: 'HELD', minutes: 20, lot: free },
        { account: 'AVAILABLE', minutes: -40, lot: paid },
        { account: 'HELD', minutes: 40, lot: paid },
      ],
    });
    expect(settled).toMatchObject({
      sequence: 4,
      kind: 'SETTLE',
      reason: 'The work was delivered.',
      rule: 'B-10',
      change: accounts({ availableMinutes: 3, heldMinutes: -60, spentMinutes: 57 }),
    });
  });

  test('name nobody of the vendor’s staff to a customer', async () => {
    const { entries } = await ofLedger('entries { edges { node { actorKind actorName } } }');
    expect(new Set(nodesOf(entries).map((entry) => JSON.stringify(entry)))).toEqual(new Set(['{"actorKind":"STAFF","actorName":null}']));
  });

  test('as of the past are those that were recorded by then', async () => {
    const query = 'query ($asOf: DateTime) { viewer { customer { timeLedger(asOf: $asOf) { entries { edges { node { sequence } } } } } } }';
    const { viewer } = await under.data('ada', query, { asOf: '2026-02-02T10:00:00Z' });
    expect(nodesOf<{ sequence: number }>(viewer.customer.timeLedger.entries).map(({ sequence }) => sequence)).toEqual([3, 2, 1]);
  });

  test('and reservations name the ticket that the time is for, to whoever may see tickets', async () => {
    const { id, purchases } = under.vendor.ada;
    const project = await time.project(id, 'Checkout');
    await time.grant(id, { minutes: 60, at: '2026-03-01T10:00:00Z', projectId: project });
    const purchaseId = toGlobalId('Purchase', purchases.prepaid ?? '');
    const request = { request: 'STORE_INTERVENTION', category: 'CONFLICT', purchaseId, projectId: toGlobalId('Project', project) };
    const ticket = await opened(under, 'ada', request);
    const ticketId = fromGlobalId('Ticket', ticket) ?? '';
    await time.hold(id, project, 60, '2026-03-10T10:00:00Z', { ticketId, taskId: ticketId });
    const { entries, openHolds } = await ofLedger(
      'entries(first: 1) { edges { node { kind ticket { id } } } } openHolds(first: 1) { pageInfo { endCursor } }',
    );
    expect(nodesOf(entries)).toEqual([{ kind: 'HOLD', ticket: { id: ticket } }]);
    const rest = await ofLedger(`openHolds(after: "${openHolds.pageInfo.endCursor}") { edges { node { heldMinutes ticket { id } } } }`);
    expect(nodesOf(rest.openHolds)).toEqual([{ heldMinutes: 60, ticket: { id: ticket } }]);
    const granted = await ofLedger('entries(first: 1, after: "WyIxMSJd") { edges { node { sequence kind ticket { id } } } }');
    expect(nodesOf(granted.entries)).toEqual([{ sequence: 10, kind: 'GRANT', ticket: null }]);
    const scopes =
      'mutation { accessTokenCreate(input: { kind: PARTNER, label: "books", scopes: [PURCHASES_READ, TIME_READ] }) { secret } }';
    const { secret } = (await under.data('staff', scopes)).accessTokenCreate;
    const query = '{ customers(first: 1) { edges { node { timeLedger { entries(first: 1) { edges { node { ticket { id } } } } } } } } }';
    const refused = await under.server.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query },
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(refused.json().errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code)).toEqual(['FORBIDDEN']);
  });

  test('are found again by their ids', async () => {
    const { entries } = await ofLedger('entries(first: 1) { edges { node { id sequence rule } } }');
    const [entry] = nodesOf<{ id: string }>(entries);
    const query = 'query ($id: ID!) { node(id: $id) { id ... on TimeEntry { sequence rule } } }';
    expect(await under.data('ada', query, { id: entry?.id })).toEqual({ node: entry });
    expect(await under.data('ben', query, { id: entry?.id })).toEqual({ node: null });
  });

  test.each(['entries', 'lots', 'openHolds'])('%s of a ledger take no cursor that is not theirs', async (field) => {
    const others = Buffer.from(JSON.stringify(['-1'])).toString('base64url');
    for (const after of ['junk', others, Buffer.from('["2026-03-01T00:00:00Z","1"]').toString('base64url')]) {
      const answer = await under.ask('ada', `{ viewer { customer { timeLedger { ${field}(after: "${after}") { edges { cursor } } } } } }`);
      expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    }
  });
});

describe('a statement (B-14)', () => {
  const span = (from: string, to: string) => `statement(startsAt: "${from}", endsAt: "${to}")`;
  const ENTRY = `entry { sequence kind reason change { ${ACCOUNTS} } }`;

  test.each([
    { from: '2026-02-01T00:00:00Z', to: '2026-02-06T00:00:00Z', entries: 9, because: 'that is the whole journal' },
    { from: '2026-02-02T10:00:00Z', to: '2026-02-03T15:00:00Z', entries: 3, because: 'the beginning counts and the end does not' },
    { from: '2026-02-02T10:00:00Z', to: '2026-02-02T10:00:00Z', entries: 0, because: 'nothing lies in no time' },
    { from: '2027-01-01T00:00:00Z', to: '2028-01-01T00:00:00Z', entries: 0, because: 'nothing was recorded in a time to come' },
  ])('from $from to $to has $entries entries, because $because; opening with all changes is the closing', async ({ from, to, entries }) => {
    const { statement } = await ofLedger(
      `${span(from, to)} { startsAt endsAt opening { ${ACCOUNTS} } closing { ${ACCOUNTS} } entries(first: 100) { edges { node { ${ENTRY} } } } }`,
    );
    const changes = nodesOf<{ entry: { change: Accounts } }>(statement.entries).map(({ entry }) => entry.change);
    expect([statement.startsAt, statement.endsAt, changes.length]).toEqual([from, to, entries]);
    const summed = ACCOUNTS.split(' ').map((name) => [
      name,
      changes.reduce((sum, change) => sum + (change[name] ?? 0), statement.opening[name]),
    ]);
    expect(Object.fromEntries(summed)).toEqual(statement.closing);
  });

  test('values what left a bought lot, so that the parts sum to its price', async () => {
    const { statement } = await ofLedger(
      `${span('2026-02-01T00:00:00Z', '2026-02-05T00:00:00Z')} { entries { edges { node { entry { kind } values { minutes value { amount currencyCode } lot { id } } } } } closing { ${ACCOUNTS} } }`,
    );
    const values = nodesOf<{ values: { value: { amount: string } }[] }>(statement.entries).flatMap(({ values: parts }) => parts);
    const lot = { id: toGlobalId('TimeLot', bought) };
    expect(values).toEqual(['30.83', '30.84', '30.83'].map((amount) => ({ minutes: 37, value: { amount, currencyCode: 'EUR' }, lot })));
    expect(statement.closing).toEqual(accounts({ grantedMinutes: 620, availableMinutes: 489, spentMinutes: 131 }));
  });

  test('tells each lot as it stood before and after, and what was reserved at the end', async () => {
    const { statement } = await ofLedger(
      `${span('2026-02-02T12:00:00Z', '2026-02-05T12:00:00Z')} {
        lots { edges { node { lot { id } opening { ${ACCOUNTS} } closing { ${ACCOUNTS} } } } }
        openHolds { edges { node { heldMinutes placedAt project { name } } } } }`,
    );
    expect(nodesOf(statement.lots)).toEqual([
      {
        lot: { id: toGlobalId('TimeLot', included) },
        opening: accounts({ grantedMinutes: 20, heldMinutes: 20 }),
        closing: accounts({ grantedMinutes: 20, spentMinutes: 20 }),
      },
      {
        lot: { id: toGlobalId('TimeLot', bought) },
        opening: accounts({ grantedMinutes: 600, availableMinutes: 560, heldMinutes: 40 }),
        closing: accounts({ grantedMinutes: 600, heldMinutes: 489, spentMinutes: 111 }),
      },
    ]);
    expect(nodesOf(statement.openHolds)).toEqual([{ heldMinutes: 489, placedAt: '2026-02-05T10:00:00Z', project: { name: 'Shop' } }]);
  });

  test('ends no earlier than it begins', async () => {
    const answer = await under.ask(
      'ada',
      `{ viewer { customer { timeLedger { ${span('2026-02-02T10:00:00Z', '2026-02-02T09:59:59Z')} { startsAt } } } } }`,
    );
    expect(answer.errors.map(({ extensions, message }) => [extensions.code, message])).toEqual([
      ['BAD_USER_INPUT', '`endsAt` lies before `startsAt`.'],
    ]);
  });
});

describe('however much there is, as many statements', () => {
  /** Asks once, so that the token’s use is noted, and again; returns the answer and how many statements it took. */
  async function counted(asker: Asker, query: string, variables?: Record<string, unknown>) {
    await under.data(asker, query, variables);
    under.forgetStatements();
    const data = await under.data(asker, query, variables);
    return { data, statements: under.statements.length };
  }
  const FIGURES =
    'timeLedger { availableMinutes heldMinutes suspension { raisedAt } openHolds { edges { node { heldMinutes project { name } } } } }';

  test('for a page of entries with their legs, lots and projects', async () => {
    const query = `query ($first: Int!) { viewer { customer { timeLedger { entries(first: $first) { edges { node {
      sequence project { name } legs { account minutes lot { source } } } } pageInfo { hasNextPage } } } } } }`;
    const short = await counted('ben', query, { first: 1 });
    const long = await counted('ben', query, { first: 100 });
    expect(long.data.viewer.customer.timeLedger.entries.edges).toHaveLength(100);
    expect([short.statements, long.statements]).toEqual([5, 5]);
  });

  test(`for a statement of ${MANY} entries`, async () => {
    const query = `query ($from: DateTime!, $after: String) { viewer { customer { timeLedger { statement(startsAt: $from, endsAt: "2026-03-01T00:00:00Z") {
      opening { availableMinutes } closing { ${ACCOUNTS} }
      entries(first: 100, after: $after) { edges { node { entry { sequence project { name } } values { minutes } } } pageInfo { endCursor hasNextPage } } } } } } }`;
    const none = await counted('ben', query, { from: '2026-02-01T00:00:00Z' });
    const whole = await counted('ben', query, { from: '2026-01-01T00:00:00Z' });
    expect([none.statements, whole.statements]).toEqual([4, 5]);
    const seen: number[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const { statement } = (await under.data('ben', query, { from: '2026-01-01T00:00:00Z', after })).viewer.customer.timeLedger;
      seen.push(...nodesOf<{ entry: { sequence: number } }>(statement.entries).map(({ entry }) => entry.sequence));
      after = statement.entries.pageInfo.endCursor;
      more = statement.entries.pageInfo.hasNextPage;
    }
    expect(seen).toEqual(Array.from({ length: MANY }, (_, index) => index + 1));
  });

  test('for a page of customers with their ledgers and projects', async () => {
    const query = `query ($first: Int!) { customers(first: $first) { edges { node { email ${FIGURES} projects { edges { node { name time { availableMinutes } } } } } } } }`;
    const short = await counted('staff', query, { first: 1 });
    const long = await counted('staff', query, { first: 2 + OTHERS.length });
    expect(
      nodesOf<{ timeLedger: { heldMinutes: number } }>(long.data.customers)
        .map(({ timeLedger }) => timeLedger.heldMinutes)
        .slice(1),
    ).toEqual([MANY - 1, ...OTHERS.map(() => 4)]);
    expect([short.statements, long.statements]).toEqual([4, 4]);
  });

  test('for the lots of a page of ledgers with what they are bound to', async () => {
    const lot = 'source project { name } supportPolicy { name } purchase { id } availableMinutes';
    const query = `query ($first: Int!) { customers(first: $first) { edges { node { timeLedger { lots { edges { node { ${lot} } } } } } } } }`;
    const short = await counted('staff', query, { first: 1 });
    const long = await counted('staff', query, { first: 2 + OTHERS.length });
    expect([short.statements, long.statements]).toEqual([6, 6]);
  });

  test('and not too much is read at once: a moment of its own and a statement weigh more', async () => {
    const moments = (count: number) =>
      Array.from({ length: count }, (_, index) => `at${index}: timeLedger(asOf: "2026-03-01T00:00:00Z") { availableMinutes }`);
    const statements =
      '{ customers(first: 25) { edges { node { timeLedger { statement(startsAt: "2026-01-01T00:00:00Z", endsAt: "2026-02-01T00:00:00Z") { endsAt } } } } } }';
    for (const query of [`{ customers(first: 20) { edges { node { ${moments(29).join(' ')} } } } }`, statements]) {
      expect((await under.ask('staff', query)).errors.map(({ extensions }) => extensions.code)).toEqual(['QUERY_TOO_COSTLY']);
    }
  });

  test('for ledgers at many moments, past and to come', async () => {
    const day = (index: number) => `2026-03-${String(index + 1).padStart(2, '0')}T00:00:00Z`;
    const ledgers = (count: number) =>
      Array.from({ length: count }, (_, index) => `at${index}: timeLedger(asOf: "${day(index)}") { availableMinutes }`);
    const query = (count: number) => `{ customers(first: 5) { edges { node { ${ledgers(count).join(' ')} } } } }`;
    const one = await counted('staff', query(1));
    const many = await counted('staff', query(29));
    expect(many.statements).toBe(one.statements);
  });
});
