// Who writes which variable: one process at a time, by a lock that dies with it.
import { closeSync, openSync, readSync, writeSync, constants } from 'node:fs';
import { PermissionError, UsageError } from './errors.js';
import { isNativeError, native } from './native.js';

/** Bytes of the file of claims for each variable, by its id: the holder's process id, a u64 in host order. */
const SLOT = 8;

/** Opens the file of claims; attach has made it. */
function openClaims(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (cause) {
    if (isNativeError(cause, 'ENOENT'))
      throw new UsageError(`nothing is attached here any more: ${path} is gone`, { cause });
    if (!isNativeError(cause, 'EACCES')) throw cause;
    throw new PermissionError(`claim a variable: no permission to write ${path}; run as root, or attach with --group`, {
      cause,
    });
  }
}

/** The claims of one open variable space. They end with `release`, `close`, or the process. */
export class VariableClaims {
  #fd: number | undefined;
  readonly #held = new Set<number>();

  constructor(readonly path: string) {}

  holds(id: number): boolean {
    return this.#held.has(id);
  }

  /**
   * Claims a variable.
   * @throws UsageError when another process, or another part of this one, has it
   * @throws PermissionError
   */
  claim(id: number, name: string): void {
    this.#fd ??= openClaims(this.path);
    if (!native().ofdLock(this.#fd, id * SLOT, SLOT, true)) {
      throw new UsageError(`variable ${name} is being written by ${holderOf(this.#fd, id)}: one process at a time may`);
    }
    this.#held.add(id);
    writeHolder(this.#fd, id, process.pid);
  }

  /** Gives a claim back; nothing happens if it is not held. */
  release(id: number): void {
    if (this.#fd === undefined || !this.#held.delete(id)) return;
    writeHolder(this.#fd, id, 0);
    native().ofdUnlock(this.#fd, id * SLOT, SLOT);
  }

  /** Gives all claims back. Any number of times. */
  close(): void {
    for (const id of [...this.#held]) this.release(id);
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

function writeHolder(fd: number, id: number, pid: number): void {
  writeSync(fd, new Uint8Array(BigUint64Array.of(BigInt(pid)).buffer), 0, SLOT, id * SLOT);
}

/** For the sentence only: between lock and note it may be the former holder's number, or none. */
function holderOf(fd: number, id: number): string {
  const slot = new BigUint64Array(1);
  const length = readSync(fd, new Uint8Array(slot.buffer), 0, SLOT, id * SLOT);
  const pid = length === SLOT ? Number(slot[0]) : 0;
  if (pid === process.pid) return 'another part of this process';
  return pid === 0 ? 'another process' : `process ${pid}`;
}
