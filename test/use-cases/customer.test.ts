import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { OutboxEvent } from '../../src/persistence/outbox-event.js';
import type { Session } from '../../src/persistence/session.js';
import { SupportPolicyVersion } from '../../src/persistence/support-policy-version.js';
import { lockCustomer, lockCustomerRows } from '../../src/use-cases/customer.js';
import { tellOutside } from '../../src/use-cases/outbox.js';
import { lockedPurchase } from '../../src/use-cases/purchase.js';
import { acceptTerms } from '../../src/use-cases/terms-acceptance.js';
import { asVendor, instant, STAFF } from '../support/vendor.js';
import { type IntakeUnderTest, intakeUnderTest } from './intake-under-test.js';

const NOW = instant('2026-03-10T10:00:00Z');
const EMAIL = 'ada@shop.example';

let under: IntakeUnderTest;
let customerId: string;
let purchaseId: string;
beforeAll(async () => {
  under = await intakeUnderTest();
  customerId = await under.customer(EMAIL);
  purchaseId = await under.buy({ sku: 'PREPAID', email: EMAIL, purchasedAt: '2026-02-01T09:00:00Z' });
});
afterAll(() => under.database.close());

async function accept(em: Session['em']) {
  const { version, contentHash } = await em.findOneOrFail(SupportPolicyVersion, { name: 'prepaid-support' });
  return acceptTerms(em, STAFF, { policyName: 'prepaid-support', customerId, version, contentHash }, NOW);
}

test.each<[string, (em: Session['em']) => Promise<unknown>]>([
  ['an order', (em) => lockCustomer(em, EMAIL, null, NOW)],
  ['a purchase', (em) => lockedPurchase(em, purchaseId)],
  ['an acceptance of terms', accept],
  ['a release that fixes faults', (em) => lockCustomerRows(em, [customerId])],
])('a customer that is locked for %s can be told something meanwhile, which whoever has its wallet does', async (what, lock) => {
  const key = `told during ${what}`;
  await asVendor(under.database, async (em) => {
    await lock(em);
    // Another transaction, which ends before the lock does.
    await asVendor(under.database, (other) =>
      tellOutside(other, [{ kind: 'TIME_REFUND_OWED', customerId, key, data: {}, happenedAt: NOW }]),
    );
  });
  expect(await asVendor(under.database, (em) => em.count(OutboxEvent, { key, customer: customerId }))).toBe(1);
});

test('customers are locked in the order of their ids, those that are there', async () => {
  const others = [await under.customer('ben@shop.example'), await under.customer('kim@shop.example')];
  const asked = [...others.toReversed(), '01900000-0000-7000-8000-000000000000', customerId];
  expect(await asVendor(under.database, (em) => lockCustomerRows(em, asked))).toEqual([customerId, ...others].sort());
});
