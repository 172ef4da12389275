// What an input reached: branches of the instrumented sources by how often, and what the reader said.

/** What instrument.mjs puts into the global scope. */
interface Counters {
  readonly all: Uint32Array;
  /** How many are in use. */
  readonly used: number;
}

declare global {
  var fuzzCounters: Counters | undefined;
}

/** A branch (its counter times 8, plus how often it was taken, by powers of two) or a word of the reader's answer. */
export type Feature = number | string;

const BUCKETS = 8;

function bucketOf(count: number): number {
  return Math.min(BUCKETS - 1, count < 4 ? count - 1 : 33 - Math.clz32(count));
}

function counters(): Counters {
  if (globalThis.fuzzCounters) return globalThis.fuzzCounters;
  throw new Error('run node with --import ./test/fuzz/instrument.mjs');
}

export class Coverage {
  readonly #counters = counters();
  /** By counter, a bit for each bucket. */
  readonly #seen = new Uint8Array(this.#counters.all.length);
  readonly #words = new Set<string>();
  size = 0;

  /** To be called before an input is read. */
  reset(): void {
    this.#counters.all.fill(0, 0, this.#counters.used);
  }

  /** Notes what was reached since `reset`, and what the reader said; true when there is anything new. */
  add(words: readonly string[]): boolean {
    const before = this.size;
    for (const word of words) this.#words.add(word);
    const { all, used } = this.#counters;
    let branches = this.size - this.#known;
    for (let index = 0; index < used; index++) {
      if (all[index] === 0) continue;
      const bit = 1 << bucketOf(all[index]!);
      if ((this.#seen[index]! & bit) !== 0) continue;
      this.#seen[index]! |= bit;
      branches++;
    }
    this.#known = this.#words.size;
    this.size = branches + this.#known;
    return this.size > before;
  }

  /** How many of `size` are words. */
  #known = 0;

  /** What was reached since `reset`. */
  reached(words: readonly string[]): Set<Feature> {
    const { all, used } = this.#counters;
    const features = new Set<Feature>(words);
    for (let index = 0; index < used; index++)
      if (all[index] !== 0) features.add(BUCKETS * index + bucketOf(all[index]!));
    return features;
  }
}
