import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { LotSource } from '../policy/time-lot.js';
import { currencyCode, id, instant, wholeNumber } from './columns.js';
import { Project } from './project.js';
import { Purchase } from './purchase.js';
import { SupportPolicyVersion } from './support-policy-version.js';
import { seesWallet, TimeWallet } from './time-wallet.js';

/** Minutes that one grant, or one split, put into a wallet. Immutable; what became of them stands in the journal and, summed up, in TimeLotBalance. */
export const TimeLot = defineEntity({
  name: 'TimeLot',
  tableName: 'time_lot',
  properties: {
    id: id(),
    wallet: () => p.manyToOne(TimeWallet).ref(),
    source: p.string().columnType('text').$type<LotSource>(),
    minutes: p.integer(),
    /** Null: assigned to none, and of no use until it is. */
    project: () => p.manyToOne(Project).ref().strictNullable().deleteRule('no action'),
    /** Lower is used up first. */
    priority: p.integer(),
    usableFrom: instant(),
    endsAt: instant().strictNullable(),
    /** The purchase on whose support term included minutes depend; null: on none. */
    termPurchase: () => p.manyToOne(Purchase).ref().strictNullable().deleteRule('no action'),
    onTermEnd: p.string().columnType('text').strictNullable().$type<'SUSPEND' | 'FORFEIT' | null>(),
    /** What was paid for all its minutes, without tax; null: nothing was. */
    priceMinor: wholeNumber().strictNullable(),
    currencyCode: currencyCode().strictNullable(),
    /** The lot that it was split from. */
    parent: () => p.manyToOne(TimeLot).ref().strictNullable().deleteRule('no action'),
    /** When its minutes were granted; a split keeps the instant of its parent. */
    createdAt: instant(),
    /** The conditions that its use is bound to; a split keeps those of its parent. */
    supportPolicyVersion: () => p.manyToOne(SupportPolicyVersion).ref(),
    /** Natural key of what it was granted for, so that the same event grants once: "grant:{platform}:{shop}:{order}:{line}". Null for splits and reversals. */
    grantKey: p.string().columnType('text').strictNullable().unique(),
  },
  indexes: [{ properties: ['wallet'] }, { properties: ['endsAt'], where: 'ends_at is not null' }, { properties: ['termPurchase'] }],
  checks: [
    { name: 'time_lot_source_check', expression: `source in ('INCLUDED', 'PURCHASED', 'GOODWILL')` },
    { name: 'time_lot_minutes_check', expression: 'minutes >= 1' },
    { name: 'time_lot_span_check', expression: 'ends_at > usable_from' },
    { name: 'time_lot_term_check', expression: '(term_purchase_id is null) = (on_term_end is null)' },
    { name: 'time_lot_on_term_end_check', expression: `on_term_end in ('SUSPEND', 'FORFEIT')` },
    { name: 'time_lot_price_check', expression: `(price_minor is null) = (currency_code is null) and price_minor >= 0` },
  ],
  triggers: [
    {
      name: 'time_lot_immutable',
      timing: 'before',
      events: ['update', 'delete'],
      body: `raise exception 'a lot of prepaid time never changes: the journal tells what became of it' using errcode = 'restrict_violation'`,
    },
  ],
  policies: [{ name: 'time_lot_scope', using: seesWallet }],
  rowLevelSecurity: 'force',
});
export type TimeLotRow = InferEntity<typeof TimeLot>;

/** Where the minutes of a lot stand in the journal, by account: a cache. None is ever negative. */
export const TimeLotBalance = defineEntity({
  name: 'TimeLotBalance',
  tableName: 'time_lot_balance',
  properties: {
    lot: () => p.oneToOne(TimeLot).primary().ref().owner(),
    wallet: () => p.manyToOne(TimeWallet).ref(),
    available: p.integer(),
    held: p.integer(),
    consumed: p.integer(),
    expired: p.integer(),
    voided: p.integer(),
  },
  indexes: [{ properties: ['wallet'] }],
  checks: [
    {
      name: 'time_lot_balance_check',
      expression: 'available >= 0 and held >= 0 and consumed >= 0 and expired >= 0 and voided >= 0',
    },
  ],
  policies: [{ name: 'time_lot_balance_scope', using: seesWallet }],
  rowLevelSecurity: 'force',
});
export type TimeLotBalanceRow = InferEntity<typeof TimeLotBalance>;
