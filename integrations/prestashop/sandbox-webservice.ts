import { createHash } from 'node:crypto';
import type { PlainReply } from './sandbox-admin-api.js';
import { closest, quotedList, refused, WebserviceError } from './sandbox-faults.js';
import { type Selection, selectionOf, selectRows } from './sandbox-query.js';
import {
  type NativeRow,
  type NativeValue,
  type PrestaShopData,
  type ResourceDefinition,
  resourceDefinition,
  resourceNames,
} from './sandbox-resources.js';
import { associationsOf, errorsXml, listXml, referencesXml, rootXml, schemaXml, singleXml } from './sandbox-xml.js';

/** What a webservice key may do; the sandbox is read-only, so that writing can never be granted. */
export interface SandboxKey {
  readonly rights: Readonly<Record<string, readonly ('GET' | 'HEAD')[]>>;
  readonly active?: boolean;
  /** Shops of a multistore that the key is tied to; the default shop without it. */
  readonly shops?: readonly number[];
}

export interface WebserviceSettings {
  readonly data: PrestaShopData;
  /** By their 32 characters. */
  readonly keys: Readonly<Record<string, SandboxKey>>;
  /** Four parts on 1.x: "1.7.8.11". */
  readonly version: string;
  /** Before PHP 8.1 every number is a string. */
  readonly phpBefore81?: boolean;
  readonly webserviceOn?: boolean;
  /** As behind a web server that keeps the Authorization header to itself. */
  readonly stripsAuthorization?: boolean;
  /** By how much the shop's clock is ahead, in Access-Time. */
  readonly clockAheadSeconds?: number;
  /** Where PrestaShop is installed: it tells strangers in its PHP warnings. */
  readonly documentRoot?: string;
}

export interface WebserviceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Scheme, host and port by which the shop was asked, for links. */
  readonly origin: string;
}

const realm = 'Basic realm="Welcome to PrestaShop Webservice, please enter the authentication key as the login. No password required."';

/** One answer of `/api`, as PrestaShop 9.1.4 was measured to give it. */
export function answerWebservice(settings: WebserviceSettings, request: WebserviceRequest): PlainReply {
  const key = settings.stripsAuthorization === true ? null : keyOf(request);
  if (key === null) {
    return { status: 401, headers: { 'WWW-Authenticate': realm, 'Content-Type': 'text/html; charset=utf-8' }, body: '401 Unauthorized' };
  }
  const isJson = [request.query.get('output_format'), request.headers['output-format'], request.headers['io-format']].includes('JSON');
  const common = { 'Access-Time': String(Math.floor(Date.now() / 1000) + (settings.clockAheadSeconds ?? 0)), 'Execution-Time': '0.001' };
  const anonymous = { ...common, 'PSWS-Version': '0' };
  const authenticated = { ...common, 'PSWS-Version': settings.version };
  if (settings.webserviceOn === false)
    return errorReply(refused(503, 22, 'The webservice is switched off in this shop'), isJson, anonymous);
  const account = authenticate(settings, key);
  if (account instanceof WebserviceError) return errorReply(account, isJson, { ...anonymous, 'WWW-Authenticate': realm });
  try {
    return answerKnownKey(settings, account, request, isJson, authenticated);
  } catch (error) {
    if (!(error instanceof WebserviceError)) throw error;
    return errorReply(error, isJson, authenticated);
  }
}

type Headers = Readonly<Record<string, string>>;

/** The key from HTTP Basic or `ws_key`; `null` where there is none. */
function keyOf(request: WebserviceRequest): string | null {
  const basic = /^Basic (.+)$/i.exec(String(request.headers.authorization ?? ''))?.[1];
  const user = basic === undefined ? null : (Buffer.from(basic, 'base64').toString('utf8').split(':', 1)[0] ?? null);
  return request.query.get('ws_key') || user || null;
}

function authenticate(settings: WebserviceSettings, key: string): SandboxKey | WebserviceError {
  if (key.length !== 32) return refused(401, 18, 'Invalid authentication key format');
  const account = settings.keys[key];
  const noPermission = { code: 21, message: 'No permission for this authentication key' };
  if (!account || account.active === false) {
    return new WebserviceError(401, [{ code: 20, message: 'Authentification key is not active' }, noPermission]);
  }
  return Object.keys(account.rights).length === 0 ? new WebserviceError(401, [noPermission]) : account;
}

function answerKnownKey(
  settings: WebserviceSettings,
  key: SandboxKey,
  request: WebserviceRequest,
  isJson: boolean,
  headers: Headers,
): PlainReply {
  const shops = shopsOf(settings, key, request.query.get('id_shop'));
  if (shops === 'NO_SUCH_SHOP') {
    return {
      status: 503,
      headers: { 'Content-Type': 'text/html; charset=utf-8' },
      body: '<!DOCTYPE html><title>Shop</title><h1>Back soon</h1>',
    };
  }
  const [resource = '', id = ''] = request.path.replace(/^\/api\/?/, '').split('/');
  if (resource === '') return answerRoot(settings, key, request.origin, isJson, headers);
  const definition = resourceDefinition(resource);
  if (!definition) {
    const message = `Resource of type "${resource}" does not exists. Did you mean: "${closest(resource, resourceNames)}"? The full list is: ${quotedList(resourceNames)}`;
    throw refused(400, 27, message);
  }
  const methods = key.rights[resource];
  if (!methods) throw refused(401, 26, `Resource of type "${resource}" is not allowed with this authentication key`);
  if (!methods.some((method) => method === request.method)) {
    throw refused(405, 25, `Method ${request.method} is not allowed for the resource ${resource} with this authentication key`);
  }
  const schema = request.query.get('schema');
  const api = `${request.origin}/api`;
  if (schema === 'blank' || schema === 'synopsis') return xml(schemaXml(definition, schema, api), headers);
  const ofShops = 'id_shop' in definition.fields && resource !== 'shops' ? ofShop(shops) : () => true;
  const rows = (settings.data[resource] ?? []).filter(ofShops);
  const selection = selectionOf(request.query, definition, settings.documentRoot ?? '/var/www/html');
  const shape = { definition, selection, language: request.query.get('language'), numbersAsText: settings.phpBefore81 === true };
  if (id !== '') return answerSingle(rows, id, shape, api, isJson, headers);
  const picked = selectRows(rows, selection).map((row) => shapedRow(row, shape));
  if (isJson) return json(picked.length === 0 ? [] : { [definition.listName]: picked }, headers);
  return xml(selection.hasDisplay ? listXml(definition, picked, api) : referencesXml(definition, resource, picked, api), headers);
}

/** The shops a question is about: `null` is all of them. Throws 132 where the key is not tied to the shop. */
function shopsOf(settings: WebserviceSettings, key: SandboxKey, asked: string | null): readonly number[] | null | 'NO_SUCH_SHOP' {
  const existing = (settings.data.shops ?? []).map((shop) => Number(shop.id));
  const first = existing[0] ?? 1;
  if (asked === null) return [first];
  if (asked === 'all') return key.shops ? [...key.shops] : null;
  const shop = Number(asked);
  if (!existing.includes(shop)) return 'NO_SUCH_SHOP';
  if (!(key.shops ?? [first]).includes(shop)) throw refused(403, 132, 'This key is not tied to the shop');
  return [shop];
}

function ofShop(shops: readonly number[] | null): (row: NativeRow) => boolean {
  return (row) => shops === null || row.id_shop === undefined || shops.includes(Number(row.id_shop));
}

/** The list of resources exists as XML only: as JSON it crashes PrestaShop. */
function answerRoot(settings: WebserviceSettings, key: SandboxKey, origin: string, isJson: boolean, headers: Headers): PlainReply {
  if (isJson) return { status: 500, headers, body: '' };
  const granted = Object.entries(key.rights)
    .map(([resource, methods]) => ({ resource, methods, description: resourceDefinition(resource)?.description ?? '' }))
    .toSorted((one, other) => (one.resource < other.resource ? -1 : 1));
  return xml(rootXml(String(settings.data.shops?.[0]?.name ?? ''), granted, `${origin}/api`), headers);
}

interface Shape {
  readonly definition: ResourceDefinition;
  readonly selection: Selection;
  readonly language: string | null;
  readonly numbersAsText: boolean;
}

function answerSingle(rows: readonly NativeRow[], id: string, shape: Shape, api: string, isJson: boolean, headers: Headers): PlainReply {
  const row = rows.find((candidate) => String(candidate.id) === id);
  if (!row) return { status: 404, headers, body: '' };
  const { definition, selection } = shape;
  const full = { ...shape, selection: selection.hasDisplay ? selection : { ...selection, fields: null } };
  const shaped = shapedRow(row, full);
  if (!isJson) return xml(singleXml(definition, shaped, api), headers);
  if (selection.hasDisplay) return json({ [definition.listName]: [shaped] }, headers);
  return json({ [definition.rowName]: withoutFalsy(shaped) }, headers);
}

/** A single row without `display` loses whatever PHP takes for false. */
function withoutFalsy(row: NativeRow): NativeRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value && value !== '0'));
}

function shapedRow(row: NativeRow, { definition, selection, language, numbersAsText }: Shape): NativeRow {
  const shaped: NativeRow = {};
  const { fields } = selection;
  const names = fields === null ? Object.keys(row) : Object.keys(definition.fields).filter((name) => fields.has(name));
  for (const name of names) {
    if (name !== 'associations') shaped[name] = inLanguage(row[name] ?? null, language);
  }
  const list = definition.association?.listName;
  const associated = list && associationsOf(row)?.[list];
  if (associated && (fields === null || fields.has(list))) shaped.associations = { [list]: associated };
  return numbersAsText ? asText(shaped) : shaped;
}

/** Texts per language, or a plain one where a language is asked for or the shop has only one. */
function inLanguage(value: NativeValue, language: string | null): NativeValue {
  if (!Array.isArray(value)) return value;
  if (language === null) return value.length === 1 ? (value[0]?.value ?? '') : value;
  return value.find((translation) => String(translation.id) === language)?.value ?? '';
}

function asText<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, inner) => (typeof inner === 'number' ? String(inner) : inner));
}

function json(body: unknown, headers: Headers): PlainReply {
  const text = JSON.stringify(body);
  return { status: 200, headers: { ...headers, 'Content-Type': 'application/json', 'Content-Sha1': sha1(text) }, body: text };
}

function xml(text: string, headers: Headers): PlainReply {
  return { status: 200, headers: { ...headers, 'Content-Type': 'text/xml;charset=utf-8', 'Content-Sha1': sha1(text) }, body: text };
}

function errorReply(error: WebserviceError, isJson: boolean, headers: Headers): PlainReply {
  const { status, errors } = error;
  if (isJson) return { status, headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify({ errors }) };
  return { status, headers: { ...headers, 'Content-Type': 'text/xml;charset=utf-8' }, body: errorsXml(errors) };
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
