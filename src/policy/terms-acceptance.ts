import { type Reason, reason } from './reason.js';
import type { PinnedPolicy } from './support-policy.js';
import { endOfDay, localDate } from './working-calendar.js';

/** A published version of support conditions, with the days that say when it binds. */
export interface PublishedTerms extends PinnedPolicy {
  readonly effectiveFrom: Temporal.PlainDate;
  readonly publishedAt: Temporal.Instant;
}

/** Conditions as they were shown to a customer. */
export interface TermsShown {
  readonly version: number;
  /** SHA-256 of the document, in hexadecimal. */
  readonly contentHash: string;
}

/**
 * B-30: which version binds at an instant what was once bought under `pinned`. PIN: that one, whatever is published. FLOAT_WITH_NOTICE: the next version too, once
 * it is in force and the days of notice since its publication have passed; whether the one after it follows is then that version's own to say. `published`
 * are versions of the same name in any order; older ones than `pinned` do not matter. Does not throw.
 */
export function termsThatBind<Terms extends PublishedTerms>(pinned: Terms, published: readonly Terms[], at: Temporal.Instant): Terms {
  const later = published.filter(({ version }) => version > pinned.version).sort((one, other) => one.version - other.version);
  let binding = pinned;
  for (const next of later) {
    const { changeMode } = binding.document.terms;
    if (changeMode === 'PIN' || Temporal.Instant.compare(at, bindsFrom(binding, next)) < 0) break;
    binding = next;
  }
  return binding;
}

/**
 * B-30: the instant from which a later version binds what is bound by an earlier one that floats: the start of its first day, but not before the end
 * of the last day of notice, which the earlier version promised and counts from the day after the publication. Each counts days in its own zone.
 */
export function bindsFrom({ document }: PublishedTerms, next: PublishedTerms): Temporal.Instant {
  const { zone, terms } = document;
  const noticeEnds = endOfDay(zone, localDate(zone, next.publishedAt).add({ days: terms.noticeDays ?? 0 }));
  const inForce = endOfDay(next.document.zone, next.effectiveFrom.subtract({ days: 1 }));
  return Temporal.Instant.compare(noticeEnds, inForce) < 0 ? inForce : noticeEnds;
}

/** B-01: whether a version could be shown to somebody who paid at an instant: it was published by then, and its first day had begun in its own zone. */
export function couldBeShown({ document, effectiveFrom, publishedAt }: PublishedTerms, paidAt: Temporal.Instant): boolean {
  const hasBegun = Temporal.PlainDate.compare(effectiveFrom, localDate(document.zone, paidAt)) <= 0;
  return hasBegun && Temporal.Instant.compare(publishedAt, paidAt) <= 0;
}

/**
 * B-01: why conditions that were shown cannot be accepted any more: another version, or another text, is in force. Null: they are those in force.
 * Does not throw.
 */
export function staleTerms(inForce: PinnedPolicy, shown: TermsShown): Reason | null {
  if (shown.version === inForce.version && shown.contentHash === inForce.contentHash) return null;
  return reason(inForce.document.clauses, {
    code: 'TERMS_STALE',
    effect: 'REFUSES',
    message: `These are not the conditions in force. Please read version ${inForce.version}, and accept that.`,
    rule: 'B-01',
    facts: { policy: inForce.name, shownVersion: shown.version, versionInForce: inForce.version, contentHashInForce: inForce.contentHash },
  });
}
