import type { Distribution, VersionReading } from '../store-platform.js';
import type { StoreReply } from '../store-reply.js';

/** "Magento/2.4 (Community)", "Mage-OS/1.0.5 (Community)": product, version, edition. */
const versionPattern = /^(Magento|Mage-OS)\/(\d{1,4}(?:\.\d{1,4}){1,3}(?:-[a-z]{1,8}\d{0,4})?) \(([A-Za-z0-9 ]{1,40})\)$/;

/**
 * What the public page /magento_version tells: product, edition and the first two numbers, never the patch on a stock shop.
 * A page that is switched off, empty (a checkout from git) or replaced gives a version that is not known, with the reason; nothing is guessed.
 */
export function versionReading(reply: StoreReply): VersionReading {
  if (reply.status !== 200) {
    return notTold(`/magento_version answers ${reply.status}: the module Magento_Version is disabled, or the web server refuses the page`);
  }
  const text = reply.body.trim();
  if (text === '') return notTold('/magento_version is empty, as on a shop installed from git');
  const [, product, version, edition] = versionPattern.exec(text) ?? [];
  if (product === undefined || version === undefined || edition === undefined) return notTold('/magento_version answers another page');
  const exact = version.split('.').length > 2;
  const isMageOs = product === 'Mage-OS';
  const unknown = [
    ...(exact ? [] : [{ fact: 'version', because: '/magento_version tells the first two numbers only, never the patch' }]),
    ...(isMageOs ? [{ fact: 'upstreamVersion', because: 'Mage-OS tells its own version, not that of the Magento it builds on' }] : []),
  ];
  return {
    distribution: isMageOs ? 'MAGE_OS' : distributionOf(edition),
    version,
    upstreamVersion: null,
    exact,
    label: `${isMageOs ? 'Mage-OS ' : ''}${version}${exact ? '' : ' (patch unknown)'}`,
    unknown,
  };
}

function distributionOf(edition: string): Distribution | null {
  if (edition === 'Community') return 'MAGENTO_OPEN_SOURCE';
  return edition === 'Enterprise' || edition === 'B2B' ? 'ADOBE_COMMERCE' : null;
}

function notTold(because: string): VersionReading {
  return {
    distribution: null,
    version: null,
    upstreamVersion: null,
    exact: false,
    label: 'unknown',
    unknown: [{ fact: 'version', because }],
  };
}
