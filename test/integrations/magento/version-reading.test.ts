import { describe, expect, test } from '@jest/globals';
import { versionReading } from '../../../integrations/magento/version-reading.js';
import type { StoreReply } from '../../../integrations/store-reply.js';

describe('/magento_version', () => {
  const page = (status: number, body: string): StoreReply => ({ status, headers: { 'content-type': 'text/html' }, body });
  test.each([
    [page(200, 'Magento/2.4 (Community)'), 'MAGENTO_OPEN_SOURCE', '2.4', false, '2.4 (patch unknown)', ['version']],
    [page(200, 'Magento/2.4 (Enterprise)'), 'ADOBE_COMMERCE', '2.4', false, '2.4 (patch unknown)', ['version']],
    [page(200, 'Magento/2.3 (B2B)'), 'ADOBE_COMMERCE', '2.3', false, '2.3 (patch unknown)', ['version']],
    [page(200, 'Magento/2.4.7-p3 (Community)'), 'MAGENTO_OPEN_SOURCE', '2.4.7-p3', true, '2.4.7-p3', []],
    [page(200, 'Mage-OS/3.3.0 (Community)'), 'MAGE_OS', '3.3.0', true, 'Mage-OS 3.3.0', ['upstreamVersion']],
    [page(200, 'Mage-OS/3.3 (Community)'), 'MAGE_OS', '3.3', false, 'Mage-OS 3.3 (patch unknown)', ['version', 'upstreamVersion']],
    [page(200, ''), null, null, false, 'unknown', ['version']],
    [page(200, '<html>Welcome</html>'), null, null, false, 'unknown', ['version']],
    [page(200, 'Magento/2.4 (Community) <script>'), null, null, false, 'unknown', ['version']],
    [page(404, '<html></html>'), null, null, false, 'unknown', ['version']],
    [page(403, 'Forbidden'), null, null, false, 'unknown', ['version']],
  ])('%j is %s %s', (reply, distribution, version, exact, label, facts) => {
    const reading = versionReading(reply);
    expect([reading.distribution, reading.version, reading.exact, reading.label]).toEqual([distribution, version, exact, label]);
    expect(reading.unknown.map(({ fact }) => fact)).toEqual(facts);
  });
});
