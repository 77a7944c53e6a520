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
  const known = new Map((await em.find(ImportException, { shop: shopId, orderId })).map((row) => [keyOf(row), row]));
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

/** Settles what was in an order's way and no longer is. Money given back without a line is for a person to settle. */
export async function settleAllBut(
  em: EntityManager,
  order: Pick<TroubledOrder, 'shopId' | 'orderId'>,
  problems: readonly PlacementProblem[],
  resolution: string,
  now: Temporal.Instant,
): Promise<void> {
  const { shopId: shop, orderId } = order;
  const standing = new Set(problems.map(keyOf));
  const open = await em.find(ImportException, { shop, orderId, resolvedAt: null, code: { $ne: 'REFUND_WITHOUT_LINES' } });
  for (const row of open.filter((candidate) => !standing.has(keyOf(candidate)))) em.assign(row, { resolvedAt: now, resolution });
}

/** Whether a person decided that this order is left out. */
export async function isLeftOut(em: EntityManager, order: Pick<TroubledOrder, 'shopId' | 'orderId'>): Promise<boolean> {
  const { shopId: shop, orderId } = order;
  return (await em.count(ImportException, { shop, orderId, dismissed: true, code: { $ne: 'REFUND_WITHOUT_LINES' } })) > 0;
}
