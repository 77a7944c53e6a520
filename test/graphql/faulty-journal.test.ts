import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { fromGlobalId, toGlobalId } from '../../src/use-cases/global-id.js';
import { checkAllWallets } from '../../src/use-cases/time-alarm.js';
import { asVendor } from '../support/vendor.js';
import { command, mistakes } from './commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';
import { type TimeUnderTest, timeUnderTest } from './time-under-test.js';

let under: GatewayUnderTest;
let time: TimeUnderTest;
let ada: string;
let project: string;

beforeAll(async () => {
  under = await gatewayUnderTest();
  time = await timeUnderTest(under.gateway.database);
  ada = toGlobalId('Customer', under.vendor.ada.id);
  project = toGlobalId('Project', await time.project(under.vendor.ada.id, 'Shop'));
  const lot = await time.grant(under.vendor.ada.id, {
    minutes: 60,
    at: '2026-02-02T09:00:00Z',
    projectId: fromGlobalId('Project', project),
  });
  await entryBesideTheLedger(lot);
}, 120_000);
afterAll(() => under.close());

/** What nothing of the program writes: a lot that never ends is booked as ended. */
const entryBesideTheLedger = (lotId: string) =>
  asVendor(under.gateway.database, (em) =>
    em.getConnection().execute(
      `with wallet as (select id, last_sequence from time_wallet where customer_id = ?), entry as (
         insert into time_transaction (id, wallet_id, sequence, kind, effective_at, recorded_at, actor_kind, actor_name, reason, rule)
         select gen_random_uuid(), id, last_sequence + 1, 'EXPIRE', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z', 'STAFF', 'x', 'x', 'B-32' from wallet
         returning id, wallet_id)
       insert into time_leg (transaction_id, position, wallet_id, account, lot_id, minutes)
       select entry.id, leg.position, entry.wallet_id, leg.account, ?, leg.minutes
       from entry, (values (1, 'AVAILABLE', -70), (2, 'EXPIRED', 70)) as leg (position, account, minutes)`,
      [under.vendor.ada.id, lotId],
      'run',
      em.getTransactionContext(),
    ),
  );

const REASONS = 'reasons { code rule effect remedy facts { name value } }';
const IN_DOUBT = {
  code: 'TIME_LEDGER_UNKNOWN',
  rule: 'B-14',
  effect: 'REFUSES',
  remedy: 'ASK_VENDOR',
  facts: [{ name: 'faults', value: expect.stringMatching(/^[A-Z_, ]+$/) }],
};
const ledger = async (fields: string, asOf: string | null, asker: Asker = 'ada') =>
  (
    await under.data(asker, `query ($id: ID!, $asOf: DateTime) { it: customer(id: $id) { timeLedger(asOf: $asOf) { ${fields} } } }`, {
      id: ada,
      asOf,
    })
  ).it.timeLedger;

describe('while an entry of the journal breaks a law of the ledger (B-14)', () => {
  const ALL = `grantedMinutes availableMinutes expiredMinutes lots { edges { cursor } } openHolds { edges { cursor } } ${REASONS}`;

  test('what stands now is told from what is stored', async () => {
    const now = { grantedMinutes: 60, availableMinutes: 60, expiredMinutes: 0, openHolds: { edges: [] }, reasons: [] };
    expect(await ledger(ALL, null)).toEqual({ ...now, lots: { edges: [expect.anything()] } });
  });

  test('a past moment after it has reasons in place of figures, one before it is told as ever', async () => {
    const unknown = { grantedMinutes: null, availableMinutes: null, expiredMinutes: null, lots: { edges: [] }, openHolds: { edges: [] } };
    for (const asker of ['ada', 'staff'] as const) {
      expect(await ledger(ALL, '2026-03-05T00:00:00Z', asker)).toEqual({ ...unknown, reasons: [IN_DOUBT] });
    }
    expect(await ledger(ALL, '2026-02-20T00:00:00Z')).toMatchObject({ availableMinutes: 60, reasons: [] });
    const query = 'query ($id: ID!, $asOf: DateTime) { it: node(id: $id) { ... on Project { time(asOf: $asOf) { availableMinutes } } } }';
    const told = async (asOf: string | null) => (await under.data('ada', query, { id: project, asOf })).it.time;
    expect([await told('2026-03-05T00:00:00Z'), await told(null)]).toEqual([null, { availableMinutes: 60 }]);
  });

  test('a statement that it is part of has reasons in place of entries; one that ends before it is stated', async () => {
    const fields = `startsAt ${REASONS} opening { availableMinutes } closing { availableMinutes } entries { edges { cursor } } lots { edges { cursor } } openHolds { edges { cursor } }`;
    const statement = (endsAt: string) => ledger(`statement(startsAt: "2026-01-01T00:00:00Z", endsAt: "${endsAt}") { ${fields} }`, null);
    expect((await statement('2026-04-01T00:00:00Z')).statement).toEqual({
      ...{ startsAt: '2026-01-01T00:00:00Z', opening: null, closing: null },
      ...{ entries: { edges: [] }, lots: { edges: [] }, openHolds: { edges: [] } },
      reasons: [IN_DOUBT],
    });
    expect((await statement('2026-03-01T00:00:00Z')).statement).toMatchObject({ closing: { availableMinutes: 60 }, reasons: [] });
  });

  test('the table for a spreadsheet is refused with 409', async () => {
    const download = (to: string) =>
      under.server.inject({
        method: 'GET',
        url: `/v1/time-statement.csv?customer=${ada}&from=2026-01-01T00:00:00Z&to=${to}`,
        headers: { authorization: `Bearer ${under.tokens.ada}` },
      });
    const refused = await download('2026-04-01T00:00:00Z');
    const extensions = { code: 'TIME_LEDGER_UNKNOWN', requestId: refused.headers['x-request-id'] };
    expect([refused.statusCode, refused.json()]).toEqual([409, { errors: [{ message: expect.stringContaining('journal'), extensions }] }]);
    expect((await download('2026-03-01T00:00:00Z')).statusCode).toBe(200);
  });

  test('a grant is refused as a conflict where the entry has the next number, and the alarm is not cleared', async () => {
    const gift = { customerId: ada, minutes: 5, supportPolicyName: 'prepaid-support', reason: 'Sorry.' };
    const refused = await command(under, 'timeGrant', 'timeLot { id }', { idempotencyKey: 'gift', ...gift });
    expect([refused.timeLot, mistakes(refused)]).toEqual([null, [['CONFLICT', 'input']]]);
    await withVendorSession(under.gateway.database, (session) => checkAllWallets(session, under.gateway.now()));
    const { timeAlarms } = await under.data('staff', '{ timeAlarms { edges { node { id } } } }');
    const [alarm] = timeAlarms.edges;
    const cleared = await command(under, 'timeAlarmClear', 'timeAlarm { id }', {
      ...{ idempotencyKey: 'clear', alarmId: alarm.node.id, resolution: 'Nothing was done.' },
    });
    expect([cleared.timeAlarm, mistakes(cleared)]).toEqual([null, [['CONFLICT', 'input.alarmId']]]);
  });

  test('nothing of it is taken for a fault of the program', () => {
    expect(under.errorLog()).toBe('');
  });
});
