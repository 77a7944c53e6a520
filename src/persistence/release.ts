import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { CompatibilityRange } from '../policy/compatibility.js';
import type { ReleaseChannel, ReleaseKind } from '../policy/update-access.js';
import { Addon } from './addon.js';
import { id, instant, readByAll } from './columns.js';

export const CHANGE_KINDS = ['ADDED', 'CHANGED', 'FIXED', 'SECURITY', 'REMOVED', 'DEPRECATED'] as const;
export interface ChangelogEntry {
  readonly kind: (typeof CHANGE_KINDS)[number];
  readonly summary: string;
  readonly reference: string | null;
}

/** A published build of an add-on. */
export const Release = defineEntity({
  name: 'Release',
  tableName: 'release',
  properties: {
    id: id(),
    addon: () => p.manyToOne(Addon).ref(),
    version: p.string().columnType('text'),
    /** The version spelled so that text order is version order. */
    versionSortKey: p.string().columnType('text').collation('C'),
    channel: p.string().columnType('text').$type<ReleaseChannel>(),
    kind: p.string().columnType('text').$type<ReleaseKind>(),
    publishedAt: instant(),
    withdrawnAt: instant().strictNullable(),
    compatibility: p.json<readonly CompatibilityRange[]>(),
    changelog: p.json<readonly ChangelogEntry[]>(),
  },
  // Two spellings of one version ("1.4" and "1.4.0") have one sort key.
  uniques: [{ properties: ['addon', 'versionSortKey'] }],
  indexes: [{ properties: ['addon', 'channel', 'versionSortKey'] }],
  checks: [
    { name: 'release_channel_check', expression: `channel in ('STABLE', 'BETA')` },
    { name: 'release_kind_check', expression: `kind in ('BUGFIX', 'SECURITY', 'MINOR', 'MAJOR')` },
    { name: 'release_withdrawn_at_check', expression: 'withdrawn_at >= published_at' },
    { name: 'release_compatibility_check', expression: `jsonb_typeof(compatibility) = 'array'` },
    { name: 'release_changelog_check', expression: `jsonb_typeof(changelog) = 'array'` },
  ],
  policies: [...readByAll('release')],
  rowLevelSecurity: 'force',
});
export type ReleaseRow = InferEntity<typeof Release>;
