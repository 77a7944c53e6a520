import { Customer } from '../persistence/customer.js';
import { FOR_UPDATE } from '../persistence/session.js';
import { Store, type StoreRole, type StoreRow } from '../persistence/store.js';
import { StoreGroup, type StoreGroupRow } from '../persistence/store-group.js';
import { type Actor, seesEveryone } from './actor.js';
import { lockCustomerRows } from './customer.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';

/** The most groups that a customer has, and the most stores in one: whoever needs more is not declaring shops. */
export const MAX_GROUPS = 100;
export const MAX_STORES_IN_GROUP = 20;

/** A store in its place: whose it is, what it is for, where it is. */
interface Placement {
  readonly customerId: string | null;
  readonly role: StoreRole;
  readonly url: string;
  /** Left out or null: the group that it is in; for a production store without one, a new group named after its host. */
  readonly groupId?: string | null;
}

/**
 * The group for a store that is being connected: the one named, the one that it is in, or for a production store a new one named after its host. Null for the
 * vendor's own shops, which are in none. Refuses a group of somebody else, a second production store, too many of either, and a staging or development store
 * of no group. Two at once for one group wait for each other.
 */
export async function groupForStore(
  em: EntityManager,
  { customerId, role, url, groupId = null }: Placement,
  known: Pick<StoreRow, 'id' | 'group'> | null,
  now: Temporal.Instant,
): Promise<StoreGroupRow | null> {
  if (customerId === null) {
    if (groupId !== null)
      throw new Refusal([userError('INVALID', 'The vendor’s own shop is in no group. Leave storeGroupId out.', 'storeGroupId')]);
    return null;
  }
  const present = known?.group?.id ?? null;
  if (present !== null && groupId !== null && groupId !== present) {
    throw new Refusal([userError('CONFLICT', 'This store is in another group. Take it to this one with storeMove.', 'storeGroupId')]);
  }
  const wanted = groupId ?? present;
  if (wanted !== null) {
    const group = await lockedGroup(em, wanted, customerId);
    await assertRoom(em, group, { role, storeId: known?.id ?? null });
    return group;
  }
  if (role !== 'CUSTOMER_PRODUCTION') {
    throw new Refusal([
      userError(
        'REQUIRED',
        'A staging or development store belongs to the group of its production store: name it as storeGroupId. storeGroupCreate makes one.',
        'storeGroupId',
      ),
    ]);
  }
  return createGroup(em, customerId, new URL(url).host, now);
}

/** Whose group an actor makes: a customer its own, everybody else that of the customer named. What is not there, and what is not its own, is a Refusal NOT_FOUND. */
export async function customerOfGroup(em: EntityManager, actor: Actor, named: string | null): Promise<string> {
  const customerId = named ?? actor.customerId;
  if (customerId === null) throw new Refusal([userError('REQUIRED', 'Name the customer whose shop it is.', 'customerId')]);
  const isOwn = seesEveryone(actor) || customerId === actor.customerId;
  if (!isOwn || (await em.count(Customer, { id: customerId })) === 0) {
    throw new Refusal([userError('NOT_FOUND', 'There is no such customer.', 'customerId')]);
  }
  return customerId;
}

/** Makes a group for the stores of one shop. Refuses a customer that has too many. */
export async function createGroup(em: EntityManager, customerId: string, name: string, now: Temporal.Instant): Promise<StoreGroupRow> {
  await lockCustomerRows(em, [customerId]);
  if ((await em.count(StoreGroup, { customer: customerId })) >= MAX_GROUPS) {
    throw new Refusal([userError('CONFLICT', `A customer has at most ${MAX_GROUPS} groups of stores. Use one that is there.`)]);
  }
  const group = em.create(StoreGroup, { customer: customerId, name, createdAt: now });
  em.persist(group);
  return group;
}

/** Calls a group something else. A Refusal NOT_FOUND where there is none. */
export async function renameGroup(
  em: EntityManager,
  group: { readonly id: string; readonly customer?: string },
  name: string,
): Promise<StoreGroupRow> {
  const found = await em.findOne(StoreGroup, group, FOR_UPDATE);
  if (found === null) throw noSuchGroup();
  found.name = name;
  return found;
}

export interface StoreMove {
  readonly storeId: string;
  /** Null: the one that it is in. */
  readonly groupId: string | null;
  /** Null: as it is. */
  readonly role: StoreRole | null;
}

/**
 * Takes a customer's store to another group of the same customer, gives it another role, or both; `own` keeps the caller to its rows. Purchases stay with
 * their group: what they are meant for is what is in it then.
 */
export async function moveStore(
  em: EntityManager,
  own: { readonly customer?: string },
  { storeId, groupId, role }: StoreMove,
): Promise<StoreRow> {
  const found = await em.findOne(Store, { id: storeId, ...own });
  if (found === null) throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
  if (found.customer === null || found.group === null || role === 'VENDOR_SHOP') {
    throw new Refusal([
      userError(
        'INVALID',
        'Customers’ stores are moved, and stay customers’ stores. The vendor’s own shops are in no group.',
        found.customer === null ? 'storeId' : 'role',
      ),
    ]);
  }
  const group = await lockedGroup(em, groupId ?? found.group.id, found.customer.id);
  // Read again, as it may have been moved until the lock was had.
  const store = await em.findOneOrFail(Store, { id: storeId }, { ...FOR_UPDATE, refresh: true });
  const becomes = role ?? store.role;
  await assertRoom(em, group, { role: becomes, storeId });
  em.assign(store, { group, role: becomes });
  return store;
}

/** The store that counts where none is named: the production store of the group that something is meant for. Null where there is none. */
export async function productionStoreOf(em: EntityManager, group: { readonly id: string } | null): Promise<StoreRow | null> {
  return group === null ? null : em.findOne(Store, { group: group.id, role: 'CUSTOMER_PRODUCTION' });
}

async function lockedGroup(em: EntityManager, groupId: string, customerId: string): Promise<StoreGroupRow> {
  const group = await em.findOne(StoreGroup, { id: groupId, customer: customerId }, FOR_UPDATE);
  if (group === null) throw noSuchGroup();
  return group;
}

const noSuchGroup = () => new Refusal([userError('NOT_FOUND', 'This customer has no such group of stores.', 'storeGroupId')]);

/** Refuses what a locked group has no room for: a second production store, and more stores than are declared. */
async function assertRoom(
  em: EntityManager,
  group: StoreGroupRow,
  { role, storeId }: { readonly role: StoreRole; readonly storeId: string | null },
): Promise<void> {
  const others = (await em.find(Store, { group: group.id })).filter((store) => store.id !== storeId);
  const production = others.find((store) => store.role === 'CUSTOMER_PRODUCTION');
  if (role === 'CUSTOMER_PRODUCTION' && production !== undefined) {
    const message = `This group has its production store already, ${production.url}. Give that one another role or group with storeMove first, or connect this one as CUSTOMER_STAGING.`;
    throw new Refusal([userError('TAKEN', message, 'role')]);
  }
  if (others.length >= MAX_STORES_IN_GROUP) {
    throw new Refusal([
      userError('CONFLICT', `A group has at most ${MAX_STORES_IN_GROUP} stores. Take one elsewhere with storeMove.`, 'storeGroupId'),
    ]);
  }
}
