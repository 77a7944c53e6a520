import { failureFinding, finding, pageFinding, probed } from '../probe-findings.js';
import type { ProbeFinding, StoreProbe, StorePurpose } from '../store-platform.js';
import { parseJsonReply, type StoreReply } from '../store-reply.js';
import { credentialsFault, errorText, magentoFailure } from './failures.js';
import type { MagentoRest } from './rest-client.js';
import { versionReading } from './version-reading.js';

interface Right {
  /** As Magento names it in its refusals. */
  readonly right: string;
  /** Where it stands in the list of an integration's resources. */
  readonly place: string;
  readonly resource: string;
  /** What Tenure does with it. */
  readonly use: string;
}

const counted = (resource: string) => `${resource}?searchCriteria[pageSize]=1&fields=total_count`;

/** What reading orders needs; each is asked for a count of rows, and no row. */
const ORDER_RIGHTS: readonly Right[] = [
  {
    right: 'Magento_Sales::actions_view',
    place: 'Sales / Operations / Orders / Actions / View',
    resource: counted('orders'),
    use: 'orders',
  },
  { right: 'Magento_Sales::sales_invoice', place: 'Sales / Operations / Invoices', resource: counted('invoices'), use: 'times of payment' },
  {
    right: 'Magento_Sales::sales_creditmemo',
    place: 'Sales / Operations / Credit Memos',
    resource: counted('creditmemos'),
    use: 'refunds',
  },
  { right: 'Magento_Catalog::products', place: 'Catalog / Inventory / Products', resource: counted('products'), use: 'products' },
];
/** What nothing needs: the customers of an order stand on the order. */
const NEVER_NEEDED: readonly Right[] = [
  { right: 'Magento_Customer::manage', place: 'Customers / All Customers', resource: counted('customers/search'), use: 'all customers' },
];
/** The root of the rights, that every integration with any right has. */
const ANY_RIGHT = { right: 'Magento_Backend::admin', resource: 'modules' } as const;

/** ABSENT: an old or trimmed Magento does not have this route, and what is not there cannot be granted. */
type Access = 'GRANTED' | 'DENIED' | 'ABSENT' | ProbeFinding;

/**
 * Tries a Magento: the public version page, the credentials, then each right by itself. Where a bearer is refused everything, nothing tells whether bearers are
 * off, the token is wrong or has no right: Magento answers all three alike, and the finding says so.
 */
export function probeMagento(rest: MagentoRest, purpose: StorePurpose): Promise<StoreProbe> {
  return probed(rest.host, async (notes, ask) => {
    const { findings } = notes;
    const access = async (resource: string): Promise<Access> => accessOf(await ask(() => rest.reply(resource)), rest);
    const page = await ask(() => rest.page('magento_version'));
    if (page.status >= 300 && page.status < 400) {
      findings.push(pageFinding(page, rest.host) ?? unexpected(rest, page.status));
      return;
    }
    const any = await access(ANY_RIGHT.resource);
    if (typeof any === 'object' || any === 'ABSENT') {
      findings.push(any === 'ABSENT' ? unexpected(rest, 404) : any);
      return;
    }
    const needed = purpose === 'ORDERS' ? ORDER_RIGHTS : [];
    const rights: [Right, Access][] = [];
    for (const right of [...ORDER_RIGHTS, ...NEVER_NEEDED]) rights.push([right, await access(right.resource)]);
    if (any === 'DENIED' && rights.every(([, granted]) => granted === 'DENIED' || granted === 'ABSENT')) {
      findings.push(rest.credentialsKind === 'BEARER' ? bearerRefused(rest) : withoutRights(rest));
      return;
    }
    findings.push(finding('CREDENTIALS_GOOD', 'WORKS', 'The credentials open the shop.'));
    findings.push(...rights.flatMap(([right, granted]) => rightFindings(right, granted, needed.includes(right))));
    findings.push(modulesFinding(any));
    const version = versionReading(page);
    notes.platformVersion = version.version === null ? null : version.label;
    findings.push(versionFinding(notes.platformVersion, version.exact, version.unknown[0]?.because ?? '', purpose));
  });
}

/** What a reply says of the right to ask, or of the credentials as a whole. */
function accessOf(reply: StoreReply, rest: MagentoRest): Access {
  const page = pageFinding(reply, rest.host);
  if (page !== null) return page;
  if (reply.status === 200) return 'GRANTED';
  const body = parseJsonReply(reply, rest.host);
  const failure = magentoFailure(reply, body, rest.host);
  // It names the resource, in whatever language its message is.
  if (failure.code === 'RIGHT_MISSING') return 'DENIED';
  if (reply.status === 404) return 'ABSENT';
  if (reply.status === 401 || reply.status === 400) return oauthFinding(errorText(body), rest);
  return reply.status >= 500 ? failureFinding(failure) : unexpected(rest, reply.status);
}

/** Which of the four values is wrong, as far as Magento tells. Its text is looked at, and not repeated: it may hold what was sent. */
function oauthFinding(text: string, { host }: MagentoRest): ProbeFinding {
  const fault = credentialsFault(text);
  if (fault === 'CONSUMER')
    return finding(
      'CONSUMER_UNKNOWN',
      'FAILED',
      `${host}: does not know this consumer key, or it has ended. Copy "Consumer Key" from System / Extensions / Integrations again.`,
    );
  if (fault === 'MOMENT')
    return finding(
      'SIGNATURE_INVALID',
      'FAILED',
      `${host}: refuses the moment of the signature. Set the server’s clock, and let no proxy send a request twice.`,
    );
  if (fault === 'SIGNATURE')
    return finding(
      'SIGNATURE_INVALID',
      'FAILED',
      `${host}: knows the consumer, and the signature (HMAC-SHA256) does not fit. Copy "Consumer Secret" and "Access Token Secret" again; give the shop’s own base address, as it is signed too.`,
    );
  if (fault === 'TOKEN')
    return finding(
      'TOKEN_UNKNOWN',
      'FAILED',
      `${host}: knows the consumer, and not the access token. Copy "Access Token" again; after "Reauthorize" all four values are new.`,
    );
  return finding(
    'CREDENTIALS_REFUSED',
    'FAILED',
    `${host}: refuses the credentials. Copy the four OAuth values again, and check that the integration is active.`,
  );
}

const bearerRefused = ({ host }: MagentoRest): ProbeFinding =>
  finding(
    'BEARER_REFUSED',
    'FAILED',
    `${host}: refuses the token. Most often bearer tokens are switched off, as they are by default since 2.4.4: use the four OAuth values of the same integration. Magento answers the same to a wrong or ended token, and to an integration without any right.`,
  );

const withoutRights = ({ host }: MagentoRest): ProbeFinding =>
  finding(
    'KEY_WITHOUT_RIGHTS',
    'FAILED',
    `${host}: the four values are right, but the integration has no right. Edit it at System / Extensions / Integrations, tab API.`,
  );

const unexpected = ({ host }: MagentoRest, status: number): ProbeFinding =>
  finding(
    'UNEXPECTED_REPLY',
    'FAILED',
    `${host}: answers ${status} where Magento’s REST API was expected. Check the address and the platform.`,
  );

function rightFindings({ right, place, use }: Right, access: Access, isNeeded: boolean): ProbeFinding[] {
  if (typeof access === 'object') return [access];
  if (access === 'GRANTED') {
    if (isNeeded) return [finding('RIGHT_GRANTED', 'WORKS', `The integration may read ${use}.`, right)];
    return [finding('RIGHT_UNNEEDED', 'ADVICE', `The integration may read ${use}, which is not needed here: take "${place}" away.`, right)];
  }
  return isNeeded
    ? [finding('RIGHT_MISSING', 'MISSING', `The integration may not read ${use}: grant it "${place}" (${right}).`, right)]
    : [];
}

function modulesFinding(access: 'GRANTED' | 'DENIED'): ProbeFinding {
  return access === 'GRANTED'
    ? finding('MODULES_TOLD', 'WORKS', 'The names of enabled modules are told.', ANY_RIGHT.right)
    : finding('MODULES_NOT_TOLD', 'ADVICE', `The names of enabled modules are not told: they need ${ANY_RIGHT.right}.`, ANY_RIGHT.right);
}

function versionFinding(label: string | null, isExact: boolean, because: string, purpose: StorePurpose): ProbeFinding {
  if (label === null)
    return finding(
      'VERSION_NOT_TOLD',
      purpose === 'VERSION' ? 'MISSING' : 'ADVICE',
      `The version is not told: ${because}. Let the plugin report it, or declare it.`,
    );
  if (isExact) return finding('VERSION_TOLD', 'WORKS', `It runs ${label}.`);
  return finding(
    'VERSION_INEXACT',
    'ADVICE',
    `It runs ${label}: Magento tells strangers the first two numbers only. Let the plugin report the rest, or declare it.`,
  );
}
