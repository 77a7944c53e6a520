import type { Platform } from '../policy/compatibility.js';
import type { ReleaseChannel, ReleaseKind } from '../policy/update-access.js';
import type { AddonSaveInput, SkuMeaningSaveInput } from '../use-cases/addon.js';
import type { ReleasePublishInput } from '../use-cases/release.js';

/** An add-on of the demonstration's vendor. Everything in this folder is invented. */
interface DemoAddon {
  readonly sku: string;
  readonly name: string;
  readonly platform: Platform;
  readonly packageName: string | null;
  readonly moduleName: string;
  readonly price: number;
  readonly policy: 'technical-support' | 'prepaid-support';
  /** Days before today of the first release; the others follow at even distances. */
  readonly sinceDays: number;
}

const A = 'technical-support';
const B = 'prepaid-support';

export const ADDONS: readonly DemoAddon[] = [
  {
    sku: 'MG-CHECKOUT',
    name: 'Checkout Fields',
    platform: 'MAGENTO',
    packageName: 'orbis/checkout-fields',
    moduleName: 'Orbis_CheckoutFields',
    price: 199,
    policy: A,
    sinceDays: 700,
  },
  {
    sku: 'MG-QUOTES',
    name: 'B2B Quotes',
    platform: 'MAGENTO',
    packageName: 'orbis/b2b-quotes',
    moduleName: 'Orbis_B2bQuotes',
    price: 399,
    policy: A,
    sinceDays: 650,
  },
  {
    sku: 'MG-SEARCH',
    name: 'Search Insight',
    platform: 'MAGENTO',
    packageName: 'orbis/search-insight',
    moduleName: 'Orbis_SearchInsight',
    price: 149,
    policy: A,
    sinceDays: 620,
  },
  {
    sku: 'MG-FEEDS',
    name: 'Feed Export',
    platform: 'MAGENTO',
    packageName: 'orbis/feed-export',
    moduleName: 'Orbis_FeedExport',
    price: 89,
    policy: B,
    sinceDays: 600,
  },
  {
    sku: 'MG-PRIVACY',
    name: 'Privacy Desk',
    platform: 'MAGENTO',
    packageName: 'orbis/privacy-desk',
    moduleName: 'Orbis_PrivacyDesk',
    price: 79,
    policy: B,
    sinceDays: 580,
  },
  {
    sku: 'MG-STOCK',
    name: 'Stock Alerts',
    platform: 'MAGENTO',
    packageName: 'orbis/stock-alerts',
    moduleName: 'Orbis_StockAlerts',
    price: 59,
    policy: A,
    sinceDays: 400,
  },
  {
    sku: 'MG-NOTES',
    name: 'Order Notes',
    platform: 'MAGENTO',
    packageName: 'orbis/order-notes',
    moduleName: 'Orbis_OrderNotes',
    price: 0,
    policy: B,
    sinceDays: 380,
  },
  {
    sku: 'PS-LOYALTY',
    name: 'Loyalty Points',
    platform: 'PRESTASHOP',
    packageName: null,
    moduleName: 'orbisloyalty',
    price: 129,
    policy: A,
    sinceDays: 690,
  },
  {
    sku: 'PS-SHIPPING',
    name: 'Shipping Rules',
    platform: 'PRESTASHOP',
    packageName: null,
    moduleName: 'orbisshipping',
    price: 99,
    policy: A,
    sinceDays: 640,
  },
  {
    sku: 'PS-META',
    name: 'Meta Studio',
    platform: 'PRESTASHOP',
    packageName: null,
    moduleName: 'orbismeta',
    price: 79,
    policy: A,
    sinceDays: 560,
  },
  {
    sku: 'PS-INVOICES',
    name: 'Invoice Archive',
    platform: 'PRESTASHOP',
    packageName: null,
    moduleName: 'orbisinvoices',
    price: 69,
    policy: B,
    sinceDays: 500,
  },
  {
    sku: 'PS-CHAT',
    name: 'Chat Desk',
    platform: 'PRESTASHOP',
    packageName: null,
    moduleName: 'orbischat',
    price: 149,
    policy: B,
    sinceDays: 450,
  },
];

/** SKU of a renewal of three months, as the demonstration's shops sell it. */
export const renewalOf = (sku: string): string => `${sku}-RENEWAL`;
export const PREPAID_HOURS = 'SUPPORT-10H';
export const INSTALLATION = 'INSTALL-SERVICE';

export const addonInputs = (): AddonSaveInput[] =>
  ADDONS.map(({ sku, name, platform, packageName, moduleName, price, policy }) => ({
    sku,
    name,
    platform,
    packageName,
    moduleName,
    listPrice: { amountMinor: BigInt(price) * 100n, currencyCode: 'EUR' },
    supportPolicy: policy,
  }));

/** What else stands on order lines. `GIFT-MUG` is left out: its order waits as an import exception. */
export const skuMeanings = (): SkuMeaningSaveInput[] => [
  ...ADDONS.filter((addon) => addon.price > 0).map(({ sku }) => ({
    sku: renewalOf(sku),
    kind: 'RENEWAL' as const,
    addonSku: sku,
    periods: 1,
    minutes: null,
  })),
  { sku: PREPAID_HOURS, kind: 'PREPAID_TIME', addonSku: null, periods: null, minutes: 600, supportPolicyName: 'prepaid-support' },
  { sku: INSTALLATION, kind: 'IGNORED', addonSku: null, periods: null, minutes: null },
];

interface DemoRelease {
  readonly version: string;
  readonly kind: ReleaseKind;
  readonly channel: ReleaseChannel;
  readonly magento: readonly [string, string];
  readonly prestashop: readonly [string, string];
  readonly summary: string;
}

const RELEASES: readonly DemoRelease[] = [
  {
    version: '1.0.0',
    kind: 'MAJOR',
    channel: 'STABLE',
    magento: ['2.4.4', '2.4.6'],
    prestashop: ['1.7.6', '1.7.8'],
    summary: 'First release.',
  },
  {
    version: '1.0.1',
    kind: 'BUGFIX',
    channel: 'STABLE',
    magento: ['2.4.4', '2.4.6'],
    prestashop: ['1.7.6', '1.7.8'],
    summary: 'Settings are kept when a store view is added.',
  },
  {
    version: '1.1.0',
    kind: 'MINOR',
    channel: 'STABLE',
    magento: ['2.4.4', '2.4.7'],
    prestashop: ['1.7.6', '8.1.7'],
    summary: 'Works with the newest line of the platform.',
  },
  {
    version: '1.1.1',
    kind: 'SECURITY',
    channel: 'STABLE',
    magento: ['2.4.4', '2.4.7'],
    prestashop: ['1.7.6', '8.1.7'],
    summary: 'Escapes a value in the back office.',
  },
  {
    version: '1.2.0',
    kind: 'MINOR',
    channel: 'STABLE',
    magento: ['2.4.6', '2.4.8'],
    prestashop: ['8.0.0', '9.0.0'],
    summary: 'Exports in the background.',
  },
  {
    version: '1.2.1',
    kind: 'BUGFIX',
    channel: 'STABLE',
    magento: ['2.4.6', '2.4.8'],
    prestashop: ['8.0.0', '9.1.4'],
    summary: 'Does not stop at an empty attribute.',
  },
  {
    version: '2.0.0-beta1',
    kind: 'MAJOR',
    channel: 'BETA',
    magento: ['2.4.8', '2.4.9'],
    prestashop: ['9.0.0', '9.1.4'],
    summary: 'A new interface, for those who like to try.',
  },
];

const CHANGE_OF = { BUGFIX: 'FIXED', SECURITY: 'SECURITY', MINOR: 'ADDED', MAJOR: 'CHANGED' } as const;

/** Releases of every add-on up to a few days before `today`. */
export function releaseInputs(today: Temporal.Instant): ReleasePublishInput[] {
  return ADDONS.flatMap((addon) =>
    RELEASES.map((release, index) => {
      const [from, to] = addon.platform === 'MAGENTO' ? release.magento : release.prestashop;
      const daysAgo = Math.round(addon.sinceDays - (index * (addon.sinceDays - 6)) / (RELEASES.length - 1));
      return {
        addonSku: addon.sku,
        version: release.version,
        channel: release.channel,
        kind: release.kind,
        publishedAt: today.subtract({ hours: 24 * daysAgo }),
        compatibility: [{ platform: addon.platform, edition: null, from, to }],
        changelog: [{ kind: CHANGE_OF[release.kind], summary: release.summary, reference: null }],
      };
    }),
  );
}

/** The release of Feed Export whose changelog names the fault that a customer reported. */
export const feedFix = (publishedAt: Temporal.Instant): ReleasePublishInput => ({
  addonSku: 'MG-FEEDS',
  version: '1.2.2',
  channel: 'STABLE',
  kind: 'BUGFIX',
  publishedAt,
  compatibility: [{ platform: 'MAGENTO', edition: null, from: '2.4.6', to: '2.4.8' }],
  changelog: [{ kind: 'FIXED', summary: 'The feed goes on after products without a picture.', reference: 'FEED-112' }],
});
