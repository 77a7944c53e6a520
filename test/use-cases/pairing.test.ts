import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AccessToken } from '../../src/persistence/access-token.js';
import { PairingCode } from '../../src/persistence/pairing-code.js';
import { openSession, queryWithin, setVisibility, withVendorSession } from '../../src/persistence/session.js';
import { Store } from '../../src/persistence/store.js';
import { createAccessToken } from '../../src/use-cases/access-token.js';
import { authenticateToken } from '../../src/use-cases/authenticate.js';
import { type Outcome, outcomeOf } from '../../src/use-cases/outcome.js';
import { createPairingCode, openCodesOf, pairStore, unpairStore } from '../../src/use-cases/pairing.js';
import { digestPairingCode, mintPairingCode, parsePairingCode } from '../../src/use-cases/pairing-code.js';
import { testDatabase } from '../support/database.js';
import { pairInput, storePlugin } from '../support/store-plugin.js';
import { asVendor, customerOf, customerStore, instant, outcomeAsVendor, PEPPER, vendorShop } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');
const [PLUGIN, OTHER_PLUGIN] = [storePlugin(), storePlugin()];
const KEY = Buffer.from(PLUGIN.publicKey).toString('base64');
const BORROWED_KEY = Buffer.from(storePlugin().publicKey).toString('base64');
const OTHER_KEY = Buffer.from(OTHER_PLUGIN.publicKey).toString('base64');

let database: Awaited<ReturnType<typeof testDatabase>>;
let ada: string;
let ben: string;
let store: string;
let shop: string;
beforeAll(async () => {
  database = await testDatabase();
  [ada, ben] = [await customerOf(database, 'ada@shop.example'), await customerOf(database, 'ben@shop.example')];
  shop = (await vendorShop(database, 'eu')).id;
});
afterAll(() => database.close());

let stores = 0;
beforeEach(async () => {
  stores += 1;
  store = await customerStore(database, ada, `ada-${stores}.example`);
});

const codeFor = async (storeId = store, at = NOW) =>
  (await asVendor(database, (em) => createPairingCode(em, {}, storeId, PEPPER, at))).code;
const pair = (code: string, at = NOW, publicKey = KEY): Promise<Outcome<{ storeId: string; token: string }>> =>
  outcomeOf(async () => {
    const signer = publicKey === OTHER_KEY ? OTHER_PLUGIN : PLUGIN;
    const paired = await pairStore(database, { ...pairInput(signer, code), publicKey }, PEPPER, at);
    return { storeId: paired.store.id, token: paired.token };
  });
/** Pairs the store anew; the token that its plugin gets. */
const paired = async (at = NOW, publicKey = KEY) => (await pair(await codeFor(store, at), at, publicKey)).value?.token ?? '';
const row = (id = store) => withVendorSession(database, ({ em }) => em.findOneOrFail(Store, { id }));
const speaksFor = async (token: string, at: Temporal.Instant): Promise<string | null> => {
  const session = openSession(database);
  try {
    return (await authenticateToken(session, token, PEPPER, at))?.storeId ?? null;
  } finally {
    session.release();
  }
};
const written = () =>
  withVendorSession(database, async ({ em }) => ({
    tokens: await em.count(AccessToken, {}),
    codes: (await em.find(PairingCode, {}, { orderBy: { id: 'asc' } })).map(({ id, usedAt }) => [id, usedAt?.toString()]),
    keys: (await em.find(Store, {}, { orderBy: { id: 'asc' } })).map(({ reportKey }) => Buffer.from(reportKey ?? []).toString('hex')),
  }));

describe('a plugin that brings its code', () => {
  test('speaks for the store from then on, and its key is the store’s', async () => {
    const code = await codeFor();
    const { value } = await pair(code.toLowerCase());
    expect(value).toEqual({ storeId: store, token: expect.stringMatching(/^tnr_store_/) });
    expect(await speaksFor(value?.token ?? '', NOW)).toBe(store);
    const { reportKey, pairedAt } = await row();
    expect([Buffer.from(reportKey ?? []).toString('base64'), pairedAt]).toEqual([KEY, NOW]);
    // Neither code nor token can be read from what is kept.
    const rows = await asVendor(database, (em) =>
      em
        .getConnection()
        .execute(
          'select to_json(p) as row from pairing_code p union all select to_json(t) from access_token t',
          [],
          'all',
          em.getTransactionContext(),
        ),
    );
    expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${code}|${code.replaceAll('-', '')}|${value?.token}`));
  });

  test('is one of many that bring the same code at once', async () => {
    const code = await codeFor();
    const tries = await Promise.all([KEY, OTHER_KEY, KEY, OTHER_KEY, KEY].map((key) => pair(code, NOW, key)));
    const [winner, ...others] = tries.filter(({ value }) => value !== null);
    expect([winner?.value?.storeId, others]).toEqual([store, []]);
    expect(await withVendorSession(database, ({ em }) => em.count(AccessToken, { store }))).toBe(1);
  });

  const NOTHING = { value: null, userErrors: [expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'code'] })] };
  const refused: readonly (readonly [string, () => Promise<string>, string, string])[] = [
    ['never was', async () => mintPairingCode(), '2026-03-10T10:00:00Z', 'nobody made it'],
    [
      'was used',
      async () => {
        const code = await codeFor();
        await pair(code);
        return code;
      },
      '2026-03-10T10:00:01Z',
      'it works once',
    ],
    ['is out of time', () => codeFor(), '2026-03-10T10:15:00Z', 'at its end the right is gone'],
    [
      'was followed by another',
      async () => {
        const code = await codeFor();
        await codeFor();
        return code;
      },
      '2026-03-10T10:00:01Z',
      'the newest alone counts',
    ],
    [
      'was taken back with the plugin',
      async () => {
        const code = await codeFor();
        await asVendor(database, (em) => unpairStore(em, {}, store, NOW));
        return code;
      },
      '2026-03-10T10:00:01Z',
      'unpairing ends all',
    ],
  ];
  test('is told the same whatever is wrong with the code, after the same statements, and nothing is written', async () => {
    const answers: unknown[] = [];
    for (const [, made, at] of refused) {
      const code = await made();
      const before = await written();
      database.statements.length = 0;
      answers.push({ answer: await pair(code, instant(at)), statements: [...database.statements] });
      expect(await written()).toEqual(before);
    }
    expect(answers[0]).toEqual({ answer: NOTHING, statements: expect.anything() });
    expect(answers).toEqual(answers.map(() => answers[0]));
    expect((answers[0] as { statements: string[] }).statements).toHaveLength(4);
  });

  test('just in time is let in', async () => {
    expect((await pair(await codeFor(), instant('2026-03-10T10:14:59.999Z'))).value?.storeId).toBe(store);
  });

  test.each<readonly [string, (code: string) => readonly [string, string], string, string]>([
    ['a mistyped code', (code) => [code.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')), KEY], 'code', 'the checksum tells'],
    ['a key that is too short', (code) => [code, KEY.slice(4)], 'publicKey', 'it is not of Ed25519'],
    ['a key that is too long', (code) => [code, Buffer.alloc(33).toString('base64')], 'publicKey', 'it is not either'],
    ['the key of another plugin', (code) => [code, BORROWED_KEY], 'signature', 'public keys are no secret: who has it signs the code'],
    ['a key in hexadecimal', (code) => [code, Buffer.alloc(32).toString('hex')], 'publicKey', 'it says so instead of keeping another key'],
  ])('with %s is told so before the database is asked, and the code stays good', async (_what, wrong, field) => {
    const code = await codeFor();
    database.statements.length = 0;
    const { userErrors } = await pair(...([wrong(code)[0], NOW, wrong(code)[1]] as const));
    expect(userErrors.map((error) => [error.code, error.path])).toEqual([['INVALID', ['input', field]]]);
    expect(database.statements).toEqual([]);
    expect((await pair(code)).value?.storeId).toBe(store);
  });
});

describe('pairing again', () => {
  test('replaces the key at once, and ends the token of before after a day; tokens made by hand go on', async () => {
    const byHand = await asVendor(database, (em) =>
      createAccessToken(
        em,
        { kind: 'STORE', label: 'by hand', scopes: [], customerId: null, storeId: store, expiresAt: null },
        PEPPER,
        NOW,
      ),
    );
    const first = await paired();
    const again = NOW.add({ hours: 1 });
    const second = await paired(again, OTHER_KEY);
    expect(Buffer.from((await row()).reportKey ?? []).toString('base64')).toBe(OTHER_KEY);
    const end = again.add({ hours: 24 });
    const opens = async (at: Temporal.Instant) => [
      await speaksFor(first, at),
      await speaksFor(second, at),
      await speaksFor(byHand.text, at),
    ];
    expect(await opens(end.subtract({ milliseconds: 1 }))).toEqual([store, store, store]);
    expect(await opens(end)).toEqual([null, store, store]);
    // A third one gives the first no second day.
    await paired(again.add({ hours: 5 }));
    expect(await opens(end)).toEqual([null, store, store]);
  });
});

describe('unpairing', () => {
  test('ends tokens, key and open code at once, of this store alone', async () => {
    const tokens = [await paired(), await paired()];
    const mine = store;
    store = await customerStore(database, ada, `other-${stores}.example`);
    const others = await paired();
    await codeFor(mine);
    await asVendor(database, (em) => unpairStore(em, { customer: ada }, mine, NOW));
    expect(await Promise.all(tokens.map((token) => speaksFor(token, NOW)))).toEqual([null, null]);
    expect(await speaksFor(others, NOW)).toBe(store);
    expect(await row(mine)).toMatchObject({ reportKey: null, pairedAt: null });
    expect((await withVendorSession(database, ({ em }) => openCodesOf(em, [mine], NOW))).size).toBe(0);
  });
});

describe.each([
  ['a code', (storeId: string, own: object) => outcomeAsVendor(database, (em) => createPairingCode(em, own, storeId, PEPPER, NOW))],
  ['unpairing', (storeId: string, own: object) => outcomeAsVendor(database, (em) => unpairStore(em, own, storeId, NOW))],
])('%s', (_what, ask) => {
  test('is for the owner of the store, and for stores of customers', async () => {
    const before = await written();
    const codes = async (id: string, own: object) => (await ask(id, own)).userErrors.map(({ code, path }) => [code, path.join('.')]);
    expect(await codes(store, { customer: ben })).toEqual([['NOT_FOUND', 'input.storeId']]);
    expect(await codes('01900000-0000-7000-8000-000000000000', {})).toEqual([['NOT_FOUND', 'input.storeId']]);
    expect(await codes(shop, {})).toEqual([['INVALID', 'input.storeId']]);
    expect(await written()).toEqual(before);
  });
});

/** What happens to one store, and how many minutes after what was before. A plugin brings one of the codes that were made, by its place. */
type Step =
  | { readonly kind: 'CODE'; readonly waits: number }
  | { readonly kind: 'UNPAIR'; readonly waits: number }
  | { readonly kind: 'PAIR'; readonly code: number; readonly waits: number };
const anyStep = (waits: fc.Arbitrary<number>): fc.Arbitrary<Step> =>
  fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant('CODE' as const), waits }), weight: 3 },
    { arbitrary: fc.record({ kind: fc.constant('PAIR' as const), code: fc.nat(3), waits }), weight: 4 },
    { arbitrary: fc.record({ kind: fc.constant('UNPAIR' as const), waits }), weight: 1 },
  );

test('whatever happens in whatever order: the newest code in time pairs once, and each token lasts as long as it was said to', async () => {
  let histories = 0;
  const waits = fc.constantFrom(0, 1, 14, 15, 23 * 60, 24 * 60);
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep(waits), { minLength: 3, maxLength: 9 }), async (steps) => {
      histories += 1;
      const mine = await customerStore(database, ada, `history-${histories}.example`);
      let now = NOW;
      let open: { readonly code: string; readonly until: Temporal.Instant } | null = null;
      const codes: string[] = [];
      const tokens: { readonly text: string; until: Temporal.Instant | null }[] = [];
      const isOver = (until: Temporal.Instant | null) => until !== null && Temporal.Instant.compare(now, until) >= 0;
      const shorten = (until: Temporal.Instant) => {
        for (const token of tokens) if (token.until === null || Temporal.Instant.compare(until, token.until) < 0) token.until = until;
      };
      for (const done of steps) {
        now = now.add({ minutes: done.waits });
        if (done.kind === 'CODE') {
          const code = await codeFor(mine, now);
          codes.push(code);
          open = { code, until: now.add({ minutes: 15 }) };
        } else if (done.kind === 'UNPAIR') {
          await asVendor(database, (em) => unpairStore(em, {}, mine, now));
          open = null;
          shorten(now);
        } else {
          const code = codes[done.code % Math.max(codes.length, 1)] ?? mintPairingCode();
          const pairs = open !== null && open.code === code && !isOver(open.until);
          const { value } = await pair(code, now);
          expect(value !== null).toBe(pairs);
          if (value !== null) {
            open = null;
            shorten(now.add({ hours: 24 }));
            tokens.push({ text: value.token, until: null });
          }
        }
        for (const { text, until } of tokens) expect(await speaksFor(text, now)).toBe(isOver(until) ? null : mine);
      }
    }),
    { numRuns: 15 },
  );
});

test('who pairs sees the one code with the digest that was sent, for the transaction, and no store', async () => {
  const [code, other] = [await codeFor(), await codeFor(await customerStore(database, ben, `ben-${stores}.example`))];
  const session = openSession(database);
  const sees = (em: Parameters<Parameters<typeof session.transaction>[0]>[0]) =>
    queryWithin<{ codes: string; stores: string }>(em, {
      name: 'sees',
      text: 'select (select count(*) from pairing_code) as codes, (select count(*) from store) as stores',
      values: [],
    });
  try {
    for (const text of [code, other]) {
      await session.transaction(async (em) => {
        expect(await sees(em)).toEqual([{ codes: '0', stores: '0' }]);
        const digest = digestPairingCode(parsePairingCode(text) ?? '', PEPPER).toString('hex');
        await queryWithin(em, { name: 'mark', text: "select set_config('tenure.pairing', $1, true)", values: [digest] });
        expect(await sees(em)).toEqual([{ codes: '1', stores: '0' }]);
      });
    }
  } finally {
    session.release();
  }
});

type Writing = readonly [storeId: string, customerId: string, as: string | null];
test.each<[string, () => Writing, boolean]>([
  ['one’s own store', () => [store, ada, ada], true],
  ['a store of somebody else’s in one’s own name', () => [store, ben, ben], false],
  ['a store of somebody else’s in its owner’s name', () => [store, ada, ben], false],
  ['one’s own store in the name of somebody else', () => [store, ben, ada], false],
  ['a customer’s store in the name of another, by the vendor', () => [store, ben, null], false],
  ['a shop of the vendor’s', () => [shop, ada, null], false],
])('of a code for %s the database says for itself whether it is written', async (_, writing, isWritten) => {
  const [storeId, customerId, as] = writing();
  const session = openSession(database);
  try {
    await setVisibility(session, as === null ? { sees: 'all' } : { sees: 'customer', customerId: as });
    const text = `insert into pairing_code (id, store_id, customer_id, digest, created_at, expires_at)
      values (gen_random_uuid(), $1::uuid, $2, sha256($1::text::bytea), now(), now() + interval '1 minute') returning store_id`;
    const written = session.query({ name: 'code-of-others', text, values: [storeId, customerId] });
    if (isWritten) expect(await written).toEqual([{ store_id: storeId }]);
    else await expect(written).rejects.toThrow(/row-level security/);
  } finally {
    session.release();
  }
});
