// What an interface carries that a gate would hold up: addresses of this host, and TCP connections.
import { runCommand, runJson } from './commands.js';

interface AddressEntry {
  readonly ifname: string;
  /** The device below (a VLAN's), or the other end of a veth pair. */
  readonly link?: string;
  /** The bridge or bond that it is a port of. */
  readonly master?: string;
  readonly addr_info: readonly { readonly local?: string; readonly scope: string }[];
}

export interface Traffic {
  /** Global addresses, with the device where that is another one: `192.0.2.1 (br0)`. */
  readonly addresses: readonly string[];
  /** Other ends of established TCP connections, `198.51.100.7:22`. */
  readonly peers: readonly string[];
}

/** The interface and the devices whose traffic goes through it: its VLANs, its bridge or bond, and so on upwards. */
function devicesOver(name: string, entries: readonly AddressEntry[]): Set<string> {
  const byName = new Map(entries.map((entry) => [entry.ifname, entry]));
  const devices = new Set([name]);
  // A set grows while it is walked through.
  for (const device of devices) {
    const { master, link: below } = byName.get(device) ?? {};
    if (master !== undefined) devices.add(master);
    for (const { ifname, link } of entries) if (link === device && ifname !== below) devices.add(ifname);
  }
  return devices;
}

/** `[fe80::1]%eth0:22`, `[::ffff:192.0.2.1]:22` or `192.0.2.1:22` in parts. */
function splitSocket(text: string): { address: string; device: string | undefined } {
  const [host = '', device] = text.slice(0, text.lastIndexOf(':')).split('%');
  return { address: host.replace(/^\[|\]$/g, '').replace(/^::ffff:(?=\d+\.)/, ''), device };
}

/** @throws UnsupportedFeatureError when iproute2 is not installed */
export async function trafficOf(name: string): Promise<Traffic> {
  const entries = await runJson<AddressEntry>('ip', ['-j', 'address', 'show']);
  const devices = devicesOver(name, entries);
  const found = entries
    .filter(({ ifname }) => devices.has(ifname))
    .flatMap(({ ifname, addr_info }) => addr_info.map(({ local, scope }) => ({ ifname, local: local ?? '', scope })));
  const sockets = (await runCommand('ss', ['-Htn', 'state', 'established'])).split('\n');
  return {
    addresses: found
      .filter(({ scope }) => scope === 'global')
      .map(({ ifname, local }) => (ifname === name ? local : `${local} (${ifname})`)),
    peers: sockets.flatMap((line) => {
      const [, , near = '', peer = ''] = line.trim().split(/\s+/);
      const { address, device } = splitSocket(near);
      const carried = found.some(({ ifname, local }) => local === address && (device ?? ifname) === ifname);
      return carried ? [peer] : [];
    }),
  };
}
