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

/**
 * Notes what is in an order's way. What was noted before and is still so counts one more try, at most once since `startedAt`;
 * what was settled and is there again opens anew; what a person dismissed stays dismissed.
 */
export async function raise(
  em: EntityManager,
  order: TroubledOrder,
  problems: readonly PlacementProblem[],
  startedAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  const { shopId, orderId, orderNumber } = order;
  const known = new Map((await readNoted(em, order)).map((row) => [keyOf(row), row]));
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
      const counts = Temporal.Instant.compare(row.lastTriedAt, startedAt) < 0;
      em.assign(row, { ...seen, attempts: row.attempts + (counts ? 1 : 0) }, { mergeObjectProperties: false });
    }
  }
}

/** Everything ever noted about an order, or about a refund that names none. */
export function readNoted(em: EntityManager, order: Pick<TroubledOrder, 'shopId' | 'orderId'>): Promise<ImportExceptionRow[]> {
  return em.find(ImportException, { shop: order.shopId, orderId: order.orderId });
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
