import { setTimeout as sleep } from 'node:timers/promises';
import { type GuardedClient, guardedClient } from '../integrations/guarded-client.js';
import { StoreReadingFailed } from '../integrations/store-platform.js';
import { parseJsonReply } from '../integrations/store-reply.js';
import { answerParent } from './child.js';
import { endless, timeLanes } from './lanes.js';
import type { LoadAnswer } from './load.js';

export interface FaultReaderQuestion {
  readonly healthyUrl: string;
  /** Null: the healthy shop has the client to itself. */
  readonly badUrl: string | null;
  readonly seconds: number;
}

export interface FaultReaderAnswer extends LoadAnswer {
  /** What the bad shop came to, each code once: of `StoreReadingFailed`. Empty without one. */
  readonly outcomes: readonly string[];
}

/** As the gateway has them, but for the deadline: with its own, a round would be over before anything ran out of time. */
const TOTAL_TIMEOUT_MS = 500;
const MAX_BYTES = 10_000_000;
const HEALTHY_LANES = 4;
/** A run that failed begins anew after a minute at the earliest; this is much worse. */
const BEGINS_ANEW_AFTER_MS = 5_000;

/** Reads a healthy shop, alone or beside one that misbehaves; fails when a single answer of the healthy one does. */
async function measure({ healthyUrl, badUrl, seconds }: FaultReaderQuestion): Promise<FaultReaderAnswer> {
  const allowedHosts = [healthyUrl, ...(badUrl === null ? [] : [badUrl])].map((url) => new URL(url).host);
  const client = guardedClient({ allowedHosts, totalTimeoutMs: TOTAL_TIMEOUT_MS, maxBytes: MAX_BYTES });
  const stop = new AbortController();
  const bad = badUrl === null ? [] : askOn(client, new URL(badUrl), stop.signal);
  const healthy = new URL(healthyUrl);
  const read = async () => {
    parseJsonReply(await client.get(healthy, {}), healthy.host);
  };
  const figures = await timeLanes(HEALTHY_LANES, endless([read]), seconds);
  stop.abort();
  return { ...figures, outcomes: [...new Set(await bad)] };
}

/** Asks at once, and again until the signal; throws where the bad shop answers well, as then nothing was measured. */
async function askOn(client: GuardedClient, url: URL, signal: AbortSignal): Promise<string[]> {
  const outcomes: string[] = [];
  while (!signal.aborted) {
    outcomes.push(await outcomeOf(client, url));
    await sleep(BEGINS_ANEW_AFTER_MS, undefined, { signal }).catch(() => null);
  }
  return outcomes;
}

async function outcomeOf(client: GuardedClient, url: URL): Promise<string> {
  try {
    parseJsonReply(await client.get(url, {}), url.host);
  } catch (error) {
    if (error instanceof StoreReadingFailed) return error.code;
    throw error;
  }
  throw new Error('The shop that is to misbehave answered well.');
}

answerParent<FaultReaderQuestion, FaultReaderAnswer>(measure);
