// What a machine tells about its work: the records of traces and timelines.
import type { ErrorName, Mac } from '../lang/program.js';
import type { FrameType } from './frame.js';

/** How a machine stands. `held` has not been started, `stopped` was stopped from outside. */
export type RunState =
  | { readonly kind: 'held' | 'running' | 'stopped' | 'ended' }
  | { readonly kind: 'failed'; readonly reason: 'no_future' | 'too_many_futures' };

/** What became of a send: the kernel took it, it was too late, or the kernel refused it. */
export type SendOutcome = 'sent' | 'suppressed' | 'refused';

/** What a send offers to the kernel, and what a frame that was sent is remembered by. */
export interface SentFrame {
  readonly bytes: Uint8Array;
  readonly type: FrameType;
  readonly channel: number;
  readonly sequence: number;
  /** Real instant of the send, ns of CLOCK_MONOTONIC. */
  readonly realNs: bigint;
  /** Logical time of the send, ns of CLOCK_MONOTONIC. */
  readonly logicalNs: bigint;
  /** Index of the instruction. */
  readonly instruction: number;
}

/** One thing that happened; ids and instruction indexes as in the program, instants in ns of CLOCK_MONOTONIC. */
export type MachineEvent =
  | { readonly kind: 'block'; readonly position: number; readonly dueNs: bigint; readonly late: boolean }
  | { readonly kind: 'suspend'; readonly instruction: number; readonly untilNs: bigint }
  | {
      readonly kind: 'send';
      readonly instruction: number;
      readonly channel: number;
      readonly type: FrameType;
      readonly outcome: SendOutcome;
    }
  | {
      readonly kind: 'receive';
      readonly instruction: number;
      readonly channel: number;
      readonly outcome: 'taken' | 'none' | 'wrong_length' | 'queue_full';
    }
  | {
      readonly kind: 'arrival';
      readonly verdict: 'pass' | 'drop' | 'taken';
      readonly cause: string | null;
      readonly type: FrameType | null;
    }
  | { readonly kind: 'sync'; readonly outcome: 'arrived' | 'timeout' | 'unawaited'; readonly source: Mac | null }
  | { readonly kind: 'restarted_grid' }
  | { readonly kind: 'error'; readonly error: ErrorName; readonly instruction: number | null }
  /** The handler of an error takes over; `target` is an instruction index. */
  | { readonly kind: 'handler'; readonly error: ErrorName; readonly target: number }
  | { readonly kind: 'write'; readonly variable: number }
  | { readonly kind: 'run'; readonly state: RunState };
