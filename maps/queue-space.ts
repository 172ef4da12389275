// Queues in the memory of nc_vars. One side appends and moves head, the other takes and moves tail; the protocol is written down
// in docs/abi.md, section "Variable space".
import { QUEUE_HEAD, QUEUE_SLOT_HEAD, queueSlotSize, type QueueLayout } from './layout.js';
import { toBytes, toInteger, type VariableValue } from './variable-value.js';

/** One queue at its place. Only one process at a time may append, and only one may take. */
export interface QueueCell {
  readonly layout: QueueLayout;
  /** The values in it, oldest first; nothing is taken. */
  look(): VariableValue[];
  /**
   * Appends a value; false when the queue is full.
   * @throws VariableValueError
   */
  append(value: unknown): boolean;
  /** Takes the oldest value; null when there is none. */
  take(): VariableValue | null;
}

const HEAD = 0;
const TAIL = 1;

/** Binds a queue to its place in the memory of nc_vars. The buffer must be that of the whole map. */
export function bindQueue(memory: ArrayBuffer, layout: QueueLayout): QueueCell {
  return new MappedQueue(memory, layout);
}

class MappedQueue implements QueueCell {
  readonly #counters: BigUint64Array;
  readonly #slots: Uint8Array;
  readonly #slotSize: number;

  constructor(
    memory: ArrayBuffer,
    readonly layout: QueueLayout,
  ) {
    this.#slotSize = queueSlotSize(layout.type);
    this.#counters = new BigUint64Array(memory, layout.offset, QUEUE_HEAD / 8);
    this.#slots = new Uint8Array(memory, layout.offset + QUEUE_HEAD, layout.depth * this.#slotSize);
  }

  look(): VariableValue[] {
    const tail = Atomics.load(this.#counters, TAIL);
    return Array.from({ length: this.#length() }, (_, index) => this.#read(tail + BigInt(index)));
  }

  append(value: unknown): boolean {
    const encoded = this.#encode(value);
    const head = Atomics.load(this.#counters, HEAD);
    if (BigInt.asUintN(64, head - Atomics.load(this.#counters, TAIL)) >= BigInt(this.layout.depth)) return false;
    this.#slot(head).set(encoded);
    Atomics.store(this.#counters, HEAD, BigInt.asUintN(64, head + 1n));
    return true;
  }

  take(): VariableValue | null {
    if (this.#length() === 0) return null;
    const tail = Atomics.load(this.#counters, TAIL);
    const value = this.#read(tail);
    Atomics.store(this.#counters, TAIL, BigInt.asUintN(64, tail + 1n));
    return value;
  }

  /** Counters that somebody has scribbled over make an empty queue. */
  #length(): number {
    const length = BigInt.asUintN(64, Atomics.load(this.#counters, HEAD) - Atomics.load(this.#counters, TAIL));
    return length > BigInt(this.layout.depth) ? 0 : Number(length);
  }

  #slot(position: bigint): Uint8Array {
    const index = Number(BigInt.asUintN(64, position) % BigInt(this.layout.depth));
    return this.#slots.subarray(index * this.#slotSize, (index + 1) * this.#slotSize);
  }

  #read(position: bigint): VariableValue {
    const { type } = this.layout;
    const slot = this.#slot(position).slice();
    const view = new DataView(slot.buffer);
    if (type.kind === 'bytes') {
      const length = Math.min(view.getUint32(0, true), type.size);
      return slot.slice(QUEUE_SLOT_HEAD, QUEUE_SLOT_HEAD + length);
    }
    const bits = type.size * 8;
    const word = view.getBigUint64(0, true);
    const value = type.signed ? BigInt.asIntN(bits, word) : BigInt.asUintN(bits, word);
    return type.size === 8 ? value : Number(value);
  }

  #encode(value: unknown): Uint8Array {
    const { name, type } = this.layout;
    const slot = new Uint8Array(this.#slotSize);
    const view = new DataView(slot.buffer);
    if (type.kind === 'bytes') {
      const bytes = toBytes(name, type, value);
      view.setUint32(0, bytes.length, true);
      slot.set(bytes, QUEUE_SLOT_HEAD);
    } else {
      view.setBigUint64(0, BigInt.asUintN(type.size * 8, toInteger(name, type, value)), true);
    }
    return slot;
  }
}
