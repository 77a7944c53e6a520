import { createHash } from 'node:crypto';
import { typeid } from 'typeid-js';
import { Purchase } from '../persistence/purchase.js';
import { Store } from '../persistence/store.js';
import { Ticket, type TicketReport } from '../persistence/ticket.js';
import type { WarrantyFacts } from '../policy/after-sales.js';
import type { Reason } from '../policy/reason.js';
import type { RootCause } from '../policy/support-policy.js';
import { warrantyEnd } from '../policy/ticket-clock.js';
import type { TicketEventOf } from '../policy/ticket-event.js';
import { foldTicket } from '../policy/ticket-machine.js';
import { fingerprintOf } from '../policy/ticket-queue.js';
import { NOTHING_FOUND } from './after-sales-facts.js';
import { codeDigest, codePlaceOf } from './code-digest.js';
import { codeChangedSinceHandOver } from './code-evidence.js';
import { Refusal, userError } from './outcome.js';
import { actOn, lockedTicket, type TicketAnswer, type TicketCommand, ticketOnce } from './ticket-command.js';
import { type DecidedService, decideService, recordDecision } from './ticket-decision.js';
import { eventsOf, type LoggedTicket, NOTHING_OUTSIDE, openLog, recordEvent } from './ticket-log.js';
import { nextSeq } from './ticket-open.js';
import { keptReport } from './ticket-request.js';

export interface WarrantyClaimInput {
  readonly idempotencyKey: string;
  /** The ticket whose delivered work is claimed on. */
  readonly ticketId: string;
  /** What fails. */
  readonly report: TicketReport;
  /** B-22: whether that is part of the outcome that was agreed on, as whoever claims it says; null: not said, and then nothing is decided. */
  readonly isAgreedResult: boolean | null;
  /**
   * SHA-256 of the store's code as it is now, in hexadecimal, to be compared with the digest at the hand-over; null: the store's reports are compared instead,
   * and without them no change is held against the customer.
   */
  readonly codeDigest: string | null;
  /** What staff found; null: nothing, which is all that others may say. */
  readonly finding: WarrantyFinding | null;
}

/** B-23, B-24: what the vendor's staff found before the claim was decided. */
export interface WarrantyFinding {
  /** Who changed the code since the hand-over, where it differs; the vendor's own changes void nothing. Null: not found out. */
  readonly codeChangedBy: 'CUSTOMER' | 'THIRD_PARTY' | 'VENDOR' | null;
  readonly rootCause: RootCause;
}

export interface WarrantyAnswer extends TicketAnswer {
  /** The ticket of the work under warranty; null where the claim was refused. */
  readonly childId: string | null;
}

/**
 * B-21 to B-24: claims warranty on delivered work. What is covered becomes a ticket of its own, queued at once and free of charge; else the reasons are
 * told and nothing is written. A change of the code counts as the customer's unless staff found whose it is.
 */
export function claimWarranty(command: TicketCommand, input: WarrantyClaimInput): Promise<WarrantyAnswer> {
  return ticketOnce(command, 'ticketClaimWarranty', input, async () => {
    const report = keptReport(input.report);
    const digest = codeDigest(input.codeDigest);
    if (input.finding !== null && command.actor.kind !== 'STAFF') {
      throw new Refusal([userError('INVALID', 'What was found is for the staff of the vendor to say: leave it out.', 'finding')]);
    }
    const parent = await lockedTicket(command, input.ticketId);
    const ticketId = parent.row.id;
    const act = actOn(command, parent);
    const decided = await decideClaim(command, parent, { ...input, report, codeDigest: digest }, act.at);
    const childId = typeid().toUUID();
    const claimed = await recordEvent(command, parent, { kind: 'WARRANTY_CLAIMED', ...act, childId, decision: decided.outcome });
    if (claimed.outcome === 'REFUSED') return { ticketId, reasons: refusalOf(claimed.reasons, decided), childId: null };
    await openChild(command, { ...parent, state: claimed.state }, decided, { ...act, childId, report });
    return { ticketId, reasons: [], childId };
  });
}

/** The decision on a claim rests on the instant of the claim, whatever was decided about the work itself. */
async function decideClaim(
  { em, now }: TicketCommand,
  parent: LoggedTicket,
  input: WarrantyClaimInput,
  madeAt: Temporal.Instant,
): Promise<DecidedService> {
  const { row, state, policy } = parent;
  const { customerId, projectId, category } = state;
  const purchase = row.purchase && (await em.findOneOrFail(Purchase, { id: row.purchase.id }, { populate: ['addon'] }));
  const store = row.store && (await em.findOneOrFail(Store, { id: row.store.id }));
  const { platformVersion, installedVersion } = input.report;
  const asked = {
    ...NOTHING_FOUND,
    request: 'CORRECTION',
    category,
    needsWorkOnHost: null,
    estimateMinutes: null,
    stated: { platformVersion, installedVersion },
    rootCause: input.finding?.rootCause ?? 'UNKNOWN',
    warranty: warrantyFacts(parent, input, await codeChange(em, parent, input, now)),
  } as const;
  return decideService(em, { customerId, projectId, policy, madeAt, purchase, store, heldMinutes: 0 }, asked, now);
}

type CodeChange = Pick<WarrantyFacts, 'codeChange' | 'changedFiles'>;

function warrantyFacts({ state, policy }: LoggedTicket, input: WarrantyClaimInput, change: CodeChange): WarrantyFacts | null {
  const { dueAt: endsAt } = warrantyEnd(state, policy.document);
  if (state.warranty.state === 'NONE' || endsAt === null) return null;
  const { isAgreedResult } = input;
  const agreedResult = isAgreedResult === null ? 'UNKNOWN' : isAgreedResult ? 'COVERED' : 'NOT_COVERED';
  return { endsAt, agreedResult, ...change };
}

/**
 * B-23: a digest that is stated is compared with that of the hand-over; where none is, the store's reports are, the vendor's own changes left out. Without
 * both sides nothing can be compared, and nothing is held against the customer.
 */
async function codeChange(
  em: TicketCommand['em'],
  parent: LoggedTicket,
  input: WarrantyClaimInput,
  now: Temporal.Instant,
): Promise<CodeChange> {
  const last = await handedOver(em, parent);
  if (input.codeDigest === null) {
    const place = last && (await codePlaceOf(em, parent.row));
    const changedFiles = last && place && (await codeChangedSinceHandOver(em, place, last.finishedAt, now));
    return changedFiles === null ? { codeChange: 'UNKNOWN' } : { codeChange: changeBy(changedFiles.length === 0, input), changedFiles };
  }
  return { codeChange: last?.digest == null ? 'UNKNOWN' : changeBy(last.digest === input.codeDigest, input) };
}

function changeBy(isSame: boolean, { finding }: WarrantyClaimInput): WarrantyFacts['codeChange'] {
  if (isSame || finding?.codeChangedBy === 'VENDOR') return 'NONE';
  return finding?.codeChangedBy === 'THIRD_PARTY' ? 'BY_THIRD_PARTY' : 'BY_CUSTOMER';
}

/** When the code was last handed over, and its digest then: with the work itself, or with work under its warranty, which the vendor did. */
async function handedOver(em: TicketCommand['em'], { row, state }: LoggedTicket) {
  const children = await em.find(Ticket, { parent: row.id }, { fields: ['id'] });
  const logs = await eventsOf(
    em,
    children.map(({ id }) => id),
  );
  const delivered = [state, ...[...logs.values()].map(foldTicket)].flatMap(({ finishedAt, warranty }) =>
    finishedAt === null ? [] : [{ finishedAt, digest: warranty.handOverDigest }],
  );
  return delivered.sort((one, other) => Temporal.Instant.compare(one.finishedAt, other.finishedAt)).at(-1) ?? null;
}

/** What stands in the way, the rules of warranty in place of the machine's summary of them. */
function refusalOf(reasons: readonly Reason[], { decision }: DecidedService): readonly Reason[] {
  const judged = decision.reasons.filter(({ code }) => code.startsWith('WARRANTY_') && code !== 'WARRANTY_RUNNING');
  const codes = new Set(judged.map(({ code }) => code));
  const others = reasons.filter(({ code }) => !codes.has(code) && (judged.length === 0 || code !== 'REQUEST_NOT_ENTITLED'));
  return [...others, ...judged];
}

type Claim = Pick<TicketEventOf<'WARRANTY_OPENED'>, 'at' | 'actor'> & { readonly childId: string; readonly report: TicketReport };

async function openChild(
  command: TicketCommand,
  { row: parentRow, state: parent, policy }: LoggedTicket,
  decided: DecidedService,
  { at, actor, childId, report }: Claim,
): Promise<void> {
  const { em } = command;
  const { dueAt: warrantyEndsAt } = warrantyEnd(parent, policy.document);
  if (warrantyEndsAt === null) throw new Error('A warranty that was claimed on has an end.');
  const seq = await nextSeq(em);
  const { customer, purchase, store, project, supportPolicyVersion } = parentRow;
  const row = em.create(Ticket, {
    id: childId,
    ...{ customer, purchase, store, project, parent: parentRow, supportPolicyVersion, report, seq },
    request: 'CORRECTION',
    channel: actor.kind === 'CUSTOMER' ? 'FORM' : 'API',
    fingerprint: createHash('sha256').update(fingerprintOf(report)).digest('hex'),
    ...{ submittedAt: at, queueAt: at, queueSeq: seq, work: 'QUEUED', returnTo: null, eventCount: 1 },
    ...{ nextDueAt: null, nextDueClock: null, bug: null },
  });
  em.persist(row);
  await em.flush();
  const { customerId, projectId, licence, storeId, category, policy: pin } = parent;
  const opened = await openLog(
    command,
    { row, policy },
    {
      kind: 'WARRANTY_OPENED',
      ...{ at, actor, ticketId: childId, customerId, projectId, seq, policy: pin, licence, storeId, category, warrantyEndsAt },
      decision: decided.outcome,
      parentId: parentRow.id,
    },
    { ...NOTHING_OUTSIDE, other: parent },
  );
  if (opened.outcome === 'REFUSED') throw new Error('A claim that the warranty covers opens a ticket.');
  recordDecision(em, childId, 'WARRANTY_CLAIM', decided, command.now);
}
