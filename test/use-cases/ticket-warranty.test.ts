import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { Ticket } from '../../src/persistence/ticket.js';
import { TicketDecision } from '../../src/persistence/ticket-decision.js';
import { clocksOf, warrantyEnd } from '../../src/policy/ticket-clock.js';
import type { Actor } from '../../src/use-cases/actor.js';
import { factsFromJson } from '../../src/use-cases/fact-json.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { rejectDelivery } from '../../src/use-cases/ticket-delivery.js';
import { findCause } from '../../src/use-cases/ticket-finding.js';
import { agreeOutcome, classifyTicket } from '../../src/use-cases/ticket-intake.js';
import { claimWarranty, type WarrantyClaimInput } from '../../src/use-cases/ticket-warranty.js';
import { instant } from '../support/vendor.js';
import { codesOf, reportOf, STAFF, type WorkUnderTest, workUnderTest } from './work-under-test.js';

/** Friday 16:59 at +03:00; the warranty runs to the end of the 13th. */
const FRIDAY = '2026-03-06T13:59:00Z';
const THURSDAY = '2026-03-12T08:00:00Z';
const LATER = '2026-03-20T08:00:00Z';
const END = '2026-03-13T21:00:00Z';
const HANDED_OVER = 'a'.repeat(64);
const CHANGED = 'b'.repeat(64);

let under: WorkUnderTest;
beforeAll(async () => {
  under = await workUnderTest();
});
afterAll(() => under.database.close());

const claim = (actor: Actor, ticketId: string, at: string, change: Partial<WarrantyClaimInput> = {}) => {
  const input = { ticketId, report: reportOf(under.newKey()), isAgreedResult: true, codeDigest: null, finding: null, ...change };
  return under.on(actor, at, claimWarranty, input);
};
const childrenOf = (ticketId: string) => withVendorSession(under.database, ({ em }) => em.count(Ticket, { parent: ticketId }));

describe('whether the warranty covers a claim', () => {
  const finding = (codeChangedBy: 'THIRD_PARTY' | 'VENDOR' | null, rootCause: 'UNKNOWN' | 'THIRD_PARTY' = 'UNKNOWN') => ({
    finding: { codeChangedBy, rootCause },
  });
  test.each<[string, Partial<WarrantyClaimInput>, string, string[], string]>([
    ['customer', {}, '2026-03-13T20:59:59.999Z', [], 'the week is not over (B-21)'],
    ['customer', {}, END, ['WARRANTY_ENDED'], 'its end does not count (B-21)'],
    ['customer', { isAgreedResult: false }, THURSDAY, ['WARRANTY_RESULT_NOT_AGREED'], 'it covers what was agreed on (B-22)'],
    ['customer', { isAgreedResult: null }, THURSDAY, ['WARRANTY_RESULT_UNKNOWN'], 'nobody said whether that was agreed on (B-22)'],
    ['customer', { codeDigest: HANDED_OVER }, THURSDAY, [], 'the code is as it was handed over (B-23)'],
    ['customer', { codeDigest: CHANGED }, THURSDAY, ['WARRANTY_VOID'], 'a change counts as the customer’s (B-23)'],
    ['staff', { codeDigest: CHANGED, ...finding('THIRD_PARTY') }, THURSDAY, ['WARRANTY_VOID'], 'somebody else changed it (B-23)'],
    ['staff', { codeDigest: CHANGED, ...finding('VENDOR') }, THURSDAY, [], 'the vendor’s own changes void nothing (B-23)'],
    ['staff', finding(null, 'THIRD_PARTY'), THURSDAY, ['WARRANTY_CAUSE_EXCLUDED'], 'conflicts with others are never warranty (B-24)'],
  ])('claimed by the %s with %j at %s: %j, because %s', async (by, change, at, codes) => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.delivered(shop, FRIDAY, 60, HANDED_OVER);
    const logged = async () => (await under.ticket(ticketId, '2000-01-01T00:00:00Z')).state.eventCount;
    const before = await logged();
    const answer = await claim(by === 'staff' ? STAFF : shop.actor, ticketId, at, change);
    expect(codesOf(answer)).toEqual(codes);
    expect([answer.childId === null, await childrenOf(ticketId)]).toEqual(codes.length === 0 ? [false, 1] : [true, 0]);
    expect(await logged()).toBe(codes.length === 0 ? before + 1 : before);
  });

  test('without a digest of the hand-over no change is held against the customer (B-23)', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.delivered(shop, FRIDAY, 60);
    expect(codesOf(await claim(shop.actor, ticketId, THURSDAY, { codeDigest: CHANGED }))).toEqual([]);
  });

  test('only delivered work has one, and only staff say what they found', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.ready(shop, FRIDAY);
    expect(codesOf(await claim(shop.actor, ticketId, THURSDAY))).toEqual(['TICKET_STATE_FORBIDS', 'WARRANTY_NONE']);
    const found = { finding: { codeChangedBy: 'VENDOR', rootCause: 'UNKNOWN' } } as const;
    const { userErrors } = await outcomeOf(() => claim(shop.actor, ticketId, THURSDAY, found));
    expect(userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'finding'] }]);
    const other = await under.shop();
    const foreign = await outcomeOf(() => claim(other.actor, ticketId, THURSDAY));
    expect(foreign.userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'ticketId'] }]);
  });
});

describe('work under warranty', () => {
  /** Rework of a claim, handed over. */
  const reworked = async (childId: string, at: string, codeDigest: string | null = null) => {
    await under.done(under.verifyAccess(childId, at));
    await under.done(under.outOfTurn(childId, at));
    await under.done(under.claim(childId, at));
    await under.done(under.log(childId, at, 90));
    return under.deliver(childId, at, { codeDigest });
  };

  test('is a ticket of its own, free and queued at once, with the decision as evidence (B-22)', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.delivered(shop, FRIDAY, 60, HANDED_OVER);
    const { childId } = await claim(shop.actor, ticketId, THURSDAY);
    const { row, state } = await under.ticket(childId ?? '', THURSDAY);
    expect([row.parent?.id, row.project?.id, row.channel, state.work, state.queueAt, state.category]).toEqual([
      ticketId,
      shop.projectId,
      'FORM',
      'QUEUED',
      instant(THURSDAY),
      'INSTALL',
    ]);
    expect(state.decision).toEqual({ verdict: 'ENTITLED', coverage: 'WARRANTY', charge: 'FREE', remedy: 'NONE' });
    const [decision] = await withVendorSession(under.database, ({ em }) => em.find(TicketDecision, { ticket: childId ?? '' }));
    expect([decision?.moment, decision?.decision.coverage]).toEqual(['WARRANTY_CLAIM', 'WARRANTY']);
    expect(factsFromJson(decision?.facts)).toMatchObject({
      warranty: { endsAt: instant(END), agreedResult: 'COVERED', codeChange: 'UNKNOWN' },
    });
    expect(row.seq).toBeGreaterThan((await under.ticket(ticketId, THURSDAY)).row.seq);
  });

  test('costs nothing, renews no week, and leaves two working days to check (B-22)', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.delivered(shop, FRIDAY, 60);
    const { childId } = await claim(shop.actor, ticketId, THURSDAY);
    expect(await reworked(childId ?? '', THURSDAY)).toMatchObject({ reasons: [], chargedMinutes: 0, shortMinutes: 0 });
    expect(await under.minutesOf(shop, THURSDAY)).toEqual([440, 0, 60]);
    for (const id of [ticketId, childId ?? '']) {
      const { state, policy } = await under.ticket(id, THURSDAY);
      const clock = clocksOf(state, policy.document, instant(THURSDAY)).find(({ kind }) => kind === 'WARRANTY');
      expect([state.work, clock?.dueAt]).toEqual(['DELIVERED', instant('2026-03-16T21:00:00Z')]);
    }
    expect(codesOf(await claim(shop.actor, ticketId, '2026-03-16T20:59:59Z'))).toEqual([]);
    expect(codesOf(await claim(shop.actor, ticketId, '2026-03-16T21:00:00Z'))).toEqual(['WARRANTY_ENDED']);
    await under.expectAgreement(shop);
  });

  test('changes the code by the vendor: the next claim is measured from its hand-over (B-23)', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.delivered(shop, FRIDAY, 60, HANDED_OVER);
    const { childId } = await claim(shop.actor, ticketId, THURSDAY);
    await under.done(reworked(childId ?? '', THURSDAY, CHANGED));
    expect(codesOf(await claim(shop.actor, ticketId, THURSDAY, { codeDigest: CHANGED }))).toEqual([]);
    expect(codesOf(await claim(shop.actor, ticketId, THURSDAY, { codeDigest: HANDED_OVER }))).toEqual(['WARRANTY_VOID']);
  });

  test('whose cause lies elsewhere is work of its own: charged from then on, with a week of its own, and nothing to its parent (B-22, B-24)', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.delivered(shop, FRIDAY, 60);
    const childId = (await claim(shop.actor, ticketId, THURSDAY)).childId ?? '';
    await under.done(under.verifyAccess(childId, THURSDAY));
    await under.done(under.outOfTurn(childId, THURSDAY));
    await under.done(under.claim(childId, THURSDAY));
    await under.done(under.log(childId, THURSDAY, 100));
    const found = { rootCause: 'THIRD_PARTY', evidence: 'It is their theme.', incompatibleDevelopment: false } as const;
    await under.done(under.on(STAFF, THURSDAY, findCause, { ticketId: childId, ...found }));
    const kind = { request: 'CORRECTION', category: 'INSTALL', complexity: 'M', needsWorkOnHost: true } as const;
    const said = { discretionReason: null, platformVersion: null, installedVersion: null };
    await under.done(under.on(STAFF, THURSDAY, classifyTicket, { ticketId: childId, ...kind, ...said }));
    await under.done(under.on(shop.actor, THURSDAY, agreeOutcome, { ticketId: childId, outcome: 'Their theme works.', evidence: null }));
    await under.done(under.outOfTurn(childId, THURSDAY));
    await under.done(under.claim(childId, THURSDAY));
    await under.done(under.log(childId, LATER, 10));
    expect((await under.ticket(childId, LATER)).state.work).toBe('IN_PROGRESS');
    expect(await under.deliver(childId, LATER)).toMatchObject({ reasons: [], chargedMinutes: 10 });
    expect(await under.minutesOf(shop, LATER)).toEqual([430, 0, 70]);
    const ends = await Promise.all(
      [childId, ticketId].map(async (id) => {
        const { state, policy } = await under.ticket(id, LATER);
        return warrantyEnd(state, policy.document).dueAt;
      }),
    );
    expect(ends).toEqual([instant('2026-03-27T21:00:00Z'), instant(END)]);
    await under.expectAgreement(shop);
  });

  test('takes up no request with the very same words, unless its customer says that they are the same (B-16)', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.delivered(shop, FRIDAY, 60);
    const report = reportOf(under.newKey());
    const { childId } = await claim(shop.actor, ticketId, THURSDAY, { report });
    const request = { projectId: shop.projectId, request: 'CORRECTION', report } as const;
    const unasked = await under.opened(shop.actor, THURSDAY, request);
    expect((await under.ticket(unasked, THURSDAY)).state.work).toBe('TRIAGE');
    const other = { ...request, report: reportOf(under.newKey()), duplicateOf: childId };
    const said = await under.opened(shop.actor, THURSDAY, other);
    expect((await under.ticket(said, THURSDAY)).state.mergedIntoId).toBe(childId);
  });

  test('is handed over although the work it was claimed on was rejected meanwhile', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.delivered(shop, FRIDAY, 60);
    const { childId } = await claim(shop.actor, ticketId, THURSDAY);
    await under.done(under.on(shop.actor, THURSDAY, rejectDelivery, { ticketId, reason: 'It fails.' }));
    await under.done(reworked(childId ?? '', THURSDAY));
    expect((await under.ticket(ticketId, THURSDAY)).state.warranty.reworkedAt).toBeNull();
  });
});
