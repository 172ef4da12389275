// The set of states that have been seen: numbers written as few bytes, in large blocks, found by a hash table of their own.
import { Uint32List } from './growing.js';

const BLOCK_BYTES = 1 << 22;
const ALIGNMENT = 4;
const FIRST_SLOTS = 1 << 12;
/** Slots for each state, at least. */
const SPARSE = 2;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** States by number, in the order in which they were added. */
export class StateStore {
  private readonly blocks: Uint8Array[] = [];
  private used = BLOCK_BYTES;
  private readonly places = new Uint32List();
  /** One more than the number of a state; 0 is free. */
  private slots = new Uint32Array(FIRST_SLOTS);
  private scratch = new Uint8Array(1 << 12);

  /** How many states there are. */
  get size(): number {
    return this.places.length;
  }

  /** Memory in use, bytes. */
  get bytes(): number {
    return this.blocks.length * BLOCK_BYTES + this.places.bytes + this.slots.byteLength;
  }

  /** The number of a state; `isNew` says whether it was added now. A state is whole numbers, also negative ones. */
  add(values: readonly number[]): { readonly id: number; readonly isNew: boolean } {
    const length = this.encode(values);
    const mask = this.slots.length - 1;
    let slot = hash(this.scratch, length) & mask;
    for (let entry = this.slots[slot]!; entry !== 0; entry = this.slots[slot]!) {
      if (this.isAt(entry - 1, length)) return { id: entry - 1, isNew: false };
      slot = (slot + 1) & mask;
    }
    const id = this.append(length);
    this.slots[slot] = id + 1;
    if (this.size * SPARSE > this.slots.length) this.rehash();
    return { id, isNew: true };
  }

  /** Whether there is this state. */
  has(values: readonly number[]): boolean {
    const length = this.encode(values);
    const mask = this.slots.length - 1;
    let slot = hash(this.scratch, length) & mask;
    for (let entry = this.slots[slot]!; entry !== 0; entry = this.slots[slot]!) {
      if (this.isAt(entry - 1, length)) return true;
      slot = (slot + 1) & mask;
    }
    return false;
  }

  /** The state of this number. */
  get(id: number): number[] {
    const place = this.places.at(id) * ALIGNMENT;
    const block = this.blocks[Math.floor(place / BLOCK_BYTES)]!;
    return decode(block, place % BLOCK_BYTES);
  }

  /** Zigzag varints; the first is how many bytes follow. */
  private encode(values: readonly number[]): number {
    if (this.scratch.length < 10 * values.length + 16) this.scratch = new Uint8Array(20 * values.length + 16);
    const { scratch } = this;
    let at = 0;
    const put = (value: number): void => {
      let rest = value;
      while (rest >= 0x80) {
        scratch[at] = (rest % 0x80) | 0x80;
        at += 1;
        rest = Math.floor(rest / 0x80);
      }
      scratch[at] = rest;
      at += 1;
    };
    put(values.length);
    for (const value of values) put(value < 0 ? -2 * value - 1 : 2 * value);
    return at;
  }

  private append(length: number): number {
    if (this.used + length > BLOCK_BYTES) {
      this.blocks.push(new Uint8Array(BLOCK_BYTES));
      this.used = 0;
    }
    const block = this.blocks.length - 1;
    this.blocks[block]!.set(this.scratch.subarray(0, length), this.used);
    const id = this.places.push((block * BLOCK_BYTES + this.used) / ALIGNMENT);
    this.used += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    return id;
  }

  private isAt(id: number, length: number): boolean {
    const place = this.places.at(id) * ALIGNMENT;
    const block = this.blocks[Math.floor(place / BLOCK_BYTES)]!;
    const from = place % BLOCK_BYTES;
    for (let index = 0; index < length; index += 1) if (block[from + index] !== this.scratch[index]) return false;
    return true;
  }

  private rehash(): void {
    const slots = new Uint32Array(2 * this.slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id += 1) {
      const place = this.places.at(id) * ALIGNMENT;
      const block = this.blocks[Math.floor(place / BLOCK_BYTES)]!;
      const from = place % BLOCK_BYTES;
      let slot = hash(block.subarray(from), encodedLength(block, from)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.slots = slots;
  }
}

/** FNV-1a over 32 bits, with its upper half folded in. */
function hash(bytes: Uint8Array, length: number): number {
  let value = FNV_OFFSET;
  for (let index = 0; index < length; index += 1) value = Math.imul(value ^ bytes[index]!, FNV_PRIME);
  value ^= value >>> 15;
  return Math.imul(value, 0x2c1b3c6d) >>> 0;
}

function encodedLength(bytes: Uint8Array, from: number): number {
  let at = from;
  let count = 0;
  let scale = 1;
  for (; bytes[at]! >= 0x80; at += 1, scale *= 0x80) count += (bytes[at]! & 0x7f) * scale;
  count += bytes[at]! * scale;
  at += 1;
  for (let left = count; left > 0; at += 1) if (bytes[at]! < 0x80) left -= 1;
  return at - from;
}

function decode(bytes: Uint8Array, from: number): number[] {
  let at = from;
  const take = (): number => {
    let value = 0;
    let scale = 1;
    for (; bytes[at]! >= 0x80; at += 1, scale *= 0x80) value += (bytes[at]! & 0x7f) * scale;
    value += bytes[at]! * scale;
    at += 1;
    return value;
  };
  const values = new Array<number>(take());
  for (let index = 0; index < values.length; index += 1) {
    const value = take();
    values[index] = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  return values;
}
