import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clocksOf } from '../../src/policy/ticket-clock.js';
import { linkBug, saveBugReport } from '../../src/use-cases/bug-report.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { publishRelease, publishWithFixes } from '../../src/use-cases/release.js';
import type { CorrectionInput } from '../../src/use-cases/ticket-correction.js';
import { acceptDelivery, rejectDelivery } from '../../src/use-cases/ticket-delivery.js';
import { asVendor, instant } from '../support/vendor.js';
import { codesOf, reportOf, STAFF, type WorkUnderTest, workUnderTest } from './work-under-test.js';

/** Friday 2026-03-06, 16:59 in Paris: the terms of what was bought on 2026-01-05 run to 2026-04-05. */
const FRIDAY = '2026-03-06T15:59:00Z';
const NEXT_MONDAY = '2026-03-09T09:00:00Z';

let under: WorkUnderTest;
beforeAll(async () => {
  under = await workUnderTest();
  await asVendor(under.database, async (em) => {
    await saveBugReport(em, STAFF, { addonSku: 'FILTER', reference: 'FIL-7', summary: 'No prices' }, instant(FRIDAY));
    await em.flush();
    const releases = [
      ['1.1', '2026-03-08T09:00:00Z', 'FIL-7', '2.4.4', '2.4.7'],
      ['1.2', '2026-03-08T10:00:00Z', 'FIL-8', '2.4.4', '2.4.7'],
      ['1.3', '2026-04-20T10:00:00Z', 'FIL-7', '2.4.4', '2.4.7'],
      ['1.4', '2026-03-08T11:00:00Z', 'FIL-7', '2.4.8', '2.4.8'],
    ] as const;
    for (const [version, publishedAt, reference, from, to] of releases) {
      const compatibility = [{ platform: 'MAGENTO', edition: null, from, to }] as const;
      const changelog = [{ kind: 'FIXED', summary: 'Prices are shown.', reference }] as const;
      const about = { addonSku: 'FILTER', version, channel: 'STABLE', kind: 'BUGFIX', publishedAt: instant(publishedAt) } as const;
      await publishRelease(em, { ...about, compatibility, changelog }, instant('2026-03-08T12:00:00Z'));
    }
  });
});
afterAll(() => under.database.close());

/** A correction that is owed, taken up: reported on Friday, complete. */
async function corrected({ platformVersion = '2.4.6', linked = true }: { platformVersion?: string | null; linked?: boolean } = {}) {
  const shop = await under.shop();
  const purchaseId = await under.buy({ sku: 'FILTER', email: shop.email, purchasedAt: '2026-01-05T09:00:00Z' });
  const stated = { steps: 's', expected: 'e', actual: 'a', platformVersion: '2.4.6', installedVersion: '1.0' };
  const report = reportOf(under.newKey(), { ...stated, platformVersion });
  const ticketId = await under.queued(shop, FRIDAY, { complexity: 'S' }, { projectId: null, purchaseId, request: 'CORRECTION', report });
  await under.outOfTurn(ticketId, FRIDAY);
  await under.done(under.claim(ticketId, FRIDAY));
  if (linked) await under.done(under.on(STAFF, FRIDAY, linkBug, { ticketId, addonSku: 'FILTER', reference: 'FIL-7' }));
  return { shop, ticketId };
}
const release = (releaseVersion: string): CorrectionInput => ({ releaseVersion });
const accept = (actor: typeof STAFF, ticketId: string, at: string) => under.on(actor, at, acceptDelivery, { ticketId, message: null });
const reject = (actor: typeof STAFF, ticketId: string, at: string) =>
  under.on(actor, at, rejectDelivery, { ticketId, reason: 'It fails.' });

describe('a release corrects only what it contains, may be had and installs (A-11, A-19)', () => {
  const LATER = '2026-04-21T09:00:00Z';
  test.each<[string, string, boolean, RegExp | null, string]>([
    ['1.1', NEXT_MONDAY, true, null, 'its changelog names the fault, the term runs, and it supports the store'],
    ['1.2', NEXT_MONDAY, true, /: it does not contain the fix\./, 'its changelog names another fault'],
    ['1.1', NEXT_MONDAY, false, /: it does not contain the fix\./, 'the ticket was linked to no fault'],
    [
      '1.3',
      LATER,
      true,
      /: the customer may not download it\./,
      'it came after the term, although the right to the correction stays (A-22)',
    ],
    ['1.3', NEXT_MONDAY, true, /: the customer may not download it\./, 'it is not out yet'],
    ['1.4', NEXT_MONDAY, true, /: it does not install on the version of the store\./, 'the store runs 2.4.6'],
  ])('release %s delivered at %s, linked: %s, gives %s, because %s', async (version, at, linked, refusal) => {
    const { ticketId } = await corrected({ linked });
    const answer = await under.deliver(ticketId, at, { correction: release(version) });
    expect(codesOf(answer)).toEqual(refusal === null ? [] : ['CORRECTION_NOT_USABLE']);
    if (refusal !== null) expect(answer.reasons[0]?.message).toMatch(refusal);
    expect((await under.ticket(ticketId, at)).state.work).toBe(refusal === null ? 'DELIVERED' : 'IN_PROGRESS');
  });

  test('a release that does not exist is something to correct', async () => {
    const { ticketId } = await corrected();
    const { userErrors } = await outcomeOf(() => under.deliver(ticketId, NEXT_MONDAY, { correction: release('9.9') }));
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'correction', 'releaseVersion'] }]);
  });

  test('a change of configuration counts with what confirms it, and nothing at all does not', async () => {
    const { ticketId } = await corrected();
    expect(codesOf(await under.deliver(ticketId, NEXT_MONDAY))).toEqual(['CORRECTION_NOT_USABLE']);
    const unconfirmed = { correction: { confirmation: ' ' } };
    expect(codesOf(await under.deliver(ticketId, NEXT_MONDAY, unconfirmed))).toEqual(['CORRECTION_NOT_USABLE']);
    await under.done(under.deliver(ticketId, NEXT_MONDAY, { correction: { confirmation: 'The customer saw the prices.' } }));
  });
});

describe('what the customer says to it (A-11)', () => {
  const fixed = { correction: { confirmation: 'The customer saw the prices.' } };

  test('accepted, the promise is met', async () => {
    const { shop, ticketId } = await corrected();
    await under.done(under.deliver(ticketId, NEXT_MONDAY, fixed));
    expect(codesOf(await accept(STAFF, ticketId, NEXT_MONDAY))).toEqual(['TICKET_ACTOR_FORBIDS']);
    await under.done(accept(shop.actor, ticketId, '2026-03-10T09:00:00Z'));
    const { state } = await under.ticket(ticketId, '2026-03-10T09:00:00Z');
    expect([state.work, state.closedBy, state.remedy.state]).toEqual(['CLOSED', 'ACCEPTANCE', 'MET']);
  });

  test('not rejected within five working days, it counts as accepted, with the instant at which that was due', async () => {
    const { shop, ticketId } = await corrected();
    await under.done(under.deliver(ticketId, NEXT_MONDAY, fixed));
    const end = '2026-03-16T23:00:00Z';
    expect((await under.ticket(ticketId, '2026-03-16T22:59:59.999Z')).state.work).toBe('DELIVERED');
    expect((await under.ticket(ticketId, end)).state).toMatchObject({ work: 'CLOSED', closedBy: 'SILENCE', workSince: instant(end) });
    expect(codesOf(await reject(shop.actor, ticketId, end))).toEqual(['VERIFICATION_ENDED']);
  });

  test('rejected, it is back at its old place, and the promise goes on with the days left', async () => {
    const { shop, ticketId } = await corrected();
    await under.done(under.deliver(ticketId, NEXT_MONDAY, fixed));
    await under.done(reject(shop.actor, ticketId, '2026-03-16T22:59:59Z'));
    const { state, policy } = await under.ticket(ticketId, '2026-03-16T22:59:59Z');
    expect([state.work, state.queueAt, state.remedy.state]).toEqual(['QUEUED', instant(FRIDAY), 'RUNNING']);
    const clock = clocksOf(state, policy.document, state.lastEventAt).find(({ kind }) => kind === 'CORRECTION');
    // Admitted on Friday 03-06 it was due on 04-20. The Monday of the delivery counts; the five days of checking, to the evening of the last, do not.
    expect([clock?.state, clock?.dueAt]).toEqual(['RUNNING', instant('2026-04-27T22:00:00Z')]);
  });

  test('of paid work, rework is free: what was charged stays', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.delivered(shop, FRIDAY, 100);
    expect(await under.minutesOf(shop, FRIDAY)).toEqual([400, 0, 100]);
    await under.done(reject(shop.actor, ticketId, NEXT_MONDAY));
    await under.outOfTurn(ticketId, NEXT_MONDAY);
    await under.done(under.claim(ticketId, NEXT_MONDAY));
    await under.done(under.log(ticketId, NEXT_MONDAY, 300));
    expect((await under.ticket(ticketId, NEXT_MONDAY)).state.work).toBe('IN_PROGRESS');
    expect(await under.deliver(ticketId, NEXT_MONDAY)).toMatchObject({ reasons: [], chargedMinutes: 0, shortMinutes: 0 });
    expect(await under.minutesOf(shop, NEXT_MONDAY)).toEqual([400, 0, 100]);
    await under.expectAgreement(shop);
  });
});

describe('the hand-over of paid work', () => {
  test('charges nothing where a release has fixed the fault by then (B-27)', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.ready(shop, FRIDAY);
    await under.done(under.claim(ticketId, FRIDAY));
    await under.done(under.log(ticketId, FRIDAY, 30));
    const fault = { addonSku: 'FILTER', reference: 'FIL-9' };
    await asVendor(under.database, (em) => saveBugReport(em, STAFF, { ...fault, summary: 'No stock' }, instant(FRIDAY)));
    await under.done(under.on(STAFF, FRIDAY, linkBug, { ticketId, ...fault }));
    const compatibility = [{ platform: 'MAGENTO', edition: null, from: '2.4.4', to: '2.4.7' }] as const;
    const changelog = [{ kind: 'FIXED', summary: 'Stock is shown.', reference: fault.reference }] as const;
    const build = { addonSku: fault.addonSku, version: '1.5', channel: 'STABLE', kind: 'BUGFIX', publishedAt: null } as const;
    await under.act(STAFF, FRIDAY, (command) => publishWithFixes(command, { ...build, compatibility, changelog }));
    expect(await under.deliver(ticketId, NEXT_MONDAY)).toMatchObject({ reasons: [], chargedMinutes: 0, shortMinutes: 0 });
    expect(await under.minutesOf(shop, NEXT_MONDAY)).toEqual([500, 0, 0]);
    await under.expectAgreement(shop);
  });

  test('wants the whole work log, and refused it moves nothing (B-10)', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.ready(shop, FRIDAY);
    await under.done(under.claim(ticketId, FRIDAY));
    expect(codesOf(await under.deliver(ticketId, FRIDAY))).toEqual(['WORK_LOG_INCOMPLETE']);
    await under.done(under.log(ticketId, FRIDAY, 30));
    expect(codesOf(await under.deliver(ticketId, FRIDAY, { loggedSeconds: 1_799 }))).toEqual(['WORK_LOG_INCOMPLETE']);
    expect(await under.minutesOf(shop, FRIDAY)).toEqual([380, 120, 0]);
    await under.expectAgreement(shop);
  });

  test('gives a week of warranty through the end of the day at +03:00, and the digest of what was handed over (B-21)', async () => {
    const at = '2026-03-06T13:59:00Z';
    const shop = await under.shopWith(500, at);
    const ticketId = await under.delivered(shop, at, 100, 'C0'.repeat(32));
    const { state, policy, row } = await under.ticket(ticketId, at);
    expect(state.warranty).toMatchObject({ state: 'GIVEN', deliveredAt: instant(at), handOverDigest: 'c0'.repeat(32) });
    const clock = clocksOf(state, policy.document, instant(at)).find(({ kind }) => kind === 'WARRANTY');
    expect([clock?.dueAt, row.nextDueAt]).toEqual([instant('2026-03-13T21:00:00Z'), instant('2026-03-13T21:00:00Z')]);
  });

  test('the same key answers the same and charges once; another body under it is a conflict', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const ticketId = await under.ready(shop, FRIDAY);
    await under.done(under.claim(ticketId, FRIDAY));
    await under.done(under.log(ticketId, FRIDAY, 30));
    const deliver = (loggedSeconds: number) =>
      outcomeOf(() => under.deliver(ticketId, FRIDAY, { idempotencyKey: 'same', loggedEntries: 1, loggedSeconds }));
    const first = await deliver(1_800);
    expect(first.value).toEqual({ ticketId, reasons: [], chargedMinutes: 30, shortMinutes: 0 });
    expect(await deliver(1_800)).toEqual(first);
    expect((await deliver(1_801)).userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect((await under.journalOf(shop)).filter(({ kind }) => kind === 'SETTLE')).toHaveLength(1);
  });
});
