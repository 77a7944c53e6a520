import { type ReadingCursor, StoreReadingFailed } from '../store-platform.js';
import { positionSchema } from './replies.js';
import type { MagentoRest, Search, SearchFilter } from './rest-client.js';

export interface ChangeReading {
  readonly rest: MagentoRest;
  readonly resource: string;
  readonly fields: string;
  readonly since: ReadingCursor | null;
  readonly pageSize: number;
  /** How far before the cursor a reading starts, as a row shows up only when its transaction ends, with an earlier stamp. */
  readonly overlapSeconds: number;
}

export interface RawPage {
  readonly rows: readonly unknown[];
  readonly cursor: ReadingCursor | null;
  readonly total: number | null;
}

/** The next question: all from a second on, or the rest of one second by id. */
type Step =
  | { readonly kind: 'FROM'; readonly stamp: string | null; readonly condition: 'gteq' | 'gt'; readonly delivered: ReadonlySet<string> }
  | { readonly kind: 'WITHIN'; readonly stamp: string; readonly afterId: string };

/**
 * Raw rows of a resource by (updated_at, entity_id), oldest change first, from the cursor less the overlap.
 * It never turns pages: it asks for the first page after a new bound, so that a row which changes meanwhile moves to the end instead of
 * shifting its neighbours, and so that past-the-end answers (nothing, null, or the last page again, by version) cannot occur.
 * Many rows may share a second: when one second fills a page, it is read on by id. Throws `StoreReadingFailed` (UNEXPECTED_REPLY) where
 * the shop ignores the order or the bound, which would mean to skip rows or never to end.
 */
export async function* rowsByChange(reading: ChangeReading): AsyncGenerator<RawPage> {
  let cursor = reading.since;
  let total: number | null = null;
  const start = cursor === null ? null : secondsBefore(cursor.changedAt, reading.overlapSeconds);
  let step: Step | null = { kind: 'FROM', stamp: start, condition: 'gteq', delivered: new Set() };
  while (step !== null) {
    const asked: Step = step;
    const reply = await reading.rest.search(reading.resource, questionOf(asked, reading));
    total ??= reply.total;
    const positions = reply.rows.map(positionOf);
    const known = positions.filter((position) => position !== null);
    requireOrder(known, asked, reading);
    const last = known.at(-1);
    if (last !== undefined && (cursor === null || compared(last, cursor) > 0)) cursor = last;
    const rows = reply.rows.filter((_, index) => !isDelivered(positions[index] ?? null, asked));
    if (rows.length > 0) yield { rows, cursor, total };
    const isLastPage = reply.rows.length < reading.pageSize || (reply.total !== null && reply.total <= reply.rows.length);
    step = isLastPage ? stepAfterLastPage(asked) : stepAfterFullPage(known, reading);
  }
}

function questionOf(step: Step, { fields, pageSize }: ChangeReading): Search {
  if (step.kind === 'WITHIN') {
    const filters: SearchFilter[] = [
      { field: 'updated_at', value: step.stamp, condition: 'eq' },
      { field: 'entity_id', value: step.afterId, condition: 'gt' },
    ];
    return { filters, sortedBy: ['entity_id'], pageSize, fields };
  }
  const filters: SearchFilter[] = step.stamp === null ? [] : [{ field: 'updated_at', value: step.stamp, condition: step.condition }];
  return { filters, sortedBy: ['updated_at', 'entity_id'], pageSize, fields };
}

function stepAfterLastPage(asked: Step): Step | null {
  return asked.kind === 'WITHIN' ? { kind: 'FROM', stamp: asked.stamp, condition: 'gt', delivered: new Set() } : null;
}

function stepAfterFullPage(known: readonly ReadingCursor[], reading: ChangeReading): Step {
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) throw unreadable(reading, 'a whole page has no entity_id and updated_at to go on from');
  if (first.changedAt === last.changedAt) return { kind: 'WITHIN', stamp: last.changedAt, afterId: last.id };
  const delivered = new Set(known.filter(({ changedAt }) => changedAt === last.changedAt).map(({ id }) => id));
  return { kind: 'FROM', stamp: last.changedAt, condition: 'gteq', delivered };
}

/** Rows of the bound's own second come a second time, as a later one may have joined them. */
function isDelivered(position: ReadingCursor | null, asked: Step): boolean {
  return position !== null && asked.kind === 'FROM' && position.changedAt === asked.stamp && asked.delivered.has(position.id);
}

function requireOrder(known: readonly ReadingCursor[], asked: Step, reading: ChangeReading): void {
  const [first] = known;
  const isBeyondBound =
    first === undefined ||
    (asked.kind === 'WITHIN'
      ? first.changedAt === asked.stamp && compared(first, { changedAt: asked.stamp, id: asked.afterId }) > 0
      : asked.stamp === null || (asked.condition === 'gt' ? first.changedAt > asked.stamp : first.changedAt >= asked.stamp));
  const isAscending = known.every((position, index) => index === 0 || compared(known[index - 1] ?? position, position) < 0);
  if (!isBeyondBound || !isAscending) throw unreadable(reading, 'the shop ignores the bound or the order that were asked for');
}

function positionOf(row: unknown): ReadingCursor | null {
  const parsed = positionSchema.safeParse(row);
  return parsed.success ? { changedAt: parsed.data.updated_at, id: parsed.data.entity_id } : null;
}

/** Stamps of one form sort as text; ids are whole numbers without leading zeros. */
function compared(a: ReadingCursor, b: ReadingCursor): number {
  if (a.changedAt !== b.changedAt) return a.changedAt < b.changedAt ? -1 : 1;
  return Number(BigInt(a.id) - BigInt(b.id));
}

/** Throws a RangeError on a cursor that no reading of this connector gave. */
function secondsBefore(stamp: string, seconds: number): string {
  return Temporal.PlainDateTime.from(stamp).subtract({ seconds }).toString({ smallestUnit: 'second' }).replace('T', ' ');
}

function unreadable({ rest, resource }: ChangeReading, because: string): StoreReadingFailed {
  return new StoreReadingFailed('UNEXPECTED_REPLY', `${rest.host}: ${resource} cannot be read on: ${because}`, { host: rest.host });
}

export interface IdReading {
  readonly rest: MagentoRest;
  readonly resource: string;
  readonly filters: readonly SearchFilter[];
  readonly fields: string;
  /** The name that a row's entity_id has in the answer. */
  readonly idKey: 'entity_id' | 'id';
  readonly pageSize: number;
  /** Only rows beyond this id. */
  readonly afterId?: string | null;
}

export interface RawIdPage extends Omit<RawPage, 'cursor'> {
  /** The highest id on the page; that before the page where no row tells one. */
  readonly lastId: string;
}

/**
 * Raw rows of a resource by entity_id, a page at a time, again by moving the bound: an answer that repeats the last page, or that tells nothing at all,
 * ends the reading. Throws `StoreReadingFailed` (UNEXPECTED_REPLY) where the shop ignores the order or the bound.
 */
export async function* rowsById(reading: IdReading): AsyncGenerator<RawIdPage> {
  const { rest, resource, filters, fields, idKey, pageSize } = reading;
  let total: number | null = null;
  let afterId = reading.afterId == null ? null : BigInt(reading.afterId);
  for (;;) {
    const bound: SearchFilter[] = afterId === null ? [] : [{ field: 'entity_id', value: String(afterId), condition: 'gt' }];
    const reply = await rest.search(resource, { filters: [...filters, ...bound], sortedBy: ['entity_id'], pageSize, fields });
    total ??= reply.total;
    const ids = reply.rows.map((row) => idOf(row, idKey)).filter((id) => id !== null);
    const highest: bigint | undefined = ids.at(-1);
    const isAscending = [...(afterId === null ? [] : [afterId]), ...ids].every(
      (id, index, all) => index === 0 || id > (all[index - 1] ?? id),
    );
    const isLastPage = reply.rows.length < pageSize || (reply.total !== null && reply.total <= reply.rows.length);
    if (!isAscending || (highest === undefined && !isLastPage)) {
      throw new StoreReadingFailed('UNEXPECTED_REPLY', `${rest.host}: ${resource} cannot be read on by id`, { host: rest.host });
    }
    afterId = highest ?? afterId;
    if (reply.rows.length > 0) yield { rows: reply.rows, total, lastId: String(afterId ?? 0) };
    if (isLastPage) return;
  }
}

function idOf(row: unknown, idKey: string): bigint | null {
  const id = typeof row === 'object' && row !== null ? Reflect.get(row, idKey) : null;
  return (typeof id === 'number' && Number.isSafeInteger(id)) || (typeof id === 'string' && /^\d{1,255}$/.test(id)) ? BigInt(id) : null;
}
