import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType, parse } from 'graphql';
import { withoutSuggestions, withoutUnsentNames } from '../../src/graphql/error-format.js';
import { OPERATION_LIMITS } from '../../src/graphql/operation-limits.js';
import { measureOperation } from '../../src/graphql/query-depth.js';
import { type ShellUnderTest, shellSchema, shellUnderTest } from './shell-under-test.js';

let shell: ShellUnderTest;
beforeAll(async () => {
  shell = await shellUnderTest();
});
afterAll(() => shell.server.close());

interface Hostile {
  readonly because: string;
  readonly body?: unknown;
  readonly method?: 'GET' | 'POST';
  readonly search?: string;
  readonly headers?: Record<string, string>;
  readonly status?: number;
  readonly code: string;
}

const repeat = (count: number, part: (index: number) => string) => Array.from({ length: count }, (_, index) => part(index)).join(' ');
const nested = (field: string, depth: number, leaf = 'id') => `${`${field} { `.repeat(depth)}${leaf}${' }'.repeat(depth)}`;
const deepWish = (depth: number): object => (depth === 0 ? {} : { nestling: deepWish(depth - 1) });
const query = (text: string, variables?: object) => ({ query: text, variables });
const WISH = 'query ($w: Wish!) { seek(wish: $w) { id } }';
const PAGE = 'query ($n: Int) { boxes(first: $n) { id } }';
const BOMB = `{ box { ...f0 } } ${repeat(10, (n) => `fragment f${n} on Box { inside { ...f${n + 1} ...f${n + 1} } }`)} fragment f10 on Box { id }`;
const FLAT_BOMB = `{ box { ...f0 } } ${repeat(10, (n) => `fragment f${n} on Box { ...f${n + 1} ...f${n + 1} }`)} fragment f10 on Box { id }`;

const PARSE = 'GRAPHQL_PARSE_FAILED';
const VALIDATION = 'GRAPHQL_VALIDATION_FAILED';
const persistedQuery = { version: 1, sha256Hash: 'ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
const preflight = { 'apollo-require-preflight': '1' };

const amplification: Hostile[] = [
  { body: query(BOMB), code: VALIDATION, because: 'ten levels of fragments spread twice make a thousand selections of 924 bytes' },
  { body: query(FLAT_BOMB), code: VALIDATION, because: 'the same bomb without nesting has no depth that gives it away' },
  { body: query(`{ ${nested('box', 1, nested('inside', 10))} }`), code: 'QUERY_TOO_DEEP', because: 'twelve fields are nested' },
  { body: query(`{ ${nested('box', 1, nested('inside', 9))} }`), code: 'QUERY_TOO_DEEP', because: 'eleven are one too many' },
  {
    body: query(`{ ${nested('box', 1, nested('inside', 300))} }`),
    code: 'QUERY_TOO_DEEP',
    because: 'three hundred do not fit the stack of a rule',
  },
  {
    body: query(`{ box { ...a } } fragment a on Box { ${nested('inside', 5, '...b')} } fragment b on Box { ${nested('inside', 5)} }`),
    code: 'QUERY_TOO_DEEP',
    because: 'depth hides in fragments',
  },
  {
    body: query(`{ box { ${nested('... on Box { inside', 10).replaceAll('}', '} }').replace('id } }', 'id } }')} } }`),
    code: 'QUERY_TOO_DEEP',
    because: 'depth hides in inline fragments',
  },
  { body: query(`{ ${repeat(31, (n) => `a${n}: whoAmI`)} }`), code: 'TOO_MANY_ALIASES', because: 'one field is asked 31 times' },
  {
    body: query(`{ ${repeat(31, (n) => `a${n}: __typename`)} }`),
    code: 'TOO_MANY_ALIASES',
    because: '`__typename` is a field like others',
  },
  {
    body: query(`{ x: box { ...a } y: box { ...a } } fragment a on Box { ${repeat(15, (n) => `a${n}: id`)} }`),
    code: 'TOO_MANY_ALIASES',
    because: 'aliases of a fragment count at each spread',
  },
  {
    body: query(`{ ${'__typename '.repeat(400)} }`),
    code: 'TOO_MANY_ALIASES',
    because: 'four hundred repetitions merge, but each pair is compared',
  },
  { body: query(`{ ${'box { id } '.repeat(240)} }`), code: 'TOO_MANY_ALIASES', because: 'each pair is compared with what it selects' },
  { body: query(`{ ${'__typename '.repeat(900)} }`), code: VALIDATION, because: 'validation gives up on nine hundred' },
  { body: query(`{ ${'__typename '.repeat(1_200)} }`), code: PARSE, because: 'there are more tokens than the parser reads' },
  { body: query(`{ whoAmI ${'@include(if: true) '.repeat(130)} }`), code: VALIDATION, because: 'a directive is repeated' },
  {
    body: query(`{ whoAmI ${repeat(480, (n) => `@d${n}`)} }`),
    code: VALIDATION,
    because: 'unknown directives are reported five at a time',
  },
  { body: query(`{ ${repeat(500, (n) => `unknown${n}`)} }`), code: VALIDATION, because: 'unknown fields are reported five at a time' },
  {
    body: query(`query (${repeat(200, (n) => `$v${n}: Int`)}) { whoAmI }`),
    code: VALIDATION,
    because: 'unused variables are reported five at a time',
  },
  {
    body: query('{ box { ...a } } fragment a on Box { inside { ...b } } fragment b on Box { inside { ...a } }'),
    code: VALIDATION,
    because: 'fragments form a cycle',
  },
  { body: query('{ box { ...a } } fragment a on Box { ...a }'), code: VALIDATION, because: 'a fragment holds itself' },
  { body: [query('{ whoAmI }'), query('{ whoAmI }')], code: 'BAD_REQUEST', because: 'a batch hides many operations in one request' },
  { body: [], code: 'BAD_REQUEST', because: 'an empty batch is a batch' },
];

const cost: Hostile[] = [
  { body: query(PAGE, { n: 300 }), code: 'PAGE_SIZE_OUT_OF_RANGE', because: 'the largest page has a hundred' },
  { body: query('{ boxes(first: 101) { id } }'), code: 'PAGE_SIZE_OUT_OF_RANGE', because: 'a literal is bounded as a variable is' },
  { body: query(PAGE, { n: -1_000 }), code: 'PAGE_SIZE_OUT_OF_RANGE', because: 'a negative page would pay for others' },
  { body: query('{ boxes(first: 100) { boxes(first: 100) { id } } }'), code: 'QUERY_TOO_COSTLY', because: 'pages multiply' },
  {
    body: query('query ($n: Int) { page(first: $n) { nodes { page(first: $n) { nodes { id } } } } }', { n: 100 }),
    code: 'QUERY_TOO_COSTLY',
    because: 'connections multiply',
  },
  {
    body: query('{ boxes { boxes { boxes { boxes { id } } } } }'),
    code: 'QUERY_TOO_COSTLY',
    because: 'a list without `first` costs its default',
  },
  {
    body: query('{ page { nodes { page { nodes { page { nodes { id } } } } } } }'),
    code: 'QUERY_TOO_COSTLY',
    because: 'without a default in the schema a page is assumed',
  },
  {
    body: query('query ($n: Int = 100) { boxes(first: $n) { boxes(first: $n) { id } } }'),
    code: 'QUERY_TOO_COSTLY',
    because: 'a default of the query counts',
  },
  {
    body: query('{ boxes(first: 100) { ...a ...a } } fragment a on Box { page(first: 50) { nodes { id } } }'),
    code: 'QUERY_TOO_COSTLY',
    because: 'fragments are paid for at each spread',
  },
  {
    body: query('query ($n: Int = 3) { strict(first: $n) { id } }', { n: null }),
    code: 'BAD_USER_INPUT',
    because: 'null stands where the schema forbids it',
  },
  {
    body: query('query ($ids: [ID!]!) { labelled(ids: $ids) { id } }', { ids: Array.from({ length: 501 }, String) }),
    code: 'INPUT_TOO_LARGE',
    because: 'a list has 501 items',
  },
  {
    body: query(`{ labelled(ids: [${repeat(600, String)}]) { id } }`),
    code: 'INPUT_TOO_LARGE',
    because: 'a list in the text is bounded too',
  },
  {
    body: query(WISH, { w: { keepsake: 'x'.repeat(20_001) } }),
    code: 'INPUT_TOO_LARGE',
    because: 'a string is longer than any field of ours',
  },
  { body: query(WISH, { w: deepWish(13) }), code: 'INPUT_TOO_LARGE', because: 'an input nests in itself' },
  {
    body: `{"query":${JSON.stringify(WISH)},"variables":{"w":${'{"nestling":'.repeat(7_000)}{}${'}'.repeat(7_001)}}`,
    code: 'INPUT_TOO_LARGE',
    because: 'seven thousand levels do not fit the stack of a walker',
  },
  {
    body: `{"query":"{ whoAmI }","variables":{"w":${'['.repeat(40_000)}${']'.repeat(40_000)}}}`,
    code: 'INPUT_TOO_LARGE',
    because: 'variables that no operation asks for are walked no further',
  },
  { body: query(`{ whoAmI } #${'x'.repeat(20_000)}`), code: 'QUERY_TEXT_TOO_LONG', because: 'a comment is text, too' },
  { body: query(`{ whoAmI } #${'é'.repeat(10_000)}`), code: 'QUERY_TEXT_TOO_LONG', because: 'bytes are counted, not letters' },
  {
    body: { query: '{ whoAmI }', padding: 'x'.repeat(100_000) },
    status: 413,
    code: 'BODY_TOO_LARGE',
    because: 'the body has more than 100 kB',
  },
];

const prying: Hostile[] = [
  { body: query('{ __schema { types { name } } }'), status: 403, code: 'INTROSPECTION_REFUSED', because: 'a stranger asks for the schema' },
  {
    body: query('{ ...a } fragment a on Query { x: __type(name: "Box") { name } }'),
    status: 403,
    code: 'INTROSPECTION_REFUSED',
    because: 'an alias in a fragment hides the question',
  },
  {
    body: query('{ __schema { types { name } } }'),
    headers: { authorization: 'Bearer partner-token' },
    status: 403,
    code: 'INTROSPECTION_REFUSED',
    because: 'a partner is no staff',
  },
  { body: query('{ __schema { typo } }'), code: VALIDATION, because: 'introspection has names to leak as well' },
  { body: query('{ whoAmi }'), code: VALIDATION, because: 'a field nearly guessed invites a suggestion' },
  { body: query('{ boxes(firs: 1) { id } }'), code: VALIDATION, because: 'an argument nearly guessed does' },
  { body: query('{ thing(id: 1) { ... on Bo { id } } }'), code: VALIDATION, because: 'a type nearly guessed does' },
  { body: query('{ thing(id: 1) { hinge } }'), code: VALIDATION, because: 'a field of an implementing type does' },
  { body: query('query ($w: Wis!) { seek(wish: $w) { id } }'), code: VALIDATION, because: 'an input type nearly guessed does' },
  { body: query('{ seek(wish: { colour: CRIMSOM }) { id } }'), code: VALIDATION, because: 'an enum value nearly guessed does' },
  { body: query('{ seek(wish: { label: 1 }) { id } }'), code: VALIDATION, because: 'an input field nearly guessed does' },
  { body: query(WISH, { w: { colour: 'CRIMSOM' } }), code: 'BAD_USER_INPUT', because: 'suggestions come through variables too' },
  { body: query(WISH, { w: { label: ['a'] } }), code: 'BAD_USER_INPUT', because: 'names of input fields do as well' },
  {
    body: query(WISH, { w: { colour: '"; Expected type "' } }),
    code: 'BAD_USER_INPUT',
    because: 'quotes in a value must not unhide a name',
  },
  { body: query('{ seek(wish: """ " """) { id } }'), code: VALIDATION, because: 'nor must those of a block string' },
  { body: query('{ seek { id } }'), code: VALIDATION, because: 'a missing argument is named with its type' },
  { body: query('{ boxes }'), code: VALIDATION, because: 'a missing selection is told with the type' },
  { body: query('{ box { id { x } } }'), code: VALIDATION, because: 'a scalar with a selection is told with the type' },
  { body: query('{ parts { id } }'), code: VALIDATION, because: 'a field of a union suggests its members' },
  { body: query('{ box { ... on Lid { id } } }'), code: VALIDATION, because: 'an impossible fragment is told with the type' },
  {
    body: query('query ($n: String) { boxes(first: $n) { id } }'),
    code: VALIDATION,
    because: 'a variable of another type is told with the type',
  },
  {
    body: query('query ($w: Wish!) { seek(wish: $w) { id } }', { w: Array.from({ length: 400 }, () => 7) }),
    code: 'BAD_USER_INPUT',
    because: 'four hundred mistakes are reported five at a time',
  },
  {
    body: query('query ($ids: [ID!]!) { labelled(ids: $ids) { id } }', { ids: Array.from({ length: 400 }, () => ({})) }),
    code: 'BAD_USER_INPUT',
    because: 'items of a list are reported five at a time',
  },
];

const protocol: Hostile[] = [
  {
    method: 'GET',
    search: '?query=mutation{boxOpen(id:1){id}}',
    headers: preflight,
    status: 405,
    code: 'BAD_REQUEST',
    because: 'GET changes nothing',
  },
  { method: 'GET', search: '?query={whoAmI}', code: 'BAD_REQUEST', because: 'a page of another site can send a plain GET' },
  { method: 'GET', search: '', headers: { accept: 'text/html' }, code: 'BAD_REQUEST', because: 'there is no landing page' },
  {
    method: 'GET',
    search: '?query={whoAmI}&query={whoAmI}',
    headers: preflight,
    code: 'BAD_REQUEST',
    because: 'one request has one query',
  },
  { method: 'GET', search: '?query={whoAmI}&variables={"a"', headers: preflight, code: 'BAD_REQUEST', because: 'variables are JSON' },
  {
    method: 'GET',
    search: `?query={${'boxes{'.repeat(5)}id${'}'.repeat(6)}`,
    headers: preflight,
    code: 'QUERY_TOO_COSTLY',
    because: 'GET is bounded as POST is',
  },
  { body: 'query={whoAmI}', headers: form, status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', because: 'a form of another site can send this' },
  { body: '--x--', headers: multipart, status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', because: 'so can a form with files' },
  {
    body: '{"query":"{ whoAmI }"}',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    because: 'so can plain text',
  },
  {
    body: '{ whoAmI }',
    headers: { 'content-type': 'application/graphql' },
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    because: 'only JSON is read',
  },
  {
    body: query('{ whoAmI }'),
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    code: 'UNSUPPORTED_CONTENT_ENCODING',
    because: 'what is inflated cannot be bounded before',
  },
  {
    body: query('{ whoAmI }'),
    headers: { authorization: 'Bearer forged' },
    status: 401,
    code: 'UNAUTHENTICATED',
    because: 'nobody knows the token',
  },
  {
    body: { query: '{ whoAmI }', extensions: { persistedQuery } },
    code: 'PERSISTED_QUERY_NOT_SUPPORTED',
    because: 'registered queries are memory for strangers',
  },
  { body: { extensions: { persistedQuery } }, code: 'PERSISTED_QUERY_NOT_SUPPORTED', because: 'none was registered' },
  { body: '{"query":', code: 'BAD_REQUEST', because: 'the JSON breaks off' },
  { body: '', code: 'BAD_REQUEST', because: 'there is no body' },
  { body: 'null', code: 'BAD_REQUEST', because: 'null is no request' },
  { body: '"{ whoAmI }"', code: 'BAD_REQUEST', because: 'a text is no request' },
  { body: '{}', code: 'BAD_REQUEST', because: 'there is no query' },
  { body: { query: 7 }, code: 'BAD_REQUEST', because: 'a number is no query' },
  { body: { query: parse('{ whoAmI }') }, code: 'BAD_REQUEST', because: 'a parsed document skips the parser' },
  { body: { query: '{ whoAmI }', variables: '{}' }, code: 'BAD_REQUEST', because: 'variables are an object' },
  { body: { query: '{ whoAmI }', variables: [1] }, code: 'BAD_REQUEST', because: 'a list is no object' },
  { body: { query: '{ whoAmI }', operationName: { a: 1 } }, code: 'BAD_REQUEST', because: 'a name is a text' },
  { body: { query: '{ whoAmI }', extensions: [] }, code: 'BAD_REQUEST', because: 'extensions are an object' },
  {
    body: '{"query":"{ whoAmI }","variables":{"__proto__":{"isAdmin":true}}}',
    code: 'BAD_REQUEST',
    because: '`__proto__` would become a prototype',
  },
  {
    body: '{"query":"{ whoAmI }","variables":{"constructor":{"prototype":{"isAdmin":true}}}}',
    code: 'BAD_REQUEST',
    because: '`constructor.prototype` would reach one',
  },
];

const language: Hostile[] = [
  { body: query(' '), code: PARSE, because: 'blanks are no document' },
  { body: query('# nothing'), code: PARSE, because: 'a comment is no document' },
  { body: query('{ labelled(ids: ["open) { id } }'), code: PARSE, because: 'a string does not end' },
  { body: query('{ labelled(ids: ["""open) { id } }'), code: PARSE, because: 'a block string does not end' },
  { body: query('{ labelled(ids: ["\\uD800"]) { id } }'), code: PARSE, because: 'half a surrogate is no character' },
  { body: query('{ labelled(ids: ["\\u{110000}"]) { id } }'), code: PARSE, because: 'Unicode ends before' },
  { body: query('{ who\u0000AmI }'), code: PARSE, because: 'a zero byte is no name' },
  { body: query('{ who\u0410mI }'), code: PARSE, because: 'a Cyrillic letter looks like a Latin one' },
  { body: query('{ \u202eImAohw }'), code: PARSE, because: 'text may not run backwards' },
  { body: query(`${'{ a '.repeat(400)}`), code: PARSE, because: 'braces stay open' },
  { body: query('{ __proto__ }'), code: VALIDATION, because: 'a prototype is no field' },
  { body: query('{ constructor toString hasOwnProperty }'), code: VALIDATION, because: 'nor are its methods' },
  { body: query('query ($w: __proto__) { whoAmI }'), code: VALIDATION, because: 'nor is it a type' },
  {
    body: query('query A { whoAmI } query B { whoAmI }'),
    code: 'OPERATION_RESOLUTION_FAILURE',
    because: 'two operations and no name leave a choice',
  },
  {
    body: { query: 'query A { whoAmI }', operationName: '__proto__' },
    code: 'OPERATION_RESOLUTION_FAILURE',
    because: 'no operation has that name',
  },
  { body: query('query A { whoAmI } query A { whoAmI }'), code: VALIDATION, because: 'two operations share a name' },
  { body: query('query A { whoAmI } { whoAmI }'), code: VALIDATION, because: 'an anonymous operation stands alone' },
  { body: query('fragment a on Query { whoAmI }'), code: VALIDATION, because: 'nothing is asked' },
  { body: query('type Wolf { teeth: Int } query { whoAmI }'), code: VALIDATION, because: 'a client defines no types' },
  { body: query('subscription { whoAmI }'), code: 'OPERATION_NOT_SUPPORTED', because: 'nothing is pushed' },
  {
    body: query('mutation { boxOpen(id: 1) { id } boxClose(id: 1) { id } }'),
    code: 'ONE_MUTATION_PER_OPERATION',
    because: 'what fails half-way has no single answer',
  },
  {
    body: query('mutation { a: boxOpen(id: 1) { id } b: boxOpen(id: 1) { id } }'),
    code: 'ONE_MUTATION_PER_OPERATION',
    because: 'twice is two',
  },
  {
    body: query('mutation { ...a } fragment a on Mutation { boxOpen(id: 1) { id } ... { boxClose(id: 1) { id } } }'),
    code: 'ONE_MUTATION_PER_OPERATION',
    because: 'fragments hide fields of the root',
  },
  { body: query('{ ... @defer { whoAmI } }'), code: VALIDATION, because: 'answers come in one piece' },
  { body: query('{ boxes(first: 99999999999) { id } }'), code: VALIDATION, because: 'an Int has 32 bits' },
  { body: `{"query":${JSON.stringify(PAGE)},"variables":{"n":1e400}}`, code: 'BAD_USER_INPUT', because: 'infinity is no Int' },
  { body: query(PAGE, { n: '5' }), code: 'BAD_USER_INPUT', because: 'a text is no Int' },
  { body: query(WISH), code: 'BAD_USER_INPUT', because: 'a required variable is missing' },
  { body: query(WISH, { w: null }), code: 'BAD_USER_INPUT', because: 'null is no value' },
];

const send = ({ body, method = 'POST', search = '', headers = {} }: Hostile) =>
  shell.server.inject({
    method,
    url: `/graphql${encodeURI(search)}`,
    headers: { ...(method === 'POST' ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

describe.each(Object.entries({ amplification, cost, prying, protocol, language }))('%s is refused', (_kind, operations) => {
  test.each(operations)('$code, because $because', async (hostile) => {
    shell.resolverCalls();
    const response = await send(hostile);
    const told = response.json();
    expect([response.statusCode, told.errors[0].extensions.code]).toEqual([hostile.status ?? 400, hostile.code]);
    expect(shell.resolverCalls()).toBe(0);
    expect(Object.keys(told)).toEqual(['errors']);
    expect(told.errors.length).toBeLessThanOrEqual(OPERATION_LIMITS.reportedErrors + 1);
    for (const error of told.errors) {
      expect(Object.keys(error.extensions).filter((key) => !['code', 'limit', 'requestId'].includes(key))).toEqual([]);
      expect(error.extensions.code).toBe(hostile.code);
      expect(error.message.length).toBeLessThanOrEqual(401);
    }
    expect(response.body).not.toMatch(/did you mean|stack|node_modules|\.ts:|\.js:/i);
    expect(namesUnsent(hostile, told.errors)).toEqual([]);
  });
});

test('there are far more than forty, each another', () => {
  const all = [...amplification, ...cost, ...prying, ...protocol, ...language];
  expect(new Set(all.map((hostile) => JSON.stringify({ ...hostile, because: '' }))).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(100);
  expect(Buffer.byteLength(BOMB)).toBeLessThanOrEqual(924);
});

/** Names of the schema in the messages that the request did not contain. */
function namesUnsent(hostile: Hostile, errors: { message: string }[]): string[] {
  const sent = new Set(`${typeof hostile.body === 'string' ? hostile.body : JSON.stringify(hostile.body)} ${hostile.search}`.match(/\w+/g));
  const told = new Set(errors.flatMap(({ message }) => message.match(/\w+/g) ?? []));
  return [...schemaNames(shellSchema())].filter((name) => told.has(name) && !sent.has(name));
}

function schemaNames(schema: GraphQLSchema): Set<string> {
  const names = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isSpecifiedScalarType(type)) names.add(type.name);
    if (type.name.startsWith('__')) continue;
    if (isEnumType(type)) for (const value of type.getValues()) names.add(value.name);
    if (isInputObjectType(type)) for (const name of Object.keys(type.getFields())) names.add(name);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      names.add(field.name);
      for (const argument of field.args) names.add(argument.name);
    }
  }
  // Our own text says "`first` is from 0 to 100" of every page alike; it names no field.
  names.delete('first');
  return names;
}

describe('legitimate operations pass', () => {
  test.each([
    { body: query('{ whoAmI }'), because: 'it is small' },
    { body: query(`{ box { ${nested('inside', 8)} } }`), because: 'ten levels are allowed' },
    { body: query(`{ ${repeat(30, (n) => `a${n}: whoAmI`)} }`), because: 'thirty aliases are allowed' },
    { body: query('{ boxes(first: 100) { id caption colour tags inside { id } } }'), because: 'a large page of plain rows is cheap' },
    {
      body: query('{ page(first: 100) { nodes { id caption page(first: 5) { nodes { id } } } pageInfo { hasNextPage } } }'),
      because: 'a nested page is affordable',
    },
    { body: query('{ page(first: 0) { pageInfo { hasNextPage } } }'), because: 'an empty page is a page' },
    { body: query(PAGE), because: 'a variable may be left out' },
    { body: query(WISH, { w: { colour: 'CRIMSON', labels: ['a'], nestling: { price: 1 } } }), because: 'inputs nest a little' },
    {
      body: query('query ($ids: [ID!]!) { labelled(ids: $ids) { id } }', { ids: Array.from({ length: 500 }, String) }),
      because: 'five hundred items are allowed',
    },
    { body: query('{ parts { ... on Box { id caption } ... on Lid { id hinge } __typename } }'), because: 'a union is asked by type' },
    { body: query('mutation { boxOpen(id: 1) { id __typename } }'), because: 'one mutation is one' },
    { body: { query: 'query A { whoAmI } query B { box { id } }', operationName: 'B' }, because: 'a name chooses' },
    {
      body: query('{ box { ...a ...b } } fragment a on Box { id caption } fragment b on Box { id colour }'),
      because: 'fragments repeat a few fields',
    },
    {
      body: query('query ($deep: Boolean = false) { boxes(first: 100) { id boxes(first: 100) @include(if: $deep) { id } } }'),
      because: 'what is left out costs nothing',
    },
    { method: 'GET' as const, search: '?query={whoAmI}', headers: preflight, because: 'a GET with the header is no forgery' },
  ])('because $because', async (operation) => {
    shell.resolverCalls();
    const response = await send({ code: 'none', ...operation });
    expect([response.statusCode, response.json().errors]).toEqual([200, undefined]);
    expect(shell.resolverCalls()).toBeGreaterThan(0);
  });
});

describe('cost is counted anew for each request of a cached text', () => {
  const text = 'query ($n: Int) { boxes(first: $n) { boxes(first: $n) { id caption } } }';
  test.each([
    { variables: { n: 1 }, code: undefined, because: 'one costs little' },
    { variables: { n: 100 }, code: 'QUERY_TOO_COSTLY', because: 'the same text, cached, now costs 20,000' },
    { variables: { n: 300 }, code: 'PAGE_SIZE_OUT_OF_RANGE', because: 'no page is that large' },
    { variables: {}, code: undefined, because: 'the default of the schema is ten, twice' },
    { variables: { n: null }, code: undefined, because: 'null means the default' },
    { variables: { n: 1 }, code: undefined, because: 'a refusal is not remembered' },
  ])('$variables: $code because $because', async ({ variables, code }) => {
    const response = await send({ because: '', code: '', body: query(text, variables) });
    expect(response.json().errors?.[0].extensions.code).toBe(code);
  });
});

describe('measuring', () => {
  const measure = (text: string) => {
    const document = parse(text);
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') throw new Error('the first definition is the operation');
    return measureOperation(document, operation);
  };

  test.each([
    { text: '{ a }', depth: 1, aliases: 0, rootFields: 1, because: 'a field of the root is level one' },
    { text: '{ a { b { c } } }', depth: 3, aliases: 0, rootFields: 1, because: 'fields nest' },
    { text: '{ ... { ... { a } } }', depth: 1, aliases: 0, rootFields: 1, because: 'fragments are no level' },
    { text: '{ x: a { y: b } }', depth: 2, aliases: 2, rootFields: 1, because: 'aliases add up over levels' },
    { text: '{ a a a b }', depth: 1, aliases: 2, rootFields: 4, because: 'a repetition counts as an alias' },
    { text: '{ a ...f ...f } fragment f on T { x: a }', depth: 1, aliases: 2, rootFields: 3, because: 'a spread counts each time' },
    { text: '{ a { ...f } } fragment f on T { b { ...f } c }', depth: 2, aliases: 0, rootFields: 1, because: 'a cycle ends' },
    {
      text: '{ __schema { types { fields { type { name } } } } }',
      depth: 1,
      aliases: 0,
      rootFields: 1,
      because: 'introspection has its own bound',
    },
  ])('$text because $because', ({ text, depth, aliases, rootFields }) => {
    expect(measure(text)).toEqual({ depth, aliases, rootFields, introspects: text.includes('__schema') });
  });

  test('a chain of n fields has depth n, however it is cut into fragments', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 }), (lengths) => {
        const fragments = lengths.map(
          (length, index) => `fragment f${index} on T { ${nested('a', length, index + 1 < lengths.length ? `...f${index + 1}` : 'a')} }`,
        );
        const total = lengths.reduce((sum, length) => sum + length, 0) + 1;
        expect(measure(`{ ...f0 } ${fragments.join(' ')}`).depth).toBe(total);
      }),
    );
  });
});

describe('what messages keep to themselves', () => {
  test.each([
    { message: 'Cannot query field "a" on type "Box". Did you mean "id" or "caption"?', told: 'Cannot query field "a" on type "Box".' },
    { message: 'Value "X" does not exist. Did you mean the enum value "Y"? More.', told: 'Value "X" does not exist. More.' },
    { message: 'Did you mean "never ends', told: '' },
    { message: 'Nothing to hide.', told: 'Nothing to hide.' },
  ])('$told', ({ message, told }) => {
    expect(withoutSuggestions(message)).toBe(told);
  });

  test('whatever value a client sends, a type behind it stays hidden and the value is told as sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (value) => {
        fc.pre(!value.includes('Hidden'));
        const quoted = JSON.stringify(value);
        const message = `Variable "$w" got invalid value ${quoted} at "w.colour"; Expected type "Hidden" to be an object.`;
        const told = withoutUnsentNames(message, `query ($w: Wish) { colour } ${JSON.stringify({ w: value })}`);
        expect(told).not.toContain('Hidden');
        expect(told).toContain(quoted);
      }),
      { numRuns: 500 },
    );
  });
});
