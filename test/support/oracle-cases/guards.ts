// Every guard, plain and negated, and the counters that guards ask.
import { A, slug } from './text.js';
import type { CaseText } from './text.js';

/** Instructions that leave 1 in counter `yN` if guard N holds and 1 in `nN` if `not` guard N holds. */
function probe(guards: readonly string[]): string[] {
  return guards.flatMap((guard, n) => [
    `if not ${guard} goto after_y${n}`,
    `add_to_counter y${n}, 1`,
    `after_y${n}: if ${guard} goto after_n${n}`,
    `add_to_counter n${n}, 1`,
    `after_n${n}: nop`,
  ]);
}

function probeCounters(guards: readonly string[]): string[] {
  return guards.flatMap((_, n) => [`counter y${n}`, `counter n${n}`]);
}

function probeFacts(results: readonly boolean[]): string[] {
  return results.flatMap((holds, n) => [`counter y${n} = ${holds ? 1 : 0}`, `counter n${n} = ${holds ? 0 : 1}`]);
}

interface Probe {
  readonly name: string;
  readonly about: string;
  readonly declarations: readonly string[];
  readonly before?: readonly string[];
  readonly script?: readonly string[];
  readonly guards: readonly (readonly [guard: string, holds: boolean])[];
  readonly expect?: readonly string[];
}

function probeCase({
  name,
  about,
  declarations,
  before = [],
  script = ['run until 0us'],
  guards,
  expect = [],
}: Probe): CaseText {
  const texts = guards.map(([guard]) => guard);
  return {
    name,
    about,
    program: [...declarations, ...probeCounters(texts), ...before, ...probe(texts), 'end_of_program'],
    script,
    expect: [...probeFacts(guards.map(([, holds]) => holds)), ...expect, 'run = ended'],
  };
}

/** Type and value of a, relation, type and value of b. */
const COMPARED: readonly (readonly [string, string, '<' | '=' | '>', string, string])[] = [
  ['u8', '0', '=', 'u8', '0'],
  ['u8', '0', '<', 'u8', '1'],
  ['u8', '255', '>', 'u8', '127'],
  ['u8', '128', '>', 'u8', '127'],
  ['u16', '255', '<', 'u16', '256'],
  ['u16', '65535', '=', 'u16', '65535'],
  ['u16', '256', '>', 'u8', '255'],
  ['u8', '200', '<', 'u64', '18446744073709551615'],
  ['u8', '200', '=', 'u32', '200'],
  ['u32', '4294967295', '>', 'u32', '2147483648'],
  ['u32', '4294967295', '<', 'u64', '4294967296'],
  ['u64', '9223372036854775808', '>', 'u64', '9223372036854775807'],
  ['u64', '18446744073709551615', '>', 'u64', '0'],
  ['i8', '-1', '<', 'i8', '0'],
  ['i8', '-128', '<', 'i8', '127'],
  ['i8', '-1', '=', 'i64', '-1'],
  ['i8', '-1', '>', 'i16', '-32768'],
  ['i16', '-2', '<', 'i32', '-1'],
  ['i32', '-2147483648', '<', 'i32', '2147483647'],
  ['i32', '-2147483648', '=', 'i64', '-2147483648'],
  ['i64', '-9223372036854775808', '<', 'i64', '9223372036854775807'],
  ['i64', '-1', '<', 'i8', '0'],
  ['i64', '1', '>', 'i64', '-9223372036854775808'],
  ['bytes[4]', '""', '=', 'bytes[4]', '""'],
  ['bytes[4]', '""', '=', 'bytes[4]', 'hex:00'],
  ['bytes[4]', 'hex:000001', '=', 'bytes[8]', 'hex:01'],
  ['bytes[4]', 'hex:ff', '<', 'bytes[4]', 'hex:0100'],
  ['bytes[4]', 'hex:00000002', '>', 'bytes[1]', 'hex:01'],
  ['bytes[4]', 'hex:80', '>', 'bytes[4]', 'hex:7f'],
  ['bytes[4]', 'hex:01020304', '<', 'bytes[4]', 'hex:01020305'],
  ['bytes[4]', 'hex:01ff', '<', 'bytes[4]', 'hex:0200'],
  ['bytes[16]', `hex:01${'00'.repeat(15)}`, '>', 'bytes[8]', `hex:${'ff'.repeat(8)}`],
  ['bytes[16]', `hex:${'ff'.repeat(16)}`, '=', 'bytes[16]', `hex:${'ff'.repeat(16)}`],
  ['bytes[1470]', `hex:${'00'.repeat(1469)}01`, '=', 'bytes[1]', 'hex:01'],
  ['bytes[1470]', `hex:01${'00'.repeat(1469)}`, '>', 'bytes[1469]', `hex:${'ff'.repeat(1469)}`],
  ['bytes[40]', '"abc"', '<', 'bytes[40]', '"abd"'],
];

const comparisons = COMPARED.map(([typeA, a, relation, typeB, b], index): CaseText =>
  probeCase({
    name: `compare-${index}-${slug(typeA)}-${{ '<': 'less', '=': 'equal', '>': 'greater' }[relation]}-${slug(typeB)}`,
    about: `equal, greater and less of ${typeA} and ${typeB}, as numbers or as big-endian byte strings`,
    declarations: [`var a : ${typeA} = ${a}`, `var b : ${typeB} = ${b}`],
    guards: [
      ['equal(a, b)', relation === '='],
      ['greater(a, b)', relation === '>'],
      ['less(a, b)', relation === '<'],
      ['greater(b, a)', relation === '<'],
      ['less(b, a)', relation === '>'],
      ['equal(a, a)', true],
    ],
  }),
);

/** Type, value, whether it is zero, number of its one bits. */
const TESTED: readonly (readonly [string, string, boolean, number])[] = [
  ['u8', '0', true, 0],
  ['u8', '1', false, 1],
  ['u8', '3', false, 2],
  ['u8', '128', false, 1],
  ['u8', '255', false, 8],
  ['u16', '256', false, 1],
  ['u16', '257', false, 2],
  ['u16', '65535', false, 16],
  ['u32', '0', true, 0],
  ['u32', '2147483648', false, 1],
  ['u32', '4294967294', false, 31],
  ['u64', '4294967296', false, 1],
  ['u64', '9223372036854775809', false, 2],
  ['u64', '18446744073709551615', false, 64],
  ['i8', '0', true, 0],
  ['i8', '-1', false, 8],
  ['i8', '-2', false, 7],
  ['i8', '-128', false, 1],
  ['i16', '-1', false, 16],
  ['i16', '-32768', false, 1],
  ['i32', '-2', false, 31],
  ['i32', '7', false, 3],
  ['i64', '-1', false, 64],
  ['i64', '-9223372036854775808', false, 1],
  ['bytes[4]', '""', true, 0],
  ['bytes[4]', 'hex:00', true, 0],
  ['bytes[4]', 'hex:00000000', true, 0],
  ['bytes[4]', 'hex:0001', false, 1],
  ['bytes[4]', 'hex:8001', false, 2],
  ['bytes[9]', `hex:01${'00'.repeat(8)}`, false, 1],
  ['bytes[33]', `hex:${'ff'.repeat(33)}`, false, 264],
  ['bytes[1470]', `hex:${'00'.repeat(1469)}07`, false, 3],
  ['bytes[1470]', `hex:${'00'.repeat(1470)}`, true, 0],
  ['bytes[1470]', `hex:${'01'.repeat(1470)}`, false, 1470],
];

const variableTests = TESTED.map(([type, value, isZero, ones], index): CaseText =>
  probeCase({
    name: `test-var-${index}-${slug(type)}`,
    about: `test_var of ${type}: zero, nonzero and the parity of ${ones} one bits`,
    declarations: [`var v : ${type} = ${value}`],
    guards: [
      ['test_var(v, zero)', isZero],
      ['test_var(v, nonzero)', !isZero],
      ['test_var(v, even_parity)', ones % 2 === 0],
      ['test_var(v, odd_parity)', ones % 2 === 1],
    ],
  }),
);

/** Name, instructions on a counter that starts with the second, value after them. */
const COUNTED: readonly (readonly [string, string, readonly string[], number])[] = [
  ['start', ' start 7', ['nop'], 7],
  ['start-greatest', ' start 4294967295', ['nop'], 4294967295],
  ['set', '', ['set_counter c, 5'], 5],
  ['set-greatest', '', ['set_counter c, 4294967295'], 4294967295],
  ['set-zero', ' start 9', ['set_counter c, 0'], 0],
  ['add', '', ['add_to_counter c, 1', 'add_to_counter c, 2'], 3],
  ['add-nothing', ' start 3', ['add_to_counter c, 0'], 3],
  ['add-wraps', '', ['set_counter c, 4294967295', 'add_to_counter c, 1'], 0],
  ['add-wraps-far', ' start 4294967295', ['add_to_counter c, 4294967295'], 4294967294],
  ['add-half-twice', '', ['add_to_counter c, 2147483648', 'add_to_counter c, 2147483648'], 0],
  ['sub', ' start 10', ['sub_from_counter c, 3'], 7],
  ['sub-to-zero', ' start 3', ['sub_from_counter c, 3'], 0],
  ['sub-wraps', '', ['sub_from_counter c, 1'], 4294967295],
  ['sub-wraps-far', ' start 1', ['sub_from_counter c, 4294967295'], 2],
  ['sub-nothing', ' start 8', ['sub_from_counter c, 0'], 8],
  ['clear', ' start 8', ['clear_counter c'], 0],
  ['clear-is-not-start', ' start 8', ['set_counter c, 9', 'clear_counter c', 'add_to_counter c, 1'], 1],
];

const counters = COUNTED.map(([name, start, before, value]): CaseText =>
  probeCase({
    name: `counter-${name}`,
    about: 'counters are unsigned, 32 bit, and wrap',
    declarations: [`counter c${start}`],
    before,
    guards: [
      [`test_count(c, ${value})`, true],
      [`test_count(c, ${value === 0 ? 1 : 0})`, false],
      [`test_count(c, ${(value + 1) % 4294967296})`, false],
    ],
    expect: [`counter c = ${value}`],
  }),
);

const EMPTY_SEND = { declarations: ['channel bus', 'message m'], before: ['send bus, m'] };
const EMPTY_RECEIVE = { declarations: [`channel bus from ${A}`, 'var v : u8'], before: ['receive bus -> v'] };
const BOTH = {
  declarations: [`channel bus from ${A}`, 'var v : u8', 'message m'],
  before: ['send bus, m', 'receive bus -> v'],
};
const ABSENT = ['deadline_missed', 'send_fault', 'queue_empty', 'queue_full', 'no_future'];

const statusTests: CaseText[] = [
  probeCase({
    name: 'status-test-none',
    about: 'status_test without any error: no mask holds',
    declarations: [],
    guards: [...ABSENT, 'message_empty', 'receive_fault', 'sync_timeout', '0xffff'].map((mask) => [
      `status_test(${mask})`,
      false,
    ]),
    expect: ['errors = none'],
  }),
  probeCase({
    name: 'status-test-message-empty',
    about: 'status_test finds bit 2, by name, by number, and among others',
    ...EMPTY_SEND,
    guards: [
      ['status_test(message_empty)', true],
      ['status_test(4)', true],
      ['status_test(0x0004)', true],
      ['status_test(0xffff)', true],
      ['status_test(0xfffb)', false],
      ['status_test(sync_timeout, message_empty)', true],
      ['status_test(receive_fault)', false],
    ],
    expect: ['errors = message_empty'],
  }),
  probeCase({
    name: 'status-test-receive-fault',
    about: 'status_test finds bit 10',
    ...EMPTY_RECEIVE,
    guards: [
      ['status_test(receive_fault)', true],
      ['status_test(1024)', true],
      ['status_test(0x0bff)', false],
      ['status_test(0x8000)', false],
      ['status_test(sync_timeout, receive_fault)', true],
    ],
    expect: ['errors = receive_fault'],
  }),
  probeCase({
    name: 'status-test-two-errors',
    about: 'with two errors set each of their bits holds, and no other',
    ...BOTH,
    guards: [
      ['status_test(message_empty)', true],
      ['status_test(receive_fault)', true],
      ['status_test(message_empty, receive_fault)', true],
      ['status_test(0x0404)', true],
      [`status_test(${ABSENT.join(', ')})`, false],
      ['status_test(0xfbfb)', false],
    ],
    expect: ['errors = message_empty, receive_fault'],
  }),
  probeCase({
    name: 'status-test-sync-timeout',
    about: 'status_test finds bit 15, the highest',
    declarations: [`channel bus from ${A}`],
    before: ['sync slave 100us'],
    script: ['run until 100us'],
    guards: [
      ['status_test(sync_timeout)', true],
      ['status_test(0x8000)', true],
      ['status_test(0x7fff)', false],
    ],
    expect: ['errors = sync_timeout'],
  }),
  probeCase({
    name: 'status-test-deadline-missed',
    about: 'status_test finds bit 0 in a block that started late',
    declarations: [],
    before: ['wait 100us'],
    script: ['run until 0us', 'at 151us wake'],
    guards: [
      ['status_test(deadline_missed)', true],
      ['status_test(1)', true],
      ['status_test(0xfffe)', false],
    ],
    expect: ['errors = deadline_missed'],
  }),
  probeCase({
    name: 'status-test-send-fault',
    about: 'status_test finds bit 1 after a send that the kernel refused',
    declarations: ['channel bus', 'var v : u8', 'message m'],
    before: ['create v -> m', 'send bus, m'],
    script: ['at 0us refuse on', 'run until 0us'],
    guards: [
      ['status_test(send_fault)', true],
      ['status_test(2)', true],
      ['status_test(0xfffd)', false],
    ],
    expect: ['errors = send_fault', 'frames = none'],
  }),
];

const others: CaseText[] = [
  probeCase({
    name: 'guard-always',
    about: 'always_true and always_false, with and without parentheses and a probability',
    declarations: [],
    guards: [
      ['always_true', true],
      ['always_false', false],
      ['always_true()', true],
      ['always_false()', false],
      ['always_true probability 0', true],
      ['always_false probability 1', false],
    ],
  }),
  probeCase({
    name: 'channel-buffer-empty-at-first',
    about: 'nothing waits on a channel at first',
    declarations: [`channel bus from ${A}`],
    guards: [['channel_rcv_buf_empty(bus)', true]],
  }),
  probeCase({
    name: 'channel-buffer-not-empty',
    about: 'a frame waits; another channel is not asked',
    declarations: [`channel bus from ${A}`, `channel other from ${A}`],
    script: [`at 0us frame from ${A} channel bus seq 0 payload hex:01`, 'run until 0us'],
    guards: [
      ['channel_rcv_buf_empty(bus)', false],
      ['channel_rcv_buf_empty(other)', true],
    ],
  }),
  probeCase({
    name: 'channel-buffer-empty-after-receive',
    about: 'the guard asks again after receive took the only frame',
    declarations: [`channel bus from ${A}`, 'var v : u8'],
    before: ['receive bus -> v'],
    script: [`at 0us frame from ${A} channel bus seq 0 payload hex:01`, 'run until 0us'],
    guards: [['channel_rcv_buf_empty(bus)', true]],
    expect: ['var v = 1'],
  }),
  probeCase({
    name: 'channel-buffer-one-of-two-left',
    about: 'one of two frames is left after one receive',
    declarations: [`channel bus from ${A}`, 'var v : u8'],
    before: ['receive bus -> v'],
    script: [
      `at 0us frame from ${A} channel bus seq 0 payload hex:01`,
      `at 0us frame from ${A} channel bus seq 1 payload hex:02`,
      'run until 0us',
    ],
    guards: [['channel_rcv_buf_empty(bus)', false]],
    expect: ['var v = 1', 'channel bus waiting = 1'],
  }),
  probeCase({
    name: 'channel-buffer-sync-does-not-count',
    about: 'a sync frame does not wait in the receive queue',
    declarations: [`channel bus from ${A}`],
    script: [`at 0us sync from ${A} channel bus seq 0`, 'run until 0us'],
    guards: [['channel_rcv_buf_empty(bus)', true]],
    expect: ['stat sync_unawaited = 1'],
  }),
  probeCase({
    name: 'compare-after-receive',
    about: 'guards see what receive has just stored',
    declarations: [`channel bus from ${A}`, 'var v : u16', 'var limit : u16 = 1000'],
    before: ['receive bus -> v'],
    script: [`at 0us frame from ${A} channel bus seq 0 payload hex:03e9`, 'run until 0us'],
    guards: [
      ['greater(v, limit)', true],
      ['less(v, limit)', false],
      ['test_var(v, nonzero)', true],
    ],
    expect: ['var v = 1001'],
  }),
  probeCase({
    name: 'compare-after-write',
    about: 'an application writes at the instant of the block: writes come before the machine',
    declarations: ['var v : i16 = 5', 'var w : i16 = 5'],
    script: ['at 0us write v -6', 'run until 0us'],
    guards: [
      ['less(v, w)', true],
      ['equal(v, w)', false],
    ],
    expect: ['var v = -6'],
  }),
];

/** Cases of this file. */
export const GUARD_CASES: readonly CaseText[] = [
  ...comparisons,
  ...variableTests,
  ...counters,
  ...statusTests,
  ...others,
];
