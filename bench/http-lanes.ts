import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { answerParent } from './child.js';
import { endless, type Operation, timeLanes } from './lanes.js';
import type { LoadAnswer } from './load.js';
import type { HttpQuestion } from './questions.js';

/** A request, and how the body of the answer must begin. */
export interface Exchange extends HttpQuestion {
  readonly answerBegins: string;
}

export interface HttpLanesQuestion {
  readonly url: string;
  readonly lanes: number;
  /** Exchanges of one operation are made one after another. */
  readonly operations: readonly (readonly Exchange[])[];
  /** Null: each operation once; else round and round for so long. */
  readonly seconds: number | null;
}

/** Between a request that found no connection free and its next try. */
const AGAIN_AFTER_MS = 20;

/**
 * Operations of several requests each. What the server turns away for want of a connection is sent again, and the time that takes is the operation's. Rejects at
 * any other answer that is not as it should be: what is refused is fast, and would be counted for speed.
 */
async function run({ url, lanes, operations, seconds }: HttpLanesQuestion): Promise<LoadAnswer> {
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const done = operations.map(
    (exchanges): Operation =>
      async () => {
        for (const exchange of exchanges) while (!(await isAnswered(agent, url, exchange))) await pause(AGAIN_AFTER_MS);
      },
  );
  try {
    return await timeLanes(lanes, seconds === null ? done.values() : endless(done), seconds);
  } finally {
    agent.destroy();
  }
}

function isAnswered(agent: Agent, url: string, { path, authorization, body, answerBegins }: Exchange): Promise<boolean> {
  return new Promise((done, fail) => {
    const headers = { 'content-type': 'application/json', authorization, 'content-length': Buffer.byteLength(body) };
    const sent = request(url + path, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.once('error', fail).once('end', () => {
        if (response.statusCode === 503) done(false);
        else if (response.statusCode === 200 && text.startsWith(answerBegins)) done(true);
        else fail(new Error(`${path} answered ${response.statusCode}: ${text.slice(0, 500)}`));
      });
    });
    sent.once('error', fail).end(body);
  });
}

answerParent<HttpLanesQuestion, LoadAnswer>(run);
