import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import { Store, type StoreRow } from '../persistence/store.js';
import {
  TicketDecision as TicketDecisionEntity,
  type TicketDecisionMoment,
  type TicketDecisionRow,
} from '../persistence/ticket-decision.js';
import { TimeTransaction } from '../persistence/time-transaction.js';
import { type AfterSalesDecision, type AfterSalesFacts, decideAfterSales, takesOn } from '../policy/after-sales.js';
import type { AfterSalesRequest, PinnedPolicy, SupportPolicyDocument } from '../policy/support-policy.js';
import { chargeableMinutesOf, endsRemedy, undoesCharge } from '../policy/ticket.js';
import type { TicketDecision, TicketEvent } from '../policy/ticket-event.js';
import { timePassed } from '../policy/ticket-machine.js';
import { journalActor } from './actor.js';
import { afterSalesFacts, type ServiceRequest, type StatedVersions, type StoreWord, storeWordFor } from './after-sales-facts.js';
import { type CodeEvidence, codeOfRequest, codeRecord } from './code-evidence.js';
import type { EntityManager } from './entity-manager.js';
import { factsFromJson, factsToJson } from './fact-json.js';
import { happenTo, type TicketAnswer, type TicketCommand } from './ticket-command.js';
import type { LoggedTicket } from './ticket-log.js';
import { tellCustomer } from './ticket-time.js';
import { usableMinutesFor } from './time-command.js';
import { undoEntry } from './time-correction.js';

/** Where a request belongs, and when it was made: its rights are fixed at that instant (A-22). */
export interface RequestPlace {
  readonly customerId: string;
  readonly projectId: string | null;
  /** With its add-on loaded; null where no add-on is concerned. */
  readonly purchase: PurchaseRow | null;
  readonly store: StoreRow | null;
  readonly policy: PinnedPolicy;
  readonly madeAt: Temporal.Instant;
  /** Minutes that are reserved for this very request, or were charged for it, and so count as usable for it. */
  readonly heldMinutes: number;
}

/** What is asked for, and what is known of it beside the rows. */
export interface AskedService extends Omit<ServiceRequest, 'prepaidAvailableMinutes'> {
  readonly stated: StatedVersions;
}

/** A decision with all that it rests on. */
export interface DecidedService {
  readonly decision: AfterSalesDecision;
  /** The same, as far as the course of a ticket depends on it. */
  readonly outcome: TicketDecision;
  readonly facts: AfterSalesFacts;
  readonly stated: StatedVersions;
  readonly store: StoreWord;
  /** The add-on's code by the store's report; null where it never reported it. */
  readonly code: CodeEvidence | null;
}

/**
 * Decides on a request by the conditions that bind it, from all that is known now about the instant at which it was made (A-13 to A-17, A-22, B-02 to B-09, B-21 to
 * B-27). Prepaid time is what can be reserved now on the project of the request; without a project, none can.
 */
export async function decideService(
  em: EntityManager,
  place: RequestPlace,
  asked: AskedService,
  now: Temporal.Instant,
): Promise<DecidedService> {
  const { customerId, projectId, purchase, policy, madeAt } = place;
  const { stated, ...request } = asked;
  const store = await storeWordFor(em, place.store, purchase, stated, madeAt, now);
  const usable = projectId === null ? 0 : await usableMinutesFor(em, customerId, projectId, now);
  const asks = { ...request, prepaidAvailableMinutes: usable + place.heldMinutes };
  const code = await codeOfRequest(em, { storeId: place.store?.id ?? null, addonId: purchase?.addon.id ?? null }, madeAt, now);
  const facts = await afterSalesFacts(em, asks, purchase, store, stated.installedVersion, code);
  const decision = decideAfterSales(policy, facts, madeAt);
  const outcome = outcomeOf(policy.document, asked.request, decision);
  // What has been taken back since is corrected, but not paid back once more.
  const isEnded = purchase?.revokedAt != null;
  return { decision, outcome: isEnded ? { ...outcome, remedy: 'NONE' } : outcome, facts, stated, store, code };
}

/** What of a decision the course of a ticket depends on: its remedy is that of the coverage that decided. */
export function outcomeOf(document: SupportPolicyDocument, request: AfterSalesRequest, decision: AfterSalesDecision): TicketDecision {
  const { verdict, coverage, charge } = decision;
  const rule = document.coverage.find((each) => each.coverage === coverage && takesOn(each, request, true));
  return { verdict, coverage, charge, remedy: rule?.remedy ?? 'NONE' };
}

/** What a later decision on a ticket changes of what the one before it rested on. */
export type ServiceChange = Partial<Omit<AskedService, 'stated'>> & { readonly stated?: Partial<StatedVersions> };

/** Decides anew on the request of a locked ticket: on what its last decision rested on, with what is known since. */
export async function decideAnew(
  em: EntityManager,
  ticket: LoggedTicket,
  change: ServiceChange,
  now: Temporal.Instant,
): Promise<DecidedService> {
  const { row, state, policy } = ticket;
  const known = await lastEvidence(em, row.id);
  const { customerId, projectId, submittedAt: madeAt, hold } = state;
  const place: RequestPlace = {
    customerId,
    projectId,
    policy,
    madeAt,
    purchase: row.purchase && (await em.findOneOrFail(Purchase, { id: row.purchase.id }, { populate: ['addon'] })),
    store: row.store && (await em.findOneOrFail(Store, { id: row.store.id })),
    heldMinutes:
      hold.state === 'SETTLED' ? chargeableMinutesOf(state) : hold.state === 'PARTIAL' || hold.state === 'FULL' ? hold.heldMinutes : 0,
  };
  const { stated, ...changed } = change;
  return decideService(em, place, { ...known, ...changed, stated: { ...known.stated, ...stated } }, now);
}

type Evidence = AfterSalesFacts & { readonly stated: StatedVersions };

/** The newest decision on a ticket, as it is recorded. */
export async function latestDecision(em: EntityManager, ticketId: string): Promise<AfterSalesDecision> {
  return (await latestRow(em, ticketId)).decision;
}

/** What the newest decision on a ticket rested on. */
async function lastEvidence(em: EntityManager, ticketId: string): Promise<AskedService> {
  const facts = factsFromJson((await latestRow(em, ticketId)).facts) as Evidence;
  const { request, category, needsWorkOnHost, estimateMinutes, stated } = facts;
  const { rootCause, productBug, incompatibleDevelopments, warranty } = facts;
  const findings = { rootCause, productBug, incompatibleDevelopments, warranty };
  return { request, category, needsWorkOnHost, estimateMinutes, stated, ...findings };
}

async function latestRow(em: EntityManager, ticketId: string): Promise<TicketDecisionRow> {
  const [last] = await em.find(TicketDecisionEntity, { ticket: ticketId }, { orderBy: { decidedAt: 'desc', id: 'desc' }, limit: 1 });
  if (last === undefined) throw new Error(`Ticket ${ticketId} has no decision.`);
  return last;
}

/**
 * Lets an event that rests on a decision happen to a locked ticket; the decision is recorded if it does. B-27: where it makes the work free, what the work was charged
 * before is given back.
 */
export async function happenDecided(
  command: TicketCommand,
  ticket: LoggedTicket,
  moment: TicketDecisionMoment,
  decided: DecidedService,
  event: TicketEvent,
): Promise<TicketAnswer> {
  const before = timePassed(ticket.state, ticket.policy.document, event.at).state;
  const answer = await happenTo(command, ticket, event);
  if (answer.reasons.length > 0) return answer;
  recordDecision(command.em, ticket.row.id, moment, decided, command.now);
  if (endsRemedy(before, decided.outcome)) tellEnding(command, ticket, decided, event);
  const isTakenOn = event.kind === 'CLASSIFIED';
  if (ticket.state.hold.state === 'SETTLED' && undoesCharge(decided.outcome, isTakenOn)) {
    const shown = event.kind === 'ROOT_CAUSE_FOUND' ? event.evidence : decided.decision.reasons[0]?.message;
    const why = decided.outcome.coverage === 'PRODUCT_BUG' ? 'A fault of the add-on itself' : 'The work is free of charge';
    await giveBackCharge(command, ticket, `${why}: ${shown}`);
  }
  return answer;
}

/** A-13: tells the customer why a correction is owed no more, and by which clause. */
function tellEnding(command: TicketCommand, ticket: LoggedTicket, { decision }: DecidedService, event: TicketEvent): void {
  const why = event.kind === 'ROOT_CAUSE_FOUND' ? event.evidence : event.kind === 'CLASSIFIED' ? event.discretionReason : null;
  const decisive = decision.reasons.find(({ effect, clause }) => effect === 'REFUSES' && clause !== null);
  const clause = decisive?.clause ?? ticket.policy.document.clauses['A-13'] ?? null;
  const rest = `${clause === null ? '' : ` (${clause})`}: ${why}\nYou can ask the vendor once to look at this again.`;
  tellCustomer(command, ticket, event.at, `The vendor has decided that no correction is owed any more${rest}`);
}

/** B-27: undoes what a task was charged, whole and once: charged nothing, or given back before, nothing happens. */
async function giveBackCharge({ em, now, actor, addJob }: TicketCommand, { row }: LoggedTicket, reason: string): Promise<void> {
  const [charge] = await em.find(TimeTransaction, { ticketId: row.id, kind: 'SETTLE' }, { orderBy: { sequence: 'desc' }, limit: 1 });
  if (charge !== undefined) await undoEntry(em, charge.id, { actor: journalActor(actor), reason, now, addJob });
}

/** Keeps a decision on a ticket as evidence: with its reasons, its facts, who told the store's version, and why nobody did. */
export function recordDecision(
  em: EntityManager,
  ticketId: string,
  moment: TicketDecisionMoment,
  { decision, facts, stated, store, code }: DecidedService,
  decidedAt: Temporal.Instant,
): void {
  const evidence = { ...facts, stated, storeVersionFrom: store.source, storeUnreadBecause: store.failure, code: codeRecord(code) };
  const storeReading = store.toldBy?.id ?? null;
  em.persist(
    em.create(TicketDecisionEntity, { ticket: ticketId, moment, decision, facts: factsToJson(evidence), storeReading, decidedAt }),
  );
}
