import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesCustomer } from './columns.js';
import { Customer } from './customer.js';

/**
 * Where a customer's prepaid support minutes are kept. Its row is the only lock of the time ledger, taken before anything else of it is read to be changed.
 * The figures on it, as those of lots and holds, are a cache of the journal: a nightly check folds the journal and compares.
 */
export const TimeWallet = defineEntity({
  name: 'TimeWallet',
  tableName: 'time_wallet',
  properties: {
    id: id(),
    customer: () => p.manyToOne(Customer).ref(),
    /** Account ISSUED: minus what was granted, plus what reversed grants took back. */
    issuedMinutes: p.integer(),
    /** Number of the last journal transaction; 0 before the first. */
    lastSequence: p.integer(),
    /** When the last transaction was recorded; null: there is none. */
    recordedThrough: instant().strictNullable(),
    createdAt: instant(),
  },
  uniques: [{ properties: ['customer'] }],
  checks: [{ name: 'time_wallet_figures_check', expression: 'issued_minutes <= 0 and last_sequence >= 0' }],
  policies: [{ name: 'time_wallet_scope', using: seesCustomer('customer_id') }],
  rowLevelSecurity: 'force',
});
export type TimeWalletRow = InferEntity<typeof TimeWallet>;

/** Who may see the wallet of this row: the vendor, and the customer whose wallet it is. */
export const seesWallet = `current_setting('tenure.sees', true) = 'all' or exists (select from time_wallet where time_wallet.id = wallet_id)`;
