import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BundleError, isBundle, readBundle, writeBundle } from '../../../codegen/bundle.js';
import { ABI_VERSION, MANIFEST_FORMAT, type Manifest } from '../../../maps/manifest.js';

const manifest: Manifest = {
  format: MANIFEST_FORMAT,
  abi: ABI_VERSION,
  generator: 'ncbpf test',
  node: 'n',
  file: 'n.nc',
  programId: 1,
  wire: { format: 'v1', ethertypes: [0x88b5] },
  strict: false,
  allow: [],
  toleranceNs: '50000',
  longestWaitNs: '1000000',
  syncSlave: false,
  longestFrame: 0,
  varsSize: 8,
  variables: [],
  queues: [],
  gate: null,
  channels: [],
  messages: [],
  counters: [],
  positions: [{ line: 1, label: null }],
  senders: 0,
};

/** The header of a 64 bit little-endian ELF for machine `machine`, and a tail. */
function elf(machine = 247): Uint8Array {
  const bytes = new Uint8Array(100).fill(0xaa);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  new DataView(bytes.buffer).setUint16(18, machine, true);
  return bytes;
}

const bundle = writeBundle({ object: elf(), manifest });

/** A changed copy; with `sign` the checksum is right again. */
function changed(change: (bytes: Buffer) => void, sign = false): Buffer {
  const bytes = Buffer.from(bundle);
  change(bytes);
  if (sign) createHash('sha256').update(bytes.subarray(52)).digest().copy(bytes, 20);
  return bytes;
}

test('is read as it was written', () => {
  expect(isBundle(bundle)).toBe(true);
  const built = readBundle(bundle);
  expect(built.manifest).toEqual(manifest);
  expect(Buffer.compare(built.object, elf())).toBe(0);
});

describe('hostile input is a sentence', () => {
  const length = JSON.stringify(manifest).length;
  test.each([
    ['nothing', Buffer.alloc(0), 'no file that `ncbpf build` wrote'],
    ['a head only', Buffer.from(bundle.subarray(0, 30)), 'cut off'],
    ['a cut body', Buffer.from(bundle.subarray(0, -1)), 'not the length'],
    ['a tail', Buffer.concat([bundle, Buffer.alloc(1)]), 'not the length'],
    ['another version', changed((bytes) => bytes.writeUInt32LE(2, 8)), 'version 2'],
    ['huge lengths', changed((bytes) => bytes.fill(0xff, 12, 20)), 'not the length'],
    ['a turned bit', changed((bytes) => bytes.writeUInt8(0, bytes.length - 1)), 'checksum'],
    ['a manifest that is no JSON', changed((bytes) => bytes.fill(0x20, 52, 60), true), 'not JSON'],
    [
      'a manifest of another version',
      changed((bytes) => bytes.write('"abi":2', bytes.indexOf('"abi":1')), true),
      'version 2',
    ],
    ['a damaged manifest', changed((bytes) => bytes.write('"node":7,', bytes.indexOf('"node":"n"')), true), 'manifest'],
    ['an object that is no ELF', changed((bytes) => bytes.fill(0, 52 + length, 53 + length), true), 'no eBPF object'],
    [
      'an object for another machine',
      changed((bytes) => bytes.writeUInt16LE(62, 52 + length + 18), true),
      'no eBPF object',
    ],
  ])('%s', (_, file, words) => {
    expect(() => readBundle(file)).toThrow(BundleError);
    expect(() => readBundle(file)).toThrow(words);
  });

  test('any changed byte is noticed', () => {
    fc.assert(
      fc.property(fc.nat(bundle.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const file = changed((bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ difference, at));
        expect(() => readBundle(file)).toThrow(BundleError);
      }),
    );
  });
});
