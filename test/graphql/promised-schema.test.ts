import { describe, expect, test } from '@jest/globals';
import { type FieldDefinitionNode, isEnumType, isInterfaceType, isNonNullType, isObjectType, Kind, parse, print } from 'graphql';
import { buildGraphqlSchema } from '../../src/graphql/schema.js';

/**
 * What clients were promised before the first line of code, by hand: it may only grow. Arguments are those that a client may count on,
 * with the default where one was promised. Three answers are more exact than promised: an edition is one of an enum,
 * "enabled" is always told, and the purchases of a store, which nothing bounds, come by the page.
 */
const PROMISED = `
  type Node {
    id: ID!
  }
  type Money {
    amount: Decimal!
    currencyCode: String!
  }
  type PageInfo {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }
  type Query {
    viewer: Viewer!
    node(id: ID!): Node
    addon(sku: String!): Addon
    addons(first: Int, after: String, platform: StorePlatform): AddonConnection!
    customer(id: ID, email: String): Customer
    customers(first: Int, after: String, search: String): CustomerConnection!
    purchases(first: Int, after: String, filter: PurchaseFilter): PurchaseConnection!
    updateCheck(input: UpdateCheckInput!): UpdateCheck!
    updateAccess(input: UpdateAccessInput!): UpdateAccess!
    afterSalesEligibility(input: AfterSalesEligibilityInput!): AfterSalesDecision!
    supportPolicy(name: String!, version: Int): SupportPolicyVersion
    importExceptions(first: Int, after: String): ImportExceptionConnection!
    ticket(number: Int!): Ticket
    ticketQueue(first: Int, after: String): QueueEntryConnection!
    ticketPreview(input: TicketPreviewInput!): TicketPreview!
  }
  type Addon {
    id: ID!
    sku: String!
    packageName: String
    name: String!
    platform: StorePlatform!
    listPrice: Money!
    supportPolicy: SupportPolicyVersion!
    newestRelease(channel: ReleaseChannel = STABLE): Release
    releases(first: Int, after: String, channel: ReleaseChannel): ReleaseConnection!
  }
  type Release {
    id: ID!
    addon: Addon!
    version: String!
    channel: ReleaseChannel!
    kind: ReleaseKind!
    publishedAt: DateTime!
    withdrawnAt: DateTime
    changelog: [ChangelogEntry!]!
    compatibility: [CompatibilityRange!]!
  }
  type ChangelogEntry {
    kind: ChangeKind!
    summary: String!
    reference: String
  }
  type CompatibilityRange {
    platform: StorePlatform!
    edition: Distribution
    from: String
    to: String
  }
  type Customer {
    id: ID!
    email: String!
    name: String
    purchases(first: Int, after: String): PurchaseConnection!
    stores: [Store!]!
    timeLedger: TimeLedger!
    tickets(first: Int, after: String, status: TicketStatus): TicketConnection!
  }
  type Purchase {
    id: ID!
    customer: Customer!
    addon: Addon!
    store: Store
    order: OrderReference!
    purchasedAt: DateTime!
    revokedAt: DateTime
    revocation: RevocationReason
    listPriceAtPurchase: Money!
    paid: Money!
    advertisedCompatibility: [CompatibilityRange!]!
    supportPolicy: SupportPolicyVersion!
    supportTerms: [SupportTerm!]!
    support(asOf: DateTime): SupportStatus!
    renewalQuote(periods: Int = 1, asOf: DateTime): RenewalQuote!
    updateAccess(asOf: DateTime, platformVersion: String): UpdateAccess!
  }
  type SupportTerm {
    id: ID!
    purchase: Purchase!
    ordinal: Int!
    anchoredOn: Date!
    startsOn: Date!
    endsOn: Date!
    expiresAt: DateTime!
    origin: SupportTermOrigin!
    order: OrderReference
  }
  type SupportStatus {
    state: SupportState!
    expiresAt: DateTime
    lastDay: Date
    daysLeft: Int
  }
  type RenewalQuote {
    available: Boolean!
    reasons: [Reason!]!
    price: Money
    periods: Int!
    startsOn: Date
    endsOn: Date
    expiresAt: DateTime
    unlocks: [Release!]!
  }
  type UpdateCheck {
    checkedAt: DateTime!
    nextCheckAfter: DateTime!
    store: Store
    results: [UpdateCheckResult!]!
  }
  type UpdateCheckResult {
    code: String!
    installedVersion: String
    access: UpdateAccess!
  }
  type UpdateAccess {
    verdict: UpdateVerdict!
    reasons: [Reason!]!
    newestPermitted: Release
    newest: Release
    withheld: [WithheldRelease!]!
    renewalQuote: RenewalQuote
  }
  type WithheldRelease {
    release: Release!
    reasons: [Reason!]!
  }
  type AfterSalesDecision {
    verdict: AfterSalesVerdict!
    coverage: Coverage!
    charge: Charge!
    reasons: [Reason!]!
    supportPolicy: SupportPolicyVersion!
    storeReading: StoreReading
    decidedAt: DateTime!
  }
  type Reason {
    code: ReasonCode!
    effect: ReasonEffect!
    message: String!
    rule: String!
    clause: String
    facts: [Fact!]!
    remedy: Remedy
  }
  type Fact {
    name: String!
    value: String!
  }
  type Store {
    id: ID!
    customer: Customer
    platform: StorePlatform!
    url: String!
    role: StoreRole!
    latestReading: StoreReading
    purchases(first: Int, after: String): PurchaseConnection!
  }
  type StoreReading {
    readAt: DateTime!
    source: ReadingSource!
    platformVersion: String
    edition: Distribution
    phpVersion: String
    installed: [InstalledAddon!]!
    failure: String
  }
  type InstalledAddon {
    code: String!
    version: String
    enabled: Boolean!
  }
  type OrderReference {
    platform: StorePlatform!
    shop: String!
    orderNumber: String!
    line: String!
  }
  type ImportException {
    id: ID!
    order: OrderReference!
    code: ImportExceptionCode!
    message: String!
    raisedAt: DateTime!
    attempts: Int!
  }
  type SupportPolicyVersion {
    id: ID!
    name: String!
    version: Int!
    effectiveFrom: Date!
    contentHash: String!
    gaps: [PolicyGap!]!
  }
  type PolicyGap {
    parameter: String!
    value: String!
    note: String!
  }
  type Viewer {
    kind: ActorKind!
    scopes: [Scope!]!
    customer: Customer
    store: Store
  }
  type Mutation {
    addonSave(input: AddonSaveInput!): AddonSavePayload!
    releasePublish(input: ReleasePublishInput!): ReleasePublishPayload!
    releaseWithdraw(input: ReleaseWithdrawInput!): ReleaseWithdrawPayload!
    purchaseRecord(input: PurchaseRecordInput!): PurchaseRecordPayload!
    purchaseRevoke(input: PurchaseRevokeInput!): PurchaseRevokePayload!
    supportTermRenew(input: SupportTermRenewInput!): SupportTermRenewPayload!
    storeConnect(input: StoreConnectInput!): StoreConnectPayload!
    storeReport(input: StoreReportInput!): StoreReportPayload!
    storeDeclare(input: StoreDeclareInput!): StoreDeclarePayload!
    storeRead(input: StoreReadInput!): StoreReadPayload!
    ordersImport(input: OrdersImportInput!): OrdersImportPayload!
    importExceptionResolve(input: ImportExceptionResolveInput!): ImportExceptionResolvePayload!
    supportPolicyPublish(input: SupportPolicyPublishInput!): SupportPolicyPublishPayload!
    accessTokenCreate(input: AccessTokenCreateInput!): AccessTokenCreatePayload!
    accessTokenRevoke(input: AccessTokenRevokeInput!): AccessTokenRevokePayload!
  }
  enum StorePlatform { MAGENTO PRESTASHOP }
  enum StoreRole { VENDOR_SHOP CUSTOMER_PRODUCTION CUSTOMER_STAGING CUSTOMER_DEVELOPMENT }
  enum ReadingSource { CONNECTOR PLUGIN DECLARED }
  enum ReleaseChannel { STABLE BETA }
  enum ReleaseKind { BUGFIX SECURITY MINOR MAJOR }
  enum SupportTermOrigin { INCLUDED RENEWAL GOODWILL }
  enum SupportState { ACTIVE EXPIRING EXPIRED REVOKED NONE }
  enum UpdateVerdict { UP_TO_DATE UPDATE_AVAILABLE UPDATE_WITHHELD NOT_ENTITLED UNDETERMINED }
  enum AfterSalesRequest { ADVICE CORRECTION STORE_INTERVENTION CUSTOM_DEVELOPMENT }
  enum AfterSalesVerdict { ENTITLED NOT_ENTITLED VENDOR_DISCRETION NEEDS_INFO UNDETERMINED }
  enum Coverage { PRODUCT_BUG WARRANTY CORRECTION ADVICE PREPAID_TIME QUOTE NONE }
  enum Charge { FREE MINUTES MONEY NONE }
  enum ReasonEffect { GRANTS REFUSES CHARGES INFORMS }
  enum Remedy { RENEW_SUPPORT BUY_TIME ASSIGN_TIME UPDATE_ADDON UPDATE_STORE CONNECT_STORE SUPPLY_FACTS SUPPLY_ACCESS ASK_VENDOR }
`;

const schema = buildGraphqlSchema();
const promised = parse(PROMISED).definitions;
const fields = promised.flatMap((definition) =>
  definition.kind === Kind.OBJECT_TYPE_DEFINITION
    ? (definition.fields ?? []).map((field) => ({ at: `${definition.name.value}.${field.name.value}`, of: definition.name.value, field }))
    : [],
);
const enums = promised.flatMap((definition) =>
  definition.kind === Kind.ENUM_TYPE_DEFINITION
    ? [{ name: definition.name.value, values: (definition.values ?? []).map((value) => value.name.value) }]
    : [],
);

function fieldOf(typeName: string, { name }: FieldDefinitionNode) {
  const type = schema.getType(typeName);
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name.value] : undefined;
}

describe('what was promised', () => {
  test.each(fields)('$at is there, as it was promised', ({ of, field }) => {
    const actual = fieldOf(of, field);
    expect(String(actual?.type)).toBe(print(field.type));
    for (const promise of field.arguments ?? []) {
      const argument = actual?.args.find(({ name }) => name === promise.name.value);
      expect(String(argument?.type)).toBe(print(promise.type));
      if (promise.defaultValue !== undefined) expect(String(argument?.defaultValue)).toBe(print(promise.defaultValue));
    }
  });

  test.each(fields)('$at needs no argument that was not promised', ({ of, field }) => {
    const promisedNames = (field.arguments ?? []).map(({ name }) => name.value);
    const needed = fieldOf(of, field)?.args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined);
    expect(needed?.map(({ name }) => name).filter((name) => !promisedNames.includes(name))).toEqual([]);
  });

  test.each(enums)('$name has its values', ({ name, values }) => {
    const type = schema.getType(name);
    expect(isEnumType(type) && type.getValues().map((value) => value.name)).toEqual(values);
  });

  test.each(['Addon', 'Release', 'Customer', 'Purchase', 'SupportTerm', 'Store', 'ImportException', 'SupportPolicyVersion'])(
    '%s is a Node',
    (name) => {
      const type = schema.getType(name);
      expect(isObjectType(type) && type.getInterfaces().map((node) => node.name)).toEqual(['Node']);
    },
  );
});
