import { finding, type ProbeNotes, pageFinding, probed } from '../probe-findings.js';
import { type ModulesReading, type ProbeFinding, type StoreProbe, type StorePurpose, StoreReadingFailed } from '../store-platform.js';
import type { StoreReply } from '../store-reply.js';
import { stampSchema } from './replies.js';
import { isOwnResource, namedResources } from './resource-names.js';
import { shopMoment } from './shop-time.js';
import { errorCodesOf, isVersion, rowsOf, type Webservice } from './webservice.js';

/** What reading orders needs, and what each is for. */
const ORDER_RIGHTS: Readonly<Record<string, string>> = {
  orders: 'orders',
  order_details: 'the lines of orders',
  order_states: 'which states mean paid',
  order_histories: 'when an order was paid',
  order_cart_rules: 'vouchers',
  order_slip: 'refunds',
  customers: 'the e-mail address and name of who bought (nothing else is asked for)',
  currencies: 'currencies',
  products: 'products',
  combinations: 'the variants of products',
};
/** Lists that name nobody and hold no settings: one of them is right enough for the version. */
const HARMLESS = ['languages', 'currencies', 'countries', 'order_states', 'zones', 'tags'];
const SETTINGS = 'configurations';
/** The newest order further ahead of the shop's clock than this was not stamped in the zone that was given. */
const FUTURE_MS = 10 * 60_000;

export interface ProbeOptions {
  /** IANA zone in which the shop's stamps are taken to be. */
  readonly timeZone: string;
  /** Reads the modules over the Admin API, each question by `ask`; null where no client of it was given. */
  readonly modules: ((ask: Ask) => Promise<ModulesReading>) | null;
}

export type Ask = (question: () => Promise<StoreReply>) => Promise<StoreReply>;

/** Tries a PrestaShop: the key, its rights from the webservice's own list of them, the zone by its newest order, and the Admin API where a client is given. */
export function probePrestaShop(shop: Webservice, purpose: StorePurpose, { timeZone, modules }: ProbeOptions): Promise<StoreProbe> {
  return probed(shop.host, async (notes, ask) => {
    const { findings } = notes;
    const first = await ask(shop.probe);
    const refusal = refusalOf(first, shop.host);
    if (refusal !== null) {
      findings.push(refusal);
      return;
    }
    findings.push(finding('CREDENTIALS_GOOD', 'WORKS', 'The webservice key opens the shop.'));
    noteVersion(first, notes, purpose);
    const granted = await grantedRights(shop, ask);
    findings.push(...(purpose === 'ORDERS' ? orderFindings(granted) : versionFindings(granted)));
    if (purpose === 'ORDERS' && granted.readable.has('orders')) findings.push(...(await zoneFindings(shop, ask, timeZone)));
    if (modules !== null) findings.push(await modulesFinding(() => modules(ask)));
  });
}

/** Why the first question shows that the key opens nothing; null where the key is good, be it without the right to this one resource. */
function refusalOf(reply: StoreReply, host: string): ProbeFinding | null {
  const failed = (...[code, message]: [ProbeFinding['code'], string]) => finding(code, 'FAILED', `${host}: ${message}`);
  const isOwnRealm = /PrestaShop/i.test(reply.headers['www-authenticate'] ?? '');
  if (reply.status === 401 && isOwnRealm && reply.headers['psws-version'] === undefined)
    return failed(
      'AUTHORIZATION_STRIPPED',
      'the key did not arrive: the web server strips the Authorization header. Have it passed on to PHP (for Apache: CGIPassAuth On, or the rewrite rule that sets HTTP_AUTHORIZATION).',
    );
  const page = pageFinding(reply, host);
  if (page !== null) return page;
  const codes = errorCodesOf(reply, host);
  if (codes.has(18))
    return failed('KEY_MALFORMED', 'the key is malformed: it has 32 characters. Copy it again from Advanced Parameters / Webservice.');
  if (codes.has(20))
    return failed(
      'KEY_UNKNOWN',
      'the key is unknown or switched off: PrestaShop answers both alike. Copy it again, and set it to enabled.',
    );
  if (codes.has(21)) return failed('KEY_WITHOUT_RIGHTS', 'the key has no right at all. Tick "View" (GET) for what is needed.');
  if (codes.has(22)) return failed('WEBSERVICE_OFF', 'the webservice is off: switch it on at Advanced Parameters / Webservice.');
  if (codes.has(132)) return failed('KEY_OF_ANOTHER_SHOP', 'the key is tied to another shop of this multistore: tie it to this one.');
  if (reply.status === 200 || codes.has(25) || codes.has(26)) return null;
  return failed(
    'UNEXPECTED_REPLY',
    `answers ${reply.status} where PrestaShop’s webservice was expected. Check the address and the platform.`,
  );
}

function noteVersion(reply: StoreReply, notes: ProbeNotes, purpose: StorePurpose): void {
  const version = reply.headers['psws-version'] ?? '';
  if (isVersion(version)) {
    notes.platformVersion = version;
    notes.findings.push(finding('VERSION_TOLD', 'WORKS', `It runs PrestaShop ${version}.`));
    return;
  }
  const message =
    'The version is not told: something before the shop strips the header PSWS-Version. Have it let through, let the plugin report the version, or declare it.';
  notes.findings.push(finding('VERSION_NOT_TOLD', purpose === 'VERSION' ? 'MISSING' : 'ADVICE', message));
}

interface Granted {
  readonly readable: ReadonlySet<string>;
  readonly writable: ReadonlySet<string>;
}

/** All that the key may do. Where the list of it cannot be had, each resource that matters is asked by itself. */
async function grantedRights(shop: Webservice, ask: Ask): Promise<Granted> {
  const reply = await ask(shop.root);
  if (reply.status === 200 && pageFinding(reply, shop.host, true) === null && reply.body.includes('<api')) return rightsInRoot(reply.body);
  const readable = new Set<string>();
  for (const resource of [...Object.keys(ORDER_RIGHTS), SETTINGS]) {
    const answer = await ask(() => shop.reply(resource, { display: '[id]', limit: '1' }));
    if (answer.status === 200) readable.add(resource);
  }
  return { readable, writable: new Set() };
}

/** `<orders xlink:href="…" get="true" put="false" …>`, one for each resource that the key was granted anything on. */
function rightsInRoot(xml: string): Granted {
  const readable = new Set<string>();
  const writable = new Set<string>();
  for (const [, resource = '', attributes = ''] of xml.matchAll(/<([a-z_]{1,60}) ([^<>]{1,600})>/g)) {
    if (!attributes.includes('xlink:href') || resource === 'description' || resource === 'schema') continue;
    if (/\bget="true"/.test(attributes)) readable.add(resource);
    if (/\b(put|post|patch|delete)="true"/.test(attributes)) writable.add(resource);
  }
  return { readable, writable };
}

function orderFindings({ readable, writable }: Granted): ProbeFinding[] {
  const needed = Object.entries(ORDER_RIGHTS).map(([resource, use]) =>
    readable.has(resource)
      ? finding('RIGHT_GRANTED', 'WORKS', `The key may read ${resource}: ${use}.`, resource)
      : finding('RIGHT_MISSING', 'MISSING', `The key is good but may not read ${resource}: tick "View" (GET) there, for ${use}.`, resource),
  );
  const spare = [...readable].filter((resource) => !Object.hasOwn(ORDER_RIGHTS, resource));
  return [...needed, ...excessFindings(spare, writable, 'orders')];
}

const versionFindings = ({ readable, writable }: Granted): ProbeFinding[] =>
  excessFindings(
    [...readable].filter((resource) => !HARMLESS.includes(resource)),
    writable,
    'the version, for which GET on languages is enough',
  );

/** Least rights: what is not needed may be taken away, and settings and writing should be. */
function excessFindings(spare: readonly string[], writable: ReadonlySet<string>, purpose: string): ProbeFinding[] {
  const findings: ProbeFinding[] = [];
  const advise = (message: string, right: string | null = null) => findings.push(finding('RIGHT_UNNEEDED', 'ADVICE', message, right));
  if (spare.includes(SETTINGS))
    advise(`The key may read ${SETTINGS}, every setting of the shop with its mail password: take that right away.`, SETTINGS);
  const others = spare.filter((resource) => resource !== SETTINGS);
  if (others.length > 0)
    advise(
      `The key may read more than ${purpose}: take away ${namedResources(others)}.`,
      others.length === 1 ? (others.find(isOwnResource) ?? null) : null,
    );
  if (writable.size > 0)
    advise(`The key may change ${namedResources([...writable])}: nothing is ever written, so take away all but "View" (GET).`);
  return findings;
}

/** A zone that is too far west makes the newest order one of the future. One that is too far east cannot be told from a quiet shop. */
async function zoneFindings(shop: Webservice, ask: Ask, timeZone: string): Promise<ProbeFinding[]> {
  const newest = { display: '[id,date_upd]', sort: '[date_upd_DESC]', date: '1', limit: '1' };
  const reply = await ask(() => shop.reply('orders', newest));
  if (reply.status !== 200) return [];
  const [row] = rowsOf(reply, 'orders', shop.host);
  const stamp = typeof row === 'object' && row !== null ? Reflect.get(row, 'date_upd') : null;
  const theirs = Number(reply.headers['access-time'] ?? Number.NaN) * 1_000 || Date.now();
  const read = stampSchema.safeParse(stamp);
  if (!read.success || Date.parse(shopMoment(read.data, timeZone).instant) - theirs <= FUTURE_MS) return [];
  const message = `PrestaShop writes its dates in the shop’s own zone, and in ${timeZone} the newest order would be of the future. Give the zone that stands at International / Localization.`;
  return [finding('TIME_ZONE_DOUBTFUL', 'MISSING', message)];
}

async function modulesFinding(modules: () => Promise<ModulesReading>): Promise<ProbeFinding> {
  try {
    const { available, unknown } = await modules();
    if (available) return finding('MODULES_TOLD', 'WORKS', 'The Admin API tells the modules and their versions.', 'module_read');
    return finding('MODULES_NOT_TOLD', 'MISSING', `The modules are not told: ${unknown[0]?.because ?? 'no Admin API'}.`, 'module_read');
  } catch (error) {
    if (!(error instanceof StoreReadingFailed) || error.code === 'BUSY' || error.code === 'STOPPED') throw error;
    return finding('MODULES_NOT_TOLD', 'MISSING', `The modules are not told: ${error.message}.`, 'module_read');
  }
}
