import { typeid } from 'typeid-js';
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
