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

  // parseVariableIndex refuses what attach would otherwise write for such a manifest.
  test.each<[string, number, Manifest['variables'][number]['type']]>([
    ['beyond the variable space', 8, { kind: 'integer', signed: false, size: 2 }],
    ['at no word', 4, { kind: 'integer', signed: false, size: 2 }],
    ['partly beyond it', 0, { kind: 'bytes', size: 1 }],
  ])('a variable %s', (_, offset, type) => {
    const variables = [{ name: 'v', id: 0, type, writer: 'application' as const, offset }];
    const file = writeBundle({ object: elf(), manifest: { ...manifest, varsSize: 8, variables } });
    expect(() => readBundle(file)).toThrow(
      'the manifest is damaged at variables.0.offset: it does not lie in the variable space',
    );
  });

  test('a queue beyond the variable space', () => {
    const type = { kind: 'integer', signed: false, size: 1 } as const;
    const sides = { writer: 'application', taker: 'network' } as const;
    // A head of 16 bytes and two words.
    const queue = { name: 'q', id: 0, type, ...sides, offset: 0, depth: 2 };
    const bundleOf = (varsSize: number) =>
      writeBundle({ object: elf(), manifest: { ...manifest, varsSize, queues: [queue] } });
    expect(() => readBundle(bundleOf(24))).toThrow('queues.0.offset');
    expect(readBundle(bundleOf(32)).manifest.queues).toEqual([queue]);
  });

  test.each([[{ toString: 1 }], ['two\nlines'], [null]])('a manifest whose version is %p', (abi) => {
    const text = JSON.stringify({ ...manifest, abi });
    const file = writeBundle({ object: elf(), manifest: JSON.parse(text) as Manifest });
    expect(() => readBundle(file)).toThrow(/^the manifest is damaged at abi: [^\n]*$/);
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
