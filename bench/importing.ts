import { openDatabase } from '../src/persistence/database.js';
import { withVendorSession } from '../src/persistence/session.js';
import type { Platform } from '../src/policy/compatibility.js';
import { publishCatalogue } from './catalogue.js';
import { startChild } from './child.js';
import type { Cluster } from './cluster.js';
import type { ImporterAnswer, ImporterStart } from './importer.js';
import type { OpenShop, ShopServerStart } from './shop-server.js';

export interface ImportFigures extends ImporterAnswer {
  readonly platform: Platform;
  readonly orders: number;
}

export interface ImportPlan {
  readonly orders: number;
  /** Where a CPU profile of the importer is left. */
  readonly profileDirectory: string | null;
}

const ADDONS = 40;
const CHILD_TIMEOUT_MS = 60_000;
const IMPORT_TIMEOUT_MS = 60 * 60_000;

/** Imports so many orders of a sandbox shop into a database of its own; shop and importer are each a process of their own. */
export async function measureImport(
  cluster: Cluster,
  platform: Platform,
  { orders, profileDirectory }: ImportPlan,
): Promise<ImportFigures> {
  const databaseUrl = await cluster.createDatabase();
  const database = await openDatabase({ url: databaseUrl, poolSize: 2, statementTimeoutMs: 60_000 });
  const catalogue = await withVendorSession(database, (session) => publishCatalogue(session, ADDONS, Temporal.Now.instant())).finally(() =>
    database.close(),
  );
  const addons = catalogue.addons.map(({ sku, renewalSku, name, listPriceMinor }) => {
    return { sku, renewalSku, name, price: `${listPriceMinor / 100n}.${String(listPriceMinor % 100n).padStart(2, '0')}` };
  });
  const shop = await startChild<ShopServerStart, OpenShop>('shop-server');
  const profiling = profileDirectory === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
  const importer = await startChild<ImporterStart, ImporterAnswer>('importer', ['--expose-gc', ...profiling]);
  try {
    const open = await shop.ask({ platform, orders, addons }, CHILD_TIMEOUT_MS);
    const answer = await importer.ask({ databaseUrl, platform, shop: open, orders }, IMPORT_TIMEOUT_MS);
    if (answer.ordersPlaced !== orders || answer.exceptionsOpen > 0)
      throw new Error(
        `Of ${orders} orders ${answer.ordersPlaced} were placed, with ${answer.exceptionsOpen} exceptions: that is no import to time.`,
      );
    return { platform, orders, ...answer };
  } finally {
    await Promise.all([shop.stop(), importer.stop()]);
  }
}
