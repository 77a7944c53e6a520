import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a store answers to a request in which it found this. */
interface Echo {
  readonly status?: number;
  readonly says?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}
type Echoing = (secret: string, path: string) => Echo;

const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };
/** Of the store alone, and of no secret's: what is repeated of its text repeats this. */
export const STORE_WORDS = 'canarywordsofthestore';
/** Handed out by the store itself, and a credential from then on. */
export const ADMIN_TOKEN = 'canary-admin-api-token';
const said = (secret: string) => `${secret} ${STORE_WORDS}`;
const squeezed = (secret: string) => said(secret).replace(/\W/g, '');
const row = (secret: string) => ({ entity_id: 1, id: 1, updated_at: '2026-03-01 10:00:00', date_upd: '2026-03-01 10:00:00', name: secret });

/** The ways in which a store repeats what it was sent, as debug pages, firewalls and malice do. */
export const WAYS = {
  WORKS: (_, path) => ({ body: working(path, 'Vendor_Module', '1.0') }),
  MESSAGE_401: (secret) => ({ status: 401, body: { message: `No: ${said(secret)}`, errors: [{ code: 20, message: said(secret) }] } }),
  PARAMETER_400: (secret) => ({
    status: 400,
    body: { message: 'No: %1', parameters: [said(secret)], errors: [{ code: secret, message: said(secret) }] },
  }),
  RIGHT_401: (secret, path) =>
    path.endsWith('/orders')
      ? { status: 401, body: { message: '%resources', parameters: { resources: squeezed(secret) } } }
      : { body: working(path, 'Vendor_Module', '1.0') },
  MESSAGE_403: (secret) => ({ status: 403, body: { message: said(secret), error: said(secret) } }),
  MESSAGE_404: (secret) => ({ status: 404, body: { message: said(secret) } }),
  REPORT_500: (secret) => ({ status: 500, body: { message: `Report ID: ${squeezed(secret)}`, trace: said(secret) } }),
  CONTENT_TYPE: (secret) => ({ headers: { 'content-type': said(secret) }, body: said(secret) }),
  CONTENT_TYPE_OF_KEY: (secret) => ({ headers: { 'content-type': `text/${squeezed(secret)}` }, body: said(secret) }),
  LOCATION: (secret) => ({ status: 302, headers: { location: `https://${squeezed(secret)}.evil.example/` }, body: '' }),
  WEB_SERVER: (secret) => ({
    status: 401,
    says: said(secret),
    headers: { ...html, 'www-authenticate': `Basic realm="${said(secret)}"` },
    body: said(secret),
  }),
  DATA: (secret, path) => ({ headers: { 'psws-version': secret, 'x-debug': secret }, body: working(path, secret, secret) }),
  RIGHTS: (_, path) =>
    path.endsWith('/api/')
      ? {
          headers: { 'content-type': 'text/xml' },
          body: `<api><${STORE_WORDS} xlink:href="/" get="true" put="true"></${STORE_WORDS}></api>`,
        }
      : { body: working(path, 'Vendor_Module', '1.0') },
  DEBUG_PAGE: (secret) => ({ status: 500, headers: html, body: `<dl><dt>Authorization<dd>${said(secret)}</dl>` }),
} as const satisfies Readonly<Record<string, Echoing>>;
export type Way = keyof typeof WAYS;

/** An answer in the form that either platform's API has, with a name and a version in it. */
function working(path: string, name: string, version: string): unknown {
  if (path.endsWith('/magento_version')) return `Magento/2.4 (${name === version ? name : 'Community'})`;
  if (path.endsWith('/access_token')) return { access_token: ADMIN_TOKEN };
  if (path.endsWith('/admin-api/modules'))
    return { totalItems: 1, items: [{ technicalName: name, moduleVersion: version, enabled: true }] };
  if (path.endsWith('/V1/modules')) return [name];
  const rows = name === version ? [row(name)] : [];
  const resource = path.split('/').at(-1) ?? '';
  return path.includes('/api/') ? { [resource]: rows } : { items: rows, total_count: rows.length };
}

export interface EchoingStore {
  readonly url: string;
  /** Which way it answers from now on, and as what it repeats the credentials: the whole header, or each that stands in it. */
  answers(way: Way): void;
  close(): Promise<void>;
}

/** A store of either platform that answers in a chosen way with the credentials that it was sent. */
export async function startEchoingStore(): Promise<EchoingStore> {
  let echoing: Echoing = WAYS.WORKS;
  const server = createServer((request, response) => {
    answer(echoing, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: (way) => {
      echoing = WAYS[way];
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(echoing: Echoing, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let form = '';
  for await (const chunk of request) form += chunk;
  const { pathname } = new URL(request.url ?? '/', 'http://store');
  const { status = 200, says = 'As asked', headers = json, body } = echoing(secretIn(request.headers.authorization ?? form), pathname);
  response.writeHead(status, says, { ...json, ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The key of Basic in clear, the access token of OAuth, the token of a bearer, the secret of a form. */
function secretIn(sent: string): string {
  const [, basic] = /^Basic (.+)$/.exec(sent) ?? [];
  if (basic !== undefined) return Buffer.from(basic, 'base64').toString().slice(0, -1);
  const [, oauth] = /oauth_token="([^"]+)"/.exec(sent) ?? [];
  const [, bearer] = /^Bearer (.+)$/.exec(sent) ?? [];
  return oauth ?? bearer ?? new URLSearchParams(sent).get('client_secret') ?? 'nothing';
}
