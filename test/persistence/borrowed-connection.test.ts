import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Customer } from '../../src/persistence/customer.js';
import { type Database, openDatabase, type PoolClient } from '../../src/persistence/database.js';
import { isConnectionLost } from '../../src/persistence/outage.js';
import { openSession, type Session, setVisibility, type Visibility } from '../../src/persistence/session.js';
import { breakableWire } from '../graphql/breakable-wire.js';
import { testDatabase } from '../support/database.js';
import { customerOf } from '../support/vendor.js';

const ADA = 'ada@shop.example';
const BEN = 'ben@shop.example';
/** Whom a session says that it asks as, and the customers that it sees then. */
const SEEN = { ada: [ADA], ben: [BEN], all: [ADA, BEN], nothing: [] } as const;
type Who = keyof typeof SEEN;

let database: Awaited<ReturnType<typeof testDatabase>>;
/** A pool of one connection, so that all sessions follow each other on it. */
let single: Database;
let visibilities: Readonly<Record<Who, Visibility>>;
/** What went to the server over the one connection. */
let sent: string[];

/** The text of every statement that goes out over the pool from now on, whoever sends it. */
function sentOf({ pool }: Database): string[] {
  const texts: string[] = [];
  const heard = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => {
    if (heard.has(client)) return;
    heard.add(client);
    client.query = new Proxy(client.query, {
      apply(query, _, values) {
        texts.push(values[0].text);
        return Reflect.apply(query, client, values);
      },
    });
  });
  return texts;
}

beforeAll(async () => {
  database = await testDatabase();
  single = await openDatabase({ url: database.url, poolSize: 1, statementTimeoutMs: 20_000 });
  sent = sentOf(single);
  const ada: Visibility = { sees: 'customer', customerId: await customerOf(database, ADA) };
  const ben: Visibility = { sees: 'customer', customerId: await customerOf(database, BEN) };
  visibilities = { ada, ben, all: { sees: 'all' }, nothing: { sees: 'nothing' } };
});
beforeEach(() => {
  sent.length = 0;
});
afterAll(async () => {
  await single.close();
  await database.close();
});

const say = (session: Session, who: Who) => setVisibility(session, visibilities[who]);
const sayInVain = (session: Session) => session.query({ name: 'say-in-vain', text: 'select 1 / 0', values: [], saysWhoAsks: true });
const fail = (session: Session) => session.query({ name: 'fail', text: 'select 1 / 0', values: [] });
const prepared = async (session: Session): Promise<string[]> =>
  (await session.query<{ email: string }>({ name: 'customers', text: 'select email from customer order by email', values: [] })).map(
    ({ email }) => email,
  );
const mapped = async ({ em }: Pick<Session, 'em'>): Promise<string[]> =>
  (await em.fork({ keepTransactionContext: true }).find(Customer, {}, { orderBy: { email: 'asc' } })).map(({ email }) => email);
const backend = async (session: Session): Promise<number | undefined> =>
  (await session.query<{ pid: number }>({ name: 'backend', text: 'select pg_backend_pid() as pid', values: [] }))[0]?.pid;

async function inSession<T>(work: (session: Session) => Promise<T>, of: Database = single): Promise<T> {
  const session = openSession(of);
  try {
    return await work(session);
  } finally {
    session.release();
  }
}

/** How a session may go about it: what it does, and whom it sees afterwards who saw `before`. */
type Step = (session: Session, before: Who) => Promise<Who>;
const STEPS: Readonly<Record<string, (who: Who) => Step>> = {
  says: (who) => async (session) => {
    await say(session, who);
    return who;
  },
  'fails to say': () => async (session, before) => {
    await expect(sayInVain(session)).rejects.toThrow('division by zero');
    return before;
  },
  fails: () => async (session, before) => {
    await expect(fail(session)).rejects.toThrow('division by zero');
    return before;
  },
  pauses: () => async (session, before) => {
    await session.pause();
    return before;
  },
  'pauses for another': (who) => async (session, before) => {
    await session.pause();
    await inSession(async (other) => {
      await say(other, who);
      expect(await prepared(other)).toEqual(SEEN[who]);
    });
    return before;
  },
  'says and commits': (who) => async (session) => {
    await session.transaction(() => say(session, who));
    return who;
  },
  'says and rolls back': (who) => async (session, before) => {
    const rolledBack = session.transaction(async () => {
      await say(session, who);
      throw new Error('enough');
    });
    await expect(rolledBack).rejects.toThrow('enough');
    return before;
  },
  'reads prepared': () => async (session, before) => {
    expect(await prepared(session)).toEqual(SEEN[before]);
    return before;
  },
  'reads mapped': () => async (session, before) => {
    expect(await mapped(session)).toEqual(SEEN[before]);
    return before;
  },
  'reads in a transaction': () => async (session, before) => {
    expect(await session.transaction((em) => mapped({ em }))).toEqual(SEEN[before]);
    return before;
  },
};
const anyStep = fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.constantFrom<Who>('ada', 'ben', 'all', 'nothing'));

async function take(session: Session, steps: readonly (readonly [name: string, who: Who])[]): Promise<void> {
  let sees: Who = 'nothing';
  for (const [name, who] of steps) sees = (await STEPS[name]?.(who)(session, sees)) ?? sees;
}

describe('a connection that knew who asked', () => {
  test('shows nobody what another asked for, whatever they do and in whatever order', async () => {
    const pid = await inSession(backend);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyStep, { maxLength: 4 }), { minLength: 2, maxLength: 5 }), async (sessions) => {
        for (const steps of sessions) await inSession((session) => take(session, steps));
      }),
      { numRuns: 60 },
    );
    expect(await inSession(backend)).toBe(pid);
  });

  test.each<readonly [first: readonly string[], because: string]>([
    [['reads prepared'], 'it never said who it is'],
    [['reads mapped'], 'the mapper reads on the same connection'],
    [['reads in a transaction'], 'a transaction begins with a statement that says nothing'],
    [['fails to say', 'reads prepared'], 'what was said in vain replaced nothing'],
    [['fails', 'reads mapped'], 'an error is no answer to who asks'],
    [['pauses', 'reads prepared'], 'there is nothing to be lent'],
    [['fails to say', 'pauses', 'reads prepared'], 'a pause remembers only what the session itself said'],
    [['says and rolls back', 'reads prepared'], 'what was said in the transaction is unsaid'],
  ])('shows nothing to one that %j, because %s', async (first) => {
    await inSession((session) => say(session, 'ada'));
    await inSession((session) =>
      take(
        session,
        first.map((name) => [name, 'ben']),
      ),
    );
  });

  test('is not asked to forget where the next says who asks first', async () => {
    for (const who of ['ada', 'ben', 'all'] as const) {
      await inSession(async (session) => {
        await say(session, who);
        expect(await prepared(session)).toEqual(SEEN[who]);
      });
    }
    expect(sent).toHaveLength(6);
    await inSession(async (session) => {
      expect(await prepared(session)).toEqual([]);
      expect(await mapped(session)).toEqual([]);
    });
    expect(sent).toHaveLength(9);
  });

  test('goes to one that has waited for it as it does to any', async () => {
    const holder = openSession(single);
    await say(holder, 'ada');
    const waiting = openSession(single);
    const read = prepared(waiting);
    holder.release();
    expect(await read).toEqual([]);
    waiting.release();
  });
});

test('no source takes a connection from the pool, or an entity manager of the mapper, beside the sessions', () => {
  const root = new URL('../../', import.meta.url);
  const takers = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
    .filter(
      (path) =>
        path.endsWith('.ts') && /\bpool\.(connect|query)\(|\borm\.em\.fork\(/.test(readFileSync(new URL(`src/${path}`, root), 'utf8')),
    )
    .sort();
  expect(takers).toEqual(['persistence/borrowed-connection.ts', 'persistence/migrate.ts', 'persistence/session.ts']);
});

describe('a connection that cannot be relied on', () => {
  test('is closed when its session ends in a transaction that nobody ended', async () => {
    const session = openSession(single);
    const before = await backend(session);
    await session.query({ name: 'begin-alone', text: 'begin', values: [] });
    session.release();
    await inSession(async (next) => expect(await backend(next)).not.toBe(before));
  });

  test('is given up with what it was asked last when it falls silent, and nothing more is asked on it', async () => {
    const { hostname, port } = new URL(database.url);
    const wire = await breakableWire(hostname, Number(port));
    const url = new URL(database.url);
    url.host = `127.0.0.1:${wire.port}`;
    const far = await openDatabase({ url: url.href, poolSize: 1, statementTimeoutMs: 1_000 });
    const sentFar = sentOf(far);
    try {
      const session = openSession(far);
      await say(session, 'ada');
      const before = await backend(session);
      wire.mute();
      sentFar.length = 0;
      const outcomes = await Promise.allSettled([prepared(session), mapped(session), session.transaction((em) => mapped({ em }))]);
      expect(outcomes.map((outcome) => outcome.status === 'rejected' && isConnectionLost(outcome.reason))).toEqual([true, true, true]);
      expect(sentFar).toHaveLength(1);
      await wire.mend();
      session.release();
      await inSession(async (next) => {
        expect(await backend(next)).not.toBe(before);
        expect(await prepared(next)).toEqual([]);
      }, far);
    } finally {
      await far.close();
      await wire.close();
    }
  });
});

test.each<readonly [message: string, code: string | null, lost: boolean, because: string]>([
  ['write EPIPE', 'EPIPE', true, 'this is a word of the operating system, and no SQLSTATE for its five letters'],
  ['Query read timeout', null, true, 'the driver waited in vain'],
  ['terminating connection', '57P01', true, 'the server goes away'],
  ['division by zero', '22012', false, 'the server answered'],
  ['canceling statement due to statement timeout', '57014', false, 'the connection is as good as before'],
])('that "%s" (%s) means an outage: %s, because %s', (message, code, lost) => {
  expect(isConnectionLost(Object.assign(new Error(message), code === null ? {} : { code }))).toBe(lost);
});
