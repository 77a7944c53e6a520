import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GraphQLInputType, getNamedType, isInputObjectType } from 'graphql';
import { buildGraphqlSchema } from '../../src/graphql/schema.js';
import { AccessToken } from '../../src/persistence/access-token.js';
import { ImportException } from '../../src/persistence/import-exception.js';
import { Release } from '../../src/persistence/release.js';
import { Store } from '../../src/persistence/store.js';
import { SupportPolicyVersion } from '../../src/persistence/support-policy-version.js';
import { SupportTerm } from '../../src/persistence/support-term.js';
import { TimeTransaction } from '../../src/persistence/time-transaction.js';
import { ANONYMOUS } from '../../src/use-cases/actor.js';
import { grantDelegation } from '../../src/use-cases/delegation.js';
import type { EntityManager } from '../../src/use-cases/entity-manager.js';
import { fromGlobalId, ID_PREFIXES, type NodeName, toGlobalId } from '../../src/use-cases/global-id.js';
import { asVendor } from '../support/vendor.js';
import { type Door, DOORS as OTHER_DOORS, type Outcome, type Things } from './access-doors.js';
import { DESK_DOORS } from './desk-doors.js';
import { type Answer, type Asker, type GatewayUnderTest, gatewayUnderTest, NOTHING, rowPrints } from './gateway-under-test.js';
import { STORE_DOORS } from './store-doors.js';
import { TICKET_DOORS } from './ticket-doors.js';
import { opened } from './tickets-under-test.js';
import { TIME_DOORS } from './time-doors.js';
import { timeUnderTest } from './time-under-test.js';
import { NOW, type VendorUnderTest } from './vendor-under-test.js';

const DOORS = [...OTHER_DOORS, ...TICKET_DOORS, ...TIME_DOORS, ...DESK_DOORS, ...STORE_DOORS];

let under: GatewayUnderTest;
let things: Things;

beforeAll(async () => {
  under = await gatewayUnderTest();
  await under.data('staff', 'mutation { accessTokenCreate(input: { kind: STAFF, label: "spare" }) { secret } }');
  const bug = 'input: { addonSku: "FILTER", reference: "FIL-1", summary: "It fails." }';
  await under.data('staff', `mutation { bugReportSave(${bug}) { bugReport { reference } } }`);
  const { id: ada } = under.vendor.ada;
  const time = await timeUnderTest(under.gateway.database);
  const project = await time.project(ada, 'Shop');
  const bought = { minutes: 60, at: '2026-03-01T10:00:00Z' };
  const lots = { lot: await time.grant(ada, bought), assignedLot: await time.grant(ada, { ...bought, projectId: project }) };
  const alarm = await time.alarm(ada, '2026-03-02T02:00:00Z');
  const ticketOn = async (asker: 'ada' | 'ben', purchase = '') =>
    fromGlobalId('Ticket', await opened(under, asker, { purchaseId: toGlobalId('Purchase', purchase) })) ?? '';
  const tickets = {
    adas: await ticketOn('ada', under.vendor.ada.purchases.active),
    adasSecond: await ticketOn('ada', under.vendor.ada.purchases.active),
    bens: await ticketOn('ben', under.vendor.ben.purchases.expired),
  };
  const delegation = await asVendor(under.gateway.database, async (em) => (await delegationOf(em, under.vendor)).id);
  things = await asVendor(under.gateway.database, async (em) => ({
    ...under.vendor,
    delegation,
    group: await groupOf(em, under.vendor.ada.stores[0]),
    otherGroup: await groupOf(em, under.vendor.ada.stores[1]),
    release: (await em.findOneOrFail(Release, { addon: under.vendor.addons.BLOG })).id,
    term: (await em.findOneOrFail(SupportTerm, { purchase: under.vendor.ada.purchases.active })).id,
    policy: (await em.findOneOrFail(SupportPolicyVersion, { name: 'technical-support' })).id,
    exception: (await em.findOneOrFail(ImportException, { orderId: '900' })).id,
    project,
    tickets,
    ...lots,
    alarm,
    entry: (await em.findOneOrFail(TimeTransaction, { wallet: { customer: ada }, sequence: 1 })).id,
    spareToken: (await em.findOneOrFail(AccessToken, { label: 'spare' })).id,
  }));
});
afterAll(() => under.close());

const groupOf = async (em: EntityManager, store = ''): Promise<string> => (await em.findOneOrFail(Store, { id: store })).group?.id ?? '';

function delegationOf(em: EntityManager, { ada, ben }: VendorUnderTest): Promise<{ readonly id: string }> {
  const actor = { ...ANONYMOUS, kind: 'CUSTOMER', name: `customer:${ada.id}`, customerId: ada.id } as const;
  return grantDelegation(em, actor, { agencyId: ben.id, agencyName: 'Ben', scopes: ['STORES_READ'], expiresAt: null }, NOW);
}

/** "Query.node(id)", "Mutation.storeRead(input.storeId)", …: every argument of a root field that is an id, or holds one. */
function idPlaces(): string[] {
  const schema = buildGraphqlSchema();
  const within = (name: string, type: GraphQLInputType): string[] => {
    const named = getNamedType(type);
    if (isInputObjectType(named)) return Object.values(named.getFields()).flatMap((field) => within(`${name}.${field.name}`, field.type));
    return named.name === 'ID' ? [name] : [];
  };
  return [schema.getQueryType(), schema.getMutationType()].flatMap((root) =>
    Object.values(root?.getFields() ?? {}).flatMap((field) =>
      field.args.flatMap((argument) => within(argument.name, argument.type)).map((place) => `${root?.name}.${field.name}(${place})`),
    ),
  );
}

test('every place of the schema that takes an id has a row in this matrix, and every type that has ids has one for node', () => {
  expect([...new Set(DOORS.map(({ at }) => at))].sort()).toEqual(idPlaces().sort());
  const byNode = DOORS.filter(({ at }) => at === 'Query.node(id)').map(({ type }) => type);
  expect([...new Set(byNode)].sort()).toEqual(Object.keys(ID_PREFIXES).sort());
});

function ask(door: Door, asker: Asker, id: string): Promise<Answer> {
  const { input, ...rest }: { input?: object } = door.variables?.(things, asker) ?? {};
  const field = /\(input\.(\w+)\)/.exec(door.at)?.[1];
  const isCommand = door.at.startsWith('Mutation');
  return under.ask(asker, door.query, isCommand && field !== undefined ? { input: { ...input, [field]: id } } : { ...rest, id });
}

function outcomeOf({ data, errors }: Answer): Outcome | string {
  const [error] = errors;
  if (error !== undefined) return error.extensions.code;
  if (data.it === null || data.it.edges?.length === 0) return 'nothing';
  return data.it.userErrors?.[0]?.code === 'NOT_FOUND' ? 'NOT_FOUND' : 'reached';
}

const STATUS: Readonly<Record<Outcome, number | undefined>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: undefined,
  nothing: 200,
  reached: 200,
};

const cases = DOORS.flatMap((door) =>
  Object.entries(door.outcomes).map(([asker, outcome]) => ({ door, asker: asker as Asker, outcome, title: `${door.at} of ${door.type}` })),
);

describe.each(DOORS.map((door) => ({ door, title: `${door.at} of ${door.type}` })))('$title', ({ door }) => {
  const refusals = cases.filter((one) => one.door === door && one.outcome !== 'reached');
  let before: Record<string, string>;
  beforeAll(async () => {
    before = await rowPrints(under.gateway);
  });

  test.each(refusals)('asked by $asker is $outcome, exactly as for what does not exist', async ({ asker, outcome }) => {
    const foreign = await ask(door, asker, toGlobalId(door.type, door.uuid(things)));
    expect(outcomeOf(foreign)).toBe(outcome);
    const status = STATUS[outcome];
    if (status !== undefined) expect(foreign.status).toBe(status);
    // All of them are asked by those who reach something; who is refused before any id is read needs one.
    const missing = missingIds(door).slice(0, outcome === 'UNAUTHENTICATED' || outcome === 'FORBIDDEN' ? 1 : 3);
    const answers = await Promise.all(missing.map((id) => ask(door, asker, id)));
    expect(answers.map(({ text }) => text)).toEqual(missing.map(() => foreign.text));
  });

  const reached = cases.filter((one) => one.door === door && one.outcome === 'reached');
  for (const [index, { asker }] of reached.entries()) {
    test(`is reached by ${asker}, for whom what does not exist gives one and the same answer`, async () => {
      // Junk of every kind is sent by one of them.
      const missing = missingIds(door).slice(0, index === 0 ? undefined : 3);
      const answers = await Promise.all(missing.map((id) => ask(door, asker, id)));
      expect([...new Set(answers.map(({ text }) => text))]).toEqual([answers[0]?.text]);
      expect(answers.map(outcomeOf)).toEqual(answers.map(() => expect.stringMatching(/^(nothing|NOT_FOUND)$/)));
    });
  }

  test('has written nothing for any of them', async () => {
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  for (const { asker } of reached) {
    test(`lets ${asker} in`, async () => {
      expect(outcomeOf(await ask(door, asker, toGlobalId(door.type, door.uuid(things))))).toBe('reached');
    });
  }
});

/** A well-formed id that names nothing, the same UUID as of another type, and junk of several kinds. */
function missingIds(door: Door): string[] {
  const uuid = door.uuid(things);
  const otherType = (Object.keys(ID_PREFIXES) as NodeName[]).find((type) => type !== door.type && type !== 'AccessToken') ?? 'Addon';
  const id = toGlobalId(door.type, uuid);
  return [toGlobalId(door.type, NOTHING), toGlobalId(otherType, uuid), 'junk', uuid, '', `${id} `, id.toUpperCase(), "' or 1=1 --"];
}
