import type { IncomingMessage } from 'node:http';
import { isOauthSignatureValid, type OAuth1Secrets, oauthFields } from './oauth.js';

export interface SandboxAccess {
  readonly credentials: OAuth1Secrets;
  /** What the integration was granted, by resource name. */
  readonly rights: readonly string[] | 'ALL';
  /** Whether the merchant allowed the access token as a bearer; off on a stock shop. */
  readonly acceptsBearer: boolean;
}

export interface ErrorReply {
  readonly status: number;
  readonly body: { readonly message: string; readonly parameters?: unknown };
}

/** Every integration may use what belongs to the admin root. */
const ADMIN = 'Magento_Backend::admin';

/**
 * `null` when the request may use the resource, else the refusal. No token, a wrong one, an ended one, a bearer where bearers are off and a
 * missing right all get the same 401 that names the resource; only faults of an OAuth header are told apart. A nonce counts once, for ever;
 * an old timestamp is taken, as the real shop does.
 */
export function refusalOf(
  request: IncomingMessage,
  url: URL,
  resource: string,
  access: SandboxAccess,
  usedNonces: Set<string>,
): ErrorReply | null {
  const header = request.headers.authorization ?? '';
  const fields = oauthFields(header);
  const refusal = fields === null ? null : oauthRefusal(request.method ?? '', url, fields, access.credentials, usedNonces);
  if (refusal !== null) return refusal;
  const isBearer = access.acceptsBearer && header === `Bearer ${access.credentials.accessToken}`;
  const isKnown = fields !== null || isBearer;
  if (isKnown && isGranted(resource, access.rights)) return null;
  const message = "The consumer isn't authorized to access %resources.";
  return { status: 401, body: { message, parameters: { resources: resource } } };
}

function isGranted(resource: string, rights: SandboxAccess['rights']): boolean {
  return rights === 'ALL' || rights.includes(resource) || (resource === ADMIN && rights.length > 0);
}

function oauthRefusal(
  method: string,
  url: URL,
  fields: Readonly<Record<string, string>>,
  credentials: OAuth1Secrets,
  usedNonces: Set<string>,
): ErrorReply | null {
  const unauthorized = (message: string, parameters?: unknown): ErrorReply => ({
    status: 401,
    body: parameters === undefined ? { message } : { message, parameters },
  });
  const signatureMethod = fields.oauth_signature_method ?? '';
  if (signatureMethod !== 'HMAC-SHA256') {
    return { status: 400, body: { message: 'Signature method %1 is not supported', parameters: [signatureMethod] } };
  }
  if (fields.oauth_consumer_key !== credentials.consumerKey) return unauthorized('A consumer having the specified key does not exist');
  const nonce = `${fields.oauth_timestamp} ${fields.oauth_nonce}`;
  if (usedNonces.has(nonce)) return unauthorized('The nonce is already being used by the consumer with ID %1.', [1]);
  usedNonces.add(nonce);
  if (fields.oauth_token !== credentials.accessToken) return unauthorized('Specified token does not exist');
  if (!isOauthSignatureValid(method, url, fields, credentials)) return unauthorized('The signature is invalid. Verify and try again.');
  return null;
}
