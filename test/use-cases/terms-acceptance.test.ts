import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Purchase } from '../../src/persistence/purchase.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { SupportPolicyVersion } from '../../src/persistence/support-policy-version.js';
import { TermsAcceptance } from '../../src/persistence/terms-acceptance.js';
import { Ticket } from '../../src/persistence/ticket.js';
import { type Actor, PARTNER_SCOPES } from '../../src/use-cases/actor.js';
import { saveAddon, saveSkuMeaning } from '../../src/use-cases/addon.js';
import { type PurchaseRecordInput, recordPurchase } from '../../src/use-cases/purchase.js';
import { publishSupportPolicy } from '../../src/use-cases/support-policy.js';
import { renewSupport } from '../../src/use-cases/support-term.js';
import { acceptTerms, policyThatBinds, termsToAccept } from '../../src/use-cases/terms-acceptance.js';
import { openTicket } from '../../src/use-cases/ticket-open.js';
import { testDatabase } from '../support/database.js';
import { importFrom } from '../support/imported-rows.js';
import { shopOrder } from '../support/shop-orders.js';
import {
  asVendor,
  customerOf,
  day,
  euros,
  instant,
  outcomeAsVendor,
  policyDocument,
  publishPolicies,
  STAFF,
  sell,
  vendorShop,
} from '../support/vendor.js';

const PARTNER: Actor = { kind: 'PARTNER', name: 'partner:ERP', scopes: PARTNER_SCOPES, customerId: null, storeId: null };
const POLICY = 'technical-support';
/** The second version is in force from 2026-03-01 on. The first wants a word of the customer's own, to the second paying is accepting. */
const FEBRUARY = instant('2026-02-10T09:00:00Z');
const MARCH = instant('2026-03-10T09:00:00Z');

let database: Awaited<ReturnType<typeof testDatabase>>;
let ada: string;
let first: string;
let second: string;
let sales = 0;

beforeAll(async () => {
  database = await testDatabase();
  await publishPolicies(database);
  await asVendor(database, (em) =>
    publishSupportPolicy(
      em,
      { ...policyDocument(POLICY), title: 'Changed conditions', terms: { changeMode: 'PIN', acceptance: 'BY_PURCHASE' } },
      day('2026-03-01'),
      instant('2026-02-01T00:00:00Z'),
    ),
  );
  await sell(database, { sku: 'FILTER', renewalSku: 'FILTER-RENEWAL' });
  ada = await customerOf(database, 'ada@shop.example');
  const versions = await withVendorSession(database, ({ em }) =>
    em.find(SupportPolicyVersion, { name: POLICY }, { orderBy: { version: 'asc' } }),
  );
  [first = '', second = ''] = versions.map(({ contentHash }) => contentHash);
});
afterAll(() => database.close());

const customer = (id: string): Actor => ({
  kind: 'CUSTOMER',
  name: `customer:${id}`,
  scopes: ['TICKETS_WRITE'],
  customerId: id,
  storeId: null,
});
const accept = (shown: { version: number; contentHash: string }, actor: Actor = customer(ada), customerId = ada, at = MARCH) =>
  outcomeAsVendor(database, async (em) => {
    const { acceptance, reasons, inForce } = await acceptTerms(em, actor, { policyName: POLICY, customerId, ...shown }, at);
    return {
      by: acceptance?.acceptedBy ?? null,
      at: acceptance?.acceptedAt ?? null,
      codes: reasons.map(({ code }) => code),
      inForce: inForce.version,
    };
  });
const acceptedBy = (customerId: string) =>
  withVendorSession(database, async ({ em }) => {
    const rows = await em.find(
      TermsAcceptance,
      { customer: customerId },
      { populate: ['supportPolicyVersion'], orderBy: { acceptedAt: 'asc', id: 'asc' } },
    );
    return rows.map(({ supportPolicyVersion, way, orderLine }) => `${way} ${supportPolicyVersion.getEntity().version} ${orderLine}`);
  });

describe('conditions that a customer is shown (B-01)', () => {
  test('are those in force, with whether it has accepted them', async () => {
    const shown = (at: Temporal.Instant, id: string | null) =>
      withVendorSession(database, async ({ em }) => {
        const terms = await termsToAccept(em, POLICY, id, at);
        return terms && [terms.supportPolicy.version, terms.acceptance?.way ?? null];
      });
    const eve = await customerOf(database, 'eve@shop.example');
    expect(await shown(FEBRUARY, eve)).toEqual([1, null]);
    expect(await shown(MARCH, eve)).toEqual([2, null]);
    await accept({ version: 2, contentHash: second }, customer(eve), eve);
    expect(await shown(MARCH, eve)).toEqual([2, 'EXPLICIT']);
    expect(await shown(MARCH, null)).toEqual([2, null]);
    expect(await shown(FEBRUARY, eve)).toEqual([1, null]);
    expect(await shown(instant('2024-12-31T00:00:00Z'), eve)).toBeNull();
  });

  test.each([
    { version: 1, hash: () => first, codes: ['TERMS_STALE'], because: 'version 2 is in force by now' },
    { version: 2, hash: () => first, codes: ['TERMS_STALE'], because: 'it was another text' },
    { version: 2, hash: () => 'junk', codes: ['TERMS_STALE'], because: 'it is no hash of anything' },
    { version: 2, hash: () => second, codes: [], because: 'they are those in force' },
  ])('as version $version are accepted with $codes, because $because', async ({ version, hash, codes }) => {
    const dora = await customerOf(database, `dora-${version}-${hash()}@shop.example`);
    expect(await accept({ version, contentHash: hash() }, customer(dora), dora)).toMatchObject({ value: { codes, inForce: 2 } });
    expect(await acceptedBy(dora)).toEqual(codes.length === 0 ? ['EXPLICIT 2 null'] : []);
  });

  test('are accepted once, also by many at once, and the first acceptance stands', async () => {
    const mary = await customerOf(database, 'mary@shop.example');
    const shown = { version: 2, contentHash: second };
    const answers = await Promise.all([1, 2, 3, 4].map(() => accept(shown, customer(mary), mary)));
    answers.push(await accept(shown, PARTNER, mary, instant('2026-03-11T00:00:00Z')));
    expect(answers.map(({ value }) => [value?.by, value?.at])).toEqual(answers.map(() => [`customer:${mary}`, MARCH]));
    expect(await acceptedBy(mary)).toEqual(['EXPLICIT 2 null']);
  });

  test('are accepted for a customer by a partner, who is named, and not by another customer', async () => {
    const shown = { version: 2, contentHash: second };
    const kim = await customerOf(database, 'kim@shop.example');
    const foreign = await accept(shown, customer(ada), kim);
    expect(foreign.userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'customerId'] }]);
    expect(await accept(shown, customer(ada), '01900000-0000-7000-8000-000000000000')).toEqual(foreign);
    expect(await accept(shown, { ...PARTNER, credential: 'token:7' }, kim)).toMatchObject({ value: { by: 'partner:ERP by token:7' } });
  });
});

/** A sale on 10 March, when the second version was in force. */
function sale(change: Partial<PurchaseRecordInput> = {}): PurchaseRecordInput {
  sales += 1;
  const line = { shop: 'marketplace', orderNumber: `M-${sales}`, line: '1', storeId: null };
  const money = { listPrice: euros(12_000n), paid: euros(12_000n) };
  const buyer = { email: `buyer-${sales}@shop.example`, name: null };
  return { idempotencyKey: `sale-${sales}`, sku: 'FILTER', customer: buyer, purchasedAt: MARCH, ...line, ...money, ...change };
}
const record = (input: PurchaseRecordInput) => outcomeAsVendor(database, (em) => recordPurchase(em, PARTNER, input, MARCH));
const pinnedVersion = (purchaseId: string) =>
  withVendorSession(database, async ({ em }) => {
    const purchase = await em.findOneOrFail(Purchase, { id: purchaseId }, { populate: ['supportPolicyVersion'] });
    return { version: purchase.supportPolicyVersion.getEntity().version, customerId: purchase.customer.id };
  });

describe('what was paid elsewhere (B-01, B-30)', () => {
  test.each([
    { shown: undefined, version: 2, because: 'nothing is said of what was shown' },
    { shown: 2, version: 2, because: 'the version in force was shown' },
    { shown: 1, version: 1, because: 'the version shown is pinned, stale or not' },
  ])('with version $shown shown is pinned to version $version, because $because', async ({ shown, version }) => {
    const termsShown = shown === undefined ? {} : { termsShown: { version: shown, contentHash: shown === 1 ? first : second } };
    const input = sale(termsShown);
    const { value } = await record(input);
    const pinned = await pinnedVersion(value?.purchaseId ?? '');
    expect(pinned.version).toBe(version);
    const accepted = version === 1 ? [] : [`BY_PURCHASE ${version} marketplace:${input.orderNumber}:1`];
    expect(await acceptedBy(pinned.customerId)).toEqual(accepted);
    // Told again under another key, it is the same sale, accepted once.
    expect(await record({ ...input, idempotencyKey: `${input.idempotencyKey} again` })).toEqual({ value, userErrors: [] });
    expect(await acceptedBy(pinned.customerId)).toEqual(accepted);
  });

  test.each([
    {
      termsShown: { version: 3, contentHash: 'f'.repeat(64) },
      mistake: ['NOT_FOUND', 'termsShown.version'],
      because: 'there is no such version',
    },
    {
      termsShown: { version: 2, contentHash: 'f'.repeat(64) },
      mistake: ['CONFLICT', 'termsShown.contentHash'],
      because: 'its text was another',
    },
    {
      termsShown: { version: 2, contentHash: 'f'.repeat(64) },
      purchasedAt: instant('2026-02-28T22:59:59.999Z'),
      mistake: ['CONFLICT', 'termsShown.version'],
      because: 'its first day had not begun in Paris',
    },
    {
      termsShown: { version: 1, contentHash: 'f'.repeat(64) },
      purchasedAt: instant('2024-12-31T23:59:59.999Z'),
      mistake: ['CONFLICT', 'termsShown.version'],
      because: 'it was published a moment later',
    },
  ])('is refused with $termsShown, because $because', async ({ termsShown, mistake, purchasedAt = MARCH }) => {
    const { userErrors } = await record(sale({ termsShown, purchasedAt }));
    expect(userErrors.map(({ code, path }) => [code, path.slice(1).join('.')])).toEqual([mistake]);
  });

  test('is no acceptance where the conditions want a word of the customer’s own: they are still to be accepted', async () => {
    const acceptance = (customerId: string, at: Temporal.Instant) =>
      withVendorSession(database, async ({ em }) => {
        const terms = await termsToAccept(em, POLICY, customerId, at);
        return [terms?.supportPolicy.version, terms?.acceptance?.way ?? null];
      });
    const { value } = await record(sale({ purchasedAt: FEBRUARY }));
    const { version, customerId } = await pinnedVersion(value?.purchaseId ?? '');
    expect([version, await acceptance(customerId, FEBRUARY)]).toEqual([1, [1, null]]);
    await accept({ version: 1, contentHash: first }, customer(customerId), customerId, FEBRUARY);
    expect([await acceptance(customerId, FEBRUARY), await acceptance(customerId, MARCH)]).toEqual([
      [1, 'EXPLICIT'],
      [2, null],
    ]);
  });

  test('is not recorded again with other conditions', async () => {
    const input = sale();
    await record(input);
    const again = { ...input, idempotencyKey: `${input.idempotencyKey} again`, termsShown: { version: 1, contentHash: first } };
    expect((await record(again)).userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'termsShown'] }]);
  });

  test('and renewed is accepted under the version that the renewal is sold under; a gift binds nobody', async () => {
    const { value } = await record(sale({ purchasedAt: FEBRUARY }));
    const purchaseId = value?.purchaseId ?? '';
    const renewal = { purchaseId, periods: 1, orderNumber: 'R-1' };
    await asVendor(database, async (em) => {
      await renewSupport(em, STAFF, { ...renewal, idempotencyKey: `gift ${purchaseId}`, origin: 'GOODWILL', paid: null }, MARCH);
    });
    await asVendor(database, async (em) => {
      await renewSupport(em, STAFF, { ...renewal, idempotencyKey: `renewal ${purchaseId}`, origin: 'RENEWAL', paid: euros(3_600n) }, MARCH);
    });
    const { customerId } = await pinnedVersion(purchaseId);
    expect(await acceptedBy(customerId)).toEqual([`BY_PURCHASE 2 staff:ada:renewal ${purchaseId}:${purchaseId}`]);
  });
});

test('an imported order accepts the conditions of its day for each line, once, however often it is told, where buying is accepting', async () => {
  await asVendor(database, (em) =>
    saveSkuMeaning(em, {
      sku: 'TIME-60',
      kind: 'PREPAID_TIME',
      addonSku: null,
      periods: null,
      minutes: 60,
      supportPolicyName: 'prepaid-support',
    }),
  );
  const shop = await vendorShop(database, 'eu');
  const email = 'rosa@shop.example';
  const bought = shopOrder('1', { email, paidAt: '2026-02-10T09:00:00Z', lines: [{ sku: 'FILTER', quantity: '2' }, { sku: 'TIME-60' }] });
  const renewed = shopOrder('2', { email, paidAt: '2026-03-10T09:00:00Z', lines: [{ sku: 'FILTER-RENEWAL' }] });
  await importFrom(database, shop, { orders: [bought, renewed] });
  const rosa = await customerOf(database, email);
  const accepted = await acceptedBy(rosa);
  const lines = [`BY_PURCHASE 1 eu:1:${bought.lines[1]?.lineId}`, `BY_PURCHASE 2 eu:2:${renewed.lines[0]?.lineId}`];
  expect(accepted.sort()).toEqual(lines.sort());
  await importFrom(database, shop, { orders: [bought, renewed] });
  expect(await acceptedBy(rosa)).toHaveLength(lines.length);
});

test('what is accepted by a word is kept once, whoever writes it', async () => {
  const copy = `insert into terms_acceptance select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid()))).* from terms_acceptance t where way = 'EXPLICIT' limit 1`;
  const write = withVendorSession(database, (session) => session.query({ name: 'copy-acceptance', text: copy, values: [] }));
  await expect(write).rejects.toMatchObject({ code: '23505' });
});

test('what was accepted never changes', async () => {
  const change = (sql: string) => withVendorSession(database, (session) => session.query({ name: sql, text: sql, values: [] }));
  await expect(change('update terms_acceptance set accepted_by = $$nobody$$')).rejects.toMatchObject({
    code: expect.stringMatching(/^(23001|42501)$/),
  });
  await expect(change('delete from terms_acceptance')).rejects.toMatchObject({ code: expect.stringMatching(/^(23001|42501)$/) });
});

describe('conditions that float (B-30)', () => {
  let purchaseId: string;
  let fay: string;
  beforeAll(async () => {
    const document = (title: string) => ({
      ...policyDocument(POLICY),
      name: 'floating-support',
      title,
      terms: { changeMode: 'FLOAT_WITH_NOTICE', acceptance: 'EXPLICIT', noticeDays: 30 },
    });
    await asVendor(database, async (em) => {
      await publishSupportPolicy(em, document('One'), day('2025-01-01'), instant('2025-01-01T00:00:00Z'));
      await em.flush();
      await publishSupportPolicy(em, document('Two'), day('2026-02-15'), instant('2026-02-01T09:00:00Z'));
      const addon = { sku: 'FLOATING', name: 'Floating', platform: 'MAGENTO', packageName: null, moduleName: null } as const;
      await saveAddon(em, { ...addon, listPrice: euros(9_900n), supportPolicy: 'floating-support' }, FEBRUARY);
    });
    fay = await customerOf(database, 'fay@shop.example');
    const bought = sale({
      sku: 'FLOATING',
      customer: { email: 'fay@shop.example', name: null },
      purchasedAt: instant('2026-01-10T09:00:00Z'),
    });
    purchaseId = (await record(bought)).value?.purchaseId ?? '';
  });

  // Published on 1 February in Paris, with 30 days of notice: to the end of 3 March.
  const moments = [
    { at: '2026-03-03T22:59:59.999Z', version: 1, because: 'the last day of notice is not over' },
    { at: '2026-03-03T23:00:00Z', version: 2, because: 'it is over' },
  ];
  test.each(moments)('bind what was bought before at $at in version $version, because $because', async ({ at, version }) => {
    const binding = await withVendorSession(database, async ({ em }) => {
      const pinned = await em.findOneOrFail(SupportPolicyVersion, { name: 'floating-support', version: 1 });
      return policyThatBinds(em, pinned, instant(at));
    });
    expect(binding.version).toBe(version);
  });

  test.each(moments)('bind a request that is made at $at in version $version for good, because $because', async ({ at, version }) => {
    const said = { steps: null, expected: null, actual: null, platformVersion: null, installedVersion: null };
    const report = { subject: `Made at ${at}`, description: `Something that is asked at ${at}.`, ...said };
    const about = { purchaseId, projectId: null, storeId: null, category: null, needsWorkOnHost: null, email: null, duplicateOf: null };
    const bound = await asVendor(database, async (em) => {
      const command = { em, actor: customer(fay), now: instant(at), addJob: async () => {} };
      const { ticketId } = await openTicket(command, { idempotencyKey: at, request: 'ADVICE', report, ...about });
      return em.findOneOrFail(Ticket, { id: ticketId ?? '' }, { populate: ['supportPolicyVersion'] });
    });
    expect(bound.supportPolicyVersion.getEntity()).toMatchObject({ name: 'floating-support', version });
  });

  test('cost a statement more, and those that are pinned none', async () => {
    const statements = (name: string) =>
      withVendorSession(database, async ({ em }) => {
        const pinned = await em.findOneOrFail(SupportPolicyVersion, { name, version: 1 });
        database.statements.length = 0;
        await policyThatBinds(em, pinned, MARCH);
        return database.statements.length;
      });
    expect([await statements('floating-support'), await statements(POLICY)]).toEqual([1, 0]);
  });
});
