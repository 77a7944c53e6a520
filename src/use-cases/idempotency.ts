import { createHash } from 'node:crypto';
import { queryWithin } from '../persistence/session.js';
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

const LOCK = `select set_config('tenure.actor', $1, true), pg_advisory_xact_lock(hashtextextended($2, 0))`;

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
  const lock = { name: 'idempotency-lock', text: LOCK, values: [actor.name, `idempotency:${actor.name}:${key}`] };
  await queryWithin(em, lock);
  const [known] = await queryWithin<{ request_hash: string; answer: Answer }>(em, {
    name: 'idempotency-read',
    text: 'select request_hash, answer from idempotency_key where actor = $1 and key = $2',
    values: [actor.name, key],
  });
  if (known !== undefined) {
    if (known.request_hash === requestHash) return known.answer;
    throw new Refusal([
      userError(
        'IDEMPOTENCY_KEY_REUSED',
        'This idempotencyKey was used for another request. Use a new key for a new request.',
        'idempotencyKey',
      ),
    ]);
  }
  const answer = await work();
  await queryWithin(em, {
    name: 'idempotency-keep',
    text: 'insert into idempotency_key (actor, key, operation, request_hash, answer, answered_at) values ($1, $2, $3, $4, $5, $6)',
    values: [actor.name, key, operation, requestHash, JSON.stringify(answer), now.toString()],
  });
  return answer;
}
