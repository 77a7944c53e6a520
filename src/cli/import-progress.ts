import cliProgress from 'cli-progress';
import type { ImportProgress } from '../use-cases/orders-import.js';

export interface ProgressDisplay {
  show(progress: ImportProgress): void;
  /** Leaves the terminal as it was. */
  finish(): void;
}

/** A moving bar for a person at a terminal, else a plain line for every page. */
export function progressDisplay(stream: NodeJS.WritableStream, isTerminal: boolean): ProgressDisplay {
  return isTerminal && 'isTTY' in stream && stream.isTTY === true ? bars(stream) : lines(stream);
}

function lines(stream: NodeJS.WritableStream): ProgressDisplay {
  return {
    show: ({ resource, seen, total }) => {
      stream.write(`${nameOf(resource)}: ${seen}${total === null ? '' : ` of ${Math.max(seen, total)}`}\n`);
    },
    finish: () => {},
  };
}

function bars(stream: NodeJS.WritableStream): ProgressDisplay {
  let bar: cliProgress.SingleBar | null = null;
  let shown: ImportProgress['resource'] | null = null;
  const stop = () => {
    bar?.stop();
    bar = null;
  };
  return {
    show: ({ resource, seen, total }) => {
      // What is read again before the cursor is not part of the shop's total.
      const whole = Math.max(seen, total ?? 0);
      if (shown !== resource || bar === null) {
        stop();
        bar = new cliProgress.SingleBar({
          stream,
          format: formatOf(resource, total),
          clearOnComplete: true,
          gracefulExit: false,
          barsize: 30,
        });
        bar.start(whole, seen);
        shown = resource;
      }
      bar.setTotal(whole);
      bar.update(seen);
    },
    finish: stop,
  };
}

/** A shop that does not tell how many there are gets a counter: a bar that is always full would promise an end. */
function formatOf(resource: ImportProgress['resource'], total: number | null): string {
  return total === null ? `${nameOf(resource)}: {value} read` : `${nameOf(resource)} [{bar}] {value} of {total}, {eta_formatted} left`;
}

const nameOf = (resource: ImportProgress['resource']): string => resource.toLowerCase();
