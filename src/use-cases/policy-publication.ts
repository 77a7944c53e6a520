import { type Session, withVendorSession } from '../persistence/session.js';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { type PolicyGap, policyGaps } from '../policy/policy-gaps.js';
import type { Gateway } from './gateway.js';
import { publishSupportPolicy } from './support-policy.js';

/** A published version as an operator is shown it. */
export interface PolicySummary {
  readonly name: string;
  readonly title: string;
  readonly version: number;
  readonly effectiveFrom: Temporal.PlainDate;
  readonly contentHash: string;
  readonly publishedAt: Temporal.Instant;
  /** What the vendor's text leaves open and this document settles. */
  readonly gaps: readonly PolicyGap[];
}

export interface PolicyPublication {
  readonly policy: PolicySummary;
  /** False: the newest version has this very content, and nothing was written. */
  readonly isNew: boolean;
}

/**
 * Publishes a document on behalf of the vendor. `effectiveFrom` null: today, on the calendar of the policy's own zone.
 * Throws a `Refusal` with every fault of the document, or when the day lies before the newest version's or is not that of the same content.
 */
export function publishPolicy(
  { database }: Pick<Gateway, 'database'>,
  content: unknown,
  effectiveFrom: Temporal.PlainDate | null,
  now: Temporal.Instant,
): Promise<PolicyPublication> {
  return withVendorSession(database, async (session) => {
    const before = new Set((await allVersions(session)).map((row) => row.id));
    const published = await session.transaction((em) => publishSupportPolicy(em, content, effectiveFrom, now));
    return { policy: summary(published), isNew: !before.has(published.id) };
  });
}

/** Every published version, by name and then oldest first. */
export function listPolicies({ database }: Pick<Gateway, 'database'>): Promise<PolicySummary[]> {
  return withVendorSession(database, async (session) => (await allVersions(session)).map(summary));
}

const allVersions = (session: Session): Promise<SupportPolicyVersionRow[]> =>
  session.em.find(SupportPolicyVersion, {}, { orderBy: { name: 'asc', version: 'asc' } });

const summary = (row: SupportPolicyVersionRow): PolicySummary => ({
  name: row.name,
  title: row.document.title,
  version: row.version,
  effectiveFrom: row.effectiveFrom,
  contentHash: row.contentHash,
  publishedAt: row.publishedAt,
  gaps: policyGaps(row.document),
});
