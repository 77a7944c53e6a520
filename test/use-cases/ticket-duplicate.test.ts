import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { Ticket } from '../../src/persistence/ticket.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { TicketMessage } from '../../src/persistence/ticket-message.js';
import { clocksOf } from '../../src/policy/ticket-clock.js';
import type { Actor } from '../../src/use-cases/actor.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { claimNext, claimTicket } from '../../src/use-cases/ticket-claim.js';
import type { TicketCommand } from '../../src/use-cases/ticket-command.js';
import { mergeTicket } from '../../src/use-cases/ticket-duplicate.js';
import { classifyTicket, expediteTicket } from '../../src/use-cases/ticket-intake.js';
import { openTicket, type TicketOpenInput } from '../../src/use-cases/ticket-open.js';
import { instant } from '../support/vendor.js';
import {
  customerActor,
  type IntakeUnderTest,
  intakeUnderTest,
  NOTHING_SAID,
  PARTNER,
  reportOf,
  requestOf,
  STAFF,
} from './intake-under-test.js';

const EARLY = '2026-03-06T07:00:00Z';
const LATER = '2026-03-06T07:20:00Z';

let under: IntakeUnderTest;
let hers: Actor;
let his: Actor;
const purchases: Record<string, string> = {};
const projects: Record<string, string> = {};
let texts = 0;

beforeAll(async () => {
  under = await intakeUnderTest();
  const [ada, ben] = [await under.customer('ada@shop.example'), await under.customer('ben@shop.example')];
  [hers, his] = [customerActor(ada), customerActor(ben)];
  const purchasedAt = '2025-12-10T09:00:00Z';
  purchases.hers = await under.buy({ sku: 'PREPAID', email: 'ada@shop.example', purchasedAt });
  purchases.gift = await under.buy({ sku: 'GIFT', email: 'ada@shop.example', purchasedAt, listPriceMinor: 0n, paidMinor: 0n });
  purchases.filter = await under.buy({ sku: 'FILTER', email: 'ada@shop.example', purchasedAt });
  purchases.his = await under.buy({ sku: 'PREPAID', email: 'ben@shop.example', purchasedAt });
  projects.one = await under.project(ada, 'one');
  projects.two = await under.project(ada, 'two');
});
afterAll(() => under.database.close());

const ask = (text: string, change: Partial<TicketOpenInput> = {}) =>
  ({ purchaseId: purchases.hers, request: 'ADVICE', needsWorkOnHost: false, report: reportOf(text), ...change }) as const;
const newText = () => `question ${++texts}`;
const classified = async (ticketId: string, at = EARLY) => {
  const input = { request: 'ADVICE', category: 'QUESTION', complexity: 'S', needsWorkOnHost: null, discretionReason: null } as const;
  const versions = { platformVersion: null, installedVersion: null };
  await under.act(STAFF, at, (command) => classifyTicket(command, { idempotencyKey: under.newKey(), ticketId, ...input, ...versions }));
};
const claimed = (ticketId: string, at = EARLY) =>
  under.act(STAFF, at, (command) => claimTicket(command, { idempotencyKey: under.newKey(), ticketId, codeDigest: null }));
const expedited = (ticketId: string) =>
  under.act(STAFF, EARLY, (command) => expediteTicket(command, { idempotencyKey: under.newKey(), ticketId, reason: 'urgent' }));
const merged = (actor: Actor, ticketId: string, originalId: string, at = LATER) =>
  under.act(actor, at, (command) => mergeTicket(command, { idempotencyKey: under.newKey(), ticketId, originalId }));
const stateOf = async (ticketId: string) => (await under.ticket(ticketId, LATER)).state;
const eventsOf = (ticketId: string) =>
  withVendorSession(under.database, ({ em }) => em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } }));
const messagesOf = (ticketId: string) => withVendorSession(under.database, ({ em }) => em.find(TicketMessage, { ticket: ticketId }));

describe('a request with the very same words (B-16)', () => {
  const repetitions: readonly (readonly [string, (text: string) => Partial<TicketOpenInput>, boolean, string])[] = [
    [
      'in other letters and spaces',
      (text) => ({ report: { ...reportOf(text), subject: ` ${text.toUpperCase()}  ` } }),
      true,
      'words are the same in any case',
    ],
    [
      'with a word more',
      (text) => ({ report: { ...reportOf(text), description: `What ${text} is about, please.` } }),
      false,
      'alike is for the customer to say',
    ],
    ['about another add-on', () => ({ purchaseId: purchases.gift }), false, 'each add-on has its own promise'],
    ['on another project', () => ({ projectId: projects.two }), false, 'it may be the same fault in another shop'],
  ];
  test.each(repetitions)('%s merges %#', async (_how, change, isMerged, _because) => {
    const text = newText();
    const original = await under.opened(hers, EARLY, ask(text));
    const repeated = await under.opened(hers, LATER, { ...ask(text), ...change(text) });
    expect([(await stateOf(repeated)).work, (await stateOf(original)).duplicateIds]).toEqual(
      isMerged ? ['MERGED', [repeated]] : ['TRIAGE', []],
    );
  });

  test('is merged by the program, and what was promised for the original keeps its instants', async () => {
    const versions = { platformVersion: '2.4.7', installedVersion: '1.0', steps: 's', expected: 'e', actual: 'a' };
    const fault = { purchaseId: purchases.filter, request: 'CORRECTION', report: reportOf(newText(), versions) } as const;
    const original = await under.opened(hers, EARLY, fault);
    const clocks = async () => {
      const { state, policy } = await under.ticket(original, LATER);
      return [state.submittedAt, ...clocksOf(state, policy.document, instant(LATER)).flatMap(({ kind, dueAt }) => [kind, dueAt])];
    };
    const before = await clocks();
    expect(before).toEqual([instant(EARLY), 'CORRECTION', instant('2026-04-20T22:00:00Z')]);
    const repeated = await under.opened(hers, LATER, fault);
    expect(await clocks()).toEqual(before);
    expect((await eventsOf(repeated)).map(({ kind, actorKind }) => [kind, actorKind])).toEqual([
      ['SUBMITTED', 'CUSTOMER'],
      ['MERGED_INTO', 'PROGRAM'],
    ]);
    expect((await stateOf(repeated)).remedy.state).toBe('STOPPED');
    expect((await stateOf(original)).remedy.state).toBe('RUNNING');
  });

  test('of somebody else is a request of its own', async () => {
    const text = newText();
    const original = await under.opened(hers, EARLY, ask(text));
    const other = await under.opened(his, LATER, { ...ask(text), purchaseId: purchases.his });
    expect([(await stateOf(other)).work, (await stateOf(original)).duplicateIds]).toEqual(['TRIAGE', []]);
  });

  test('and an older e-mail in hand moves nothing back in time', async () => {
    const text = newText();
    const original = await under.opened(hers, LATER, ask(text));
    const email = { messageId: `<${text}>`, receivedAt: instant(EARLY) };
    const older = await under.opened(STAFF, LATER, { ...ask(text), email });
    expect([(await stateOf(older)).work, (await stateOf(original)).queueAt]).toEqual(['TRIAGE', instant(LATER)]);
  });

  test('several times at once is one request, and the others are merged into it', async () => {
    // Once to open the connections, then in step.
    for (let round = 0; round < 3; round += 1) {
      const text = newText();
      const all = await Promise.all(Array.from({ length: 4 }, () => under.opened(hers, LATER, ask(text))));
      const states = await Promise.all(all.map(stateOf));
      expect(states.map(({ work }) => work).sort()).toEqual(['MERGED', 'MERGED', 'MERGED', 'TRIAGE']);
    }
  });
});

describe('a request that is alike (B-16)', () => {
  test('is merged on the word of its customer as it is opened', async () => {
    const original = await under.opened(hers, EARLY, ask(newText()));
    await classified(original);
    const repeated = await under.opened(hers, LATER, { ...ask(newText()), duplicateOf: original });
    expect((await stateOf(repeated)).mergedIntoId).toBe(original);
    expect((await eventsOf(repeated)).at(-1)).toMatchObject({ kind: 'MERGED_INTO', actorKind: 'CUSTOMER', data: { ground: 'CONFIRMED' } });
    expect((await stateOf(original)).queueAt).toEqual(instant(LATER));
  });

  const unconfirmed: readonly (readonly [string, () => Actor, () => Partial<TicketOpenInput>, string])[] = [
    ['a partner', () => PARTNER, () => ({}), 'only the customer says so'],
    ['staff', () => STAFF, () => ({}), 'only the customer says so'],
    ['the customer, about another add-on', () => hers, () => ({ purchaseId: purchases.gift }), 'each add-on has its own promise'],
    ['the customer, of another project', () => hers, () => ({ projectId: projects.one }), 'the project differs'],
  ];
  test.each(unconfirmed)('on the word of %s it is refused whole', async (_who, actor, change, _because) => {
    const original = await under.opened(hers, EARLY, ask(newText()));
    const before = await withVendorSession(under.database, ({ em }) => em.count(Ticket));
    const { ticketId, reasons } = await under.open(actor(), LATER, { ...ask(newText()), ...change(), duplicateOf: original });
    expect([ticketId, reasons.map(({ code }) => code)]).toEqual([null, ['DUPLICATE_NOT_ESTABLISHED']]);
    expect(await withVendorSession(under.database, ({ em }) => em.count(Ticket))).toBe(before);
    expect(await eventsOf(original)).toHaveLength(1);
  });

  test('names no ticket of somebody else', async () => {
    const original = await under.opened(hers, EARLY, ask(newText()));
    const outcomes = await Promise.all(
      [his, STAFF].map((actor) =>
        outcomeOf(() => under.open(actor, LATER, { ...ask(newText()), purchaseId: purchases.his, duplicateOf: original })),
      ),
    );
    for (const { userErrors } of outcomes) expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'duplicateOf'] }]);
  });

  test('is merged afterwards, in that direction alone', async () => {
    const original = await under.opened(hers, EARLY, ask(newText()));
    const repeated = await under.opened(hers, LATER, ask(newText()));
    expect((await merged(hers, original, repeated)).reasons.map(({ code }) => code)).toEqual(['DUPLICATE_NOT_ESTABLISHED']);
    expect((await merged(STAFF, repeated, original)).reasons.map(({ code }) => code)).toEqual(['DUPLICATE_NOT_ESTABLISHED']);
    expect((await merged(hers, repeated, repeated)).reasons.map(({ code }) => code)).toContain('DUPLICATE_NOT_ESTABLISHED');
    expect((await merged(hers, repeated, original)).reasons).toEqual([]);
    expect((await stateOf(repeated)).mergedIntoId).toBe(original);
    expect((await merged(hers, repeated, original)).reasons.map(({ code }) => code)).toContain('TICKET_STATE_FORBIDS');
  });
});

test('once the work has begun, a repetition costs nothing and becomes a comment (B-17)', async () => {
  const report = { subject: newText(), description: 'Which setting?', ...NOTHING_SAID };
  const original = await under.opened(hers, EARLY, ask('', { report }));
  await classified(original);
  await expedited(original);
  expect((await claimed(original)).reasons).toEqual([]);
  const repeated = await under.opened(hers, LATER, ask('', { report }));
  expect([(await stateOf(repeated)).mergedIntoId, (await stateOf(original)).queueAt]).toEqual([original, instant(EARLY)]);
  const [comment, ...more] = await messagesOf(original);
  expect([comment?.body, comment?.visibility, comment?.authorName, more]).toEqual([
    `${report.subject}\n\nWhich setting?`,
    'PUBLIC',
    hers.name,
    [],
  ]);
});

test('taken up and repeated at once, a ticket moves only if it was not taken up yet (B-17)', async () => {
  for (let round = 0; round < 4; round += 1) {
    const text = newText();
    const original = await under.opened(hers, EARLY, ask(text));
    await classified(original);
    await expedited(original);
    const claim = () => claimed(original, LATER);
    const repeat = () => under.opened(hers, LATER, ask(text));
    await Promise.all(round % 2 === 0 ? [claim(), repeat()] : [repeat(), claim()]);
    const log = await eventsOf(original);
    const [claimedAt, absorbedAt] = ['CLAIMED', 'DUPLICATE_ABSORBED'].map((kind) => log.findIndex((event) => event.kind === kind));
    const absorbed = log.find(({ kind }) => kind === 'DUPLICATE_ABSORBED');
    const wasTaken = Number(claimedAt) < Number(absorbedAt);
    expect([claimedAt, absorbedAt].sort()).toEqual([3, 4]);
    expect(absorbed?.data).toMatchObject({ movedTo: wasTaken ? null : { queueAt: { $instant: LATER } } });
    expect(await messagesOf(original)).toHaveLength(wasTaken ? 1 : 0);
    expect((await stateOf(original)).queueAt).toEqual(instant(wasTaken ? EARLY : LATER));
  }
});

describe('the next in the queue is taken up while it is repeated, and one waits for the other (B-17)', () => {
  /** Two commands, of which the second is started when the first has done its work and not ended, and the first ends when the second waits for it. */
  async function inTurn<First, Second>(
    actor: Actor,
    first: (command: TicketCommand) => Promise<First>,
    second: () => Promise<Second>,
  ): Promise<readonly [First, Second]> {
    const [done, waiting] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const one = under.act(actor, LATER, async (command) => {
      const answer = await first(command);
      done.resolve();
      await waiting.promise;
      return answer;
    });
    await Promise.race([done.promise, one]);
    const other = second();
    await Promise.race([someoneWaits(), other]);
    waiting.resolve();
    return Promise.all([one, other]);
  }
  const someoneWaits = () =>
    withVendorSession(under.database, async (session) => {
      const text = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      for (let looks = 0; looks < 1_000; looks += 1) {
        if ((await session.query({ name: 'waiting', text, values: [] })).length > 0) return;
        await pause(10);
      }
      throw new Error('Neither waits for the other.');
    });
  const twoQueued = async (at: string) => {
    const text = newText();
    const original = await under.opened(hers, at, ask(text));
    const next = await under.opened(hers, at, ask(newText()));
    for (const ticketId of [original, next]) await classified(ticketId, at);
    return { text, original, next };
  };
  const claimsNext = (command: TicketCommand) => claimNext(command, { idempotencyKey: under.newKey(), codeDigest: null });

  test('repeated first, it goes to the end, and the one after it is taken up', async () => {
    const { text, original, next } = await twoQueued('2026-03-05T07:00:00Z');
    const repeats = (command: TicketCommand) => openTicket(command, requestOf(under.newKey(), ask(text)));
    const [, claimed] = await inTurn(hers, repeats, () => under.act(STAFF, LATER, claimsNext));
    expect(claimed.ticketId).toBe(next);
    expect([(await stateOf(original)).work, (await stateOf(original)).queueAt]).toEqual(['QUEUED', instant(LATER)]);
  });

  test('taken up first, it stays where it is, and the repetition is a comment on it', async () => {
    const at = '2026-03-04T07:00:00Z';
    const { text, original } = await twoQueued(at);
    const [claimed, repeated] = await inTurn(STAFF, claimsNext, () => under.opened(hers, LATER, ask(text)));
    expect([claimed.ticketId, (await stateOf(repeated)).mergedIntoId]).toEqual([original, original]);
    expect([(await stateOf(original)).work, (await stateOf(original)).queueAt]).toEqual(['IN_PROGRESS', instant(at)]);
    expect(await messagesOf(original)).toHaveLength(1);
  });
});
