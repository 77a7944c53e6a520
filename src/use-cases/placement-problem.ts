import { ImportException, type ImportExceptionRow } from '../persistence/import-exception.js';
import type { EntityManager } from './entity-manager.js';
import type { PlacementProblem } from './order-plan.js';

/** Which document of a shop a problem is about; a refund that could not be read names no order. */
export interface TroubledOrder {
  readonly shopId: string;
  readonly orderId: string;
  readonly orderNumber: string;
}

const keyOf = ({ code, orderLine }: Pick<ImportExceptionRow, 'code' | 'orderLine'>) => `${code} ${orderLine}`;

/** What is known of an order's troubles, and when it is tried. */
export interface Trying {
  /** Everything ever noted about it: see `readNoted`. */
  readonly noted: readonly ImportExceptionRow[];
  /** Since when a try counts as this one, however often its order comes by; null: it does not count. */
  readonly startedAt: Temporal.Instant | null;
  readonly now: Temporal.Instant;
}

/**
 * Notes what is in an order's way. What was noted before and is still so counts one more try, at most once since `startedAt`;
 * what was settled and is there again opens anew; what a person dismissed stays dismissed.
 */
export function raise(em: EntityManager, order: TroubledOrder, problems: readonly PlacementProblem[], trying: Trying): void {
  const { shopId, orderId, orderNumber } = order;
  const { noted, startedAt, now } = trying;
  const known = new Map(noted.map((row) => [keyOf(row), row]));
  // Two units of one line have one problem.
  const distinct = new Map(problems.map((problem) => [keyOf(problem), problem]));
  for (const { code, message, orderLine, original } of distinct.values()) {
    const row = known.get(keyOf({ code, orderLine }));
    if (row?.dismissed === true) continue;
    const seen = { orderNumber, message, original, lastTriedAt: now };
    if (row === undefined) {
      const fresh = { shop: shopId, orderId, orderLine, code, raisedAt: now, attempts: 1, resolvedAt: null, resolution: null };
      em.persist(em.create(ImportException, { ...fresh, ...seen, dismissed: false }));
    } else if (row.resolvedAt !== null) {
      em.assign(row, { ...seen, raisedAt: now, attempts: 1, resolvedAt: null, resolution: null }, { mergeObjectProperties: false });
    } else {
      const counts = startedAt !== null && Temporal.Instant.compare(row.lastTriedAt, startedAt) < 0;
      em.assign(row, { ...seen, attempts: row.attempts + (counts ? 1 : 0) }, { mergeObjectProperties: false });
    }
  }
}

/** Everything ever noted about some orders of a shop, or about refunds that name none, by id. */
export async function readNoted(
  em: EntityManager,
  shopId: string,
  orderIds: readonly string[],
): Promise<Map<string, ImportExceptionRow[]>> {
  if (orderIds.length === 0) return new Map();
  return Map.groupBy(await em.find(ImportException, { shop: shopId, orderId: { $in: [...orderIds] } }), ({ orderId }) => orderId);
}

/** Money given back without a line is no trouble of the order: a person settles it, and the order goes on. */
const isAboutOrder = (row: ImportExceptionRow): boolean => row.code !== 'REFUND_WITHOUT_LINES';

/** Settles what was in an order's way and no longer is. */
export function settleAllBut(
  noted: readonly ImportExceptionRow[],
  problems: readonly PlacementProblem[],
  resolution: string,
  now: Temporal.Instant,
): void {
  const standing = new Set(problems.map(keyOf));
  for (const row of noted.filter(isAboutOrder)) {
    if (row.resolvedAt === null && !standing.has(keyOf(row))) Object.assign(row, { resolvedAt: now, resolution });
  }
}

/** Whether a person decided that the order is left out. */
export const isLeftOut = (noted: readonly ImportExceptionRow[]): boolean => noted.some((row) => row.dismissed && isAboutOrder(row));
