// What must hold before an attachment touches the machine.
import { release } from 'node:os';
import type { Manifest } from '../maps/manifest.js';
import { listLinks, type LinkState } from './commands.js';
import { PermissionError, UnsupportedFeatureError, UsageError } from './errors.js';
import { native } from './native.js';
import { isInterfaceName } from './roots.js';

const OLDEST_KERNEL = [6, 1] as const;
const ETHERNET_HEADER = 14;

/** Throws UnsupportedFeatureError on a kernel older than 6.1. */
export function requireKernel(version = release()): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldMajor, oldMinor] = OLDEST_KERNEL;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return;
  throw new UnsupportedFeatureError('kernel', `this kernel is ${version}; ncbpf needs Linux 6.1 or later`);
}

/** Throws PermissionError when CAP_BPF or CAP_NET_ADMIN is missing; `what` begins its sentence. */
export function requirePrivileges(what: string): void {
  const have = new Set<string>(native().capabilities());
  const missing = ['CAP_BPF', 'CAP_NET_ADMIN'].filter(
    (name) => !have.has(name) && !(name === 'CAP_BPF' && have.has('CAP_SYS_ADMIN')),
  );
  if (missing.length === 0) return;
  throw new PermissionError(
    `${what} needs ${missing.join(' and ')}: run as root, or give the process these capabilities (CAP_PERFMON too, for the verifier, and CAP_SYS_NICE, for the pacer thread)`,
  );
}

/** Throws UsageError when no interface can have this name; others are safe in paths. */
export function requireInterfaceName(name: string): void {
  if (!isInterfaceName(name)) throw new UsageError(`${JSON.stringify(name)} cannot be an interface's name`);
}

/**
 * The interface's state.
 * @throws UsageError when there is no such interface or it is no Ethernet
 */
export async function requireInterface(name: string): Promise<LinkState> {
  requireInterfaceName(name);
  const links = await listLinks();
  const link = links.find((candidate) => candidate.name === name);
  if (link === undefined) {
    const others = links.filter(({ type }) => type === 'ether').map((candidate) => candidate.name);
    throw new UsageError(
      `there is no interface ${name} in this network namespace${others.length > 0 ? ` (there are ${others.slice(0, 8).join(', ')})` : ''}`,
    );
  }
  if (link.type !== 'ether')
    throw new UsageError(
      `${name} is no Ethernet interface (its type is ${link.type}): Network Code frames cannot be sent on it`,
    );
  return link;
}

/** Throws UsageError when the program's longest frame does not fit the interface. */
export function requireMtu(link: LinkState, manifest: Manifest): void {
  const needed = manifest.longestFrame - ETHERNET_HEADER;
  if (needed <= link.mtu) return;
  throw new UsageError(
    `the program sends frames that need an MTU of ${needed}, and ${link.name} has ${link.mtu}: raise it (\`ip link set ${link.name} mtu ${needed}\`) or send shorter values`,
  );
}
