import type { StoreFailureCode } from './store-platform.js';

/** What the operator lets the gateway reach. */
export interface OutboundRules {
  /** Hosts ("127.0.0.1:4101", "shop.internal") that may be reached over http or on a private address. */
  readonly allowedHosts: readonly string[];
  /** Deadline of one exchange, connect to last byte. */
  readonly totalTimeoutMs: number;
  /** Largest body after inflation. */
  readonly maxBytes: number;
}

export interface StoreReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface GuardedClient {
  /** One GET. Throws `StoreReadingFailed` where no reply could be had; a reply of any status is returned. */
  get(url: URL, headers: Readonly<Record<string, string>>): Promise<StoreReply>;
}

export type { StoreFailureCode };
