import type { Wait } from './working-calendar.js';

/** one wait is open at a time: what is asked while another question stands waits no longer than that. */
export function openedWait<W extends Wait>(waits: readonly W[], wait: W): readonly W[] {
  return waits.some(({ to }) => to === null) ? waits : [...waits, wait];
}

/** the wait that is open, if any, ends. */
export function endedWait<W extends Wait>(waits: readonly W[], at: Temporal.Instant): readonly W[] {
  return waits.map((wait) => (wait.to === null ? { ...wait, to: at } : wait));
}
