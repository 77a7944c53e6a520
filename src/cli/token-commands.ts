import { type Command, Option } from 'commander';
import { ACCESS_TOKEN_KINDS, type AccessTokenKind } from '../use-cases/access-token-format.js';
import { PARTNER_SCOPES, type Scope } from '../use-cases/actor.js';
import { toGlobalId } from '../use-cases/global-id.js';
import { issueToken, revokeToken } from '../use-cases/token-issue.js';
import { choiceArgument, choicesArgument, dayOrInstantArgument, spelled, uuidFrom } from './arguments.js';
import type { CommandContext } from './environment.js';
import { CommandFailed, EXIT } from './exit.js';
import { aligned } from './layout.js';

interface CreateOptions {
  readonly kind: AccessTokenKind;
  readonly label: string;
  readonly scope: readonly Scope[];
  readonly partner?: string;
  readonly customer?: string;
  readonly store?: string;
  readonly expires?: Temporal.PlainDate | Temporal.Instant;
}

/** token create and token revoke: who may ask. */
export function addTokenCommands(program: Command, context: CommandContext): void {
  const token = program.command('token').description('make and revoke access tokens');
  token
    .command('create')
    .description('make an access token and show its text, once')
    .addOption(
      new Option('--kind <kind>', `who it speaks for: ${ACCESS_TOKEN_KINDS.join(', ')}`)
        .argParser(choiceArgument(ACCESS_TOKEN_KINDS))
        .makeOptionMandatory(),
    )
    .requiredOption('--label <text>', 'what it is for, so that you know it again')
    .addOption(
      new Option('--scope <scope>', `what a partner may do, once for each: ${spelled(PARTNER_SCOPES).join(', ')}`)
        .argParser<readonly Scope[]>(choicesArgument<Scope>(PARTNER_SCOPES))
        .default([], 'none'),
    )
    .option('--partner <name>', 'the partner, for --kind partner: the same name for the token that follows (default: the label)')
    .option('--customer <email>', 'the customer, for --kind customer')
    .option('--store <url>', 'address of the customer’s store, for --kind store')
    .addOption(
      new Option('--expires <date>', 'last day on which it works, in UTC; or the instant at which it ends (default: never)').argParser(
        dayOrInstantArgument,
      ),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  tenure token create --kind staff --label "Support desk"\n' +
        '  tenure token create --kind partner --label ERP --scope purchases-read --scope purchases-write --expires 2026-12-31\n' +
        '  tenure token create --kind store --label "Plugin" --store https://shop.example',
    )
    .action((options: CreateOptions) => create(context, options));

  token
    .command('revoke')
    .description('end an access token at once')
    .argument('<id>', 'the id that "token create" printed, not the text of the token')
    .addHelpText('after', '\nExample:\n  tenure token revoke tok_01jv8m3k7ce5qsb1kz6b3w9f2x')
    .action((id: string) => revoke(context, id));
}

async function create({ environment, print, withGateway }: CommandContext, options: CreateOptions): Promise<void> {
  assertOwner(options);
  const { kind, label, scope: scopes } = options;
  const expiresAt = options.expires === undefined ? null : endOf(options.expires);
  const request = {
    kind,
    label,
    partner: options.partner ?? null,
    scopes,
    customerEmail: options.customer ?? null,
    storeUrl: options.store ?? null,
    expiresAt,
  };
  const { token, text } = await withGateway((gateway) => issueToken(gateway, request, environment.now()));
  print([
    ...aligned([
      ['id', toGlobalId('AccessToken', token.id)],
      ['kind', kind],
      ['label', token.label],
      ...(token.scopes.length === 0 ? [] : [['scopes', token.scopes.join(', ')]]),
      ['expires', token.expiresAt?.toString() ?? 'never'],
      ['token', text],
    ]),
    '',
    'The text of the token is shown this once and is not kept: store it now.',
  ]);
}

/** Each owner goes with one kind; an option that would be ignored is refused, as it was surely meant. */
function assertOwner({ kind, partner, customer, store }: CreateOptions): void {
  if (partner !== undefined && kind !== 'partner')
    throw new CommandFailed(EXIT.USAGE, '--partner <name> goes with --kind partner, and only with it.');
  if ((kind === 'customer') !== (customer !== undefined))
    throw new CommandFailed(EXIT.USAGE, '--customer <email> goes with --kind customer, and only with it.');
  if ((kind === 'store') !== (store !== undefined))
    throw new CommandFailed(EXIT.USAGE, '--store <url> goes with --kind store, and only with it.');
}

/** The first instant at which the token no longer works. */
function endOf(expires: Temporal.PlainDate | Temporal.Instant): Temporal.Instant {
  return expires instanceof Temporal.PlainDate ? expires.add({ days: 1 }).toZonedDateTime('UTC').toInstant() : expires;
}

async function revoke({ environment, print, withGateway }: CommandContext, id: string): Promise<void> {
  const uuid = uuidFrom(id, 'AccessToken');
  // The argument is not repeated: it may be the text of a token.
  if (uuid === null) throw new CommandFailed(EXIT.USAGE, 'Give the id of a token, tok_…, as "token create" printed it.');
  const token = await withGateway((gateway) => revokeToken(gateway, uuid, environment.now()));
  print(aligned([['revoked', toGlobalId('AccessToken', token.id), token.kind.toLowerCase(), token.label, `since ${token.revokedAt}`]]));
}
