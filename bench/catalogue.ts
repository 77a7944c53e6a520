import { readFileSync } from 'node:fs';
import type { Session } from '../src/persistence/session.js';
import type { Platform } from '../src/policy/compatibility.js';
import { saveAddon, saveSkuMeaning } from '../src/use-cases/addon.js';
import { publishRelease } from '../src/use-cases/release.js';
import { publishSupportPolicy } from '../src/use-cases/support-policy.js';

export const POLICY = 'technical-support';
const RELEASES = 15;
/** Between one release and the next. */
const RELEASE_DAYS = 30;

export interface AddonOnSale {
  readonly id: string;
  readonly sku: string;
  /** Under which its renewals are sold. */
  readonly renewalSku: string;
  /** What a plugin reports: the Composer package, or the module's name. */
  readonly code: string;
  readonly name: string;
  readonly platform: Platform;
  readonly listPriceMinor: bigint;
  /** Oldest first. */
  readonly versions: readonly string[];
}

export interface Catalogue {
  readonly policyId: string;
  readonly policyZone: string;
  readonly termMonths: number;
  readonly addons: readonly AddonOnSale[];
}

/** Publishes a support policy and puts `count` add-ons on sale, half of them for each platform, each with 15 releases up to `now`. */
export async function publishCatalogue(session: Session, count: number, now: Temporal.Instant): Promise<Catalogue> {
  const opening = now.subtract({ hours: 24 * 800 });
  const policy = await session.transaction((em) =>
    publishSupportPolicy(em, shippedPolicy(POLICY), opening.toZonedDateTimeISO('UTC').toPlainDate(), opening),
  );
  const addons: AddonOnSale[] = [];
  for (let number = 1; number <= count; number += 1) addons.push(await putOnSale(session, number, opening, now));
  const { zone, term } = policy.document;
  return { policyId: policy.id, policyZone: zone, termMonths: term.months, addons };
}

export function shippedPolicy(name: string): unknown {
  // Compiled, this file lies one level deeper than its source.
  return JSON.parse(readFileSync(new URL(`../../schema/policies/${name}.json`, import.meta.url), 'utf8'));
}

function putOnSale(session: Session, number: number, opening: Temporal.Instant, now: Temporal.Instant): Promise<AddonOnSale> {
  const platform = number % 2 === 1 ? 'MAGENTO' : 'PRESTASHOP';
  const sku = `ADDON-${number}`;
  const renewalSku = `${sku}-RENEWAL`;
  const name = `Add-on ${number}`;
  const packageName = platform === 'MAGENTO' ? `vendor/addon-${number}` : null;
  const moduleName = platform === 'PRESTASHOP' ? `vendoraddon${number}` : null;
  const listPriceMinor = BigInt(4_900 + 1_000 * (number % 20));
  const versions = Array.from({ length: RELEASES }, (_, place) => `${1 + Math.floor(place / 6)}.${place % 6}.${number % 3}`);
  return session.transaction(async (em) => {
    const listPrice = { amountMinor: listPriceMinor, currencyCode: 'EUR' };
    const addon = await saveAddon(em, { sku, name, platform, packageName, moduleName, listPrice, supportPolicy: POLICY }, opening);
    await em.flush();
    await saveSkuMeaning(em, { sku: renewalSku, kind: 'RENEWAL', addonSku: sku, periods: 1, minutes: null });
    for (const [place, version] of versions.entries()) {
      const publishedAt = now.subtract({ hours: 24 * (RELEASE_DAYS * (RELEASES - place) - 10) });
      await publishRelease(
        em,
        {
          addonSku: sku,
          version,
          channel: 'STABLE',
          kind: place % 6 === 0 ? 'MAJOR' : place % 2 === 0 ? 'MINOR' : 'BUGFIX',
          publishedAt,
          compatibility: [
            { platform, edition: null, from: platform === 'MAGENTO' ? '2.4.4' : '8.0', to: platform === 'MAGENTO' ? '2.4.8' : '9.1' },
          ],
          changelog: [
            { kind: 'ADDED', summary: `What version ${version} can do that the one before could not.`, reference: null },
            { kind: 'FIXED', summary: 'Prices are shown with tax where the shop shows them so.', reference: `T-${number * 100 + place}` },
          ],
        },
        publishedAt,
      );
    }
    return { id: addon.id, sku, renewalSku, code: packageName ?? moduleName ?? sku, name, platform, listPriceMinor, versions };
  });
}
