import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { JournalActorKind, JournalKind, TimeAccount } from '../policy/time-journal.js';
import { id, instant } from './columns.js';
import { Project } from './project.js';
import { TimeLot } from './time-lot.js';
import { seesWallet, TimeWallet } from './time-wallet.js';

const GROWS_ONLY = `raise exception 'the journal of prepaid time only grows: reverse an entry by another' using errcode = 'restrict_violation'`;

/** One act in the journal of a wallet. Never changed or deleted. */
export const TimeTransaction = defineEntity({
  name: 'TimeTransaction',
  tableName: 'time_transaction',
  properties: {
    id: id(),
    wallet: () => p.manyToOne(TimeWallet).ref(),
    /** From 1, without gaps: the order of the wallet's journal. */
    sequence: p.integer(),
    kind: p.string().columnType('text').$type<JournalKind>(),
    effectiveAt: instant(),
    recordedAt: instant(),
    actorKind: p.string().columnType('text').$type<JournalActorKind>(),
    actorName: p.string().columnType('text'),
    reason: p.string().columnType('text'),
    /** Id of the rule that it follows, such as "B-10". */
    rule: p.string().columnType('text'),
    project: () => p.manyToOne(Project).ref().strictNullable().deleteRule('no action'),
    /** The ticket and the task that the minutes are for. */
    ticketId: p.uuid().strictNullable(),
    taskId: p.uuid().strictNullable(),
    holdId: p.uuid().strictNullable(),
    requestedMinutes: p.integer().strictNullable(),
    lapsesAt: instant().strictNullable(),
    /** For REVERSE: what it undoes, once. */
    reverses: () => p.oneToOne(TimeTransaction).ref().owner().strictNullable().deleteRule('no action'),
  },
  uniques: [{ properties: ['wallet', 'sequence'] }],
  indexes: [{ properties: ['ticketId'] }, { properties: ['holdId'] }, { properties: ['wallet', 'recordedAt'] }],
  checks: [
    { name: 'time_transaction_sequence_check', expression: 'sequence >= 1' },
    {
      name: 'time_transaction_kind_check',
      expression: `kind in ('GRANT', 'ASSIGN', 'HOLD', 'SETTLE', 'RELEASE', 'LAPSE', 'EXPIRE', 'VOID', 'REVERSE')`,
    },
    { name: 'time_transaction_work_check', expression: '(ticket_id is null) = (task_id is null)' },
    { name: 'time_transaction_reverses_check', expression: `(kind = 'REVERSE') = (reverses_id is not null)` },
  ],
  triggers: [{ name: 'time_transaction_grows_only', timing: 'before', events: ['update', 'delete'], body: GROWS_ONLY }],
  policies: [{ name: 'time_transaction_scope', using: seesWallet }],
  rowLevelSecurity: 'force',
});
export type TimeTransactionRow = InferEntity<typeof TimeTransaction>;

/** What one account gains or loses by a transaction; the legs of a transaction are written by one statement and sum to 0. Never changed or deleted. */
export const TimeLeg = defineEntity({
  name: 'TimeLeg',
  tableName: 'time_leg',
  properties: {
    transaction: () => p.manyToOne(TimeTransaction).primary().ref(),
    /** From 1. */
    position: p.integer().primary(),
    wallet: () => p.manyToOne(TimeWallet).ref(),
    account: p.string().columnType('text').$type<TimeAccount>(),
    /** Null for ISSUED, and only there. */
    lot: () => p.manyToOne(TimeLot).ref().strictNullable().deleteRule('no action'),
    minutes: p.integer(),
  },
  indexes: [{ properties: ['lot'] }],
  checks: [
    { name: 'time_leg_account_check', expression: `account in ('AVAILABLE', 'HELD', 'CONSUMED', 'EXPIRED', 'VOIDED', 'ISSUED')` },
    { name: 'time_leg_lot_check', expression: `(account = 'ISSUED') = (lot_id is null)` },
    { name: 'time_leg_minutes_check', expression: 'minutes <> 0' },
  ],
  triggers: [
    { name: 'time_leg_grows_only', timing: 'before', events: ['update', 'delete'], body: GROWS_ONLY },
    {
      name: 'time_leg_balanced',
      timing: 'after',
      events: ['insert'],
      forEach: 'statement',
      expression:
        'create trigger time_leg_balanced after insert on time_leg referencing new table as added for each statement execute function time_leg_balanced()',
    },
  ],
  policies: [{ name: 'time_leg_scope', using: seesWallet }],
  rowLevelSecurity: 'force',
});
export type TimeLegRow = InferEntity<typeof TimeLeg>;
