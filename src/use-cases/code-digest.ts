import { Purchase } from '../persistence/purchase.js';
import type { TicketRow } from '../persistence/ticket.js';
import { type CodePlace, codeNow } from './code-evidence.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, userError } from './outcome.js';

const SHA_256 = /^[0-9a-f]{64}$/;

/** B-23: a digest of a store's code as it is kept, in lower case; null stays null. A Refusal INVALID where it is no SHA-256 in hexadecimal. */
export function codeDigest(text: string | null): string | null {
  const digest = text?.trim().toLowerCase() ?? null;
  if (digest === null || SHA_256.test(digest)) return digest;
  throw new Refusal([userError('INVALID', 'A digest of code is a SHA-256 in hexadecimal: 64 digits.', 'codeDigest')]);
}

/** The same; where none is stated, that of what the store reported of the ticket's add-on in the last quarter of an hour, if it did. */
export async function presentDigest(
  em: EntityManager,
  ticket: Pick<TicketRow, 'purchase' | 'store'>,
  stated: string | null,
  now: Temporal.Instant,
): Promise<string | null> {
  const digest = codeDigest(stated);
  if (digest !== null) return digest;
  const place = await codePlaceOf(em, ticket);
  return place && ((await codeNow(em, place, now))?.digest ?? null);
}

/** The add-on and the store that a ticket is about; null where it names one of them not. */
export async function codePlaceOf(
  em: EntityManager,
  { purchase, store }: Pick<TicketRow, 'purchase' | 'store'>,
): Promise<CodePlace | null> {
  if (purchase === null || store === null) return null;
  const { addon } = await em.findOneOrFail(Purchase, { id: purchase.id });
  return { storeId: store.id, addonId: addon.id };
}
