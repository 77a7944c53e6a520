import { typeid } from 'typeid-js';
import { queryWithin } from '../persistence/session.js';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { TermsAcceptance, type TermsAcceptanceRow } from '../persistence/terms-acceptance.js';
import type { Reason } from '../policy/reason.js';
import { couldBeShown, staleTerms, type TermsShown, termsThatBind } from '../policy/terms-acceptance.js';
import { type Actor, namedInEvidence, seesEveryone } from './actor.js';
import { lockCustomerRows } from './customer.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';
import { pinnedPolicy, policyInForce } from './support-policy.js';

/** Conditions to be shown to a customer, and whether that customer has accepted this version. */
export interface TermsToAccept {
  readonly supportPolicy: SupportPolicyVersionRow;
  /** By a word of its own, or else by the first purchase under it, where that accepts; null: not yet, or no customer was named. */
  readonly acceptance: TermsAcceptanceRow | null;
}

/** B-01: the version of conditions that is in force, which is the one to be shown; null where no version is. */
export async function termsToAccept(
  em: EntityManager,
  policyName: string,
  customerId: string | null,
  at: Temporal.Instant,
): Promise<TermsToAccept | null> {
  const supportPolicy = await policyInForce(em, policyName, at);
  if (supportPolicy === null) return null;
  return { supportPolicy, acceptance: customerId === null ? null : await acceptanceOf(em, customerId, supportPolicy) };
}

async function acceptanceOf(em: EntityManager, customer: string, supportPolicyVersion: SupportPolicyVersionRow) {
  const orderBy = { way: 'desc', acceptedAt: 'asc', id: 'asc' } as const;
  const [first] = await em.find(TermsAcceptance, { customer, supportPolicyVersion }, { orderBy, limit: 1 });
  return first ?? null;
}

export interface TermsAcceptInput extends TermsShown {
  readonly policyName: string;
  /** The customer who accepts, by its own word or through staff or a partner. */
  readonly customerId: string;
}

export interface TermsAnswer {
  /** Null where reasons stand against it. */
  readonly acceptance: TermsAcceptanceRow | null;
  readonly reasons: readonly Reason[];
  readonly inForce: SupportPolicyVersionRow;
}

/**
 * B-01: notes that a customer accepts the conditions that it was shown. They must be those in force, by version and by hash: else the answer is the reason
 * TERMS_STALE with the version to show instead, and nothing is written. Accepted again, the first acceptance stands.
 */
export async function acceptTerms(em: EntityManager, actor: Actor, input: TermsAcceptInput, now: Temporal.Instant): Promise<TermsAnswer> {
  const { customerId, policyName } = input;
  const maySee = seesEveryone(actor) || actor.customerId === customerId;
  const locked = maySee ? await lockCustomerRows(em, [customerId]) : [];
  if (locked.length === 0) throw new Refusal([userError('NOT_FOUND', 'There is no such customer.', 'customerId')]);
  const inForce = await policyInForce(em, policyName, now);
  if (inForce === null)
    throw new Refusal([userError('NOT_FOUND', `No version of conditions named "${policyName}" is in force.`, 'policyName')]);
  const stale = staleTerms(pinnedPolicy(inForce), input);
  if (stale !== null) return { acceptance: null, reasons: [stale], inForce };
  const said = { customer: customerId, supportPolicyVersion: inForce, way: 'EXPLICIT', orderLine: null } as const;
  const known = await em.findOne(TermsAcceptance, said);
  if (known !== null) return { acceptance: known, reasons: [], inForce };
  const by = { contentHash: inForce.contentHash, acceptedBy: namedInEvidence(actor), acceptedAt: now };
  const acceptance = em.create(TermsAcceptance, { ...said, ...by });
  em.persist(acceptance);
  return { acceptance, reasons: [], inForce };
}

/** Something paid for under conditions that were shown. */
export interface TermsPurchase {
  readonly customerId: string;
  /** Id of the version that it is pinned to. */
  readonly policyId: string;
  readonly line: { readonly shop: string; readonly orderId: string; readonly orderLine: string };
  readonly paidAt: Temporal.Instant;
}

/**
 * B-01, B-30: notes that buying was accepting, where the conditions say so: a licence, a renewal or prepaid time binds its buyer to the version that it is pinned
 * to. Once per order line and version, however often the order is seen; one statement for any number. Conditions that want a word of the customer's own are
 * pinned all the same, and are yet to be accepted. The customers' rows must be written.
 */
export async function acceptByPurchase(em: EntityManager, purchases: readonly TermsPurchase[]): Promise<void> {
  if (purchases.length === 0) return;
  const rows = new Map<string, object>();
  for (const { customerId, policyId, line, paidAt } of purchases) {
    const orderLine = `${line.shop}:${line.orderId}:${line.orderLine}`;
    rows.set(`${customerId} ${policyId} ${orderLine}`, {
      id: typeid().toUUID(),
      customer_id: customerId,
      policy_id: policyId,
      order_line: orderLine,
      accepted_by: `customer:${customerId}`,
      accepted_at: paidAt.toString(),
    });
  }
  await queryWithin(em, {
    name: 'terms-accepted-by-purchase',
    text: `insert into terms_acceptance
        (id, customer_id, support_policy_version_id, content_hash, way, order_line, accepted_by, accepted_at)
      select bought.id, customer_id, policy_id, content_hash, 'BY_PURCHASE', order_line, accepted_by, accepted_at
      from jsonb_to_recordset($1) as bought (id uuid, customer_id uuid, policy_id uuid, order_line text, accepted_by text, accepted_at timestamptz)
      join support_policy_version on support_policy_version.id = policy_id and document->'terms'->>'acceptance' = 'BY_PURCHASE'
      on conflict (customer_id, support_policy_version_id, order_line) do nothing`,
    values: [JSON.stringify([...rows.values()])],
  });
}

/**
 * B-01: the version that a customer was shown before paying elsewhere: it binds, whatever is in force now. A Refusal where no such version was ever published, and
 * where it was published, or began, only after the payment: nobody can have been shown it.
 */
export async function termsThatWereShown(
  em: EntityManager,
  policyName: string,
  shown: TermsShown,
  paidAt: Temporal.Instant,
): Promise<SupportPolicyVersionRow> {
  const row = await em.findOne(SupportPolicyVersion, { name: policyName, version: shown.version });
  if (row === null)
    throw new Refusal([
      userError('NOT_FOUND', `There is no version ${shown.version} of the conditions "${policyName}".`, 'termsShown', 'version'),
    ]);
  if (!couldBeShown(row, paidAt)) {
    const late = `Version ${shown.version} of "${policyName}" was not published yet, or had not begun, when this was paid.`;
    throw new Refusal([userError('CONFLICT', late, 'termsShown', 'version')]);
  }
  if (row.contentHash === shown.contentHash) return row;
  const message = `Version ${shown.version} of "${policyName}" has another hash: what was shown was another text.`;
  throw new Refusal([userError('CONFLICT', message, 'termsShown', 'contentHash')]);
}

/** B-30: the version that binds at an instant what is pinned to a version; read only where that one floats. */
export async function policyThatBinds(
  em: EntityManager,
  pinned: SupportPolicyVersionRow,
  at: Temporal.Instant,
): Promise<SupportPolicyVersionRow> {
  if (pinned.document.terms.changeMode === 'PIN') return pinned;
  const later = await em.find(SupportPolicyVersion, { name: pinned.name, version: { $gt: pinned.version } });
  return termsThatBind(pinned, later, at);
}
