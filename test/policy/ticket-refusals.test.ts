import { describe, expect, test } from '@jest/globals';
import type { PinnedPolicy } from '../../src/policy/support-policy.js';
import type { TicketEvent } from '../../src/policy/ticket-event.js';
import type { TicketFacts } from '../../src/policy/ticket-guard.js';
import { transition } from '../../src/policy/ticket-machine.js';
import {
  ADVICE,
  accessAsked,
  agreed,
  appeal,
  asked,
  at,
  atLimit,
  CORRECTION,
  cause,
  claimedFree,
  claimedPaid,
  classified,
  codesOf,
  cut,
  delivered,
  event,
  factsOf,
  logged,
  MAY,
  MON,
  NOT_OWED,
  overLimit,
  PAID,
  PREPAID,
  queuedPaid,
  REPAIR,
  refusal,
  reported,
  short,
  started,
  story,
  submitted,
  TUE,
  verified,
  WED,
  withdrawn,
} from './ticket-story.js';

const readyPaid = [...queuedPaid, agreed(MON), verified(MON)];
const MISSING = { verdict: 'NEEDS_INFO', coverage: 'ADVICE', charge: 'FREE', remedy: 'NONE' } as const;

describe('refusals', () => {
  const other = story(PREPAID, [submitted('2026-03-09T09:00:00+03:00', PREPAID, { ticketId: 'T0', seq: 0 })]).state;
  const into = (ground: 'SAME_FINGERPRINT' | 'CONFIRMED', originalId = 'T0') => event('MERGED_INTO', TUE, { originalId, ground });
  const unfit = { by: 'RELEASE', version: '2.0.0', containsFix: true, customerMayDownload: true, installsOnStore: false } as const;
  const notOwed = [submitted(MON, PREPAID, { decision: NOT_OWED })];
  const inWork = [...reported(MON), claimedFree(MON)];
  const holdsNothing = event('TIME_SHORT', MON, { question: 'Time?', holdId: 'H1', heldMinutes: 0, shortMinutes: 120 });
  const toppedUp = event('TOPPED_UP', TUE, { orderKey: 'order 1', availableMinutes: 70 });
  const long = { choice: 'EXTRA', capMinutes: 180 } as const;

  test.each<[readonly string[], PinnedPolicy, readonly TicketEvent[], Partial<TicketFacts>, string]>([
    [
      ['NEEDS_QUOTE'],
      PREPAID,
      [submitted(MON, PREPAID), classified(MON, PAID, { complexity: 'XL' })],
      {},
      'the card has no such cell (B-08)',
    ],
    [
      ['TICKET_FIGURES_DIFFER'],
      PREPAID,
      [submitted(MON, PREPAID), classified(MON, PAID, { estimateMinutes: 60 })],
      {},
      'the card says 120 (B-08)',
    ],
    [['REQUEST_NOT_ENTITLED'], PREPAID, [...notOwed, classified(MON, NOT_OWED)], {}, 'nothing owes it (B-02)'],
    [['REQUEST_UNDECIDED'], PREPAID, [submitted(MON, PREPAID), classified(MON, MISSING)], {}, 'a fact is missing (B-02)'],
    [['EXPLANATION_MISSING'], PREPAID, [submitted(MON, PREPAID), classified(MON, MAY)], {}, 'discretion is explained (B-02)'],
    [['REQUEST_ENTITLED'], PREPAID, [submitted(MON, PREPAID), refusal(TUE)], {}, 'what is owed is not refused (B-02)'],
    [['EXPLANATION_MISSING'], PREPAID, [...notOwed, refusal(TUE, ' ')], {}, 'a refusal is never silence (B-02)'],
    [['APPEAL_USED'], PREPAID, [...notOwed, refusal(MON), appeal(MON), refusal(TUE), appeal(WED)], {}, 'one appeal (B-02)'],
    [
      ['QUESTION_MISSING'],
      REPAIR,
      [...reported(MON), event('FACTS_REQUESTED', TUE, { question: ' ', facts: ['a'] })],
      {},
      'no pause without a question (A-10)',
    ],
    [
      ['QUESTION_MISSING'],
      REPAIR,
      [...reported(MON), event('FACTS_REQUESTED', TUE, { question: 'What?', facts: [] })],
      {},
      'something must be missing (A-18)',
    ],
    [['ACCESS_NOT_NEEDED'], PREPAID, [submitted(MON, PREPAID), classified(MON, ADVICE), accessAsked], {}, 'advice needs none (B-18)'],
    [['ACCESS_NOT_VERIFIED'], PREPAID, [...queuedPaid, agreed(MON), claimedPaid(TUE)], {}, 'access is verified first (B-18)'],
    [['OUTCOME_NOT_AGREED'], PREPAID, [...queuedPaid, verified(MON), claimedPaid(TUE)], {}, 'paid work needs an agreed outcome (B-22)'],
    [
      ['EXPLANATION_MISSING'],
      PREPAID,
      [...queuedPaid, event('OUTCOME_AGREED', TUE, { outcome: 'It works.', evidence: null }, 'STAFF')],
      {},
      'one side alone agrees on nothing (B-22)',
    ],
    [['HOLD_MISSING'], PREPAID, [...readyPaid, claimedPaid(TUE, 119)], {}, 'the whole estimate is held (B-09)'],
    [
      ['HOLD_MISSING'],
      REPAIR,
      [...reported(MON), event('CLAIMED', TUE, { holdId: 'H', heldMinutes: 5, codeDigest: null })],
      {},
      'free work holds nothing (B-09)',
    ],
    [['NOT_HEAD_OF_QUEUE'], PREPAID, [...readyPaid, claimedPaid(TUE)], { queueHeadId: 'T0' }, 'another is next (B-15)'],
    [
      ['EXPLANATION_MISSING'],
      PREPAID,
      [...readyPaid, event('EXPEDITED', TUE, { reason: '' })],
      {},
      'out of turn only with a reason (B-15)',
    ],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...queuedPaid, short(50, 71)], { availableMinutes: 50 }, 'the shortfall is exact (B-13)'],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...queuedPaid, short(50, 70)], { availableMinutes: 120 }, 'there is enough (B-13)'],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...queuedPaid, holdsNothing], { availableMinutes: 0 }, 'no minutes, no hold (B-13)'],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...queuedPaid, short(50, 70), toppedUp], { availableMinutes: 50 }, 'the ledger gives 50 (B-13)'],
    [['TIME_LEDGER_UNKNOWN'], PREPAID, [...queuedPaid, short(0, 120)], { availableMinutes: null }, 'nobody counted (B-13)'],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...started(MON), cut(TUE, 120)], {}, 'no fewer are left (B-28)'],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...started(MON), cut(TUE, -1)], {}, 'nothing is ever negative (B-28)'],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...started(MON), cut(TUE, 50, 'H2')], {}, 'it is another reservation (B-28)'],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...queuedPaid, cut(TUE, 0)], {}, 'nothing is held that could be cut (B-28)'],
    [
      ['TICKET_ACTOR_FORBIDS'],
      PREPAID,
      [...started(MON), event('HOLD_CUT', TUE, { holdId: 'H1', heldMinutes: 0 }, 'STAFF')],
      {},
      'what the ledger did is told by the program',
    ],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...started(MON), logged(TUE, 0)], {}, 'no entry without time (B-11)'],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...started(MON), logged(TUE, 5), logged(TUE, 5)], {}, 'an entry counts once (B-11)'],
    [['THRESHOLD_NOT_REACHED'], PREPAID, [...started(MON), logged(TUE, 179), overLimit(TUE)], {}, 'a minute is left (B-12)'],
    [['TICKET_FIGURES_DIFFER'], PREPAID, [...atLimit, event('CONSENT_GIVEN', WED, long)], {}, 'the cap must be new (B-12)'],
    [['WORK_LOG_INCOMPLETE'], PREPAID, [...started(MON), logged(TUE, 70), delivered(TUE, 1, 60)], {}, 'what is settled is logged (B-10)'],
    [['WORK_LOG_INCOMPLETE'], PREPAID, [...started(MON), delivered(TUE)], {}, 'paid work has an entry (B-10)'],
    [
      ['CORRECTION_NOT_USABLE'],
      REPAIR,
      [...inWork, delivered(TUE, 0, 0, { correction: unfit })],
      {},
      'it must install on the store (A-19)',
    ],
    [['CORRECTION_NOT_USABLE'], REPAIR, [...inWork, delivered(TUE, 0, 0, { correction: null })], {}, 'closing is not correcting (A-11)'],
    [['ROOT_CAUSE_ELSEWHERE'], REPAIR, [...inWork, cause(TUE, 'HOST', CORRECTION)], {}, 'the server is not the add-on (A-13)'],
    [['EXPLANATION_MISSING'], REPAIR, [...inWork, cause(TUE, 'ADDON', CORRECTION, '')], {}, 'causes are set with evidence (A-13)'],
    [
      ['DUPLICATE_NOT_ESTABLISHED'],
      PREPAID,
      [submitted(MON, PREPAID, { customerId: 'C2' }), into('SAME_FINGERPRINT')],
      { other },
      'another customer (B-16)',
    ],
    [
      ['DUPLICATE_NOT_ESTABLISHED'],
      PREPAID,
      [submitted(MON, PREPAID, { projectId: 'P2' }), into('SAME_FINGERPRINT')],
      { other },
      'another project (B-16)',
    ],
    [
      ['DUPLICATE_NOT_ESTABLISHED'],
      PREPAID,
      [
        submitted(MON, PREPAID, { licence: { purchaseId: 'L2', paidGross: { amountMinor: 1n, currencyCode: 'EUR' } } }),
        into('SAME_FINGERPRINT'),
      ],
      { other },
      'the same words, another add-on (B-16)',
    ],
    [
      ['DUPLICATE_NOT_ESTABLISHED'],
      PREPAID,
      [submitted(MON, PREPAID, { storeId: 'S2' }), into('CONFIRMED')],
      { other },
      'another store, though the customer says so (B-16)',
    ],
    [
      ['DUPLICATE_NOT_ESTABLISHED'],
      PREPAID,
      [submitted(MON, PREPAID, { fingerprint: 'alike' }), into('SAME_FINGERPRINT')],
      { other },
      'alike is not the same (B-16)',
    ],
    [
      ['DUPLICATE_NOT_ESTABLISHED'],
      PREPAID,
      [submitted(MON, PREPAID), into('SAME_FINGERPRINT', 'T7')],
      { other },
      'it is another ticket (B-16)',
    ],
    [['REFUND_OFFER_NONE'], REPAIR, [...reported(MON), event('REFUND_ACCEPTED', TUE, {})], {}, 'nothing is offered (A-12)'],
    [
      ['NOT_DUE'],
      REPAIR,
      [...reported(MON), event('CORRECTION_MISSED', TUE, { dueAt: at(TUE), workingDays: 30 })],
      {},
      '30 working days have not passed (A-09)',
    ],
    [['TICKET_OUT_OF_ORDER'], REPAIR, [...reported(TUE), asked(MON)], {}, 'the log only grows'],
    [
      ['TICKET_ACTOR_FORBIDS'],
      REPAIR,
      [...reported(MON), event('WITHDRAWN', TUE, { message: null }, 'STAFF')],
      {},
      'only the customer withdraws',
    ],
    [['TICKET_STATE_FORBIDS'], REPAIR, [...reported(MON), withdrawn(TUE), claimedFree(WED)], {}, 'it has been withdrawn'],
  ])('%j, case %#', (codes, policy, events, facts, _because) => {
    expect(codesOf(story(policy, events, facts).last)).toEqual(codes);
  });

  test.each<[string, PinnedPolicy, TicketEvent, string]>([
    ['SUBMISSION_TIME_FIXED', PREPAID, submitted(TUE, PREPAID, { receivedAt: at(MON) }), 'nobody sets submittedAt (A-22)'],
    [
      'SUBMISSION_TIME_FIXED',
      PREPAID,
      submitted(MON, PREPAID, { channel: 'EMAIL', messageId: 'm', receivedAt: at(TUE) }),
      'no e-mail comes after its ticket (B-19)',
    ],
    ['SUBMISSION_TIME_FIXED', PREPAID, submitted(TUE, PREPAID, { channel: 'EMAIL', receivedAt: at(MON) }), 'the e-mail is named (B-19)'],
    ['TICKET_POLICY_DIFFERS', REPAIR, submitted(MON, PREPAID), 'the pinned version judges (A-22)'],
    ['TICKET_FIGURES_DIFFER', PREPAID, submitted(MON, PREPAID, { seq: 0.5 }), 'arrivals are counted in whole numbers (B-15)'],
    ['TICKET_STATE_FORBIDS', PREPAID, withdrawn(MON), 'there is no ticket yet (B-19)'],
  ])('no ticket opens: %s, case %#', (code, policy, first, _because) => {
    expect(codesOf(transition(null, first, factsOf(policy)))).toEqual([code]);
  });
});
