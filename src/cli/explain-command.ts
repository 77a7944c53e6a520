import { type Command, Option } from 'commander';
import { EXPLAINED_REQUESTS, type ExplainQuestion, explainPurchase, type PurchaseReference } from '../use-cases/explain.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { explainTicket, type TicketReference } from '../use-cases/ticket-explanation.js';
import { choiceArgument, instantArgument, spelled, uuidFrom } from './arguments.js';
import type { CommandContext } from './environment.js';
import { CommandFailed, EXIT } from './exit.js';
import { explanationLines } from './explanation-text.js';
import { aligned, plain } from './layout.js';
import { ticketLines } from './ticket-text.js';

interface ExplainOptions {
  readonly at?: Temporal.Instant;
  readonly request: ExplainQuestion['request'];
  readonly platformVersion?: string;
  readonly installed?: string;
  readonly category?: string;
  readonly hostWork?: 'yes' | 'no';
  readonly json?: true;
}

/** explain: one purchase, with everything that Tenure would answer about it and why; or one ticket, with what was decided and its deadlines. */
export function addExplainCommand(program: Command, context: CommandContext): void {
  program
    .command('explain')
    .description('show what is known and what would be decided about a purchase, or what was decided about a ticket, with every reason')
    .argument('<purchase>', 'its id (pur_… or a UUID), or SHOP:ORDER-NUMBER:LINE; for a ticket tic_…, or its number as #12')
    .addOption(new Option('--at <instant>', 'the moment asked about (default: now)').argParser(instantArgument))
    .addOption(
      new Option('--request <kind>', `after-sales request: ${spelled(EXPLAINED_REQUESTS).join(', ')}`)
        .argParser(choiceArgument(EXPLAINED_REQUESTS))
        .default('CORRECTION', 'correction'),
    )
    .option('--platform-version <version>', 'what the store runs, where no reading of it tells')
    .option('--installed <version>', 'version of the add-on in the store, where no reading of it tells')
    .option('--category <name>', 'category of the work, for prepaid time')
    .addOption(new Option('--host-work <answer>', 'whether advice needs work on the store').choices(['yes', 'no']))
    .option('--json', 'print JSON for machines')
    .addHelpText(
      'after',
      '\nExamples:\n  tenure explain pur_01jv8m3k7ce5qsb1kz6b3w9f2x\n' +
        "  tenure explain '#12' --at 2026-03-01T00:00:00Z\n" +
        '  tenure explain magento-eu:000000123:7 --at 2026-03-01T00:00:00Z --platform-version 2.4.7-p3\n' +
        '  tenure explain magento-eu:000000123:7 --request advice --host-work no --json',
    )
    .action((text: string, options: ExplainOptions) => {
      const ticket = ticketFrom(text);
      return ticket === null ? explain(context, text, options) : explainOne(context, ticket, text, options);
    });
}

/** "tic_…" or "#12"; null: no ticket is meant. */
function ticketFrom(text: string): TicketReference | null {
  const number = /^#([1-9]\d{0,14})$/.exec(text)?.[1];
  if (number !== undefined) return { number: Number(number) };
  const id = text.startsWith('tic_') ? uuidFrom(text, 'Ticket') : null;
  return id === null ? null : { id };
}

async function explainOne(
  { environment, look, print, withGateway }: CommandContext,
  reference: TicketReference,
  text: string,
  options: ExplainOptions,
): Promise<void> {
  const found = await withGateway((gateway) => explainTicket(gateway, reference, options.at ?? environment.now()));
  if (found === null) throw new CommandFailed(EXIT.NOT_FOUND, `There is no ticket ${plain(text)}, or was none then.`);
  const explanation = { ...found, ticket: { ...found.ticket, id: toGlobalId('Ticket', found.ticket.id) } };
  print(options.json ? [JSON.stringify(explanation, null, 2)] : ticketLines(explanation, look));
}

async function explain({ environment, look, print, withGateway }: CommandContext, text: string, options: ExplainOptions): Promise<void> {
  const reference = referenceFrom(text);
  const question: ExplainQuestion = {
    request: options.request,
    platformVersion: options.platformVersion ?? null,
    installedVersion: options.installed ?? null,
    category: options.category ?? null,
    needsWorkOnHost: options.hostWork === undefined ? null : options.hostWork === 'yes',
  };
  const at = options.at ?? environment.now();
  const result = await withGateway((gateway) => explainPurchase(gateway, reference, question, at));
  if (result.outcome === 'NOT_FOUND') throw new CommandFailed(EXIT.NOT_FOUND, `There is no purchase ${plain(text)}.`);
  if (result.outcome === 'SEVERAL') {
    const rows = result.candidates.map(({ id, orderId, unit, sku }) => [
      toGlobalId('Purchase', id),
      sku,
      `order ${orderId}`,
      `unit ${unit}`,
    ]);
    const message = [`${plain(text)} names several purchases. Give the id of one:`, ...aligned(rows, '  ')].join('\n');
    throw new CommandFailed(EXIT.REFUSED, message);
  }
  const { purchase, ...rest } = result.explanation;
  const explanation = { ...rest, purchase: { ...purchase, id: toGlobalId('Purchase', purchase.id) } };
  print(options.json ? [JSON.stringify(explanation, null, 2)] : explanationLines(explanation, look));
}

function referenceFrom(text: string): PurchaseReference {
  const id = uuidFrom(text, 'Purchase');
  if (id !== null) return { id };
  if (/^[^:]+:.*[^:].*:[^:]+$/.test(text)) return { orderLine: text };
  throw new CommandFailed(
    EXIT.USAGE,
    `"${plain(text)}" names no purchase and no ticket: give pur_…, a UUID, SHOP:ORDER-NUMBER:LINE, tic_… or #NUMBER.`,
  );
}
