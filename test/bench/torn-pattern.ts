// The values of the stress test of variables, as in torn.c: one byte repeated, in a number that follows from it. A value that mixes
// two writes has two different bytes, or a length that is not that of its bytes.

/** Bytes of the u64 that stands for an integer; every other size is that of a bytes[N]. */
export const INTEGER_SIZE = 8;

function patternLength(byte: number, size: number): number {
  return size === INTEGER_SIZE ? INTEGER_SIZE : 1 + ((byte * 37) % size);
}

/** A value as it is in a frame, for a variable of `size` bytes. */
export function patternBytes(byte: number, size: number): Uint8Array {
  return new Uint8Array(patternLength(byte, size)).fill(byte);
}

/** A value as an application gives it. */
export function patternValue(byte: number, size: number): bigint | Uint8Array {
  return size === INTEGER_SIZE ? BigInt(byte) * 0x0101010101010101n : patternBytes(byte, size);
}

/** Whether a value that was read is none that was written. The empty value is the one before the first write. */
export function isTorn(value: bigint | Uint8Array, size: number): boolean {
  if (typeof value === 'bigint') return value !== (value & 255n) * 0x0101010101010101n;
  const [byte = 0] = value;
  for (const each of value) if (each !== byte) return true;
  return value.length !== 0 && value.length !== patternLength(byte, size);
}
