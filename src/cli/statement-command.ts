import { type Command, Option } from 'commander';
import { explainStatement, type StatementExplanation } from '../use-cases/statement-explanation.js';
import { dayOrInstantArgument, uuidFrom } from './arguments.js';
import type { CommandContext } from './environment.js';
import { CommandFailed, EXIT } from './exit.js';
import { aligned, type Look, plain, table } from './layout.js';

interface StatementOptions {
  readonly from?: Temporal.PlainDate | Temporal.Instant;
  readonly to?: Temporal.PlainDate | Temporal.Instant;
  readonly csv?: true;
}

const BEGINNING = Temporal.Instant.fromEpochMilliseconds(0);

/** statement: what happened to a customer's prepaid time, entry by entry. */
export function addStatementCommand(program: Command, context: CommandContext): void {
  program
    .command('statement')
    .description('show what happened to the prepaid time of a customer, with every reason')
    .argument('<customer>', 'its e-mail address, or its id (cus_… or a UUID)')
    .addOption(new Option('--from <when>', 'first day in UTC, or instant (default: the beginning)').argParser(dayOrInstantArgument))
    .addOption(new Option('--to <when>', 'last day in UTC, included, or instant, excluded (default: now)').argParser(dayOrInstantArgument))
    .option('--csv', 'print a table for a spreadsheet')
    .addHelpText(
      'after',
      '\nExamples:\n  tenure statement alice@agency.example --from 2026-03-01 --to 2026-03-31\n' +
        '  tenure statement cus_01jv8m3k7ce5qsb1kz6b3w9f2x --csv > statement.csv',
    )
    .action((customer: string, options: StatementOptions) => state(context, customer, options));
}

async function state({ environment, look, print, withGateway }: CommandContext, text: string, options: StatementOptions): Promise<void> {
  const id = uuidFrom(text, 'Customer');
  const span = { from: instantOf(options.from, 0) ?? BEGINNING, to: instantOf(options.to, 1) ?? environment.now() };
  const statement = await withGateway((gateway) => explainStatement(gateway, id === null ? { email: text } : { id }, span));
  if (statement === null) throw new CommandFailed(EXIT.NOT_FOUND, `There is no customer ${plain(text)}.`);
  print(options.csv ? [statement.csv.trimEnd()] : statementLines(statement, look));
}

function instantOf(when: Temporal.PlainDate | Temporal.Instant | undefined, days: number): Temporal.Instant | null {
  if (when === undefined) return null;
  return when instanceof Temporal.Instant ? when : when.add({ days }).toZonedDateTime('UTC').toInstant();
}

const ACCOUNTS = ['AVAILABLE', 'HELD', 'CONSUMED', 'EXPIRED', 'VOIDED'] as const;

function statementLines({ customer, from, to, opening, entries, closing }: StatementExplanation, look: Look): string[] {
  const minutes = (totals: typeof opening) => ACCOUNTS.map((account) => String(totals[account]));
  const changes = (change: typeof opening) =>
    ACCOUNTS.map((account) => (change[account] === 0 ? '' : `${change[account] > 0 ? '+' : ''}${change[account]}`));
  const rows = entries.map(({ recordedAt, kind, rule, ticket, project, change, values, reason }) => [
    recordedAt.toString(),
    kind,
    rule,
    ticket === null ? '' : String(ticket),
    project ?? '',
    ...changes(change),
    values.map(({ amount, currencyCode }) => `${amount} ${currencyCode}`).join('; '),
    reason,
  ]);
  const none = ['', '', '', ''];
  return [
    ...aligned([
      ['Customer', customer.email],
      ['From', `${from}, included`],
      ['To', `${to}, not included`],
    ]),
    '',
    ...table(
      look,
      ['RECORDED AT', 'ENTRY', 'RULE', 'TICKET', 'PROJECT', ...ACCOUNTS, 'VALUE', 'REASON'],
      [
        ['', 'OPENING', ...none.slice(1), ...minutes(opening), '', ''],
        ...rows,
        ['', 'CLOSING', ...none.slice(1), ...minutes(closing), '', ''],
      ],
    ),
  ];
}
