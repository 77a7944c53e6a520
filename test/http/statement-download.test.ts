import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { command } from '../graphql/commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, NOTHING, rowPrints } from '../graphql/gateway-under-test.js';
import { newWork, timeUnderTest } from '../graphql/time-under-test.js';
import { euros } from '../support/vendor.js';

let under: GatewayUnderTest;
let ada: string;
let ben: string;

beforeAll(async () => {
  under = await gatewayUnderTest();
  const { id } = under.vendor.ada;
  ada = toGlobalId('Customer', id);
  ben = toGlobalId('Customer', under.vendor.ben.id);
  const time = await timeUnderTest(under.gateway.database);
  const shop = await time.project(id, 'Shop, "north"');
  await time.grant(id, { minutes: 600, at: '2026-03-01T10:00:00Z', projectId: shop, price: euros(50_000n) });
  const work = newWork();
  const hold = await time.hold(id, shop, 90, '2026-03-02T10:00:00Z', work);
  await time.settle(id, shop, hold, work, 70, '2026-03-03T10:00:00Z');
  const gift = { customerId: ada, minutes: 30, supportPolicyName: 'prepaid-support', reason: '=2+3, he said "twice"\nand meant it' };
  await command(under, 'timeGrant', 'reasons { code }', { idempotencyKey: 'gift', ...gift });
});
afterAll(() => under.close());

const SPAN = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };

function download(asker: Asker, query: Record<string, string> | string, method: 'GET' | 'HEAD' | 'POST' = 'GET') {
  const text = typeof query === 'string' ? query : new URLSearchParams(query).toString();
  const headers = asker === 'anonymous' ? {} : { authorization: `Bearer ${under.tokens[asker]}` };
  return under.server.inject({ method, url: `/v1/time-statement.csv?${text}`, headers });
}

/** The cells of a table: quoted where they must be, a quote in them written twice. */
function cellsOf(csv: string): string[][] {
  const cells = [...csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)];
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of cells) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('the statement as a table', () => {
  test('says what GraphQL says of the same span', async () => {
    const response = await download('ada', { customer: ada, ...SPAN });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="time-statement-2026-03-01-2026-04-01.csv"',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const accounts = 'availableMinutes heldMinutes spentMinutes expiredMinutes voidedMinutes';
    const { viewer } = await under.data(
      'ada',
      `{ viewer { customer { timeLedger { statement(startsAt: "${SPAN.from}", endsAt: "${SPAN.to}") { opening { ${accounts} } closing { ${accounts} }
        entries(first: 100) { edges { node { entry { id recordedAt effectiveAt kind reason rule actorKind project { name } change { ${accounts} } } values { value { amount currencyCode } } } } } } } } } }`,
    );
    const { statement } = viewer.customer.timeLedger;
    const minutes = (told: object) => Object.values(told).map(String);
    const rows = cellsOf(response.body);
    const named = (line: string) => rows.filter(([first]) => first === line);
    const entries = named('ENTRY').map((cells) => cells.slice(1));
    const [[opening], [closing]] = [named('OPENING'), named('CLOSING')];
    expect([opening?.[2], closing?.[2]]).toEqual([SPAN.from, SPAN.to]);
    expect(opening?.slice(10, 15)).toEqual(minutes(statement.opening));
    expect(closing?.slice(10, 15)).toEqual(minutes(statement.closing));
    // biome-ignore lint/suspicious/noExplicitAny: an answer is walked.
    const told = statement.entries.edges.map(({ node: { entry, values } }: any) => [
      entry.id,
      entry.recordedAt,
      entry.effectiveAt,
      entry.kind,
      // A spreadsheet would take it for a formula.
      entry.reason.startsWith('=') ? `'${entry.reason}` : entry.reason,
      entry.rule,
      entry.project?.name ?? '',
      entry.actorKind,
      ...minutes(entry.change).map((each) => each),
      values[0]?.value.amount ?? '',
      values[0]?.value.currencyCode ?? '',
    ]);
    expect(told).toHaveLength(4);
    expect(entries.map((cells) => cells.filter((_, column) => column !== 6))).toEqual(told);
    expect(response.body).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  test('adds up in every column of minutes', async () => {
    const [, ...rows] = cellsOf(
      (await download('staff', { customer: ada, from: '2026-03-02T10:00:00Z', to: '2026-03-10T10:00:00Z' })).body,
    );
    for (const column of [10, 11, 12, 13, 14]) {
      const sum = (...lines: string[]) =>
        rows.filter(([line = '']) => lines.includes(line)).reduce((total, cells) => total + Number(cells[column]), 0);
      expect([sum('OPENING', 'ENTRY'), sum('LOT_OPENING'), sum('LOT_CLOSING')]).toEqual([sum('CLOSING'), sum('OPENING'), sum('CLOSING')]);
    }
    const lines = rows.map(([line]) => line);
    expect(lines).toEqual(['OPENING', 'ENTRY', 'ENTRY', 'CLOSING', 'LOT_OPENING', 'LOT_CLOSING']);
  });

  test('is empty but for its balances where there never was any time', async () => {
    const rows = cellsOf((await download('ben', { customer: ben, ...SPAN })).body);
    expect(rows.map(([line]) => line)).toEqual(['line', 'OPENING', 'CLOSING']);
  });

  test('takes four statements of the database, authentication included, and writes nothing', async () => {
    await download('ada', { customer: ada, ...SPAN });
    const before = await rowPrints(under.gateway);
    under.forgetStatements();
    expect((await download('ada', { customer: ada, ...SPAN })).statusCode).toBe(200);
    expect(under.statements).toHaveLength(4);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });
});

describe('who may have it', () => {
  test.each([
    { asker: 'ada', status: 200, because: 'it is her own' },
    { asker: 'staff', status: 200, because: 'staff sees everyone’s' },
    { asker: 'partner', status: 200, because: 'it was granted TIME_READ' },
    { asker: 'ben', status: 404, because: 'it is somebody else’s' },
    { asker: 'partnerForAddons', status: 403, because: 'it was not granted TIME_READ' },
    { asker: 'adaStore', status: 403, because: 'a store has no business with time' },
    { asker: 'expired', status: 401, because: 'the token has ended' },
    { asker: 'anonymous', status: 401, because: 'nothing was presented' },
  ] as const)('$asker gets $status, because $because', async ({ asker, status }) => {
    const response = await download(asker, { customer: ada, ...SPAN });
    expect(response.statusCode).toBe(status);
    if (status === 200) return;
    const code = { 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND' }[status];
    expect(response.json().errors).toEqual([
      { message: expect.any(String), extensions: { code, requestId: response.headers['x-request-id'] } },
    ]);
    expect(response.headers['www-authenticate']).toEqual(status === 401 ? expect.stringMatching(/^Bearer/) : undefined);
    expect(response.headers['cache-control']).toBe('no-store');
  });

  test('a foreign customer is missing, and so is junk', async () => {
    const ids = [ada, toGlobalId('Customer', NOTHING), toGlobalId('Project', under.vendor.ben.id), 'junk', under.vendor.ben.id, `${ben} `];
    const answers = await Promise.all(ids.map((customer) => download('ben', { customer, ...SPAN })));
    const bodies = answers.map((answer) => [answer.statusCode, answer.json().errors[0].message, answer.json().errors[0].extensions.code]);
    expect(bodies).toEqual(ids.map(() => [404, 'There is no such customer.', 'NOT_FOUND']));
  });

  test('who may not ask is not told what is wrong with the question', async () => {
    expect([(await download('anonymous', '')).statusCode, (await download('adaStore', '')).statusCode]).toEqual([401, 403]);
  });
});

describe('a bad query', () => {
  const bad = (query: string) => `customer=cus_x&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z${query}`;
  test.each([
    { query: '', names: 'customer', because: 'nothing is named' },
    { query: 'customer=&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z', names: 'customer', because: 'an empty id is none' },
    { query: bad('&customer=cus_y'), names: 'customer', because: 'two customers are one too many' },
    { query: 'customer=cus_x&to=2026-04-01T00:00:00Z', names: 'from', because: 'it has no beginning' },
    { query: 'customer=cus_x&from=2026-03-01&to=2026-04-01T00:00:00Z', names: 'from', because: 'a day is no instant' },
    { query: 'customer=cus_x&from=2026-02-30T00:00:00Z&to=2026-04-01T00:00:00Z', names: 'from', because: 'there is no such day' },
    { query: 'customer=cus_x&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00', names: 'to', because: 'the zone is missing' },
    { query: 'customer=cus_x&from=2026-04-01T00:00:00Z&to=2026-03-01T00:00:00Z', names: 'to', because: 'it ends before it begins' },
    { query: bad('&format=pdf'), names: 'parameters', because: 'nobody knows that parameter' },
  ])('is answered with 400 that names $names, because $because', async ({ query, names }) => {
    const response = await download('ada', query);
    expect([response.statusCode, response.json().errors[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(response.json().errors[0].message).toContain(names);
  });

  test('an offset names the same instant as its zone', async () => {
    const plain = await download('ada', { customer: ada, ...SPAN });
    const offset = await download('ada', { customer: ada, from: '2026-03-01T03:00:00+03:00', to: '2026-04-01T03:00:00+03:00' });
    expect(offset.body).toBe(plain.body);
  });

  test.each(['HEAD', 'POST'] as const)('%s is not how it is asked for', async (method) => {
    const response = await download('ada', { customer: ada, ...SPAN }, method);
    expect([response.statusCode, response.headers.allow]).toEqual([405, 'GET']);
  });
});
