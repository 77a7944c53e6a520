import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { typeid } from 'typeid-js';
import { BugReport } from '../../src/persistence/bug-report.js';
import { OutboxEvent } from '../../src/persistence/outbox-event.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { hold } from '../../src/policy/time-hold.js';
import { settle } from '../../src/policy/time-settlement.js';
import type { Actor } from '../../src/use-cases/actor.js';
import { MAX_REPORTERS } from '../../src/use-cases/bug-fix.js';
import { linkBug, saveBugReport } from '../../src/use-cases/bug-report.js';
import type { Job } from '../../src/use-cases/job.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { publishWithFixes, type ReleasePublishInput, withdrawRelease } from '../../src/use-cases/release.js';
import { fixReleased, sweepReleases } from '../../src/use-cases/release-due.js';
import { commandTime, readTime } from '../../src/use-cases/time-command.js';
import { asVendor, instant, outcomeAsVendor } from '../support/vendor.js';
import { customerActor, type IntakeUnderTest, intakeUnderTest, reportOf, STAFF } from './intake-under-test.js';

const AT = '2026-03-10T10:00:00Z';
const NOWHERE = '01900000-0000-7000-8000-000000000000';

let under: IntakeUnderTest;
let ada: string;
let purchases: Readonly<Record<'FILTER' | 'PREPAID', string>>;
let counter = 0;

beforeAll(async () => {
  under = await intakeUnderTest();
  ada = await under.customer('ada@shop.example');
  const bought = { email: 'ada@shop.example', purchasedAt: '2026-02-01T09:00:00Z' };
  purchases = { FILTER: await under.buy({ sku: 'FILTER', ...bought }), PREPAID: await under.buy({ sku: 'PREPAID', ...bought }) };
});
afterAll(() => under.database.close());
beforeEach(() => {
  under.jobs.length = 0;
});

/** A ticket of Ada's about an add-on. */
const ticketOf = (sku: 'FILTER' | 'PREPAID' = 'PREPAID', actor: Actor = customerActor(ada), purchaseId = purchases[sku]) =>
  under.opened(actor, AT, { purchaseId, request: 'ADVICE', report: reportOf(`Fault ${++counter}`) });

const bugOf = async (addonSku = 'PREPAID'): Promise<string> => {
  const reference = `BUG-${++counter}`;
  await asVendor(under.database, (em) => saveBugReport(em, STAFF, { addonSku, reference, summary: 'It fails.' }, instant(AT)));
  return reference;
};
const link = (ticketId: string, reference: string, addonSku = 'PREPAID', at = AT) =>
  outcomeOf(() => under.act(STAFF, at, (command) => linkBug(command, { idempotencyKey: under.newKey(), ticketId, addonSku, reference })));

/** Publishes a release whose changelog refers to these. */
const publish = (version: string, references: readonly (string | null)[], change: Partial<ReleasePublishInput> = {}, at = AT) => {
  const compatibility = [{ platform: 'MAGENTO' as const, edition: null, from: '2.4.4', to: '2.4.7' }];
  const changelog = references.map((reference) => ({ kind: 'FIXED' as const, summary: 'It works.', reference }));
  const build = { addonSku: 'PREPAID', version, channel: 'STABLE', kind: 'BUGFIX', publishedAt: null } as const;
  return under.act(STAFF, at, async (command) => (await publishWithFixes(command, { ...build, compatibility, changelog, ...change })).id);
};

/** Charges a ticket minutes of a lot that ends when said, on a project of its own. */
async function charge(ticketId: string, minutes: number, { customerId = ada, endsAt = null as string | null } = {}) {
  const projectId = await under.project(customerId, `Project ${++counter}`);
  const lot = await under.grantBought(customerId, projectId, minutes, '2026-01-05T09:00:00Z', endsAt);
  await under.act(STAFF, AT, async ({ em }) => {
    const { policy } = await under.ticket(ticketId, AT);
    const entry = { at: instant(AT), actor: { kind: 'STAFF', name: 'staff:ada' } as const, reason: 'The work.', policy };
    const work = { ticketId, taskId: ticketId };
    const holdId = typeid().toUUID();
    const place = { holdId, projectId, work, minutes };
    await commandTime(em, customerId, entry.at, (ledger) => hold(ledger, place, entry), { holdId, work });
    const done = {
      holdId,
      projectId,
      work,
      workedAt: entry.at,
      actualMinutes: minutes,
      chargeableMinutes: minutes,
      onShortfall: 'REFUSE',
    } as const;
    const settled = await commandTime(em, customerId, entry.at, (ledger) => settle(ledger, done, entry), { holdId, work });
    expect(settled.outcome).toBe('POSTED');
  });
  return { lot, projectId };
}
const availableIn = (lotId: string, customerId = ada) =>
  withVendorSession(under.database, async ({ em }) => (await readTime(em, customerId, instant(AT))).ledger.balances.get(lotId)?.AVAILABLE);
const told = (ticketId: string) =>
  withVendorSession(under.database, async ({ em }) => {
    const events = await em.find(OutboxEvent, { kind: 'BUG_FIXED' }, { orderBy: { id: 'asc' } });
    return events.filter(({ data }) => data.ticket === ticketId).map(({ data }) => [data.reference, data.version, data.returnedMinutes]);
  });
const standing = (reference: string) =>
  withVendorSession(under.database, async ({ em }) => {
    const bug = await em.findOneOrFail(BugReport, { reference }, { populate: ['fixedIn'] });
    return bug.fixedIn === null ? null : `${bug.fixedIn.getEntity().version} at ${bug.fixedAt}`;
  });

describe('a fault of an add-on', () => {
  test('is recorded under one reference, and told anew changes its summary', async () => {
    const save = (addonSku: string, summary: string) =>
      outcomeAsVendor(under.database, (em) => saveBugReport(em, STAFF, { addonSku, reference: 'SIZ-118', summary }, instant(AT)));
    await save('PREPAID', 'Prices are missing.');
    await save('PREPAID', 'Prices are missing in lists.');
    await save('FILTER', 'Another fault of the same name.');
    const bugs = await withVendorSession(under.database, ({ em }) =>
      em.find(BugReport, { reference: 'SIZ-118' }, { orderBy: { id: 'asc' } }),
    );
    expect(bugs.map(({ summary, fixedIn }) => [summary, fixedIn])).toEqual([
      ['Prices are missing in lists.', null],
      ['Another fault of the same name.', null],
    ]);
    expect((await save('NOTHING', 'x')).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'addonSku'] }]);
  });

  test.each([
    { change: { reference: 'NONE-1' }, mistake: ['NOT_FOUND', 'reference'], because: 'nobody recorded it' },
    { change: { addonSku: 'NOTHING' }, mistake: ['NOT_FOUND', 'reference'], because: 'there is no such add-on' },
    { change: { ticketId: NOWHERE }, mistake: ['NOT_FOUND', 'ticketId'], because: 'there is no such ticket' },
    { change: { addonSku: 'FILTER' }, mistake: ['CONFLICT', 'addonSku'], because: 'the ticket is about another add-on' },
  ])('is not linked with $change, because $because', async ({ change, mistake }) => {
    const known = { ticketId: await ticketOf(), addonSku: 'PREPAID', reference: await bugOf('addonSku' in change ? 'FILTER' : 'PREPAID') };
    const { ticketId, reference, addonSku } = { ...known, ...change };
    const { userErrors } = await link(ticketId, reference, addonSku);
    expect(userErrors.map(({ code, path }) => [code, path.at(-1)])).toEqual([mistake]);
  });

  test('gives way to another as long as it is not fixed', async () => {
    const ticketId = await ticketOf();
    const [one, other, third] = [await bugOf(), await bugOf(), await bugOf()];
    for (const reference of [one, other]) expect((await link(ticketId, reference)).userErrors).toEqual([]);
    await publish('1.1', [one, other]);
    expect(await told(ticketId)).toEqual([[other, '1.1', 0]]);
    expect((await link(ticketId, third)).userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'reference'] }]);
  });
});

describe('a release whose changelog names a fault (B-27)', () => {
  test('fixes it, tells each reporter once, gives back what was charged, and changes nothing when published again', async () => {
    const [reported, untouched] = [await bugOf(), await bugOf()];
    const [charged, ended, free, silent] = [await ticketOf(), await ticketOf(), await ticketOf(), await ticketOf()];
    for (const ticketId of [charged, ended, free]) await link(ticketId, reported);
    const { lot } = await charge(charged, 70);
    const { lot: endedLot, projectId } = await charge(ended, 30, { endsAt: '2026-03-11T00:00:00Z' });
    const { lot: unreported } = await charge(silent, 20);
    expect([await availableIn(lot), await availableIn(endedLot)]).toEqual([0, 0]);

    const published = instant('2026-03-12T09:00:00Z');
    await publish('1.2', [reported, null, 'OTHER-1'], { publishedAt: published }, '2026-03-12T10:00:00Z');
    const outcome = async () => ({
      fixed: [await standing(reported), await standing(untouched)],
      told: [await told(charged), await told(ended), await told(free), await told(silent)],
      available: [await availableIn(lot), await availableIn(endedLot), await availableIn(unreported)],
    });
    const expected = {
      fixed: [`1.2 at ${published}`, null],
      told: [[[reported, '1.2', 70]], [[reported, '1.2', 30]], [[reported, '1.2', 0]], []],
      available: [70, 0, 0],
    };
    expect(await outcome()).toEqual(expected);
    expect(under.jobs.filter(({ queue }) => queue === 'time-added')).toHaveLength(2);
    expect(await goodwill()).toEqual([[30, projectId, instant('2026-04-11T21:00:00Z')]]);

    await publish('1.2', [reported, null, 'OTHER-1'], { publishedAt: published }, '2026-03-13T10:00:00Z');
    await publish('1.2.1', [reported], {}, '2026-03-14T10:00:00Z');
    expect(await outcome()).toEqual(expected);
    expect(under.jobs.filter(({ queue }) => queue === 'time-added')).toHaveLength(2);
  });

  /** B-27: minutes of an ended lot return as goodwill for 30 days, here from 12 March to the end of 11 April at +03:00. */
  async function goodwill() {
    const { ledger } = await withVendorSession(under.database, ({ em }) => readTime(em, ada, instant('2026-03-12T10:00:00Z')));
    const given = [...ledger.lots.values()].filter(({ source }) => source === 'GOODWILL');
    return given.map((lot) => [lot.minutes, lot.projectId, lot.endsAt]);
  }

  test('of another add-on, or taken back, fixes nothing', async () => {
    const [reference, late] = [await bugOf(), await bugOf()];
    await publish('2.0', [reference], { addonSku: 'FILTER' });
    const release = await publish('1.3', []);
    await asVendor(under.database, (em) => withdrawRelease(em, release, instant(AT)));
    const gone = await publish('1.3.1', [late]);
    expect(await standing(late)).toBe(`1.3.1 at ${AT}`);
    await asVendor(under.database, (em) => withdrawRelease(em, gone, instant(AT)));
    expect([await standing(reference), await standing(late)]).toEqual([null, `1.3.1 at ${AT}`]);
  });

  test('that is taken back does not make up for a fault that was recorded since', async () => {
    const reference = `BUG-${++counter}`;
    const release = await publish('1.4', [reference]);
    await asVendor(under.database, async (em) => {
      await saveBugReport(em, STAFF, { addonSku: 'PREPAID', reference, summary: 'Found late.' }, instant(AT));
      await withdrawRelease(em, release, instant(AT));
    });
    await publish('1.4', [reference]);
    expect(await standing(reference)).toBeNull();
  });

  test('makes up for a fault that was recorded later when it is published again', async () => {
    const reference = `BUG-${++counter}`;
    await publish('1.5', [reference]);
    await asVendor(under.database, (em) =>
      saveBugReport(em, STAFF, { addonSku: 'PREPAID', reference, summary: 'Found late.' }, instant(AT)),
    );
    await publish('1.5', [reference]);
    expect(await standing(reference)).toBe(`1.5 at ${AT}`);
  });

  test('pays a reporter back at once who is linked when it is out already, and nobody else again', async () => {
    const reference = await bugOf();
    const [early, late] = [await ticketOf(), await ticketOf()];
    await link(early, reference);
    await publish('1.6', [reference]);
    const lots = [await charge(early, 15), await charge(late, 25)];
    expect((await link(late, reference)).userErrors).toEqual([]);
    expect([await told(early), await told(late)]).toEqual([[[reference, '1.6', 0]], [[reference, '1.6', 25]]]);
    expect(await Promise.all(lots.map(({ lot }) => availableIn(lot)))).toEqual([0, 25]);
  });

  test('published twice at once pays back once, in the wallets of all its reporters', async () => {
    const reference = await bugOf();
    const lots: { readonly lot: string; readonly customerId: string }[] = [];
    for (const name of ['eve', 'kim', 'zoe']) {
      const email = `${name}@shop.example`;
      const purchaseId = await under.buy({ sku: 'PREPAID', email, purchasedAt: '2026-02-01T09:00:00Z' });
      const customerId = await under.customer(email);
      const ticketId = await ticketOf('PREPAID', customerActor(customerId), purchaseId);
      await link(ticketId, reference);
      lots.push({ lot: (await charge(ticketId, 40, { customerId })).lot, customerId });
    }
    await Promise.all([publish('1.7', [reference]), publish('1.7', [reference]), publish('1.7', [reference])]);
    for (const { lot, customerId } of lots) expect(await availableIn(lot, customerId)).toBe(40);
    expect(under.jobs.filter(({ queue }) => queue === 'time-added').map((job) => 'customerId' in job && job.customerId)).toEqual(
      expect.arrayContaining(lots.map(({ customerId }) => customerId)),
    );
  });
});

describe('a release that is to come out later (B-27)', () => {
  const COMES_OUT = '2026-03-20T09:00:00Z';
  const AFTER_THAT = '2026-03-20T09:00:00.001Z';
  const context = (at: string) => ({ now: instant(at), addJob: async (_em: unknown, job: Job) => void under.jobs.push(job) });
  const announced = async (version: string) => {
    const [reference, ticketId] = [await bugOf(), await ticketOf()];
    await link(ticketId, reference);
    const { lot } = await charge(ticketId, 40);
    under.jobs.length = 0;
    const release = await publish(version, [reference], { publishedAt: instant(COMES_OUT) });
    const outcome = async () => [await standing(reference), await told(ticketId), await availableIn(lot)];
    return { release, reference, outcome, fixed: [`${version} at ${COMES_OUT}`, [[reference, version, 40]], 40] };
  };
  const comeOut = (release: string, at: string) =>
    withVendorSession(under.database, (session) => fixReleased(session, context(at), release));
  const sweep = (at: string) => withVendorSession(under.database, (session) => sweepReleases(session, context(at), 10));
  const NOTHING_YET = [null, [], 0];

  test('fixes nothing before that instant, and then tells its reporters and pays them back, once', async () => {
    const { release, outcome, fixed } = await announced('3.0');
    const job = { queue: 'release-published', releaseId: release, dueAt: instant(COMES_OUT) };
    expect([await outcome(), under.jobs]).toEqual([NOTHING_YET, [job]]);
    await comeOut(release, '2026-03-20T08:59:59.999Z');
    expect([await outcome(), under.jobs]).toEqual([NOTHING_YET, [job, job]]);
    for (const at of [COMES_OUT, AFTER_THAT]) await comeOut(release, at);
    expect(await outcome()).toEqual(fixed);
  });

  test('and is taken back before never fixes anything', async () => {
    const { release, outcome } = await announced('3.1');
    await asVendor(under.database, (em) => withdrawRelease(em, release, instant(AT)));
    await comeOut(release, AFTER_THAT);
    await sweep(AFTER_THAT);
    expect(await outcome()).toEqual(NOTHING_YET);
  });

  test('is made up for by a sweep where its job was lost', async () => {
    const { outcome, fixed } = await announced('3.2');
    await sweep('2026-03-20T08:59:59.999Z');
    expect(await outcome()).toEqual(NOTHING_YET);
    for (const at of [AFTER_THAT, AFTER_THAT]) await sweep(at);
    expect(await outcome()).toEqual(fixed);
  });

  test('changes nothing where another release fixed the fault first', async () => {
    const { release, reference, outcome } = await announced('3.4');
    await publish('3.3', [reference]);
    const first = [`3.3 at ${AT}`, [[reference, '3.3', 40]], 40];
    expect(await outcome()).toEqual(first);
    await comeOut(release, AFTER_THAT);
    expect(await outcome()).toEqual(first);
  });
});

describe('many reporters', () => {
  /** More tickets like one that is linked: hundreds through the use cases would take seconds. */
  const copies = (ticketId: string, number: number) =>
    withVendorSession(under.database, (session) =>
      session.query({
        name: 'copy-tickets',
        text: `insert into ticket select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'seq', nextval('ticket_seq')))).*
          from ticket t, generate_series(1, $2::int) where t.id = $1`,
        values: [ticketId, number],
      }),
    );
  const reported = async (number: number) => {
    const reference = await bugOf();
    // Nobody opens tickets for these afterwards: a copy has no log.
    const email = `${reference}@shop.example`;
    const purchaseId = await under.buy({ sku: 'PREPAID', email, purchasedAt: '2026-02-01T09:00:00Z' });
    const ticketId = await ticketOf('PREPAID', customerActor(await under.customer(email)), purchaseId);
    await link(ticketId, reference);
    await copies(ticketId, number - 1);
    return { reference, ticketId };
  };

  test('who were charged nothing take as many statements as one', async () => {
    const counted: number[] = [];
    for (const [index, number] of [1, 50].entries()) {
      const { reference } = await reported(number);
      under.database.statements.length = 0;
      await publish(`1.8.${index}`, [reference]);
      counted.push(under.database.statements.length);
    }
    expect(counted[1]).toBe(counted[0]);
    expect(counted[0]).toBeLessThanOrEqual(14);
  });

  test('are bounded: beyond the most neither is another linked nor the release published', async () => {
    const { reference, ticketId } = await reported(MAX_REPORTERS);
    expect((await link(await ticketOf(), reference)).userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'reference'] }]);
    await copies(ticketId, 1);
    const refused = await outcomeOf(() => publish('1.9', [reference]));
    expect(refused.userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'changelog'] }]);
    expect([await standing(reference), await told(ticketId)]).toEqual([null, []]);
  });
});

test('a fault is seen by customers who reported it alone', async () => {
  const [reference, other] = [await bugOf(), await bugOf()];
  await link(await ticketOf(), reference);
  const ben = customerActor(await under.customer('ben@shop.example'));
  const seen = (actor: Actor) => under.act(actor, AT, ({ em }) => em.find(BugReport, { reference: { $in: [reference, other] } }));
  expect((await seen(customerActor(ada))).map((bug) => bug.reference)).toEqual([reference]);
  expect(await seen(ben)).toEqual([]);
});
