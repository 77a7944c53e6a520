import { createPublicKey, verify } from 'node:crypto';

/** Bytes of an Ed25519 key. */
export const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/**
 * The bytes of a signature in base64 when it is one of this Ed25519 key over a domain and a message; null otherwise. The domain stands before the message, so that what was
 * signed for one purpose is no signature for another.
 */
export function signatureBy(publicKey: Uint8Array, domain: string, message: Uint8Array, base64: string): Buffer | null {
  const signature = Buffer.from(base64, 'base64');
  if (signature.length !== SIGNATURE_BYTES) return null;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') }, format: 'jwk' });
  return verify(null, Buffer.concat([Buffer.from(domain), message]), key, signature) ? signature : null;
}
