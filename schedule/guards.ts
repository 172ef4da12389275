// Guards of `if` (reference section 2, language.md sections 3 and 5).
import { compareValues, testValue } from './values.js';
import { byId } from './machine-state.js';
import type { Guard } from '../lang/program.js';
import type { MachineState } from './machine-state.js';

/** Whether the guard holds now. */
export function evaluateGuard(state: MachineState, guard: Guard): boolean {
  const chosen = state.options.choose?.('guard', state.position) ?? null;
  if (chosen !== null) return chosen === 1;
  switch (guard.kind) {
    case 'always_true':
      return true;
    case 'always_false':
      return false;
    case 'send_buffer_empty':
      return (state.options.heldBack?.() ?? 0) === 0;
    case 'channel_rcv_buf_empty':
      return byId(state.ingress.channels, guard.channel).primary.size === 0;
    case 'test_count':
      return byId(state.counters, guard.counter) === guard.value;
    case 'status_test':
      return (state.errors & guard.mask) !== 0;
    case 'equal':
    case 'greater':
    case 'less':
      return compareValues(guard.kind, byId(state.variables, guard.a), byId(state.variables, guard.b));
    case 'test_var':
      return testVariable(state, guard);
    case 'var_queue_empty':
      return byId(state.queues, guard.variable).length === 0;
    case 'var_queue_full':
      return byId(state.queues, guard.variable).length === depthOf(state, guard.variable);
  }
}

/** How many values a queue holds at most. */
export function depthOf(state: MachineState, id: number): number {
  const queue = state.program.queues.find((each) => each.id === id);
  if (queue === undefined) throw new RangeError(`id ${id} is not a queue`);
  return queue.depth;
}

function testVariable(state: MachineState, guard: Extract<Guard, { kind: 'test_var' }>): boolean {
  const declared = state.program.variables.find((each) => each.id === guard.variable);
  if (declared === undefined) throw new RangeError(`id ${guard.variable} is not a variable`);
  return testValue(declared.type, guard.condition, byId(state.variables, guard.variable));
}
