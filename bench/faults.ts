import type { Fault } from '../integrations/sandbox/fault-switch.js';
import { startChild } from './child.js';
import type { FaultReaderQuestion } from './fault-reader.js';
import type { FaultShopStart } from './fault-shop.js';
import type { LoadAnswer } from './load.js';

export interface FaultFigures {
  readonly fault: string;
  /** The healthy shop with the client to itself, and beside the shop that misbehaves. */
  readonly alone: LoadAnswer;
  readonly beside: LoadAnswer;
  /** Median over the rounds of the p99 beside, for one of the p99 alone of the same round. */
  readonly p99Ratio: number;
}

export interface FaultPlan {
  readonly rounds: number;
  readonly secondsPerRound: number;
}

const FAULTS: readonly Fault[] = [
  { kind: 'HANG' },
  { kind: 'DRIP', everyMs: 10 },
  { kind: 'TRUNCATED' },
  { kind: 'OVERSIZED', megabytes: 300 },
  { kind: 'OVERSIZED', megabytes: 200, gzip: true },
  { kind: 'SERVER_ERROR' },
];
const ANSWERS_AFTER_MS = 25;
const CHILD_TIMEOUT_MS = 60_000;

/** How long a healthy shop's answers take beside each kind of misbehaving one, in turns with the same alone; every shop and the reader a process of its own. */
export async function measureFaults({ rounds, secondsPerRound }: FaultPlan, progress: (text: string) => void): Promise<FaultFigures[]> {
  const shop = async (fault: Fault | null) => {
    const child = await startChild<FaultShopStart, string>('fault-shop');
    return { child, url: await child.ask({ fault, answersAfterMs: ANSWERS_AFTER_MS }, CHILD_TIMEOUT_MS) };
  };
  const healthy = await shop(null);
  const reader = await startChild<FaultReaderQuestion, LoadAnswer>('fault-reader');
  const read = (badUrl: string | null) =>
    reader.ask({ healthyUrl: healthy.url, badUrl, seconds: secondsPerRound }, secondsPerRound * 1_000 + CHILD_TIMEOUT_MS);
  try {
    await read(null);
    const figures: FaultFigures[] = [];
    for (const fault of FAULTS) {
      const name = nameOf(fault);
      progress(`a healthy shop beside ${name}`);
      const bad = await shop(fault);
      const pairs: { alone: LoadAnswer; beside: LoadAnswer }[] = [];
      for (let round = 0; round < rounds; round += 1) pairs.push({ alone: await read(null), beside: await read(bad.url) });
      await bad.child.stop();
      figures.push({
        fault: name,
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
      });
    }
    return figures;
  } finally {
    await Promise.all([healthy.child.stop(), reader.stop()]);
  }
}

function nameOf(fault: Fault): string {
  if (fault.kind !== 'OVERSIZED') return fault.kind;
  return `${fault.megabytes} MB${fault.gzip === true ? ' in gzip' : ''}`;
}

function median<Item>(items: readonly Item[], of: (item: Item) => number): Item {
  const middle = items.toSorted((one, other) => of(one) - of(other))[Math.floor((items.length - 1) / 2)];
  if (middle === undefined) throw new Error('There is no median of nothing.');
  return middle;
}
