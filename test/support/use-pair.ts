// The set-up of tests of two hosts.
import { afterEach, beforeEach } from '@jest/globals';
import { detachAll, makePair, type Host, type Pair } from './hosts.js';
import type { Scratch } from './scratch.js';

/**
 * Makes the simplest network before each test, and hands it to `take`. After each test whatever is attached in it is detached, and
 * everything in `scratch` undone.
 */
export function usePair(scratch: Scratch, take: (pair: Pair) => void): void {
  const hosts: Host[] = [];
  beforeEach(async () => {
    const pair = await makePair(scratch);
    hosts.push(pair.a, pair.b);
    take(pair);
  });
  afterEach(async () => {
    await detachAll(...hosts.splice(0)).finally(() => scratch.cleanUp());
  });
}
