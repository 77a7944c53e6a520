import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SupportPolicyDocument } from '../../src/policy/support-policy.js';
import { bindsFrom, type PublishedTerms, staleTerms, type TermsShown, termsThatBind } from '../../src/policy/terms-acceptance.js';
import { PREPAID_SUPPORT } from './shipped-policies.js';

const at = (text: string) => Temporal.Instant.from(text);
const { document } = PREPAID_SUPPORT;

interface Publication {
  readonly version: number;
  readonly from?: string;
  readonly publishedAt?: string;
  /** Days of notice where it floats; left out: it pins. */
  readonly noticeDays?: number;
}

/** A version in the zone +03:00. */
function version({ version, from = '2026-01-01', publishedAt = '2026-01-01T00:00:00Z', noticeDays }: Publication): PublishedTerms {
  const { acceptance } = document.terms;
  const terms: SupportPolicyDocument['terms'] =
    noticeDays === undefined ? { changeMode: 'PIN', acceptance } : { changeMode: 'FLOAT_WITH_NOTICE', acceptance, noticeDays };
  return {
    name: document.name,
    version,
    contentHash: String(version).padStart(64, '0'),
    document: { ...document, terms },
    effectiveFrom: Temporal.PlainDate.from(from),
    publishedAt: at(publishedAt),
  };
}

const MARCH = { version: 2, from: '2026-03-01', publishedAt: '2026-02-10T08:00:00Z' };

describe('what was bought under version 1 (B-30)', () => {
  test.each<[Publication, readonly Publication[], string, number, string]>([
    [{ version: 1 }, [MARCH], '2027-01-01T00:00:00Z', 1, 'it is pinned for good'],
    [{ version: 1, noticeDays: 0 }, [MARCH], '2026-02-28T20:59:59.999Z', 1, 'the new version is not in force yet, in its own zone'],
    [{ version: 1, noticeDays: 0 }, [MARCH], '2026-02-28T21:00:00Z', 2, 'its first day begins at +03:00'],
    [{ version: 1, noticeDays: 30 }, [MARCH], '2026-03-12T20:59:59.999Z', 1, 'the 30th day of notice is 12 March'],
    [{ version: 1, noticeDays: 30 }, [MARCH], '2026-03-12T21:00:00Z', 2, 'the days of notice have passed'],
    [
      { version: 1, noticeDays: 0 },
      [{ ...MARCH, publishedAt: '2026-03-05T08:00:00Z' }],
      '2026-03-05T20:59:59Z',
      1,
      'nobody is bound backwards',
    ],
    [{ version: 1, noticeDays: 0 }, [MARCH, { version: 3 }], '2026-04-01T00:00:00Z', 2, 'version 2 pins what came to it'],
    [
      { version: 1, noticeDays: 0 },
      [
        { version: 3, from: '2026-04-01', publishedAt: '2026-03-20T08:00:00Z' },
        { ...MARCH, noticeDays: 30 },
      ],
      '2026-04-18T21:00:00Z',
      2,
      'the notice of version 3 is what version 2 promised, whatever the order',
    ],
    [
      { version: 1, noticeDays: 0 },
      [
        { ...MARCH, noticeDays: 30 },
        { version: 3, from: '2026-04-01', publishedAt: '2026-03-20T08:00:00Z' },
      ],
      '2026-04-19T21:00:00Z',
      3,
      'and then it has passed',
    ],
    [{ version: 1, noticeDays: 0 }, [{ version: 1, noticeDays: 0 }], '2026-04-18T21:00:00Z', 1, 'there is no other'],
  ])('%j, with %j published, is at %s under version %i, because %s', (pinned, published, moment, expected) => {
    expect(termsThatBind(version(pinned), published.map(version), at(moment)).version).toBe(expected);
  });

  test('never goes back as time passes, stays where it is pinned, and goes on only when both days have come', () => {
    const day = fc.integer({ min: 0, max: 400 });
    const history = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 90 }), notice: fc.option(fc.integer({ min: 0, max: 60 })) }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(history, fc.option(fc.integer({ min: 0, max: 60 })), day, day, (steps, firstNotice, one, other) => {
        const start = Temporal.PlainDate.from('2026-01-01');
        let passed = 0;
        const published = steps.map(({ wait, notice }, index) => {
          passed += wait;
          const from = start.add({ days: passed }).toString();
          return version({
            version: index + 2,
            from,
            publishedAt: `${from}T05:00:00Z`,
            ...(notice === null ? {} : { noticeDays: notice }),
          });
        });
        const pinned = version({ version: 1, ...(firstNotice === null ? {} : { noticeDays: firstNotice }) });
        const moment = (days: number) => at(`${start.add({ days })}T12:00:00Z`);
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((days) => termsThatBind(pinned, published, moment(days)));
        expect(early?.version ?? 0).toBeLessThanOrEqual(late?.version ?? 0);
        if (firstNotice === null) expect(late).toBe(pinned);
        const all = [pinned, ...published];
        for (const next of all.slice(1, late?.version)) {
          const before = all[next.version - 2];
          expect(before?.document.terms.changeMode).toBe('FLOAT_WITH_NOTICE');
          if (before) expect(Temporal.Instant.compare(bindsFrom(before, next), moment(Math.max(one, other)))).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});

describe('conditions that were shown (B-01)', () => {
  const inForce = version({ version: 2 });
  test.each<[TermsShown, string | null, string]>([
    [{ version: 2, contentHash: inForce.contentHash }, null, 'they are those in force'],
    [{ version: 1, contentHash: '0'.repeat(64) }, 'TERMS_STALE', 'there is a newer version'],
    [{ version: 2, contentHash: 'f'.repeat(64) }, 'TERMS_STALE', 'the text was another'],
    [{ version: 3, contentHash: inForce.contentHash }, 'TERMS_STALE', 'that version is not in force'],
  ])('%j are %s, because %s', (shown, code) => {
    expect(staleTerms(inForce, shown)?.code ?? null).toBe(code);
  });

  test('that are stale name the version to read instead', () => {
    expect(staleTerms(inForce, { version: 1, contentHash: 'f'.repeat(64) })).toMatchObject({
      rule: 'B-01',
      clause: 'clause 1',
      effect: 'REFUSES',
      facts: [
        { name: 'policy', value: 'prepaid-support' },
        { name: 'shownVersion', value: '1' },
        { name: 'versionInForce', value: '2' },
        { name: 'contentHashInForce', value: inForce.contentHash },
      ],
    });
  });
});
