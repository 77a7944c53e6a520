import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll } from './columns.js';
import { Store } from './store.js';

export const IMPORT_EXCEPTION_CODES = [
  'UNREADABLE_ROW',
  'UNKNOWN_SKU',
  'INVALID_QUANTITY',
  'INVALID_AMOUNT',
  'INVALID_CUSTOMER',
  'NOTHING_TO_RENEW',
  'NO_POLICY_IN_FORCE',
  'REFUND_WITHOUT_LINES',
] as const;
export type ImportExceptionCode = (typeof IMPORT_EXCEPTION_CODES)[number];

/** What an import could not place, with the original. Its order waits whole; its neighbours do not. */
export const ImportException = defineEntity({
  name: 'ImportException',
  tableName: 'import_exception',
  properties: {
    id: id(),
    shop: () => p.manyToOne(Store).ref(),
    orderId: p.string().columnType('text'),
    orderNumber: p.string().columnType('text'),
    /** The line that could not be placed; empty when the whole order or refund could not. */
    orderLine: p.string().columnType('text'),
    code: p.string().columnType('text').$type<ImportExceptionCode>(),
    message: p.string().columnType('text'),
    original: p.json<unknown>(),
    raisedAt: instant(),
    lastTriedAt: instant(),
    attempts: p.integer(),
    resolvedAt: instant().strictNullable(),
    resolution: p.string().columnType('text').strictNullable(),
    /** Settled by a person who left it out for good: it does not open again. */
    dismissed: p.boolean().default(false),
  },
  uniques: [{ properties: ['shop', 'orderId', 'orderLine', 'code'] }],
  indexes: [{ properties: ['raisedAt', 'id'], where: 'resolved_at is null' }],
  checks: [
    { name: 'import_exception_attempts_check', expression: 'attempts >= 1' },
    { name: 'import_exception_resolution_check', expression: '(resolved_at is null) = (resolution is null)' },
    { name: 'import_exception_dismissed_check', expression: 'resolved_at is not null or not dismissed' },
  ],
  policies: [{ name: 'import_exception_scope', using: seesAll }],
  rowLevelSecurity: 'force',
});
export type ImportExceptionRow = InferEntity<typeof ImportException>;
