import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BYTES_HEAD, layoutVariables, type VariableLayout, type VariableType } from '../../../maps/layout.js';
import { bindVariable, loadWords, storeWords, type VariableCell } from '../../../maps/variable-space.js';
import { integerRange, VariableValueError } from '../../../maps/variable-value.js';

const INTEGER_SIZES = [1, 2, 4, 8] as const;

function place(...types: VariableType[]): { memory: ArrayBuffer; variables: VariableLayout[]; cells: VariableCell[] } {
  const { variables, size } = layoutVariables(
    types.map((type, id) => ({ name: `v${id}`, id, type, writer: 'application' as const })),
  );
  const memory = new ArrayBuffer(size);
  return { memory, variables, cells: variables.map((layout) => bindVariable(memory, layout)) };
}

function only(type: VariableType): { memory: ArrayBuffer; cell: VariableCell } {
  const { memory, cells } = place(type);
  return { memory, cell: cells[0]! };
}

const anyType: fc.Arbitrary<VariableType> = fc.oneof(
  fc.record({ kind: fc.constant('integer' as const), signed: fc.boolean(), size: fc.constantFrom(...INTEGER_SIZES) }),
  fc.record({ kind: fc.constant('bytes' as const), size: fc.integer({ min: 1, max: 1470 }) }),
);

function valueOf(type: VariableType): fc.Arbitrary<bigint | Uint8Array> {
  if (type.kind === 'bytes') return fc.uint8Array({ maxLength: type.size });
  const { least, greatest } = integerRange(type.signed, type.size);
  return fc.bigInt(least, greatest);
}

describe('integers', () => {
  test.each([
    ['u8', false, 1, 0n, 255n],
    ['i8', true, 1, -128n, 127n],
    ['u16', false, 2, 0n, 65535n],
    ['i16', true, 2, -32768n, 32767n],
    ['u32', false, 4, 0n, 4294967295n],
    ['i32', true, 4, -2147483648n, 2147483647n],
    ['u64', false, 8, 0n, 18446744073709551615n],
    ['i64', true, 8, -9223372036854775808n, 9223372036854775807n],
  ] as const)('%s holds its bounds and nothing beyond', (_, signed, size, least, greatest) => {
    const { cell } = only({ kind: 'integer', signed, size });
    for (const bound of [least, greatest]) {
      cell.write(bound);
      expect(cell.read()).toBe(size === 8 ? bound : Number(bound));
    }
    expect(() => cell.write(greatest + 1n)).toThrow(VariableValueError);
    expect(() => cell.write(least - 1n)).toThrow(VariableValueError);
    expect(cell.read()).toBe(size === 8 ? greatest : Number(greatest));
  });

  test('64 bits take numbers and give bigints', () => {
    const { cell } = only({ kind: 'integer', signed: true, size: 8 });
    cell.write(-5);
    expect(cell.read()).toBe(-5n);
  });

  test.each([[1.5], [NaN], [Infinity], ['5'], [null], [new Uint8Array(1)]])('%p is no whole number', (value) => {
    const { cell } = only({ kind: 'integer', signed: false, size: 2 });
    expect(() => cell.write(value)).toThrow('variable v0 is a u16: it takes a whole number');
  });

  test('lie at the lowest addresses of their word, in host order', () => {
    const { memory, cell } = only({ kind: 'integer', signed: false, size: 2 });
    cell.write(0x1234);
    const bytes = Array.from(new Uint8Array(memory));
    expect(bytes).toEqual([0x34, 0x12, 0, 0, 0, 0, 0, 0]);
  });
});

describe('bytes', () => {
  test('a writer publishes in the other buffer each time, by the version', () => {
    const { memory, cell } = only({ kind: 'bytes', size: 3 });
    const words = new Uint32Array(memory);
    cell.write(Uint8Array.of(1, 2, 3));
    // Version 2, so k = 1: buffer 1 with length[1].
    expect(Array.from(words.subarray(0, 4))).toEqual([2, 0, 3, 0]);
    expect(Array.from(new Uint8Array(memory, BYTES_HEAD + 32, 3))).toEqual([1, 2, 3]);
    cell.write(Uint8Array.of(9));
    expect(Array.from(words.subarray(0, 4))).toEqual([4, 1, 3, 0]);
    expect(new Uint8Array(memory, BYTES_HEAD, 1)[0]).toBe(9);
    expect(cell.read()).toEqual(Uint8Array.of(9));
  });

  test('an odd version is a writer at work or dead: the former value stands, the next writer goes on', () => {
    const { memory, cell } = only({ kind: 'bytes', size: 4 });
    cell.write(Uint8Array.of(7, 7));
    const words = new Uint32Array(memory);
    words[0] = 3;
    new Uint8Array(memory, BYTES_HEAD, 4).fill(0xee);
    expect(cell.read()).toEqual(Uint8Array.of(7, 7));
    cell.write(Uint8Array.of(8));
    expect(words[0]).toBe(4);
    expect(cell.read()).toEqual(Uint8Array.of(8));
  });

  test('the version wraps', () => {
    const { memory, cell } = only({ kind: 'bytes', size: 4 });
    const words = new Uint32Array(memory);
    words[0] = 0xfffffffe;
    cell.write(Uint8Array.of(5));
    expect(words[0]).toBe(0);
    expect(cell.read()).toEqual(Uint8Array.of(5));
  });

  test('a length that somebody scribbled over reads as at most N bytes', () => {
    const { memory, cell } = only({ kind: 'bytes', size: 5 });
    new Uint32Array(memory)[1] = 0xffffffff;
    expect(cell.read()).toEqual(new Uint8Array(5));
  });

  test('what is read is a copy', () => {
    const { cell } = only({ kind: 'bytes', size: 5 });
    cell.write(Uint8Array.of(1));
    const before = cell.read();
    cell.write(Uint8Array.of(2));
    expect(before).toEqual(Uint8Array.of(1));
  });

  test('too many bytes and other things are refused', () => {
    const { cell } = only({ kind: 'bytes', size: 2 });
    expect(() => cell.write(new Uint8Array(3))).toThrow('variable v0 is bytes[2]: 3 bytes are too many');
    expect(() => cell.write(1)).toThrow('variable v0 is bytes[2]: it takes bytes');
  });
});

describe('properties', () => {
  test('what is written is read, and neighbours stay as they are', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyType, { minLength: 1, maxLength: 6 })
          .chain((types) =>
            fc.tuple(fc.constant(types), fc.tuple(...types.map(valueOf)), fc.tuple(...types.map(valueOf))),
          ),
        ([types, first, second]) => {
          const { cells } = place(...types);
          const plain = (value: unknown) => (typeof value === 'number' ? BigInt(value) : value);
          first.forEach((value, index) => cells[index]!.write(value));
          second.forEach((value, index) => {
            cells[index]!.write(value);
            cells.forEach((cell, other) =>
              expect(plain(cell.read())).toEqual(other <= index ? second[other] : first[other]),
            );
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('the copies word by word of other machines give the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const [memory, back] = [new Uint8Array(64), new Uint8Array(64)];
        storeWords(memory, bytes);
        loadWords(back, memory);
        expect(back.slice(0, bytes.length)).toEqual(bytes);
      }),
    );
  });
});
