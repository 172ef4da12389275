// Network namespaces: one machine's namespaces share /run and often /sys/fs/bpf, so each attachment says which is its own.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AttachmentRecord } from '../maps/attachment.js';
import { UsageError } from './errors.js';

export type Netns = AttachmentRecord['netns'];

function identityOf(path: string): Netns | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return { device: String(dev), inode: String(ino) };
  } catch {
    return null;
  }
}

function same(a: Netns | null, b: Netns): boolean {
  return a !== null && a.device === b.device && a.inode === b.inode;
}

/** The namespace of this process. */
export function ownNetns(): Netns {
  return identityOf('/proc/thread-self/ns/net') ?? identityOf('/proc/self/ns/net')!;
}

export function isOwnNetns(netns: Netns): boolean {
  return same(ownNetns(), netns);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Where a namespace can be entered: its name under /run/netns, or a process in it. Null when there is neither. */
export function findNetns(netns: Netns): string | null {
  const named = entries('/run/netns').map((name) => join('/run/netns', name));
  const processes = entries('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `/proc/${pid}/ns/net`);
  return [...named, ...processes].find((path) => same(identityOf(path), netns)) ?? null;
}

/** The sentence for an attachment that belongs to another network namespace. */
export function otherNamespace(interfaceName: string, netns: Netns): UsageError {
  const place = findNetns(netns);
  const enter = place === null ? '' : `enter it (\`nsenter --net=${place} ncbpf ...\`), or `;
  return new UsageError(
    `${interfaceName} is attached in another network namespace: ${enter}keep namespaces apart with NCBPF_PIN_ROOT and NCBPF_RUN_ROOT`,
  );
}
