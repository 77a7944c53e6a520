import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { SupportPolicyVersion } from '../../src/persistence/support-policy-version.js';
import { policyLibrary } from '../../src/use-cases/policy-library.js';
import { policyInForce, publishSupportPolicy } from '../../src/use-cases/support-policy.js';
import { testDatabase } from '../support/database.js';
import { asVendor, day, instant, outcomeAsVendor, policyDocument, type ShippedPolicy } from '../support/vendor.js';

const NOW = instant('2026-03-10T10:00:00Z');

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

type Change = (document: Record<string, unknown>) => void;

/** A shipped document under a name of its own, so that tests do not meet. */
function documentNamed(name: string, change: Change = () => {}, shipped: ShippedPolicy = 'technical-support'): Record<string, unknown> {
  const document = { ...policyDocument(shipped), name };
  change(document);
  return document;
}

const publish = (document: unknown, effectiveFrom = '2026-01-01') =>
  outcomeAsVendor(database, async (em) => (await publishSupportPolicy(em, document, day(effectiveFrom), NOW)).version);
const versionsOf = (name: string) =>
  withVendorSession(database, async ({ em }) =>
    (await em.find(SupportPolicyVersion, { name }, { orderBy: { version: 'asc' } })).map(({ version }) => version),
  );
const titled =
  (title: string): Change =>
  (document) => {
    document.title = title;
  };

describe('publishing a support policy', () => {
  test.each(['technical-support', 'prepaid-support'] as const)('%s, as shipped, is published', async (name) => {
    expect(await publish(policyDocument(name))).toEqual({ value: 1, userErrors: [] });
  });

  test.each([
    ['the same content', (document: Record<string, unknown>) => document, 1, 'nothing is new'],
    [
      'the same content in another order',
      (document: Record<string, unknown>) => Object.fromEntries(Object.entries(document).reverse()),
      1,
      'order says nothing',
    ],
    [
      'another title',
      (document: Record<string, unknown>) => ({ ...document, title: 'Support, revised' }),
      2,
      'another text is another version',
    ],
  ])('%s again', async (what, change, version, _because) => {
    const name = `again-${what.replaceAll(' ', '-')}`;
    expect(await publish(documentNamed(name))).toMatchObject({ value: 1 });
    expect(await publish(change(documentNamed(name)))).toMatchObject({ value: version });
    expect(await versionsOf(name)).toHaveLength(version);
  });

  test('the same content for another day is refused with both days, and without a day in particular it is the version there is', async () => {
    const document = documentNamed('postponed');
    const onDay = (from: Temporal.PlainDate | null) =>
      outcomeAsVendor(database, async (em) => (await publishSupportPolicy(em, document, from, NOW)).version);
    expect(await publish(document, '2026-02-01')).toMatchObject({ value: 1 });
    for (const other of ['2026-01-01', '2026-03-01']) {
      expect(await publish(document, other)).toEqual({
        value: null,
        userErrors: [{ code: 'CONFLICT', message: expect.stringMatching(`2026-02-01.*${other}`), path: ['input', 'effectiveFrom'] }],
      });
    }
    expect(await onDay(null)).toEqual({ value: 1, userErrors: [] });
    expect(await versionsOf('postponed')).toEqual([1]);
  });

  test('a new version without a day in particular begins today, on the calendar of its own zone', async () => {
    const document = documentNamed('today', () => {}, 'prepaid-support');
    const late = instant('2026-03-10T21:30:00Z');
    const { effectiveFrom } = await asVendor(database, (em) => publishSupportPolicy(em, document, null, late));
    expect(effectiveFrom.toString()).toBe('2026-03-11');
  });

  test('going back to older conditions is a new version, and it is the one in force', async () => {
    for (const title of ['first', 'second', 'first']) await publish(documentNamed('back', titled(title)));
    expect(await versionsOf('back')).toEqual([1, 2, 3]);
    const inForce = await withVendorSession(database, ({ em }) => policyInForce(em, 'back', NOW));
    expect(inForce).toMatchObject({ version: 3, document: { title: 'first' } });
  });

  const refusals: readonly (readonly [string, Change, readonly string[], RegExp, string])[] = [
    ['no zone', (document) => delete document.zone, [], /must have required property 'zone'/, 'the shape is the contract'],
    [
      'a word too many',
      (document) => Object.assign(document, { renewal: { ...(document.renewal as object), generous: true } }),
      ['renewal'],
      /must/,
      'what nothing reads would promise in vain',
    ],
    [
      'a rate that is no number',
      (document) => Object.assign(document, { renewal: { ...(document.renewal as object), rateActive: 'a third' } }),
      ['renewal', 'rateActive'],
      /./,
      'prices are counted exactly',
    ],
    [
      'a calendar in another zone',
      (document) => Object.assign(document, { calendar: { ...(document.calendar as object), zone: 'Asia/Tokyo' } }),
      ['calendar', 'zone'],
      /./,
      'one policy counts days in one zone',
    ],
    [
      'a refund without its terms',
      (document) => Object.assign(document, { remedy: null }),
      ['coverage', '0', 'remedy'],
      /needs the terms/,
      'parameters are checked against each other',
    ],
    [
      'an example that is not so',
      (document) => Object.assign(document, { term: { ...(document.term as object), months: 4 } }),
      ['examples'],
      /expects .* but this document gives/,
      'a document that contradicts itself is not published',
    ],
  ];
  test.each(refusals)('%s is refused, with its place, and nothing is written', async (what, change, path, message, _because) => {
    const name = `refused-${what.replaceAll(' ', '-')}`;
    const { value, userErrors } = await publish(documentNamed(name, change));
    expect(value).toBeNull();
    expect(userErrors.length).toBeLessThanOrEqual(20);
    expect(userErrors.map((error) => error.code)).toEqual(userErrors.map(() => 'INVALID'));
    expect(userErrors.map((error) => error.path)).toContainEqual(['input', 'document', ...path]);
    expect(userErrors.map((error) => error.message).join('\n')).toMatch(message);
    expect(await versionsOf(name)).toEqual([]);
  });

  test.each([
    [null, 'null'],
    [[], 'a list'],
    ['technical-support', 'a text'],
    [{}, 'an empty object'],
  ])('%j is refused', async (content, _because) => {
    expect(await publish(content)).toMatchObject({
      value: null,
      userErrors: expect.arrayContaining([expect.objectContaining({ code: 'INVALID' })]),
    });
  });

  test('a later version does not begin before the newest one, but may begin with it', async () => {
    await publish(documentNamed('dates'), '2026-03-01');
    expect(await publish(documentNamed('dates', titled('earlier')), '2026-02-28')).toEqual({
      value: null,
      userErrors: [{ code: 'CONFLICT', message: expect.stringContaining('2026-03-01'), path: ['input', 'effectiveFrom'] }],
    });
    expect(await publish(documentNamed('dates', titled('same day')), '2026-03-01')).toMatchObject({ value: 2 });
    expect(await versionsOf('dates')).toEqual([1, 2]);
  });

  test('ten at once are numbered without a gap or a double', async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => publish(documentNamed('rush', titled(`title ${index}`)))));
    expect(outcomes.map(({ value }) => value).sort((one, other) => Number(one) - Number(other))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const same = await Promise.all(Array.from({ length: 10 }, () => publish(documentNamed('rush', titled('the very same')))));
    expect(same.map(({ value }) => value)).toEqual(Array.from({ length: 10 }, () => 11));
  });
});

describe('the version in force', () => {
  beforeAll(async () => {
    await publish(documentNamed('paris', titled('one')), '2026-01-01');
    await publish(documentNamed('paris', titled('two')), '2026-03-01');
    await publish(documentNamed('paris', titled('three')), '2026-03-01');
    await publish(documentNamed('moscow', titled('one'), 'prepaid-support'), '2026-01-01');
    await publish(documentNamed('moscow', titled('two'), 'prepaid-support'), '2026-03-01');
  });

  test.each([
    ['paris', '2025-12-31T22:59:59Z', null, 'still last year in Paris'],
    ['paris', '2025-12-31T23:00:00Z', 1, 'midnight in Paris'],
    ['paris', '2026-02-28T22:59:59.999Z', 1, 'the last moment of February in Paris'],
    ['paris', '2026-02-28T23:00:00Z', 3, 'the first of March; of two that begin together, the newer'],
    ['moscow', '2026-02-28T20:59:59Z', 1, 'the last second of February at +03:00'],
    ['moscow', '2026-02-28T21:00:00Z', 2, 'the first of March at +03:00'],
    ['nowhere', '2026-02-28T21:00:00Z', null, 'no such policy'],
  ])('of %s at %s is %p', async (name, at, version, _because) => {
    await withVendorSession(database, async (session) => {
      expect((await policyInForce(session.em, name, instant(at)))?.version ?? null).toBe(version);
      const inForce = await policyLibrary().inForce(session, [name, 'paris', name], instant(at));
      expect(inForce.get(name)?.version ?? null).toBe(version);
    });
  });

  test('a library asks for versions once', async () => {
    const library = policyLibrary();
    await withVendorSession(database, async (session) => {
      const rows = await session.em.find(SupportPolicyVersion, { name: 'paris' });
      const ids = rows.map((row) => row.id);
      database.statements.length = 0;
      await library.load(session, [...ids, ...ids]);
      await library.load(session, ids);
      expect(database.statements).toHaveLength(1);
      for (const row of rows)
        expect(library.pinned(row.id)).toEqual({
          name: 'paris',
          version: row.version,
          contentHash: row.contentHash,
          document: row.document,
        });
      await library.inForce(session, ['paris'], NOW);
      expect(database.statements).toHaveLength(2);
      await library.inForce(session, [], NOW);
      expect(database.statements).toHaveLength(2);
    });
    expect(() => policyLibrary().pinned('never')).toThrow('not loaded');
  });

  test('a published document comes back as it was', async () => {
    await asVendor(database, async (em) => {
      const row = await em.findOneOrFail(SupportPolicyVersion, { name: 'paris', version: 2 });
      expect(row.document).toEqual(documentNamed('paris', titled('two')));
      expect(row.effectiveFrom.toString()).toBe('2026-03-01');
      expect(row.publishedAt.toString()).toBe(NOW.toString());
    });
  });
});
