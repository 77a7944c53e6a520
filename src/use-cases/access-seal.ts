import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { type AccessInformationRow, TicketDataKey } from '../persistence/access-information.js';
import type { EntityManager } from './entity-manager.js';
import { openSecret, sealSecret } from './sealed-secret.js';

const DATA_KEY_BYTES = 32;

/** Where a sealed item belongs: moved to another ticket, item or row it does not open. */
interface Place {
  readonly ticketId: string;
  readonly item: string;
  /** Of the row that keeps it. */
  readonly id: string;
}

const bindingsOf = ({ ticketId, item, id }: Place): readonly string[] => ['ticket', ticketId, 'access-information', item, id];
const keyBindings = (ticketId: string): readonly string[] => ['ticket', ticketId, 'data-key'];

/** Seals an item under the data key of its ticket, which is made with the first one and sealed by the vendor's key. The ticket is locked by the caller. */
export async function sealAccess(
  em: EntityManager,
  secretKey: Uint8Array,
  place: Place,
  secret: string,
  now: Temporal.Instant,
): Promise<Buffer> {
  const known = await dataKeyOf(em, secretKey, place.ticketId);
  if (known !== null) return sealSecret(secret, known, bindingsOf(place));
  const made = randomBytes(DATA_KEY_BYTES);
  const sealedKey = sealSecret(made.toString('base64'), secretKey, keyBindings(place.ticketId));
  em.persist(em.create(TicketDataKey, { ticket: place.ticketId, sealedKey, createdAt: now }));
  return sealSecret(secret, made, bindingsOf(place));
}

/** The secret of an item that is not purged. Throws where it does not open: the row was tampered with, or the vendor's key is another. */
export async function openAccess(em: EntityManager, secretKey: Uint8Array, row: AccessInformationRow): Promise<string> {
  const { id, item, ticket, sealed } = row;
  const key = await dataKeyOf(em, secretKey, ticket.id);
  const secret = key === null || sealed === null ? null : openSecret(sealed, key, bindingsOf({ id, item, ticketId: ticket.id }));
  if (secret === null) throw new Error('Access information does not open.');
  return secret;
}

async function dataKeyOf(em: EntityManager, secretKey: Uint8Array, ticketId: string): Promise<Buffer | null> {
  const row = await em.findOne(TicketDataKey, { ticket: ticketId });
  if (row === null) return null;
  const opened = openSecret(row.sealedKey, secretKey, keyBindings(ticketId));
  if (opened === null) throw new Error('The data key of a ticket does not open.');
  return Buffer.from(opened, 'base64');
}

/** Stands for a secret where only its sameness matters. Keyed, since a plain digest of a short password is as good as the password. */
export function secretDigest(secretKey: Uint8Array, secret: string): string {
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', 'tenure access information, sameness', DATA_KEY_BYTES));
  return createHmac('sha256', key).update(secret).digest('hex');
}
