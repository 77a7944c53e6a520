import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Made for these tests, and for nothing else: a key that everybody may know, and a certificate signed by itself, for another name, from 2020 to 2126. */
const KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIEP38UvyVtuOqoTQMGxSnCvoH0ZRziU0e7O7o7RDEa0coAoGCCqGSM49
AwEHoUQDQgAEhOQxX4wdjYu5IatldLCvoSRwXT038HBXZkHIfCr2Sjig2N6EbS6e
P3/t8PT8XcyC5mvWlpyTiQbKVVpap79VmQ==
-----END EC PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgzCCASigAwIBAgIBATAKBggqhkjOPQQDAjAfMR0wGwYDVQQDDBRhbm90aGVy
LXNob3AuZXhhbXBsZTAgFw0yMDAxMDEwMDAwMDBaGA8yMTI2MDEwMTAwMDAwMFow
HzEdMBsGA1UEAwwUYW5vdGhlci1zaG9wLmV4YW1wbGUwWTATBgcqhkjOPQIBBggq
hkjOPQMBBwNCAASE5DFfjB2Ni7khq2V0sK+hJHBdPTfwcFdmQch8KvZKOKDY3oRt
Lp4/f+3w9PxdzILma9aWnJOJBspVWlqnv1WZo1MwUTAdBgNVHQ4EFgQUtYrli8Lv
AOdHis36ghWcZWnrpaQwDwYDVR0TAQH/BAUwAwEB/zAfBgNVHREEGDAWghRhbm90
aGVyLXNob3AuZXhhbXBsZTAKBggqhkjOPQQDAgNJADBGAiEA5011XrQrmrdmsAw4
2jbitD1PLyMq9CM+qDRdYe8dzvQCIQDEro95w4Qi+35bUihIuebF8LzRLDUmZqZf
FMnrZoHpew==
-----END CERTIFICATE-----`;

export interface UntrustedServer {
  readonly url: string;
  /** Requests that came although the certificate is wrong. */
  readonly requests: () => number;
  close(): Promise<void>;
}

/** A server on loopback whose certificate nobody should accept. */
export async function startUntrustedServer(): Promise<UntrustedServer> {
  let requests = 0;
  const server = createServer({ key: KEY, cert: CERTIFICATE }, (_request, response) => {
    requests += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
