import type { ReadingCursor } from '../../integrations/store-platform.js';
import { ImportException, type ImportExceptionCode } from '../persistence/import-exception.js';
import { type Session, withVendorSession } from '../persistence/session.js';
import { Store, type StoreRow } from '../persistence/store.js';
import type { Gateway } from './gateway.js';
import { shopByCode } from './import-exception.js';
import { MAX_ATTEMPTS } from './orders-import.js';
import { stampAt } from './shop-stamp.js';

/** Where to begin reading: the start of a calendar day of the shop, or a moment. */
export type ImportStart = Temporal.PlainDate | Temporal.Instant;

/** Where a reading from a moment on begins. A day begins at midnight of the shop's zone; in UTC where the zone is not known. */
export function cursorFrom(shop: Pick<StoreRow, 'platform' | 'timeZone'>, since: ImportStart): ReadingCursor {
  const at = since instanceof Temporal.PlainDate ? since.toZonedDateTime(shop.timeZone ?? 'UTC').toInstant() : since;
  return { changedAt: stampAt(shop, at), id: '0' };
}

export interface OpenException {
  readonly id: string;
  readonly shop: string;
  readonly orderNumber: string;
  /** Null when the order or refund as a whole is meant. */
  readonly orderLine: string | null;
  readonly code: ImportExceptionCode;
  readonly message: string;
  readonly attempts: number;
  /** True once imports no longer try it by themselves. */
  readonly waitsForPerson: boolean;
  readonly raisedAt: Temporal.Instant;
}

export type OpenExceptions =
  | { readonly outcome: 'LISTED'; readonly exceptions: readonly OpenException[]; readonly total: number }
  | { readonly outcome: 'NO_SUCH_SHOP'; readonly known: readonly string[] };

/** What imports could not place and what still waits, oldest first, at most `limit` of `total`; of one shop, or with a null code of all. */
export function openExceptions({ database }: Pick<Gateway, 'database'>, code: string | null, limit: number): Promise<OpenExceptions> {
  return withVendorSession(database, async (session) => {
    const found = code === null ? null : await shopOrCodes(session, code);
    if (found !== null && 'known' in found) return { outcome: 'NO_SUCH_SHOP', known: found.known };
    const where = found === null ? { resolvedAt: null } : { resolvedAt: null, shop: found.shop.id };
    const [rows, total] = await session.em.findAndCount(ImportException, where, {
      populate: ['shop'],
      orderBy: { raisedAt: 'asc', id: 'asc' },
      limit,
    });
    const exceptions = rows.map((row) => ({
      id: row.id,
      shop: row.shop.getEntity().code ?? row.shop.getEntity().url,
      orderNumber: row.orderNumber,
      orderLine: row.orderLine === '' ? null : row.orderLine,
      code: row.code,
      message: row.message,
      attempts: row.attempts,
      waitsForPerson: row.attempts >= MAX_ATTEMPTS,
      raisedAt: row.raisedAt,
    }));
    return { outcome: 'LISTED', exceptions, total };
  });
}

/** The shop with this code, or the codes that there are. */
export async function shopOrCodes(session: Session, code: string): Promise<{ shop: StoreRow } | { known: string[] }> {
  const shop = await shopByCode(session, code);
  if (shop !== null) return { shop };
  const shops = await session.em.find(Store, { role: 'VENDOR_SHOP' }, { orderBy: { code: 'asc' } });
  return { known: shops.flatMap((known) => known.code ?? []) };
}
