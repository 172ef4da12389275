// The variables of an attachment, as an application sees them: memory shared with the kernel, no system call to read one.
import { closeSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VariableLayout } from '../maps/layout.js';
import { parseVariableIndex, VariableIndexError, type VariableIndex } from '../maps/variable-index.js';
import { bindVariable, VariableBusyError, type VariableCell } from '../maps/variable-space.js';
import type { VariableValue } from '../maps/variable-value.js';
import { PermissionError, UsageError } from './errors.js';
import { isNativeError, native, type Mapping } from './native.js';
import { variableIndexPath, type Roots } from './roots.js';
import { VariableClaims } from './variable-claims.js';

/** Names of variables and the types of their values, as `variableSpace<...>()` is told them. */
export type Values = Record<string, VariableValue>;

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

const DEFAULT_INTERVAL_MS = 10;
/** How often a watch looks whether the attachment is still there, ms. */
const ATTACHED_INTERVAL_MS = 500;

function identityOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}

/** An open variable space. It keeps the memory, not the attachment: after a `detach` it goes on with what nobody writes any more. */
export class VariableSpace<T extends { [Name in keyof T]: VariableValue } = Values> {
  /** In the order of their ids. */
  readonly variables: readonly VariableLayout[];
  readonly #cells: ReadonlyMap<string, VariableCell>;
  readonly #mapping: Mapping;
  readonly #claims: VariableClaims;
  readonly #pin: string;
  readonly #identity: string | null;
  readonly #watches = new Set<() => void>();
  #open = true;

  /** Takes over the mapping. Made by `openVariableSpace`. */
  constructor(index: VariableIndex, mapping: Mapping) {
    this.variables = index.variables;
    this.#mapping = mapping;
    this.#cells = new Map(index.variables.map((layout) => [layout.name, bindVariable(mapping.buffer, layout)]));
    this.#claims = new VariableClaims(index.writers);
    this.#pin = index.pin;
    this.#identity = identityOf(index.pin);
  }

  /** False once the attachment is detached or replaced: open the space again to see the new one. */
  get attached(): boolean {
    return this.#open && this.#identity !== null && identityOf(this.#pin) === this.#identity;
  }

  /**
   * The value of a variable: a number up to 32 bits, a bigint for 64, a Uint8Array (a copy) for bytes[N].
   * @throws UsageError for an unknown name; VariableBusyError
   */
  get<Name extends keyof T & string>(name: Name): T[Name] {
    return this.#cell(name).read() as T[Name];
  }

  /**
   * Writes a variable; without a claim it is claimed for the time of the call.
   * @throws UsageError for an unknown name, a variable of the network, or one that another process writes
   * @throws VariableValueError, PermissionError
   */
  set<Name extends keyof T & string>(name: Name, value: T[Name]): void {
    const cell = this.#cell(name);
    const { id } = cell.layout;
    if (this.#claims.holds(id)) return cell.write(value);
    this.#take(cell);
    try {
      cell.write(value);
    } finally {
      this.#claims.release(id);
    }
  }

  /**
   * Claims a variable until `release`, `close` or the end of the process.
   * @throws UsageError, PermissionError
   */
  claim<Name extends keyof T & string>(name: Name): VariableClaim<T[Name]> {
    const cell = this.#cell(name);
    const { id } = cell.layout;
    this.#take(cell);
    return {
      set: (value) => {
        if (!this.#claims.holds(id)) throw new UsageError(`variable ${name} is no longer claimed`);
        cell.write(value);
      },
      release: () => this.#claims.release(id),
    };
  }

  /**
   * Calls back with each variable's value, and from then on whenever a look finds another one.
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

  #take({ layout }: VariableCell): void {
    const { id, name, writer } = layout;
    if (writer === 'network')
      throw new UsageError(
        `variable ${name} is written by the network: the program receives into it, applications read it`,
      );
    if (this.#claims.holds(id)) throw new UsageError(`variable ${name} is claimed already`);
    this.#claims.claim(id, name);
  }

  #cell(name: string): VariableCell {
    if (!this.#open) throw new Error('use variable space: it is closed');
    const cell = this.#cells.get(name);
    if (cell !== undefined) return cell;
    const names = this.variables.map((variable) => variable.name).slice(0, 20);
    throw new UsageError(
      `there is no variable ${name}${names.length > 0 ? `; there are ${names.join(', ')}` : ': the program has none'}`,
    );
  }

  /** A function that gives what has changed since its last call; the first call gives everything. */
  #looker<Name extends keyof T & string>(names: readonly Name[]): () => VariableChange<T, Name>[] {
    const cells = names.map((name) => ({ name, cell: this.#cell(name) }));
    const last = new Map<string, VariableValue>();
    return () => {
      if (!this.#open) return [];
      const changed: VariableChange<T, Name>[] = [];
      for (const { name, cell } of cells) {
        const value = readUnlessBusy(cell);
        if (value === null || sameValue(last.get(name), value)) continue;
        last.set(name, value);
        changed.push({ name, value: value as T[Name] });
      }
      return changed;
    };
  }
}

/** Waits, at most until the signal. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

/** Null when the writer does not pause: the next look may find a value. */
function readUnlessBusy(cell: VariableCell): VariableValue | null {
  try {
    return cell.read();
  } catch (error) {
    if (error instanceof VariableBusyError) return null;
    throw error;
  }
}

function sameValue(a: VariableValue | undefined, b: VariableValue): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function readIndex(interfaceName: string, roots: Roots): VariableIndex {
  const path = variableIndexPath(roots, interfaceName);
  try {
    return parseVariableIndex(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof VariableIndexError) throw new UsageError(`${path}: ${cause.message}`, { cause });
    if (isNativeError(cause, 'ENOENT') || isNativeError(cause, 'ENOTDIR')) {
      throw new UsageError(`nothing is attached to ${interfaceName}: \`ncbpf status\` lists what is`, { cause });
    }
    if (isNativeError(cause, 'EACCES')) throw new PermissionError(`no permission to read ${path}`, { cause });
    throw cause;
  }
}

function mapVariables(interfaceName: string, { pin, size }: VariableIndex): Mapping {
  try {
    const fd = native().objGet(pin);
    try {
      return native().mapMmap(fd, size, { writable: true });
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    if (isNativeError(cause, 'ENOENT'))
      throw new UsageError(`the variables of ${interfaceName} are gone: ${pin} is missing`, { cause });
    if (!isNativeError(cause, 'EACCES') && !isNativeError(cause, 'EPERM')) throw cause;
    throw new PermissionError(`no permission to open ${pin}: run as root, or attach with --group`, { cause });
  }
}

/**
 * Opens the variables of an attachment. Needs the addon, and read and write permission on the pin: root, or a member of the
 * group of `attach --group`. The network namespace does not matter.
 * @throws UsageError when nothing is attached, PermissionError, AddonUnavailableError
 */
export function openVariableSpace<T extends { [Name in keyof T]: VariableValue } = Values>(
  interfaceName: string,
  { roots }: { roots: Roots },
): VariableSpace<T> {
  const index = readIndex(interfaceName, roots);
  return new VariableSpace<T>(index, mapVariables(interfaceName, index));
}
