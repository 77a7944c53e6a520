import { Addon } from '../persistence/addon.js';
import { type ChangelogEntry, Release, type ReleaseRow } from '../persistence/release.js';
import { type CompatibilityRange, rangeFault } from '../policy/compatibility.js';
import type { ReleaseChannel, ReleaseKind } from '../policy/update-access.js';
import { parseVersion, versionSortKey } from '../policy/version.js';
import { journalActor } from './actor.js';
import { fixBugs } from './bug-fix.js';
import { canonicalJson } from './canonical-json.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, type UserError, userError } from './outcome.js';
import type { TicketCommand } from './ticket-command.js';

export interface ReleasePublishInput {
  readonly addonSku: string;
  readonly version: string;
  readonly channel: ReleaseChannel;
  readonly kind: ReleaseKind;
  readonly publishedAt: Temporal.Instant | null;
  readonly compatibility: readonly CompatibilityRange[];
  readonly changelog: readonly ChangelogEntry[];
}

/** Publishes a build. A version is published once: publishing the same again answers with it, another content under its number is refused. */
export async function publishRelease(em: EntityManager, input: ReleasePublishInput, now: Temporal.Instant): Promise<ReleaseRow> {
  const addon = await em.findOne(Addon, { sku: input.addonSku });
  if (addon === null) throw new Refusal([userError('NOT_FOUND', `There is no add-on with the SKU "${input.addonSku}".`, 'addonSku')]);
  const version = parseVersion(input.version);
  const errors: UserError[] = [];
  if (version === null) errors.push(userError('INVALID', `"${input.version}" is not a version such as 1.4.2 or 2.0.0-beta1.`, 'version'));
  if (input.compatibility.length === 0)
    errors.push(userError('REQUIRED', 'Name at least one range of platform versions that the release supports.', 'compatibility'));
  input.compatibility.forEach((range, index) => {
    const fault = range.platform === addon.platform ? rangeFault(range) : `The add-on is for ${addon.platform}.`;
    if (fault !== null) errors.push(userError('INVALID', fault, 'compatibility', String(index)));
  });
  if (version === null || errors.length > 0) throw new Refusal(errors);
  const known = await em.findOne(Release, { addon, versionSortKey: versionSortKey(version) });
  if (known !== null) {
    if (isSameRelease(known, input)) return known;
    throw new Refusal([
      userError(
        'TAKEN',
        `Version ${known.version} of ${addon.sku} is published already. A published version never changes: publish the next one.`,
        'version',
      ),
    ]);
  }
  const release = em.create(Release, {
    addon,
    version: input.version,
    versionSortKey: versionSortKey(version),
    channel: input.channel,
    kind: input.kind,
    publishedAt: input.publishedAt ?? now,
    withdrawnAt: null,
    compatibility: input.compatibility,
    changelog: input.changelog,
  });
  em.persist(release);
  return release;
}

/**
 * The same, with what follows from the changelog: faults that it refers to are fixed by this release, and their reporters told and paid back (B-27), in one
 * transaction; where it is to come out later, then.
 */
export async function publishWithFixes(command: TicketCommand, input: ReleasePublishInput): Promise<ReleaseRow> {
  const release = await publishRelease(command.em, input, command.now);
  await command.em.flush();
  await fixBugs({ ...command, by: journalActor(command.actor) }, release);
  return release;
}

/** Whether the input says nothing else than what is published. An instant left out says nothing. */
function isSameRelease(known: ReleaseRow, input: ReleasePublishInput): boolean {
  const contentOf = ({ channel, kind, compatibility, changelog }: ReleaseRow | ReleasePublishInput) =>
    canonicalJson([channel, kind, compatibility, changelog]);
  const sameDay = input.publishedAt === null || Temporal.Instant.compare(input.publishedAt, known.publishedAt) === 0;
  return sameDay && contentOf(known) === contentOf(input);
}

/**
 * Takes a release out of every answer from now on; one that is not out yet never comes out. Withdrawing it again changes nothing. Faults that it has fixed
 * stay fixed, and what was given back for them stays given back.
 */
export async function withdrawRelease(em: EntityManager, id: string, now: Temporal.Instant): Promise<ReleaseRow> {
  const release = await em.findOne(Release, { id });
  if (release === null) throw new Refusal([userError('NOT_FOUND', 'There is no such release.', 'releaseId')]);
  release.withdrawnAt ??= Temporal.Instant.compare(now, release.publishedAt) < 0 ? release.publishedAt : now;
  return release;
}
