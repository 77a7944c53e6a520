import { z } from 'zod';
import type { GuardedClient } from '../guarded-client.js';
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

const moduleSchema = z.object({
  technicalName: z.string().min(1),
  moduleVersion: z.string().nullish(),
  installedVersion: z.string().nullish(),
  enabled: z.boolean().nullish(),
});
const modulePageSchema = z.object({ totalItems: z.coerce.number().int().nonnegative(), items: z.array(moduleSchema) });
const tokenSchema = z.object({ access_token: z.string().min(1) });

/**
 * The modules with the version of their files. The webservice has no such list; the Admin API of PrestaShop 9 does. Without
 * access to it, or on an older PrestaShop, nothing is available and the reading says why. Throws `StoreReadingFailed`:
 * CREDENTIALS_REFUSED for a wrong client, RIGHT_MISSING where the client lacks the scope.
 */
export async function readModules({ baseUrl, client, adminApi }: ModulesConnection): Promise<ModulesReading> {
  if (!adminApi) return unavailable('PrestaShop lists its modules in the Admin API of version 9 only, and no API client was given');
  const base = `${baseUrl.replace(/\/+$/, '')}/admin-api`;
  const reply = await client.postForm(new URL(`${base}/access_token`), { Accept: 'application/json' }, tokenForm(adminApi));
  if (reply.status === 404) return unavailable('This PrestaShop has no Admin API: it came with version 9');
  const token = parsed(tokenSchema, reply, new URL(base).host).access_token;
  return modulesReading(await allModules(client, base, token));
}

function tokenForm({ clientId, clientSecret }: AdminApiAccess): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    'scope[]': 'module_read',
  });
}

async function allModules(client: GuardedClient, base: string, token: string): Promise<z.output<typeof moduleSchema>[]> {
  const modules: z.output<typeof moduleSchema>[] = [];
  for (;;) {
    const url = new URL(`${base}/modules?limit=${pageLimit}&offset=${modules.length}`);
    const reply = await client.get(url, { Authorization: `Bearer ${token}`, Accept: 'application/json' });
    const page = parsed(modulePageSchema, reply, url.host);
    modules.push(...page.items);
    if (page.items.length === 0 || modules.length >= page.totalItems) return modules;
  }
}

function modulesReading(modules: readonly z.output<typeof moduleSchema>[]): ModulesReading {
  const pending = modules.filter(
    (module) => module.installedVersion && module.moduleVersion && module.installedVersion !== module.moduleVersion,
  );
  return {
    available: true,
    modules: modules.map((module) => ({
      code: module.technicalName,
      version: module.moduleVersion ?? module.installedVersion ?? null,
      enabled: module.enabled === true,
    })),
    unknown: pending.map((module) => ({
      fact: 'modules.version',
      because: `${module.technicalName}: its files say ${module.moduleVersion}, its installation ${module.installedVersion}; the upgrade was not run`,
    })),
  };
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
