import { type Command, Option } from 'commander';
import { SHOP_TASKS, type ShopSync, type ShopTask, syncShop } from '../use-cases/sync-shop.js';
import { type ShopSyncStatus, statusesOfShops, type TaskStatus } from '../use-cases/sync-status.js';
import { choiceArgument, dayOrInstantArgument } from './arguments.js';
import { type CommandContext, noSuchShop } from './environment.js';
import { CommandFailed, EXIT } from './exit.js';
import { progressDisplay } from './import-progress.js';
import { aligned, plain, table } from './layout.js';

interface RunOptions {
  readonly since?: Temporal.PlainDate | Temporal.Instant;
  readonly task: ShopTask;
}

/** sync status and sync run: how the vendor's shops are kept in step, and a run of one in the foreground. */
export function addSyncCommands(program: Command, context: CommandContext): void {
  const sync = program.command('sync').description('see how shops are kept in step, and read one now');
  sync
    .command('status')
    .description('show when each shop was read last, what waits, what failed and what can be done about it')
    .argument('[shop]', 'code of a connected shop; all shops without it')
    .option('--json', 'print JSON for machines')
    .addHelpText('after', '\nExamples:\n  tenure sync status\n  tenure sync status magento-eu --json')
    .action((shop: string | undefined, { json }: { readonly json?: true }) => status(context, shop ?? null, json === true));

  sync
    .command('run')
    .description('read a shop now, and show how far it is; Ctrl-C ends it where the next run goes on')
    .argument('<shop>', 'code of a connected shop')
    .addOption(
      new Option(
        '--since <moment>',
        'orders again from here: a day of the shop’s calendar, or an instant (default: where the last run stopped)',
      ).argParser(dayOrInstantArgument),
    )
    .addOption(
      new Option('--task <task>', 'orders: what changed; reconciliation: all orders and refunds by id; products: the catalogue')
        .argParser(choiceArgument(SHOP_TASKS))
        .default('ORDERS', 'orders'),
    )
    .addHelpText(
      'after',
      '\nReading the same orders again changes nothing.\n\n' +
        'Examples:\n  tenure sync run magento-eu\n  tenure sync run presta-fr --since 2026-01-01\n  tenure sync run magento-eu --task reconciliation',
    )
    .action((shop: string, options: RunOptions) => run(context, shop, options));
}

async function run({ environment, print, withGateway }: CommandContext, shop: string, { task, since }: RunOptions): Promise<void> {
  if (since !== undefined && task !== 'ORDERS') throw new CommandFailed(EXIT.USAGE, '--since goes with --task orders.');
  const display = progressDisplay(environment.stderr, environment.isTerminal);
  const result = await withGateway(async (gateway) => {
    try {
      return await syncShop(gateway, shop, { task, since: since ?? null, onProgress: display.show });
    } finally {
      display.finish();
    }
  }, environment.stopOnSignal());
  if (result.outcome === 'NO_SUCH_SHOP') throw noSuchShop(shop, result.known);
  if (result.outcome === 'SINCE_AHEAD') {
    throw new CommandFailed(
      EXIT.USAGE,
      '--since lies in the future of the shop: nothing could be read. Give a day or an instant that has begun.',
    );
  }
  if (result.outcome === 'RUNNING') {
    const message =
      'A run of this task is under way, by a worker or another command. See "tenure sync status"; wait until it has finished.';
    throw new CommandFailed(EXIT.FAILED, message);
  }
  if (result.outcome === 'NO_CREDENTIALS') {
    const message = `There are no usable credentials for the shop "${shop}". Connect it again with the mutation storeConnect.`;
    throw new CommandFailed(EXIT.UNREADABLE_STORE, message);
  }
  print(reportLines(result));
  if (result.leavesGap === true)
    print(['', 'It began later than where the last run had stopped: the next run goes on from there, and reads what lies between.']);
  const { failure } = result;
  if (failure?.code === 'ALREADY_RUNNING') throw new CommandFailed(EXIT.FAILED, failure.message);
  if (failure?.code === 'STOPPED')
    throw new CommandFailed(EXIT.FAILED, 'Stopped on request. What was read before is kept; the next run goes on from here.');
  if (failure !== null) {
    const message = `Reading stopped early (${failure.code}): ${plain(failure.message).replace(/\.?$/, '.')} What was read before is kept.`;
    throw new CommandFailed(EXIT.UNREADABLE_STORE, message);
  }
}

function reportLines({ shop, figures, exceptionsOpen, failure }: Extract<ShopSync, { outcome: 'RAN' }>): string[] {
  const lines = aligned([
    ['shop', shop],
    ...Object.entries({ ...figures, exceptionsOpen }).map(([name, count]) => [wordsOf(name), String(count)]),
    ['failure', failure?.code ?? 'none'],
  ]);
  return exceptionsOpen === 0 ? lines : [...lines, '', `See "tenure orders exceptions ${plain(shop)}".`];
}

/** "missedOrderCount": "missed orders"; "ordersSeen": "orders seen". */
const wordsOf = (name: string): string =>
  name
    .replace(/Count$/, 's')
    .replace(/([A-Z])/g, ' $1')
    .toLowerCase();

async function status({ environment, look, print, withGateway }: CommandContext, shop: string | null, json: boolean): Promise<void> {
  const now = environment.now();
  const found = await withGateway((gateway) => statusesOfShops(gateway, shop, now));
  if ('known' in found) throw noSuchShop(shop ?? '', found.known);
  if (json) return print([JSON.stringify(found.statuses.map(statusJson), null, 2)]);
  if (found.statuses.length === 0) return print(['No shop is connected yet: connect one with the mutation storeConnect.']);
  const headings = ['SHOP', 'TASK', 'STATE', 'LAST SUCCESS', 'NEXT RUN', 'FAILURES', 'BREAKER'];
  print(
    table(
      look,
      headings,
      found.statuses.flatMap((one) => taskRows(one)),
    ),
  );
  for (const one of found.statuses) print(['', ...words(one, now)]);
}

const second = (at: Temporal.Instant | null): string => at?.toString({ smallestUnit: 'second' }) ?? 'never';

function taskRows({ shop, tasks }: ShopSyncStatus): string[][] {
  const code = shop.code ?? '';
  if (tasks.length === 0) return [[code, '-', 'NOT RUN YET', 'never', '-', '0', '-']];
  return tasks.map((task) => [
    code,
    task.task,
    stateOf(task),
    second(task.lastSucceededAt),
    second(task.nextRunAt),
    String(task.failure?.count ?? 0),
    task.circuitReopensAt === null ? task.circuit : `${task.circuit} until ${second(task.circuitReopensAt)}`,
  ]);
}

const stateOf = ({ standing, startedAt, seen, total }: TaskStatus): string =>
  startedAt === null ? standing : `RUNNING ${seen}${total === null ? '' : ` of ${total}`}`;

/** What the table does not tell of a shop, in sentences. */
function words(
  { shop, hasCredentials, figures, lagSeconds, cursors, tasks, lastReconciliation }: ShopSyncStatus,
  now: Temporal.Instant,
): string[] {
  const { orders, refunds, products, exceptionsOpen, exceptionsForPerson } = figures;
  const lines = [`${shop.code}: ${orders} orders, ${refunds} refunds and ${products} products known`];
  if (!hasCredentials) lines.push('  no credentials are kept: it is not read until it is connected again');
  lines.push(lagSeconds === null ? '  orders were never read to the end' : `  orders are known as of ${spanOf(lagSeconds)} ago`);
  for (const { resource, changedAt, lastId } of cursors)
    lines.push(`  ${resource.toLowerCase()} read up to ${changedAt} by the shop's clock, id ${lastId}`);
  if (exceptionsOpen > 0)
    lines.push(
      `  ${exceptionsOpen} exceptions open, ${exceptionsForPerson} of them wait for a person: see "tenure orders exceptions ${shop.code}"`,
    );
  if (lastReconciliation !== null) {
    const { finishedAt, missedOrderCount, changedOrderCount, missedRefundCount, goneOrderCount } = lastReconciliation;
    const when = finishedAt === null ? 'under way' : `of ${second(finishedAt)}`;
    lines.push(
      `  reconciliation ${when}: ${missedOrderCount} orders and ${missedRefundCount} refunds had been missed, ${changedOrderCount} had changed untold, ${goneOrderCount} are gone from the shop`,
    );
  }
  for (const { task, failure, nextRunAt } of tasks) {
    if (failure === null) continue;
    const again = Math.max(0, Math.round((nextRunAt.epochMilliseconds - now.epochMilliseconds) / 1_000));
    lines.push(
      `  ${task} failed at ${second(failure.failedAt)} (${failure.code}): ${failure.message}`,
      `    ${failure.remedy} Next try in ${spanOf(again)}.`,
    );
  }
  return lines.map(plain);
}

/** "45 s", "12 min", "5 h", "3 days": to the unit below. */
function spanOf(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} days`;
}

function statusJson({ shop, hasCredentials, tasks, cursors, lagSeconds, figures, lastReconciliation }: ShopSyncStatus) {
  const { id: _id, shop: _shop, ...findings } = lastReconciliation ?? { id: '', shop: null };
  return {
    shop: shop.code,
    platform: shop.platform,
    hasCredentials,
    lagSeconds,
    ...figures,
    cursors: cursors.map(({ resource, changedAt, lastId, movedAt }) => ({ resource, changedAt, lastId, movedAt })),
    lastReconciliation: lastReconciliation === null ? null : findings,
    tasks,
  };
}
