import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { customerOf, euros, instant } from '../support/vendor.js';
import { type Command, command, mistakes } from './commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, rowPrints } from './gateway-under-test.js';
import { newWork, type TimeUnderTest, timeUnderTest } from './time-under-test.js';

let under: GatewayUnderTest;
let time: TimeUnderTest;
let shop: string;
let annex: string;

beforeAll(async () => {
  under = await gatewayUnderTest();
  time = await timeUnderTest(under.gateway.database);
  shop = await time.project(under.vendor.ada.id, 'Shop');
  annex = await time.project(under.vendor.ada.id, 'Annex');
});
afterAll(() => under.close());

let keys = 0;
const LEDGER = 'timeLedger { availableMinutes heldMinutes unassignedMinutes spentMinutes voidedMinutes grantedMinutes }';
const LOT = 'timeLot { id source initialMinutes availableMinutes project { name } endsAt priority price { amount } }';
const ENTRY =
  'timeEntry { id kind rule reason actorKind change { availableMinutes voidedMinutes spentMinutes grantedMinutes } reverses { id } }';
const FIELDS = `${LEDGER} ${LOT} ${ENTRY} reasons { code effect rule clause message facts { name value } remedy }`;

function send(name: string, input: object, asker: Asker = 'staff'): Promise<Command> {
  keys += 1;
  return command(under, name, FIELDS, { idempotencyKey: `key ${keys}`, ...input }, asker);
}
const lotId = (id: string) => toGlobalId('TimeLot', id);
const projectId = (id: string) => toGlobalId('Project', id);
const ada = () => toGlobalId('Customer', under.vendor.ada.id);

/** Prints of all rows but the answers kept for idempotency keys: a refusal is kept there, and nowhere else. */
async function prints() {
  const { idempotency_key: _, ...rest } = await rowPrints(under.gateway);
  return rest;
}

/** The command is refused by the ledger for one reason alone, and wrote nothing. */
async function refused(name: string, input: object, asker: Asker = 'staff') {
  const before = await prints();
  const { reasons, userErrors, ...rest } = await send(name, input, asker);
  expect(await prints()).toEqual(before);
  expect([userErrors, Object.values(rest).filter((value) => value !== null)]).toEqual([[], []]);
  expect(reasons).toHaveLength(1);
  return reasons[0];
}

/** The mistakes of a command; nothing was written. */
async function mistaken(name: string, input: object, asker: Asker = 'staff') {
  const before = await rowPrints(under.gateway);
  const { reasons, userErrors, ...rest } = await send(name, input, asker);
  expect(await rowPrints(under.gateway)).toEqual(before);
  expect([reasons, Object.values(rest).filter((value) => value !== null)]).toEqual([[], []]);
  return mistakes({ userErrors });
}

/** A customer of its own for a story, with a project of its own. */
async function customer() {
  keys += 1;
  const id = await customerOf(under.gateway.database, `story-${keys}@shop.example`);
  return { id, project: await time.project(id, `Project ${keys}`) };
}
const figuresOf = async (id: string) =>
  (await under.data('staff', `query ($id: ID!) { it: customer(id: $id) { ${LEDGER} } }`, { id: toGlobalId('Customer', id) })).it.timeLedger;
const figures = (some: Record<string, number>) => ({
  availableMinutes: 0,
  heldMinutes: 0,
  unassignedMinutes: 0,
  spentMinutes: 0,
  voidedMinutes: 0,
  grantedMinutes: Object.values(some).reduce((sum, minutes) => sum + minutes, 0),
  ...some,
});

describe('assigning time to a project (B-06)', () => {
  test('the policy’s example: 600 bought, 300 assigned, 60 reserved', async () => {
    const { id } = under.vendor.ada;
    const bought = await time.grant(id, { minutes: 600, at: '2026-03-01T10:00:00Z', price: euros(50_000n) });
    await expect(time.hold(id, shop, 60, '2026-03-02T10:00:00Z')).rejects.toThrow('until assigned to the project');
    const assigned = await send('timeLotAssign', { lotId: lotId(bought), projectId: projectId(shop), minutes: 300 }, 'ada');
    expect(assigned).toMatchObject({
      reasons: [],
      userErrors: [],
      timeLedger: { availableMinutes: 300, unassignedMinutes: 300 },
      timeLot: { source: 'PURCHASED', initialMinutes: 300, project: { name: 'Shop' }, endsAt: null, price: { amount: '250.00' } },
      timeEntry: { kind: 'ASSIGN', rule: 'B-06', reason: 'Assigned to Shop.', actorKind: 'CUSTOMER' },
    });
    await time.hold(id, shop, 60, '2026-03-10T10:00:00Z');
    expect(await figuresOf(id)).toEqual(figures({ unassignedMinutes: 300, availableMinutes: 240, heldMinutes: 60 }));
  });

  test('is undone by staff alone, and only for untouched minutes', async () => {
    const { id, project } = await customer();
    const lot = await time.grant(id, { minutes: 100, at: '2026-03-01T10:00:00Z', projectId: project });
    await time.hold(id, project, 30, '2026-03-02T10:00:00Z');
    const input = { lotId: lotId(lot), minutes: 71, reason: 'Meant for another.' };
    for (const asker of ['ada', 'partner'] as const) {
      const answer = await under.ask(
        asker,
        'mutation ($input: TimeLotUnassignInput!) { timeLotUnassign(input: $input) { reasons { code } } }',
        {
          input: { ...input, idempotencyKey: 'any' },
        },
      );
      expect(answer.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
    expect(await refused('timeLotUnassign', input)).toMatchObject({ code: 'TIME_NOT_ENOUGH', rule: 'B-06' });
    const back = await send('timeLotUnassign', { ...input, minutes: 70 });
    expect(back).toMatchObject({
      timeLot: { initialMinutes: 70, project: null },
      timeEntry: { kind: 'ASSIGN', reason: 'Meant for another.', actorKind: 'STAFF' },
      timeLedger: { unassignedMinutes: 70, heldMinutes: 30, availableMinutes: 0 },
    });
    expect(await refused('timeLotUnassign', { ...input, lotId: back.timeLot.id, minutes: 1 })).toMatchObject({ code: 'LOT_UNASSIGNED' });
  });

  test.each([
    { lot: { projectId: 'own' }, minutes: 1, code: 'LOT_ASSIGNED', because: 'it is assigned already' },
    { lot: {}, minutes: 41, code: 'TIME_NOT_ENOUGH', because: 'there are only 40' },
    { lot: { endsAt: instant('2026-03-10T10:00:00Z') }, minutes: 1, code: 'LOT_ENDED', because: 'it ends at this very instant' },
  ])('is refused with $code, because $because', async ({ lot: { projectId: on, ...lot }, minutes, code }) => {
    const { id, project } = await customer();
    const granted = await time.grant(id, { minutes: 40, at: '2026-03-01T10:00:00Z', projectId: on === undefined ? null : project, ...lot });
    const reason = await refused('timeLotAssign', { lotId: lotId(granted), projectId: projectId(project), minutes });
    expect(reason).toMatchObject({ code, effect: 'REFUSES' });
    // What it is about is named as the API names it.
    for (const { name, value } of reason.facts) if (name === 'lot') expect(value).toBe(lotId(granted));
  });

  test.each([
    { change: { minutes: 0 }, mistake: ['INVALID', 'input.minutes'], because: 'none is nothing to assign' },
    { change: { minutes: -1 }, mistake: ['INVALID', 'input.minutes'], because: 'less than none neither' },
    { change: { lotId: 'lot_junk' }, mistake: ['NOT_FOUND', 'input.lotId'], because: 'it is no id' },
    { change: { projectId: 'prj_junk' }, mistake: ['NOT_FOUND', 'input.projectId'], because: 'nor is that' },
    { change: { idempotencyKey: ' ' }, mistake: ['REQUIRED', 'input.idempotencyKey'], because: 'a key says something' },
    { change: { reason: 'x'.repeat(1_001) }, mistake: ['INVALID', 'input.reason'], because: 'it is too long for a journal' },
  ])('needs $mistake mended, because $because', async ({ change, mistake }) => {
    const { id, project } = await customer();
    const lot = await time.grant(id, { minutes: 40, at: '2026-03-01T10:00:00Z' });
    expect(await mistaken('timeLotAssign', { lotId: lotId(lot), projectId: projectId(project), minutes: 1, ...change })).toEqual([mistake]);
  });

  test('does not reach the project of another customer, whoever asks', async () => {
    const [one, other] = [await customer(), await customer()];
    const lot = await time.grant(one.id, { minutes: 40, at: '2026-03-01T10:00:00Z' });
    const input = { lotId: lotId(lot), projectId: projectId(other.project), minutes: 1 };
    expect(await mistaken('timeLotAssign', input)).toEqual([['NOT_FOUND', 'input.projectId']]);
    expect(await mistaken('timeLotAssign', { ...input, projectId: projectId(annex) }, 'ada')).toEqual([['NOT_FOUND', 'input.lotId']]);
  });

  test('is done once for a key, and a key serves one request', async () => {
    const { id, project } = await customer();
    const lot = await time.grant(id, { minutes: 40, at: '2026-03-01T10:00:00Z' });
    const input = { idempotencyKey: 'once', lotId: lotId(lot), projectId: projectId(project), minutes: 10 };
    const [first, second] = [await send('timeLotAssign', input), await send('timeLotAssign', input)];
    expect(second).toEqual(first);
    expect(await figuresOf(id)).toEqual(figures({ availableMinutes: 10, unassignedMinutes: 30 }));
    expect(await mistaken('timeLotAssign', { ...input, minutes: 11 })).toEqual([['IDEMPOTENCY_KEY_REUSED', 'input.idempotencyKey']]);
    const refusal = { ...input, idempotencyKey: 'refused once', minutes: 31 };
    expect((await send('timeLotAssign', refusal)).reasons).toEqual((await send('timeLotAssign', refusal)).reasons);
  });

  test('goes on while an alarm stops the ledger', async () => {
    const { id, project } = await customer();
    const lot = await time.grant(id, { minutes: 40, at: '2026-03-01T10:00:00Z' });
    await time.alarm(id, '2026-03-02T02:00:00Z');
    expect((await send('timeLotAssign', { lotId: lotId(lot), projectId: projectId(project), minutes: 10 })).reasons).toEqual([]);
    await expect(time.hold(id, project, 5, '2026-03-10T10:00:00Z')).rejects.toThrow('clearing up a difference');
  });
});

describe('included time (B-04)', () => {
  test('is suspended when its term has ended, and usable again once that is renewed', async () => {
    const { id, purchases } = under.vendor.ada;
    const purchaseId = purchases.prepaid ?? '';
    const lot = await time.grant(id, { minutes: 120, at: '2025-11-30T10:00:00Z', source: 'INCLUDED', projectId: annex, purchaseId });
    const query = `query ($id: ID!) { node(id: $id) { ... on TimeLot { phase availableMinutes suspendedMinutes } } }`;
    const stands = async () => (await under.data('ada', query, { id: lotId(lot) })).node;
    expect(await stands()).toEqual({ phase: 'SUSPENDED', availableMinutes: 0, suspendedMinutes: 120 });
    const renewal = { idempotencyKey: 'renew', purchaseId: toGlobalId('Purchase', purchaseId), origin: 'GOODWILL', orderNumber: 'G-7' };
    expect(mistakes(await command(under, 'supportTermRenew', 'supportTerm { endsOn }', renewal))).toEqual([]);
    expect(await stands()).toEqual({ phase: 'USABLE', availableMinutes: 120, suspendedMinutes: 0 });
  });
});

describe('giving time (B-27)', () => {
  const gift = { minutes: 30, supportPolicyName: 'prepaid-support', reason: 'For the trouble.' };

  test('makes a lot of goodwill that is usable at once, through its last day on the policy’s calendar', async () => {
    const { id, project } = await customer();
    const given = await send('timeGrant', {
      ...gift,
      customerId: toGlobalId('Customer', id),
      projectId: projectId(project),
      lastDay: '2026-03-31',
      priority: 10,
    });
    expect(given).toMatchObject({
      timeLot: { source: 'GOODWILL', initialMinutes: 30, availableMinutes: 30, endsAt: '2026-03-31T21:00:00Z', priority: 10, price: null },
      timeEntry: { kind: 'GRANT', rule: 'B-27', reason: 'For the trouble.', actorKind: 'STAFF', change: { grantedMinutes: 30 } },
      timeLedger: { availableMinutes: 30 },
      reasons: [],
    });
    const { timeLot } = await send('timeGrant', { ...gift, customerId: toGlobalId('Customer', id) });
    expect(timeLot).toMatchObject({ endsAt: null, priority: 50, project: null });
    expect(await figuresOf(id)).toEqual(figures({ availableMinutes: 30, unassignedMinutes: 30 }));
  });

  test.each([
    { change: { minutes: 0 }, mistake: ['INVALID', 'input.minutes'], because: 'nothing is no gift' },
    { change: { minutes: 100_001 }, mistake: ['INVALID', 'input.minutes'], because: 'nobody gives so much' },
    { change: { priority: -1 }, mistake: ['INVALID', 'input.priority'], because: 'places count from 0' },
    { change: { lastDay: '2026-03-09' }, mistake: ['INVALID', 'input.lastDay'], because: 'that day is over' },
    { change: { supportPolicyName: 'none' }, mistake: ['NOT_FOUND', 'input.supportPolicyName'], because: 'there is no such policy' },
    { change: { customerId: 'cus_junk' }, mistake: ['NOT_FOUND', 'input.customerId'], because: 'it is no id' },
    { change: { projectId: 'prj_junk' }, mistake: ['NOT_FOUND', 'input.projectId'], because: 'nor is that' },
    { change: { reason: ' ' }, mistake: ['REQUIRED', 'input.reason'], because: 'the journal tells why' },
  ])('needs $mistake mended, because $because', async ({ change, mistake }) => {
    expect(await mistaken('timeGrant', { ...gift, customerId: ada(), ...change })).toEqual([mistake]);
  });
});

describe('taking time out (B-28)', () => {
  test('the policy’s example: of 600 with 200 spent, 400 are voided', async () => {
    const { id, project } = await customer();
    const lot = await time.grant(id, { minutes: 600, at: '2026-03-01T10:00:00Z', projectId: project });
    const work = newWork();
    const hold = await time.hold(id, project, 200, '2026-03-02T10:00:00Z', work);
    await time.settle(id, project, hold, work, 200, '2026-03-03T10:00:00Z');
    await time.hold(id, project, 50, '2026-03-04T10:00:00Z');
    const input = { lotId: lotId(lot), reason: 'The bank took the money back.' };
    expect(await send('timeLotVoid', input)).toMatchObject({
      timeLot: { id: lotId(lot), availableMinutes: 0 },
      timeEntry: { kind: 'VOID', rule: 'B-28', reason: 'The bank took the money back.' },
      timeLedger: figures({ spentMinutes: 200, voidedMinutes: 400 }),
    });
    expect(await refused('timeLotVoid', input)).toMatchObject({ code: 'LOT_USED_UP', rule: 'B-28' });
  });

  test('takes no more than it is told to', async () => {
    const { id, project } = await customer();
    const lot = await time.grant(id, { minutes: 60, at: '2026-03-01T10:00:00Z', projectId: project });
    await send('timeLotVoid', { lotId: lotId(lot), minutes: 20, reason: 'A third was paid back.' });
    expect(await figuresOf(id)).toEqual(figures({ availableMinutes: 40, voidedMinutes: 20 }));
  });

  test.each([
    { change: { minutes: 0 }, mistake: ['INVALID', 'input.minutes'] },
    { change: { reason: '' }, mistake: ['REQUIRED', 'input.reason'] },
    { change: { lotId: 'lot_junk' }, mistake: ['NOT_FOUND', 'input.lotId'] },
  ])('needs $mistake mended', async ({ change, mistake }) => {
    const { id } = await customer();
    const lot = await time.grant(id, { minutes: 60, at: '2026-03-01T10:00:00Z' });
    expect(await mistaken('timeLotVoid', { lotId: lotId(lot), reason: 'Paid back.', ...change })).toEqual([mistake]);
  });
});

describe('undoing an entry (B-27, B-28)', () => {
  /** The ids of a customer’s entries, the oldest first. */
  async function entriesOf(id: string): Promise<{ id: string; kind: string; reversedBy: { id: string } | null }[]> {
    const query = `query ($id: ID!) { it: customer(id: $id) { timeLedger { entries { edges { node { id kind reversedBy { id } } } } } } }`;
    const { it } = await under.data('staff', query, { id: toGlobalId('Customer', id) });
    return it.timeLedger.entries.edges.map(({ node }: { node: object }) => node).reverse();
  }
  const reason = 'The fault was the add-on’s own.';

  test('gives charged time back, once, and the journal tells both entries of each other', async () => {
    const { id, project } = await customer();
    await time.grant(id, { minutes: 120, at: '2026-03-01T10:00:00Z', projectId: project });
    const work = newWork();
    const hold = await time.hold(id, project, 90, '2026-03-02T10:00:00Z', work);
    await time.settle(id, project, hold, work, 70, '2026-03-03T10:00:00Z');
    const [granted, held, settled] = await entriesOf(id);
    const undone = await send('timeEntryReverse', { entryId: settled?.id, reason });
    expect(undone).toMatchObject({
      timeLot: null,
      timeEntry: {
        kind: 'REVERSE',
        rule: 'B-27',
        reason,
        change: { availableMinutes: 70, spentMinutes: -70 },
        reverses: { id: settled?.id },
      },
      timeLedger: figures({ availableMinutes: 120 }),
    });
    expect((await entriesOf(id)).map(({ kind, reversedBy }) => [kind, reversedBy?.id ?? null])).toEqual([
      ['GRANT', null],
      ['HOLD', null],
      ['SETTLE', undone.timeEntry.id],
      ['REVERSE', null],
    ]);
    expect(await refused('timeEntryReverse', { entryId: settled?.id, reason })).toMatchObject({
      code: 'JOURNAL_ENTRY_REVERSED',
      facts: expect.arrayContaining([{ name: 'reversedBy', value: undone.timeEntry.id }]),
    });
    expect(await refused('timeEntryReverse', { entryId: undone.timeEntry.id, reason })).toMatchObject({ code: 'JOURNAL_ENTRY_FINAL' });
    expect(await refused('timeEntryReverse', { entryId: held?.id, reason })).toMatchObject({ code: 'JOURNAL_ENTRY_FINAL' });
    // Nothing of the grant is reserved or used any more, so that it can be undone in turn.
    expect((await send('timeEntryReverse', { entryId: granted?.id, reason })).timeLedger).toEqual(figures({}));
  });

  test('of time that has ended gives goodwill for thirty days', async () => {
    const { id, project } = await customer();
    await time.grant(id, { minutes: 60, at: '2026-03-01T10:00:00Z', projectId: project, endsAt: instant('2026-03-05T21:00:00Z') });
    const work = newWork();
    const hold = await time.hold(id, project, 60, '2026-03-02T10:00:00Z', work);
    await time.settle(id, project, hold, work, 45, '2026-03-03T10:00:00Z');
    const [, , settled] = await entriesOf(id);
    expect(await send('timeEntryReverse', { entryId: settled?.id, reason })).toMatchObject({
      timeLot: { source: 'GOODWILL', initialMinutes: 45, availableMinutes: 45, endsAt: '2026-04-09T21:00:00Z' },
      timeEntry: { kind: 'REVERSE', rule: 'B-27' },
    });
  });

  test('of a grant is refused when part of it was reserved', async () => {
    const { id, project } = await customer();
    await time.grant(id, { minutes: 60, at: '2026-03-01T10:00:00Z', projectId: project });
    await time.hold(id, project, 10, '2026-03-02T10:00:00Z');
    const [granted] = await entriesOf(id);
    expect(await refused('timeEntryReverse', { entryId: granted?.id, reason })).toMatchObject({ code: 'LOT_TOUCHED', rule: 'B-28' });
  });

  test.each([
    { input: { entryId: 'ent_junk', reason }, mistake: ['NOT_FOUND', 'input.entryId'] },
    { input: { entryId: 'ent_junk', reason: '' }, mistake: ['REQUIRED', 'input.reason'] },
  ])('needs $mistake mended', async ({ input, mistake }) => {
    expect(await mistaken('timeEntryReverse', input)).toEqual([mistake]);
  });
});
