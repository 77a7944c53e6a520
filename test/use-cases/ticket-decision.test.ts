import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MagentoSandbox, startMagentoSandbox } from '../../integrations/magento/sandbox.js';
import { StoreReadingFailed } from '../../integrations/store-platform.js';
import { openSession, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { StoreReading } from '../../src/persistence/store-reading.js';
import { TicketDecision } from '../../src/persistence/ticket-decision.js';
import { type Actor, visibilityOf } from '../../src/use-cases/actor.js';
import { factsFromJson } from '../../src/use-cases/fact-json.js';
import { outcomeOf } from '../../src/use-cases/outcome.js';
import { type ConnectStore, connectStore } from '../../src/use-cases/store.js';
import { declareStore } from '../../src/use-cases/store-declaration.js';
import { classifyTicket } from '../../src/use-cases/ticket-intake.js';
import { openTicket } from '../../src/use-cases/ticket-open.js';
import { readStoreFor } from '../../src/use-cases/ticket-store.js';
import { connectorFor, SECRETS } from '../integrations/magento/reading.js';
import { recordedShop } from '../integrations/magento/recorded-shop.js';
import { shopInMemory } from '../support/shop-orders.js';
import { reportStore } from '../support/store-plugin.js';
import { asVendor, customerStore, instant, SECRET_KEY } from '../support/vendor.js';
import { customerActor, type IntakeUnderTest, intakeUnderTest, reportOf, STAFF } from './intake-under-test.js';

const NOW = '2026-03-05T10:00:00Z';
const LATER = '2026-03-05T11:00:00Z';
const MUCH_LATER = '2026-03-20T09:00:00Z';

let under: IntakeUnderTest;
let sandbox: MagentoSandbox;
let hers: Actor;
let ada: string;
let purchaseId: string;
let texts = 0;
let stores = 0;

beforeAll(async () => {
  under = await intakeUnderTest();
  sandbox = await startMagentoSandbox({ data: recordedShop(), credentials: SECRETS });
  ada = await under.customer('ada@shop.example');
  hers = customerActor(ada);
  purchaseId = await under.buy({ sku: 'FILTER', email: 'ada@shop.example', purchasedAt: '2025-12-10T09:00:00Z' });
});
afterAll(() => Promise.all([sandbox.close(), under.database.close()]));

/** A store of hers with the sandbox's credentials, of which the plugin reported a version some time before. */
async function connectedStore(reportedAt: string | null, version = '2.4.7-p1'): Promise<string> {
  const url = `${sandbox.url}/store-${++stores}`;
  const credentials = { kind: 'MAGENTO_OAUTH', ...SECRETS } as const;
  const role = { role: 'CUSTOMER_PRODUCTION', code: null, timeZone: null } as const;
  const input = { platform: 'MAGENTO', url, customerId: ada, credentials, ...role } as const;
  const store = await asVendor(under.database, (em) => connectStore(em, input, SECRET_KEY, instant('2025-12-10T09:00:00Z')));
  if (reportedAt !== null) await reported(store.id, reportedAt, version);
  return store.id;
}

const reported = (storeId: string, at: string, platformVersion: string) => {
  const report = { platformVersion, distribution: null, upstreamVersion: null, phpVersion: null, installed: [] };
  return asVendor(under.database, (em) => reportStore(em, storeId, report, instant(at)));
};

let connections = 0;
/** The real connector to the sandbox, whichever address the store has there. */
const connect: ConnectStore = () => {
  connections += 1;
  return connectorFor(sandbox.url);
};

interface Request {
  readonly storeId: string;
  readonly at?: string;
  readonly stated?: string;
  readonly by?: ConnectStore;
}

/** What the door does: the store is read, then the ticket opened, both in the session of the customer. */
async function opened({ storeId, at = NOW, stated, by = connect }: Request) {
  const session = openSession(under.database);
  const report = reportOf(`fault ${++texts}`, { platformVersion: stated ?? null, installedVersion: '1.0' });
  const place = { purchaseId, projectId: null, storeId };
  const input = { ...place, request: 'CORRECTION', category: null, needsWorkOnHost: null, report, email: null, duplicateOf: null } as const;
  try {
    await setVisibility(session, visibilityOf(hers));
    await readStoreFor(session, { secretKey: SECRET_KEY, connect: by, now: () => instant(at) }, hers, place, instant(at));
    const { ticketId } = await session.transaction((em) =>
      openTicket({ em, actor: hers, now: instant(at), addJob: async () => {} }, { idempotencyKey: under.newKey(), ...input }),
    );
    return decisionOn(ticketId ?? '');
  } finally {
    session.release();
  }
}

async function decisionOn(ticketId: string, nth = 0) {
  const rows = await withVendorSession(under.database, ({ em }) =>
    em.find(TicketDecision, { ticket: ticketId }, { orderBy: { id: 'asc' } }),
  );
  const row = rows[nth];
  if (row === undefined) throw new Error('no decision');
  const facts = factsFromJson(row.facts) as {
    platformVersion: { version: string } | null;
    storeVersionFrom: string | null;
    storeUnreadBecause: string | null;
    storeVersionSource: string | null;
    storeVersionReadAt: Temporal.Instant | null;
  };
  return { ticketId, verdict: row.decision.verdict, code: row.decision.reasons[0]?.code, facts, readingId: row.storeReading?.id ?? null };
}

const readingsOf = (storeId: string) =>
  withVendorSession(under.database, ({ em }) => em.find(StoreReading, { store: storeId }, { orderBy: { readAt: 'asc', id: 'asc' } }));

describe('a store whose credentials are kept (A-14)', () => {
  test('is read afresh: a reading that fits what its plugin told exactly confirms that', async () => {
    const storeId = await connectedStore('2026-03-01T09:00:00Z');
    const { verdict, facts, readingId } = await opened({ storeId });
    const [plugin, connector] = await readingsOf(storeId);
    expect([plugin?.source, connector?.source, connector?.failure, connector?.readAt]).toEqual(['PLUGIN', 'CONNECTOR', null, instant(NOW)]);
    expect([verdict, facts.platformVersion?.version, facts.storeVersionFrom, readingId]).toEqual([
      'ENTITLED',
      '2.4.7-p1',
      'PLUGIN',
      plugin?.id,
    ]);
    expect([facts.storeVersionSource, facts.storeVersionReadAt]).toEqual(['PLUGIN', plugin?.readAt]);
  });

  test('that cannot be read decides nothing, although it told its version before and the customer states one', async () => {
    const storeId = await connectedStore('2026-03-01T09:00:00Z');
    sandbox.faults.set({ kind: 'HTML' });
    const { verdict, code, facts, readingId } = await opened({ storeId, stated: '2.4.7' });
    sandbox.faults.set(null);
    expect([verdict, code, facts.platformVersion, facts.storeVersionFrom, readingId]).toEqual([
      'UNDETERMINED',
      'STORE_VERSION_UNKNOWN',
      null,
      null,
      null,
    ]);
    const failed = (await readingsOf(storeId)).at(-1);
    expect([failed?.platformVersion, failed?.readAt, failed?.failure]).toEqual([null, instant(NOW), facts.storeUnreadBecause]);
    expect(facts.storeUnreadBecause).toContain('127.0.0.1');
  });

  test('that could not be read is decided on by the first reading since, with the rights of the submission (A-22)', async () => {
    const storeId = await connectedStore('2026-03-01T09:00:00Z');
    sandbox.faults.set({ kind: 'HTML' });
    const { ticketId, verdict } = await opened({ storeId });
    sandbox.faults.set(null);
    await reported(storeId, LATER, '2.4.7-p2');
    await reported(storeId, MUCH_LATER, '2.4.8');
    const asFault = {
      request: 'CORRECTION',
      category: 'CORRECTION',
      complexity: 'S',
      needsWorkOnHost: null,
      discretionReason: null,
    } as const;
    const input = { idempotencyKey: under.newKey(), ticketId, ...asFault, platformVersion: null, installedVersion: null };
    const { reasons } = await under.act(STAFF, MUCH_LATER, (command) => classifyTicket(command, input));
    const later = await decisionOn(ticketId, 1);
    expect([verdict, reasons, later.verdict, later.facts.platformVersion?.version]).toEqual(['UNDETERMINED', [], 'ENTITLED', '2.4.7-p2']);
  });

  test('updated after the request is judged as it was then (A-22)', async () => {
    const storeId = await connectedStore('2026-03-05T09:59:00Z');
    const { ticketId } = await opened({ storeId });
    await reported(storeId, LATER, '2.4.8');
    const asFault = {
      request: 'CORRECTION',
      category: 'CORRECTION',
      complexity: 'S',
      needsWorkOnHost: null,
      discretionReason: null,
    } as const;
    const input = { idempotencyKey: under.newKey(), ticketId, ...asFault, platformVersion: null, installedVersion: null };
    await under.act(STAFF, MUCH_LATER, (command) => classifyTicket(command, input));
    expect((await decisionOn(ticketId, 1)).verdict).toBe('ENTITLED');
  });

  const ages: readonly (readonly [string, boolean, string])[] = [
    ['2026-03-05T09:45:00.001Z', false, 'it told its version within the last quarter of an hour'],
    ['2026-03-05T09:45:00Z', true, 'a quarter of an hour is over'],
  ];
  test.each(ages)('that reported at %s is asked again: %s, because %s', async (reportedAt, isAsked) => {
    const storeId = await connectedStore(reportedAt);
    sandbox.faults.set({ kind: 'HTML' });
    const before = connections;
    const { verdict } = await opened({ storeId });
    sandbox.faults.set(null);
    expect([connections - before, verdict]).toEqual(isAsked ? [1, 'UNDETERMINED'] : [0, 'ENTITLED']);
  });

  test('holds no connection to the database while it is slow', async () => {
    const storeId = await connectedStore(null);
    const { pool } = under.database;
    let inUse: number | null = null;
    const watching: ConnectStore = (store, credentials) => {
      const connector = connect(store, credentials);
      const readVersion = () => {
        inUse = pool.totalCount - pool.idleCount;
        return connector.readVersion();
      };
      return { ...connector, readVersion };
    };
    await opened({ storeId, by: watching });
    expect(inUse).toBe(0);
  });

  test('that is not read as too many are is not blamed, and its customer not turned away', async () => {
    const storeId = await connectedStore(null);
    const busy = new StoreReadingFailed('BUSY', 'as many stores are being read as may be', { host: 'store.example' });
    const { verdict, facts } = await opened({ storeId, by: () => shopInMemory({ version: busy }) });
    expect([verdict, facts.storeUnreadBecause, await readingsOf(storeId)]).toEqual(['UNDETERMINED', 'The store has not been read.', []]);
  });
});

describe('a store whose platform tells only "2.4" (A-14)', () => {
  const version = { distribution: null, version: '2.4', upstreamVersion: null, exact: false, label: '2.4 (patch unknown)', unknown: [] };
  const vague: ConnectStore = () => shopInMemory({ version, modules: { modules: [], available: true, unknown: [] } });

  test('is the version that was declared of it, with who and when, although it was read since', async () => {
    const storeId = await connectedStore(null);
    const said = { platformVersion: '2.4.7-p2', distribution: null, upstreamVersion: null, phpVersion: null, installed: [] };
    const saidAt = instant('2026-03-01T09:00:00Z');
    const declared = await asVendor(under.database, (em) => declareStore(em, hers, { id: storeId, customer: ada }, said, saidAt));
    const { verdict, facts, readingId } = await opened({ storeId, by: vague });
    expect([verdict, facts.platformVersion?.version, facts.storeVersionSource, facts.storeVersionReadAt, readingId]).toEqual([
      ...['ENTITLED', '2.4.7-p2', 'DECLARED', saidAt],
      declared.id,
    ]);
  });

  test('is the one that the request states, where that is of this line', async () => {
    const storeId = await connectedStore(null);
    const known = await opened({ storeId, by: vague, stated: '2.4.6' });
    const other = await opened({ storeId, by: vague, stated: '2.3.7' });
    expect([known.verdict, known.facts.storeVersionSource, known.readingId]).toEqual(['ENTITLED', 'DECLARED', null]);
    expect([other.verdict, other.facts.platformVersion?.version, other.facts.storeVersionSource]).toEqual([
      'UNDETERMINED',
      '2.4',
      'CONNECTOR',
    ]);
  });
});

describe('a store that nobody can read', () => {
  test('is what its customer states, marked as stated', async () => {
    const storeId = await customerStore(under.database, ada, 'unread.example');
    const { verdict, facts, readingId } = await opened({ storeId, stated: '2.4.6' });
    expect([verdict, facts.platformVersion?.version, facts.storeVersionFrom, readingId]).toEqual(['ENTITLED', '2.4.6', 'DECLARED', null]);
    expect([facts.storeVersionSource, facts.storeVersionReadAt]).toEqual(['DECLARED', instant(NOW)]);
  });

  test('of which nothing is stated is not known', async () => {
    const storeId = await customerStore(under.database, ada, 'silent.example');
    const { verdict, facts } = await opened({ storeId });
    expect([verdict, facts.platformVersion, facts.storeVersionFrom]).toEqual(['UNDETERMINED', null, null]);
  });

  test('but whose plugin reports is what that reported last, whatever is stated', async () => {
    const storeId = await customerStore(under.database, ada, 'plugin.example');
    await reported(storeId, '2026-03-01T09:00:00Z', '2.4.8');
    const { verdict, facts } = await opened({ storeId, stated: '2.4.7' });
    expect([verdict, facts.platformVersion?.version, facts.storeVersionFrom]).toEqual(['NOT_ENTITLED', '2.4.8', 'PLUGIN']);
  });
});

test('no store of somebody else is asked', async () => {
  const ben = await under.customer('ben@shop.example');
  const storeId = await customerStore(under.database, ben, 'bens.example');
  const before = connections;
  const outcome = await outcomeOf(() => opened({ storeId }));
  expect([outcome.userErrors.map(({ code, path }) => [code, path]), connections - before]).toEqual([
    [['NOT_FOUND', ['input', 'storeId']]],
    0,
  ]);
});
