import {
  type FindingCode,
  type FindingSeverity,
  type ProbeFinding,
  type ProbeOutcome,
  type StoreProbe,
  StoreReadingFailed,
} from './store-platform.js';
import { isJson, redirectTarget, type StoreReply } from './store-reply.js';

/** Beyond this, a clock is worth a word: signatures and change stamps rest on it. */
const TOLERATED_SKEW_SECONDS = 60;
/** The longest that a probe asks on; what is not tried by then is not tried. */
const PROBE_BUDGET_MS = 45_000;

/** What a probe learns on its way, beside its findings. */
export interface ProbeNotes {
  readonly findings: ProbeFinding[];
  platformVersion: string | null;
  clockSkewSeconds: number | null;
}

export const finding = (code: FindingCode, severity: FindingSeverity, message: string, right: string | null = null): ProbeFinding => ({
  code,
  severity,
  message,
  right,
});

/**
 * Runs a probe to its end or to the first failure, which becomes its last finding. `ask` sends one question; it notes the store's clock from the answer
 * and refuses to go on when the probe has taken too long. Throws `StoreReadingFailed` where a failure is not the store's (BUSY, STOPPED).
 */
export async function probed(
  host: string,
  probe: (notes: ProbeNotes, ask: (question: () => Promise<StoreReply>) => Promise<StoreReply>) => Promise<void>,
): Promise<StoreProbe> {
  const notes: ProbeNotes = { findings: [], platformVersion: null, clockSkewSeconds: null };
  const startedAt = performance.now();
  const ask = async (question: () => Promise<StoreReply>) => {
    if (performance.now() - startedAt > PROBE_BUDGET_MS)
      throw new StoreReadingFailed('TIMED_OUT', `${host}: answers, but too slowly to try everything`, { host });
    const reply = await question();
    notes.clockSkewSeconds ??= clockSkewSeconds(reply);
    return reply;
  };
  try {
    await probe(notes, ask);
  } catch (error) {
    if (!(error instanceof StoreReadingFailed) || error.code === 'BUSY' || error.code === 'STOPPED') throw error;
    notes.findings.push(failureFinding(error));
  }
  const { platformVersion, clockSkewSeconds: skew } = notes;
  const findings = skew === null || Math.abs(skew) <= TOLERATED_SKEW_SECONDS ? notes.findings : [...notes.findings, skewFinding(skew)];
  return { outcome: outcomeOf(findings), findings, platformVersion, clockSkewSeconds: skew };
}

/** Failures that may pass by themselves, or tell nothing of what was given. */
const NOT_REACHED: readonly FindingCode[] = ['ANSWERS_HTML', 'TLS_FAULT', 'UNREACHABLE', 'TOO_SLOW', 'UNAVAILABLE', 'UNEXPECTED_REPLY'];

function outcomeOf(findings: readonly ProbeFinding[]): ProbeOutcome {
  const failures = findings.filter(({ severity }) => severity === 'FAILED');
  if (failures.some(({ code }) => !NOT_REACHED.includes(code))) return 'REFUSED';
  if (failures.length > 0) return 'NOT_REACHED';
  return findings.some(({ severity }) => severity === 'MISSING') ? 'INCOMPLETE' : 'WORKS';
}

/** How far the store's clock is ahead of ours, from PrestaShop's Access-Time or the Date of HTTP; null where neither tells. */
function clockSkewSeconds({ headers }: StoreReply): number | null {
  const accessTime = headers['access-time'] ?? '';
  const theirs = /^\d{9,11}$/.test(accessTime) ? Number(accessTime) * 1_000 : Date.parse(headers.date ?? '');
  return Number.isNaN(theirs) ? null : Math.round((theirs - Date.now()) / 1_000);
}

const skewFinding = (seconds: number): ProbeFinding =>
  finding(
    'CLOCK_SKEWED',
    'ADVICE',
    `The clock of the shop’s server is ${Math.abs(seconds)} seconds ${seconds > 0 ? 'ahead of' : 'behind'} ours: have it set by NTP, as signatures and dates rest on it.`,
  );

/** Why nothing more could be tried, with what to do about it. In words of ours: what a store says may hold what it was sent. */
export function failureFinding(error: StoreReadingFailed): ProbeFinding {
  const failed = (code: FindingCode, remedy: string) => finding(code, 'FAILED', `${error.message}. ${remedy}`);
  switch (error.code) {
    case 'ADDRESS_REFUSED':
      return failed('ADDRESS_REFUSED', 'Give the shop’s public address, beginning with https.');
    case 'CERTIFICATE_REFUSED':
      return failed('TLS_FAULT', 'Have the certificate renewed or completed, or give the address that it names.');
    case 'UNREACHABLE':
      return failed('UNREACHABLE', 'Check the address, and that the server is up and lets strangers in.');
    case 'TIMED_OUT':
      return failed('TOO_SLOW', 'Try again when the shop has less to do, or ask its host why it is slow.');
    case 'RATE_LIMITED':
    case 'UNAVAILABLE':
    case 'CIRCUIT_OPEN':
      return failed('UNAVAILABLE', 'Try again later: the shop is overloaded, in maintenance or rests after failures.');
    case 'CREDENTIALS_REFUSED':
      return failed('CREDENTIALS_REFUSED', 'Copy the credentials again, and check that they are active.');
    default:
      return failed('UNEXPECTED_REPLY', 'Check that the address is that of the shop, and the platform the right one.');
  }
}

/**
 * What stands in the shop's place, where the reply is not the application's own: a redirect, a page, a password of the web server. Null for JSON,
 * and for XML where `acceptsXml`.
 */
export function pageFinding(reply: StoreReply, host: string, acceptsXml = false): ProbeFinding | null {
  const failed = (code: FindingCode, message: string) => finding(code, 'FAILED', `${host}: ${message}`);
  if (reply.status >= 300 && reply.status < 400) return redirectFinding(reply, host);
  if (reply.status === 429) return failed('UNAVAILABLE', 'asks for fewer questions (429). Try again later.');
  const type = reply.headers['content-type'] ?? '';
  if (isJson(reply) || (acceptsXml && /^(text|application)\/xml\b/i.test(type))) return null;
  if (reply.status === 503) return failed('UNAVAILABLE', 'is in maintenance or overloaded (503). Try again when the shop is open.');
  if (reply.status === 401 && /^basic/i.test(reply.headers['www-authenticate'] ?? ''))
    return failed(
      'ANSWERS_HTML',
      'the web server asks for a password of its own before the shop may answer (401). Let the API’s path through without one.',
    );
  if (/^text\/html\b/i.test(type))
    return failed(
      'ANSWERS_HTML',
      `this address answers HTML (${reply.status}): maintenance or a wrong path. Give the address under which the shop’s API answers.`,
    );
  return failed('UNEXPECTED_REPLY', `the answer (${reply.status}) is not the shop’s API. Check the address and the platform.`);
}

function redirectFinding(reply: StoreReply, host: string): ProbeFinding {
  const remedy = 'Credentials follow no redirect: give the address it leads to.';
  return finding('REDIRECTED', 'FAILED', `${host}: redirects to ${redirectTarget(reply, host)} (${reply.status}). ${remedy}`);
}
