import { queryWithin } from '../persistence/session.js';
import type { Actor } from './actor.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';

/** Whoever asked may not any more: the token was revoked or the delegation taken back while a store was waited for. */
export class LeaveEnded extends Refusal {
  constructor() {
    super([userError('NOT_AVAILABLE', 'What you were let do has ended meanwhile. Nothing was changed.')]);
  }
}

// The token of an agency is no row of the customer that it acts for.
const SEE_ALL = `select current_setting('tenure.sees', true) as was, set_config('tenure.sees', 'all', true)`;
const SEE_AS_BEFORE = `select set_config('tenure.sees', $1, true)`;
// Who takes it back meanwhile waits for the end of this transaction.
const STANDS = 'revoked_at is null and (expires_at is null or expires_at > $2) for share';
const TOKEN = `select id from access_token where id = $1 and ${STANDS}`;
const DELEGATION = `select id from delegation where id = $1 and ${STANDS}`;
const TOKEN_CREDENTIAL = /^token:(.+)$/;

/**
 * Asks again, within the transaction that writes, whether the token that an actor came with still stands, and the delegation that it acts by: for what waited for
 * somebody outside since it asked first. `now` is the moment of asking again. Throws `LeaveEnded`. A session of the vendor's own issuer cannot be revoked here.
 */
export async function requireStandingLeave(em: EntityManager, actor: Actor, now: Temporal.Instant): Promise<void> {
  const tokenId = TOKEN_CREDENTIAL.exec(actor.credential ?? '')?.[1];
  const asked = [
    { name: 'token-stands', text: TOKEN, id: tokenId },
    { name: 'delegation-stands', text: DELEGATION, id: actor.delegationId },
  ];
  const [seen] = await queryWithin<{ was: string }>(em, { name: 'leave-see-all', text: SEE_ALL, values: [] });
  for (const { name, text, id } of asked) {
    if (id === undefined) continue;
    const found = await queryWithin(em, { name, text, values: [id, now.toString()] });
    if (found.length === 0) throw new LeaveEnded();
  }
  await queryWithin(em, { name: 'leave-see-as-before', text: SEE_AS_BEFORE, values: [seen?.was ?? ''] });
}
