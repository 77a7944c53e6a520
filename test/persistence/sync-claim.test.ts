import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addSync, claimSync, endSync, SYNC_LEASE_SECONDS, type SyncClaim, showSyncAlive } from '../../src/persistence/sync-claim.js';
import { SyncState } from '../../src/persistence/sync-state.js';
import { testDatabase } from '../support/database.js';
import { asVendor, instant, vendorShop } from '../support/vendor.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let storeId: string;
beforeAll(async () => {
  database = await testDatabase();
  storeId = (await vendorShop(database, 'shop')).id;
});
afterAll(() => database.close());

const BEGIN = instant('2026-01-01T00:00:00Z');
const PAUSE_SECONDS = 20;

/** What one of some workers does, so many seconds after what was done before. */
const step = fc.record({
  worker: fc.nat(2),
  does: fc.constantFrom('CLAIM' as const, 'SHOW' as const, 'END' as const),
  afterSeconds: fc.integer({ min: 1, max: SYNC_LEASE_SECONDS + 5 }),
});

test('whatever workers do and whenever, one of them has a task, and who lost it writes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const key = { storeId, task: 'ORDERS' } as const;
      await asVendor(database, async (em) => {
        await em.nativeDelete(SyncState, { store: storeId });
        await addSync(em, key, BEGIN);
        const claims: (SyncClaim | null)[] = [null, null, null];
        let now = BEGIN;
        /** By plain reasoning: who has the task, until when without a sign of life, and when it is due. */
        let owner: number | null = null;
        let aliveAt = BEGIN;
        let dueAt = BEGIN;
        for (const { worker, does, afterSeconds } of steps) {
          now = now.add({ seconds: afterSeconds });
          const claim = claims[worker] ?? null;
          if (does === 'CLAIM') {
            const isFree = owner === null || now.since(aliveAt).total('seconds') >= SYNC_LEASE_SECONDS;
            const isDue = Temporal.Instant.compare(dueAt, now) <= 0;
            const taken = await claimSync(em, key, now, false);
            expect(taken !== null).toBe(isFree && isDue);
            if (taken === null) continue;
            claims[worker] = taken;
            owner = worker;
            aliveAt = now;
          } else if (claim !== null && does === 'SHOW') {
            expect(await showSyncAlive(em, claim, { seen: 1, total: null }, now)).toBe(owner === worker);
            if (owner === worker) aliveAt = now;
          } else if (claim !== null) {
            const nextRunAt = now.add({ seconds: PAUSE_SECONDS });
            const end = {
              endedAt: now,
              nextRunAt,
              circuit: 'CLOSED',
              circuitReopensAt: null,
              verdict: 'DONE',
              isStillAskedFor: false,
            } as const;
            expect(await endSync(em, claim, end)).toBe(owner === worker);
            claims[worker] = null;
            if (owner !== worker) continue;
            owner = null;
            dueAt = nextRunAt;
          }
        }
      });
    }),
    { numRuns: 25 },
  );
});
