import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process of its own that answers questions one after another. */
export interface Child<Question, Answer> {
  ask(question: Question, timeoutMs: number): Promise<Answer>;
  stop(): Promise<void>;
}

interface Reply<Answer> {
  readonly answer?: Answer;
  readonly error?: string;
}

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const running = new Set<ChildProcess>();

/**
 * Starts a module beside this one, by its file name without suffix, as in production and without its log lines.
 * `nodeFlags` go to Node itself. Rejects when the module does not come up within half a minute.
 */
export async function startChild<Question, Answer>(name: string, nodeFlags: readonly string[] = []): Promise<Child<Question, Answer>> {
  const child = fork(new URL(`./${name}.js`, import.meta.url), {
    execArgv: ['--no-warnings', ...nodeFlags],
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  await nextMessage(child, name, START_TIMEOUT_MS);
  return {
    ask: async (question, timeoutMs) => {
      const reply = nextMessage<Reply<Answer>>(child, name, timeoutMs);
      child.send(question as object);
      const { answer, error } = await reply;
      if (error !== undefined) throw new Error(`${name}: ${error}`);
      return answer as Answer;
    },
    stop: () => stopped(child),
  };
}

/** Stops what still runs: for the way out after a failure or a signal. */
export async function stopChildren(): Promise<void> {
  await Promise.all([...running].map(stopped));
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  const cutOff = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  if (child.connected) child.disconnect();
  await exited;
  clearTimeout(cutOff);
}

function nextMessage<Message>(child: ChildProcess, name: string, timeoutMs: number): Promise<Message> {
  return new Promise((done, fail) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      child.removeListener('message', heard).removeListener('exit', left);
      act();
    };
    const heard = (message: unknown) => settle(() => done(message as Message));
    const left = (code: number | null) => settle(() => fail(new Error(`${name} ended with code ${code}.`)));
    const timer = setTimeout(() => settle(() => fail(new Error(`${name} did not answer within ${timeoutMs} ms.`))), timeoutMs);
    child.once('message', heard).once('exit', left);
  });
}

/** The other side: answers the parent until it lets go, and ends with it. */
export function answerParent<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  const send = (reply: Reply<Answer>) => process.send?.(reply);
  process.on('message', async (question) => {
    try {
      send({ answer: await answer(question as Question) });
    } catch (error) {
      send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.once('disconnect', () => process.exit(0));
  send({});
}
