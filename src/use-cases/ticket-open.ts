import { createHash } from 'node:crypto';
import { typeid } from 'typeid-js';
import { queryWithin } from '../persistence/session.js';
import { Ticket, type TicketRow } from '../persistence/ticket.js';
import type { Reason } from '../policy/reason.js';
import type { TicketState } from '../policy/ticket.js';
import type { TicketEventOf } from '../policy/ticket-event.js';
import { transition } from '../policy/ticket-machine.js';
import { type DuplicateCandidate, type DuplicateMerge, fingerprintOf, mergeArrival } from '../policy/ticket-queue.js';
import { type Actor, seesEveryone } from './actor.js';
import { installedVersionOf, NOTHING_FOUND } from './after-sales-facts.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';
import { pinnedPolicy } from './support-policy.js';
import { lockedTicket, type TicketCommand, ticketActor, ticketOnce } from './ticket-command.js';
import { type AskedService, type DecidedService, decideService, recordDecision } from './ticket-decision.js';
import { type LikeTicket, likeTickets, type MergePlan, merge, planMerge } from './ticket-duplicate.js';
import { missingFacts } from './ticket-facts.js';
import { type LoggedTicket, NOTHING_OUTSIDE, openLog } from './ticket-log.js';
import { lockQueue, queuePositionOf } from './ticket-queue.js';
import { keptReport, type RequestRows, requestRows, type TicketRequestInput } from './ticket-request.js';
import { LINE_LENGTH, optionalText, requiredText } from './ticket-text.js';

export interface TicketOpenInput extends TicketRequestInput {
  readonly idempotencyKey: string;
  /** The e-mail that it is made from, by staff or a partner; null: the request is made here and now. */
  readonly email: { readonly messageId: string; readonly receivedAt: Temporal.Instant } | null;
  /** An open ticket of which the customer says that this is the same. */
  readonly duplicateOf: string | null;
}

/** What opening a ticket came to. */
export interface TicketOpened {
  /** Null: refused for the reasons given, and nothing was written. */
  readonly ticketId: string | null;
  readonly reasons: readonly Reason[];
}

/**
 * B-15, B-16, B-19: takes a request in. It is bound to the conditions in force for it from here on; whether it is owed is decided and kept with all that this rests
 * on; its place in the queue is that of its arrival, which for an e-mail is when that came. A repetition of an open request is merged into it: the very same
 * text at once, another on the customer's word. Read the store first: `readStoreFor`.
 */
export function openTicket(command: TicketCommand, input: TicketOpenInput): Promise<TicketOpened> {
  const { em, actor, now } = command;
  return ticketOnce(command, 'ticketOpen', input, async () => {
    const report = keptReport(input.report);
    const rows = await requestRows(em, actor, input, input.email?.receivedAt ?? now);
    await lockCustomerRow(em, rows.customerId);
    const email = await arrivedBy(command, rows.customerId, input.email);
    const madeAt = email?.receivedAt ?? now;
    const decided = await decideService(em, placeOfRequest(rows, madeAt), askedOf({ ...input, report }), now);
    const event: TicketEventOf<'SUBMITTED'> = {
      kind: 'SUBMITTED',
      ...{ at: now, actor: ticketActor(actor), receivedAt: madeAt, messageId: email?.messageId ?? null },
      channel: email !== null ? 'EMAIL' : actor.kind === 'CUSTOMER' ? 'FORM' : 'API',
      ticketId: typeid().toUUID(),
      customerId: rows.customerId,
      projectId: rows.projectId,
      seq: await nextSeq(em),
      policy: pinOf(rows),
      decision: decided.outcome,
      licence: licenceOf(rows),
      storeId: rows.store?.id ?? null,
      fingerprint: createHash('sha256').update(fingerprintOf(report)).digest('hex'),
      missingFacts: missingIn({ ...input, report }, rows, decided),
    };
    const opened = transition(null, event, { policy: pinnedPolicy(rows.policy), ...NOTHING_OUTSIDE });
    if (opened.outcome === 'REFUSED') return { ticketId: null, reasons: opened.reasons };
    const repeated = await repetition(command, { ...input, report }, opened.state, rows);
    if (repeated !== null && repeated.reasons.length > 0) return { ticketId: null, reasons: repeated.reasons };
    const ticket = await writeTicket(command, { ...input, report }, rows, event, opened.state);
    recordDecision(em, ticket.row.id, 'SUBMISSION', decided, now);
    if (repeated !== null) await merge(command, ticket, repeated.original, repeated);
    return { ticketId: ticket.row.id, reasons: [] };
  });
}

/** Requests of one customer wait for each other, so that of two alike the second finds the first. */
async function lockCustomerRow(em: EntityManager, customerId: string): Promise<void> {
  await queryWithin(em, { name: 'customer-lock', text: 'select from customer where id = $1 for no key update', values: [customerId] });
}

/** The number of the next ticket, and its place among those submitted at once. */
export async function nextSeq(em: EntityManager): Promise<number> {
  const [next] = await queryWithin<{ seq: number }>(em, {
    name: 'ticket-seq',
    text: `select nextval('ticket_seq')::float8 as seq`,
    values: [],
  });
  if (next === undefined) throw new Error('The sequence of tickets gives no number.');
  return next.seq;
}

/** [ours] An older e-mail that turns up now was not handed over: clocks that began with it could be over before anybody read it. */
const EMAIL_HANDED_OVER_WITHIN = Temporal.Duration.from({ hours: 30 * 24 });

/** B-19: what an e-mail must be to count as one: sent on by the vendor or a partner, come within the last 30 days, and not made into a ticket before. */
async function arrivedBy({ em, actor, now }: TicketCommand, customerId: string, email: TicketOpenInput['email']) {
  if (email === null) return null;
  if (!seesEveryone(actor)) {
    throw new Refusal([userError('INVALID', 'Only the vendor or a partner makes tickets from e-mails; leave the e-mail out.', 'email')]);
  }
  const messageId = requiredText(email.messageId, LINE_LENGTH * 5, 'email', 'messageId');
  if (Temporal.Instant.compare(email.receivedAt, now) > 0) {
    throw new Refusal([userError('INVALID', 'An e-mail that has come came before now.', 'email', 'receivedAt')]);
  }
  if (Temporal.Instant.compare(email.receivedAt, now.subtract(EMAIL_HANDED_OVER_WITHIN)) < 0) {
    const mend = 'Leave the e-mail out and say in the description when it came: the ticket then counts from today.';
    throw new Refusal([userError('INVALID', `An e-mail keeps its own time for 30 days. ${mend}`, 'email', 'receivedAt')]);
  }
  const known = await queryWithin(em, {
    name: 'ticket-of-email',
    text: `select from ticket join ticket_event as first on first.ticket_id = ticket.id and first.ordinal = 1
      where ticket.customer_id = $1 and ticket.channel = 'EMAIL' and first.data ->> 'messageId' = $2 limit 1`,
    values: [customerId, messageId],
  });
  if (known.length === 0) return { messageId, receivedAt: email.receivedAt };
  throw new Refusal([userError('CONFLICT', 'A ticket was made from this e-mail before.', 'email', 'messageId')]);
}

function placeOfRequest({ customerId, projectId, purchase, store, policy }: RequestRows, madeAt: Temporal.Instant) {
  return { customerId, projectId, purchase, store, policy: pinnedPolicy(policy), madeAt, heldMinutes: 0 };
}

function askedOf({ request, category, needsWorkOnHost, report }: TicketRequestInput): AskedService {
  const { platformVersion, installedVersion } = report;
  const stated = { platformVersion, installedVersion };
  return {
    ...NOTHING_FOUND,
    request,
    category: optionalText(category, LINE_LENGTH, 'category'),
    needsWorkOnHost,
    estimateMinutes: null,
    stated,
  };
}

function pinOf({ policy: { name, version, contentHash } }: RequestRows) {
  return { name, version, contentHash };
}

/** what was paid for the licence, tax included and after discounts. */
function licenceOf({ purchase }: RequestRows) {
  if (purchase === null) return null;
  return { purchaseId: purchase.id, paidGross: { amountMinor: purchase.paidMinor, currencyCode: purchase.currencyCode } };
}

/** what neither the report nor a reading of the store tells. */
function missingIn({ request, report }: TicketRequestInput, { purchase }: RequestRows, { store }: Pick<DecidedService, 'store'>) {
  return missingFacts(request, {
    ...report,
    platformVersion: report.platformVersion ?? store.platformVersion?.version ?? null,
    installedVersion: report.installedVersion ?? (purchase && installedVersionOf(purchase, store.known.installed)),
  });
}

async function writeTicket(
  command: TicketCommand,
  { request, report }: TicketRequestInput,
  rows: RequestRows,
  event: TicketEventOf<'SUBMITTED'>,
  state: TicketState,
): Promise<LoggedTicket> {
  const { em } = command;
  const row: TicketRow = em.create(Ticket, {
    id: event.ticketId,
    customer: rows.customerId,
    purchase: rows.purchase,
    store: rows.store,
    project: rows.projectId,
    parent: null,
    supportPolicyVersion: rows.policy,
    request,
    channel: event.channel,
    report,
    fingerprint: event.fingerprint,
    submittedAt: state.submittedAt,
    seq: state.seq,
    queueAt: state.queueAt,
    queueSeq: state.queueSeq,
    work: state.work,
    returnTo: state.returnTo,
    eventCount: state.eventCount,
    nextDueAt: null,
    nextDueClock: null,
    bug: null,
  });
  em.persist(row);
  await em.flush();
  const policy = pinnedPolicy(rows.policy);
  await openLog(command, { row, policy }, event);
  return { row, state, policy };
}

/** What tells a request from another. */
function candidateOf({ customerId, purchase, store, projectId }: RequestRows, text: TicketRequestInput['report']): DuplicateCandidate {
  return { customerId, purchaseId: purchase?.id ?? null, storeId: store?.id ?? null, projectId, text };
}

/** B-16: the open ticket that a request repeats, locked, with how it is merged into that; null where it repeats none. */
async function repetition(
  command: TicketCommand,
  { duplicateOf, report }: TicketOpenInput,
  state: TicketState,
  rows: RequestRows,
): Promise<(MergePlan & { readonly original: LoggedTicket }) | null> {
  const { customerId } = rows;
  const same = (await likeTickets(command.em, candidateOf(rows, report), command.now)).find(({ verdict }) => verdict === 'MERGE');
  const originalId = duplicateOf ?? same?.ticket.row.id ?? null;
  if (originalId === null) return null;
  await lockQueue(command.em);
  const original = await lockedTicket(command, originalId, 'duplicateOf');
  if (original.row.customer.id !== customerId) throw new Refusal([userError('NOT_FOUND', 'There is no such ticket.', 'duplicateOf')]);
  const duplicate = { state, policy: pinnedPolicy(rows.policy) };
  const isSame = original.state.fingerprint === state.fingerprint;
  // What the very same text says, nobody has to: the program merges it. Another needs the word of the customer.
  const by = isSame ? ({ kind: 'PROGRAM', id: null } as const) : ticketActor(command.actor);
  const plan = planMerge({ by, now: command.now }, duplicate, original, isSame ? 'SAME_FINGERPRINT' : 'CONFIRMED');
  // Unasked, what may not be merged is a ticket of its own.
  return duplicateOf === null && plan.reasons.length > 0 ? null : { ...plan, original };
}

/** What would become of a request, shown before it is sent. */
export interface TicketPreview {
  readonly missingFacts: readonly string[];
  /** Open tickets that it may repeat, with what merging it into them would do to their places. */
  readonly duplicates: readonly (LikeTicket & { readonly merge: DuplicateMerge })[];
}

/**
 * A-18, B-16: what is missing in a request and which open tickets it repeats or is like, with their places before and after; writes nothing. Places are read
 * only where there is a duplicate.
 */
export async function previewTicket(
  em: EntityManager,
  actor: Actor,
  input: TicketRequestInput,
  at: Temporal.Instant,
): Promise<TicketPreview> {
  const report = keptReport(input.report);
  const rows = await requestRows(em, actor, input, at);
  const decided = await decideService(em, placeOfRequest(rows, at), askedOf({ ...input, report }), at);
  const like = await likeTickets(em, candidateOf(rows, report), at);
  const ids = like.map(({ ticket }) => ticket.row.id);
  const places = ids.length === 0 ? null : await queuePositionOf(em, ids);
  // Whatever number it is given, it comes after all there are.
  const arrival = { queueAt: at, queueSeq: Number.MAX_SAFE_INTEGER };
  const duplicates = like.map((each) => {
    const { row, state, policy } = each.ticket;
    return { ...each, merge: mergeArrival(state, arrival, places?.get(row.id) ?? null, policy.document) };
  });
  return { missingFacts: missingIn({ ...input, report }, rows, decided), duplicates };
}
