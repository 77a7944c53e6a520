import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { instant, seesAll } from './columns.js';
import { Store } from './store.js';

/** A reading of a shop's catalogue that is under way, or broke off: the next run goes on from there. Gone once it has come to its end. */
export const CatalogueReading = defineEntity({
  name: 'CatalogueReading',
  tableName: 'catalogue_reading',
  properties: {
    shop: () => p.manyToOne(Store).primary().ref(),
    startedAt: instant(),
    /** Up to this product all is kept. */
    lastId: p.string().columnType('text'),
  },
  policies: [{ name: 'catalogue_reading_scope', using: seesAll }],
  rowLevelSecurity: 'force',
});
export type CatalogueReadingRow = InferEntity<typeof CatalogueReading>;
