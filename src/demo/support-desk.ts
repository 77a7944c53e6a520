import type { ShopOrder, StorePlatform } from '../../integrations/store-platform.js';
import { Customer } from '../persistence/customer.js';
import { Purchase } from '../persistence/purchase.js';
import type { Session } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import { TimeLot } from '../persistence/time-lot.js';
import { type Actor, scopesOf } from '../use-cases/actor.js';
import { saveBugReport } from '../use-cases/bug-report.js';
import type { EntityManager } from '../use-cases/entity-manager.js';
import type { Gateway } from '../use-cases/gateway.js';
import { takeAll } from '../use-cases/order-intake.js';
import { createProject } from '../use-cases/project.js';
import { publishWithFixes } from '../use-cases/release.js';
import { readCatalogue } from '../use-cases/sku-catalogue.js';
import type { TicketCommand } from '../use-cases/ticket-command.js';
import { openTicket, type TicketOpenInput } from '../use-cases/ticket-open.js';
import { assignTime } from '../use-cases/time-assignment.js';
import { sweepExpired } from '../use-cases/time-expiry.js';
import { grantGoodwill } from '../use-cases/time-goodwill.js';
import { FEED_FAULT, FEED_FIX_DAYS_AGO, STORIES, type Story } from './desk-stories.js';
import { ALICE, CARLA, DINA, type Person } from './people.js';
import type { SeedProgress } from './seed.js';
import { feedFix, PREPAID_HOURS } from './vendor.js';

const SUPPORT: Actor = { kind: 'STAFF', name: 'staff:mira', scopes: scopesOf('STAFF', []), customerId: null, storeId: null };

/** Something that happened at the desk before the first start. */
interface Step {
  readonly daysAgo: number;
  run(desk: Desk, at: Temporal.Instant): Promise<unknown>;
}

/** What steps know of those before them. */
interface Desk {
  readonly gateway: Gateway;
  readonly session: Session;
  readonly today: Temporal.Instant;
  /** By e-mail address. */
  readonly projects: Map<string, string>;
  /** By the name of the story. */
  readonly tickets: Map<string, string>;
}

/**
 * Takes the orders of prepaid time as if each had been imported soon after it was paid, so that the desk has something to work with on the days before today.
 * The import finds them unchanged.
 */
export async function takePrepaidOrders(session: Session, shop: StoreRow, platform: StorePlatform): Promise<void> {
  const catalogue = await readCatalogue(session.em);
  for await (const page of platform.readOrders(null)) {
    for (const order of page.rows.filter(isPrepaidTime)) {
      const at = Temporal.Instant.from(order.paidAt ?? order.updatedAt).add({ minutes: 30 });
      await takeAll(session, { shop, now: () => at, startedAt: at }, [{ kind: 'ORDER', orderId: order.orderId, order }], catalogue);
    }
  }
}

const isPrepaidTime = ({ paidAt, lines }: ShopOrder): boolean => paidAt !== null && lines.some(({ sku }) => sku === PREPAID_HOURS);

/** Lets the weeks at the vendor's support desk happen again, in their order. What a killed start did is found again by its keys. */
export async function seedSupportDesk(gateway: Gateway, session: Session, today: Temporal.Instant, progress: SeedProgress): Promise<void> {
  const desk: Desk = { gateway, session, today, projects: new Map(), tickets: new Map() };
  const steps = [...WALLET_STEPS, ...STORIES.flatMap(stepsOf)].sort((one, other) => other.daysAgo - one.daysAgo);
  for (const [index, { daysAgo, run }] of steps.entries()) {
    progress(`at the support desk, ${spokenWeeks(Math.floor(daysAgo / 7))}`, index + 1, steps.length);
    await run(desk, momentOf(today, daysAgo));
  }
}

const spokenWeeks = (weeks: number): string => (weeks === 0 ? 'this week' : weeks === 1 ? '1 week ago' : `${weeks} weeks ago`);

const momentOf = (today: Temporal.Instant, daysAgo: number): Temporal.Instant =>
  today.subtract({ minutes: Math.round(daysAgo * 24 * 60) }).round('minute');

const dayOf = (today: Temporal.Instant, daysAgo: number): Temporal.PlainDate =>
  momentOf(today, daysAgo).toZonedDateTimeISO('UTC').toPlainDate();

const WALLET_STEPS: readonly Step[] = [
  project(62.1, CARLA, 'Ceramics store'),
  assign(62, CARLA, 300),
  project(39.1, ALICE, 'Agency store'),
  assign(39, ALICE, 480),
  goodwill(32, ALICE, 30, 'For the trouble with the feed.', 25),
  { daysAgo: 29, run: (desk, at) => desk.session.transaction((em) => saveBugReport(em, SUPPORT, fault(), at)) },
  { daysAgo: 24, run: (desk, at) => sweepExpired(desk.session, at, { page: 100, most: 100 }) },
  { daysAgo: FEED_FIX_DAYS_AGO, run: (desk, at) => act(desk, SUPPORT, at, (command) => publishWithFixes(command, feedFix(at))) },
  project(8.1, DINA, 'Deli'),
  goodwill(8, DINA, 60, 'Welcome to the new store.', null),
  goodwill(8, ALICE, 45, 'For waiting for the correction of Search Insight.', null),
];

function fault() {
  const { sku, reference, summary } = FEED_FAULT;
  return { addonSku: sku, reference, summary };
}

function project(daysAgo: number, { email }: Person, name: string): Step {
  return {
    daysAgo,
    run: async (desk, at) => {
      const customerId = await customerOf(desk.session.em, email);
      const input = { idempotencyKey: keyOf('project', email), customerId, name };
      const { projectId } = await desk.session.transaction((em) => createProject(em, SUPPORT, input, at));
      desk.projects.set(email, projectId);
    },
  };
}

/** Puts bought minutes on the customer's project. */
function assign(daysAgo: number, { email }: Person, minutes: number): Step {
  return {
    daysAgo,
    run: async (desk, at) => {
      const customer = await customerOf(desk.session.em, email);
      const bought = { source: 'PURCHASED', parent: null, wallet: { customer } } as const;
      const lot = await desk.session.em.findOneOrFail(TimeLot, bought, { orderBy: { createdAt: 'asc' } });
      const input = { idempotencyKey: keyOf('assign', email), lotId: lot.id, projectId: desk.projects.get(email) ?? null, minutes };
      await desk.session.transaction((em) => assignTime(em, SUPPORT, input, at, desk.gateway.addJob));
    },
  };
}

function goodwill(daysAgo: number, { email }: Person, minutes: number, reason: string, lastDaysAgo: number | null): Step {
  return {
    daysAgo,
    run: async (desk, at) => {
      const customerId = await customerOf(desk.session.em, email);
      const lastDay = lastDaysAgo === null ? null : dayOf(desk.today, lastDaysAgo);
      const terms = { projectId: desk.projects.get(email) ?? null, supportPolicyName: 'prepaid-support', lastDay };
      const input = { idempotencyKey: keyOf('goodwill', email, reason), customerId, minutes, reason, ...terms };
      await desk.session.transaction((em) => grantGoodwill(em, SUPPORT, input, at, desk.gateway.addJob));
    },
  };
}

function stepsOf(story: Story): Step[] {
  const moments = story.moments.flatMap(([daysAgo, ...deeds]) => deeds.map((deed) => ({ daysAgo, deed })));
  const steps = moments.map(({ daysAgo, deed }, index): Step => {
    const run: Step['run'] = async (desk, at) => {
      const ticketId = desk.tickets.get(story.name);
      if (ticketId === undefined) throw new Error(`The ticket ${story.name} of the demonstration is not open yet.`);
      const actor = deed.by === 'STAFF' ? SUPPORT : customerActor(await customerOf(desk.session.em, story.who.email));
      const { secretKey } = desk.gateway;
      const input = { idempotencyKey: keyOf(story.name, String(index)), ticketId };
      const { reasons } = await act(desk, actor, at, (command) => deed.run({ ...command, secretKey }, input));
      assertDone(`${story.name} ${index}`, reasons);
    };
    return { daysAgo, run };
  });
  return [{ daysAgo: story.openedDaysAgo, run: (desk, at) => open(desk, story, at) }, ...steps];
}

async function open(desk: Desk, story: Story, at: Temporal.Instant): Promise<void> {
  const { em } = desk.session;
  const customerId = await customerOf(em, story.who.email);
  const purchase =
    story.sku === null
      ? null
      : await em.findOneOrFail(
          Purchase,
          { customer: customerId, addon: { sku: story.sku }, revokedAt: null },
          { orderBy: { purchasedAt: 'desc', id: 'asc' }, populate: ['addon'] },
        );
  const { request, subject, description, name } = story;
  const isFault = request === 'CORRECTION';
  const input: TicketOpenInput = {
    idempotencyKey: keyOf(name, 'open'),
    purchaseId: purchase?.id ?? null,
    projectId: story.onProject ? (desk.projects.get(story.who.email) ?? null) : null,
    storeId: null,
    ...{ request, category: null, needsWorkOnHost: request === 'ADVICE' ? false : null, email: null, duplicateOf: null },
    report: {
      ...{ subject, description },
      steps: isFault ? 'Open the page, and look.' : null,
      expected: isFault ? 'As the manual has it.' : null,
      actual: isFault ? description : null,
      platformVersion: isFault ? (purchase?.platform === 'PRESTASHOP' ? '8.2.0' : '2.4.7') : null,
      installedVersion: isFault ? '1.1.0' : null,
    },
  };
  const opened = await act(desk, customerActor(customerId), at, (command) => openTicket(command, input));
  assertDone(name, opened.reasons);
  if (opened.ticketId !== null) desk.tickets.set(name, opened.ticketId);
}

function act<T>({ gateway, session }: Desk, actor: Actor, now: Temporal.Instant, work: (command: TicketCommand) => Promise<T>): Promise<T> {
  return session.transaction((em) => work({ em, actor, now, addJob: gateway.addJob }));
}

/** Everything that the demonstration does is allowed: a refusal is a fault of its own. */
function assertDone(what: string, reasons: readonly { readonly code: string; readonly message: string }[]): void {
  if (reasons.length === 0) return;
  throw new Error(`${what} of the demonstration was refused: ${reasons.map(({ code, message }) => `${code} ${message}`).join(' ')}`);
}

const customerOf = async (em: EntityManager, email: string): Promise<string> => (await em.findOneOrFail(Customer, { email })).id;

const customerActor = (customerId: string): Actor => ({
  kind: 'CUSTOMER',
  name: `customer:${customerId}`,
  scopes: scopesOf('CUSTOMER', []),
  customerId,
  storeId: null,
});

const keyOf = (...parts: readonly string[]): string => ['demonstration', ...parts].join(':');
