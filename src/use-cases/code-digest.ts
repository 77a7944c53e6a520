import { Refusal, userError } from './outcome.js';

const SHA_256 = /^[0-9a-f]{64}$/;

/** B-23: a digest of a store's code as it is kept, in lower case; null stays null. A Refusal INVALID where it is no SHA-256 in hexadecimal. */
export function codeDigest(text: string | null): string | null {
  const digest = text?.trim().toLowerCase() ?? null;
  if (digest === null || SHA_256.test(digest)) return digest;
  throw new Refusal([userError('INVALID', 'A digest of code is a SHA-256 in hexadecimal: 64 digits.', 'codeDigest')]);
}
