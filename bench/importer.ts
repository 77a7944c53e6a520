import { openGateway } from '../src/app.js';
import { withVendorSession } from '../src/persistence/session.js';
import type { Platform } from '../src/policy/compatibility.js';
import { importShop } from '../src/use-cases/shop-import.js';
import { connectStore } from '../src/use-cases/store.js';
import { answerParent } from './child.js';
import { SHOP_ZONE } from './shop-orders.js';
import type { OpenShop } from './shop-server.js';

export interface ImporterStart {
  readonly databaseUrl: string;
  readonly platform: Platform;
  readonly shop: OpenShop;
}

export interface ImporterAnswer {
  readonly seconds: number;
  readonly ordersSeen: number;
  readonly ordersPlaced: number;
  readonly refundsSeen: number;
  readonly exceptionsOpen: number;
  readonly statements: number;
  /** Resident memory of this process: before the import, and its peak. */
  readonly memoryBeforeMb: number;
  readonly memoryPeakMb: number;
  /** What is still reachable after the import: the heap after a full collection. The peak also holds what nobody has collected yet. */
  readonly memoryKeptMb: number;
  /** Seconds of this process on a processor; what is missing to the whole it waited, for the shop and for the database. */
  readonly cpuSeconds: number;
}

const CODE = 'bench';

/** One import as the command line does it: connector, credentials and cursor included. */
async function start({ databaseUrl, platform, shop }: ImporterStart): Promise<ImporterAnswer> {
  const counted = { statements: 0 };
  const config = {
    port: 0,
    host: '127.0.0.1',
    databaseUrl,
    logLevel: 'info' as const,
    allowedHosts: [new URL(shop.url).host],
    allowedNetworks: [],
    allowedPorts: [],
    jwt: null,
    development: false,
    statementTimeoutMs: 5_000,
    poolSize: 2,
    trustProxy: false as const,
    shutdownGraceMs: 1_000,
    tokenPepper: '',
    secretKey: Buffer.alloc(32),
    worker: false,
  };
  const gateway = await openGateway(config, {
    onStatement: () => {
      counted.statements += 1;
    },
  });
  const input = { platform, url: shop.url, role: 'VENDOR_SHOP', customerId: null, code: CODE, timeZone: SHOP_ZONE } as const;
  await withVendorSession(gateway.database, (session) =>
    session.transaction((em) => connectStore(em, { ...input, credentials: shop.credentials }, gateway.secretKey, gateway.now())),
  );
  counted.statements = 0;
  const memoryBeforeMb = process.memoryUsage.rss() / 2 ** 20;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const result = await importShop(gateway, CODE, { since: null, onProgress: () => {} }, gateway.now());
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  globalThis.gc?.();
  const memoryKeptMb = process.memoryUsage().heapUsed / 2 ** 20;
  await gateway.database.close();
  if (result.outcome !== 'IMPORTED') throw new Error(`The import ended with ${result.outcome}.`);
  const { failure, ordersSeen, ordersPlaced, refundsSeen, exceptionsOpen } = result.summary;
  if (failure !== null) throw new Error(`The import stopped: ${failure.code}, ${failure.message}`);
  return {
    seconds,
    ordersSeen,
    ordersPlaced,
    refundsSeen,
    exceptionsOpen,
    statements: counted.statements,
    memoryBeforeMb,
    memoryKeptMb,
    memoryPeakMb: process.resourceUsage().maxRSS / 1_024,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

answerParent<ImporterStart, ImporterAnswer>(start);
