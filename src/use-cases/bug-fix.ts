import { typeid } from 'typeid-js';
import { BugReport, type BugReportRow } from '../persistence/bug-report.js';
import type { ReleaseRow } from '../persistence/release.js';
import { FOR_UPDATE, queryWithin } from '../persistence/session.js';
import { SupportPolicyVersion } from '../persistence/support-policy-version.js';
import { Ticket, type TicketRow } from '../persistence/ticket.js';
import type { JournalActor } from '../policy/time-journal.js';
import { reverse } from '../policy/time-settlement.js';
import { lockCustomerRows } from './customer.js';
import { tellOutside } from './outbox.js';
import { Refusal, userError } from './outcome.js';
import { pinnedPolicy } from './support-policy.js';
import type { LogContext } from './ticket-log.js';
import { commandTime } from './time-command.js';

/** Reporters of the faults that one release fixes: all are told and paid back in one transaction, which must end soon. */
export const MAX_REPORTERS = 500;

/** In which transaction faults are fixed, when, and in whose name what was charged returns. */
export interface FixContext extends LogContext {
  readonly by: JournalActor;
}

/** The faults that the changelog of a release names. */
export const referencesOf = ({ changelog }: Pick<ReleaseRow, 'changelog'>): string[] => [
  ...new Set(changelog.flatMap(({ reference }) => reference ?? [])),
];

/**
 * B-27: what follows from the changelog of a release that is out. Each fault of its add-on that an entry refers to, and that no earlier release has fixed, is
 * fixed by this one; every ticket that reported it is told outside, once, and what it was charged is given back. Harmless when done again, which only makes up
 * for what came to be known since. One that is not out yet fixes nothing before it is: a job is added for then. A release that was taken back fixes nothing any
 * more, and what it has fixed stays fixed. Throws a Refusal when too many tickets are concerned.
 */
export async function fixBugs(context: FixContext, release: ReleaseRow, references = referencesOf(release)): Promise<void> {
  const { em, now, addJob } = context;
  if (references.length === 0 || release.withdrawnAt !== null) return;
  if (Temporal.Instant.compare(now, release.publishedAt) < 0) {
    return addJob(em, { queue: 'release-published', releaseId: release.id, dueAt: release.publishedAt });
  }
  const open = { $or: [{ fixedIn: null }, { fixedIn: release.id }] };
  const bugs = await em.find(
    BugReport,
    { addon: release.addon.id, reference: { $in: references }, ...open },
    { ...FOR_UPDATE, orderBy: { id: 'asc' } },
  );
  for (const bug of bugs.filter(({ fixedIn }) => fixedIn === null)) em.assign(bug, { fixedIn: release, fixedAt: release.publishedAt });
  await settleFixes(context, release, bugs, await lockedReporters(context, bugs));
}

/** Tells of faults that a release has fixed, and gives back what their reporters were charged. Faults, customers and tickets are locked by the caller. */
export async function settleFixes(
  context: FixContext,
  release: ReleaseRow,
  bugs: readonly BugReportRow[],
  tickets: readonly TicketRow[],
): Promise<void> {
  if (tickets.length === 0) return;
  const returned = await giveBackCharges(context, release, tickets);
  const byId = new Map(bugs.map((bug) => [bug.id, bug]));
  const told = tickets.map(({ id, customer, bug }) => ({
    kind: 'BUG_FIXED' as const,
    customerId: customer.id,
    key: `bug-fixed:${bug?.id}:${id}`,
    data: {
      ticket: id,
      release: release.id,
      version: release.version,
      reference: byId.get(bug?.id ?? '')?.reference ?? null,
      returnedMinutes: returned.get(id) ?? 0,
    },
    happenedAt: context.now,
  }));
  await tellOutside(context.em, told);
}

/** The tickets that reported faults, locked after their customers, in the order of their customers' wallets. */
async function lockedReporters({ em }: FixContext, bugs: readonly BugReportRow[]): Promise<TicketRow[]> {
  if (bugs.length === 0) return [];
  await em.flush();
  const reporting = { bug: { $in: bugs.map(({ id }) => id) } };
  const found = await em.find(Ticket, reporting, { orderBy: { id: 'asc' }, limit: MAX_REPORTERS + 1 });
  if (found.length > MAX_REPORTERS) {
    const message = `More than ${MAX_REPORTERS} tickets reported what this release fixes. Spread its changelog over several releases.`;
    throw new Refusal([userError('CONFLICT', message, 'changelog')]);
  }
  if (found.length === 0) return [];
  await lockCustomerRows(em, [...new Set(found.map(({ customer }) => customer.id))]);
  const locked = await em.find(Ticket, reporting, { ...FOR_UPDATE, orderBy: { id: 'asc' }, refresh: true });
  return locked.sort((one, other) => (one.customer.id < other.customer.id ? -1 : one.customer.id > other.customer.id ? 1 : 0));
}

/** Reverses what tickets were charged and not given back yet; the minutes by ticket. Minutes of a lot that has ended return as goodwill. */
async function giveBackCharges(context: FixContext, release: ReleaseRow, tickets: readonly TicketRow[]): Promise<Map<string, number>> {
  const { em, now, by, addJob } = context;
  const returned = new Map<string, number>();
  const charges = await chargesOf(context, tickets);
  await em.find(SupportPolicyVersion, { id: { $in: [...new Set(tickets.map((ticket) => ticket.supportPolicyVersion.id))] } });
  for (const ticket of tickets) {
    for (const transactionId of charges.get(ticket.id) ?? []) {
      const entry = {
        at: now,
        actor: by,
        reason: `Release ${release.version} fixes the fault that was reported.`,
        policy: pinnedPolicy(ticket.supportPolicyVersion.getEntity()),
      };
      const request = { transactionId, goodwillLotId: typeid().toUUID() };
      const given = await commandTime(em, ticket.customer.id, now, (ledger) => reverse(ledger, request, entry), { transactionId });
      // Refused only where somebody has reversed it while the wallet was waited for.
      if (given.outcome === 'REFUSED') continue;
      returned.set(ticket.id, (returned.get(ticket.id) ?? 0) + given.returnedMinutes + given.goodwillMinutes);
      await addJob(em, { queue: 'time-added', customerId: ticket.customer.id, key: `reversed:${transactionId}` });
    }
  }
  return returned;
}

async function chargesOf({ em }: FixContext, tickets: readonly TicketRow[]): Promise<Map<string, string[]>> {
  const rows = await queryWithin<{ id: string; ticket_id: string }>(em, {
    name: 'charges-of-tickets',
    text: `select t.id, t.ticket_id from time_transaction t
      where t.ticket_id = any($1::uuid[]) and t.kind = 'SETTLE'
        and exists (select from time_leg l where l.transaction_id = t.id and l.account = 'CONSUMED')
        and not exists (select from time_transaction r where r.reverses_id = t.id)
      order by t.ticket_id, t.sequence`,
    values: [tickets.map(({ id }) => id)],
  });
  const charges = new Map<string, string[]>();
  for (const { id, ticket_id } of rows) charges.set(ticket_id, [...(charges.get(ticket_id) ?? []), id]);
  return charges;
}
