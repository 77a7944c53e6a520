import type { AfterSalesFacts } from '../../src/policy/after-sales.js';
import { type CompatibilityRange, platformVersionFromText } from '../../src/policy/compatibility.js';
import { layTerms } from '../../src/policy/support-term.js';

export const at = (text: string) => Temporal.Instant.from(text);
export const magento = (version: string) => platformVersionFromText('MAGENTO', version);
export const UP_TO_247: CompatibilityRange[] = [{ platform: 'MAGENTO', edition: null, from: '2.4.4', to: '2.4.7' }];
export const UP_TO_248: CompatibilityRange[] = [{ platform: 'MAGENTO', edition: null, from: '2.4.4', to: '2.4.8' }];

/** Bought on 2025-11-30; the term expires at 2026-02-28T23:00:00Z, two hours earlier at +03:00. */
export const SPANS = layTerms([{ key: 'order', paidAt: at('2025-11-30T09:00:00Z'), months: 3 }], 'Europe/Paris');
export const IN_TERM = at('2026-02-10T09:00:00Z');
export const AFTER_TERM = at('2026-03-10T09:00:00Z');

/** A request with nothing in its way, and with no prepaid time. */
export function requestOf(change: Partial<AfterSalesFacts>): AfterSalesFacts {
  return {
    request: 'CORRECTION',
    spans: SPANS,
    revokedAt: null,
    listPriceAtPurchase: { amountMinor: 7900n, currencyCode: 'EUR' },
    rootCause: 'ADDON',
    advertisedCompatibility: UP_TO_247,
    installedReleaseCompatibility: UP_TO_247,
    installed: { version: '1.1.0', source: 'PLUGIN', readAt: at('2026-02-10T08:00:00Z') },
    platformVersion: magento('2.4.7-p1'),
    storeVersionSource: 'PLUGIN',
    storeVersionReadAt: at('2026-02-10T08:00:00Z'),
    codeReportedAt: at('2026-02-10T08:00:00Z'),
    incompatibleDevelopments: null,
    modifiedSource: 'SAME',
    changedCodeFiles: [],
    category: 'INSTALL',
    prepaidAvailableMinutes: 0,
    estimateMinutes: null,
    needsWorkOnHost: false,
    productBug: null,
    warranty: null,
    ...change,
  };
}
