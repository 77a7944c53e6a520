import type { Gateway } from '../use-cases/gateway.js';
import { fixReleased, sweepReleases } from '../use-cases/release-due.js';
import { sweepSyncs } from '../use-cases/sync-sweep.js';
import type { SyncKey } from '../use-cases/sync-task.js';
import { recordDue, sweepDue } from '../use-cases/ticket-due.js';
import { sweepWaiting, topUpWaiting } from '../use-cases/ticket-topup.js';
import { checkAllWallets } from '../use-cases/time-alarm.js';
import { sweepExpired } from '../use-cases/time-expiry.js';
import type { JobHandlers } from './worker.js';

/** Overdue tickets that one reading of a sweep takes, and those that it records at most: it leaves the rest to that of the next minute. */
const TICKETS = { page: 100, most: 2_000 } as const;
/** Releases that one sweep takes, oldest first; the next one takes the rest. */
const RELEASES_AT_ONCE = 50;
/** Tasks of stores that one sweep adds jobs for, the longest due first. */
const SYNCS_AT_ONCE = 500;
/** Wallets that the sweep of minutes reads at once; it books all there are. */
const WALLETS = { page: 100, most: Number.MAX_SAFE_INTEGER } as const;

/** Gives a job a session that sees what the vendor sees. */
export type WithSession = <T>(work: (session: Parameters<typeof sweepDue>[0]) => Promise<T>) => Promise<T>;

/** Runs a task of synchronising a store, if it is due and nobody else does. */
export type Synchronise = (of: SyncKey) => Promise<unknown>;

/**
 * What is done for each job, B-13 and B-18 for tickets whose time has come, B-13 for those that wait for minutes, B-27 for releases that come out,
 * B-04 and B-32 for minutes that end, B-14 for the nightly check; and what shops and stores are asked, by `sync`. The clock is read once for each job. All of it may be done twice.
 */
export function jobHandlers(
  { addJob, now: clock, stopping }: Pick<Gateway, 'addJob' | 'now' | 'stopping'>,
  withSession: WithSession,
  sync: Synchronise,
): JobHandlers {
  return {
    'ticket-due': async ({ ticketId }) => {
      const now = clock();
      await withSession((session) => session.transaction((em) => recordDue({ em, now, addJob }, ticketId)));
    },
    'time-added': async ({ customerId, key }) => {
      const now = clock();
      await withSession((session) => topUpWaiting(session, { now, addJob }, customerId, key, stopping));
    },
    'release-published': async ({ releaseId }) => {
      const now = clock();
      await withSession((session) => fixReleased(session, { now, addJob }, releaseId));
    },
    'ticket-sweep': async () => {
      const now = clock();
      await withSession(async (session) => {
        try {
          await sweepDue(session, { now, addJob }, { ...TICKETS, stopping });
        } finally {
          // Whatever is wrong with tickets that are overdue, those that wait for minutes do not wait for it.
          await sweepWaiting(session, { now, addJob }, stopping);
        }
      });
    },
    'release-sweep': async () => {
      const now = clock();
      await withSession((session) => sweepReleases(session, { now, addJob }, RELEASES_AT_ONCE));
    },
    'sync-shop': async (of) => {
      await sync(of);
    },
    'sync-store': async (of) => {
      await sync(of);
    },
    'sync-sweep': async () => {
      const now = clock();
      await withSession((session) => sweepSyncs(session, { now, addJob }, SYNCS_AT_ONCE));
    },
    'time-expiry': async () => {
      const now = clock();
      await withSession((session) => sweepExpired(session, now, { ...WALLETS, stopping }));
    },
    'time-check': async () => {
      const now = clock();
      // What is not checked when the process stops is checked by another worker, from the beginning.
      await withSession((session) => checkAllWallets(session, now, () => stopping.throwIfAborted()));
    },
  };
}
