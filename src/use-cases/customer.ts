import { typeid } from 'typeid-js';
import { executeWithin, queryWithin } from '../persistence/session.js';
import type { EntityManager } from './entity-manager.js';

const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** An e-mail address as customers are known by it: trimmed, in lower case. */
export const emailKey = (text: string): string => text.trim().toLowerCase();

export const isEmail = (text: string): boolean => EMAIL.test(emailKey(text));

/**
 * Finds or makes the customer of an e-mail address and keeps the row locked to the transaction's end:
 * the one lock that everything about a customer's purchases and terms takes first.
 */
export async function lockCustomer(em: EntityManager, email: string, name: string | null, now: Temporal.Instant): Promise<string> {
  const [row] = await em.getConnection().execute<{ id: string }[]>(
    `insert into customer (id, email, name, created_at) values (?, ?, ?, ?)
     on conflict (email) do update set name = coalesce(customer.name, excluded.name)
     returning id`,
    [typeid().toUUID(), emailKey(email), name, now.toString()],
    'all',
    em.getTransactionContext(),
  );
  if (row === undefined) throw new Error('The customer row is neither there nor could it be made.');
  return row.id;
}

/** A buyer as an order names it: the address as customers are known by it. */
export interface NamedBuyer {
  readonly email: string;
  readonly name: string | null;
}

/**
 * The same for many, and for customers that are known by id: those who are there are locked in the order of their ids, and then the others are made in the order of
 * their addresses. Whoever has no name yet gets the first one told. Returns ids by address.
 */
export async function lockCustomers(
  em: EntityManager,
  buyers: readonly NamedBuyer[],
  customerIds: readonly string[],
  now: Temporal.Instant,
): Promise<Map<string, string>> {
  const names = new Map<string, string | null>();
  for (const { email, name } of buyers) names.set(email, names.get(email) ?? name);
  const lock =
    'select id, email, name is null as nameless from customer where email = any($1::text[]) or id = any($2::uuid[]) order by id for no key update';
  const { rows } = await executeWithin(em, lock, [[...names.keys()], customerIds]);
  const known = rows as { id: string; email: string; nameless: boolean }[];
  const ids = new Map(known.map(({ email, id }) => [email, id]));
  const named = known.filter(({ email, nameless }) => nameless && (names.get(email) ?? null) !== null);
  if (named.length > 0) {
    const text = 'update customer c set name = n.name from unnest($1::uuid[], $2::text[]) as n(id, name) where c.id = n.id';
    await executeWithin(em, text, [named.map(({ id }) => id), named.map(({ email }) => names.get(email))]);
  }
  const fresh = [...names].filter(([email]) => !ids.has(email)).sort(([one], [other]) => (one < other ? -1 : 1));
  if (fresh.length > 0) {
    const text = `insert into customer (id, email, name, created_at)
      select n.id, n.email, n.name, $4::timestamptz from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as n(id, email, name, place) order by n.place
      on conflict (email) do update set name = coalesce(customer.name, excluded.name) returning id, email`;
    const values = [fresh.map(() => typeid().toUUID()), fresh.map(([email]) => email), fresh.map(([, name]) => name), now.toString()];
    for (const { id, email } of (await executeWithin(em, text, values)).rows as { id: string; email: string }[]) ids.set(email, id);
  }
  return ids;
}

/**
 * Locks the rows of customers that are known by id, in the order of their ids, to the transaction's end, and returns the ids of those that are there and may be
 * seen. The lock lets others go on referring to a customer, as they do who hold a wallet and write down what its customer is to be told: they would wait for
 * whoever has the customer and wants the wallet.
 */
export async function lockCustomerRows(em: EntityManager, customerIds: readonly string[]): Promise<string[]> {
  const text = 'select id from customer where id = any($1::uuid[]) order by id for no key update';
  return (await queryWithin<{ id: string }>(em, { name: 'customer-rows-lock', text, values: [customerIds] })).map(({ id }) => id);
}
