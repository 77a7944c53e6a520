import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { graphql } from 'graphql';
import { makeContext } from '../../src/graphql/context.js';
import { buildGraphqlSchema } from '../../src/graphql/schema.js';
import { openSession } from '../../src/persistence/session.js';
import { TimeTransaction } from '../../src/persistence/time-transaction.js';
import { type Actor, SCOPES } from '../../src/use-cases/actor.js';
import { authenticateToken } from '../../src/use-cases/authenticate.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { asVendor } from '../support/vendor.js';
import { command, mistakes } from './commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, rowPrints } from './gateway-under-test.js';
import { type TimeUnderTest, timeUnderTest } from './time-under-test.js';

let under: GatewayUnderTest;
let time: TimeUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
  time = await timeUnderTest(under.gateway.database);
});
afterAll(() => under.close());

const ada = () => toGlobalId('Customer', under.vendor.ada.id);
const ben = () => toGlobalId('Customer', under.vendor.ben.id);
let keys = 0;
const withKey = (input: object) => {
  keys += 1;
  return { idempotencyKey: `key ${keys}`, ...input };
};

describe('saving a project', () => {
  const save = (input: object, asker: Asker) =>
    command(under, 'projectSave', 'project { id name createdAt customer { email } }', withKey(input), asker);
  async function mistaken(input: object, asker: Asker = 'ada') {
    const before = await rowPrints(under.gateway);
    const { project, ...rest } = await save(input, asker);
    expect([project, await rowPrints(under.gateway)]).toEqual([null, before]);
    return mistakes(rest);
  }

  test.each([
    { asker: 'ada', named: false, because: 'a customer needs not name itself' },
    { asker: 'ada', named: true, because: 'it may' },
    { asker: 'staff', named: true, because: 'staff acts for anybody' },
    { asker: 'partner', named: true, because: 'so do partners' },
  ] as const)('makes one for $asker, because $because', async ({ asker, named }) => {
    const name = `For ${asker}, ${named}`;
    const { project, userErrors } = await save({ name: `  ${name} `, ...(named ? { customerId: ada() } : {}) }, asker);
    const made = { id: expect.stringMatching(/^prj_/), name, createdAt: '2026-03-10T10:00:00Z', customer: { email: 'ada@shop.example' } };
    expect([project, userErrors]).toEqual([made, []]);
  });

  test('renames one, which keeps its time', async () => {
    const { project } = await save({ name: 'Before' }, 'ada');
    const gift = { customerId: ada(), projectId: project.id, minutes: 20, supportPolicyName: 'prepaid-support', reason: 'A start.' };
    await command(under, 'timeGrant', 'reasons { code }', withKey(gift));
    const renamed = await save({ projectId: project.id, name: 'After' }, 'ada');
    expect([renamed.project, renamed.userErrors]).toEqual([{ ...project, name: 'After' }, []]);
    expect((await save({ projectId: project.id, name: 'After' }, 'ada')).userErrors).toEqual([]);
    const query = 'query ($id: ID!) { node(id: $id) { ... on Project { name time { availableMinutes } } } }';
    expect(await under.data('ada', query, { id: project.id })).toEqual({ node: { name: 'After', time: { availableMinutes: 20 } } });
  });

  test('needs a name that the customer does not use yet', async () => {
    await save({ name: 'Taken' }, 'ada');
    const { project } = await save({ name: 'Other' }, 'ada');
    expect(await mistaken({ name: 'Taken' })).toEqual([['TAKEN', 'input.name']]);
    expect(await mistaken({ projectId: project.id, name: 'Taken' })).toEqual([['TAKEN', 'input.name']]);
    expect((await save({ name: 'Taken' }, 'ben')).userErrors).toEqual([]);
  });

  test.each([
    { input: () => ({ name: ' ' }), asker: 'ada', mistake: ['REQUIRED', 'input.name'], because: 'it has no name' },
    { input: () => ({ name: 'x'.repeat(201) }), asker: 'ada', mistake: ['INVALID', 'input.name'], because: 'it is too long' },
    { input: () => ({ name: 'A' }), asker: 'staff', mistake: ['REQUIRED', 'input.customerId'], because: 'staff is no customer' },
    { input: () => ({ name: 'A', customerId: ben() }), asker: 'ada', mistake: ['NOT_FOUND', 'input.customerId'], because: 'it is foreign' },
    {
      input: () => ({ name: 'A', projectId: 'prj_junk' }),
      asker: 'ada',
      mistake: ['NOT_FOUND', 'input.projectId'],
      because: 'it is no id',
    },
  ] as const)('needs $mistake mended, because $because', async ({ input, asker, mistake }) => {
    expect(await mistaken(input(), asker)).toEqual([mistake]);
  });
});

describe('estimating work (B-08, B-12, B-29)', () => {
  const query = `query ($input: TimeEstimateInput!) { it: timeEstimate(input: $input) { estimateMinutes thresholdMinutes reasons { code effect rule remedy facts { name value } } supportPolicy { name version } } }`;
  const work = (supportPolicyName: string, category: string, complexity: string, rest: object = {}) => ({
    input: { supportPolicyName, category, complexity, ...rest },
  });

  test.each([
    {
      category: 'INSTALL',
      complexity: 'S',
      estimateMinutes: 30,
      thresholdMinutes: 60,
      because: '30 more are more than half as much again',
    },
    { category: 'INSTALL', complexity: 'M', estimateMinutes: 60, thresholdMinutes: 90, because: 'both come to the same' },
    { category: 'INSTALL', complexity: 'L', estimateMinutes: 120, thresholdMinutes: 180, because: 'half as much again is more than 30' },
    { category: 'CONFLICT', complexity: 'L', estimateMinutes: 240, thresholdMinutes: 360, because: 'the card has another row' },
  ])('$category $complexity takes $estimateMinutes, at most $thresholdMinutes without consent, because $because', async (expected) => {
    const { category, complexity, because: _, ...minutes } = expected;
    for (const asker of ['ada', 'ben', 'partner', 'staff'] as const) {
      const { it } = await under.data(asker, query, work('prepaid-support', category, complexity));
      expect(it).toEqual({ ...minutes, reasons: [], supportPolicy: { name: 'prepaid-support', version: 1 } });
    }
  });

  test.each([
    { policy: 'prepaid-support', category: 'UPGRADE', complexity: 'M', because: 'the card has no such row' },
    { policy: 'prepaid-support', category: 'INSTALL', complexity: 'XL', because: 'the row has no such cell' },
    { policy: 'technical-support', category: 'INSTALL', complexity: 'S', because: 'the policy has no card' },
  ])('$category $complexity under $policy needs a quote, because $because', async ({ policy, category, complexity }) => {
    const { it } = await under.data('ada', query, work(policy, category, complexity));
    const facts = [
      { name: 'category', value: category },
      { name: 'complexity', value: complexity },
    ];
    const reason = { code: 'NEEDS_QUOTE', effect: 'INFORMS', rule: 'B-08', remedy: 'ASK_VENDOR', facts };
    expect([it.estimateMinutes, it.thresholdMinutes, it.reasons]).toEqual([null, null, [reason]]);
  });

  test.each([
    { asker: 'ada', given: work('nothing', 'INSTALL', 'S'), code: 'NOT_FOUND', because: 'there is no such policy' },
    {
      asker: 'ada',
      given: work('prepaid-support', 'INSTALL', 'S', { asOf: '2024-12-31T00:00:00Z' }),
      code: 'NOT_FOUND',
      because: 'none was in force then',
    },
    { asker: 'adaStore', given: work('prepaid-support', 'INSTALL', 'S'), code: 'FORBIDDEN', because: 'a store has no business with time' },
  ] as const)('is answered with $code, because $because', async ({ asker, given, code }) => {
    expect((await under.ask(asker, query, given)).errors.map(({ extensions }) => extensions.code)).toEqual([code]);
  });
});

describe('alarms', () => {
  const query = `query ($first: Int, $after: String, $openOnly: Boolean!) { it: timeAlarms(first: $first, after: $after, openOnly: $openOnly) {
    edges { node { id clearedAt clearedBy resolution } } pageInfo { hasNextPage endCursor } } }`;
  const clear = (input: object) =>
    command(under, 'timeAlarmClear', 'timeAlarm { id clearedAt clearedBy resolution customer { email } }', withKey(input));
  const idsOf = ({ edges }: { edges: { node: { id: string } }[] }) => edges.map(({ node }) => node.id);

  test('are cleared by staff with what was found and done, and can be looked up afterwards', async () => {
    const { id } = under.vendor.ada;
    const project = await time.project(id, 'Alarmed');
    await time.grant(id, { minutes: 60, at: '2026-03-01T10:00:00Z', projectId: project });
    const old = toGlobalId('TimeAlarm', await time.alarm(id, '2026-03-02T02:00:00Z'));
    await expect(time.hold(id, project, 10, '2026-03-09T10:00:00Z')).rejects.toThrow('clearing up a difference');
    expect(await clear({ alarmId: old, resolution: ' A row was mended. ' })).toEqual({
      timeAlarm: {
        id: old,
        clearedAt: '2026-03-10T10:00:00Z',
        clearedBy: expect.stringMatching(/^staff/),
        resolution: 'A row was mended.',
        customer: { email: 'ada@shop.example' },
      },
      userErrors: [],
    });
    await time.hold(id, project, 10, '2026-03-10T10:00:00Z');
    const young = toGlobalId('TimeAlarm', await time.alarm(id, '2026-03-09T02:00:00Z'));
    expect(idsOf((await under.data('staff', query, { openOnly: true })).it)).toEqual([young]);
    const first = (await under.data('staff', query, { openOnly: false, first: 1 })).it;
    const rest = (await under.data('staff', query, { openOnly: false, after: first.pageInfo.endCursor })).it;
    expect([idsOf(first), first.pageInfo.hasNextPage, idsOf(rest), rest.pageInfo.hasNextPage]).toEqual([[young], true, [old], false]);
    expect(mistakes(await clear({ alarmId: old, resolution: 'Again.' }))).toEqual([['CONFLICT', 'input.alarmId']]);
    expect(mistakes(await clear({ alarmId: young, resolution: ' ' }))).toEqual([['REQUIRED', 'input.resolution']]);
    expect(mistakes(await clear({ alarmId: 'alm_junk', resolution: 'All is well.' }))).toEqual([['NOT_FOUND', 'input.alarmId']]);
  });
});

describe('the second net under prepaid time', () => {
  test('shows a customer nothing foreign although the first is off', async () => {
    const { gateway, tokens, vendor } = under;
    const project = await time.project(vendor.ada.id, 'Secret');
    const lot = await time.grant(vendor.ada.id, { minutes: 60, at: '2026-03-01T10:00:00Z', projectId: project });
    const entry = await asVendor(gateway.database, async (em) =>
      em.findOneOrFail(TimeTransaction, { wallet: { customer: vendor.ada.id }, sequence: 1 }),
    );
    const ids = { project: toGlobalId('Project', project), lot: toGlobalId('TimeLot', lot), entry: toGlobalId('TimeEntry', entry.id) };
    const query = `query ($project: ID!, $lot: ID!, $entry: ID!) { project: node(id: $project) { id } lot: node(id: $lot) { id } entry: node(id: $entry) { id }
      timeAlarms(openOnly: false) { edges { cursor } } customers { edges { node { timeLedger { grantedMinutes entries { edges { cursor } } } projects { edges { cursor } } } } } }`;
    const seen = await under.data('staff', query, ids);
    expect([seen.project, seen.lot, seen.entry]).toEqual([{ id: ids.project }, { id: ids.lot }, { id: ids.entry }]);
    expect(seen.timeAlarms.edges.length).toBeGreaterThan(0);
    const session = openSession(gateway.database);
    try {
      await authenticateToken(session, tokens.ben, gateway.tokenPepper, gateway.now());
      const staff: Actor = { kind: 'STAFF', name: 'staff:nobody', scopes: SCOPES, customerId: null, storeId: null };
      const contextValue = makeContext(gateway, staff, session);
      const { data, errors } = await graphql({ schema: buildGraphqlSchema(), source: query, variableValues: ids, contextValue });
      expect(errors).toBeUndefined();
      expect(JSON.parse(JSON.stringify(data))).toMatchObject({ project: null, lot: null, entry: null, timeAlarms: { edges: [] } });
      const own = { timeLedger: { grantedMinutes: 0, entries: { edges: [] } }, projects: { edges: [expect.anything()] } };
      expect(JSON.parse(JSON.stringify(data)).customers.edges).toEqual([{ node: own }]);
    } finally {
      session.release();
    }
  });
});
