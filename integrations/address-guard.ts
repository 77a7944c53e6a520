import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import type { Agent } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';

/** Blocks of IPv4 that no shop on the public internet can have. */
const REFUSED_IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8], // "this network"
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, where clouds keep their metadata service
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relay
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/** Blocks inside global unicast that lead somewhere else than they look. */
const REFUSED_IPV6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23], // Teredo and other protocol assignments: an IPv4 address is wrapped inside
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: an IPv4 address is wrapped inside
  ['3fff::', 20], // documentation
];

const refused = new BlockList();
for (const [network, prefix] of REFUSED_IPV4) refused.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of REFUSED_IPV6) refused.addSubnet(network, prefix, 'ipv6');

const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Marks a connection that was never opened because of where it would have led. */
export const ADDRESS_REFUSED = 'ADDRESS_REFUSED';

export type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Whether an IP address belongs to the public internet.
 * False for loopback, private, link-local, CGNAT, multicast, unique local, NAT64, 6to4, mapped and zoned addresses, and for what is no address.
 * IPv6 is an allow-list (2000::/3 without its tunnels), so that forms nobody thought of are refused as well.
 */
export function isPublicAddress(address: string): boolean {
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 4) return !refused.check(address, 'ipv4');
  return family === 6 && globalUnicast.check(address, 'ipv6') && !refused.check(address, 'ipv6');
}

export interface GuardOptions {
  /** Networks in CIDR whose addresses count as public: "10.20.0.0/16", or a single address. */
  readonly networks?: readonly string[] | undefined;
  readonly lookup?: Lookup | undefined;
}

/** Whether an address is public or in one of the networks. A zone is never: it names an interface of this machine. Throws on what is no network. */
export function permittedIn(networks: readonly string[]): (address: string) => boolean {
  const permitted = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    permitted.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return (address) =>
    isPublicAddress(address) ||
    (isIP(address) !== 0 && !address.includes('%') && permitted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'));
}

/**
 * Makes an agent refuse every connection that does not end on a public address. Three gates, because each alone has a hole:
 * a literal address never reaches the lookup; a name may have one good record and one bad; and only the open socket tells where it ended.
 * A refused connection fails the request with an error whose `code` is `ADDRESS_REFUSED`, before a byte of the request is sent.
 */
export function guardAgent<A extends Agent>(agent: A, { networks = [], lookup = systemLookup }: GuardOptions = {}): A {
  const isPermitted = permittedIn(networks);
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const host = options.host ?? '';
    if (isIP(host.split('%')[0] ?? '') !== 0 && !isPermitted(host)) {
      callback?.(addressRefused(), undefined as never);
      return undefined;
    }
    const socket = connect({ ...options, lookup: publicLookup(lookup, isPermitted) }, callback);
    socket?.once('connect', () => {
      const remote = (socket as Socket).remoteAddress;
      // Gone again before it could be asked where it ended.
      if (remote === undefined) socket.destroy(Object.assign(new Error('the connection was closed at once'), { code: 'ECONNRESET' }));
      else if (!isPermitted(remote)) socket.destroy(addressRefused());
    });
    return socket;
  };
  return agent;
}

/** The name resolution of a guarded connection: one bad record refuses the whole name. */
function publicLookup(lookup: Lookup, isPermitted: (address: string) => boolean) {
  return (
    hostname: string,
    options: LookupOptions,
    callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ): void =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isPermitted(address))) return callback(addressRefused(), []);
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
}

function addressRefused(): NodeJS.ErrnoException {
  return Object.assign(new Error('the address is not on the public internet'), { code: ADDRESS_REFUSED });
}
