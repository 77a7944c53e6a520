import { describe, expect, test } from '@jest/globals';
import { clockDays } from '../../src/policy/deadline-days.js';
import type { TicketEvent } from '../../src/policy/ticket-event.js';
import { endOfDay } from '../../src/policy/working-calendar.js';
import { answered, asked, at, claimedFree, delivered, REPAIR, rejected, reported, story } from './ticket-story.js';

const FRI = '2026-03-06T16:59:00+01:00';
const QUESTION = ['2026-03-16T13:00:00+01:00', '2026-03-18T11:00:00+01:00'] as const;
const waiting = [...reported(FRI), asked(QUESTION[0]), answered(QUESTION[1])];
const silent = [...reported(FRI), asked(QUESTION[0])];
const redone = [...reported(FRI), claimedFree(FRI), delivered('2026-03-17T10:00:00+01:00'), rejected('2026-03-19T10:00:00+01:00')];

function correctionOf(events: readonly TicketEvent[], when: string) {
  const { state } = story(REPAIR, events, { availableMinutes: 5_000 });
  const found = clockDays(state, REPAIR.document, at(when)).find(({ clock }) => clock.kind === 'CORRECTION');
  if (found === undefined) throw new Error('no clock');
  const spans = found.days.map(({ kind, first, last, countedDays }) => [kind, String(first), String(last), countedDays] as const);
  return { ...found, spans };
}

describe('the days of the promise to correct', () => {
  test.each([
    ['ADMISSION', '2026-03-06', '2026-03-06', 0, 'the day of admission never counts'],
    ['NO_HOURS', '2026-03-07', '2026-03-08', 0, 'nobody works at weekends'],
    ['COUNTED', '2026-03-09', '2026-03-13', 5, 'a week of work'],
    ['COUNTED', '2026-03-16', '2026-03-16', 6, 'the question came after the morning'],
    ['WAITED', '2026-03-17', '2026-03-17', 6, 'all of that day was spent waiting (A-10)'],
    ['COUNTED', '2026-03-18', '2026-03-20', 9, 'the answer came within the day'],
    ['NO_HOURS', '2026-04-04', '2026-04-05', 19, 'the weekend before'],
    ['CLOSED_DATE', '2026-04-06', '2026-04-06', 19, 'Easter Monday is on the list'],
  ])('%s from %s to %s, after which %s have ended, because %s', (kind, first, last, counted) => {
    expect(correctionOf(waiting, '2026-03-20T10:00:00Z').spans).toContainEqual([kind, first, last, counted]);
  });

  test.each([
    ['without a question', reported(FRI), '2026-03-09T10:00:00Z'],
    ['after a question', waiting, '2026-03-20T10:00:00Z'],
    ['after a rejection', redone, '2026-03-20T10:00:00Z'],
    ['looked at after its end', waiting, '2026-06-01T10:00:00Z'],
  ])('%s they are the count of the clock: each day once, and the last of thirty is the day before it is due', (_, events, when) => {
    const { clock, days } = correctionOf(events, when);
    expect(days.at(-1)).toMatchObject({ kind: 'COUNTED', countedDays: 30 });
    const { zone } = REPAIR.document.calendar;
    expect(days.map(({ last }) => endOfDay(zone, last)).at(-1)).toEqual(clock.dueAt);
    const gaps = days.slice(1).map(({ first }, index) => days[index]?.last.until(first).days);
    expect(new Set(gaps)).toEqual(new Set([1]));
    const ended = days.filter(({ last }) => Temporal.Instant.compare(endOfDay(zone, last), at(when)) <= 0);
    expect(ended.at(-1)?.countedDays ?? 0).toBeLessThanOrEqual(clock.countedDays ?? 0);
  });

  test('a question names the days that it took', () => {
    const waited = correctionOf(waiting, '2026-03-20T10:00:00Z').days.filter(({ kind }) => kind === 'WAITED');
    expect(waited.map(({ question }) => typeof question)).toEqual(['string']);
  });

  test('while the customer is silent, they are told up to now', () => {
    const { clock, spans } = correctionOf(silent, '2026-03-18T12:00:00+01:00');
    expect([clock.state, clock.dueAt]).toEqual(['PAUSED', null]);
    expect(spans.slice(-2)).toEqual([
      ['WAITED', '2026-03-17', '2026-03-17', 6],
      ['UNDER_WAY', '2026-03-18', '2026-03-18', 6],
    ]);
  });

  test('from a delivery to its rejection the count stands still, on whole days', () => {
    expect(correctionOf(redone, '2026-03-20T10:00:00Z').spans).toContainEqual(['STOOD_STILL', '2026-03-18', '2026-03-18', 7]);
  });

  test('days beyond what the calendar knows are told as provisional', () => {
    const late = '2026-12-10T10:00:00+01:00';
    const { clock, days } = correctionOf(reported(late), late);
    expect(clock.provisional).toBe(true);
    expect(new Set(days.filter(({ last }) => last.year === 2027).map(({ provisional }) => provisional))).toEqual(new Set([true]));
    expect(days.filter(({ last }) => last.year === 2026).some(({ provisional }) => provisional)).toBe(false);
  });
});
