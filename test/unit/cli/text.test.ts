import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../cli/duration.js';
import { toJson } from '../../../cli/json.js';
import { formatValue, parseValue } from '../../../cli/value-text.js';
import { UsageError } from '../../../loader/errors.js';
import type { VariableType } from '../../../maps/layout.js';

const BYTES = { name: 'blob', type: { kind: 'bytes', size: 64 } as VariableType };
const NUMBER = { name: 'speed', type: { kind: 'integer', signed: true, size: 8 } as VariableType };
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('values', () => {
  test.each([
    ['42', 42n],
    ['-3', -3n],
    ['0x1f', 31n],
    ['18446744073709551615', 18446744073709551615n],
  ])('%s is a number', (text, value) => {
    expect(parseValue(NUMBER, text)).toBe(value);
  });

  test.each([
    ['"text"', bytes(0x74, 0x65, 0x78, 0x74)],
    ['""', bytes()],
    ['"a#b"', bytes(0x61, 0x23, 0x62)],
    ['"é"', bytes(0xc3, 0xa9)],
    ['hex:', bytes()],
    ['hex:00fF', bytes(0, 255)],
  ])('%s are bytes', (text, value) => {
    expect(parseValue(BYTES, text)).toEqual(value);
  });

  test.each([[''], ['4 2'], ['1.5'], ['-0x1'], ['0x'], ['"4"'], ['hex:00'], ['1e3'], ['+1']])(
    '%j is no number',
    (text) => {
      expect(() => parseValue(NUMBER, text)).toThrow(UsageError);
    },
  );

  test.each([[''], ['text'], ['"a"b"'], ['"a\nb"'], ['hex:0'], ['hex:0g'], ['5'], ['"']])('%j are no bytes', (text) => {
    expect(() => parseValue(BYTES, text)).toThrow(UsageError);
  });

  test.each([
    [bytes(0x68, 0x69), '"hi"'],
    [bytes(), '""'],
    [bytes(0), 'hex:00'],
    [bytes(0x22), 'hex:22'],
    [bytes(0x0a), 'hex:0a'],
    [bytes(0xff), 'hex:ff'],
    // A byte order mark and a right-to-left override are not what a terminal shows.
    [bytes(0xef, 0xbb, 0xbf), 'hex:efbbbf'],
    [bytes(0xe2, 0x80, 0xae), 'hex:e280ae'],
  ])('%j is printed as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (value) =>
        expect(parseValue(BYTES, formatValue(value))).toEqual(value),
      ),
    );
    fc.assert(fc.property(fc.bigInt(), (value) => expect(parseValue(NUMBER, formatValue(value))).toBe(value)));
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = new TextEncoder().encode(text);
        expect(parseValue(BYTES, formatValue(value))).toEqual(value);
      }),
    );
  });
});

describe('durations', () => {
  test.each([
    ['250ns', 250n],
    ['1.5ms', 1_500_000n],
    ['10s', 10_000_000_000n],
    ['0.000001ms', 1n],
  ])('%s', (text, ns) => {
    expect(parseDuration(text, '--for')).toBe(ns);
  });

  test.each([['5'], ['s'], ['0s'], ['1.5ns'], ['-1s'], ['1m'], ['1 s'], ['99999999999s']])('%s is none', (text) => {
    expect(() => parseDuration(text, '--for')).toThrow('--for needs');
  });

  test.each([
    [0n, '0 ns'],
    [999n, '999 ns'],
    [1_500n, '1.5 us'],
    [12_345_678n, '12.35 ms'],
    [90_000_000_000n, '90 s'],
  ])('%s ns for people', (ns, text) => {
    expect(formatDuration(ns)).toBe(text);
  });
});

describe('JSON', () => {
  test('is what JSON.stringify gives, but for whole numbers of any size', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(toJson(value)).toBe(JSON.stringify(value, null, 2))));
    expect(toJson({ a: 18446744073709551615n, b: undefined, c: [1n] })).toBe(
      '{\n  "a": 18446744073709551615,\n  "c": [\n    1\n  ]\n}',
    );
  });
});
