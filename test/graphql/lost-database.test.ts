import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type BreakableWire, breakableWire } from './breakable-wire.js';
import { type Answer, answerOf, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';

/** What the service promises: an answer within this time although the database is gone. */
const PROMISED_MS = 1_500;
const QUERY = '{ addons(first: 1) { edges { node { sku } } } }';

let under: GatewayUnderTest;
let wire: BreakableWire;
let address: string;
/** Two beside the server, not over its wire: one looks, the other stands in the way. */
let beside: pg.Client;
let inTheWay: pg.Client;
let spared: number;

beforeAll(async () => {
  let straight = '';
  under = await gatewayUnderTest({ TENURE_POOL_SIZE: '2' }, async (databaseUrl) => {
    straight = databaseUrl;
    const url = new URL(databaseUrl);
    wire = await breakableWire(url.hostname, Number(url.port));
    url.host = `127.0.0.1:${wire.port}`;
    return url.href;
  });
  address = await under.server.listen({ host: '127.0.0.1', port: 0 });
  beside = new pg.Client({ connectionString: straight });
  await beside.connect();
  inTheWay = new pg.Client({ connectionString: straight });
  await inTheWay.connect();
  const { rows } = await inTheWay.query('select pg_backend_pid() as pid');
  spared = rows[0].pid;
});
afterAll(async () => {
  await wire.mend();
  await beside.end();
  await inTheWay.end();
  await under.close();
  await wire.close();
});
// Mending cuts what is open. A pooled connection may so be gone before anybody has noticed, and the first to ask hears of an outage.
beforeEach(async () => {
  await wire.mend();
  await recovered();
});

async function ask(query = QUERY, signal?: AbortSignal): Promise<Answer> {
  const headers = { authorization: `Bearer ${under.tokens.staff}`, 'content-type': 'application/json' };
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query }),
    ...(signal && { signal }),
  });
  return answerOf(response.status, await response.text());
}

/** Looks again until it is so; gives up when that takes longer than anything here should. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await holds()); looks += 1) {
    if (looks === 400) throw new Error('What was waited for did not come.');
    await pause(10);
  }
}

const recovered = () => until(async () => (await ask()).status === 200);
const blocked = async () =>
  (await beside.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rowCount === 1;
const cutConnections = () =>
  beside.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid not in (pg_backend_pid(), $1)`,
    [spared],
  );

function expectOutage({ status, data, errors, text }: Answer) {
  if (status !== 503) throw new Error(`${text}\n${under.errorLog()}`);
  expect(status).toBe(503);
  expect(data).toBeNull();
  expect(errors.map(({ message, extensions }) => [message, extensions.code])).toEqual([
    ['The service is unavailable for the moment. Try again.', 'SERVICE_UNAVAILABLE'],
  ]);
  expect(text).not.toMatch(/ECONN|postgres|terminat|127\.0/i);
}

describe('a database that is gone', () => {
  test.each([
    { lost: 'stop', because: 'connections are refused' },
    { lost: 'silence', because: 'nothing answers' },
  ] as const)('is told as 503 in time when $because, and found again without a restart', async ({ lost }) => {
    await wire[lost]();
    const begun = performance.now();
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(performance.now() - begun).toBeLessThan(PROMISED_MS);
    for (const answer of answers) expectOutage(answer);
    await wire.mend();
    await recovered();
  });

  test('makes the server unready, not dead', async () => {
    await wire.stop();
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    const readiness = await fetch(`${address}/readyz`);
    expect([readiness.status, await readiness.json()]).toEqual([503, { status: 'not ready', failing: ['database', 'migrations', 'jobs'] }]);
    await wire.mend();
    await until(async () => (await fetch(`${address}/readyz`)).status === 200);
  });

  test('that cut its idle connections is found again by the next requests', async () => {
    await Promise.all([ask(), ask()]);
    await cutConnections();
    const answer = await ask();
    if (answer.status !== 200) expectOutage(answer);
    await recovered();
  });

  test.each([
    { query: QUERY, kind: 'a query' },
    {
      query:
        'mutation { addonSave(input: { sku: "LOST", name: "Lost", platform: MAGENTO, listPrice: { amount: "1", currencyCode: "EUR" }, supportPolicy: "technical-support" }) { userErrors { code } } }',
      kind: 'a command',
    },
  ])('in the middle of $kind is told as 503, and nothing was written', async ({ query }) => {
    await inTheWay.query('begin; lock table addon in access exclusive mode');
    const asked = ask(query);
    await until(blocked);
    await cutConnections();
    expectOutage(await asked);
    await inTheWay.query('rollback');
    await recovered();
    expect((await ask('{ addon(sku: "LOST") { id } }')).data).toEqual({ addon: null });
  });
});

test('a command that waited too long for a lock is told as 503, wrote nothing, and keeps its connection', async () => {
  const SAVE =
    'mutation { addonSave(input: { sku: "LATE", name: "Late", platform: MAGENTO, listPrice: { amount: "1", currencyCode: "EUR" }, supportPolicy: "technical-support" }) { userErrors { code } } }';
  await inTheWay.query('begin; lock table addon in access exclusive mode');
  const asked = ask(SAVE);
  await until(blocked);
  // What the server does by itself once the statement has taken as long as one may.
  const { rows } = await beside.query(
    `select pg_cancel_backend(pid), pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  expectOutage(await asked);
  await inTheWay.query('rollback');
  expect((await ask('{ addon(sku: "LATE") { id } }')).data).toEqual({ addon: null });
  expect((await beside.query('select from pg_stat_activity where pid = $1', [rows[0].pid])).rowCount).toBe(1);
  expect((await ask(SAVE)).data).toEqual({ addonSave: { userErrors: [] } });
});

describe('a client that hangs up', () => {
  const pool = () => under.gateway.database.pool;
  /** Resolves when the server knows that the client of its next request has gone. */
  const hangUpNoticed = () =>
    new Promise<void>((resolve) => under.server.server.once('request', (_request, reply) => reply.once('close', resolve)));
  const allReturned = () => until(() => pool().idleCount === pool().totalCount && pool().waitingCount === 0);

  test.each([
    { query: QUERY, when: 'while its query runs' },
    {
      query:
        'mutation { addonSave(input: { sku: "HUNG", name: "Hung", platform: MAGENTO, listPrice: { amount: "1", currencyCode: "EUR" }, supportPolicy: "technical-support" }) { addon { supportPolicy { version } releases { edges { cursor } } } } }',
      when: 'while its command runs',
    },
  ])('$when gives its connection back', async ({ query }) => {
    await allReturned();
    await inTheWay.query('begin; lock table addon in access exclusive mode');
    const client = new AbortController();
    const noticed = hangUpNoticed();
    const asked = ask(query, client.signal);
    await until(blocked);
    client.abort();
    await expect(asked).rejects.toThrow('aborted');
    await noticed;
    await inTheWay.query('rollback');
    await allReturned();
    expect((await ask()).status).toBe(200);
  });

  test('while it waits for a connection takes none away', async () => {
    await allReturned();
    const held = [await pool().connect(), await pool().connect()];
    const client = new AbortController();
    const noticed = hangUpNoticed();
    const asked = ask(QUERY, client.signal);
    await until(() => pool().waitingCount === 1);
    client.abort();
    await expect(asked).rejects.toThrow('aborted');
    await noticed;
    for (const one of held) one.release();
    await allReturned();
    expect((await Promise.all([ask(), ask(), ask()])).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});
