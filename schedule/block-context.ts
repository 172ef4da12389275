// What is known while one block runs.
import { ERROR_BITS } from '../lang/program.js';
import { clearError, setError, tell } from './machine-state.js';
import type { ErrorName } from '../lang/program.js';
import type { MachineState } from './machine-state.js';

/** A block that runs: real instant, instant at which it was due (both ns of CLOCK_MONOTONIC), errors since the last look. */
export interface Block {
  readonly state: MachineState;
  readonly nowNs: bigint;
  readonly dueNs: bigint;
  readonly raised: Set<ErrorName>;
}

/** Sets an error and leaves it for the handlers; `instruction` is null for errors of the block's start. */
export function raise(block: Block, error: ErrorName, instruction: number | null = block.state.position): void {
  setError(block.state, error, instruction);
  block.raised.add(error);
}

/** Target of the handler that takes over, if one does; its error is cleared, other errors stay set. */
export function takeHandler(block: Block): number | null {
  const { state, raised } = block;
  const handled = [...raised].filter((error) => state.handlers.has(error));
  raised.clear();
  const lowest = handled.sort((a, b) => ERROR_BITS[a] - ERROR_BITS[b])[0];
  const target = lowest && state.handlers.get(lowest);
  if (lowest === undefined || target === undefined) return null;
  clearError(state, lowest);
  tell(state, { kind: 'handler', error: lowest, target });
  return target;
}

/** More than `tolerance` after the block was due. */
export function isLate(block: Block): boolean {
  return block.nowNs - block.dueNs > block.state.program.toleranceNs;
}
