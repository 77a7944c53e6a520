import 'reflect-metadata';
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchemaSync, getMetadataStorage } from 'type-graphql';
import { AccessInformationResolver, TicketAccessResolver } from './access-information.js';
import { AccessMutations } from './access-mutations.js';
import { AccessTokenMutations } from './access-token.js';
import { AddonResolver } from './addon.js';
import { AddonMutations } from './addon-mutations.js';
import { AfterSalesResolver } from './after-sales.js';
import { AddonBugsResolver, BugReportResolver, TicketBugResolver } from './bug-report.js';
import { CodeEvidenceResolver, CodeTouchResolver, FileDifferenceResolver, StoreCodeResolver, TicketCodeResolver } from './code-evidence.js';
import { CustomerResolver } from './customer.js';
import { DelegationResolver, ViewerDelegationsResolver } from './delegation.js';
import { DelegationMutations } from './delegation-mutations.js';
import { ImportExceptionResolver } from './import-exception.js';
import { ImportMutations } from './import-mutations.js';
import { NodeResolver } from './node-query.js';
import { OutboxResolver } from './outbox.js';
import { PairingMutations, StorePairingResolver } from './pairing.js';
import { ProjectResolver } from './project.js';
import { ProjectMutations } from './project-mutations.js';
import { PurchaseResolver } from './purchase.js';
import { PurchaseMutations } from './purchase-mutations.js';
import { ReasonResolver } from './reason.js';
import { ReconciliationResolver } from './reconciliation.js';
import { ReleaseResolver } from './release.js';
import { ReleaseManifestResolver } from './release-manifest.js';
import { RenewalQuoteResolver } from './renewal-quote.js';
import { ShopProductResolver } from './shop-product.js';
import { StoreReadingResolver, StoreResolver } from './store.js';
import { CustomerGroupsResolver, StoreEnvironmentResolver, StoreGroupResolver } from './store-group.js';
import { StoreGroupMutations } from './store-group-mutations.js';
import { StoreListResolver } from './store-list.js';
import { StoreMutations } from './store-mutations.js';
import { StoreReadingMutations } from './store-reading-mutations.js';
import { StoreSourceResolver, StoreSourcesResolver } from './store-source.js';
import { SupportPolicyMutations } from './support-policy-mutations.js';
import { SupportPolicyVersionResolver } from './support-policy-version.js';
import { SupportTermResolver } from './support-term.js';
import { SyncMutations } from './sync-mutations.js';
import { StoreSyncResolver, SyncCursorResolver, SyncStatusResolver } from './sync-status.js';
import { CustomerTermsResolver, TermsAcceptanceResolver } from './terms-acceptance.js';
import { TicketResolver } from './ticket.js';
import { TicketWaitResolver } from './ticket-clock.js';
import { TicketClosingMutations } from './ticket-closing-mutations.js';
import { TicketDecisionResolver, TicketDecisionsResolver } from './ticket-decision.js';
import { RefundOfferResolver } from './ticket-entitlement.js';
import { TicketEventResolver, TicketLogResolver } from './ticket-event.js';
import { TicketIntakeMutations } from './ticket-intake-mutations.js';
import { CustomerTicketsResolver, TicketListResolver } from './ticket-list.js';
import { TicketMessageResolver, TicketMessagesResolver } from './ticket-message.js';
import { SimilarTicketResolver, TicketOpeningResolver } from './ticket-opening.js';
import { QueueEntryResolver, QueuePositionResolver, TicketPlaceResolver } from './ticket-queue.js';
import { SkippedTicketResolver, TicketQueueMutations } from './ticket-queue-mutations.js';
import { TaskResolver, WorkLogEntryResolver } from './ticket-task.js';
import { TicketClaimWarrantyPayloadResolver, TicketWarrantyMutations } from './ticket-warranty.js';
import { MinutesRefundResolver, TicketConsentPayloadResolver, TicketWorkMutations } from './ticket-work-mutations.js';
import { TimeAlarmResolver } from './time-alarm.js';
import { TimeEntryResolver } from './time-entry.js';
import { TimeEstimateResolver } from './time-estimate.js';
import { TimeHoldResolver } from './time-hold.js';
import { CustomerTimeResolver, TimeLedgerResolver } from './time-ledger.js';
import { TimeLotResolver } from './time-lot.js';
import { TimeLotMutations } from './time-lot-mutations.js';
import { TimeMutations } from './time-mutations.js';
import { TimeStatementEntryResolver, TimeStatementLotResolver, TimeStatementResolver } from './time-statement.js';
import { UpdateAccessResolver, UpdateCheckResolver } from './update-access.js';
import { ViewerResolver } from './viewer.js';

/** The root types are gathered from the resolvers, and have no class that could say what they are. */
const ROOT_DESCRIPTIONS: Readonly<Record<string, string>> = {
  Query: 'What can be asked. Asking writes nothing down.',
  Mutation: 'What can be done, one thing per operation. It is done as a whole or, with `userErrors`, not at all.',
};

/** The executable schema. Inputs are checked by their scalars, by the use cases and by the operation limits: not by class-validator. */
export function buildGraphqlSchema(): GraphQLSchema {
  // A plain field is read from its root value: by itself, TypeGraphQL first copies the whole value for each of its fields.
  for (const type of getMetadataStorage().objectTypes) type.simpleResolvers = true;
  const schema = buildSchemaSync({
    resolvers: [
      AccessInformationResolver,
      AccessMutations,
      AccessTokenMutations,
      AddonBugsResolver,
      AddonMutations,
      AddonResolver,
      AfterSalesResolver,
      BugReportResolver,
      CodeEvidenceResolver,
      CodeTouchResolver,
      FileDifferenceResolver,
      CustomerGroupsResolver,
      CustomerResolver,
      CustomerTermsResolver,
      DelegationMutations,
      DelegationResolver,
      ViewerDelegationsResolver,
      ImportExceptionResolver,
      ImportMutations,
      NodeResolver,
      OutboxResolver,
      PairingMutations,
      StorePairingResolver,
      ProjectMutations,
      ProjectResolver,
      PurchaseMutations,
      PurchaseResolver,
      ReasonResolver,
      ReconciliationResolver,
      ReleaseManifestResolver,
      ReleaseResolver,
      StoreCodeResolver,
      TicketCodeResolver,
      RenewalQuoteResolver,
      StoreEnvironmentResolver,
      StoreGroupMutations,
      StoreGroupResolver,
      ShopProductResolver,
      StoreListResolver,
      StoreMutations,
      StoreReadingMutations,
      StoreReadingResolver,
      StoreSourceResolver,
      StoreSourcesResolver,
      StoreResolver,
      SupportPolicyMutations,
      SupportPolicyVersionResolver,
      SupportTermResolver,
      StoreSyncResolver,
      SyncCursorResolver,
      SyncMutations,
      SyncStatusResolver,
      TermsAcceptanceResolver,
      TicketAccessResolver,
      TicketBugResolver,
      TicketMessageResolver,
      TicketMessagesResolver,
      CustomerTicketsResolver,
      SimilarTicketResolver,
      MinutesRefundResolver,
      QueueEntryResolver,
      QueuePositionResolver,
      RefundOfferResolver,
      TaskResolver,
      TicketClaimWarrantyPayloadResolver,
      TicketClosingMutations,
      TicketConsentPayloadResolver,
      TicketDecisionResolver,
      TicketDecisionsResolver,
      TicketEventResolver,
      TicketIntakeMutations,
      TicketListResolver,
      TicketLogResolver,
      TicketOpeningResolver,
      TicketPlaceResolver,
      TicketQueueMutations,
      SkippedTicketResolver,
      TicketResolver,
      TicketWaitResolver,
      TicketWarrantyMutations,
      TicketWorkMutations,
      CustomerTimeResolver,
      TimeAlarmResolver,
      TimeEntryResolver,
      TimeEstimateResolver,
      TimeHoldResolver,
      TimeLedgerResolver,
      TimeLotMutations,
      TimeLotResolver,
      TimeMutations,
      TimeStatementEntryResolver,
      TimeStatementLotResolver,
      TimeStatementResolver,
      UpdateAccessResolver,
      UpdateCheckResolver,
      ViewerResolver,
      WorkLogEntryResolver,
    ],
    validate: false,
  });
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    if (root) root.description = ROOT_DESCRIPTIONS[root.name];
  }
  return schema;
}

/** The schema as it is published in schema/schema.graphql: sorted, with its descriptions. */
export const schemaText = (schema: GraphQLSchema): string => `${printSchema(lexicographicSortSchema(schema))}\n`;
