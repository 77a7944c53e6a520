import { registerEnumType } from 'type-graphql';
import { IMPORT_EXCEPTION_CODES } from '../persistence/import-exception.js';
import { REVOCATION_REASONS } from '../persistence/purchase.js';
import { CHANGE_KINDS } from '../persistence/release.js';
import { SKU_MEANING_KINDS } from '../persistence/sku-meaning.js';
import { STORE_ROLES } from '../persistence/store.js';
import { READING_SOURCES } from '../persistence/store-reading.js';
import { SUPPORT_TERM_ORIGINS } from '../persistence/support-term.js';
import { AFTER_SALES_VERDICTS } from '../policy/after-sales.js';
import { REASON_CODE_MEANINGS, REASON_EFFECTS, REMEDIES } from '../policy/reason.js';
import { STORE_SOURCE_STANDINGS } from '../policy/store-source.js';
import { AFTER_SALES_REQUESTS, COVERAGES } from '../policy/support-policy.js';
import { SUPPORT_STATES } from '../policy/support-term.js';
import { RELEASE_CHANNELS, RELEASE_KINDS, UPDATE_VERDICTS } from '../policy/update-access.js';
import { ACTOR_KINDS, SCOPES } from '../use-cases/actor.js';
import { USER_ERROR_CODES } from '../use-cases/outcome.js';

/** An enum of the schema from a list of the core: the same constant, with a description for each value. */
export function schemaEnum<const T extends string>(
  name: string,
  description: string,
  values: readonly T[],
  meanings: Readonly<Record<T, string>>,
): { readonly [K in T]: K } {
  const enumObject = Object.fromEntries(values.map((value) => [value, value])) as { readonly [K in T]: K };
  const valuesConfig = Object.fromEntries(values.map((value) => [value, { description: meanings[value] }])) as Record<
    T,
    { description: string }
  >;
  registerEnumType(enumObject, { name, description, valuesConfig });
  return enumObject;
}

export const StorePlatformEnum = schemaEnum('StorePlatform', 'What a shop or store runs on.', ['MAGENTO', 'PRESTASHOP'], {
  MAGENTO: 'Magento 2: Open Source, Adobe Commerce or Mage-OS.',
  PRESTASHOP: 'PrestaShop 1.7, 8 or 9.',
});
export const DistributionEnum = schemaEnum(
  'Distribution',
  'Whose build of a platform a store runs.',
  ['MAGENTO_OPEN_SOURCE', 'ADOBE_COMMERCE', 'MAGE_OS', 'PRESTASHOP'],
  {
    MAGENTO_OPEN_SOURCE: 'Magento Open Source.',
    ADOBE_COMMERCE: 'Adobe Commerce, formerly Magento Enterprise.',
    MAGE_OS: 'Mage-OS, with version numbers of its own.',
    PRESTASHOP: 'PrestaShop.',
  },
);
export const StoreRoleEnum = schemaEnum('StoreRole', 'What a connected store is for.', STORE_ROLES, {
  VENDOR_SHOP: 'The vendor’s own shop: orders come from here.',
  CUSTOMER_PRODUCTION: 'A customer’s live store.',
  CUSTOMER_STAGING: 'A customer’s staging copy.',
  CUSTOMER_DEVELOPMENT: 'A customer’s development copy.',
});
export const ReadingSourceEnum = schemaEnum('ReadingSource', 'Who told what a store runs.', READING_SOURCES, {
  CONNECTOR: 'Read over the platform’s own interface.',
  PLUGIN: 'Reported by the plugin inside the store.',
  DECLARED: 'Typed in by a person.',
});
export const StoreSourceStandingEnum = schemaEnum(
  'StoreSourceStanding',
  'How a source stands to what a store is taken to run.',
  STORE_SOURCE_STANDINGS,
  {
    USED: 'It says which version the store runs.',
    COMPLETES: 'It says exactly what the store itself tells only in part.',
    OUTRANKED: 'Another goes before it.',
    STALE: 'It is older than 30 days, and a newer declaration goes before it.',
    CONTRADICTS: 'It is newer and says something else, and yet what the store itself told goes before it.',
    FAILED: 'It told no version.',
  },
);
export const ReleaseChannelEnum = schemaEnum('ReleaseChannel', 'For whom a release is meant.', RELEASE_CHANNELS, {
  STABLE: 'For everybody.',
  BETA: 'For those who asked for pre-releases.',
});
export const ReleaseKindEnum = schemaEnum(
  'ReleaseKind',
  'What kind of change a release is; a support policy may treat each kind differently.',
  RELEASE_KINDS,
  {
    BUGFIX: 'Mends faults.',
    SECURITY: 'Closes a security hole.',
    MINOR: 'Adds without breaking.',
    MAJOR: 'May break what was.',
  },
);
export const ChangeKindEnum = schemaEnum('ChangeKind', 'What kind of change a changelog entry tells.', CHANGE_KINDS, {
  ADDED: 'Something new.',
  CHANGED: 'Something that works differently.',
  FIXED: 'A fault that is mended.',
  SECURITY: 'A security hole that is closed.',
  REMOVED: 'Something that is gone.',
  DEPRECATED: 'Something that will go.',
});
export const SupportTermOriginEnum = schemaEnum('SupportTermOrigin', 'Why there is a support term.', SUPPORT_TERM_ORIGINS, {
  INCLUDED: 'It came with the purchase.',
  RENEWAL: 'It was paid for.',
  GOODWILL: 'The vendor gave it.',
});
export const SupportStateEnum = schemaEnum('SupportState', 'How the support of a purchase stands at a moment.', SUPPORT_STATES, {
  ACTIVE: 'It runs.',
  EXPIRING: 'It runs, and ends within the days that the policy names.',
  EXPIRED: 'It has ended.',
  REVOKED: 'The purchase was taken back.',
  NONE: 'Nothing had been paid for yet.',
});
export const UpdateVerdictEnum = schemaEnum('UpdateVerdict', 'Whether there is an update, and whether it may be had.', UPDATE_VERDICTS, {
  UP_TO_DATE: 'The installed release is the newest that is offered.',
  UPDATE_AVAILABLE: 'A newer release may be installed.',
  UPDATE_WITHHELD: 'There is a newer release, but it may not be installed here now.',
  NOT_ENTITLED: 'No entitlement to the release or to any.',
  UNDETERMINED: 'A fact that decides could not be read.',
});
export const AfterSalesRequestEnum = schemaEnum('AfterSalesRequest', 'What is asked of the vendor.', AFTER_SALES_REQUESTS, {
  ADVICE: 'Advice on installation, configuration and use.',
  CORRECTION: 'Mending an anomaly of the add-on.',
  STORE_INTERVENTION: 'Work on the store itself.',
  CUSTOM_DEVELOPMENT: 'Something made to order.',
});
export const AfterSalesVerdictEnum = schemaEnum('AfterSalesVerdict', 'Whether service is owed.', AFTER_SALES_VERDICTS, {
  ENTITLED: 'It is owed.',
  NOT_ENTITLED: 'It is not owed.',
  VENDOR_DISCRETION: 'The vendor may, but need not.',
  NEEDS_INFO: 'The asker must say more first.',
  UNDETERMINED: 'A fact that decides could not be read.',
});
export const CoverageEnum = schemaEnum('Coverage', 'Under which title a request is taken on.', [...COVERAGES, 'NONE'], {
  PRODUCT_BUG: 'A fault of the add-on itself.',
  WARRANTY: 'The warranty on work delivered before.',
  CORRECTION: 'Corrections included in the support term.',
  ADVICE: 'Advice.',
  PREPAID_TIME: 'Work against prepaid minutes.',
  QUOTE: 'Work against a quote.',
  NONE: 'None: the request is refused.',
});
export const ChargeEnum = schemaEnum('Charge', 'What taking a request on costs.', ['FREE', 'MINUTES', 'MONEY', 'NONE'], {
  FREE: 'Nothing.',
  MINUTES: 'Prepaid minutes.',
  MONEY: 'Money, by quote.',
  NONE: 'It is not taken on.',
});
export const ReasonCodeEnum = schemaEnum(
  'ReasonCode',
  'Every rule’s finding that an answer may carry. The list may grow: treat an unknown code like its effect.',
  Object.keys(REASON_CODE_MEANINGS) as (keyof typeof REASON_CODE_MEANINGS)[],
  REASON_CODE_MEANINGS,
);
export const ReasonEffectEnum = schemaEnum('ReasonEffect', 'What a reason does to the answer.', REASON_EFFECTS, {
  GRANTS: 'It speaks for.',
  REFUSES: 'It speaks against.',
  CHARGES: 'It makes the answer cost something.',
  INFORMS: 'It decides nothing, but is good to know.',
});
export const RemedyEnum = schemaEnum('Remedy', 'What would change the answer.', REMEDIES, {
  RENEW_SUPPORT: 'Renewing the support term.',
  BUY_TIME: 'Buying prepaid time.',
  ASSIGN_TIME: 'Assigning bought time to a project.',
  UPDATE_ADDON: 'Updating the add-on.',
  UPDATE_STORE: 'Updating the store’s platform.',
  CONNECT_STORE: 'Connecting the store, so that it can be read.',
  SUPPLY_FACTS: 'Telling the facts named.',
  SUPPLY_ACCESS: 'Giving the access named.',
  ASK_VENDOR: 'Asking the vendor.',
});
export const RevocationReasonEnum = schemaEnum('RevocationReason', 'Why a purchase was taken back.', REVOCATION_REASONS, {
  REFUNDED: 'Its money was returned.',
  CANCELLED: 'Its order was cancelled.',
  PAYMENT_WITHDRAWN: 'Its order no longer counts as paid.',
  CHARGE_BACK: 'The payer’s bank took the money back.',
  LICENCE_BREACH: 'The licence was broken.',
  BY_AGREEMENT: 'Both sides agreed.',
});
export const ImportExceptionCodeEnum = schemaEnum(
  'ImportExceptionCode',
  'Why an import could not place something.',
  IMPORT_EXCEPTION_CODES,
  {
    UNREADABLE_ROW: 'The shop’s row could not be understood.',
    UNKNOWN_SKU: 'The catalogue does not say what the SKU means.',
    INVALID_QUANTITY: 'Not a whole number of units.',
    INVALID_AMOUNT: 'The amounts cannot be read as money, or the order changed its currency.',
    INVALID_CUSTOMER: 'There is no usable e-mail address.',
    NOTHING_TO_RENEW: 'The customer had no purchase that the renewal could prolong.',
    NO_POLICY_IN_FORCE: 'No version of the add-on’s support policy was in force on that day.',
    REFUND_WITHOUT_LINES: 'Money was given back without naming a line.',
  },
);
export const SkuMeaningKindEnum = schemaEnum('SkuMeaningKind', 'What a SKU on an order line means.', SKU_MEANING_KINDS, {
  ADDON: 'A licence of an add-on.',
  RENEWAL: 'Support periods of an add-on.',
  PREPAID_TIME: 'Prepaid support minutes.',
  IGNORED: 'Nothing of ours.',
});
export const ActorKindEnum = schemaEnum('ActorKind', 'Who asks.', ACTOR_KINDS, {
  ANONYMOUS: 'Nobody in particular: no credential came.',
  STAFF: 'The vendor’s staff.',
  PARTNER: 'A partner’s integration.',
  CUSTOMER: 'A customer.',
  STORE: 'The plugin inside a store.',
});
export const ScopeEnum = schemaEnum('Scope', 'What a credential may do.', SCOPES, {
  ADDONS_READ: 'Read add-ons, releases and support policies.',
  ADDONS_WRITE: 'Save add-ons; publish and withdraw releases; record their manifests.',
  PURCHASES_READ: 'Read customers, purchases and support; a customer only its own.',
  PURCHASES_WRITE: 'Record, revoke and renew purchases.',
  STORES_READ: 'Read stores and what they run; customers and stores only their own.',
  STORES_WRITE: 'Connect and read stores: staff any, a partner those of customers, a customer its own.',
  TICKETS_READ: 'Read tickets, their messages and clocks.',
  TICKETS_WRITE: 'Open tickets, and act on them for the customer.',
  TIME_READ: 'Read prepaid time: lots, holds, entries, statements, projects.',
  TIME_WRITE: 'Make projects and assign prepaid time to them.',
  DELEGATIONS_WRITE: 'Let an agency act for the customer, and take that back.',
  DESK: 'Run the support desk: classify, claim, log work, deliver; grant, void and reverse prepaid time. The vendor’s staff only.',
  IMPORTS: 'Import orders, and see and resolve what could not be placed.',
  POLICIES_WRITE: 'Publish support policies.',
  TOKENS_WRITE: 'Create and revoke access tokens.',
});
export const UserErrorCodeEnum = schemaEnum('UserErrorCode', 'What kind of mistake the input has.', USER_ERROR_CODES, {
  NOT_FOUND: 'It names something that does not exist, or that the caller may not see.',
  INVALID: 'A value is malformed or out of range.',
  REQUIRED: 'A value is missing.',
  TAKEN: 'The name or number belongs to something else.',
  CONFLICT: 'It contradicts how things stand.',
  NOT_AVAILABLE: 'The support policy does not offer it, or nothing is there to do it on.',
  IDEMPOTENCY_KEY_REUSED: 'The idempotencyKey was used for another request.',
  UNREADABLE_STORE: 'The store could not be read.',
});
export const ImportResolutionEnum = schemaEnum(
  'ImportExceptionAction',
  'What to do about an import exception.',
  ['RETRY', 'DISMISS', 'EXPLAIN_SKU'],
  {
    RETRY: 'Try to place the order again.',
    DISMISS: 'Leave it out for good, with a note.',
    EXPLAIN_SKU:
      'Say what the unknown SKU means, then try again the orders that wait for it: up to 500 at once, the others at the next import.',
  },
);
export const CredentialsKindEnum = schemaEnum(
  'StoreCredentialsKind',
  'How a store is logged in to.',
  ['MAGENTO_OAUTH', 'MAGENTO_BEARER', 'PRESTASHOP_KEY'],
  {
    MAGENTO_OAUTH: 'The four OAuth 1.0a values of a Magento integration.',
    MAGENTO_BEARER: 'A Magento access token, where the merchant allows bearer tokens.',
    PRESTASHOP_KEY: 'A PrestaShop webservice key.',
  },
);
export const RenewalOriginEnum = schemaEnum('RenewalOrigin', 'Why support is renewed by hand.', ['RENEWAL', 'GOODWILL'], {
  RENEWAL: 'It was paid for.',
  GOODWILL: 'The vendor gives it.',
});
export const TokenKindEnum = schemaEnum('AccessTokenKind', 'Whom a token speaks for.', ['STAFF', 'PARTNER', 'CUSTOMER', 'STORE'], {
  STAFF: 'The vendor’s staff: everything.',
  PARTNER: 'A partner’s integration: what its scopes allow.',
  CUSTOMER: 'A customer: its own things.',
  STORE: 'The plugin inside a store: its checks and reports.',
});
