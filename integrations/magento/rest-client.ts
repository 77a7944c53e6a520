import type { z } from 'zod';
import type { GuardedClient } from '../guarded-client.js';
import { StoreReadingFailed } from '../store-platform.js';
import { parseJsonReply, type StoreReply } from '../store-reply.js';
import { magentoFailure } from './failures.js';
import { type OAuth1Secrets, oauthHeader } from './oauth.js';
import { searchReplySchema } from './replies.js';

/** BEARER works only where the shop allows integration tokens as bearers; OAUTH1 works on every shop. */
export type MagentoCredentials = ({ readonly kind: 'OAUTH1' } & OAuth1Secrets) | { readonly kind: 'BEARER'; readonly token: string };

export interface MagentoAddress {
  /** "https://shop.example" or "https://example.com/shop"; the part before /rest. */
  readonly baseUrl: string;
  /** Without it, the shop's default store view; "all" is possible. */
  readonly storeCode?: string;
  readonly credentials: MagentoCredentials;
  readonly client: GuardedClient;
}

export interface SearchFilter {
  readonly field: string;
  readonly value: string;
  readonly condition: 'eq' | 'gt' | 'gteq' | 'in';
}

export interface Search {
  /** All must hold. */
  readonly filters: readonly SearchFilter[];
  /** Ascending, the first field first. */
  readonly sortedBy: readonly string[];
  readonly pageSize: number;
  /** The projection of one row, "entity_id,items[sku]"; what is left out is not sent. */
  readonly fields: string;
}

export interface SearchReply {
  readonly rows: readonly unknown[];
  readonly total: number | null;
}

export interface MagentoRest {
  readonly host: string;
  readonly credentialsKind: MagentoCredentials['kind'];
  /** The first page of a search: a reader moves its bounds instead of turning pages, so that rows cannot slip between two pages. */
  search(resource: string, search: Search): Promise<SearchReply>;
  /** A resource under /V1, parsed by the schema. */
  get<T>(resource: string, schema: z.ZodType<T>): Promise<T>;
  /** The reply to one signed question about a resource under /V1, whatever it says. */
  reply(resource: string): Promise<StoreReply>;
  /** A public page of the shop, asked for without credentials; a reply of any status. */
  page(path: string): Promise<StoreReply>;
}

/** Resources that need different rights: one of them answering shows that the credentials are good. */
const PROBES: readonly string[] = ['modules', 'orders?searchCriteria[pageSize]=1&fields=total_count', 'store/storeViews'];

/**
 * The REST API of one shop. Every failure is a `StoreReadingFailed`; where Magento says 401 for a missing right and for wrong
 * credentials alike, resources with other rights are asked before one is called the other.
 * Throws a RangeError on a base address that is none, or a store code that cannot be one.
 */
export function magentoRest({ baseUrl, storeCode, credentials, client }: MagentoAddress): MagentoRest {
  const base = URL.parse(baseUrl);
  if (base === null || base.search !== '' || base.hash !== '') throw new RangeError('The base address is no address of a shop');
  if (storeCode !== undefined && !/^[a-z]\w*$/i.test(storeCode)) throw new RangeError('The store code is none');
  const root = base.href.replace(/\/+$/, '');
  const rest = `${root}/rest/${storeCode === undefined ? '' : `${storeCode}/`}V1`;

  const request = (resource: string): Promise<StoreReply> => {
    const url = new URL(`${rest}/${resource.replaceAll('[', '%5B').replaceAll(']', '%5D')}`);
    // Each try is signed anew: a nonce counts once. Without this Accept, errors come as HTML.
    return client.get(url, () => ({ accept: 'application/json', authorization: authorization(url, credentials) }));
  };

  const json = async (resource: string): Promise<unknown> => {
    const reply = await request(resource);
    const body = parseJsonReply(reply, base.host);
    if (reply.status === 200) return body;
    const failure = magentoFailure(reply, body, base.host);
    if (failure.code !== 'RIGHT_MISSING' || reply.status !== 401) throw failure;
    throw (await areCredentialsGood(resource)) ? failure : credentialsRefused(base.host, credentials);
  };

  const areCredentialsGood = async (refused: string): Promise<boolean> => {
    for (const probe of PROBES.filter((resource) => resource.split('?')[0] !== refused.split('?')[0])) {
      if ((await request(probe)).status === 200) return true;
    }
    return false;
  };

  const parsed = async <T>(resource: string, schema: z.ZodType<T>): Promise<T> => {
    const result = schema.safeParse(await json(resource));
    if (result.success) return result.data;
    throw new StoreReadingFailed('UNEXPECTED_REPLY', `${base.host}: the answer is not in the form of Magento's REST API`, {
      host: base.host,
    });
  };

  return {
    host: base.host,
    credentialsKind: credentials.kind,
    get: parsed,
    reply: request,
    page: (path) => client.get(new URL(`${root}/${path}`), { accept: 'application/json' }),
    async search(resource, search) {
      const { items, total_count } = await parsed(`${resource}?${searchQuery(search)}`, searchReplySchema);
      const rows = items ?? [];
      // What is read for the rows of a page is held at once.
      if (rows.length > search.pageSize)
        throw new StoreReadingFailed('UNEXPECTED_REPLY', `${base.host}: ${resource}: ${rows.length} rows on a page of ${search.pageSize}`, {
          host: base.host,
        });
      return { rows, total: total_count ?? null };
    },
  };
}

function authorization(url: URL, credentials: MagentoCredentials): string {
  return credentials.kind === 'BEARER' ? `Bearer ${credentials.token}` : oauthHeader('GET', url, credentials);
}

function credentialsRefused(host: string, credentials: MagentoCredentials): StoreReadingFailed {
  const hint =
    credentials.kind === 'BEARER'
      ? 'the token is wrong or has ended, or the shop does not take integration tokens as bearers (its default)'
      : 'they are wrong or have ended, or the integration has no right at all';
  return new StoreReadingFailed('CREDENTIALS_REFUSED', `${host}: refuses the credentials: ${hint}`, { host, status: 401 });
}

function searchQuery({ filters, sortedBy, pageSize, fields }: Search): string {
  const parameters: [string, string][] = [];
  filters.forEach(({ field, value, condition }, index) => {
    const filter = `searchCriteria[filterGroups][${index}][filters][0]`;
    parameters.push([`${filter}[field]`, field], [`${filter}[value]`, value], [`${filter}[conditionType]`, condition]);
  });
  sortedBy.forEach((field, index) => {
    // A sort without a direction would be descending.
    parameters.push([`searchCriteria[sortOrders][${index}][field]`, field], [`searchCriteria[sortOrders][${index}][direction]`, 'ASC']);
  });
  parameters.push(['searchCriteria[pageSize]', String(pageSize)], ['searchCriteria[currentPage]', '1']);
  parameters.push(['fields', `items[${fields}],total_count`]);
  return parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}
