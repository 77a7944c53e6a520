import type { SupportPolicyDocument } from './support-policy.js';

interface ExampleBase {
  readonly name: string;
  /** Why the expected answer is right. */
  readonly because: string;
}

export type PolicyExample = ExampleBase & { readonly kind: string };

export interface ExampleResult {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  readonly passed: boolean;
}

export declare function runExamples(document: SupportPolicyDocument): ExampleResult[];
