import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { z } from 'zod';

const faultSchema = z.strictObject({
  kind: z.enum([
    'TOO_MANY_REQUESTS',
    'SERVER_ERROR',
    'HANG',
    'DRIP',
    'TRUNCATED',
    'OVERSIZED',
    'DEEP_JSON',
    'HTML',
    'MAINTENANCE',
    'REDIRECT',
    'CHANGED_CURRENCY',
  ]),
  /** Only the next so many requests; without it, until the switch is set back. */
  times: z.int().positive().optional(),
  /** Only requests whose path and query, decoded, contain this. */
  pathContains: z.string().min(1).optional(),
  /** TOO_MANY_REQUESTS: what Retry-After says. */
  retryAfterSeconds: z.int().nonnegative().default(1),
  /** DRIP: time between two bytes. */
  everyMs: z.int().positive().default(200),
  /** OVERSIZED: size of the body once inflated. */
  megabytes: z.int().positive().max(1024).default(16),
  /** OVERSIZED: sent as gzip, a few thousandths of its size. */
  gzip: z.boolean().default(false),
  /** DEEP_JSON: how many lists stand in one another. */
  levels: z.int().positive().max(1_000_000).default(100),
  /** REDIRECT: where to, and how. */
  location: z.url().default('https://www.shop.example/'),
  status: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).default(302),
  /** CHANGED_CURRENCY: what the shop's currencies and the orders in them are called now. */
  currencyCode: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('XTS'),
});

/** How the sandbox shop misbehaves; everything but `kind` has a default. */
export type Fault = z.input<typeof faultSchema>;

export interface FaultSwitch {
  /** Answers the request in the shop's place: true when it was a fault or a request to the switch itself; false where the shop answers, if with changes. */
  intercept(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Throws on a fault that cannot be meant (unknown kind, zero times). */
  set(fault: Fault | null): void;
  /** The fault in force, `times` being what is left of it. */
  readonly current: Fault | null;
}

const switchPath = '/sandbox/fault';
const switchBodyLimit = 10_000;

/**
 * A switch that makes a sandbox shop fail in one chosen way, from code or, on the shop's own port, by
 * `PUT /sandbox/fault` with the fault as JSON, `GET` and `DELETE`. It keeps no socket and no timer beyond the connection they serve.
 */
export function faultSwitch(): FaultSwitch {
  let current: z.output<typeof faultSchema> | null = null;
  const set = (fault: Fault | null) => {
    current = fault === null ? null : faultSchema.parse(fault);
  };
  const take = (path: string) => {
    const fault = current;
    if (!fault || !decoded(path).includes(fault.pathContains ?? '')) return null;
    if (fault.times !== undefined) current = fault.times === 1 ? null : { ...fault, times: fault.times - 1 };
    return fault;
  };
  return {
    set,
    get current() {
      return current;
    },
    async intercept(request, response) {
      const path = request.url ?? '/';
      if (path === switchPath) {
        await answerSwitch(request, response, set, () => current);
        return true;
      }
      const fault = take(path);
      return fault !== null && misbehave(fault, response);
    },
  };
}

async function answerSwitch(
  request: IncomingMessage,
  response: ServerResponse,
  set: (fault: Fault | null) => void,
  current: () => Fault | null,
): Promise<void> {
  const reply = (status: number, body: unknown) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  switch (request.method) {
    case 'GET':
      reply(200, current());
      return;
    case 'DELETE':
      set(null);
      reply(200, null);
      return;
    case 'PUT': {
      const fault = faultSchema.safeParse(await jsonBody(request));
      if (!fault.success) {
        reply(400, { message: z.prettifyError(fault.error) });
        return;
      }
      set(fault.data);
      reply(200, current());
      return;
    }
    default:
      response.writeHead(405, { Allow: 'GET, PUT, DELETE' }).end();
  }
}

/** The request's body as JSON; `undefined` where it is none, or longer than any fault. */
async function jsonBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > switchBodyLimit) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Whether that was the answer; false leaves it to the shop. */
async function misbehave(fault: z.output<typeof faultSchema>, response: ServerResponse): Promise<boolean> {
  if (fault.kind === 'CHANGED_CURRENCY') {
    changeCurrency(response, fault.currencyCode);
    return false;
  }
  await answerWith({ ...fault, kind: fault.kind }, response);
  return true;
}

type AnsweringFault = z.output<typeof faultSchema> & { readonly kind: Exclude<Fault['kind'], 'CHANGED_CURRENCY'> };

async function answerWith(fault: AnsweringFault, response: ServerResponse): Promise<void> {
  switch (fault.kind) {
    case 'TOO_MANY_REQUESTS':
      response.writeHead(429, { 'Content-Type': 'text/plain', 'Retry-After': String(fault.retryAfterSeconds) }).end('Too many requests');
      return;
    case 'SERVER_ERROR':
      response.writeHead(500).end();
      return;
    case 'HANG':
      return;
    case 'DRIP':
      drip(response, fault.everyMs);
      return;
    case 'TRUNCATED':
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '4096' });
      response.write('{"orders":[', () => response.socket?.destroySoon());
      return;
    case 'OVERSIZED':
      await flood(response, fault.megabytes, fault.gzip);
      return;
    case 'DEEP_JSON':
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('['.repeat(fault.levels) + ']'.repeat(fault.levels));
      return;
    case 'REDIRECT':
      response.writeHead(fault.status, { Location: fault.location }).end();
      return;
    case 'HTML':
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end('<!DOCTYPE html><title>Shop</title><h1>Welcome</h1>');
      return;
    case 'MAINTENANCE':
      response
        .writeHead(503, { 'Content-Type': 'text/html; charset=utf-8' })
        .end('<!DOCTYPE html><title>Maintenance</title><h1>Back soon</h1>');
      return;
  }
}

/** The shop's own answer, but for the codes of currencies: Magento's of an order, PrestaShop's of its currencies. */
function changeCurrency(response: ServerResponse, currencyCode: string): void {
  const end = response.end.bind(response);
  const changed = (body: string) => body.replace(/("(?:order_currency_code|iso_code)":\s*)"[A-Z]{3}"/g, `$1"${currencyCode}"`);
  Object.assign(response, { end: (body?: string) => end(typeof body === 'string' ? changed(body) : body) });
}

/** White space forever: valid so far, never complete. Ends with the connection. */
function drip(response: ServerResponse, everyMs: number): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const timer = setInterval(() => response.write(' '), everyMs);
  response.on('close', () => clearInterval(timer));
}

async function flood(response: ServerResponse, megabytes: number, gzip: boolean): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/json', ...(gzip ? { 'Content-Encoding': 'gzip' } : {}) });
  const body = Readable.from(oneLongString(megabytes));
  try {
    await (gzip ? pipeline(body, createGzip({ level: constants.Z_BEST_SPEED }), response) : pipeline(body, response));
  } catch (error) {
    // The reader is right to hang up; anything else is a fault of this file.
    if (!response.destroyed) throw error;
  }
}

function* oneLongString(megabytes: number): Generator<Buffer> {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  yield Buffer.from('"');
  for (let sent = 0; sent < megabytes; sent += 1) yield megabyte;
  yield Buffer.from('"');
}
