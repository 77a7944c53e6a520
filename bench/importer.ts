import { openGateway } from '../src/app.js';
import { withVendorSession } from '../src/persistence/session.js';
import type { Platform } from '../src/policy/compatibility.js';
import { importOrders } from '../src/use-cases/orders-import.js';
import { connectorOf, connectStore } from '../src/use-cases/store.js';
import { answerParent } from './child.js';
import { sampleMemory } from './memory.js';
import { SHOP_ZONE } from './shop-orders.js';
import type { OpenShop } from './shop-server.js';

export interface ImporterStart {
  readonly databaseUrl: string;
  readonly platform: Platform;
  readonly shop: OpenShop;
  /** How many orders there are, to say how far the import is. */
  readonly orders: number;
}

export interface ImporterAnswer {
  readonly seconds: number;
  readonly ordersSeen: number;
  readonly ordersPlaced: number;
  readonly refundsSeen: number;
  readonly exceptionsOpen: number;
  readonly statements: number;
  /** Seconds in which the import had nothing to do but wait for the shop. */
  readonly waitedSeconds: number;
  /** Resident memory of this process: before the import, and its peak. */
  readonly memoryBeforeMb: number;
  readonly memoryPeakMb: number;
  /** The least heap in use in the second tenth of the time, and in the last one. */
  readonly heapEarlyMb: number;
  readonly heapLateMb: number;
  /** What is still reachable after the import: the heap after a full collection. The peak also holds what nobody has collected yet. */
  readonly memoryKeptMb: number;
  /** Seconds of this process on a processor; what is missing to the whole it waited, for the shop and for the database. */
  readonly cpuSeconds: number;
}

const CODE = 'bench';
const PROGRESS_MS = 5_000;

/** One import as a worker does it, with the gateway's own connector and the shop's credentials. */
async function start({ databaseUrl, platform, shop: open, orders }: ImporterStart): Promise<ImporterAnswer> {
  const counted = { statements: 0, waitedMs: 0 };
  const config = {
    port: 0,
    host: '127.0.0.1',
    databaseUrl,
    logLevel: 'info' as const,
    allowedHosts: [new URL(open.url).host],
    allowedNetworks: [],
    allowedPorts: [],
    allowedHostsOfCustomers: [],
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
  const input = { platform, url: open.url, role: 'VENDOR_SHOP', customerId: null, code: CODE, timeZone: SHOP_ZONE } as const;
  const shop = await withVendorSession(gateway.database, (session) =>
    session.transaction((em) => connectStore(em, { ...input, credentials: open.credentials }, gateway.secretKey, gateway.now())),
  );
  const connector = connectorOf(shop, gateway.secretKey, gateway.connect);
  if (connector === null) throw new Error('The credentials of the shop were not kept.');
  counted.statements = 0;
  const memory = sampleMemory();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let toldAt = startedAt;
  const summary = await importOrders(gateway.database, {
    shop,
    platform: connector,
    now: gateway.now,
    startedAt: gateway.now(),
    addJob: gateway.addJob,
    onWait: (page) => {
      const since = performance.now();
      const end = () => {
        counted.waitedMs += performance.now() - since;
      };
      page.then(end, end);
    },
    onProgress: ({ resource, seen }) => {
      if (performance.now() - toldAt < PROGRESS_MS) return;
      toldAt = performance.now();
      const perSecond = resource === 'ORDERS' ? `, ${((seen * 1_000) / (toldAt - startedAt)).toFixed(0)} a second` : '';
      process.stderr.write(`         ${resource.toLowerCase()}: ${seen}${resource === 'ORDERS' ? ` of ${orders}` : ''}${perSecond}\n`);
    },
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  const sampled = memory.end();
  globalThis.gc?.();
  const memoryKeptMb = process.memoryUsage().heapUsed / 2 ** 20;
  await gateway.database.close();
  const { failure, ordersSeen, ordersPlaced, refundsSeen, exceptionsOpen } = summary;
  if (failure !== null) throw new Error(`The import stopped: ${failure.code}, ${failure.message}`);
  return {
    seconds,
    ordersSeen,
    ordersPlaced,
    refundsSeen,
    exceptionsOpen,
    statements: counted.statements,
    waitedSeconds: counted.waitedMs / 1_000,
    ...sampled,
    memoryKeptMb,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

answerParent<ImporterStart, ImporterAnswer>(start);
