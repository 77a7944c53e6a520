import { Customer } from '../persistence/customer.js';
import { decisiveReadingIds } from '../persistence/known-reading.js';
import type { Platform, PlatformVersion } from '../policy/compatibility.js';
import { type SourceReading, weighSources } from '../policy/store-source.js';
import { fromGlobalId } from '../use-cases/global-id.js';
import { platformVersionOf } from '../use-cases/store-reading.js';
import { statedPlatformVersion } from '../use-cases/update-access.js';
import { type Context, ownRows, requireScope } from './context.js';
import { OPERATION_LIMITS, refusal } from './operation-limits.js';

/** For whom an update check is, and what runs there. */
export interface UpdateAsker {
  readonly customerId: string;
  readonly storeId: string | null;
  readonly platform: Platform;
  readonly platformVersion: PlatformVersion | null;
  /** The reading that told the platform's version; null when the asker states one, or none is known. */
  readonly readingId: string | null;
}

interface AskerInput {
  readonly platform?: Platform | null;
  readonly platformVersion?: string | null;
  readonly storeId?: string | null;
  readonly customerId?: string | null;
}

/**
 * For whom the question is, as of a moment: at most one statement, none where the input says everything.
 * What is missing and what is someone else’s give the same answer.
 */
export async function updateAskerOf(input: AskerInput, context: Context, at: Temporal.Instant): Promise<UpdateAsker> {
  const { actor } = context;
  const missing = () => refusal('NOT_FOUND', 'There is no such store or customer.');
  const own = actor.kind === 'STORE' ? actor.storeId : null;
  const namesOther = (type: 'Store' | 'Customer', id: string | null | undefined, mine: string | null) =>
    mine !== null && id != null && fromGlobalId(type, id) !== mine;
  if (namesOther('Store', input.storeId, own) || namesOther('Customer', input.customerId, actor.customerId)) throw missing();
  if (own !== null && actor.customerId !== null && input.platform != null && input.platformVersion != null)
    return { customerId: actor.customerId, storeId: own, ...statedBy(input, input.platform) };
  const session = own === null ? requireScope(context, 'PURCHASES_READ') : context.session();
  const id = own ?? (input.storeId == null ? null : fromGlobalId('Store', input.storeId));
  if (id !== null || input.storeId != null) {
    const asker = id === null ? null : await storeAskedAbout(id, input, context, at);
    if (asker === null || namesOther('Customer', input.customerId, asker.customerId)) throw missing();
    return asker;
  }
  const named = input.customerId == null ? null : fromGlobalId('Customer', input.customerId);
  if (input.customerId != null && (named === null || (await session.em.count(Customer, { id: named })) === 0)) throw missing();
  const customerId = actor.customerId ?? named;
  if (customerId === null) throw refusal('BAD_USER_INPUT', 'Name the store or the customer that you ask for: `storeId` or `customerId`.');
  if (input.platform == null) throw refusal('BAD_USER_INPUT', 'Name the `platform`, as no store is named.');
  return { customerId, storeId: null, ...statedBy(input, input.platform) };
}

function statedBy({ platformVersion }: AskerInput, platform: Platform) {
  const text = platformVersion == null ? null : platformVersion.slice(0, OPERATION_LIMITS.inputStringLength);
  return { platform, platformVersion: statedPlatformVersion(platform, text), readingId: null };
}

interface AskedStore {
  readonly id: string;
  readonly customer_id: string;
  readonly platform: Platform;
  readonly readings: readonly (Omit<SourceReading, 'readAt'> & { readonly readAt: string })[];
}

const STORE_ASKED_ABOUT = `
  select store.id, store.customer_id, store.platform,
    (select coalesce(json_agg(json_build_object('id', reading.id, 'source', reading.source, 'readAt', reading.read_at, 'distribution', reading.distribution,
        'platformVersion', reading.platform_version, 'upstreamVersion', reading.upstream_version, 'versionExact', reading.version_exact,
        'failure', reading.failure, 'installed', '[]'::json)), '[]')
      from store_reading reading where reading.id in ${decisiveReadingIds('store.id', '$3::timestamptz', 'VERSION')}) as readings
  from store
  where store.id = $1 and store.customer_id is not null and ($2::uuid is null or store.customer_id = $2)`;

/** A customer's store with what it was known to run; null when there is none, or it is not the asker's. */
async function storeAskedAbout(
  id: string,
  input: AskerInput,
  { actor, session }: Context,
  at: Temporal.Instant,
): Promise<UpdateAsker | null> {
  const values = [id, ownRows(actor).customer ?? null, at.toString()];
  const [store] = await session().query<AskedStore>({ name: 'store-asked-about', text: STORE_ASKED_ABOUT, values });
  if (store === undefined) return null;
  const whose = { customerId: store.customer_id, storeId: store.id };
  // A store's own plugin knows best what it runs on.
  const platform = actor.kind === 'STORE' ? (input.platform ?? store.platform) : store.platform;
  if (input.platformVersion != null) return { ...whose, ...statedBy(input, platform) };
  const readings = store.readings.map((reading) => ({ ...reading, readAt: Temporal.Instant.from(reading.readAt) }));
  const { told, reading } = weighSources(readings, at);
  return { ...whose, platform, platformVersion: platformVersionOf(platform, told), readingId: reading?.id ?? null };
}
