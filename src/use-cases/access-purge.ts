import { queryWithin } from '../persistence/session.js';
import type { SupportPolicyDocument } from '../policy/support-policy.js';
import { OPEN_STATES, type TicketState } from '../policy/ticket.js';
import { warrantyEnd } from '../policy/ticket-clock.js';
import type { EntityManager } from './entity-manager.js';

/** B-18: whether work may still need the access to the customer's store: while the ticket is open, and while a warranty on its work runs. */
export function needsAccess(state: TicketState, policy: SupportPolicyDocument, at: Temporal.Instant): boolean {
  if (OPEN_STATES.some((open) => open === state.work)) return true;
  if (state.work !== 'DELIVERED' && state.work !== 'CLOSED') return false;
  const { dueAt } = warrantyEnd(state, policy);
  return dueAt === null ? state.work === 'DELIVERED' : Temporal.Instant.compare(at, dueAt) < 0;
}

/** B-18: deletes the data key of a ticket and what it sealed; nobody can read it from then on. Harmless when done again. */
export async function purgeAccess(em: EntityManager, ticketId: string, now: Temporal.Instant): Promise<void> {
  await queryWithin(em, {
    name: 'access-purge',
    text: `with forgotten as (delete from ticket_data_key where ticket_id = $1)
      update access_information set sealed = null, purged_at = $2 where ticket_id = $1 and purged_at is null`,
    values: [ticketId, now.toString()],
  });
}
