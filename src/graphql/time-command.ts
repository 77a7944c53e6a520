import { type ClassType, Field, ObjectType } from 'type-graphql';
import type { Reason as CoreReason } from '../policy/reason.js';
import type { EntityManager } from '../use-cases/entity-manager.js';
import type { UserError as CoreError } from '../use-cases/outcome.js';
import type { TimeAnswer } from '../use-cases/time-answer.js';
import type { Context } from './context.js';
import { Reason } from './reason.js';
import { type EntryRoot, TimeEntry } from './time-entry.js';
import { type LedgerRoot, ledgerRoot, TimeLedger } from './time-ledger.js';
import { type LotRoot, TimeLot, visibleLot } from './time-lot.js';
import { payload, USER_ERRORS, UserError } from './user-error.js';

/** What a command of the time ledger came to, as its payload tells it. */
export interface TimePayload {
  readonly timeLedger?: LedgerRoot | null;
  readonly timeLot?: LotRoot | null;
  readonly timeEntry?: EntryRoot | null;
  readonly reasons: readonly CoreReason[];
  readonly userErrors: readonly CoreError[];
}

const NONE = 'null when it was refused or something must be corrected.';

/** Declares `NamePayload` for a command of the time ledger; `lot` says which lot its answer tells. */
export function timePayload(name: string, lot: string): ClassType<TimePayload> {
  @ObjectType(`${name}Payload`, { description: 'The ledger as it stands now, with what stood in the way, or what must be corrected.' })
  class Payload implements TimePayload {
    @Field(() => TimeLedger, { nullable: true, description: `The ledger as it stands now; ${NONE}` })
    timeLedger?: LedgerRoot | null;

    @Field(() => TimeLot, { nullable: true, description: `${lot}; ${NONE}` })
    timeLot?: LotRoot | null;

    @Field(() => TimeEntry, { nullable: true, description: `The first entry of the journal that it wrote; ${NONE}` })
    timeEntry?: EntryRoot | null;

    @Field(() => [Reason], {
      description: 'Why it was refused, and then nothing was done; empty when it was done, and when something must be corrected.',
    })
    reasons!: readonly CoreReason[];

    @Field(() => [UserError], USER_ERRORS)
    userErrors!: readonly CoreError[];
  }
  return Payload;
}

/** Runs a command of the time ledger in one transaction. Told is the lot that it made, else the one with the id `lotId`. */
export async function onTime(
  context: Context,
  command: () => { readonly run: (em: EntityManager) => Promise<TimeAnswer>; readonly lotId?: string },
): Promise<TimePayload> {
  const outcome = await payload(async () => {
    const { run, lotId = null } = command();
    const answer = await context.session().transaction(run);
    if (answer.outcome === 'REFUSED') return { reasons: answer.reasons };
    const [transactionId] = answer.transactionIds;
    const timeEntry = transactionId === undefined ? null : await context.loaders.timeEntry.load(transactionId);
    if (timeEntry === null) throw new Error('What was done in the ledger stands in its journal.');
    const told = answer.lotIds[0] ?? lotId;
    return {
      reasons: [],
      timeEntry,
      timeLot: told === null ? null : await visibleLot(context, told),
      timeLedger: await ledgerRoot(context, timeEntry.customerId, null),
    };
  });
  return { reasons: [], ...outcome };
}
