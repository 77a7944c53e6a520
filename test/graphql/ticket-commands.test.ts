import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { mistakes } from './commands.js';
import { type Asker, type GatewayUnderTest, gatewayUnderTest, rowPrints } from './gateway-under-test.js';
import { act, codes, done, newKey, newReport, opened, ticketOf } from './tickets-under-test.js';

let under: GatewayUnderTest;
let filter: string;
beforeAll(async () => {
  under = await gatewayUnderTest();
  under.at('2026-03-10T10:00:00Z');
  filter = toGlobalId('Purchase', under.vendor.ada.purchases.active ?? '');
});
afterAll(() => under.close());

const CLASSIFIED = { request: 'CORRECTION', category: 'CORRECTION', complexity: 'M' };
const inTriage = () => opened(under, 'ada', { purchaseId: filter });
async function queued(): Promise<string> {
  const ticketId = await inTriage();
  await done(under, 'staff', 'ticketClassify', { ticketId, ...CLASSIFIED });
  return ticketId;
}

/** Everything but the keys of commands: a refusal is remembered under its key. */
async function printsOfTickets(): Promise<Record<string, string>> {
  const { idempotency_key: _, ...prints } = await rowPrints(under.gateway);
  return prints;
}

describe('a command that the conditions refuse', () => {
  const consent = { choice: 'EXTRA', capMinutes: 240 };
  const deliver = { loggedEntries: 0, loggedSeconds: 0 };
  test.each<{ by: Asker; name: string; input: object; code: string; because: string }>([
    { by: 'staff', name: 'workLog', input: { seconds: 60, note: 'Looked.' }, code: 'TICKET_STATE_FORBIDS', because: 'it is not worked on' },
    { by: 'staff', name: 'ticketDeliver', input: deliver, code: 'TICKET_STATE_FORBIDS', because: 'there is nothing to hand over' },
    { by: 'ada', name: 'ticketAccept', input: {}, code: 'TICKET_STATE_FORBIDS', because: 'nothing was handed over' },
    { by: 'ada', name: 'ticketReject', input: { reason: 'Bad.' }, code: 'TICKET_STATE_FORBIDS', because: 'nothing was handed over' },
    { by: 'ada', name: 'ticketConsent', input: consent, code: 'TICKET_STATE_FORBIDS', because: 'nobody asked' },
    { by: 'ada', name: 'ticketAppeal', input: { message: 'Look again.' }, code: 'TICKET_STATE_FORBIDS', because: 'it was not refused' },
    { by: 'ada', name: 'refundOfferAccept', input: {}, code: 'REFUND_OFFER_NONE', because: 'nothing was missed' },
    { by: 'ada', name: 'refundOfferDecline', input: {}, code: 'REFUND_OFFER_NONE', because: 'nothing was missed' },
    { by: 'staff', name: 'ticketWithdraw', input: {}, code: 'TICKET_ACTOR_FORBIDS', because: 'only its customer takes a request back' },
    { by: 'staff', name: 'refundOfferAccept', input: {}, code: 'TICKET_ACTOR_FORBIDS', because: 'the vendor does not pay itself back' },
    { by: 'staff', name: 'ticketRefuse', input: { message: 'No.' }, code: 'REQUEST_ENTITLED', because: 'it is owed' },
    {
      by: 'staff',
      name: 'ticketExpedite',
      input: { reason: 'It burns.' },
      code: 'TICKET_STATE_FORBIDS',
      because: 'it is not in the queue',
    },
    { by: 'staff', name: 'ticketEstimate', input: { estimateMinutes: 0 }, code: 'TICKET_FIGURES_DIFFER', because: 'no work takes no time' },
  ])('$name by $by is $code, because $because; nothing is written', async ({ by, name, input, code }) => {
    const ticketId = await inTriage();
    const before = await printsOfTickets();
    const refused = await act(under, by, name, { ticketId, ...input });
    expect(codes(refused)).toContain(code);
    expect([refused.userErrors, refused.ticket]).toEqual([[], expect.objectContaining({ id: ticketId, status: 'TRIAGE' })]);
    expect(await printsOfTickets()).toEqual(before);
  });

  test('says with its one reason what rule speaks, and for whom it is to do', async () => {
    const ticketId = await inTriage();
    const { reasons } = await act(under, 'staff', 'ticketWithdraw', { ticketId });
    expect(reasons).toEqual([{ code: 'TICKET_ACTOR_FORBIDS', rule: 'B-19', message: 'This is for somebody else to do.' }]);
  });

  test('out of turn is refused until staff say why', async () => {
    await queued();
    const ticketId = await queued();
    expect(codes(await act(under, 'staff', 'ticketClaim', { ticketId }))).toEqual(['NOT_HEAD_OF_QUEUE']);
    await done(under, 'staff', 'ticketExpedite', { ticketId, reason: 'The shop is closed.' });
    const place = await ticketOf(under, 'ada', ticketId, 'queuePosition { expeditedBecause movedBy { id } movedAt }');
    expect(place.queuePosition).toEqual({ expeditedBecause: 'The shop is closed.', movedBy: null, movedAt: null });
    expect((await done(under, 'staff', 'ticketClaim', { ticketId })).ticket).toMatchObject({ id: ticketId, status: 'IN_PROGRESS' });
  });

  test('a refusal tells its clause, and can be appealed once', async () => {
    const ticketId = await opened(under, 'ada', { purchaseId: filter, request: 'CUSTOM_DEVELOPMENT' });
    expect((await ticketOf(under, 'ada', ticketId, 'decision { verdict reasons { code } }')).decision).toMatchObject({
      verdict: 'NOT_ENTITLED',
      reasons: [{ code: 'REQUEST_EXCLUDED' }],
    });
    await done(under, 'staff', 'ticketRefuse', { ticketId, message: 'This is not part of support.' });
    const { events } = await ticketOf(under, 'ada', ticketId, 'status events { edges { node { kind summary facts { name value } } } }');
    expect(events.edges.at(-1).node).toEqual({
      kind: 'REFUSED',
      summary: 'The request was refused.',
      facts: expect.arrayContaining([{ name: 'message', value: 'This is not part of support.' }]),
    });
    expect((await done(under, 'ada', 'ticketAppeal', { ticketId, message: 'It is small.' })).ticket.status).toBe('TRIAGE');
    await done(under, 'staff', 'ticketRefuse', { ticketId, message: 'Still not.' });
    expect(codes(await act(under, 'ada', 'ticketAppeal', { ticketId, message: 'Please.' }))).toEqual(['APPEAL_USED']);
  });
});

describe('input that must be corrected', () => {
  const blank = '  ';
  test.each<{ name: string; input: object; mistake: [string, string]; because: string; by?: Asker }>([
    { name: 'ticketRefuse', input: { message: blank }, mistake: ['REQUIRED', 'input.message'], because: 'a refusal is never silence' },
    {
      name: 'ticketAskFacts',
      input: { question: blank, facts: ['theme'] },
      mistake: ['REQUIRED', 'input.question'],
      because: 'nothing is asked',
    },
    {
      name: 'ticketAskFacts',
      input: { question: 'Which?', facts: [blank] },
      mistake: ['REQUIRED', 'input.facts.0'],
      because: 'nothing is named',
    },
    {
      name: 'ticketFindCause',
      input: { rootCause: 'HOST', evidence: blank },
      mistake: ['REQUIRED', 'input.evidence'],
      because: 'nothing shows it',
    },
    { name: 'ticketExpedite', input: { reason: 'x'.repeat(10_001) }, mistake: ['INVALID', 'input.reason'], because: 'it is too long' },
    {
      name: 'ticketClassify',
      input: { ...CLASSIFIED, category: blank },
      mistake: ['REQUIRED', 'input.category'],
      because: 'a category is named',
    },
    { name: 'ticketAppeal', input: { message: blank }, mistake: ['REQUIRED', 'input.message'], because: 'an appeal says why', by: 'ada' },
    {
      name: 'ticketReject',
      input: { reason: blank },
      mistake: ['REQUIRED', 'input.reason'],
      because: 'it is not said what is wrong',
      by: 'ada',
    },
    {
      name: 'ticketAgreeOutcome',
      input: { outcome: blank },
      mistake: ['REQUIRED', 'input.outcome'],
      because: 'nothing is agreed',
      by: 'ada',
    },
    {
      name: 'ticketConsent',
      input: { choice: 'EXTRA' },
      mistake: ['REQUIRED', 'input.capMinutes'],
      because: 'a limit is missing',
      by: 'ada',
    },
    {
      name: 'ticketConsent',
      input: { choice: 'REFUND' },
      mistake: ['REQUIRED', 'input.refundAs'],
      because: 'the form is missing',
      by: 'ada',
    },
    {
      name: 'ticketConsent',
      input: { choice: 'REFUND', refundAs: 'MONEY', capMinutes: 9 },
      mistake: ['INVALID', 'input.capMinutes'],
      because: 'nothing goes on',
      by: 'ada',
    },
    { name: 'ticketClaim', input: { codeDigest: 'abc' }, mistake: ['INVALID', 'input.codeDigest'], because: 'that is no SHA-256' },
    { name: 'workLog', input: { seconds: 0, note: 'Looked.' }, mistake: ['INVALID', 'input.seconds'], because: 'no work is no entry' },
    {
      name: 'ticketDeliver',
      input: { loggedEntries: 0, loggedSeconds: 0, correction: {} },
      mistake: ['REQUIRED', 'input.correction'],
      because: 'neither is named',
    },
    {
      name: 'ticketDeliver',
      input: { loggedEntries: 0, loggedSeconds: 0, correction: { releaseVersion: '9.9.9' } },
      mistake: ['NOT_FOUND', 'input.correction.releaseVersion'],
      because: 'there is no such release',
    },
    {
      name: 'ticketAccept',
      input: { idempotencyKey: blank },
      mistake: ['REQUIRED', 'input.idempotencyKey'],
      because: 'a key is needed',
      by: 'ada',
    },
  ])('$name is told $mistake, because $because', async ({ name, input, mistake, by = 'staff' }) => {
    const ticketId = name === 'workLog' || name === 'ticketClaim' || name === 'ticketDeliver' ? await queued() : await inTriage();
    const before = await rowPrints(under.gateway);
    const answer = await act(under, by, name, { ticketId, ...input });
    expect(mistakes(answer)).toEqual([mistake]);
    expect([answer.ticket, answer.reasons]).toEqual([null, []]);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test.each([
    { input: { purchaseId: null }, mistake: ['REQUIRED', 'input.purchaseId'], because: 'it is about nothing' },
    { input: { report: { ...newReport(), subject: ' ' } }, mistake: ['REQUIRED', 'input.report.subject'], because: 'a subject is needed' },
    {
      input: { email: { messageId: '<1@shop>', receivedAt: '2026-03-01T10:00:00Z' } },
      mistake: ['INVALID', 'input.email'],
      because: 'nobody dates its own request back',
    },
  ])('a request with $input is told $mistake, because $because', async ({ input, mistake }) => {
    const before = await rowPrints(under.gateway);
    const answer = await act(under, 'ada', 'ticketOpen', { purchaseId: filter, request: 'CORRECTION', report: newReport(), ...input });
    expect(mistakes(answer)).toEqual([mistake]);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });
});

describe('the same key', () => {
  test('with the same request opens one ticket, and another request is refused', async () => {
    const input = { idempotencyKey: newKey(), purchaseId: filter, request: 'CORRECTION', report: newReport() };
    const first = await done(under, 'ada', 'ticketOpen', input);
    const before = await rowPrints(under.gateway);
    expect(await done(under, 'ada', 'ticketOpen', input)).toEqual(first);
    const other = await act(under, 'ada', 'ticketOpen', { ...input, request: 'ADVICE' });
    expect([other.ticket, mistakes(other)]).toEqual([null, [['IDEMPOTENCY_KEY_REUSED', 'input.idempotencyKey']]]);
    expect(await rowPrints(under.gateway)).toEqual(before);
  });

  test('sent twice at once does the thing once', async () => {
    const ticketId = await queued();
    const input = { idempotencyKey: newKey(), ticketId, reason: 'The shop is closed.' };
    const both = await Promise.all([1, 2].map(() => done(under, 'staff', 'ticketExpedite', input)));
    expect(both[0]).toEqual(both[1]);
    const { events } = await ticketOf(under, 'staff', ticketId, 'events { edges { node { kind } } }');
    expect(events.edges.filter(({ node }: { node: { kind: string } }) => node.kind === 'EXPEDITED')).toHaveLength(1);
  });

  test('of another actor is another key', async () => {
    const ticketId = await inTriage();
    const input = { idempotencyKey: newKey(), ticketId, outcome: 'Blue shirts only.' };
    await done(under, 'ada', 'ticketAgreeOutcome', input);
    expect((await act(under, 'partner', 'ticketAgreeOutcome', input)).userErrors).toEqual([]);
  });
});

describe('a request that repeats an open one', () => {
  test('is shown before it is sent, with what it would do, and goes into that when it is', async () => {
    const report = newReport();
    const original = await opened(under, 'ada', { purchaseId: filter, report });
    await done(under, 'staff', 'ticketClassify', { ticketId: original, ...CLASSIFIED });
    const query = `query ($input: TicketPreviewInput!) {
      ticketPreview(input: $input) { missingFacts duplicates { likeness outcome position positionOnceMerged ticket { id } } }
    }`;
    const input = { purchaseId: filter, request: 'CORRECTION', report: { subject: report.subject, description: report.description } };
    const before = await rowPrints(under.gateway);
    const { ticketPreview } = await under.data('ada', query, { input });
    // These conditions have no penalty for repeating oneself.
    const { position } = (await ticketOf(under, 'ada', original, 'queuePosition { position }')).queuePosition;
    expect(ticketPreview).toEqual({
      missingFacts: ['steps', 'expected', 'actual'],
      duplicates: [{ likeness: 'MERGE', outcome: 'STAYS', position, positionOnceMerged: position, ticket: { id: original } }],
    });
    expect(await rowPrints(under.gateway)).toEqual(before);
    const sent = await done(under, 'ada', 'ticketOpen', { ...input, report }, 'mergedInto { id }');
    expect(sent.ticket).toMatchObject({ status: 'MERGED', mergedInto: { id: original } });
    expect(await ticketOf(under, 'ada', original, 'duplicates { id }')).toEqual({ duplicates: [{ id: sent.ticket.id }] });
  });

  test('in other words is merged on the word of its customer alone', async () => {
    const originalId = await inTriage();
    const ticketId = await inTriage();
    expect(codes(await act(under, 'staff', 'ticketMerge', { ticketId, originalId }))).toEqual(['DUPLICATE_NOT_ESTABLISHED']);
    const merged = await done(under, 'ada', 'ticketMerge', { ticketId, originalId }, 'mergedInto { id duplicates { id status } }');
    expect(merged.ticket).toMatchObject({ id: ticketId, mergedInto: { id: originalId, duplicates: [{ id: ticketId, status: 'MERGED' }] } });
  });

  test('nothing is previewed for what is not there or is wrong', async () => {
    const query = 'query ($input: TicketPreviewInput!) { ticketPreview(input: $input) { missingFacts } }';
    const { errors } = await under.ask('ada', query, {
      input: { request: 'ADVICE', report: { subject: 'How?', description: 'How do I?' } },
    });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  });
});

test('a partner opens a ticket from an e-mail, which counts from when that came', async () => {
  const email = { messageId: '<first@shop.example>', receivedAt: '2026-03-08T08:00:00Z' };
  const input = { purchaseId: filter, request: 'ADVICE', report: newReport(), email };
  const { ticket } = await done(under, 'partner', 'ticketOpen', input, 'channel submittedAt');
  expect(ticket).toMatchObject({ channel: 'EMAIL', submittedAt: email.receivedAt });
  expect(mistakes(await act(under, 'partner', 'ticketOpen', input))).toEqual([['CONFLICT', 'input.email.messageId']]);
});
