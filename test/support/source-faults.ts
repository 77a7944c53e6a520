import { childOf, isCode, isRecord, nameIn, type Place, placesOf, propertyOf, type SourceFile, textIn } from './syntax.js';

/** A table of cases is read row by row, code as a whole. */
const MAX_LINES = 300;
const MAX_TEST_LINES = 500;
const BANNED_NAMES = new Set(['index', 'utils', 'util', 'helpers', 'helper', 'common', 'types', 'constants']);
const BANNED_CLASS = /(Service|Repository|Manager|Facade)$/;

/** Globals by which a rule could wait, look at a clock, throw dice, or reach the world outside its arguments. */
const IMPURE_GLOBALS = new Set([
  ...['Date', 'performance', 'Promise', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['crypto', 'process', 'fetch', 'console', 'Buffer', 'globalThis', 'require'],
]);
const IMPURE_MEMBERS: Readonly<Record<string, string>> = { Temporal: 'Now', Math: 'random' };

const TEST_FUNCTIONS = new Set(['describe', 'test', 'it']);
const TEST_SWITCHES = new Set(['only', 'skip', 'todo', 'failing']);
const TEST_SHORTHANDS = new Set(['fit', 'xit', 'xtest', 'fdescribe', 'xdescribe']);
const DOUBLES = new Set(['mock', 'doMock', 'unstable_mockModule', 'spyOn', 'useFakeTimers', 'setSystemTime']);

/** What is wrong with a file's name: a barrel, or a drawer for what has no noun of its own. */
export function nameFaults(path: string): string[] {
  const bad = path.split('/').find((part) => BANNED_NAMES.has(part.replace(/\.[^/]*$/, '')));
  return bad === undefined ? [] : [`${path}: "${bad}" names no noun`];
}

/** Whether a file of code is longer than people read at once. `reasons` names the files that may be, each with the reason. */
export function lengthFaults({ path, text }: SourceFile, reasons: Readonly<Record<string, string>>): string[] {
  const lines = text.split('\n').length - 1;
  const most = path.endsWith('.test.ts') ? MAX_TEST_LINES : MAX_LINES;
  return lines <= most || Object.hasOwn(reasons, path) ? [] : [`${path}: ${lines} lines, more than ${most}`];
}

/** What no text of the project may say: a path of somebody's machine, the host of a package registry, an order to the compiler to look away. */
export function textFaults({ path, text }: SourceFile): string[] {
  const machine =
    /(?:^|[\s"'`(=:])(?:file:\/\/)?(?:\/(?:home|Users)\/[\w.-]+|\/root|\/work|\/mnt\/[\w.-]+|[A-Z]:\\Users\\\w+)(?=[/\\\s"'`),;:]|$)/m;
  const registry = /\b(?:registry\.[\w-]+\.\w+|[\w.-]*(?:artifactory|verdaccio|jfrog|nexus)[\w-]*\.[\w-]+\.\w+|npm\.pkg\.\w+\.\w+)/i;
  return [
    ...matchFaults({ path, text }, machine, 'a path of one machine'),
    ...matchFaults({ path, text }, registry, 'the host of a package registry'),
    ...(isCode(path) ? matchFaults({ path, text }, /@ts-(?:ignore|nocheck|expect-error)\b/, 'the type checker told to look away') : []),
  ];
}

function matchFaults({ path, text }: SourceFile, pattern: RegExp, what: string): string[] {
  const match = pattern.exec(text);
  if (match === null) return [];
  const line = text.slice(0, match.index).split('\n').length;
  return [`${path}:${line}: ${what}: ${match[0].trim()}`];
}

/** What is wrong with the code itself, by its syntax tree: untyped, unsafe, switched off, doubled, impure where it must be pure, or a barrel. */
export function codeFaults(file: SourceFile): string[] {
  const places = placesOf(file);
  const pure = file.path.startsWith('src/policy/');
  const faults = places.flatMap((place) => {
    const fault = typingFault(place, file) ?? classFault(place) ?? testFault(place) ?? (pure ? impurity(place) : null);
    return fault === null ? [] : [`${file.path}:${place.line()}: ${fault}`];
  });
  return isBarrel(places) ? [...faults, `${file.path}: only passes on what other files export`] : faults;
}

function typingFault({ node, line }: Place, { path, text }: SourceFile): string | null {
  if (node.type === 'TsKeywordType' && node.kind === 'any') {
    // A test may walk an answer whose shape it asserts; it says so to the linter, in the line above.
    const isExplained =
      path.startsWith('test/') && /biome-ignore lint\/suspicious\/noExplicitAny: \S/.test(text.split('\n')[line() - 2] ?? '');
    return isExplained ? null : '"any"';
  }
  return node.type === 'TsNonNullExpression' ? 'a non-null assertion' : null;
}

function classFault({ node }: Place): string | null {
  const name = node.type === 'ClassDeclaration' ? nameIn(node, 'identifier') : null;
  return name !== null && BANNED_CLASS.test(name) ? `class ${name}` : null;
}

function testFault({ node, around }: Place): string | null {
  if (node.type === 'CallExpression') {
    const called = nameIn(node, 'callee');
    return called !== null && TEST_SHORTHANDS.has(called) ? `${called}(` : null;
  }
  if (node.type !== 'MemberExpression') return null;
  const [object, property] = [rootOf(node), propertyOf(node)];
  if (object === null || property === null) return null;
  // A condition may choose to skip, for want of a tool that not every machine has; nothing is switched off for good.
  const isChosen = property === 'skip' && around[0]?.type === 'ConditionalExpression';
  if (TEST_FUNCTIONS.has(object) && TEST_SWITCHES.has(property) && !isChosen) return `${object}.${property}`;
  return object === 'jest' && DOUBLES.has(property) ? `jest.${property}` : null;
}

/** `test` in `test.concurrent.only`. */
function rootOf(member: Place['node']): string | null {
  const inner = childOf(member, 'object', 'MemberExpression');
  return inner === null ? nameIn(member, 'object') : rootOf(inner);
}

function impurity({ node, around }: Place): string | null {
  const isAsync = node.async === true || (isRecord(node.function) && node.function.async === true);
  if (isAsync || node.type === 'AwaitExpression') return 'waits';
  if (node.type === 'MemberExpression') {
    const object = nameIn(node, 'object');
    return object !== null && IMPURE_MEMBERS[object] === propertyOf(node) ? `${object}.${propertyOf(node)}` : null;
  }
  const name = node.type === 'Identifier' && 'ctxt' in node && typeof node.value === 'string' ? node.value : null;
  if (name === null) return null;
  if (IMPURE_GLOBALS.has(name)) return name;
  // Taken apart, or kept under another name, such an object would hide what is used of it.
  const isUsedOpenly = around[0]?.type === 'MemberExpression' || around[0]?.type === 'TsQualifiedName';
  return Object.hasOwn(IMPURE_MEMBERS, name) && !isUsedOpenly ? `${name} as a whole` : null;
}

function isBarrel(places: readonly Place[]): boolean {
  const statements = places.filter(({ around }) => around.length === 0);
  const passesOn = ({ node }: Place) =>
    node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && textIn(node, 'source') !== null);
  return statements.length > 0 && statements.every(passesOn);
}
