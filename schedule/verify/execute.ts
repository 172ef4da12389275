// Executes one instruction on a draft, as language.md has it; where the program does not decide, the draft forks.
import { LIMITS, type Instruction } from '../../lang/program.js';
import type { CompiledNode } from './compiled-node.js';
import { fork, raise, takeHandler, type Draft } from './draft.js';
import { evaluate } from './evaluate.js';
import { beginRound, type LocalState } from './local-state.js';
import { create, receive, send, transmit } from './move.js';
import { ERRORS } from './relevance.js';

/** Executes the instruction that comes next; the answer is every way on. The draft is changed. */
export function step(node: CompiledNode, draft: Draft): Draft[] {
  const { position } = draft.state;
  const instruction = node.program.instructions[position];
  if (instruction === undefined) throw new Error(`control runs off the end at instruction ${position}`);
  if (position === 0 && !node.relevance.hasSync) beginRound(draft.state);
  draft.path.push(position);
  draft.spent += node.costs[position]!;
  draft.slack += node.slacks[position]!;
  draft.share = 1;
  const ways = execute(node, draft, instruction);
  for (const way of ways) conclude(node, way, position);
  return ways;
}

/** After the instruction: handlers, and what a `halt` without a future and without a handler comes to. */
function conclude(node: CompiledNode, draft: Draft, position: number): void {
  const stuck = (draft.raised >> ERRORS.indexOf('no_future')) & 1;
  const handler = takeHandler(draft);
  if (handler >= 0) {
    // A sync slave or halt has suspended already: it raises nothing, so nothing is lost here.
    draft.state.position = handler;
    draft.done = false;
  } else if (stuck) {
    fail(node, draft, 'no_future', position);
  }
}

function fail(node: CompiledNode, draft: Draft, phase: 'no_future' | 'too_many_futures', position: number): void {
  draft.state.phase = phase;
  draft.state.position = position;
  draft.done = true;
  draft.faults.push({
    kind: phase,
    instruction: position,
    channel: -1,
    other: -1,
    after: draft.spent - node.costs[position]!,
  });
}

function execute(node: CompiledNode, draft: Draft, instruction: Instruction): Draft[] {
  const { state } = draft;
  const here = state.position;
  state.position = here + 1;
  switch (instruction.op) {
    case 'nop':
      return [draft];
    case 'goto':
      state.position = instruction.target;
      return [draft];
    case 'if':
      return branch(node, draft, here, instruction);
    case 'future':
      arm(node, draft, instruction.target, here);
      return [draft];
    case 'wait':
      if (arm(node, draft, instruction.target, here)) halt(draft);
      return [draft];
    case 'halt':
      halt(draft);
      return [draft];
    case 'sync_slave':
      state.phase = 'sync';
      state.due = node.durations[here]!;
      state.awaited = instruction.channel === null ? -1 : node.channelIndex.get(instruction.channel)!;
      draft.done = true;
      return [draft];
    case 'end_of_program':
      state.phase = 'ended';
      state.position = here;
      draft.done = true;
      return [draft];
    case 'create':
      return create(node, draft, here, instruction);
    case 'send':
    case 'backup_send':
      return send(node, draft, here, instruction);
    case 'receive':
    case 'backup_receive':
      receive(node, draft, here, instruction);
      return [draft];
    case 'sync_master':
      transmit(node, draft, here, 0);
      beginRound(state);
      return [draft];
    default:
      change(node, state, here, instruction);
      return [draft];
  }
}

type Changing = 'destroy' | 'handle' | 'mode' | 'xsend' | 'set_counter' | 'add_to_counter' | 'sub_from_counter';
type Change = Extract<Instruction, { readonly op: Changing | 'clear_counter' }>;

/** The instructions that only change the state. */
function change(node: CompiledNode, state: LocalState, here: number, instruction: Change): void {
  switch (instruction.op) {
    case 'destroy': {
      const message = node.messageIndex.get(instruction.message)!;
      state.messages[message] = 0;
      state.unsent[message] = 0;
      return;
    }
    case 'handle':
      state.handlers[ERRORS.indexOf(instruction.error)] = instruction.target ?? -1;
      return;
    case 'mode':
      state.softBy = instruction.mode === 'soft' ? here : -1;
      if (instruction.mode === 'hard') state.windowBy = -1;
      return;
    case 'xsend':
      if (state.windowBy >= 0 && state.windowEnd >= node.durations[here]!) return;
      state.windowBy = here;
      state.windowEnd = node.durations[here]!;
      return;
    default:
      count(node, state, instruction);
  }
}

function count(
  node: CompiledNode,
  state: LocalState,
  instruction: Exclude<Change, { op: 'destroy' | 'handle' | 'mode' | 'xsend' }>,
): void {
  const counter = node.counterIndex.get(instruction.counter)!;
  if (!node.relevance.counters[counter]) return;
  const before = state.counters[counter]!;
  if (instruction.op === 'clear_counter') state.counters[counter] = 0;
  else if (instruction.op === 'set_counter') state.counters[counter] = instruction.value;
  else
    state.counters[counter] =
      (instruction.op === 'add_to_counter' ? before + instruction.value : before - instruction.value) >>> 0;
}

/** Futures stay in the order in which they come; of equals the one that was armed first is first. */
function arm(node: CompiledNode, draft: Draft, target: number, here: number): boolean {
  const delay = node.durations[here]!;
  const { futures } = draft.state;
  if (futures.length >= 2 * LIMITS.futures) {
    fail(node, draft, 'too_many_futures', here);
    return false;
  }
  let at = futures.length;
  while (at > 0 && futures[at - 2]! > delay) at -= 2;
  futures.splice(at, 0, delay, target);
  return true;
}

function halt(draft: Draft): void {
  const { state } = draft;
  if (state.futures.length === 0) {
    raise(draft, 'no_future');
    return;
  }
  const [due, target] = state.futures.splice(0, 2);
  state.phase = 'instant';
  state.due = due!;
  state.position = target!;
  draft.done = true;
}

/** How likely a guard is to hold of which the program does not say it. */
const EVEN = 0.5;

function branch(
  node: CompiledNode,
  draft: Draft,
  here: number,
  instruction: Extract<Instruction, { op: 'if' }>,
): Draft[] {
  const value = evaluate(node, draft, instruction.guard);
  if (value !== null) {
    if (value !== instruction.negated) draft.state.position = instruction.target;
    return [draft];
  }
  const other = fork(draft);
  draft.choices.push({ kind: 'guard', instruction: here, value: instruction.negated ? 1 : 0 });
  other.choices.push({ kind: 'guard', instruction: here, value: instruction.negated ? 0 : 1 });
  other.state.position = instruction.target;
  other.share = instruction.probability ?? EVEN;
  draft.share = 1 - other.share;
  return [draft, other];
}
