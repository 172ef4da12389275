// One command at a time works on an interface's attachment.
import { closeSync, fstatSync, mkdirSync, statSync, unlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PermissionError, UsageError } from './errors.js';
import { isNativeError, native } from './native.js';
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

/** Opens the lock file, and makes its folder where that is missing. */
function openLock(roots: Roots, path: string): number {
  try {
    mkdirSync(roots.run, { recursive: true, mode: 0o755 });
    return native().openLockFile(path, 0o600);
  } catch (cause) {
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
  // The file is removed by its last holder: a lock on a file that has lost its name protects nothing.
  if (native().ofdLock(fd, 0, 1, true) && sameFile(fd, path)) return fd;
  closeSync(fd);
  return null;
}

/**
 * Runs `work` while holding the lock of an interface's attachment; waits up to 10 s for another ncbpf. The lock dies with the process.
 * @throws UsageError when another command holds it for longer, PermissionError
 */
export async function withLock<T>(roots: Roots, interfaceName: string, work: () => Promise<T>): Promise<T> {
  const path = lockPath(roots, interfaceName);
  const deadline = Date.now() + PATIENCE_MS;
  let fd = tryLock(roots, path);
  while (fd === null) {
    if (Date.now() > deadline)
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
