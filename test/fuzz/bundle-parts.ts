// What `ncbpf build` writes, taken to pieces and put together without the code that is fuzzed (layout: codegen/bundle.ts).
import { createHash } from 'node:crypto';

const HEAD = 52;
const DIGEST = 20;

export interface BundleParts {
  /** Magic, version, lengths, checksum. */
  readonly head: Buffer;
  /** In latin1. */
  readonly manifest: string;
  readonly object: Buffer;
}

/** Null for what does not begin like a bundle. */
export function unpack(input: Uint8Array): BundleParts | null {
  const bytes = Buffer.from(input);
  if (bytes.length < HEAD || bytes.toString('latin1', 0, 8) !== 'NCBUNDLE') return null;
  const end = Math.min(bytes.length, HEAD + bytes.readUInt32LE(12));
  const manifest = bytes.toString('latin1', HEAD, end);
  return { head: bytes.subarray(0, HEAD), manifest, object: bytes.subarray(end) };
}

/** With lengths and checksum that are right. */
export function repack({ head, manifest, object }: BundleParts): Uint8Array {
  const text = Buffer.from(manifest, 'latin1');
  const bytes = Buffer.concat([head, text, object]);
  bytes.writeUInt32LE(text.length, 12);
  bytes.writeUInt32LE(object.length, 16);
  createHash('sha256').update(bytes.subarray(HEAD)).digest().copy(bytes, DIGEST);
  return new Uint8Array(bytes);
}
