import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Customer } from '../persistence/customer.js';
import { Purchase } from '../persistence/purchase.js';
import { type Session, withVendorSession } from '../persistence/session.js';
import { createAccessToken } from '../use-cases/access-token.js';
import { PARTNER_SCOPES } from '../use-cases/actor.js';
import { saveAddon, saveSkuMeaning } from '../use-cases/addon.js';
import type { Gateway } from '../use-cases/gateway.js';
import { shopByCode } from '../use-cases/import-exception.js';
import { importOrders } from '../use-cases/orders-import.js';
import { publishRelease } from '../use-cases/release.js';
import { connectorOf, connectStore, type StoreConnectInput, type StoreCredentials } from '../use-cases/store.js';
import { readStore } from '../use-cases/store-reading.js';
import { REPORT_DOMAIN, reportStore } from '../use-cases/store-report.js';
import type { StoreReportDocument } from '../use-cases/store-report-document.js';
import { publishSupportPolicy } from '../use-cases/support-policy.js';
import { noteDone } from '../use-cases/sync-run.js';
import type { DemoTokens } from './local-state.js';
import { ALICE } from './people.js';
import { type SandboxShops, SHOP_ZONE, type ShopSecrets } from './sandbox-shops.js';
import { seedSupportDesk, takePrepaidOrders } from './support-desk.js';
import { ADDONS, addonInputs, releaseInputs, skuMeanings } from './vendor.js';

/** Told of each step; `done` and `total` where a step has many parts. */
export type SeedProgress = (step: string, done?: number, total?: number) => void;

const POLICY_FILES = ['technical-support.json', 'prepaid-support.json'];
const POLICIES_IN_FORCE_DAYS = 1_000;
export const ALICES_STORE = 'https://store.agency.example';

/**
 * Makes the demonstration's vendor: policies, add-ons, releases, two connected shops, their orders imported over HTTP, a customer's store
 * with a reading, some weeks at the support desk, and one token of each kind. Every step may be repeated, so that a start that was killed goes on.
 */
export async function seedDemo(
  gateway: Gateway,
  shops: SandboxShops,
  secrets: ShopSecrets,
  today: Temporal.Instant,
  progress: SeedProgress,
): Promise<DemoTokens> {
  return withVendorSession(gateway.database, async (session) => {
    progress('publishing the support policies');
    await publishPolicies(session, today);
    await saveCatalogue(session, today, progress);
    await connectShops(gateway, session, shops, secrets, today);
    for (const code of ['magento-sandbox', 'prestashop-sandbox']) await importShop(gateway, session, code, progress);
    progress('reading a customer’s store');
    const store = await connectAlice(gateway, session, today);
    await seedSupportDesk(gateway, session, today, progress);
    progress('making one token of each kind');
    return makeTokens(gateway, session, store);
  });
}

async function publishPolicies(session: Session, today: Temporal.Instant): Promise<void> {
  const effectiveFrom = today
    .subtract({ hours: 24 * POLICIES_IN_FORCE_DAYS })
    .toZonedDateTimeISO('UTC')
    .toPlainDate();
  for (const file of POLICY_FILES) {
    const document: unknown = JSON.parse(await readShipped(`schema/policies/${file}`));
    await session.transaction((em) => publishSupportPolicy(em, document, effectiveFrom, today));
  }
}

/** A file that ships beside src, and beside the compiled dist. */
async function readShipped(path: string): Promise<string> {
  try {
    return await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  } catch {
    return readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');
  }
}

async function saveCatalogue(session: Session, today: Temporal.Instant, progress: SeedProgress): Promise<void> {
  const releases = releaseInputs(today);
  await session.transaction(async (em) => {
    progress('saving add-ons and what each SKU means');
    for (const addon of addonInputs()) await saveAddon(em, addon, today);
    await em.flush();
    for (const meaning of skuMeanings()) await saveSkuMeaning(em, meaning);
  });
  for (const [index, release] of releases.entries()) {
    progress('publishing releases', index + 1, releases.length);
    await session.transaction((em) => publishRelease(em, release, today));
  }
}

async function connectShops(
  { secretKey }: Gateway,
  session: Session,
  shops: SandboxShops,
  secrets: ShopSecrets,
  today: Temporal.Instant,
): Promise<void> {
  const shop = (platform: 'MAGENTO' | 'PRESTASHOP', url: string, code: string, credentials: StoreCredentials): StoreConnectInput => ({
    platform,
    url,
    role: 'VENDOR_SHOP',
    customerId: null,
    code,
    timeZone: SHOP_ZONE,
    credentials,
  });
  await session.transaction(async (em) => {
    await connectStore(
      em,
      shop('MAGENTO', shops.magento.url, 'magento-sandbox', { kind: 'MAGENTO_OAUTH', ...secrets.magento }),
      secretKey,
      today,
    );
    await connectStore(
      em,
      shop('PRESTASHOP', shops.prestashop.url, 'prestashop-sandbox', {
        kind: 'PRESTASHOP_KEY',
        key: secrets.prestashopKey,
        adminApi: null,
      }),
      secretKey,
      today,
    );
  });
}

async function importShop(gateway: Gateway, session: Session, code: string, progress: SeedProgress): Promise<void> {
  const shop = await shopByCode(session, code);
  const platform = shop === null ? null : connectorOf(shop, gateway.secretKey, gateway.connect);
  if (shop === null || platform === null) throw new Error(`The shop ${code} of the demonstration is not connected.`);
  await takePrepaidOrders(session, shop, platform);
  const summary = await importOrders(gateway.database, {
    shop,
    platform,
    now: gateway.now,
    startedAt: gateway.now(),
    onProgress: ({ resource, seen, total }) => progress(`importing ${resource.toLowerCase()} from ${code}`, seen, total ?? seen),
  });
  if (summary.failure !== null) throw new Error(`${code} could not be imported: ${summary.failure.message}`);
  await session.transaction((em) => noteDone(em, shop, 'ORDERS', gateway.now()));
  await readStore(session, shop, platform, gateway.now());
}

async function connectAlice(
  { secretKey }: Gateway,
  session: Session,
  today: Temporal.Instant,
): Promise<{ storeId: string; customerId: string }> {
  const customer = await session.em.findOneOrFail(Customer, { email: ALICE.email });
  const installed = ADDONS.filter((addon) => addon.platform === 'MAGENTO').map(({ packageName, moduleName }) => ({
    code: packageName ?? moduleName,
    version: '1.1.0',
    enabled: true,
  }));
  const input: StoreConnectInput = {
    platform: 'MAGENTO',
    url: ALICES_STORE,
    role: 'CUSTOMER_PRODUCTION',
    customerId: customer.id,
    code: null,
    timeZone: null,
    credentials: null,
  };
  return session.transaction(async (em) => {
    const store = await connectStore(em, input, secretKey, today);
    await em.flush();
    const plugin = generateKeyPairSync('ed25519');
    em.assign(store, { reportKey: Buffer.from(plugin.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'), pairedAt: today });
    await em.flush();
    const document = Buffer.from(JSON.stringify(alicesReport(installed, today)));
    const signature = sign(null, Buffer.concat([Buffer.from(REPORT_DOMAIN), document]), plugin.privateKey).toString('base64');
    await reportStore(em, store.id, { document, signature }, today);
    const checkout = await em.findOne(Purchase, { customer: customer.id, addon: { sku: 'MG-CHECKOUT' } });
    if (checkout !== null) em.assign(checkout, { group: store.group });
    return { storeId: store.id, customerId: customer.id };
  });
}

/** What the plugin in Alice's store tells. Its key ends with the seed: whoever wants to report for her pairs a plugin of their own. */
const alicesReport = (modules: StoreReportDocument['modules'], today: Temporal.Instant): StoreReportDocument => ({
  format: 'tenure-store-report/1',
  nonce: randomBytes(16).toString('hex'),
  reportedAt: today.toString(),
  tool: { name: 'tenure-magento', version: '1.0.0' },
  platform: 'MAGENTO',
  distribution: null,
  platformVersion: '2.4.7-p3',
  upstreamVersion: null,
  phpVersion: '8.2.29',
  modules,
  addons: [],
});

async function makeTokens(
  { tokenPepper, now }: Gateway,
  session: Session,
  { storeId, customerId }: { storeId: string; customerId: string },
): Promise<DemoTokens> {
  const nobody = { scopes: [], customerId: null, storeId: null, expiresAt: null };
  const make = async (input: Parameters<typeof createAccessToken>[1]) =>
    (await session.transaction((em) => createAccessToken(em, input, tokenPepper, now()))).text;
  return {
    staff: await make({ ...nobody, kind: 'STAFF', label: 'Demonstration: staff' }),
    partner: await make({ ...nobody, kind: 'PARTNER', label: 'Demonstration: partner', scopes: PARTNER_SCOPES }),
    customer: await make({ ...nobody, kind: 'CUSTOMER', label: 'Demonstration: Alice', customerId }),
    store: await make({ ...nobody, kind: 'STORE', label: 'Demonstration: Alice’s store', storeId }),
  };
}
