import { type Command, InvalidArgumentError, Option } from 'commander';
import { toGlobalId } from '../use-cases/global-id.js';
import { openExceptions } from '../use-cases/shop-import.js';
import { type CommandContext, noSuchShop } from './environment.js';
import { table } from './layout.js';

const DEFAULT_LIMIT = 200;

/** orders exceptions: what came from the vendor's shops and could not be placed. */
export function addOrdersCommands(program: Command, context: CommandContext): void {
  const orders = program.command('orders').description('see what could not be placed');
  orders
    .command('exceptions')
    .description('list what imports could not place and what still waits, oldest first')
    .argument('[shop]', 'code of a connected shop; all shops without it')
    .addOption(new Option('--limit <count>', 'lines at most').argParser(countArgument).default(DEFAULT_LIMIT))
    .addHelpText('after', '\nExamples:\n  tenure orders exceptions\n  tenure orders exceptions magento-eu')
    .action((shop: string | undefined, { limit }: { limit: number }) => exceptions(context, shop ?? null, limit));
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
