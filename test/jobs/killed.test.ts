import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jobAdder } from '../../src/jobs/add-job.js';
import { jobHandlers } from '../../src/jobs/handlers.js';
import { executeWithin, withVendorSession } from '../../src/persistence/session.js';
import { WorkLogEntry } from '../../src/persistence/work-log-entry.js';
import { createAccessToken } from '../../src/use-cases/access-token.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { checkAllWallets } from '../../src/use-cases/time-alarm.js';
import { copyRows, rowsOfTicket } from '../support/row-copies.js';
import { asVendor, instant } from '../support/vendor.js';
import { type Shop, type WorkUnderTest, workUnderTest } from '../use-cases/work-under-test.js';
import { PEPPER, type RunningProcess, startProcess } from './process-under-test.js';
import { statesOf, until, workerOn } from './worker-under-test.js';

/** How often processes are killed, and how long that may go on; TENURE_KILLS asks for exactly so many, however long they take. */
const ASKED = process.env.TENURE_KILLS;
const KILLS = Number(ASKED ?? 3);
const MOST_MS = ASKED === undefined ? 6_000 : Number.POSITIVE_INFINITY;
const LIMIT_MS = ASKED === undefined ? 120_000 : KILLS * 10_000 + 120_000;

const MON = '2025-07-07T07:00:00Z';
/** More than are worked on before one kill and the next. */
const TICKETS = 40 * KILLS;
const BOUGHT = 10 * TICKETS + 1_000;
const WORKED_MINUTES = 10;
const GIVEN_MINUTES = 3;

let under: WorkUnderTest;
let shop: Shop;
let token: string;
let tickets: string[];
let servers: Servers;
const now = () => Temporal.Now.instant().round('millisecond');

beforeAll(async () => {
  under = await workUnderTest();
  shop = await under.shopWith(BOUGHT, MON);
  const first = await under.ready(shop, MON);
  const copies = await withVendorSession(under.database, (session) => copyRows(session, rowsOfTicket(first), TICKETS - 1));
  tickets = [first, ...copies.flatMap((ids) => ids.get(first) ?? [])];
  const staff = { kind: 'STAFF', label: 'under test', scopes: [], customerId: null, storeId: null, expiresAt: null } as const;
  token = (await asVendor(under.database, (em) => createAccessToken(em, staff, PEPPER, instant(MON)))).text;
}, LIMIT_MS);
afterAll(async () => {
  await servers.stop('SIGKILL');
  await under.database.close();
});

/**
 * Two servers that do jobs too. At moments of chance one of them is killed and started again, until that was often enough; the other one is asked meanwhile,
 * so that every kill finds work under way.
 */
function killedServers() {
  const start = () => startProcess('serve', under.database.url);
  const serving: RunningProcess[] = [];
  let kills = 0;
  const chosen = () => serving[Math.floor(Math.random() * serving.length)];
  return {
    kills: () => kills,
    start: async () => {
      serving.push(...(await Promise.all([start(), start()])));
    },
    goOn: async () => {
      const began = performance.now();
      while (kills < KILLS && performance.now() - began < MOST_MS) {
        await pause(Math.random() * 500);
        const victim = chosen();
        kills += 1;
        await victim?.end('SIGKILL');
        serving.splice(0, 2, ...serving.filter((running) => running !== victim), await start());
      }
    },
    any: chosen,
    /** Ends them and the killing; what they ended with. */
    stop: (signal: NodeJS.Signals) => {
      kills = Math.max(kills, KILLS);
      return Promise.all(serving.map((running) => running.end(signal)));
    },
  };
}

type Servers = ReturnType<typeof killedServers>;
interface Payload {
  readonly userErrors: readonly unknown[];
  readonly reasons: readonly unknown[];
}

/** Sends a command until it is acknowledged, with one key throughout, as a client does that hears nothing; gives the answer. */
async function acknowledged(name: string, type: string, input: object): Promise<Payload> {
  const query = `mutation ($input: ${type}!) { it: ${name}(input: $input) { reasons { code } userErrors { code path message } } }`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ query, variables: { input } });
  for (;;) {
    const server = servers.any();
    const reply = server && (await fetch(`${server.url}/graphql`, { method: 'POST', headers, body }).catch(() => undefined));
    const text = await reply?.text().catch(() => undefined);
    if (reply?.status === 200 && text !== undefined) {
      const { data, errors } = JSON.parse(text);
      if (errors !== undefined) throw new Error(text);
      return data.it;
    }
    if (reply !== undefined && text !== undefined && reply.status !== 503) throw new Error(text);
    await pause(20);
  }
}

const DONE: Payload = { reasons: [], userErrors: [] };

/** One ticket from being taken up to its delivery; each answer is asked for once more. */
async function workOnTicket(uuid: string): Promise<void> {
  const ticketId = toGlobalId('Ticket', uuid);
  const seconds = WORKED_MINUTES * 60;
  const commands = [
    ['ticketClaim', 'TicketClaimInput', {}],
    ['workLog', 'WorkLogInput', { seconds, note: 'Worked.' }],
    ['ticketDeliver', 'TicketDeliverInput', { loggedEntries: 1, loggedSeconds: seconds }],
  ] as const;
  for (const [name, type, rest] of commands) {
    const input = { idempotencyKey: `${name} ${uuid}`, ticketId, ...rest };
    expect([name, await acknowledged(name, type, input)]).toEqual([name, DONE]);
    await pause(Math.random() * 200);
    expect([name, await acknowledged(name, type, input)]).toEqual([name, DONE]);
  }
}

/** Works on one ticket after another as long as processes are killed; the tickets that were worked on. */
async function workOn(queue: readonly string[], goesOn: () => boolean): Promise<readonly string[]> {
  const worked: string[] = [];
  for (const ticket of queue) {
    if (!goesOn()) break;
    await workOnTicket(ticket);
    worked.push(ticket);
  }
  return worked;
}

/** Gives minutes as long as processes are killed; how many times it was acknowledged. */
async function give(client: number, goesOn: () => boolean): Promise<number> {
  const to = { customerId: toGlobalId('Customer', shop.id), projectId: toGlobalId('Project', shop.projectId) };
  const what = { minutes: GIVEN_MINUTES, reason: 'Sorry for the wait.', supportPolicyName: 'prepaid-support' };
  let given = 0;
  while (goesOn()) {
    const input = { idempotencyKey: `give ${client} ${given}`, ...to, ...what };
    expect(await acknowledged('timeGrant', 'TimeGrantInput', input)).toEqual(DONE);
    given += 1;
    await pause(10);
  }
  return given;
}

test(
  'processes that are killed at any moment lose nothing that was acknowledged, double nothing, and leave no job undone',
  async () => {
    servers = killedServers();
    await servers.start();
    let goesOn = true;
    const killing = servers.goOn().finally(() => {
      goesOn = false;
    });
    const giving = [0, 1].map((client) => give(client, () => goesOn));
    const working = [0, 1].map((client) =>
      workOn(
        tickets.filter((_, index) => index % 2 === client),
        () => goesOn,
      ),
    );
    const [, shares, given] = await Promise.all([killing, Promise.all(working), Promise.all(giving)]);
    const worked = shares.flat();
    expect(worked).not.toEqual([]);
    expect(servers.kills()).toBeGreaterThanOrEqual(1);
    expect(await servers.stop('SIGTERM')).toEqual([0, 0]);

    const gift = given.reduce((sum, count) => sum + count, 0) * GIVEN_MINUTES;
    const spent = worked.length * WORKED_MINUTES;
    expect(await under.minutesOf(shop, now().toString())).toEqual([BOUGHT + gift - spent, 0, spent]);
    await under.expectAgreement(shop);
    const entries = await withVendorSession(under.database, ({ em }) => em.find(WorkLogEntry, {}, { orderBy: { ticket: 'asc' } }));
    expect(entries.map(({ ticket }) => ticket.id)).toEqual(worked.toSorted());
    const { differing } = await withVendorSession(under.database, (session) => checkAllWallets(session, now()));
    expect(differing).toBe(0);
    await finishJobs();
  },
  LIMIT_MS,
);

/** What was with a killed process when it ended comes back when its lease is over: as if that were now. */
async function finishJobs(): Promise<void> {
  await under.database.jobs.query(`update tenure_jobs.job set started_on = started_on - interval '1 hour' where state = 'active'`);
  await under.database.jobs.query(`update tenure_jobs.job set start_after = now() where state = 'retry'`);
  const gateway = { addJob: jobAdder(executeWithin), now, stopping: new AbortController().signal };
  const worker = await workerOn(
    under.database,
    jobHandlers(
      gateway,
      (work) => withVendorSession(under.database, work),
      async () => {},
    ),
  );
  try {
    await until(async () => (await statesOf(under.database, 'time-added')).every((state) => state === 'completed'), 4_000);
    expect(await statesOf(under.database, 'time-added')).not.toEqual([]);
    expect(worker.lines.filter(({ outcome }) => outcome === 'FAILED')).toEqual([]);
  } finally {
    await worker.stop(5_000);
  }
}
