import type { Gateway } from '../use-cases/gateway.js';
import type { JobDesk } from '../use-cases/job.js';
import { CommandFailed, EXIT } from './exit.js';
import { type Look, lookOf } from './layout.js';

/** What the command line is given by whoever starts it. */
export interface CliEnvironment {
  /** Connects to the database. May throw `ConfigFaults`. Long work of this gateway ends with `stopping`. */
  openGateway(stopping?: AbortSignal): Promise<{ gateway: Gateway; close(): Promise<void> }>;
  /** Runs the server; resolves when there is nothing left for the command line to do. */
  serve(): Promise<void>;
  /** Does jobs and answers no questions; resolves as `serve` does. */
  work(): Promise<void>;
  jobDesk(gateway: Gateway): JobDesk;
  /** Brings the database up to date; the names of the migrations it applied. */
  migrate(): Promise<readonly string[]>;
  schemaText(): Promise<string>;
  /** From now on the first Ctrl-C, or request to terminate, aborts the signal; without this it ends the process at once. */
  stopOnSignal(): AbortSignal;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  now(): Temporal.Instant;
  /** Whether a person looks at the output: it decides on colours and on a moving progress bar. */
  readonly isTerminal: boolean;
  /** Where NO_COLOR and LOG_LEVEL are read; default: the process's own variables. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

/** What a command works with. */
export interface CommandContext {
  readonly environment: CliEnvironment;
  readonly look: Look;
  /** Writes whole lines to standard output. */
  print(lines: readonly string[]): void;
  /** Opens the gateway for the time of `work` and closes it whatever comes of it. */
  withGateway<T>(work: (gateway: Gateway) => Promise<T>, stopping?: AbortSignal): Promise<T>;
}

export function commandContext(environment: CliEnvironment): CommandContext {
  return {
    environment,
    look: lookOf(usesColours(environment)),
    print: (lines) => {
      environment.stdout.write(lines.map((line) => `${line}\n`).join(''));
    },
    withGateway: async (work, stopping) => {
      const { gateway, close } = await environment.openGateway(stopping);
      try {
        return await work(gateway);
      } finally {
        await close();
      }
    },
  };
}

export const variablesOf = (environment: CliEnvironment): Readonly<Record<string, string | undefined>> =>
  environment.variables ?? process.env;

/** Colours only for a person, and not for one who set NO_COLOR to anything. */
function usesColours(environment: CliEnvironment): boolean {
  return environment.isTerminal && (variablesOf(environment).NO_COLOR ?? '') === '';
}

/** The failure of a command that named a shop which is not connected. */
export function noSuchShop(code: string, known: readonly string[]): CommandFailed {
  const hint = known.length === 0 ? 'No shop is connected yet: connect one with the mutation storeConnect.' : `Known: ${known.join(', ')}.`;
  return new CommandFailed(EXIT.NOT_FOUND, `There is no shop with the code "${code}". ${hint}`);
}
