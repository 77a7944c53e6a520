import { typeid } from 'typeid-js';
import { Project } from '../persistence/project.js';
import { USUAL_PRIORITY } from '../policy/time-lot.js';
import { endOfDay } from '../policy/working-calendar.js';
import { type Actor, journalActor } from './actor.js';
import { MAX_MINUTES } from './addon.js';
import type { EntityManager } from './entity-manager.js';
import { once } from './idempotency.js';
import type { AddJob } from './job.js';
import { Refusal, type UserError, userError } from './outcome.js';
import { visibleCustomer } from './project.js';
import { pinnedPolicy, policyInForce } from './support-policy.js';
import { answerOf, type TimeAnswer } from './time-answer.js';
import { grantTime } from './time-grant.js';

export interface TimeGrantInput {
  readonly idempotencyKey: string;
  readonly customerId: string;
  /** Where the minutes may be used; null: nowhere until they are assigned. */
  readonly projectId: string | null;
  readonly minutes: number;
  /** The conditions that the minutes are bound to, in the version in force now. */
  readonly supportPolicyName: string;
  /** Included, on the calendar of the conditions; null: they do not end. */
  readonly lastDay: Temporal.PlainDate | null;
  /** B-31: lower is used up first; null or left out: as everything that nobody ranked. */
  readonly priority?: number | null;
  readonly reason: string;
}

const MAX_PRIORITY = 1_000;

/** B-27: gives a customer goodwill minutes. For the vendor's staff. */
export function grantGoodwill(
  em: EntityManager,
  actor: Actor,
  input: TimeGrantInput,
  now: Temporal.Instant,
  addJob?: AddJob,
): Promise<TimeAnswer> {
  return once(em, { actor, operation: 'timeGrant', key: input.idempotencyKey, input, now }, async () => {
    const { customerId, projectId, minutes, lastDay } = input;
    const priority = input.priority ?? USUAL_PRIORITY;
    await visibleCustomer(em, actor, customerId);
    const errors: UserError[] = [];
    if (projectId !== null && (await em.count(Project, { id: projectId, customer: customerId })) === 0)
      errors.push(userError('NOT_FOUND', 'This customer has no such project.', 'projectId'));
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > MAX_MINUTES)
      errors.push(userError('INVALID', `minutes count from 1 to ${MAX_MINUTES}.`, 'minutes'));
    if (!Number.isInteger(priority) || priority < 0 || priority > MAX_PRIORITY)
      errors.push(userError('INVALID', `priority counts from 0 to ${MAX_PRIORITY}.`, 'priority'));
    if (input.reason.trim() === '') errors.push(userError('REQUIRED', 'Say why the minutes are given.', 'reason'));
    const version = await policyInForce(em, input.supportPolicyName, now);
    const endsAt = version === null || lastDay === null ? null : endOfDay(version.document.zone, lastDay);
    if (endsAt !== null && Temporal.Instant.compare(endsAt, now) <= 0)
      errors.push(userError('INVALID', 'lastDay is over: minutes must be usable for a while.', 'lastDay'));
    if (version === null)
      errors.push(userError('NOT_FOUND', `No version of "${input.supportPolicyName}" is in force today.`, 'supportPolicyName'));
    if (version === null || errors.length > 0) throw new Refusal(errors);
    const lot = {
      id: typeid().toUUID(),
      source: 'GOODWILL',
      minutes,
      projectId,
      priority,
      usableFrom: now,
      endsAt,
      term: null,
      onTermEnd: null,
      price: null,
      refundedMinutes: 0,
      createdAt: now,
    } as const;
    const entry = { at: now, actor: journalActor(actor), reason: input.reason.trim(), policy: pinnedPolicy(version) };
    const origin = { policyVersionId: version.id, termPurchaseId: null, grantKey: null };
    const answer = answerOf(await grantTime(em, customerId, now, [{ lot, origin, entry }]));
    if (projectId !== null) await addJob?.(em, { queue: 'time-added', customerId, key: `grant:${lot.id}` });
    return answer;
  });
}
