import { z } from 'zod';
import type { GuardedClient } from '../guarded-client.js';
import { heldPages } from '../held-pages.js';
import { MOST_MODULES, modulesReading } from '../module-list.js';
import { type ModulesReading, StoreReadingFailed, type UnknownFact } from '../store-platform.js';
import { parseJsonReply, type StoreReply } from '../store-reply.js';

/** An API client of PrestaShop 9 with the scope `module_read`. */
export interface AdminApiAccess {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface ModulesConnection {
  readonly baseUrl: string;
  readonly client: GuardedClient;
  readonly adminApi?: AdminApiAccess | undefined;
}

const pageLimit = 100;
/** As many as the most modules need where a shop gives fifty on a page. */
const MOST_PAGES = 40;

const moduleSchema = z.object({
  technicalName: z.string(),
  moduleVersion: z.string().nullish(),
  installedVersion: z.string().nullish(),
  enabled: z.boolean().nullish(),
});
type Module = z.output<typeof moduleSchema>;
const modulePageSchema = z.object({ totalItems: z.coerce.number().int().nonnegative(), items: z.array(moduleSchema) });
const tokenSchema = z.object({ access_token: z.string().min(1) });

/**
 * The modules with the version of their files. The webservice has no such list; the Admin API of PrestaShop 9 does. Without
 * access to it, or on an older PrestaShop, nothing is available and the reading says why. Throws `StoreReadingFailed`:
 * CREDENTIALS_REFUSED for a wrong client, RIGHT_MISSING where the client lacks the scope, TOO_LARGE, TIMED_OUT or UNEXPECTED_REPLY where the list does not end.
 */
export async function readModules({ baseUrl, client, adminApi }: ModulesConnection): Promise<ModulesReading> {
  if (!adminApi) return unavailable('PrestaShop lists its modules in the Admin API of version 9 only, and no API client was given');
  const base = `${baseUrl.replace(/\/+$/, '')}/admin-api`;
  const reply = await client.postForm(new URL(`${base}/access_token`), { Accept: 'application/json' }, tokenForm(adminApi));
  if (reply.status === 404) return unavailable('This PrestaShop has no Admin API: it came with version 9');
  const token = parsed(tokenSchema, reply, new URL(base).host).access_token;
  const { host } = new URL(base);
  const modules: Module[] = [];
  const pages = heldPages(modulePages(client, base, token), { host, what: 'modules', mostRows: MOST_MODULES });
  for await (const { rows } of pages) modules.push(...rows);
  return modulesReading(modules.map(toldModule), notUpgraded(modules));
}

function tokenForm({ clientId, clientSecret }: AdminApiAccess): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    'scope[]': 'module_read',
  });
}

/**
 * Pages by offset, as there is no other way. How many there are is the shop's own word, and a shop that ignores the offset repeats itself: each page
 * brings a module that is new. A module that comes twice, as one is installed meanwhile, counts once.
 */
async function* modulePages(client: GuardedClient, base: string, token: string): AsyncGenerator<{ readonly rows: readonly Module[] }> {
  const known = new Set<string>();
  let asked = 0;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const url = new URL(`${base}/modules?limit=${pageLimit}&offset=${asked}`);
    const reply = await client.get(url, { Authorization: `Bearer ${token}`, Accept: 'application/json' });
    const { items, totalItems } = parsed(modulePageSchema, reply, url.host);
    asked += items.length;
    const rows = items.filter(({ technicalName }) => !known.has(technicalName) && known.add(technicalName));
    if (rows.length > 0) yield { rows };
    if (items.length === 0 || asked >= totalItems) return;
    if (rows.length === 0) throw endless(url.host, 'repeats itself');
  }
  throw endless(new URL(base).host, `does not end after ${MOST_PAGES} pages`);
}

function endless(host: string, because: string): StoreReadingFailed {
  return new StoreReadingFailed('UNEXPECTED_REPLY', `${host}: the list of modules ${because}`, { host });
}

const toldModule = ({ technicalName, moduleVersion, installedVersion, enabled }: Module) => ({
  code: technicalName,
  version: moduleVersion ?? installedVersion ?? null,
  enabled: enabled === true,
});

function notUpgraded(modules: readonly Module[]): UnknownFact[] {
  const pending = modules.filter(
    (module) => module.installedVersion && module.moduleVersion && module.installedVersion !== module.moduleVersion,
  );
  if (pending.length === 0) return [];
  const because = `the files of ${pending.length} are of another version than is installed; the upgrade was not run`;
  return [{ fact: 'modules.version', because }];
}

function unavailable(because: string): ModulesReading {
  const unknown: UnknownFact[] = [{ fact: 'modules', because }];
  return { modules: [], available: false, unknown };
}

function parsed<S extends z.ZodType>(schema: S, reply: StoreReply, host: string): z.output<S> {
  const failed = (code: StoreReadingFailed['code'], because: string) =>
    new StoreReadingFailed(code, `${host}: ${because}`, { host, status: reply.status });
  const body = parseJsonReply(reply, host);
  const error = z.object({ error: z.string() }).safeParse(body).data?.error;
  if (body === 'Use HTTPS protocol') throw failed('ADDRESS_REFUSED', 'the Admin API answers over https only');
  if (error === 'invalid_scope' || error === 'access_denied' || reply.status === 403) {
    throw failed('RIGHT_MISSING', 'the API client lacks a right: grant the scope module_read');
  }
  if (reply.status === 401 || error === 'invalid_client') throw failed('CREDENTIALS_REFUSED', 'the Admin API refused the client');
  const read = schema.safeParse(body);
  if (reply.status === 200 && read.success) return read.data;
  throw failed('UNEXPECTED_REPLY', `the Admin API answered with status ${reply.status} and not what was asked for`);
}
