import { typeid } from 'typeid-js';
import { installJobs } from '../src/jobs/install.js';
import type { Database } from '../src/persistence/database.js';
import { type Session, withVendorSession } from '../src/persistence/session.js';
import { TimeWallet } from '../src/persistence/time-wallet.js';
import { hold } from '../src/policy/time-hold.js';
import type { TimeEntry } from '../src/policy/time-posting.js';
import { settle } from '../src/policy/time-settlement.js';
import { createAccessToken } from '../src/use-cases/access-token.js';
import { type Actor, journalActor, SCOPES } from '../src/use-cases/actor.js';
import { lockCustomer } from '../src/use-cases/customer.js';
import { createProject } from '../src/use-cases/project.js';
import { pinnedPolicy, publishSupportPolicy } from '../src/use-cases/support-policy.js';
import type { TicketCommand } from '../src/use-cases/ticket-command.js';
import { actOn, happenTo, lockedTicket } from '../src/use-cases/ticket-command.js';
import { agreeOutcome, classifyTicket, expediteTicket } from '../src/use-cases/ticket-intake.js';
import { openTicket } from '../src/use-cases/ticket-open.js';
import { commandTime } from '../src/use-cases/time-command.js';
import { grantGoodwill } from '../src/use-cases/time-goodwill.js';
import { copyRows, rowsOfCustomer, rowsOfTicket } from '../test/support/row-copies.js';
import { shippedPolicy } from './catalogue.js';

export interface DeskSize {
  /** Tickets that wait in the queue. */
  readonly queued: number;
  /** Entries of the journal that a statement is asked of. */
  readonly entries: number;
  /** Tickets to spend on: so many of one wallet, and so many of a wallet each. */
  readonly spends: number;
}

/** A ticket that minutes can be spent on: what is alike in all of them bears other ids, which stand in the same order. */
export interface SpendTicket {
  readonly ticketId: string;
  readonly ids: readonly string[];
}

/** Each in two copies that have nothing in common: one for the gateway, one for the yardstick. */
export type TwoOf<Value> = readonly [gateway: Value, sql: Value];

export interface Desk {
  readonly staffToken: string;
  /** Whose statement has the entries. */
  readonly bookkeeperId: string;
  readonly ofOneWallet: TwoOf<readonly SpendTicket[]>;
  readonly ofManyWallets: TwoOf<readonly SpendTicket[]>;
}

const STAFF: Actor = { kind: 'STAFF', name: 'staff', scopes: SCOPES, customerId: null, storeId: null };
const POLICY = 'prepaid-support';
const MINUTES = 100_000;

/** What makes a ticket that can be taken up out of turn: 30 minutes of work on a host, whose access is verified. */
async function readyTicket(session: Session, projectId: string, now: Temporal.Instant): Promise<string> {
  const key = () => ({ idempotencyKey: crypto.randomUUID() });
  const act = <T>(work: (command: TicketCommand) => Promise<T>) =>
    session.transaction((em) => work({ em, actor: STAFF, now, addJob: async () => {} }));
  const report = { subject: 'No prices', description: 'The list shows no prices.', steps: null, expected: null, actual: null };
  const { ticketId } = await act((command) =>
    openTicket(command, {
      ...key(),
      ...{ purchaseId: null, projectId, storeId: null, category: null, needsWorkOnHost: null, email: null, duplicateOf: null },
      ...{ request: 'STORE_INTERVENTION', report: { ...report, platformVersion: null, installedVersion: null } },
    }),
  );
  if (ticketId === null) throw new Error('The ticket was refused.');
  const kind = { request: 'STORE_INTERVENTION', category: 'INSTALL', complexity: 'S', needsWorkOnHost: true } as const;
  const said = { platformVersion: null, installedVersion: null, discretionReason: null };
  const { reasons } = await act((command) => classifyTicket(command, { ...key(), ticketId, ...kind, ...said }));
  if (reasons.length > 0) throw new Error(reasons.map(({ message }) => message).join(' '));
  await act((command) => agreeOutcome(command, { ...key(), ticketId, outcome: 'The list shows prices.', evidence: 'By telephone.' }));
  await act(async (command) => {
    const ticket = await lockedTicket(command, ticketId);
    return happenTo(command, ticket, { kind: 'ACCESS_VERIFIED', ...actOn(command, ticket), items: ['ADMIN_PANEL', 'FILES'] });
  });
  await act((command) => expediteTicket(command, { ...key(), ticketId, reason: 'It is measured.' }));
  return ticketId;
}

/** A customer with a project and a wallet full of minutes. */
async function customerWithTime(session: Session, email: string, now: Temporal.Instant) {
  return session.transaction(async (em) => {
    const customerId = await lockCustomer(em, email, null, now);
    const { projectId } = await createProject(em, STAFF, { idempotencyKey: `project ${email}`, customerId, name: 'shop' }, now);
    const gift = { customerId, projectId, minutes: MINUTES, supportPolicyName: POLICY, lastDay: null, reason: 'To be spent.' };
    await grantGoodwill(em, STAFF, { idempotencyKey: `gift ${email}`, ...gift }, now);
    const { id: walletId } = await em.findOneOrFail(TimeWallet, { customer: customerId });
    return { customerId, projectId, walletId, since: now };
  });
}

type CustomerWithTime = Awaited<ReturnType<typeof customerWithTime>>;

/** Fills an empty database: one customer and one ticket through the use cases, all others as copies of their rows. */
export async function fillDesk(database: Database, size: DeskSize, pepper: string, now: Temporal.Instant): Promise<Desk> {
  await installJobs(database.jobs);
  const since = now.subtract({ hours: 24 * 7 });
  return withVendorSession(database, async (session) => {
    const effectiveFrom = since.toZonedDateTimeISO('UTC').toPlainDate().subtract({ days: 1 });
    const policy = await session.transaction((em) => publishSupportPolicy(em, shippedPolicy(POLICY), effectiveFrom, since));
    const spec = { kind: 'STAFF', label: 'bench', scopes: [], customerId: null, storeId: null, expiresAt: null } as const;
    const staffToken = (await session.transaction((em) => createAccessToken(em, spec, pepper, since))).text;

    const bookkeeper = await customerWithTime(session, 'bookkeeper@merchant.example', since);
    await keepBooks(session, bookkeeper, size.entries, {
      at: since,
      actor: journalActor(STAFF),
      reason: 'Booked.',
      policy: pinnedPolicy(policy),
    });
    const waiting = await customerWithTime(session, 'waiting@merchant.example', since);
    await copyRows(session, rowsOfTicket(await readyTicket(session, waiting.projectId, since)), size.queued - 1);
    const twice = async (name: string, isCopied: boolean) => {
      const tickets = async (side: string) =>
        spendTickets(session, await customerWithTime(session, `${name}-${side}@merchant.example`, since), size, isCopied);
      return [await tickets('gateway'), await tickets('sql')] as const;
    };
    const [ofOneWallet, ofManyWallets] = [await twice('one', false), await twice('many', true)];
    await session.query({ name: 'analyze', text: 'analyze', values: [] });
    return { staffToken, bookkeeperId: bookkeeper.customerId, ofOneWallet, ofManyWallets };
  });
}

/** Tickets to spend on, of this customer, or each of a copy of this customer. */
async function spendTickets(session: Session, customer: CustomerWithTime, size: DeskSize, isCopied: boolean): Promise<SpendTicket[]> {
  const ticketId = await readyTicket(session, customer.projectId, customer.since);
  const owner = isCopied ? rowsOfCustomer(customer.customerId, customer.walletId) : [];
  const copies = await copyRows(session, [...owner, ...rowsOfTicket(ticketId)], size.spends);
  return copies.map((ids) => ({ ticketId: ids.get(ticketId) ?? ticketId, ids: [...ids.values()] }));
}

/** Holds and settles until the journal has so many entries. */
async function keepBooks(session: Session, customer: CustomerWithTime, entries: number, entry: TimeEntry): Promise<void> {
  const { customerId, projectId } = customer;
  for (let written = 1; written < entries; written += 2) {
    const [holdId, taskId] = [typeid().toUUID(), typeid().toUUID()];
    const work = { ticketId: taskId, taskId };
    const about = { holdId, work };
    await session.transaction(async (em) => {
      await commandTime(em, customerId, entry.at, (ledger) => hold(ledger, { holdId, projectId, work, minutes: 30 }, entry), about);
      const spent = {
        holdId,
        projectId,
        work,
        actualMinutes: 20,
        workedAt: entry.at,
        chargeableMinutes: 20,
        onShortfall: 'CHARGE_WHAT_THERE_IS',
      } as const;
      await commandTime(em, customerId, entry.at, (ledger) => settle(ledger, spent, entry), about);
    });
  }
}
