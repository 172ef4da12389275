import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Futures } from '../../../schedule/futures.js';
import { ReceiveQueue } from '../../../schedule/receive-queue.js';
import { countSequence, newSequenceCount } from '../../../schedule/sequence.js';
import { compareValues, fitsType, testValue, valueFromPayload, valueToBytes } from '../../../schedule/values.js';
import type { ValueType } from '../../../lang/program.js';

const U16: ValueType = { kind: 'integer', signed: false, bits: 16 };
const I16: ValueType = { kind: 'integer', signed: true, bits: 16 };
const BYTES: ValueType = { kind: 'bytes', size: 4 };

describe('futures', () => {
  test('come like a stable sort by instant', () => {
    const instants = fc.array(fc.bigInt(0n, 5n), { maxLength: 64 });
    fc.assert(
      fc.property(instants, (list) => {
        const futures = new Futures();
        const armed = list.map((instantNs, target) => ({ instantNs, target }));
        for (const future of armed) futures.arm(future);
        const sorted = [...armed].sort((a, b) =>
          a.instantNs < b.instantNs ? -1 : a.instantNs > b.instantNs ? 1 : a.target - b.target,
        );
        expect(sorted.map(() => futures.takeEarliest())).toEqual(sorted);
        expect(futures.takeEarliest()).toBeNull();
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  test('the 65th is refused and changes nothing', () => {
    const futures = new Futures();
    for (let n = 0; n < 64; n += 1) expect(futures.arm({ instantNs: 0n, target: n })).toBe(true);
    expect(futures.arm({ instantNs: 0n, target: 64 })).toBe(false);
    expect(futures.list()).toHaveLength(64);
  });
});

describe('receive queue', () => {
  test('keeps the newest, oldest first', () => {
    const queue = new ReceiveQueue(2);
    const pushed = [1, 2, 3].map((byte) => queue.push({ payload: Uint8Array.of(byte), round: byte }));
    expect(pushed).toEqual([false, false, true]);
    expect([queue.take(), queue.take(), queue.take()]).toEqual([Uint8Array.of(2), Uint8Array.of(3), null]);
  });

  test('discards earlier rounds only', () => {
    const queue = new ReceiveQueue(4);
    for (const round of [1, 2, 2, 3]) queue.push({ payload: Uint8Array.of(round), round });
    queue.discardBefore(2);
    expect(queue.size).toBe(3);
    expect(queue.take()).toEqual(Uint8Array.of(2));
  });
});

describe('sequence numbers', () => {
  test('an unbroken run from any number counts nothing, over the wrap as well', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(50), (first, length) => {
        const count = newSequenceCount();
        for (let n = 0; n < length; n += 1) countSequence(count, (first + n) % 2 ** 32);
        expect([count.lost, count.repeated, count.restarted]).toEqual([0, 0, 0]);
      }),
      { numRuns: 100, seed: 5 },
    );
  });

  test('what is left out of a rising run is lost', () => {
    const rising = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1 });
    fc.assert(
      fc.property(rising, (numbers) => {
        const sorted = [...numbers].sort((a, b) => a - b);
        const count = newSequenceCount();
        for (const number of sorted) countSequence(count, number);
        const [first = 0] = sorted;
        expect(count).toEqual({
          last: sorted.at(-1),
          lost: (sorted.at(-1) ?? 0) - first + 1 - sorted.length,
          repeated: 0,
          restarted: 0,
        });
      }),
      { numRuns: 100, seed: 6 },
    );
  });
});

describe('values', () => {
  test('integers come back from the wire', () => {
    fc.assert(
      fc.property(fc.bigInt(-32768n, 32767n), (value) => {
        expect(valueFromPayload(I16, valueToBytes(I16, value), true)).toBe(value);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  test('exact lengths in wire v1, what fits in wire ncm', () => {
    expect(valueFromPayload(U16, Uint8Array.of(1), true)).toBeNull();
    expect(valueFromPayload(U16, Uint8Array.of(1, 2, 3), true)).toBeNull();
    expect(valueFromPayload(U16, Uint8Array.of(1, 2, 3), false)).toBe(0x0102n);
    expect(valueFromPayload(U16, Uint8Array.of(1), false)).toBeNull();
    expect(valueFromPayload(BYTES, Uint8Array.of(1, 2, 3, 4, 5), true)).toBeNull();
    expect(valueFromPayload(BYTES, Uint8Array.of(1, 2, 3, 4, 5), false)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test('exactly one of equal, greater and less holds, and byte strings compare like the numbers they are', () => {
    const bytes = fc.uint8Array({ maxLength: 6 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [x, y] = [a, b].map((each) =>
          BigInt(`0x0${Array.from(each, (byte) => byte.toString(16).padStart(2, '0')).join('')}`),
        );
        expect(compareValues('equal', a, b)).toBe(x === y);
        expect(compareValues('greater', a, b)).toBe(x !== undefined && y !== undefined && x > y);
        expect(compareValues('less', a, b)).toBe(x !== undefined && y !== undefined && x < y);
      }),
      { numRuns: 300, seed: 8 },
    );
  });

  test('the parity of a negative integer counts the bits of its size', () => {
    expect(testValue(I16, 'even_parity', -1n)).toBe(true);
    expect(testValue(I16, 'odd_parity', -2n)).toBe(true);
  });

  test.each([
    [U16, 65535n, true],
    [U16, 65536n, false],
    [U16, -1n, false],
    [I16, -32768n, true],
    [I16, 32768n, false],
    [BYTES, 1n, false],
    [BYTES, new Uint8Array(4), true],
    [BYTES, new Uint8Array(5), false],
    [U16, new Uint8Array(2), false],
  ] as const)('%j holds %p: %p', (type, value, fits) => {
    expect(fitsType(type, value)).toBe(fits);
  });
});
