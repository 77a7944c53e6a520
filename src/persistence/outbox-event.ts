import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll, seesCustomer } from './columns.js';
import { Customer } from './customer.js';

export const OUTBOX_KINDS = ['BUG_FIXED', 'REFUND_OFFERED', 'REFUND_ACCEPTED', 'TIME_REFUND_OWED', 'TIME_ALARM_RAISED'] as const;
export type OutboxKind = (typeof OUTBOX_KINDS)[number];

/**
 * Something to be told to somebody outside, written in the transaction that made it true: also a customer's own, which reads none of them. Told in the order of
 * `recordedAt`, then id.
 */
export const OutboxEvent = defineEntity({
  name: 'OutboxEvent',
  tableName: 'outbox_event',
  properties: {
    id: id(),
    kind: p.string().columnType('text').$type<OutboxKind>(),
    /** Whom it concerns; null: the vendor alone. */
    customer: () => p.manyToOne(Customer).ref().strictNullable().deleteRule('no action'),
    /** The same happening makes one event: unique. */
    key: p.string().columnType('text').unique(),
    /** Ids and figures; never a secret or what a customer wrote. */
    data: p.json<Readonly<Record<string, string | number | null>>>(),
    /** When it came true: long before it was recorded, where a deadline passed that nobody looked at. */
    happenedAt: instant(),
    /** By the clock of the database, which is one for all servers and jobs. */
    recordedAt: instant().defaultRaw('clock_timestamp()'),
  },
  indexes: [{ properties: ['recordedAt', 'id'] }],
  checks: [
    {
      name: 'outbox_event_kind_check',
      expression: `kind in ('BUG_FIXED', 'REFUND_OFFERED', 'REFUND_ACCEPTED', 'TIME_REFUND_OWED', 'TIME_ALARM_RAISED')`,
    },
  ],
  policies: [{ name: 'outbox_event_scope', using: seesAll, check: seesCustomer('customer_id') }],
  rowLevelSecurity: 'force',
});
export type OutboxEventRow = InferEntity<typeof OutboxEvent>;
