import { Refusal, type UserError } from '../use-cases/outcome.js';
import { plain } from './layout.js';

/** What the process ends with. Scripts rely on these numbers: they never change their meaning. */
export const EXIT = { OK: 0, FAILED: 1, USAGE: 2, NOT_FOUND: 3, REFUSED: 4, UNREADABLE_STORE: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Shown under every help text. */
export const EXIT_CODES_HELP =
  'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused (what was given must be corrected), 5 the store could not be read.';

export interface ConfigFault {
  readonly variable: string;
  /** What is wrong, without the value: it may be a secret. */
  readonly message: string;
  /** What the operator can do about it. */
  readonly mend: string;
}

/** The environment variables do not allow a start. Carries all faults at once. */
export class ConfigFaults extends Error {
  override readonly name = 'ConfigFaults';
  constructor(readonly faults: readonly ConfigFault[]) {
    super(faults.map((fault) => fault.message).join(' '));
  }
}

/** An expected end of a command other than success, in words for the operator. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
  }
}

export interface FailureReport {
  readonly exitCode: ExitCode;
  readonly lines: readonly string[];
}

/**
 * What to tell the operator of anything a command threw, and what to exit with. Expected failures are told in their own words.
 * The rest is a bug: its first line, and its stack only when asked for. Texts of the database come without the values of the statement.
 */
export function failureReport(error: unknown, showStack: boolean): FailureReport {
  if (error instanceof CommandFailed) return { exitCode: error.exitCode, lines: [`error: ${error.message}`] };
  if (error instanceof Refusal) return { exitCode: refusalExit(error.userErrors), lines: error.userErrors.map(userErrorLine) };
  if (error instanceof ConfigFaults) {
    const lines = error.faults.flatMap(({ message, mend }) => [`error: ${message}`, `       ${mend}`]);
    return { exitCode: EXIT.FAILED, lines };
  }
  if (error instanceof Error && error.name === 'StoreReadingFailed') {
    return { exitCode: EXIT.UNREADABLE_STORE, lines: [`error: The store could not be read: ${plain(error.message)}`] };
  }
  const surroundings = failureOfSurroundings(error);
  if (surroundings !== null) return { exitCode: EXIT.FAILED, lines: [`error: ${surroundings}`] };
  return { exitCode: EXIT.FAILED, lines: bugLines(error, showStack) };
}

function refusalExit(errors: readonly UserError[]): ExitCode {
  if (errors.some((error) => error.code === 'UNREADABLE_STORE')) return EXIT.UNREADABLE_STORE;
  return errors.every((error) => error.code === 'NOT_FOUND') ? EXIT.NOT_FOUND : EXIT.REFUSED;
}

function userErrorLine({ code, message, path }: UserError): string {
  const place = path.filter((part, index) => part !== '' && !(index === 0 && part === 'input')).join('.');
  return `error: ${place === '' ? '' : `${plain(place)}: `}${plain(message)} [${code}]`;
}

/** Failures of the database's or the machine's side, known by the code they carry; null for anything else. */
function failureOfSurroundings(error: unknown): string | null {
  const failure = rootFailure(error);
  if (failure === null) return null;
  const { code, message } = failure;
  if (['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EHOSTUNREACH', 'ETIMEDOUT', 'EAI_AGAIN'].includes(code)) {
    return `The database could not be reached (${code}). Check DATABASE_URL, and that PostgreSQL runs.`;
  }
  if (code === 'EADDRINUSE') return 'The address is in use by another program. Stop it, or give another PORT.';
  if (code === 'EACCES') return 'The system does not allow it (EACCES). Check the rights, or give a PORT above 1023.';
  if (code === '42P01' || code === '42703') return 'The database is not up to date. Run "tenure migrate", then try again.';
  if (/^(08|28|3D|53|57)/.test(code)) return `The database refused: ${plain(message)} (${code}).`;
  return null;
}

/** The innermost error that carries a code: what the mapper wrapped, without the statement and its values. */
function rootFailure(error: unknown): { readonly code: string; readonly message: string } | null {
  let found: { code: string; message: string } | null = null;
  for (let current = error; isFailure(current); current = current.cause) {
    if (/^(timeout expired|timeout exceeded|Connection terminated)/.test(current.message)) found = { code: 'ETIMEDOUT', message: '' };
    if (typeof current.code === 'string') found = { code: current.code, message: current.message };
  }
  return found;
}

/** The code of a failure of the system, "ENOENT"; null for anything else. */
export const systemCode = (error: unknown): string | null => (isFailure(error) && typeof error.code === 'string' ? error.code : null);

/** Told by its shape: errors of the runtime's own modules need not be of this realm's class. */
function isFailure(value: unknown): value is { readonly message: string; readonly code?: unknown; readonly cause?: unknown } {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
}

function bugLines(error: unknown, showStack: boolean): string[] {
  const root = rootFailure(error);
  const name = error instanceof Error ? error.name : typeof error;
  const text = root?.message ?? (error instanceof Error ? error.message : String(error));
  const lines = [`error: Tenure failed unexpectedly: ${name}: ${plain(text.split('\n', 1)[0] ?? '')}`];
  if (showStack && error instanceof Error) return [...lines, error.stack ?? 'There is no stack.'];
  return [...lines, 'Set LOG_LEVEL=debug to see the stack.'];
}
