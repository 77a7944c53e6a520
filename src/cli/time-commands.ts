import type { Command } from 'commander';
import { rebuildTimeOf } from '../use-cases/time-rebuild.js';
import { uuidFrom } from './arguments.js';
import type { CommandContext } from './environment.js';
import { CommandFailed, EXIT } from './exit.js';
import { plain, table } from './layout.js';

/** time rebuild: what an operator does when stored figures of prepaid time are not what the journal amounts to. */
export function addTimeCommands(program: Command, context: CommandContext): void {
  const time = program.command('time').description('mend the records of prepaid time');
  time
    .command('rebuild')
    .description('write balances, reservations and totals of a customer anew from the journal, and compare')
    .argument('<customer>', 'its e-mail address, or its id (cus_… or a UUID)')
    .addHelpText(
      'after',
      '\nRefused where the journal itself is at fault. An alarm that is open stays so until staff clear it with "timeAlarmClear".\n' +
        '\nExample:\n  tenure time rebuild alice@agency.example',
    )
    .action((customer: string) => rebuild(context, customer));
}

async function rebuild({ environment, look, print, withGateway }: CommandContext, text: string): Promise<void> {
  const id = uuidFrom(text, 'Customer');
  const rebuilt = await withGateway((gateway) => rebuildTimeOf(gateway, id === null ? { email: text } : { id }, environment.now()));
  if (rebuilt === null) throw new CommandFailed(EXIT.NOT_FOUND, `There is no customer ${plain(text)}.`);
  const { email, changed } = rebuilt;
  if (changed.length === 0) return print([`${email}: everything is what the journal amounts to, nothing was changed`]);
  print([
    `${email}: rebuilt and compared`,
    '',
    ...table(
      look,
      ['FIGURE', 'WAS', 'IS'],
      changed.map(({ figure, stored, folded }) => [figure, stored, folded]),
    ),
  ]);
}
