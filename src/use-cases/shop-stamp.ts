import type { StoreRow } from '../persistence/store.js';

/** A moment as the shop's platform stamps its rows, to the second below: Magento in UTC, PrestaShop on the wall clock of the shop, or in UTC where its zone is not known. */
export function stampAt({ platform, timeZone }: Pick<StoreRow, 'platform' | 'timeZone'>, at: Temporal.Instant): string {
  const zone = platform === 'PRESTASHOP' ? (timeZone ?? 'UTC') : 'UTC';
  return at.toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' ');
}

/** A shop's clock that was found to be further behind is not believed. */
const MOST_BEHIND_SECONDS = 86_400;

/**
 * The latest stamp that rows of a shop can truly have at a moment, by our clock, or by its own where that was found to be behind ours. A later one was given by a
 * clock that was wrong, or by hand, and does not say when its row changed. A shop's clock that is ahead is not followed: the last rows then only come by again.
 */
export function latestStamp(shop: Pick<StoreRow, 'platform' | 'timeZone' | 'clockSkewSeconds'>, at: Temporal.Instant): string {
  const seconds = Math.min(0, Math.max(-MOST_BEHIND_SECONDS, shop.clockSkewSeconds ?? 0));
  return stampAt(shop, at.add({ seconds }));
}
