/** What this process held while something ran. */
export interface MemoryFigures {
  /** Resident: at the beginning, and at the most since the process started. */
  readonly memoryBeforeMb: number;
  readonly memoryPeakMb: number;
  /** The least heap in use in the second tenth of the time, as the first one warms up, and in the last one: what no collection freed. A heap that grows with the work shows here. */
  readonly heapEarlyMb: number;
  readonly heapLateMb: number;
}

const EVERY_MS = 100;
const MB = 2 ** 20;

/** Looks at the memory of this process ten times a second until `end`. */
export function sampleMemory(): { end(): MemoryFigures } {
  const memoryBeforeMb = process.memoryUsage.rss() / MB;
  const heaps: number[] = [];
  const timer = setInterval(() => heaps.push(process.memoryUsage().heapUsed / MB), EVERY_MS);
  return {
    end: () => {
      clearInterval(timer);
      const tenth = Math.max(1, Math.floor(heaps.length / 10));
      return {
        memoryBeforeMb,
        memoryPeakMb: process.resourceUsage().maxRSS / 1_024,
        heapEarlyMb: Math.min(...heaps.slice(tenth, 2 * tenth)),
        heapLateMb: Math.min(...heaps.slice(-tenth)),
      };
    },
  };
}
