import { typeid } from 'typeid-js';
import { Project } from '../persistence/project.js';
import { TimeLot, type TimeLotRow } from '../persistence/time-lot.js';
import { assign } from '../policy/time-grant.js';
import { type Actor, journalActor, seesEveryone } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { NOWHERE } from './global-id.js';
import { once } from './idempotency.js';
import type { AddJob } from './job.js';
import { Refusal, userError } from './outcome.js';
import { pinnedPolicy } from './support-policy.js';
import { answerOf, type TimeAnswer } from './time-answer.js';
import { commandTime } from './time-command.js';

export interface TimeAssignInput {
  readonly idempotencyKey: string;
  readonly lotId: string;
  /** A project of the same customer; null takes the minutes back from the one that has them, which only staff may. */
  readonly projectId: string | null;
  readonly minutes: number;
  /** Why, for people; null or left out: that they were assigned. */
  readonly reason?: string | null;
}

/** B-06: makes minutes of an unassigned lot usable for a project, or takes them back: they become a lot of their own. */
export function assignTime(
  em: EntityManager,
  actor: Actor,
  input: TimeAssignInput,
  now: Temporal.Instant,
  addJob?: AddJob,
): Promise<TimeAnswer> {
  return once(em, { actor, operation: 'timeAssign', key: input.idempotencyKey, input, now }, async () => {
    const { lotId, projectId, minutes } = input;
    if (!Number.isSafeInteger(minutes) || minutes < 1)
      throw new Refusal([userError('INVALID', 'minutes are a whole number from 1 on.', 'minutes')]);
    const lot = await visibleLot(em, actor, lotId);
    const customerId = lot.wallet.getEntity().customer.id;
    const project = projectId === null ? null : await em.findOne(Project, { id: projectId, customer: customerId });
    if (projectId !== null && project === null)
      throw new Refusal([userError('NOT_FOUND', 'This customer has no such project.', 'projectId')]);
    const told = project === null ? 'Taken back from its project.' : `Assigned to ${project.name}.`;
    const reason = input.reason?.trim() || told;
    const entry = { at: now, actor: journalActor(actor), reason, policy: pinnedPolicy(lot.supportPolicyVersion.getEntity()) };
    const newLotId = typeid().toUUID();
    const outcome = await commandTime(em, customerId, now, (ledger) => assign(ledger, { lotId, projectId, minutes, newLotId }, entry));
    if (outcome.outcome === 'POSTED' && project !== null)
      await addJob?.(em, { queue: 'time-added', customerId, key: `assign:${newLotId}` });
    return answerOf(outcome);
  });
}

/** A lot that the actor may see, with its wallet and its conditions; a foreign one and one that is not there are refused alike. */
export async function visibleLot(em: EntityManager, actor: Actor, lotId: string): Promise<TimeLotRow> {
  const own = seesEveryone(actor) ? {} : { wallet: { customer: actor.customerId ?? NOWHERE } };
  const lot = await em.findOne(TimeLot, { id: lotId, ...own }, { populate: ['wallet', 'supportPolicyVersion'] });
  if (lot === null) throw new Refusal([userError('NOT_FOUND', 'There is no such time.', 'lotId')]);
  return lot;
}
