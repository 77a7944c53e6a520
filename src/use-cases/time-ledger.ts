import type { BalanceFacts, HoldFacts, LedgerRows, LotFacts, TermFacts, TransactionFacts } from '../persistence/time-ledger-rows.js';
import type { SupportFacts } from '../policy/support-term.js';
import {
  type JournalTransaction,
  type LotBalance,
  type OpenHold,
  type TimeLedger,
  taskKey,
  type WorkReference,
} from '../policy/time-journal.js';
import type { TimeLot } from '../policy/time-lot.js';

/** The ledger of somebody without a wallet. */
export const NO_TIME: TimeLedger = {
  walletId: null,
  lots: new Map(),
  balances: new Map(),
  issuedMinutes: 0,
  openHolds: new Map(),
  resolvedHolds: new Map(),
  transactions: new Map(),
  reversedBy: new Map(),
  settledTasks: new Map(),
  recordedThrough: null,
};

/** A wallet's stored figures as the policy core reads them; of what is closed, it knows what the rows tell. */
export function ledgerOf(rows: LedgerRows): TimeLedger {
  const transactions = rows.transactions.map(transactionOf);
  const reversedBy = new Map(transactions.flatMap(({ id, reverses }) => (reverses === null ? [] : [[reverses, id] as const])));
  const settlements = transactions.filter(
    ({ id, kind, legs }) => kind === 'SETTLE' && !reversedBy.has(id) && legs.some(({ account }) => account === 'CONSUMED'),
  );
  return {
    walletId: rows.walletId,
    lots: new Map(lotsOf(rows).map((lot) => [lot.id, lot])),
    balances: new Map(rows.balances.map((balance) => [balance.lotId, balanceOfRow(balance)])),
    issuedMinutes: rows.issuedMinutes,
    openHolds: new Map(rows.holds.flatMap((hold) => (hold.resolvedBy === null ? [[hold.id, openHoldOf(hold)]] : []))),
    resolvedHolds: new Map(rows.holds.flatMap(({ id, resolvedBy }) => (resolvedBy === null ? [] : [[id, resolvedBy]]))),
    transactions: new Map(transactions.map((transaction) => [transaction.id, transaction])),
    reversedBy,
    settledTasks: new Map(settlements.flatMap(({ id, work }) => (work === null ? [] : [[taskKey(work), id]]))),
    recordedThrough: optional(rows.recordedThrough),
  };
}

/** The lots of a wallet with the support terms that they depend on, and what was paid back of them. */
export function lotsOf({ lots, terms, refunds }: Pick<LedgerRows, 'lots' | 'terms' | 'refunds'>): TimeLot[] {
  const refunded = new Map(refunds.map(({ lotId, minutes }) => [lotId, minutes]));
  const supports = new Map(terms.map((term) => [term.purchaseId, supportOf(term)]));
  return lots.map((lot) => ({
    id: lot.id,
    walletId: lot.walletId,
    source: lot.source,
    minutes: lot.minutes,
    projectId: lot.projectId,
    priority: lot.priority,
    usableFrom: Temporal.Instant.from(lot.usableFrom),
    endsAt: optional(lot.endsAt),
    term: lot.termPurchaseId === null ? null : (supports.get(lot.termPurchaseId) ?? null),
    onTermEnd: lot.onTermEnd,
    price:
      lot.priceMinor === null || lot.currencyCode === null ? null : { amountMinor: BigInt(lot.priceMinor), currencyCode: lot.currencyCode },
    refundedMinutes: refunded.get(lot.id) ?? 0,
    parentId: lot.parentId,
    createdAt: Temporal.Instant.from(lot.createdAt),
  }));
}

/** Where a new lot comes from, beside what the policy core knows of it. */
export interface LotOrigin {
  readonly policyVersionId: string;
  readonly termPurchaseId: string | null;
  readonly grantKey: string | null;
}

export function lotFacts(lot: TimeLot, origin: LotOrigin): LotFacts & { readonly grantKey: string | null } {
  return {
    ...origin,
    id: lot.id,
    walletId: lot.walletId,
    source: lot.source,
    minutes: lot.minutes,
    projectId: lot.projectId,
    priority: lot.priority,
    usableFrom: lot.usableFrom.toString(),
    endsAt: lot.endsAt?.toString() ?? null,
    onTermEnd: lot.onTermEnd,
    priceMinor: lot.price?.amountMinor.toString() ?? null,
    currencyCode: lot.price?.currencyCode ?? null,
    parentId: lot.parentId,
    createdAt: lot.createdAt.toString(),
  };
}

export function transactionOf(row: TransactionFacts): JournalTransaction {
  const { sequence: _order, actorKind, actorName, ticketId, taskId, effectiveAt, recordedAt, lapsesAt, ...same } = row;
  return {
    ...same,
    effectiveAt: Temporal.Instant.from(effectiveAt),
    recordedAt: Temporal.Instant.from(recordedAt),
    lapsesAt: optional(lapsesAt),
    actor: { kind: actorKind, name: actorName },
    work: workOf(ticketId, taskId),
  };
}

export function transactionFacts(transaction: JournalTransaction, sequence: number): TransactionFacts {
  const { actor, work, effectiveAt, recordedAt, lapsesAt, ...same } = transaction;
  return {
    ...same,
    sequence,
    effectiveAt: effectiveAt.toString(),
    recordedAt: recordedAt.toString(),
    lapsesAt: lapsesAt?.toString() ?? null,
    actorKind: actor.kind,
    actorName: actor.name,
    ticketId: work?.ticketId ?? null,
    taskId: work?.taskId ?? null,
  };
}

export function openHoldOf({ id, projectId, ticketId, taskId, requestedMinutes, lapsesAt, placedAt, allocations }: HoldFacts): OpenHold {
  return {
    id,
    projectId,
    work: { ticketId, taskId },
    requestedMinutes,
    lapsesAt: optional(lapsesAt),
    placedAt: Temporal.Instant.from(placedAt),
    allocations,
  };
}

/** A hold to be written; over, it has nothing left. */
export function holdFacts(hold: OpenHold, resolvedBy: string | null): HoldFacts {
  const { id, projectId, work, requestedMinutes, lapsesAt, placedAt, allocations } = hold;
  return {
    id,
    projectId,
    ...work,
    requestedMinutes,
    lapsesAt: lapsesAt?.toString() ?? null,
    placedAt: placedAt.toString(),
    allocations: resolvedBy === null ? allocations : [],
    resolvedBy,
  };
}

/** What one balance has more than another, by account. */
export function balanceFacts(lotId: string, balance: LotBalance, before: LotBalance | null): BalanceFacts {
  const gained = (account: keyof LotBalance) => balance[account] - (before?.[account] ?? 0);
  return {
    lotId,
    available: gained('AVAILABLE'),
    held: gained('HELD'),
    consumed: gained('CONSUMED'),
    expired: gained('EXPIRED'),
    voided: gained('VOIDED'),
  };
}

const balanceOfRow = ({ available, held, consumed, expired, voided }: BalanceFacts): LotBalance => ({
  AVAILABLE: available,
  HELD: held,
  CONSUMED: consumed,
  EXPIRED: expired,
  VOIDED: voided,
});

const supportOf = ({ revokedAt, spans }: TermFacts): SupportFacts => ({
  revokedAt: optional(revokedAt),
  spans: spans.map((span) => ({
    ...span,
    paidAt: Temporal.Instant.from(span.paidAt),
    anchoredOn: Temporal.PlainDate.from(span.anchoredOn),
    startsOn: Temporal.PlainDate.from(span.startsOn),
    endsOn: Temporal.PlainDate.from(span.endsOn),
    startsAt: Temporal.Instant.from(span.startsAt),
    expiresAt: Temporal.Instant.from(span.expiresAt),
  })),
});

const workOf = (ticketId: string | null, taskId: string | null): WorkReference | null =>
  ticketId === null || taskId === null ? null : { ticketId, taskId };

const optional = (text: string | null): Temporal.Instant | null => (text === null ? null : Temporal.Instant.from(text));
