import { Project } from '../persistence/project.js';
import { readJournalRowsOf } from '../persistence/time-ledger-rows.js';
import { type Money, moneyToDecimal } from '../policy/money.js';
import { type AccountTotals, type StatedTime, type StatementEntry, type TimeStatement, timeStatement } from '../policy/time-statement.js';
import { csvOf } from './csv.js';
import type { EntityManager } from './entity-manager.js';
import { toGlobalId } from './global-id.js';
import { Refusal, userError } from './outcome.js';
import { lotsOf, transactionOf } from './time-ledger.js';

/** From the first instant on, up to and without the last. */
export interface StatementSpan {
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
}

/**
 * B-14: the statement of a customer's time over a span, from the whole journal: one statement to the database, whatever its length. Empty for a customer without
 * a wallet; answered with its faults where the journal breaks a law.
 */
export async function timeStatementOf(em: EntityManager, customerId: string, span: StatementSpan): Promise<StatedTime> {
  if (Temporal.Instant.compare(span.to, span.from) < 0) throw new Refusal([userError('INVALID', 'to lies before from.', 'to')]);
  const [rows] = await readJournalRowsOf(em, [customerId]);
  return rows === undefined ? timeStatement([], [], span) : timeStatement(lotsOf(rows), rows.transactions.map(transactionOf), span);
}

const COLUMNS = [
  ...['line', 'recordedAt', 'effectiveAt', 'kind', 'reason', 'rule', 'ticket', 'task', 'project', 'actor'],
  ...['available', 'held', 'consumed', 'expired', 'voided', 'value', 'currency'],
];

/**
 * B-14: a statement as a table for a spreadsheet: opening, entries in journal order, closing. Each column of minutes adds up: opening and changes are the closing.
 * Actors are told by their kind alone.
 */
export async function statementCsv(em: EntityManager, customerId: string, statement: TimeStatement): Promise<string> {
  const projects = await em.find(Project, { customer: customerId });
  const names = new Map(projects.map(({ id, name }) => [id, name]));
  return csvOf([
    COLUMNS,
    balanceLine('OPENING', statement.from, statement.opening),
    ...statement.entries.map((entry) => entryLine(entry, names)),
    balanceLine('CLOSING', statement.to, statement.closing),
  ]);
}

function balanceLine(line: 'OPENING' | 'CLOSING', at: Temporal.Instant, totals: AccountTotals): string[] {
  return [line, at.toString(), '', '', '', '', '', '', '', '', ...minutesOf(totals), '', ''];
}

function entryLine({ transaction, change, values }: StatementEntry, names: ReadonlyMap<string, string>): string[] {
  const { id, recordedAt, effectiveAt, kind, reason, rule, work, projectId, actor } = transaction;
  const sums = sumsOf(values.map(({ value }) => value));
  return [
    toGlobalId('TimeEntry', id),
    recordedAt.toString(),
    effectiveAt.toString(),
    kind,
    reason,
    rule,
    work === null ? '' : toGlobalId('Ticket', work.ticketId),
    work?.taskId ?? '',
    projectId === null ? '' : (names.get(projectId) ?? ''),
    actor.kind,
    ...minutesOf(change),
    sums.map(moneyToDecimal).join('; '),
    sums.map(({ currencyCode }) => currencyCode).join('; '),
  ];
}

const minutesOf = ({ AVAILABLE, HELD, CONSUMED, EXPIRED, VOIDED }: AccountTotals): string[] =>
  [AVAILABLE, HELD, CONSUMED, EXPIRED, VOIDED].map(String);

/** Amounts by currency: nearly always one. */
function sumsOf(amounts: readonly Money[]): Money[] {
  return [...Map.groupBy(amounts, ({ currencyCode }) => currencyCode)].map(([currencyCode, same]) => ({
    currencyCode,
    amountMinor: same.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
  }));
}
