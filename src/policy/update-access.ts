import type { CompatibilityRange, PlatformVersion } from './compatibility.js';
import type { Reason } from './reason.js';
import type { PinnedPolicy } from './support-policy.js';
import type { SupportFacts } from './support-term.js';

export const RELEASE_KINDS = ['BUGFIX', 'SECURITY', 'MINOR', 'MAJOR'] as const;
export type ReleaseKind = (typeof RELEASE_KINDS)[number];
export const RELEASE_CHANNELS = ['STABLE', 'BETA'] as const;
export type ReleaseChannel = (typeof RELEASE_CHANNELS)[number];
export const UPDATE_VERDICTS = ['UP_TO_DATE', 'UPDATE_AVAILABLE', 'UPDATE_WITHHELD', 'NOT_ENTITLED', 'UNDETERMINED'] as const;
export type UpdateVerdict = (typeof UPDATE_VERDICTS)[number];

export interface ReleaseFacts {
  readonly id: string;
  readonly version: string;
  readonly channel: ReleaseChannel;
  readonly kind: ReleaseKind;
  readonly publishedAt: Temporal.Instant;
  readonly withdrawnAt: Temporal.Instant | null;
  readonly compatibility: readonly CompatibilityRange[];
  readonly changelogPublic: boolean;
}

export interface UpdatePurchase extends SupportFacts {
  readonly key: string;
  readonly policy: PinnedPolicy;
}

export interface UpdateAccessFacts<R extends ReleaseFacts = ReleaseFacts> {
  readonly purchases: readonly UpdatePurchase[];
  readonly releases: readonly R[];
  /** Null: not installed, or not known. */
  readonly installedVersion: string | null;
  readonly platformVersion: PlatformVersion | null;
  /** BETA offers pre-releases beside the stable ones. */
  readonly channel: ReleaseChannel;
}

export interface WithheldRelease<R extends ReleaseFacts = ReleaseFacts> {
  readonly release: R;
  readonly reasons: readonly Reason[];
}

export interface UpdateAccess<R extends ReleaseFacts = ReleaseFacts> {
  readonly verdict: UpdateVerdict;
  readonly reasons: readonly Reason[];
  readonly newestPermitted: R | null;
  readonly newest: R | null;
  readonly withheld: readonly WithheldRelease<R>[];
  /** Key of the purchase whose renewal would lift the refusal; null where none would. */
  readonly liftedByRenewing: string | null;
}

export type ReleasePermission = 'PERMITTED' | 'NOT_ENTITLED' | 'DOES_NOT_FIT' | 'UNDETERMINED' | 'NOT_OFFERED';

export interface ReleaseAccess {
  readonly permission: ReleasePermission;
  readonly reasons: readonly Reason[];
}

export declare function releaseAccess(
  facts: Pick<UpdateAccessFacts, 'purchases' | 'platformVersion'>,
  release: ReleaseFacts,
  at: Temporal.Instant,
): ReleaseAccess;
export declare function decideUpdateAccess<R extends ReleaseFacts>(facts: UpdateAccessFacts<R>, at: Temporal.Instant): UpdateAccess<R>;
