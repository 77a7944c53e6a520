import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openSession, type Session, setVisibility } from '../../src/persistence/session.js';
import { type Actor, DELEGABLE_SCOPES, namedInEvidence, type Scope, scopesOf } from '../../src/use-cases/actor.js';
import { actFor, authenticateClaims } from '../../src/use-cases/authenticate.js';
import { grantDelegation, revokeDelegation, standingDelegations } from '../../src/use-cases/delegation.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { testDatabase } from '../support/database.js';
import { customerOf, instant } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const customer = (customerId: string): Actor => ({
  ...{ kind: 'CUSTOMER', name: `customer:${customerId}`, scopes: scopesOf('CUSTOMER', []), customerId, storeId: null },
});

/** A session that sees what a customer sees, as one of its requests has it. */
async function asCustomer<T>(customerId: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = openSession(database);
  try {
    await setVisibility(session, { sees: 'customer', customerId });
    return await work(session);
  } finally {
    session.release();
  }
}
const grant = (client: string, agencyId: string, scopes: readonly Scope[], expiresAt: Temporal.Instant | null, at: Temporal.Instant) =>
  asCustomer(client, (session) =>
    session.transaction(
      async (em) => (await grantDelegation(em, customer(client), { agencyId, agencyName: 'Agency', scopes, expiresAt }, at)).id,
    ),
  );
const acting = (agency: string, client: string, at: Temporal.Instant) =>
  asCustomer(agency, (session) => actFor(session, customer(agency), toGlobalId('Customer', client), at));

/** What a customer does, and how long it waits before: minutes. Delegations that end do so after so many minutes. */
type Step =
  | {
      readonly kind: 'GRANT';
      readonly agency: 0 | 1;
      readonly scopes: readonly Scope[];
      readonly lasts: number | null;
      readonly waits: number;
    }
  | { readonly kind: 'REVOKE'; readonly agency: 0 | 1; readonly waits: number };
const agency = fc.constantFrom(0 as const, 1 as const);
const waits = fc.integer({ min: 0, max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('GRANT' as const),
    agency,
    scopes: fc.subarray([...DELEGABLE_SCOPES], { minLength: 1 }),
    lasts: fc.option(fc.integer({ min: 1, max: 8 })),
    waits,
  }),
  fc.record({ kind: fc.constant('REVOKE' as const), agency, waits }),
);

describe('an agency acts for a customer', () => {
  test('exactly while the last thing that the customer said lets it, with exactly what that names', async () => {
    let histories = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        histories += 1;
        const made = ['client', 'one', 'other'].map((who) => customerOf(database, `${who}-${histories}@shop.example`));
        const [client = '', ...agencies] = await Promise.all(made);
        const said: ({ scopes: readonly Scope[]; until: Temporal.Instant | null; id: string } | null)[] = [null, null];
        let now = NOW;
        for (const { waits: minutes, ...done } of steps) {
          now = now.add({ minutes });
          if (done.kind === 'GRANT') {
            const until = done.lasts === null ? null : now.add({ minutes: done.lasts });
            const id = await grant(client, agencies[done.agency] ?? '', done.scopes, until, now);
            said[done.agency] = { scopes: done.scopes, until, id };
          } else {
            const { id } = said[done.agency] ?? {};
            if (id !== undefined)
              await asCustomer(client, (session) => session.transaction((em) => revokeDelegation(em, customer(client), id, now)));
            said[done.agency] = null;
          }
          const stands = said.map((word) =>
            word !== null && (word.until === null || Temporal.Instant.compare(now, word.until) < 0) ? word : null,
          );
          for (const [index, word] of stands.entries()) {
            const actor = await acting(agencies[index] ?? '', client, now);
            expect(actor?.scopes ?? null).toEqual(word === null ? null : DELEGABLE_SCOPES.filter((scope) => word.scopes.includes(scope)));
            expect(actor?.delegationId ?? null).toBe(word?.id ?? null);
          }
          const listed = await asCustomer(client, ({ em }) => standingDelegations(em, client, now));
          expect(listed.map(({ id }) => id).sort()).toEqual(stands.flatMap((word) => (word === null ? [] : [word.id])).sort());
        }
      }),
      { numRuns: 15 },
    );
  });

  test('as a customer whom the vendor’s own issuer vouches for, too, and evidence names both', async () => {
    const [ada, ben] = [await customerOf(database, 'ada@shop.example'), await customerOf(database, 'ben@shop.example')];
    await grant(ada, ben, ['STORES_READ'], null, NOW);
    const session = openSession(database);
    try {
      const claimed = await authenticateClaims(session, { kind: 'customer', email: 'ben@shop.example' });
      const actor = claimed === null ? null : await actFor(session, claimed, toGlobalId('Customer', ada), NOW);
      expect(actor).toMatchObject({ kind: 'CUSTOMER', customerId: ada, storeId: null, scopes: ['STORES_READ'] });
      expect(actor === null ? null : namedInEvidence(actor)).toBe(`customer:${ben} for customer:${ada}`);
      const seen = await session.query<{ id: string }>({ name: 'seen', text: 'select id from customer', values: [] });
      expect(seen).toEqual([{ id: ada }]);
    } finally {
      session.release();
    }
  });

  test('and sees nothing at all where it is not let', async () => {
    const [ada, eve] = [await customerOf(database, 'ada@shop.example'), await customerOf(database, 'eve@shop.example')];
    await asCustomer(eve, async (session) => {
      expect(await actFor(session, customer(eve), toGlobalId('Customer', ada), NOW)).toBeNull();
      expect(await session.query({ name: 'seen-by-nobody', text: 'select id from customer', values: [] })).toEqual([]);
    });
  });

  test('and nobody but a customer is asked whether it may', async () => {
    const staff: Actor = { kind: 'STAFF', name: 'staff', scopes: [], customerId: null, storeId: null };
    await asCustomer(await customerOf(database, 'ada@shop.example'), async (session) => {
      await expect(actFor(session, staff, 'cus_', NOW)).rejects.toThrow('Only a customer acts for another one.');
    });
  });
});
