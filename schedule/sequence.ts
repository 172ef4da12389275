// Sequence numbers of one sender on one channel, for one type of frame (language.md sections 7 and 9).

const WRAP = 2 ** 32;
const HALF = 2 ** 31;

/** What the numbers of a sender tell so far. */
export interface SequenceCount {
  /** Number of the newest frame that was not a repeat; null before the first. */
  last: number | null;
  lost: number;
  repeated: number;
  restarted: number;
}

/** A sender of whom nothing has arrived yet. */
export function newSequenceCount(): SequenceCount {
  return { last: null, lost: 0, repeated: 0, restarted: 0 };
}

/** Counts a frame with `sequence` (0 to 2^32 - 1). */
export function countSequence(count: SequenceCount, sequence: number): void {
  const last = count.last;
  if (last !== null && sequence !== (last + 1) % WRAP) {
    const restart = sequence === 0 ? last !== 0 : last - sequence >= HALF;
    if (!restart && sequence <= last) {
      count.repeated += 1;
      return;
    }
    if (restart) count.restarted += 1;
    else count.lost += sequence - last - 1;
  }
  count.last = sequence;
}
