import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/persistence/database.js';
import type { ConstantAnswers } from './apollo-server.js';
import { type Child, startChild } from './child.js';
import { type DatasetSize, fillDatabase } from './dataset.js';
import type { GatewayQuestion } from './gateway-server.js';
import type { LoadAnswer, LoadQuestion } from './load.js';
import { DOCUMENTS, type HttpQuestion, type Question, type QuestionName, questionsOf } from './questions.js';
import type { SqlServerStart } from './sql-server.js';

export const SERVERS = ['gateway', 'sql', 'apollo'] as const;
export type ServerName = (typeof SERVERS)[number];

export interface AnsweringPlan extends DatasetSize {
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  readonly poolSize: number;
  readonly questions: readonly QuestionName[];
  /** Where the gateway leaves a CPU profile; null: nowhere. */
  readonly profileDirectory: string | null;
}

export interface AnsweringFigures {
  readonly question: QuestionName;
  readonly servers: Readonly<Record<ServerName, LoadAnswer>>;
  readonly statementsPerOperation: number;
  /** The gateway's throughput over the other's: medians of the ratios within each round. */
  readonly ratioToSql: number;
  readonly ratioToApollo: number;
}

type Progress = (text: string) => void;
type Load = Child<LoadQuestion, LoadAnswer>;

const QUESTION_COUNT = 5_000;
const COUNTED_OPERATIONS = 50;
const CHILD_TIMEOUT_MS = 30_000;

/** Fills a database and puts the gateway and its two yardsticks under the same load in turns. */
export async function measureAnswering(databaseUrl: string, plan: AnsweringPlan, progress: Progress): Promise<AnsweringFigures[]> {
  const tokenPepper = crypto.randomUUID() + crypto.randomUUID();
  const database = await openDatabase({ url: databaseUrl, poolSize: 2, statementTimeoutMs: 120_000 });
  const customers = await fillDatabase(database, plan, tokenPepper, Temporal.Now.instant(), (count) =>
    progress(`${count} of ${plan.customers} customers`),
  ).finally(() => database.close());

  const profiling = plan.profileDirectory === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${plan.profileDirectory}`];
  const gateway = await startChild<GatewayQuestion, string | number>('gateway-server', profiling);
  const sql = await startChild<SqlServerStart, string>('sql-server');
  const apollo = await startChild<ConstantAnswers, string>('apollo-server');
  const load = await startChild<LoadQuestion, LoadAnswer>('load');
  const folder = await mkdtemp(join(tmpdir(), 'tenure-bench-questions-'));
  try {
    const connection = { databaseUrl, tokenPepper, poolSize: plan.poolSize };
    const gatewayUrl = String(await gateway.ask({ kind: 'START', ...connection }, CHILD_TIMEOUT_MS));
    const sqlUrl = await sql.ask(connection, CHILD_TIMEOUT_MS);
    const asked = new Map(plan.questions.map((name) => [name, questionsOf(name, customers, QUESTION_COUNT)]));
    const answers: Record<string, unknown> = {};
    for (const [name, [first]] of asked) if (first) answers[DOCUMENTS[name].operationName] = await dataOf(gatewayUrl, first.graphql);
    const apolloUrl = await apollo.ask(answers, CHILD_TIMEOUT_MS);
    const urls = { gateway: gatewayUrl, sql: sqlUrl, apollo: apolloUrl };

    const figures: AnsweringFigures[] = [];
    for (const [question, questions] of asked) {
      await assertAnswered(urls, questions);
      const statementsPerOperation = await countStatements(gateway, gatewayUrl, questions);
      const files = await writeQuestions(folder, questions);
      figures.push({ question, statementsPerOperation, ...(await measured(load, question, urls, files, plan, progress)) });
    }
    return figures;
  } finally {
    await Promise.all([gateway.stop(), sql.stop(), apollo.stop(), load.stop(), rm(folder, { recursive: true, force: true })]);
  }
}

type PerServer<Value> = Readonly<Record<ServerName, Value>>;

async function measured(
  load: Load,
  question: QuestionName,
  urls: PerServer<string>,
  files: PerServer<string>,
  plan: AnsweringPlan,
  progress: Progress,
) {
  const run = (server: ServerName, seconds: number) =>
    load.ask({ url: urls[server], file: files[server], seconds, connections: plan.connections }, seconds * 1_000 + CHILD_TIMEOUT_MS);
  for (const server of SERVERS) await run(server, plan.warmUpSeconds);
  const rounds: PerServer<LoadAnswer>[] = [];
  for (let round = 1; round <= plan.rounds; round += 1) {
    progress(`${question}, round ${round} of ${plan.rounds}`);
    rounds.push({
      gateway: await run('gateway', plan.secondsPerRound),
      sql: await run('sql', plan.secondsPerRound),
      apollo: await run('apollo', plan.secondsPerRound),
    });
  }
  const middle = (server: ServerName): LoadAnswer => ({
    requestsPerSecond: median(rounds.map((round) => round[server].requestsPerSecond)),
    p50Ms: median(rounds.map((round) => round[server].p50Ms)),
    p99Ms: median(rounds.map((round) => round[server].p99Ms)),
  });
  const ratioTo = (server: ServerName) => median(rounds.map((round) => round.gateway.requestsPerSecond / round[server].requestsPerSecond));
  return {
    servers: { gateway: middle('gateway'), sql: middle('sql'), apollo: middle('apollo') },
    ratioToSql: ratioTo('sql'),
    ratioToApollo: ratioTo('apollo'),
  };
}

/** The middle value; of an even number, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

async function post(url: string, { path, authorization, body }: HttpQuestion): Promise<unknown> {
  const headers = { 'content-type': 'application/json', authorization };
  const response = await fetch(url + path, { method: 'POST', headers, body, signal: AbortSignal.timeout(CHILD_TIMEOUT_MS) });
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
  return response.json();
}

async function dataOf(url: string, question: HttpQuestion): Promise<unknown> {
  const answer = (await post(url, question)) as { readonly data?: unknown; readonly errors?: unknown };
  if (answer.errors !== undefined) throw new Error(`The gateway answered with errors: ${JSON.stringify(answer.errors).slice(0, 500)}`);
  return answer.data;
}

/** Before anything is timed: some of the questions get real answers from every server. */
async function assertAnswered(urls: PerServer<string>, questions: readonly Question[]): Promise<void> {
  for (const question of questions.slice(0, 10)) {
    await dataOf(urls.gateway, question.graphql);
    await dataOf(urls.apollo, question.graphql);
    await post(urls.sql, question.sql);
  }
}

/** In a run of its own, one after another; the first ones, for which a connection may still have to be prepared, are not counted. */
async function countStatements(
  gateway: Child<GatewayQuestion, string | number>,
  url: string,
  questions: readonly Question[],
): Promise<number> {
  const count = async () => Number(await gateway.ask({ kind: 'COUNT' }, CHILD_TIMEOUT_MS));
  const counted = questions.slice(0, COUNTED_OPERATIONS);
  const before = await count();
  for (const question of counted) await dataOf(url, question.graphql);
  return ((await count()) - before) / counted.length;
}

async function writeQuestions(folder: string, questions: readonly Question[]): Promise<PerServer<string>> {
  const [graphql, sql] = [join(folder, 'graphql.json'), join(folder, 'sql.json')];
  await writeFile(graphql, JSON.stringify(questions.map((question) => question.graphql)));
  await writeFile(sql, JSON.stringify(questions.map((question) => question.sql)));
  return { gateway: graphql, sql, apollo: graphql };
}
