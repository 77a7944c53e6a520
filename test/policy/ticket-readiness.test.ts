import { describe, expect, test } from '@jest/globals';
import type { TicketEvent } from '../../src/policy/ticket-event.js';
import { waitsToBegin } from '../../src/policy/ticket-readiness.js';
import { agreed, classified, event, PAID, PREPAID, REPAIR, story, submitted, verified } from './ticket-story.js';

const MON = '2026-03-02T09:00:00+03:00';
const lost = event('ACCESS_REQUESTED', MON, { items: ['FILES'], question: 'The password was refused.' });
const question = { ...PAID, coverage: 'ADVICE', charge: 'FREE' } as const;

describe('what a queued ticket waits for its customer to give (B-15)', () => {
  test.each<[readonly TicketEvent[], readonly string[], string]>([
    [[], ['OUTCOME_NOT_AGREED', 'ACCESS_NOT_VERIFIED'], 'nothing was agreed or shown to work'],
    [[agreed(MON)], ['ACCESS_NOT_VERIFIED'], 'access is shown to work first (B-18)'],
    [[verified(MON)], ['OUTCOME_NOT_AGREED'], 'paid work needs an agreed outcome (B-22)'],
    [[agreed(MON), verified(MON)], [], 'all is there'],
    [[agreed(MON), verified(MON), lost], ['ACCESS_NOT_VERIFIED'], 'one that was asked for again counts as not verified'],
  ])('after %#: %j', (events, codes, _because) => {
    const { state } = story(PREPAID, [submitted(MON, PREPAID), classified(MON, PAID), ...events]);
    const reasons = waitsToBegin(state, PREPAID);
    expect(reasons.map(({ code }) => code)).toEqual(codes);
    expect(reasons.every(({ effect }) => effect === 'REFUSES')).toBe(true);
  });

  test('is nothing for advice, which needs no access, and no outcome where nothing is charged (B-18, B-22)', () => {
    const advice = classified(MON, question, { estimateMinutes: null, thresholdMinutes: null, category: 'QUESTION' });
    expect(waitsToBegin(story(PREPAID, [submitted(MON, PREPAID), advice]).state, PREPAID)).toEqual([]);
    const { state } = story(REPAIR, [submitted(MON, REPAIR), classified(MON, { ...question, coverage: 'CORRECTION' })]);
    expect(waitsToBegin(state, REPAIR).map(({ code }) => code)).not.toContain('OUTCOME_NOT_AGREED');
  });
});
