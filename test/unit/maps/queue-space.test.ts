import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { layoutVariables, QUEUE_HEAD, type QueueLayout, type VariableType } from '../../../maps/layout.js';
import { bindQueue, type QueueCell } from '../../../maps/queue-space.js';
import { integerRange, VariableValueError, type VariableValue } from '../../../maps/variable-value.js';

const U16: VariableType = { kind: 'integer', signed: false, size: 2 };
const HEAD = 0;
const TAIL = 1;

interface Placed {
  readonly memory: ArrayBuffer;
  readonly layout: QueueLayout;
  readonly queue: QueueCell;
  readonly counters: BigUint64Array;
}

/** A queue between two words, which nothing but a bug changes. */
function place(type: VariableType, depth: number): Placed {
  const word = { id: 0, type: U16, writer: 'application' } as const;
  const both = { writer: 'application', taker: 'application' } as const;
  const { queues, size } = layoutVariables(
    [{ ...word, name: 'before' }],
    [
      { name: 'q', id: 1, type, depth, ...both },
      { name: 'after', id: 2, type: U16, depth: 1, ...both },
    ],
  );
  const memory = new ArrayBuffer(size);
  const layout = queues[0]!;
  return {
    memory,
    layout,
    queue: bindQueue(memory, layout),
    counters: new BigUint64Array(memory, layout.offset, 2),
  };
}

const anyType: fc.Arbitrary<VariableType> = fc.oneof(
  fc.record({ kind: fc.constant('integer' as const), signed: fc.boolean(), size: fc.constantFrom(1, 2, 4, 8) }),
  fc.record({ kind: fc.constant('bytes' as const), size: fc.integer({ min: 1, max: 1470 }) }),
);

function valueOf(type: VariableType): fc.Arbitrary<bigint | Uint8Array> {
  if (type.kind === 'bytes') return fc.uint8Array({ maxLength: type.size });
  const { least, greatest } = integerRange(type.signed, type.size);
  return fc.bigInt(least, greatest);
}

const plain = (value: VariableValue | null) => (typeof value === 'number' ? BigInt(value) : value);

describe('a queue', () => {
  test('gives values in the order in which they came, and refuses one more than its depth', () => {
    const { queue } = place(U16, 2);
    expect([queue.append(1), queue.append(2), queue.append(3)]).toEqual([true, true, false]);
    expect(queue.look()).toEqual([1, 2]);
    expect([queue.take(), queue.take(), queue.take()]).toEqual([1, 2, null]);
  });

  test('lies as docs/abi.md says', () => {
    const { memory, layout, queue, counters } = place({ kind: 'bytes', size: 33 }, 3);
    for (const length of [1, 2]) queue.append(new Uint8Array(length).fill(length));
    queue.take();
    expect([...counters]).toEqual([2n, 1n]);
    // A slot: u32 length, u32 reserved, 33 bytes rounded up to 64.
    const slot = new Uint8Array(memory, layout.offset + QUEUE_HEAD + 72, 72);
    expect([...slot.subarray(0, 12)]).toEqual([2, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0]);
  });

  test('refuses what its type cannot hold, and is unchanged', () => {
    const { queue } = place({ kind: 'bytes', size: 2 }, 1);
    expect(() => queue.append(new Uint8Array(3))).toThrow(VariableValueError);
    expect(() => queue.append(new Uint8Array(3))).toThrow('queue q holds bytes[2]: 3 bytes are too many');
    expect(queue.look()).toEqual([]);
  });

  test('gives copies', () => {
    const { queue } = place({ kind: 'bytes', size: 2 }, 1);
    queue.append(Uint8Array.of(1));
    const [seen] = queue.look();
    queue.take();
    queue.append(Uint8Array.of(2));
    expect(seen).toEqual(Uint8Array.of(1));
  });

  test('positions wrap at 2^64', () => {
    const { queue, counters } = place(U16, 4);
    counters.fill(2n ** 64n - 2n);
    for (const value of [1, 2, 3, 4]) expect(queue.append(value)).toBe(true);
    expect(counters[HEAD]).toBe(2n);
    expect(queue.append(5)).toBe(false);
    expect(queue.look()).toEqual([1, 2, 3, 4]);
    expect([1, 2, 3, 4].map(() => queue.take())).toEqual([1, 2, 3, 4]);
  });

  test('is a list, whatever is done with it', () => {
    const scene = fc
      .tuple(anyType, fc.integer({ min: 1, max: 256 }))
      .chain(([type, depth]) =>
        fc.tuple(
          fc.constant(type),
          fc.oneof(fc.constant(depth), fc.integer({ min: 1, max: 4 })),
          fc.array(fc.option(valueOf(type)), { maxLength: 40 }),
        ),
      );
    fc.assert(
      fc.property(scene, ([type, depth, steps]) => {
        const { queue, memory } = place(type, depth);
        const outside = fillOutside(memory, type, depth);
        const model: (bigint | Uint8Array)[] = [];
        for (const step of steps) {
          if (step === null) expect(plain(queue.take())).toEqual(model.shift() ?? null);
          else if (queue.append(step)) model.push(step);
          else expect(model).toHaveLength(depth);
          expect(model.length).toBeLessThanOrEqual(depth);
          expect(queue.look().map(plain)).toEqual(model);
        }
        outside();
      }),
      { numRuns: 200 },
    );
  });
});

/** Marks what lies around the queue; the function that it returns expects the marks untouched. */
function fillOutside(memory: ArrayBuffer, type: VariableType, depth: number): () => void {
  const { layout } = place(type, depth);
  const slot = type.kind === 'integer' ? 8 : 8 + Math.ceil(type.size / 32) * 32;
  const before = new Uint8Array(memory, 0, layout.offset).fill(0xee);
  const after = new Uint8Array(memory, layout.offset + QUEUE_HEAD + depth * slot).fill(0xee);
  return () => {
    expect(before.every((byte) => byte === 0xee)).toBe(true);
    expect(after.every((byte) => byte === 0xee)).toBe(true);
  };
}

describe('memory that somebody has scribbled over', () => {
  const word = fc.bigInt(0n, 2n ** 64n - 1n);
  const near = fc.tuple(word, fc.bigInt(-300n, 300n)).map(([a, b]) => [a, BigInt.asUintN(64, a + b)] as const);

  test('counters too far apart make a queue that is empty and full at once', () => {
    const { queue, counters } = place(U16, 4);
    counters[HEAD] = 5n;
    expect([queue.look(), queue.take(), queue.append(1)]).toEqual([[], null, false]);
    counters[TAIL] = 6n;
    expect([queue.look(), queue.take(), queue.append(1)]).toEqual([[], null, false]);
    expect([...counters.subarray(0, 2)]).toEqual([5n, 6n]);
  });

  test('a length beyond its type reads as at most N bytes', () => {
    const { memory, layout, queue } = place({ kind: 'bytes', size: 5 }, 1);
    queue.append(Uint8Array.of(1));
    new Uint32Array(memory, layout.offset + QUEUE_HEAD, 1)[0] = 0xffffffff;
    expect(queue.look()).toEqual([Uint8Array.of(1, 0, 0, 0, 0)]);
    expect(queue.take()).toEqual(Uint8Array.of(1, 0, 0, 0, 0));
  });

  test('never more than the depth, never beyond the queue', () => {
    const scene = fc
      .tuple(anyType, fc.integer({ min: 1, max: 256 }))
      .chain(([type, depth]) =>
        fc.tuple(
          fc.constant(type),
          fc.constant(depth),
          fc.oneof(near, fc.tuple(word, word)),
          fc.uint8Array({ minLength: 64, maxLength: 64 }),
          valueOf(type),
        ),
      );
    fc.assert(
      fc.property(scene, ([type, depth, [head, tail], noise, value]) => {
        const { memory, queue, counters } = place(type, depth);
        const bytes = new Uint8Array(memory);
        for (let i = 0; i < bytes.length; i++) bytes[i] = noise[i % 64]!;
        const outside = fillOutside(memory, type, depth);
        [counters[HEAD], counters[TAIL]] = [head, tail];
        const length = BigInt.asUintN(64, head - tail);
        const there = length > BigInt(depth) ? 0 : Number(length);
        const seen = queue.look();
        expect(seen).toHaveLength(there);
        for (const each of seen) if (each instanceof Uint8Array) expect(each.length).toBeLessThanOrEqual(type.size);
        expect(queue.append(value)).toBe(length < BigInt(depth));
        expect(queue.take() === null).toBe(length > BigInt(depth));
        outside();
      }),
      { numRuns: 200 },
    );
  });
});
