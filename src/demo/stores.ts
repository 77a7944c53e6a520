import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { Customer } from '../persistence/customer.js';
import type { CodeTouch } from '../persistence/installed-code.js';
import { Purchase } from '../persistence/purchase.js';
import type { Session } from '../persistence/session.js';
import type { StoreRow } from '../persistence/store.js';
import { type Actor, scopesOf } from '../use-cases/actor.js';
import { grantDelegation, USUAL_DELEGATION } from '../use-cases/delegation.js';
import type { EntityManager } from '../use-cases/entity-manager.js';
import type { Gateway } from '../use-cases/gateway.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { addReleaseManifest, manifestOf } from '../use-cases/release-manifest.js';
import { connectStore, type StoreConnectInput } from '../use-cases/store.js';
import { declareStore } from '../use-cases/store-declaration.js';
import { REPORT_DOMAIN, reportStore } from '../use-cases/store-report.js';
import type { StoreReportDocument } from '../use-cases/store-report-document.js';
import { ALICE, DINA, type Person } from './people.js';
import { ADDONS } from './vendor.js';

const ALICES_STORE = 'https://store.agency.example';
const ALICES_STAGING = 'https://alice-staging.studio.example';
/** What her store runs of the vendor's add-ons. */
const INSTALLED = '1.1.0';

const TOOL = { name: 'tenure-magento', version: '1.0.0' };

type Contents = Readonly<Record<string, string>>;

/** An add-on whose code is told file by file. */
interface BuiltAddon {
  readonly sku: string;
  readonly built: Contents;
  /** Files that the vendor put in place of those of the build, for one customer. */
  readonly hotfix: Contents;
  /** What differs in Alice's store. */
  readonly there: Contents;
  readonly touches: readonly CodeTouch[];
}

const sourceOf = (module: string, ...paths: readonly string[]): Contents =>
  Object.fromEntries(paths.map((path) => [path, `${module} ${INSTALLED}: ${path}`]));

const BUILT: readonly BuiltAddon[] = [
  {
    sku: 'MG-CHECKOUT',
    built: sourceOf(
      'Orbis_CheckoutFields',
      ...['composer.json', 'registration.php', 'etc/module.xml', 'etc/di.xml', 'i18n/fr_FR.csv', 'Model/Field.php', 'Model/FieldRule.php'],
      'view/frontend/web/js/fields.js',
    ),
    hotfix: { 'Model/FieldRule.php': 'Orbis_CheckoutFields 1.1.0: Model/FieldRule.php, mended' },
    there: { 'i18n/fr_FR.csv': 'Alice speaks another French' },
    touches: [],
  },
  {
    sku: 'MG-QUOTES',
    built: sourceOf(
      'Orbis_B2bQuotes',
      ...['composer.json', 'registration.php', 'etc/module.xml', 'etc/di.xml', 'i18n/fr_FR.csv', 'Model/Quote.php', 'Model/Total.php'],
    ),
    hotfix: {},
    there: { 'Model/Total.php': 'Rounded to five cents by Alice', 'Model/TotalInFrancs.php': 'Added by Alice' },
    touches: [{ kind: 'PLUGIN', target: 'Orbis\\B2bQuotes\\Model\\Quote::submit', by: 'Agency_Approval', sha256: null }],
  },
];

/** What an add-on's files are, at build time: releases carry it, and what stores report is held against it. */
export async function recordManifests(session: Session, today: Temporal.Instant): Promise<void> {
  await session.transaction(async (em) => {
    for (const { sku, built, hotfix } of BUILT) {
      const of = { addonSku: sku, version: INSTALLED };
      const manifest = (contents: Contents) => manifestOf(digestsOf(contents), [], { name: 'tenure', version: '0.1.0' }, today);
      await addReleaseManifest(em, { ...of, kind: 'BUILD', label: INSTALLED, manifest: manifest(built) }, today);
      if (Object.keys(hotfix).length === 0) continue;
      const label = 'Required fields behind a condition';
      await addReleaseManifest(em, { ...of, kind: 'HOTFIX', label, manifest: manifest(hotfix) }, today);
    }
  });
}

const digestsOf = (contents: Contents) =>
  Object.entries(contents).map(([path, text]) => {
    const bytes = Buffer.from(text);
    return { path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  });

/** Alice's shop: the store whose plugin reports, and one for staging at her agency's, of which only is known what she declares. */
export async function connectAlice(
  { secretKey }: Pick<Gateway, 'secretKey'>,
  session: Session,
  today: Temporal.Instant,
): Promise<{ storeId: string; customerId: string }> {
  return session.transaction(async (em) => {
    const alice = await em.findOneOrFail(Customer, { email: ALICE.email });
    const store: StoreConnectInput = {
      platform: 'MAGENTO',
      url: ALICES_STORE,
      role: 'CUSTOMER_PRODUCTION',
      customerId: alice.id,
      code: null,
      timeZone: null,
      credentials: null,
    };
    const production = await connectStore(em, store, secretKey, today);
    await em.flush();
    const groupId = production.group?.id ?? null;
    const staging = await connectStore(em, { ...store, url: ALICES_STAGING, role: 'CUSTOMER_STAGING', groupId }, secretKey, today);
    await em.flush();
    const word = { platformVersion: '2.4.8', distribution: null, upstreamVersion: null, phpVersion: '8.3', installed: [] };
    await declareStore(em, asCustomer(alice.id), { id: staging.id }, word, today);
    // A start that was killed further on has reported already.
    if (production.reportKey === null) await reportForAlice(em, production, today);
    const skus = BUILT.map(({ sku }) => sku);
    for (const purchase of await em.find(Purchase, { customer: alice.id, addon: { sku: { $in: skus } } }))
      em.assign(purchase, { group: production.group });
    return { storeId: production.id, customerId: alice.id };
  });
}

/** Pairs a plugin with Alice's store, and lets it report once. */
async function reportForAlice(em: EntityManager, store: StoreRow, today: Temporal.Instant): Promise<void> {
  const plugin = generateKeyPairSync('ed25519');
  em.assign(store, { reportKey: Buffer.from(plugin.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'), pairedAt: today });
  await em.flush();
  const document = Buffer.from(JSON.stringify(alicesReport(store, today)));
  const signature = sign(null, Buffer.concat([Buffer.from(REPORT_DOMAIN), document]), plugin.privateKey).toString('base64');
  await reportStore(em, store.id, { document, signature }, today);
}

/** What the plugin in Alice's store tells. Its key ends with the seed: whoever wants to report for her pairs a plugin of their own. */
function alicesReport({ id, url }: Pick<StoreRow, 'id' | 'url'>, today: Temporal.Instant): StoreReportDocument {
  const magento = ADDONS.filter(({ platform }) => platform === 'MAGENTO');
  const codeOf = ({ packageName, moduleName }: (typeof ADDONS)[number]) => packageName ?? moduleName;
  const modules = magento.map((addon) => ({ code: codeOf(addon), version: INSTALLED, enabled: true }));
  const addons = magento.flatMap((addon) => {
    const code = codeOf(addon);
    const built = BUILT.find(({ sku }) => sku === addon.sku);
    if (built === undefined) return [];
    const files = digestsOf({ ...built.built, ...built.hotfix, ...built.there });
    const version = { version: INSTALLED, installedVersion: INSTALLED };
    return [{ code, ...version, path: `vendor/${code}`, enabled: true, files, touches: [...built.touches] }];
  });
  return {
    format: 'tenure-store-report/1',
    nonce: randomBytes(16).toString('hex'),
    storeId: toGlobalId('Store', id),
    baseUrl: `${url}/`,
    reportedAt: today.toString(),
    tool: TOOL,
    platform: 'MAGENTO',
    distribution: null,
    platformVersion: '2.4.7-p3',
    upstreamVersion: null,
    phpVersion: '8.2.29',
    modules,
    addons,
  };
}

/** Dina lets Alice's agency act for her. */
export async function delegateToAlice(session: Session, today: Temporal.Instant): Promise<void> {
  await session.transaction(async (em) => {
    const [dina, alice] = [await customerOf(em, DINA), await customerOf(em, ALICE)];
    const input = { agencyId: alice.id, agencyName: 'Alice’s agency', scopes: USUAL_DELEGATION, expiresAt: null };
    await grantDelegation(em, asCustomer(dina.id), input, today);
  });
}

const customerOf = (em: EntityManager, { email }: Person) => em.findOneOrFail(Customer, { email });

const asCustomer = (customerId: string): Actor => ({
  kind: 'CUSTOMER',
  name: `customer:${customerId}`,
  scopes: scopesOf('CUSTOMER', []),
  customerId,
  storeId: null,
});
