import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isStamp, noStamp, overlapSecondsAt, shopMoment, stampAt, stampBefore } from '../../../integrations/prestashop/shop-time.js';

describe('instants', () => {
  const instantTable: [string, string, string, string | null, string][] = [
    ['2026-03-02 10:00:00', 'Europe/Paris', '2026-03-02T09:00:00Z', null, 'winter is one hour ahead'],
    ['2026-07-02 10:00:00', 'Europe/Paris', '2026-07-02T08:00:00Z', null, 'summer two'],
    ['2026-10-25 01:59:59', 'Europe/Paris', '2026-10-24T23:59:59Z', null, 'the last second before the hour that repeats'],
    ['2026-10-25 02:00:00', 'Europe/Paris', '2026-10-25T00:00:00Z', 'occurs twice', 'its first second'],
    ['2026-10-25 02:59:59', 'Europe/Paris', '2026-10-25T00:59:59Z', 'occurs twice', 'its last'],
    ['2026-10-25 03:00:00', 'Europe/Paris', '2026-10-25T02:00:00Z', null, 'after it'],
    ['2026-03-29 02:30:00', 'Europe/Paris', '2026-03-29T01:30:00Z', 'does not exist', 'the clock skipped this hour'],
    ['2026-04-05 01:45:00', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z', 'occurs twice', 'half an hour repeats there'],
    ['2026-10-25 02:30:00', 'UTC', '2026-10-25T02:30:00Z', null, 'nothing repeats in UTC'],
  ];
  test.each(instantTable)('%s in %s is %s, doubt: %s, because %s', (stamp, timeZone, instant, doubt) => {
    const moment = shopMoment(stamp, timeZone);
    expect(moment.instant).toBe(instant);
    if (doubt === null) expect(moment.doubt).toBeNull();
    else expect(moment.doubt).toContain(doubt);
  });

  test('a stamp of an instant leads back to it, or says that it may not', () => {
    const zones = fc.constantFrom('Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), zones, (seconds, timeZone) => {
        const instant = Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toString();
        const moment = shopMoment(stampAt(instant, timeZone), timeZone);
        expect(moment.instant === instant || moment.doubt?.includes('occurs twice')).toBe(true);
      }),
    );
  });
});

describe('stamps', () => {
  test.each([
    ['2026-02-28 23:59:59', true, 'a day and time'],
    ['2026-02-29 00:00:00', false, 'no such day'],
    ['2026-01-01 24:00:00', false, 'no such hour'],
    [noStamp, false, 'never is no time'],
    ['2026-01-01T00:00:00', false, 'another spelling'],
    ['2026-01-01 00:00:00Z', false, 'an offset is not the shop clock'],
  ])('%s: %p because %s', (text, expected) => {
    expect(isStamp(text)).toBe(expected);
  });

  test('a stamp before crosses days and years by the wall clock', () => {
    expect(stampBefore('2026-01-01 00:00:00', 1)).toBe('2025-12-31 23:59:59');
    expect(stampBefore('2026-10-25 03:10:00', 7200)).toBe('2026-10-25 01:10:00');
  });
});

describe('the overlap', () => {
  test.each([
    ['2026-06-01 12:00:00', 'Europe/Paris', 600, 'nothing repeats in summer'],
    ['2026-10-25 02:30:00', 'Europe/Paris', 7200, 'in the hour that repeats'],
    ['2026-10-25 00:30:00', 'Europe/Paris', 7200, 'shortly before it'],
    ['2026-10-25 04:30:00', 'Europe/Paris', 7200, 'shortly after it'],
    ['2026-10-25 12:00:00', 'Europe/Paris', 600, 'half a day later'],
    ['2026-03-29 03:30:00', 'Europe/Paris', 600, 'a skipped hour hides nothing'],
    ['2026-10-25 02:30:00', 'UTC', 600, 'nothing repeats in UTC'],
  ])('at %s in %s is %i s because %s', (stamp, timeZone, seconds) => {
    expect(overlapSecondsAt(stamp, timeZone, 600)).toBe(seconds);
  });

  test('a longer usual overlap is kept', () => {
    expect(overlapSecondsAt('2026-10-25 02:30:00', 'Europe/Paris', 86_400)).toBe(90_000);
  });
});
