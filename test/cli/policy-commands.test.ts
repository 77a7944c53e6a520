import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { listPolicies } from '../../src/use-cases/policy-publication.js';
import { shippedDocument } from '../policy/shipped-policies.js';
import { testDatabase } from '../support/database.js';
import { gatewayOn, run } from './cli-under-test.js';

const FILE = new URL('../../schema/policies/technical-support.json', import.meta.url).pathname;

let database: Awaited<ReturnType<typeof testDatabase>>;
let directory: string;

beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.close());
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenure-cli-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function fileWith(content: unknown): Promise<string> {
  const file = join(directory, `${randomUUID()}.json`);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('policy publish', () => {
  test('prints what was published and what the text leaves open', async () => {
    const { exitCode, out, err } = await run(['policy', 'publish', FILE, '--from', '2020-01-01'], database);
    expect([exitCode, err]).toEqual([0, '']);
    const [published] = await listPolicies(gatewayOn(database));
    expect(published?.contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect(out).toContain(
      `name            technical-support\nversion         1\neffective from  2020-01-01\ncontent hash    ${published?.contentHash}\n`,
    );
    expect(out).toMatch(/^renewal\.priceBasis +"LIST_AT_PURCHASE" +The list price that the share is taken from\.$/m);
    for (const { parameter } of published?.gaps ?? []) expect(out).toMatch(new RegExp(`^${parameter.replaceAll('.', '\\.')} `, 'm'));
    expect(out).not.toContain('nothing was changed');
  });

  test('begins today on the calendar of its own zone when no day is given', async () => {
    const now = () => Temporal.Instant.from('2026-02-10T23:30:00Z');
    const { out } = await run(['policy', 'publish', FILE], database, { now });
    expect(out).toContain('effective from  2026-02-11\n');
  });

  test('the same content again changes nothing and says so', async () => {
    await run(['policy', 'publish', FILE, '--from', '2020-01-01'], database);
    const { exitCode, out } = await run(['policy', 'publish', FILE], database);
    expect(exitCode).toBe(0);
    expect(out).toContain('This very content was published on 2026-02-10T09:00:00Z: nothing was changed.');
    expect(await listPolicies(gatewayOn(database))).toHaveLength(1);
  });

  test('the same content from another day is refused, naming both days', async () => {
    await run(['policy', 'publish', FILE, '--from', '2020-01-01'], database);
    const { exitCode, err } = await run(['policy', 'publish', FILE, '--from', '2021-01-01'], database);
    expect(exitCode).toBe(4);
    expect(err).toMatch(/2020-01-01[\s\S]*2021-01-01|2021-01-01[\s\S]*2020-01-01/);
    expect(await listPolicies(gatewayOn(database))).toHaveLength(1);
  });

  test('going back to older conditions is a new version', async () => {
    await run(['policy', 'publish', FILE, '--from', '2020-01-01'], database);
    const changed = await fileWith({ ...shippedDocument('technical-support'), title: 'Another title' });
    expect((await run(['policy', 'publish', changed, '--from', '2021-01-01'], database)).out).toContain('version         2\n');
    const { out } = await run(['policy', 'publish', FILE], database);
    expect(out).toContain('version         3\neffective from  2026-02-10\n');
    expect(out).not.toContain('nothing was changed');
  });

  test('a day before the newest version’s is refused, and nothing is written', async () => {
    await run(['policy', 'publish', FILE, '--from', '2022-01-01'], database);
    const changed = await fileWith({ ...shippedDocument('technical-support'), title: 'Another title' });
    const { exitCode, out, err } = await run(['policy', 'publish', changed, '--from', '2021-01-01'], database);
    expect([exitCode, out]).toEqual([4, '']);
    expect(err).toMatch(/^error: effectiveFrom: .*in force from 2022-01-01.*\[CONFLICT\]\n$/);
    expect(await listPolicies(gatewayOn(database))).toHaveLength(1);
  });

  test('every fault is told with its place', async () => {
    const document = shippedDocument('technical-support');
    const renewal = { ...document.renewal, rateActive: 'a third', rateLapsed: 'a half' };
    const file = await fileWith({ ...document, renewal, zone: 'Europe/Berlin' });
    const { exitCode, out, err } = await run(['policy', 'publish', file], database);
    expect([exitCode, out]).toEqual([4, '']);
    expect(err).toContain(`${file} was not published:\n`);
    expect(err).toMatch(/^ {2}\/renewal\/rateActive +\S/m);
    expect(err).toMatch(/^ {2}\/renewal\/rateLapsed +\S/m);
    expect(await listPolicies(gatewayOn(database))).toEqual([]);
  });

  test('parameters that contradict each other are told with their place', async () => {
    const file = await fileWith({ ...shippedDocument('technical-support'), zone: 'Europe/Berlin' });
    const { exitCode, err } = await run(['policy', 'publish', file], database);
    expect(exitCode).toBe(4);
    expect(err).toMatch(/^ {2}\/calendar\/zone +must be the zone of the policy, Europe\/Berlin$/m);
  });

  test('an example that the document itself contradicts stops it', async () => {
    const document = shippedDocument('technical-support');
    const file = await fileWith({ ...document, term: { ...document.term, months: 4 } });
    const { exitCode, err } = await run(['policy', 'publish', file], database);
    expect(exitCode).toBe(4);
    expect(err).toMatch(/^ {2}\/examples +The example ".*" expects .*, but this document gives /m);
  });

  test.each([
    ['not JSON', '{"name": ', 4, 'is not JSON', 'a file cut short'],
    ['no object', 'null', 4, 'was not published', 'JSON, but no document'],
  ])('%s', async (_, text, exitCode, message) => {
    const ending = await run(['policy', 'publish', await fileWith(text)], database);
    expect(ending.exitCode).toBe(exitCode);
    expect(ending.err).toContain(message);
  });

  test('a file that is not there opens nothing', async () => {
    const { exitCode, err } = await run(['policy', 'publish', join(directory, 'none.json')], null);
    expect(exitCode).toBe(3);
    expect(err).toContain('There is no file');
  });
});

describe('policy list', () => {
  test('says what to do while there is none', async () => {
    const { exitCode, out } = await run(['policy', 'list'], database);
    expect([exitCode, out]).toEqual([0, 'No support policy is published yet. Publish one with "tenure policy publish FILE".\n']);
  });

  test('shows every version, by name', async () => {
    await run(['policy', 'publish', FILE, '--from', '2020-01-01'], database);
    await run(['policy', 'publish', FILE.replace('technical', 'prepaid'), '--from', '2021-05-01'], database);
    const { out } = await run(['policy', 'list'], database);
    const [heading, ...rows] = out.trimEnd().split('\n');
    expect(heading).toMatch(/^NAME +VERSION +EFFECTIVE FROM +PUBLISHED +GAPS +HASH +TITLE$/);
    expect(rows).toEqual([
      expect.stringMatching(/^prepaid-support +1 +2021-05-01 +2026-02-10T09:00:00Z +\d+ +[0-9a-f]{12} /),
      expect.stringMatching(/^technical-support +1 +2020-01-01 +2026-02-10T09:00:00Z +\d+ +[0-9a-f]{12} /),
    ]);
  });
});
