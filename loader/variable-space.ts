// The variables and queues of an attachment, as an application sees them: memory shared with the kernel, no system call to read one.
import type { QueueLayout, VariableLayout } from '../maps/layout.js';
import type { VariableIndex } from '../maps/variable-index.js';
import type { SpaceValue } from '../maps/variable-value.js';
import { UsageError } from './errors.js';
import type { Mapping } from './native.js';
import type { Roots } from './roots.js';
import { VariableClaims } from './variable-claims.js';
import { appendTo, asQueue, asVariable, bindEntries, findEntry, readEntry, type Entry } from './variable-entries.js';
import { mapVariables, pinIdentity, readVariableIndex } from './variable-memory.js';
import type { Right } from './variable-rights.js';
import { changeFinder, pause } from './variable-watch.js';

/** Names of variables and queues and the types of their values, as `variableSpace<...>()` is told them. */
export type Values = Record<string, SpaceValue>;

/** The type of one value: of a queue, whose type is an array, that of its elements. */
export type OneValue<Value> = Value extends readonly (infer Element)[] ? Element : Value;

/** A change that a watch has seen. */
export interface VariableChange<T, Name extends keyof T & string = keyof T & string> {
  readonly name: Name;
  readonly value: T[Name];
}

export interface WatchOptions {
  /** How often to look, ms; default 10. Values that come and go between two looks are not seen. */
  readonly intervalMs?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

/** The right to write a variable, kept until it is released; for repeated writes without system calls. */
export interface VariableClaim<Value> {
  /** Publishes a value. Throws VariableValueError. */
  set(value: Value): void;
  /** Any number of times. */
  release(): void;
}

/** The right to append to a queue, kept until it is released. */
export interface QueueAppender<Value> {
  /** Appends a value. Throws QueueFullError, VariableValueError. */
  append(value: Value): void;
  /** Any number of times. */
  release(): void;
}

/** The right to take from a queue, kept until it is released. */
export interface QueueTaker<Value> {
  /** Takes the oldest value; null when there is none. */
  take(): Value | null;
  /** Any number of times. */
  release(): void;
}

const DEFAULT_INTERVAL_MS = 10;
/** How often a watch looks whether the attachment is still there, ms. */
const ATTACHED_INTERVAL_MS = 500;
/** An open variable space. It keeps the memory, not the attachment: after a `detach` it goes on with what nobody writes any more. */
export class VariableSpace<T extends { [Name in keyof T]: SpaceValue } = Values> {
  /** In the order of their ids. */
  readonly variables: readonly VariableLayout[];
  /** In the order of their ids, which they share with variables. */
  readonly queues: readonly QueueLayout[];
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #mapping: Mapping;
  readonly #claims: VariableClaims;
  readonly #pin: string;
  readonly #identity: string | null;
  readonly #watches = new Set<() => void>();
  #open = true;

  /** Takes over the mapping. Made by `openVariableSpace`. */
  constructor(index: VariableIndex, mapping: Mapping) {
    this.variables = index.variables;
    this.queues = index.queues;
    this.#mapping = mapping;
    this.#entries = bindEntries(index, mapping.buffer);
    this.#claims = new VariableClaims(index.writers);
    this.#pin = index.pin;
    this.#identity = pinIdentity(index.pin);
  }

  /** False once the attachment is detached or replaced: open the space again to see the new one. */
  get attached(): boolean {
    return this.#open && this.#identity !== null && pinIdentity(this.#pin) === this.#identity;
  }

  /**
   * The value of a variable: a number up to 32 bits, a bigint for 64, a Uint8Array (a copy) for bytes[N]. Of a queue what `look` gives.
   * @throws UsageError for an unknown name; VariableBusyError
   */
  get<Name extends keyof T & string>(name: Name): T[Name] {
    return readEntry(this.#entry(name)) as T[Name];
  }

  /**
   * Writes a variable; without a claim it is claimed for the time of the call.
   * @throws UsageError for an unknown name, a queue, a variable of the network, or one that another process writes
   * @throws VariableValueError, PermissionError
   */
  set<Name extends keyof T & string>(name: Name, value: T[Name]): void {
    const { cell, write } = asVariable(this.#entry(name));
    this.#with(write, () => cell.write(value));
  }

  /**
   * What a queue holds at one instant, oldest first; nothing is taken.
   * @throws UsageError for an unknown name or a variable; VariableBusyError
   */
  look<Name extends keyof T & string>(name: Name): OneValue<T[Name]>[] {
    return asQueue(this.#entry(name)).cell.look() as OneValue<T[Name]>[];
  }

  /**
   * Appends a value to a queue that applications fill; without an appender it is claimed for the time of the call.
   * @throws QueueFullError
   * @throws UsageError for an unknown name, a variable, a queue that the network fills, or one that another process fills
   * @throws VariableValueError, PermissionError
   */
  append<Name extends keyof T & string>(name: Name, value: OneValue<T[Name]>): void {
    const { cell, append } = asQueue(this.#entry(name));
    this.#with(append, () => appendTo(cell, value));
  }

  /**
   * Takes the oldest value of a queue that applications drain, or null when it is empty; without a taker it is claimed for the time of
   * the call.
   * @throws UsageError for an unknown name, a variable, a queue that the network drains, or one that another process drains
   * @throws PermissionError
   */
  take<Name extends keyof T & string>(name: Name): OneValue<T[Name]> | null {
    const { cell, take } = asQueue(this.#entry(name));
    return this.#with(take, () => cell.take()) as OneValue<T[Name]> | null;
  }

  /**
   * Claims a variable until `release`, `close` or the end of the process.
   * @throws UsageError, PermissionError
   */
  claim<Name extends keyof T & string>(name: Name): VariableClaim<T[Name]> {
    const { cell, write } = asVariable(this.#entry(name));
    return {
      set: this.#kept(write, `variable ${name}`, (value: T[Name]) => cell.write(value)),
      ...this.#release(write),
    };
  }

  /**
   * Claims appending to a queue until `release`, `close` or the end of the process. Another process may take meanwhile.
   * @throws UsageError, PermissionError
   */
  appender<Name extends keyof T & string>(name: Name): QueueAppender<OneValue<T[Name]>> {
    const { cell, append } = asQueue(this.#entry(name));
    const work = (value: OneValue<T[Name]>) => appendTo(cell, value);
    return { append: this.#kept(append, `queue ${name}`, work), ...this.#release(append) };
  }

  /**
   * Claims taking from a queue until `release`, `close` or the end of the process. Another process may append meanwhile.
   * @throws UsageError, PermissionError
   */
  taker<Name extends keyof T & string>(name: Name): QueueTaker<OneValue<T[Name]>> {
    const { cell, take } = asQueue(this.#entry(name));
    const work = () => cell.take() as OneValue<T[Name]> | null;
    return { take: this.#kept(take, `queue ${name}`, work), ...this.#release(take) };
  }

  /**
   * Calls back with the value of each variable and queue, and from then on whenever a look finds another one.
   * @returns a function that ends the watch
   */
  watch<Name extends keyof T & string>(
    names: readonly Name[],
    options: WatchOptions,
    callback: (change: VariableChange<T, Name>) => void,
  ): () => void {
    const look = this.#looker(names);
    const tell = () => {
      for (const change of look()) callback(change);
    };
    tell();
    const timer = setInterval(tell, options.intervalMs ?? DEFAULT_INTERVAL_MS);
    const stop = () => {
      clearInterval(timer);
      options.signal?.removeEventListener('abort', stop);
      this.#watches.delete(stop);
    };
    this.#watches.add(stop);
    options.signal?.addEventListener('abort', stop);
    if (options.signal?.aborted === true) stop();
    return stop;
  }

  /** As `watch`, for `for await`; ends when the attachment goes, the space is closed, or the signal says so. */
  async *changes<Name extends keyof T & string>(
    names: readonly Name[],
    options: WatchOptions = {},
  ): AsyncGenerator<VariableChange<T, Name>, void> {
    const look = this.#looker(names);
    const intervalMs = options.intervalMs ?? DEFAULT_INTERVAL_MS;
    let checked = performance.now();
    while (this.#open && options.signal?.aborted !== true) {
      yield* look();
      await pause(intervalMs, options.signal);
      if (performance.now() - checked < ATTACHED_INTERVAL_MS) continue;
      if (!this.attached) return;
      checked = performance.now();
    }
  }

  /** Gives memory and claims back, and ends every watch. Any number of times. */
  close(): void {
    this.#open = false;
    for (const stop of [...this.#watches]) stop();
    this.#claims.close();
    this.#mapping.unmap();
  }

  /** Does some work with a right that is held already, or claimed for that time. */
  #with<Result>(right: Right, work: () => Result): Result {
    if (this.#claims.holds(right)) return work();
    this.#claims.claim(right);
    try {
      return work();
    } finally {
      this.#claims.release(right);
    }
  }

  /** Claims a right until it is released, for `work`. */
  #kept<Arguments extends unknown[], Result>(
    right: Right,
    what: string,
    work: (...values: Arguments) => Result,
  ): (...values: Arguments) => Result {
    if (this.#claims.holds(right)) throw new UsageError(`${what} is claimed already`);
    this.#claims.claim(right);
    return (...values) => {
      if (!this.#claims.holds(right)) throw new UsageError(`${what} is no longer claimed`);
      return work(...values);
    };
  }

  #release(right: Right): { release: () => void } {
    return { release: () => this.#claims.release(right) };
  }

  #entry(name: string): Entry {
    if (!this.#open) throw new Error('use variable space: it is closed');
    return findEntry(this.#entries, name);
  }

  /** A function that gives what has changed since its last call; the first call gives everything. */
  #looker<Name extends keyof T & string>(names: readonly Name[]): () => VariableChange<T, Name>[] {
    const entries = names.map((name) => ({ name, entry: this.#entry(name) }));
    const find = changeFinder(entries.map(({ name, entry }) => ({ name, read: () => readEntry(entry) })));
    return () => (this.#open ? (find() as VariableChange<T, Name>[]) : []);
  }
}

/**
 * Opens the variables of an attachment. Needs the addon, and read and write permission on the pin: root, or a member of the
 * group of `attach --group`. The network namespace does not matter.
 * @throws UsageError when nothing is attached, PermissionError, AddonUnavailableError
 */
export function openVariableSpace<T extends { [Name in keyof T]: SpaceValue } = Values>(
  interfaceName: string,
  { roots }: { roots: Roots },
): VariableSpace<T> {
  const index = readVariableIndex(interfaceName, roots);
  return new VariableSpace<T>(index, mapVariables(interfaceName, index));
}
