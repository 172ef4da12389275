// The instructions of `ncbpf/program`: what each call emits.
import { wrongOperand } from '../mistakes/typescript.js';
import { ERROR_BITS } from '../program.js';
import type { ErrorName } from '../program.js';
import type { OperationNode } from '../tree.js';
import { blockOf, delayOf, isMissing, numberOf, textOf, thingWord, wordOf } from './arguments.js';
import type { Call } from './call.js';
import { argument } from './call.js';
import type { Label } from './emitter.js';
import type { Engine } from './engine.js';
import { Refusal } from './refusal.js';

interface Lowered {
  readonly operation: OperationNode;
  /** Where it leads to, of an operation with a label. */
  readonly jump?: Label;
}

type Lower = (engine: Engine, call: Call) => Lowered;

const ERRORS = Object.keys(ERROR_BITS) as readonly ErrorName[];

const simple =
  (operation: OperationNode): Lower =>
  () => ({ operation });

const sending =
  (op: 'send' | 'backup_send'): Lower =>
  (engine, call) => ({
    operation: {
      op,
      channel: thingWord(engine, argument(call, 0), ['channel']),
      message: thingWord(engine, argument(call, 1), ['message']),
    },
  });

const receiving =
  (op: 'receive' | 'backup_receive'): Lower =>
  (engine, call) => ({
    operation: {
      op,
      channel: thingWord(engine, argument(call, 0), ['channel']),
      variable: thingWord(engine, argument(call, 1), ['var', 'queue']),
    },
  });

const counting =
  (op: 'set_counter' | 'add_to_counter' | 'sub_from_counter'): Lower =>
  (engine, call) => ({
    operation: { op, counter: thingWord(engine, argument(call, 0), ['counter']), value: numberOf(argument(call, 1)) },
  });

/** By the name of the function. */
const INSTRUCTIONS: ReadonlyMap<string, Lower> = new Map<string, Lower>([
  ['nop', simple({ op: 'nop' })],
  ['halt', simple({ op: 'halt' })],
  ['endOfProgram', simple({ op: 'end_of_program' })],
  ['create', lowerCreate],
  [
    'destroy',
    (engine, call) => ({ operation: { op: 'destroy', message: thingWord(engine, argument(call, 0), ['message']) } }),
  ],
  ['send', sending('send')],
  ['backupSend', sending('backup_send')],
  ['receive', receiving('receive')],
  ['backupReceive', receiving('backup_receive')],
  [
    'syncMaster',
    (engine, call) => ({
      operation: { op: 'sync_master', channel: thingWord(engine, argument(call, 0), ['channel']) },
    }),
  ],
  ['syncSlave', lowerSyncSlave],
  ['future', lowerFuture],
  ['wait', lowerWait],
  ['mode', (_, call) => ({ operation: { op: 'mode', mode: wordOf(argument(call, 0), ['hard', 'soft']) } })],
  ['xsend', (_, call) => ({ operation: { op: 'xsend', window: delayOf(argument(call, 0)) } })],
  ['handle', lowerHandle],
  ['setCounter', counting('set_counter')],
  ['addToCounter', counting('add_to_counter')],
  ['subFromCounter', counting('sub_from_counter')],
  [
    'clearCounter',
    (engine, call) => ({
      operation: { op: 'clear_counter', counter: thingWord(engine, argument(call, 0), ['counter']) },
    }),
  ],
]);

/** The names of the functions. */
export const INSTRUCTION_NAMES: readonly string[] = [...INSTRUCTIONS.keys(), 'goto'];

function lowerCreate(engine: Engine, call: Call): Lowered {
  const variable = thingWord(engine, argument(call, 0), ['var', 'queue']);
  return { operation: { op: 'create', variable, message: thingWord(engine, argument(call, 1), ['message']) } };
}

function lowerSyncSlave(engine: Engine, call: Call): Lowered {
  const timeout = delayOf(argument(call, 0));
  const from = argument(call, 1);
  const channel = isMissing(from.value) ? null : thingWord(engine, from, ['channel']);
  return { operation: { op: 'sync_slave', timeout, channel } };
}

function lowerFuture(engine: Engine, call: Call): Lowered {
  const delay = delayOf(argument(call, 0));
  return { operation: { op: 'future', delay, label: blockWord(call, 1) }, jump: blockLabel(engine, call, 1) };
}

function lowerWait(engine: Engine, call: Call): Lowered {
  const delay = delayOf(argument(call, 0));
  if (isMissing(argument(call, 1).value)) return { operation: { op: 'wait', delay, label: null } };
  return { operation: { op: 'wait', delay, label: blockWord(call, 1) }, jump: blockLabel(engine, call, 1) };
}

function lowerHandle(engine: Engine, call: Call): Lowered {
  const name = textOf(argument(call, 0));
  const error = ERRORS.find((one) => one === name);
  if (error === undefined) {
    const { span } = argument(call, 0);
    throw new Refusal(
      wrongOperand(span, 'an error of the machine', `'${name.slice(0, 63)}'`, `the errors are ${ERRORS.join(', ')}`),
    );
  }
  const { value } = argument(call, 1);
  if (value.kind === 'plain' && value.value === 'none') return { operation: { op: 'handle', error, label: null } };
  return { operation: { op: 'handle', error, label: blockWord(call, 1) }, jump: blockLabel(engine, call, 1) };
}

/** The place of a label; its name comes when all labels are known. */
function blockWord(call: Call, index: number): { name: string; span: Call['span'] } {
  return { name: '', span: argument(call, index).span };
}

function blockLabel(engine: Engine, call: Call, index: number): Label {
  const { span } = argument(call, index);
  return engine.outputFor(span).blockLabel(blockOf(argument(call, index)), call.span);
}

/** Emits an instruction. False where the call is none. Throws `Refusal`. */
export function emitInstruction(engine: Engine, call: Call): boolean {
  if (call.name === 'goto') {
    goTo(engine, call);
    return true;
  }
  const lower = INSTRUCTIONS.get(call.name);
  if (lower === undefined) return false;
  const { emitter } = engine.outputFor(call.span);
  const { operation, jump } = lower(engine, call);
  emitter.emit(operation, call.span, jump ?? null);
  return true;
}

/** A block that has no place yet is put right behind, where that spares the jump. */
function goTo(engine: Engine, call: Call): void {
  const output = engine.outputFor(call.span);
  output.emitter.goTo(output.blockLabel(blockOf(argument(call, 0)), call.span, true), call.span);
}
