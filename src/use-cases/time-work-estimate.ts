import type { Reason } from '../policy/reason.js';
import type { PinnedPolicy } from '../policy/support-policy.js';
import { chargeableMinutes, estimateTime } from '../policy/time-estimate.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';
import { pinnedPolicy, policyInForce } from './support-policy.js';

export interface WorkEstimateQuestion {
  readonly supportPolicyName: string;
  readonly category: string;
  readonly complexity: string;
}

export type WorkEstimate =
  | {
      readonly outcome: 'ESTIMATED';
      readonly policy: PinnedPolicy;
      readonly minutes: number;
      /** B-12: what may be charged at most without the customer's further consent. */
      readonly thresholdMinutes: number;
    }
  | { readonly outcome: 'NEEDS_QUOTE'; readonly policy: PinnedPolicy; readonly reasons: readonly Reason[] };

/** B-08, B-12, B-29: what work would take under the conditions in force at an instant. Free, and before any purchase. Writes nothing. */
export async function estimateWork(em: EntityManager, question: WorkEstimateQuestion, at: Temporal.Instant): Promise<WorkEstimate> {
  const version = await policyInForce(em, question.supportPolicyName, at);
  if (version === null) {
    const message = `No version of "${question.supportPolicyName}" is in force then.`;
    throw new Refusal([userError('NOT_FOUND', message, 'supportPolicyName')]);
  }
  const policy = pinnedPolicy(version);
  const estimate = estimateTime(policy, question.category, question.complexity);
  if (estimate.outcome === 'NEEDS_QUOTE') return { ...estimate, policy };
  const { minutes } = estimate;
  return { outcome: 'ESTIMATED', policy, minutes, thresholdMinutes: chargeableMinutes(minutes, null, policy.document.extraordinary) };
}
