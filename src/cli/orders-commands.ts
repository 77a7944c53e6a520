import { type Command, InvalidArgumentError, Option } from 'commander';
import { toGlobalId } from '../use-cases/global-id.js';
import type { ImportSummary } from '../use-cases/orders-import.js';
import { importShop, openExceptions } from '../use-cases/shop-import.js';
import { dayOrInstantArgument } from './arguments.js';
import { type CommandContext, noSuchShop } from './environment.js';
import { CommandFailed, EXIT } from './exit.js';
import { progressDisplay } from './import-progress.js';
import { aligned, plain, table } from './layout.js';

const DEFAULT_LIMIT = 200;

/** orders import and orders exceptions: what comes from the vendor's shops. */
export function addOrdersCommands(program: Command, context: CommandContext): void {
  const orders = program.command('orders').description('import orders, and see what could not be placed');
  orders
    .command('import')
    .description('read what changed in a shop since the last run, and place it')
    .argument('<shop>', 'code of a connected shop')
    .addOption(
      new Option(
        '--since <moment>',
        'read again from here: a day of the shop’s calendar, or an instant (default: where the last run stopped)',
      ).argParser(dayOrInstantArgument),
    )
    .addHelpText(
      'after',
      '\nReading the same orders again changes nothing.\n\n' +
        'Examples:\n  tenure orders import magento-eu\n  tenure orders import presta-fr --since 2026-01-01',
    )
    .action((shop: string, options: { since?: Temporal.PlainDate | Temporal.Instant }) =>
      importOrders(context, shop, options.since ?? null),
    );

  orders
    .command('exceptions')
    .description('list what imports could not place and what still waits, oldest first')
    .argument('[shop]', 'code of a connected shop; all shops without it')
    .addOption(new Option('--limit <count>', 'lines at most').argParser(countArgument).default(DEFAULT_LIMIT))
    .addHelpText('after', '\nExamples:\n  tenure orders exceptions\n  tenure orders exceptions magento-eu')
    .action((shop: string | undefined, { limit }: { limit: number }) => exceptions(context, shop ?? null, limit));
}

async function importOrders(
  { environment, print, withGateway }: CommandContext,
  shop: string,
  since: Temporal.PlainDate | Temporal.Instant | null,
): Promise<void> {
  const display = progressDisplay(environment.stderr, environment.isTerminal);
  const result = await withGateway(async (gateway) => {
    try {
      return await importShop(gateway, shop, { since, onProgress: display.show }, environment.now());
    } finally {
      display.finish();
    }
  }, environment.stopOnSignal());
  if (result.outcome === 'NO_SUCH_SHOP') throw noSuchShop(shop, result.known);
  if (result.outcome === 'NO_CREDENTIALS') {
    const message = `There are no usable credentials for the shop "${shop}". Connect it again with the mutation storeConnect.`;
    throw new CommandFailed(EXIT.UNREADABLE_STORE, message);
  }
  print(summaryLines(result.summary));
  const { failure } = result.summary;
  if (failure?.code === 'ALREADY_RUNNING') throw new CommandFailed(EXIT.FAILED, failure.message);
  if (failure?.code === 'STOPPED')
    throw new CommandFailed(EXIT.FAILED, 'Stopped on request. What came before is imported; the next run goes on from here.');
  if (failure !== null) {
    const message = `Reading stopped early (${failure.code}): ${plain(failure.message)} What came before is imported.`;
    throw new CommandFailed(EXIT.UNREADABLE_STORE, message);
  }
}

function summaryLines(summary: ImportSummary): string[] {
  const lines = aligned([
    ['shop', summary.shop],
    ['orders seen', String(summary.ordersSeen)],
    ['orders unchanged', String(summary.ordersUnchanged)],
    ['orders placed', String(summary.ordersPlaced)],
    ['refunds seen', String(summary.refundsSeen)],
    ['exceptions open', String(summary.exceptionsOpen)],
    ['failure', summary.failure?.code ?? 'none'],
  ]);
  return summary.exceptionsOpen === 0 ? lines : [...lines, '', `See "tenure orders exceptions ${plain(summary.shop)}".`];
}

async function exceptions({ look, print, withGateway }: CommandContext, shop: string | null, limit: number): Promise<void> {
  const result = await withGateway((gateway) => openExceptions(gateway, shop, limit));
  if (result.outcome === 'NO_SUCH_SHOP') throw noSuchShop(shop ?? '', result.known);
  if (result.total === 0) {
    print(['Nothing waits: every order that was read is placed.']);
    return;
  }
  const rows = result.exceptions.map((exception) => [
    toGlobalId('ImportException', exception.id),
    exception.shop,
    exception.orderNumber,
    exception.orderLine ?? '-',
    exception.code,
    exception.waitsForPerson ? `${exception.attempts}, by hand` : String(exception.attempts),
    exception.raisedAt.toString({ smallestUnit: 'second' }),
    exception.message,
  ]);
  print(table(look, ['ID', 'SHOP', 'ORDER', 'LINE', 'CODE', 'TRIES', 'RAISED', 'MESSAGE'], rows));
  const more = result.total - rows.length;
  if (more > 0) print(['', `${more} more: raise --limit to see them.`]);
}

function countArgument(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 100_000) throw new InvalidArgumentError('Give a whole number from 1 to 100000.');
  return count;
}
