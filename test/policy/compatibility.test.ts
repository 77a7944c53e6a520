import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type CompatibilityRange,
  describePlatformVersion,
  describeRanges,
  fits,
  type PlatformVersion,
  platformVersionFromText,
  rangeFault,
} from '../../src/policy/compatibility.js';

function magento(from: string | null, to: string | null, edition: string | null = null): CompatibilityRange {
  return { platform: 'MAGENTO', edition, from, to };
}

function prestashop(from: string | null, to: string | null, edition: string | null = null): CompatibilityRange {
  return { platform: 'PRESTASHOP', edition, from, to };
}

const mageOs: PlatformVersion = {
  platform: 'MAGENTO',
  distribution: 'MAGE_OS',
  version: '2.3.0',
  upstreamVersion: '2.4.8-p5',
  exact: true,
};
const adobe: PlatformVersion = { ...platformVersionFromText('MAGENTO', '2.4.7-p3'), distribution: 'ADOBE_COMMERCE' };

describe('A-14, Magento', () => {
  test.each([
    ['2.4.4', '2.4.7', '2.4.7-p1', 'FITS', 'a patch belongs to the upper end'],
    ['2.4.4', '2.4.7', '2.4.7-p10', 'FITS', 'every patch does'],
    ['2.4.4', '2.4.7', '2.4.8', 'DOES_NOT_FIT', 'the next release does not'],
    ['2.4.4', '2.4.7', '2.4.8-beta1', 'DOES_NOT_FIT', 'nor does its beta'],
    ['2.4.4', '2.4.7', '2.4.8-dev', 'DOES_NOT_FIT', 'nor the very first of it'],
    ['2.4.4', '2.4.7', '2.4.4', 'FITS', 'the lower end counts'],
    ['2.4.4', '2.4.7', '2.4.3-p3', 'DOES_NOT_FIT', 'a patch of an earlier release is earlier'],
    ['2.4.4', '2.4.7', '2.4.4-beta1', 'DOES_NOT_FIT', 'a beta comes before its release'],
    ['2.4.4', '2.4.7', '2.4.6-beta1', 'FITS', 'a beta in between is in between'],
    ['2.4.4-p2', '2.4.7-p3', '2.4.4-p1', 'DOES_NOT_FIT', 'a patch as lower end is meant'],
    ['2.4.4-p2', '2.4.7-p3', '2.4.7-p3', 'FITS', 'a patch as upper end counts'],
    ['2.4.4-p2', '2.4.7-p3', '2.4.7-p4', 'DOES_NOT_FIT', 'and is meant'],
    ['2.4.x', '2.4.x', '2.4.0', 'FITS', 'a wildcard covers its line'],
    ['2.4', '2.4', '2.4.99-p9', 'FITS', 'so do two numbers'],
    ['2.4.*', '2.4', '2.5.0', 'DOES_NOT_FIT', 'and no more'],
    [null, '2.4.7', '2.0.0', 'FITS', 'an open beginning'],
    ['2.4.4', null, '2.10.0', 'FITS', 'an open end, and 10 is more than 4'],
    ['2.4.4', '2.4.7', 'v2.4.6', 'FITS', 'a v changes nothing'],
    ['2.4.4', '2.4.7', 'latest', 'UNKNOWN', 'that is no version'],
    [null, null, '', 'UNKNOWN', 'an unknown version never passes, even without ends'],
    ['2.4.4', '2.4.7', 'dev-main', 'UNKNOWN', 'a branch tells nothing'],
  ])('%s to %s, store %j: %s, because %s', (from, to, store, fit, _because) => {
    expect(fits([magento(from, to)], platformVersionFromText('MAGENTO', store))).toBe(fit);
  });

  test('the installed release may allow what was not advertised', () => {
    const store = platformVersionFromText('MAGENTO', '2.4.8');
    expect(fits([magento('2.4.4', '2.4.7')], store)).toBe('DOES_NOT_FIT');
    expect(fits([magento('2.4.4', '2.4.7'), magento('2.4.6', '2.4.8')], store)).toBe('FITS');
  });
});

describe('A-14, PrestaShop', () => {
  test.each([
    ['1.7.6', '1.7.8.x', '1.7.8.11', 'FITS', 'the wildcard covers the fourth number'],
    ['1.7.6', '1.7.8', '1.7.8.11', 'FITS', 'so do three numbers'],
    ['1.7.6', '1.7.8.x', '8.0.0', 'DOES_NOT_FIT', 'the next line'],
    ['1.7.6', '1.7.8.x', '1.7.5.2', 'DOES_NOT_FIT', 'the line before'],
    ['1.7.6', '1.7.8.10', '1.7.8.11', 'DOES_NOT_FIT', 'four numbers are meant'],
    ['8.0', '8.1', '8.1.7', 'FITS', 'the sheet is not the module: 8.1 covers its patches'],
    ['8.0', '9', '9.1.4', 'FITS', 'one number covers a major'],
    ['8.0', '8.x', '9.0.0-beta.1', 'DOES_NOT_FIT', 'a beta of the next major'],
  ])('%s to %s, store %s: %s, because %s', (from, to, store, fit) => {
    expect(fits([prestashop(from, to)], platformVersionFromText('PRESTASHOP', store))).toBe(fit);
  });
});

describe('a version known by its beginning', () => {
  test.each([
    ['2.4.x', '2.4.x', '2.4', 'FITS', 'every 2.4 is inside'],
    ['2.3', '2.4', '2.4', 'FITS', 'every 2.4 is inside'],
    ['2.4.4', '2.4.7', '2.4', 'UNKNOWN', 'some are, some are not'],
    ['2.4.4', null, '2.4', 'UNKNOWN', '2.4.0 is not'],
    ['2.4.0', null, '2.4', 'FITS', 'the releases of 2.4 begin there'],
    ['2.3.0', '2.3.7', '2.4', 'DOES_NOT_FIT', 'none is'],
    ['2.5', null, '2.4', 'DOES_NOT_FIT', 'none is'],
    ['2.4.4', '2.4.7', '2', 'UNKNOWN', 'one number says little'],
    ['2.4.4', '2.4.7', '2.4.x', 'UNKNOWN', 'a wildcard is a beginning too'],
    ['2.4.4', '2.4.7', '3', 'DOES_NOT_FIT', 'yet it can exclude'],
  ])('%s to %s, store %s: %s, because %s', (from, to, store, fit, _because) => {
    expect(fits([magento(from, to)], platformVersionFromText('MAGENTO', store))).toBe(fit);
  });

  test('stays open behind the last known number', () => {
    const store: PlatformVersion = { ...platformVersionFromText('MAGENTO', '2.4.7'), exact: false };
    expect(fits([magento('2.4.4', '2.4.7')], store)).toBe('FITS');
    expect(fits([magento('2.4.4', '2.4.7-p3')], store)).toBe('UNKNOWN');
    expect(fits([magento('2.4.8', null)], store)).toBe('DOES_NOT_FIT');
    expect(fits([magento('2.4.8-dev', null)], store)).toBe('DOES_NOT_FIT');
  });

  test('is never exact with a wildcard, whatever it is called', () => {
    expect(fits([magento('2.4.0', '2.4.3')], { ...adobe, version: '2.4.x', exact: true })).toBe('UNKNOWN');
  });
});

describe('distributions', () => {
  test.each([
    [magento('2.4.4', '2.4.8'), mageOs, 'FITS', 'the upstream version is compared'],
    [magento('2.4.4', '2.4.7'), mageOs, 'DOES_NOT_FIT', 'the upstream version is compared'],
    [magento('2.3.0', '2.3.7'), mageOs, 'DOES_NOT_FIT', 'its own number is another count'],
    [magento('2.3.0', '2.3.7'), { ...mageOs, upstreamVersion: null }, 'UNKNOWN', 'its own number is never taken instead'],
    [magento(null, null), { ...mageOs, upstreamVersion: null }, 'UNKNOWN', 'not even without ends'],
    [
      magento('2.4.4', '2.4.8'),
      { ...adobe, version: '2.3.7', upstreamVersion: '2.4.7' },
      'DOES_NOT_FIT',
      'Magento is built from nothing else, whatever is said of it',
    ],
    [magento('2.4.4', '2.4.7', 'ADOBE_COMMERCE'), adobe, 'FITS', 'the edition that is meant'],
    [magento('2.4.4', '2.4.7', 'Adobe Commerce'), adobe, 'FITS', 'spelled for people'],
    [magento('2.4.4', '2.4.7', 'enterprise'), adobe, 'FITS', 'by its old name'],
    [magento('2.4.4', '2.4.7', 'MAGENTO_OPEN_SOURCE'), adobe, 'DOES_NOT_FIT', 'another edition'],
    [magento('2.4.4', '2.4.8', 'Community'), mageOs, 'DOES_NOT_FIT', 'Mage-OS is no edition of another'],
    [magento('2.4.4', '2.4.8', 'Mage-OS'), mageOs, 'FITS', 'it has a name of its own'],
    [magento('2.4.4', '2.4.7', 'ADOBE_COMMERCE'), { ...adobe, distribution: null }, 'UNKNOWN', 'which edition is not known'],
    [magento('2.4.4', '2.4.6', 'ADOBE_COMMERCE'), { ...adobe, distribution: null }, 'DOES_NOT_FIT', 'the version excludes it already'],
    [magento('2.4.4', '2.4.7', 'B2B'), { ...mageOs, upstreamVersion: null }, 'DOES_NOT_FIT', 'the edition excludes it already'],
    [magento('2.4.4', '2.4.7', 'constructor'), adobe, 'UNKNOWN', 'no such edition: the range has a fault'],
    [magento('2.4.8', '2.4.4'), adobe, 'UNKNOWN', 'ends in the wrong order'],
    [magento('soon', null), adobe, 'UNKNOWN', 'an end that cannot be read'],
    [prestashop('2.4.4', '2.4.7'), adobe, 'DOES_NOT_FIT', 'another platform'],
  ] as [CompatibilityRange, PlatformVersion, string, string][])('%j, %j: %s, because %s', (range, store, fit) => {
    expect(fits([range], store)).toBe(fit);
  });
});

describe('several ranges', () => {
  test.each([
    [[magento('soon', null), magento('2.4.4', '2.4.7')], 'FITS', 'one that fits is enough'],
    [[magento('soon', null), magento('2.3', '2.3')], 'UNKNOWN', 'one that cannot be read might have fitted'],
    [[prestashop('8', '9'), magento('2.3', '2.3')], 'DOES_NOT_FIT', 'none fits'],
    [[], 'UNKNOWN', 'nothing was advertised'],
  ] as [CompatibilityRange[], string, string][])('%j: %s, because %s', (ranges, fit) => {
    expect(fits(ranges, adobe)).toBe(fit);
  });
});

describe('what is wrong with a range', () => {
  test.each([
    [magento('2.4.4', '2.4.7'), null, 'nothing'],
    [magento('2.4.7-p3', '2.4.7'), null, 'the upper end covers that patch'],
    [magento('2.4.7', '2.4'), null, 'the upper end covers that release'],
    [magento(null, null), null, 'no ends, no fault'],
    [prestashop('1.7.6', '1.7.8.x', 'PrestaShop'), null, 'the only edition there is'],
    [magento('soon', '2.4.7'), '"soon" is not a version of Magento.', 'no version'],
    [prestashop('8', ''), '"" is not a version of PrestaShop.', 'nothing is not open'],
    [magento('dev-main', null), '"dev-main" is not a version of Magento.', 'a branch is no end'],
    [magento('2.4.8', '2.4.7'), 'The range begins at 2.4.8, after its end 2.4.7.', 'wrong order'],
    [magento('2.4.7-p4', '2.4.7-p3'), 'The range begins at 2.4.7-p4, after its end 2.4.7-p3.', 'wrong order of patches'],
    [magento('2.4.8-dev', '2.4.7'), 'The range begins at 2.4.8-dev, after its end 2.4.7.', 'where the upper end stops'],
    [magento(null, null, 'Gold'), '"Gold" is not an edition of Magento.', 'no such edition'],
    [prestashop(null, null, 'Enterprise'), '"Enterprise" is not an edition of PrestaShop.', 'an edition of the other platform'],
  ] as [CompatibilityRange, string | null, string][])('%j: %s, because %s', (range, fault) => {
    expect(rangeFault(range)).toBe(fault);
  });
});

describe('what a plugin or a person states', () => {
  test.each([
    ['MAGENTO', '2.4.7-p3', '2.4.7-p3', true, 'three numbers'],
    ['MAGENTO', ' v2.4.7 ', '2.4.7', true, 'blanks and v do not belong to it'],
    ['MAGENTO', '2.4', '2.4', false, 'Magento has three numbers'],
    ['MAGENTO', '2.4.x', '2.4', false, 'a wildcard is a beginning'],
    ['MAGENTO', '2.4.7.x', '2.4.7', false, 'also behind three numbers'],
    ['PRESTASHOP', '1.7.8.11', '1.7.8.11', true, 'four numbers before 8'],
    ['PRESTASHOP', '1.7.8', '1.7.8', false, 'the fourth is missing'],
    ['PRESTASHOP', '9.1.4', '9.1.4', true, 'three numbers from 8 on'],
    ['PRESTASHOP', '8.0.0-beta.1', '8.0.0-beta.1', true, 'also before the release'],
    ['PRESTASHOP', '9.1', '9.1', false, 'the third is missing'],
    ['MAGENTO', '2.4-develop', null, false, 'no version'],
    ['MAGENTO', 'dev-main', null, false, 'a branch'],
    ['PRESTASHOP', '', null, false, 'nothing'],
  ] as ['MAGENTO' | 'PRESTASHOP', string, string | null, boolean, string][])(
    '%s %j is %s, exact %s: %s',
    (platform, text, version, exact) => {
      const distribution = platform === 'PRESTASHOP' ? 'PRESTASHOP' : null;
      expect(platformVersionFromText(platform, text)).toEqual({ platform, distribution, version, upstreamVersion: null, exact });
    },
  );
});

describe('in words', () => {
  test.each([
    [[magento('2.4.4', '2.4.7')], 'Magento 2.4.4–2.4.7', 'both ends'],
    [[magento('2.4.4', null), prestashop(null, '8.1')], 'Magento 2.4.4 and later, PrestaShop up to 8.1', 'open ends'],
    [[magento('2.4.7', '2.4.7', 'ENTERPRISE')], 'Magento 2.4.7 (Adobe Commerce)', 'one version, one edition'],
    [[magento(null, null, 'Gold')], 'Magento in every version (Gold)', 'an unknown edition as it was written'],
    [[], 'no versions stated', 'nothing'],
  ] as [CompatibilityRange[], string, string][])('%j reads %j: %s', (ranges, words) => {
    expect(describeRanges(ranges)).toBe(words);
  });

  test.each([
    [mageOs, 'Mage-OS 2.3.0 (Magento 2.4.8-p5)', 'both numbers'],
    [{ ...mageOs, upstreamVersion: null }, 'Mage-OS 2.3.0 (its Magento version unknown)', 'why nothing can be said'],
    [{ ...mageOs, version: null }, 'Mage-OS (version unknown, Magento 2.4.8-p5)', 'only the upstream number'],
    [adobe, 'Adobe Commerce 2.4.7-p3', 'the distribution names it'],
    [platformVersionFromText('MAGENTO', '2.4'), 'Magento 2.4 (patch unknown)', 'a beginning'],
    [platformVersionFromText('PRESTASHOP', '9.1.4'), 'PrestaShop 9.1.4', 'exact'],
    [platformVersionFromText('PRESTASHOP', 'newest'), 'PrestaShop (version unknown)', 'nothing known'],
  ] as [PlatformVersion, string, string][])('%j reads %j: %s', (store, words) => {
    expect(describePlatformVersion(store)).toBe(words);
  });
});

describe('laws', () => {
  const numbers = fc.array(fc.nat(9), { minLength: 1, maxLength: 4 });
  const release = numbers.map((parts) => parts.join('.'));
  const threeNumbers = fc.array(fc.nat(20), { minLength: 3, maxLength: 3 });
  const stated = fc.oneof(
    release,
    fc.tuple(release, fc.constantFrom('-p3', '-beta1', '-p12', '.x')).map((parts) => parts.join('')),
  );
  const end = fc.option(stated, { nil: null });
  const store = fc.tuple(stated, fc.boolean()).map(([text, exact]) => ({ ...platformVersionFromText('MAGENTO', text), exact }));

  test('a patch of an upper end that fits, fits', () => {
    fc.assert(
      fc.property(threeNumbers, fc.nat(99), end, (parts, patch, from) => {
        const to = parts.join('.');
        fc.pre(fits([magento(from, to)], platformVersionFromText('MAGENTO', to)) === 'FITS');
        expect(fits([magento(from, to)], platformVersionFromText('MAGENTO', `${to}-p${patch}`))).toBe('FITS');
      }),
    );
  });

  test('an upper end covers what begins with its numbers and nothing of the next', () => {
    fc.assert(
      fc.property(numbers, fc.array(fc.nat(9), { maxLength: 3 }), (parts, more) => {
        const range = magento(null, parts.join('.'));
        const next = parts.map((part, index) => (index === parts.length - 1 ? part + 1 : part));
        expect(fits([range], { ...adobe, version: [...parts, ...more].slice(0, 4).join('.') })).toBe('FITS');
        expect(fits([range], { ...adobe, version: `${next.join('.')}-alpha` })).toBe('DOES_NOT_FIT');
      }),
    );
  });

  test('a range that is wider never turns a fit into a refusal', () => {
    const widerBy = fc.tuple(fc.nat(3), fc.nat(3));
    fc.assert(
      fc.property(threeNumbers, threeNumbers, widerBy, store, (from, to, [lower, higher], running) => {
        const [fromMajor = 0, ...fromRest] = from;
        const [toMajor = 0, ...toRest] = to;
        const narrow = magento(from.join('.'), to.join('.'));
        const wide = magento([Math.max(0, fromMajor - lower), ...fromRest].join('.'), [toMajor + higher, ...toRest].join('.'));
        for (const wider of [wide, magento(narrow.from, null), magento(null, narrow.to), magento(null, null)]) {
          const [before, after] = [fits([narrow], running), fits([wider], running)];
          if (before === 'FITS') expect(after).toBe('FITS');
          if (before === 'UNKNOWN' && rangeFault(narrow) === null) expect(after).not.toBe('DOES_NOT_FIT');
        }
      }),
    );
  });

  test('knowing less never turns a refusal into a fit or a fit into a refusal', () => {
    fc.assert(
      fc.property(end, end, threeNumbers, fc.nat(2), (from, to, parts, forgotten) => {
        const exactly = fits([magento(from, to)], platformVersionFromText('MAGENTO', parts.join('.')));
        const less = platformVersionFromText('MAGENTO', parts.slice(0, parts.length - forgotten).join('.'));
        expect([exactly, 'UNKNOWN']).toContain(fits([magento(from, to)], { ...less, exact: forgotten === 0 }));
      }),
    );
  });

  test('no text makes it throw', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[v0-9.x*ap-]{0,20}$/));
    const maybe = fc.option(text, { nil: null });
    fc.assert(
      fc.property(text, maybe, maybe, maybe, fc.boolean(), (version, edition, from, to, exact) => {
        const subject = { ...platformVersionFromText('MAGENTO', version), version, exact };
        const range = magento(from, to, edition);
        expect(['FITS', 'DOES_NOT_FIT', 'UNKNOWN']).toContain(fits([range], subject));
        expect(typeof describeRanges([range]) + typeof describePlatformVersion(subject)).toBe('stringstring');
      }),
    );
  });
});
