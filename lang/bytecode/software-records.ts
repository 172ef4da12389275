// Software records: 20 bytes, little-endian; an opcode, three bytes of padding, four arguments of 32 bits.
import type { RecordPlace } from '../mistakes/bytecode.js';
import { recordOperandOutOfRange, unknownGuardNumber, unknownOpcode } from '../mistakes/bytecode.js';
import type { ErrorName, Guard, Operation, VariableTest } from '../program.js';
import { ERROR_BITS, LIMITS } from '../program.js';
import type { Decoded, RecordFormat } from './record-format.js';
import { checkOperand, microseconds, nanoseconds, RecordMistake } from './record-format.js';

/** The opcodes, by their numbers. `sync` has one for both kinds. */
const OPCODES = [
  'future',
  'halt',
  'if',
  'mode',
  'create',
  'destroy',
  'send',
  'receive',
  'sync',
  'handle',
  'goto',
  'wait',
  'xsend',
  'backup_send',
  'backup_receive',
  'nop',
  'end_of_program',
  'set_counter',
  'add_to_counter',
  'clear_counter',
  'sub_from_counter',
] as const;
type Opcode = (typeof OPCODES)[number];

const GUARDS = [
  'always_true',
  'always_false',
  'channel_rcv_buf_empty',
  'send_buffer_empty',
  'test_count',
  'status_test',
  'equal',
  'greater',
  'less',
  'test_var',
  'var_queue_empty',
  'var_queue_full',
] as const satisfies readonly Guard['kind'][];

const TESTS = ['zero', 'nonzero', 'even_parity', 'odd_parity'] as const satisfies readonly VariableTest[];
const MODES = ['hard', 'soft'] as const;
const MASTER = 0;
const SLAVE = 1;
const MOST_16 = 0xffff;
const MOST_32 = 0xffffffff;
/** In place of the target of `handle`. */
const NO_TARGET = 0xffffffff;
const ARGUMENTS = 4;
const MOST_ID = LIMITS.declared - 1;

/** The arguments of one record. Notes which of them were read. */
class Arguments {
  readonly #masks = [0, 0, 0, 0];

  constructor(
    readonly place: RecordPlace,
    private readonly values: readonly number[],
  ) {}

  /** An argument, or the bits of it that mean something. */
  at(index: number, mask = MOST_32): number {
    this.#masks[index] = mask;
    return ((this.values[index] ?? 0) & mask) >>> 0;
  }

  id(index: number, what: string): number {
    return checkOperand(this.place, what, this.at(index), MOST_ID);
  }

  oneOf<T>(index: number, what: string, list: readonly T[]): T {
    return list[checkOperand(this.place, what, this.at(index), list.length - 1)]!;
  }

  dropped(): string[] {
    return this.values.flatMap((value, index) =>
      (value & ~(this.#masks[index] ?? 0)) === 0 ? [] : [`argument ${index + 1}`],
    );
  }
}

const channel = (args: Arguments) => args.id(0, 'a channel');

const READERS: Readonly<Record<Opcode, (args: Arguments) => Operation>> = {
  future: (args) => ({ op: 'future', delayNs: nanoseconds(args.at(0)), target: args.at(1) }),
  halt: () => ({ op: 'halt' }),
  if: (args) => ({ op: 'if', guard: readGuard(args), negated: false, probability: null, target: args.at(1) }),
  mode: (args) => ({ op: 'mode', mode: args.oneOf(0, 'a mode', MODES) }),
  create: (args) => ({ op: 'create', variable: args.id(0, 'a variable'), message: args.id(1, 'a message') }),
  destroy: (args) => ({ op: 'destroy', message: args.id(0, 'a message') }),
  send: (args) => ({ op: 'send', channel: channel(args), message: args.id(1, 'a message') }),
  receive: (args) => ({ op: 'receive', channel: channel(args), variable: args.id(1, 'a variable') }),
  sync: readSync,
  handle: readHandle,
  goto: (args) => ({ op: 'goto', target: args.at(0) }),
  wait: (args) => ({ op: 'wait', delayNs: nanoseconds(args.at(0)), target: args.at(1) }),
  xsend: (args) => ({ op: 'xsend', windowNs: nanoseconds(args.at(0)) }),
  backup_send: (args) => ({ op: 'backup_send', channel: channel(args), message: args.id(1, 'a message') }),
  backup_receive: (args) => ({ op: 'backup_receive', channel: channel(args), variable: args.id(1, 'a variable') }),
  nop: () => ({ op: 'nop' }),
  end_of_program: () => ({ op: 'end_of_program' }),
  set_counter: (args) => ({ op: 'set_counter', counter: args.id(0, 'a counter'), value: args.at(1) }),
  add_to_counter: (args) => ({ op: 'add_to_counter', counter: args.id(0, 'a counter'), value: args.at(1) }),
  clear_counter: (args) => ({ op: 'clear_counter', counter: args.id(0, 'a counter') }),
  sub_from_counter: (args) => ({ op: 'sub_from_counter', counter: args.id(0, 'a counter'), value: args.at(1) }),
};

function readSync(args: Arguments): Operation {
  const kind = checkOperand(args.place, 'a kind of sync', args.at(0), SLAVE);
  if (kind === MASTER) return { op: 'sync_master', channel: args.id(1, 'a channel') };
  return { op: 'sync_slave', timeoutNs: nanoseconds(args.at(1)), channel: null };
}

function readHandle(args: Arguments): Operation {
  const bit = args.at(0);
  const error = (Object.keys(ERROR_BITS) as ErrorName[]).find((name) => ERROR_BITS[name] === bit);
  const bits = Object.values(ERROR_BITS).join(', ');
  if (error === undefined) throw new RecordMistake(recordOperandOutOfRange(args.place, 'an error bit', bit, bits));
  const target = args.at(1);
  return { op: 'handle', error, target: target === NO_TARGET ? null : target };
}

function readGuard(args: Arguments): Guard {
  const number = args.at(0);
  const kind = GUARDS[number];
  if (kind === undefined) {
    throw new RecordMistake(unknownGuardNumber(args.place, number, `0 to ${GUARDS.length - 1}`));
  }
  switch (kind) {
    case 'always_true':
    case 'always_false':
    case 'send_buffer_empty':
      return { kind };
    case 'channel_rcv_buf_empty':
      return { kind, channel: args.id(2, 'a channel') };
    case 'test_count':
      return { kind, counter: args.id(2, 'a counter'), value: args.at(3) };
    case 'status_test':
      return { kind, mask: args.at(2, MOST_16) };
    case 'equal':
    case 'greater':
    case 'less':
      return { kind, a: args.id(2, 'a variable'), b: args.id(3, 'a variable') };
    case 'test_var':
      return { kind, variable: args.id(2, 'a variable'), condition: args.oneOf(3, 'the condition of test_var', TESTS) };
    case 'var_queue_empty':
    case 'var_queue_full':
      return { kind, variable: args.id(2, 'a variable') };
  }
}

function decode(bytes: Uint8Array, place: RecordPlace): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = Array.from({ length: ARGUMENTS }, (_, index) => view.getUint32(4 + 4 * index, true));
  const number = view.getUint8(0);
  const opcode = OPCODES[number];
  if (opcode === undefined) throw new RecordMistake(unknownOpcode(place, number, `0 to ${OPCODES.length - 1}`));
  const args = new Arguments(place, values);
  const operation = READERS[opcode](args);
  const padding = view.getUint32(0) << 8 === 0 ? [] : ['padding'];
  return { operation, dropped: [...padding, ...args.dropped()] };
}

/** Opcode and arguments. */
function fieldsOf(operation: Operation): readonly [Opcode, ...number[]] {
  switch (operation.op) {
    case 'nop':
    case 'halt':
    case 'end_of_program':
      return [operation.op];
    case 'future':
    case 'wait':
      return [operation.op, microseconds(operation.delayNs, MOST_32), operation.target];
    case 'goto':
      return [operation.op, operation.target];
    case 'if':
      return encodeIf(operation.guard, operation.target);
    case 'mode':
      return [operation.op, MODES.indexOf(operation.mode)];
    case 'xsend':
      return [operation.op, microseconds(operation.windowNs, MOST_32)];
    case 'handle':
      return [operation.op, ERROR_BITS[operation.error], operation.target ?? NO_TARGET];
    case 'sync_master':
      return ['sync', MASTER, operation.channel];
    case 'sync_slave':
      return ['sync', SLAVE, microseconds(operation.timeoutNs, MOST_32)];
    default:
      return dataFields(operation);
  }
}

type DataOp =
  | 'create'
  | 'destroy'
  | 'send'
  | 'receive'
  | 'backup_send'
  | 'backup_receive'
  | 'set_counter'
  | 'add_to_counter'
  | 'sub_from_counter'
  | 'clear_counter';

function dataFields(operation: Extract<Operation, { readonly op: DataOp }>): readonly [Opcode, ...number[]] {
  switch (operation.op) {
    case 'create':
      return [operation.op, operation.variable, operation.message];
    case 'destroy':
      return [operation.op, operation.message];
    case 'send':
    case 'backup_send':
      return [operation.op, operation.channel, operation.message];
    case 'receive':
    case 'backup_receive':
      return [operation.op, operation.channel, operation.variable];
    case 'clear_counter':
      return [operation.op, operation.counter];
    default:
      return [operation.op, operation.counter, operation.value];
  }
}

function encodeIf(guard: Guard, target: number): readonly [Opcode, ...number[]] {
  return ['if', GUARDS.indexOf(guard.kind), target, ...guardOperands(guard)];
}

function guardOperands(guard: Guard): readonly number[] {
  switch (guard.kind) {
    case 'channel_rcv_buf_empty':
      return [guard.channel];
    case 'test_count':
      return [guard.counter, guard.value];
    case 'status_test':
      return [guard.mask];
    case 'equal':
    case 'greater':
    case 'less':
      return [guard.a, guard.b];
    case 'test_var':
      return [guard.variable, TESTS.indexOf(guard.condition)];
    case 'var_queue_empty':
    case 'var_queue_full':
      return [guard.variable];
    default:
      return [];
  }
}

/** The software records of the predecessor. */
export const SOFTWARE_RECORDS: RecordFormat = {
  name: 'ncm',
  recordBytes: 4 + 4 * ARGUMENTS,
  hasGotoAndWait: true,
  decode,
  encode(operation) {
    const [opcode, ...args] = fieldsOf(operation);
    const bytes = new Uint8Array(4 + 4 * ARGUMENTS);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, OPCODES.indexOf(opcode));
    args.forEach((value, index) => view.setUint32(4 + 4 * index, value, true));
    return bytes;
  },
};
