import { typeid } from 'typeid-js';
import { Project } from '../../src/persistence/project.js';
import { openSession, type Session, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { SupportPolicyVersion } from '../../src/persistence/support-policy-version.js';
import { Ticket } from '../../src/persistence/ticket.js';
import { grant } from '../../src/policy/time-grant.js';
import { type Actor, visibilityOf } from '../../src/use-cases/actor.js';
import type { Job } from '../../src/use-cases/job.js';
import { recordPurchase } from '../../src/use-cases/purchase.js';
import { pinnedPolicy } from '../../src/use-cases/support-policy.js';
import type { TicketCommand } from '../../src/use-cases/ticket-command.js';
import { type LoggedTicket, ticketsAsOf } from '../../src/use-cases/ticket-log.js';
import { openTicket, type TicketOpenInput } from '../../src/use-cases/ticket-open.js';
import { commandTime } from '../../src/use-cases/time-command.js';
import { testDatabase } from '../support/database.js';
import { asVendor, customerOf, euros, instant, publishPolicies, STAFF, sell } from '../support/vendor.js';

export { STAFF };
export const NOTHING_SAID = { steps: null, expected: null, actual: null, platformVersion: null, installedVersion: null };

export interface Sale {
  readonly sku: 'FILTER' | 'PREPAID' | 'GIFT';
  readonly email: string;
  readonly purchasedAt: string;
  readonly listPriceMinor?: bigint;
  readonly paidMinor?: bigint;
  readonly storeId?: string;
}

/** A vendor with three add-ons: FILTER under the conditions with corrections, PREPAID and the free GIFT under those with prepaid time. */
export async function intakeUnderTest() {
  const database = await testDatabase();
  const jobs: Job[] = [];
  let keys = 0;
  const newKey = () => `key ${++keys}`;
  await publishPolicies(database);
  const releases = [{ version: '1.0', publishedAt: '2025-06-01T00:00:00Z' }];
  await sell(database, { sku: 'FILTER', moduleName: 'Vendor_Filter', releases });
  await sell(database, { sku: 'PREPAID', supportPolicy: 'prepaid-support', listPriceMinor: 7_900n, releases });
  await sell(database, { sku: 'GIFT', supportPolicy: 'prepaid-support', listPriceMinor: 0n, releases });

  /** One command of one actor at a moment, in a session that sees what that actor may see. */
  const act = async <T>(actor: Actor, at: string, work: (command: TicketCommand, session: Session) => Promise<T>): Promise<T> => {
    const session = openSession(database);
    const addJob = async (_em: unknown, job: Job) => void jobs.push(job);
    try {
      await setVisibility(session, visibilityOf(actor));
      return await session.transaction((em) => work({ em, actor, now: instant(at), addJob }, session));
    } finally {
      session.release();
    }
  };
  const buy = async ({ sku, email, purchasedAt, ...sale }: Sale): Promise<string> => {
    const idempotencyKey = newKey();
    const line = { idempotencyKey, shop: 'marketplace', orderNumber: idempotencyKey, line: '1', storeId: sale.storeId ?? null };
    const prices = { listPrice: euros(sale.listPriceMinor ?? 12_000n), paid: euros(sale.paidMinor ?? 11_520n) };
    const input = { sku, customer: { email, name: null }, purchasedAt: instant(purchasedAt), ...prices, ...line };
    return (await asVendor(database, (em) => recordPurchase(em, STAFF, input, instant(purchasedAt)))).purchaseId;
  };
  const project = (customerId: string, name: string): Promise<string> =>
    asVendor(database, async (em) => {
      const row = em.create(Project, { customer: customerId, name, createdAt: instant('2025-06-01T00:00:00Z') });
      em.persist(row);
      await em.flush();
      return row.id;
    });
  /** Puts bought minutes on a project; null: on none. */
  const grantBought = (
    customerId: string,
    projectId: string | null,
    minutes: number,
    at: string,
    endsAt: string | null = null,
  ): Promise<string> =>
    asVendor(database, async (em) => {
      const version = await em.findOneOrFail(SupportPolicyVersion, { name: 'prepaid-support' });
      const id = typeid().toUUID();
      const entry = {
        at: instant(at),
        actor: { kind: 'STAFF', name: 'staff:ada' } as const,
        reason: 'bought',
        policy: pinnedPolicy(version),
      };
      const lot = { id, source: 'PURCHASED', minutes, projectId, priority: 50, usableFrom: instant(at), createdAt: instant(at) } as const;
      const ends = {
        endsAt: endsAt === null ? null : instant(endsAt),
        term: null,
        onTermEnd: null,
        price: euros(50_000n),
        refundedMinutes: 0,
        parentId: null,
      };
      const origins = new Map([[id, { termPurchaseId: null, policyVersionId: version.id, grantKey: null }]]);
      await commandTime(
        em,
        customerId,
        instant(at),
        (ledger) => grant(ledger, { ...lot, ...ends, walletId: ledger.walletId ?? '' }, entry),
        { origins },
      );
      return id;
    });
  const open = (actor: Actor, at: string, input: Partial<TicketOpenInput>): ReturnType<typeof openTicket> =>
    act(actor, at, (command) => openTicket(command, requestOf(newKey(), input)));
  const opened = async (actor: Actor, at: string, input: Partial<TicketOpenInput>): Promise<string> => {
    const { ticketId, reasons } = await open(actor, at, input);
    if (ticketId === null) throw new Error(reasons.map(({ message }) => message).join(' '));
    return ticketId;
  };
  const ticket = (id: string, at: string): Promise<LoggedTicket> =>
    withVendorSession(database, async ({ em }) => {
      const row = await em.findOneOrFail(Ticket, { id });
      const known = (await ticketsAsOf(em, [row], instant(at))).get(id);
      if (known === undefined) throw new Error('no ticket');
      return known;
    });
  return {
    database,
    jobs,
    newKey,
    act,
    buy,
    project,
    grantBought,
    open,
    opened,
    ticket,
    customer: (email: string) => customerOf(database, email),
  };
}
export type IntakeUnderTest = Awaited<ReturnType<typeof intakeUnderTest>>;

const REQUEST: Omit<TicketOpenInput, 'idempotencyKey'> = {
  purchaseId: null,
  projectId: null,
  storeId: null,
  request: 'CORRECTION',
  category: null,
  needsWorkOnHost: null,
  report: { subject: 'No prices', description: 'The list shows no prices.', ...NOTHING_SAID },
  email: null,
  duplicateOf: null,
};

/** A whole request, of which a test says what matters to it. */
export const requestOf = (idempotencyKey: string, input: Partial<TicketOpenInput>): TicketOpenInput => ({
  ...REQUEST,
  idempotencyKey,
  ...input,
});

/** A report with a text of its own, that no other repeats. */
export const reportOf = (subject: string, change: Partial<TicketOpenInput['report']> = {}): TicketOpenInput['report'] => ({
  subject,
  description: `What ${subject} is about.`,
  ...NOTHING_SAID,
  ...change,
});

export const customerActor = (customerId: string): Actor => ({
  kind: 'CUSTOMER',
  name: `customer:${customerId}`,
  scopes: ['TICKETS_READ', 'TICKETS_WRITE'],
  customerId,
  storeId: null,
});
export const PARTNER: Actor = { kind: 'PARTNER', name: 'partner:ERP', scopes: ['TICKETS_WRITE'], customerId: null, storeId: null };
