import type { Command } from 'commander';
import type { CommandContext } from './environment.js';

/** serve, migrate and schema: what runs Tenure itself. */
export function addServerCommands(program: Command, { environment, print }: CommandContext): void {
  program
    .command('serve')
    .description('run the GraphQL server until it is stopped')
    .addHelpText('after', '\nExample:\n  PORT=8080 tenure serve')
    .action(() => environment.serve());

  program
    .command('migrate')
    .description('bring the database up to date')
    .addHelpText('after', '\nExample:\n  tenure migrate && tenure serve')
    .action(async () => {
      const applied = await environment.migrate();
      print(applied.length === 0 ? ['The database is up to date.'] : applied.map((name) => `applied ${name}`));
    });

  program
    .command('schema')
    .description('print the GraphQL schema in its definition language')
    .addHelpText('after', '\nExample:\n  tenure schema > schema.graphql')
    .action(async () => print([(await environment.schemaText()).trimEnd()]));
}
