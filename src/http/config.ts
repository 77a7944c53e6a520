import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** Signature algorithms whose verifying key is public. A shared secret (HS256) or none would let whoever can verify also sign. */
export const ASYMMETRIC_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

export type AsymmetricAlgorithm = (typeof ASYMMETRIC_ALGORITHMS)[number];

export interface Secrets {
  /** Keys the digests of access tokens; at least 32 characters. */
  readonly tokenPepper: string;
  /** 32 bytes that wrap the keys of what is sealed at rest. */
  readonly secretKey: Buffer;
}

export interface JwtConfig {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: URL;
  readonly algorithms: readonly AsymmetricAlgorithm[];
}

export interface Config extends Secrets {
  readonly port: number;
  readonly host: string;
  /** Null: the embedded database. */
  readonly databaseUrl: string | null;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** `host` or `host:port` that the vendor's own shops may be reached at over http or on a private address. */
  readonly allowedHosts: readonly string[];
  /** Networks in CIDR whose addresses are taken for public ones, over https, where the vendor's own shops are. */
  readonly allowedNetworks: readonly string[];
  /** Ports besides 443 that the vendor's own shops may be reached on over https. */
  readonly allowedPorts: readonly number[];
  /** `host` or `host:port` that any customer's store may be reached at over http or on a private address. */
  readonly allowedHostsOfCustomers: readonly string[];
  /** Null: only access tokens are accepted. */
  readonly jwt: JwtConfig | null;
  /** Lets everybody introspect the schema. */
  readonly development: boolean;
  readonly statementTimeoutMs: number;
  readonly poolSize: number;
  /** False, or the addresses of the proxies in front, whose `x-forwarded-…` headers are believed. */
  readonly trustProxy: false | string[];
  readonly shutdownGraceMs: number;
  /** Whether a server does jobs too, beside answering requests. */
  readonly worker: boolean;
}

export interface ConfigFault {
  readonly variable: string;
  /** What is wrong, without the value: it may be a secret. */
  readonly message: string;
  /** What the operator can do about it. */
  readonly mend: string;
}

const HOST_AND_PORT = /^(\[[0-9a-f:.]+\]|[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([0-9]+))?$/i;
const IMPOSSIBLE_LABEL = /(^|\.)-|-(\.|$)/;
/** Fewer bits than these are no network of anybody's: two halves of the internet are the internet. */
const LEAST_BITS = { 4: 8, 6: 16 } as const;
/** Where clouds tell a machine its own credentials. */
const METADATA = ['169.254.169.254', 'fd00:ec2::254'];

const wholeNumber = (least: number, most: number, fallback: number) =>
  z
    .string()
    .regex(/^[0-9]+$/, `is no whole number between ${least} and ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `is not between ${least} and ${most}`)
    .default(fallback);

const parts = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Whether it is a host that an address can name, as it is written in one: any other would never be found, and nobody would be told. */
function isHost(text: string): boolean {
  const [, host = '', port] = HOST_AND_PORT.exec(text) ?? [];
  const read = URL.parse(`http://${host}`)?.hostname;
  const isName = host.startsWith('[') ? read !== undefined : read === host.toLowerCase() && !IMPOSSIBLE_LABEL.test(host);
  return isName && (port === undefined || isPort(port));
}
const isPort = (text: string): boolean => /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535;
function isAddressOrRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  // A zone names an interface of this machine, and is no part of an address elsewhere.
  const bits = address.includes('%') ? undefined : { 4: 32, 6: 128 }[isIP(address)];
  return bits !== undefined && rest.length === 0 && (prefix === undefined || (/^[0-9]{1,3}$/.test(prefix) && Number(prefix) <= bits));
}

function isTooWide(network: string): boolean {
  const [address = '', prefix] = network.split('/');
  return prefix !== undefined && Number(prefix) < LEAST_BITS[isIP(address) === 6 ? 6 : 4];
}

function holdsMetadata(network: string): boolean {
  const [address = '', prefix] = network.split('/');
  const [family, bits] = isIP(address) === 6 ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
  const list = new BlockList();
  list.addSubnet(address, Number(prefix ?? bits), family);
  return METADATA.some((place) => list.check(place, isIP(place) === 6 ? 'ipv6' : 'ipv4'));
}

const isAsymmetric = (name: string): name is AsymmetricAlgorithm => ASYMMETRIC_ALGORITHMS.some((known) => known === name);

const url = (schemes: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => schemes.includes(URL.parse(text)?.protocol ?? ''),
      `is no ${schemes.map((scheme) => `${scheme}//`).join(' or ')} URL`,
    );

const sealingKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/, 'is not 32 bytes in base64')
  .transform((text) => Buffer.from(text, 'base64'));

const listOfHosts = z
  .string()
  .transform(parts)
  .refine((hosts) => hosts.every(isHost), 'is no list of host or host:port')
  .default([]);

const environment = z.object({
  PORT: wholeNumber(0, 65_535, 4000),
  HOST: z.string().default('127.0.0.1'),
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'is no log level').default('info'),
  TENURE_TOKEN_PEPPER: z.string().min(32, 'is shorter than 32 characters').optional(),
  TENURE_SECRET_KEY: sealingKey.optional(),
  TENURE_ALLOWED_HOSTS: listOfHosts,
  TENURE_ALLOWED_NETWORKS: z
    .string()
    .transform(parts)
    .refine((networks) => networks.every(isAddressOrRange), { message: 'is no list of networks in CIDR', abort: true })
    .refine((networks) => !networks.some(isTooWide), {
      message: `is a network of fewer than ${LEAST_BITS[4]} bits (IPv4) or ${LEAST_BITS[6]} (IPv6)`,
      abort: true,
    })
    .refine(
      (networks) => !networks.some(holdsMetadata),
      'is a network in which clouds keep their metadata, with the credentials of machines',
    )
    .default([]),
  TENURE_ALLOWED_PORTS: z
    .string()
    .transform(parts)
    .refine((ports) => ports.every(isPort), 'is no list of ports')
    .transform((ports) => ports.map(Number))
    .default([]),
  TENURE_ALLOWED_HOSTS_OF_CUSTOMERS: listOfHosts,
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWT_JWKS_URL: url(['https:', 'http:']).optional(),
  JWT_ALGORITHMS: z
    .string()
    .default('RS256,ES256')
    .transform(parts)
    .refine((names) => names.length > 0 && names.every(isAsymmetric), 'names an algorithm that is not asymmetric')
    .transform((names) => names.filter(isAsymmetric)),
  TENURE_DEVELOPMENT: z
    .enum(['true', 'false', '1', '0'], 'is neither true nor false')
    .default('false')
    .transform((text) => text === 'true' || text === '1'),
  TENURE_STATEMENT_TIMEOUT_MS: wholeNumber(100, 600_000, 5_000),
  TENURE_POOL_SIZE: wholeNumber(1, 200, 10),
  TENURE_TRUST_PROXY: z
    .string()
    .transform((text) => (text === 'false' ? (false as const) : parts(text)))
    .refine((proxies) => proxies === false || proxies.every(isAddressOrRange), 'is neither false nor a list of addresses')
    .default(false),
  TENURE_SHUTDOWN_GRACE_MS: wholeNumber(0, 10_000, 10_000),
  WORKER: z
    .enum(['on', 'off'], 'is neither on nor off')
    .default('on')
    .transform((text) => text === 'on'),
});

type Variable = keyof typeof environment.shape;
type Environment = z.infer<typeof environment>;

const MEND: Readonly<Record<Variable, string>> = {
  PORT: 'Give the TCP port to listen on, 0 for any free one; default 4000.',
  HOST: 'Give the address to listen on; default 127.0.0.1.',
  DATABASE_URL: 'Give postgres://user:password@host:port/database.',
  LOG_LEVEL: 'Give one of fatal, error, warn, info, debug, trace, silent; default info.',
  TENURE_TOKEN_PEPPER:
    'Give a random text of at least 32 characters and keep it: changing it revokes every access token. `openssl rand -base64 48` makes one.',
  TENURE_SECRET_KEY:
    'Give 32 random bytes in base64 and keep them: what was sealed cannot be opened without. `openssl rand -base64 32` makes them.',
  TENURE_ALLOWED_HOSTS: 'Give hosts separated by commas, "127.0.0.1:8080,shop.internal"; leave it out to allow only public https.',
  TENURE_ALLOWED_NETWORKS: 'Give networks separated by commas, "10.20.0.0/16,fd12:3456::/32"; leave it out to allow public addresses only.',
  TENURE_ALLOWED_PORTS: 'Give ports separated by commas, "8443,9443"; leave it out to allow only 443.',
  TENURE_ALLOWED_HOSTS_OF_CUSTOMERS:
    'Give hosts separated by commas, "stores.internal:8080", that any customer may have asked; leave it out to allow only public https.',
  JWT_ISSUER: 'Give the exact `iss` of your tokens, together with JWT_AUDIENCE and JWT_JWKS_URL; or leave out all three.',
  JWT_AUDIENCE: 'Give the exact `aud` of your tokens, together with JWT_ISSUER and JWT_JWKS_URL; or leave out all three.',
  JWT_JWKS_URL:
    'Give the https address of the issuer’s key set, together with JWT_ISSUER and JWT_AUDIENCE; http only for a host of TENURE_ALLOWED_HOSTS.',
  JWT_ALGORITHMS: `Give a list of ${ASYMMETRIC_ALGORITHMS.join(', ')}; default RS256,ES256.`,
  TENURE_DEVELOPMENT: 'Give true or false; default false.',
  TENURE_STATEMENT_TIMEOUT_MS: 'Give milliseconds from 100 to 600000; default 5000.',
  TENURE_POOL_SIZE: 'Give the number of database connections, 1 to 200; default 10.',
  TENURE_TRUST_PROXY: 'Give false, or the addresses of the proxies in front, "10.0.0.0/8,::1"; default false.',
  TENURE_SHUTDOWN_GRACE_MS: 'Give milliseconds from 0 to 10000; default 10000.',
  WORKER: 'Give on or off; default on. With off, run `tenure worker` elsewhere: deadlines of tickets are recorded by a worker.',
};

/**
 * Reads the configuration once, from the environment alone.
 * Returns it, or every fault at once; a fault never repeats a value. A variable that is empty counts as absent.
 * `embeddedSecrets` stand in for secrets that are absent, and only where no DATABASE_URL is given: a real database gets no default secret.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly embeddedSecrets?: Secrets } = {},
): { readonly config: Config } | { readonly faults: readonly ConfigFault[] } {
  const given = Object.fromEntries(Object.keys(MEND).map((variable) => [variable, env[variable]?.trim() || undefined]));
  const parsed = environment.safeParse(given);
  const embedded = given.DATABASE_URL === undefined ? options.embeddedSecrets : undefined;
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => fault(issue.path[0], issue.message));
  for (const variable of absentButNeeded(given, embedded !== undefined)) faults.push(fault(variable, 'is missing'));
  if (keysInTheClear(given)) faults.push(fault('JWT_JWKS_URL', 'is neither https nor on an allowed host'));
  if (!parsed.success || faults.length > 0) return { faults };

  const read = parsed.data;
  const tokenPepper = read.TENURE_TOKEN_PEPPER ?? embedded?.tokenPepper;
  const secretKey = read.TENURE_SECRET_KEY ?? embedded?.secretKey;
  if (tokenPepper === undefined || secretKey === undefined) throw new Error('a secret was neither given nor reported as missing');
  return {
    config: {
      port: read.PORT,
      host: read.HOST,
      databaseUrl: read.DATABASE_URL ?? null,
      logLevel: read.LOG_LEVEL,
      tokenPepper,
      secretKey,
      allowedHosts: read.TENURE_ALLOWED_HOSTS,
      allowedNetworks: read.TENURE_ALLOWED_NETWORKS,
      allowedPorts: read.TENURE_ALLOWED_PORTS,
      allowedHostsOfCustomers: read.TENURE_ALLOWED_HOSTS_OF_CUSTOMERS,
      jwt: readJwt(read),
      development: read.TENURE_DEVELOPMENT,
      statementTimeoutMs: read.TENURE_STATEMENT_TIMEOUT_MS,
      poolSize: read.TENURE_POOL_SIZE,
      trustProxy: read.TENURE_TRUST_PROXY,
      shutdownGraceMs: read.TENURE_SHUTDOWN_GRACE_MS,
      worker: read.WORKER,
    },
  };
}

/** What must be there: the database and both secrets outside the embedded mode, and the three parts of JWT once one of them is given. */
function absentButNeeded(given: Readonly<Record<string, string | undefined>>, embedded: boolean): Variable[] {
  const secrets: Variable[] = embedded ? [] : ['DATABASE_URL', 'TENURE_TOKEN_PEPPER', 'TENURE_SECRET_KEY'];
  const trio: Variable[] = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'];
  const wanted = trio.some((variable) => given[variable] !== undefined) ? [...secrets, ...trio] : secrets;
  return wanted.filter((variable) => given[variable] === undefined);
}

/** Keys fetched over plain http are the keys of whoever stands between, unless the operator allowed that very host. */
function keysInTheClear(given: Readonly<Record<string, string | undefined>>): boolean {
  const address = URL.parse(given.JWT_JWKS_URL ?? '');
  const allowed = parts(given.TENURE_ALLOWED_HOSTS ?? '');
  return address?.protocol === 'http:' && !allowed.includes(address.host) && !allowed.includes(address.hostname);
}

function readJwt(read: Environment): JwtConfig | null {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: address } = read;
  if (issuer === undefined || audience === undefined || address === undefined) return null;
  return { issuer, audience, jwksUrl: new URL(address), algorithms: read.JWT_ALGORITHMS };
}

function fault(variable: unknown, message: string): ConfigFault {
  const known = Object.keys(MEND).find((name): name is Variable => name === variable);
  if (known === undefined) throw new Error('a fault without its variable');
  return { variable: known, message: `${known} ${message}`, mend: MEND[known] };
}
