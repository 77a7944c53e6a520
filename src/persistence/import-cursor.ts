import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { instant, seesAll } from './columns.js';
import { Store } from './store.js';

export const IMPORT_RESOURCES = ['ORDERS', 'REFUNDS'] as const;
export type ImportResource = (typeof IMPORT_RESOURCES)[number];

/** Up to where a shop has been read. */
export const ImportCursor = defineEntity({
  name: 'ImportCursor',
  tableName: 'import_cursor',
  properties: {
    shop: () => p.manyToOne(Store).primary().ref(),
    resource: p.string().columnType('text').primary().$type<ImportResource>(),
    changedAt: p.string().columnType('text'),
    lastId: p.string().columnType('text'),
    movedAt: instant(),
  },
  policies: [{ name: 'import_cursor_scope', using: seesAll }],
  rowLevelSecurity: 'force',
});
export type ImportCursorRow = InferEntity<typeof ImportCursor>;
