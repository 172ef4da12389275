// Who writes which variable, and who appends to and takes from which queue: one process at a time each, by a lock that dies with it.
import { closeSync, openSync, readSync, writeSync, constants } from 'node:fs';
import { PermissionError, UsageError } from './errors.js';
import { isNativeError, native } from './native.js';
import type { Right } from './variable-rights.js';

/** Bytes of the file of claims for each right, by its slot: the holder's process id, a u64 in host order. */
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

  holds({ slot }: Right): boolean {
    return this.#held.has(slot);
  }

  /**
   * Claims a right.
   * @throws UsageError when applications do not have it, or another process, or another part of this one, holds it
   * @throws PermissionError
   */
  claim({ slot, underWay, refusal }: Right): void {
    if (refusal !== null) throw new UsageError(refusal);
    this.#fd ??= openClaims(this.path);
    if (!native().ofdLock(this.#fd, slot * SLOT, SLOT, true)) {
      throw new UsageError(`${underWay} by ${holderOf(this.#fd, slot)}: one process at a time may`);
    }
    this.#held.add(slot);
    writeHolder(this.#fd, slot, process.pid);
  }

  /** Gives a claim back; nothing happens if it is not held. */
  release({ slot }: Pick<Right, 'slot'>): void {
    if (this.#fd === undefined || !this.#held.delete(slot)) return;
    writeHolder(this.#fd, slot, 0);
    native().ofdUnlock(this.#fd, slot * SLOT, SLOT);
  }

  /** Gives all claims back. Any number of times. */
  close(): void {
    for (const slot of [...this.#held]) this.release({ slot });
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

function writeHolder(fd: number, slot: number, pid: number): void {
  writeSync(fd, new Uint8Array(BigUint64Array.of(BigInt(pid)).buffer), 0, SLOT, slot * SLOT);
}

/** For the sentence only: between lock and note it may be the former holder's number, or none. */
function holderOf(fd: number, slot: number): string {
  const holder = new BigUint64Array(1);
  const length = readSync(fd, new Uint8Array(holder.buffer), 0, SLOT, slot * SLOT);
  const pid = length === SLOT ? Number(holder[0]) : 0;
  if (pid === process.pid) return 'another part of this process';
  return pid === 0 ? 'another process' : `process ${pid}`;
}
