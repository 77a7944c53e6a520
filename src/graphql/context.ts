import type { Session } from '../persistence/session.js';
import { type Actor, type Scope, seesEveryone } from '../use-cases/actor.js';
import type { EntityManager } from '../use-cases/entity-manager.js';
import type { Gateway } from '../use-cases/gateway.js';
import { NOWHERE } from '../use-cases/global-id.js';
import { type Loaders, makeLoaders } from './loaders.js';
import { refusal } from './operation-limits.js';

/** What the resolvers of one request share; nothing of it outlives the request. */
export interface Context {
  readonly gateway: Gateway;
  readonly actor: Actor;
  /** Read once, when the request came. */
  readonly now: Temporal.Instant;
  readonly loaders: Loaders;
  /** The request's own connection; refuses strangers, for whom none is opened. */
  session(): Session;
}

export function makeContext(gateway: Gateway, actor: Actor, session: Session | null): Context {
  const now = gateway.now();
  const open = () => {
    if (session === null) throw refusal('UNAUTHENTICATED', 'This needs a credential: send "Authorization: Bearer <token>".');
    return session;
  };
  const loaders = makeLoaders(gateway, { session: open, onlyCustomer: ownRows(actor).customer ?? null, now });
  return { gateway, actor, now, session: open, loaders };
}

/** Refuses an actor without the scope, before any row is looked at, so that the answer tells nothing about rows. */
export function requireScope({ actor, session }: Context, scope: Scope): Session {
  const opened = session();
  if (!actor.scopes.includes(scope)) throw refusal('FORBIDDEN', `This needs the scope ${scope}.`);
  return opened;
}

/** Refuses an agency that acts for a customer what only the customer itself does, or what it must be let do by name. */
export function requireCustomerItself({ actor }: Context, unlessLet?: Scope): void {
  if (actor.delegationId === undefined || (unlessLet !== undefined && actor.scopes.includes(unlessLet))) return;
  const mend = unlessLet === undefined ? 'No agency does it for it.' : `An agency does it for it with the scope ${unlessLet}.`;
  throw refusal('FORBIDDEN', `The customer itself does this. ${mend}`);
}

/** The first net: a condition that keeps an actor to its own customer's rows. The second is the database's row-level security. */
export const ownRows = (actor: Actor): { customer?: string } => (seesEveryone(actor) ? {} : { customer: actor.customerId ?? NOWHERE });

export const emOf = (context: Context): EntityManager => context.session().em;
