import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { type CliEnvironment, type CommandContext, commandContext, variablesOf } from './environment.js';
import { EXIT, EXIT_CODES_HELP, failureReport } from './exit.js';
import { addExplainCommand } from './explain-command.js';
import { addJobCommands } from './job-commands.js';
import { addManifestCommand } from './manifest-command.js';
import { addOrdersCommands } from './orders-commands.js';
import { addPolicyCommands } from './policy-commands.js';
import { addServerCommands } from './server-commands.js';
import { addStatementCommand } from './statement-command.js';
import { addSyncCommands } from './sync-commands.js';
import { addTimeCommands } from './time-commands.js';
import { addTokenCommands } from './token-commands.js';

export type { CliEnvironment } from './environment.js';

/**
 * Runs one command of `tenure` and returns what the process is to exit with (see `EXIT`). `argv` holds the words after the program's name.
 * Never throws and never ends the process: whatever goes wrong is told on `stderr`.
 */
export async function runCli(argv: readonly string[], environment: CliEnvironment): Promise<number> {
  const context = commandContext(environment);
  try {
    await programOf(context).parseAsync([...argv], { from: 'user' });
    return EXIT.OK;
  } catch (error) {
    // Commander has told help texts, the version and usage errors by itself.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.OK : EXIT.USAGE;
    const showStack = ['debug', 'trace'].includes(variablesOf(environment).LOG_LEVEL ?? '');
    const { exitCode, lines } = failureReport(error, showStack);
    environment.stderr.write(lines.map((line) => `${line}\n`).join(''));
    return exitCode;
  }
}

function programOf(context: CommandContext): Command {
  const { stdout, stderr } = context.environment;
  const program = new Command('tenure')
    .description('Answers, with reasons, what follows the sale of an add-on: updates, support terms, renewals, after-sales service.')
    .version(installedVersion(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError()
    .showHelpAfterError('Add --help to see what can be given, with examples.')
    .addHelpText(
      'after',
      '\nExamples:\n  tenure migrate\n  tenure policy publish policy.json --from 2020-01-01\n' +
        '  tenure sync run magento-eu\n  tenure explain magento-eu:000000123:7',
    )
    .addHelpText('afterAll', `\n${EXIT_CODES_HELP}`);
  addServerCommands(program, context);
  addPolicyCommands(program, context);
  addTokenCommands(program, context);
  addSyncCommands(program, context);
  addManifestCommand(program, context);
  addOrdersCommands(program, context);
  addExplainCommand(program, context);
  addStatementCommand(program, context);
  addTimeCommands(program, context);
  addJobCommands(program, context);
  return program;
}

const HELP_WIDTH = 100;

/** The version of the package, which lies beside src and beside the compiled dist. */
function installedVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const manifest: { name?: unknown; version?: unknown } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (manifest.name === 'tenure') return String(manifest.version);
    } catch {
      // Not there: the other place is right.
    }
  }
  return 'unknown';
}
