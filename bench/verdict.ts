import type { FaultFigures } from './faults.js';
import type { ImportFigures } from './importing.js';

export interface Measured {
  readonly imports: readonly Pick<ImportFigures, 'platform' | 'orders' | 'statements' | 'heapEarlyMb' | 'heapLateMb' | 'memoryKeptMb'>[];
  readonly faults: readonly Pick<FaultFigures, 'fault' | 'isControl' | 'p99Ratio'>[];
}

/** How long the slowest in a hundred answers of a healthy shop may take beside one that misbehaves, for one alone. */
const MOST_P99_RATIO = 1.2;
/** What is in use at the end of an import may vary by when memory was last collected, and not grow with the number of orders. */
const MOST_HEAP_RATIO = 1.5;
/** A page of a hundred orders takes a fixed number of statements, however many orders came before it: about twenty of Magento, forty of PrestaShop. */
const MOST_STATEMENTS_PER_ORDER = 0.5;

/** What of a run is beyond its bounds, a sentence each; none where all is well. Ratios of one run hold on any machine, times do not. */
export function shortfalls({ imports, faults }: Measured): string[] {
  return [...imports.flatMap(shortfallsOfImport), ...shortfallsOfSizes(imports), ...shortfallsBesideFaults(faults)];
}

function shortfallsOfImport({ platform, orders, statements, heapEarlyMb, heapLateMb }: Measured['imports'][number]): string[] {
  const name = `The import of ${orders} orders, ${platform},`;
  const perOrder = statements / orders;
  const growth = heapLateMb / heapEarlyMb;
  return [
    ...(perOrder <= MOST_STATEMENTS_PER_ORDER
      ? []
      : [`${name} took ${perOrder.toFixed(2)} statements for each order; at most ${MOST_STATEMENTS_PER_ORDER} is asked for.`]),
    ...(growth <= MOST_HEAP_RATIO
      ? []
      : [`${name} had ${growth.toFixed(2)} times as much heap in use late as early; at most ${MOST_HEAP_RATIO} is asked for.`]),
  ];
}

/** Of one platform, the largest import must keep no more than the smallest. */
function shortfallsOfSizes(imports: Measured['imports']): string[] {
  return [...Map.groupBy(imports, ({ platform }) => platform)].flatMap(([platform, sizes]) => {
    const sorted = sizes.toSorted((one, other) => one.orders - other.orders);
    const [smallest, largest] = [sorted[0], sorted.at(-1)];
    if (smallest === undefined || largest === undefined) return [];
    const growth = largest.memoryKeptMb / smallest.memoryKeptMb;
    if (growth <= MOST_HEAP_RATIO) return [];
    const of = `${largest.orders} orders as after ${smallest.orders}`;
    return [`${platform}: after ${of} ${growth.toFixed(2)} times as much memory is kept; at most ${MOST_HEAP_RATIO} is asked for.`];
  });
}

/** Where two equal rounds differ by as much, nothing is said of any shop, but that nothing can be said. */
function shortfallsBesideFaults(faults: Measured['faults']): string[] {
  const noise = faults.filter(({ isControl }) => isControl).map(({ p99Ratio }) => Math.max(p99Ratio, 1 / p99Ratio));
  if (noise.some((ratio) => ratio > MOST_P99_RATIO))
    return [`The machine is too busy to tell: two equal rounds differ by ${Math.max(...noise).toFixed(2)} in their p99. Measure again.`];
  return faults.flatMap(shortfallsBesideFault);
}

function shortfallsBesideFault({ fault, p99Ratio }: Measured['faults'][number]): string[] {
  if (p99Ratio <= MOST_P99_RATIO) return [];
  return [
    `Beside ${fault} the p99 of a healthy shop is ${p99Ratio.toFixed(2)} of what it is alone; at most ${MOST_P99_RATIO} is asked for.`,
  ];
}
