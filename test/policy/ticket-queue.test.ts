import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TicketState } from '../../src/policy/ticket.js';
import { comesBefore, type RequestSubject } from '../../src/policy/ticket-intake-guard.js';
import { transition } from '../../src/policy/ticket-machine.js';
import { duplicateVerdict, fingerprintOf, mergeArrival, type StandingInQueue } from '../../src/policy/ticket-queue.js';
import { at, claimedFree, classified, codesOf, event, factsOf, PAID, PREPAID, REPAIR, reported, story, submitted } from './ticket-story.js';

const day = (time: string) => `2026-03-09T${time}:00+03:00`;
const queued = (ticketId: string, seq: number, time: string): TicketState =>
  story(PREPAID, [submitted(day(time), PREPAID, { ticketId, seq }), classified(day(time), PAID)]).state;

const T1 = queued('T1', 1, '09:00');
const T4 = { ticketId: 'T4', queueAt: at(day('09:20')), queueSeq: 5 };
const waiting = (ticket: TicketState): TicketState => ({ ...ticket, work: 'AWAITING_CUSTOMER', returnTo: 'QUEUED' });
/** First of four that are ready. */
const FIRST: StandingInQueue = { position: 1, readyCount: 4, isReady: true };

describe('a duplicate', () => {
  test.each<[StandingInQueue | null, number | null, number | null, string]>([
    [FIRST, 1, 4, 'it goes behind the three others that are ready (B-16)'],
    [{ ...FIRST, position: 4 }, 4, 4, 'it is the last already'],
    [{ position: 1, readyCount: 4, isReady: false }, 1, 5, 'it waits, and would come back behind all four (B-15)'],
    [null, null, null, 'nobody has classified it, so it has no place to lose'],
  ])('before the work sends its original to the end, and shows that first: %j, from %s to %s, because %s', (standing, before, after) => {
    expect(mergeArrival(T1, T4, standing, PREPAID.document)).toEqual({
      outcome: 'MOVES',
      movedTo: { queueAt: T4.queueAt, queueSeq: 5 },
      positionBefore: before,
      positionAfter: after,
    });
  });

  test('costs no place where the policy has no penalty (B-16)', () => {
    const original = story(REPAIR, reported(day('09:00'))).state;
    expect(mergeArrival(original, T4, FIRST, REPAIR.document)).toMatchObject({ outcome: 'STAYS', movedTo: null, positionAfter: 1 });
  });

  test('becomes a comment once the work has begun (B-17)', () => {
    const begun = story(REPAIR, [...reported(day('09:00')), claimedFree(day('09:10'))]).state;
    expect(mergeArrival(begun, T4, null, PREPAID.document)).toMatchObject({ outcome: 'COMMENT', movedTo: null, positionAfter: null });
  });

  const T4State: TicketState = { ...T1, ticketId: 'T4', queueAt: T4.queueAt, queueSeq: 5, seq: 5, submittedAt: T4.queueAt };
  const place = { queueAt: T4.queueAt, queueSeq: 5 };
  const absorb = (movedTo: typeof place | null) =>
    event('DUPLICATE_ABSORBED', day('09:21'), { duplicateId: 'T4', duplicatePlace: place, movedTo });

  test('moves its original in the log as it was shown, and no clock with it (B-16)', () => {
    const outcome = transition(T1, absorb(place), factsOf(PREPAID, { other: T4State }));
    expect(outcome).toMatchObject({
      outcome: 'MOVED',
      state: { work: 'QUEUED', ...place, submittedAt: T1.submittedAt, duplicateIds: ['T4'] },
    });
  });

  test.each<[TicketState, typeof place | null, string]>([
    [T1, null, 'the policy moves it to the end (B-16)'],
    [T1, { ...place, queueSeq: 9 }, 'not to another place (B-16)'],
    [{ ...T1, processingStartedAt: T1.submittedAt }, place, 'the work has begun (B-17)'],
  ])('is not absorbed otherwise, case %#', (original, movedTo, _because) => {
    expect(codesOf(transition(original, absorb(movedTo), factsOf(PREPAID, { other: T4State })))).toEqual(['TICKET_FIGURES_DIFFER']);
  });

  test.each<['SAME_FINGERPRINT' | 'CONFIRMED', string, 'CUSTOMER' | 'STAFF', string[], string]>([
    ['SAME_FINGERPRINT', 'the same words', 'STAFF', [], 'the very same text needs nobody’s word (B-16)'],
    ['CONFIRMED', 'other words', 'CUSTOMER', [], 'the customer says that it is the same (B-16)'],
    ['CONFIRMED', 'other words', 'STAFF', ['DUPLICATE_NOT_ESTABLISHED'], 'staff cannot say it for the customer (B-16)'],
  ])('by %s of "%s", said by %s', (ground, fingerprint, by, codes, _because) => {
    const merged = event('MERGED_INTO', day('09:21'), { originalId: 'T1', ground }, by);
    const duplicate = { ...T4State, fingerprint };
    expect(codesOf(transition(duplicate, merged, factsOf(PREPAID, { other: T1 })))).toEqual(codes);
  });

  test('is the later one of two: the earlier is never merged into it (B-16)', () => {
    const merged = event('MERGED_INTO', day('09:21'), { originalId: 'T4', ground: 'SAME_FINGERPRINT' });
    expect(codesOf(transition(T1, merged, factsOf(PREPAID, { other: T4State })))).toEqual(['DUPLICATE_NOT_ESTABLISHED']);
  });

  test('of work that has begun is not merged away (B-17)', () => {
    const merged = event('MERGED_INTO', day('09:21'), { originalId: 'T1', ground: 'SAME_FINGERPRINT' });
    const begun = { ...T4State, processingStartedAt: T4.queueAt };
    expect(codesOf(transition(begun, merged, factsOf(PREPAID, { other: T1 })))).toEqual(['PROCESSING_STARTED']);
  });

  const said = (description: string, change: Partial<RequestSubject> = {}) => ({
    ...{ customerId: 'C1', purchaseId: 'L1', storeId: 'S1', projectId: 'P1' as string | null },
    ...change,
    text: { subject: 'Checkout', description },
  });
  test.each<[ReturnType<typeof said>, 'MERGE' | 'ASK' | 'DIFFERENT', string]>([
    [said('The   checkout fails\nwith PayPal today'), 'MERGE', 'case and spaces say nothing'],
    [said('the checkout fails with paypal since yesterday'), 'ASK', 'alike: only the customer knows'],
    [said('the invoice shows a wrong tax'), 'DIFFERENT', 'another request'],
    [said('the checkout fails with paypal today', { customerId: 'C2' }), 'DIFFERENT', 'another customer'],
    [said('the checkout fails with paypal today', { purchaseId: 'L2' }), 'DIFFERENT', 'same words, another add-on'],
    [said('the checkout fails with paypal today', { storeId: 'S2' }), 'DIFFERENT', 'another store'],
    [said('the checkout fails with paypal today', { projectId: 'P2' }), 'DIFFERENT', 'another project'],
  ])('is told by its text, case %#', (other, verdict, _because) => {
    expect(duplicateVerdict(said('the checkout fails with paypal today'), other)).toBe(verdict);
  });

  test('says the same of letters that are encoded in two ways, and tells subject from description', () => {
    expect(fingerprintOf({ subject: 'Caf\u00e9', description: '' })).toBe(fingerprintOf({ subject: 'Cafe\u0301', description: '' }));
    expect(fingerprintOf({ subject: 'a b', description: 'c' })).not.toBe(fingerprintOf({ subject: 'a', description: 'b c' }));
  });
});

describe('laws of the queue', () => {
  const tickets = fc
    .array(fc.record({ minute: fc.nat(30), waits: fc.boolean() }), { minLength: 1, maxLength: 12, size: 'max' })
    .map((all) =>
      all.map(({ minute, waits }, index): TicketState => {
        const ticket = { ...T1, ticketId: `T${index}`, queueSeq: index, queueAt: T1.queueAt.add({ minutes: minute }) };
        return waits ? waiting(ticket) : ticket;
      }),
    );

  /** The queue written out: whoever is ready before a ticket, and that ticket. */
  const positionIn = (all: readonly TicketState[], of: TicketState): number =>
    1 + all.filter((ticket) => ticket.work === 'QUEUED' && comesBefore(ticket, of)).length;

  test('what a merge is said to do to a place is what moving the ticket in the queue does', () => {
    fc.assert(
      fc.property(tickets, fc.nat(11), (all, which) => {
        const original = all[which % all.length];
        if (original === undefined) return;
        const ready = all.filter(({ work }) => work === 'QUEUED');
        const standing = { position: positionIn(all, original), readyCount: ready.length, isReady: original.work === 'QUEUED' };
        const arrival = { queueAt: T1.queueAt.add({ minutes: 31 }), queueSeq: 99 };
        const merge = mergeArrival(original, arrival, standing, PREPAID.document);
        const moved = all.map((ticket) => (ticket === original ? { ...ticket, ...arrival } : ticket));
        expect(merge).toEqual({
          outcome: 'MOVES',
          movedTo: arrival,
          positionBefore: positionIn(all, original),
          positionAfter: positionIn(moved, { ...original, ...arrival }),
        });
      }),
    );
  });
});
