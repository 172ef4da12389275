// Receive queue of a channel: first in, first out, the oldest goes when it is full.

/** A payload that waits, and the round in which it arrived. */
export interface Waiting {
  readonly payload: Uint8Array;
  readonly round: number;
}

/** The frames of a channel that wait for `receive` or `backup_receive`. */
export class ReceiveQueue {
  private waiting: Waiting[] = [];

  /** `length`: 1 to 256. */
  constructor(private readonly length: number) {}

  /** How many frames wait. */
  get size(): number {
    return this.waiting.length;
  }

  /** Appends; true if the oldest had to go. */
  push(entry: Waiting): boolean {
    this.waiting.push(entry);
    if (this.waiting.length <= this.length) return false;
    this.waiting.shift();
    return true;
  }

  /** The oldest, taken out. */
  take(): Uint8Array | null {
    return this.waiting.shift()?.payload ?? null;
  }

  /** Discards what arrived before `round`. */
  discardBefore(round: number): void {
    this.waiting = this.waiting.filter((entry) => entry.round >= round);
  }

  /** Discards everything. */
  clear(): void {
    this.waiting = [];
  }
}
