import { Writable } from 'node:stream';
import type { StorePlatform } from '../../integrations/store-platform.js';
import { type CliEnvironment, runCli } from '../../src/cli/program.js';
import { jobAdder } from '../../src/jobs/add-job.js';
import { jobDesk } from '../../src/jobs/job-desk.js';
import type { Database } from '../../src/persistence/database.js';
import { executeWithin, withVendorSession } from '../../src/persistence/session.js';
import { saveAddon } from '../../src/use-cases/addon.js';
import type { Gateway } from '../../src/use-cases/gateway.js';
import { policyLibrary } from '../../src/use-cases/policy-library.js';
import { connectStore, type StoreCredentials } from '../../src/use-cases/store.js';
import { publishSupportPolicy } from '../../src/use-cases/support-policy.js';
import { shippedDocument } from '../policy/shipped-policies.js';

export const NOW = Temporal.Instant.from('2026-02-10T09:00:00Z');
export const PEPPER = 'a pepper that only the tests of the command line know';
export const SECRET_KEY = new Uint8Array(32).fill(7);

export interface Ending {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command on a database (null: none may be opened) and returns what it printed. */
export async function run(argv: readonly string[], database: Database | null, changes: Partial<CliEnvironment> = {}): Promise<Ending> {
  const out = capturedStream();
  const err = capturedStream();
  const exitCode = await runCli(argv, {
    openGateway: async () => {
      if (database === null) throw new Error('This command must not open the gateway.');
      return { gateway: gatewayOn(database), close: async () => {} };
    },
    serve: async () => {},
    work: async () => {},
    jobDesk: (gateway) => jobDesk(gateway.database.jobs),
    migrate: async () => [],
    stopOnSignal: () => new AbortController().signal,
    schemaText: async () => 'type Query {\n  viewer: String\n}\n',
    stdout: out.stream,
    stderr: err.stream,
    now: () => NOW,
    isTerminal: false,
    variables: {},
    ...changes,
  });
  return { exitCode, out: out.text(), err: err.text() };
}

export function gatewayOn(database: Database, connect: Gateway['connect'] = notConnected): Gateway {
  return {
    database,
    policies: policyLibrary(),
    tokenPepper: PEPPER,
    secretKey: SECRET_KEY,
    connect,
    connectAtDoor: connect,
    connectForStaff: connect,
    addJob: jobAdder(executeWithin),
    now: () => NOW,
    stopping: new AbortController().signal,
  };
}

const notConnected = (): StorePlatform => {
  throw new Error('No store is read in this test.');
};

export function capturedStream(isTTY = false) {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY }), text: () => chunks.join('') };
}

/** A vendor with the shipped technical-support policy, one Magento add-on at 120.00 EUR, and a Magento and a PrestaShop shop. */
export async function seedVendor(database: Database): Promise<void> {
  await withVendorSession(database, (session) =>
    session.transaction(async (em) => {
      const began = Temporal.PlainDate.from('2020-01-01');
      await publishSupportPolicy(em, shippedDocument('technical-support'), began, NOW);
      await em.flush();
      const addon = { name: 'Shipping Pro', platform: 'MAGENTO', packageName: null, moduleName: 'Vendor_Shipping' } as const;
      const listPrice = { amountMinor: 12_000n, currencyCode: 'EUR' };
      await saveAddon(em, { ...addon, sku: 'SHIP-PRO', listPrice, supportPolicy: 'technical-support' }, NOW);
      await seedShop(em, 'magento-eu', 'MAGENTO', null, { kind: 'MAGENTO_BEARER', token: 'shop-secret-text' });
      await seedShop(em, 'presta-fr', 'PRESTASHOP', 'Europe/Paris', { kind: 'PRESTASHOP_KEY', key: 'shop-secret-text', adminApi: null });
      await seedShop(em, 'magento-locked', 'MAGENTO', null, null);
    }),
  );
}

async function seedShop(
  em: Parameters<typeof connectStore>[0],
  code: string,
  platform: 'MAGENTO' | 'PRESTASHOP',
  timeZone: string | null,
  credentials: StoreCredentials | null,
): Promise<void> {
  const shop = { platform, url: `https://${code}.example`, role: 'VENDOR_SHOP', customerId: null, code, timeZone, credentials } as const;
  await connectStore(em, shop, SECRET_KEY, NOW);
}
