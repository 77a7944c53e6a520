import { type Distribution, upstreamVersionFromText } from '../policy/compatibility.js';
import { Refusal, userError } from './outcome.js';

/**
 * The Magento version that a store's Mage-OS is said to be built from, as it is compared; null where none is said. A Refusal INVALID at `path` where the store
 * runs anything else, whose own version is the one that counts, and where the text is no exact version.
 */
export function statedUpstream(distribution: Distribution | null, text: string | null, ...path: readonly string[]): string | null {
  if (text === null) return null;
  if (distribution !== 'MAGE_OS')
    throw new Refusal([userError('INVALID', 'Mage-OS alone is built from another version: leave upstreamVersion out.', ...path)]);
  const version = upstreamVersionFromText(text);
  if (version === null)
    throw new Refusal([userError('INVALID', 'upstreamVersion is an exact version of Magento, such as 2.4.8-p5.', ...path)]);
  return version;
}
