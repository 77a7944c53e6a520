import { BugReport } from '../persistence/bug-report.js';
import { Purchase, type PurchaseRow } from '../persistence/purchase.js';
import { Release } from '../persistence/release.js';
import { Store } from '../persistence/store.js';
import { SupportTerm } from '../persistence/support-term.js';
import type { TicketRow } from '../persistence/ticket.js';
import { fits, type PlatformVersion, platformVersionFromText } from '../policy/compatibility.js';
import { releaseAccess } from '../policy/release-access.js';
import type { DeliveredCorrection } from '../policy/ticket-event.js';
import { parseVersion, versionSortKey } from '../policy/version.js';
import type { EntityManager } from './entity-manager.js';
import { knownStore } from './known-store.js';
import { Refusal, userError } from './outcome.js';
import { productionStoreOf } from './store-group.js';
import { platformVersionOf } from './store-reading.js';
import { pinnedPolicy } from './support-policy.js';
import { supportFacts } from './support-term.js';

/** What corrects a fault: a release by its version, or a change of configuration with what confirms that it helps. */
export type CorrectionInput = { readonly releaseVersion: string } | { readonly confirmation: string };

/**
 * what is delivered, judged for the licence and the store of a ticket: whether the changelog of a release names the fault that the ticket reports,
 * whether the licence lets the customer download it at that instant, and whether it installs on what the store is known to run; a version that is not
 * known is no such store. Whether that is a correction is for the policy core to say. A Refusal where there is no such release of the ticket's add-on.
 */
export async function judgeCorrection(
  em: EntityManager,
  ticket: TicketRow,
  input: CorrectionInput,
  at: Temporal.Instant,
): Promise<DeliveredCorrection> {
  if ('confirmation' in input) return { by: 'CONFIGURATION', confirmation: input.confirmation };
  const refused = (message: string) => new Refusal([userError('NOT_FOUND', message, 'correction', 'releaseVersion')]);
  if (ticket.purchase === null) throw refused('The ticket is about no add-on, so no release corrects it.');
  const purchase = await em.findOneOrFail(Purchase, { id: ticket.purchase.id }, { populate: ['addon', 'supportPolicyVersion'] });
  const version = parseVersion(input.releaseVersion);
  const release = version && (await em.findOne(Release, { addon: purchase.addon.id, versionSortKey: versionSortKey(version) }));
  if (release === null) throw refused(`The add-on of the ticket has no release "${input.releaseVersion}".`);

  const platformVersion = await knownPlatform(em, ticket, purchase, at);
  const terms = await em.find(SupportTerm, { purchase });
  const licence = { ...supportFacts(purchase, terms), key: purchase.id, policy: pinnedPolicy(purchase.supportPolicyVersion.getEntity()) };
  const offered = { ...release, changelogPublic: release.changelog.length > 0 };
  const { permission } = releaseAccess({ purchases: [licence], platformVersion }, offered, at);
  const bug = ticket.bug === null ? null : await em.findOneOrFail(BugReport, { id: ticket.bug.id });
  return {
    by: 'RELEASE',
    version: release.version,
    containsFix: bug?.addon.id === purchase.addon.id && release.changelog.some(({ reference }) => reference === bug.reference),
    customerMayDownload: permission !== 'NOT_ENTITLED' && permission !== 'NOT_OFFERED',
    installsOnStore: platformVersion !== null && fits(release.compatibility, platformVersion) === 'FITS',
  };
}

/** What the store runs: by its readings, else as the customer wrote; null: not known. */
async function knownPlatform(
  em: EntityManager,
  ticket: TicketRow,
  purchase: PurchaseRow,
  at: Temporal.Instant,
): Promise<PlatformVersion | null> {
  const store = ticket.store === null ? await productionStoreOf(em, purchase.group) : await em.findOne(Store, { id: ticket.store.id });
  const told = store && (await knownStore(em, store.id, at)).told;
  const { platformVersion } = ticket.report;
  const stated = platformVersion === null ? null : platformVersionFromText(purchase.platform, platformVersion);
  return (store && platformVersionOf(store.platform, told)) ?? stated;
}
