import { expect } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { Ticket } from '../../src/persistence/ticket.js';
import { TicketMessage } from '../../src/persistence/ticket-message.js';
import { TimeHold } from '../../src/persistence/time-hold.js';
import { readJournalRows } from '../../src/persistence/time-ledger-rows.js';
import { TimeWallet } from '../../src/persistence/time-wallet.js';
import type { Reason } from '../../src/policy/reason.js';
import { walletFigures } from '../../src/policy/time-figures.js';
import { heldMinutes, type JournalTransaction } from '../../src/policy/time-journal.js';
import type { Actor } from '../../src/use-cases/actor.js';
import { claimTicket } from '../../src/use-cases/ticket-claim.js';
import { actOn, happenTo, lockedTicket, type TicketCommand } from '../../src/use-cases/ticket-command.js';
import { giveConsent } from '../../src/use-cases/ticket-consent.js';
import { type DeliveryAnswer, deliverTicket, type TicketDeliverInput } from '../../src/use-cases/ticket-delivery.js';
import { recordDue } from '../../src/use-cases/ticket-due.js';
import { agreeOutcome, classifyTicket, estimateTicket, expediteTicket } from '../../src/use-cases/ticket-intake.js';
import { ticketsAsOf } from '../../src/use-cases/ticket-log.js';
import type { TicketOpenInput } from '../../src/use-cases/ticket-open.js';
import { logWork } from '../../src/use-cases/ticket-work.js';
import { differencesOf } from '../../src/use-cases/time-check.js';
import { readTime } from '../../src/use-cases/time-command.js';
import { grantGoodwill } from '../../src/use-cases/time-goodwill.js';
import { journalsOf } from '../../src/use-cases/time-reading.js';
import { instant } from '../support/vendor.js';
import { customerActor, type IntakeUnderTest, intakeUnderTest, reportOf, STAFF } from './intake-under-test.js';

export { customerActor, reportOf } from './intake-under-test.js';
export { STAFF };

/** A customer of a test's own, with a project for prepaid time. */
export interface Shop {
  readonly id: string;
  readonly email: string;
  readonly actor: Actor;
  readonly projectId: string;
}

/** An estimate of the shipped rate card by its complexity, or one that is quoted in minutes. */
export type Work = { readonly complexity: 'S' | 'M' | 'L' } | { readonly quotedMinutes: number };
/** 120 minutes, and 180 before the customer must consent. */
export const TWO_HOURS: Work = { complexity: 'L' };

export const codesOf = ({ reasons }: { readonly reasons: readonly Reason[] }) => reasons.map(({ code }) => code);

/** The vendor of the intake tests, with everything that gets a ticket to where work on it begins. */
export async function workUnderTest() {
  const under = await intakeUnderTest();
  let shops = 0;
  const shop = async (): Promise<Shop> => {
    const email = `shop${++shops}@customer.example`;
    const id = await under.customer(email);
    return { id, email, actor: customerActor(id), projectId: await under.project(id, 'shop') };
  };
  /** A shop with bought minutes that never end. */
  const shopWith = async (minutes: number, at: string): Promise<Shop> => {
    const made = await shop();
    await under.grantBought(made.id, made.projectId, minutes, at);
    return made;
  };
  const on = <Input extends object, T>(
    actor: Actor,
    at: string,
    command: (command: TicketCommand, input: Input & { readonly idempotencyKey: string }) => Promise<T>,
    input: Input,
  ): Promise<T> => under.act(actor, at, (context) => command(context, { idempotencyKey: under.newKey(), ...input }));
  /** Minutes that were given and never end. */
  const giveTime = (of: Shop, minutes: number, at: string) =>
    under.act(STAFF, at, ({ em }) => {
      const input = { customerId: of.id, projectId: of.projectId, minutes, supportPolicyName: 'prepaid-support', lastDay: null };
      return grantGoodwill(em, STAFF, { idempotencyKey: under.newKey(), ...input, reason: 'For the trouble.' }, instant(at));
    });
  /** Must be done: a refusal fails the test. */
  const done = async <T extends { readonly reasons: readonly Reason[] }>(answer: Promise<T>): Promise<T> => {
    const given = await answer;
    expect(codesOf(given)).toEqual([]);
    return given;
  };
  /** Paid work on a shop's project, classified and queued. */
  const queued = async (of: Shop, at: string, work: Work = TWO_HOURS, change: Partial<TicketOpenInput> = {}): Promise<string> => {
    const request = { projectId: of.projectId, request: 'STORE_INTERVENTION', report: reportOf(under.newKey()) } as const;
    const ticketId = await under.opened(of.actor, at, { ...request, ...change });
    if ('quotedMinutes' in work) await done(on(STAFF, at, estimateTicket, { ticketId, estimateMinutes: work.quotedMinutes }));
    const kind = 'quotedMinutes' in work ? { category: 'INSTALL', complexity: 'XL' } : { category: 'INSTALL', ...work };
    const said = { request: change.request ?? request.request, discretionReason: null, platformVersion: null, installedVersion: null };
    await done(on(STAFF, at, classifyTicket, { ticketId, ...kind, ...said, needsWorkOnHost: true }));
    return ticketId;
  };
  const outOfTurn = (ticketId: string, at: string) =>
    done(on(STAFF, at, expediteTicket, { ticketId, reason: 'Other tests have tickets, too.' }));
  const verifyAccess = (ticketId: string, at: string) => on(STAFF, at, verifyAll, { ticketId });
  const recordDueAt = (ticketId: string, at: string) => under.act(STAFF, at, (context) => recordDue(context, ticketId));
  /** The same, with an agreed outcome and verified access: work can begin, out of turn. */
  const ready = async (of: Shop, at: string, work: Work = TWO_HOURS, change: Partial<TicketOpenInput> = {}): Promise<string> => {
    const ticketId = await queued(of, at, work, change);
    await done(on(of.actor, at, agreeOutcome, { ticketId, outcome: 'The checkout works.', evidence: null }));
    await done(verifyAccess(ticketId, at));
    await outOfTurn(ticketId, at);
    return ticketId;
  };
  const claim = (ticketId: string, at: string, codeDigest: string | null = null) => on(STAFF, at, claimTicket, { ticketId, codeDigest });
  const log = (ticketId: string, at: string, minutes: number, workedAt: string | null = null) =>
    on(STAFF, at, logWork, { ticketId, seconds: minutes * 60, note: 'Worked.', workedAt: workedAt === null ? null : instant(workedAt) });
  const ticket = under.ticket;
  const deliver = async (ticketId: string, at: string, change: Partial<TicketDeliverInput> = {}): Promise<DeliveryAnswer> => {
    const { state } = await ticket(ticketId, at);
    const whole = { loggedEntries: state.loggedEntries.length, loggedSeconds: state.loggedSeconds };
    return on(STAFF, at, deliverTicket, { ticketId, ...whole, correction: null, codeDigest: null, ...change });
  };
  /** Claimed, worked on for some minutes and handed over, all at once. */
  const delivered = async (of: Shop, at: string, minutes: number, codeDigest: string | null = null): Promise<string> => {
    const ticketId = await ready(of, at);
    await done(claim(ticketId, at));
    await done(log(ticketId, at, minutes));
    await done(deliver(ticketId, at, { codeDigest }));
    return ticketId;
  };
  const extra = (of: Shop, ticketId: string, at: string, capMinutes: number) =>
    on(of.actor, at, giveConsent, { ticketId, choice: 'EXTRA' as const, capMinutes });
  const refund = (of: Shop, ticketId: string, at: string, refundAs: 'MINUTES' | 'MONEY') =>
    on(of.actor, at, giveConsent, { ticketId, choice: 'REFUND' as const, refundAs });

  /** Minutes of a shop's project: usable, held and spent. */
  const minutesOf = (of: Shop, at: string): Promise<readonly [number, number, number]> =>
    withVendorSession(under.database, async ({ em }) => {
      const { ledger } = await readTime(em, of.id, instant(at));
      const { availableMinutes, heldMinutes: held, spentMinutes } = walletFigures(ledger, instant(at), of.projectId);
      return [availableMinutes, held, spentMinutes];
    });
  const journalOf = (of: Shop): Promise<readonly JournalTransaction[]> =>
    withVendorSession(under.database, async ({ em }) => (await journalsOf(em, [of.id])).flatMap(({ transactions }) => transactions));
  const messagesOn = (ticketId: string): Promise<string[]> =>
    withVendorSession(under.database, async ({ em }) => {
      const rows = await em.find(TicketMessage, { ticket: ticketId, visibility: 'PUBLIC' }, { orderBy: { writtenAt: 'asc', id: 'asc' } });
      return rows.map(({ body }) => body);
    });
  /** Ledger and tickets of a shop tell the same: all figures are what the journal amounts to, and a ticket holds what is held for it. What is recorded counts. */
  const expectAgreement = (of: Shop): Promise<void> =>
    withVendorSession(under.database, async ({ em }) => {
      const rows = await em.find(Ticket, { customer: of.id });
      const recorded = await ticketsAsOf(em, rows, instant('2000-01-01T00:00:00Z'));
      const onTickets = [...recorded.values()].flatMap(({ row, state: { hold } }) =>
        hold.state === 'PARTIAL' || hold.state === 'FULL' ? [[row.id, hold.holdId, hold.heldMinutes]] : [],
      );
      const wallet = await em.findOneOrFail(TimeWallet, { customer: of.id });
      const holds = await em.find(TimeHold, { wallet, resolvedBy: null });
      const journal = await readJournalRows(em, wallet.id);
      expect(journal && differencesOf(journal)).toEqual([]);
      expect(onTickets.sort()).toEqual(holds.map((hold) => [hold.ticketId, hold.id, heldMinutes(hold)]).sort());
    });
  return {
    ...under,
    ...{
      shop,
      shopWith,
      giveTime,
      on,
      done,
      queued,
      outOfTurn,
      verifyAccess,
      ready,
      recordDue: recordDueAt,
      claim,
      log,
      deliver,
      delivered,
      extra,
      refund,
    },
    ...{ minutesOf, journalOf, messagesOn, expectAgreement },
  };
}
export type WorkUnderTest = Awaited<ReturnType<typeof workUnderTest>>;
export type { IntakeUnderTest };

/** All access that the category of the work requires, shown to work. */
async function verifyAll(command: TicketCommand, { ticketId }: { readonly ticketId: string }) {
  const ticket = await lockedTicket(command, ticketId);
  return happenTo(command, ticket, { kind: 'ACCESS_VERIFIED', ...actOn(command, ticket), items: ['ADMIN_PANEL', 'FILES'] });
}
