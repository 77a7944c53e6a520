import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { Addon } from '../persistence/addon.js';
import { Customer } from '../persistence/customer.js';
import { Delegation } from '../persistence/delegation.js';
import { ImportException } from '../persistence/import-exception.js';
import { Project } from '../persistence/project.js';
import { Purchase } from '../persistence/purchase.js';
import { Release } from '../persistence/release.js';
import { Store } from '../persistence/store.js';
import { StoreGroup } from '../persistence/store-group.js';
import { SupportPolicyVersion } from '../persistence/support-policy-version.js';
import { SupportTerm } from '../persistence/support-term.js';
import { Ticket } from '../persistence/ticket.js';
import { TimeAlarm } from '../persistence/time-alarm.js';
import type { Actor, Scope } from '../use-cases/actor.js';
import { seesEveryone } from '../use-cases/actor.js';
import type { EntityManager } from '../use-cases/entity-manager.js';
import { fromGlobalId, type NodeName, nodeNameOf } from '../use-cases/global-id.js';
import { type Context, ownRows } from './context.js';
import { Node } from './node.js';
import { visibleLot } from './time-lot.js';

interface Finder {
  readonly scope: Scope;
  readonly find: (em: EntityManager, id: string, actor: Actor, context: Context) => Promise<object | null>;
}

const ownStores = (actor: Actor) => (actor.kind === 'STORE' ? { id: actor.storeId } : ownRows(actor));

/** How each type is found again: with the condition that keeps an actor to its own. */
const FINDERS: Partial<Record<NodeName, Finder>> = {
  Addon: { scope: 'ADDONS_READ', find: (em, id) => em.findOne(Addon, { id }) },
  Release: { scope: 'ADDONS_READ', find: (em, id) => em.findOne(Release, { id }) },
  SupportPolicyVersion: { scope: 'ADDONS_READ', find: (em, id) => em.findOne(SupportPolicyVersion, { id }) },
  Customer: {
    scope: 'PURCHASES_READ',
    find: async (em, id, actor) => (seesEveryone(actor) || id === actor.customerId ? em.findOne(Customer, { id }) : null),
  },
  Purchase: { scope: 'PURCHASES_READ', find: (em, id, actor) => em.findOne(Purchase, { id, ...ownRows(actor) }) },
  SupportTerm: { scope: 'PURCHASES_READ', find: (em, id, actor) => em.findOne(SupportTerm, { id, purchase: ownRows(actor) }) },
  Store: { scope: 'STORES_READ', find: (em, id, actor) => em.findOne(Store, { $and: [{ id }, ownStores(actor)] }) },
  StoreGroup: {
    scope: 'STORES_READ',
    find: async (em, id, actor) => (actor.kind === 'STORE' ? null : em.findOne(StoreGroup, { id, ...ownRows(actor) })),
  },
  Delegation: { scope: 'DELEGATIONS_WRITE', find: (em, id, actor) => em.findOne(Delegation, { id, ...ownRows(actor) }) },
  Ticket: { scope: 'TICKETS_READ', find: (em, id, actor) => em.findOne(Ticket, { id, ...ownRows(actor) }) },
  ImportException: { scope: 'IMPORTS', find: (em, id) => em.findOne(ImportException, { id }) },
  Project: { scope: 'TIME_READ', find: (em, id, actor) => em.findOne(Project, { id, ...ownRows(actor) }) },
  TimeLot: { scope: 'TIME_READ', find: (_em, id, _actor, context) => visibleLot(context, id) },
  TimeEntry: { scope: 'TIME_READ', find: (_em, id, _actor, { loaders }) => loaders.timeEntry.load(id) },
  TimeAlarm: { scope: 'DESK', find: (em, id) => em.findOne(TimeAlarm, { id }) },
};

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: 'Anything by its global id; null for what does not exist and for what the caller may not see, alike.',
  })
  async node(@Arg('id', () => ID, { description: 'Global id.' }) id: string, @Ctx() context: Context): Promise<object | null> {
    const session = context.session();
    const name = nodeNameOf(id);
    const uuid = name === null ? null : fromGlobalId(name, id);
    const finder = name === null ? undefined : FINDERS[name];
    if (uuid === null || finder === undefined || !context.actor.scopes.includes(finder.scope)) return null;
    return finder.find(session.em, uuid, context.actor, context);
  }
}
