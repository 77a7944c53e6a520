import DataLoader from 'dataloader';
import { Addon } from '../persistence/addon.js';
import type { ManifestKind } from '../persistence/release-manifest.js';
import type { Session } from '../persistence/session.js';
import { type CodeEvidence, type CodePlace, codeOfRequests } from '../use-cases/code-evidence.js';

interface RequestKey extends CodePlace {
  readonly madeAt: Temporal.Instant;
}
interface InstalledKey {
  readonly storeId: string;
  readonly addonSku: string;
}

/** What is told of a manifest without its list of files. */
export interface ManifestSummary {
  readonly kind: ManifestKind;
  readonly label: string;
  readonly digest: string;
  readonly tool: string;
  readonly fileCount: number;
  readonly madeAt: Temporal.Instant;
  readonly recordedAt: Temporal.Instant;
}

/** What is known of the code of add-ons, in few statements for all rows of a page that ask for it. */
export interface CodeLoaders {
  readonly codeOfRequest: DataLoader<RequestKey, CodeEvidence | null, string>;
  /** As it was last reported; null where it never was, and where there is no such add-on. */
  readonly installedCode: DataLoader<InstalledKey, CodeEvidence | null, string>;
  /** Of releases, in the order in which they were recorded. */
  readonly releaseManifests: DataLoader<string, ManifestSummary[]>;
}

export function makeCodeLoaders(session: () => Session, now: Temporal.Instant): CodeLoaders {
  return {
    codeOfRequest: new DataLoader((keys) => codeOfRequests(session().em, keys, now), {
      cacheKeyFn: ({ storeId, addonId, madeAt }) => `${storeId} ${addonId} ${madeAt}`,
    }),
    installedCode: new DataLoader((keys) => installedCodes(session(), keys, now), {
      cacheKeyFn: ({ storeId, addonSku }) => `${storeId} ${addonSku}`,
    }),
    releaseManifests: new DataLoader((ids) => manifestsOfReleases(session(), ids)),
  };
}

async function installedCodes({ em }: Session, keys: readonly InstalledKey[], now: Temporal.Instant): Promise<(CodeEvidence | null)[]> {
  const addons = await em.find(Addon, { sku: { $in: [...new Set(keys.map(({ addonSku }) => addonSku))] } });
  const idBySku = new Map(addons.map(({ sku, id }) => [sku, id]));
  const known = keys.flatMap(({ storeId, addonSku }) => {
    const addonId = idBySku.get(addonSku);
    return addonId === undefined ? [] : [{ storeId, addonId, madeAt: now }];
  });
  const found = known.length === 0 ? [] : await codeOfRequests(em, known, now);
  const byPlace = new Map(known.map(({ storeId, addonId }, index) => [`${storeId} ${addonId}`, found[index] ?? null]));
  return keys.map(({ storeId, addonSku }) => byPlace.get(`${storeId} ${idBySku.get(addonSku)}`) ?? null);
}

async function manifestsOfReleases(session: Session, ids: readonly string[]): Promise<ManifestSummary[][]> {
  type Read = Omit<ManifestSummary, 'madeAt' | 'recordedAt'> & { release_id: string; made_at: string; recorded_at: string };
  const rows = await session.query<Read>({
    name: 'manifests-of-releases',
    text: `select release_id, kind, label, digest, tool, jsonb_array_length(files) as "fileCount",
        to_json(made_at) #>> '{}' as made_at, to_json(recorded_at) #>> '{}' as recorded_at
      from release_manifest where release_id = any ($1::uuid[]) order by recorded_at, id`,
    values: [ids],
  });
  const byRelease = Map.groupBy(rows, ({ release_id }) => release_id);
  return ids.map((id) =>
    (byRelease.get(id) ?? []).map(({ release_id: _of, made_at, recorded_at, ...manifest }) => ({
      ...manifest,
      madeAt: Temporal.Instant.from(made_at),
      recordedAt: Temporal.Instant.from(recorded_at),
    })),
  );
}
