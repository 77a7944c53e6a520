import type { Visibility } from '../persistence/session.js';
import type { JournalActor } from '../policy/time-journal.js';
import { NOWHERE } from './global-id.js';

export const SCOPES = [
  'ADDONS_READ',
  'ADDONS_WRITE',
  'PURCHASES_READ',
  'PURCHASES_WRITE',
  'STORES_READ',
  'STORES_WRITE',
  'TICKETS_READ',
  'TICKETS_WRITE',
  'TIME_READ',
  'TIME_WRITE',
  'DELEGATIONS_WRITE',
  'DESK',
  'IMPORTS',
  'POLICIES_WRITE',
  'TOKENS_WRITE',
] as const;
export type Scope = (typeof SCOPES)[number];

/** What a customer may let an agency do for it: what it may do itself, but to let others do so. */
export const DELEGABLE_SCOPES = [
  'ADDONS_READ',
  'PURCHASES_READ',
  'STORES_READ',
  'STORES_WRITE',
  'TICKETS_READ',
  'TICKETS_WRITE',
  'TIME_READ',
  'TIME_WRITE',
] as const satisfies readonly Scope[];

/** What a partner's token may carry; the rest is the vendor's own. */
export const PARTNER_SCOPES = [
  'ADDONS_READ',
  'ADDONS_WRITE',
  'PURCHASES_READ',
  'PURCHASES_WRITE',
  'STORES_READ',
  'STORES_WRITE',
  'TICKETS_READ',
  'TICKETS_WRITE',
  'TIME_READ',
  'TIME_WRITE',
] as const satisfies readonly Scope[];

export const ACTOR_KINDS = ['ANONYMOUS', 'STAFF', 'PARTNER', 'CUSTOMER', 'STORE'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** Who asks. */
export interface Actor {
  readonly kind: ActorKind;
  /** Who it is, whatever credential says so, for idempotency keys: "staff", "staff:ada", "partner:ERP", "customer:…", "customer:… for customer:…", "store:…". */
  readonly name: string;
  /** What it came with: a token of ours, "token:…", or a session that the vendor's own issuer names, "session:…"; left out where neither is known. */
  readonly credential?: string;
  readonly scopes: readonly Scope[];
  /** The customer whose things it may see; null for actors who see everyone's, and for strangers. */
  readonly customerId: string | null;
  /** The store it speaks for. */
  readonly storeId: string | null;
  /** Of an agency that acts for the customer: by which delegation. Left out for everybody else. */
  readonly delegationId?: string;
}

export const ANONYMOUS: Actor = { kind: 'ANONYMOUS', name: 'anonymous', scopes: [], customerId: null, storeId: null };

/** What each kind of actor may do; a partner only what its token was given. */
export function scopesOf(kind: ActorKind, granted: readonly string[]): readonly Scope[] {
  switch (kind) {
    case 'STAFF':
      return SCOPES;
    case 'PARTNER':
      return PARTNER_SCOPES.filter((scope) => granted.includes(scope));
    case 'CUSTOMER':
      return [...DELEGABLE_SCOPES, 'DELEGATIONS_WRITE'];
    case 'STORE':
      return ['ADDONS_READ', 'STORES_READ'];
    case 'ANONYMOUS':
      return [];
  }
}

/** How evidence names the actor: as closely as is known, so that what one stolen token did can be told from the rest. */
export const namedInEvidence = ({ name, credential }: Actor): string => (credential === undefined ? name : `${name} by ${credential}`);

/** Who stands in the journal of prepaid time for what the actor does. */
export const journalActor = (actor: Actor): JournalActor => ({
  kind: actor.kind === 'ANONYMOUS' ? 'PROGRAM' : actor.kind,
  name: namedInEvidence(actor),
});

/** Whether the actor sees the things of every customer. */
export const seesEveryone = (actor: Actor): boolean => actor.kind === 'STAFF' || actor.kind === 'PARTNER';

/** Keeps a query of stores to some of them: all, those of one customer, or those of any customer. */
export type AmongStores = { readonly customer?: string | { readonly $ne: null } };

/** The stores that the actor may change, try and read anew: staff any, a partner those of customers, everybody else its own. The vendor's shops are the root of all licences. */
export function changeableStores(actor: Actor): AmongStores {
  if (actor.kind === 'STAFF') return {};
  return { customer: actor.kind === 'PARTNER' ? { $ne: null } : (actor.customerId ?? NOWHERE) };
}

export function visibilityOf(actor: Actor): Visibility {
  if (seesEveryone(actor)) return { sees: 'all' };
  return actor.customerId === null ? { sees: 'nothing' } : { sees: 'customer', customerId: actor.customerId };
}
