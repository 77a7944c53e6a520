import { readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { startEmbeddedPostgres } from '../src/demo/embedded-postgres.js';
import { openDatabase } from '../src/persistence/database.js';

/**
 * `npm run migration:create -- NAME`: writes the migration that brings a database with all earlier migrations
 * up to the mapping in src/persistence, and puts it on the list.
 */
const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Usage: npm run migration:create -- NAME   (lower case, words joined by "_")');
  process.exit(2);
}
const directory = join(tmpdir(), `tenure-migration-${process.pid}`);
const cluster = await startEmbeddedPostgres(directory);
try {
  await cluster.ensureDatabase('tenure');
  const database = await openDatabase({ url: cluster.urlOf('tenure'), poolSize: 2, statementTimeoutMs: 60_000 });
  await database.orm.migrator.up();
  const result = await database.orm.migrator.create('migrations', false, false, name);
  await database.close();
  if (result.fileName === '') {
    console.log('The mapping and the migrations are in step: nothing to write.');
  } else {
    await writeList();
    console.log(`Wrote migrations/${result.fileName}`);
  }
} finally {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
}

async function writeList() {
  const names = (await readdir('migrations'))
    .filter((file) => /^Migration\d{14}\w*\.ts$/.test(file))
    .map((file) => basename(file, '.ts'))
    .sort();
  const lines = names.map((migration) => `import { ${migration} } from './${migration}.js';`);
  const entries = names.map((migration) => `  { name: '${migration}', class: ${migration} },`);
  await writeFile(
    'migrations/list.ts',
    `${lines.join('\n')}\n\n/** Every migration, oldest first. */\nexport const migrations = [\n${entries.join('\n')}\n];\n`,
  );
}
