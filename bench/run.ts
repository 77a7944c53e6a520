import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type AnsweringPlan, measureAnswering } from './answering.js';
import { stopChildren } from './child.js';
import { type Cluster, openCluster } from './cluster.js';
import { type DeskPlan, measureDesk } from './desk.js';
import { measureFaults } from './faults.js';
import { type ImportFigures, measureImport } from './importing.js';
import { QUESTIONS } from './questions.js';
import { answeringTable, deskTable, faultTable, importTable, surroundings } from './report.js';
import { shortfalls } from './verdict.js';

const HELP = `Measures the gateway beside a hand-written SQL server and a bare Apollo Server, the import of orders from sandbox shops, and the
desk: pages of statement and queue, and minutes spent, beside the same statements straight from the driver. And how long a healthy shop's answers take
beside one that misbehaves.

  --quick          everything small, in about a minute: shows that it works, not how fast
  --check          ends with 1, and says why, where an import grows with the number of its orders or asks too much of the database, or
                   where a shop that misbehaves slows another one down
  --only PART      "answers", "imports", "desk" or "faults"
  --question TEXT  only questions whose name contains this text
  --rounds N       rounds of each server; 5 unless said
  --seconds N      length of a round; 3 unless said
  --customers N    with ten purchases each; 20000 unless said
  --orders N       size of the imports; 10000 and 100000 unless said
  --platform NAME  imports of one platform only: magento or prestashop
  --json FILE      writes the figures to a file as well
  --profile DIR    leaves a CPU profile of the gateway, or of the importer, in this folder
  --help

DATABASE_URL names a PostgreSQL server whose user may create databases; without it an embedded one is started and removed again.`;

const FULL: AnsweringPlan = {
  customers: 20_000,
  addons: 40,
  rounds: 5,
  secondsPerRound: 3,
  warmUpSeconds: 3,
  connections: 20,
  poolSize: 10,
  questions: QUESTIONS,
  profileDirectory: null,
};
const QUICK: AnsweringPlan = { ...FULL, customers: 400, rounds: 1, secondsPerRound: 1, warmUpSeconds: 1 };
const FULL_DESK: Omit<DeskPlan, 'rounds' | 'secondsPerRound' | 'connections' | 'poolSize' | 'profileDirectory'> = {
  queued: 5_000,
  entries: 1_000,
  spendsPerRound: 200,
};
const QUICK_DESK = { queued: 100, entries: 100, spendsPerRound: 40 };
/** In full two sizes, to see whether memory grows with the number of orders. */
const IMPORT_SIZES = [10_000, 100_000];
const QUICK_IMPORT_SIZES = [60];
/** What a bad shop does now and then needs longer rounds to show, and fewer of them. */
const FAULT_SECONDS = 2;
const MOST_FAULT_ROUNDS = 3;
const PARTS = ['answers', 'imports', 'desk', 'faults'];
const PLATFORMS = ['MAGENTO', 'PRESTASHOP'] as const;
/** Whatever happens, it ends. */
const LONGEST_RUN_MS = 2 * 60 * 60_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      only: { type: 'string' },
      question: { type: 'string', default: '' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      customers: { type: 'string' },
      orders: { type: 'string' },
      platform: { type: 'string', default: '' },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  if (values.only !== undefined && !PARTS.includes(values.only)) throw new Error(`--only takes one of ${PARTS.join(', ')}.`);
  if (values.check && values.quick) throw new Error('--check needs longer rounds than those of --quick: leave one of them out.');
  const measures = (part: string) => values.only === undefined || values.only === part;
  const usual = values.quick ? QUICK : FULL;
  const plan = {
    ...usual,
    questions: QUESTIONS.filter((name) => name.includes(values.question)),
    rounds: wholeNumber(values.rounds, usual.rounds),
    secondsPerRound: wholeNumber(values.seconds, usual.secondsPerRound),
    customers: wholeNumber(values.customers, usual.customers),
    profileDirectory: values.profile ?? null,
  };
  const usualSizes = values.quick ? QUICK_IMPORT_SIZES : IMPORT_SIZES;
  const sizes = values.orders === undefined ? usualSizes : [wholeNumber(values.orders, 0)];
  const startedAt = performance.now();
  const progress = (text: string) => console.error(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${text}`);
  const cluster = await openCluster(process.env.DATABASE_URL);
  stopOnSignals(cluster);
  try {
    const answers = measures('answers') ? await measureAnswering(await cluster.createDatabase(), plan, progress) : [];
    const deskPlan = { ...plan, ...(values.quick ? QUICK_DESK : FULL_DESK) };
    const desk = measures('desk') ? await measureDesk(await cluster.createDatabase(), deskPlan, progress) : [];
    const imports: ImportFigures[] = [];
    for (const orders of measures('imports') ? sizes : []) {
      for (const platform of PLATFORMS.filter((name) => name.startsWith(values.platform.toUpperCase()))) {
        progress(`import of ${orders} orders, ${platform}`);
        imports.push(await measureImport(cluster, platform, { orders, profileDirectory: plan.profileDirectory }));
      }
    }
    const faultPlan = {
      rounds: Math.min(plan.rounds, MOST_FAULT_ROUNDS),
      secondsPerRound: plan.secondsPerRound * (values.quick ? 1 : FAULT_SECONDS),
    };
    const faults = measures('faults') ? await measureFaults(faultPlan, progress) : [];
    console.log(surroundings(plan));
    if (answers.length > 0) console.log(answeringTable(answers));
    if (desk.length > 0) console.log(deskTable(desk));
    if (imports.length > 0) console.log(importTable(imports));
    if (faults.length > 0) console.log(faultTable(faults));
    const missed = values.check ? shortfalls({ imports, faults }) : [];
    for (const sentence of missed) console.error(sentence);
    if (missed.length > 0) process.exitCode = 1;
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ plan, answers, desk, imports, faults }, null, 2)}\n`);
  } finally {
    await stopChildren();
    await cluster.close();
  }
}

function wholeNumber(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`"${text}" is no whole number from 1 on.`);
  return number;
}

function stopOnSignals(cluster: Cluster): void {
  const stop = async (code: number) => {
    await stopChildren();
    await cluster.close();
    process.exit(code);
  };
  process.once('SIGINT', () => stop(130));
  process.once('SIGTERM', () => stop(143));
  setTimeout(() => {
    console.error('Stopped: it took longer than two hours.');
    stop(1);
  }, LONGEST_RUN_MS).unref();
}

await main();
