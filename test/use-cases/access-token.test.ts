import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AccessToken } from '../../src/persistence/access-token.js';
import { type Database, openDatabase } from '../../src/persistence/database.js';
import { Purchase } from '../../src/persistence/purchase.js';
import { openSession, type Session, withVendorSession } from '../../src/persistence/session.js';
import { type AccessTokenInput, createAccessToken, revokeAccessToken } from '../../src/use-cases/access-token.js';
import { mintAccessToken } from '../../src/use-cases/access-token-format.js';
import { type Actor, PARTNER_SCOPES, SCOPES } from '../../src/use-cases/actor.js';
import { authenticateClaims, authenticateToken } from '../../src/use-cases/authenticate.js';
import { once } from '../../src/use-cases/idempotency.js';
import { testDatabase } from '../support/database.js';
import { importFrom } from '../support/imported-rows.js';
import { shopOrder } from '../support/shop-orders.js';
import {
  asVendor,
  customerOf,
  customerStore,
  instant,
  outcomeAsVendor,
  PEPPER,
  publishPolicies,
  sell,
  vendorShop,
} from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');

let database: Awaited<ReturnType<typeof testDatabase>>;
/** The same rows through a pool of one connection, so that one session certainly follows another on it. */
let single: Database;
let ada: string;
let adasStore: string;
let shopId: string;
beforeAll(async () => {
  database = await testDatabase();
  single = await openDatabase({ url: database.url, poolSize: 1, statementTimeoutMs: 5_000 });
  await publishPolicies(database);
  await sell(database, { sku: 'FILTER' });
  const shop = await vendorShop(database, 'eu');
  shopId = shop.id;
  const order = (id: string, email: string) => shopOrder(id, { email, lines: [{ sku: 'FILTER' }] });
  await importFrom(database, shop, {
    orders: [order('1', 'ada@shop.example'), order('2', 'ben@shop.example'), order('3', 'ben@shop.example')],
  });
  ada = await customerOf(database, 'ada@shop.example');
  adasStore = await customerStore(database, ada, 'ada.example');
});
afterAll(async () => {
  await single.close();
  await database.close();
});

type Kind = AccessTokenInput['kind'];
const create = (input: Partial<AccessTokenInput>) => {
  const whole = { kind: 'STAFF', label: 'a token', scopes: [], customerId: null, storeId: null, expiresAt: null, ...input } as const;
  return outcomeAsVendor(database, (em) => createAccessToken(em, whole, PEPPER, NOW));
};
const of = (kind: Kind): Partial<AccessTokenInput> => {
  if (kind === 'CUSTOMER') return { kind, customerId: ada };
  if (kind === 'STORE') return { kind, storeId: adasStore };
  return kind === 'PARTNER' ? { kind, scopes: ['ADDONS_READ'] } : { kind };
};
const made = async (input: Partial<AccessTokenInput>) => {
  const { value } = await create(input);
  if (value === null) throw new Error('no token was made');
  return value;
};
async function inSession<T>(work: (session: Session) => Promise<T>, from: Database = database): Promise<T> {
  const session = await openSession(from);
  try {
    return await work(session);
  } finally {
    session.release();
  }
}
const authenticate = (text: string, at = NOW, pepper = PEPPER) => inSession((session) => authenticateToken(session, text, pepper, at));
const seen = (session: Session) => session.em.count(Purchase, {});

describe('making a token', () => {
  test('shows its text once, and keeps only a keyed digest', async () => {
    const { text, token } = await made(of('CUSTOMER'));
    expect(text).toMatch(/^tnr_customer_/);
    await withVendorSession(database, async (session) => {
      const [row] = await session.query<{ text: string }>({
        name: 'token-row',
        text: 'select access_token::text as text from access_token where id = $1',
        values: [token.id],
      });
      expect(row?.text).not.toContain(text.slice(-36, -6));
      expect(row?.text).not.toContain(Buffer.from(text).toString('hex'));
    });
  });

  const refusals: readonly (readonly [string, () => Partial<AccessTokenInput>, string, string, string])[] = [
    ['that has ended', () => ({ expiresAt: NOW }), 'INVALID', 'expiresAt', 'it would open nothing'],
    ['of staff with scopes', () => ({ scopes: ['ADDONS_READ'] }), 'INVALID', 'scopes', 'staff may everything anyhow'],
    [
      'of a customer with scopes',
      () => ({ ...of('CUSTOMER'), scopes: ['PURCHASES_READ'] }),
      'INVALID',
      'scopes',
      'customers have theirs by nature',
    ],
    ['of a partner who may nothing', () => ({ kind: 'PARTNER' }), 'INVALID', 'scopes', 'it would open nothing'],
    [
      'of a partner who may make tokens',
      () => ({ kind: 'PARTNER', scopes: ['ADDONS_READ', 'TOKENS_WRITE'] }),
      'INVALID',
      'scopes',
      'that is the vendor’s own',
    ],
    ['of staff that names a partner', () => ({ partner: 'ERP' }), 'INVALID', 'partner', 'it acts for the vendor'],
    ['of no customer', () => ({ kind: 'CUSTOMER' }), 'NOT_FOUND', 'customerId', 'whose rows would it see?'],
    [
      'of a customer that is not there',
      () => ({ kind: 'CUSTOMER', customerId: adasStore }),
      'NOT_FOUND',
      'customerId',
      'whose rows would it see?',
    ],
    ['of no store', () => ({ kind: 'STORE' }), 'NOT_FOUND', 'storeId', 'whose rows would it see?'],
    ['of the vendor’s own shop', () => ({ kind: 'STORE', storeId: shopId }), 'NOT_FOUND', 'storeId', 'it belongs to no customer'],
  ];
  test.each(refusals)('%s is refused', async (_what, input, code, field, _because) => {
    const count = () => withVendorSession(database, ({ em }) => em.count(AccessToken, {}));
    const before = await count();
    const { userErrors } = await create(input());
    expect(userErrors.map((error) => [error.code, error.path])).toEqual([[code, ['input', field]]]);
    expect(await count()).toBe(before);
  });
});

describe('who a token speaks for', () => {
  const kinds: readonly (readonly [Kind, readonly string[], number, string])[] = [
    ['STAFF', SCOPES, 3, 'the vendor sees everything'],
    ['PARTNER', ['ADDONS_READ'], 3, 'a partner sees everyone’s, and may what its token was given'],
    [
      'CUSTOMER',
      [
        ...['ADDONS_READ', 'PURCHASES_READ', 'STORES_READ', 'STORES_WRITE', 'TICKETS_READ', 'TICKETS_WRITE', 'TIME_READ', 'TIME_WRITE'],
        'DELEGATIONS_WRITE',
      ],
      1,
      'a customer sees its own',
    ],
    ['STORE', ['ADDONS_READ', 'STORES_READ'], 1, 'a store sees what its customer does'],
  ];
  test.each(kinds)('%s may %j and sees %i purchases', async (kind, scopes, purchases, _because) => {
    const { text, token } = await made(of(kind));
    const names = { STAFF: 'staff', PARTNER: 'partner:a token', CUSTOMER: `customer:${ada}`, STORE: `store:${adasStore}` };
    await inSession(async (session) => {
      database.statements.length = 0;
      expect(await authenticateToken(session, text, PEPPER, NOW)).toEqual({
        kind,
        name: names[kind],
        credential: `token:${token.id}`,
        scopes,
        customerId: kind === 'CUSTOMER' || kind === 'STORE' ? ada : null,
        storeId: kind === 'STORE' ? adasStore : null,
      });
      expect(database.statements).toHaveLength(2);
      expect(await seen(session)).toBe(purchases);
      database.statements.length = 0;
      await authenticateToken(session, text, PEPPER, NOW);
      expect(database.statements).toHaveLength(1);
    });
  });

  test('a partner’s scopes are those of its token, none of the vendor’s own', async () => {
    const { text } = await made({ kind: 'PARTNER', scopes: [...PARTNER_SCOPES] });
    expect((await authenticate(text))?.scopes).toEqual(PARTNER_SCOPES);
  });

  test.each([
    ['a millisecond before its end', '2026-03-11T09:59:59.999Z', true],
    ['at its end', '2026-03-11T10:00:00Z', false],
    ['long after', '2027-03-11T10:00:00Z', false],
  ])('%s', async (_when, at, isGood) => {
    const { text } = await made({ ...of('STAFF'), expiresAt: instant('2026-03-11T10:00:00Z') });
    expect((await authenticate(text, instant(at))) !== null).toBe(isGood);
  });

  test('a revoked token opens nothing from that instant on; revoking it again changes nothing', async () => {
    const { text, token } = await made(of('STAFF'));
    expect(await authenticate(text)).not.toBeNull();
    const revoke = (at: Temporal.Instant) => asVendor(database, (em) => revokeAccessToken(em, token.id, at));
    await revoke(NOW);
    expect(await authenticate(text)).toBeNull();
    expect((await revoke(NOW.add({ hours: 1 }))).revokedAt?.toString()).toBe(NOW.toString());
    const nothing = await outcomeAsVendor(database, (em) => revokeAccessToken(em, adasStore, NOW));
    expect(nothing.userErrors).toEqual([expect.objectContaining({ code: 'NOT_FOUND', path: ['input', 'id'] })]);
  });

  test('two of one owner live side by side, so that one can follow the other', async () => {
    const [old, young] = [await made(of('CUSTOMER')), await made(of('CUSTOMER'))];
    await asVendor(database, (em) => revokeAccessToken(em, old.token.id, NOW));
    expect([await authenticate(old.text), (await authenticate(young.text))?.customerId]).toEqual([null, ada]);
  });

  test('a command repeated after the token was changed for the next is the same command; another partner’s is another', async () => {
    const token = async (partner: string, label: string) => {
      const actor = await authenticate((await made({ ...of('PARTNER'), partner, label })).text);
      if (actor === null) throw new Error('nobody');
      return actor;
    };
    let runs = 0;
    const ask = async (actor: Actor) =>
      asVendor(database, (em) => once(em, { actor, operation: 'o', key: 'k', input: 1, now: NOW }, async () => (runs += 1)));
    expect(await ask(await token('ERP', 'this year'))).toBe(1);
    expect(await ask(await token('ERP', 'next year'))).toBe(1);
    expect(await ask(await token('Shop', 'this year'))).toBe(2);
  });

  const junk: readonly (readonly [string, (good: string) => string, number, string])[] = [
    ['nothing', () => '', 0, 'it is no token'],
    ['a word', () => 'letmein', 0, 'it is no token'],
    ['one with a letter changed', (good) => good.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x')), 0, 'its checksum is wrong'],
    ['one of another kind', (good) => good.replace('staff', 'customer'), 0, 'the checksum covers the kind'],
    ['one that was never made', () => mintAccessToken('staff').token, 1, 'only the database knows'],
  ];
  test.each(junk)('%s is nobody, sees nothing, and costs %s statements', async (_what, change, statements, _because) => {
    const { text } = await made(of('STAFF'));
    await inSession(async (session) => {
      database.statements.length = 0;
      expect(await authenticateToken(session, change(text), PEPPER, NOW)).toBeNull();
      expect(database.statements).toHaveLength(statements as unknown as number);
      expect(await seen(session)).toBe(0);
    });
  });

  test('under another pepper it is nobody', async () => {
    const { text } = await made(of('STAFF'));
    expect(await authenticate(text, NOW, 'another pepper')).toBeNull();
  });

  test('a row that says another kind than the text opens nothing', async () => {
    const { text, token } = await made(of('CUSTOMER'));
    await asVendor(database, async (em) => {
      Object.assign(await em.findOneOrFail(AccessToken, { id: token.id }), { kind: 'STAFF', customer: null });
    });
    await inSession(async (session) => {
      expect(await authenticateToken(session, text, PEPPER, NOW)).toBeNull();
      expect(await seen(session)).toBe(0);
    });
  });

  test.each([
    ['an unknown token', () => mintAccessToken('staff').token],
    ['junk', () => 'junk'],
  ])('%s after a good one on the same connection sees nothing', async (_what, bad) => {
    const { text } = await made(of('STAFF'));
    await inSession(async (session) => {
      await authenticateToken(session, text, PEPPER, NOW);
      expect(await seen(session)).toBe(3);
    }, single);
    await inSession(async (session) => {
      expect(await authenticateToken(session, bad(), PEPPER, NOW)).toBeNull();
      expect(await seen(session)).toBe(0);
    }, single);
  });

  test('its last use is noted at most every five minutes', async () => {
    const { text, token } = await made(of('STAFF'));
    const noted: (string | undefined)[] = [];
    for (const minutes of [0, 4, 5, 6, 11]) {
      await authenticate(text, NOW.add({ minutes }));
      noted.push(
        await withVendorSession(database, async ({ em }) =>
          (await em.findOneOrFail(AccessToken, { id: token.id })).lastUsedAt?.toString().slice(11, 16),
        ),
      );
    }
    expect(noted).toEqual(['10:00', '10:00', '10:00', '10:06', '10:06']);
  });
});

describe('who claims speak for', () => {
  test('a customer, by the address the vendor knows', async () => {
    await inSession(async (session) => {
      expect(await authenticateClaims(session, { kind: 'customer', email: ' Ada@Shop.Example' })).toEqual({
        kind: 'CUSTOMER',
        name: `customer:${ada}`,
        scopes: [
          'ADDONS_READ',
          'PURCHASES_READ',
          'STORES_READ',
          'STORES_WRITE',
          'TICKETS_READ',
          'TICKETS_WRITE',
          'TIME_READ',
          'TIME_WRITE',
          'DELEGATIONS_WRITE',
        ],
        customerId: ada,
        storeId: null,
      });
      expect(await seen(session)).toBe(1);
    });
  });

  test('nobody, where the vendor knows no such customer', async () => {
    await inSession(async (session) => {
      expect(await authenticateClaims(session, { kind: 'customer', email: 'eve@shop.example' })).toBeNull();
      expect(await seen(session)).toBe(0);
    });
  });

  test('staff', async () => {
    await inSession(async (session) => {
      expect(await authenticateClaims(session, { kind: 'staff', subject: 'carol', session: 's-1' })).toMatchObject({
        kind: 'STAFF',
        name: 'staff:carol',
        credential: 'session:s-1',
        scopes: SCOPES,
        customerId: null,
      });
      expect(await seen(session)).toBe(3);
    });
  });
});
