import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { euros, instant } from '../support/vendor.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, rowPrints } from './gateway-under-test.js';
import { newWork, type TimeUnderTest, timeUnderTest } from './time-under-test.js';

let under: GatewayUnderTest;
let time: TimeUnderTest;
let shop: string;
let lots: { included: string; bought: string; ending: string; loose: string };

const FIGURES =
  'grantedMinutes availableMinutes heldMinutes suspendedMinutes unassignedMinutes upcomingMinutes spentMinutes expiredMinutes voidedMinutes';
const figures = (some: Record<string, number>) => ({
  grantedMinutes: Object.values(some).reduce((sum, minutes) => sum + minutes, 0),
  ...Object.fromEntries(FIGURES.split(' ').flatMap((name) => (name === 'grantedMinutes' ? [] : [[name, 0]]))),
  ...some,
});

beforeAll(async () => {
  under = await gatewayUnderTest();
  time = await timeUnderTest(under.gateway.database);
  const { id, purchases } = under.vendor.ada;
  shop = await time.project(id, 'Shop');
  await time.project(id, 'Atelier');
  const included = { source: 'INCLUDED', projectId: shop, purchaseId: purchases.prepaid ?? '' } as const;
  lots = {
    included: await time.grant(id, { minutes: 120, at: '2025-11-30T10:00:00Z', ...included }),
    bought: await time.grant(id, { minutes: 600, at: '2026-03-01T10:00:00Z', projectId: shop, price: euros(50_000n) }),
    ending: await time.grant(id, {
      minutes: 45,
      at: '2026-03-01T11:00:00Z',
      projectId: shop,
      source: 'GOODWILL',
      endsAt: instant('2026-03-20T21:00:00Z'),
    }),
    loose: await time.grant(id, { minutes: 30, at: '2026-03-02T10:00:00Z' }),
  };
  const work = newWork();
  const settled = await time.hold(id, shop, 90, '2026-03-03T10:00:00Z', work);
  await time.settle(id, shop, settled, work, 70, '2026-03-04T10:00:00Z');
  await time.hold(id, shop, 60, '2026-03-05T10:00:00Z');
});
afterAll(() => under.close());

/** The ledger of whoever asks, or of Ada. */
async function ledger(fields: string, asker: Asker = 'ada', asOf?: string) {
  const query = `query ($id: ID!, $asOf: DateTime) { it: customer(id: $id) { timeLedger(asOf: $asOf) { ${fields} } } }`;
  return (await under.data(asker, query, { id: toGlobalId('Customer', under.vendor.ada.id), asOf })).it.timeLedger;
}

describe('the figures of a ledger', () => {
  // From the lot that ends first: 45 of it and 25 bought are spent, 60 bought are reserved.
  const NOW_FIGURES = figures({ availableMinutes: 515, heldMinutes: 60, suspendedMinutes: 120, unassignedMinutes: 30, spentMinutes: 70 });

  test.each([
    { asOf: '2025-11-30T09:59:59.999Z', told: figures({}), because: 'nothing had been granted' },
    { asOf: '2025-11-30T10:00:00Z', told: figures({ availableMinutes: 120 }), because: 'included minutes came with the purchase' },
    { asOf: '2026-02-28T20:59:59.999Z', told: figures({ availableMinutes: 120 }), because: 'the term still ran (B-04)' },
    { asOf: '2026-02-28T21:00:00Z', told: figures({ suspendedMinutes: 120 }), because: 'at its end they are suspended (B-04)' },
    {
      asOf: '2026-03-04T09:59:59Z',
      told: figures({ availableMinutes: 555, heldMinutes: 90, suspendedMinutes: 120, unassignedMinutes: 30 }),
      because: 'the reservation was not charged yet',
    },
    { asOf: '2026-03-10T10:00:00Z', told: NOW_FIGURES, because: 'that is now' },
    { asOf: '2026-03-20T21:00:00Z', told: NOW_FIGURES, because: 'nothing is left of what ends then' },
    { asOf: undefined, told: NOW_FIGURES, because: 'now is told unless another moment is named' },
  ])('as of $asOf are those of that moment, because $because', async ({ asOf, told }) => {
    expect(await ledger(`asOf ${FIGURES}`, 'ada', asOf)).toEqual({ ...told, asOf: asOf ?? '2026-03-10T10:00:00Z' });
  });

  test('are the same for whoever may ask, and write nothing', async () => {
    const before = await rowPrints(under.gateway);
    for (const asker of ['ada', 'staff', 'partner'] as const) expect(await ledger(FIGURES, asker)).toEqual(NOW_FIGURES);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test('are nothing for a customer who never had any', async () => {
    const { viewer } = await under.data(
      'ben',
      `{ viewer { customer { timeLedger { ${FIGURES} suspension { raisedAt } lots { edges { cursor } } entries { edges { cursor } } } } } }`,
    );
    expect(viewer.customer.timeLedger).toEqual({ ...figures({}), suspension: null, lots: { edges: [] }, entries: { edges: [] } });
  });

  test.each(['timeLedger { availableMinutes }', 'projects { edges { cursor } }'])('%s needs the scope TIME_READ', async (field) => {
    const created = await under.data(
      'staff',
      'mutation { accessTokenCreate(input: { kind: PARTNER, label: "buyers", scopes: [PURCHASES_READ] }) { secret } }',
    );
    const response = await under.server.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: `{ customers { edges { node { ${field} } } } }` },
      headers: { authorization: `Bearer ${created.accessTokenCreate.secret}` },
    });
    expect(response.json().errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

describe('the lots of a ledger', () => {
  test('come in the order in which they were granted, each with its own figures and facts', async () => {
    const { edges } = (
      await ledger(`lots { edges { node { id source phase initialMinutes availableMinutes spentMinutes heldMinutes suspendedMinutes unassignedMinutes
        priority grantedAt usableAt endsAt price { amount currencyCode } project { name } purchase { id } supportPolicy { name version } } } }`)
    ).lots;
    const common = { priority: 50, heldMinutes: 0, suspendedMinutes: 0, unassignedMinutes: 0, spentMinutes: 0, availableMinutes: 0 };
    const policy = { supportPolicy: { name: 'prepaid-support', version: 1 } };
    expect(edges.map(({ node }: { node: object }) => node)).toEqual([
      {
        ...common,
        ...policy,
        id: toGlobalId('TimeLot', lots.included),
        source: 'INCLUDED',
        phase: 'SUSPENDED',
        initialMinutes: 120,
        suspendedMinutes: 120,
        grantedAt: '2025-11-30T10:00:00Z',
        usableAt: '2025-11-30T10:00:00Z',
        endsAt: null,
        price: null,
        project: { name: 'Shop' },
        purchase: { id: toGlobalId('Purchase', under.vendor.ada.purchases.prepaid ?? '') },
      },
      {
        ...common,
        ...policy,
        id: toGlobalId('TimeLot', lots.bought),
        source: 'PURCHASED',
        phase: 'USABLE',
        initialMinutes: 600,
        availableMinutes: 515,
        spentMinutes: 25,
        heldMinutes: 60,
        grantedAt: '2026-03-01T10:00:00Z',
        usableAt: '2026-03-01T10:00:00Z',
        endsAt: null,
        price: { amount: '500.00', currencyCode: 'EUR' },
        project: { name: 'Shop' },
        purchase: null,
      },
      {
        ...common,
        ...policy,
        id: toGlobalId('TimeLot', lots.ending),
        source: 'GOODWILL',
        phase: 'USABLE',
        initialMinutes: 45,
        spentMinutes: 45,
        grantedAt: '2026-03-01T11:00:00Z',
        usableAt: '2026-03-01T11:00:00Z',
        endsAt: '2026-03-20T21:00:00Z',
        price: null,
        project: { name: 'Shop' },
        purchase: null,
      },
      {
        ...common,
        ...policy,
        id: toGlobalId('TimeLot', lots.loose),
        source: 'PURCHASED',
        phase: 'USABLE',
        initialMinutes: 30,
        unassignedMinutes: 30,
        grantedAt: '2026-03-02T10:00:00Z',
        usableAt: '2026-03-02T10:00:00Z',
        endsAt: null,
        price: null,
        project: null,
        purchase: null,
      },
    ]);
  });

  test('are told by the page, and again by their ids', async () => {
    const first = (await ledger('lots(first: 3) { edges { node { id } } pageInfo { hasNextPage endCursor } }')).lots;
    expect(first.pageInfo.hasNextPage).toBe(true);
    const rest = (
      await ledger(`lots(after: "${first.pageInfo.endCursor}") { edges { node { id availableMinutes } } pageInfo { hasNextPage } }`)
    ).lots;
    expect(rest.edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual([toGlobalId('TimeLot', lots.loose)]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
    const query = 'query ($id: ID!) { node(id: $id) { id ... on TimeLot { source suspendedMinutes } } }';
    const id = toGlobalId('TimeLot', lots.included);
    expect(await under.data('ada', query, { id })).toEqual({ node: { id, source: 'INCLUDED', suspendedMinutes: 120 } });
  });

  test('as of the past are those that there were, in the phase that they were in', async () => {
    const past = await ledger('lots { edges { node { id phase } } }', 'ada', '2026-02-01T00:00:00Z');
    expect(past.lots.edges).toEqual([{ node: { id: toGlobalId('TimeLot', lots.included), phase: 'USABLE' } }]);
    const future = await ledger('lots { edges { node { phase } } }', 'ada', '2026-03-20T21:00:00Z');
    expect(future.lots.edges.map(({ node }: { node: { phase: string } }) => node.phase)).toEqual([
      'SUSPENDED',
      'USABLE',
      'ENDED',
      'USABLE',
    ]);
  });
});

describe('what is reserved', () => {
  test('is told with its task’s project and the lots that it takes from', async () => {
    const { openHolds } = await ledger(
      'openHolds { edges { node { heldMinutes requestedMinutes placedAt lapsesAt project { name } lots { minutes lot { id } } } } pageInfo { hasNextPage } }',
    );
    expect(openHolds).toEqual({
      edges: [
        {
          node: {
            heldMinutes: 60,
            requestedMinutes: 60,
            placedAt: '2026-03-05T10:00:00Z',
            lapsesAt: null,
            project: { name: 'Shop' },
            lots: [{ minutes: 60, lot: { id: toGlobalId('TimeLot', lots.bought) } }],
          },
        },
      ],
      pageInfo: { hasNextPage: false },
    });
  });

  test('and short of time is given back at the instant told, whether or not that is booked', async () => {
    const { ben } = under.vendor;
    const project = await time.project(ben.id, 'Ben’s');
    await time.grant(ben.id, { minutes: 40, at: '2026-03-06T09:00:00Z', projectId: project });
    await time.hold(ben.id, project, 100, '2026-03-06T10:00:00Z');
    const query = `query ($asOf: DateTime) { viewer { customer { timeLedger(asOf: $asOf) { availableMinutes heldMinutes
      openHolds { edges { node { requestedMinutes heldMinutes lapsesAt } } } } } } }`;
    const at = async (asOf?: string) => (await under.data('ben', query, { asOf })).viewer.customer.timeLedger;
    const lapsesAt = '2026-03-13T21:00:00Z';
    const held = {
      availableMinutes: 0,
      heldMinutes: 40,
      openHolds: { edges: [{ node: { requestedMinutes: 100, heldMinutes: 40, lapsesAt } }] },
    };
    const lapsed = { availableMinutes: 40, heldMinutes: 0, openHolds: { edges: [] } };
    expect([await at(), await at('2026-03-13T20:59:59.999Z'), await at(lapsesAt)]).toEqual([held, held, lapsed]);
    under.at('2026-03-14T10:00:00Z');
    expect([await at(), await at(lapsesAt)]).toEqual([lapsed, lapsed]);
    under.at('2026-03-10T10:00:00Z');
  });
});

describe('projects', () => {
  test('come in the order of their names, by the page, with the time that is theirs', async () => {
    const query = `query ($after: String) { viewer { customer { projects(first: 1, after: $after) {
      edges { node { id name createdAt customer { email } time { ${FIGURES} } before: time(asOf: "2026-02-01T00:00:00Z") { availableMinutes } } }
      pageInfo { hasNextPage endCursor } } } } }`;
    const first = (await under.data('ada', query)).viewer.customer.projects;
    expect(first.edges.map(({ node }: { node: { name: string } }) => node.name)).toEqual(['Atelier']);
    const second = (await under.data('ada', query, { after: first.pageInfo.endCursor })).viewer.customer.projects;
    expect(second.edges).toEqual([
      {
        node: {
          id: toGlobalId('Project', shop),
          name: 'Shop',
          createdAt: '2026-01-01T00:00:00Z',
          customer: { email: 'ada@shop.example' },
          time: figures({ availableMinutes: 515, heldMinutes: 60, suspendedMinutes: 120, spentMinutes: 70 }),
          before: { availableMinutes: 120 },
        },
      },
    ]);
    expect(second.pageInfo.hasNextPage).toBe(false);
  });
});

describe('an alarm about the records', () => {
  test('stops the ledger before everybody’s eyes, and shows what differs to staff alone', async () => {
    const differences = [{ figure: 'issuedMinutes', stored: '-795', folded: '-794' }];
    const alarm = await time.alarm(under.vendor.ada.id, '2026-03-09T02:00:00Z', differences);
    for (const asker of ['ada', 'staff'] as const) {
      expect(await ledger('suspension { raisedAt } availableMinutes', asker)).toEqual({
        suspension: { raisedAt: '2026-03-09T02:00:00Z' },
        availableMinutes: 515,
      });
    }
    const query =
      '{ timeAlarms { edges { node { id raisedAt clearedAt clearedBy resolution differences { figure stored folded } customer { email } } } } }';
    const open = { raisedAt: '2026-03-09T02:00:00Z', clearedAt: null, clearedBy: null, resolution: null, differences };
    expect(await under.data('staff', query)).toEqual({
      timeAlarms: { edges: [{ node: { id: toGlobalId('TimeAlarm', alarm), ...open, customer: { email: 'ada@shop.example' } } }] },
    });
    for (const asker of ['ada', 'partner'] as const) {
      const answer = await under.ask(asker, query);
      expect([answer.status, answer.errors.map(({ extensions }) => extensions.code)]).toEqual([403, ['FORBIDDEN']]);
    }
  });
});
