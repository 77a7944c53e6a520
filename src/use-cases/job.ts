import type { SyncTask } from '../policy/sync-schedule.js';
import type { EntityManager } from './entity-manager.js';

/** Work to be done later by a worker, on the same database. */
export type Job =
  /** Time will have done something to the ticket by then: record it (A-11, A-12, B-13), or purge what its warranty no longer needs (B-18). */
  | { readonly queue: 'ticket-due'; readonly ticketId: string; readonly dueAt: Temporal.Instant }
  /** Minutes became usable for a customer: tickets that wait for time may go on (B-13). `key` names what brought them, such as the grant or assignment. */
  | { readonly queue: 'time-added'; readonly customerId: string; readonly key: string }
  /** A release will be out by then: it fixes the faults that its changelog names (B-27). */
  | { readonly queue: 'release-published'; readonly releaseId: string; readonly dueAt: Temporal.Instant }
  /** A task of synchronising a shop of the vendor, or a store of a customer, is due; with `freeAt`, a run has it that is dead by then unless it shows that it lives. */
  | { readonly queue: 'sync-shop' | 'sync-store'; readonly storeId: string; readonly task: SyncTask; readonly freeAt?: Temporal.Instant };

/** Adds a job within the transaction of `em`: it exists once, and only if, that commits. The same job is not added again while it waits. */
export type AddJob = (em: EntityManager, job: Job) => Promise<void>;

/** For those without workers: sweeps find out later what nobody was told. */
export const NO_JOB: AddJob = async () => {};

/** How many jobs of a queue are in which state. */
export interface QueueStatus {
  readonly queue: string;
  /** For their time to come: that of the job, or that of its next try. */
  readonly waiting: number;
  /** Waiting for a worker. */
  readonly due: number;
  /** With a worker, or with one that died and whose lease is not over. */
  readonly active: number;
  /** Given up within the last days, put back since or not. */
  readonly failed: number;
  /** Given up, and waiting to be put back. */
  readonly dead: number;
}

/** What an operator can do with queues. */
export interface JobDesk {
  /** Every queue, as it is now. */
  status(): Promise<readonly QueueStatus[]>;
  /** Puts the jobs back that a queue gave up: they are due at once, with all their tries. Their number; null when there is no such queue. */
  retry(queue: string): Promise<number | null>;
}
