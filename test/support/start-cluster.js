import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/demo/embedded-postgres.ts';

/** One throw-away PostgreSQL server for all test files; each file clones a migrated template (see database.ts). */
export default async function startCluster() {
  const directory = join(tmpdir(), `tenure-test-${process.pid}`);
  const flags = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'].flatMap((setting) => [
    '-c',
    setting,
  ]);
  const cluster = await startEmbeddedPostgres(directory, flags);
  process.env.TENURE_TEST_DATABASE = cluster.urlOf('postgres');
  globalThis.tenureStopCluster = async () => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
