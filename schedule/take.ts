// The instructions that move values between variables, messages and receive queues.
import { raise } from './block-context.js';
import { depthOf } from './guards.js';
import { byId, clearError, tell } from './machine-state.js';
import { valueFromPayload, valueToBytes } from './values.js';
import type { Value, ValueType } from '../lang/program.js';
import type { Block } from './block-context.js';
import type { ReceiveQueue } from './receive-queue.js';

/** `create`: a snapshot of a variable, or the oldest value of a queue. */
export function create(block: Block, variable: number, message: number): void {
  const { state } = block;
  const type = typeOf(block, variable);
  const queue = state.queues.get(variable);
  if (queue === undefined) {
    state.messages.set(message, valueToBytes(type, byId(state.variables, variable)));
    return;
  }
  const oldest = oldestOf(block, queue, type);
  state.messages.set(message, oldest === undefined ? null : valueToBytes(type, oldest));
  if (oldest === undefined) raise(block, 'queue_empty');
  else clearError(state, 'queue_empty');
}

/** The oldest value of a queue, unless it is chosen that there is one or none. */
function oldestOf({ state }: Block, queue: Value[], type: ValueType): Value | undefined {
  const chosen = state.options.choose?.('empty', state.position) ?? null;
  if (chosen === 1) return undefined;
  return queue.shift() ?? (chosen === null ? undefined : type.kind === 'bytes' ? new Uint8Array(0) : 0n);
}

/** `receive`: the oldest frame of the primary. */
export function receive(block: Block, channel: number, variable: number): void {
  takeFrom(block, byId(block.state.ingress.channels, channel).primary, channel, variable);
}

/** `backup_receive`: a frame of the backup of this round, if the primary was not heard in it. */
export function backupReceive(block: Block, channel: number, variable: number): void {
  const { ingress, round } = block.state;
  const { backup, primaryRound } = byId(ingress.channels, channel);
  backup.discardBefore(round);
  if (primaryRound === round) backup.clear();
  else takeFrom(block, backup, channel, variable);
}

function takeFrom(block: Block, source: ReceiveQueue, channel: number, variable: number): void {
  const { state } = block;
  const report = (outcome: 'taken' | 'none' | 'wrong_length' | 'queue_full'): void =>
    tell(state, { kind: 'receive', instruction: state.position, channel, outcome });
  const payload = source.take();
  const exact = state.program.wire.format === 'v1';
  const value = payload && valueFromPayload(typeOf(block, variable), payload, exact);
  if (value === null) {
    if (payload !== null) byId(state.sendStats, channel).wrong_length += 1;
    report(payload === null ? 'none' : 'wrong_length');
    raise(block, 'receive_fault');
    return;
  }
  clearError(state, 'receive_fault');
  report(store(block, variable, value) ? 'taken' : 'queue_full');
}

/** False if the queue was full and the value is gone. */
function store(block: Block, variable: number, value: bigint | Uint8Array): boolean {
  const { state } = block;
  const queue = state.queues.get(variable);
  if (queue === undefined) {
    state.variables.set(variable, value);
    return true;
  }
  if (queue.length >= depthOf(state, variable)) {
    raise(block, 'queue_full');
    return false;
  }
  queue.push(value);
  clearError(state, 'queue_full');
  return true;
}

function typeOf(block: Block, id: number): ValueType {
  const { variables, queues } = block.state.program;
  const declared = [...variables, ...queues].find((each) => each.id === id);
  if (declared === undefined) throw new RangeError(`id ${id} is neither a variable nor a queue`);
  return declared.type;
}
