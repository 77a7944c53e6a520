import { SkuMeaning as SkuMeaningEntity } from '../persistence/sku-meaning.js';
import type { EntityManager } from './entity-manager.js';
import type { SkuCatalogue, SkuMeaning } from './order-plan.js';

/** What every SKU means, for one page of orders. */
export async function readCatalogue(em: EntityManager): Promise<SkuCatalogue> {
  const rows = await em.find(SkuMeaningEntity, {});
  return new Map(
    rows.map((row): [string, SkuMeaning] => {
      if (row.kind === 'PREPAID_TIME')
        return [row.sku, { kind: row.kind, minutes: row.minutes ?? 0, supportPolicyName: row.supportPolicyName ?? '' }];
      if (row.kind === 'IGNORED' || row.addon === null) return [row.sku, { kind: 'IGNORED' }];
      return [
        row.sku,
        row.kind === 'RENEWAL'
          ? { kind: row.kind, addonId: row.addon.id, periods: row.periods ?? 1 }
          : { kind: row.kind, addonId: row.addon.id },
      ];
    }),
  );
}
