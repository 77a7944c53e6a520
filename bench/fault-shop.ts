import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, faultSwitch } from '../integrations/sandbox/fault-switch.js';
import { startUntrustedServer } from '../test/support/wrong-certificate.js';
import { answerParent } from './child.js';

/** What a shop of a test can do wrong, and what comes before it can answer at all. */
export type Misbehaviour = Fault | { readonly kind: 'WRONG_CERTIFICATE' };

export interface FaultShopStart {
  /** How it misbehaves; null for a shop that is well. */
  readonly fault: Misbehaviour | null;
  /** How long it takes over an answer, as PHP would. */
  readonly answersAfterMs: number;
}

/** A page of orders, about as large as one of a small shop's. */
const PAGE = JSON.stringify({ orders: Array.from({ length: 50 }, (_, id) => ({ id, reference: `ORDER${id}`, total_paid: '120.000000' })) });

/** A shop with one page; answers with its address. */
async function start({ fault, answersAfterMs }: FaultShopStart): Promise<string> {
  if (fault?.kind === 'WRONG_CERTIFICATE') return (await startUntrustedServer()).url;
  const faults = faultSwitch();
  faults.set(fault);
  const server = createServer(async (request, response) => {
    if (await faults.intercept(request, response)) return;
    setTimeout(() => response.writeHead(200, { 'Content-Type': 'application/json' }).end(PAGE), answersAfterMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

answerParent<FaultShopStart, string>(start);
