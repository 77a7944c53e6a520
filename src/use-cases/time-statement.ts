import { Project } from '../persistence/project.js';
import { readJournalRowsOf } from '../persistence/time-ledger-rows.js';
import { type Money, moneyToDecimal } from '../policy/money.js';
import { heldMinutes, type LotBalance, type OpenHold } from '../policy/time-journal.js';
import { type StatedTime, type StatementEntry, type StatementLot, type TimeStatement, timeStatement } from '../policy/time-statement.js';
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
  ...['line', 'id', 'recordedAt', 'effectiveAt', 'kind', 'reason', 'rule', 'ticket', 'project', 'actor'],
  ...['available', 'held', 'consumed', 'expired', 'voided', 'amount', 'currency'],
];

/**
 * B-14: a statement as a table for a spreadsheet. `line` says what a line tells: OPENING, every ENTRY in journal order, CLOSING; then each lot as it stood before and
 * after (LOT_OPENING, LOT_CLOSING), and each HOLD that is open at the end. Each column of minutes adds up: opening and entries are the closing, and so are the
 * lots. An amount is in one currency: what an entry is worth in a further one stands on a line VALUE after it. Actors are told by their kind alone.
 */
export async function statementCsv(em: EntityManager, customerId: string, statement: TimeStatement): Promise<string> {
  const projects = await em.find(Project, { customer: customerId });
  const names = new Map(projects.map(({ id, name }) => [id, name]));
  const lots = statement.lots.toSorted((one, other) => Temporal.Instant.compare(one.lot.createdAt, other.lot.createdAt));
  return csvOf([
    COLUMNS,
    lineOf('OPENING', { recordedAt: statement.from }, statement.opening),
    ...statement.entries.flatMap((entry) => entryLines(entry, names)),
    lineOf('CLOSING', { recordedAt: statement.to }, statement.closing),
    ...lots.flatMap((lot) => lotLines(lot, statement, names)),
    ...statement.openHolds.map((hold) => holdLine(hold, names)),
  ]);
}

type Names = ReadonlyMap<string, string>;

/** What stands in the columns of words; nothing where it is left out. */
interface Words {
  readonly id?: string;
  readonly recordedAt?: Temporal.Instant;
  readonly effectiveAt?: Temporal.Instant;
  readonly kind?: string;
  readonly reason?: string;
  readonly rule?: string;
  readonly ticketId?: string | undefined;
  readonly project?: string | undefined;
  readonly actor?: string;
}

function lineOf(line: string, words: Words, minutes: LotBalance | null, amount: Money | null = null): string[] {
  const { id = '', recordedAt, effectiveAt, kind = '', reason = '', rule = '', ticketId, project = '', actor = '' } = words;
  const ticket = ticketId === undefined ? '' : toGlobalId('Ticket', ticketId);
  return [
    ...[line, id, recordedAt?.toString() ?? '', effectiveAt?.toString() ?? '', kind, reason, rule, ticket, project, actor],
    ...(minutes === null ? Array<string>(5).fill('') : minutesOf(minutes)),
    ...(amount === null ? ['', ''] : [moneyToDecimal(amount), amount.currencyCode]),
  ];
}

function entryLines({ transaction, change, values }: StatementEntry, names: Names): string[][] {
  const { recordedAt, effectiveAt, kind, reason, rule, work, projectId, actor } = transaction;
  const id = toGlobalId('TimeEntry', transaction.id);
  const project = names.get(projectId ?? '');
  const words = { id, recordedAt, effectiveAt, kind, reason, rule, ticketId: work?.ticketId, project, actor: actor.kind };
  const [first, ...further] = sumsOf(values.map(({ value }) => value));
  return [lineOf('ENTRY', words, change, first), ...further.map((amount) => lineOf('VALUE', { id }, null, amount))];
}

/** The amount of a lot is what was paid for all its minutes. */
function lotLines({ lot, opening, closing }: StatementLot, { from, to }: TimeStatement, names: Names): string[][] {
  const words = {
    id: toGlobalId('TimeLot', lot.id),
    effectiveAt: lot.usableFrom,
    kind: lot.source,
    project: names.get(lot.projectId ?? ''),
  };
  return [
    lineOf('LOT_OPENING', { ...words, recordedAt: from }, opening, lot.price),
    lineOf('LOT_CLOSING', { ...words, recordedAt: to }, closing, lot.price),
  ];
}

function holdLine(hold: OpenHold, names: Names): string[] {
  const words = { recordedAt: hold.placedAt, effectiveAt: hold.placedAt, ticketId: hold.work.ticketId, project: names.get(hold.projectId) };
  return lineOf('HOLD', words, { ...NOTHING_MOVED, HELD: heldMinutes(hold) });
}

const NOTHING_MOVED: LotBalance = { AVAILABLE: 0, HELD: 0, CONSUMED: 0, EXPIRED: 0, VOIDED: 0 };

const minutesOf = ({ AVAILABLE, HELD, CONSUMED, EXPIRED, VOIDED }: LotBalance): string[] =>
  [AVAILABLE, HELD, CONSUMED, EXPIRED, VOIDED].map(String);

/** Amounts by currency: nearly always one. */
function sumsOf(amounts: readonly Money[]): Money[] {
  return [...Map.groupBy(amounts, ({ currencyCode }) => currencyCode)].map(([currencyCode, same]) => ({
    currencyCode,
    amountMinor: same.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
  }));
}
