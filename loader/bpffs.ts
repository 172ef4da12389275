// The file system that pins live in.
import { existsSync, readlinkSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandError, runCommand } from './commands.js';
import { KernelError, PermissionError, UnsupportedFeatureError } from './errors.js';
import { isNativeError } from './native.js';
import { makeRootFolder } from './root-folders.js';
import { DEFAULT_PINS, type Roots } from './roots.js';

const BPF_FS_MAGIC = 0xcafe4a11;
const MOUNT_POINT = '/sys/fs/bpf';

function nearestExisting(path: string): string {
  let folder = path;
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

/** Whether a path lies, or would lie, in a bpffs. */
export function isInBpffs(path: string): boolean {
  return statfsSync(nearestExisting(path)).type === BPF_FS_MAGIC;
}

function mountNamespace(pid: number | 'self'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return null;
  }
}

/** `ip netns exec` gives each command a /sys of its own, which vanishes with it. In some containers process 1 cannot be asked. */
function hasPrivateMounts(): boolean {
  const usual = mountNamespace(1) ?? mountNamespace(process.ppid);
  return usual !== null && usual !== mountNamespace('self');
}

async function mountBpffs(): Promise<void> {
  if (hasPrivateMounts()) {
    throw new UnsupportedFeatureError(
      'bpffs',
      `${MOUNT_POINT} is hidden here, and a mount made now would vanish with this command (as under \`ip netns exec\`): ` +
        'use `nsenter --net=/run/netns/NAME ncbpf ...`, or point NCBPF_PIN_ROOT at a folder of a bpffs mounted outside /sys',
    );
  }
  try {
    await runCommand('mount', ['-t', 'bpf', 'bpf', MOUNT_POINT]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new PermissionError(
      `${MOUNT_POINT} has no bpffs and mounting it failed (${error.stderr.trim()}): as root, run \`mount -t bpf bpf ${MOUNT_POINT}\``,
    );
  }
}

/**
 * Makes sure that the folder of the pins exists in a bpffs; mounts /sys/fs/bpf where that is missing, and leaves it mounted.
 * @throws UnsupportedFeatureError, PermissionError, KernelError
 */
export async function ensureBpffs(roots: Roots): Promise<void> {
  if (!isInBpffs(roots.pins)) {
    if (roots.pins !== DEFAULT_PINS) {
      throw new UnsupportedFeatureError(
        'bpffs',
        `NCBPF_PIN_ROOT=${roots.pins} is not in a bpffs: mount one there with \`mount -t bpf bpf FOLDER\``,
      );
    }
    await mountBpffs();
  }
  try {
    makeRootFolder(roots.pins);
  } catch (error) {
    if (isNativeError(error, 'EACCES') || isNativeError(error, 'EPERM')) {
      throw new PermissionError(
        `this user may not write in ${dirname(roots.pins)}: run as root, or name a folder of a bpffs that belongs to this user with NCBPF_PIN_ROOT`,
        { cause: error },
      );
    }
    throw new KernelError(`cannot make ${roots.pins}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
