import DataLoader from 'dataloader';
import { Addon, type AddonRow } from '../persistence/addon.js';
import { Customer, type CustomerRow } from '../persistence/customer.js';
import { type EntityOf, type PlainRow, plainRowsById } from '../persistence/plain-row.js';
import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import { termsOfEach } from '../persistence/purchase-pages.js';
import type { Session } from '../persistence/session.js';
import { Store, type StoreRow } from '../persistence/store.js';
import { StoreGroup, type StoreGroupRow } from '../persistence/store-group.js';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { SupportTermRow } from '../persistence/support-term.js';
import { openCodesOf } from '../use-cases/pairing.js';

type RowLoader<Row> = DataLoader<string, PlainRow<Row>>;

/** Rows that others refer to, by their ids: one statement for all that a page names. What is not there, or not to be seen, rejects. */
export interface RowLoaders {
  readonly addon: RowLoader<AddonRow>;
  readonly customer: RowLoader<CustomerRow>;
  readonly purchase: RowLoader<PurchaseRow>;
  readonly store: DataLoader<string, StoreRow>;
  readonly storeGroup: DataLoader<string, StoreGroupRow>;
  /** In the order of their addresses. */
  readonly storesOfGroup: DataLoader<string, readonly StoreRow[]>;
  /** In the order of their names. */
  readonly groupsOfCustomer: DataLoader<string, readonly StoreGroupRow[]>;
  /** Until when the code of a store that is open can be used; null: none is. */
  readonly openPairingCode: DataLoader<string, Temporal.Instant | null>;
  readonly policyVersion: RowLoader<SupportPolicyVersionRow>;
  /** Terms of a purchase, in the order of their places. */
  readonly termsOfPurchase: DataLoader<string, readonly PlainRow<SupportTermRow>[]>;
}

export function makeRowLoaders(session: () => Session, now: Temporal.Instant): RowLoaders {
  const found = <Row>(rows: ReadonlyMap<string, Row>, ids: readonly string[]) =>
    ids.map((id) => rows.get(id) ?? new Error('A row that others refer to is not to be seen.'));
  const byId = <Row extends { readonly id: string }>(entity: EntityOf<Row>): RowLoader<Row> =>
    new DataLoader(async (ids) => found(await plainRowsById(session(), entity, ids), ids));
  return {
    addon: byId(Addon),
    customer: byId(Customer),
    purchase: byId(Purchase),
    store: new DataLoader(async (ids) => {
      const stores = await session().em.find(Store, { id: { $in: [...ids] } });
      return found(new Map(stores.map((store) => [store.id, store])), ids);
    }),
    storeGroup: new DataLoader(async (ids) => {
      const groups = await session().em.find(StoreGroup, { id: { $in: [...ids] } });
      return found(new Map(groups.map((group) => [group.id, group])), ids);
    }),
    storesOfGroup: new DataLoader(async (groupIds) => {
      const stores = await session().em.find(Store, { group: { $in: [...groupIds] } }, { orderBy: { url: 'asc', platform: 'asc' } });
      const byGroup = Map.groupBy(stores, (store) => store.group?.id);
      return groupIds.map((id) => byGroup.get(id) ?? []);
    }),
    groupsOfCustomer: new DataLoader(async (customerIds) => {
      const groups = await session().em.find(StoreGroup, { customer: { $in: [...customerIds] } }, { orderBy: { name: 'asc', id: 'asc' } });
      const byCustomer = Map.groupBy(groups, (group) => group.customer.id);
      return customerIds.map((id) => byCustomer.get(id) ?? []);
    }),
    openPairingCode: new DataLoader(async (storeIds) => {
      const open = await openCodesOf(session().em, storeIds, now);
      return storeIds.map((id) => open.get(id) ?? null);
    }),
    policyVersion: byId(SupportPolicyVersion),
    termsOfPurchase: new DataLoader(async (purchaseIds) => {
      const terms = await termsOfEach(session(), purchaseIds);
      return purchaseIds.map((id) => terms.get(id) ?? []);
    }),
  };
}
