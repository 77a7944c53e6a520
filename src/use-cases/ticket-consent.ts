import { moneyToDecimal } from '../policy/money.js';
import type { TicketEventOf } from '../policy/ticket-event.js';
import { holdOfTask } from '../policy/ticket-hold.js';
import { transition } from '../policy/ticket-machine.js';
import { type RefundedMinutes, refundHold } from '../policy/time-hold.js';
import type { TimeLedger } from '../policy/time-journal.js';
import { spokenMinutes } from '../policy/time-posting.js';
import { tellOutside } from './outbox.js';
import { actOn, happenTo, lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';
import { type LoggedTicket, NOTHING_OUTSIDE } from './ticket-log.js';
import { mustHappen, taskOf, tellCustomer, timeEntry } from './ticket-time.js';
import { commandTime } from './time-command.js';

export type TicketConsentInput = { readonly idempotencyKey: string; readonly ticketId: string } & (
  | {
      readonly choice: 'EXTRA';
      /** The new limit of what may be charged for the whole task, in minutes: above the one that was reached. */
      readonly capMinutes: number;
    }
  | { readonly choice: 'REFUND'; readonly refundAs: 'MINUTES' | 'MONEY' }
);

export interface ConsentAnswer extends TicketAnswer {
  /** What the vendor owes for bought minutes of the task, by currency; empty unless MONEY was chosen. Amounts in minor units. */
  readonly refunds: readonly { readonly minutes: number; readonly amountMinor: string; readonly currencyCode: string }[];
}

/**
 * B-12: the customer's answer when work takes far longer than estimated. EXTRA: it goes on, and at most the new limit is charged. REFUND: the task is given up
 * and nothing of it is charged; its minutes return, or, for bought ones and if so asked, they end and their value is owed. What is owed is told in the
 * answer, on the ticket and outside; paying it is the vendor's act.
 */
export function giveConsent(command: TicketCommand, input: TicketConsentInput): Promise<ConsentAnswer> {
  return ticketOnce(command, 'ticketConsent', input, async () => {
    const ticket = await lockedTicket(command, input.ticketId);
    const base = { kind: 'CONSENT_GIVEN', ...actOn(command, ticket) } as const;
    if (input.choice === 'EXTRA') return consent(command, ticket, { ...base, choice: 'EXTRA', capMinutes: input.capMinutes });
    const given = { ...base, choice: 'REFUND', refundAs: input.refundAs } as const;
    return input.refundAs === 'MONEY' ? payBack(command, ticket, given) : consent(command, ticket, given);
  });
}

async function consent(command: TicketCommand, ticket: LoggedTicket, event: TicketEventOf<'CONSENT_GIVEN'>): Promise<ConsentAnswer> {
  return { ...(await happenTo(command, ticket, event)), refunds: [] };
}

/** Ends the bought minutes of the reservation for their value; the others return. The policy core judges the consent before a minute moves. */
async function payBack(command: TicketCommand, ticket: LoggedTicket, event: TicketEventOf<'CONSENT_GIVEN'>): Promise<ConsentAnswer> {
  const { em } = command;
  const { row, state, policy } = ticket;
  const judged = transition(state, event, { policy, ...NOTHING_OUTSIDE });
  if (judged.outcome === 'REFUSED') return { ticketId: row.id, reasons: judged.reasons, refunds: [] };
  const work = taskOf(row.id);
  const entry = timeEntry(command, ticket, event.at, `Ticket ${state.seq} was given up, and what was bought for it is paid back.`);
  // What the ledger has reserved: a charge-back may have taken it all.
  const end = (ledger: TimeLedger) => refundHold(ledger, { holdId: holdOfTask(ledger, work)?.id ?? null }, entry);
  const posted = await commandTime(em, row.customer.id, event.at, end);
  if (posted.outcome === 'REFUSED') return { ticketId: row.id, reasons: posted.reasons, refunds: [] };
  await mustHappen(command, ticket, event);
  const refunds = byCurrency(posted.refunds);
  await tellRefunds(command, ticket, event.at, refunds);
  if (posted.releasedMinutes > 0)
    await command.addJob(em, { queue: 'time-added', customerId: row.customer.id, key: `released:${state.hold.holdId}` });
  return { ticketId: row.id, reasons: [], refunds };
}

/** What is to be paid back, for the customer and for whoever pays it. */
async function tellRefunds(
  command: TicketCommand,
  ticket: LoggedTicket,
  happenedAt: Temporal.Instant,
  refunds: ConsentAnswer['refunds'],
): Promise<void> {
  const { row } = ticket;
  const owed = refunds.map(({ minutes, amountMinor, currencyCode }) => {
    return `${spokenMinutes(minutes)} worth ${moneyToDecimal({ amountMinor: BigInt(amountMinor), currencyCode })} ${currencyCode}`;
  });
  tellCustomer(command, ticket, happenedAt, `The task was given up. To be paid back: ${owed.join(', ')}.`);
  const tidings = refunds.map((refund) => {
    const key = `time-refund:${row.id}:${refund.currencyCode}`;
    return { kind: 'TIME_REFUND_OWED' as const, customerId: row.customer.id, key, data: { ticket: row.id, ...refund }, happenedAt };
  });
  await tellOutside(command.em, tidings);
}

function byCurrency(refunds: readonly RefundedMinutes[]): ConsentAnswer['refunds'] {
  return [...Map.groupBy(refunds, ({ value }) => value.currencyCode)].map(([currencyCode, parts]) => ({
    currencyCode,
    minutes: parts.reduce((sum, { minutes }) => sum + minutes, 0),
    amountMinor: parts.reduce((sum, { value }) => sum + value.amountMinor, 0n).toString(),
  }));
}
