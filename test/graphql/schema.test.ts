import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  BreakingChangeType,
  buildSchema,
  findBreakingChanges,
  type GraphQLEnumValue,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { buildGraphqlSchema, schemaText } from '../../src/graphql/schema.js';
import { REASON_CODES } from '../../src/policy/reason.js';

const schema = buildGraphqlSchema();
const read = (name: string) => readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8');

const types: readonly GraphQLNamedType[] = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);
const outputs = types.filter((type) => isObjectType(type) || isInterfaceType(type));
const inputs: readonly GraphQLInputObjectType[] = types.filter(isInputObjectType);
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

interface Place {
  readonly at: string;
  readonly name: string;
  readonly type: GraphQLField<unknown, unknown>['type'] | GraphQLInputObjectType;
  readonly description: string | null | undefined;
}

const outputFields: readonly Place[] = outputs.flatMap((type) =>
  Object.values(type.getFields()).map((field) => ({ ...field, at: `${type.name}.${field.name}` })),
);
const argumentsOf: readonly Place[] = outputs.flatMap((type) =>
  Object.values(type.getFields()).flatMap((field) =>
    field.args.map((argument) => ({
      ...argument,
      type: argument.type as Place['type'],
      at: `${type.name}.${field.name}(${argument.name})`,
    })),
  ),
);
const inputFields: readonly Place[] = inputs.flatMap((type) =>
  Object.values(type.getFields()).map((field) => ({ ...field, type: field.type as Place['type'], at: `${type.name}.${field.name}` })),
);
const enumValues: readonly (GraphQLEnumValue & { readonly at: string })[] = types
  .filter(isEnumType)
  .flatMap((type) => type.getValues().map((value) => ({ ...value, at: `${type.name}.${value.name}` })));
const places = [...outputFields, ...argumentsOf, ...inputFields];

describe('the schema as it is published', () => {
  test('is what schema/schema.graphql says', () => {
    const published = read('schema.graphql');
    if (schemaText(schema) !== published) {
      throw new Error('schema/schema.graphql is not the schema that the code makes. Run "npm run schema", and commit what it wrote.');
    }
    expect(schemaText(buildSchema(published))).toBe(published);
  });

  test('breaks no client of the last release', () => {
    expect(findBreakingChanges(buildSchema(read('released.graphql')), schema).map(({ description }) => description)).toEqual([]);
  });

  test('would be caught if it broke one', () => {
    const renamed = buildSchema(schemaText(schema).replace('  packageName: String\n', '  composerName: String\n'));
    expect(findBreakingChanges(schema, renamed).map(({ type }) => type)).toEqual([BreakingChangeType.FIELD_REMOVED]);
  });
});

describe('descriptions', () => {
  const described = [...types.map((type) => ({ at: type.name, description: type.description })), ...places, ...enumValues];

  test('are there for everything, and their first sentence is complete', () => {
    // A sentence that begins with a capital, a figure or a name in code, and ends.
    const complete = /^[A-Z0-9`].*?[.?!](\s|$)/s;
    expect(described.filter(({ description }) => !complete.test(description ?? '')).map(({ at }) => at)).toEqual([]);
    expect(described.length).toBeGreaterThan(400);
  });

  test.each(argumentsOf.filter(({ name }) => name === 'first'))('of $at name the default and the most', ({ description }) => {
    expect(description).toMatch(/20 unless said, 100 at most/);
  });

  test('of what needs a scope name it', () => {
    // Anybody asks who they are; a code is a credential of its own.
    const free = new Set(['Query.viewer', 'Query.node', 'Mutation.storePair']);
    const roots = outputFields.filter(({ at }) => /^(Query|Mutation)\./.test(at) && !free.has(at));
    expect(roots.filter(({ description }) => !/scope [A-Z_]+/i.test(description ?? '')).map(({ at }) => at)).toEqual([]);
  });
});

describe('names and types', () => {
  const typeOf = ({ type }: Place): string => getNamedType(type as GraphQLField<unknown, unknown>['type']).name;

  test('output carries no ids of other things, as it carries the things', () => {
    expect(outputFields.filter(({ name }) => /Ids?$|ID/.test(name)).map(({ at }) => at)).toEqual([]);
    expect(outputFields.filter((place) => typeOf(place) === 'ID' && place.name !== 'id').map(({ at }) => at)).toEqual([]);
  });

  test.each([
    { ending: /[a-z]On$/, type: 'Date', because: 'a day ends in On' },
    { ending: /[a-z](At|After)$/, type: 'DateTime', because: 'an instant ends in At or After' },
  ])('$type alone ends in $ending because $because', ({ ending, type }) => {
    const named = places.filter(({ name }) => ending.test(name));
    expect(named.filter((place) => typeOf(place) !== type).map(({ at }) => at)).toEqual([]);
    expect(named.length).toBeGreaterThan(3);
  });

  test.each([
    // "asOf" is how every field asks for another moment; the two names of SupportStatus and of a policy speak of a day by its noun.
    { type: 'Date', named: /On$|^lastDay$|^effectiveFrom$/, because: 'a day is known by its name' },
    { type: 'DateTime', named: /(At|After)$|^asOf$/, because: 'an instant is known by its name' },
  ])('$type is used for nothing else because $because', ({ type, named }) => {
    const used = places.filter((place) => typeOf(place) === type);
    expect(used.filter(({ name }) => !named.test(name)).map(({ at }) => at)).toEqual([]);
    expect(used.length).toBeGreaterThan(0);
  });

  test('nothing is a Float, as money and time are exact', () => {
    expect(schema.getType('Float')).toBeUndefined();
    expect(places.filter((place) => typeOf(place) === 'Float')).toEqual([]);
  });

  test('types and fields are nouns in their usual case', () => {
    expect(types.filter(({ name }) => !/^[A-Z][a-z]+([A-Z][a-z]+)*$/.test(name)).map(({ name }) => name)).toEqual([]);
    expect(places.filter(({ name }) => !/^[a-z][A-Za-z]*$/.test(name)).map(({ at }) => at)).toEqual([]);
    expect(enumValues.filter(({ name }) => !/^[A-Z]+(_[A-Z]+)*$/.test(name)).map(({ at }) => at)).toEqual([]);
  });

  test('inputs say that they are inputs, and outputs do not', () => {
    expect(inputs.map(({ name }) => name).filter((name) => !/(Input|Filter)$/.test(name))).toEqual([]);
    expect(inputs.map(({ name }) => name).filter((name) => name.endsWith('Filter'))).toEqual(['PurchaseFilter']);
    expect(outputs.map(({ name }) => name).filter((name) => /Input$|Filter$/.test(name))).toEqual([]);
  });

  test('lists are there and have no holes; an optional list of an input has a default', () => {
    const lists = places.filter(({ type }) => isListType(getNullableType(type as GraphQLField<unknown, unknown>['type'])));
    const whole = (place: Place) => {
      const list = getNullableType(place.type as GraphQLField<unknown, unknown>['type']);
      return isNonNullType(place.type) && isListType(list) && isNonNullType(list.ofType);
    };
    expect(lists.filter((place) => !whole(place)).map(({ at }) => at)).toEqual([]);
    expect(lists.length).toBeGreaterThan(20);
  });

  test('connections go forward with a default, and their pages have their shape', () => {
    const connections = outputs
      .flatMap((type) => Object.values(type.getFields()))
      .filter(({ type }) => /Connection$/.test(getNamedType(type).name));
    expect(connections.length).toBeGreaterThanOrEqual(7);
    for (const { type, args } of connections) {
      expect(isNonNullType(type)).toBe(true);
      expect(args.find(({ name }) => name === 'first')).toMatchObject({ defaultValue: 20 });
      expect(args.map(({ name, type: argument }) => `${name}: ${argument}`)).toEqual(
        expect.arrayContaining(['first: Int', 'after: String']),
      );
      const page = (getNamedType(type) as GraphQLObjectType).getFields();
      expect(String(page.edges?.type)).toBe(`[${getNamedType(type).name.replace(/Connection$/, 'Edge')}!]!`);
      expect(String(page.pageInfo?.type)).toBe('PageInfo!');
    }
  });

  test('whatever has a global id is a Node, but for tokens, which are only shown where they are made', () => {
    const identified = outputs.filter((type) => isObjectType(type) && 'id' in type.getFields()).map(({ name }) => name);
    const nodes = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name);
    expect(identified.filter((name) => !nodes.includes(name))).toEqual(['AccessToken']);
    expect(nodes.sort()).toEqual([
      'Addon',
      'Customer',
      'Delegation',
      'ImportException',
      'Project',
      'Purchase',
      'Release',
      'Store',
      'StoreGroup',
      'SupportPolicyVersion',
      'SupportTerm',
      'Ticket',
      'TimeAlarm',
      'TimeEntry',
      'TimeLot',
    ]);
  });
});

describe('mutations', () => {
  const nouns = [
    'addon',
    'skuMeaning',
    'release',
    'purchase',
    'supportTerm',
    'storeGroup',
    'storePairingCode',
    'store',
    'orders',
    'importException',
    'supportPolicy',
    'sync',
    'accessToken',
    'delegation',
    'ticket',
    'work',
    'refundOffer',
    'bugReport',
    'terms',
    'project',
    'timeLot',
    'timeEntry',
    'timeAlarm',
    'time',
  ];

  test.each(mutations)('$name is a noun and a verb of the trade, with one input and a payload', ({ name, args, type }) => {
    const noun = nouns.find((candidate) => name.startsWith(candidate));
    // A verb, or a verb with what it does that to: "ticketAskFacts".
    expect(name.slice(noun?.length)).toMatch(/^[A-Z][a-z]+([A-Z][a-z]+)?$/);
    const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    expect(args.map((argument) => `${argument.name}: ${argument.type}`)).toEqual([`input: ${title}Input!`]);
    expect(String(type)).toBe(`${title}Payload!`);
    const payload = (getNamedType(type) as GraphQLObjectType).getFields();
    expect(String(payload.userErrors?.type)).toBe('[UserError!]!');
    // Whatever else it carries is null when something must be corrected, or an empty list.
    const rest = Object.values(payload).filter((field) => !/^\[.*!\]!$/.test(String(field.type)));
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.filter((field) => isNonNullType(field.type))).toEqual([]);
  });

  test('what moves time or money takes an idempotency key', () => {
    const keyed = inputs.filter((type) => String(type.getFields().idempotencyKey?.type) === 'String!').map(({ name }) => name);
    // To look at an item of access moves nothing, and is for once in a session anyhow.
    const moving = /^(Purchase|SupportTerm|Ticket(?!RevealAccess)|Work|RefundOffer|Project|Time)/;
    const commands = mutations.map(({ name }) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`);
    expect(keyed.sort()).toEqual(commands.filter((name) => moving.test(name)).sort());
  });
});

describe('enums', () => {
  test('ReasonCode is the policy’s own list', () => {
    const codes = schema.getType('ReasonCode');
    expect(
      isEnumType(codes) &&
        codes
          .getValues()
          .map(({ name }) => name)
          .sort(),
    ).toEqual([...REASON_CODES].sort());
  });
});
