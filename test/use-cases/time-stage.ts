import { typeid } from 'typeid-js';
import type { Database } from '../../src/persistence/database.js';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../../src/persistence/support-policy-version.js';
import { TimeWallet } from '../../src/persistence/time-wallet.js';
import { walletFigures } from '../../src/policy/time-figures.js';
import { hold } from '../../src/policy/time-hold.js';
import type { TimeLedger, WorkReference } from '../../src/policy/time-journal.js';
import type { TimeLot } from '../../src/policy/time-lot.js';
import type { TimeEntry, TimeOutcome, TimePosted } from '../../src/policy/time-posting.js';
import { type SettlementRequest, settle } from '../../src/policy/time-settlement.js';
import type { EntityManager } from '../../src/use-cases/entity-manager.js';
import { projectNamed } from '../../src/use-cases/project.js';
import { pinnedPolicy } from '../../src/use-cases/support-policy.js';
import { commandTime, readTime, type TimeInterest, type TimeWritten } from '../../src/use-cases/time-command.js';
import { grantTime } from '../../src/use-cases/time-grant.js';
import { asVendor, customerOf, instant } from '../support/vendor.js';

export const NOON = instant('2026-03-10T12:00:00Z');
const LONG_AGO = instant('2026-01-01T00:00:00Z');

/** A customer with a project and the conditions of prepaid time, and the commands of the ledger on the customer's stored wallet. */
export interface Stage {
  readonly customerId: string;
  readonly projectId: string;
  readonly version: SupportPolicyVersionRow;
  readonly entryAt: (at: Temporal.Instant, change?: Partial<TimeEntry>) => TimeEntry;
  readonly give: (minutes: number, change?: Partial<TimeLot>, at?: Temporal.Instant) => Promise<string>;
  readonly command: <O extends Parameters<typeof commandTime>[3]>(
    decide: O,
    about?: TimeInterest,
    at?: Temporal.Instant,
  ) => Promise<TimeOutcome<TimeWritten & TimePosted>>;
  readonly reserve: (minutes: number, change?: { task?: WorkReference; at?: Temporal.Instant; projectId?: string }) => Promise<Reserved>;
  readonly charge: (
    held: Reserved | null,
    minutes: number,
    change?: Partial<SettlementRequest>,
    at?: Temporal.Instant,
  ) => Promise<TimeOutcome<TimeWritten & TimePosted>>;
  readonly ledgerAt: (at: Temporal.Instant) => Promise<TimeLedger>;
  readonly figures: (at?: Temporal.Instant) => Promise<Record<string, number>>;
}

export interface Reserved {
  readonly holdId: string;
  readonly work: WorkReference;
  readonly outcome: TimeOutcome;
}

export const newTask = (): WorkReference => ({ ticketId: typeid().toUUID(), taskId: typeid().toUUID() });

/** Bought time on no project, usable since long ago and for ever. */
export const lotOf = (minutes: number) => ({
  ...({ id: typeid().toUUID(), source: 'PURCHASED', minutes, projectId: null, priority: 50, usableFrom: LONG_AGO, endsAt: null } as const),
  ...{ term: null, onTermEnd: null, price: null, refundedMinutes: 0, createdAt: LONG_AGO },
});

let stages = 0;

/** A fresh customer each time, so that tests in one database do not see each other. */
export async function timeStage(database: Database): Promise<Stage> {
  stages += 1;
  const customerId = await customerOf(database, `stage-${stages}@shop.example`);
  const { projectId, version } = await asVendor(database, async (em) => ({
    projectId: (await projectNamed(em, customerId, 'Shop', LONG_AGO)).id,
    version: await em.findOneOrFail(SupportPolicyVersion, { name: 'prepaid-support' }, { orderBy: { version: 'desc' } }),
  }));
  const entryAt: Stage['entryAt'] = (at, change = {}) => ({
    at,
    actor: { kind: 'STAFF', name: 'staff:ada' },
    reason: 'As agreed.',
    policy: pinnedPolicy(version),
    ...change,
  });
  const within = <T>(work: (em: EntityManager) => Promise<T>) => asVendor(database, work);
  const command: Stage['command'] = (decide, about, at = NOON) => within((em) => commandTime(em, customerId, at, decide, about));
  return {
    customerId,
    projectId,
    version,
    entryAt,
    command,
    give: async (minutes, change = {}, at = NOON) => {
      const lot = { ...lotOf(minutes), projectId, ...change };
      const origin = { policyVersionId: version.id, termPurchaseId: null, grantKey: null };
      await within((em) => grantTime(em, customerId, at, [{ lot, origin, entry: entryAt(at) }]));
      return lot.id;
    },
    reserve: async (minutes, { task = newTask(), at = NOON, projectId: on = projectId } = {}) => {
      const holdId = typeid().toUUID();
      const request = { holdId, projectId: on, work: task, minutes };
      const outcome = await command((ledger) => hold(ledger, request, entryAt(at)), { holdId, work: task }, at);
      return { holdId, work: task, outcome };
    },
    charge: (held, minutes, change = {}, at = NOON) => {
      const work = held?.work ?? newTask();
      const request = {
        ...{ holdId: held?.holdId ?? null, projectId, work, workedAt: at, actualMinutes: minutes, chargeableMinutes: 10_000 },
        ...{ onShortfall: 'REFUSE' as const, ...change },
      };
      return command((ledger) => settle(ledger, request, entryAt(at)), { work: request.work, ...(held && { holdId: held.holdId }) }, at);
    },
    ledgerAt: async (at) => (await within((em) => readTime(em, customerId, at))).ledger,
    figures: async (at = NOON) => {
      const all = walletFigures((await within((em) => readTime(em, customerId, at))).ledger, at);
      return Object.fromEntries(Object.entries(all).filter(([, minutes]) => minutes !== 0));
    },
  };
}

export const walletOf = (database: Database, customerId: string) =>
  asVendor(database, async (em) => (await em.findOneOrFail(TimeWallet, { customer: customerId })).id);

/** What a command came to in one word, or the codes of its refusal. */
export const codes = (outcome: TimeOutcome): string =>
  outcome.outcome === 'REFUSED' ? outcome.reasons.map(({ code }) => code).join(' ') : outcome.outcome;

/** Minutes by lot that the entries of an outcome put on an account, in their order. */
export const onAccount = (outcome: TimeOutcome, account: string): readonly (readonly [string | null, number])[] =>
  outcome.outcome === 'REFUSED'
    ? []
    : outcome.transactions.flatMap(({ legs }) =>
        legs.flatMap((leg) => (leg.account === account && leg.minutes > 0 ? [[leg.lotId, leg.minutes] as const] : [])),
      );
