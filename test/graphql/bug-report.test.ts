import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromGlobalId, toGlobalId } from '../../src/use-cases/global-id.js';
import { recordDue } from '../../src/use-cases/ticket-due.js';
import { asVendor } from '../support/vendor.js';
import { command, mistakes } from './commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';
import { act, done, opened, ticketOf } from './tickets-under-test.js';

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
});
afterAll(() => under.close());

const save = (reference: string, summary = 'Prices are missing.') =>
  command(under, 'bugReportSave', 'bugReport { reference summary recordedAt recordedBy fixedAt addon { sku } fixedIn { version } }', {
    addonSku: 'FILTER',
    reference,
    summary,
  });
const ticketOfAda = () => opened(under, 'ada', { purchaseId: toGlobalId('Purchase', under.vendor.ada.purchases.active ?? '') });
const publish = (version: string, reference: string) =>
  command(under, 'releasePublish', 'release { version }', {
    addonSku: 'FILTER',
    version,
    kind: 'BUGFIX',
    compatibility: [{ platform: 'MAGENTO', from: '2.4.4', to: '2.4.8' }],
    changelog: [{ kind: 'FIXED', summary: 'Prices are there again.', reference }],
  });
const EVENTS =
  'edges { node { kind key happenedAt recordedAt customer { email } ticket { id } release { version } facts { name value } } } pageInfo { hasNextPage endCursor }';
const events = async (asker: Asker, args = '') => (await under.data(asker, `{ outboxEvents${args} { ${EVENTS} } }`)).outboxEvents;

describe('a fault of an add-on', () => {
  test('is recorded, linked to a ticket, fixed by a release, and its reporter is told of', async () => {
    expect(await save('FIL-7')).toMatchObject({
      bugReport: {
        reference: 'FIL-7',
        recordedAt: '2026-03-10T10:00:00Z',
        recordedBy: expect.stringContaining(' by token:'),
        fixedAt: null,
        fixedIn: null,
        addon: { sku: 'FILTER' },
      },
    });
    const ticketId = await ticketOfAda();
    const BUG = 'bug { reference summary recordedBy fixedAt fixedIn { version } }';
    const linked = await done(under, 'staff', 'ticketLinkBug', { ticketId, addonSku: 'FILTER', reference: 'FIL-7' }, BUG);
    expect(linked.ticket.bug).toMatchObject({ reference: 'FIL-7', fixedIn: null });
    expect((await publish('1.3.0', 'FIL-7')).userErrors).toEqual([]);
    expect((await ticketOf(under, 'ada', ticketId, BUG)).bug).toEqual({
      ...{ reference: 'FIL-7', summary: 'Prices are missing.', recordedBy: null },
      ...{ fixedAt: '2026-03-10T10:00:00Z', fixedIn: { version: '1.3.0' } },
    });
    const expected = {
      kind: 'BUG_FIXED',
      happenedAt: '2026-03-10T10:00:00Z',
      customer: { email: 'ada@shop.example' },
      ticket: { id: ticketId },
      release: { version: '1.3.0' },
      facts: [
        { name: 'version', value: '1.3.0' },
        { name: 'reference', value: 'FIL-7' },
        { name: 'returnedMinutes', value: '0' },
      ],
    };
    for (const asker of ['staff', 'partner'] as const) {
      const { edges } = await events(asker, '(kind: BUG_FIXED)');
      expect(edges).toHaveLength(1);
      expect({ ...edges[0].node, facts: edges[0].node.facts.sort(byName) }).toMatchObject({
        ...expected,
        facts: expected.facts.sort(byName),
      });
    }
    await publish('1.3.0', 'FIL-7');
    expect((await events('staff')).edges).toHaveLength(1);
  });

  test('is listed with its add-on by the page, for staff', async () => {
    for (const reference of ['FIL-8', 'FIL-9']) await save(reference);
    const query =
      'query ($after: String) { addon(sku: "FILTER") { bugReports(first: 2, after: $after) { edges { node { reference } } pageInfo { hasNextPage endCursor } } } }';
    const page = async (after: string | null) => (await under.data('staff', query, { after })).addon.bugReports;
    const newest = await page(null);
    const rest = await page(newest.pageInfo.endCursor);
    const listed = [...newest.edges, ...rest.edges].map(({ node }) => node.reference);
    expect([listed.slice(0, 2), listed.includes('FIL-7')]).toEqual([['FIL-9', 'FIL-8'], true]);
    for (const asker of ['ada', 'partner'] as const) {
      const { errors } = await under.ask(asker, query, {});
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
  });

  test('of the same name gets another summary', async () => {
    await save('FIL-10');
    expect((await save('FIL-10', 'Prices are wrong.')).bugReport).toMatchObject({ summary: 'Prices are wrong.' });
  });

  test.each([
    { change: { addonSku: 'NOTHING' }, mistake: ['NOT_FOUND', 'input.addonSku'], because: 'there is no such add-on' },
    { change: { reference: ' ' }, mistake: ['REQUIRED', 'input.reference'], because: 'it needs a name' },
    { change: { summary: 'x'.repeat(501) }, mistake: ['INVALID', 'input.summary'], because: 'it is no sentence' },
  ])('is not recorded with $change, because $because', async ({ change, mistake }) => {
    const input = { addonSku: 'FILTER', reference: 'FIL-11', summary: 'It fails.', ...change };
    expect(mistakes(await command(under, 'bugReportSave', 'bugReport { reference }', input))).toEqual([mistake]);
  });

  test('that nobody recorded is not linked', async () => {
    const answer = await act(under, 'staff', 'ticketLinkBug', { ticketId: await ticketOfAda(), addonSku: 'FILTER', reference: 'FIL-99' });
    expect(mistakes(answer)).toEqual([['NOT_FOUND', 'input.reference']]);
  });
});

type Edge = { readonly node: { readonly key: string } };
const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);

describe('what is to be told outside', () => {
  test.each(['ada', 'ben'] as const)('is not for %s', async (asker) => {
    const { errors } = await under.ask(asker, '{ outboxEvents { edges { node { key } } } }');
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  });

  test('goes on after the last that was read, and costs a page as many statements as one event', async () => {
    await save('FIL-20');
    for (const _ of [1, 2, 3]) {
      await done(under, 'staff', 'ticketLinkBug', { ticketId: await ticketOfAda(), addonSku: 'FILTER', reference: 'FIL-20' });
    }
    const before = (await events('staff', '(first: 100)')).pageInfo.endCursor;
    under.at('2026-03-11T10:00:00Z');
    await publish('1.4.0', 'FIL-20');
    const after = await events('staff', `(after: "${before}")`);
    expect(after.edges.map(({ node }: { node: { happenedAt: string } }) => node.happenedAt)).toEqual(Array(3).fill('2026-03-11T10:00:00Z'));
    const counted: number[] = [];
    for (const first of [1, 3]) {
      await events('staff', `(first: ${first}, after: "${before}")`);
      under.forgetStatements();
      expect((await events('staff', `(first: ${first}, after: "${before}")`)).edges).toHaveLength(first);
      counted.push(under.statements.length);
    }
    expect(counted[1]).toBe(counted[0]);
  });

  test('is told in the order in which it was recorded, also what came true long before', async () => {
    under.at('2026-03-06T15:59:00Z');
    const ticketId = await ticketOfAda();
    under.at('2026-05-04T10:00:00Z');
    await save('FIL-21');
    await done(under, 'staff', 'ticketLinkBug', { ticketId: await ticketOfAda(), addonSku: 'FILTER', reference: 'FIL-21' });
    await publish('1.5.0', 'FIL-21');
    const read = await events('partner', '(first: 100)');
    // Nobody looked at the missed deadline before.
    const { database, addJob, now } = under.gateway;
    await asVendor(database, (em) => recordDue({ em, now: now(), addJob }, fromGlobalId('Ticket', ticketId) ?? ''));
    const late = (await events('partner', `(after: "${read.pageInfo.endCursor}")`)).edges;
    const REFUND = {
      kind: 'REFUND_OFFERED',
      happenedAt: '2026-04-20T22:00:00Z',
      key: `refund-offered:${fromGlobalId('Ticket', ticketId)}`,
    };
    expect(late.map(({ node }: Edge) => node)).toMatchObject([REFUND]);

    const seen = read.edges.at(-1).node;
    const earlier = Temporal.Instant.from(seen.recordedAt).subtract({ microseconds: 1 });
    const again = (await events('partner', `(recordedAfter: "${earlier}")`)).edges;
    expect(again.map(({ node }: Edge) => node.key)).toEqual([seen.key, REFUND.key]);
    expect((await events('partner', `(recordedAfter: "${late[0].node.recordedAt}")`)).edges).toEqual([]);
  });

  test('is nothing of the vendor’s own for partners', async () => {
    const { edges } = await events('partner', '(kind: TIME_ALARM_RAISED)');
    expect(edges).toEqual([]);
  });
});
