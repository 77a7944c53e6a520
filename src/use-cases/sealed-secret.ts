import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const KEY_VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a secret with AES-256-GCM: [key version, IV, tag, ciphertext]. `bindings` (owner, field, origin) are authenticated with it:
 * a sealed value that was moved to another row, or whose store changed its address, does not open.
 */
export function sealSecret(plain: string, key: Uint8Array, bindings: readonly string[]): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(KEY_VERSION, bindings));
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.from([KEY_VERSION]), iv, cipher.getAuthTag(), sealed]);
}

/** Opens what `sealSecret` made under the same key and bindings; null where anything differs. */
export function openSecret(sealed: Uint8Array, key: Uint8Array, bindings: readonly string[]): string | null {
  const bytes = Buffer.from(sealed);
  if (bytes.length < 1 + IV_BYTES + TAG_BYTES) return null;
  const [version = 0] = bytes;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(additionalData(version, bindings));
    decipher.setAuthTag(bytes.subarray(1 + IV_BYTES, 1 + IV_BYTES + TAG_BYTES));
    return decipher.update(bytes.subarray(1 + IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return null;
  }
}

const additionalData = (version: number, bindings: readonly string[]): Buffer =>
  Buffer.from(JSON.stringify([version, ...bindings]), 'utf8');
