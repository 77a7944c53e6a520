import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WORK_STATES } from '../../src/policy/ticket.js';

const MAIN = resolve('dist/src/main.js');
const ACTORS = ['staff', 'partner', 'customer', 'store'] as const;
type Actor = (typeof ACTORS)[number];

interface DeskOfCustomer {
  readonly tickets: {
    readonly edges: readonly {
      readonly node: { readonly refundOffer: { state: string } | null; readonly decision: { coverage: string } };
    }[];
  };
  readonly timeLedger: {
    readonly expiredMinutes: number;
    readonly entries: { readonly edges: readonly { readonly node: { kind: string } }[] };
  };
}

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
    return Start.until(folder, ({ text }) => text.includes('The next start') || text.includes('curl'));
  }

  static async until(folder: string, isThere: (start: Start) => boolean): Promise<Start> {
    const { DATABASE_URL: _, LOG_LEVEL: __, ...env } = process.env;
    const start = new Start(spawn(process.execPath, [MAIN, 'serve'], { cwd: folder, env: { ...env, PORT: '0' } }));
    while (!isThere(start)) {
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
  // The first start is killed in the midst of its work, and the next one completes it: everything below holds after that.
  const killed = await Start.until(folder, ({ errors }) => errors.join('').includes('at the support desk, 2 weeks ago'));
  await killed.end('SIGKILL');
  running = await Start.ready(folder);
}, 180_000);

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

describe('npm start in an empty folder, killed and started again', () => {
  test('shows progress, the address, a token of each kind and four questions with their answers', () => {
    expect(running.errors.join('')).toMatch(/starting PostgreSQL[\s\S]*importing orders from magento-sandbox[\s\S]*prestashop-sandbox/);
    const { url, tokens } = demoFile();
    expect(Object.keys(demoFile())).toEqual(['url', 'tokens']);
    expect(Object.keys(tokens)).toEqual([...ACTORS]);
    expect(running.text).toContain(url);
    for (const token of Object.values(tokens)) expect(running.text).toContain(token);
    expect(running.text.match(/^curl -s /gm)).toHaveLength(4);
    expect(running.text.match(/^\{"data":/gm)).toHaveLength(4);
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

  test('both conditions have tickets at work, and together in every state', async () => {
    const { data } = await ask('staff', '{ tickets(first: 100) { edges { node { status supportPolicy { name } } } } }');
    const { edges } = (data as { tickets: { edges: { node: { status: string; supportPolicy: { name: string } } }[] } }).tickets;
    expect(edges).toHaveLength(26);
    expect(new Set(edges.map(({ node }) => node.status))).toEqual(new Set(WORK_STATES));
    const statesUnder = (name: string) =>
      new Set(edges.filter(({ node }) => node.supportPolicy.name === name).map(({ node }) => node.status));
    expect(statesUnder('prepaid-support')).toEqual(new Set(WORK_STATES));
    // These conditions charge nothing and ask for no access.
    const never = ['AWAITING_ACCESS', 'AWAITING_TOPUP', 'AWAITING_CONSENT'];
    expect(statesUnder('technical-support')).toEqual(new Set(WORK_STATES.filter((state) => !never.includes(state))));
  });

  test('the desk has a missed correction, work under warranty, a charge given back, and minutes that ended', async () => {
    const { data } = await ask(
      'customer',
      `{ viewer { customer { tickets(first: 50) { edges { node { refundOffer { state } decision { coverage } } } }
        timeLedger { expiredMinutes entries(first: 50) { edges { node { kind } } } } } } }`,
    );
    const { tickets, timeLedger } = (data as { viewer: { customer: DeskOfCustomer } }).viewer.customer;
    expect(tickets.edges.filter(({ node }) => node.refundOffer?.state === 'OFFERED')).toHaveLength(1);
    expect(tickets.edges.filter(({ node }) => node.decision.coverage === 'WARRANTY')).toHaveLength(1);
    expect(timeLedger.expiredMinutes).toBe(30);
    const kinds = timeLedger.entries.edges.map(({ node }) => node.kind);
    expect(kinds.length).toBeGreaterThanOrEqual(12);
    expect(new Set(kinds)).toEqual(new Set(['GRANT', 'ASSIGN', 'HOLD', 'SETTLE', 'EXPIRE', 'REVERSE']));
  });

  test('every request of the README answers without an error', async () => {
    const readme = readFileSync('README.md', 'utf8');
    const found = await ask('customer', '{ purchases(first: 1, filter: { sku: "MG-CHECKOUT" }) { edges { node { id } } } }');
    const { edges } = (found.data as { purchases: { edges: { node: { id: string } }[] } }).purchases;
    const purchase = JSON.stringify(edges[0]?.node.id);
    const staging = await ask('customer', '{ stores(first: 1, role: CUSTOMER_STAGING) { edges { node { id } } } }');
    const store = JSON.stringify((staging.data as { stores: { edges: { node: { id: string } }[] } }).stores.edges[0]?.node.id);
    const { ports } = JSON.parse(readFileSync(join(folder, '.data/state.json'), 'utf8')) as { ports: { prestashop: number } };
    const shop = `http://127.0.0.1:${ports.prestashop}`;
    const asked = readme.matchAll(/^(?:[A-Z]+=\$\()?ask (\w+) (?:'([^']+)'|"((?:[^"\\]|\\.)+)")/gm);
    const requests = [...asked].map(([, actor, plain, quoted]) => [actor as Actor, plain ?? quoted?.replaceAll('\\"', '"') ?? ''] as const);
    expect(requests.length).toBeGreaterThanOrEqual(20);
    for (const [actor, query] of requests) {
      const filled = query.replaceAll('"$PURCHASE"', purchase).replaceAll('"$STORE"', store).replaceAll('$SHOP', shop);
      const answer = await ask(actor, filled);
      expect({ query, errors: answer.errors }).toEqual({ query, errors: undefined });
      expect(JSON.stringify(answer.data)).not.toMatch(/"userErrors":\[\{|"ticket":null,"reasons"/);
    }
  });

  test('the statement of the README is the table that it shows', async () => {
    const { data } = await ask('customer', '{ viewer { customer { id } } }');
    const { id } = (data as { viewer: { customer: { id: string } } }).viewer.customer;
    const { url, tokens } = demoFile();
    const path = /v1\/time-statement\.csv\?customer=\$CUSTOMER[^"]*/.exec(readFileSync('README.md', 'utf8'))?.[0].replace('$CUSTOMER', id);
    const reply = await fetch(`${url}/${path}`, { headers: { authorization: `Bearer ${tokens.customer}` } });
    const lines = (await reply.text()).trim().split(/\r?\n/);
    expect([reply.status, lines[0]?.startsWith('line,id,'), lines[1]?.startsWith('OPENING,')]).toEqual([200, true, true]);
    const closing = lines.find((line) => line.startsWith('CLOSING,'));
    expect(closing).toMatch(/^CLOSING,,2100-01-01T00:00:00Z,{8}387,90,168,30,0,,$/);
    for (const line of [lines[0], closing]) expect(readFileSync('README.md', 'utf8')).toContain(line);
    expect(lines.slice(lines.indexOf(closing ?? '') + 1).map((line) => line.split(',')[0])).toEqual(
      expect.arrayContaining(['LOT_OPENING', 'LOT_CLOSING', 'HOLD']),
    );
  });

  test('every command of the README works beside it, on the same database', async () => {
    const { DATABASE_URL: _, ...env } = process.env;
    const found = await ask('customer', '{ purchases(first: 1, filter: { sku: "MG-CHECKOUT" }) { edges { node { id } } } }');
    const { edges } = (found.data as { purchases: { edges: { node: { id: string } }[] } }).purchases;
    const readme = readFileSync('README.md', 'utf8').replaceAll('"$PURCHASE"', edges[0]?.node.id ?? '');
    const commands = [...readme.matchAll(/^npm run --silent tenure -- (.+)$/gm)].map(([, words]) => words ?? '');
    const told = new Map<string, string>();
    for (const words of new Set(commands.filter((command) => !command.includes('my-conditions.json')))) {
      const argv = words.split(' ').map((word) => (word === 'docs' ? resolve('docs') : word.replaceAll("'", '')));
      told.set(words, execFileSync(process.execPath, [MAIN, ...argv], { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' }));
    }
    expect(told.get('sync run magento-sandbox')).toMatch(/orders placed\s+0/);
    expect(told.get("explain '#1'")).toMatch(
      /MISSED CORRECTION, rule A-09[\s\S]*waiting for the customer all day[\s\S]*RUNNING REFUND_OFFER/,
    );
    expect(told.get('statement alice@agency.example')).toMatch(/REVERSE +B-27[\s\S]*CLOSING/);
    expect(told.get('jobs status')).toContain('ticket-due');
    expect(told.get('sync status')).toMatch(/magento-sandbox +ORDERS +WAITING/);
  });

  test('a plugin that is paired by a code reports, and its word goes before what was declared', async () => {
    const found = await ask('customer', '{ stores(first: 1, role: CUSTOMER_STAGING) { edges { node { id } } } }');
    const storeId = (found.data as { stores: { edges: { node: { id: string } }[] } }).stores.edges[0]?.node.id;
    const made = await ask('customer', `mutation { storePairingCodeCreate(input: { storeId: "${storeId}" }) { code } }`);
    const { code } = (made.data as { storePairingCodeCreate: { code: string } }).storePairingCodeCreate;
    const plugin = [resolve('docs/plugin-example.mjs'), demoFile().url, code];
    expect(execFileSync(process.execPath, plugin, { encoding: 'utf8' })).toMatch(/^Paired with .*\n200 .*"platformVersion":"2\.4\.8-p1"/);
    expect(() => execFileSync(process.execPath, plugin, { encoding: 'utf8', stdio: 'pipe' })).toThrow('Make another one');
    const { data } = await ask('customer', `{ node(id: "${storeId}") { ... on Store { sources { source standing } } } }`);
    expect((data as { node: unknown }).node).toEqual({
      sources: [
        { source: 'PLUGIN', standing: 'USED' },
        { source: 'DECLARED', standing: 'OUTRANKED' },
      ],
    });
  });

  test('a second start beside it is refused and leaves the first one alone', async () => {
    const second = await Start.ready(folder).catch((error: Error) => error);
    expect(String(second)).toContain('Tenure runs in this folder already');
    expect((await ask('staff', '{ viewer { kind } }')).data).toEqual({ viewer: { kind: 'STAFF' } });
  });

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
  });
});
