// One block: from the instruction that a machine goes on with to its next suspension (language.md section 2).
import { isLate, raise, takeHandler } from './block-context.js';
import { evaluateGuard } from './guards.js';
import { byId, clearError, leaveRunning, startRound, tell } from './machine-state.js';
import { backupReceive, create, receive } from './take.js';
import { backupSend, send, syncMaster } from './transmit.js';
import type { Instruction } from '../lang/program.js';
import type { Block } from './block-context.js';
import type { GateState, MachineState, Suspension } from './machine-state.js';

/** Late blocks in a row before the next one restarts the grid. */
const LATE_BLOCKS = 64;

/** When the machine goes on if nothing else happens: ns of CLOCK_MONOTONIC. */
export function dueInstant(suspension: Suspension): bigint {
  if (suspension.kind === 'instant') return suspension.dueNs;
  return suspension.accepted?.arrivalNs ?? suspension.deadlineNs;
}

/** Runs the block that `suspension` led to, at the real instant `nowNs`. */
export function runBlock(state: MachineState, suspension: Suspension, nowNs: bigint): void {
  const block: Block = { state, nowNs, dueNs: dueInstant(suspension), raised: new Set() };
  state.suspension = null;
  begin(block, suspension);
  // Between two suspensions control never comes back to an instruction: checked programs have no such cycle.
  for (let steps = state.program.instructions.length; isActive(state); steps -= 1) {
    if (steps === 0) throw new Error(`time does not pass at instruction ${state.position}`);
    step(block);
  }
}

function isActive(state: MachineState): boolean {
  return state.run.kind === 'running' && state.suspension === null;
}

function begin(block: Block, suspension: Suspension): void {
  const { state } = block;
  state.position = suspension.kind === 'instant' ? suspension.target : suspension.next;
  state.logicalNs = block.dueNs;
  judgeLateness(block);
  if (suspension.kind === 'sync') endWait(block, suspension);
  if (state.lateInRow > LATE_BLOCKS) restartGrid(block);
  state.position = takeHandler(block) ?? state.position;
  tell(state, { kind: 'block', position: state.position, dueNs: block.dueNs, late: isLate(block) });
}

function judgeLateness(block: Block): void {
  const { state } = block;
  if (isLate(block)) {
    state.lateInRow += 1;
    state.stats.deadline_missed += 1;
    raise(block, 'deadline_missed', null);
  } else {
    state.lateInRow = 0;
    clearError(state, 'deadline_missed');
  }
}

function endWait(block: Block, suspension: Extract<Suspension, { kind: 'sync' }>): void {
  const { state } = block;
  if (suspension.accepted === null) {
    startRound(state, suspension.deadlineNs);
    tell(state, { kind: 'sync', outcome: 'timeout', source: null });
    raise(block, 'sync_timeout', null);
  } else {
    state.logicalNs -= suspension.accepted.delayNs;
    clearError(state, 'sync_timeout');
  }
}

function restartGrid(block: Block): void {
  const { state } = block;
  if (state.gate !== null) moveGrid(state, state.gate, block.nowNs - state.logicalNs);
  state.logicalNs = block.nowNs;
  state.lateInRow = 0;
  state.stats.restarted_grids += 1;
  tell(state, { kind: 'restarted_grid' });
}

function moveGrid({ futures }: MachineState, gate: GateState, ns: bigint): void {
  gate.movedNs = gate.movedNs === null || !futures.isEmpty ? null : gate.movedNs + ns;
}

function step(block: Block): void {
  const { state } = block;
  const instruction = state.program.instructions[state.position];
  if (instruction === undefined) throw new Error(`control runs off the end at instruction ${state.position}`);
  if (state.position === 0 && !state.hasSync) startRound(state, null);
  state.options.execute?.(state.position);
  const next = execute(block, instruction);
  const isStuck = block.raised.has('no_future');
  const handler = takeHandler(block);
  if (isStuck && handler === null) leaveRunning(state, { kind: 'failed', reason: 'no_future' });
  else state.position = handler ?? next;
}

/** Executes one instruction; the answer is the index of the one that control goes to, at once or after the suspension. */
function execute(block: Block, instruction: Instruction): number {
  const { state } = block;
  const { position } = state;
  switch (instruction.op) {
    case 'nop':
      return position + 1;
    case 'goto':
      return instruction.target;
    case 'if':
      return evaluateGuard(state, instruction.guard) === instruction.negated ? position + 1 : instruction.target;
    case 'halt':
      return halt(block);
    case 'wait':
      return arm(state, instruction) ? halt(block) : position;
    case 'future':
      return arm(state, instruction) ? position + 1 : position;
    case 'end_of_program':
      leaveRunning(state, { kind: 'ended' });
      return position;
    case 'sync_slave':
      waitForSync(state, instruction);
      return position + 1;
    default:
      act(block, instruction);
      return position + 1;
  }
}

type Control = 'nop' | 'halt' | 'end_of_program' | 'goto' | 'if' | 'wait' | 'future' | 'sync_slave';
type Action<I> = I extends { readonly op: Control } ? never : I;

/** The instructions that do something and hand on to the next one. */
function act(block: Block, instruction: Action<Instruction>): void {
  const { state } = block;
  switch (instruction.op) {
    case 'create':
      return create(block, instruction.variable, instruction.message);
    case 'destroy':
      state.messages.set(instruction.message, null);
      return;
    case 'send':
      return send(block, instruction.channel, instruction.message);
    case 'backup_send':
      return backupSend(block, instruction.channel, instruction.message);
    case 'receive':
      return receive(block, instruction.channel, instruction.variable);
    case 'backup_receive':
      return backupReceive(block, instruction.channel, instruction.variable);
    case 'sync_master':
      return syncMaster(block, instruction.channel);
    case 'mode':
    case 'xsend':
      return moveGate(state, instruction);
    case 'handle':
      return install(state, instruction);
    case 'set_counter':
      state.counters.set(instruction.counter, instruction.value);
      return;
    case 'add_to_counter':
      return addToCounter(state, instruction.counter, instruction.value);
    case 'sub_from_counter':
      return addToCounter(state, instruction.counter, -instruction.value);
    case 'clear_counter':
      state.counters.set(instruction.counter, 0);
      return;
  }
}

function arm(state: MachineState, { delayNs, target }: { delayNs: bigint; target: number }): boolean {
  const isArmed = state.futures.arm({ instantNs: state.logicalNs + delayNs, target });
  if (!isArmed) leaveRunning(state, { kind: 'failed', reason: 'too_many_futures' });
  return isArmed;
}

function halt(block: Block): number {
  const { state } = block;
  const future = state.futures.takeEarliest();
  if (future === null) {
    raise(block, 'no_future');
    return state.position;
  }
  suspend(state, { kind: 'instant', dueNs: future.instantNs, target: future.target });
  return future.target;
}

function waitForSync(state: MachineState, { timeoutNs, channel }: { timeoutNs: bigint; channel: number | null }): void {
  const deadlineNs = state.logicalNs + timeoutNs;
  suspend(state, { kind: 'sync', deadlineNs, channel, next: state.position + 1, accepted: null });
}

function suspend(state: MachineState, suspension: Suspension): void {
  state.suspension = suspension;
  tell(state, { kind: 'suspend', instruction: state.position, untilNs: dueInstant(suspension) });
}

function addToCounter(state: MachineState, counter: number, amount: number): void {
  state.counters.set(counter, (byId(state.counters, counter) + amount) >>> 0);
}

function moveGate(state: MachineState, instruction: Extract<Instruction, { op: 'mode' | 'xsend' }>): void {
  const gate = state.gate;
  if (gate === null) return;
  if (instruction.op === 'mode') {
    gate.soft = instruction.mode === 'soft';
    if (!gate.soft) gate.windowEndNs = null;
    return;
  }
  const endNs = state.logicalNs + instruction.windowNs;
  if (gate.windowEndNs === null || gate.windowEndNs < endNs) gate.windowEndNs = endNs;
}

function install(state: MachineState, { error, target }: Extract<Instruction, { op: 'handle' }>): void {
  if (target === null) state.handlers.delete(error);
  else state.handlers.set(error, target);
}
