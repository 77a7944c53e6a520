import { randomUUID } from 'node:crypto';

/** A module of the shop, as the Admin API lists it. */
export interface SandboxModule {
  readonly technicalName: string;
  /** Of the files on disk. */
  readonly moduleVersion: string;
  /** Of the last installation or upgrade that was run; `null` when it never was. */
  readonly installedVersion: string | null;
  readonly enabled: boolean;
}

export interface SandboxAdminApi {
  readonly clients: Readonly<Record<string, { readonly secret: string; readonly scopes: readonly string[] }>>;
  readonly modules: readonly SandboxModule[];
  /** The real one insists on https; a sandbox on loopback has none, and says so unless this is set. */
  readonly acceptsHttp: boolean;
}

export interface PlainReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const knownScopes: readonly string[] = ['module_read', 'module_write', 'api_client_read', 'product_read', 'hook_read'];
const defaultLimit = 50;

/** The Admin API of PrestaShop 9 as far as a connector meets it: the token and the modules. */
export function adminApi(
  api: SandboxAdminApi | undefined,
): (request: { method: string; path: string; query: URLSearchParams; authorization: string; body: string }) => PlainReply {
  const scopesOfToken = new Map<string, readonly string[]>();
  return ({ method, path, query, authorization, body }) => {
    if (!api) return html404();
    if (!api.acceptsHttp)
      return {
        ...json(401, 'Use HTTPS protocol'),
        headers: { 'Content-Type': 'application/json', Location: 'https://localhost/admin-api' },
      };
    if (path === '/admin-api/access_token' && method === 'POST') {
      const { reply, token, scopes } = issueToken(api, new URLSearchParams(body));
      if (token) scopesOfToken.set(token, scopes);
      return reply;
    }
    if (path !== '/admin-api/modules') return html404();
    const scopes = scopesOfToken.get(/^Bearer (.+)$/.exec(authorization)?.[1] ?? '');
    if (!scopes) return json(401, 'No authorization or an invalid one');
    if (!scopes.includes('module_read')) return problem(403, 'Access Denied.');
    return moduleList(api.modules, query);
  };
}

function issueToken(api: SandboxAdminApi, form: URLSearchParams): { reply: PlainReply; token: string | null; scopes: readonly string[] } {
  const refused = (status: number, error: string, hint: string) => ({
    reply: json(status, { error, error_description: hint, hint }),
    token: null,
    scopes: [],
  });
  const client = api.clients[form.get('client_id') ?? ''];
  const scopes = form.getAll('scope[]');
  if (form.get('grant_type') !== 'client_credentials') return refused(400, 'unsupported_grant_type', 'Only client_credentials is granted');
  if (!client || client.secret !== form.get('client_secret'))
    return refused(401, 'invalid_client', 'The client could not be authenticated');
  const unknown = scopes.find((scope) => !knownScopes.includes(scope));
  if (unknown !== undefined) return refused(400, 'invalid_scope', `Check the scope ${unknown}`);
  if (scopes.some((scope) => !client.scopes.includes(scope))) return refused(401, 'access_denied', 'The client was not granted this scope');
  const token = randomUUID();
  return { reply: json(200, { token_type: 'Bearer', expires_in: 3600, access_token: token }), token, scopes };
}

function moduleList(modules: readonly SandboxModule[], query: URLSearchParams): PlainReply {
  const limit = Number(query.get('limit') ?? defaultLimit);
  const offset = Number(query.get('offset') ?? 0);
  const items = modules.map((module, index) => ({ moduleId: index + 1, ...module })).slice(offset, offset + limit);
  return json(200, { totalItems: modules.length, limit, items });
}

function json(status: number, body: unknown): PlainReply {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

function problem(status: number, detail: string): PlainReply {
  return json(status, { type: '/errors/403', title: 'An error occurred', status, detail });
}

/** The shop's own page for an address it does not know. */
export function html404(): PlainReply {
  return {
    status: 404,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: '<!DOCTYPE html><title>404</title><h1>Not found</h1>',
  };
}
