import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const MAIN = resolve('dist/src/main.js');
const ACTORS = ['staff', 'partner', 'customer', 'store'] as const;
type Actor = (typeof ACTORS)[number];

interface DemoFile {
  readonly url: string;
  readonly tokens: Readonly<Record<Actor, string>>;
}

/** The compiled program in a folder of its own, as `npm start` runs it. */
class Start {
  readonly output: string[] = [];
  readonly errors: string[] = [];
  private constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (text) => this.output.push(String(text)));
    child.stderr?.on('data', (text) => this.errors.push(String(text)));
  }

  static async ready(folder: string): Promise<Start> {
    const { DATABASE_URL: _, LOG_LEVEL: __, ...env } = process.env;
    const start = new Start(spawn(process.execPath, [MAIN, 'serve'], { cwd: folder, env: { ...env, PORT: '0' } }));
    while (!start.text.includes('The next start') && !start.text.includes('curl')) {
      if (start.child.exitCode !== null) throw new Error(`It ended: ${start.errors.join('')}`);
      await new Promise((done) => setTimeout(done, 50));
    }
    return start;
  }

  get text(): string {
    return this.output.join('');
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    const [code] = await ended;
    return code as number | null;
  }
}

let folder: string;
let running: Start;
const demoFile = (): DemoFile => JSON.parse(readFileSync(join(folder, '.data/demo.json'), 'utf8'));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-start-'));
  await chmod(folder, 0o755);
  running = await Start.ready(folder);
}, 120_000);

afterAll(async () => {
  if (running.child.exitCode === null) await running.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

async function ask(actor: Actor, query: string): Promise<{ data: Record<string, unknown> | null; errors?: unknown[] }> {
  const { url, tokens } = demoFile();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokens[actor]}` };
  const reply = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return (await reply.json()) as { data: Record<string, unknown> | null; errors?: unknown[] };
}

describe('npm start in an empty folder', () => {
  test('shows progress, the address, a token of each kind and three questions with their answers', () => {
    expect(running.errors.join('')).toMatch(/starting PostgreSQL[\s\S]*importing orders from magento-sandbox[\s\S]*prestashop-sandbox/);
    const { url, tokens } = demoFile();
    expect(Object.keys(demoFile())).toEqual(['url', 'tokens']);
    expect(Object.keys(tokens)).toEqual([...ACTORS]);
    expect(running.text).toContain(url);
    for (const token of Object.values(tokens)) expect(running.text).toContain(token);
    expect(running.text.match(/^curl -s /gm)).toHaveLength(3);
    expect(running.text.match(/^\{"data":/gm)).toHaveLength(3);
    expect(running.text).not.toContain('"errors"');
  });

  test.each(ACTORS)('the token of the %s is that of its kind', async (actor) => {
    expect(await ask(actor, '{ viewer { kind } }')).toEqual({ data: { viewer: { kind: actor.toUpperCase() } } });
  });

  test('both shops were read through their connectors, and what could not be placed waits for staff', async () => {
    const { data } = await ask(
      'staff',
      '{ importExceptions { edges { node { code order { shop } } } } purchases(first: 100) { edges { node { order { shop } } } } }',
    );
    const { importExceptions, purchases } = data as {
      importExceptions: { edges: { node: { code: string } }[] };
      purchases: { edges: { node: { order: { shop: string } } }[] };
    };
    expect(importExceptions.edges.map(({ node }) => node.code).sort()).toEqual(['NOTHING_TO_RENEW', 'UNKNOWN_SKU']);
    expect(new Set(purchases.edges.map(({ node }) => node.order.shop))).toEqual(new Set(['magento-sandbox', 'prestashop-sandbox']));
  });

  test('every request of the README answers without an error', async () => {
    const readme = readFileSync('README.md', 'utf8');
    const found = await ask('customer', '{ purchases(first: 1, filter: { sku: "MG-CHECKOUT" }) { edges { node { id } } } }');
    const { edges } = (found.data as { purchases: { edges: { node: { id: string } }[] } }).purchases;
    const purchase = JSON.stringify(edges[0]?.node.id);
    const asked = readme.matchAll(/^(?:PURCHASE=\$\()?ask (\w+) (?:'([^']+)'|"((?:[^"\\]|\\.)+)")/gm);
    const requests = [...asked].map(([, actor, plain, quoted]) => [actor as Actor, plain ?? quoted?.replaceAll('\\"', '"') ?? ''] as const);
    expect(requests.length).toBeGreaterThanOrEqual(5);
    for (const [actor, query] of requests) {
      const answer = await ask(actor, query.replaceAll('"$PURCHASE"', purchase));
      expect({ query, errors: answer.errors }).toEqual({ query, errors: undefined });
    }
  });

  test('the command line works beside it, on the same database', () => {
    const { DATABASE_URL: _, ...env } = process.env;
    const told = execFileSync(process.execPath, [MAIN, 'orders', 'import', 'magento-sandbox'], {
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(told).toMatch(/orders placed\s+0/);
  });

  test('a second start beside it is refused and leaves the first one alone', async () => {
    const second = await Start.ready(folder).catch((error: Error) => error);
    expect(String(second)).toContain('Tenure runs in this folder already');
    expect((await ask('staff', '{ viewer { kind } }')).data).toEqual({ viewer: { kind: 'STAFF' } });
  }, 60_000);

  test('a second start after a kill finds everything again, and a stop leaves no process behind', async () => {
    const before = demoFile();
    expect(await running.end('SIGKILL')).toBeNull();
    running = await Start.ready(folder);
    expect(demoFile().tokens).toEqual(before.tokens);
    expect(running.errors.join('')).not.toContain('importing');
    expect((await ask('customer', '{ viewer { customer { email } } }')).data).toEqual({
      viewer: { customer: { email: 'alice@agency.example' } },
    });
    expect(await running.end('SIGTERM')).toBe(0);
    expect(existsSync(join(folder, '.data/postgres/postmaster.pid'))).toBe(false);
  }, 60_000);
});
