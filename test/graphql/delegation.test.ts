import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Delegation } from '../../src/persistence/delegation.js';
import { sqlState } from '../../src/persistence/outage.js';
import { executeWithin, openSession, type Session, withVendorSession } from '../../src/persistence/session.js';
import { actFor, authenticateToken } from '../../src/use-cases/authenticate.js';
import { MAX_DELEGATIONS } from '../../src/use-cases/delegation.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { asVendor, customerOf } from '../support/vendor.js';
import { command, mistakes } from './commands.js';
import { type Answer, type Asker, answerOf, type GatewayUnderTest, gatewayUnderTest, NOTHING, rowPrints } from './gateway-under-test.js';
import { newReport } from './tickets-under-test.js';
import { NOW } from './vendor-under-test.js';

// Ada is the client; Ben, who is a customer too, is her agency.
let under: GatewayUnderTest;
let ada: string;
let ben: string;
beforeAll(async () => {
  under = await gatewayUnderTest();
  [ada, ben] = [toGlobalId('Customer', under.vendor.ada.id), toGlobalId('Customer', under.vendor.ben.id)];
});
afterAll(() => under.close());
beforeEach(() => under.at(NOW.toString()));

/** Asks with a credential and the header that names whom it acts for. */
async function acting(asker: Asker, customer: string, query: string, variables?: object): Promise<Answer> {
  const authorization = asker === 'anonymous' ? {} : { authorization: `Bearer ${under.tokens[asker]}` };
  const headers = { ...authorization, 'tenure-acting-for': customer };
  const response = await under.server.inject({ method: 'POST', url: '/graphql', payload: { query, variables }, headers });
  return answerOf(response.statusCode, response.body);
}
async function dataActing(query: string, variables?: object) {
  const { data, errors, text } = await acting('ben', ada, query, variables);
  if (errors.length > 0) throw new Error(text);
  return data;
}
const grant = (input: object = {}) =>
  command(under, 'delegationGrant', 'delegation { id headerValue }', { agencyId: ben, agencyName: 'Ben’s agency', ...input }, 'ada');
const granted = async (input: object = {}): Promise<string> => {
  const { delegation, userErrors } = await grant(input);
  if (delegation === null) throw new Error(JSON.stringify(userErrors));
  return delegation.id;
};
const revoke = (delegationId: string) => command(under, 'delegationRevoke', 'delegation { revokedAt }', { delegationId }, 'ada');
const WHO =
  '{ viewer { kind scopes customer { email } actingFor { agencyName customerName scopes } delegations { id } clients { edges { node { id } } } } }';
const FORBIDDEN = { status: 403, data: null, code: 'FORBIDDEN' };
const refusalOf = ({ status, data, errors }: Answer) => ({ status, data, code: errors[0]?.extensions.code });

describe('an agency that is let', () => {
  test('sees what the customer sees and nothing of its own, and the other way round without the header', async () => {
    await granted();
    const { viewer } = await dataActing(WHO);
    const scopes = ['ADDONS_READ', 'PURCHASES_READ', 'STORES_READ', 'STORES_WRITE', 'TICKETS_READ', 'TICKETS_WRITE', 'TIME_READ'];
    expect(viewer).toEqual({
      kind: 'CUSTOMER',
      scopes,
      customer: { email: 'ada@shop.example' },
      actingFor: { agencyName: 'Ben’s agency', customerName: 'ada@shop.example', scopes },
      delegations: [],
      clients: { edges: [] },
    });
    const OWN =
      '{ purchases { edges { node { id customer { email } } } } stores { edges { node { url } } } customers { edges { node { email } } } }';
    expect(await dataActing(OWN)).toEqual(await under.data('ada', OWN));
    expect(JSON.stringify(await dataActing(OWN))).not.toMatch(/ben/);
    expect(JSON.stringify(await under.data('ben', OWN))).not.toMatch(/ada/);
  });

  test('finds its clients, and the customer its agencies', async () => {
    const expiresAt = '2026-04-01T00:00:00Z';
    const id = await granted({ expiresAt });
    const { edges } = (
      await under.data('ben', '{ viewer { clients { edges { node { id headerValue customerName } } } delegations { id } } }')
    ).viewer.clients;
    expect(edges).toEqual([{ node: { id, headerValue: ada, customerName: 'ada@shop.example' } }]);
    const { viewer } = await under.data(
      'ada',
      '{ viewer { delegations { id agencyName scopes expiresAt } clients { edges { node { id } } } actingFor { id } } }',
    );
    expect(viewer).toMatchObject({
      delegations: [{ id, agencyName: 'Ben’s agency', expiresAt }],
      clients: { edges: [] },
      actingFor: null,
    });
  });

  test('may what it was let and no more: TIME_WRITE by name, and never to let others', async () => {
    await granted({ scopes: ['STORES_READ', 'TIME_WRITE'] });
    expect((await dataActing('{ viewer { scopes } }')).viewer.scopes).toEqual(['STORES_READ', 'TIME_WRITE']);
    expect((await dataActing('{ stores { edges { node { url } } } }')).stores.edges).toHaveLength(2);
    expect(refusalOf(await acting('ben', ada, '{ purchases { edges { cursor } } }'))).toEqual(FORBIDDEN);
    const before = await rowPrints(under.gateway);
    for (const scopes of [['DELEGATIONS_WRITE'], ['DESK'], []])
      expect(mistakes(await grant({ scopes }))).toEqual([['INVALID', 'input.scopes']]);
    const chain = 'mutation ($agency: ID!) { delegationGrant(input: { agencyId: $agency, agencyName: "Third" }) { userErrors { code } } }';
    expect(refusalOf(await acting('ben', ada, chain, { agency: ben }))).toEqual(FORBIDDEN);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test('is named in evidence beside the customer, and its idempotency keys are not the customer’s', async () => {
    await granted();
    const open = `mutation ($input: TicketOpenInput!) { ticketOpen(input: $input) { ticket { id } userErrors { code } } }`;
    const purchaseId = toGlobalId('Purchase', under.vendor.ada.purchases.active ?? '');
    const input = () => ({ idempotencyKey: 'the same', purchaseId, request: 'CORRECTION', report: newReport() });
    const { ticket } = (await under.data('ada', open, { input: input() })).ticketOpen;
    const acted = (await dataActing(open, { input: input() })).ticketOpen;
    expect([acted.userErrors, acted.ticket.id === ticket.id]).toEqual([[], false]);
    const events = 'query ($id: ID!) { node(id: $id) { ... on Ticket { events(first: 1) { edges { node { actorKind actorName } } } } } }';
    const { node } = await under.data('staff', events, { id: acted.ticket.id });
    const both = new RegExp(`^customer:${under.vendor.ben.id} for customer:${under.vendor.ada.id}$`);
    expect(node.events.edges).toEqual([{ node: { actorKind: 'CUSTOMER', actorName: expect.stringMatching(both) } }]);
  });

  test('is not the customer where it binds itself, ends its licence or spends its minutes', async () => {
    await granted();
    const id = toGlobalId('Ticket', NOTHING);
    const input = `idempotencyKey: "k", ticketId: "${id}"`;
    for (const mutation of [
      `termsAccept(input: { policyName: "technical-support", version: 1, contentHash: "0" })`,
      `refundOfferAccept(input: { ${input} })`,
      `ticketConsent(input: { ${input}, choice: EXTRA, capMinutes: 60 })`,
    ]) {
      expect(refusalOf(await acting('ben', ada, `mutation { ${mutation} { userErrors { code } } }`))).toEqual(FORBIDDEN);
    }
  });

  test('costs one statement more than asking for oneself', async () => {
    await granted();
    under.forgetStatements();
    await dataActing('{ viewer { kind } }');
    expect(under.statements).toHaveLength(2);
  });
});

describe('without a delegation that stands', () => {
  const refused: readonly (readonly [string, () => Promise<string>, string])[] = [
    [
      'a customer that lets nobody',
      async () => toGlobalId('Customer', await customerOf(under.gateway.database, 'eve@shop.example')),
      'it was not asked',
    ],
    ['nobody', async () => toGlobalId('Customer', NOTHING), 'there is none'],
    ['junk', async () => 'junk', 'it is no id'],
    ['the bare uuid', async () => under.vendor.ada.id, 'it is none of ours'],
    ['two at once', async () => `${ada}, ${ada}`, 'one request is for one customer'],
    ['nothing', async () => '', 'the header says nothing'],
    ['itself', async () => ben, 'that needs no header'],
    [
      'a customer that took it back',
      async () => {
        await revoke(await granted());
        return ada;
      },
      'it ends at once',
    ],
    [
      'a customer whose delegation is out of time',
      async () => {
        await granted({ expiresAt: '2026-03-10T11:00:00Z' });
        under.at('2026-03-10T11:00:00Z');
        return ada;
      },
      'at its end the right is gone',
    ],
    [
      'a customer that gave it to another',
      async () => {
        await revoke(await granted());
        const eve = toGlobalId('Customer', await customerOf(under.gateway.database, 'eve@shop.example'));
        await granted({ agencyId: eve, agencyName: 'Another' });
        return ada;
      },
      'it is not for everybody',
    ],
  ];

  test('every header gives one and the same answer', async () => {
    const answers: string[] = [];
    for (const [, customer] of refused) {
      under.at(NOW.toString());
      const answer = await acting('ben', await customer(), WHO);
      expect(refusalOf(answer)).toEqual({ status: 403, data: null, code: 'NOT_DELEGATED' });
      answers.push(answer.text);
    }
    expect(new Set(answers).size).toBe(1);
  });

  test('it is good to the last moment', async () => {
    await granted({ expiresAt: '2026-03-10T11:00:00Z' });
    under.at('2026-03-10T10:59:59.999Z');
    expect((await dataActing('{ viewer { customer { email } } }')).viewer.customer.email).toBe('ada@shop.example');
  });

  test.each<readonly [Asker, number, string, string]>([
    ['staff', 403, 'MAY_NOT_ACT_FOR', 'sees everybody already'],
    ['partner', 403, 'MAY_NOT_ACT_FOR', 'too'],
    ['adaStore', 403, 'MAY_NOT_ACT_FOR', 'is a store, not an agency'],
    ['anonymous', 403, 'MAY_NOT_ACT_FOR', 'is nobody'],
    ['revoked', 401, 'UNAUTHENTICATED', 'has no credential to act with'],
  ])('%s is told %i %s, as it %s', async (asker, status, code) => {
    await granted();
    expect(refusalOf(await acting(asker, ada, WHO))).toEqual({ status, data: null, code });
  });

  test('nor is a statement of prepaid time handed out', async () => {
    await revoke(await granted());
    const headers = { authorization: `Bearer ${under.tokens.ben}`, 'tenure-acting-for': ada };
    const response = await under.server.inject({ method: 'GET', url: '/v1/time-statement.csv?from=2026-01-01&to=2026-03-01', headers });
    expect([response.statusCode, response.json().errors[0].extensions.code]).toEqual([403, 'NOT_DELEGATED']);
  });
});

describe('letting', () => {
  test.each<readonly [string, () => object, string, string, string]>([
    ['nobody', () => ({ agencyId: toGlobalId('Customer', NOTHING) }), 'NOT_FOUND', 'agencyId', 'whom?'],
    ['itself', () => ({ agencyId: ada }), 'INVALID', 'agencyId', 'it may already'],
    ['until yesterday', () => ({ expiresAt: '2026-03-09T10:00:00Z' }), 'INVALID', 'expiresAt', 'it would let nothing'],
    ['somebody without a name', () => ({ agencyName: ' ' }), 'REQUIRED', 'agencyName', 'the list would not tell whom'],
  ])('%s is refused', async (_what, change, code, field) => {
    const before = await rowPrints(under.gateway);
    expect(mistakes(await grant(change()))).toEqual([[code, `input.${field}`]]);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test('again replaces what was let before, and keeps it as evidence of who did what', async () => {
    const first = await granted({ scopes: ['TICKETS_READ'] });
    const second = await granted({ scopes: ['STORES_READ'] });
    const { viewer } = await under.data('ada', '{ viewer { delegations { id scopes } } }');
    expect(viewer.delegations).toContainEqual({ id: second, scopes: ['STORES_READ'] });
    expect(JSON.stringify(viewer)).not.toMatch(first);
    const [ended] = await withVendorSession(under.gateway.database, ({ em }) =>
      em.find(Delegation, { revokedAt: { $ne: null } }, { orderBy: { id: 'desc' }, limit: 1 }),
    );
    const by = expect.stringMatching(new RegExp(`^customer:${under.vendor.ada.id} by token:`));
    expect(ended).toMatchObject({ scopes: ['TICKETS_READ'], grantedBy: by, revokedBy: by, revokedAt: NOW });
  });

  test('at once to one agency twice leaves one that stands', async () => {
    await Promise.all([grant(), grant(), grant()]);
    const { viewer } = await under.data('ada', '{ viewer { delegations { agencyName } } }');
    expect(viewer.delegations.filter(({ agencyName }: { agencyName: string }) => agencyName === 'Ben’s agency')).toHaveLength(1);
  });

  test(`to more than ${MAX_DELEGATIONS} is refused`, async () => {
    const eve = await customerOf(under.gateway.database, 'busy@shop.example');
    const row = {
      scopes: ['TIME_READ'],
      agencyName: 'A',
      customerName: 'B',
      grantedBy: 'test',
      expiresAt: null,
      revokedAt: null,
      revokedBy: null,
    };
    const agencies = await Promise.all(
      Array.from({ length: MAX_DELEGATIONS }, (_, count) => customerOf(under.gateway.database, `agency-${count}@shop.example`)),
    );
    await asVendor(under.gateway.database, async (em) => {
      for (const agency of agencies) em.persist(em.create(Delegation, { ...row, customer: under.vendor.ben.id, agency, grantedAt: NOW }));
    });
    const more = { agencyId: toGlobalId('Customer', eve), agencyName: 'One more' };
    expect(mistakes(await command(under, 'delegationGrant', 'delegation { id }', more, 'ben'))).toEqual([['CONFLICT', 'input.agencyId']]);
  });
});

describe('with the first net off', () => {
  /** Runs statements as Ben who acts for Ada, each in a transaction that is rolled back. */
  async function asAgency(work: (session: Session) => Promise<void>): Promise<void> {
    const session = openSession(under.gateway.database);
    try {
      const agency = await authenticateToken(session, under.tokens.ben, under.gateway.tokenPepper, NOW);
      expect(agency).not.toBeNull();
      if (agency !== null) expect(await actFor(session, agency, ada, NOW)).not.toBeNull();
      await work(session);
    } finally {
      session.release();
    }
  }

  test('an agency sees that customer’s rows alone', async () => {
    await granted();
    await asAgency(async (session) => {
      for (const table of ['purchase', 'store', 'store_group', 'access_token', 'delegation', 'ticket']) {
        const text = `select distinct customer_id as owner from ${table}`;
        const owners = await session.query<{ owner: string }>({ name: `owners-${table}`, text, values: [] });
        expect([table, owners]).toEqual([table, [{ owner: under.vendor.ada.id }]]);
      }
      expect(await session.query({ name: 'customers', text: 'select id from customer', values: [] })).toEqual([
        { id: under.vendor.ada.id },
      ]);
    });
  });

  test('and may read of what it was let, but not let itself anything, nor more', async () => {
    await granted();
    const session = openSession(under.gateway.database);
    try {
      await authenticateToken(session, under.tokens.ben, under.gateway.tokenPepper, NOW);
      const outcome = (text: string) =>
        session.transaction(async (em) => (await executeWithin(em, text, [])).rows.length).catch((error: unknown) => sqlState(error));
      expect(await outcome(`select from delegation where customer_id = '${under.vendor.ada.id}' and revoked_at is null`)).toBe(1);
      expect(await outcome(`update delegation set scopes = '{TIME_WRITE}' where customer_id = '${under.vendor.ada.id}' returning 1`)).toBe(
        0,
      );
      const copy = `select (jsonb_populate_record(d, '{"id": "${NOTHING}", "revoked_at": "2026-03-10", "revoked_by": "x"}')).* from delegation d limit 1`;
      expect(
        await outcome(`insert into delegation ${copy.replace('limit 1', `where customer_id = '${under.vendor.ada.id}' limit 1`)}`),
      ).toBe('42501');
    } finally {
      session.release();
    }
  });
});
