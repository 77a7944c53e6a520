import { typeid } from 'typeid-js';
import type { Database } from '../../src/persistence/database.js';
import { Project } from '../../src/persistence/project.js';
import { Purchase } from '../../src/persistence/purchase.js';
import { SupportPolicyVersion } from '../../src/persistence/support-policy-version.js';
import { SupportTerm } from '../../src/persistence/support-term.js';
import { TimeAlarm, type TimeDifference } from '../../src/persistence/time-alarm.js';
import { TimeWallet } from '../../src/persistence/time-wallet.js';
import { grant } from '../../src/policy/time-grant.js';
import { extendHold, hold } from '../../src/policy/time-hold.js';
import type { JournalDraft, TimeLedger, WorkReference } from '../../src/policy/time-journal.js';
import { continueJournal } from '../../src/policy/time-ledger.js';
import { type TimeLot, USUAL_PRIORITY } from '../../src/policy/time-lot.js';
import type { TimeEntry, TimeOutcome, TimePosted } from '../../src/policy/time-posting.js';
import { settle } from '../../src/policy/time-settlement.js';
import { pinnedPolicy } from '../../src/use-cases/support-policy.js';
import { supportFacts } from '../../src/use-cases/support-term.js';
import { commandTime, type TimeInterest } from '../../src/use-cases/time-command.js';
import { asVendor, instant } from '../support/vendor.js';

export const newId = (): string => typeid().toUUID();
export const newWork = (): WorkReference => ({ ticketId: newId(), taskId: newId() });

export interface GrantedTime extends Partial<Pick<TimeLot, 'source' | 'projectId' | 'priority' | 'endsAt' | 'price'>> {
  readonly minutes: number;
  readonly at: string;
  /** The purchase on whose support term it depends. */
  readonly purchaseId?: string;
}

/** What happens in the ledger beside the API: grants of orders and purchases, reservations and charges of tickets. */
export interface TimeUnderTest {
  /** Returns the id. */
  project(customerId: string, name: string): Promise<string>;
  /** Bought and on no project unless said; returns the id of the lot. */
  grant(customerId: string, time: GrantedTime): Promise<string>;
  /** Returns the id of the hold. */
  hold(customerId: string, projectId: string, minutes: number, at: string, work?: WorkReference): Promise<string>;
  /** A hold of one minute, then a minute more by each of as many entries as make it `minutes`. */
  extendedHold(customerId: string, projectId: string, minutes: number, at: string): Promise<void>;
  /** An open alarm; returns the id. */
  alarm(customerId: string, raisedAt: string, differences?: readonly TimeDifference[]): Promise<string>;
  settle(customerId: string, projectId: string, holdId: string, work: WorkReference, actualMinutes: number, at: string): Promise<void>;
}

export async function timeUnderTest(database: Database): Promise<TimeUnderTest> {
  const version = await asVendor(database, (em) => em.findOneOrFail(SupportPolicyVersion, { name: 'prepaid-support' }));
  const entry = (at: string, reason: string) => ({
    at: instant(at),
    actor: { kind: 'STAFF', name: 'staff:grace' } as const,
    reason,
    policy: pinnedPolicy(version),
  });
  const post = <Posted extends TimePosted>(
    customerId: string,
    at: string,
    decide: (ledger: TimeLedger) => TimeOutcome<Posted>,
    about: TimeInterest,
  ) =>
    asVendor(database, async (em) => {
      const outcome = await commandTime(em, customerId, instant(at), decide, about);
      if (outcome.outcome === 'REFUSED') throw new Error(outcome.reasons.map(({ message }) => message).join(' '));
      return outcome;
    });
  const placeHold: TimeUnderTest['hold'] = async (customerId, projectId, minutes, at, work = newWork()) => {
    const holdId = newId();
    const about = { holdId, work };
    await post(customerId, at, (ledger) => hold(ledger, { holdId, projectId, work, minutes }, entry(at, 'The work was claimed.')), about);
    return holdId;
  };
  return {
    project: (customerId, name) =>
      asVendor(database, async (em) => {
        const project = em.create(Project, { customer: customerId, name, createdAt: instant('2026-01-01T00:00:00Z') });
        em.persist(project);
        await em.flush();
        return project.id;
      }),
    grant: async (customerId, { minutes, at, purchaseId, ...rest }) => {
      const id = newId();
      const term = purchaseId === undefined ? null : await supportOf(database, purchaseId);
      const lot: Omit<TimeLot, 'walletId'> = {
        id,
        source: 'PURCHASED',
        minutes,
        projectId: null,
        priority: USUAL_PRIORITY,
        usableFrom: instant(at),
        endsAt: null,
        term,
        onTermEnd: term === null ? null : 'SUSPEND',
        price: null,
        refundedMinutes: 0,
        parentId: null,
        createdAt: instant(at),
        ...rest,
      };
      const origins = new Map([[id, { policyVersionId: version.id, termPurchaseId: purchaseId ?? null, grantKey: null }]]);
      await post(customerId, at, (ledger) => grant(ledger, { ...lot, walletId: ledger.walletId ?? '' }, entry(at, 'Order 100000042.')), {
        origins,
      });
      return id;
    },
    alarm: (customerId, raisedAt, differences = []) =>
      asVendor(database, async (em) => {
        const wallet = await em.findOneOrFail(TimeWallet, { customer: customerId });
        const open = { clearedAt: null, clearedBy: null, resolution: null };
        const alarm = em.create(TimeAlarm, { wallet, raisedAt: instant(raisedAt), differences, ...open });
        em.persist(alarm);
        await em.flush();
        return alarm.id;
      }),
    hold: placeHold,
    extendedHold: async (customerId, projectId, minutes, at) => {
      const holdId = await placeHold(customerId, projectId, 1, at);
      await post(customerId, at, (ledger) => minuteByMinute(ledger, holdId, minutes, entry(at, 'Another minute was agreed.')), { holdId });
    },
    settle: async (customerId, projectId, holdId, work, actualMinutes, at) => {
      const request = { holdId, projectId, work, workedAt: instant(at), actualMinutes, chargeableMinutes: actualMinutes };
      await post(
        customerId,
        at,
        (ledger) => settle(ledger, { ...request, onShortfall: 'CHARGE_WHAT_THERE_IS' }, entry(at, 'The work was delivered.')),
        { holdId, work },
      );
    },
  };
}

const supportOf = (database: Database, purchaseId: string) =>
  asVendor(database, async (em) =>
    supportFacts(await em.findOneOrFail(Purchase, { id: purchaseId }), await em.find(SupportTerm, { purchase: purchaseId })),
  );

function minuteByMinute(ledger: TimeLedger, holdId: string, most: number, entry: TimeEntry): TimeOutcome {
  const transactions: JournalDraft[] = [];
  let now = ledger;
  for (let minutes = 2; minutes <= most; minutes += 1) {
    const extended = extendHold(now, { holdId, minutes }, entry);
    if (extended.outcome === 'REFUSED') return extended;
    transactions.push(...extended.transactions);
    const folded = continueJournal(
      now,
      [],
      extended.transactions.map((draft) => ({ ...draft, id: newId() })),
    );
    if (folded.outcome === 'FAULTY') throw new Error(folded.faults.map(({ message }) => message).join(' '));
    now = folded.ledger;
  }
  return { outcome: 'POSTED', lots: [], transactions };
}
