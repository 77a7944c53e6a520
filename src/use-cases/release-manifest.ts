import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Addon } from '../persistence/addon.js';
import { Release, type ReleaseRow } from '../persistence/release.js';
import { type ManifestKind, ReleaseManifest, type ReleaseManifestRow } from '../persistence/release-manifest.js';
import { withVendorSession } from '../persistence/session.js';
import type { FileDigest } from '../policy/code-comparison.js';
import { comparablePath } from '../policy/code-file.js';
import { parseVersion, versionSortKey } from '../policy/version.js';
import { canonicalJson } from './canonical-json.js';
import type { EntityManager } from './entity-manager.js';
import type { Gateway } from './gateway.js';
import { Refusal, userError } from './outcome.js';

/** The digests of the files of a release, or of a hot-fix, as schema/release-manifest.schema.json has it. */
export interface ManifestDocument {
  readonly format: typeof MANIFEST_FORMAT;
  readonly tool: { readonly name: string; readonly version: string };
  readonly madeAt: string;
  readonly files: readonly FileDigest[];
  readonly removedPaths: readonly string[];
  readonly digest: string;
}

export const MANIFEST_FORMAT = 'tenure-release-manifest/1';
export const MAX_MANIFEST_FILES = 20_000;
/** A document of that many files with paths of the usual length, in bytes. */
export const MAX_MANIFEST_BYTES = 5_000_000;
const MAX_REMOVED = 1_000;
const MAX_FAULTS = 20;
/** [ours] A version is built in a few flavours and mended a few times. */
const MAX_MANIFESTS = 50;
const MAX_LABEL = 200;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in hexadecimal: 64 digits, letters in lower case');
const path = z
  .string()
  .min(1)
  .max(400)
  .regex(
    /^(?!\.{1,2}(?:\/|$))[^\p{C}\\/]+(?:\/(?!\.{1,2}(?:\/|$))[^\p{C}\\/]+)*$/u,
    'is no path within the add-on, such as "Model/Price.php"',
  );
const name = z.string().min(1).max(100);
const documentShape = z.strictObject({
  format: z.literal(MANIFEST_FORMAT),
  tool: z.strictObject({ name, version: name }),
  madeAt: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/, 'is no instant in UTC'),
  files: z.array(z.strictObject({ path, size: z.int().min(0), sha256 })).max(MAX_MANIFEST_FILES),
  removedPaths: z.array(path).max(MAX_REMOVED),
  digest: sha256,
});

/**
 * The manifest of files, in the one order and spelling in which they are kept: the same files give the same digest, wherever they were read. A Refusal at
 * `files` or `removedPaths` where two paths are one, where a file is both there and taken away, and where `manifestFrom` would refuse the document.
 */
export function manifestOf(
  files: readonly FileDigest[],
  removedPaths: readonly string[],
  tool: ManifestDocument['tool'],
  madeAt: Temporal.Instant,
): ManifestDocument {
  const content = sortedContent(files, removedPaths);
  return shaped({ format: MANIFEST_FORMAT, tool, madeAt: madeAt.toString(), ...content, digest: digestOf(content) });
}

type Content = Pick<ManifestDocument, 'files' | 'removedPaths'>;

function sortedContent(files: readonly FileDigest[], removedPaths: readonly string[]): Content {
  const inOrder = (one: string, other: string) => (one < other ? -1 : 1);
  const spelled = files.map(({ path: of, size, sha256: digest }) => ({ path: comparablePath(of), sha256: digest, size }));
  const content = {
    files: spelled.sort((one, other) => inOrder(one.path, other.path)),
    removedPaths: removedPaths.map(comparablePath).sort(inOrder),
  };
  const there = new Set<string>();
  for (const [index, file] of content.files.entries()) {
    if (there.has(file.path)) throw fault(`Two files have the path "${file.path}".`, 'files', String(index), 'path');
    there.add(file.path);
  }
  for (const [index, removed] of content.removedPaths.entries()) {
    if (there.has(removed)) throw fault(`"${removed}" is there, or is taken away twice.`, 'removedPaths', String(index));
    there.add(removed);
  }
  return content;
}

const digestOf = ({ files, removedPaths }: Content): string =>
  createHash('sha256')
    .update(canonicalJson([files, removedPaths]))
    .digest('hex');

const fault = (message: string, ...at: readonly string[]) => new Refusal([userError('INVALID', message, 'manifest', ...at)]);

/** A manifest from its text; see `manifestFrom`. A Refusal INVALID, too, where the text is no JSON. */
export function parseManifest(text: string): ManifestDocument {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw fault('The manifest is no JSON. Send what "tenure manifest" wrote, unchanged.');
  }
  return manifestFrom(content);
}

/** A manifest from a JSON value. A Refusal INVALID that names each place, where it is none, and where its digest is not that of its files: then it was cut or changed. */
export function manifestFrom(content: unknown): ManifestDocument {
  const data = shaped(content);
  const sorted = sortedContent(data.files, data.removedPaths);
  if (digestOf(sorted) === data.digest) return { ...data, ...sorted };
  throw fault('The digest is not that of the files: the manifest was cut or changed. Make it again.', 'digest');
}

function shaped(content: unknown): ManifestDocument {
  const { success, data, error } = documentShape.safeParse(content);
  if (success) return data;
  throw new Refusal(
    error.issues.slice(0, MAX_FAULTS).map((issue) => {
      const at = issue.path.map(String);
      return userError('INVALID', `${at.length === 0 ? 'The manifest' : at.join('.')}: ${issue.message}.`, 'manifest', ...at);
    }),
  );
}

export interface ReleaseManifestInput {
  readonly addonSku: string;
  readonly version: string;
  readonly kind: ManifestKind;
  /** What people call it, at most 200 characters. */
  readonly label: string;
  /** The document, as a JSON value. */
  readonly manifest: unknown;
}

/**
 * A-16, B-23: records what the files of a published release are, or those of a hot-fix of it. The same files again change nothing and answer with what is
 * recorded; what is recorded never changes. A Refusal where there is no such release, or where a build takes files away.
 */
export async function addReleaseManifest(
  em: EntityManager,
  input: ReleaseManifestInput,
  now: Temporal.Instant,
): Promise<ReleaseManifestRow> {
  const { kind, label } = input;
  const document = manifestFrom(input.manifest);
  if (kind === 'BUILD' && document.removedPaths.length > 0) {
    throw fault('Only a hot-fix takes files away: a build is whole.', 'removedPaths');
  }
  if (document.files.length + document.removedPaths.length === 0) throw fault('A manifest names at least one file.', 'files');
  if (label.trim() === '' || label.length > MAX_LABEL) {
    throw new Refusal([userError('INVALID', `Say in 1 to ${MAX_LABEL} characters what people call it.`, 'label')]);
  }
  const release = await releaseOf(em, input);
  const known = await em.find(ReleaseManifest, { release }, { fields: ['kind', 'digest'] });
  const same = known.find((each) => each.kind === kind && each.digest === document.digest);
  if (same !== undefined) return em.findOneOrFail(ReleaseManifest, { id: same.id }, { refresh: true });
  if (known.length >= MAX_MANIFESTS) {
    throw new Refusal([userError('CONFLICT', `A release has at most ${MAX_MANIFESTS} manifests: publish the next version.`, 'version')]);
  }
  const row = em.create(ReleaseManifest, {
    release,
    kind,
    label: label.trim(),
    files: document.files,
    removedPaths: document.removedPaths,
    digest: document.digest,
    tool: `${document.tool.name} ${document.tool.version}`,
    madeAt: Temporal.Instant.from(document.madeAt),
    recordedAt: now,
  });
  em.persist(row);
  return row;
}

async function releaseOf(em: EntityManager, { addonSku, version }: ReleaseManifestInput): Promise<ReleaseRow> {
  const addon = await em.findOne(Addon, { sku: addonSku });
  if (addon === null) throw new Refusal([userError('NOT_FOUND', `There is no add-on with the SKU "${addonSku}".`, 'addonSku')]);
  const parsed = parseVersion(version);
  const release = parsed && (await em.findOne(Release, { addon, versionSortKey: versionSortKey(parsed) }));
  if (release !== null) return release;
  const mend = 'Publish the release first, with the mutation releasePublish.';
  throw new Refusal([userError('NOT_FOUND', `Version ${version} of ${addonSku} is not published. ${mend}`, 'version')]);
}

/**
 * The same for the command line, which acts for the vendor; whether it was new; and whether it is a hot-fix that shares no path with the builds of its release,
 * as one does that was made of another folder. A release without builds says nothing about that.
 */
export function publishManifest(
  { database }: Pick<Gateway, 'database'>,
  input: ReleaseManifestInput,
  now: Temporal.Instant,
): Promise<{ readonly isNew: boolean; readonly fitsNoBuild: boolean }> {
  return withVendorSession(database, (session) =>
    session.transaction(async (em) => {
      const recorded = await addReleaseManifest(em, input, now);
      const isNew = recorded.recordedAt.equals(now);
      if (recorded.kind === 'BUILD') return { isNew, fitsNoBuild: false };
      const builds = await em.find(ReleaseManifest, { release: recorded.release, kind: 'BUILD' });
      return { isNew, fitsNoBuild: builds.length > 0 && !sharesPath(recorded, builds) };
    }),
  );
}

function sharesPath(hotfix: Content, builds: readonly Pick<Content, 'files'>[]): boolean {
  const built = new Set(builds.flatMap(({ files }) => files.map(({ path: of }) => of)));
  return [...hotfix.files.map(({ path: of }) => of), ...hotfix.removedPaths].some((of) => built.has(of));
}
