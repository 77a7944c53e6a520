import { Addon, type AddonRow } from '../persistence/addon.js';
import { queryWithin } from '../persistence/session.js';
import { SkuMeaning } from '../persistence/sku-meaning.js';
import { SupportPolicyVersion } from '../persistence/support-policy-version.js';
import { countTriesAnew } from '../persistence/waiting-order.js';
import type { Platform } from '../policy/compatibility.js';
import { currencyExponent, type Money } from '../policy/money.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, type UserError, userError } from './outcome.js';
import { MAX_PERIODS } from './support-term.js';

export interface AddonSaveInput {
  readonly sku: string;
  readonly name: string;
  readonly platform: Platform;
  readonly packageName: string | null;
  readonly moduleName: string | null;
  readonly listPrice: Money;
  readonly supportPolicy: string;
  /** Minutes of support that come with a purchase, where the conditions leave that to the add-on; left out: none. */
  readonly includedMinutes?: number;
}

const PACKAGE_NAME = /^[a-z0-9]([_.-]?[a-z0-9]+)*\/[a-z0-9](([_.]|-{1,2})?[a-z0-9]+)*$/;

/** Makes an add-on, or changes the one with this SKU; the SKU enters the catalogue with that meaning. Past purchases keep their snapshots. */
export async function saveAddon(em: EntityManager, input: AddonSaveInput, now: Temporal.Instant): Promise<AddonRow> {
  await lockCatalogue(em);
  const errors = await faultsOf(em, input);
  if (errors.length > 0) throw new Refusal(errors);
  const values = {
    name: input.name,
    packageName: input.packageName,
    moduleName: input.moduleName,
    listPriceMinor: input.listPrice.amountMinor,
    currencyCode: input.listPrice.currencyCode,
    supportPolicyName: input.supportPolicy,
    includedMinutes: input.includedMinutes ?? 0,
  };
  let addon = await em.findOne(Addon, { sku: input.sku });
  if (addon === null) {
    addon = em.create(Addon, { ...values, sku: input.sku, platform: input.platform, createdAt: now });
    em.persist(addon);
  } else {
    em.assign(addon, values);
  }
  if ((await em.count(SkuMeaning, { sku: input.sku })) === 0) {
    em.persist(em.create(SkuMeaning, { sku: input.sku, kind: 'ADDON', addon, periods: null, minutes: null, supportPolicyName: null }));
    await countTriesAnew(em, input.sku);
  }
  return addon;
}

/** What a SKU means is read in several statements: nobody changes it in between. */
async function lockCatalogue(em: EntityManager): Promise<void> {
  await queryWithin(em, { name: 'catalogue-lock', text: `select pg_advisory_xact_lock(hashtextextended('catalogue', 0))`, values: [] });
}

async function faultsOf(em: EntityManager, input: AddonSaveInput): Promise<UserError[]> {
  const errors: UserError[] = [];
  if (input.listPrice.amountMinor < 0n) errors.push(userError('INVALID', 'A list price is not negative.', 'listPrice', 'amount'));
  try {
    currencyExponent(input.listPrice.currencyCode);
  } catch {
    errors.push(userError('INVALID', 'currencyCode is three capital letters, such as EUR.', 'listPrice', 'currencyCode'));
  }
  const includedMinutes = input.includedMinutes ?? 0;
  if (!Number.isInteger(includedMinutes) || includedMinutes < 0 || includedMinutes > MAX_MINUTES)
    errors.push(userError('INVALID', `includedMinutes count from 0 to ${MAX_MINUTES}.`, 'includedMinutes'));
  if (input.packageName !== null && !PACKAGE_NAME.test(input.packageName)) {
    errors.push(userError('INVALID', 'A Composer package is named "vendor/name" in lower case.', 'packageName'));
  }
  if ((await em.count(SupportPolicyVersion, { name: input.supportPolicy })) === 0) {
    errors.push(userError('NOT_FOUND', `No support policy named "${input.supportPolicy}" is published.`, 'supportPolicy'));
  }
  const existing = await em.findOne(Addon, { sku: input.sku });
  if (existing !== null && existing.platform !== input.platform) {
    errors.push(
      userError('CONFLICT', `The add-on ${input.sku} is for ${existing.platform}; an add-on does not change its platform.`, 'platform'),
    );
  }
  const meaning = existing === null ? await em.findOne(SkuMeaning, { sku: input.sku }) : null;
  if (meaning !== null) {
    errors.push(
      userError(
        'TAKEN',
        `In the catalogue, "${input.sku}" means ${meaning.kind}: orders of it would not count as sales of this add-on.`,
        'sku',
      ),
    );
  }
  for (const [field, value] of [
    ['packageName', input.packageName],
    ['moduleName', input.moduleName],
  ] as const) {
    const holder = value === null ? null : await em.findOne(Addon, { [field]: value });
    if (holder !== null && holder.sku !== input.sku)
      errors.push(userError('TAKEN', `"${value}" belongs to the add-on ${holder.sku}.`, field));
  }
  return errors;
}

/** More than a year's working time, in one unit or with one purchase: a figure in the wrong column. */
export const MAX_MINUTES = 100_000;

export interface SkuMeaningSaveInput {
  readonly sku: string;
  readonly kind: 'ADDON' | 'RENEWAL' | 'PREPAID_TIME' | 'IGNORED';
  readonly addonSku: string | null;
  readonly periods: number | null;
  readonly minutes: number | null;
  /** For PREPAID_TIME: the conditions under which the minutes are sold. Null or left out: none. */
  readonly supportPolicyName?: string | null;
}

/**
 * Says what a SKU on an order line means. Orders already placed stay as they are; those that wait for it are tried by the next import of their shop, however
 * often they were tried before. The SKU of an add-on itself means that add-on and nothing else.
 */
export async function saveSkuMeaning(em: EntityManager, input: SkuMeaningSaveInput): Promise<void> {
  await lockCatalogue(em);
  const needsAddon = input.kind === 'ADDON' || input.kind === 'RENEWAL';
  const errors: UserError[] = [];
  if (needsAddon !== (input.addonSku !== null))
    errors.push(userError('INVALID', 'addonSku goes with ADDON and RENEWAL, and only with them.', 'addonSku'));
  if ((input.kind === 'RENEWAL') !== (input.periods !== null))
    errors.push(userError('INVALID', 'periods goes with RENEWAL, and only with it.', 'periods'));
  if ((input.kind === 'PREPAID_TIME') !== (input.minutes !== null))
    errors.push(userError('INVALID', 'minutes goes with PREPAID_TIME, and only with it.', 'minutes'));
  if ((input.periods ?? 1) < 1 || (input.minutes ?? 1) < 1)
    errors.push(userError('INVALID', 'periods and minutes count from 1.', input.kind === 'RENEWAL' ? 'periods' : 'minutes'));
  if ((input.periods ?? 1) > MAX_PERIODS) errors.push(userError('INVALID', `One unit pays for at most ${MAX_PERIODS} periods.`, 'periods'));
  if ((input.minutes ?? 1) > MAX_MINUTES) errors.push(userError('INVALID', `One unit buys at most ${MAX_MINUTES} minutes.`, 'minutes'));
  const supportPolicyName = input.supportPolicyName ?? null;
  if ((input.kind === 'PREPAID_TIME') !== (supportPolicyName !== null))
    errors.push(userError('INVALID', 'supportPolicyName goes with PREPAID_TIME, and only with it.', 'supportPolicyName'));
  else if (supportPolicyName !== null && (await em.count(SupportPolicyVersion, { name: supportPolicyName })) === 0)
    errors.push(userError('NOT_FOUND', `No support policy named "${supportPolicyName}" is published.`, 'supportPolicyName'));
  const addon = input.addonSku === null ? null : await em.findOne(Addon, { sku: input.addonSku });
  if (input.addonSku !== null && addon === null)
    errors.push(userError('NOT_FOUND', `There is no add-on with the SKU "${input.addonSku}".`, 'addonSku'));
  if ((input.kind !== 'ADDON' || input.addonSku !== input.sku) && (await em.count(Addon, { sku: input.sku })) > 0) {
    const message = `"${input.sku}" is the SKU of an add-on: orders of it are sales of that add-on. Sell anything else under a SKU of its own.`;
    errors.push(userError('CONFLICT', message, 'sku'));
  }
  if (errors.length > 0) throw new Refusal(errors);
  const values = { kind: input.kind, addon, periods: input.periods, minutes: input.minutes, supportPolicyName };
  const known = await em.findOne(SkuMeaning, { sku: input.sku });
  if (known === null) em.persist(em.create(SkuMeaning, { sku: input.sku, ...values }));
  else em.assign(known, values);
  await countTriesAnew(em, input.sku);
}
