import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Addon } from './addon.js';
import { id, instant, seesAll } from './columns.js';
import { Release } from './release.js';

/**
 * A fault of an add-on, under the name by which changelogs speak of it. A release whose changelog names it fixes it.
 * Seen by the vendor, and by customers who reported it.
 */
export const BugReport = defineEntity({
  name: 'BugReport',
  tableName: 'bug_report',
  properties: {
    id: id(),
    addon: () => p.manyToOne(Addon).ref(),
    /** As it stands in the `reference` of a changelog entry, such as "SIZ-118"; unique for the add-on. */
    reference: p.string().columnType('text'),
    summary: p.string().columnType('text'),
    recordedAt: instant(),
    recordedBy: p.string().columnType('text'),
    /** The first release whose changelog named it; null: not fixed. */
    fixedIn: () => p.manyToOne(Release).ref().strictNullable().deleteRule('no action'),
    fixedAt: instant().strictNullable(),
  },
  uniques: [{ properties: ['addon', 'reference'] }],
  checks: [{ name: 'bug_report_fixed_check', expression: '(fixed_in_id is null) = (fixed_at is null)' }],
  policies: [{ name: 'bug_report_scope', using: `${seesAll} or exists (select from ticket where ticket.bug_id = bug_report.id)` }],
  rowLevelSecurity: 'force',
});
export type BugReportRow = InferEntity<typeof BugReport>;
