import { typeid } from 'typeid-js';
import { Addon } from '../persistence/addon.js';
import { BugReport, type BugReportRow } from '../persistence/bug-report.js';
import { Purchase } from '../persistence/purchase.js';
import { Release } from '../persistence/release.js';
import { FOR_UPDATE } from '../persistence/session.js';
import { Ticket, type TicketRow } from '../persistence/ticket.js';
import { type Actor, journalActor, namedInEvidence } from './actor.js';
import { MAX_REPORTERS, settleFixes } from './bug-fix.js';
import { lockCustomerRows } from './customer.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';
import { lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';

export interface BugReportSaveInput {
  readonly addonSku: string;
  /** As changelogs name it. */
  readonly reference: string;
  readonly summary: string;
}

/** Records a fault of an add-on, or gives the one that is known by this reference another summary. */
export async function saveBugReport(
  em: EntityManager,
  actor: Actor,
  { addonSku, reference, summary }: BugReportSaveInput,
  now: Temporal.Instant,
): Promise<BugReportRow> {
  const addon = await em.findOne(Addon, { sku: addonSku });
  if (addon === null) throw new Refusal([userError('NOT_FOUND', `There is no add-on with the SKU "${addonSku}".`, 'addonSku')]);
  const known = await em.findOne(BugReport, { addon, reference });
  if (known !== null) return em.assign(known, { summary });
  const recorded = { recordedAt: now, recordedBy: namedInEvidence(actor), fixedIn: null, fixedAt: null };
  const bug = em.create(BugReport, { id: typeid().toUUID(), addon, reference, summary, ...recorded });
  em.persist(bug);
  return bug;
}

export interface BugLinkInput {
  readonly idempotencyKey: string;
  readonly ticketId: string;
  readonly addonSku: string;
  readonly reference: string;
}

/**
 * B-27: says which fault of an add-on a ticket reports. From then on the ticket is told of the release that fixes it, and given back what it was charged: at once
 * where that release is out already. A ticket reports one fault; another takes its place as long as the first is not fixed.
 */
export function linkBug(command: TicketCommand, input: BugLinkInput): Promise<TicketAnswer> {
  return ticketOnce(command, 'ticketLinkBug', input, async () => {
    const { em } = command;
    // The fault is locked first, and the customer before the ticket: as a release does that fixes it.
    const addon = await em.findOne(Addon, { sku: input.addonSku });
    const bug = addon === null ? null : await em.findOne(BugReport, { addon, reference: input.reference }, FOR_UPDATE);
    const found = await em.findOne(Ticket, { id: input.ticketId });
    if (found !== null) await lockCustomerRows(em, [found.customer.id]);
    const { row } = await lockedTicket(command, input.ticketId);
    if (bug === null)
      throw new Refusal([userError('NOT_FOUND', 'No such fault of this add-on is recorded. Record it first.', 'reference')]);
    if (row.bug?.id !== bug.id) await assertLinkable(command, row, bug);
    em.assign(row, { bug });
    if (bug.fixedIn !== null)
      await settleFixes(
        { ...command, by: journalActor(command.actor) },
        await em.findOneOrFail(Release, { id: bug.fixedIn.id }),
        [bug],
        [row],
      );
    return { ticketId: row.id, reasons: [] };
  });
}

async function assertLinkable({ em }: TicketCommand, row: TicketRow, bug: BugReportRow): Promise<void> {
  const purchase = row.purchase === null ? null : await em.findOneOrFail(Purchase, { id: row.purchase.id });
  if (purchase !== null && purchase.addon.id !== bug.addon.id)
    throw new Refusal([userError('CONFLICT', 'The ticket is about another add-on.', 'addonSku')]);
  const linked = row.bug === null ? null : await em.findOneOrFail(BugReport, { id: row.bug.id });
  if (linked !== null && linked.fixedIn !== null)
    throw new Refusal([userError('CONFLICT', `The ticket reports ${linked.reference}, which is fixed. What was told stays.`, 'reference')]);
  if ((await em.count(Ticket, { bug })) >= MAX_REPORTERS)
    throw new Refusal([userError('CONFLICT', `${MAX_REPORTERS} tickets report this fault already, which is the most.`, 'reference')]);
}
