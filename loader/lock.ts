// One command at a time works on an interface's attachment.
import { closeSync, fstatSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PermissionError, UsageError } from './errors.js';
import { isNativeError, native } from './native.js';
import { makeRootFolder } from './root-folders.js';
import { lockPath, type Roots } from './roots.js';

const PATIENCE_MS = 10_000;
const LOOK_MS = 20;

function sameFile(fd: number, path: string): boolean {
  try {
    const [open, named] = [fstatSync(fd), statSync(path)];
    return open.ino === named.ino && open.dev === named.dev;
  } catch {
    return false;
  }
}

/** Opens the lock file, and makes its folder where that is missing; null when another command has removed that at once. */
function openLock(roots: Roots, path: string): number | null {
  try {
    makeRootFolder(roots.run);
    return native().openLockFile(path, 0o600);
  } catch (cause) {
    if (isNativeError(cause, 'ENOENT')) return null;
    if (!isNativeError(cause, 'EACCES') && !isNativeError(cause, 'EPERM')) throw cause;
    throw new PermissionError(
      `this user may not write in ${roots.run}: run as root or as the user to whom it belongs, ` +
        'or name other folders with NCBPF_RUN_ROOT and NCBPF_PIN_ROOT',
      { cause },
    );
  }
}

function tryLock(roots: Roots, path: string): number | null {
  const fd = openLock(roots, path);
  if (fd === null) return null;
  // The file is removed by its last holder: a lock on a file that has lost its name protects nothing.
  if (native().ofdLock(fd, 0, 1, true) && sameFile(fd, path)) return fd;
  closeSync(fd);
  return null;
}

/** Whether somebody holds the lock of any interface. Lock files of commands that were killed are removed. */
export function anyLockHeld(roots: Roots): boolean {
  const names = readdirSync(roots.run).filter((name) => /^\..*\.lock$/.test(name));
  const held = names.filter((name) => {
    const path = join(roots.run, name);
    const fd = tryLock(roots, path);
    if (fd === null) return true;
    unlinkSync(path);
    closeSync(fd);
    return false;
  });
  return held.length > 0;
}

/**
 * Runs `work` while holding the lock of an interface's attachment; waits up to 10 s for another ncbpf. The lock dies with the process.
 * @throws UsageError when another command holds it for longer, PermissionError
 */
export async function withLock<T>(roots: Roots, interfaceName: string, work: () => Promise<T>): Promise<T> {
  const path = lockPath(roots, interfaceName);
  // Not the time of day, which somebody may set meanwhile.
  const deadline = performance.now() + PATIENCE_MS;
  let fd = tryLock(roots, path);
  while (fd === null) {
    if (performance.now() > deadline)
      throw new UsageError(`another ncbpf command works on ${interfaceName}: wait for it to end`);
    await sleep(LOOK_MS);
    fd = tryLock(roots, path);
  }
  try {
    return await work();
  } finally {
    unlinkSync(path);
    closeSync(fd);
  }
}
