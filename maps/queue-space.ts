// Queues in the memory of nc_vars. One side appends and moves head, the other takes and moves tail; the protocol is written down
// in docs/abi.md, section "Variable space".
import { QUEUE_HEAD, QUEUE_SLOT_HEAD, queueSlotSize, type QueueLayout } from './layout.js';
import { loadWords, ORDERED, VariableBusyError } from './variable-space.js';
import { toBytes, toInteger, type VariableValue } from './variable-value.js';

/** One queue at its place. Only one process at a time may append, and only one may take; any number may look. */
export interface QueueCell {
  readonly layout: QueueLayout;
  /**
   * The values in it at one instant, oldest first; nothing is taken. Bytes are copies.
   * @throws VariableBusyError
   */
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
/** A look fails only when all that was there is taken while it copies. */
const LOOK_TRIES = 100_000;

/** Binds a queue to its place in the memory of nc_vars. The buffer must be that of the whole map. */
export function bindQueue(memory: ArrayBuffer, layout: QueueLayout): QueueCell {
  return new MappedQueue(memory, layout);
}

class MappedQueue implements QueueCell {
  readonly #counters: BigUint64Array;
  readonly #slots: Uint8Array;
  readonly #slotSize: number;
  readonly #depth: bigint;

  constructor(
    memory: ArrayBuffer,
    readonly layout: QueueLayout,
  ) {
    this.#slotSize = queueSlotSize(layout.type);
    this.#depth = BigInt(layout.depth);
    this.#counters = new BigUint64Array(memory, layout.offset, QUEUE_HEAD / 8);
    this.#slots = new Uint8Array(memory, layout.offset + QUEUE_HEAD, layout.depth * this.#slotSize);
  }

  look(): VariableValue[] {
    for (let tries = 0; tries < LOOK_TRIES; tries++) {
      const values = this.#tryLook();
      if (values !== null) return values;
    }
    throw new VariableBusyError(`queue ${this.layout.name} changes without a pause: it could not be looked at`);
  }

  append(value: unknown): boolean {
    const encoded = this.#encode(value);
    const head = Atomics.load(this.#counters, HEAD);
    if (distance(Atomics.load(this.#counters, TAIL), head) >= this.#depth) return false;
    this.#slot(head).set(encoded);
    Atomics.store(this.#counters, HEAD, BigInt.asUintN(64, head + 1n));
    return true;
  }

  take(): VariableValue | null {
    const tail = Atomics.load(this.#counters, TAIL);
    if (this.#length(tail, Atomics.load(this.#counters, HEAD)) === 0) return null;
    const slot = this.#copy(tail);
    Atomics.store(this.#counters, TAIL, BigInt.asUintN(64, tail + 1n));
    return this.#decode(slot);
  }

  /**
   * One try; null when it was overtaken. A slot is filled anew only after its value was taken: what tail has not passed when the copies
   * are made is whole.
   */
  #tryLook(): VariableValue[] | null {
    const tail = Atomics.load(this.#counters, TAIL);
    const head = Atomics.load(this.#counters, HEAD);
    if (Atomics.load(this.#counters, TAIL) !== tail) return null;
    const length = this.#length(tail, head);
    const slots = Array.from({ length }, (_, index) => this.#copy(tail + BigInt(index)));
    const taken = Number(distance(tail, Atomics.load(this.#counters, TAIL)));
    if (taken > 0 && taken >= length) return null;
    return slots.slice(taken).map((slot) => this.#decode(slot));
  }

  /** Counters that somebody has scribbled over make an empty queue. */
  #length(tail: bigint, head: bigint): number {
    const length = distance(tail, head);
    return length > this.#depth ? 0 : Number(length);
  }

  #slot(position: bigint): Uint8Array {
    const index = Number(BigInt.asUintN(64, position) % this.#depth);
    return this.#slots.subarray(index * this.#slotSize, (index + 1) * this.#slotSize);
  }

  #copy(position: bigint): Uint8Array {
    const slot = this.#slot(position);
    if (ORDERED) return slot.slice();
    const copy = new Uint8Array(this.#slotSize);
    loadWords(copy, slot);
    return copy;
  }

  #decode(slot: Uint8Array): VariableValue {
    const { type } = this.layout;
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
    const { type } = this.layout;
    const slot = new Uint8Array(this.#slotSize);
    const view = new DataView(slot.buffer);
    if (type.kind === 'bytes') {
      const bytes = toBytes(this.layout, type, value);
      view.setUint32(0, bytes.length, true);
      slot.set(bytes, QUEUE_SLOT_HEAD);
    } else {
      view.setBigUint64(0, BigInt.asUintN(type.size * 8, toInteger(this.layout, type, value)), true);
    }
    return slot;
  }
}

/** From one position to a later one; they wrap at 2^64. */
function distance(from: bigint, to: bigint): bigint {
  return BigInt.asUintN(64, to - from);
}
