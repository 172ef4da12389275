// Lets node run the TypeScript sources with counters in those that are fuzzed, as prepare.mjs has made them:
//   node test/fuzz/prepare.mjs && node --import ./test/fuzz/instrument.mjs FILE.ts
// Coverage of V8 itself costs milliseconds a look and changes with what it optimises; counters cost nothing and never do.
import { register } from 'node:module';

const MOST = 1 << 16;

// What an instrumented module asks for its counters.
globalThis.fuzzCounters = {
  all: new Uint32Array(MOST),
  used: 0,
  allocate(count) {
    const from = this.used;
    this.used += count;
    if (this.used > MOST) throw new Error('more branches than counters: make more in test/fuzz/instrument.mjs');
    return this.all.subarray(from, this.used);
  },
};

register('./instrument-hooks.mjs', import.meta.url);
