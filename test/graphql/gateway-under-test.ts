import { Writable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Lookup } from '../../integrations/address-guard.js';
import { openGateway } from '../../src/app.js';
import { type Config, readConfig } from '../../src/http/config.js';
import { buildHttpServer } from '../../src/server.js';
import { createAccessToken, revokeAccessToken } from '../../src/use-cases/access-token.js';
import { PARTNER_SCOPES, type Scope } from '../../src/use-cases/actor.js';
import type { Gateway } from '../../src/use-cases/gateway.js';
import { cloneTemplate } from '../support/database.js';
import { asVendor, instant, OPENING_DAY, SECRET_KEY } from '../support/vendor.js';
import { NOW, type VendorUnderTest, vendorUnderTest } from './vendor-under-test.js';

const PEPPER = 'a pepper for tests only, and long enough';

/** Whom a test asks as: each has a token, but for the last. */
export type Asker =
  | 'staff'
  | 'partner'
  | 'partnerWithoutScopes'
  | 'partnerForAddons'
  | 'ada'
  | 'ben'
  | 'adaStore'
  | 'benStore'
  | 'expired'
  | 'revoked'
  | 'anonymous';

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is walked by tests that say what they expect of it.
  readonly data: any;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions: { readonly code: string };
  }[];
  /** The whole answer, but for the request's id. */
  readonly text: string;
}

export interface GatewayUnderTest {
  readonly vendor: VendorUnderTest;
  readonly server: FastifyInstance;
  readonly gateway: Gateway;
  readonly url: string;
  readonly tokens: Readonly<Record<Exclude<Asker, 'anonymous'>, string>>;
  /** Text of every statement that sessions sent since the last `forgetStatements`. */
  readonly statements: readonly string[];
  forgetStatements(): void;
  /** What the server logged as an error. */
  readonly errorLog: () => string;
  /** Moves the clock; it starts at NOW. */
  at(moment: string): void;
  ask(asker: Asker, query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** The data of an answer without errors; throws with the errors otherwise. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  data(asker: Asker, query: string, variables?: Record<string, unknown>): Promise<any>;
  close(): Promise<void>;
}

/** The real server over a database of its own with a small vendor in it; `route` may lead it to the database by a detour. */
export async function gatewayUnderTest(
  overrides: Record<string, string> = {},
  route: (databaseUrl: string) => Promise<string> = async (databaseUrl) => databaseUrl,
  stopping: AbortSignal = new AbortController().signal,
  lookup?: Lookup,
): Promise<GatewayUnderTest> {
  const url = await route(await cloneTemplate());
  const config = configOf(url, overrides);
  const statements: string[] = [];
  let clock = NOW;
  const gateway = await openGateway(
    { ...config, databaseUrl: url },
    { onStatement: (sql) => statements.push(sql), now: () => clock, stopping, ...(lookup === undefined ? {} : { lookup }) },
  );
  const vendor = await vendorUnderTest(gateway.database);
  const tokens = await makeTokens(gateway, vendor);
  const lines: string[] = [];
  const server = await buildHttpServer(config, gateway, collecting(lines));

  const ask: GatewayUnderTest['ask'] = async (asker, query, variables) => {
    const response = await server.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query, variables },
      headers: asker === 'anonymous' ? {} : { authorization: `Bearer ${tokens[asker]}` },
    });
    return answerOf(response.statusCode, response.body);
  };
  return {
    vendor,
    server,
    gateway,
    url,
    tokens,
    statements,
    forgetStatements: () => statements.splice(0),
    errorLog: () => lines.join(''),
    at: (moment) => {
      clock = instant(moment);
    },
    ask,
    data: async (asker, query, variables) => {
      const { data, errors, text } = await ask(asker, query, variables);
      if (errors.length > 0) throw new Error(`${text}\n${lines.join('')}`);
      return data;
    },
    close: async () => {
      await server.close();
      await gateway.database.close();
    },
  };
}

export function configOf(databaseUrl: string, overrides: Record<string, string> = {}): Config {
  const read = readConfig({
    DATABASE_URL: databaseUrl,
    TENURE_TOKEN_PEPPER: PEPPER,
    TENURE_SECRET_KEY: Buffer.from(SECRET_KEY).toString('base64'),
    TENURE_ALLOWED_HOSTS: '127.0.0.1',
    LOG_LEVEL: 'error',
    ...overrides,
  });
  if ('faults' in read) throw new Error(read.faults.map(({ message }) => message).join('\n'));
  return read.config;
}

export function answerOf(status: number, body: string): Answer {
  const { data = null, errors = [], ...rest } = JSON.parse(body);
  const text = JSON.stringify({ status, data, errors, ...rest }, (key, value) => (key === 'requestId' ? undefined : value));
  return { status, data, errors, text };
}

const collecting = (lines: string[]) =>
  new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });

async function makeTokens({ database }: Gateway, { ada, ben }: VendorUnderTest): Promise<GatewayUnderTest['tokens']> {
  const token = (
    kind: 'STAFF' | 'PARTNER' | 'CUSTOMER' | 'STORE',
    rest: { scopes?: readonly Scope[]; customerId?: string; storeId?: string; expiresAt?: string } = {},
  ) =>
    asVendor(database, async (em) => {
      const { scopes = [], customerId = null, storeId = null, expiresAt } = rest;
      const ends = expiresAt === undefined ? null : instant(expiresAt);
      return createAccessToken(
        em,
        { kind, label: `${kind} under test`, scopes, customerId, storeId, expiresAt: ends },
        PEPPER,
        OPENING_DAY,
      );
    });
  const text = async (...given: Parameters<typeof token>) => (await token(...given)).text;
  const revoked = await token('CUSTOMER', { customerId: ada.id });
  await asVendor(database, (em) => revokeAccessToken(em, revoked.token.id, OPENING_DAY));
  const withoutScopes = await token('PARTNER', { scopes: ['ADDONS_READ'] });
  await asVendor(database, (em) =>
    em
      .getConnection()
      .execute(
        'update access_token set scopes = array[]::text[] where id = ?',
        [withoutScopes.token.id],
        'run',
        em.getTransactionContext(),
      ),
  );
  return {
    staff: await text('STAFF'),
    partner: await text('PARTNER', { scopes: PARTNER_SCOPES }),
    partnerWithoutScopes: withoutScopes.text,
    partnerForAddons: await text('PARTNER', { scopes: ['ADDONS_READ'] }),
    ada: await text('CUSTOMER', { customerId: ada.id }),
    ben: await text('CUSTOMER', { customerId: ben.id }),
    adaStore: await text('STORE', { storeId: ada.stores[0] ?? '' }),
    benStore: await text('STORE', { storeId: ben.stores[0] ?? '' }),
    expired: await text('CUSTOMER', { customerId: ada.id, expiresAt: '2025-06-01T00:00:00Z' }),
    revoked: revoked.text,
  };
}

/** A well-formed id that names nothing. */
export const NOTHING = '01900000-0000-7000-8000-000000000000';

/**
 * A print of every table's rows, which changes with every insert, update and delete. When a token was last used is no write of a request's.
 */
export async function rowPrints({ database }: Gateway): Promise<Record<string, string>> {
  return asVendor(database, async (em) => {
    const connection = em.getConnection();
    const context = em.getTransactionContext();
    const tables = await connection.execute<{ name: string }[]>(
      "select table_name as name from information_schema.tables where table_schema = 'public' and table_name not like 'mikro%' order by 1",
      [],
      'all',
      context,
    );
    // What was put off until later was written down, too.
    const prints = [...tables, { name: 'tenure_jobs"."job' }].map(({ name }) => {
      const row = name === 'access_token' ? 'id::text || revoked_at::text' : 'xmin::text || ctid::text';
      return `select '${name}' as name, count(*) || ':' || coalesce(md5(string_agg(${row}, ',' order by ${row})), '') as print from "${name}"`;
    });
    const rows = await connection.execute<{ name: string; print: string }[]>(prints.join(' union all '), [], 'all', context);
    return Object.fromEntries(rows.map(({ name, print }) => [name, print]));
  });
}
