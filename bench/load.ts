import { readFile } from 'node:fs/promises';
import autocannon from 'autocannon';
import { answerParent } from './child.js';
import type { HttpQuestion } from './questions.js';

export interface LoadQuestion {
  readonly url: string;
  /** A JSON file of questions; each connection goes round its own share of them. */
  readonly file: string;
  readonly seconds: number;
  readonly connections: number;
}

export interface LoadAnswer {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Puts a server under load. Throws when a single request fails: what is refused is fast, and would be counted for speed. */
async function load({ url, file, seconds, connections }: LoadQuestion): Promise<LoadAnswer> {
  const questions = JSON.parse(await readFile(file, 'utf8')) as HttpQuestion[];
  const shares = Array.from({ length: connections }, (_, share) => questions.filter((_, index) => index % connections === share));
  let next = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    timeout: 10,
    setupClient: (client) => {
      client.setRequests((shares[next % connections] ?? []).map(requestOf));
      next += 1;
    },
  });
  const failed = result.errors + result.timeouts + result.non2xx;
  if (failed > 0 || result.requests.total === 0) throw new Error(`${failed} of ${result.requests.total} requests to ${url} failed.`);
  return {
    requestsPerSecond: result.requests.total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}

const requestOf = ({ path, authorization, body }: HttpQuestion) => ({
  method: 'POST' as const,
  path,
  headers: { 'content-type': 'application/json', authorization },
  body,
});

answerParent<LoadQuestion, LoadAnswer>(load);
