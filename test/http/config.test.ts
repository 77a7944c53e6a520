import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/http/config.js';

const PEPPER = 'pepper-that-nobody-may-read-0123456789';
const KEY = Buffer.alloc(32, 7).toString('base64');
const DATABASE = 'postgres://tenure:database-password@127.0.0.1:5432/tenure';
const complete = { DATABASE_URL: DATABASE, TENURE_TOKEN_PEPPER: PEPPER, TENURE_SECRET_KEY: KEY };
const embeddedSecrets = { tokenPepper: 'a pepper of the embedded mode, written to .data', secretKey: Buffer.alloc(32, 1) };

type Outcome = ReturnType<typeof readConfig>;
const faultsOf = (outcome: Outcome) => ('faults' in outcome ? outcome.faults : []);
const configOf = (outcome: Outcome) => {
  if ('faults' in outcome) throw new Error(`unexpected faults: ${outcome.faults.map((fault) => fault.message).join(', ')}`);
  return outcome.config;
};

test('a complete environment gives the documented defaults', () => {
  expect(configOf(readConfig(complete))).toEqual({
    port: 4000,
    host: '127.0.0.1',
    databaseUrl: DATABASE,
    logLevel: 'info',
    tokenPepper: PEPPER,
    secretKey: Buffer.alloc(32, 7),
    allowedHosts: [],
    allowedNetworks: [],
    allowedPorts: [],
    allowedHostsOfCustomers: [],
    jwt: null,
    development: false,
    statementTimeoutMs: 5_000,
    poolSize: 10,
    trustProxy: false,
    shutdownGraceMs: 10_000,
    worker: true,
  });
});

test('every variable is read', () => {
  const config = configOf(
    readConfig({
      ...complete,
      PORT: '8080',
      HOST: '::',
      LOG_LEVEL: 'warn',
      TENURE_ALLOWED_HOSTS: '127.0.0.1:8080, shop.internal,[::1]:9000',
      TENURE_ALLOWED_NETWORKS: '10.20.0.0/16, fd12:3456::/32,192.168.7.9',
      TENURE_ALLOWED_PORTS: '8443, 9443',
      TENURE_ALLOWED_HOSTS_OF_CUSTOMERS: 'stores.internal:8080',
      JWT_ISSUER: 'https://id.vendor.example',
      JWT_AUDIENCE: 'tenure',
      JWT_JWKS_URL: 'https://id.vendor.example/keys',
      JWT_ALGORITHMS: 'ES256, EdDSA',
      TENURE_DEVELOPMENT: 'true',
      TENURE_STATEMENT_TIMEOUT_MS: '1500',
      TENURE_POOL_SIZE: '25',
      TENURE_TRUST_PROXY: '10.0.0.0/8, ::1',
      TENURE_SHUTDOWN_GRACE_MS: '3000',
      WORKER: 'off',
    }),
  );
  expect(config).toMatchObject({
    port: 8080,
    host: '::',
    logLevel: 'warn',
    allowedHosts: ['127.0.0.1:8080', 'shop.internal', '[::1]:9000'],
    allowedNetworks: ['10.20.0.0/16', 'fd12:3456::/32', '192.168.7.9'],
    allowedPorts: [8443, 9443],
    allowedHostsOfCustomers: ['stores.internal:8080'],
    jwt: { issuer: 'https://id.vendor.example', audience: 'tenure', algorithms: ['ES256', 'EdDSA'] },
    development: true,
    statementTimeoutMs: 1_500,
    poolSize: 25,
    trustProxy: ['10.0.0.0/8', '::1'],
    shutdownGraceMs: 3_000,
    worker: false,
  });
  expect(config.jwt?.jwksUrl.href).toBe('https://id.vendor.example/keys');
});

test.each([
  { variable: 'PORT', value: '65536', because: 'a port has 16 bits' },
  { variable: 'PORT', value: '4000x', because: 'it is no number' },
  { variable: 'PORT', value: '-1', because: 'a port is not negative' },
  { variable: 'DATABASE_URL', value: 'mysql://root:database-password@db/x', because: 'only PostgreSQL is spoken' },
  { variable: 'DATABASE_URL', value: 'database-password', because: 'it is no URL' },
  { variable: 'LOG_LEVEL', value: 'loud', because: 'there is no such level' },
  { variable: 'TENURE_TOKEN_PEPPER', value: 'short-secret-pepper', because: 'it has fewer than 32 characters' },
  { variable: 'TENURE_SECRET_KEY', value: Buffer.alloc(16, 7).toString('base64'), because: 'it has 16 bytes' },
  { variable: 'TENURE_SECRET_KEY', value: Buffer.alloc(33, 7).toString('base64'), because: 'it has 33 bytes' },
  { variable: 'TENURE_SECRET_KEY', value: 'not base64, but a secret nevertheless!!!!!!', because: 'it is no base64' },
  { variable: 'TENURE_ALLOWED_HOSTS', value: 'http://shop.internal/path', because: 'a URL is no host' },
  { variable: 'TENURE_ALLOWED_HOSTS', value: '*', because: 'a wildcard would allow everything' },
  { variable: 'TENURE_ALLOWED_HOSTS', value: 'shop.internal:99999', because: 'no host has that port' },
  { variable: 'TENURE_ALLOWED_HOSTS', value: 'shop.internal:0', because: 'nor that one' },
  { variable: 'TENURE_ALLOWED_HOSTS', value: 'a..b', because: 'no name has an empty part' },
  { variable: 'TENURE_ALLOWED_HOSTS', value: '-a.internal', because: 'no name begins with a hyphen' },
  { variable: 'TENURE_ALLOWED_HOSTS', value: '[:::]', because: 'that is no IPv6 address' },
  { variable: 'TENURE_ALLOWED_HOSTS', value: '127.1', because: 'an address is written as it is asked for' },
  { variable: 'TENURE_ALLOWED_HOSTS_OF_CUSTOMERS', value: '*', because: 'a wildcard would allow everything' },
  { variable: 'TENURE_ALLOWED_NETWORKS', value: 'shop.internal', because: 'a name is no network' },
  { variable: 'TENURE_ALLOWED_NETWORKS', value: '10.0.0.0/33', because: 'an IPv4 prefix has at most 32 bits' },
  { variable: 'TENURE_ALLOWED_NETWORKS', value: 'fe80::1%eth0', because: 'a zone is an interface of this machine' },
  { variable: 'TENURE_ALLOWED_NETWORKS', value: '0.0.0.0/1,128.0.0.0/1', because: 'two halves are everything' },
  { variable: 'TENURE_ALLOWED_NETWORKS', value: '::/1', because: 'that is half of everything' },
  { variable: 'TENURE_ALLOWED_NETWORKS', value: '169.254.0.0/16', because: 'clouds keep their metadata there' },
  { variable: 'TENURE_ALLOWED_NETWORKS', value: '169.254.169.254', because: 'that is where' },
  { variable: 'TENURE_ALLOWED_NETWORKS', value: 'fd00::/16', because: 'one of them keeps it there' },
  { variable: 'TENURE_ALLOWED_NETWORKS', value: '10.0.0.0/8,::/0', because: 'a network of everything would allow everything' },
  { variable: 'TENURE_ALLOWED_PORTS', value: '8443-9443', because: 'ports are named one by one' },
  { variable: 'TENURE_ALLOWED_PORTS', value: '70000', because: 'a port has 16 bits' },
  { variable: 'JWT_ALGORITHMS', value: 'RS256,HS256', because: 'HS256 is symmetric' },
  { variable: 'JWT_ALGORITHMS', value: 'none', because: 'an unsigned token is anybody’s' },
  { variable: 'JWT_ALGORITHMS', value: ',', because: 'an empty list would pin nothing' },
  { variable: 'TENURE_DEVELOPMENT', value: 'yes', because: 'it is neither true nor false' },
  { variable: 'TENURE_STATEMENT_TIMEOUT_MS', value: '0', because: 'zero means no limit to PostgreSQL' },
  { variable: 'TENURE_POOL_SIZE', value: '0', because: 'no connection, no answer' },
  { variable: 'TENURE_TRUST_PROXY', value: 'true', because: 'trusting every hop lets a client choose its address' },
  { variable: 'TENURE_TRUST_PROXY', value: '2', because: 'a count of proxies cannot tell a proxy from a client' },
  { variable: 'TENURE_TRUST_PROXY', value: 'fe80::1%eth0', because: 'a zone is an interface of this machine' },
  { variable: 'TENURE_TRUST_PROXY', value: '10.0.0.0/33', because: 'an IPv4 prefix has at most 32 bits' },
  { variable: 'WORKER', value: 'no', because: 'a misspelled answer must not leave deadlines to nobody' },
  { variable: 'TENURE_SHUTDOWN_GRACE_MS', value: '10001', because: 'a stop takes ten seconds at most' },
])('$variable is refused because $because', ({ variable, value }) => {
  const faults = faultsOf(readConfig({ ...complete, [variable]: value }));
  expect(faults.map((fault) => fault.variable)).toEqual([variable]);
  expect(faults[0]?.message).toMatch(new RegExp(`^${variable} (is|names) `));
  expect(faults[0]?.mend).toMatch(/^Give .+\.$|makes (one|them)\.$/);
});

describe('all faults at once', () => {
  test('a broken environment lists each fault once, and repeats no secret', () => {
    const env = {
      PORT: 'ninety',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://root:database-password@db/x',
      TENURE_TOKEN_PEPPER: 'short-secret-pepper',
      TENURE_SECRET_KEY: 'short-secret-key',
      JWT_JWKS_URL: 'http://id.vendor.example/keys?key=secret-in-url',
      JWT_ALGORITHMS: 'HS256',
    };
    const faults = faultsOf(readConfig(env));
    expect(faults.map((fault) => fault.variable).sort()).toEqual([
      'DATABASE_URL',
      'JWT_ALGORITHMS',
      'JWT_AUDIENCE',
      'JWT_ISSUER',
      'JWT_JWKS_URL',
      'LOG_LEVEL',
      'PORT',
      'TENURE_SECRET_KEY',
      'TENURE_TOKEN_PEPPER',
    ]);
    const told = JSON.stringify(faults);
    for (const secret of ['database-password', 'short-secret-pepper', 'short-secret-key', 'secret-in-url'])
      expect(told).not.toContain(secret);
  });

  test('an empty environment misses exactly the database and the secrets; empty counts as absent', () => {
    const missing = ['DATABASE_URL', 'TENURE_TOKEN_PEPPER', 'TENURE_SECRET_KEY'];
    expect(faultsOf(readConfig({})).map((fault) => fault.variable)).toEqual(missing);
    expect(faultsOf(readConfig({ DATABASE_URL: ' ', TENURE_TOKEN_PEPPER: '', PORT: '' })).map((fault) => fault.variable)).toEqual(missing);
  });
});

describe('embedded mode', () => {
  test('the given stand-ins are used where nothing is set', () => {
    expect(configOf(readConfig({}, { embeddedSecrets }))).toMatchObject({ ...embeddedSecrets, databaseUrl: null });
  });

  test('a secret of the environment wins over the stand-in', () => {
    expect(configOf(readConfig({ TENURE_TOKEN_PEPPER: PEPPER }, { embeddedSecrets })).tokenPepper).toBe(PEPPER);
  });

  test('a real database gets no stand-in', () => {
    const faults = faultsOf(readConfig({ DATABASE_URL: DATABASE }, { embeddedSecrets }));
    expect(faults.map((fault) => fault.variable)).toEqual(['TENURE_TOKEN_PEPPER', 'TENURE_SECRET_KEY']);
  });
});

test.each([
  { url: 'http://127.0.0.1:9000/keys', hosts: '127.0.0.1:9000', refused: false, because: 'host and port are allowed' },
  { url: 'http://id.internal:9000/keys', hosts: 'id.internal', refused: false, because: 'the host is allowed on every port' },
  { url: 'http://127.0.0.1:9001/keys', hosts: '127.0.0.1:9000', refused: true, because: 'another port is allowed' },
  { url: 'http://id.vendor.example/keys', hosts: '', refused: true, because: 'nothing is allowed in the clear' },
  { url: 'ftp://id.vendor.example/keys', hosts: 'id.vendor.example', refused: true, because: 'keys are read over HTTP' },
])('keys at $url with "$hosts" allowed: refused is $refused because $because', ({ url, hosts, refused }) => {
  const env = { ...complete, JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', JWT_JWKS_URL: url, TENURE_ALLOWED_HOSTS: hosts };
  expect(faultsOf(readConfig(env)).map((fault) => fault.variable)).toEqual(refused ? ['JWT_JWKS_URL'] : []);
});
