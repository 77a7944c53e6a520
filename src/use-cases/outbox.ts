import { typeid } from 'typeid-js';
import type { OutboxKind } from '../persistence/outbox-event.js';
import { queryWithin } from '../persistence/session.js';
import type { EntityManager } from './entity-manager.js';

/** Something that somebody outside is to be told of. */
export interface Tidings {
  readonly kind: OutboxKind;
  /** Whom it concerns; null: the vendor alone. */
  readonly customerId: string | null;
  /** Names the happening: what bears the key of something told before is not told again. */
  readonly key: string;
  /** Ids and figures; never a secret or what a customer wrote. */
  readonly data: Readonly<Record<string, string | number | null>>;
  readonly happenedAt: Temporal.Instant;
}

/**
 * Puts tidings into the outbox, in the transaction that made them true: one statement for any number. The database's own clock says when each was recorded, as
 * the caller's may have been read long before. Nothing is read back, so that a customer's command may write what it may not read.
 */
export async function tellOutside(em: EntityManager, tidings: readonly Tidings[]): Promise<void> {
  if (tidings.length === 0) return;
  const rows = tidings.map(({ kind, customerId, key, data, happenedAt }) => ({
    ...{ id: typeid().toUUID(), kind, key, data },
    customer_id: customerId,
    happened_at: happenedAt.toString(),
  }));
  await queryWithin(em, {
    name: 'outbox-tell',
    text: `insert into outbox_event (id, kind, customer_id, key, data, happened_at)
      select id, kind, customer_id, key, data, happened_at
      from jsonb_to_recordset($1) as told (id uuid, kind text, customer_id uuid, key text, data jsonb, happened_at timestamptz)
      on conflict do nothing`,
    values: [JSON.stringify(rows)],
  });
}
