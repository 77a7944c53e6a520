import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { FileDigest } from '../policy/code-comparison.js';
import { id, instant, readByAll } from './columns.js';
import { Release } from './release.js';

export const MANIFEST_KINDS = ['BUILD', 'HOTFIX'] as const;
export type ManifestKind = (typeof MANIFEST_KINDS)[number];

/** The digests of the files of a release, made when it was built; or of the files that a fix of the vendor put in their place. Never changed afterwards. */
export const ReleaseManifest = defineEntity({
  name: 'ReleaseManifest',
  tableName: 'release_manifest',
  properties: {
    id: id(),
    release: () => p.manyToOne(Release).ref(),
    kind: p.string().columnType('text').$type<ManifestKind>(),
    /** What people call it: "2.1.0 for PrestaShop 8", "hot-fix for ticket 214". */
    label: p.string().columnType('text'),
    files: p.json<readonly FileDigest[]>(),
    /** Of a hot-fix: files of the release that it takes away. */
    removedPaths: p.json<readonly string[]>(),
    /** SHA-256 of the canonical list of files, in hexadecimal. */
    digest: p.string().columnType('char(64)'),
    /** Name and version of the program that made it. */
    tool: p.string().columnType('text'),
    madeAt: instant(),
    recordedAt: instant(),
  },
  uniques: [{ properties: ['release', 'kind', 'digest'] }],
  checks: [
    { name: 'release_manifest_kind_check', expression: `kind in ('BUILD', 'HOTFIX')` },
    { name: 'release_manifest_files_check', expression: `jsonb_typeof(files) = 'array'` },
    { name: 'release_manifest_removed_paths_check', expression: `kind = 'HOTFIX' or removed_paths = '[]'` },
  ],
  triggers: [
    {
      name: 'release_manifest_immutable',
      timing: 'before',
      events: ['update', 'delete'],
      body: `raise exception 'a manifest is evidence and never changes' using errcode = 'restrict_violation'`,
    },
  ],
  policies: [...readByAll('release_manifest')],
  rowLevelSecurity: 'force',
});
export type ReleaseManifestRow = InferEntity<typeof ReleaseManifest>;
