import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Addon } from '../../src/persistence/addon.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { TicketDecision } from '../../src/persistence/ticket-decision.js';
import { answerAfterSales } from '../../src/use-cases/after-sales.js';
import { codeNow, codeOfRequest, codeOfRequests } from '../../src/use-cases/code-evidence.js';
import { factsFromJson } from '../../src/use-cases/fact-json.js';
import { connectStore } from '../../src/use-cases/store.js';
import { findCause } from '../../src/use-cases/ticket-finding.js';
import { claimWarranty, type WarrantyClaimInput } from '../../src/use-cases/ticket-warranty.js';
import { filesOf, recordManifest, reportCode } from '../support/reported-code.js';
import { asVendor, instant, SECRET_KEY } from '../support/vendor.js';
import { codesOf, reportOf, type Shop, STAFF, type WorkUnderTest, workUnderTest } from './work-under-test.js';

type Contents = Readonly<Record<string, string>>;
const BUILT = { 'Model/Price.php': 'a', 'etc/di.xml': 'b', 'i18n/fr_FR.csv': 'c' };
const CHANGED = { ...BUILT, 'Model/Price.php': '0' };
const FIXED = { ...BUILT, 'Model/Price.php': 'f' };

let under: WorkUnderTest;
const addons = new Map<string, string>();
beforeAll(async () => {
  under = await workUnderTest();
  const { database } = under;
  for (const addonSku of ['FILTER', 'PREPAID']) {
    await recordManifest(database, { addonSku, version: '1.0' }, BUILT);
    await recordManifest(database, { addonSku, version: '1.0', kind: 'HOTFIX', label: 'ticket 214' }, { 'Model/Price.php': 'f' });
    await withVendorSession(database, async ({ em }) => addons.set(addonSku, (await em.findOneOrFail(Addon, { sku: addonSku })).id));
  }
});
afterAll(() => under.database.close());

let stores = 0;
const storeOf = (customerId: string): Promise<string> =>
  asVendor(under.database, async (em) => {
    const url = `https://store${++stores}.example`;
    const input = {
      platform: 'MAGENTO',
      url,
      role: 'CUSTOMER_PRODUCTION',
      customerId,
      code: null,
      timeZone: null,
      credentials: null,
    } as const;
    return (await connectStore(em, input, SECRET_KEY, instant('2026-01-01T00:00:00Z'))).id;
  });
const addonId = (sku: string): string => addons.get(sku) ?? '';
const report = (storeId: string, at: string, contents: Contents, version: string | null = '1.0', sku = 'FILTER') =>
  reportCode(under.database, { storeId, addonId: addonId(sku), at, version, files: filesOf(contents) });

/** A customer with a store, who bought an add-on. */
async function buyer(sku: 'FILTER' | 'PREPAID' = 'FILTER'): Promise<Shop & { readonly storeId: string; readonly purchaseId: string }> {
  const shop = await under.shopWith(500, '2026-03-01T00:00:00Z');
  const purchaseId = await under.buy({ sku, email: shop.email, purchasedAt: '2026-02-01T00:00:00Z' });
  return { ...shop, storeId: await storeOf(shop.id), purchaseId };
}

describe('the code that a request rests on (A-16)', () => {
  const MADE = '2026-03-10T09:00:00Z';
  const NEXT_DAY = '2026-03-11T00:00:00Z';
  test.each<[readonly string[], string, number | null, string]>([
    [[], MADE, null, 'the store never reported it'],
    [['2026-03-09T03:00:00Z'], MADE, 0, 'it had reported it'],
    [[MADE], MADE, 0, 'the instant itself counts'],
    [['2026-03-01T03:00:00Z', '2026-03-09T03:00:00Z'], MADE, 1, 'the newest counts'],
    [['2026-03-09T03:00:00Z', '2026-03-10T10:00:00Z'], NEXT_DAY, 0, 'what came later tells of later'],
    [['2026-03-10T10:00:00Z', '2026-03-10T11:00:00Z'], NEXT_DAY, 0, 'the first since may have been asked for'],
    [['2026-03-10T10:00:00Z'], MADE, null, 'it has not come yet'],
    [['2026-01-01T00:00:00Z', '2026-03-10T10:00:00Z'], NEXT_DAY, 1, 'the other is of more than 30 days before'],
    [['2025-12-01T00:00:00Z', '2026-01-01T00:00:00Z'], MADE, 1, 'an old one is better than none'],
  ])('with reports of %j, asked at %s, is that of number %j, because %s', async (reports, now, expected, _because) => {
    const { id } = await under.shop();
    const storeId = await storeOf(id);
    for (const [index, at] of reports.entries()) await report(storeId, at, { 'a.php': String(index) });
    await withVendorSession(under.database, async ({ em }) => {
      const found = await codeOfRequest(em, { storeId, addonId: addonId('FILTER') }, instant(MADE), instant(now));
      expect(found === null ? null : Number(found.files[0]?.sha256[0])).toBe(expected);
      expect(await codeOfRequest(em, { storeId, addonId: addonId('PREPAID') }, instant(MADE), instant(now))).toBeNull();
    });
  });

  test('is read in two statements, however many requests there are', async () => {
    const { id } = await under.shop();
    const places = await Promise.all([storeOf(id), storeOf(id), storeOf(id)]);
    for (const storeId of places.slice(0, 2)) await report(storeId, MADE, storeId === places[0] ? BUILT : CHANGED);
    await withVendorSession(under.database, async ({ em }) => {
      const asked = places.map((storeId) => ({ storeId, addonId: addonId('FILTER'), madeAt: instant(MADE) }));
      under.database.statements.length = 0;
      const found = await codeOfRequests(em, asked, instant(MADE));
      expect(under.database.statements.length).toBe(2);
      expect(found.map((each) => each?.comparison.result ?? null)).toEqual(['SAME', 'MODIFIED', null]);
      expect(found[0]).toMatchObject({ reportedAt: instant(MADE), touches: [{ kind: 'OVERRIDE' }] });
    });
  });
});

describe('a decision on a request (A-16)', () => {
  const AT = '2026-03-10T09:00:00Z';
  const decided = async (contents: Contents | null, version: string | null = '1.0') => {
    const { purchaseId, storeId } = await buyer();
    if (contents !== null) await report(storeId, '2026-03-09T03:00:00Z', contents, version);
    const question = {
      purchaseId,
      storeId,
      request: 'CORRECTION',
      platformVersion: '2.4.6',
      installedVersion: null,
      category: null,
    } as const;
    return withVendorSession(under.database, async ({ em }) => {
      const answer = await answerAfterSales(em, { ...question, needsWorkOnHost: null }, instant(AT));
      return answer?.decision;
    });
  };

  test.each<[string, Contents | null, string | null, string, string | null, string]>([
    ['as built', BUILT, '1.0', 'ENTITLED', null, 'nothing was changed'],
    ['changed', CHANGED, '1.0', 'VENDOR_DISCRETION', 'SOURCE_MODIFIED', 'code was changed'],
    ['translated', { ...BUILT, 'i18n/fr_FR.csv': '0', 'logo.png': '0' }, '1.0', 'ENTITLED', null, 'translations and media are not code'],
    ['hot-fixed', FIXED, '1.0', 'ENTITLED', null, 'the vendor’s hot-fix is his own'],
    ['of version 1.1', CHANGED, '1.1', 'ENTITLED', 'SOURCE_UNKNOWN', 'nobody recorded what 1.1 is made of'],
    ['of no version', CHANGED, null, 'ENTITLED', 'SOURCE_UNKNOWN', 'nobody told which version it is'],
    ['of no files', {}, '1.0', 'ENTITLED', 'SOURCE_UNKNOWN', 'an empty list is no missing add-on'],
    ['never reported', null, '1.0', 'ENTITLED', 'SOURCE_UNKNOWN', 'nothing is held against the customer'],
  ])('on code %s (%j, %s): %s, %s, because %s', async (_name, contents, version, verdict, code, _because) => {
    const decision = await decided(contents, version);
    const told = decision?.reasons.map((reason) => reason.code).filter((each) => each.startsWith('SOURCE_')) ?? [];
    expect([decision?.verdict, told]).toEqual([verdict, code === null ? [] : [code]]);
  });

  /** Two decisions on one ticket: when it was opened, and after staff have looked at it; with a report in between. */
  const decidedTwice = async (before: Contents | null, between: Contents) => {
    const { actor, purchaseId, storeId } = await buyer();
    const code = before && (await report(storeId, '2026-03-09T03:00:00Z', before));
    const ticketId = await under.opened(actor, AT, { purchaseId, storeId, report: reportOf(under.newKey(), { platformVersion: '2.4.6' }) });
    await report(storeId, '2026-03-10T10:00:00Z', between);
    const cause = { ticketId, rootCause: 'UNKNOWN', incompatibleDevelopment: false, evidence: 'Looked at it.' } as const;
    await under.done(under.on(STAFF, '2026-03-10T11:00:00Z', findCause, cause));
    const rows = await withVendorSession(under.database, ({ em }) =>
      em.find(TicketDecision, { ticket: ticketId }, { orderBy: { decidedAt: 'asc' } }),
    );
    return { code, verdicts: rows.map(({ decision }) => decision.verdict), facts: rows.map(({ facts }) => factsFromJson(facts)) };
  };

  test('keeps with a ticket’s decision which report it rested on; a later report changes nothing', async () => {
    const { code, verdicts, facts } = await decidedTwice(CHANGED, BUILT);
    expect(verdicts).toEqual(['VENDOR_DISCRETION', 'VENDOR_DISCRETION']);
    const kept = {
      id: code,
      reportedAt: instant('2026-03-09T03:00:00Z'),
      version: '1.0',
      result: 'MODIFIED',
      build: 'build',
      hotfixes: [],
    };
    const expected = { modifiedSource: 'CHANGED', changedCodeFiles: ['Model/Price.php'], code: kept };
    expect(facts).toMatchObject([expected, expected]);
  });

  test('takes a report that came after the request into the next decision, where there was none before', async () => {
    const { verdicts, facts } = await decidedTwice(null, CHANGED);
    expect(verdicts).toEqual(['ENTITLED', 'VENDOR_DISCRETION']);
    expect(facts).toMatchObject([{ code: null }, { code: { result: 'MODIFIED' } }]);
  });
});

describe('a change of code since the hand-over (B-23)', () => {
  /** Friday 16:59 at +03:00; the warranty runs to the end of the 13th. */
  const FRIDAY = '2026-03-06T13:59:00Z';
  const THURSDAY = '2026-03-12T08:00:00Z';
  const WHEN = {
    MORNING: '2026-03-06T08:00:00Z',
    JUST_BEFORE: '2026-03-06T13:50:00Z',
    AFTER: '2026-03-07T03:00:00Z',
    CLAIM: '2026-03-12T07:00:00Z',
  };
  const CODE = { BUILT, CHANGED };
  type Reports = Partial<Record<keyof typeof WHEN, keyof typeof CODE>>;

  const claimed = async (reports: Reports, change: Partial<WarrantyClaimInput> = {}) => {
    const shop = await buyer('PREPAID');
    for (const when of ['MORNING', 'JUST_BEFORE', 'AFTER', 'CLAIM'] as const) {
      const contents = reports[when];
      if (contents !== undefined) await report(shop.storeId, WHEN[when], CODE[contents], '1.0', 'PREPAID');
    }
    const ticketId = await under.ready(shop, FRIDAY, undefined, { purchaseId: shop.purchaseId, storeId: shop.storeId });
    await under.done(under.claim(ticketId, FRIDAY));
    await under.done(under.log(ticketId, FRIDAY, 60));
    await under.done(under.deliver(ticketId, FRIDAY));
    const { handOverDigest } = (await under.ticket(ticketId, FRIDAY)).state.warranty;
    const input = { ticketId, report: reportOf(under.newKey()), isAgreedResult: true, codeDigest: null, finding: null, ...change };
    const answer = await under.on(shop.actor, THURSDAY, claimWarranty, input);
    return { answer, handOverDigest, shop };
  };

  test.each<[Reports, string[], string]>([
    [{ JUST_BEFORE: 'CHANGED', CLAIM: 'CHANGED' }, [], 'the code is as the vendor handed it over'],
    [{ JUST_BEFORE: 'BUILT', CLAIM: 'CHANGED' }, ['WARRANTY_VOID'], 'a change counts as the customer’s'],
    [{ AFTER: 'BUILT', CLAIM: 'CHANGED' }, ['WARRANTY_VOID'], 'the first report after the hand-over tells it'],
    [{ MORNING: 'BUILT', AFTER: 'CHANGED', CLAIM: 'CHANGED' }, [], 'in the morning the work was not finished'],
    [{ CLAIM: 'CHANGED' }, [], 'no hand-over digest: not void'],
  ])('with reports %j a claim is refused with %j, because %s', async (reports, codes, _because) => {
    const { answer } = await claimed(reports);
    expect(codesOf(answer)).toEqual(codes);
    if (codes.length > 0) expect(answer.reasons[0]?.facts).toContainEqual({ name: 'firstChangedFile', value: 'Model/Price.php' });
  });

  test('the digest at the hand-over is that of a report just before it, and one that is stated is compared with it', async () => {
    const { handOverDigest, shop } = await claimed({ JUST_BEFORE: 'CHANGED' });
    await withVendorSession(under.database, async ({ em }) => {
      const place = { storeId: shop.storeId, addonId: addonId('PREPAID') };
      expect((await codeNow(em, place, instant(FRIDAY)))?.digest).toBe(handOverDigest);
      expect(await codeNow(em, place, instant(FRIDAY).add({ minutes: 15 }))).toBeNull();
    });
    const stated = await claimed({ JUST_BEFORE: 'CHANGED' }, { codeDigest: handOverDigest });
    expect([stated.handOverDigest, codesOf(stated.answer)]).toEqual([handOverDigest, []]);
  });
});
