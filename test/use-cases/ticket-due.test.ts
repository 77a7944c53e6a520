import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AccessInformation, TicketDataKey } from '../../src/persistence/access-information.js';
import { OutboxEvent } from '../../src/persistence/outbox-event.js';
import { withVendorSession } from '../../src/persistence/session.js';
import { Ticket } from '../../src/persistence/ticket.js';
import { TicketEvent } from '../../src/persistence/ticket-event.js';
import { revealAccess, supplyAccess } from '../../src/use-cases/access-information.js';
import type { Job } from '../../src/use-cases/job.js';
import { acceptDelivery } from '../../src/use-cases/ticket-delivery.js';
import { sweepDue } from '../../src/use-cases/ticket-due.js';
import { mergeTicket } from '../../src/use-cases/ticket-duplicate.js';
import { withdrawTicket } from '../../src/use-cases/ticket-withdrawal.js';
import { instant, SECRET_KEY } from '../support/vendor.js';
import { codesOf, reportOf, type Shop, STAFF, type WorkUnderTest, workUnderTest } from './work-under-test.js';

const FRIDAY = '2026-03-06T15:59:00Z';
const DUE = '2026-04-20T22:00:00Z';
/** Half a year later: whatever could be due has been. */
const LONG_AFTER = '2026-09-01T09:00:00Z';

let under: WorkUnderTest;
beforeAll(async () => {
  under = await workUnderTest();
});
afterAll(() => under.database.close());

const STATED = { steps: 's', expected: 'e', actual: 'a', platformVersion: '2.4.6', installedVersion: '1.0' };
async function owed() {
  const shop = await under.shop();
  const purchaseId = await under.buy({ sku: 'FILTER', email: shop.email, purchasedAt: '2026-03-01T09:00:00Z' });
  const report = reportOf(under.newKey(), STATED);
  const ticketId = await under.queued(shop, FRIDAY, { complexity: 'S' }, { projectId: null, purchaseId, request: 'CORRECTION', report });
  return { shop, ticketId };
}
const recorded = (ticketId: string) =>
  withVendorSession(under.database, async ({ em }) => {
    const events = await em.find(TicketEvent, { ticket: ticketId }, { orderBy: { ordinal: 'asc' } });
    return events.map(({ kind, at }) => `${kind} ${at}`);
  });
const jobsOf = (ticketId: string): Job[] => under.jobs.filter((job) => job.queue === 'ticket-due' && job.ticketId === ticketId);
const rowOf = (ticketId: string) => withVendorSession(under.database, ({ em }) => em.findOneOrFail(Ticket, { id: ticketId }));

describe('what time has done is recorded', () => {
  test('early: nothing, but the job is added again for when it is due', async () => {
    const { ticketId } = await owed();
    const before = await recorded(ticketId);
    under.jobs.length = 0;
    await under.recordDue(ticketId, '2026-04-20T21:59:59Z');
    expect(await recorded(ticketId)).toEqual(before);
    expect(jobsOf(ticketId)).toEqual([{ queue: 'ticket-due', ticketId, dueAt: instant(DUE) }]);
  });

  test('late: all of it at once, each with the instant at which it was due, and the same when run twice', async () => {
    const { ticketId } = await owed();
    await under.recordDue(ticketId, LONG_AFTER);
    const once = await recorded(ticketId);
    expect(once.slice(2)).toEqual([`CORRECTION_MISSED ${DUE}`, `REFUND_OFFERED ${DUE}`, 'REFUND_LAPSED 2026-05-06T22:00:00Z']);
    expect((await rowOf(ticketId)).nextDueAt).toBeNull();
    under.jobs.length = 0;
    await under.recordDue(ticketId, LONG_AFTER);
    expect(await recorded(ticketId)).toEqual(once);
    expect(jobsOf(ticketId)).toEqual([]);
    const told = await withVendorSession(under.database, ({ em }) => em.count(OutboxEvent, { key: `refund-offered:${ticketId}` }));
    expect(told).toBe(1);
  });

  test('at each instant by itself, it comes to the same as all at once', async () => {
    const { ticketId } = await owed();
    for (const at of [DUE, '2026-05-06T21:59:59Z', '2026-05-06T22:00:00Z', LONG_AFTER]) await under.recordDue(ticketId, at);
    expect((await recorded(ticketId)).slice(2)).toEqual([
      `CORRECTION_MISSED ${DUE}`,
      `REFUND_OFFERED ${DUE}`,
      'REFUND_LAPSED 2026-05-06T22:00:00Z',
    ]);
  });

  test('for a ticket that is gone: nothing', async () => {
    await under.recordDue('019b0000-0000-7000-8000-000000000000', LONG_AFTER);
  });
});

test('a sweep finds what no job recorded, the longest overdue first, and one that fails stops no other', async () => {
  const own = await workUnderTest();
  try {
    const tickets: string[] = [];
    for (const at of ['2026-03-05T09:00:00Z', FRIDAY, '2026-03-10T09:00:00Z', '2026-08-31T09:00:00Z']) {
      const shop = await own.shop();
      const purchaseId = await own.buy({ sku: 'FILTER', email: shop.email, purchasedAt: at });
      const report = reportOf(own.newKey(), STATED);
      const opening = { projectId: null, purchaseId, request: 'CORRECTION', report } as const;
      tickets.push(await own.queued(shop, at, { complexity: 'S' }, opening));
    }
    const sweep = (limit: number, ...fails: readonly (string | undefined)[]) =>
      withVendorSession(own.database, (session) => {
        const addJob = async (_em: unknown, job: Job) => {
          if (job.queue === 'ticket-due' && fails.includes(job.ticketId)) throw new Error('planted');
        };
        return sweepDue(session, { now: instant('2026-04-23T09:00:00Z'), addJob }, { page: 1, most: limit });
      });
    const missed = async () => {
      const kinds = await Promise.all(tickets.map(async (id) => (await own.ticket(id, '2000-01-01T00:00:00Z')).state.remedy.state));
      return kinds.map((state) => (state === 'MISSED' ? 'missed' : 'running')).join(' ');
    };
    await expect(sweep(1, tickets[0], tickets[1])).rejects.toThrow('2 of 3 overdue tickets failed.');
    expect(await missed()).toBe('running running missed running');
    expect(await sweep(1)).toBe(1);
    expect(await missed()).toBe('missed running missed running');
    await expect(sweep(10, tickets[1])).rejects.toThrow('1 of 1 overdue tickets failed.');
    expect(await sweep(10)).toBe(1);
    expect(await sweep(10)).toBe(0);
    expect(await missed()).toBe('missed missed missed running');
  } finally {
    await own.database.close();
  }
});

describe('access to the store is deleted once no work can come any more (B-18)', () => {
  const END = '2026-03-13T21:00:00Z';
  const supplied = async (shop: Shop, ticketId: string, at: string) => {
    const input = { idempotencyKey: under.newKey(), ticketId, item: 'FILES', secret: 'sftp://shop' };
    await under.done(under.act(shop.actor, at, (command) => supplyAccess({ ...command, secretKey: SECRET_KEY }, input)));
  };
  const kept = (ticketId: string) =>
    withVendorSession(under.database, async ({ em }) => {
      const items = await em.find(AccessInformation, { ticket: ticketId });
      const keys = await em.count(TicketDataKey, { ticket: ticketId });
      return [keys, ...items.map(({ sealed, purgedAt }) => (sealed === null ? `purged ${purgedAt}` : 'sealed'))];
    });

  test('at the end of the warranty, with the job that was added for it', async () => {
    const at = '2026-03-06T13:59:00Z';
    const shop = await under.shopWith(500, at);
    const ticketId = await under.ready(shop, at);
    await supplied(shop, ticketId, at);
    await under.done(under.claim(ticketId, at));
    await under.done(under.log(ticketId, at, 60));
    await under.done(under.deliver(ticketId, at));
    await under.done(under.on(shop.actor, '2026-03-09T09:00:00Z', acceptDelivery, { ticketId, message: null }));
    expect(jobsOf(ticketId)).toContainEqual({ queue: 'ticket-due', ticketId, dueAt: instant(END) });
    await under.recordDue(ticketId, '2026-03-13T20:59:59Z');
    expect(await kept(ticketId)).toEqual([1, 'sealed']);
    await under.recordDue(ticketId, END);
    expect(await kept(ticketId)).toEqual([0, `purged ${END}`]);
    expect((await rowOf(ticketId)).nextDueAt).toBeNull();
    await under.recordDue(ticketId, LONG_AFTER);
    expect(await kept(ticketId)).toEqual([0, `purged ${END}`]);
  });

  test('when staff ask to see it after that end, although no job ever ran', async () => {
    const at = '2026-03-06T13:59:00Z';
    const shop = await under.shopWith(500, at);
    const ticketId = await under.ready(shop, at);
    await supplied(shop, ticketId, at);
    await under.done(under.claim(ticketId, at));
    await under.done(under.log(ticketId, at, 60));
    await under.done(under.deliver(ticketId, at));
    const asked = (when: string) =>
      under.act(STAFF, when, (command) =>
        revealAccess({ ...command, secretKey: SECRET_KEY }, { ticketId, item: 'FILES', reason: 'To look.' }),
      );
    expect(await asked('2026-03-13T20:59:59Z')).toMatchObject({ secret: 'sftp://shop', reasons: [] });
    const late = await asked(END);
    expect([late.secret, codesOf(late)]).toEqual([null, ['ACCESS_PURGED']]);
    expect(await kept(ticketId)).toEqual([0, `purged ${END}`]);
  });

  test('at once when the request is withdrawn, merged into another, or its task given up', async () => {
    const shop = await under.shopWith(500, FRIDAY);
    const givenUp = await under.ready(shop, FRIDAY);
    const [merged, withdrawn] = [await under.queued(shop, FRIDAY), await under.queued(shop, FRIDAY)];
    const tickets = [withdrawn, givenUp, merged];
    for (const ticketId of tickets) await supplied(shop, ticketId, FRIDAY);
    await under.done(under.claim(givenUp, FRIDAY));
    await under.done(under.log(givenUp, FRIDAY, 180));
    for (const ticketId of tickets) expect(await kept(ticketId)).toEqual([1, 'sealed']);
    await under.done(under.on(shop.actor, FRIDAY, withdrawTicket, { ticketId: withdrawn, message: 'Solved.' }));
    await under.done(under.on(shop.actor, FRIDAY, mergeTicket, { ticketId: merged, originalId: givenUp }));
    await under.done(under.refund(shop, givenUp, FRIDAY, 'MINUTES'));
    for (const ticketId of tickets) expect(await kept(ticketId)).toEqual([0, `purged ${FRIDAY}`]);
  });
});
