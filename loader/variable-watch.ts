// Finds what has changed from one look at variables and queues to the next.
import { setTimeout as sleep } from 'node:timers/promises';
import { VariableBusyError } from '../maps/variable-space.js';
import type { SpaceValue, VariableValue } from '../maps/variable-value.js';

/** Something to look at. */
export interface Watched<Name extends string> {
  readonly name: Name;
  /** Throws VariableBusyError. */
  read(): SpaceValue;
}

/** A function that gives what has changed since its last call; the first call gives everything. */
export function changeFinder<Name extends string>(
  watched: readonly Watched<Name>[],
): () => { name: Name; value: SpaceValue }[] {
  const last = new Map<Name, SpaceValue>();
  return () => {
    const changed: { name: Name; value: SpaceValue }[] = [];
    for (const each of watched) {
      const value = readUnlessBusy(each);
      const before = last.get(each.name);
      if (value === null || (before !== undefined && sameContent(before, value))) continue;
      last.set(each.name, value);
      changed.push({ name: each.name, value });
    }
    return changed;
  };
}

/** Waits, at most until the signal. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

/** Null when the other side does not pause: the next look may find a value. */
function readUnlessBusy(watched: Watched<string>): SpaceValue | null {
  try {
    return watched.read();
  } catch (error) {
    if (error instanceof VariableBusyError) return null;
    throw error;
  }
}

function sameContent(a: SpaceValue, b: SpaceValue): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return !Array.isArray(a) && !Array.isArray(b) && sameValue(a, b);
  return a.length === b.length && a.every((value, index) => sameValue(value, b[index]));
}

function sameValue(a: VariableValue, b: VariableValue | undefined): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
