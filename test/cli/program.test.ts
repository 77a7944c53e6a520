import { describe, expect, test } from '@jest/globals';
import { ConfigFaults } from '../../src/cli/exit.js';
import { run } from './cli-under-test.js';

const COMMANDS = [
  'serve',
  'migrate',
  'schema',
  'policy publish',
  'policy list',
  'token create',
  'token revoke',
  'sync status',
  'sync run',
  'orders exceptions',
  'explain',
  'worker',
  'jobs status',
  'jobs retry',
];

describe('help', () => {
  test.each(COMMANDS)('tenure %s --help shows usage, an example of itself and the exit codes', async (command) => {
    const { exitCode, out, err } = await run([...command.split(' '), '--help'], null);
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`Usage: tenure ${command}`);
    expect(out).toMatch(new RegExp(`Examples?:\\n(.*\\n)*.*tenure ${command}`));
    expect(out).toContain('Exit codes: 0 done, 1 failed');
  });

  test('names every group of commands', async () => {
    const { exitCode, out } = await run(['--help'], null);
    expect(exitCode).toBe(0);
    for (const group of new Set(COMMANDS.map((command) => command.split(' ')[0]))) expect(out).toMatch(new RegExp(`^ {2}${group} `, 'm'));
  });

  test('--version prints the version of the package', async () => {
    const { exitCode, out } = await run(['--version'], null);
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });
});

describe('usage errors open nothing and exit with 2', () => {
  test.each([
    [[], /Usage: tenure/, 'a bare call is answered with the help'],
    [['polcy'], /unknown command 'polcy'\n\(Did you mean policy\?\)/, 'a slip of the hand gets a suggestion'],
    [['policy'], /Usage: tenure policy/, 'a group alone does nothing'],
    [['explain'], /missing required argument 'purchase'/, 'there is nothing to explain'],
    [['explain', 'pur_x', '--jsn'], /unknown option '--jsn'\n\(Did you mean --json\?\)/, 'options are suggested too'],
    [['explain', 'pur_x'], /"pur_x" names no purchase/, 'an id that cannot be one is not looked up'],
    [['explain', 'cus_01jv8m3k7ce5qsb1kz6b3w9f2x'], /names no purchase/, 'the id of something else names no purchase'],
    [['explain', 'shop:7'], /SHOP:ORDER-NUMBER:LINE/, 'a line is missing'],
    [['explain', 'a:b:c', '--at', 'yesterday'], /'--at <instant>' argument 'yesterday' is invalid\. Give an instant/, 'moments are exact'],
    [['explain', 'a:b:c', '--at', '2026-02-28'], /Give an instant with its offset/, 'a day is not a moment'],
    [
      ['explain', 'a:b:c', '--request', 'refund'],
      /Give one of advice, correction, store-intervention, custom-development/,
      'the list is closed',
    ],
    [['policy', 'publish', 'x.json', '--from', '2026-02-30'], /Give a calendar day/, 'February has no 30th'],
    [['sync', 'run', 'magento-eu', '--since', '2026-13-01'], /Give a calendar day such as/, 'a year has no 13th month'],
    [['sync', 'run'], /missing required argument 'shop'/, 'a run is of one shop'],
    [
      ['sync', 'run', 'magento-eu', '--task', 'version'],
      /Give one of orders, reconciliation, products/,
      'of a shop nobody asks what it runs',
    ],
    [['orders', 'exceptions', '--limit', '0'], /whole number from 1/, 'a list of nothing tells nothing'],
    [
      ['token', 'create', '--kind', 'staff'],
      /required option '--label <text>' not specified/,
      'a token without a label is lost among others',
    ],
    [['token', 'create', '--label', 'x'], /required option '--kind <kind>' not specified/, 'nobody to speak for'],
    [['token', 'create', '--kind', 'owner', '--label', 'x'], /Give one of store, partner, staff, customer/, 'the kinds are these'],
    [
      ['token', 'create', '--kind', 'partner', '--label', 'x', '--scope', 'TOKENS_WRITE'],
      /Give one of addons-read/,
      'a vendor’s own scope is not for partners',
    ],
    [
      ['token', 'create', '--kind', 'staff', '--label', 'x', '--partner', 'ERP'],
      /--partner <name> goes with --kind partner/,
      'whose token',
    ],
    [['token', 'create', '--kind', 'customer', '--label', 'x'], /--customer <email> goes with --kind customer/, 'whose token'],
    [
      ['token', 'create', '--kind', 'staff', '--label', 'x', '--store', 'https://a.example'],
      /--store <url> goes with/,
      'an ignored option would mislead',
    ],
    [['token', 'revoke', 'tnr_staff_secret'], /Give the id of a token/, 'the text of a token is not its id'],
    [['migrate', 'now'], /too many arguments/, 'a word too many may be a misunderstanding'],
  ])('%j', async (argv, message) => {
    const { exitCode, out, err } = await run(argv, null);
    expect(err).toMatch(message);
    expect([exitCode, out]).toEqual([2, '']);
  });

  test('a token’s text given as its id is not repeated', async () => {
    const { err } = await run(['token', 'revoke', 'tnr_staff_secret'], null);
    expect(err).not.toContain('secret');
  });
});

describe('serve, migrate, schema', () => {
  test('serve runs the server', async () => {
    let served = 0;
    const serve = async () => {
      served += 1;
    };
    expect(await run(['serve'], null, { serve })).toEqual({ exitCode: 0, out: '', err: '' });
    expect(served).toBe(1);
  });

  test.each([
    [[], 'The database is up to date.\n', 'nothing had to be done'],
    [['Migration1', 'Migration2'], 'applied Migration1\napplied Migration2\n', 'what was done is named, in order'],
  ])('migrate %j', async (names, out) => {
    expect(await run(['migrate'], null, { migrate: async () => names })).toEqual({ exitCode: 0, out, err: '' });
  });

  test('schema prints the text as it is, with one line end', async () => {
    expect((await run(['schema'], null)).out).toBe('type Query {\n  viewer: String\n}\n');
  });
});

describe('what goes wrong', () => {
  test('faults of the configuration are told all at once, with what mends them', async () => {
    const faults = [
      { variable: 'DATABASE_URL', message: 'DATABASE_URL is missing', mend: 'Give postgres://user:password@host:port/database.' },
      { variable: 'TENURE_SECRET_KEY', message: 'TENURE_SECRET_KEY is not 32 bytes in base64', mend: 'Give 32 random bytes in base64.' },
    ];
    const openGateway = async () => {
      throw new ConfigFaults(faults);
    };
    const { exitCode, out, err } = await run(['policy', 'list'], null, { openGateway, variables: { LOG_LEVEL: 'debug' } });
    expect([exitCode, out]).toEqual([1, '']);
    for (const { message, mend } of faults) expect(err).toContain(`error: ${message}\n       ${mend}\n`);
    expect(err).not.toContain(' at ');
  });

  test.each<[Record<string, string>, boolean, string]>([
    [{}, false, 'an operator wants a sentence'],
    [{ LOG_LEVEL: 'info' }, false, 'that is the default'],
    [{ LOG_LEVEL: 'debug' }, true, 'somebody looks for the bug'],
  ])('a bug with %j', async (variables, hasStack) => {
    const migrate = async () => {
      throw new TypeError('x is not a function\nwith more');
    };
    const { exitCode, err } = await run(['migrate'], null, { migrate, variables });
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^error: Tenure failed unexpectedly: TypeError: x is not a function\n/);
    expect(err.includes('    at ')).toBe(hasStack);
    expect(err.includes('Set LOG_LEVEL=debug')).toBe(!hasStack);
  });
});
