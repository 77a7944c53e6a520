import type {
  FindingCode,
  FindingSeverity,
  ProbeOutcome,
  StorePlatform,
  StoreProbe,
  StorePurpose,
} from '../../integrations/store-platform.js';
import { FOR_UPDATE, type Session } from '../persistence/session.js';
import { Store, type StoreRole, type StoreRow } from '../persistence/store.js';
import type { Actor, AmongStores } from './actor.js';
import type { Gateway } from './gateway.js';
import { outcomeOf, Refusal, type UserError, userError } from './outcome.js';
import { requireStandingLeave } from './standing-leave.js';
import { connectorOf, connectStore, type StoreConnectInput } from './store.js';

export type { FindingCode, FindingSeverity, ProbeFinding, ProbeOutcome, StoreProbe } from '../../integrations/store-platform.js';

export const PROBE_OUTCOMES = ['WORKS', 'INCOMPLETE', 'REFUSED', 'NOT_REACHED'] as const satisfies readonly ProbeOutcome[];
export const FINDING_SEVERITIES = ['WORKS', 'ADVICE', 'MISSING', 'FAILED'] as const satisfies readonly FindingSeverity[];
export const FINDING_CODES = [
  'CREDENTIALS_GOOD',
  'CREDENTIALS_REFUSED',
  'BEARER_REFUSED',
  'CONSUMER_UNKNOWN',
  'TOKEN_UNKNOWN',
  'SIGNATURE_INVALID',
  'KEY_MALFORMED',
  'KEY_UNKNOWN',
  'KEY_WITHOUT_RIGHTS',
  'KEY_OF_ANOTHER_SHOP',
  'WEBSERVICE_OFF',
  'AUTHORIZATION_STRIPPED',
  'RIGHT_GRANTED',
  'RIGHT_MISSING',
  'RIGHT_UNNEEDED',
  'VERSION_TOLD',
  'VERSION_INEXACT',
  'VERSION_NOT_TOLD',
  'MODULES_TOLD',
  'MODULES_NOT_TOLD',
  'CLOCK_SKEWED',
  'TIME_ZONE_DOUBTFUL',
  'ADDRESS_REFUSED',
  'REDIRECTED',
  'ANSWERS_HTML',
  'TLS_FAULT',
  'UNREACHABLE',
  'TOO_SLOW',
  'UNAVAILABLE',
  'UNEXPECTED_REPLY',
] as const satisfies readonly FindingCode[];

/** What the caller takes into the bargain. */
export interface ConnectTerms {
  /** Keeps credentials that are good, although something is missing. */
  readonly acceptIncomplete: boolean;
  /** Keeps credentials of a store that gave no answer, if it has none so far. */
  readonly keepUntested: boolean;
}

/** `store` is null where nothing was changed, because the probe failed. */
export interface StoreConnection {
  readonly store: StoreRow | null;
  readonly probe: StoreProbe | null;
  readonly userErrors: readonly UserError[];
}

/**
 * Connects or changes a store. New credentials are tried at the store first, outside of any transaction, and kept only when they open what is needed: a probe
 * that fails changes nothing at all, and the old ones stay. Everything else that can be refused is refused before the store is asked.
 * Throws a `Refusal` for such input, where it is not the store's doing that it was not tried, and where the leave of the actor ended while it was tried; null is the
 * program itself.
 */
export async function connectProbedStore(
  session: Session,
  gateway: Pick<Gateway, 'connect' | 'secretKey' | 'now'>,
  actor: Actor | null,
  input: StoreConnectInput,
  terms: ConnectTerms,
  now: Temporal.Instant,
): Promise<StoreConnection> {
  const { credentials } = input;
  const { secretKey } = gateway;
  if (credentials === null) {
    const store = await session.transaction((em) => connectStore(em, input, secretKey, now));
    return { store, probe: null, userErrors: [] };
  }
  const planned = await rehearse(session, input, secretKey, now);
  const probe = await probeOutside(session, gateway.connect(planned, credentials), planned.role, 'credentials');
  const isGood = probe.outcome === 'WORKS' || (probe.outcome === 'INCOMPLETE' && terms.acceptIncomplete);
  if (!isGood && !(probe.outcome === 'NOT_REACHED' && terms.keepUntested)) return { store: null, probe, userErrors: [notKept(probe)] };
  const tested = isGood ? { testedAt: now, clockSkewSeconds: probe.clockSkewSeconds } : 'UNTESTED';
  const { value, userErrors } = await outcomeOf(() =>
    session.transaction(async (em) => {
      if (actor !== null) await requireStandingLeave(em, actor, gateway.now());
      return connectStore(em, input, secretKey, now, tested);
    }),
  );
  return { store: value, probe, userErrors };
}

/** Tries the kept credentials of a store now. When they open it, that is noted with the clock; what a probe finds wrong changes nothing. Refuses where the leave of the actor ended meanwhile. */
export async function probeStore(
  session: Session,
  gateway: Pick<Gateway, 'connect' | 'secretKey' | 'now'>,
  actor: Actor,
  which: AmongStores & { readonly id: string },
  now: Temporal.Instant,
): Promise<{ readonly store: StoreRow; readonly probe: StoreProbe }> {
  const tried = await session.em.findOne(Store, which);
  if (tried === null) throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
  const platform = connectorOf(tried, gateway.secretKey, gateway.connect);
  if (platform === null) {
    const message = 'No usable credentials are kept for this store’s address. Connect it again with credentials.';
    throw new Refusal([userError('UNREADABLE_STORE', message, 'storeId')]);
  }
  const sealed = Buffer.from(tried.sealedCredentials ?? []);
  const probe = await probeOutside(session, platform, tried.role, 'storeId');
  const store = await session.transaction(async (em) => {
    await requireStandingLeave(em, actor, gateway.now());
    const kept = await em.findOne(Store, which, FOR_UPDATE);
    if (kept === null) throw new Refusal([userError('NOT_FOUND', 'There is no such store.', 'storeId')]);
    // What was tried may have been replaced or dropped meanwhile.
    if (probe.outcome !== 'REFUSED' && probe.outcome !== 'NOT_REACHED' && sealed.equals(kept.sealedCredentials ?? Buffer.alloc(0)))
      em.assign(kept, { credentialsTestedAt: now, clockSkewSeconds: probe.clockSkewSeconds });
    return kept;
  });
  return { store, probe };
}

/** A store is read for its orders when it is the vendor's own, and for its version otherwise: it is asked for no right beyond that. */
const purposeOf = (role: StoreRole): StorePurpose => (role === 'VENDOR_SHOP' ? 'ORDERS' : 'VERSION');

/** While the store is waited for, others have the session's connection. */
async function probeOutside(session: Session, platform: StorePlatform, role: StoreRole, path: string): Promise<StoreProbe> {
  await session.pause();
  try {
    return await platform.probe(purposeOf(role));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'StoreReadingFailed')) throw error;
    throw new Refusal([userError('UNREADABLE_STORE', `Not tried for the moment: ${error.message}. Try again later.`, path)]);
  }
}

class Rehearsed extends Error {}

/** How the store would stand: all that connecting does, undone again. Throws the `Refusal` that it would end with. */
async function rehearse(
  session: Session,
  input: StoreConnectInput,
  secretKey: Uint8Array,
  now: Temporal.Instant,
): Promise<Pick<StoreRow, 'platform' | 'url' | 'timeZone' | 'role' | 'customer'>> {
  let planned: Pick<StoreRow, 'platform' | 'url' | 'timeZone' | 'role' | 'customer'> | null = null;
  try {
    await session.transaction(async (em) => {
      const { platform, url, timeZone, role, customer } = await connectStore(em, input, secretKey, now);
      await em.flush();
      planned = { platform, url, timeZone, role, customer };
      throw new Rehearsed();
    });
  } catch (error) {
    if (!(error instanceof Rehearsed) || planned === null) throw error;
  }
  if (planned === null) throw new Error('A rehearsal ends with a plan.');
  return planned;
}

function notKept({ outcome, findings }: StoreProbe): UserError {
  const isAddress = findings.some(({ code }) => code === 'ADDRESS_REFUSED' || code === 'REDIRECTED');
  const why = {
    INCOMPLETE: 'The credentials are good, but something is missing. Grant it, or set acceptIncomplete',
    NOT_REACHED: 'The store gave no answer that tells. Try again later, or set keepUntested for a store without credentials',
    REFUSED: isAddress ? 'The address cannot be used' : 'The store does not open with these credentials',
    WORKS: 'It works',
  }[outcome];
  return userError('UNREADABLE_STORE', `Nothing was changed. ${why}: probe.findings says what to do.`, isAddress ? 'url' : 'credentials');
}
