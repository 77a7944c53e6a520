import { z } from 'zod';
import { type ReadingCursor, StoreReadingFailed } from '../store-platform.js';
import { idSchema, rowIdOf, stampSchema } from './replies.js';
import { noStamp, overlapSecondsAt, stampBefore } from './shop-time.js';
import type { Query, Webservice } from './webservice.js';

/** How a shop is paged, whatever is read. */
export interface Paging {
  readonly shop: Webservice;
  /** IANA zone of the shop's stamps. */
  readonly timeZone: string;
  readonly pageSize: number;
  readonly overlapSeconds: number;
}

export interface KeysetReading extends Paging {
  readonly resource: string;
  readonly display: string;
  readonly since: ReadingCursor | null;
}

export interface RawPage {
  readonly rows: readonly unknown[];
  readonly cursor: ReadingCursor | null;
}

/** The next question: everything after a second, or the rest of one second by id. */
type Step =
  | { readonly kind: 'AFTER'; readonly stamp: string | null; readonly seen: ReadingCursor | null }
  | { readonly kind: 'WITHIN'; readonly stamp: string; readonly id: string };

const positionSchema = z
  .object({ id: idSchema, date_upd: stampSchema.or(z.literal(noStamp)) })
  .transform((row) => ({ changedAt: row.date_upd, id: row.id }));

/**
 * Raw rows of a resource in order of (date_upd, id), oldest change first, from the cursor less the overlap; never by page number,
 * since rows move while they are read. PrestaShop filters by second and strictly, so a page that ends inside a second asks for that
 * second again and drops what it has; a second with more rows than a page is read on by id. Throws `StoreReadingFailed`
 * when a full page has no row to go on from.
 */
export async function* rowsByChange(reading: KeysetReading): AsyncGenerator<RawPage> {
  let cursor = reading.since;
  let step: Step | null = { kind: 'AFTER', stamp: startOf(reading), seen: null };
  while (step) {
    const asked: Step = step;
    const rows: unknown[] = await listed(reading, questionOf(asked, reading));
    const positions = rows.map(positionOf);
    const last = positions.findLast((position) => position !== null) ?? null;
    if (last && (cursor === null || isAfter(last, cursor))) cursor = last;
    const fresh = rows.filter((_, index) => isFresh(positions[index] ?? null, asked));
    if (fresh.length > 0) yield { rows: fresh, cursor };
    step = nextStep(asked, rows.length < reading.pageSize, positions, last, reading);
  }
}

export interface IdReading extends Pick<Paging, 'shop' | 'pageSize'> {
  readonly resource: string;
  readonly display: string;
  /** Only rows beyond this id. */
  readonly afterId: string | null;
}

export interface RawIdPage {
  readonly rows: readonly unknown[];
  /** The highest id on the page; that before the page where no row tells one. */
  readonly lastId: string;
}

/** Raw rows of a resource by id. Throws `StoreReadingFailed` where the shop ignores the order or the bound, or a full page tells no id to go on from. */
export async function* rowsById({ shop, resource, display, pageSize, afterId }: IdReading): AsyncGenerator<RawIdPage> {
  let lastId = afterId ?? '0';
  let isLastPage = false;
  while (!isLastPage) {
    const question = { display, 'filter[id]': `>[${lastId}]`, sort: '[id_ASC]', limit: `0,${pageSize}` };
    const rows = await listed({ shop, resource, pageSize }, question);
    const ids = rows.map(rowIdOf).filter((id) => id !== null);
    const isOrdered = [lastId, ...ids].every((id, index, all) => index === 0 || BigInt(id) > BigInt(all[index - 1] ?? id));
    isLastPage = rows.length < pageSize;
    if (!isOrdered || (ids.length === 0 && !isLastPage)) {
      throw new StoreReadingFailed('UNEXPECTED_REPLY', `The list of ${resource} cannot be read on by id`, { host: shop.host });
    }
    lastId = ids.at(-1) ?? lastId;
    if (rows.length > 0) yield { rows, lastId };
  }
}

function nextStep(
  asked: Step,
  isLastPage: boolean,
  positions: readonly (ReadingCursor | null)[],
  last: ReadingCursor | null,
  reading: KeysetReading,
): Step | null {
  if (isLastPage) return asked.kind === 'WITHIN' ? { kind: 'AFTER', stamp: asked.stamp, seen: null } : null;
  if (!last || !isBeyond(last, asked) || !isAscending(positions)) {
    throw new StoreReadingFailed('UNEXPECTED_REPLY', `The list of ${reading.resource} cannot be read on: no readable id and date_upd`, {
      host: reading.shop.host,
    });
  }
  const isOneSecond = positions.every((position) => position === null || position.changedAt === last.changedAt);
  if (asked.kind === 'WITHIN' || isOneSecond) return { kind: 'WITHIN', stamp: last.changedAt, id: last.id };
  return { kind: 'AFTER', stamp: stampBefore(last.changedAt, 1), seen: last };
}

/** Whether a full page that ends here moved the reading forward: one that did not would be asked for again, for ever. */
function isBeyond(last: ReadingCursor, asked: Step): boolean {
  if (asked.kind === 'WITHIN') return last.changedAt === asked.stamp && BigInt(last.id) > BigInt(asked.id);
  if (asked.seen !== null && !isAfter(last, asked.seen)) return false;
  return asked.stamp === null || last.changedAt > asked.stamp;
}

function isAscending(positions: readonly (ReadingCursor | null)[]): boolean {
  const known = positions.filter((position) => position !== null);
  return known.every((position, index) => index === 0 || isAfter(position, known[index - 1] ?? position));
}

/** What is read for the rows of a page is held at once, so that a page is no longer than was asked for. */
async function listed(
  { shop, resource, pageSize }: Pick<KeysetReading, 'shop' | 'resource' | 'pageSize'>,
  query: Query,
): Promise<unknown[]> {
  const rows = await shop.list(resource, query);
  if (rows.length <= pageSize) return rows;
  const because = `The list of ${resource} has ${rows.length} rows on a page of ${pageSize}`;
  throw new StoreReadingFailed('UNEXPECTED_REPLY', because, { host: shop.host });
}

function questionOf(step: Step, reading: KeysetReading): Query {
  const common = { display: reading.display, date: '1', limit: `0,${reading.pageSize}` };
  if (step.kind === 'WITHIN') {
    return { ...common, 'filter[date_upd]': `[${step.stamp}]`, 'filter[id]': `>[${step.id}]`, sort: '[id_ASC]' };
  }
  const after: Query = step.stamp === null ? {} : { 'filter[date_upd]': `>[${step.stamp}]` };
  return { ...common, ...after, sort: '[date_upd_ASC,id_ASC]' };
}

/** One second is subtracted for the strict comparison, on top of the overlap. */
function startOf({ since, timeZone, overlapSeconds }: KeysetReading): string | null {
  if (since === null || since.changedAt === noStamp) return null;
  return stampBefore(since.changedAt, 1 + overlapSecondsAt(since.changedAt, timeZone, overlapSeconds));
}

function isFresh(position: ReadingCursor | null, asked: Step): boolean {
  return asked.kind === 'WITHIN' || asked.seen === null || position === null || isAfter(position, asked.seen);
}

function positionOf(row: unknown): ReadingCursor | null {
  const read = positionSchema.safeParse(row);
  return read.success ? read.data : null;
}

function isAfter(one: ReadingCursor, other: ReadingCursor): boolean {
  return one.changedAt === other.changedAt ? BigInt(one.id) > BigInt(other.id) : one.changedAt > other.changedAt;
}
