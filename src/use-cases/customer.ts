import { typeid } from 'typeid-js';
import { queryWithin } from '../persistence/session.js';
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

/**
 * Locks the rows of customers that are known by id, in the order of their ids, to the transaction's end, and returns the ids of those that are there and may be
 * seen. The lock lets others go on referring to a customer, as they do who hold a wallet and write down what its customer is to be told: they would wait for
 * whoever has the customer and wants the wallet.
 */
export async function lockCustomerRows(em: EntityManager, customerIds: readonly string[]): Promise<string[]> {
  const text = 'select id from customer where id = any($1::uuid[]) order by id for no key update';
  return (await queryWithin<{ id: string }>(em, { name: 'customer-rows-lock', text, values: [customerIds] })).map(({ id }) => id);
}
