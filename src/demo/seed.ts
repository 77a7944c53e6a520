import { readFile } from 'node:fs/promises';
import { type Session, withVendorSession } from '../persistence/session.js';
import { createAccessToken } from '../use-cases/access-token.js';
import { PARTNER_SCOPES } from '../use-cases/actor.js';
import { saveAddon, saveSkuMeaning } from '../use-cases/addon.js';
import type { Gateway } from '../use-cases/gateway.js';
import { shopByCode } from '../use-cases/import-exception.js';
import { importOrders } from '../use-cases/orders-import.js';
import { publishRelease } from '../use-cases/release.js';
import { connectorOf, type StoreCredentials } from '../use-cases/store.js';
import { connectProbedStore } from '../use-cases/store-probe.js';
import { readStore } from '../use-cases/store-reading.js';
import { publishSupportPolicy } from '../use-cases/support-policy.js';
import { noteDone } from '../use-cases/sync-run.js';
import type { DemoTokens } from './local-state.js';
import { type SandboxShops, SHOP_ZONE, type ShopSecrets } from './sandbox-shops.js';
import { connectAlice, delegateToAlice, recordManifests } from './stores.js';
import { seedSupportDesk, takePrepaidOrders } from './support-desk.js';
import { addonInputs, releaseInputs, skuMeanings } from './vendor.js';

/** Told of each step; `done` and `total` where a step has many parts. */
export type SeedProgress = (step: string, done?: number, total?: number) => void;

const POLICY_FILES = ['technical-support.json', 'prepaid-support.json'];
const POLICIES_IN_FORCE_DAYS = 1_000;

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
    progress('hearing of customers’ stores');
    await recordManifests(session, today);
    const store = await connectAlice(gateway, session, today);
    await delegateToAlice(session, today);
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
  gateway: Gateway,
  session: Session,
  shops: SandboxShops,
  secrets: ShopSecrets,
  today: Temporal.Instant,
): Promise<void> {
  const connect = async (platform: 'MAGENTO' | 'PRESTASHOP', url: string, code: string, credentials: StoreCredentials): Promise<void> => {
    const shop = { platform, url, role: 'VENDOR_SHOP', customerId: null, code, timeZone: SHOP_ZONE, credentials } as const;
    const terms = { acceptIncomplete: false, keepUntested: false };
    const { userErrors } = await connectProbedStore(session, gateway, null, shop, terms, today);
    if (userErrors.length > 0) throw new Error(`The shop ${code} of the demonstration does not open: ${userErrors[0]?.message}`);
  };
  await connect('MAGENTO', shops.magento.url, 'magento-sandbox', { kind: 'MAGENTO_OAUTH', ...secrets.magento });
  await connect('PRESTASHOP', shops.prestashop.url, 'prestashop-sandbox', {
    kind: 'PRESTASHOP_KEY',
    key: secrets.prestashopKey,
    adminApi: null,
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
