import type { Database } from '../persistence/database.js';
import type { AddJob } from './job.js';
import type { PolicyLibrary } from './policy-library.js';
import type { ConnectStore } from './store.js';

/** What the doors are given at start: made once by the composition root. */
export interface Gateway {
  readonly database: Database;
  readonly policies: PolicyLibrary;
  /** Keys the digests of access tokens. */
  readonly tokenPepper: string;
  /** 32 bytes that seal the credentials of stores. */
  readonly secretKey: Uint8Array;
  /** For jobs and commands. */
  readonly connect: ConnectStore;
  /** The same with few exchanges of its own, and fewer for each customer: what strangers start over HTTP holds none that jobs or others need. */
  readonly connectAtDoor: ConnectStore;
  /** The same for what staff start over HTTP: strangers hold none of these. */
  readonly connectForStaff: ConnectStore;
  readonly addJob: AddJob;
  /** Read once per request, job or command, and handed down. */
  readonly now: () => Temporal.Instant;
  /** Aborted when the process is to stop: long work ends at the next place where it can go on later. */
  readonly stopping: AbortSignal;
}
