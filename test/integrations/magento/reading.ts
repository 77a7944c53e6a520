import { guardedClient } from '../../../integrations/guarded-client.js';
import { type MagentoConnection, magentoConnector } from '../../../integrations/magento/connector.js';
import { type ReadingPage, type StorePlatform, StoreReadingFailed } from '../../../integrations/store-platform.js';

export const SECRETS = { consumerKey: 'ck', consumerSecret: 'cs', accessToken: 'at', accessTokenSecret: 'ats' };

export function clientFor(url: string, totalTimeoutMs = 10_000) {
  return guardedClient({ allowedHosts: [new URL(url).host], totalTimeoutMs, maxBytes: 8_000_000 });
}

export function connectorFor(url: string, connection: Partial<MagentoConnection> = {}): StorePlatform {
  return magentoConnector({ baseUrl: url, credentials: { kind: 'OAUTH1', ...SECRETS }, client: clientFor(url), ...connection });
}

export async function allPages<T>(reading: AsyncIterable<ReadingPage<T>>): Promise<ReadingPage<T>[]> {
  const pages: ReadingPage<T>[] = [];
  for await (const page of reading) pages.push(page);
  return pages;
}

export async function allRows<T>(reading: AsyncIterable<Pick<ReadingPage<T>, 'rows'>>): Promise<T[]> {
  return (await Array.fromAsync(reading)).flatMap(({ rows }) => [...rows]);
}

export async function failureOf(reading: Promise<unknown>): Promise<StoreReadingFailed> {
  const outcome = await reading.then(
    () => new Error('expected a refusal'),
    (error: unknown) => error,
  );
  if (!(outcome instanceof StoreReadingFailed)) throw outcome;
  return outcome;
}
