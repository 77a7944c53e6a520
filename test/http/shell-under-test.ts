import { Writable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { buildSchema, GraphQLError, type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { type Asker, readBearer } from '../../src/http/authentication.js';
import { buildServer, type ServerOptions } from '../../src/http/server.js';

/** A small schema with the shapes that a hostile query needs: pages, plain lists, recursion, an enum, nested inputs, unions, several mutations. */
const SDL = `
  enum Colour { CRIMSON TURQUOISE }
  input Wish { colour: Colour, labels: [String!], price: Int, nestling: Wish, keepsake: String }
  interface Thing { id: ID! }
  type PageInfo { hasNextPage: Boolean! }
  type BoxConnection { nodes: [Box!]!, pageInfo: PageInfo! }
  type Box implements Thing { id: ID!, caption: String!, colour: Colour!, tags: [String!]!, inside: Box, boxes(first: Int = 10): [Box!]!, page(first: Int): BoxConnection! }
  type Lid implements Thing { id: ID!, hinge: String }
  union Part = Box | Lid
  type Query {
    box(id: ID): Box
    boxes(first: Int = 10, after: String): [Box!]!
    page(first: Int): BoxConnection!
    strict(first: Int! = 3): [Box!]!
    parts: [Part!]!
    thing(id: ID!): Thing
    seek(wish: Wish!): [Box!]!
    labelled(ids: [ID!]!): [Box!]!
    broken(how: String!): String
    shattered(how: String!): String!
    whoAmI: String!
  }
  type Mutation { boxOpen(id: ID!): Box, boxClose(id: ID!): Box, boxPaint(wish: Wish!): Box }
`;

export const SECRET_TEXT = 'duplicate key value violates unique constraint "customer_email": (email)=(shop@example.com)';

export interface ShellUnderTest {
  readonly server: FastifyInstance;
  /** How often a resolver ran since the last look. */
  readonly resolverCalls: () => number;
  readonly logLines: () => Record<string, unknown>[];
  readonly logText: () => string;
}

/** The schema, without its resolvers. */
export const shellSchema = (): GraphQLSchema => buildSchema(SDL);

const TOKENS: Readonly<Record<string, Asker>> = { 'staff-token': { kind: 'STAFF' }, 'partner-token': { kind: 'PARTNER' } };

/** Builds the shell over the small schema; tokens are `staff-token` and `partner-token`, every other one is refused. */
export async function shellUnderTest(overrides: Partial<ServerOptions<Asker>> = {}): Promise<ShellUnderTest> {
  let calls = 0;
  const lines: string[] = [];
  const logStream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const server = await buildServer<Asker>({
    config: { logLevel: 'debug', development: false, trustProxy: false },
    schema: countedSchema(() => {
      calls += 1;
    }),
    authenticate: async (request) => {
      const token = readBearer(request.headers.authorization);
      if (token === null) return { kind: 'ANONYMOUS' };
      return (typeof token === 'string' ? TOKENS[token] : undefined) ?? { failure: 'INVALID_CREDENTIAL' };
    },
    makeContext: async ({ actor }) => ({ actor }),
    readiness: () => ({ database: Promise.resolve(true), migrations: Promise.resolve(true) }),
    isOutage: (error) => error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED',
    logStream,
    ...overrides,
  });
  return {
    server,
    resolverCalls: () => {
      const seen = calls;
      calls = 0;
      return seen;
    },
    logLines: () => lines.map((line) => JSON.parse(line)),
    logText: () => lines.join(''),
  };
}

function countedSchema(count: () => void): GraphQLSchema {
  const schema = shellSchema();
  const box = (id: string) => ({ __typename: 'Box', id, caption: `box ${id}`, colour: 'CRIMSON', tags: ['a', 'b'] });
  const boxes = (first: number) => Array.from({ length: Math.min(first, 3) }, (_, index) => box(String(index)));
  type Arguments = { first?: number; id?: string; how?: string; ids?: string[] };
  const fail = (how: string | undefined): never => {
    if (how === 'outage') throw Object.assign(new Error(SECRET_TEXT), { code: 'ECONNREFUSED' });
    if (how === 'forbidden') throw new GraphQLError('Not for you.', { extensions: { code: 'FORBIDDEN', table: 'customer' } });
    if (how === 'unknown-code') throw new GraphQLError(SECRET_TEXT, { extensions: { code: '23505' } });
    if (how === 'pretender') throw Object.assign(new Error(SECRET_TEXT), { extensions: { code: 'BAD_USER_INPUT' } });
    throw Object.assign(new Error(SECRET_TEXT), { code: '23505', detail: SECRET_TEXT });
  };
  const byName: Record<string, GraphQLFieldResolver<Record<string, unknown>, { actor: Asker }, Arguments>> = {
    box: (_root, { id }) => box(id ?? '0'),
    boxes: (_root, { first }) => boxes(first ?? 10),
    page: (_root, { first }) => ({ nodes: boxes(first ?? 10), pageInfo: { hasNextPage: false } }),
    strict: (_root, { first }) => boxes(first ?? 3),
    parts: () => [box('0'), { __typename: 'Lid', id: '1', hinge: 'brass' }],
    thing: (_root, { id }) => box(id ?? '0'),
    seek: () => boxes(1),
    labelled: (_root, { ids }) => (ids ?? []).map(box),
    boxOpen: (_root, { id }) => box(id ?? '0'),
    boxClose: (_root, { id }) => box(id ?? '0'),
    boxPaint: () => box('0'),
    whoAmI: (_root, _args, { actor }) => actor.kind,
    broken: (_root, { how }) => fail(how),
    shattered: (_root, { how }) => fail(how),
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const resolve = byName[field.name];
      field.resolve = (source, args, context, info) => {
        count();
        return resolve === undefined || source?.[field.name] !== undefined ? source?.[field.name] : resolve(source, args, context, info);
      };
    }
  }
  return schema;
}
