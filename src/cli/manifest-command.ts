import { readFile, writeFile } from 'node:fs/promises';
import cliProgress from 'cli-progress';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { canonicalJson } from '../use-cases/canonical-json.js';
import {
  MAX_MANIFEST_BYTES,
  type ManifestDocument,
  manifestOf,
  parseManifest,
  publishManifest,
  type ReleaseManifestInput,
} from '../use-cases/release-manifest.js';
import type { CommandContext } from './environment.js';
import { CommandFailed, EXIT, systemCode } from './exit.js';
import { aligned, plain } from './layout.js';
import { type FilesProgress, foundAt, releaseFiles } from './release-files.js';

interface ManifestOptions {
  readonly out?: string;
  readonly publish?: PublishedVersion;
  readonly label?: string;
  readonly hotfix?: string;
  readonly removed: readonly string[];
}

interface PublishedVersion {
  readonly addonSku: string;
  readonly version: string;
}

/** manifest: the digests of the files of a release, by which changed code is told from the vendor's own. */
export function addManifestCommand(program: Command, context: CommandContext): void {
  const tool = { name: 'tenure', version: program.version() ?? 'unknown' };
  program
    .command('manifest')
    .description('list the files of a release with their digests, and record them with it')
    .argument('<path>', 'the folder of the add-on as it is installed, its ZIP archive, or a manifest that was written before (.json)')
    .option('--out <file>', 'write the manifest here (default: print it, unless it is published)')
    .addOption(new Option('--publish <sku@version>', 'record it with this published release').argParser(releaseArgument))
    .option('--label <text>', 'what people call this build, where a release has several (default: SKU and version)')
    .option('--hotfix <label>', 'it is a hot-fix: it names only the files that it replaces or adds')
    .option('--removed <path...>', 'files of the release that the hot-fix takes away', [])
    .addHelpText(
      'after',
      '\nThe same files give the same digest, from a folder and from an archive. Folders of version control are left out, and so is the one folder\n' +
        'around a build, where it holds registration.php, composer.json or a PHP file of its own name. A hot-fix has the paths of the add-on:\n' +
        'Model/Price.php, not stock/Model/Price.php.\n\n' +
        'Examples:\n  tenure manifest build/stock --out stock-1.2.0.json\n' +
        '  tenure manifest stock-1.2.0.zip --publish MG-STOCK@1.2.0\n' +
        '  tenure manifest hotfix/ --publish MG-STOCK@1.2.0 --hotfix "ticket 214" --removed Model/Old.php',
    )
    .action((path: string, options: ManifestOptions) => manifest(context, tool, path, options));
}

async function manifest(context: CommandContext, tool: ManifestDocument['tool'], path: string, options: ManifestOptions): Promise<void> {
  const { out, publish, hotfix, removed } = options;
  if (hotfix === undefined && removed.length > 0)
    throw new CommandFailed(EXIT.USAGE, 'Only a hot-fix takes files away: give --hotfix, too.');
  const kind = hotfix === undefined ? 'BUILD' : 'HOTFIX';
  const found = await foundAt(path);
  const { document, top } =
    !found.isFolder && path.endsWith('.json')
      ? { document: await written(path, found.bytes), top: null }
      : await made(context, tool, path, kind, removed);
  const text = `${canonicalJson(document)}\n`;
  if (out !== undefined) await write(out, text);
  const summary = [
    ['files', String(document.files.length)],
    ...(top === null ? [] : [['within the folder', top]]),
    ...(document.removedPaths.length === 0 ? [] : [['taken away', String(document.removedPaths.length)]]),
    ['digest', document.digest],
  ];
  let fitsNoBuild = false;
  if (publish !== undefined) {
    const label = hotfix ?? options.label ?? `${publish.addonSku} ${publish.version}`;
    const input = { ...publish, kind, label, manifest: document } as const;
    const recorded = await context.withGateway((gateway) => publishManifest(gateway, input, context.environment.now()));
    fitsNoBuild = recorded.fitsNoBuild;
    summary.push([recorded.isNew ? 'recorded with' : 'recorded before with', `${publish.addonSku} ${publish.version}`]);
  }
  if (out === undefined && publish === undefined) context.print([text.trimEnd()]);
  else context.print(aligned(summary));
  if (publish !== undefined && fitsNoBuild) context.environment.stderr.write(`${strangerWarning(document, publish)}\n`);
}

async function made(
  { environment }: CommandContext,
  tool: ManifestDocument['tool'],
  path: string,
  kind: ReleaseManifestInput['kind'],
  removed: readonly string[],
): Promise<{ readonly document: ManifestDocument; readonly top: string | null }> {
  const { show, finish } = progressOf(environment);
  try {
    const { files, top } = await releaseFiles(path, kind, show);
    return { document: manifestOf(files, removed, tool, environment.now()), top };
  } finally {
    finish();
  }
}

/** What is recorded stays, so the words say how to record the right one beside it. */
function strangerWarning({ files, removedPaths }: ManifestDocument, { addonSku, version }: PublishedVersion): string {
  const one = plain(files[0]?.path ?? removedPaths[0] ?? '');
  return (
    `warning: No build of ${plain(addonSku)} ${plain(version)} has a path of this hot-fix, such as "${one}". Where it only adds files, all is well.\n` +
    '         Else record it again with the paths that files have within the add-on: the one recorded now fits no store, and does no harm.'
  );
}

/** A bar for a person at a terminal; a script is told nothing before the end. */
function progressOf({ stderr, isTerminal }: CommandContext['environment']): { readonly show: FilesProgress; readonly finish: () => void } {
  if (!isTerminal) return { show: () => {}, finish: () => {} };
  const format = 'files [{bar}] {value} of {total}, {eta_formatted} left';
  const bar = new cliProgress.SingleBar({ stream: stderr, format, clearOnComplete: true, gracefulExit: false, barsize: 30 });
  return {
    show: (done, total) => {
      if (!bar.isActive) bar.start(total, 0);
      bar.update(done);
    },
    finish: () => bar.stop(),
  };
}

async function written(path: string, bytes: number): Promise<ManifestDocument> {
  if (bytes > MAX_MANIFEST_BYTES)
    throw new CommandFailed(EXIT.REFUSED, `${plain(path)} has more than ${MAX_MANIFEST_BYTES} bytes: that is no manifest of an add-on.`);
  try {
    return parseManifest(await readFile(path, 'utf8'));
  } catch (error) {
    if (systemCode(error) === null) throw error;
    throw new CommandFailed(EXIT.NOT_FOUND, `${plain(path)} could not be read (${systemCode(error)}).`);
  }
}

async function write(out: string, text: string): Promise<void> {
  try {
    await writeFile(out, text);
  } catch (error) {
    throw new CommandFailed(EXIT.FAILED, `${plain(out)} could not be written (${systemCode(error)}).`);
  }
}

function releaseArgument(text: string): PublishedVersion {
  const at = text.lastIndexOf('@');
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError('Give the SKU of the add-on and the version, such as MG-STOCK@1.2.0.');
  return { addonSku: text.slice(0, at), version: text.slice(at + 1) };
}
