import type { EntityManager } from './entity-manager.js';

/** Work to be done later by a worker, on the same database. */
export type Job =
  /** Time will have done something to the ticket by then: record it (A-11, A-12, B-13), or purge what its warranty no longer needs (B-18). */
  | { readonly queue: 'ticket-due'; readonly ticketId: string; readonly dueAt: Temporal.Instant }
  /** Minutes became usable for a customer: tickets that wait for time may go on (B-13). `key` names what brought them, such as the grant or assignment. */
  | { readonly queue: 'time-added'; readonly customerId: string; readonly key: string };

/** Adds a job within the transaction of `em`: it exists once, and only if, that commits. The same job is not added again while it waits. */
export type AddJob = (em: EntityManager, job: Job) => Promise<void>;
