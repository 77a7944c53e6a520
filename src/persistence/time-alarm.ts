import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { id, instant, seesAll } from './columns.js';
import { TimeWallet } from './time-wallet.js';

/** Where a stored figure of a wallet differs from what its journal amounts to, or the journal breaks a law. */
export interface TimeDifference {
  /** What differs: "issuedMinutes", "lot:{id}:AVAILABLE", "hold:{id}", or the code of the law. */
  readonly figure: string;
  readonly stored: string;
  readonly folded: string;
}

/** Raised when a check finds that a wallet and its journal differ. While one is open nothing is held or spent from the wallet. Seen by the vendor alone. */
export const TimeAlarm = defineEntity({
  name: 'TimeAlarm',
  tableName: 'time_alarm',
  properties: {
    id: id(),
    wallet: () => p.manyToOne(TimeWallet).ref(),
    raisedAt: instant(),
    differences: p.json<readonly TimeDifference[]>(),
    clearedAt: instant().strictNullable(),
    clearedBy: p.string().columnType('text').strictNullable(),
    /** What was found and done, for people. */
    resolution: p.string().columnType('text').strictNullable(),
  },
  uniques: [{ name: 'time_alarm_one_open_per_wallet', properties: ['wallet'], where: 'cleared_at is null' }],
  checks: [
    {
      name: 'time_alarm_cleared_check',
      expression: '(cleared_at is null) = (cleared_by is null) and (cleared_at is null) = (resolution is null)',
    },
  ],
  policies: [{ name: 'time_alarm_scope', using: seesAll }],
  rowLevelSecurity: 'force',
});
export type TimeAlarmRow = InferEntity<typeof TimeAlarm>;
