import type { Command } from 'commander';
import type { CommandContext } from './environment.js';
import { CommandFailed, EXIT } from './exit.js';
import { plain, table } from './layout.js';

/** worker, jobs status and jobs retry: what is done later, and what became of it. */
export function addJobCommands(program: Command, context: CommandContext): void {
  program
    .command('worker')
    .description('do jobs until it is stopped, and answer no questions but /healthz and /readyz')
    .addHelpText('after', '\nExample:\n  PORT=4001 tenure worker')
    .action(() => context.environment.work());

  const jobs = program.command('jobs').description('look at jobs that wait, and put back what was given up');
  jobs
    .command('status')
    .description('show how many jobs of each queue wait, are due, are worked on and were given up')
    .option('--json', 'print JSON for machines')
    .addHelpText('after', '\nExample:\n  tenure jobs status')
    .action((options: { readonly json?: true }) => status(context, options.json === true));
  jobs
    .command('retry')
    .description('put the jobs back that a queue gave up, with all their tries')
    .argument('<queue>', 'as "jobs status" names it')
    .addHelpText('after', '\nExample:\n  tenure jobs retry ticket-due')
    .action((queue: string) => retry(context, queue));
}

async function status({ environment, look, print, withGateway }: CommandContext, json: boolean): Promise<void> {
  const queues = await withGateway((gateway) => environment.jobDesk(gateway).status());
  if (json) return print([JSON.stringify(queues, null, 2)]);
  const rows = queues.map(({ queue, ...counts }) => [
    queue,
    ...[counts.waiting, counts.due, counts.active, counts.failed, counts.dead].map(String),
  ]);
  print(table(look, ['queue', 'waiting', 'due', 'active', 'failed', 'dead'], rows));
}

async function retry({ environment, print, withGateway }: CommandContext, queue: string): Promise<void> {
  const count = await withGateway((gateway) => environment.jobDesk(gateway).retry(queue));
  if (count === null) throw new CommandFailed(EXIT.NOT_FOUND, `There is no queue "${plain(queue)}". "tenure jobs status" names them.`);
  print([count === 1 ? 'put back 1 job' : `put back ${count} jobs`]);
}
