import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { Refusal, type UserError } from '../use-cases/outcome.js';
import { listPolicies, type PolicyPublication, publishPolicy } from '../use-cases/policy-publication.js';
import { dayArgument } from './arguments.js';
import type { CommandContext } from './environment.js';
import { CommandFailed, EXIT, systemCode } from './exit.js';
import { aligned, plain, table } from './layout.js';

/** policy publish and policy list: the vendor's support conditions. */
export function addPolicyCommands(program: Command, context: CommandContext): void {
  const policy = program.command('policy').description('publish and list support policies');
  policy
    .command('publish')
    .description('check a support policy document, run its examples, and publish it as the next version of its name')
    .argument('<file>', 'the document, in JSON')
    .addOption(
      new Option('--from <date>', 'first day on which purchases are pinned to it (default: today in its zone)').argParser(dayArgument),
    )
    .addHelpText(
      'after',
      '\nPurchases made before the first version begins cannot be placed: give a day before your oldest order.\n\n' +
        'Example:\n  tenure policy publish schema/policies/technical-support.json --from 2020-01-01',
    )
    .action((file: string, options: { from?: Temporal.PlainDate }) => publish(context, file, options.from ?? null));

  policy
    .command('list')
    .description('list the published versions')
    .addHelpText('after', '\nExample:\n  tenure policy list')
    .action(() => list(context));
}

async function publish(context: CommandContext, file: string, from: Temporal.PlainDate | null): Promise<void> {
  const content = await readDocument(file);
  const now = context.environment.now();
  try {
    const publication = await context.withGateway((gateway) => publishPolicy(gateway, content, from, now));
    context.print(publicationLines(context, publication));
  } catch (error) {
    if (!(error instanceof Refusal) || !error.userErrors.some(isAboutDocument)) throw error;
    const faults = aligned(error.userErrors.map(faultCells), '  ');
    throw new CommandFailed(EXIT.REFUSED, [`${plain(file)} was not published:`, ...faults].join('\n'));
  }
}

async function readDocument(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw systemCode(error) === 'ENOENT'
      ? new CommandFailed(EXIT.NOT_FOUND, `There is no file ${plain(file)}.`)
      : new CommandFailed(EXIT.FAILED, `${plain(file)} could not be read (${systemCode(error)}).`);
  }
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new CommandFailed(EXIT.REFUSED, `${plain(file)} is not JSON: ${plain(error instanceof Error ? error.message : '')}`);
  }
}

const isAboutDocument = (error: UserError): boolean => error.path[1] === 'document';

/** Where the fault lies, as a JSON Pointer, and what it is without the pointer said twice. */
function faultCells({ path, message }: UserError): [string, string] {
  const pointer = `/${path.slice(path[1] === 'document' ? 2 : 1).join('/')}`.replace(/^\/+/, '/');
  return [pointer, message.startsWith(`${pointer} `) ? message.slice(pointer.length + 1) : message];
}

function publicationLines({ look }: CommandContext, publication: PolicyPublication): string[] {
  const { policy, isNew } = publication;
  const lines = aligned([
    ['name', policy.name],
    ['version', String(policy.version)],
    ['effective from', policy.effectiveFrom.toString()],
    ['content hash', policy.contentHash],
  ]);
  if (!isNew) lines.push('', `This very content was published on ${policy.publishedAt}: nothing was changed.`);
  if (policy.gaps.length === 0) return [...lines, '', 'The published text settles every parameter.'];
  const gaps = policy.gaps.map(({ parameter, value, note }) => [parameter, value, note]);
  return [
    ...lines,
    '',
    'The published text leaves these open; the document settles them:',
    ...table(look, ['PARAMETER', 'VALUE', 'MEANING'], gaps),
  ];
}

async function list({ look, print, withGateway }: CommandContext): Promise<void> {
  const policies = await withGateway(listPolicies);
  if (policies.length === 0) {
    print(['No support policy is published yet. Publish one with "tenure policy publish FILE".']);
    return;
  }
  const rows = policies.map(({ name, version, effectiveFrom, publishedAt, gaps, contentHash, title }) => [
    name,
    String(version),
    effectiveFrom.toString(),
    publishedAt.toString(),
    String(gaps.length),
    contentHash.slice(0, 12),
    title,
  ]);
  print(table(look, ['NAME', 'VERSION', 'EFFECTIVE FROM', 'PUBLISHED', 'GAPS', 'HASH', 'TITLE'], rows));
}
