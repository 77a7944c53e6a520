import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { type AccessSwitch, accessSwitch } from '../sandbox/access-switch.js';
import { type FaultSwitch, faultSwitch } from '../sandbox/fault-switch.js';
import { parseProjection, project } from './field-projection.js';
import type { OAuth1Secrets } from './oauth.js';
import { phpQuery } from './php-query.js';
import { type ErrorReply, refusalOf, type SandboxAccess } from './sandbox-access.js';
import { echoedCriteria, parseSearchCriteria } from './search-criteria.js';
import { type MagentoShopData, productTable, salesTable } from './shop-data.js';
import { type SearchTable, searchTable } from './table-search.js';

export interface MagentoSandboxOptions {
  readonly data: MagentoShopData;
  /** Without it, a free port. */
  readonly port?: number;
  readonly credentials: OAuth1Secrets;
  readonly rights?: readonly string[] | 'ALL';
  readonly acceptsBearer?: boolean;
  /** The manner of 2.0 to 2.3: a page past the end is the last page again. */
  readonly repeatsLastPage?: boolean;
  /** Largest page where the merchant switched the input limit on; a search without a size then gets 20 rows. */
  readonly pageSizeLimit?: number | null;
  /** By how much the server's clock is ahead, in the Date of its answers. */
  readonly clockAheadSeconds?: number;
  readonly faults?: FaultSwitch;
}

export interface MagentoSandbox {
  readonly url: string;
  readonly data: MagentoShopData;
  readonly faults: FaultSwitch;
  /** Also `PUT /sandbox/access` on the shop's port. */
  readonly access: AccessSwitch<MagentoAccess>;
  close(): Promise<void>;
}

/** What the one integration may do. */
export type MagentoAccess = Omit<SandboxAccess, 'credentials'>;

const accessSchema = z.strictObject({
  rights: z.union([z.literal('ALL'), z.array(z.string())]).optional(),
  acceptsBearer: z.boolean().optional(),
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Shop {
  readonly data: MagentoShopData;
  readonly access: SandboxAccess;
  readonly repeatsLastPage: boolean;
  readonly pageSizeLimit: number | null;
  readonly usedNonces: Set<string>;
}

interface Route {
  readonly path: RegExp;
  /** `null` where nobody has to sign in. */
  readonly resource: string | null;
  readonly answer: (shop: Shop, argument: string, query: URLSearchParams) => Answer;
}

const found = (body: unknown, message: string): Answer => (body === undefined ? { status: 404, body: { message } } : { status: 200, body });
const NO_ENTITY = "The entity that was requested doesn't exist. Verify the entity and try again.";
const NO_PRODUCT = "The product that was requested doesn't exist. Verify the product and try again.";
const productOf = ({ data }: Shop, sku: string) => data.products.find((product) => product.sku === sku);
const byId = (rows: readonly Readonly<Record<string, unknown>>[], id: string) => rows.find((row) => String(row.entity_id) === id);

const ROUTES: readonly Route[] = [
  {
    path: /^orders$/,
    resource: 'Magento_Sales::actions_view',
    answer: (shop, _, query) => searched(salesTable(shop.data.orders), shop, query),
  },
  {
    path: /^orders\/(\d+)$/,
    resource: 'Magento_Sales::actions_view',
    answer: ({ data }, id) => found(byId(data.orders, id), NO_ENTITY),
  },
  {
    path: /^invoices$/,
    resource: 'Magento_Sales::sales_invoice',
    answer: (shop, _, query) => searched(salesTable(shop.data.invoices), shop, query),
  },
  {
    path: /^invoices\/(\d+)$/,
    resource: 'Magento_Sales::sales_invoice',
    answer: ({ data }, id) => found(byId(data.invoices, id), NO_ENTITY),
  },
  {
    path: /^creditmemos$/,
    resource: 'Magento_Sales::sales_creditmemo',
    answer: (shop, _, query) => searched(salesTable(shop.data.creditMemos), shop, query),
  },
  {
    path: /^creditmemo\/(\d+)$/,
    resource: 'Magento_Sales::sales_creditmemo',
    answer: ({ data }, id) => found(byId(data.creditMemos, id), NO_ENTITY),
  },
  {
    path: /^products$/,
    resource: 'Magento_Catalog::products',
    answer: (shop, _, query) => searched(productTable(shop.data.products), shop, query),
  },
  { path: /^products\/([^/]+)$/, resource: 'Magento_Catalog::products', answer: (shop, sku) => found(productOf(shop, sku), NO_PRODUCT) },
  {
    path: /^products\/([^/]+)\/downloadable-links$/,
    resource: 'Magento_Downloadable::downloadable',
    answer: (shop, sku) => {
      const product = productOf(shop, sku);
      const attributes = product?.extension_attributes as Readonly<Record<string, unknown>> | undefined;
      return found(product && (attributes?.downloadable_product_links ?? []), NO_PRODUCT);
    },
  },
  {
    path: /^customers\/search$/,
    resource: 'Magento_Customer::manage',
    answer: (shop, _, query) => searched(salesTable([]), shop, query),
  },
  { path: /^modules$/, resource: 'Magento_Backend::admin', answer: ({ data }) => ({ status: 200, body: data.modules }) },
  { path: /^store\/storeConfigs$/, resource: 'Magento_Backend::store', answer: ({ data }) => ({ status: 200, body: data.storeConfigs }) },
  { path: /^store\/storeViews$/, resource: 'Magento_Backend::store', answer: ({ data }) => ({ status: 200, body: data.storeViews }) },
  { path: /^directory\/currency$/, resource: null, answer: ({ data }) => ({ status: 200, body: data.currency }) },
];

/**
 * Serves a shop's data on 127.0.0.1 as Magento 2.4 was measured to serve it: search criteria and their faults, projections, OAuth 1.0a checked for
 * real, rights by resource, the version page. JSON only; reading only; `/sandbox/fault` makes it misbehave (see the fault switch), `/sandbox/access` changes what its
 * integration may do.
 */
export async function startMagentoSandbox(options: MagentoSandboxOptions): Promise<MagentoSandbox> {
  const faults = options.faults ?? faultSwitch();
  const access = accessSwitch<MagentoAccess>(accessSchema, {
    rights: options.rights ?? 'ALL',
    acceptsBearer: options.acceptsBearer ?? false,
  });
  const shop: Shop = {
    data: options.data,
    get access() {
      return { credentials: options.credentials, ...access.current };
    },
    repeatsLastPage: options.repeatsLastPage ?? false,
    pageSizeLimit: options.pageSizeLimit ?? null,
    usedNonces: new Set(),
  };
  const server = createServer(async (request, response) => {
    const { clockAheadSeconds } = options;
    if (clockAheadSeconds !== undefined) response.setHeader('Date', new Date(Date.now() + clockAheadSeconds * 1_000).toUTCString());
    if (await access.intercept(request, response)) return;
    if (!(await faults.intercept(request, response))) serve(request, response, shop);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    data: options.data,
    faults,
    access,
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

function serve(request: IncomingMessage, response: ServerResponse, shop: Shop): void {
  const url = URL.parse(request.url ?? '/', `http://${request.headers.host}`);
  const html = (status: number, body: string, headers = {}) =>
    response.writeHead(status, { 'Content-Type': 'text/html; charset=UTF-8', ...headers }).end(body);
  if (url === null) {
    html(400, '<!doctype html><title>Bad Request</title>');
    return;
  }
  const [, store = '', resource] = /^\/rest(?:\/(\w+))?\/V1\/(.+?)\/?$/.exec(url.pathname) ?? [];
  if (resource === undefined) {
    const page = url.pathname === '/magento_version' ? shop.data.versionPage : null;
    if (page === null) html(404, '<!doctype html><html lang="en"><head><title>404 Not Found</title></head><body>Whoops</body></html>');
    else html(200, page, { 'Set-Cookie': `PHPSESSID=${randomBytes(13).toString('hex')}; path=/; HttpOnly; SameSite=Lax` });
    return;
  }
  if (!/\*\/\*|application\/(json|\*)/.test(request.headers.accept ?? '*/*')) {
    html(500, '<!doctype html><html lang="en"><head><title>500 Internal Server Error</title></head><body></body></html>');
    return;
  }
  const { status, body } = answerOf(request, url, store, resource, shop);
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

function answerOf(request: IncomingMessage, url: URL, store: string, resource: string, shop: Shop): Answer {
  const isStoreKnown = store === '' || store === 'all' || shop.data.storeViews.some(({ code }) => code === store);
  if (!isStoreKnown) return { status: 400, body: { message: 'Specified request cannot be processed.' } };
  // A method that a route does not have is no route either: Magento knows no 405.
  const route = request.method === 'GET' ? ROUTES.find(({ path }) => path.test(resource)) : undefined;
  if (route === undefined) return { status: 404, body: { message: 'Request does not match any route.' } };
  const refusal = route.resource === null ? null : refusalOf(request, url, route.resource, shop.access, shop.usedNonces);
  if (refusal !== null) return refusal;
  const answer = route.answer(shop, decoded(route.path.exec(resource)?.[1] ?? ''), url.searchParams);
  const fields = url.searchParams.get('fields');
  if (fields === null || answer.status !== 200) return answer;
  const projection = parseProjection(fields);
  // A projection that cannot be read leaves nothing.
  return { status: 200, body: projection === null ? [] : project(answer.body, projection) };
}

function searched(table: SearchTable, shop: Shop, query: URLSearchParams): Answer | ErrorReply {
  const criteria = parseSearchCriteria(phpQuery(query));
  if ('message' in criteria) return { status: 400, body: criteria };
  const limit = shop.pageSizeLimit;
  if (limit !== null && (criteria.pageSize ?? 0) > limit) {
    return { status: 400, body: { message: 'Maximum SearchCriteria pageSize is %max', parameters: { max: limit } } };
  }
  const DEFAULT_PAGE = 20;
  const pageSize = criteria.pageSize ?? (limit === null ? null : Math.min(DEFAULT_PAGE, limit));
  const page = searchTable(table, { ...criteria, pageSize }, shop.repeatsLastPage);
  if (page === null) {
    const reportId = `webapi-${randomBytes(7).toString('hex').slice(0, 13)}`;
    return { status: 500, body: { message: `Internal Error. Details are available in Magento log file. Report ID: ${reportId}` } };
  }
  return { status: 200, body: { items: page.rows, search_criteria: echoedCriteria(criteria), total_count: page.total } };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
