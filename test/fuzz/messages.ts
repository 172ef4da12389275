// Between the thread that reads and the one that watches it.
import type { ReaderName } from './readers.js';

/** Indexes of the shared words, in front of the input that is being read. */
export const SHARED = {
  /** 1 while an input is read. */
  busy: 0,
  executions: 1,
  /** Bytes of the input. */
  length: 2,
  features: 3,
  corpus: 4,
} as const;
export const SHARED_BYTES = 64;

export interface Job {
  readonly reader: ReaderName;
  readonly seed: number;
  /** What earlier threads and runs found. */
  readonly corpus: readonly Uint8Array[];
  /** What no thread survived: not to be read again. */
  readonly deadly: readonly Uint8Array[];
  readonly memory: SharedArrayBuffer;
  /** Stop after so many inputs; Infinity for never. */
  readonly executions: number;
}

/** `task`: the thread's folder under /proc. */
export type Message =
  | { readonly kind: 'ready'; readonly task: string }
  | { readonly kind: 'kept'; readonly input: Uint8Array }
  | { readonly kind: 'broken'; readonly input: Uint8Array; readonly error: string; readonly where: string }
  /** Took more than a part of a second: CPU seconds of a second reading. */
  | { readonly kind: 'slow'; readonly input: Uint8Array; readonly seconds: number }
  | { readonly kind: 'done' };
