/**
 * PrestaShop writes every stamp as the wall clock of the shop, "2026-10-25 02:30:00", without an offset. One hour a year is
 * written twice, and during it the clock goes back behind stamps already read.
 */

/** How PrestaShop spells "never". */
export const noStamp = '0000-00-00 00:00:00';

export interface ShopMoment {
  /** RFC 3339 in UTC. */
  readonly instant: string;
  /** Why the instant may be another one; `null` where the wall clock leaves no doubt. */
  readonly doubt: string | null;
}

const longOverlapSeconds = 2 * 60 * 60;

/**
 * The instant of a stamp in the shop's zone. An hour that occurs twice is read as its first occurrence and an hour that the
 * clock skipped as if it had not (Temporal's "compatible"); both say so in `doubt`. Throws a RangeError on what is no date.
 */
export function shopMoment(stamp: string, timeZone: string): ShopMoment {
  const local = wallClock(stamp);
  const moment = local.toZonedDateTime(timeZone, { disambiguation: 'compatible' });
  const later = local.toZonedDateTime(timeZone, { disambiguation: 'later' });
  const instant = moment.toInstant().toString();
  if (!moment.toPlainDateTime().equals(local))
    return { instant, doubt: `${stamp} does not exist in ${timeZone}: is that the shop's zone?` };
  if (!moment.equals(later)) return { instant, doubt: `${stamp} occurs twice in ${timeZone}; the first was taken` };
  return { instant, doubt: null };
}

/** The shop's wall clock at an instant, as PrestaShop would stamp it. */
export function stampAt(instant: string, timeZone: string): string {
  return stampOf(Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toPlainDateTime());
}

/** The stamp so many seconds of wall clock before this one. */
export function stampBefore(stamp: string, seconds: number): string {
  return stampOf(wallClock(stamp).subtract({ seconds }));
}

/**
 * Seconds to read again before a cursor: `usualSeconds`, and at least two hours (or the whole step plus the usual overlap, where a
 * zone steps further) while the cursor is within three hours of a clock that goes back, since rows then get stamps behind it.
 */
export function overlapSecondsAt(stamp: string, timeZone: string, usualSeconds: number): number {
  const at = wallClock(stamp).toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  const before = at.subtract({ hours: 3 });
  const change = before.getTimeZoneTransition('next');
  if (!change || Temporal.ZonedDateTime.compare(change, at.add({ hours: 3 })) > 0) return usualSeconds;
  const stepBackSeconds = (before.offsetNanoseconds - change.offsetNanoseconds) / 1e9;
  return stepBackSeconds > 0 ? Math.max(usualSeconds, longOverlapSeconds, stepBackSeconds + usualSeconds) : usualSeconds;
}

/** Whether a stamp has PrestaShop's form and is a day and time that exist. */
export function isStamp(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text)) return false;
  try {
    wallClock(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether the runtime knows the zone by this IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    new Temporal.ZonedDateTime(0n, name);
    return true;
  } catch {
    return false;
  }
}

function wallClock(stamp: string): Temporal.PlainDateTime {
  return Temporal.PlainDateTime.from(stamp.replace(' ', 'T'), { overflow: 'reject' });
}

function stampOf(local: Temporal.PlainDateTime): string {
  return local.toString({ smallestUnit: 'second' }).replace('T', ' ');
}
