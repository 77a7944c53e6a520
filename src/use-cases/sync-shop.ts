import { ImportException } from '../persistence/import-exception.js';
import type { Session } from '../persistence/session.js';
import { withVendorSession } from '../persistence/session.js';
import { requestRun } from '../persistence/sync-claim.js';
import type { SyncTask } from '../policy/sync-schedule.js';
import { shopByCode } from './import-exception.js';
import type { AddJob } from './job.js';
import type { ImportProgress } from './orders-import.js';
import { Refusal, userError } from './outcome.js';
import { cursorFrom, type ImportStart, shopOrCodes } from './shop-import.js';
import { stampAt } from './shop-stamp.js';
import { addTasks, runSync, type SyncGateway } from './sync-run.js';
import type { TaskReport } from './sync-task.js';

/** What the vendor's shops are asked. */
export const SHOP_TASKS = ['ORDERS', 'RECONCILIATION', 'PRODUCTS'] as const satisfies readonly SyncTask[];
export type ShopTask = (typeof SHOP_TASKS)[number];

export type ShopSync =
  | ({ readonly outcome: 'RAN'; readonly shop: string; readonly exceptionsOpen: number } & TaskReport)
  /** A worker or another command has the task at this moment. */
  | { readonly outcome: 'RUNNING' }
  /** It was to begin later than now, by the shop's calendar: nothing could be read. */
  | { readonly outcome: 'SINCE_AHEAD' }
  /** `known` are the codes of the shops that are connected. */
  | { readonly outcome: 'NO_SUCH_SHOP'; readonly known: readonly string[] }
  /** Nothing is kept to log in with, or what is kept belongs to another address or key. */
  | { readonly outcome: 'NO_CREDENTIALS' };

/** Runs one task of a shop now, due or not, until it is done or the gateway is to stop; orders from where the last run stopped, or from `since` on. */
export async function syncShop(
  gateway: SyncGateway,
  code: string,
  {
    task,
    since,
    onProgress,
  }: { readonly task: ShopTask; readonly since: ImportStart | null; readonly onProgress: (progress: ImportProgress) => void },
): Promise<ShopSync> {
  const found = await withVendorSession(gateway.database, (session) => shopOrCodes(session, code));
  if ('known' in found) return { outcome: 'NO_SUCH_SHOP', known: found.known };
  const { shop } = found;
  const from = since === null ? undefined : cursorFrom(shop, since);
  if (from !== undefined && from.changedAt > stampAt(shop, gateway.now())) return { outcome: 'SINCE_AHEAD' };
  const run = await runSync(gateway, { storeId: shop.id, task }, { evenEarly: true, since: from, onProgress });
  if (run.outcome === 'NOT_TAKEN') return { outcome: 'RUNNING' };
  if (run.outcome !== 'RAN') return run;
  const exceptionsOpen = await withVendorSession(gateway.database, ({ em }) =>
    em.count(ImportException, { shop: shop.id, resolvedAt: null }),
  );
  return { ...run, shop: code, exceptionsOpen };
}

/** Asks for a run of a task of a shop, due or not, and adds its job, in one transaction. No pause holds it. Refuses where a run has it already, and where there is nothing to log in with. */
export async function requestSync(
  session: Session,
  { shop: code, task }: { readonly shop: string; readonly task: ShopTask },
  now: Temporal.Instant,
  addJob: AddJob,
): Promise<void> {
  const shop = await shopByCode(session, code);
  if (shop === null) throw new Refusal([userError('NOT_FOUND', 'There is no connected shop with this code.', 'shop')]);
  if (shop.sealedCredentials === null)
    throw new Refusal([userError('UNREADABLE_STORE', 'No credentials are kept for this shop. Connect it again with credentials.', 'shop')]);
  await session.transaction(async (em) => {
    await addTasks(em, shop.id, now);
    if (!(await requestRun(em, { storeId: shop.id, task }, now)))
      throw new Refusal([userError('CONFLICT', 'A run of this task is under way: see syncStatus for how far it is.', 'task')]);
    await addJob(em, { queue: 'sync-shop', storeId: shop.id, task });
  });
}
