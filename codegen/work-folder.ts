// The folder that a compiler works in: gone when the work is done, when the process ends, or, after a kill, at the next run.
import { existsSync, readlinkSync, rmSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Process ids mean something in one pid namespace only, and /tmp may be shared with others. */
const NAME = /^ncbpf-(\d+)-(\d+)-\w{6}$/;

/** Folders of this process that are in use. */
const inUse = new Set<string>();

function removeAll(): void {
  // A compiler that was killed just now may still end a system call in it.
  for (const folder of inUse) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** The number of this process's pid namespace; 0 where /proc does not say. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/** Only this user's own: in a shared /tmp anybody may make folders of any name. */
async function isOwnFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found !== null && found.isDirectory() && found.uid === process.geteuid?.();
}

/** Removes what processes of this user have left that were killed. */
async function removeStale(parent: string): Promise<void> {
  const namespace = pidNamespace();
  for (const name of await readdir(parent).catch((): string[] => [])) {
    const [, owner, pid = ''] = NAME.exec(name) ?? [];
    if (owner !== namespace || existsSync(`/proc/${pid}`)) continue;
    const folder = join(parent, name);
    // Another process may be at it too.
    if (await isOwnFolder(folder)) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/**
 * Runs `work` with a folder of its own in the system's folder for temporary files, which is removed in every case: when the process ends
 * meanwhile, with it, and after a SIGKILL by the next call of any process of this user.
 */
export async function withWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = tmpdir();
  await removeStale(parent);
  const folder = await mkdtemp(join(parent, `ncbpf-${pidNamespace()}-${process.pid}-`));
  inUse.add(folder);
  if (inUse.size === 1) process.on('exit', removeAll);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    inUse.delete(folder);
    if (inUse.size === 0) process.off('exit', removeAll);
  }
}
