import type { ShopOrder, ShopRefund } from '../../integrations/store-platform.js';
import { isCurrencyOfMoney } from '../policy/money.js';
import { canonicalJson } from './canonical-json.js';

/** An order as it is kept: as it was told last. */
export interface KeptOrder extends ShopOrder {
  /** The currency that it was first told in, where that is another than it is told in now. */
  readonly firstCurrencyCode?: string;
}

interface Known {
  readonly changedAt: string;
  readonly content: unknown;
}

/** An order is paid in one currency, the first that it was told in; a code that is no money does not count. */
export function asKept(known: Known | undefined | null, told: ShopOrder): KeptOrder {
  if (known == null) return told;
  const { currencyCode, firstCurrencyCode = currencyCode } = known.content as KeptOrder;
  return firstCurrencyCode === told.currencyCode || !isCurrencyOfMoney(firstCurrencyCode) ? told : { ...told, firstCurrencyCode };
}

/**
 * An older state never replaces a newer one, and the same state is no news. Where a shop stamps the wall clock, one hour a year is written twice and
 * the stamps of its states do not say which is newer: of two that differ, the one told last is, as a shop tells how things stand. So it is where what is known
 * has a stamp after `latest`, the latest that it can truly have.
 */
export function isNewsTo(known: Known | undefined | null, told: ShopOrder | ShopRefund, latest: string): boolean {
  if (known == null) return true;
  const isBehind =
    known.changedAt > told.changedAt &&
    known.changedAt <= latest &&
    !areStampedInOneDoubtfulHour(known.content as ShopOrder | ShopRefund, told);
  return !isBehind && canonicalJson(known.content) !== canonicalJson('refundId' in told ? told : asKept(known, told));
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
