import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ShopSecrets } from './sandbox-shops.js';

/** What a start without a database of its own keeps in `.data/`: secrets of this machine, and where its demonstration stands. */
export interface LocalState {
  readonly tokenPepper: string;
  /** Base64 of 32 bytes. */
  readonly secretKey: string;
  readonly shops: ShopSecrets;
  /** Moment of the first start: the demonstration's months count back from it. */
  readonly startedAt: string;
  /** Where the sandbox shops listen, from the first start on: the connected shops are known by their addresses. */
  readonly ports: { readonly magento: number; readonly prestashop: number } | null;
  /** Set once the demonstration is complete. */
  readonly tokens: DemoTokens | null;
}

export interface DemoTokens {
  readonly staff: string;
  readonly partner: string;
  readonly customer: string;
  readonly store: string;
}

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

export async function readOrMakeState(directory: string, now: Temporal.Instant): Promise<LocalState> {
  const file = join(directory, 'state.json');
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as LocalState;
  const state: LocalState = {
    tokenPepper: hex(32),
    secretKey: randomBytes(32).toString('base64'),
    shops: {
      magento: { consumerKey: hex(16), consumerSecret: hex(16), accessToken: hex(16), accessTokenSecret: hex(16) },
      prestashopKey: hex(16).toUpperCase(),
    },
    startedAt: now.toString(),
    ports: null,
    tokens: null,
  };
  await writeState(directory, state);
  return state;
}

/** Written beside and renamed, so that a killed start leaves the old state or the new one. */
export async function writeState(directory: string, state: LocalState): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writePrivate(join(directory, 'state.json'), state);
}

export async function writePrivate(file: string, content: unknown): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
