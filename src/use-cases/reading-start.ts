import type { ReadingCursor, ReadingPage, ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { ImportCursor, type ImportResource } from '../persistence/import-cursor.js';
import type { Session } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import type { EntityManager } from './entity-manager.js';
import { latestStamp, stampAt } from './shop-stamp.js';

/** A reading by change of a shop. */
export interface ChangeReading {
  readonly shop: StoreRow;
  readonly now: () => Temporal.Instant;
  readonly startedAt: Temporal.Instant | null;
  /** Reads from here instead of from where the last run stopped. */
  readonly since?: ReadingCursor | null;
}

export interface ReadingStart {
  readonly from: ReadingCursor | null;
  /** It begins later than where the last run stopped: the cursor stays there, as what lies between is not read. */
  readonly leavesGap: boolean;
}

/** A cursor that was ahead of the clock is taken back to so long before it came there. */
const TAKEN_BACK_HOURS = 24;

/**
 * Where a reading begins. A cursor that lies ahead of the clock, as that of a row which was stamped by a wrong one, would hide all that changes until then: it is taken back
 * to the day before it came there. Rows come by again then, and are recognised.
 */
export async function startOf(session: Session, reading: ChangeReading, resource: ImportResource): Promise<ReadingStart> {
  const { shop, since } = reading;
  const kept = await session.em.findOne(ImportCursor, { shop: shop.id, resource });
  const cursor = kept === null ? null : { changedAt: kept.changedAt, id: kept.lastId };
  const isAhead = cursor !== null && cursor.changedAt > stampAt(shop, begunAt(reading));
  const place = isAhead ? await takeBack(session, reading, resource) : cursor;
  if (since === undefined) return { from: place, leavesGap: false };
  return { from: since, leavesGap: since !== null && place !== null && since.changedAt > place.changedAt };
}

function takeBack(session: Session, { shop, now }: ChangeReading, resource: ImportResource): Promise<ReadingCursor> {
  return session.transaction(async (em) => {
    const cursor = await em.findOneOrFail(ImportCursor, { shop: shop.id, resource });
    const at = now();
    const moved = Temporal.Instant.compare(cursor.movedAt, at) < 0 ? cursor.movedAt : at;
    const place = { changedAt: stampAt(shop, moved.subtract({ hours: TAKEN_BACK_HOURS })), id: '0' };
    em.assign(cursor, { changedAt: place.changedAt, lastId: place.id, movedAt: at });
    return place;
  });
}

/**
 * Moves the cursor past a page, in the transaction that ends the page; never back, and never past the moment at which the reading began: what is stamped later
 * comes by again with the next one.
 */
export const cursorPast =
  (reading: ChangeReading, resource: ImportResource, page: ReadingPage<ShopOrder | ShopRefund>) =>
  async (em: EntityManager, now: Temporal.Instant): Promise<void> => {
    const end = endOf(page, latestStamp(reading.shop, begunAt(reading)));
    if (end === null) return;
    const { changedAt, id: lastId } = end;
    const cursor = await em.findOne(ImportCursor, { shop: reading.shop.id, resource });
    if (cursor === null) em.persist(em.create(ImportCursor, { shop: reading.shop.id, resource, changedAt, lastId, movedAt: now }));
    else if (cursor.changedAt < changedAt || (cursor.changedAt === changedAt && cursor.lastId !== lastId))
      em.assign(cursor, { changedAt, lastId, movedAt: now });
  };

/** The last place of a page up to a stamp. */
function endOf({ cursor, rows }: ReadingPage<ShopOrder | ShopRefund>, latest: string): ReadingCursor | null {
  if (cursor === null || cursor.changedAt <= latest) return cursor;
  const row = rows.findLast(({ changedAt }) => changedAt <= latest);
  return row === undefined ? null : { changedAt: row.changedAt, id: 'refundId' in row ? row.refundId : row.orderId };
}

const begunAt = ({ startedAt, now }: ChangeReading): Temporal.Instant => startedAt ?? now();
