// create and receive with every type: big-endian on the wire, host order inside, lengths that fit and that do not.
import { A, slug, times } from './text.js';
import type { CaseText } from './text.js';

/** Type, value as the language writes it, bytes on the wire. */
const WIRE_FORM: readonly (readonly [type: string, value: string, wire: string])[] = [
  ['u8', '0', '00'],
  ['u8', '1', '01'],
  ['u8', '255', 'ff'],
  ['u16', '0', '0000'],
  ['u16', '1', '0001'],
  ['u16', '258', '0102'],
  ['u16', '65280', 'ff00'],
  ['u16', '65535', 'ffff'],
  ['u32', '0', '00000000'],
  ['u32', '16909060', '01020304'],
  ['u32', '2147483648', '80000000'],
  ['u32', '4294967295', 'ffffffff'],
  ['u64', '0', '0000000000000000'],
  ['u64', '72623859790382856', '0102030405060708'],
  ['u64', '9223372036854775808', '8000000000000000'],
  ['u64', '18446744073709551615', 'ffffffffffffffff'],
  ['i8', '127', '7f'],
  ['i8', '-1', 'ff'],
  ['i8', '-128', '80'],
  ['i16', '32767', '7fff'],
  ['i16', '-2', 'fffe'],
  ['i16', '-32768', '8000'],
  ['i32', '2147483647', '7fffffff'],
  ['i32', '-16909060', 'fefdfcfc'],
  ['i32', '-2147483648', '80000000'],
  ['i64', '9223372036854775807', '7fffffffffffffff'],
  ['i64', '-1', 'ffffffffffffffff'],
  ['i64', '-9223372036854775808', '8000000000000000'],
  ['bytes[1]', '""', ''],
  ['bytes[1]', 'hex:00', '00'],
  ['bytes[4]', 'hex:00ff', '00ff'],
  ['bytes[4]', '"abcd"', '61626364'],
  ['bytes[8]', '"a#b"', '612362'],
  ['bytes[64]', `hex:${'5a'.repeat(22)}`, '5a'.repeat(22)],
  ['bytes[64]', `hex:${'5a'.repeat(23)}`, '5a'.repeat(23)],
  ['bytes[64]', `hex:${'c3'.repeat(64)}`, 'c3'.repeat(64)],
  ['bytes[1470]', '""', ''],
  ['bytes[1470]', `hex:${'0123456789'.repeat(294)}`, '0123456789'.repeat(294)],
];

function label(type: string, value: string): string {
  return value.length > 24 ? `${slug(type)}-${(value.length - 4) / 2}-bytes` : `${slug(type)}-${slug(value)}`;
}

const created = WIRE_FORM.map(([type, value, wire]): CaseText => ({
  name: `create-${label(type, value)}`,
  about: `create and send of ${type}: the value's bytes, big-endian, in a v1 frame`,
  program: ['channel bus', `var v : ${type} = ${value}`, 'message m', 'create v -> m', 'send bus, m', 'end_of_program'],
  script: ['run until 0us'],
  expect: [
    'run = ended',
    'position = 2',
    'errors = none',
    `message m = hex:${wire}`,
    'channel bus sent = 1',
    `frame at 0us L 0us data bus seq 0 payload hex:${wire}`,
  ],
}));

/** The value of a variable as results write it. */
function stored(type: string, value: string, wire: string): string {
  return type.startsWith('bytes') ? `hex:${wire}` : value;
}

const received = WIRE_FORM.map(([type, value, wire]): CaseText => ({
  name: `receive-${label(type, value)}`,
  about: `receive of a payload of exactly its length into ${type}`,
  program: [
    `channel bus from ${A}`,
    `var v : ${type} = ${type.startsWith('bytes') ? 'hex:99' : '99'}`,
    'receive bus -> v',
    'end_of_program',
  ],
  script: [`at 0us frame from ${A} channel bus seq 0 payload hex:${wire}`, 'run until 0us'],
  expect: [
    `var v = ${stored(type, value, wire)}`,
    'errors = none',
    'channel bus received = 1',
    'channel bus wrong_length = 0',
    'channel bus waiting = 0',
  ],
}));

const INTEGER_SIZES: readonly (readonly [string, number])[] = [
  ['u8', 1],
  ['u16', 2],
  ['u32', 4],
  ['u64', 8],
  ['i8', 1],
  ['i16', 2],
  ['i32', 4],
  ['i64', 8],
];

function wrongLength(type: string, before: string, length: number): CaseText {
  return {
    name: `receive-${slug(type)}-wrong-length-${length}`,
    about: `a payload of ${length} bytes does not fit ${type}: dropped, counted, receive_fault, the variable keeps its value`,
    program: [`channel bus from ${A}`, `var v : ${type} = ${before}`, 'receive bus -> v', 'end_of_program'],
    script: [`at 0us frame from ${A} channel bus seq 0 payload hex:${'11'.repeat(length)}`, 'run until 0us'],
    expect: [
      `var v = ${before}`,
      'errors = receive_fault',
      'channel bus received = 1',
      'channel bus wrong_length = 1',
      'channel bus waiting = 0',
      'drop length = 0',
    ],
  };
}

const wrongLengths = [
  ...INTEGER_SIZES.flatMap(([type, size]) => [size - 1, size + 1].map((length) => wrongLength(type, '77', length))),
  wrongLength('u32', '77', 0),
  wrongLength('u32', '77', 8),
  wrongLength('u64', '77', 4),
  wrongLength('bytes[1]', 'hex:77', 2),
  wrongLength('bytes[4]', 'hex:77', 5),
  wrongLength('bytes[22]', 'hex:77', 23),
  wrongLength('bytes[64]', 'hex:77', 65),
  wrongLength('bytes[1]', 'hex:77', 1470),
];

/** Type, payload of the frame as sent (it grows to 46 bytes), value after `receive`. */
const NCM_TAKEN: readonly (readonly [string, string, string])[] = [
  ['u8', '7f', '127'],
  ['u16', '0102', '258'],
  ['u16', '01', '256'],
  ['u32', 'ff', '4278190080'],
  ['u64', '0102030405060708', '72623859790382856'],
  ['u8', '0405', '4'],
  ['i8', '80', '-128'],
  ['i16', 'ffff0001', '-1'],
  ['i32', '80000000', '-2147483648'],
  ['i64', 'ffffffffffffffff', '-1'],
  ['bytes[2]', '0a0b0c', 'hex:0a0b'],
  ['bytes[4]', '0a', 'hex:0a000000'],
  ['bytes[46]', '0a0b', `hex:0a0b${'00'.repeat(44)}`],
  ['bytes[64]', '0a0b', `hex:0a0b${'00'.repeat(44)}`],
  ['bytes[64]', 'ee'.repeat(64), `hex:${'ee'.repeat(64)}`],
  ['bytes[47]', 'ee'.repeat(64), `hex:${'ee'.repeat(47)}`],
  ['bytes[1470]', 'ab'.repeat(1470), `hex:${'ab'.repeat(1470)}`],
];

const ncmReceived = NCM_TAKEN.map(([type, payload, value], index): CaseText => ({
  name: `ncm-receive-${slug(type)}-${index}`,
  about: `wire ncm has no length: ${type} takes the first bytes that fit, padding included`,
  program: ['wire ncm', `channel bus from ${A}`, `var v : ${type}`, 'receive bus -> v', 'end_of_program'],
  script: [`at 0us frame from ${A} payload hex:${payload}`, 'run until 0us'],
  expect: [`var v = ${value}`, 'errors = none', 'channel bus received = 1', 'channel bus wrong_length = 0'],
}));

const NCM_RAW = `raw hex:ffffffffffff0200000000029009`;

/** Frames that were never padded: type, bytes after the Ethernet header, value or null for a fault. */
const NCM_SHORT: readonly (readonly [string, string, string | null])[] = [
  ['u8', '', null],
  ['u16', '01', null],
  ['u32', '010203', null],
  ['u32', '01020304', '16909060'],
  ['u64', '01020304050607', null],
  ['i64', 'fffffffffffffe', null],
  ['bytes[4]', '', 'hex:'],
  ['bytes[4]', '010203', 'hex:010203'],
];

const ncmShort = NCM_SHORT.map(([type, payload, value], index): CaseText => ({
  name: `ncm-short-${slug(type)}-${index}`,
  about: `wire ncm: ${payload.length / 2} bytes without padding into ${type}; too few for an integer is a fault`,
  program: [
    'wire ncm',
    `channel bus from ${A}`,
    `var v : ${type} = ${type.startsWith('bytes') ? 'hex:55' : '55'}`,
    'receive bus -> v',
    'end_of_program',
  ],
  script: [`at 0us ${NCM_RAW}${payload}`, 'run until 0us'],
  expect: [
    `var v = ${value ?? '55'}`,
    `errors = ${value === null ? 'receive_fault' : 'none'}`,
    `channel bus wrong_length = ${value === null ? 1 : 0}`,
    'drop length = 0',
  ],
}));

const NCM_SENT: readonly (readonly [string, string, string])[] = [
  ['u8', '5', '05'],
  ['u32', '16909060', '01020304'],
  ['i16', '-2', 'fffe'],
  ['bytes[8]', '""', ''],
  ['bytes[64]', `hex:${'77'.repeat(46)}`, '77'.repeat(46)],
  ['bytes[64]', `hex:${'77'.repeat(47)}`, '77'.repeat(47)],
];

const ncmSent = NCM_SENT.map(([type, value, wire], index): CaseText => ({
  name: `ncm-send-${slug(type)}-${index}`,
  about: `wire ncm: the value's bytes and nothing else, padded to 60 bytes, broadcast although the channel names a destination`,
  program: [
    'wire ncm',
    `channel bus to ${A}`,
    `var v : ${type} = ${value}`,
    'message m',
    'create v -> m',
    'send bus, m',
    'end_of_program',
  ],
  script: ['run until 0us'],
  expect: ['channel bus sent = 1', `frame at 0us ncm data payload hex:${wire.padEnd(92, '0')}`],
}));

const snapshots: CaseText[] = [
  {
    name: 'create-is-a-snapshot',
    about: 'a message keeps what the variable held at create; later writes of the application do not change it',
    program: [
      'channel bus',
      'var v : u16 = 1',
      'message m',
      'create v -> m',
      'wait 100us',
      'send bus, m',
      'create v -> m',
      'send bus, m',
      'end_of_program',
    ],
    script: ['run until 0us', 'at 50us write v 515', 'run until 100us'],
    expect: [
      'var v = 515',
      'message m = hex:0203',
      'frame at 100us L 100us data bus seq 0 payload hex:0001',
      'frame at 100us L 100us data bus seq 1 payload hex:0203',
    ],
  },
  {
    name: 'create-over-a-message',
    about: 'a second create replaces the first',
    program: [
      'channel bus',
      'var v : u8 = 1',
      'var w : bytes[4] = hex:0a0b0c',
      'message m',
      'create v -> m',
      'create w -> m',
      'send bus, m',
      'end_of_program',
    ],
    script: ['run until 0us'],
    expect: ['message m = hex:0a0b0c', 'frame at 0us L 0us data bus seq 0 payload hex:0a0b0c'],
  },
  {
    name: 'default-values',
    about: 'without a value variables are 0 or empty, counters 0, messages empty',
    program: ['var i : i32', 'var b : bytes[5]', 'message m', 'counter c', 'end_of_program'],
    script: ['run until 0us'],
    expect: [
      'var i = 0',
      'var b = hex:',
      'counter c = 0',
      'message m = empty',
      'errors = none',
      'run = ended',
      'frames = none',
    ],
  },
  {
    name: 'hexadecimal-value',
    about: 'numbers may be hexadecimal',
    program: ['var v : u32 = 0xdeadbeef', 'var w : u8 = 0xff', 'end_of_program'],
    script: ['run until 0us'],
    expect: ['var v = 3735928559', 'var w = 255'],
  },
  {
    name: 'receive-then-create',
    about: 'a received value goes on as it came',
    program: [
      `channel bus from ${A}`,
      'var v : u32',
      'message m',
      'receive bus -> v',
      'create v -> m',
      'send bus, m',
      'end_of_program',
    ],
    script: [`at 0us frame from ${A} channel bus seq 0 payload hex:80000001`, 'run until 0us'],
    expect: ['var v = 2147483649', 'frame at 0us L 0us data bus seq 0 payload hex:80000001'],
  },
  {
    name: 'receive-shorter-after-longer',
    about: 'a shorter byte string leaves nothing of the longer one before it',
    program: [
      `channel bus from ${A}`,
      'var v : bytes[8]',
      'message m',
      'receive bus -> v',
      'receive bus -> v',
      'create v -> m',
      'send bus, m',
      'end_of_program',
    ],
    script: [
      ...times(
        2,
        (index) => `at 0us frame from ${A} channel bus seq ${index} payload hex:${['0102030405060708', '09'][index]}`,
      ),
      'run until 0us',
    ],
    expect: ['var v = hex:09', 'frame at 0us L 0us data bus seq 0 payload hex:09'],
  },
];

/** Cases of this file. */
export const VALUE_CASES: readonly CaseText[] = [
  ...created,
  ...received,
  ...wrongLengths,
  ...ncmReceived,
  ...ncmShort,
  ...ncmSent,
  ...snapshots,
];
