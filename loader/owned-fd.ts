import { native } from './native.js';

/** A descriptor with one owner: it is closed once, and its number is never used afterwards. */
export class OwnedFd {
  #fd: number | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The number. Throws after `close`: it may by then belong to something else. */
  get fd(): number {
    if (this.#fd === undefined) throw new Error('use descriptor: it is closed');
    return this.#fd;
  }

  /** Any number of times. */
  close(): void {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    native().closeFd(fd);
  }
}
