// A block half way: the machine's state, and what the block has done so far.
import { ERROR_BITS, type ErrorName } from '../../lang/program.js';
import { copyState, keyOf, type LocalState } from './local-state.js';
import type { Choice, Fault } from './outcome.js';
import { ERRORS } from './relevance.js';

/** One way through a block, as far as it has come. */
export interface Draft {
  state: LocalState;
  /** When this part of the block begins, units from L. */
  elapsed: number;
  /** It begins more than the tolerance after the block was due. */
  readonly late: boolean;
  /** Time that the instructions so far have taken at least, units. */
  spent: number;
  /** How much longer they may have taken, units. */
  slack: number;
  /** How likely the last instruction was to go this way. */
  share: number;
  /** Errors since handlers were last looked at, by the order of `ERRORS`. */
  raised: number;
  sends: number[];
  suppressed: number[];
  faults: Fault[];
  choices: Choice[];
  path: number[];
  done: boolean;
}

/** The beginning of a block. The state is changed. */
export function newDraft(state: LocalState, elapsed: number, late: boolean): Draft {
  const nothing = { sends: [], suppressed: [], faults: [], choices: [], path: [] };
  return { state, elapsed, late, spent: 0, slack: 0, share: 1, raised: 0, ...nothing, done: false };
}

/** Another way from here. */
export function fork(draft: Draft): Draft {
  return {
    ...draft,
    state: copyState(draft.state),
    sends: draft.sends.slice(),
    suppressed: draft.suppressed.slice(),
    faults: draft.faults.slice(),
    choices: draft.choices.slice(),
    path: draft.path.slice(),
  };
}

/** Equal for drafts that go on alike. */
export function draftKey({ state, spent, slack, raised, sends, suppressed, faults, done }: Draft): string {
  const wrong = faults.map((fault) => `${fault.kind} ${fault.instruction} ${fault.other} ${fault.after}`);
  return `${keyOf(state)}#${spent} ${slack} ${raised} ${done}#${sends.join(' ')}#${suppressed.join(' ')}#${wrong.join()}`;
}

/** Sets an error and leaves it for the handlers. */
export function raise(draft: Draft, error: ErrorName): void {
  draft.state.errors |= 1 << ERROR_BITS[error];
  draft.raised |= 1 << ERRORS.indexOf(error);
}

/** Clears an error. */
export function clear(draft: Draft, error: ErrorName): void {
  draft.state.errors &= ~(1 << ERROR_BITS[error]);
}

/** Target of the handler that takes over, or -1; of two errors that of the lower bit. */
export function takeHandler(draft: Draft): number {
  const { state, raised } = draft;
  if (raised === 0) return -1;
  draft.raised = 0;
  const error = ERRORS.findIndex((_, index) => ((raised >> index) & 1) === 1 && state.handlers[index]! >= 0);
  if (error < 0) return -1;
  clear(draft, ERRORS[error]!);
  return state.handlers[error]!;
}

/** Whether a handler for the error is installed. */
export function isHandled(draft: Draft, error: ErrorName): boolean {
  return draft.state.handlers[ERRORS.indexOf(error)]! >= 0;
}

/** Something looked at whether the last `receive` found anything. */
export function excuse(draft: Draft): void {
  draft.state.missed = -1;
}

/** Nothing looked at it. */
export function blame(draft: Draft): void {
  if (draft.state.missed < 0) return;
  const { missed: instruction, missedChannel: channel, missedAt } = draft.state;
  const after = missedAt - draft.elapsed;
  draft.faults.push({ kind: 'nothing_received', instruction, channel, other: -1, after });
  draft.state.missed = -1;
}
