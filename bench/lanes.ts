import type { LoadAnswer } from './load.js';

/** One operation; rejects when it is not answered as it should be. */
export type Operation = () => Promise<void>;

/** Does operations in so many lanes, each taking the next when it is done with one, until there is none left or the time is over; each counts from its first step. */
export async function timeLanes(lanes: number, operations: Iterator<Operation>, seconds: number | null): Promise<LoadAnswer> {
  const latencies: number[] = [];
  const begin = performance.now();
  const isOver = () => seconds !== null && performance.now() - begin >= seconds * 1_000;
  const lane = async () => {
    for (let next = operations.next(); !next.done && !isOver(); next = operations.next()) {
      const startedAt = performance.now();
      await next.value();
      latencies.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const tookSeconds = (performance.now() - begin) / 1_000;
  const sorted = latencies.toSorted((one, other) => one - other);
  const percentile = (percent: number) => sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN;
  return { requestsPerSecond: latencies.length / tookSeconds, p50Ms: percentile(50), p99Ms: percentile(99) };
}

/** Round and round. */
export function* endless<Item>(items: readonly Item[]): Generator<Item> {
  while (items.length > 0) yield* items;
}
