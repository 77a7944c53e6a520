import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** One entry of a folder's index.json. */
export interface Recording {
  readonly file: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly content_type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A reply that was never recorded as such, but put together from recorded documents. */
export interface ComposedReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON. */
  readonly body: unknown;
}

export type Compose = (request: {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}) => ComposedReply | null;

export interface ReplayServer {
  readonly url: string;
  readonly recordings: readonly Recording[];
  /** Requests that nothing was recorded or composed for; a suite asserts that there are none. */
  readonly missed: readonly string[];
  close(): Promise<void>;
}

/**
 * Serves the recordings of a folder on loopback: method, path and query decide, the query decoded and in any order.
 * Several recordings may share a request (other credentials); the first answers, unless the header `x-recording` names the file.
 * Composed replies carry `x-composed`; a request without any answer gets 501.
 */
export async function startReplayServer(folder: string, options: { readonly compose?: Compose } = {}): Promise<ReplayServer> {
  const recordings: readonly Recording[] = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
  const missed: string[] = [];
  const server = createServer((request, response) => {
    const method = request.method ?? '';
    const key = requestKey(method, request.url ?? '');
    const named = request.headers['x-recording'];
    const recording = recordings.find(
      (entry) => requestKey(entry.method, entry.path) === key && (named === undefined || entry.file === named),
    );
    if (recording !== undefined) {
      const headers = recording.headers ?? { 'content-type': recording.content_type ?? '' };
      response.writeHead(recording.status, { ...headers }).end(readFileSync(join(folder, recording.file)));
      return;
    }
    const url = new URL(request.url ?? '', 'http://replay');
    const composed = options.compose?.({ method, path: decodeURIComponent(url.pathname), query: url.searchParams }) ?? null;
    if (composed !== null) {
      const body = typeof composed.body === 'string' ? composed.body : JSON.stringify(composed.body);
      const headers = { 'content-type': 'application/json; charset=utf-8', ...composed.headers, 'x-composed': 'yes' };
      response.writeHead(composed.status ?? 200, headers).end(body);
      return;
    }
    missed.push(`${method} ${decodeURIComponent(request.url ?? '')}`);
    response.writeHead(501, { 'content-type': 'text/plain' }).end('not recorded');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recordings,
    missed,
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

function requestKey(method: string, pathAndQuery: string): string {
  const url = new URL(pathAndQuery, 'http://replay');
  const query = [...url.searchParams].map(([name, value]) => `${name}=${value}`).sort();
  return JSON.stringify([method, decodeURIComponent(url.pathname), query]);
}
