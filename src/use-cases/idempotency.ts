import { createHash } from 'node:crypto';
import { IdempotencyKey } from '../persistence/idempotency-key.js';
import type { Actor } from './actor.js';
import { canonicalJson } from './canonical-json.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';

export interface IdempotentCommand {
  readonly actor: Actor;
  readonly operation: string;
  readonly key: string;
  readonly input: unknown;
  readonly now: Temporal.Instant;
}

/**
 * Runs a command once per key and actor, whichever of its tokens the actor comes with, inside the caller's transaction. The same key with the same input answers with
 * what the first run gave (`work` returns a small JSON value, such as an id); with another input it is refused.
 * Two at once: the second waits for the first, as both take the same lock. From here on the transaction sees the keys of this actor alone.
 */
export async function once<Answer>(em: EntityManager, command: IdempotentCommand, work: () => Promise<Answer>): Promise<Answer> {
  const { actor, operation, key, input, now } = command;
  const requestHash = createHash('sha256')
    .update(canonicalJson([operation, input]))
    .digest('hex');
  await em
    .getConnection()
    .execute(
      `select set_config('tenure.actor', ?, true), pg_advisory_xact_lock(hashtextextended(?, 0))`,
      [actor.name, `idempotency:${actor.name}:${key}`],
      'all',
      em.getTransactionContext(),
    );
  const known = await em.findOne(IdempotencyKey, { actor: actor.name, key });
  if (known !== null) {
    if (known.requestHash === requestHash) return known.answer as Answer;
    throw new Refusal([
      userError(
        'IDEMPOTENCY_KEY_REUSED',
        'This idempotencyKey was used for another request. Use a new key for a new request.',
        'idempotencyKey',
      ),
    ]);
  }
  const answer = await work();
  em.persist(em.create(IdempotencyKey, { actor: actor.name, key, operation, requestHash, answer, answeredAt: now }));
  return answer;
}
