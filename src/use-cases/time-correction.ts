import { typeid } from 'typeid-js';
import { TimeLeg, TimeTransaction } from '../persistence/time-transaction.js';
import { voidLot } from '../policy/time-grant.js';
import type { JournalActor } from '../policy/time-journal.js';
import type { TimeOutcome } from '../policy/time-posting.js';
import { type ReversalPosted, reverse } from '../policy/time-settlement.js';
import { type Actor, journalActor } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { once } from './idempotency.js';
import { type AddJob, NO_JOB } from './job.js';
import { Refusal, userError } from './outcome.js';
import { pinnedPolicy } from './support-policy.js';
import { chargeBack } from './ticket-charge-back.js';
import { answerOf, type TimeAnswer } from './time-answer.js';
import { visibleLot } from './time-assignment.js';
import { commandTime, type TimeWritten } from './time-command.js';

export interface TimeVoidInput {
  readonly idempotencyKey: string;
  readonly lotId: string;
  /** The most to take; null: all that is left of the lot and its splits. */
  readonly minutes: number | null;
  readonly reason: string;
}

/** B-28: a charge-back takes what is left of bought time, and never what was spent; tickets whose reservations lose minutes are told. For the vendor's staff. */
export function voidTime(
  em: EntityManager,
  actor: Actor,
  input: TimeVoidInput,
  now: Temporal.Instant,
  addJob: AddJob = NO_JOB,
): Promise<TimeAnswer> {
  return once(em, { actor, operation: 'timeVoid', key: input.idempotencyKey, input, now }, async () => {
    const { lotId, minutes } = input;
    if (minutes !== null && (!Number.isSafeInteger(minutes) || minutes < 1))
      throw new Refusal([userError('INVALID', 'minutes are a whole number from 1 on.', 'minutes')]);
    const reason = explained(input.reason, 'Say why the minutes are taken back.');
    const lot = await visibleLot(em, actor, lotId);
    const entry = { actor: journalActor(actor), reason, policy: pinnedPolicy(lot.supportPolicyVersion.getEntity()) };
    const outcome = await chargeBack({ em, now, addJob }, lot.wallet.getEntity().customer.id, (ledger, at) =>
      voidLot(ledger, { lotId, minutes }, { ...entry, at }),
    );
    return answerOf(outcome);
  });
}

export interface TimeReverseInput {
  readonly idempotencyKey: string;
  /** An entry of the journal. */
  readonly entryId: string;
  readonly reason: string;
}

/** B-27, B-28: undoes a settlement or a grant. For the vendor's staff. */
export function reverseTimeEntry(
  em: EntityManager,
  actor: Actor,
  input: TimeReverseInput,
  now: Temporal.Instant,
  addJob?: AddJob,
): Promise<TimeAnswer> {
  return once(em, { actor, operation: 'timeReverse', key: input.idempotencyKey, input, now }, async () => {
    const reason = explained(input.reason, 'Say why the entry is reversed.');
    const by = { actor: journalActor(actor), reason, now, addJob };
    const outcome = await undoEntry(em, input.entryId, by);
    if (outcome === null) throw new Refusal([userError('NOT_FOUND', 'There is no such entry.', 'entryId')]);
    return answerOf(outcome);
  });
}

export interface UndoneBy {
  readonly actor: JournalActor;
  readonly reason: string;
  readonly now: Temporal.Instant;
  readonly addJob?: AddJob | undefined;
}

/**
 * B-27: undoes an entry of the journal, whole and once; minutes of lots that have ended become goodwill under the conditions that the charged time was bound to.
 * Those who wait for time are told of what came back. Null when there is no such entry, or none that may be seen.
 */
export async function undoEntry(
  em: EntityManager,
  transactionId: string,
  { actor, reason, now, addJob }: UndoneBy,
): Promise<TimeOutcome<TimeWritten & ReversalPosted> | null> {
  const entry = await em.findOne(TimeTransaction, { id: transactionId }, { populate: ['wallet'] });
  if (entry === null) return null;
  const [leg] = await em.find(
    TimeLeg,
    { transaction: transactionId, lot: { $ne: null } },
    { orderBy: { position: 'asc' }, limit: 1, populate: ['lot.supportPolicyVersion'] },
  );
  const version = leg?.lot?.getEntity().supportPolicyVersion.getEntity();
  if (version === undefined) throw new Error('An entry of the journal touches a lot.');
  const customerId = entry.wallet.getEntity().customer.id;
  const by = { at: now, actor, reason, policy: pinnedPolicy(version) };
  const goodwillLotId = typeid().toUUID();
  const outcome = await commandTime(em, customerId, now, (ledger) => reverse(ledger, { transactionId, goodwillLotId }, by), {
    transactionId,
  });
  const returned = outcome.outcome === 'POSTED' ? outcome.returnedMinutes + outcome.goodwillMinutes : 0;
  if (returned > 0) await addJob?.(em, { queue: 'time-added', customerId, key: `reverse:${transactionId}` });
  return outcome;
}

function explained(text: string, message: string): string {
  if (text.trim() === '') throw new Refusal([userError('REQUIRED', message, 'reason')]);
  return text.trim();
}
