import { expect, test } from '@jest/globals';
import { latestStamp, stampAt } from '../../src/use-cases/shop-stamp.js';
import { instant } from '../support/vendor.js';

const AT = instant('2026-07-01T22:30:00.9Z');

test.each([
  ['MAGENTO', 'Europe/Paris', '2026-07-01 22:30:00', 'it stamps in UTC, wherever the shop is'],
  ['PRESTASHOP', 'Europe/Paris', '2026-07-02 00:30:00', 'it stamps by the clock on the wall'],
  ['PRESTASHOP', null, '2026-07-01 22:30:00', 'the zone is not known'],
] as const)('a shop on %s in %s stamps %s: %s', (platform, timeZone, stamp, _because) => {
  expect(stampAt({ platform, timeZone }, AT)).toBe(stamp);
});

test.each([
  [null, '2026-07-01 22:30:00', 'its clock was never seen: ours'],
  [0, '2026-07-01 22:30:00', 'its clock is right'],
  [-3_600, '2026-07-01 21:30:00', 'its rows cannot be later than its own clock'],
  [3_600, '2026-07-01 22:30:00', 'a clock that is ahead may be the one that is wrong'],
  [-315_360_000, '2026-06-30 22:30:00', 'nobody’s clock is ten years behind for long'],
])('of a shop whose clock is ahead by %p s, the latest stamp is %s: %s', (clockSkewSeconds, stamp, _because) => {
  expect(latestStamp({ platform: 'MAGENTO', timeZone: null, clockSkewSeconds }, AT)).toBe(stamp);
});
