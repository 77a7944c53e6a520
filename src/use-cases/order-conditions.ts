import { Addon, type AddonRow } from '../persistence/addon.js';
import { executeWithin } from '../persistence/session.js';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import type { CompatibilityRange } from '../policy/compatibility.js';
import type { EntityManager } from './entity-manager.js';
import type { OrderPlan } from './order-plan.js';
import { inForce } from './support-policy.js';

/** What was promised to whoever bought on a day, for some orders. */
export interface OrderConditions {
  addon(id: string): AddonRow;
  /** The version of named conditions that was in force at an instant; null where none was. */
  policy(name: string, at: Temporal.Instant): SupportPolicyVersionRow | null;
  /** The platform versions that an add-on's product sheet named when one of the orders was paid: see `advertisedOn`. */
  advertised(addonId: string, at: Temporal.Instant): readonly CompatibilityRange[];
}

/** Reads the conditions of what some orders plan: three statements for any number of them. */
export async function readConditions(em: EntityManager, plans: readonly OrderPlan[]): Promise<OrderConditions> {
  const addonIds = new Set(plans.flatMap(({ licences, renewals }) => [...licences, ...renewals].map(({ addonId }) => addonId)));
  const addons = addonIds.size === 0 ? [] : await em.find(Addon, { id: { $in: [...addonIds] } });
  const byId = new Map(addons.map((addon) => [addon.id, addon]));
  const names = new Set([
    ...addons.map(({ supportPolicyName }) => supportPolicyName),
    ...plans.flatMap(({ prepaidTime }) => prepaidTime.map(({ supportPolicyName }) => supportPolicyName)),
  ]);
  const versions =
    names.size === 0 ? [] : await em.find(SupportPolicyVersion, { name: { $in: [...names] } }, { orderBy: { version: 'desc' } });
  const byName = Map.groupBy(versions, ({ name }) => name);
  const advertised = await readAdvertised(em, plans);
  return {
    addon: (id) => {
      const addon = byId.get(id);
      if (addon === undefined) throw new Error('The catalogue names an add-on that is not there.');
      return addon;
    },
    policy: (name, at) => inForce(byName.get(name) ?? [], at),
    advertised: (addonId, at) => advertised.get(saleKey(addonId, at.toString())) ?? [],
  };
}

const saleKey = (addonId: string, at: string) => `${addonId} ${at}`;

const ADVERTISED = `select sale.addon_id, sale.told, newest.compatibility
  from unnest($1::uuid[], $2::text[]) as sale(addon_id, told), lateral (
    select compatibility from release
    where addon_id = sale.addon_id and channel = 'STABLE' and published_at <= sale.told::timestamptz
      and (withdrawn_at is null or withdrawn_at > sale.told::timestamptz)
    order by version_sort_key desc limit 1
  ) as newest`;

/** By add-on and instant, what the newest stable release that was out then is made for. */
async function readAdvertised(em: EntityManager, plans: readonly OrderPlan[]): Promise<Map<string, readonly CompatibilityRange[]>> {
  const sales = plans.flatMap(({ paidAt, licences }) => licences.map(({ addonId }) => [addonId, paidAt.toString()] as const));
  if (sales.length === 0) return new Map();
  const distinct = [...new Map(sales.map((sale) => [saleKey(...sale), sale])).values()];
  const { rows } = await executeWithin(em, ADVERTISED, [distinct.map(([addonId]) => addonId), distinct.map(([, at]) => at)]);
  const read = rows as { addon_id: string; told: string; compatibility: readonly CompatibilityRange[] }[];
  return new Map(read.map(({ addon_id, told, compatibility }) => [saleKey(addon_id, told), compatibility]));
}
