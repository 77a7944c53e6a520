import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { type AccessSwitch, accessSwitch } from '../sandbox/access-switch.js';
import { type FaultSwitch, faultSwitch } from '../sandbox/fault-switch.js';
import { adminApi, html404, type PlainReply, type SandboxAdminApi } from './sandbox-admin-api.js';
import type { PrestaShopData } from './sandbox-resources.js';
import { answerWebservice, type SandboxKey, type WebserviceSettings } from './sandbox-webservice.js';

export interface SandboxOptions extends WebserviceSettings {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** IANA zone of the shop's stamps; it shows as PS_TIMEZONE among the configurations. */
  readonly timeZone: string;
  /** PrestaShop 9's second API; without it the shop answers as an older one would. */
  readonly adminApi?: SandboxAdminApi;
}

export interface PrestaShopSandbox {
  readonly url: string;
  /** The rows it serves: what is changed here is what the next request sees. */
  readonly data: PrestaShopData;
  readonly faults: FaultSwitch;
  /** Also `PUT /sandbox/access` on the shop's port. */
  readonly access: AccessSwitch<PrestaShopAccess>;
  close(): Promise<void>;
}

/** How strangers get in. */
export interface PrestaShopAccess {
  readonly webserviceOn: boolean;
  readonly stripsAuthorization: boolean;
  /** Resources that no key may read for the moment, whatever it was granted. */
  readonly withheld: readonly string[];
}

const accessSchema = z.strictObject({
  webserviceOn: z.boolean().optional(),
  stripsAuthorization: z.boolean().optional(),
  withheld: z.array(z.string()).optional(),
});

/**
 * A PrestaShop on 127.0.0.1 without PHP or database: the webservice as measured on 9.1.4, with its oddities, and the Admin API,
 * over rows that the caller gives. It never writes. It fails on demand (`faults`, or `PUT /sandbox/fault`), and withholds rights (`access`, or
 * `PUT /sandbox/access`).
 */
export async function startPrestaShopSandbox(options: SandboxOptions): Promise<PrestaShopSandbox> {
  const faults = faultSwitch();
  const data: PrestaShopData = options.data;
  data.configurations ??= [
    { id: 1, value: options.version, name: 'PS_VERSION_DB' },
    { id: 2, value: options.timeZone, name: 'PS_TIMEZONE' },
  ];
  const { webserviceOn = true, stripsAuthorization = false } = options;
  const access = accessSwitch<PrestaShopAccess>(accessSchema, { webserviceOn, stripsAuthorization, withheld: [] });
  const admin = adminApi(options.adminApi);
  const answer = async (request: IncomingMessage): Promise<PlainReply> => {
    const { method = 'GET', headers } = request;
    const origin = `http://${headers.host ?? '127.0.0.1'}`;
    const { pathname, searchParams: query } = new URL(request.url ?? '/', origin);
    if (pathname === '/api' || pathname.startsWith('/api/'))
      return answerWebservice(
        { ...options, ...access.current, keys: without(options.keys, access.current.withheld) },
        { method, path: pathname, query, headers, origin },
      );
    if (!pathname.startsWith('/admin-api/')) return html404();
    return admin({ method, path: pathname, query, authorization: headers.authorization ?? '', body: await textOf(request) });
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    if ((await access.intercept(request, response)) || (await faults.intercept(request, response))) return;
    const { status, headers, body } = await answer(request);
    response.writeHead(status, headers).end(body);
  };
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  return {
    url: `http://127.0.0.1:${port}`,
    data,
    faults,
    access,
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function without(keys: SandboxOptions['keys'], withheld: readonly string[]): SandboxOptions['keys'] {
  if (withheld.length === 0) return keys;
  const rightsLeft = ({ rights }: SandboxKey) =>
    Object.fromEntries(Object.entries(rights).filter(([resource]) => !withheld.includes(resource)));
  return Object.fromEntries(Object.entries(keys).map(([key, account]) => [key, { ...account, rights: rightsLeft(account) }]));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
