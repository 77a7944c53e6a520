import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { canonicalJson } from './canonical-json.js';

/**
 * An older state never replaces a newer one, and the same state is no news. Where a shop stamps the wall clock, one hour a year is written twice and
 * the stamps of its states do not say which is newer: of two that differ, the one told last is, as a shop tells how things stand. So it is where what is known
 * has a stamp after `latest`, the latest that it can truly have.
 */
export function isNewsTo(
  known: { readonly changedAt: string; readonly content: unknown } | undefined | null,
  told: ShopOrder | ShopRefund,
  latest: string,
): boolean {
  if (known == null) return true;
  const isBehind =
    known.changedAt > told.changedAt &&
    known.changedAt <= latest &&
    !areStampedInOneDoubtfulHour(known.content as ShopOrder | ShopRefund, told);
  return !isBehind && canonicalJson(known.content) !== canonicalJson(told);
}

/** No clock goes back by more at once, so that two doubtful stamps further apart belong to two such hours. */
const LONGEST_STEP_HOURS = 3;

function areStampedInOneDoubtfulHour(known: ShopOrder | ShopRefund, told: ShopOrder | ShopRefund): boolean {
  if (!isStampedInDoubt(known) || !isStampedInDoubt(told)) return false;
  const step = Temporal.Instant.from(told.updatedAt).until(Temporal.Instant.from(known.updatedAt));
  return Math.abs(step.total('hours')) <= LONGEST_STEP_HOURS;
}

const isStampedInDoubt = (row: ShopOrder | ShopRefund): row is ShopOrder =>
  'unknown' in row && row.unknown.some(({ fact }) => fact === 'updatedAt');
