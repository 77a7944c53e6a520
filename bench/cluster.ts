import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/demo/embedded-postgres.js';
import { openDatabase } from '../src/persistence/database.js';

/** Where databases are made for a measurement, and dropped after it. */
export interface Cluster {
  /** Address of a fresh database with our tables. */
  createDatabase(): Promise<string>;
  close(): Promise<void>;
}

/** The server that `address` names; without one, an embedded PostgreSQL in a temporary folder. */
export async function openCluster(address: string | undefined): Promise<Cluster> {
  if (address !== undefined) return clusterAt(address, async () => {});
  const directory = await mkdtemp(join(tmpdir(), 'tenure-bench-'));
  const removeDirectory = () => rm(directory, { recursive: true, force: true });
  try {
    const server = await startEmbeddedPostgres(directory);
    return clusterAt(server.urlOf('postgres'), async () => {
      await server.stop();
      await removeDirectory();
    });
  } catch (error) {
    await removeDirectory();
    throw error;
  }
}

function clusterAt(address: string, stop: () => Promise<void>): Cluster {
  const made: string[] = [];
  const administer = async (...statements: string[]) => {
    const client = new pg.Client({ connectionString: address });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  return {
    createDatabase: async () => {
      const name = `tenure_bench_${randomUUID().replaceAll('-', '')}`;
      await administer(`create database ${name}`);
      made.push(name);
      const url = new URL(address);
      url.pathname = `/${name}`;
      const database = await openDatabase({ url: url.href, poolSize: 2, statementTimeoutMs: 60_000 });
      await database.orm.migrator.up();
      await database.close();
      return url.href;
    },
    close: async () => {
      try {
        await administer(...made.map((name) => `drop database if exists ${name} with (force)`));
      } finally {
        await stop();
      }
    },
  };
}
