import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CompatibilityRange, platformVersionFromText } from '../../src/policy/compatibility.js';
import type { ReasonEffect } from '../../src/policy/reason.js';
import { releaseAccess } from '../../src/policy/release-access.js';
import type { PinnedPolicy, SupportPolicyDocument } from '../../src/policy/support-policy.js';
import { layTerms } from '../../src/policy/support-term.js';
import {
  decideUpdateAccess,
  type ReleaseFacts,
  type UpdateAccessFacts,
  type UpdatePurchase,
  type UpdateVerdict,
} from '../../src/policy/update-access.js';
import { PREPAID_SUPPORT, pin, TECHNICAL_SUPPORT } from './shipped-policies.js';

const at = (text: string) => Temporal.Instant.from(text);
const magento = (version: string) => platformVersionFromText('MAGENTO', version);
const UP_TO_247: CompatibilityRange[] = [{ platform: 'MAGENTO', edition: null, from: '2.4.4', to: '2.4.7' }];
const UP_TO_248: CompatibilityRange[] = [{ platform: 'MAGENTO', edition: null, from: '2.4.8', to: '2.4.8' }];

function release(version: string, publishedAt: string, change: Partial<ReleaseFacts> = {}): ReleaseFacts {
  return {
    id: version,
    version,
    channel: 'STABLE',
    kind: 'MINOR',
    publishedAt: at(publishedAt),
    withdrawnAt: null,
    compatibility: UP_TO_247,
    changelogPublic: true,
    ...change,
  };
}

/** A purchase of 2025-11-30 with renewals; its first term expires at 2026-02-28T23:00:00Z in Paris. */
function purchase(
  policy: PinnedPolicy = TECHNICAL_SUPPORT,
  renewedAt: readonly string[] = [],
  change: Partial<UpdatePurchase> = {},
): UpdatePurchase {
  const payments = ['2025-11-30T09:00:00Z', ...renewedAt].map((paidAt, index) => ({
    key: `order ${index}`,
    paidAt: at(paidAt),
    months: 3,
  }));
  return { key: 'purchase', policy, spans: layTerms(payments, policy.document.zone), revokedAt: null, ...change };
}

function facts(change: Partial<UpdateAccessFacts> = {}): UpdateAccessFacts {
  return {
    purchases: [purchase()],
    releases: [
      release('1.0.0', '2025-10-01T09:00:00Z', { kind: 'MAJOR' }),
      release('1.1.0', '2026-02-28T22:59:59Z'),
      release('1.2.0', '2026-02-28T23:00:00Z'),
    ],
    installedVersion: '1.1.0',
    platformVersion: magento('2.4.7-p1'),
    channel: 'STABLE',
    ...change,
  };
}

const AFTER = '2026-03-10T09:00:00Z';
const FIX = release('1.2.1', '2026-03-05T09:00:00Z', { kind: 'BUGFIX' });
const ON_248 = release('1.3.0', '2026-01-10T09:00:00Z', { compatibility: UP_TO_248 });

test.each<[Partial<UpdateAccessFacts>, string, UpdateVerdict, string | null, string, string]>([
  [
    { installedVersion: '1.0.0' },
    '2027-01-10T09:00:00Z',
    'UPDATE_AVAILABLE',
    '1.1.0',
    'RELEASE_PERMITTED',
    'published a second before the end',
  ],
  [{}, AFTER, 'NOT_ENTITLED', '1.1.0', 'RELEASE_AFTER_TERM', 'published at the end, when support was over (A-20)'],
  [
    { purchases: [purchase(TECHNICAL_SUPPORT, ['2026-07-31T08:00:00Z'])] },
    '2026-08-01T09:00:00Z',
    'UPDATE_AVAILABLE',
    '1.2.0',
    'RELEASE_PERMITTED',
    'renewed',
  ],
  [
    { purchases: [purchase(TECHNICAL_SUPPORT, ['2026-07-31T08:00:00Z'])] },
    '2027-08-01T09:00:00Z',
    'UPDATE_AVAILABLE',
    '1.2.0',
    'RELEASE_PERMITTED',
    'the late renewal opened what the gap had brought, and it stays',
  ],
  [
    { purchases: [purchase(TECHNICAL_SUPPORT, ['2026-07-31T08:00:00Z'])] },
    '2026-07-31T07:59:59Z',
    'NOT_ENTITLED',
    '1.1.0',
    'RELEASE_AFTER_TERM',
    'the renewal is not paid yet and does not reach back',
  ],
  [{ installedVersion: '1.2.0' }, AFTER, 'UP_TO_DATE', '1.1.0', 'INSTALLED_IS_NEWEST', 'there is nothing newer'],
  [{ installedVersion: '1.2' }, AFTER, 'UP_TO_DATE', '1.1.0', 'INSTALLED_IS_NEWEST', '1.2 and 1.2.0 are the same version'],
  [{ installedVersion: '1.10.0' }, AFTER, 'UP_TO_DATE', '1.1.0', 'INSTALLED_IS_NEWEST', '1.10 is later than 1.2'],
  [{ installedVersion: null }, AFTER, 'UPDATE_AVAILABLE', '1.1.0', 'RELEASE_PERMITTED', 'the newest that may be had is named'],
  [{ installedVersion: 'custom' }, AFTER, 'UPDATE_AVAILABLE', '1.1.0', 'RELEASE_PERMITTED', 'what is no version cannot be compared'],
  [{ releases: [] }, AFTER, 'UP_TO_DATE', null, 'INSTALLED_IS_NEWEST', 'nothing was ever published'],
  [{ purchases: [] }, AFTER, 'NOT_ENTITLED', null, 'NOTHING_PURCHASED', 'nothing was bought'],
  [{}, '2025-11-30T08:59:59Z', 'NOT_ENTITLED', null, 'NOTHING_PURCHASED', 'it is bought a second later'],
  [
    { purchases: [purchase(TECHNICAL_SUPPORT, [], { revokedAt: at('2026-01-01T00:00:00Z') })] },
    AFTER,
    'NOT_ENTITLED',
    null,
    'PURCHASE_REVOKED',
    'the purchase was taken back',
  ],
  [
    { purchases: [purchase(), purchase(TECHNICAL_SUPPORT, ['2026-02-01T09:00:00Z'], { key: 'second' })] },
    AFTER,
    'UPDATE_AVAILABLE',
    '1.2.0',
    'RELEASE_PERMITTED',
    'of several purchases the best answers',
  ],
  [
    { releases: [ON_248], platformVersion: magento('2.4.7') },
    AFTER,
    'UPDATE_WITHHELD',
    null,
    'RELEASE_DOES_NOT_FIT',
    'it does not support the store',
  ],
  [{ releases: [ON_248], platformVersion: null }, AFTER, 'UNDETERMINED', null, 'RELEASE_FIT_UNKNOWN', 'the store could not be read'],
  [
    { releases: [ON_248], platformVersion: magento('2.4') },
    AFTER,
    'UNDETERMINED',
    null,
    'RELEASE_FIT_UNKNOWN',
    'only a part of the version is known',
  ],
  [{ platformVersion: null }, AFTER, 'NOT_ENTITLED', null, 'RELEASE_AFTER_TERM', 'whether it fits does not matter without a right to it'],
  [
    { releases: [release('1.2.0', '2026-01-10T09:00:00Z', { withdrawnAt: at(AFTER) }), release('1.1.0', '2025-12-10T09:00:00Z')] },
    AFTER,
    'UP_TO_DATE',
    '1.1.0',
    'INSTALLED_IS_NEWEST',
    'a withdrawn release is never offered',
  ],
  [
    { releases: [release('1.2.0', '2026-01-10T09:00:00Z', { withdrawnAt: at('2026-03-10T09:00:01Z') })] },
    AFTER,
    'UPDATE_AVAILABLE',
    '1.2.0',
    'RELEASE_PERMITTED',
    'it is withdrawn a second later',
  ],
  [
    { releases: [release('2.0.0-beta1', '2026-01-10T09:00:00Z', { channel: 'BETA' })] },
    AFTER,
    'UP_TO_DATE',
    null,
    'INSTALLED_IS_NEWEST',
    'nobody asked for betas',
  ],
  [
    { releases: [release('2.0.0-beta1', '2026-01-10T09:00:00Z', { channel: 'BETA' })], channel: 'BETA' },
    AFTER,
    'UPDATE_AVAILABLE',
    '2.0.0-beta1',
    'RELEASE_PERMITTED',
    'betas were asked for',
  ],
  [
    { purchases: [purchase(PREPAID_SUPPORT)], releases: [FIX] },
    AFTER,
    'UPDATE_AVAILABLE',
    '1.2.1',
    'RELEASE_PERMITTED',
    'fixes are free at any time (B-27)',
  ],
  [
    { purchases: [purchase(PREPAID_SUPPORT)], releases: [{ ...FIX, changelogPublic: false }] },
    AFTER,
    'NOT_ENTITLED',
    null,
    'RELEASE_AFTER_TERM',
    'a fix that no public changelog shows is no fix (B-27)',
  ],
  [{ releases: [FIX] }, AFTER, 'NOT_ENTITLED', null, 'RELEASE_AFTER_TERM', 'this policy gives fixes while support runs only'],
])('update %#', (change, moment, verdict, newestPermitted, reason) => {
  const access = decideUpdateAccess(facts(change), at(moment));
  expect([access.verdict, access.newestPermitted?.version ?? null, access.reasons[0]?.code]).toEqual([verdict, newestPermitted, reason]);
});

describe('a refusal', () => {
  test('names what was withheld and why, the newest that may be had, and the purchase whose renewal lifts it (A-20)', () => {
    const access = decideUpdateAccess(facts(), at(AFTER));
    expect(access.newest?.version).toBe('1.2.0');
    expect(access.withheld.map(({ release: { version }, reasons }) => [version, reasons[0]?.code])).toEqual([
      ['1.2.0', 'RELEASE_AFTER_TERM'],
    ]);
    expect(access.liftedByRenewing).toBe('purchase');
    expect(access.reasons[0]).toMatchObject({
      message: 'Version 1.2.0 was published on 1 March 2026, after support ended on 28 February 2026.',
      rule: 'A-20',
      clause: 'Updates',
      remedy: 'RENEW_SUPPORT',
    });
    expect(access.reasons[1]).toMatchObject({ code: 'NEWEST_PERMITTED', message: 'Version 1.1.0 is the newest that this store may have.' });
  });

  test('offers no renewal where the policy sells none', () => {
    const access = decideUpdateAccess(facts({ purchases: [purchase(PREPAID_SUPPORT)] }), at(AFTER));
    expect([access.verdict, access.liftedByRenewing, access.reasons[0]?.remedy]).toEqual(['NOT_ENTITLED', null, 'ASK_VENDOR']);
  });

  test('offers no renewal for a release that would not fit either', () => {
    const access = decideUpdateAccess(facts({ platformVersion: magento('2.4.8') }), at(AFTER));
    expect([access.verdict, access.liftedByRenewing]).toEqual(['NOT_ENTITLED', null]);
    expect(access.withheld[0]?.reasons.map(({ code }) => code)).toEqual(['RELEASE_AFTER_TERM', 'RELEASE_DOES_NOT_FIT']);
  });

  test('tells an older store from a newer one than the release supports', () => {
    const remedies = ['2.4.7', '2.4.9'].map((version) => {
      const [reason] = decideUpdateAccess(facts({ releases: [ON_248], platformVersion: magento(version) }), at(AFTER)).reasons;
      return reason?.remedy;
    });
    expect(remedies).toEqual(['UPDATE_STORE', 'ASK_VENDOR']);
  });
});

test('an update may be available while a newer one is withheld', () => {
  const access = decideUpdateAccess(facts({ installedVersion: '1.0.0' }), at(AFTER));
  expect([access.verdict, access.newestPermitted?.version, access.withheld.map(({ release: { version } }) => version)]).toEqual([
    'UPDATE_AVAILABLE',
    '1.1.0',
    ['1.2.0'],
  ]);
});

test.each<[Partial<SupportPolicyDocument['updates']>, string, string, string]>([
  [{ keepReleasesPublishedWhileActive: false }, 'NOT_ENTITLED', 'RELEASE_AFTER_TERM', 'what could be had once is not kept'],
  [{ MINOR: 'NEVER' }, 'NOT_ENTITLED', 'RELEASE_KIND_EXCLUDED', 'minor releases do not come with the purchase'],
  [{ MINOR: 'ALWAYS' }, 'PERMITTED', 'RELEASE_ALWAYS_INCLUDED', 'minor releases may be had at any time'],
])('with updates %j version 1.1.0 is %s by %s, because %s', (updates, permission, code) => {
  const policy = pin({ ...TECHNICAL_SUPPORT.document, updates: { ...TECHNICAL_SUPPORT.document.updates, ...updates } });
  const access = releaseAccess(facts({ purchases: [purchase(policy)] }), release('1.1.0', '2026-02-01T09:00:00Z'), at(AFTER));
  expect([access.permission, access.reasons[0]?.code]).toEqual([permission, code]);
});

test.each([
  [true, 'NOT_ENTITLED', 'RELEASE_AFTER_TERM', 'it is no fix without a public entry (B-27)'],
  [false, 'PERMITTED', 'RELEASE_ALWAYS_INCLUDED', 'the policy asks for no public entry'],
])('with requirePublicChangelog %s a fix that no changelog shows is %s by %s, because %s', (requirePublicChangelog, permission, code) => {
  const { document } = PREPAID_SUPPORT;
  const policy = pin({ ...document, updates: { ...document.updates, requirePublicChangelog } });
  const access = releaseAccess(facts({ purchases: [purchase(policy)] }), { ...FIX, changelogPublic: false }, at(AFTER));
  expect([access.permission, access.reasons[0]?.code]).toEqual([permission, code]);
});

test.each([
  [release('1.2.0', AFTER, { withdrawnAt: at(AFTER) }), 'RELEASE_WITHDRAWN', 'the instant of withdrawal counts'],
  [release('1.2.0', '2026-03-10T09:00:00.001Z'), 'RELEASE_NOT_PUBLISHED', 'it comes out a millisecond later'],
])('release %# is not offered', (asked, code) => {
  const access = releaseAccess(facts(), asked, at(AFTER));
  expect([access.permission, access.reasons.map((reason) => reason.code)]).toEqual(['NOT_OFFERED', [code]]);
});

const instants = fc.integer({ min: 0, max: 400 }).map((days) => at('2025-10-01T00:00:00Z').add({ hours: 24 * days }));
const releases = fc.uniqueArray(
  fc.record({
    version: fc.constantFrom('1.0.0', '1.0.1', '1.1.0', '1.1.0-beta1', '2.0.0', 'not a version'),
    channel: fc.constantFrom('STABLE', 'BETA'),
    kind: fc.constantFrom('BUGFIX', 'SECURITY', 'MINOR', 'MAJOR'),
    publishedAt: instants,
    withdrawnAt: fc.option(instants, { freq: 3 }),
    compatibility: fc.constantFrom(UP_TO_247, []),
    changelogPublic: fc.boolean(),
  } as const),
  { selector: ({ version }) => version },
);
/** From the worst to the best for the customer. */
const STORES = [magento('2.4.8'), null, magento('2.4.7')];
const POLICIES = [TECHNICAL_SUPPORT, PREPAID_SUPPORT];
const situations = fc.record({
  releases: releases.map((list) => list.map((each) => ({ ...each, id: each.version }))),
  purchases: fc.array(
    fc.record({
      policy: fc.constantFrom(...POLICIES),
      paidAt: fc.array(instants, { maxLength: 3 }),
      revokedAt: fc.option(instants, { freq: 3 }),
    }),
    { maxLength: 3 },
  ),
  installedVersion: fc.option(fc.constantFrom('1.0.0', '1.0.1', '2.0.0', '', 'x')),
  store: fc.nat(2),
  channel: fc.constantFrom('STABLE', 'BETA'),
} as const);
type Situation = typeof situations extends fc.Arbitrary<infer S> ? S : never;

function read(situation: Situation): UpdateAccessFacts {
  return {
    ...situation,
    platformVersion: STORES[situation.store] ?? null,
    purchases: situation.purchases.map(({ policy, paidAt, revokedAt }, index) => {
      const payments = paidAt.map((instant, at) => ({ key: `payment ${at}`, paidAt: instant, months: 3 }));
      return { key: `purchase ${index}`, policy, revokedAt, spans: layTerms(payments, policy.document.zone) };
    }),
  };
}

/** Each makes one fact better for the customer, or leaves it. */
const IMPROVEMENTS: readonly ((situation: Situation, moment: Temporal.Instant) => Situation)[] = [
  (situation) => ({ ...situation, store: Math.min(2, situation.store + 1) }),
  (situation) => ({ ...situation, purchases: situation.purchases.map((each) => ({ ...each, revokedAt: null })) }),
  (situation, moment) => ({ ...situation, purchases: situation.purchases.map((each) => ({ ...each, paidAt: [...each.paidAt, moment] })) }),
  (situation, moment) => ({
    ...situation,
    purchases: [...situation.purchases, { policy: TECHNICAL_SUPPORT, paidAt: [moment], revokedAt: null }],
  }),
  (situation) => ({ ...situation, releases: situation.releases.map((each) => ({ ...each, changelogPublic: true })) }),
];

const RANKS: Record<UpdateVerdict, number> = { NOT_ENTITLED: 0, UPDATE_WITHHELD: 1, UNDETERMINED: 2, UPDATE_AVAILABLE: 3, UP_TO_DATE: 4 };
const EFFECTS: Record<UpdateVerdict, ReasonEffect> = {
  NOT_ENTITLED: 'REFUSES',
  UPDATE_WITHHELD: 'REFUSES',
  UNDETERMINED: 'INFORMS',
  UPDATE_AVAILABLE: 'GRANTS',
  UP_TO_DATE: 'INFORMS',
};

describe('laws of update access', () => {
  test('there is always an answer, and its first reason matches it', () => {
    fc.assert(
      fc.property(situations, instants, (situation, moment) => {
        const access = decideUpdateAccess(read(situation), moment);
        expect(access.reasons[0]?.effect).toBe(EFFECTS[access.verdict]);
        expect(access.withheld.every(({ reasons }) => reasons.length > 0)).toBe(true);
        expect(access.reasons.every(({ message }) => /^[A-Z].*\.$/.test(message))).toBe(true);
        if (access.verdict === 'UPDATE_AVAILABLE') expect(access.newestPermitted).not.toBeNull();
      }),
    );
  });

  test('what is permitted is published, not withdrawn, of the channel asked for, and permitted by itself', () => {
    fc.assert(
      fc.property(situations, instants, (situation, moment) => {
        const given = read(situation);
        const { newestPermitted } = decideUpdateAccess(given, moment);
        if (!newestPermitted) return;
        expect(releaseAccess(given, newestPermitted, moment).permission).toBe('PERMITTED');
        expect(newestPermitted.channel === 'STABLE' || given.channel === 'BETA').toBe(true);
      }),
    );
  });

  test('making one fact better never makes the verdict worse, nor takes away a release', () => {
    fc.assert(
      fc.property(situations, instants, fc.constantFrom(...IMPROVEMENTS), (situation, moment, improve) => {
        const before = read(situation);
        const after = read(improve(situation, moment));
        expect(RANKS[decideUpdateAccess(after, moment).verdict]).toBeGreaterThanOrEqual(RANKS[decideUpdateAccess(before, moment).verdict]);
        before.releases.forEach((each, index) => {
          const better = after.releases[index];
          if (releaseAccess(before, each, moment).permission !== 'PERMITTED' || !better) return;
          expect(releaseAccess(after, better, moment).permission).toBe('PERMITTED');
        });
      }),
      { numRuns: 300 },
    );
  });

  test('the order of releases and purchases does not matter to the verdict', () => {
    fc.assert(
      fc.property(situations, instants, (situation, moment) => {
        const given = read(situation);
        const turned = { ...given, releases: given.releases.toReversed(), purchases: given.purchases.toReversed() };
        const [one, other] = [decideUpdateAccess(given, moment), decideUpdateAccess(turned, moment)];
        expect([other.verdict, other.newestPermitted, other.newest]).toEqual([one.verdict, one.newestPermitted, one.newest]);
      }),
    );
  });
});
