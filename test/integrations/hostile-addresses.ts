import { createServer, type Server } from 'node:net';
import type { Lookup } from '../../integrations/address-guard.js';

/** An address that somebody may give for a store, to have us reach what stands beside us; `{port}` is where the canary listens. */
export interface HostileAddress {
  readonly address: string;
  readonly because: string;
}

const literal = (...addresses: readonly (readonly [host: string, because: string])[]): HostileAddress[] =>
  addresses.map(([host, because]) => ({ address: `https://${host}:{port}/`, because }));

const IPV4 = literal(
  ['127.0.0.1', 'loopback'],
  ['127.1', 'loopback, short'],
  ['127.0.1', 'loopback in three parts'],
  ['2130706433', 'loopback in decimal'],
  ['0x7f000001', 'loopback in hexadecimal'],
  ['0x7f.0x0.0x0.0x1', 'loopback in hexadecimal parts'],
  ['0X7F.1', 'loopback in capitals, short'],
  ['017700000001', 'loopback in octal'],
  ['0177.0.0.1', 'loopback in octal parts'],
  ['0177.0x0.1', 'loopback in octal, hexadecimal and decimal'],
  ['127.000.000.001', 'loopback with zeros'],
  ['127.0.0.1.', 'loopback with a dot behind'],
  ['127.255.255.254', 'the other end of loopback'],
  ['0.0.0.0', 'this machine'],
  ['0', 'this machine, short'],
  ['10.0.0.1', 'private'],
  ['167772161', 'private in decimal'],
  ['172.16.0.1', 'private'],
  ['172.31.255.254', 'private to its end'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'carrier-grade NAT'],
  ['169.254.169.254', 'metadata of a cloud'],
  ['2852039166', 'metadata in decimal'],
  ['0xa9fea9fe', 'metadata in hexadecimal'],
  ['192.0.0.192', 'metadata of another cloud'],
  ['192.0.2.1', 'documentation'],
  ['192.88.99.1', '6to4 relay'],
  ['198.18.0.1', 'benchmarks'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.250', 'multicast of the house'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
);

const IPV6 = literal(
  ['[::1]', 'loopback'],
  ['[0:0:0:0:0:0:0:1]', 'loopback at length'],
  ['[::]', 'this machine'],
  ['[::ffff:127.0.0.1]', 'mapped'],
  ['[::ffff:7f00:1]', 'mapped in hexadecimal'],
  ['[::127.0.0.1]', 'compatible'],
  ['[::ffff:0:127.0.0.1]', 'translated'],
  ['[64:ff9b::127.0.0.1]', 'NAT64'],
  ['[64:ff9b:1::7f00:1]', 'NAT64 of the house'],
  ['[2002:7f00:1::]', '6to4'],
  ['[2001:0:7f00:1::1]', 'Teredo'],
  ['[fc00::1]', 'unique local'],
  ['[fd00:ec2::254]', 'metadata of a cloud'],
  ['[fe80::1]', 'link-local'],
  ['[fe80::1%25lo]', 'link-local with a zone'],
  ['[fe80::1%lo]', 'link-local with a bare zone'],
  ['[fec0::1]', 'site-local'],
  ['[ff02::1]', 'multicast'],
  ['[100::1]', 'discard'],
  ['[2001:db8::1]', 'documentation'],
);

const WRITTEN: readonly HostileAddress[] = [
  { address: 'https://shop.example@127.0.0.1:{port}/', because: 'a user that looks like a host' },
  { address: 'https://shop.example:443@127.0.0.1:{port}/', because: 'a user and password that look like a host and port' },
  { address: 'https://127.0.0.1:{port}\\@shop.example/', because: 'a backslash before the at' },
  { address: 'https://shop.example\\@127.0.0.1:{port}/', because: 'a backslash behind the host' },
  { address: 'https:\\\\127.0.0.1:{port}\\', because: 'backslashes for slashes' },
  { address: 'https:127.0.0.1:{port}', because: 'no slashes' },
  { address: 'https:////127.0.0.1:{port}/', because: 'too many slashes' },
  { address: 'https://127.0.0.1\t:{port}/', because: 'a tab' },
  { address: 'ht\ntps://127.0.0.1:{port}/', because: 'a line break in the scheme' },
  { address: 'https://127.0.0\r\n.1:{port}/', because: 'a line break in the host' },
  { address: ' https://127.0.0.1:{port}/ ', because: 'spaces around' },
  { address: 'https://%31%32%37.0.0.1:{port}/', because: 'encoded digits' },
  { address: 'https://loc%61lhost:{port}/', because: 'an encoded letter' },
  { address: 'https://１２７.０.０.１:{port}/', because: 'digits of full width' },
  { address: 'https://①②⑦.⓪.⓪.①:{port}/', because: 'digits in circles' },
  { address: 'https://127。0。0。1:{port}/', because: 'ideographic full stops' },
  { address: 'https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/', because: 'letters in circles' },
  { address: 'https://local\u00adhost:{port}/', because: 'a soft hyphen' },
  { address: 'https://127.0.0.1:{port}?@shop.example/', because: 'a query that looks like a host' },
  { address: 'https://127.0.0.1:{port}#@shop.example/', because: 'a fragment that looks like a host' },
  { address: 'http://127.0.0.1:{port}/', because: 'http' },
  { address: 'http://localhost:{port}/', because: 'http by name' },
  { address: 'file:///etc/hostname', because: 'a file' },
  { address: 'ftp://127.0.0.1:{port}/', because: 'FTP' },
  { address: 'gopher://127.0.0.1:{port}/_GET', because: 'Gopher' },
  { address: 'ws://127.0.0.1:{port}/', because: 'a web socket' },
  { address: 'data:application/json,{}', because: 'data' },
  { address: 'https://127.0.0.1:22/', because: 'a port that nobody allowed' },
  { address: 'https://shop.example:6379/', because: 'a port that nobody allowed, by name' },
];

/** What a name resolves to, one list for each time it is asked; the last one repeats. */
const RECORDS: Readonly<Record<string, { readonly answers: readonly (readonly string[])[]; readonly because: string }>> = {
  localhost: { answers: [['127.0.0.1', '::1']], because: 'the name of this machine' },
  'localhost.': { answers: [['127.0.0.1']], because: 'with a dot behind' },
  'shop.localhost': { answers: [['127.0.0.1']], because: 'a name below it' },
  'ip6-localhost': { answers: [['::1']], because: 'another name of this machine' },
  '127.0.0.1.nip.example': { answers: [['127.0.0.1']], because: 'a name that says its address' },
  '7f000001.nip.example': { answers: [['127.0.0.1']], because: 'the same in hexadecimal' },
  'inside.example': { answers: [['10.1.2.3']], because: 'a public name with a private record' },
  'metadata.example': { answers: [['169.254.169.254']], because: 'a public name of a cloud’s metadata' },
  'first.example': { answers: [['8.8.8.8', '127.0.0.1']], because: 'a good record before a bad one' },
  'last.example': { answers: [['127.0.0.1', '8.8.8.8']], because: 'a good record behind a bad one' },
  'six.example': { answers: [['8.8.8.8', '::1']], because: 'a public A beside an AAAA of loopback' },
  'unique.example': { answers: [['8.8.8.8', 'fd00::1']], because: 'a public A beside a unique local AAAA' },
  'mapped.example': { answers: [['::ffff:127.0.0.1']], because: 'a mapped AAAA' },
  'nat64.example': { answers: [['64:ff9b::7f00:1']], because: 'an AAAA through NAT64' },
  'zone.example': { answers: [['fe80::1%lo']], because: 'an AAAA with a zone' },
  'junk.example': { answers: [['0x7f.1']], because: 'what no resolver should answer' },
  'void.example': { answers: [[]], because: 'no record at all' },
  'rebound.example': { answers: [['127.0.0.2'], ['127.0.0.1']], because: 'it moves between two tries' },
};

const NAMES: readonly HostileAddress[] = Object.entries(RECORDS).map(([name, { because }]) => ({
  address: `https://${name}:{port}/`,
  because,
}));

/** Ways to name what is not public. */
export const HOSTILE_ADDRESSES: readonly HostileAddress[] = [...IPV4, ...IPV6, ...WRITTEN, ...NAMES];

/** A resolver with the records above; every other name leads to loopback, so that whatever a text is taken for, it leads astray. */
export function hostileResolver(): Lookup {
  const asked = new Map<string, number>();
  return (hostname, _options, callback) => {
    const { answers = [['127.0.0.1']] } = RECORDS[hostname] ?? {};
    const times = asked.get(hostname) ?? 0;
    asked.set(hostname, times + 1);
    const records = answers[Math.min(times, answers.length - 1)] ?? [];
    process.nextTick(
      callback,
      null,
      records.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

export interface Canary {
  readonly port: number;
  /** Connections that came, from whoever and to whichever loopback address; each is closed at once. */
  readonly reached: () => number;
  close(): Promise<void>;
}

/** What nobody may reach: it listens on loopback, in IPv4 and, where there is one, IPv6, and counts. */
export async function startCanary(): Promise<Canary> {
  let count = 0;
  const listening = async (host: string, port: number): Promise<Server> => {
    const server = createServer((socket) => {
      count += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
    return server;
  };
  const first = await listening('127.0.0.1', 0);
  const address = first.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const second = await listening('::1', port).catch(() => null);
  return {
    port,
    reached: () => count,
    close: async () => {
      for (const server of [first, second]) if (server !== null) await new Promise((resolve) => server.close(resolve));
    },
  };
}
