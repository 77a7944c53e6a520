import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll } from './columns.js';
import { seesTicket, Ticket } from './ticket.js';

/** The data key that seals the access information of one ticket, itself sealed by the vendor's key. To purge is to delete this row. */
export const TicketDataKey = defineEntity({
  name: 'TicketDataKey',
  tableName: 'ticket_data_key',
  properties: {
    ticket: () => p.oneToOne(Ticket).primary().ref().owner(),
    sealedKey: p.blob(),
    createdAt: instant(),
  },
  policies: [{ name: 'ticket_data_key_scope', using: seesTicket }],
  rowLevelSecurity: 'force',
});
export type TicketDataKeyRow = InferEntity<typeof TicketDataKey>;

/** One item of access that a customer handed over for a ticket, such as the address and password of an admin account. Sealed; unreadable once purged. */
export const AccessInformation = defineEntity({
  name: 'AccessInformation',
  tableName: 'access_information',
  properties: {
    id: id(),
    ticket: () => p.manyToOne(Ticket).ref(),
    /** The name of the item, as the policy lists it for the category of the work. */
    item: p.string().columnType('text'),
    /** Under the ticket's data key; null once purged. */
    sealed: p.blob().strictNullable(),
    suppliedAt: instant(),
    suppliedBy: p.string().columnType('text'),
    /** Whether it was tried: true it works, false it does not; null: not tried. */
    usable: p.boolean().strictNullable(),
    checkedAt: instant().strictNullable(),
    checkedBy: p.string().columnType('text').strictNullable(),
    purgedAt: instant().strictNullable(),
  },
  indexes: [{ properties: ['ticket', 'item'] }],
  checks: [
    { name: 'access_information_purged_check', expression: '(purged_at is null) = (sealed is not null)' },
    {
      name: 'access_information_checked_check',
      expression: '(usable is null) = (checked_at is null) and (usable is null) = (checked_by is null)',
    },
  ],
  policies: [{ name: 'access_information_scope', using: seesTicket }],
  rowLevelSecurity: 'force',
});
export type AccessInformationRow = InferEntity<typeof AccessInformation>;

/** That somebody of the vendor's staff was shown an item: once per session of theirs. Never changed or deleted. Seen by the vendor alone. */
export const AccessReveal = defineEntity({
  name: 'AccessReveal',
  tableName: 'access_reveal',
  properties: {
    id: id(),
    accessInformation: () => p.manyToOne(AccessInformation).ref(),
    /** Who looked. */
    staffName: p.string().columnType('text'),
    /** The credential that they came with. */
    staffSession: p.string().columnType('text'),
    reason: p.string().columnType('text'),
    revealedAt: instant(),
  },
  uniques: [{ properties: ['accessInformation', 'staffSession'] }],
  triggers: [
    {
      name: 'access_reveal_grows_only',
      timing: 'before',
      events: ['update', 'delete'],
      body: `raise exception 'what was shown stays recorded' using errcode = 'restrict_violation'`,
    },
  ],
  policies: [{ name: 'access_reveal_scope', using: seesAll }],
  rowLevelSecurity: 'force',
});
export type AccessRevealRow = InferEntity<typeof AccessReveal>;
