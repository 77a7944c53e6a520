import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { type GatewayUnderTest, gatewayUnderTest } from './gateway-under-test.js';
import { act, clockOf, codes, done, newReport, opened, ticketOf } from './tickets-under-test.js';
import { type TimeUnderTest, timeUnderTest } from './time-under-test.js';

let under: GatewayUnderTest;
let time: TimeUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
  time = await timeUnderTest(under.gateway.database);
});
afterAll(() => under.close());

const purchaseOf = (name: 'active' | 'prepaid') => toGlobalId('Purchase', under.vendor.ada.purchases[name] ?? '');

describe('under conditions that promise a correction', () => {
  test('a fault is reported, taken on, not corrected in time, and what was paid is taken back', async () => {
    const purchaseId = purchaseOf('active');
    under.at('2026-03-06T16:59:00+01:00');
    const { ticket } = await done(
      under,
      'ada',
      'ticketOpen',
      { purchaseId, request: 'CORRECTION', report: newReport() },
      'subject channel submittedAt decision { verdict coverage charge reasons { code } supportPolicy { name version } decidedAt } decisions { moment } queuePosition { position }',
    );
    expect(ticket).toMatchObject({
      status: 'TRIAGE',
      channel: 'FORM',
      submittedAt: '2026-03-06T15:59:00Z',
      decision: { verdict: 'ENTITLED', coverage: 'CORRECTION', charge: 'FREE', supportPolicy: { name: 'technical-support', version: 1 } },
      decisions: [{ moment: 'SUBMISSION' }],
      queuePosition: null,
    });
    const ticketId = ticket.id;

    under.at('2026-03-09T10:00:00+01:00');
    const input = { ticketId, request: 'CORRECTION', category: 'CORRECTION', complexity: 'M' };
    const classified = await done(
      under,
      'staff',
      'ticketClassify',
      input,
      'category complexity task { estimateMinutes } decisions { moment decision { verdict } }',
    );
    expect(classified.ticket).toMatchObject({
      status: 'QUEUED',
      category: 'CORRECTION',
      complexity: 'M',
      task: { estimateMinutes: null },
      decisions: [
        { moment: 'SUBMISSION', decision: { verdict: 'ENTITLED' } },
        { moment: 'CLASSIFICATION', decision: { verdict: 'ENTITLED' } },
      ],
    });

    under.at('2026-04-22T09:00:00+02:00');
    const accepted = await done(
      under,
      'ada',
      'refundOfferAccept',
      { ticketId },
      'refundOffer { state } purchase { revokedAt revocation support { state } }',
    );
    expect(accepted.ticket).toMatchObject({
      status: 'CLOSED',
      refundOffer: { state: 'ACCEPTED' },
      purchase: { revokedAt: '2026-04-22T07:00:00Z', revocation: 'BY_AGREEMENT', support: { state: 'REVOKED' } },
    });
    const { events } = await ticketOf(under, 'ada', ticketId, 'events { edges { node { ordinal kind happenedAt recordedAt actorKind } } }');
    const told = events.edges.map(({ node }: { node: { kind: string; happenedAt: string } }) => [node.kind, node.happenedAt]);
    expect(told).toEqual([
      ['SUBMITTED', '2026-03-06T15:59:00Z'],
      ['CLASSIFIED', '2026-03-09T09:00:00Z'],
      // What time had done is recorded with what came after it, at the instants at which it was due.
      ['CORRECTION_MISSED', '2026-04-20T22:00:00Z'],
      ['REFUND_OFFERED', '2026-04-20T22:00:00Z'],
      ['REFUND_ACCEPTED', '2026-04-22T07:00:00Z'],
    ]);
    expect(events.edges.map(({ node }: { node: { ordinal: number } }) => node.ordinal)).toEqual([1, 2, 3, 4, 5]);
    expect(codes(await act(under, 'ada', 'refundOfferDecline', { ticketId }))).toEqual(['REFUND_OFFER_ENDED']);
  });
});

describe('under conditions with prepaid time', () => {
  const WORK = { request: 'STORE_INTERVENTION', category: 'CONFLICT', complexity: 'M' };
  const CHARGE = 'chargedMinutes shortMinutes';
  const TASK = 'task { estimateMinutes thresholdMinutes capMinutes loggedSeconds actualMinutes chargeableMinutes }';
  const available = async (projectId: string) =>
    (
      await under.data('ada', 'query ($id: ID!) { node(id: $id) { ... on Project { time { availableMinutes heldMinutes } } } }', {
        id: projectId,
      })
    ).node.time;

  /** A project of Ada's with bought minutes on it. */
  async function projectWith(name: string, minutes: number): Promise<string> {
    const id = await time.project(under.vendor.ada.id, name);
    await time.grant(under.vendor.ada.id, {
      minutes,
      at: '2026-02-01T09:00:00Z',
      projectId: id,
      price: { amountMinor: 30_000n, currencyCode: 'EUR' },
    });
    return toGlobalId('Project', id);
  }
  /** Paid work that is ready to be taken up: with access that was shown to work, and an outcome that both agreed on. */
  async function readyFor(projectId: string, moment: string): Promise<string> {
    under.at(moment);
    const ticketId = await opened(under, 'ada', {
      purchaseId: purchaseOf('prepaid'),
      projectId,
      ...{ request: WORK.request, category: WORK.category },
    });
    await done(under, 'staff', 'ticketClassify', { ticketId, ...WORK });
    await done(under, 'ada', 'ticketAgreeOutcome', { ticketId, outcome: 'The checkout shows both payment methods.' });
    return ticketId;
  }
  const withAccess = async (ticketId: string) => {
    await done(under, 'staff', 'ticketAskAccess', { ticketId, items: ['ADMIN_PANEL', 'FILES'], question: 'Please send access.' });
    for (const item of ['ADMIN_PANEL', 'FILES']) await done(under, 'ada', 'ticketSupplyAccess', { ticketId, item, secret: `of ${item}` });
    for (const item of ['ADMIN_PANEL', 'FILES']) {
      await done(under, 'staff', 'ticketVerifyAccess', { ticketId, item, usable: true, evidence: 'It opens.' });
    }
  };

  test('work is estimated, reserved, done, agreed beyond its limit, charged and warranted', async () => {
    const projectId = await projectWith('Checkout', 600);
    const ticketId = await readyFor(projectId, '2026-03-02T10:00:00+03:00');
    await withAccess(ticketId);
    expect(await ticketOf(under, 'ada', ticketId, `status agreedOutcome project { name } hold { state } ${TASK}`)).toEqual({
      status: 'QUEUED',
      agreedOutcome: 'The checkout shows both payment methods.',
      project: { name: 'Checkout' },
      hold: null,
      task: { estimateMinutes: 120, thresholdMinutes: 180, capMinutes: null, loggedSeconds: 0, actualMinutes: 0, chargeableMinutes: 0 },
    });
    const claimed = await done(
      under,
      'staff',
      'ticketClaim',
      { codeDigest: 'a'.repeat(64) },
      'hold { state heldMinutes shortMinutes placedAt }',
    );
    expect(claimed.ticket).toMatchObject({
      id: ticketId,
      status: 'IN_PROGRESS',
      hold: { state: 'FULL', heldMinutes: 120, shortMinutes: 0, placedAt: '2026-03-02T07:00:00Z' },
    });
    expect(await available(projectId)).toEqual({ availableMinutes: 480, heldMinutes: 120 });

    under.at('2026-03-02T14:00:00+03:00');
    const stretch = (minutes: number, note: string) =>
      done(under, 'staff', 'workLog', { ticketId, seconds: minutes * 60, note }, 'waitingFor { cause }');
    expect((await stretch(100, 'Found both modules in the checkout.')).ticket).toMatchObject({ status: 'IN_PROGRESS', waitingFor: null });
    expect((await stretch(80, 'Tried the newer one.')).ticket).toMatchObject({
      status: 'AWAITING_CONSENT',
      waitingFor: { cause: 'CONSENT' },
    });
    expect(await clockOf(under, ticketId, 'CONSENT')).toMatchObject({ state: 'RUNNING', startedAt: '2026-03-02T11:00:00Z', dueAt: null });
    expect(codes(await act(under, 'staff', 'workLog', { ticketId, seconds: 60, note: 'Went on.' }))).toEqual(['TICKET_STATE_FORBIDS']);
    expect(codes(await act(under, 'ada', 'ticketConsent', { ticketId, choice: 'EXTRA', capMinutes: 180 }))).toEqual([
      'TICKET_FIGURES_DIFFER',
    ]);
    const agreed = await done(under, 'ada', 'ticketConsent', { ticketId, choice: 'EXTRA', capMinutes: 300 }, TASK, 'refunds { minutes }');
    expect(agreed).toMatchObject({ ticket: { status: 'IN_PROGRESS', task: { capMinutes: 300, chargeableMinutes: 180 } }, refunds: [] });
    await stretch(80, 'Merged their templates.');

    under.at('2026-03-06T16:59:00+03:00');
    const handOver = { ticketId, loggedEntries: 3, loggedSeconds: 260 * 60, codeDigest: 'b'.repeat(64) };
    const tooFew = await act(under, 'staff', 'ticketDeliver', { ...handOver, loggedEntries: 2 });
    expect([tooFew.ticket.status, codes(tooFew)]).toEqual(['IN_PROGRESS', ['WORK_LOG_INCOMPLETE']]);
    const delivered = await done(
      under,
      'staff',
      'ticketDeliver',
      handOver,
      `warranty { state deliveredAt endsAt reworkedAt } hold { state }`,
      CHARGE,
    );
    expect(delivered).toMatchObject({
      chargedMinutes: 260,
      shortMinutes: 0,
      ticket: {
        status: 'DELIVERED',
        hold: { state: 'SETTLED' },
        warranty: { state: 'RUNNING', deliveredAt: '2026-03-06T13:59:00Z', endsAt: '2026-03-13T21:00:00Z', reworkedAt: null },
      },
    });
    expect(await available(projectId)).toEqual({ availableMinutes: 340, heldMinutes: 0 });
    const log = await ticketOf(
      under,
      'ada',
      ticketId,
      'task { workLog(first: 2) { edges { node { seconds note staffName } } pageInfo { hasNextPage endCursor } } }',
    );
    expect(log.task.workLog.edges.map(({ node }: { node: object }) => node)).toEqual([
      { seconds: 6000, note: 'Found both modules in the checkout.', staffName: null },
      { seconds: 4800, note: 'Tried the newer one.', staffName: null },
    ]);
    const rest = await ticketOf(
      under,
      'staff',
      ticketId,
      `task { workLog(after: "${log.task.workLog.pageInfo.endCursor}") { edges { node { note staffName } } } }`,
    );
    expect(rest.task.workLog.edges).toEqual([{ node: { note: 'Merged their templates.', staffName: expect.any(String) } }]);

    await claimedOnWarranty(ticketId, projectId);

    // B-27: what was charged and given back is charged no more, whatever the work would have cost.
    const charged = 'chargeableMinutes chargedMinutes';
    expect((await ticketOf(under, 'ada', ticketId, `task { ${charged} }`)).task).toEqual({ chargeableMinutes: 260, chargedMinutes: 260 });
    const ENTRIES = '{ viewer { customer { timeLedger { entries { edges { node { id kind ticket { id } } } } } } } }';
    const { edges } = (await under.data('ada', ENTRIES)).viewer.customer.timeLedger.entries;
    const settled = edges.find(({ node }: { node: { kind: string; ticket: { id: string } | null } }) => {
      return node.kind === 'SETTLE' && node.ticket?.id === ticketId;
    });
    const input = { idempotencyKey: `reverse-${ticketId}`, entryId: settled.node.id, reason: 'The fault was the add-on’s own.' };
    const REVERSE = 'mutation ($input: TimeEntryReverseInput!) { it: timeEntryReverse(input: $input) { timeEntry { kind } } }';
    expect((await under.data('staff', REVERSE, { input })).it).toEqual({ timeEntry: { kind: 'REVERSE' } });
    expect((await ticketOf(under, 'ada', ticketId, `task { ${charged} }`)).task).toEqual({ chargeableMinutes: 260, chargedMinutes: 0 });
  });

  /** B-21 to B-23: what happens to delivered work within its week and after it. */
  async function claimedOnWarranty(ticketId: string, projectId: string): Promise<void> {
    under.at('2026-03-12T10:00:00+03:00');
    const claim = { ticketId, report: newReport(), agreedResult: 'COVERED', codeDigest: 'b'.repeat(64) };
    const CHILD = 'warrantyTicket { id status parent { id } task { estimateMinutes } decision { coverage charge } decisions { moment } }';
    const changed = await act(under, 'ada', 'ticketClaimWarranty', { ...claim, codeDigest: 'c'.repeat(64) }, '', CHILD);
    expect([changed.warrantyTicket, codes(changed)]).toEqual([null, expect.arrayContaining(['WARRANTY_VOID'])]);
    const { warrantyTicket } = await done(under, 'ada', 'ticketClaimWarranty', claim, '', CHILD);
    expect(warrantyTicket).toMatchObject({
      status: 'QUEUED',
      parent: { id: ticketId },
      task: { estimateMinutes: null },
      decision: { coverage: 'WARRANTY', charge: 'FREE' },
      decisions: [{ moment: 'WARRANTY_CLAIM' }],
    });
    const child = warrantyTicket.id;
    await withAccess(child);
    await done(under, 'staff', 'ticketClaim', {});
    await done(under, 'staff', 'workLog', { ticketId: child, seconds: 3600, note: 'Put the template back.' });
    under.at('2026-03-13T15:00:00+03:00');
    const reworked = await done(
      under,
      'staff',
      'ticketDeliver',
      { ticketId: child, loggedEntries: 1, loggedSeconds: 3600 },
      'status',
      CHARGE,
    );
    expect(reworked).toMatchObject({ chargedMinutes: 0, shortMinutes: 0, ticket: { status: 'DELIVERED' } });
    expect(await available(projectId)).toEqual({ availableMinutes: 340, heldMinutes: 0 });
    // Two working days are left to check the rework, although the week ends on the day of it.
    const { warranty } = await ticketOf(under, 'ada', ticketId, 'warranty { state endsAt reworkedAt }');
    expect(warranty).toEqual({ state: 'RUNNING', endsAt: '2026-03-17T21:00:00Z', reworkedAt: '2026-03-13T12:00:00Z' });
    under.at('2026-03-17T21:00:00Z');
    expect(codes(await act(under, 'ada', 'ticketClaimWarranty', claim))).toContain('WARRANTY_ENDED');
    expect(await ticketOf(under, 'ada', ticketId, 'status warranty { state }')).toEqual({ status: 'CLOSED', warranty: { state: 'ENDED' } });
  }

  test('too little time is told to the minute, kept for five working days, and makes up for nothing afterwards', async () => {
    const projectId = await projectWith('Search', 50);
    const ticketId = await readyFor(projectId, '2026-03-10T10:00:00+03:00');
    const lacks = { reasons: [{ code: 'ACCESS_NOT_VERIFIED', remedy: 'SUPPLY_ACCESS' }] };
    const passedOver = await done(under, 'staff', 'ticketClaim', {}, 'id', 'skipped { ticket { id } reasons { code remedy } }');
    expect(passedOver).toMatchObject({ ticket: null, skipped: [{ ticket: { id: ticketId }, ...lacks }] });
    const QUEUE = '{ ticketQueue(first: 1) { edges { node { position hindrances { code remedy } ticket { id } } } } }';
    const [entry] = (await under.data('staff', QUEUE)).ticketQueue.edges;
    expect(entry.node).toEqual({ position: 1, hindrances: lacks.reasons, ticket: { id: ticketId } });
    await withAccess(ticketId);
    const HOLD = 'hold { state heldMinutes shortMinutes } waitingFor { cause question } queuePosition { position readyCount }';
    const short = await done(under, 'staff', 'ticketClaim', { ticketId }, HOLD);
    expect(short.ticket).toMatchObject({
      status: 'AWAITING_TOPUP',
      hold: { state: 'PARTIAL', heldMinutes: 50, shortMinutes: 70 },
      waitingFor: { cause: 'TOPUP', question: expect.stringContaining('70') },
      queuePosition: { position: 1, readyCount: 0 },
    });
    expect(await clockOf(under, ticketId, 'HOLD')).toMatchObject({ state: 'RUNNING', dueAt: '2026-03-17T21:00:00Z', rule: 'B-13' });
    under.at('2026-03-17T20:59:59Z');
    expect(await available(projectId)).toEqual({ availableMinutes: 0, heldMinutes: 50 });
    under.at('2026-03-17T21:00:00Z');
    expect(await ticketOf(under, 'ada', ticketId, 'hold { state heldMinutes shortMinutes }')).toEqual({
      hold: { state: 'LAPSED', heldMinutes: 0, shortMinutes: 120 },
    });
    expect(await clockOf(under, ticketId, 'HOLD')).toMatchObject({ state: 'MISSED' });
    expect(await available(projectId)).toEqual({ availableMinutes: 50, heldMinutes: 0 });
  });

  test('a repeated request sends the one that it repeats to its own place, and both are told so', async () => {
    const projectId = await projectWith('Feeds', 600);
    const report = newReport();
    const send = (moment: string, text = newReport()) => {
      under.at(moment);
      const request = { purchaseId: purchaseOf('prepaid'), projectId, request: WORK.request, category: WORK.category };
      return done(under, 'ada', 'ticketOpen', { ...request, report: text }, 'mergedInto { id }');
    };
    const queued: string[] = [];
    for (const [moment, text] of [
      ['2026-04-01T09:00:00+03:00', report],
      ['2026-04-01T09:05:00+03:00', newReport()],
      ['2026-04-01T09:10:00+03:00', newReport()],
      ['2026-04-01T09:15:00+03:00', newReport()],
    ] as const) {
      const { ticket } = await send(moment, text);
      await done(under, 'staff', 'ticketClassify', { ticketId: ticket.id, ...WORK });
      queued.push(ticket.id);
    }
    const [first = '', ...others] = queued;
    under.at('2026-04-01T09:20:00+03:00');
    const input = { purchaseId: purchaseOf('prepaid'), projectId, request: WORK.request, report };
    const query =
      'query ($input: TicketPreviewInput!) { ticketPreview(input: $input) { duplicates { likeness outcome position positionOnceMerged } } }';
    const { queuePosition } = await ticketOf(under, 'ada', first, 'queuePosition { position }');
    const { ticketPreview } = await under.data('ada', query, { input });
    const { position } = queuePosition;
    expect(ticketPreview.duplicates).toEqual([{ likeness: 'MERGE', outcome: 'MOVES', position, positionOnceMerged: position + 3 }]);

    const { ticket: duplicate } = await send('2026-04-01T09:20:00+03:00', report);
    expect(duplicate).toMatchObject({ status: 'MERGED', mergedInto: { id: first } });
    const PLACE = 'submittedAt queuePosition { position submittedAt queuedAt movedAt movedBy { id } }';
    expect(await ticketOf(under, 'ada', first, PLACE)).toEqual({
      submittedAt: '2026-04-01T06:00:00Z',
      queuePosition: {
        position: position + 3,
        submittedAt: '2026-04-01T06:00:00Z',
        queuedAt: '2026-04-01T06:20:00Z',
        movedAt: '2026-04-01T06:20:00Z',
        movedBy: { id: duplicate.id },
      },
    });
    const places = await Promise.all(others.map((id) => ticketOf(under, 'ada', id, 'queuePosition { position }')));
    expect(places.map((place) => place.queuePosition.position)).toEqual([position, position + 1, position + 2]);
  });
});
