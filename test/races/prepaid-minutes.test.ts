import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { Ticket } from '../../src/persistence/ticket.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { copyRows, rowsOfTicket } from '../support/row-copies.js';
import { type Shop, type WorkUnderTest, workUnderTest } from '../use-cases/work-under-test.js';
import { type Answer, byClients, type GatewaysUnderTest, gatewaysUnderTest } from './gateways-under-test.js';

/** How many minutes there are to spend, at three attempts each; TENURE_RACE_MINUTES asks for more. */
const MINUTES = Number(process.env.TENURE_RACE_MINUTES ?? 40);
const ATTEMPTS = 3 * MINUTES;
const CLIENTS = 50;
const SERVERS = 4;
const PAIRS = 10;
/** Nobody waits for long; a machine that is ten times slower, and does all of it, may. */
const LIMIT_MS = 120_000 + ATTEMPTS * 2_000;

const MON = '2025-07-07T07:00:00Z';
const DONE: Answer = { reasons: [], userErrors: [] };

let under: WorkUnderTest;
let gateways: GatewaysUnderTest;
let staff: string;
beforeAll(async () => {
  under = await workUnderTest();
  gateways = await gatewaysUnderTest(under.database, SERVERS);
  staff = await gateways.tokenOf(null);
}, LIMIT_MS);
afterAll(async () => {
  await gateways.stop();
  await under.database.close();
});

const now = () => Temporal.Now.instant().toString();
const onTicket = (name: string, id: string, rest: object = {}, select = '') =>
  gateways.command(staff, { name, input: { idempotencyKey: `${name} ${id}`, ticketId: toGlobalId('Ticket', id), ...rest }, select });

/** Tickets whose work is estimated at so many minutes and can begin, out of turn. */
async function readyTickets(shop: Shop, count: number, quotedMinutes: number): Promise<string[]> {
  const first = await under.ready(shop, MON, { quotedMinutes });
  const copies = await withVendorSession(under.database, (session) => copyRows(session, rowsOfTicket(first), count - 1));
  return [first, ...copies.flatMap((ids) => ids.get(first) ?? [])];
}

/** Takes a ticket up, which holds its minute, logs that minute and delivers, which spends it. False: there was no minute left for it. */
async function spend(id: string): Promise<boolean> {
  const claimed = await onTicket('ticketClaim', id, {}, 'ticket { status }');
  expect(claimed).toEqual({ ...DONE, ticket: { status: expect.stringMatching(/^(IN_PROGRESS|AWAITING_TOPUP)$/) } });
  if (JSON.stringify(claimed.ticket).includes('AWAITING_TOPUP')) return false;
  expect(await onTicket('workLog', id, { seconds: 60, note: 'Worked.' })).toEqual(DONE);
  const delivered = await onTicket('ticketDeliver', id, { loggedEntries: 1, loggedSeconds: 60 }, 'chargedMinutes shortMinutes');
  expect(delivered).toEqual({ ...DONE, chargedMinutes: 1, shortMinutes: 0 });
  return true;
}

test(
  `${CLIENTS} clients at ${SERVERS} servers spend ${MINUTES} minutes in ${ATTEMPTS} attempts: every minute once, and none too many`,
  async () => {
    const shop = await under.shopWith(MINUTES, MON);
    const tickets = await readyTickets(shop, ATTEMPTS, 1);
    const spent = await byClients(CLIENTS, tickets, spend);
    expect(spent.filter((isSpent) => isSpent)).toHaveLength(MINUTES);
    expect(await under.minutesOf(shop, now())).toEqual([0, 0, MINUTES]);
    // Stored figures are what the journal amounts to, whose laws let no account become negative.
    await under.expectAgreement(shop);
    const states = await withVendorSession(under.database, ({ em }) => em.find(Ticket, { customer: shop.id }));
    const waiting = states.filter(({ work }) => work === 'AWAITING_TOPUP');
    expect([waiting.length, states.filter(({ work }) => work === 'DELIVERED').length]).toEqual([ATTEMPTS - MINUTES, MINUTES]);
    const journal = await under.journalOf(shop);
    const charges = journal.flatMap(({ kind, work }) => (kind === 'SETTLE' ? [work?.ticketId] : []));
    expect(charges.sort()).toEqual(tickets.filter((_, index) => spent[index]).sort());
  },
  LIMIT_MS,
);

test(
  'one key, fifty times at once: one effect, and fifty equal answers',
  async () => {
    const shop = await under.shopWith(600, MON);
    const to = { customerId: toGlobalId('Customer', shop.id), projectId: toGlobalId('Project', shop.projectId) };
    const gift = { idempotencyKey: 'a gift', ...to, minutes: 30, reason: 'Sorry for the wait.', supportPolicyName: 'prepaid-support' };
    const fifty = (command: () => Promise<Answer>) => Promise.all(Array.from({ length: CLIENTS }, command));
    const sameFor = async (command: () => Promise<Answer>, answer: object) =>
      expect(new Set((await fifty(command)).map((given) => JSON.stringify(given)))).toEqual(new Set([JSON.stringify(answer)]));

    const given = await fifty(() => gateways.command(staff, { name: 'timeGrant', input: gift, select: 'timeLot { id } timeEntry { id }' }));
    expect(given[0]).toEqual({ ...DONE, timeLot: { id: expect.anything() }, timeEntry: { id: expect.anything() } });
    expect(new Set(given.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await under.minutesOf(shop, now())).toEqual([630, 0, 0]);

    const ticketId = await under.ready(shop, MON);
    const nothing = { userErrors: [], reasons: [] };
    await sameFor(() => onTicket('ticketClaim', ticketId), nothing);
    await sameFor(() => onTicket('workLog', ticketId, { seconds: 600, note: 'Worked.' }), nothing);
    const whole = { loggedEntries: 1, loggedSeconds: 600 };
    await sameFor(() => onTicket('ticketDeliver', ticketId, whole, 'chargedMinutes'), { chargedMinutes: 10, ...nothing });
    expect(await under.minutesOf(shop, now())).toEqual([620, 0, 10]);
    await under.expectAgreement(shop);

    const other = await gateways.command(staff, { name: 'timeGrant', input: { ...gift, minutes: 31 } });
    expect(other).toEqual({ ...DONE, userErrors: [{ code: 'IDEMPOTENCY_KEY_REUSED' }] });
  },
  LIMIT_MS,
);

/** What happened to a ticket by its log, in its order. */
const kindsOn = (ticketId: string): Promise<string[]> =>
  withVendorSession(under.database, async ({ em }) => {
    const events = await em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } });
    expect(events.map(({ ordinal }) => ordinal)).toEqual(events.map((_event, index) => index + 1));
    return events.map(({ kind }) => kind);
  });

test(
  'everything at once on tickets of one wallet: what was acknowledged is in the log once, what was refused is not, and no minute is lost',
  async () => {
    const bought = 400;
    const shop = await under.shopWith(bought, MON);
    const customer = await gateways.tokenOf(shop.id);
    const tickets = await readyTickets(shop, 2 * PAIRS, 60);
    const asCustomer = (name: string, id: string, rest: object) =>
      gateways.command(customer, { name, input: { idempotencyKey: `${name} ${id}`, ticketId: toGlobalId('Ticket', id), ...rest } });
    const isDone = async (answer: Promise<Answer>) => {
      const { userErrors, reasons } = await answer;
      expect(userErrors).toEqual([]);
      return reasons.length === 0;
    };
    const doings = tickets.flatMap((id, index) => {
      const originalId = toGlobalId('Ticket', tickets[index ^ 1] ?? id);
      return [
        { id, at: 0, kinds: ['CLAIMED', 'TIME_SHORT'], doing: () => onTicket('ticketClaim', id) },
        { id, at: 1, kinds: ['MERGED_INTO'], doing: () => asCustomer('ticketMerge', id, { originalId }) },
        { id, at: 4, kinds: ['WITHDRAWN'], doing: () => asCustomer('ticketWithdraw', id, {}) },
        { id, at: 1, kinds: ['WORK_LOGGED'], doing: () => onTicket('workLog', id, { seconds: 90 * 60, note: 'Worked.' }) },
        { id, at: 3, kinds: ['CONSENT_GIVEN'], doing: () => asCustomer('ticketConsent', id, { choice: 'EXTRA', capMinutes: 240 }) },
        { id, at: 4, kinds: ['DELIVERED'], doing: () => onTicket('ticketDeliver', id, { loggedEntries: 1, loggedSeconds: 90 * 60 }) },
      ];
    });
    // Roughly in an order that makes sense, so that much is done; what meets what is left to chance.
    const shuffled = doings.map((each) => ({ ...each, turn: each.at + 2 * Math.random() })).sort((one, other) => one.turn - other.turn);
    const done = await byClients(CLIENTS, shuffled, ({ doing }) => isDone(doing()));
    expect(new Set(done)).toEqual(new Set([true, false]));
    for (const id of tickets) {
      const log = await kindsOn(id);
      for (const [index, { id: of, kinds }] of shuffled.entries()) {
        if (of === id) expect([kinds, log.filter((kind) => kinds.includes(kind)).length]).toEqual([kinds, done[index] ? 1 : 0]);
      }
    }
    await under.expectAgreement(shop);
    const [usable, held, spent] = await under.minutesOf(shop, now());
    expect(usable + held + spent).toBe(bought);
  },
  LIMIT_MS,
);
