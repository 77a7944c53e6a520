import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { MAX_MANIFEST_FILES, type ManifestDocument, type ReleaseManifestInput } from '../use-cases/release-manifest.js';
import { CommandFailed, EXIT, systemCode } from './exit.js';
import { plain } from './layout.js';

type FileDigest = ManifestDocument['files'][number];

export interface ReleaseFiles {
  readonly files: readonly FileDigest[];
  /** The folder that stands around everything and is not part of the paths; null where none was left out. */
  readonly top: string | null;
}

/** Told after every file. */
export type FilesProgress = (done: number, total: number) => void;

/** What versions of files are kept in, and what a Mac adds to an archive: no part of a release. */
const NOT_RELEASED = new Set(['.git', '.svn', '.hg', '__MACOSX']);
/** No release is larger; an archive that unpacks to more is a trap or a mistake. */
const MAX_TOTAL_BYTES = 1024 ** 3;
const MAX_PATH_LENGTH = 400;
const READ_BYTES = 64 * 1024;
/** Of many files of one kind, this many are named. */
const NAMED = 10;

/** What stands at a path, links followed. Throws `CommandFailed` where there is nothing, or neither a folder nor a file: a pipe would be waited for, for ever. */
export async function foundAt(path: string): Promise<{ readonly isFolder: boolean; readonly bytes: number }> {
  const found = await stat(path).catch((error: unknown) => {
    throw systemCode(error) === 'ENOENT'
      ? new CommandFailed(EXIT.NOT_FOUND, `There is no folder or file ${plain(path)}.`)
      : unreadable(path, error);
  });
  if (found.isDirectory() || found.isFile()) return { isFolder: found.isDirectory(), bytes: found.size };
  throw new CommandFailed(EXIT.REFUSED, `${plain(path)} is neither a folder nor a file. Name the folder of the add-on or its archive.`);
}

/**
 * The files of a folder, or of a ZIP archive, with their digests, in no particular order: the same files give the same of both. Contents are read piece by piece,
 * never kept. Of a build that holds nothing but one folder, which is the add-on's own, that folder is left out of the paths; of a hot-fix never, as its
 * few files may well lie in one folder of the add-on. Throws `CommandFailed` where there is nothing to read, where an archive is damaged, encrypted or unpacks to
 * more than 1 GiB, and where something is no plain file within the folder: links are named, and not followed.
 */
export async function releaseFiles(path: string, kind: ReleaseManifestInput['kind'], progress: FilesProgress): Promise<ReleaseFiles> {
  const { isFolder } = await foundAt(path);
  const files = await (isFolder ? folderFiles(path, progress) : archiveFiles(path, progress));
  const top = kind === 'BUILD' ? topOf(files) : null;
  return top === null ? { files, top } : { files: files.map((file) => ({ ...file, path: file.path.slice(top.length + 1) })), top };
}

/**
 * The one folder that everything lies in, where it is the add-on's own by what stands in it: `registration.php` of Magento, `<folder>.php` of PrestaShop, or
 * `composer.json`. Any other folder, such as `Model`, is part of the paths.
 */
function topOf(files: readonly FileDigest[]): string | null {
  const [first] = files;
  const top = first?.path.slice(0, first.path.indexOf('/')) ?? '';
  if (top === '' || !files.every(({ path }) => path.startsWith(`${top}/`))) return null;
  const marks = new Set(['registration.php', 'composer.json', `${top}.php`].map((mark) => `${top}/${mark}`));
  return files.some(({ path }) => marks.has(path)) ? top : null;
}

async function folderFiles(folder: string, progress: FilesProgress): Promise<FileDigest[]> {
  const paths: string[] = [];
  const odd: string[] = [];
  const waiting = [''];
  for (let within = waiting.pop(); within !== undefined; within = waiting.pop()) {
    for (const entry of await readdir(join(folder, within), { withFileTypes: true })) {
      const path = within === '' ? entry.name : `${within}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!NOT_RELEASED.has(entry.name)) waiting.push(path);
      } else if (entry.isFile()) paths.push(path);
      else odd.push(path);
    }
    assertFew(folder, paths.length);
  }
  if (odd.length > 0) throw notPlain(odd);
  assertPaths(folder, paths);
  const files: FileDigest[] = [];
  // One after another and at once: of thousands of small files, going through the thread pool for each step costs twenty times the reading.
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (const path of paths) {
    files.push({ path, ...digestOfFile(join(folder, path), buffer) });
    progress(files.length, paths.length);
  }
  return files;
}

function digestOfFile(path: string, buffer: Buffer): Omit<FileDigest, 'path'> {
  try {
    const file = openSync(path, 'r');
    try {
      const hash = createHash('sha256');
      let size = 0;
      for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
        hash.update(buffer.subarray(0, read));
        size += read;
      }
      return { size, sha256: hash.digest('hex') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

const unreadable = (path: string, error: unknown) =>
  new CommandFailed(EXIT.FAILED, `${plain(path)} could not be read (${systemCode(error)}).`);

async function archiveFiles(path: string, progress: FilesProgress): Promise<FileDigest[]> {
  try {
    const archive = await openPromise(path, { autoClose: false, strictFileNames: false });
    try {
      return await filesOfArchive(path, archive, progress);
    } finally {
      archive.close();
    }
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    if (typeof error === 'object' && error !== null && 'syscall' in error) throw unreadable(path, error);
    const why = archiveFault(error instanceof Error ? error.message : '');
    throw new CommandFailed(EXIT.REFUSED, `${plain(path)} cannot be read as a ZIP archive: ${why}. Make the archive again.`);
  }
}

/** What is wrong with an archive, by what its reader says. */
function archiveFault(told: string): string {
  const [, out] = /^(?:invalid relative path|absolute path): (.+)$/s.exec(told) ?? [];
  if (out !== undefined) return `its file "${plain(out)}" would lie outside of it`;
  if (/^(?:too many|not enough) bytes/.test(told)) return 'a file in it has another size than it states';
  if (/unsupported compression|strong encryption|multi-disk/.test(told)) return 'it is packed in a way that stores do not unpack';
  return 'it is none, or was cut short or damaged';
}

async function filesOfArchive(path: string, archive: ZipFile, progress: FilesProgress): Promise<FileDigest[]> {
  const entries: Entry[] = [];
  let bytes = 0;
  // The list comes first: what an archive says of itself is judged before anything of it is unpacked.
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName.endsWith('/') || entry.fileName.split('/').some((part) => NOT_RELEASED.has(part))) continue;
    entries.push(entry);
    bytes += entry.uncompressedSize;
    assertFew(path, entries.length);
    if (bytes > MAX_TOTAL_BYTES) throw new CommandFailed(EXIT.REFUSED, `${plain(path)} unpacks to more than 1 GiB: that is no release.`);
  }
  const odd = entries.filter((entry) => isLink(entry) || entry.isEncrypted());
  if (odd.length > 0) throw notPlain(odd.map(({ fileName }) => fileName));
  const names = entries.map(({ fileName }) => fileName);
  assertPaths(path, names);
  const files: FileDigest[] = [];
  for (const entry of entries) {
    // Larger than it says, and the stream fails.
    const { size, sha256, checksum } = await digestOf(await archive.openReadStreamPromise(entry));
    if (checksum !== entry.crc32) {
      throw new CommandFailed(EXIT.REFUSED, `${plain(entry.fileName)} in ${plain(path)} is damaged. Make the archive again.`);
    }
    files.push({ path: entry.fileName.replace(/^(?:\.\/)+/, ''), size, sha256 });
    progress(files.length, entries.length);
  }
  return files;
}

/** What Unix systems write into archives about symbolic links. */
const isLink = ({ externalFileAttributes }: Entry): boolean => ((externalFileAttributes >>> 16) & 0o170000) === 0o120000;

async function digestOf(stream: Readable): Promise<{ readonly size: number; readonly sha256: string; readonly checksum: number }> {
  const hash = createHash('sha256');
  let size = 0;
  let checksum = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    checksum = crc32(chunk, checksum);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex'), checksum };
}

function assertFew(path: string, files: number): void {
  if (files <= MAX_MANIFEST_FILES) return;
  const mend = 'Name the folder of one add-on, as it is installed.';
  throw new CommandFailed(EXIT.REFUSED, `${plain(path)} has more than ${MAX_MANIFEST_FILES} files. ${mend}`);
}

function assertPaths(path: string, paths: readonly string[]): void {
  if (paths.length === 0) throw new CommandFailed(EXIT.REFUSED, `${plain(path)} has no files.`);
  const strange = paths.filter((each) => each.length > MAX_PATH_LENGTH || /[\\\p{C}]/u.test(each));
  if (strange.length === 0) return;
  const mend = `Paths have at most ${MAX_PATH_LENGTH} characters, no backslash and no control characters.`;
  throw new CommandFailed(EXIT.REFUSED, `${named(strange)} cannot be in a manifest. ${mend}`);
}

function notPlain(paths: readonly string[]): CommandFailed {
  const mend = 'Put the files themselves in their place: a link may lead to other contents in each store.';
  return new CommandFailed(EXIT.REFUSED, `These are links, encrypted, or no files: ${named(paths)}. ${mend}`);
}

function named(paths: readonly string[]): string {
  const shown = paths.toSorted().slice(0, NAMED).map(plain).join(', ');
  return paths.length > NAMED ? `${shown} and ${paths.length - NAMED} more` : shown;
}
