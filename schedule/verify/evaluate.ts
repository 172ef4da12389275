// Guards of `if` where not everything is known: true, false, or both (verification.md section 1).
import { ERROR_BITS, type Guard, type Program } from '../../lang/program.js';
import { compareValues, testValue } from '../values.js';
import type { CompiledNode } from './compiled-node.js';
import { excuse, type Draft } from './draft.js';
import type { LocalState } from './local-state.js';
import { variablesOf } from './relevance.js';

/** Whether the guard holds; null: it goes both ways. */
export function evaluate(node: CompiledNode, draft: Draft, guard: Guard): boolean | null {
  const { state } = draft;
  switch (guard.kind) {
    case 'always_true':
      return true;
    case 'always_false':
      return false;
    case 'send_buffer_empty':
      return node.relevance.hasGate ? null : true;
    case 'channel_rcv_buf_empty': {
      const channel = node.channelIndex.get(guard.channel)!;
      if (state.missedChannel === channel) excuse(draft);
      return state.waiting[channel]!.length === 0;
    }
    case 'test_count':
      return state.counters[node.counterIndex.get(guard.counter)!] === guard.value;
    case 'status_test':
      if ((guard.mask >> ERROR_BITS.receive_fault) & 1) excuse(draft);
      return (state.errors & guard.mask) !== 0;
    case 'var_queue_empty':
    case 'var_queue_full':
      return queueGuard(node, state, guard);
    default:
      return variableGuard(node, state, guard);
  }
}

function queueGuard(
  node: CompiledNode,
  state: LocalState,
  guard: Extract<Guard, { kind: 'var_queue_empty' | 'var_queue_full' }>,
): boolean | null {
  const queue = node.placeIndex.get(guard.variable)! - node.program.variables.length;
  const use = node.relevance.queues[queue]!;
  if (use !== 'both_in_program') return null;
  return state.queues[queue] === (guard.kind === 'var_queue_empty' ? 0 : node.program.queues[queue]!.depth);
}

/** What has not received anything yet still holds its initial value. */
function variableGuard(node: CompiledNode, state: LocalState, guard: VariableGuard): boolean | null {
  const places = variablesOf(guard).map((id) => node.placeIndex.get(id)!);
  return places.every((place) => node.relevance.received[place] && state.received[place] === 0)
    ? initialGuard(node.program, guard)
    : null;
}

type VariableGuard = Extract<Guard, { kind: 'equal' | 'greater' | 'less' | 'test_var' }>;

function initialGuard(program: Program, guard: VariableGuard): boolean {
  const declared = (id: number) => program.variables.find((each) => each.id === id)!;
  if (guard.kind !== 'test_var') return compareValues(guard.kind, declared(guard.a).initial, declared(guard.b).initial);
  const { type, initial } = declared(guard.variable);
  return testValue(type, guard.condition, initial);
}
