import { randomUUID } from 'node:crypto';
import { currentInstant } from '../src/app.js';
import { openDatabase } from '../src/persistence/database.js';
import { median } from './answering.js';
import { type Child, startChild } from './child.js';
import { type Desk, type DeskSize, fillDesk, type SpendTicket, type TwoOf } from './desk-dataset.js';
import { commandsOf, type DeskQuestion, deskQuestions } from './desk-questions.js';
import type { GatewayQuestion, SentStatement } from './gateway-server.js';
import type { Exchange, HttpLanesQuestion } from './http-lanes.js';
import type { LoadAnswer } from './load.js';
import type { SqlLanesQuestion } from './sql-lanes.js';

export interface DeskPlan extends Omit<DeskSize, 'spends'> {
  readonly rounds: number;
  readonly spendsPerRound: number;
  readonly secondsPerRound: number;
  readonly connections: number;
  readonly poolSize: number;
  /** Where the gateway leaves a CPU profile; null: nowhere. */
  readonly profileDirectory: string | null;
}

export interface DeskFigures {
  readonly operation: string;
  readonly gateway: LoadAnswer;
  readonly sql: LoadAnswer;
  readonly statements: number;
  /** Of a page of ten, where there are pages. */
  readonly statementsOfTen: number | null;
  /** The gateway's throughput over that of the same statements sent straight: the median of the ratios within each round. */
  readonly ratio: number;
}

type Replaced = readonly (readonly [string, string])[];

/** What is measured, as either side does it. */
interface Measured {
  readonly operation: string;
  readonly statementsOfTen: number | null;
  readonly template: readonly (readonly SentStatement[])[];
  /** What a round of each side does; the round 0 warms up. */
  readonly round: (number: number) => { readonly http: readonly (readonly Exchange[])[]; readonly sql: readonly Replaced[] };
  readonly lanes: number;
  /** How long a round is; null: as long as its operations take. */
  readonly seconds: number | null;
}

interface Sides {
  readonly gateway: Child<GatewayQuestion, string | number | SentStatement[]>;
  readonly gatewayUrl: string;
  readonly databaseUrl: string;
  readonly http: Child<HttpLanesQuestion, LoadAnswer>;
  readonly sql: Child<SqlLanesQuestion, LoadAnswer>;
  readonly plan: DeskPlan;
}

const CHILD_TIMEOUT_MS = 300_000;

/** The desk and the ledger: pages that staff and customers read, and minutes that are held and settled, beside the very same statements straight from the driver. */
export async function measureDesk(databaseUrl: string, plan: DeskPlan, progress: (text: string) => void): Promise<DeskFigures[]> {
  const tokenPepper = crypto.randomUUID() + crypto.randomUUID();
  const database = await openDatabase({ url: databaseUrl, poolSize: 2, statementTimeoutMs: 120_000 });
  progress('filling the desk');
  // Two of each kind show what of a spend differs from one to the next.
  const size = { ...plan, spends: 2 + plan.spendsPerRound * (plan.rounds + 1) };
  const desk = await fillDesk(database, size, tokenPepper, currentInstant()).finally(() => database.close());

  const profiling = plan.profileDirectory === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${plan.profileDirectory}`];
  const gateway = await startChild<GatewayQuestion, string | number | SentStatement[]>('gateway-server', profiling);
  const http = await startChild<HttpLanesQuestion, LoadAnswer>('http-lanes');
  const sql = await startChild<SqlLanesQuestion, LoadAnswer>('sql-lanes');
  try {
    const connection = { databaseUrl, tokenPepper, poolSize: plan.poolSize };
    const gatewayUrl = String(await gateway.ask({ kind: 'START', ...connection }, CHILD_TIMEOUT_MS));
    const sides: Sides = { gateway, gatewayUrl, databaseUrl, http, sql, plan };
    const figures: DeskFigures[] = [];
    for (const question of deskQuestions(desk)) figures.push(await inTurns(sides, await reading(sides, question), progress));
    figures.push(await inTurns(sides, await spending(sides, desk, 'spend, one wallet', desk.ofOneWallet), progress));
    figures.push(await inTurns(sides, await spending(sides, desk, 'spend, a wallet each', desk.ofManyWallets), progress));
    return figures;
  } finally {
    await Promise.all([gateway.stop(), http.stop(), sql.stop()]);
  }
}

async function inTurns({ gatewayUrl, databaseUrl, http, sql, plan }: Sides, measured: Measured, progress: (text: string) => void) {
  const { poolSize, rounds } = plan;
  const { operation, template, lanes, seconds, statementsOfTen } = measured;
  const run = async (number: number) => {
    progress(`${operation}, round ${number} of ${rounds}`);
    const work = measured.round(number);
    return {
      gateway: await http.ask({ url: gatewayUrl, lanes, operations: work.http, seconds }, CHILD_TIMEOUT_MS),
      sql: await sql.ask({ databaseUrl, poolSize, lanes, template, operations: work.sql, seconds }, CHILD_TIMEOUT_MS),
    };
  };
  await run(0);
  const taken: Awaited<ReturnType<typeof run>>[] = [];
  for (let number = 1; number <= rounds; number += 1) taken.push(await run(number));
  const middle = (side: 'gateway' | 'sql'): LoadAnswer => ({
    requestsPerSecond: median(taken.map((round) => round[side].requestsPerSecond)),
    p50Ms: median(taken.map((round) => round[side].p50Ms)),
    p99Ms: median(taken.map((round) => round[side].p99Ms)),
  });
  const ratio = median(taken.map((round) => round.gateway.requestsPerSecond / round.sql.requestsPerSecond));
  return { operation, gateway: middle('gateway'), sql: middle('sql'), statements: template.flat().length, statementsOfTen, ratio };
}

async function reading(sides: Sides, { operation, page, pageOfTen }: DeskQuestion): Promise<Measured> {
  const template = [await sentFor(sides, page)];
  const statementsOfTen = pageOfTen === null ? null : (await sentFor(sides, pageOfTen)).length;
  // No more than there are connections: a large page keeps one for so long that on a slow machine others would be turned away.
  const { poolSize: lanes, secondsPerRound: seconds } = sides.plan;
  return { operation, statementsOfTen, template, round: () => ({ http: [[page]], sql: [[]] }), lanes, seconds };
}

/** What the gateway sends for a request; asked twice, as a connection is prepared by the first. */
async function sentFor({ gateway, gatewayUrl, http }: Sides, exchange: Exchange, times = 2): Promise<SentStatement[]> {
  let sent: SentStatement[] = [];
  for (let time = 0; time < times; time += 1) {
    await gateway.ask({ kind: 'SENT' }, CHILD_TIMEOUT_MS);
    await http.ask({ url: gatewayUrl, lanes: 1, operations: [[exchange]], seconds: null }, CHILD_TIMEOUT_MS);
    sent = (await gateway.ask({ kind: 'SENT' }, CHILD_TIMEOUT_MS)) as SentStatement[];
  }
  return sent;
}

async function spending(sides: Sides, { staffToken }: Desk, operation: string, tickets: TwoOf<readonly SpendTicket[]>): Promise<Measured> {
  const { plan } = sides;
  const [ofGateway, ofSql] = tickets;
  const samples: SentStatement[][][] = [];
  for (const { ticketId } of ofSql.slice(0, 2)) {
    const sent: SentStatement[][] = [];
    for (const exchange of commandsOf(ticketId, staffToken)) sent.push(await sentFor(sides, exchange, 1));
    samples.push(sent);
  }
  const [template = [], other = []] = samples;
  const shareOf = <Item>(items: readonly Item[], number: number) =>
    items.slice(2 + number * plan.spendsPerRound, 2 + (number + 1) * plan.spendsPerRound);
  const replacing = replacementsIn(template, other, ofSql[0]);
  const round = (number: number) => ({
    http: shareOf(ofGateway, number).map(({ ticketId }) => commandsOf(ticketId, staffToken)),
    sql: shareOf(ofSql, number).map(replacing),
  });
  return { operation, statementsOfTen: null, template, round, lanes: plan.connections, seconds: null };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const uuidsIn = (template: Measured['template']) => new Set(JSON.stringify(template).match(UUID));

/** How the statements of one spend become those of another: by the ids of its rows, and by new ones for all that the first made for itself, which no other has. */
function replacementsIn(template: Measured['template'], other: Measured['template'], sample: SpendTicket | undefined) {
  const used = uuidsIn(template);
  const others = uuidsIn(other);
  const made = [...used].filter((id) => !others.has(id) && sample?.ids.includes(id) !== true);
  return ({ ids }: SpendTicket): Replaced => [
    ...(sample?.ids ?? []).flatMap((id, index): [string, string][] => (used.has(id) ? [[id, ids[index] ?? id]] : [])),
    ...made.map((id): [string, string] => [id, randomUUID()]),
  ];
}
