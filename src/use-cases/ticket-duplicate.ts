import { Ticket } from '../persistence/ticket.js';
import type { Reason } from '../policy/reason.js';
import { OPEN_STATES, placeOf, type TicketState } from '../policy/ticket.js';
import type { DuplicateGround, TicketActor, TicketEvent } from '../policy/ticket-event.js';
import type { TicketFacts } from '../policy/ticket-guard.js';
import { placeAfterMerge } from '../policy/ticket-intake-guard.js';
import { timePassed, transition } from '../policy/ticket-machine.js';
import { type DuplicateCandidate, duplicateVerdict } from '../policy/ticket-queue.js';
import type { EntityManager } from './entity-manager.js';
import { eventInstant, lockedTicket, type TicketAnswer, type TicketCommand, ticketActor, ticketOnce } from './ticket-command.js';
import { writeMessage } from './ticket-facts.js';
import { type LoggedTicket, NOTHING_OUTSIDE, recordEvent, ticketsAsOf } from './ticket-log.js';
import { lockQueue } from './ticket-queue.js';

/** The most open tickets of one customer, the newest first, that a new request is compared with. */
const MAX_COMPARED = 200;

/** An open ticket that a new request may repeat. */
export interface LikeTicket {
  readonly ticket: LoggedTicket;
  /** MERGE: the very same text. ASK: alike, so that the customer must say whether it is the same. */
  readonly verdict: 'MERGE' | 'ASK';
}

/**
 * B-16: the open tickets of the same customer, purchase, store and project that a request may repeat, oldest first, those with the very same text before the rest.
 * A ticket of work under warranty bears no text to be told by: it is never more than alike.
 */
export async function likeTickets(em: EntityManager, candidate: DuplicateCandidate, at: Temporal.Instant): Promise<LikeTicket[]> {
  const { customerId, purchaseId, storeId, projectId } = candidate;
  const open = await em.find(
    Ticket,
    { customer: customerId, purchase: purchaseId, store: storeId, project: projectId, work: { $in: [...OPEN_STATES] } },
    { orderBy: { seq: 'desc' }, limit: MAX_COMPARED },
  );
  const verdicts = new Map(open.map((row) => [row.id, duplicateVerdict(candidate, { ...candidate, text: row.report })]));
  const rows = open.filter(({ id }) => verdicts.get(id) !== 'DIFFERENT').reverse();
  const tickets = await ticketsAsOf(em, rows, at);
  const like = rows.flatMap(({ id }): LikeTicket[] => {
    const [ticket, verdict] = [tickets.get(id), verdicts.get(id)];
    return ticket === undefined || verdict === undefined || verdict === 'DIFFERENT'
      ? []
      : [{ ticket, verdict: ticket.state.fingerprint === null ? 'ASK' : verdict }];
  });
  return [...like.filter(({ verdict }) => verdict === 'MERGE'), ...like.filter(({ verdict }) => verdict === 'ASK')];
}

export interface TicketMergeInput {
  readonly idempotencyKey: string;
  /** The one that is merged away. */
  readonly ticketId: string;
  readonly originalId: string;
}

/**
 * B-16, B-17: merges a ticket into the one that it repeats: by the very same text, or because its customer says that it is the same. Before the start of the
 * work the original goes to the place of its duplicate where the policy says so.
 */
export function mergeTicket(command: TicketCommand, input: TicketMergeInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'ticketMerge', input, async () => {
    const { ticketId, originalId } = input;
    await lockQueue(command.em);
    const locks = [
      { id: ticketId, path: 'ticketId' },
      { id: originalId, path: 'originalId' },
    ].sort((one, other) => (one.id < other.id ? -1 : 1));
    const locked = new Map<string, LoggedTicket>();
    for (const { id, path } of locks) locked.set(path, await lockedTicket(command, id, path));
    const [duplicate, original] = [locked.get('ticketId'), locked.get('originalId')];
    if (duplicate === undefined || original === undefined) throw new Error('Both tickets are locked.');
    const { fingerprint } = duplicate.state;
    const isSame = fingerprint !== null && fingerprint === original.state.fingerprint;
    const plan = planMerge(
      { by: ticketActor(command.actor), now: command.now },
      duplicate,
      original,
      isSame ? 'SAME_FINGERPRINT' : 'CONFIRMED',
    );
    if (plan.reasons.length === 0) await merge(command, duplicate, original, plan);
    return { ticketId, reasons: plan.reasons };
  });
}

/** What merging two tickets writes on each of them; with reasons against it, it is not to be written. */
export interface MergePlan {
  readonly merged: TicketEvent;
  readonly absorbed: TicketEvent;
  readonly reasons: readonly Reason[];
}

/** Asks the policy core whether a ticket may be merged into another, and how; writes nothing. */
export function planMerge(
  { by, now }: { readonly by: TicketActor; readonly now: Temporal.Instant },
  duplicate: Pick<LoggedTicket, 'state' | 'policy'>,
  original: LoggedTicket,
  ground: DuplicateGround,
): MergePlan {
  const when = (ticket: Pick<LoggedTicket, 'state'>) => ({ at: eventInstant(ticket, now), actor: by });
  const [duplicatePlace, [duplicateId, originalId]] = [placeOf(duplicate.state), [duplicate.state.ticketId, original.state.ticketId]];
  const merged = { kind: 'MERGED_INTO', originalId, ground, ...when(duplicate) } as const;
  const standing = timePassed(original.state, original.policy.document, when(original).at).state;
  const movedTo = placeAfterMerge(standing, duplicatePlace, original.policy.document);
  const absorbed = { kind: 'DUPLICATE_ABSORBED', duplicateId, duplicatePlace, movedTo, ...when(original) } as const;
  const judged = [
    transition(duplicate.state, merged, facts(duplicate.policy, original.state)),
    transition(original.state, absorbed, facts(original.policy, duplicate.state)),
  ];
  return { merged, absorbed, reasons: judged.flatMap((outcome) => (outcome.outcome === 'REFUSED' ? outcome.reasons : [])) };
}

const facts = (policy: TicketFacts['policy'], other: TicketState): TicketFacts => ({ policy, ...NOTHING_OUTSIDE, other });

/** Writes a merge that the policy allows. At or after the start of the work the duplicate becomes a comment on the original (B-17). */
export async function merge(command: TicketCommand, duplicate: LoggedTicket, original: LoggedTicket, plan: MergePlan): Promise<void> {
  await recordEvent(command, duplicate, plan.merged, { ...NOTHING_OUTSIDE, other: original.state });
  await recordEvent(command, original, plan.absorbed, { ...NOTHING_OUTSIDE, other: duplicate.state });
  if (original.state.processingStartedAt === null) return;
  const { subject, description } = duplicate.row.report;
  writeMessage(command.em, original.row.id, command.actor, `${subject}\n\n${description}`, command.now);
}
