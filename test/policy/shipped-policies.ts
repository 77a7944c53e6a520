import { readFileSync } from 'node:fs';
import type { PinnedPolicy, SupportPolicyDocument } from '../../src/policy/support-policy.js';

/** A document that is shipped under `schema/policies`, as it stands there. */
export function shippedDocument(name: 'technical-support' | 'prepaid-support'): SupportPolicyDocument {
  return JSON.parse(readFileSync(new URL(`../../schema/policies/${name}.json`, import.meta.url), 'utf8'));
}

export function pin(document: SupportPolicyDocument): PinnedPolicy {
  return { name: document.name, version: 1, contentHash: '0'.repeat(64), document };
}

export const TECHNICAL_SUPPORT = pin(shippedDocument('technical-support'));
export const PREPAID_SUPPORT = pin(shippedDocument('prepaid-support'));
