// Reads and writes variables in the memory of nc_vars, which the kernel and other processes change at any time.
// The protocol is written down in docs/abi.md, section "Variable space".
import { BYTES_HEAD, roundToChunk, type BytesLayout, type ScalarLayout, type VariableLayout } from './layout.js';
import { toBytes, toInteger, type VariableValue } from './variable-value.js';

/** One variable at its place. */
export interface VariableCell {
  readonly layout: VariableLayout;
  /**
   * The value; bytes are a copy.
   * @throws VariableBusyError
   */
  read(): VariableValue;
  /**
   * Publishes a value. Only one writer at a time may do so.
   * @throws VariableValueError
   */
  write(value: unknown): void;
}

/** The writer of a bytes[N] wrote faster than it could be read, in every one of many tries. */
export class VariableBusyError extends Error {
  override readonly name = 'VariableBusyError';
}

/**
 * About 0.1 s. Against the fastest writers measured one read in ten needs a second try once V8 has compiled this code; before, some
 * thousands of tries in a row may fail.
 */
const READ_TRIES = 1_000_000;
/** Machines that keep loads in order and stores in order. On others each word is moved by an ordered access of its own. */
export const ORDERED = process.arch === 'x64';

/** Binds a variable to its place in the memory of nc_vars. The buffer must be that of the whole map. */
export function bindVariable(memory: ArrayBuffer, layout: VariableLayout): VariableCell {
  const { type } = layout;
  return type.kind === 'bytes' ? new BytesCell(memory, { ...layout, type }) : bindInteger(memory, { ...layout, type });
}

type IntegerVariable = VariableLayout & { readonly type: ScalarLayout };
type NarrowArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

const NARROW = {
  1: [Uint8Array, Int8Array],
  2: [Uint16Array, Int16Array],
  4: [Uint32Array, Int32Array],
} as const;

function bindInteger(memory: ArrayBuffer, layout: IntegerVariable): VariableCell {
  const { size, signed } = layout.type;
  if (size === 8) {
    const Wide = signed ? BigInt64Array : BigUint64Array;
    return new WideCell(new Wide(memory, layout.offset, 1), layout);
  }
  const Narrow = NARROW[size][signed ? 1 : 0];
  return new NarrowCell(new Narrow(memory, layout.offset, 1), layout);
}

/** Up to 32 bits. An access through Atomics is one access of its width, never split and never left out. */
class NarrowCell implements VariableCell {
  constructor(
    private readonly view: NarrowArray,
    readonly layout: IntegerVariable,
  ) {}

  read(): number {
    return Atomics.load(this.view, 0);
  }

  write(value: unknown): void {
    Atomics.store(this.view, 0, Number(toInteger(this.layout, this.layout.type, value)));
  }
}

class WideCell implements VariableCell {
  constructor(
    private readonly view: BigInt64Array | BigUint64Array,
    readonly layout: IntegerVariable,
  ) {}

  read(): bigint {
    return Atomics.load(this.view, 0);
  }

  write(value: unknown): void {
    Atomics.store(this.view, 0, toInteger(this.layout, this.layout.type, value));
  }
}

const VERSION = 0;
const LENGTH = 1;

/**
 * bytes[N]: two buffers and a version. With k = version / 2, buffer k & 1 is current; a writer fills the other one and
 * then publishes it. A reader's copy is good if the version has grown by at most 2 meanwhile: the write after that is the first to touch
 * the buffer that was copied. An odd version is a writer at work, or one that died: neither blocks anybody.
 */
class BytesCell implements VariableCell {
  readonly #head: Uint32Array;
  readonly #buffers: readonly [Uint8Array, Uint8Array];
  /** Copied to first, so that nothing is allocated between the two looks at the version. */
  readonly #copy: Uint8Array;

  constructor(
    memory: ArrayBuffer,
    readonly layout: VariableLayout & { readonly type: BytesLayout },
  ) {
    const capacity = roundToChunk(layout.type.size);
    const first = layout.offset + BYTES_HEAD;
    this.#head = new Uint32Array(memory, layout.offset, BYTES_HEAD / 4);
    this.#buffers = [new Uint8Array(memory, first, capacity), new Uint8Array(memory, first + capacity, capacity)];
    this.#copy = new Uint8Array(capacity);
  }

  read(): Uint8Array {
    for (let tries = 0; tries < READ_TRIES; tries++) {
      const length = this.#tryRead();
      if (length >= 0) return this.#copy.slice(0, Math.min(length, this.layout.type.size));
    }
    throw new VariableBusyError(`variable ${this.layout.name} is written without a pause: it could not be read`);
  }

  /** One try: the length of what is now in `#copy`, or -1 when it was overtaken by two writes. */
  #tryRead(): number {
    const before = Atomics.load(this.#head, VERSION) >>> 1;
    const current = before & 1;
    const length = Atomics.load(this.#head, LENGTH + current);
    if (ORDERED) this.#copy.set(this.#buffers[current as 0 | 1]);
    else loadWords(this.#copy, this.#buffers[current as 0 | 1]);
    const grown = (Atomics.load(this.#head, VERSION) - 2 * before) >>> 0;
    return grown <= 2 ? length : -1;
  }

  write(value: unknown): void {
    const bytes = toBytes(this.layout, this.layout.type, value);
    const before = Atomics.load(this.#head, VERSION) >>> 1;
    const next = (before + 1) & 1;
    Atomics.store(this.#head, VERSION, 2 * before + 1);
    if (ORDERED) this.#buffers[next as 0 | 1].set(bytes);
    else storeWords(this.#buffers[next as 0 | 1], bytes);
    Atomics.store(this.#head, LENGTH + next, bytes.length);
    Atomics.store(this.#head, VERSION, 2 * before + 2);
  }
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Both have the same length, a multiple of 4. */
export function loadWords(to: Uint8Array, from: Uint8Array): void {
  const [target, source] = [wordsOf(to), wordsOf(from)];
  for (let i = 0; i < source.length; i++) target[i] = Atomics.load(source, i);
}

/** `to` has a length that is a multiple of 4 and holds `from`; the last word's spare bytes become 0. */
export function storeWords(to: Uint8Array, from: Uint8Array): void {
  const padded = new Uint8Array(Math.ceil(from.length / 4) * 4);
  padded.set(from);
  const [target, source] = [wordsOf(to), wordsOf(padded)];
  for (let i = 0; i < source.length; i++) Atomics.store(target, i, source[i] ?? 0);
}
