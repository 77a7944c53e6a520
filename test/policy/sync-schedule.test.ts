import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstRun, nextRun, nextRunAfterEarly, SYNC_TASKS, type SyncEnding, type SyncPlace } from '../../src/policy/sync-schedule.js';

const NOW = Temporal.Instant.from('2026-03-10T12:00:00Z');
const SHOP: SyncPlace = { storeId: '019aa8a0-0000-7000-8000-000000000001', task: 'ORDERS', timeZone: 'Europe/Paris' };

const zones = fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Pacific/Kiritimati', 'Asia/Kathmandu', null);
const places = fc.record({ storeId: fc.uuid(), task: fc.constantFrom(...SYNC_TASKS), timeZone: zones });
const moments = fc
  .integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 11, 31) })
  .map((milliseconds) => Temporal.Instant.fromEpochMilliseconds(milliseconds));
const codes = fc.constantFrom(
  'TIMED_OUT',
  'UNAVAILABLE',
  'RATE_LIMITED',
  'CIRCUIT_OPEN',
  'CREDENTIALS_REFUSED',
  'RIGHT_MISSING',
  'UNEXPECTED',
);

const failed = (failures: number, code = 'TIMED_OUT', retryAfterSeconds: number | null = null): SyncEnding => ({
  kind: 'FAILED',
  code,
  failures,
  retryAfterSeconds,
});
const secondsTo = (next: Temporal.Instant, now = NOW): number => (next.epochMilliseconds - now.epochMilliseconds) / 1_000;
const minutesTo = (place: SyncPlace, ending: SyncEnding): number => secondsTo(nextRun(place, ending, NOW)) / 60;

describe('the next run', () => {
  test.each<[SyncPlace['task'], SyncEnding, number, number, string]>([
    ['ORDERS', { kind: 'DONE' }, 4, 6, 'orders are asked for every five minutes'],
    ['PRODUCTS', { kind: 'DONE' }, 19.2 * 60, 28.8 * 60, 'a catalogue changes slowly'],
    ['VERSION', { kind: 'DONE' }, 19.2 * 60, 28.8 * 60, 'a store is asked about once a day'],
    ['ORDERS', { kind: 'UNFINISHED' }, 0, 0, 'there is more to read'],
    ['ORDERS', { kind: 'GAVE_WAY' }, 0, 0, 'who waited for somebody else is next'],
    ['ORDERS', failed(1), 1, 1.25, 'most trouble is short'],
    ['ORDERS', failed(2), 2, 2.5, 'each further failure doubles the pause'],
    ['ORDERS', failed(20), 288, 360, 'no pause is longer than six hours'],
    ['VERSION', failed(1), 30, 37.5, 'what a store runs is not urgent'],
    ['ORDERS', failed(1, 'CREDENTIALS_REFUSED'), 288, 360, 'a key does not mend itself'],
    ['ORDERS', failed(1, 'RIGHT_MISSING'), 288, 360, 'a person grants a right'],
    ['ORDERS', failed(1, 'RATE_LIMITED', 3_600), 60, 60, 'the shop said when'],
    ['ORDERS', failed(1, 'RATE_LIMITED', 1), 1, 1.25, 'what is asked for is the least, not the most'],
    ['ORDERS', failed(1, 'RATE_LIMITED', 1_000_000), 1_440, 1_440, 'no shop is forgotten for a week'],
  ])('of %s after %j comes in %d to %d minutes, because %s', (task, ending, least, most) => {
    const minutes = minutesTo({ ...SHOP, task }, ending);
    expect(minutes).toBeGreaterThanOrEqual(least);
    expect(minutes).toBeLessThanOrEqual(most + 0.001);
  });

  test('is never before now, and never before the store wants to be asked', () => {
    fc.assert(
      fc.property(places, moments, codes, fc.nat(40), fc.option(fc.nat(86_400)), (place, now, code, failures, retryAfter) => {
        const next = nextRun(place, failed(failures, code, retryAfter), now);
        expect(secondsTo(next, now)).toBeGreaterThanOrEqual(Math.max(1, retryAfter ?? 0));
        expect(secondsTo(next, now)).toBeLessThanOrEqual(Math.max(6 * 3_600, retryAfter ?? 0) + 0.001);
        for (const kind of ['DONE', 'UNFINISHED', 'GAVE_WAY'] as const)
          expect(secondsTo(nextRun(place, { kind }, now), now)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('is no sooner after one failure more', () => {
    fc.assert(
      fc.property(places, codes, fc.nat(40), (place, code, failures) => {
        expect(secondsTo(nextRun(place, failed(failures + 1, code), NOW))).toBeGreaterThanOrEqual(
          secondsTo(nextRun(place, failed(failures, code), NOW)),
        );
      }),
    );
  });

  test('after a run that was asked for early is what it was where that failed, unless the store wants to be left alone for longer', () => {
    fc.assert(
      fc.property(places, moments, codes, fc.nat(86_400), fc.option(fc.nat(86_400)), (place, now, code, seconds, retryAfter) => {
        const dueAt = now.add({ seconds });
        const early = (ending: Parameters<typeof nextRun>[1]) => secondsTo(nextRunAfterEarly(place, ending, dueAt, now), now);
        expect(early(failed(9, code, retryAfter))).toBe(Math.max(seconds, retryAfter ?? 0));
        expect(early({ kind: 'GAVE_WAY' })).toBe(seconds);
        expect(nextRunAfterEarly(place, { kind: 'DONE' }, dueAt, now)).toEqual(nextRun(place, { kind: 'DONE' }, now));
      }),
    );
  });

  test('of many stores is spread over the whole of its share', () => {
    const minutes = Array.from({ length: 400 }, (_, index) => minutesTo({ ...SHOP, storeId: `store-${index}` }, { kind: 'DONE' }));
    for (const tenth of Array.from({ length: 10 }, (_, index) => 4 + index * 0.2)) {
      const within = minutes.filter((minute) => minute >= tenth && minute < tenth + 0.2).length;
      expect([tenth, within > 15 && within < 80]).toEqual([tenth, true]);
    }
  });
});

describe('a reconciliation', () => {
  const nightOf = (next: Temporal.Instant, zone: string | null) => next.toZonedDateTimeISO(zone ?? 'UTC').toPlainTime();

  test('comes in the next night of the shop, wherever that is, and never twice in one', () => {
    fc.assert(
      fc.property(places, moments, (place, now) => {
        const shop = { ...place, task: 'RECONCILIATION' } as const;
        const first = firstRun(shop, now);
        expect(first).toEqual(nextRun(shop, { kind: 'DONE' }, now));
        expect(secondsTo(first, now)).toBeGreaterThan(0);
        expect(secondsTo(first, now)).toBeLessThanOrEqual(25 * 3_600);
        const time = nightOf(first, shop.timeZone);
        expect(time.hour * 60 + time.minute).toBeGreaterThanOrEqual(60);
        // An hour that the clock leaves out in spring moves what lies in it.
        expect(time.hour * 60 + time.minute).toBeLessThan(360);
        expect(secondsTo(nextRun(shop, { kind: 'DONE' }, first), first)).toBeGreaterThanOrEqual(22 * 3_600);
      }),
    );
  });
});

test('a task that was never run is due at once, but nothing was missed yet that a reconciliation could find', () => {
  for (const task of SYNC_TASKS) expect([task, firstRun({ ...SHOP, task }, NOW).equals(NOW)]).toEqual([task, task !== 'RECONCILIATION']);
});
