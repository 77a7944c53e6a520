import { setTimeout as sleep } from 'node:timers/promises';
import {
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
  type IHalfOpenAfterBackoffContext,
} from 'cockatiel';
import { type Circuit, StoreReadingFailed } from './store-platform.js';
import { isJson, retryAfterSeconds, type StoreReply } from './store-reply.js';

export interface LaneBounds {
  /** Exchanges with this host under way at once. */
  readonly maxAtOnce: number;
  /** Exchanges that wait for one of those to end; one more is refused. */
  readonly maxWaiting: number;
  /** Failed exchanges in a row after which the host is left alone. */
  readonly failuresInARow: number;
  /** How long it is left alone the first time, the second time in a row, and so on; the last one repeats. */
  readonly pausesMs: readonly number[];
  /** The longest pause asked for by a host that is waited for; a longer one is refused at once. */
  readonly longestWaitMs: number;
  readonly stopping?: AbortSignal | undefined;
}

/** Runs an exchange when there is room for it among those with all hosts. */
export type InTurn = (exchange: () => Promise<StoreReply>) => Promise<StoreReply>;

export interface HostLane {
  /** One exchange. Throws `StoreReadingFailed` BUSY or CIRCUIT_OPEN where nothing was sent, else what the exchange throws. */
  run(exchange: () => Promise<StoreReply>, inTurn: InTurn): Promise<StoreReply>;
  circuit(): Circuit;
  /** Forgets pauses that began before a moment; one failure more, and the host is left alone again. */
  forgetPauses(before: Temporal.Instant): void;
  /** Whether it failed so often in a row that it is left alone. */
  isGivenUp(): boolean;
  /** Whether nobody is in it, so that it may be forgotten. */
  isEmpty(): boolean;
}

/** Replies that a proxy or an overloaded shop gives for a moment only. */
export const PASSING_STATUSES: readonly number[] = [429, 502, 503, 504];
/** A pause asked for is kept for a day at most, or a slip of the host's pen would silence it for good. */
const LONGEST_PAUSE_MS = 24 * 60 * 60 * 1_000;

/**
 * What one owner's stores have shown of one host while the process runs, and the bounds on what is asked of it: so many exchanges at once, so that one that
 * hangs holds its own slots only; none while it fails time after time, but for one trial after each pause; and none before the moment
 * that it named in a Retry-After, whichever caller of this owner was told.
 */
export function hostLane(host: string, bounds: LaneBounds): HostLane {
  const slots = bulkhead(bounds.maxAtOnce, bounds.maxWaiting);
  let heldOffUntil = 0;
  /** When the present pauses began. */
  let heldOffAt = 0;
  let openedAt = 0;
  let reopensAt = 0;
  const breaker = circuitBreaker(
    handleWhen(isHostFailure).orWhenResult((result) => isFailing(result as StoreReply)),
    {
      breaker: new ConsecutiveBreaker(bounds.failuresInARow),
      halfOpenAfter: new DelegateBackoff(({ attempt }: IHalfOpenAfterBackoffContext) => {
        const pause = bounds.pausesMs[Math.min(attempt, bounds.pausesMs.length) - 1] ?? 0;
        openedAt = Date.now();
        reopensAt = openedAt + pause;
        return pause;
      }),
    },
  );

  const refuse = (because: string, untilMs: number): never => {
    const retryAfterSeconds = Math.max(1, Math.ceil((untilMs - Date.now()) / 1_000));
    const message = `${host}: not asked, as ${because}; the next try is in ${retryAfterSeconds} s`;
    throw new StoreReadingFailed('CIRCUIT_OPEN', message, { host, retryAfterSeconds });
  };
  const refuseWhileOpen = (): void => {
    if (breaker.state === CircuitState.Open && Date.now() < reopensAt) refuse('it failed time after time', reopensAt);
    // One exchange tries the host, and nobody waits beside it: it may take as long as before.
    if (breaker.state === CircuitState.HalfOpen) refuse('it failed time after time and is being tried', Date.now());
  };
  const refuseLongWait = (): void => {
    if (heldOffUntil - Date.now() > bounds.longestWaitMs) refuse('it wants to be left alone', heldOffUntil);
  };
  const sitOut = async (): Promise<void> => {
    for (;;) {
      refuseLongWait();
      const left = heldOffUntil - Date.now();
      if (left <= 0) return;
      await sleep(left, undefined, bounds.stopping === undefined ? {} : { signal: bounds.stopping });
    }
  };
  const noted = (reply: StoreReply): StoreReply => {
    const asked = PASSING_STATUSES.includes(reply.status) ? (retryAfterSeconds(reply) ?? 0) * 1_000 : 0;
    if (asked > 0) heldOffAt = Date.now();
    heldOffUntil = Math.max(heldOffUntil, Date.now() + Math.min(asked, LONGEST_PAUSE_MS));
    return reply;
  };

  return {
    async run(exchange, inTurn) {
      refuseLongWait();
      refuseWhileOpen();
      try {
        return await slots.execute(async () => {
          await sitOut();
          return inTurn(async () => {
            refuseWhileOpen();
            return noted(await breaker.execute(exchange));
          });
        });
      } catch (error) {
        if (!(error instanceof BulkheadRejectedError)) throw error;
        throw new StoreReadingFailed('BUSY', `${host}: as much is being read already as may be at once; try again`, { host });
      }
    },
    circuit() {
      const until = Math.max(breaker.state === CircuitState.Open ? reopensAt : 0, heldOffUntil);
      if (until > Date.now()) return { state: 'OPEN', reopensAt: new Date(until).toISOString() };
      return { state: breaker.state === CircuitState.Closed ? 'CLOSED' : 'HALF_OPEN', reopensAt: null };
    },
    forgetPauses({ epochMilliseconds: before }) {
      if (heldOffAt <= before) heldOffUntil = 0;
      if (breaker.state === CircuitState.Open && openedAt <= before) breaker.isolate().dispose();
    },
    isGivenUp: () => breaker.state === CircuitState.Open,
    isEmpty: () => slots.executionSlots === bounds.maxAtOnce,
  };
}

function isHostFailure(error: Error): boolean {
  return error instanceof StoreReadingFailed && (error.code === 'UNREACHABLE' || error.code === 'TIMED_OUT');
}

/** Not an error that the platform explains in JSON: there the shop is well and the question was wrong. */
function isFailing(reply: StoreReply): boolean {
  return reply.status >= 500 && !isJson(reply);
}
