// Byte strings as text and MAC addresses as bytes.
import type { Mac } from '../lang/program.js';

/** `02:00:00:00:00:01` as six bytes. */
export function macToBytes(mac: Mac): Uint8Array {
  return Uint8Array.from(mac.split(':'), (part) => Number.parseInt(part, 16));
}

/** Six bytes of `bytes` from `offset` as `02:00:00:00:00:01`. */
export function macFromBytes(bytes: Uint8Array, offset: number): Mac {
  return Array.from(bytes.subarray(offset, offset + 6), hexPair).join(':');
}

/** Lower-case hex digits, without a prefix. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, hexPair).join('');
}

/** The bytes of pairs of hex digits; throws RangeError for anything else. */
export function fromHex(digits: string): Uint8Array {
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new RangeError(`not pairs of hex digits: ${digits}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function hexPair(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
