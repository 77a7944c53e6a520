import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AccessInformation, AccessReveal, TicketDataKey } from '../../src/persistence/access-information.js';
import { openSession, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { TicketMessage } from '../../src/persistence/ticket-message.js';
import { askAccess, type RevealAnswer, revealAccess, supplyAccess, verifyAccess } from '../../src/use-cases/access-information.js';
import { purgeAccess } from '../../src/use-cases/access-purge.js';
import type { Actor } from '../../src/use-cases/actor.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import type { TicketAnswer } from '../../src/use-cases/ticket-command.js';
import { classifyTicket } from '../../src/use-cases/ticket-intake.js';
import { asVendor, instant, SECRET_KEY } from '../support/vendor.js';
import { customerActor, type IntakeUnderTest, intakeUnderTest, reportOf, STAFF } from './intake-under-test.js';

const AT = '2026-03-10T10:00:00Z';
const SECRET = 'https://shop.example/admin ada p%ssw0rd';

let under: IntakeUnderTest;
let hers: Actor;
let his: Actor;
let purchase: string;
let subjects = 0;

beforeAll(async () => {
  under = await intakeUnderTest();
  hers = customerActor(await under.customer('ada@shop.example'));
  his = customerActor(await under.customer('ben@shop.example'));
  purchase = await under.buy({ sku: 'PREPAID', email: 'ada@shop.example', purchasedAt: '2026-02-01T09:00:00Z' });
});
afterAll(() => under.database.close());

/** A ticket of Ada's for an installation, which needs the admin panel and the files. */
async function installation(): Promise<string> {
  const request = 'STORE_INTERVENTION' as const;
  const ticketId = await under.opened(hers, AT, { purchaseId: purchase, request, report: reportOf(`Access ${++subjects}`) });
  const stated = { needsWorkOnHost: null, platformVersion: null, installedVersion: null, discretionReason: 'Gladly.' };
  const input = { idempotencyKey: under.newKey(), ticketId, request, category: 'INSTALL', complexity: 'S', ...stated };
  const { reasons } = await under.act(STAFF, AT, (command) => classifyTicket(command, input));
  expect(reasons).toEqual([]);
  return ticketId;
}

const codes = ({ reasons }: TicketAnswer) => reasons.map(({ code }) => code);
const ask = async (ticketId: string, items: readonly string[], at = AT) =>
  codes(
    await under.act(STAFF, at, (command) =>
      askAccess(command, { idempotencyKey: under.newKey(), ticketId, items, question: 'May we have it?' }),
    ),
  );
const supply = (ticketId: string, item: string, { secret = SECRET, actor = hers, idempotencyKey = under.newKey() } = {}) =>
  outcomeOf(async () =>
    codes(
      await under.act(actor, AT, (command) =>
        supplyAccess({ ...command, secretKey: SECRET_KEY }, { idempotencyKey, ticketId, item, secret }),
      ),
    ),
  );
const verify = (ticketId: string, item: string, usable: boolean) =>
  outcomeOf(async () =>
    codes(
      await under.act(STAFF, AT, (command) =>
        verifyAccess(command, { idempotencyKey: under.newKey(), ticketId, item, usable, evidence: 'The login page said so.' }),
      ),
    ),
  );
const reveal = (ticketId: string, item: string, actor: Actor = STAFF, secretKey = SECRET_KEY): Promise<RevealAnswer> =>
  under.act(actor, AT, (command) => revealAccess({ ...command, secretKey }, { ticketId, item, reason: 'To install.' }));
const rowsOf = (ticketId: string) =>
  withVendorSession(under.database, ({ em }) => em.find(AccessInformation, { ticket: ticketId }, { orderBy: { id: 'asc' } }));
const workOf = async (ticketId: string) => (await under.ticket(ticketId, AT)).state.work;

describe('asking for access (B-18)', () => {
  test.each([
    { items: ['ADMIN_PANEL', 'FILES'], expected: [], work: 'AWAITING_ACCESS', because: 'an installation requires both' },
    { items: ['DATABASE'], expected: ['ACCESS_NOT_NEEDED'], work: 'QUEUED', because: 'it does not require this' },
    { items: [], expected: ['ACCESS_NOT_NEEDED'], work: 'QUEUED', because: 'nothing is asked for' },
  ])('for $items gives $expected and $work, because $because', async ({ items, expected, work }) => {
    const ticketId = await installation();
    expect(await ask(ticketId, items)).toEqual(expected);
    expect(await workOf(ticketId)).toBe(work);
  });

  test('the ticket goes on when all that was asked for works, and not before', async () => {
    const ticketId = await installation();
    await ask(ticketId, ['ADMIN_PANEL', 'FILES']);
    for (const item of ['ADMIN_PANEL', 'FILES']) expect(await supply(ticketId, item)).toMatchObject({ value: [] });
    expect(await verify(ticketId, 'ADMIN_PANEL', true)).toMatchObject({ value: [] });
    expect(await workOf(ticketId)).toBe('AWAITING_ACCESS');
    expect(await verify(ticketId, 'FILES', true)).toMatchObject({ value: [] });
    expect(await workOf(ticketId)).toBe('QUEUED');
    const checked = (await rowsOf(ticketId)).map(({ item, usable, checkedBy }) => [item, usable, checkedBy]);
    expect(checked).toEqual([
      ['ADMIN_PANEL', true, 'staff:ada'],
      ['FILES', true, 'staff:ada'],
    ]);
    const messages = await withVendorSession(under.database, ({ em }) =>
      em.find(TicketMessage, { ticket: ticketId }, { orderBy: { id: 'asc' } }),
    );
    expect(messages.map(({ visibility, body }) => [visibility, body])).toEqual([
      ['INTERNAL', 'ADMIN_PANEL works: The login page said so.'],
      ['INTERNAL', 'FILES works: The login page said so.'],
    ]);
  });

  test('what does not work is asked for again, with what went wrong', async () => {
    const ticketId = await installation();
    await ask(ticketId, ['FILES']);
    await supply(ticketId, 'FILES');
    expect(await verify(ticketId, 'FILES', false)).toMatchObject({ value: [] });
    const { state } = await under.ticket(ticketId, AT);
    expect([state.work, state.suppliedAccess, state.verifiedAccess]).toEqual(['AWAITING_ACCESS', [], []]);
    const events = await withVendorSession(under.database, ({ em }) =>
      em.find(TicketEvent, { ticket: ticketId, kind: 'ACCESS_REQUESTED' }, { orderBy: { ordinal: 'desc' } }),
    );
    expect(events[0]?.data).toEqual({ items: ['FILES'], question: 'FILES could not be used: The login page said so.' });
    expect((await rowsOf(ticketId))[0]).toMatchObject({ usable: false });
  });

  test.each([
    { item: 'DATABASE', because: 'it was not supplied' },
    { item: 'FILES', because: 'it was deleted' },
  ])('$item cannot be verified, because $because', async ({ item }) => {
    const ticketId = await installation();
    await supply(ticketId, 'FILES');
    await asVendor(under.database, (em) => purgeAccess(em, ticketId, instant(AT)));
    expect((await verify(ticketId, item, true)).userErrors).toMatchObject([{ code: 'NOT_AVAILABLE', path: ['input', 'item'] }]);
  });
});

describe('supplying access (B-18)', () => {
  test('is done once for a key, and a key with another secret is refused', async () => {
    const ticketId = await installation();
    const idempotencyKey = under.newKey();
    expect(await supply(ticketId, 'FILES', { idempotencyKey })).toMatchObject({ value: [] });
    expect(await supply(ticketId, 'FILES', { idempotencyKey })).toMatchObject({ value: [] });
    expect(await rowsOf(ticketId)).toHaveLength(1);
    const other = await supply(ticketId, 'FILES', { idempotencyKey, secret: 'another' });
    expect(other.userErrors.map(({ code }) => code)).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  });

  test('again replaces what was supplied before, which is deleted', async () => {
    const ticketId = await installation();
    await supply(ticketId, 'FILES', { secret: 'with a typo' });
    await supply(ticketId, 'FILES');
    expect((await rowsOf(ticketId)).map(({ sealed, purgedAt }) => [sealed === null, purgedAt === null])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(await reveal(ticketId, 'FILES')).toMatchObject({ secret: SECRET });
  });

  test.each([
    { item: SECRET, because: 'the secret stands in the wrong field' },
    { item: 'files', because: 'the conditions write it otherwise' },
  ])('of $item is refused without repeating it, because $because', async ({ item }) => {
    const ticketId = await installation();
    const { userErrors } = await supply(ticketId, item);
    expect(userErrors).toMatchObject([{ code: 'INVALID', path: ['input', 'item'] }]);
    expect(userErrors[0]?.message).toBe('The conditions of this ticket know ADMIN_PANEL, DATABASE, FILES.');
  });

  test('of somebody else’s ticket is refused like that of none', async () => {
    const ticketId = await installation();
    const foreign = await supply(ticketId, 'FILES', { actor: his });
    expect(foreign.userErrors.map(({ code }) => code)).toEqual(['NOT_FOUND']);
    expect(await supply('01900000-0000-7000-8000-000000000000', 'FILES', { actor: his })).toEqual(foreign);
    expect(await rowsOf(ticketId)).toEqual([]);
  });

  test('seals under a key of the ticket that the vendor’s key wraps', async () => {
    const [one, other] = [await installation(), await installation()];
    for (const ticketId of [one, other]) await supply(ticketId, 'FILES');
    const bytes = await withVendorSession(under.database, async ({ em }) => ({
      keys: await em.find(TicketDataKey, { ticket: { $in: [one, other] } }),
      items: await em.find(AccessInformation, { ticket: { $in: [one, other] } }),
    }));
    const sealed = [...bytes.keys.map(({ sealedKey }) => sealedKey), ...bytes.items.flatMap((row) => row.sealed ?? [])];
    expect(new Set(sealed.map((each) => Buffer.from(each).toString('hex'))).size).toBe(4);
    expect(sealed.some((each) => Buffer.from(each).includes('p%ssw0rd'))).toBe(false);
  });
});

describe('showing access (B-18)', () => {
  const withCredential = (credential: string): Actor => ({ ...STAFF, credential });

  test('is done once in a session, with a reason that is kept', async () => {
    const ticketId = await installation();
    await supply(ticketId, 'FILES');
    const first = withCredential('token:one');
    expect(await reveal(ticketId, 'FILES', first)).toEqual({ ticketId, reasons: [], secret: SECRET });
    const again = await reveal(ticketId, 'FILES', first);
    expect([again.secret, codes(again)]).toEqual([null, ['ACCESS_SHOWN']]);
    expect(again.reasons[0]?.facts).toEqual([
      { name: 'item', value: 'FILES' },
      { name: 'shownTo', value: 'staff:ada' },
      { name: 'shownAt', value: AT },
    ]);
    expect(await reveal(ticketId, 'FILES', withCredential('token:other'))).toMatchObject({ secret: SECRET });
    expect(await reveal(ticketId, 'FILES')).toMatchObject({ secret: SECRET });
    expect(codes(await reveal(ticketId, 'FILES'))).toEqual(['ACCESS_SHOWN']);
    const shown = await withVendorSession(under.database, ({ em }) =>
      em.find(AccessReveal, { accessInformation: { ticket: ticketId } }, { orderBy: { id: 'asc' } }),
    );
    expect(shown.map(({ staffSession, reason }) => [staffSession, reason])).toEqual([
      ['token:one', 'To install.'],
      ['token:other', 'To install.'],
      ['staff:ada', 'To install.'],
    ]);
  });

  test('twice at once shows it once', async () => {
    const ticketId = await installation();
    await supply(ticketId, 'FILES');
    const answers = await Promise.all(Array.from({ length: 5 }, () => reveal(ticketId, 'FILES', withCredential('token:hasty'))));
    expect(answers.filter(({ secret }) => secret !== null)).toHaveLength(1);
    expect(answers.flatMap(codes)).toEqual(Array.from({ length: 4 }, () => 'ACCESS_SHOWN'));
  });

  test.each([
    {
      moved: 'another ticket',
      sql: 'update access_information set sealed = other.sealed from access_information other where access_information.ticket_id = $1 and other.ticket_id = $2',
    },
    {
      moved: 'another ticket with its key',
      sql: 'with k as (update ticket_data_key set sealed_key = other.sealed_key from ticket_data_key other where ticket_data_key.ticket_id = $1 and other.ticket_id = $2) update access_information set sealed = other.sealed from access_information other where access_information.ticket_id = $1 and other.ticket_id = $2',
    },
    { moved: 'another item', sql: `update access_information set item = 'ADMIN_PANEL' where ticket_id = $1 and $2::uuid is not null` },
  ])('what was moved to $moved does not open', async ({ moved, sql }) => {
    const [one, other] = [await installation(), await installation()];
    for (const ticketId of [one, other]) await supply(ticketId, 'FILES');
    await withVendorSession(under.database, (session) => session.query({ name: `moved ${moved}`, text: sql, values: [one, other] }));
    const item = moved === 'another item' ? 'ADMIN_PANEL' : 'FILES';
    await expect(reveal(one, item)).rejects.toThrow('does not open');
    await expect(reveal(other, 'FILES')).resolves.toMatchObject({ secret: SECRET });
  });

  test('needs the vendor’s key', async () => {
    const ticketId = await installation();
    await supply(ticketId, 'FILES');
    await expect(reveal(ticketId, 'FILES', STAFF, new Uint8Array(32).fill(8))).rejects.toThrow('does not open');
    const shown = await withVendorSession(under.database, ({ em }) => em.count(AccessReveal, { accessInformation: { ticket: ticketId } }));
    expect(shown).toBe(0);
  });
});

describe('forgetting access (B-18)', () => {
  test('deletes the key and what it sealed, for good, and harms nothing when done again', async () => {
    const [ticketId, other] = [await installation(), await installation()];
    await supply(ticketId, 'FILES');
    await supply(other, 'FILES');
    for (const at of [AT, '2026-03-11T10:00:00Z']) await asVendor(under.database, (em) => purgeAccess(em, ticketId, instant(at)));
    expect(await rowsOf(ticketId)).toMatchObject([{ sealed: null, purgedAt: instant(AT), item: 'FILES', suppliedBy: hers.name }]);
    expect(await withVendorSession(under.database, ({ em }) => em.count(TicketDataKey, { ticket: ticketId }))).toBe(0);
    const answer = await reveal(ticketId, 'FILES');
    expect([answer.secret, codes(answer)]).toEqual([null, ['ACCESS_PURGED']]);
    expect(await reveal(other, 'FILES')).toMatchObject({ secret: SECRET });
  });

  test('leaves room for what is supplied anew, under a key of its own', async () => {
    const ticketId = await installation();
    await supply(ticketId, 'FILES', { secret: 'the old one' });
    await asVendor(under.database, (em) => purgeAccess(em, ticketId, instant(AT)));
    await supply(ticketId, 'FILES');
    expect(await reveal(ticketId, 'FILES')).toMatchObject({ secret: SECRET });
  });
});

test('a customer’s session sees neither another’s items nor who looked at its own', async () => {
  const ticketId = await installation();
  await supply(ticketId, 'FILES');
  await reveal(ticketId, 'FILES');
  const seen = async (actor: Actor) => {
    const session = openSession(under.database);
    try {
      await setVisibility(session, { sees: 'customer', customerId: actor.customerId ?? '' });
      const { em } = session;
      const items = await em.count(AccessInformation, { ticket: ticketId });
      return [items, await em.count(TicketDataKey, { ticket: ticketId }), await em.count(AccessReveal)];
    } finally {
      session.release();
    }
  };
  expect(await seen(hers)).toEqual([1, 1, 0]);
  expect(await seen(his)).toEqual([0, 0, 0]);
});
