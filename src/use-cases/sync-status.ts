import { ImportCursor, type ImportCursorRow } from '../persistence/import-cursor.js';
import type { PlainRow } from '../persistence/plain-row.js';
import type { ReconciliationRow } from '../persistence/reconciliation.js';
import { lastReconciliations } from '../persistence/reconciliation-rows.js';
import { withVendorSession } from '../persistence/session.js';
import { Store, type StoreRow } from '../persistence/store.js';
import { SYNC_LEASE_SECONDS } from '../persistence/sync-claim.js';
import { type ShopFigures, shopFigures } from '../persistence/sync-figures.js';
import { SyncState, type SyncStateRow } from '../persistence/sync-state.js';
import { needsPerson, type SyncTask } from '../policy/sync-schedule.js';
import type { EntityManager } from './entity-manager.js';
import type { Gateway } from './gateway.js';
import { MAX_ATTEMPTS } from './orders-import.js';

/** More shops than a vendor has. */
export const MAX_SHOPS_SHOWN = 100;

export const SYNC_STANDINGS = ['RUNNING', 'DUE', 'WAITING', 'FAILING', 'NEEDS_PERSON'] as const;
/** How it stands with a task now. */
export type SyncStanding = (typeof SYNC_STANDINGS)[number];

/** How it stands with one task of a store, as of a moment. */
export interface TaskStatus {
  readonly task: SyncTask;
  readonly standing: SyncStanding;
  readonly nextRunAt: Temporal.Instant;
  /** Null unless a living run has the task. */
  readonly startedAt: Temporal.Instant | null;
  /** Of that run; 0 and null without one. */
  readonly seen: number;
  readonly total: number | null;
  readonly lastSucceededAt: Temporal.Instant | null;
  readonly failure: TaskFailure | null;
  readonly circuit: SyncStateRow['circuit'];
  readonly circuitReopensAt: Temporal.Instant | null;
}

/** Why the last run failed, until one succeeds. */
export interface TaskFailure {
  readonly code: string;
  readonly message: string;
  /** What can be done about it. */
  readonly remedy: string;
  readonly failedAt: Temporal.Instant;
  /** One after the other. */
  readonly count: number;
}

export interface ShopSyncStatus {
  readonly shop: StoreRow;
  /** False: the shop is not synchronised at all. */
  readonly hasCredentials: boolean;
  readonly tasks: readonly TaskStatus[];
  readonly cursors: readonly ImportCursorRow[];
  /** Since when changes of orders may be missing here: seconds since the last run began that read all of them; null when none ever did. */
  readonly lagSeconds: number | null;
  readonly figures: ShopFigures;
  /** The newest, under way or done. */
  readonly lastReconciliation: PlainRow<ReconciliationRow> | null;
}

/** How synchronising the vendor's shops stands, by code; of one shop where `code` names it, which gives an empty list when there is none. Five statements. */
export async function syncStatuses(em: EntityManager, code: string | null, now: Temporal.Instant): Promise<ShopSyncStatus[]> {
  const shops = await em.find(
    Store,
    { role: 'VENDOR_SHOP', ...(code === null ? {} : { code }) },
    { orderBy: { code: 'asc' }, limit: MAX_SHOPS_SHOWN },
  );
  const ids = shops.map(({ id }) => id);
  const states = await em.find(SyncState, { store: ids }, { orderBy: { task: 'asc' } });
  const cursors = await em.find(ImportCursor, { shop: ids }, { orderBy: { resource: 'asc' } });
  const figures = await shopFigures(em, ids, MAX_ATTEMPTS);
  const reconciliations = await lastReconciliations(em, ids);
  return shops.map((shop) => {
    const tasks = states.filter(({ store }) => store.id === shop.id);
    const read = tasks.find(({ task }) => task === 'ORDERS')?.completeAsOf ?? null;
    return {
      shop,
      hasCredentials: shop.sealedCredentials !== null,
      tasks: tasks.map((state) => taskStatus(state, now)),
      cursors: cursors.filter((cursor) => cursor.shop.id === shop.id),
      lagSeconds: read === null ? null : Math.max(0, Math.floor((now.epochMilliseconds - read.epochMilliseconds) / 1_000)),
      figures: figures.get(shop.id) ?? NOTHING_KNOWN,
      lastReconciliation: reconciliations.get(shop.id) ?? null,
    };
  });
}

/** The same for an operator; the codes of the shops that there are where none has this one. */
export function statusesOfShops(
  { database }: Pick<Gateway, 'database'>,
  code: string | null,
  now: Temporal.Instant,
): Promise<{ readonly statuses: readonly ShopSyncStatus[] } | { readonly known: readonly string[] }> {
  return withVendorSession(database, async (session) => {
    const statuses = await syncStatuses(session.em, code, now);
    if (statuses.length > 0 || code === null) return { statuses };
    const all = await session.em.find(Store, { role: 'VENDOR_SHOP' }, { orderBy: { code: 'asc' } });
    return { known: all.flatMap((known) => known.code ?? []) };
  });
}

const NOTHING_KNOWN: ShopFigures = { orders: 0, refunds: 0, products: 0, exceptionsOpen: 0, exceptionsForPerson: 0 };

/** What a row tells at a moment. A run without a sign of life for longer than its lease is none: its task is due. */
export function taskStatus(state: SyncStateRow, now: Temporal.Instant): TaskStatus {
  const startedAt = isAlive(state, now) ? state.startedAt : null;
  const failure = failureIn(state);
  return {
    task: state.task,
    standing: standingOf(state, startedAt !== null, now),
    nextRunAt: dueAt(state),
    startedAt,
    seen: startedAt === null ? 0 : state.seen,
    total: startedAt === null ? null : state.total,
    lastSucceededAt: state.lastSucceededAt,
    failure,
    circuit: state.circuit,
    circuitReopensAt: state.circuitReopensAt,
  };
}

function isAlive({ startedAt, seenAliveAt }: SyncStateRow, now: Temporal.Instant): boolean {
  if (startedAt === null || seenAliveAt === null) return false;
  return Temporal.Instant.compare(seenAliveAt, now.subtract({ seconds: SYNC_LEASE_SECONDS })) > 0;
}

/** A run that was asked for is due since then. */
const dueAt = ({ requestedAt, nextRunAt }: SyncStateRow): Temporal.Instant =>
  requestedAt !== null && Temporal.Instant.compare(requestedAt, nextRunAt) < 0 ? requestedAt : nextRunAt;

function standingOf(state: SyncStateRow, isRunning: boolean, now: Temporal.Instant): SyncStanding {
  if (isRunning) return 'RUNNING';
  const { startedAt, failureCode } = state;
  if (startedAt !== null || Temporal.Instant.compare(dueAt(state), now) <= 0) return 'DUE';
  if (failureCode === null) return 'WAITING';
  return needsPerson(failureCode) ? 'NEEDS_PERSON' : 'FAILING';
}

function failureIn({ failureCode, failureMessage, lastFailedAt, failures }: SyncStateRow): TaskFailure | null {
  if (failureCode === null || lastFailedAt === null) return null;
  return { code: failureCode, message: failureMessage ?? '', remedy: remedyFor(failureCode), failedAt: lastFailedAt, count: failures };
}

const REMEDIES: Readonly<Record<string, string>> = {
  ADDRESS_REFUSED: 'Connect the store under an address that Tenure may reach, or have the operator allow its host or network.',
  CERTIFICATE_REFUSED: 'Have the certificate of the store renewed for its name.',
  CREDENTIALS_REFUSED: 'Give credentials that work with storeConnect: the store is read again at once.',
  NO_CREDENTIALS:
    'Give credentials with storeConnect: the store is read again at once. Or start Tenure with the key that they were sealed with, then ask for a run with syncRun.',
  RIGHT_MISSING: 'Grant the right that is named in the store, then ask for a run with syncRun.',
  WEBSERVICE_OFF: 'Switch the web service on in the store, then ask for a run with syncRun.',
  NOT_FOUND: 'See whether the address still leads to the store, or whether it is being maintained.',
  UNEXPECTED_REPLY: 'See whether the address still leads to the store, or whether it is being maintained.',
  TOO_LARGE: 'The store answers more than it should: see which of its extensions adds to the answers.',
  UNEXPECTED: 'A fault of Tenure: its log tells where. It is tried again by itself.',
};

/** What a person can do about a failure. */
const remedyFor = (code: string): string => REMEDIES[code] ?? 'Nothing for now: it is tried again by itself, after a pause.';
