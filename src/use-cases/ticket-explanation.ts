import { withVendorSession } from '../persistence/session.js';
import { Ticket, type TicketRow } from '../persistence/ticket.js';
import { TicketDecision } from '../persistence/ticket-decision.js';
import { clockDays } from '../policy/deadline-days.js';
import { foldTicket, timePassed } from '../policy/ticket-machine.js';
import { codeOfRequest, codeRecord } from './code-evidence.js';
import type { EntityManager } from './entity-manager.js';
import type { Gateway } from './gateway.js';
import { eventsOf, ticketsAsOf } from './ticket-log.js';
import { queuePositionOf } from './ticket-queue.js';

/** How a person names a ticket: by its UUID, or by its number. */
export type TicketReference = { readonly id: string } | { readonly number: number };

export type TicketExplanation = NonNullable<Awaited<ReturnType<typeof explainTicket>>>;

/**
 * Everything that stands behind a ticket at an instant: every decision with its facts and the version of conditions that it is pinned to, its place in the queue
 * as it is now, its deadlines day by day, and what the store reported of the add-on's code. Null where there is no such ticket, or was none yet. Reads only.
 */
export function explainTicket({ database }: Pick<Gateway, 'database'>, reference: TicketReference, at: Temporal.Instant) {
  return withVendorSession(database, async ({ em }) => {
    const wanted = 'id' in reference ? { id: reference.id } : { seq: reference.number };
    const row = await em.findOne(Ticket, wanted, { populate: ['customer', 'project', 'purchase.addon'] });
    const ticket = row === null ? undefined : (await ticketsAsOf(em, [row], at)).get(row.id);
    if (row === null || ticket === undefined) return null;
    const log = (await eventsOf(em, [row.id])).get(row.id) ?? [];
    const before = log.filter((event) => Temporal.Instant.compare(event.at, at) <= 0);
    if (before.length === 0) return null;
    const { state, policy } = before.length === log.length ? ticket : { ...ticket, state: stateBy(before, ticket.policy.document, at) };
    const decisions = await em.find(
      TicketDecision,
      { ticket: row.id, decidedAt: { $lte: at } },
      { orderBy: { decidedAt: 'asc', id: 'asc' } },
    );
    const { name, version, contentHash, document } = policy;
    return {
      askedAt: at,
      ticket: {
        ...{ id: row.id, number: row.seq, subject: row.report.subject, request: row.request, channel: row.channel },
        ...{ submittedAt: state.submittedAt, status: state.work, statusSince: state.workSince },
        customer: row.customer.getEntity().email,
        addon: row.purchase?.getEntity().addon.getEntity().name ?? null,
        project: row.project?.getEntity().name ?? null,
        estimateMinutes: state.estimateMinutes,
        thresholdMinutes: state.thresholdMinutes,
        heldMinutes: state.hold.heldMinutes,
      },
      supportPolicy: { name, version, title: document.title, contentHash },
      zone: document.calendar.zone,
      decisions: decisions.map(({ moment, decidedAt, decision, facts }) => ({ moment, decidedAt, ...decision, facts })),
      code: await codeFacts(em, row, at),
      queue: (await queuePositionOf(em, [row.id])).get(row.id) ?? null,
      deadlines: clockDays(state, document, at),
      waits: state.waits,
    };
  });
}

function stateBy(events: Parameters<typeof foldTicket>[0], document: Parameters<typeof timePassed>[1], at: Temporal.Instant) {
  return timePassed(foldTicket(events), document, at).state;
}

/** What the store reported of the code, with every file that differs; null where it reported nothing by then. */
async function codeFacts(em: EntityManager, { store, purchase, submittedAt }: TicketRow, at: Temporal.Instant) {
  const place = { storeId: store?.id ?? null, addonId: purchase?.getEntity().addon.id ?? null };
  const found = await codeOfRequest(em, place, submittedAt, at);
  const record = codeRecord(found);
  return found && record && { ...record, files: found.comparison.files, touches: found.touches };
}
