import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Made for these tests, and for nothing else: a key that everybody may know, and a certificate signed by itself, for another name, until the year 2126. */
const KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIEP38UvyVtuOqoTQMGxSnCvoH0ZRziU0e7O7o7RDEa0coAoGCCqGSM49
AwEHoUQDQgAEhOQxX4wdjYu5IatldLCvoSRwXT038HBXZkHIfCr2Sjig2N6EbS6e
P3/t8PT8XcyC5mvWlpyTiQbKVVpap79VmQ==
-----END EC PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBtTCCAVygAwIBAgIULfzLwTpCJqJi5mR4mc3DklW1j0cwCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUYW5vdGhlci1zaG9wLmV4YW1wbGUwIBcNMjYxMTIyMTAzNDU4
WhgPMjEyNjEwMjkxMDM0NThaMB8xHTAbBgNVBAMMFGFub3RoZXItc2hvcC5leGFt
cGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhOQxX4wdjYu5IatldLCvoSRw
XT038HBXZkHIfCr2Sjig2N6EbS6eP3/t8PT8XcyC5mvWlpyTiQbKVVpap79VmaN0
MHIwHQYDVR0OBBYEFLWK5YvC7wDnR4rN+oIVnGVp66WkMB8GA1UdIwQYMBaAFLWK
5YvC7wDnR4rN+oIVnGVp66WkMA8GA1UdEwEB/wQFMAMBAf8wHwYDVR0RBBgwFoIU
YW5vdGhlci1zaG9wLmV4YW1wbGUwCgYIKoZIzj0EAwIDRwAwRAIgW/5XhtqFMeiN
2CSBO1NU5qn/izUeu5GNa5GsAzClgI8CIAeu+oTAfcsI/VJpyzcJ6tBxi9Z7cld0
z0NYvNDHylbL
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
