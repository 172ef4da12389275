// Hardware words: 32 bits, big-endian, the opcode in bits 31 to 28.
import type { RecordPlace } from '../mistakes/bytecode.js';
import { recordOperandOutOfRange, unknownGuardNumber, unknownOpcode } from '../mistakes/bytecode.js';
import type { Guard, Operation, VariableTest } from '../program.js';
import type { Decoded, RecordFormat } from './record-format.js';
import { microseconds, nanoseconds, NotHeld, RecordMistake } from './record-format.js';

const OPCODE = { nop: 0, create: 1, send: 2, receive: 3, halt: 4, future: 5, if: 7, count: 8, sync: 15 } as const;
const GUARD = {
  always_false: 0,
  buffer_empty: 1,
  test_count: 2,
  status_test: 3,
  var_queue_empty: 5,
  var_queue_full: 6,
  always_true: 7,
  equal: 8,
  greater: 9,
  less: 10,
  test_var: 11,
} as const;
const TEST_BITS: Readonly<Record<VariableTest, number>> = { nonzero: 8, zero: 4, even_parity: 2, odd_parity: 1 };
const COUNT = { nop: 0, clear: 1, add: 2, subtract: 3 } as const;
const MOST_16 = 0xffff;
const MASTER = 1 << 27;

/** An operation and the bits of the word that mean something. */
interface Meaning {
  readonly operation: Operation;
  readonly mask: number;
}
interface GuardMeaning {
  readonly guard: Guard;
  /** Of bits 15 to 0. */
  readonly mask: number;
}

const low16 = (word: number) => word & MOST_16;
const byteAt = (word: number, shift: number) => (word >>> shift) & 0xff;
const target = (word: number) => byteAt(word, 20);

type ReadWord = (word: number, place: RecordPlace) => Meaning;

const READERS: ReadonlyMap<number, ReadWord> = new Map<number, ReadWord>([
  [OPCODE.nop, () => ({ operation: { op: 'nop' }, mask: 0 })],
  [OPCODE.create, (word) => ({ operation: { op: 'create', variable: byteAt(word, 8), message: 0 }, mask: 0xff00 })],
  [OPCODE.send, (word) => ({ operation: { op: 'send', channel: byteAt(word, 16), message: 0 }, mask: 0xff0000 })],
  [
    OPCODE.receive,
    (word) => ({ operation: { op: 'receive', channel: byteAt(word, 16), variable: byteAt(word, 8) }, mask: 0xffff00 }),
  ],
  [OPCODE.halt, () => ({ operation: { op: 'halt' }, mask: 0 })],
  [
    OPCODE.future,
    (word) => ({
      operation: { op: 'future', delayNs: nanoseconds(low16(word)), target: target(word) },
      mask: 0x0ff0ffff,
    }),
  ],
  [OPCODE.if, readIf],
  [OPCODE.count, readCount],
  [OPCODE.sync, readSync],
]);

function readIf(word: number, place: RecordPlace): Meaning {
  const { guard, mask } = readGuard(word, place);
  return {
    operation: { op: 'if', guard, negated: false, probability: null, target: target(word) },
    mask: 0x0fff0000 | mask,
  };
}

function readGuard(word: number, place: RecordPlace): GuardMeaning {
  const [first, second] = [byteAt(word, 8), byteAt(word, 0)];
  const type = (word >>> 16) & 0xf;
  switch (type) {
    case GUARD.always_true:
      return { guard: { kind: 'always_true' }, mask: 0 };
    case GUARD.always_false:
      return { guard: { kind: 'always_false' }, mask: 0 };
    case GUARD.buffer_empty:
      if ((word & 1) === 1) return { guard: { kind: 'send_buffer_empty' }, mask: 1 };
      return { guard: { kind: 'channel_rcv_buf_empty', channel: first }, mask: 0xff01 };
    case GUARD.test_count:
      return { guard: { kind: 'test_count', counter: 0, value: low16(word) }, mask: MOST_16 };
    case GUARD.status_test:
      return { guard: { kind: 'status_test', mask: low16(word) }, mask: MOST_16 };
    case GUARD.equal:
      return { guard: { kind: 'equal', a: first, b: second }, mask: MOST_16 };
    case GUARD.greater:
      return { guard: { kind: 'greater', a: first, b: second }, mask: MOST_16 };
    case GUARD.less:
      return { guard: { kind: 'less', a: first, b: second }, mask: MOST_16 };
    case GUARD.test_var:
      return { guard: { kind: 'test_var', variable: first, condition: readTest(word & 0xf, place) }, mask: 0xff0f };
    case GUARD.var_queue_empty:
      return { guard: { kind: 'var_queue_empty', variable: first }, mask: 0xff00 };
    case GUARD.var_queue_full:
      return { guard: { kind: 'var_queue_full', variable: first }, mask: 0xff00 };
    default:
      throw new RecordMistake(unknownGuardNumber(place, type, '0 to 3 and 5 to 11'));
  }
}

function readTest(bits: number, place: RecordPlace): VariableTest {
  for (const test of ['nonzero', 'zero', 'even_parity', 'odd_parity'] as const)
    if (TEST_BITS[test] === bits) return test;
  throw new RecordMistake(recordOperandOutOfRange(place, 'the condition of test_var', bits, '1, 2, 4 or 8'));
}

function readCount(word: number): Meaning {
  const mask = 0x03000000;
  switch ((word >>> 24) & 3) {
    case COUNT.clear:
      return { operation: { op: 'clear_counter', counter: 0 }, mask };
    case COUNT.subtract:
      return { operation: { op: 'sub_from_counter', counter: 0, value: 1 }, mask };
    case COUNT.add:
      return { operation: { op: 'add_to_counter', counter: 0, value: 1 }, mask };
    default:
      // Counting by nothing, so that the record comes back as it was.
      return { operation: { op: 'add_to_counter', counter: 0, value: 0 }, mask };
  }
}

function readSync(word: number): Meaning {
  if ((word & MASTER) !== 0) return { operation: { op: 'sync_master', channel: byteAt(word, 0) }, mask: MASTER | 0xff };
  const timeoutNs = nanoseconds(low16(word));
  return { operation: { op: 'sync_slave', timeoutNs, channel: null }, mask: MASTER | MOST_16 };
}

function decode(bytes: Uint8Array, place: RecordPlace): Decoded {
  const word = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0);
  const opcode = word >>> 28;
  const read = READERS.get(opcode);
  if (!read) throw new RecordMistake(unknownOpcode(place, opcode, '0 to 5, 7, 8 and 15'));
  const { operation, mask } = read(word, place);
  const rest = (word & ~(mask | 0xf0000000)) >>> 0;
  return { operation, dropped: rest === 0 ? [] : [`bits 0x${rest.toString(16)}`] };
}

const lacks = (op: string) => new NotHeld(`hardware words have no \`${op}\``, 'software records (.ncm) have it');

function only(what: string, value: number, allowed: number): void {
  if (value !== allowed) throw new NotHeld(`hardware words have only the ${what} of id ${allowed}`, `this is ${value}`);
}

function targetField(record: number): number {
  if (record > 0xff)
    throw new NotHeld(`hardware words lead to records 0 to 255, not to ${record}`, 'shorten the program');
  return record << 20;
}

function encodeOperation(operation: Operation): number {
  switch (operation.op) {
    case 'nop':
      return word(OPCODE.nop, 0);
    case 'halt':
      return word(OPCODE.halt, 0);
    case 'create':
      only('message', operation.message, 0);
      return word(OPCODE.create, operation.variable << 8);
    case 'send':
      only('message', operation.message, 0);
      return word(OPCODE.send, operation.channel << 16);
    case 'receive':
      return word(OPCODE.receive, (operation.channel << 16) | (operation.variable << 8));
    case 'future':
      return word(OPCODE.future, targetField(operation.target) | microseconds(operation.delayNs, MOST_16));
    case 'if':
      return word(OPCODE.if, targetField(operation.target) | encodeGuard(operation.guard));
    case 'sync_master':
      return word(OPCODE.sync, MASTER | operation.channel);
    case 'sync_slave':
      return word(OPCODE.sync, microseconds(operation.timeoutNs, MOST_16));
    case 'clear_counter':
      only('counter', operation.counter, 0);
      return word(OPCODE.count, COUNT.clear << 24);
    case 'add_to_counter':
    case 'sub_from_counter':
      only('counter', operation.counter, 0);
      return word(OPCODE.count, countField(operation.op, operation.value) << 24);
    default:
      throw lacks(operation.op);
  }
}

function countField(op: 'add_to_counter' | 'sub_from_counter', value: number): number {
  if (op === 'add_to_counter' && value === 0) return COUNT.nop;
  if (value !== 1)
    throw new NotHeld(`hardware words count by 1, not by ${value}`, 'repeat the instruction, or write .ncm');
  return op === 'add_to_counter' ? COUNT.add : COUNT.subtract;
}

function encodeGuard(guard: Guard): number {
  const [type, operands] = guardFields(guard);
  return (type << 16) | operands;
}

function guardFields(guard: Guard): readonly [type: number, operands: number] {
  switch (guard.kind) {
    case 'always_true':
    case 'always_false':
      return [GUARD[guard.kind], 0];
    case 'send_buffer_empty':
      return [GUARD.buffer_empty, 1];
    case 'channel_rcv_buf_empty':
      return [GUARD.buffer_empty, guard.channel << 8];
    case 'test_count':
      only('counter', guard.counter, 0);
      if (guard.value > MOST_16) throw new NotHeld(`hardware words compare with at most ${MOST_16}`, 'write .ncm');
      return [GUARD.test_count, guard.value];
    case 'status_test':
      return [GUARD.status_test, guard.mask];
    case 'equal':
    case 'greater':
    case 'less':
      return [GUARD[guard.kind], (guard.a << 8) | guard.b];
    case 'test_var':
      return [GUARD.test_var, (guard.variable << 8) | TEST_BITS[guard.condition]];
    case 'var_queue_empty':
    case 'var_queue_full':
      return [GUARD[guard.kind], guard.variable << 8];
  }
}

function word(opcode: number, fields: number): number {
  return ((opcode << 28) | fields) >>> 0;
}

/** The hardware words of the predecessor. */
export const HARDWARE_WORDS: RecordFormat = {
  name: 'bytecode',
  recordBytes: 4,
  hasGotoAndWait: false,
  decode,
  encode(operation) {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, encodeOperation(operation));
    return bytes;
  },
};
