// What `ncbpf build` writes: one file with object and manifest, for hosts without clang.
//   0  "NCBUNDLE"   8  u32 version   12  u32 manifest length   16  u32 object length   20  SHA-256 of what follows   52  manifest, object
// Numbers are little-endian, the manifest is JSON.
import { createHash } from 'node:crypto';
import { ManifestError, parseManifest, type Manifest } from '../maps/manifest.js';
import type { Built } from './build.js';

const MAGIC = Buffer.from('NCBUNDLE', 'latin1');
const VERSION = 1;
const HEAD = 52;
const DIGEST = 20;
/** Far beyond what the largest program gives. */
const LARGEST_MANIFEST = 16 * 1024 * 1024;
const LARGEST_OBJECT = 64 * 1024 * 1024;
/** The largest file that can be a bundle, in bytes. */
export const LARGEST_BUNDLE = HEAD + LARGEST_MANIFEST + LARGEST_OBJECT;

const ELF_64_LITTLE = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
const ELF_MACHINE = 0x12;
const ELF_HEADER = 64;
const MACHINE_BPF = 247;

/** A file that begins like a bundle and is none, or is of another version; the message is a sentence. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

/** Whether a file begins like a bundle. */
export function isBundle(file: Uint8Array): boolean {
  return MAGIC.equals(file.subarray(0, MAGIC.length));
}

function digestOf(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest();
}

/** The bytes of a bundle; the same for the same program and clang. */
export function writeBundle({ object, manifest }: Built): Uint8Array {
  const text = Buffer.from(JSON.stringify(manifest), 'utf8');
  const body = Buffer.concat([text, object]);
  const head = Buffer.alloc(HEAD);
  MAGIC.copy(head);
  head.writeUInt32LE(VERSION, 8);
  head.writeUInt32LE(text.length, 12);
  head.writeUInt32LE(object.length, 16);
  digestOf(body).copy(head, DIGEST);
  return Buffer.concat([head, body]);
}

/**
 * Reads a bundle. It may come from anywhere: every length is checked before it is used.
 * @throws BundleError
 */
export function readBundle(file: Uint8Array): Built {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (!isBundle(bytes)) throw new BundleError('this is no file that `ncbpf build` wrote');
  if (bytes.length < HEAD) throw new BundleError('the bundle is cut off: build or copy it again');
  const version = bytes.readUInt32LE(8);
  if (version !== VERSION) {
    throw new BundleError(
      `the bundle is of version ${version}, this ncbpf reads version ${VERSION}: build the program again`,
    );
  }
  const body = bytes.subarray(HEAD);
  const [manifestLength, objectLength] = [bytes.readUInt32LE(12), bytes.readUInt32LE(16)];
  const fits = manifestLength <= LARGEST_MANIFEST && objectLength <= LARGEST_OBJECT;
  if (!fits || manifestLength + objectLength !== body.length) {
    throw new BundleError('the bundle has not the length that it states: build or copy it again');
  }
  if (!digestOf(body).equals(bytes.subarray(DIGEST, HEAD))) {
    throw new BundleError('the bundle is damaged, its checksum is wrong: build or copy it again');
  }
  return {
    manifest: readManifest(body.subarray(0, manifestLength)),
    object: readObject(body.subarray(manifestLength)),
  };
}

function readManifest(text: Buffer): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch {
    throw new BundleError('the manifest in the bundle is not JSON: build the program again');
  }
  try {
    return parseManifest(value);
  } catch (error) {
    if (error instanceof ManifestError) throw new BundleError(error.message, { cause: error });
    throw error;
  }
}

function readObject(object: Buffer): Uint8Array {
  const isElf = object.length >= ELF_HEADER && ELF_64_LITTLE.equals(object.subarray(0, ELF_64_LITTLE.length));
  if (!isElf || object.readUInt16LE(ELF_MACHINE) !== MACHINE_BPF) {
    throw new BundleError('the object in the bundle is no eBPF object: build the program again');
  }
  return object;
}
