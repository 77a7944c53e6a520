import { expect, test } from '@jest/globals';
import { type AccessToShow, revealRefusals } from '../../src/policy/access-reveal.js';
import { PREPAID_SUPPORT } from './shipped-policies.js';

const at = (text: string) => Temporal.Instant.from(text);
const FRESH: AccessToShow = { item: 'FILES', purgedAt: null, shown: null };
const SHOWN = { to: 'staff:ada', at: at('2026-03-10T10:00:00Z') };

test.each<[Partial<AccessToShow>, string[], string]>([
  [{}, [], 'nobody of this session has seen it (B-18)'],
  [{ shown: SHOWN }, ['ACCESS_SHOWN'], 'a secret is shown once (B-18)'],
  [{ purgedAt: at('2026-03-20T10:00:00Z') }, ['ACCESS_PURGED'], 'there is nothing left to show'],
  [{ purgedAt: at('2026-03-20T10:00:00Z'), shown: SHOWN }, ['ACCESS_PURGED'], 'that it was shown explains nothing'],
])('access with %j is refused as %j, because %s', (change, expected) => {
  const reasons = revealRefusals(PREPAID_SUPPORT.document.clauses, { ...FRESH, ...change });
  expect(reasons.map(({ code }) => code)).toEqual(expected);
  for (const reason of reasons) expect(reason).toMatchObject({ rule: 'B-18', clause: 'Access', effect: 'REFUSES' });
});

test('who saw it and when is told', () => {
  const [reason] = revealRefusals({}, { ...FRESH, shown: SHOWN });
  expect(reason?.facts).toEqual([
    { name: 'item', value: 'FILES' },
    { name: 'shownTo', value: 'staff:ada' },
    { name: 'shownAt', value: '2026-03-10T10:00:00Z' },
  ]);
});
