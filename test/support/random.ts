// Random numbers that a seed repeats.

/** The seed of this run: NCBPF_SEED, or `fallback`; printed, so that a failure can be repeated. */
export function chooseSeed(what: string, fallback: number): number {
  const seed = Number(process.env.NCBPF_SEED ?? fallback) >>> 0;
  process.stderr.write(`${what}: NCBPF_SEED=${seed}\n`);
  return seed;
}

/** How much to do: NCBPF_STRESS in a stress script (test/stress), else `usual`. */
export function amount(usual: number): number {
  return Number(process.env.NCBPF_STRESS ?? usual);
}

/** xorshift32 over a seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  }

  /** 32 bits. */
  word(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.word() / 0x100000000) * limit);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.word() >>> 24);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}
