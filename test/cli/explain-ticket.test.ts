import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Addon } from '../../src/persistence/addon.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { askFacts, supplyFacts } from '../../src/use-cases/ticket-facts.js';
import { refuseTicket } from '../../src/use-cases/ticket-intake.js';
import { filesOf, recordManifest, reportCode } from '../support/reported-code.js';
import { customerStore } from '../support/vendor.js';
import { reportOf, type Shop, STAFF, type WorkUnderTest, workUnderTest } from '../use-cases/work-under-test.js';
import { run } from './cli-under-test.js';

/** Friday, in Paris 16:59. */
const FRIDAY = '2026-03-06T15:59:00Z';
const MAY = '2026-05-01T09:00:00Z';
const STATED = { steps: 's', expected: 'e', actual: 'a', platformVersion: '2.4.6', installedVersion: '1.0' };

let under: WorkUnderTest;
let shop: Shop;
let missed: string;
let number: number;

beforeAll(async () => {
  under = await workUnderTest();
  shop = await under.shop();
  const purchaseId = await under.buy({ sku: 'FILTER', email: shop.email, purchasedAt: '2026-03-01T09:00:00Z' });
  const request = { projectId: null, purchaseId, request: 'CORRECTION', report: reportOf('Prices\u001b[2J', STATED) } as const;
  missed = await under.queued(shop, FRIDAY, { complexity: 'S' }, request);
  const question = { ticketId: missed, question: 'Which theme?', facts: ['theme'] };
  await under.done(under.on(STAFF, '2026-03-16T12:00:00Z', askFacts, question));
  const answer = { ticketId: missed, facts: [{ name: 'theme', value: 'Luma' }], message: null };
  await under.done(under.on(shop.actor, '2026-03-18T10:00:00Z', supplyFacts, answer));
  number = (await under.ticket(missed, MAY)).state.seq;
});
afterAll(() => under.database.close());

const cli = (...argv: string[]) => run(argv, under.database);
const linesOf = (text: string): string[] => text.split('\n');

describe('explain, of a ticket', () => {
  test('tells its decisions with facts, reasons and clauses, under the version that it is pinned to', async () => {
    const { exitCode, out, err } = await cli('explain', toGlobalId('Ticket', missed), '--at', MAY);
    expect([exitCode, err]).toEqual([0, '']);
    expect(linesOf(out)).toEqual(
      expect.arrayContaining([
        'Subject         Prices\ufffd[2J',
        `Customer        ${shop.email}`,
        expect.stringMatching(/^Support policy {2}technical-support version 1, /),
        expect.stringMatching(/^Content hash {4}[0-9a-f]{64}$/),
        `  ENTITLED, coverage CORRECTION, charge FREE, at the submission of ${FRIDAY}`,
        `  ENTITLED, coverage CORRECTION, charge FREE, at the classification of ${FRIDAY}`,
        expect.stringMatching(/^ {4}1\. GRANTS COVERED /),
        '       rule A-13, clause "Conditions"',
        expect.stringMatching(/^ {4}rested on \{.*"rootCause":"UNKNOWN"/),
      ]),
    );
  });

  test('tells which files of the add-on differ from the vendor’s, and what else touches it', async () => {
    const { database } = under;
    const storeId = await customerStore(database, shop.id, 'code.example');
    const addonId = await withVendorSession(database, async ({ em }) => (await em.findOneOrFail(Addon, { sku: 'FILTER' })).id);
    await recordManifest(database, { addonSku: 'FILTER', version: '1.0', label: '1.0 for Magento' }, { 'a.php': 'a', 'i18n/fr.csv': 'a' });
    const files = filesOf({ 'a.php': '0', 'i18n/fr.csv': '0', 'b.php': '0' });
    await reportCode(database, { storeId, addonId, at: '2026-03-05T03:00:00Z', version: '1.0', files });
    const purchaseId = await under.buy({ sku: 'FILTER', email: shop.email, purchasedAt: '2026-03-01T09:00:00Z' });
    const ticketId = await under.opened(shop.actor, FRIDAY, { purchaseId, storeId, report: reportOf('Code', STATED) });
    const { out } = await cli('explain', toGlobalId('Ticket', ticketId), '--at', MAY);
    const section = out.slice(out.indexOf('\nCode of the add-on\n') + 1, out.indexOf('\n\nPlace in'));
    expect(linesOf(section).map((line) => line.trimEnd())).toEqual([
      'Code of the add-on',
      '  MODIFIED, as reported at 2026-03-05T03:00:00Z',
      '    version     1.0',
      '    path        app/code/Vendor/Filter',
      '    build       1.0 for Magento',
      '    touched by  OVERRIDE override/classes/Product.php: Product',
      '    FILE         DIFFERS  COUNTS AS',
      '    a.php        CHANGED  code',
      '    b.php        EXTRA    code',
      '    i18n/fr.csv  CHANGED  not code',
    ]);
    expect((await cli('explain', `#${number}`, '--at', MAY)).out).toContain('the store reported nothing of it');
    const told = JSON.parse((await cli('explain', toGlobalId('Ticket', ticketId), '--at', MAY, '--json')).out);
    expect(told.code).toMatchObject({ result: 'MODIFIED', files: [{ path: 'a.php' }, {}, {}], touches: [{ kind: 'OVERRIDE' }] });
  });

  test('tells the days of its deadline, and what follows from having missed it', async () => {
    const { out } = await cli('explain', `#${number}`, '--at', MAY);
    expect(linesOf(out)).toEqual(
      expect.arrayContaining([
        '  MISSED CORRECTION, rule A-09',
        '    due at        2026-04-21T22:00:00Z',
        '    2026-03-06                0      day 0, which never counts',
        '    2026-03-07 to 2026-03-08  0      not counted: no opening hours',
        '    2026-03-17                6      not counted: waiting for the customer all day: "Which theme?"',
        '    2026-04-06                19     not counted: closed by the calendar',
        expect.stringMatching(/^ {4}2026-04-20 to 2026-04-21 {2}30 +counted$/),
        '  RUNNING REFUND_OFFER, rule A-12',
      ]),
    );
  });

  test('looks back: what had not happened by then is not told', async () => {
    const { out } = await cli('explain', `#${number}`, '--at', '2026-03-17T12:00:00Z');
    expect(out).toContain('AWAITING_CUSTOMER since 2026-03-16T12:00:00Z');
    expect(out).toContain('PAUSED CORRECTION');
    expect(out).toMatch(/2026-03-17 +6 +open: waiting for the customer: "Which theme\?"\n/);
    expect(out).not.toContain('REFUND_OFFER');
  });

  test('tells a place in the queue, or that there is none', async () => {
    const refused = await under.opened(shop.actor, MAY, { projectId: shop.projectId, purchaseId: null, ...(await prepaid()) });
    await under.done(under.on(STAFF, MAY, refuseTicket, { ticketId: refused, message: 'We do not write modules.' }));
    expect((await cli('explain', `#${number}`, '--at', MAY)).out).toMatch(
      /place +1 of 1 ready\n +counted from +2026-03-06T15:59:00Z, when/,
    );
    expect((await cli('explain', toGlobalId('Ticket', refused), '--at', MAY)).out).toContain('none: it is not waiting to be worked on');
  });

  test('gives the same as JSON, with the id that the API gives', async () => {
    const { out } = await cli('explain', `#${number}`, '--at', MAY, '--json');
    const told = JSON.parse(out);
    expect(told.ticket).toMatchObject({ id: toGlobalId('Ticket', missed), number, status: 'QUEUED' });
    expect(told.deadlines[0].days.at(-1)).toMatchObject({ kind: 'COUNTED', countedDays: 30 });
  });

  test.each([
    ['#999999', 3, 'no ticket has this number'],
    ['tic_01jv8m3k7ce5qsb1kz6b3w9f2x', 3, 'no ticket has this id'],
    ['#0', 2, 'numbers count from 1'],
    ['tic_x', 2, 'this is no id'],
  ])('%s ends with %s, because %s', async (text, code) => {
    const { exitCode, out } = await cli('explain', text);
    expect([exitCode, out]).toEqual([code, '']);
  });

  test('before it was opened, there is none', async () => {
    expect((await cli('explain', `#${number}`, '--at', '2026-03-06T15:58:59Z')).exitCode).toBe(3);
  });
});

/** A request that is left to the vendor, so that it may be refused. */
async function prepaid() {
  await under.giveTime(shop, 30, MAY);
  return { request: 'CUSTOM_DEVELOPMENT', report: reportOf('A module of our own') } as const;
}

describe('statement', () => {
  test('tells opening, entries with reason, rule and ticket, and closing', async () => {
    const of = await under.shopWith(300, '2026-03-02T09:00:00Z');
    const ticketId = await under.delivered(of, '2026-03-10T09:00:00Z', 90);
    const { seq } = (await under.ticket(ticketId, MAY)).state;
    const { exitCode, out } = await cli('statement', of.email, '--from', '2026-03-03', '--to', '2026-03-10');
    expect(exitCode).toBe(0);
    const rows = linesOf(out).map((line) => line.trim().split(/ {2,}/));
    expect(rows).toEqual(
      expect.arrayContaining([
        ['From', '2026-03-03T00:00:00Z, included'],
        ['To', '2026-03-11T00:00:00Z, not included'],
        ['OPENING', '300', '0', '0', '0', '0'],
        ['2026-03-10T09:00:00Z', 'HOLD', 'B-09', String(seq), 'shop', '-120', '+120', `Reserved for ticket ${seq}.`],
        [
          '2026-03-10T09:00:00Z',
          'SETTLE',
          'B-10',
          String(seq),
          'shop',
          '+30',
          '-120',
          '+90',
          '150.00 EUR',
          expect.stringContaining('90 minutes'),
        ],
        ['CLOSING', '210', '0', '90', '0', '0'],
      ]),
    );
    const csv = await cli('statement', toGlobalId('Customer', of.id), '--from', '2026-03-03', '--to', '2026-03-10', '--csv');
    const lines = csv.out.trim().split(/\r?\n/);
    const kinds = lines.map((line) => line.split(',')[0]);
    expect(kinds).toEqual(['line', 'OPENING', 'ENTRY', 'ENTRY', 'CLOSING', 'LOT_OPENING', 'LOT_CLOSING']);
    expect(lines[4]).toBe('CLOSING,,2026-03-11T00:00:00Z,,,,,,,,210,0,90,0,0,,');
  });

  test.each([
    [['nobody@customer.example'], 3, /There is no customer nobody@customer\.example/, 'nobody has this address'],
    [['shop1@customer.example', '--from', 'yesterday'], 2, /calendar day/, 'this is no day'],
    [['shop1@customer.example', '--from', '2026-03-03', '--to', '2026-03-01'], 4, /to lies before from/, 'it ends before it begins'],
    [[], 2, /missing required argument/, 'no customer is named'],
  ])('statement %j ends with %s, %s, because %s', async (argv, code, told) => {
    const { exitCode, out, err } = await cli('statement', ...argv);
    expect([exitCode, out]).toEqual([code, '']);
    expect(err).toMatch(told);
  });
});
