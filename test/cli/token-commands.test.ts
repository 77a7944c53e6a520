import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSession, withVendorSession } from '../../src/persistence/session.js';
import { scopesOf } from '../../src/use-cases/actor.js';
import { authenticateToken } from '../../src/use-cases/authenticate.js';
import { lockCustomer } from '../../src/use-cases/customer.js';
import { connectStore } from '../../src/use-cases/store.js';
import { testDatabase } from '../support/database.js';
import { type Ending, NOW, PEPPER, run, SECRET_KEY } from './cli-under-test.js';

let database: Awaited<ReturnType<typeof testDatabase>>;

beforeAll(async () => {
  database = await testDatabase();
  await withVendorSession(database, (session) =>
    session.transaction(async (em) => {
      const customerId = await lockCustomer(em, 'ada@shop.example', 'Ada', NOW);
      const store = {
        platform: 'MAGENTO',
        role: 'CUSTOMER_PRODUCTION',
        customerId,
        code: null,
        timeZone: null,
        credentials: null,
      } as const;
      await connectStore(em, { ...store, url: 'https://ada.example/shop' }, SECRET_KEY, NOW);
    }),
  );
});
afterAll(() => database.close());

const create = (...options: string[]): Promise<Ending> => run(['token', 'create', '--label', 'Test', ...options], database);

const textIn = ({ out }: Ending): string => /^token +(tnr_\S+)$/m.exec(out)?.[1] ?? '';
const idIn = ({ out }: Ending): string => /^id +(tok_\S+)$/m.exec(out)?.[1] ?? '';

async function actorOf(text: string, at = NOW) {
  const session = await openSession(database);
  try {
    return await authenticateToken(session, text, PEPPER, at);
  } finally {
    session.release();
  }
}

describe('token create', () => {
  test('shows the text once, says so, and the token opens the door', async () => {
    const ending = await create('--kind', 'staff');
    expect([ending.exitCode, ending.err]).toEqual([0, '']);
    expect(ending.out.split('tnr_')).toHaveLength(2);
    expect(ending.out).toContain('The text of the token is shown this once and is not kept: store it now.');
    expect(await actorOf(textIn(ending))).toMatchObject({ kind: 'STAFF', scopes: scopesOf('STAFF', []) });
  });

  test('a partner gets the scopes asked for, each once', async () => {
    const ending = await create('--kind', 'partner', '--scope', 'purchases-read', '--scope', 'ADDONS_READ', '--scope', 'purchases_read');
    expect(ending.out).toMatch(/^scopes +PURCHASES_READ, ADDONS_READ$/m);
    expect(await actorOf(textIn(ending))).toMatchObject({
      kind: 'PARTNER',
      name: 'partner:Test',
      scopes: ['ADDONS_READ', 'PURCHASES_READ'],
    });
    const named = await create('--kind', 'partner', '--scope', 'addons-read', '--partner', 'ERP');
    expect(await actorOf(textIn(named))).toMatchObject({ name: 'partner:ERP' });
  });

  test('a customer is named by e-mail, a store by its address, however they are spelled', async () => {
    const customer = await actorOf(textIn(await create('--kind', 'customer', '--customer', 'Ada@Shop.example')));
    const store = await actorOf(textIn(await create('--kind', 'store', '--store', 'https://ADA.example/shop/')));
    expect(customer).toMatchObject({ kind: 'CUSTOMER', customerId: expect.any(String), storeId: null });
    expect(store).toMatchObject({ kind: 'STORE', customerId: customer?.customerId, storeId: expect.any(String) });
  });

  test.each([
    ['2026-12-31', '2027-01-01T00:00:00Z', 'the day named is the last one'],
    ['2026-12-31T12:00:00+01:00', '2026-12-31T11:00:00Z', 'an instant is the end itself'],
  ])('--expires %s ends at %s', async (text, end) => {
    const ending = await create('--kind', 'staff', '--expires', text);
    expect(ending.out).toMatch(new RegExp(`^expires +${end}$`, 'm'));
    const expiresAt = Temporal.Instant.from(end);
    expect(await actorOf(textIn(ending), expiresAt.subtract({ milliseconds: 1 }))).toMatchObject({ kind: 'STAFF' });
    expect(await actorOf(textIn(ending), expiresAt)).toBeNull();
  });

  test.each([
    [
      ['--kind', 'customer', '--customer', 'nobody@shop.example'],
      3,
      'no customer with the e-mail address nobody@shop.example',
      'a slip in the address',
    ],
    [
      ['--kind', 'store', '--store', 'https://other.example'],
      3,
      'No customer’s store is connected at https://other.example',
      'not connected',
    ],
    [['--kind', 'store', '--store', 'no address'], 3, 'No customer’s store', 'nothing is connected at what is no address'],
    [['--kind', 'partner'], 4, 'A partner token carries one or more of', 'a partner without rights can do nothing'],
    [['--kind', 'staff', '--scope', 'addons-read'], 4, 'Only partner tokens carry scopes', 'it would promise a limit that is not kept'],
    [['--kind', 'staff', '--expires', '2026-02-09'], 4, 'lies in the past', 'it would never work'],
  ])('%j is refused', async (options, exitCode, message) => {
    const ending = await create(...options);
    expect([ending.exitCode, ending.out]).toEqual([exitCode, '']);
    expect(ending.err).toContain(message);
  });
});

describe('token revoke', () => {
  test('ends the token at once, and again changes nothing', async () => {
    const created = await create('--kind', 'staff');
    const revoked = await run(['token', 'revoke', idIn(created)], database);
    expect(revoked).toMatchObject({ exitCode: 0, err: '', out: `revoked  ${idIn(created)}  staff  Test  since ${NOW}\n` });
    expect(await actorOf(textIn(created))).toBeNull();
    const later = { now: () => NOW.add({ hours: 1 }) };
    expect(await run(['token', 'revoke', idIn(created)], database, later)).toEqual(revoked);
  });

  test('a token that does not exist is not found', async () => {
    const { exitCode, err } = await run(['token', 'revoke', 'tok_01jv8m3k7ce5qsb1kz6b3w9f2x'], database);
    expect(exitCode).toBe(3);
    expect(err).toContain('There is no such token.');
  });
});
