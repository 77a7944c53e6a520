import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withVendorSession } from '../../src/persistence/session.js';
import { toGlobalId } from '../../src/use-cases/global-id.js';
import { Refusal } from '../../src/use-cases/outcome.js';
import { connectStore } from '../../src/use-cases/store.js';
import { type Canary, HOSTILE_ADDRESSES, hostileResolver, startCanary } from '../integrations/hostile-addresses.js';
import { SECRET_KEY } from '../support/vendor.js';
import { type GatewayUnderTest, gatewayUnderTest, rowPrints } from './gateway-under-test.js';
import { NOW } from './vendor-under-test.js';

/** Server-side request forgery through the doors of the API: whatever address somebody gives for a store, nothing beside us is reached. */
let canary: Canary;
let under: GatewayUnderTest;

beforeAll(async () => {
  canary = await startCanary();
  const settings = { TENURE_ALLOWED_HOSTS: '', TENURE_ALLOWED_PORTS: String(canary.port), TENURE_ALLOWED_NETWORKS: '127.0.0.9/32' };
  under = await gatewayUnderTest(settings, undefined, undefined, hostileResolver());
});
afterAll(async () => {
  await under.close();
  await canary.close();
});

const CONNECT = `mutation ($input: StoreConnectInput!) {
  storeConnect(input: $input) { store { id } probe { outcome findings { code } } userErrors { code path } }
}`;

const PROBE = `mutation ($input: StoreProbeInput!) {
  storeProbe(input: $input) { store { id } probe { outcome findings { code } } userErrors { code path } }
}`;
const READ = 'mutation ($input: StoreReadInput!) { storeRead(input: $input) { storeReading { failure } userErrors { code path } } }';

const SECRETS = {
  MAGENTO: { kind: 'MAGENTO_BEARER', token: 'a-token' },
  PRESTASHOP: { kind: 'PRESTASHOP_KEY', key: 'K'.repeat(32) },
} as const;

const addresses = () => HOSTILE_ADDRESSES.map(({ address, because }) => ({ url: address.replace('{port}', String(canary.port)), because }));

/** Whether the address itself was refused, and for nothing else. */
function isAddressRefused({
  probe,
  userErrors,
}: {
  probe: { findings: { code: string }[] } | null;
  userErrors: { path: string[] }[];
}): boolean {
  const last = probe?.findings.at(-1)?.code;
  return last === 'ADDRESS_REFUSED' || (last === undefined && userErrors.length === 1 && userErrors[0]?.path.join('.') === 'input.url');
}

const PLATFORMS = ['MAGENTO', 'PRESTASHOP'] as const;

/** Where the operator's rules are the widest: but for the address, each would be tried. */
const OURS = { role: 'VENDOR_SHOP', code: 'forged', timeZone: 'UTC' } as const;

test('storeConnect tries no address that is not public, and keeps nothing of it', async () => {
  const before = await rowPrints(under.gateway);
  const wrong: unknown[] = [];
  // The platforms in turn: what is below has both asked for every address.
  for (const [index, { url, because }] of addresses().entries()) {
    const platform = PLATFORMS[index % 2] ?? 'MAGENTO';
    const credentials = SECRETS[platform];
    const input = { platform, url, ...OURS, credentials, acceptIncomplete: true, keepUntested: true };
    const { storeConnect } = await under.data('staff', CONNECT, { input });
    if (storeConnect.store !== null || !isAddressRefused(storeConnect)) wrong.push({ because, ...storeConnect });
  }
  expect(wrong).toEqual([]);
  expect(canary.reached()).toBe(0);
  expect(await rowPrints(under.gateway)).toEqual(before);
});

test('an address of an allowed network is tried for the vendor: nothing but the address kept the others away; a customer has nothing of it', async () => {
  const url = `https://127.0.0.9:${canary.port}/`;
  const input = { platform: 'PRESTASHOP', url, credentials: SECRETS.PRESTASHOP };
  const { storeConnect: ours } = await under.data('staff', CONNECT, { input: { ...input, ...OURS } });
  // Nobody listens there.
  expect(ours).toMatchObject({ store: null, probe: { outcome: 'NOT_REACHED', findings: [{ code: 'UNREACHABLE' }] } });
  for (const address of [url, 'https://127.0.0.9/', `https://8.8.8.8:${canary.port}/`]) {
    const { storeConnect: hers } = await under.data('ada', CONNECT, { input: { ...input, url: address, role: 'CUSTOMER_PRODUCTION' } });
    expect(hers).toMatchObject({ store: null, probe: { outcome: 'REFUSED', findings: [{ code: 'ADDRESS_REFUSED' }] } });
  }
});

describe('a store whose address was good once', () => {
  /** Connected past the door, as a rule of the door may be younger than the row. By id, as many ways to write one address lead to one store. */
  const known = () =>
    withVendorSession(under.gateway.database, async (session) => {
      const hers = { role: 'CUSTOMER_PRODUCTION', customerId: under.vendor.ada.id, code: null, timeZone: null } as const;
      const ours = { role: 'VENDOR_SHOP', customerId: null, timeZone: null } as const;
      const ids: string[] = [];
      for (const [index, { url }] of addresses().entries()) {
        const owner = index % 2 === 0 ? hers : { ...ours, code: `shop-${index}` };
        const input = { ...owner, platform: 'MAGENTO', url, credentials: SECRETS.MAGENTO } as const;
        try {
          ids.push((await session.transaction((em) => connectStore(em, input, SECRET_KEY, NOW))).id);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
      }
      return ids;
    });

  test('is not reached either: not to try it, and not to read it', async () => {
    const written = await known();
    expect(written.length).toBeGreaterThanOrEqual(60);
    const wrong: unknown[] = [];
    for (const id of new Set(written)) {
      const input = { storeId: toGlobalId('Store', id) };
      const { storeProbe } = await under.data('staff', PROBE, { input });
      if (!isAddressRefused(storeProbe)) wrong.push(storeProbe);
      const { storeRead } = await under.data('staff', READ, { input });
      if (!storeRead.storeReading?.failure) wrong.push(storeRead);
    }
    expect(wrong).toEqual([]);
    expect(canary.reached()).toBe(0);
  });
});
