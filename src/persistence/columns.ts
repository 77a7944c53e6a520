import { p } from '@mikro-orm/core';
import { typeid } from 'typeid-js';
import { InstantType } from './instant-type.js';
import { PlainDateType } from './plain-date-type.js';

/** Primary key: UUID version 7, made by the application so that rows can refer to each other before they are written. */
export const id = () =>
  p
    .uuid()
    .primary()
    .onCreate(() => typeid().toUUID());

export const instant = () => p.type(InstantType).$type<Temporal.Instant>();
export const plainDate = () => p.type(PlainDateType).$type<Temporal.PlainDate>();

/** Amounts in minor units of a currency, and minutes. */
export const wholeNumber = () => p.bigint().$type<bigint>();

/** ISO 4217 code. */
export const currencyCode = () => p.string().columnType('char(3)');

/**
 * Row-level security, the second net under every scoped query: without a session that says who asks, no row is seen.
 * `tenure.sees` is 'all' for the vendor's own staff, partners and background work; everyone else sees one customer.
 */
export const seesAll = `current_setting('tenure.sees', true) = 'all'`;
export const seesCustomer = (column: string): string =>
  `${seesAll} or ${column} = nullif(current_setting('tenure.customer', true), '')::uuid`;

/** Of what everybody may read and the vendor alone may write: the catalogue and the published conditions. */
export const readByAll = (table: string) =>
  [
    { name: `${table}_readers`, command: 'select', using: 'true' },
    { name: `${table}_writers`, using: seesAll },
  ] as const;
