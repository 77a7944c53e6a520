import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { SECRET_KEY } from '../support/vendor.js';
import { until } from './worker-under-test.js';

/** Keys the tokens of a process under test. */
export const PEPPER = 'a pepper of processes under test, and long enough';

/** A start takes a second, and much longer where many tests start processes. */
const LOOKS_AT_A_START = 4_000;

export interface RunningProcess {
  readonly child: ChildProcess;
  /** Where it answers. */
  readonly url: string;
  /** Everything it wrote. */
  readonly text: () => string;
  /** Sends a signal and waits for the end; its exit code, or null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** The compiled program on a database, as an operator starts it; resolves when it answers. `settings` are further variables of its environment. */
export async function startProcess(
  command: 'serve' | 'worker',
  databaseUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningProcess> {
  const { PATH, HOME } = process.env;
  const env = {
    PATH,
    HOME,
    DATABASE_URL: databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'info',
    TENURE_POOL_SIZE: '5',
    TENURE_TOKEN_PEPPER: PEPPER,
    TENURE_SECRET_KEY: Buffer.from(SECRET_KEY).toString('base64'),
    // Starts that follow spare the compiling of the first.
    NODE_COMPILE_CACHE: resolve('node_modules/.cache/processes-under-test'),
    ...settings,
  };
  const child = spawn(process.execPath, [resolve('dist/src/main.js'), command], { cwd: tmpdir(), env });
  const chunks: string[] = [];
  child.stdout.on('data', (chunk) => chunks.push(String(chunk)));
  child.stderr.on('data', (chunk) => chunks.push(String(chunk)));
  const text = () => chunks.join('');
  const address = () => /Server listening at (http:\/\/[^"]+)/.exec(text())?.[1];
  await until(() => address() !== undefined || child.exitCode !== null, LOOKS_AT_A_START);
  const url = address();
  if (url === undefined) throw new Error(`It ended: ${text()}`);
  return {
    child,
    url,
    text,
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
  };
}
