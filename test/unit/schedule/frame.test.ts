import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromHex, macFromBytes, macToBytes, toHex } from '../../../schedule/bytes.js';
import { decodeFrame, encodeData, encodeSync } from '../../../schedule/frame.js';
import type { Wire } from '../../../lang/program.js';

const V1: Wire = { format: 'v1', ethertype: 0x88b5 };
const NCM: Wire = { format: 'ncm' };
const FIELDS = {
  source: '02:a1:b2:c3:d4:e5',
  channel: 0x0102,
  sequence: 0x03040506,
  programId: 0x0708090a,
  taiNs: 0x0b0c0d0e0f101112n,
};

describe('wire v1', () => {
  test('a data frame, every field at its offset, padded to 60 bytes', () => {
    const bytes = encodeData(V1, { ...FIELDS, destination: '02:00:00:00:00:07', payload: fromHex('aabbcc') });
    const header = '020000000007' + '02a1b2c3d4e5' + '88b5';
    const body = '01' + '01' + '0102' + '03040506' + '0003' + '0000' + '0708090a' + '0b0c0d0e0f101112' + 'aabbcc';
    expect(toHex(bytes)).toBe((header + body).padEnd(120, '0'));
  });

  test('a sync frame: broadcast, type 2, no payload', () => {
    const body = '01' + '02' + '0102' + '03040506' + '0000' + '0000' + '0708090a' + '0b0c0d0e0f101112';
    expect(toHex(encodeSync(V1, FIELDS))).toBe(('ffffffffffff02a1b2c3d4e588b5' + body).padEnd(120, '0'));
  });

  test('the ethertype of the program and broadcast by default', () => {
    const bytes = encodeData(
      { format: 'v1', ethertype: 0x1234 },
      { ...FIELDS, destination: null, payload: new Uint8Array() },
    );
    expect(toHex(bytes.subarray(0, 14))).toBe('ffffffffffff02a1b2c3d4e51234');
  });

  test.each([
    [0, 60],
    [22, 60],
    [23, 61],
    [1470, 1508],
  ])('a payload of %d bytes makes a frame of %d', (payload, frame) => {
    expect(encodeData(V1, { ...FIELDS, destination: null, payload: new Uint8Array(payload) })).toHaveLength(frame);
  });

  test('an instant before 0 of CLOCK_TAI is written as a 64 bit pattern', () => {
    expect(toHex(encodeSync(V1, { ...FIELDS, taiNs: -1n }).subarray(30, 38))).toBe('ffffffffffffffff');
  });

  test('what is written is read', () => {
    const ids = fc.record({
      channel: fc.nat(0xffff),
      sequence: fc.nat(0xffffffff),
      programId: fc.nat(0xffffffff),
      taiNs: fc.bigInt(0n, 2n ** 64n - 1n),
      payload: fc.uint8Array({ maxLength: 1470 }),
    });
    fc.assert(
      fc.property(ids, (fields) => {
        const frame = { source: FIELDS.source, destination: '02:00:00:00:00:09', ...fields };
        expect(decodeFrame(V1, encodeData(V1, frame))).toEqual({ kind: 'frame', frame: { ...frame, type: 'data' } });
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('random bytes are read without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => {
        const bytes = Uint8Array.from([...fromHex('ffffffffffff02000000000288b5'), ...tail]);
        expect(['frame', 'fault']).toContain(decodeFrame(V1, bytes).kind);
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  test('less than an Ethernet header is foreign', () => {
    expect(decodeFrame(V1, fromHex('ffffffffffff02000000000288'))).toEqual({ kind: 'foreign' });
    expect(decodeFrame(V1, new Uint8Array())).toEqual({ kind: 'foreign' });
  });
});

describe('wire ncm', () => {
  test('a data frame is the payload and nothing else, always broadcast', () => {
    const bytes = encodeData(NCM, { ...FIELDS, destination: '02:00:00:00:00:07', payload: fromHex('aabb') });
    expect(toHex(bytes)).toBe('ffffffffffff02a1b2c3d4e59009aabb'.padEnd(120, '0'));
  });

  test('a sync frame is empty', () => {
    expect(toHex(encodeSync(NCM, FIELDS))).toBe('ffffffffffff02a1b2c3d4e5900a'.padEnd(120, '0'));
  });

  test('the payload that is read includes the padding; there is no channel and no number', () => {
    const decoded = decodeFrame(NCM, fromHex('ffffffffffff02a1b2c3d4e59009aabb0000'));
    expect(decoded).toEqual({
      kind: 'frame',
      frame: {
        source: FIELDS.source,
        destination: 'ff:ff:ff:ff:ff:ff',
        type: 'data',
        channel: null,
        sequence: null,
        programId: null,
        taiNs: null,
        payload: fromHex('aabb0000'),
      },
    });
  });

  test('frames of wire v1 are foreign', () => {
    expect(decodeFrame(NCM, encodeSync(V1, FIELDS))).toEqual({ kind: 'foreign' });
  });
});

describe('bytes', () => {
  test('addresses', () => {
    expect(toHex(macToBytes('0a:1b:2c:3d:4e:ff'))).toBe('0a1b2c3d4eff');
    expect(macFromBytes(fromHex('990a1b2c3d4eff'), 1)).toBe('0a:1b:2c:3d:4e:ff');
  });

  test.each(['0', 'abc', 'zz', '0x00', '00 11'])('%p is not hex', (digits) => {
    expect(() => fromHex(digits)).toThrow(RangeError);
  });
});
