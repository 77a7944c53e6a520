import type { ReadingCursor, StoreFailureCode, StorePlatform, StoreReadingFailed } from '../../integrations/store-platform.js';
import type { Database } from '../persistence/database.js';
import type { ImportResource } from '../persistence/import-cursor.js';
import { ImportException } from '../persistence/import-exception.js';
import { type Lock, takeLock } from '../persistence/lock.js';
import { type Session, withVendorSession } from '../persistence/session.js';
import { ordersWithoutTime } from '../persistence/time-sweep-rows.js';
import { NOTHING_MORE, type Placing, retryOrders } from './order-intake.js';
import { importOrderPage, importRefundPage } from './order-page.js';
import { readAhead } from './read-ahead.js';
import { cursorPast, startOf } from './reading-start.js';

export interface ImportProgress {
  readonly resource: ImportResource | 'PRODUCTS';
  readonly seen: number;
  /** Where the shop tells how many there are. */
  readonly total: number | null;
}

export interface ImportSummary {
  readonly shop: string;
  readonly ordersSeen: number;
  readonly ordersUnchanged: number;
  readonly ordersPlaced: number;
  readonly refundsSeen: number;
  /** Exceptions that wait for the shop, for the catalogue or for a person, after this run. */
  readonly exceptionsOpen: number;
  /** Why reading stopped early; what came before it is imported. */
  readonly failure: ImportFailure | null;
  /** True where it was to begin later than where the last run had stopped: what lies between is left to the next one. */
  readonly leavesGap: boolean;
}

export interface ImportFailure {
  readonly code: StoreFailureCode | 'ALREADY_RUNNING';
  readonly message: string;
  /** How long the shop wants to be left alone, where it said so. */
  readonly retryAfterSeconds?: number | undefined;
}

export interface ImportRun extends Placing {
  readonly platform: StorePlatform;
  /** Reads from here instead of from where the last run stopped. */
  readonly since?: ReadingCursor | null;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Told of every page that is waited for. */
  readonly onWait?: (page: Promise<unknown>) => void;
  /** Aborted when the process is to stop: the run ends after the order that it is at, and keeps what it has placed. */
  readonly stopping?: AbortSignal;
}

/** From this many tries on an exception is left to a person. */
export const MAX_ATTEMPTS = 5;

/**
 * Reads what changed in a shop, orders and then refunds, and places it: a page at a time, and a page in one transaction, so that memory
 * stays flat. The cursor moves only past pages that are safely stored; a killed run goes on where it stopped. One run per shop at a time.
 * The next page is asked for while the present one is stored. While the shop is waited for, the run keeps nothing of the database but its lock, which has a
 * connection of its own.
 */
export async function importOrders(database: Database, run: ImportRun): Promise<ImportSummary> {
  const lock = await takeLock(database, `import:${run.shop.id}`);
  try {
    return await importUnder(lock, database, run);
  } finally {
    await lock?.release();
  }
}

function importUnder(lock: Lock | null, database: Database, run: ImportRun): Promise<ImportSummary> {
  return withVendorSession(database, async (session) => {
    let isAnyRead = false;
    let leavesGap = false;
    const tally = { ordersSeen: 0, ordersUnchanged: 0, ordersPlaced: 0, refundsSeen: 0 };
    if (lock === null) {
      return summary(session, run, tally, {
        code: 'ALREADY_RUNNING',
        message: 'Another import of this shop is running. Wait until it has finished.',
      });
    }
    const mayGoOn = goingOn(lock, run.stopping);
    const reading: ImportRun = {
      ...run,
      onProgress: (progress) => {
        isAnyRead = true;
        run.onProgress?.(progress);
      },
    };
    const unread = await failureOf(async () => {
      const leave = [await readOrders(session, reading, tally, mayGoOn), await readRefunds(session, reading, tally, mayGoOn)];
      leavesGap = leave.includes(true);
    });
    // What a shop that fails has told before may be what waiting orders wait for, so they are tried; where it told nothing, that does not count, or a night in
    // which it is down would leave them to a person. A run that stops leaves them to the next one.
    const trying: ImportRun = unread === null || isAnyRead ? run : { ...run, startedAt: null };
    const untried =
      unread?.code === 'STOPPED'
        ? null
        : await failureOf(async () => {
            await retryExceptions(session, trying, mayGoOn);
            await grantForgottenTime(session, trying, mayGoOn);
          });
    return summary(session, run, tally, unread ?? untried, leavesGap);
  });
}

/** Ends a run where it can go on later. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Throws where the run must not go on: between any two orders. */
export type MayGoOn = () => void;

/** A run goes on while it has its lock and the process is not to stop. */
export const goingOn =
  (lock: Lock, stopping: AbortSignal | undefined): MayGoOn =>
  () => {
    lock.lost.throwIfAborted();
    if (stopping?.aborted === true) throw new Stopped('Tenure is being stopped. The next run goes on from here.');
  };

interface Tally {
  ordersSeen: number;
  ordersUnchanged: number;
  ordersPlaced: number;
  refundsSeen: number;
}

/** Whether it leaves a gap behind where the last run stopped. */
async function readOrders(session: Session, run: ImportRun, tally: Tally, mayGoOn: MayGoOn): Promise<boolean> {
  const { from, leavesGap } = await startOf(session, run, 'ORDERS');
  const wait = () => waitForShop(session, mayGoOn);
  await wait();
  for await (const page of readAhead(run.platform.readOrders(from), run.onWait)) {
    const atEnd = leavesGap ? NOTHING_MORE : cursorPast(run, 'ORDERS', page);
    const told = await importOrderPage(session, { ...run, mayGoOn, atEnd }, page);
    tally.ordersSeen += page.rows.length;
    for (const { news, isWaiting } of told.values()) {
      if (news === 'UNCHANGED') tally.ordersUnchanged += 1;
      else if (!isWaiting) tally.ordersPlaced += 1;
    }
    run.onProgress?.({ resource: 'ORDERS', seen: tally.ordersSeen, total: page.total });
    await wait();
  }
  return leavesGap;
}

async function readRefunds(session: Session, run: ImportRun, tally: Tally, mayGoOn: MayGoOn): Promise<boolean> {
  const { from, leavesGap } = await startOf(session, run, 'REFUNDS');
  const wait = () => waitForShop(session, mayGoOn);
  await wait();
  for await (const page of readAhead(run.platform.readRefunds(from), run.onWait)) {
    const atEnd = leavesGap ? NOTHING_MORE : cursorPast(run, 'REFUNDS', page);
    await importRefundPage(session, { ...run, mayGoOn, atEnd }, page);
    tally.refundsSeen += page.rows.length;
    run.onProgress?.({ resource: 'REFUNDS', seen: tally.refundsSeen, total: page.total });
    await wait();
  }
  return leavesGap;
}

/** A shop may take its time over the next page: others have the connection meanwhile. */
export async function waitForShop(session: Session, mayGoOn: MayGoOn): Promise<void> {
  mayGoOn();
  await session.pause();
}

/** What kept a part of the run from its end: the shop, or a stop; null when nothing did. A bug is thrown on. */
export async function failureOf(part: () => Promise<void>): Promise<ImportFailure | null> {
  try {
    await part();
    return null;
  } catch (error) {
    if (error instanceof Stopped) return { code: 'STOPPED', message: error.message };
    const failure = storeFailureIn(error);
    if (failure === null) throw error;
    return failure;
  }
}

/** What a store answered instead of what was asked; null for a bug. */
export function storeFailureIn(error: unknown): (ImportFailure & { readonly code: StoreFailureCode }) | null {
  if (!(error instanceof Error && error.name === 'StoreReadingFailed')) return null;
  const { code, message, details } = error as StoreReadingFailed;
  return { code, message, retryAfterSeconds: details.retryAfterSeconds };
}

/**
 * Tries the waiting orders of a shop again: a purchase, a SKU's meaning or a policy may have come in between. An order that finds
 * its place may be what another one waits for, so they are gone through until nothing moves.
 */
async function retryExceptions(session: Session, run: ImportRun, mayGoOn: MayGoOn): Promise<void> {
  for (let moved = true; moved; ) {
    const open = await session.em.find(
      ImportException,
      { shop: run.shop.id, resolvedAt: null, attempts: { $lt: MAX_ATTEMPTS }, code: { $ne: 'REFUND_WITHOUT_LINES' } },
      { fields: ['orderId'], orderBy: { raisedAt: 'asc', id: 'asc' } },
    );
    moved = await retryOrders(session, run, [...new Set(open.map(({ orderId }) => orderId))], mayGoOn);
  }
}

/** Places orders again whose minutes no lot stands for yet, as those that were imported before there was a ledger. */
async function grantForgottenTime(session: Session, run: ImportRun, mayGoOn: MayGoOn): Promise<void> {
  await retryOrders(session, run, await ordersWithoutTime(session, run.shop), mayGoOn);
}

async function summary(
  session: Session,
  run: ImportRun,
  tally: Tally,
  failure: ImportSummary['failure'],
  leavesGap = false,
): Promise<ImportSummary> {
  const exceptionsOpen = await session.em.count(ImportException, { shop: run.shop.id, resolvedAt: null });
  return { shop: run.shop.code ?? run.shop.url, ...tally, exceptionsOpen, failure, leavesGap };
}
