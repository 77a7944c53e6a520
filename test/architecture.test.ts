import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { importFaults } from './support/import-table.js';
import { codeFaults, lengthFaults, nameFaults, textFaults } from './support/source-faults.js';
import { isCode, type SourceFile } from './support/syntax.js';

/** Files that may be longer than others, each with the reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'test/http/hostile-operations.test.ts': 'One table of hostile operations: divided, nobody would see which one is missing.',
};

const files = projectFiles(new URL('..', import.meta.url));
const code = files.filter(({ path }) => isCode(path));

describe('the project', () => {
  test('has sources to hold against the rules', () => {
    const folders = new Set(code.map(({ path }) => path.split('/')[0]));
    expect([...folders]).toEqual(expect.arrayContaining(['src', 'integrations', 'migrations', 'test']));
  });

  test('imports along the table of layers only', () => expect(code.flatMap(importFaults)).toEqual([]));

  test('names every file by a noun', () => expect(code.flatMap(({ path }) => nameFaults(path))).toEqual([]));

  test('keeps files short enough to read', () =>
    expect(code.filter(isWritten).flatMap((file) => lengthFaults(file, LONG_FILES))).toEqual([]));

  test('excuses no file that needs no excuse', () => {
    const long = code.filter((file) => lengthFaults(file, {}).length > 0).map(({ path }) => path);
    expect(Object.keys(LONG_FILES).filter((path) => !long.includes(path))).toEqual([]);
  });

  test('is typed throughout, tested throughout, and pure where it decides', () => expect(code.flatMap(codeFaults)).toEqual([]));

  test('tells nothing of the machines it was written on', () => expect(files.flatMap(textFaults)).toEqual([]));
});

describe('the table of layers', () => {
  const policy = 'src/policy/term.ts';
  const persistence = 'src/persistence/term.ts';
  const useCases = 'src/use-cases/term.ts';
  const graphql = 'src/graphql/term.ts';
  const http = 'src/http/server.ts';
  const cli = 'src/cli/program.ts';
  const integrations = 'integrations/magento/connector.ts';

  test.each([
    [policy, `import { rename } from 'node:fs';`, 'may not import node:fs', 'rules touch no machine'],
    [policy, `import type { Ajv } from 'ajv';`, 'may not import npm:ajv', 'not even the types of a package are JavaScript’s own'],
    [
      policy,
      `import type { TermRow } from '../persistence/term.js';`,
      'may not import src/persistence/term.ts',
      'facts are declared, rows are not',
    ],
    [policy, `export { renew } from '../use-cases/term.js';`, 'may not import src/use-cases/term.ts', 'passing on is importing'],
    [policy, `export * from '../use-cases/term.js';`, 'may not import src/use-cases/term.ts', 'passing on everything is importing'],
    [policy, `type T = import('../persistence/term.js').T;`, 'may not import src/persistence/term.ts', 'a type in place is an import'],
    [policy, `const fs = require('fs');`, 'may not import npm:fs', 'the old way of importing is one'],
    [
      integrations,
      `import type { Money } from '../../src/policy/money.js';`,
      'may not import src/policy/money.ts',
      'connectors know no rules',
    ],
    [integrations, `import { gunzip } from '../../src/http/server.js';`, 'may not import src/http/server.ts', 'nothing of src'],
    [persistence, `import { layTerms } from '../policy/support-term.js';`, 'may import types only of src/policy', 'rows decide nothing'],
    [
      persistence,
      `import { type Span } from '../policy/support-term.js';`,
      'may import types only of src/policy',
      'the module would still be loaded',
    ],
    [persistence, `import { renew } from '../use-cases/term.js';`, 'may not import src/use-cases/term.ts', 'layers point downwards'],
    [persistence, `import axios from 'axios';`, 'may not import npm:axios', 'rows come from PostgreSQL'],
    [
      persistence,
      `import { down } from '../../migrations/create.js';`,
      'may not import migrations/create.ts',
      'the list of migrations only',
    ],
    [
      useCases,
      `import { connect } from '../../integrations/store-platform.js';`,
      'may import types only of integrations',
      'stores are handed in',
    ],
    [
      useCases,
      `import type { Row } from '../../integrations/magento/replies.js';`,
      'may not import integrations/magento/replies.ts',
      'the port only',
    ],
    [useCases, `import { LockMode } from '@mikro-orm/core';`, 'may not import npm:@mikro-orm/core', 'the mapper stays behind persistence'],
    [useCases, `import { Field } from 'type-graphql';`, 'may not import npm:type-graphql', 'use cases serve every door'],
    [useCases, `import { Purchase } from '../graphql/purchase.js';`, 'may not import src/graphql/purchase.ts', 'layers point downwards'],
    [graphql, `import { raw } from '@mikro-orm/core';`, 'may not import npm:@mikro-orm/core', 'no fragments of SQL at the door'],
    [graphql, `import { readFile } from 'node:fs/promises';`, 'may not import node:fs/promises', 'a resolver reads rows only'],
    [
      graphql,
      `import type { StorePlatform } from '../../integrations/store-platform.js';`,
      'may not import integrations/',
      'stores are read by use cases',
    ],
    [graphql, `import { fail } from '../http/failure.js';`, 'may not import src/http/failure.ts', 'doors do not know each other'],
    [http, `import { schema } from '../graphql/schema.js';`, 'may not import src/graphql/schema.ts', 'only the mount knows GraphQL'],
    [http, `import { ApolloServer } from '@apollo/server';`, 'may not import npm:@apollo/server', 'only the mount knows Apollo'],
    [http, `import { openSession } from '../persistence/session.js';`, 'may not import src/persistence/session.ts', 'a door reads no rows'],
    [
      'src/http/graphql-mount.ts',
      `import { isCovered } from '../policy/support-term.js';`,
      'may not import src/policy/',
      'a mount decides nothing',
    ],
    [
      cli,
      `import { isCovered } from '../policy/support-term.js';`,
      'may not import src/policy/support-term.ts',
      'a terminal decides nothing',
    ],
    [cli, `await import('../persistence/session.js');`, 'may not import src/persistence/session.ts', 'importing late is importing'],
    [
      'src/jobs/expiry.ts',
      `import { sweep } from '../persistence/term.js';`,
      'may not import src/persistence/term.ts',
      'a job calls a use case',
    ],
    [
      'src/main.ts',
      `import { testDatabase } from '../test/support/database.js';`,
      'may not import test/support/database.ts',
      'tests are not shipped',
    ],
    [
      'test/policy/term.test.ts',
      `import { testDatabase } from '../support/database.js';`,
      'may not import test/support/',
      'rules are tested without a machine',
    ],
    [
      'test/integrations/a.test.ts',
      `import { STAFF } from '../support/vendor.js';`,
      'may not import test/support/',
      'connectors stand alone',
    ],
    ['src/services/term.ts', ``, 'not in the import table', 'a new folder is a decision'],
    ['src/loose.ts', ``, 'not in the import table', 'src holds two files of its own'],
    ['lib/term.ts', ``, 'not in the import table', 'a new top-level folder is a decision'],
    [cli, `await import(name);`, 'only known while running', 'what cannot be read cannot be allowed'],
    [policy, `import { a } from '../policy/money.js';`, 'no plain path', 'a way out of the folder and back hides the layer'],
    [policy, `import { a } from './../use-cases/term.js';`, 'no plain path', 'one spelling for one file'],
    [cli, `import { a } from '../../../elsewhere/a.js';`, 'no plain path', 'nothing outside the project'],
    [cli, `import { a } from '/opt/a.js';`, 'no plain path', 'nothing outside the project'],
    [cli, `import { a } from 'file:///opt/a.js';`, 'no plain path', 'nothing outside the project'],
  ])('%s may not say: %s', (path, text, fault, _because) => {
    expect(importFaults({ path, text })).toEqual([expect.stringContaining(fault)]);
  });

  test.each([
    [policy, `import { localDate } from './working-calendar.js';`, 'a layer may use itself'],
    [persistence, `import type { Span } from '../policy/support-term.js';`, 'facts have the shape that rules ask for'],
    [persistence, `import { p } from '@mikro-orm/core'; import { typeid } from 'typeid-js';`, 'its two libraries'],
    [useCases, `import type { StorePlatform } from '../../integrations/store-platform.js';`, 'the port, as a type'],
    ['src/http/graphql-mount.ts', `import { formatError } from '../graphql/error-format.js';`, 'the one file of http that may'],
    [
      'src/app.ts',
      `import axios from 'axios'; import { a } from '../integrations/a.js'; import { b } from './policy/b.js';`,
      'it puts all together',
    ],
    [
      integrations,
      `import { a } from '../guarded-client.js'; import { createHash } from 'node:crypto'; import z from 'zod';`,
      'the world outside',
    ],
    [policy, `const text = "import { a } from '../use-cases/term.js'"; // import 'node:fs'`, 'text and comments import nothing'],
  ])('%s may say: %s', (path, text, _because) => {
    expect(importFaults({ path, text })).toEqual([]);
  });
});

describe('the rules of a source', () => {
  const policy = 'src/policy/term.ts';
  const useCases = 'src/use-cases/term.ts';
  const testFile = 'test/policy/term.test.ts';

  test.each([
    [useCases, `const a: any = 1;`, '"any"', 'an unchecked value'],
    [useCases, `const a = b as unknown as Record<string, any>;`, '"any"', 'deep within a type too'],
    [useCases, `const a = b!.c;`, 'a non-null assertion', 'absence is handled, not denied'],
    [useCases, `class TermService {}`, 'class TermService', 'a use case is a function'],
    [useCases, `export * from './a.js';\nexport { b } from './b.js';`, 'only passes on', 'a barrel under any name'],
    [testFile, `test.only('a', () => {});`, 'test.only', 'the others would not run'],
    [testFile, `describe.skip('a', () => {});`, 'describe.skip', 'it would not run'],
    [testFile, `test.concurrent.only('a', () => {});`, 'test.only', 'however it is reached'],
    [testFile, `test.skip.each([1])('a', () => {});`, 'test.skip', 'whatever follows'],
    [testFile, `it['only']('a', () => {});`, 'it.only', 'however it is spelled'],
    [testFile, `xdescribe('a', () => {});`, 'xdescribe(', 'the short way to switch off'],
    [testFile, `jest.useFakeTimers();`, 'jest.useFakeTimers', 'the clock is a parameter'],
    [testFile, `jest.unstable_mockModule('../a.js', () => ({}));`, 'jest.unstable_mockModule', 'our code is tested as it is'],
    [policy, `export async function decide() {}`, 'waits', 'a rule has its facts'],
    [policy, `const decide = async () => 1;`, 'waits', 'in every spelling'],
    [policy, `class Decision { async of() {} }`, 'waits', 'in every spelling'],
    [policy, `const now = Temporal.Now.instant();`, 'Temporal.Now', 'now is a parameter'],
    [policy, `const now = Temporal['Now'].instant();`, 'Temporal.Now', 'however it is spelled'],
    [policy, `const { Now } = Temporal;`, 'Temporal as a whole', 'nor taken apart'],
    [policy, `const now = Date.now();`, 'Date', 'now is a parameter'],
    [policy, `const now = new Date();`, 'Date', 'now is a parameter'],
    [policy, `const dice = Math.random();`, 'Math.random', 'the same facts, the same answer'],
    [policy, `const key = crypto.randomUUID();`, 'crypto', 'the same facts, the same answer'],
    [policy, `const zone = process.env.TZ;`, 'process', 'the zone is the policy’s'],
    [policy, `const now = globalThis.Date.now();`, 'globalThis', 'by the back door'],
  ])('%s may not say: %s', (path, text, fault, _because) => {
    expect(codeFaults({ path, text })).toContainEqual(expect.stringContaining(fault));
  });

  test.each([
    [policy, `const day = Temporal.PlainDate.from(text); const most = Math.max(1, 2); let at: Temporal.Instant;`, 'arithmetic is no clock'],
    [policy, `const message = 'await the Date of any process'; // crypto!`, 'words are no code'],
    [policy, `const facts = { process: 1, Date: 2 }; facts.process;`, 'names of fields are no globals'],
    ['src/app.ts', `const now = async () => Temporal.Now.instant();`, 'the composition root may look at the clock'],
    [useCases, `class Row { id!: string } const a = !b;`, 'a field that others fill is declared, not denied'],
    [useCases, `export { a } from './a.js'; export const b = 1;`, 'it has something of its own'],
    [testFile, `(isThere ? test : test.skip)('a', () => {});`, 'a condition that is told, not a switch'],
    [testFile, `cursor.skip(3); only.skip;`, 'other things may skip'],
  ])('%s may say: %s', (path, text, _because) => {
    expect(codeFaults({ path, text })).toEqual([]);
  });

  test.each([
    'src/policy/index.ts',
    'src/utils.ts',
    'src/cli/helpers.ts',
    'test/common/a.ts',
    'src/graphql/types.ts',
    'integrations/constants.ts',
  ])('no file is called %s', (path) => expect(nameFaults(path)).toHaveLength(1));

  test.each(['src/policy/version.ts', 'src/graphql/index-page.ts', 'test/policy/type-names.ts'])('a file may be called %s', (path) => {
    expect(nameFaults(path)).toEqual([]);
  });

  test.each([
    ['src/cli/a.ts', 300, {}, 0, 'the last length that passes'],
    ['src/cli/a.ts', 301, {}, 1, 'one line more'],
    ['test/cli/a.test.ts', 500, {}, 0, 'tables may be longer'],
    ['test/cli/a.test.ts', 501, {}, 1, 'not without end'],
    ['test/cli/a.ts', 301, {}, 1, 'what tests share is code'],
    ['src/cli/a.ts', 301, { 'src/cli/a.ts': 'for a reason' }, 0, 'unless a reason is given'],
  ])('%s of %i lines', (path, lines, reasons, faults, _because) => {
    expect(lengthFaults({ path, text: 'a\n'.repeat(lines) }, reasons)).toHaveLength(faults);
  });

  // Put together here, so that this file does not say them itself.
  const [home, work, ignore, registry, hoard] = ['home', 'work', 'ignore', 'registry', 'verdaccio'];
  test.each([
    ['docs/a.md', `See /${home}/ada/tenure.`, 'a path of one machine'],
    ['src/a.ts', `const a = '/${work}/main/a';`, 'a path of one machine'],
    ['docs/a.md', `(C:\\Users\\ada)`, 'a path of one machine'],
    ['package-lock.json', `"resolved": "https://${registry}.example.org/a.tgz"`, 'the host of a package registry'],
    ['.npmrc', `${registry}=https://${hoard}.example.org/`, 'the host of a package registry'],
    ['src/a.ts', `// @ts-${ignore}`, 'the type checker told to look away'],
  ])('%s may not tell: %s', (path, text, fault) => expect(textFaults({ path, text })).toEqual([expect.stringContaining(fault)]));

  test.each([
    ['docs/a.md', 'Open /workflows and src/use-cases/home/page.ts, https://shop.example/work/1 or the registry.'],
    ['docs/a.md', 'A directive such as @ts-nothing.'],
  ])('%s may tell: %s', (path, text) => expect(textFaults({ path, text })).toEqual([]));
});

/** Generated migrations are as long as the schema. */
function isWritten({ path }: SourceFile): boolean {
  return !/^migrations\/Migration\d+/.test(path);
}

/** Every text file of the project, without the folders that .gitignore names. */
function projectFiles(root: URL): SourceFile[] {
  const ignored = new Set([
    '.git',
    ...readFileSync(new URL('.gitignore', root), 'utf8')
      .split('\n')
      .map((line) => line.replace(/\/$/, '')),
  ]);
  const walk = (folder: string): SourceFile[] =>
    readdirSync(new URL(folder, root), { withFileTypes: true }).flatMap((entry) => {
      if (ignored.has(entry.name)) return [];
      const path = `${folder}${entry.name}`;
      if (entry.isDirectory()) return walk(`${path}/`);
      const text = entry.isFile() ? readFileSync(new URL(encodeURI(path), root), 'utf8') : '\0';
      return text.includes('\0') || path.endsWith('.log') ? [] : [{ path, text }];
    });
  return walk('');
}
