import { startChild } from './child.js';
import type { FaultReaderAnswer, FaultReaderQuestion } from './fault-reader.js';
import type { FaultShopStart, Misbehaviour } from './fault-shop.js';
import type { LoadAnswer } from './load.js';

export interface FaultFigures {
  readonly fault: string;
  /** Beside no shop at all: how far two equal rounds are apart on this machine. */
  readonly isControl: boolean;
  /** The healthy shop with the client to itself, and beside the shop that misbehaves. */
  readonly alone: LoadAnswer;
  readonly beside: LoadAnswer;
  /** Median over the rounds of the p99 beside, for one of the p99 alone of the same round. */
  readonly p99Ratio: number;
  /** What asking the bad shop came to, by its code. */
  readonly outcomes: readonly string[];
}

export interface FaultPlan {
  readonly rounds: number;
  readonly secondsPerRound: number;
}

/** Everything that a shop does wrong to who asks it; another currency is a matter of what is imported. */
const FAULTS: readonly Misbehaviour[] = [
  { kind: 'TOO_MANY_REQUESTS' },
  { kind: 'SERVER_ERROR' },
  { kind: 'HANG' },
  { kind: 'DRIP', everyMs: 10 },
  { kind: 'TRUNCATED' },
  { kind: 'OVERSIZED', megabytes: 300 },
  { kind: 'OVERSIZED', megabytes: 200, gzip: true },
  { kind: 'DEEP_JSON', levels: 1_000_000 },
  { kind: 'HTML' },
  { kind: 'MAINTENANCE' },
  { kind: 'REDIRECT' },
  { kind: 'WRONG_CERTIFICATE' },
];
const ANSWERS_AFTER_MS = 25;
const CHILD_TIMEOUT_MS = 60_000;

/** How long a healthy shop's answers take beside each kind of misbehaving one, in turns with the same alone; every shop and the reader a process of its own. */
export async function measureFaults({ rounds, secondsPerRound }: FaultPlan, progress: (text: string) => void): Promise<FaultFigures[]> {
  const shop = async (fault: Misbehaviour | null) => {
    const child = await startChild<FaultShopStart, string>('fault-shop');
    return { child, url: await child.ask({ fault, answersAfterMs: ANSWERS_AFTER_MS }, CHILD_TIMEOUT_MS) };
  };
  const healthy = await shop(null);
  const reader = await startChild<FaultReaderQuestion, FaultReaderAnswer>('fault-reader');
  const read = (badUrl: string | null) =>
    reader.ask({ healthyUrl: healthy.url, badUrl, seconds: secondsPerRound }, secondsPerRound * 1_000 + CHILD_TIMEOUT_MS);
  try {
    await read(null);
    const figures: FaultFigures[] = [];
    for (const fault of [null, ...FAULTS]) {
      const name = fault === null ? 'nothing' : nameOf(fault);
      progress(`a healthy shop beside ${name}`);
      const bad = fault === null ? null : await shop(fault);
      const pairs: { alone: FaultReaderAnswer; beside: FaultReaderAnswer }[] = [];
      for (let round = 0; round < rounds; round += 1) pairs.push({ alone: await read(null), beside: await read(bad?.url ?? null) });
      await bad?.child.stop();
      figures.push({
        fault: name,
        isControl: fault === null,
        alone: median(
          pairs.map(({ alone }) => alone),
          ({ p99Ms }) => p99Ms,
        ),
        beside: median(
          pairs.map(({ beside }) => beside),
          ({ p99Ms }) => p99Ms,
        ),
        p99Ratio: median(
          pairs.map(({ alone, beside }) => beside.p99Ms / alone.p99Ms),
          (ratio) => ratio,
        ),
        outcomes: [...new Set(pairs.flatMap(({ beside }) => beside.outcomes))],
      });
    }
    return figures;
  } finally {
    await Promise.all([healthy.child.stop(), reader.stop()]);
  }
}

function nameOf(fault: Misbehaviour): string {
  if (fault.kind !== 'OVERSIZED') return fault.kind;
  return `${fault.megabytes} MB${fault.gzip === true ? ' in gzip' : ''}`;
}

function median<Item>(items: readonly Item[], of: (item: Item) => number): Item {
  const middle = items.toSorted((one, other) => of(one) - of(other))[Math.floor((items.length - 1) / 2)];
  if (middle === undefined) throw new Error('There is no median of nothing.');
  return middle;
}
