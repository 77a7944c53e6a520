import type { Gateway } from '../use-cases/gateway.js';
import { fixReleased, sweepReleases } from '../use-cases/release-due.js';
import { recordDue, sweepDue } from '../use-cases/ticket-due.js';
import { topUpWaiting } from '../use-cases/ticket-topup.js';
import { checkAllWallets } from '../use-cases/time-alarm.js';
import { sweepExpired } from '../use-cases/time-expiry.js';
import type { JobHandlers } from './worker.js';

/** Overdue tickets that one reading of a sweep takes; each is recorded in a transaction of its own. */
const TICKETS_AT_ONCE = 100;
/** A minute's sweep leaves the rest to that of the next minute. */
const MOST_ROUNDS = 20;
/** Releases that one sweep takes, oldest first; the next one takes the rest. */
const RELEASES_AT_ONCE = 50;
/** Wallets that one transaction of the sweep of minutes locks. */
const WALLETS_AT_ONCE = 20;

/** Gives a job a session that sees what the vendor sees. */
export type WithSession = <T>(work: (session: Parameters<typeof sweepDue>[0]) => Promise<T>) => Promise<T>;

/**
 * What is done for each job, B-13 and B-18 for tickets whose time has come, B-13 for those that wait for minutes, B-27 for releases that come out,
 * B-04 and B-32 for minutes that end, B-14 for the nightly check. The clock is read once for each job. All of it may be done twice.
 */
export function jobHandlers(
  { addJob, now: clock, stopping }: Pick<Gateway, 'addJob' | 'now' | 'stopping'>,
  withSession: WithSession,
): JobHandlers {
  return {
    'ticket-due': async ({ ticketId }) => {
      const now = clock();
      await withSession((session) => session.transaction((em) => recordDue({ em, now, addJob }, ticketId)));
    },
    'time-added': async ({ customerId, key }) => {
      const now = clock();
      await withSession((session) => session.transaction((em) => topUpWaiting({ em, now, addJob }, customerId, key)));
    },
    'release-published': async ({ releaseId }) => {
      const now = clock();
      await withSession((session) => fixReleased(session, { now, addJob }, releaseId));
    },
    'ticket-sweep': async () => {
      const now = clock();
      await withSession(async (session) => {
        for (let round = 0; round < MOST_ROUNDS && !stopping.aborted; round += 1) {
          const { recorded } = await sweepDue(session, { now, addJob }, TICKETS_AT_ONCE);
          if (recorded < TICKETS_AT_ONCE) return;
        }
      });
    },
    'release-sweep': async () => {
      const now = clock();
      await withSession((session) => sweepReleases(session, { now, addJob }, RELEASES_AT_ONCE));
    },
    'time-expiry': async () => {
      const now = clock();
      await withSession(async (session) => {
        let after: string | null = null;
        do {
          const from: string | null = after;
          ({ next: after } = await session.transaction((em) => sweepExpired(em, now, WALLETS_AT_ONCE, from)));
        } while (after !== null && !stopping.aborted);
      });
    },
    'time-check': async () => {
      const now = clock();
      // What is not checked when the process stops is checked by another worker, from the beginning.
      await withSession((session) => checkAllWallets(session, now, () => stopping.throwIfAborted()));
    },
  };
}
