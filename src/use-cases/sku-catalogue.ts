import { executeWithin } from '../persistence/session.js';
import type { SkuMeaningRow } from '../persistence/sku-meaning.js';
import type { EntityManager } from './entity-manager.js';
import type { SkuCatalogue, SkuMeaning } from './order-plan.js';

type MeaningColumns = Pick<SkuMeaningRow, 'sku' | 'kind' | 'periods' | 'minutes' | 'supportPolicyName'> & {
  readonly addonId: string | null;
};

/** What every SKU means, for one page of orders. Plain rows: it is read with every page, however many SKUs there are. */
export async function readCatalogue(em: EntityManager): Promise<SkuCatalogue> {
  const text = `select sku, kind, addon_id as "addonId", periods, minutes, support_policy_name as "supportPolicyName" from sku_meaning`;
  const { rows } = await executeWithin(em, text, []);
  return new Map((rows as MeaningColumns[]).map((row) => [row.sku, meaningOf(row)]));
}

function meaningOf({ kind, addonId, periods, minutes, supportPolicyName }: MeaningColumns): SkuMeaning {
  if (kind === 'PREPAID_TIME') return { kind, minutes: minutes ?? 0, supportPolicyName: supportPolicyName ?? '' };
  if (kind === 'IGNORED' || addonId === null) return { kind: 'IGNORED' };
  return kind === 'RENEWAL' ? { kind, addonId, periods: periods ?? 1 } : { kind, addonId };
}
