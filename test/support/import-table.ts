import { dirname, join, relative } from 'node:path/posix';
import { childOf, nameIn, type Place, placesOf, type SourceFile, textIn } from './syntax.js';

/** Who may import whom. A folder ends in "/"; what does not is one file. "npm:" names packages, "node:" the platform's own modules. */
interface Row {
  readonly of: string;
  readonly may: readonly string[];
  /** Only with `import type`. */
  readonly mayTypesOf?: readonly string[];
}

const PRODUCT = ['src/', 'integrations/', 'migrations/', 'npm:*', 'node:*'];

/** The most particular row speaks: a file before its folder. */
export const IMPORT_TABLE: readonly Row[] = [
  { of: 'src/policy/', may: ['src/policy/'] },
  { of: 'integrations/', may: ['integrations/', 'npm:*', 'node:*'] },
  {
    of: 'src/persistence/',
    may: ['src/persistence/', 'migrations/list.ts', 'npm:@mikro-orm/*', 'npm:pg', 'npm:typeid-js'],
    mayTypesOf: ['src/policy/'],
  },
  {
    of: 'src/use-cases/',
    may: [
      'src/use-cases/',
      'src/policy/',
      'src/persistence/',
      'npm:ajv',
      'npm:typeid-js',
      'npm:zod',
      'node:crypto',
      'node:fs',
      'node:util',
      'node:zlib',
    ],
    mayTypesOf: ['integrations/store-platform.ts'],
  },
  {
    of: 'src/graphql/',
    may: [
      'src/graphql/',
      'src/use-cases/',
      'src/policy/',
      'src/persistence/',
      'npm:dataloader',
      'npm:graphql',
      'npm:graphql-query-complexity',
      'npm:reflect-metadata',
      'npm:type-graphql',
      'npm:typeid-js',
    ],
  },
  { of: 'src/http/', may: ['src/http/', 'src/use-cases/', 'npm:fastify', 'npm:graphql', 'npm:jose', 'npm:zod', 'node:*'] },
  {
    of: 'src/http/graphql-mount.ts',
    may: [
      'src/http/',
      'src/use-cases/',
      'src/graphql/',
      'npm:@apollo/server',
      'npm:@as-integrations/fastify',
      'npm:fastify',
      'npm:graphql',
      'node:*',
    ],
  },
  { of: 'src/jobs/', may: ['src/jobs/', 'src/use-cases/', 'npm:pg-boss', 'node:async_hooks'] },
  { of: 'src/cli/', may: ['src/cli/', 'src/use-cases/', 'npm:cli-progress', 'npm:commander', 'npm:typeid-js', 'npm:yauzl', 'node:*'] },
  { of: 'src/demo/', may: PRODUCT },
  { of: 'src/app.ts', may: PRODUCT },
  { of: 'src/server.ts', may: PRODUCT },
  { of: 'src/main.ts', may: PRODUCT },
  { of: 'migrations/', may: ['migrations/', 'npm:@mikro-orm/migrations'] },
  { of: 'migrations/create.ts', may: ['src/persistence/', 'src/demo/', 'node:*'] },
  { of: 'jest.config.js', may: [] },
  { of: 'docs/', may: ['node:*'] },
  { of: 'bench/', may: ['bench/', 'test/support/', ...PRODUCT] },
  { of: 'test/', may: ['test/', ...PRODUCT] },
  { of: 'test/policy/', may: ['test/policy/', 'src/policy/', 'npm:@jest/globals', 'npm:ajv', 'npm:fast-check', 'node:fs'] },
  { of: 'test/bench/', may: ['bench/', 'npm:@jest/globals'] },
  { of: 'test/integrations/', may: ['test/integrations/', 'test/support/wrong-certificate.ts', 'integrations/', 'npm:*', 'node:*'] },
];

interface Import {
  /** Null: computed while running. */
  readonly specifier: string | null;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** What a file imports against the table: forbidden targets, detours, imports that cannot be read, and a folder that the table lacks. */
export function importFaults(file: SourceFile): string[] {
  const row = rowOf(file.path);
  if (row === null) return [`${file.path}: its folder is not in the import table`];
  return importsOf(file).flatMap(({ specifier, typeOnly, line }) => {
    const fault = specifier === null ? 'imports what is only known while running' : specifierFault(file.path, specifier, typeOnly, row);
    return fault === null ? [] : [`${file.path}:${line}: ${fault}`];
  });
}

function rowOf(path: string): Row | null {
  const rows = IMPORT_TABLE.filter(({ of }) => covers(of, path));
  return rows.toSorted((one, other) => other.of.length - one.of.length)[0] ?? null;
}

function specifierFault(path: string, specifier: string, typeOnly: boolean, row: Row): string | null {
  const target = targetOf(path, specifier);
  if (target === null) return `imports "${specifier}", which is no plain path within the project`;
  if (row.may.some((pattern) => covers(pattern, target))) return null;
  const typesOnly = row.mayTypesOf?.some((pattern) => covers(pattern, target)) ?? false;
  if (typesOnly && typeOnly) return null;
  return typesOnly ? `may import types only of ${target}` : `may not import ${target}`;
}

/** A file within the project, "npm:<package>" or "node:<module>"; null for a path that leaves the project, takes a detour or is absolute. */
function targetOf(path: string, specifier: string): string | null {
  if (specifier.startsWith('.')) {
    const target = join(dirname(path), specifier);
    const direct = relative(dirname(path), target);
    const isDirect = specifier === (direct.startsWith('.') ? direct : `./${direct}`);
    return target.startsWith('..') || !isDirect ? null : target.replace(/\.js$/, '.ts');
  }
  if (specifier.startsWith('node:')) return specifier;
  const name = /^(@[\w.-]+\/)?[\w.-]+(?=\/|$)/.exec(specifier)?.[0];
  return name === undefined ? null : `npm:${name}`;
}

function covers(pattern: string, target: string): boolean {
  if (pattern.endsWith('*')) return target.startsWith(pattern.slice(0, -1));
  return pattern.endsWith('/') ? target.startsWith(pattern) : target === pattern;
}

function importsOf(file: SourceFile): Import[] {
  return placesOf(file).flatMap((place) => importAt(place) ?? []);
}

function importAt({ node, line }: Place): Import | null {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration': {
      const specifier = textIn(node, 'source');
      return specifier === null ? null : { specifier, typeOnly: node.typeOnly === true, line: line() };
    }
    case 'TsImportType':
      return { specifier: textIn(node, 'argument'), typeOnly: true, line: line() };
    case 'TsExternalModuleReference':
      return { specifier: textIn(node, 'expression'), typeOnly: false, line: line() };
    case 'CallExpression': {
      const isRequire = nameIn(node, 'callee') === 'require';
      if (!isRequire && childOf(node, 'callee', 'Import') === null) return null;
      const [argument] = Array.isArray(node.arguments) ? node.arguments : [];
      return { specifier: argument === undefined ? null : textIn(argument, 'expression'), typeOnly: false, line: line() };
    }
    default:
      return null;
  }
}
