// Sending, applications, start and stop, and the limits of one program.
import { A, B, be, padded, times } from './text.js';
import type { CaseText } from './text.js';

const VALUE = ['var v : u8 = 9', 'message m'];

const sending: CaseText[] = [
  {
    name: 'send-to',
    about: 'a channel with a destination sends there; another broadcasts',
    program: [
      `channel bus to ${A}`,
      'channel all',
      ...VALUE,
      'create v -> m',
      'send bus, m',
      'send all, m',
      'end_of_program',
    ],
    script: ['run until 0us'],
    expect: [
      `frame at 0us L 0us data bus seq 0 to ${A} payload hex:09`,
      'frame at 0us L 0us data all seq 0 payload hex:09',
    ],
  },
  {
    name: 'send-numbers-by-channel',
    about: 'sequence numbers count by channel',
    program: [
      'channel x',
      'channel y',
      ...VALUE,
      'create v -> m',
      'send x, m',
      'send y, m',
      'send x, m',
      'send y, m',
      'send x, m',
      'end_of_program',
    ],
    script: ['run until 0us'],
    expect: [
      'channel x sent = 3',
      'channel y sent = 2',
      ...(['x 0', 'y 0', 'x 1', 'y 1', 'x 2'] as const).map(
        (each) => `frame at 0us L 0us data ${each.replace(' ', ' seq ')} payload hex:09`,
      ),
    ],
  },
  {
    name: 'send-numbers-by-type',
    about: 'data and sync frames have numbers of their own',
    program: [
      'channel x',
      ...VALUE,
      'create v -> m',
      'sync master x',
      'send x, m',
      'send x, m',
      'sync master x',
      'end_of_program',
    ],
    script: ['run until 0us'],
    expect: [
      'frame at 0us L 0us sync x seq 0',
      'frame at 0us L 0us data x seq 0 payload hex:09',
      'frame at 0us L 0us data x seq 1 payload hex:09',
      'frame at 0us L 0us sync x seq 1',
    ],
  },
  {
    name: 'send-channel-ids',
    about: 'the channel id of the declaration is the one in the frame',
    program: [
      'channel far = 255',
      'channel low',
      ...VALUE,
      'create v -> m',
      'send far, m',
      'send low, m',
      'end_of_program',
    ],
    script: ['run until 0us'],
    expect: ['frame at 0us L 0us data far seq 0 payload hex:09', 'frame at 0us L 0us data low seq 0 payload hex:09'],
  },
  {
    name: 'send-other-ethertype',
    about: 'wire v1 with another ethertype sends it',
    program: ['wire v1 ethertype 0x1234', 'channel bus', ...VALUE, 'create v -> m', 'send bus, m', 'end_of_program'],
    script: ['run until 0us'],
    expect: ['frame at 0us L 0us data bus seq 0 payload hex:09'],
  },
  {
    name: 'send-inside-the-tolerance',
    about: 'L in the frame is the exact grid although the block runs 40us after it was due',
    program: ['channel bus', ...VALUE, 'create v -> m', 'again: send bus, m', 'wait 1ms, again'],
    script: ['at 40us wake', 'at 1040us wake', 'at 2000us wake'],
    expect: [
      'frame at 40us L 0us data bus seq 0 payload hex:09',
      'frame at 1040us L 1000us data bus seq 1 payload hex:09',
      'frame at 2000us L 2000us data bus seq 2 payload hex:09',
    ],
  },
  {
    name: 'send-two-messages',
    about: 'messages are slots of their own',
    program: [
      'channel bus',
      'var v : u8 = 1',
      'var w : u16 = 2',
      'message m',
      'message n',
      'create v -> m',
      'create w -> n',
      'send bus, n',
      'send bus, m',
      'destroy n',
      'send bus, m',
      'end_of_program',
    ],
    script: ['run until 0us'],
    expect: [
      'message m = hex:01',
      'message n = empty',
      'frame at 0us L 0us data bus seq 0 payload hex:0002',
      'frame at 0us L 0us data bus seq 1 payload hex:01',
      'frame at 0us L 0us data bus seq 2 payload hex:01',
    ],
  },
  {
    name: 'send-refused-for-a-while',
    about: 'numbers go on without a gap over refused sends',
    program: ['channel bus', ...VALUE, 'create v -> m', 'again: send bus, m', 'wait 100us, again'],
    script: ['run until 100us', 'at 150us refuse on', 'run until 400us', 'at 450us refuse off', 'run until 500us'],
    expect: [
      'channel bus refused = 3',
      'channel bus sent = 3',
      'errors = none',
      'frame at 0us L 0us data bus seq 0 payload hex:09',
      'frame at 100us L 100us data bus seq 1 payload hex:09',
      'frame at 500us L 500us data bus seq 2 payload hex:09',
    ],
  },
  {
    name: 'send-skips-a-slot',
    about: 'a schedule that skips a slot when a guard says so',
    program: [
      'channel bus',
      'var on : u8 = 1',
      'message m',
      'again: if test_var(on, zero) goto rest',
      'create on -> m',
      'send bus, m',
      'rest: wait 1ms, again',
    ],
    script: ['run until 0us', 'at 500us write on 0', 'run until 2000us', 'at 2500us write on 7', 'run until 3000us'],
    expect: [
      'frame at 0us L 0us data bus seq 0 payload hex:01',
      'frame at 3000us L 3000us data bus seq 1 payload hex:07',
    ],
  },
  {
    name: 'send-answers-a-request',
    about: 'a node answers what it hears, one slot later',
    program: [
      `channel in from ${A}`,
      `channel out to ${B}`,
      'var v : u16',
      'message m',
      'again: if channel_rcv_buf_empty(in) goto rest',
      'receive in -> v',
      'create v -> m',
      'send out, m',
      'rest: wait 1ms, again',
    ],
    script: ['run until 1000us', `at 1500us frame from ${A} channel in seq 0 payload hex:abcd`, 'run until 3000us'],
    expect: ['errors = none', `frame at 2000us L 2000us data out seq 0 to ${B} payload hex:abcd`],
  },
];

const applications: CaseText[] = [
  {
    name: 'write-integer',
    about: 'an application writes every kind of integer',
    program: ['var a : u8', 'var b : i16', 'var c : u64', 'var d : i64', 'wait 1ms', 'end_of_program'],
    script: [
      'run until 0us',
      'at 1us write a 255',
      'at 2us write b -32768',
      'at 3us write c 18446744073709551615',
      'at 4us write d -1',
    ],
    expect: ['var a = 255', 'var b = -32768', 'var c = 18446744073709551615', 'var d = -1'],
  },
  {
    name: 'write-bytes',
    about: 'an application writes byte strings of any length up to N',
    program: [
      'channel bus',
      'var a : bytes[4] = hex:0102',
      'message m',
      'again: create a -> m',
      'send bus, m',
      'wait 1ms, again',
    ],
    script: [
      'run until 0us',
      'at 100us write a hex:aabbccdd',
      'run until 1000us',
      'at 1100us write a hex:',
      'run until 2000us',
      'at 2100us write a "x"',
      'run until 3000us',
    ],
    expect: [
      'var a = hex:78',
      'frame at 0us L 0us data bus seq 0 payload hex:0102',
      'frame at 1000us L 1000us data bus seq 1 payload hex:aabbccdd',
      'frame at 2000us L 2000us data bus seq 2 payload hex:',
      'frame at 3000us L 3000us data bus seq 3 payload hex:78',
    ],
  },
  {
    name: 'write-last-one-counts',
    about: 'of several writes the last one before the block counts; one at its instant is before it',
    program: ['channel bus', 'var a : u8', 'message m', 'wait 1ms', 'create a -> m', 'send bus, m', 'end_of_program'],
    script: ['run until 0us', 'at 1us write a 1', 'at 2us write a 2', 'at 1000us write a 3', 'run until 1000us'],
    expect: ['frame at 1000us L 1000us data bus seq 0 payload hex:03'],
  },
  {
    name: 'write-before-start',
    about: 'applications write also while the machine is held',
    program: ['channel bus', 'var a : u8', 'message m', 'create a -> m', 'send bus, m', 'end_of_program'],
    script: ['at -10us write a 9', 'at 0us start', 'run until 0us'],
    expect: ['frame at 0us L 0us data bus seq 0 payload hex:09'],
  },
];

const lifecycle: CaseText[] = [
  {
    name: 'start-later',
    about: 'L is the start instant',
    program: ['channel bus', ...VALUE, 'create v -> m', 'again: send bus, m', 'wait 1ms, again'],
    script: ['at 123.456us start', 'run until 1200us'],
    expect: [
      'frame at 123.456us L 123.456us data bus seq 0 payload hex:09',
      'frame at 1123.456us L 1123.456us data bus seq 1 payload hex:09',
    ],
  },
  {
    name: 'held-does-nothing',
    about: 'a held machine does not run; its frames are queued as ever',
    program: [`channel bus from ${A}`, 'var v : u8', 'receive bus -> v', 'end_of_program'],
    script: [`at -20us frame from ${A} channel bus seq 0 payload hex:08`, 'at -10us wake', 'at 5us start'],
    expect: [
      'run = running',
      'var v = 0',
      'channel bus waiting = 1',
      'position = 0',
      'verdicts = taken',
      'logical = 5us',
    ],
  },
  {
    name: 'held-frames-are-received',
    about: 'what arrived before the start is received after it',
    program: [`channel bus from ${A}`, 'var v : u8', 'receive bus -> v', 'end_of_program'],
    script: [`at -20us frame from ${A} channel bus seq 0 payload hex:08`, 'at 5us start', 'run until 5us'],
    expect: ['run = ended', 'var v = 8', 'errors = none'],
  },
  {
    name: 'stopped-does-nothing',
    about: 'a stopped machine sends nothing more; its frames are queued as ever',
    program: [`channel bus from ${A}`, ...VALUE, 'create v -> m', 'again: send bus, m', 'wait 1ms, again'],
    script: [
      'run until 1000us',
      'at 1500us stop',
      `at 1600us frame from ${A} channel bus seq 0 payload hex:08`,
      'at 2000us wake',
      'run until 9000us',
    ],
    expect: [
      'run = stopped',
      'channel bus waiting = 1',
      'frame at 0us L 0us data bus seq 0 payload hex:09',
      'frame at 1000us L 1000us data bus seq 1 payload hex:09',
    ],
  },
  {
    name: 'stopped-sync-is-unawaited',
    about: 'a stopped machine waits for no sync',
    program: [`channel bus from ${A}`, 'again: sync slave 1ms', 'goto again'],
    script: ['run until 0us', 'at 100us stop', `at 200us sync from ${A} channel bus seq 0`, 'run until 5000us'],
    expect: ['run = stopped', 'stat sync_unawaited = 1', 'stat sync_received = 0', 'errors = none'],
  },
  {
    name: 'ended-frames-are-queued',
    about: 'after end_of_program frames are queued as ever',
    program: [`channel bus from ${A} queue 2`, 'end_of_program'],
    script: ['run until 0us', ...times(3, (n) => `at ${n + 1}us frame from ${A} channel bus seq ${n} payload hex:01`)],
    expect: ['run = ended', 'channel bus waiting = 2', 'drop queue_full = 1', 'verdicts = taken, taken, taken'],
  },
];

const ALL = 256;

const limits: CaseText[] = [
  {
    name: 'limit-256-counters',
    about: '256 counters, each its own',
    program: [
      ...times(ALL, (n) => `counter c${n} start ${n}`),
      ...times(ALL, (n) => `add_to_counter c${n}, ${n}`),
      'end_of_program',
    ],
    script: ['run until 0us'],
    expect: times(ALL, (n) => `counter c${n} = ${2 * n}`),
  },
  {
    name: 'limit-256-variables-and-messages',
    about: '256 variables and 256 messages, each its own',
    program: [
      'channel bus',
      ...times(ALL, (n) => `var v${n} : u16 = ${n * 3}`),
      ...times(ALL, (n) => `message m${n}`),
      ...times(ALL, (n) => `create v${n} -> m${ALL - 1 - n}`),
      'send bus, m0',
      'send bus, m255',
      'end_of_program',
    ],
    script: ['run until 0us'],
    expect: [
      ...times(ALL, (n) => `message m${n} = hex:${be((ALL - 1 - n) * 3, 2)}`),
      'frame at 0us L 0us data bus seq 0 payload hex:02fd',
      'frame at 0us L 0us data bus seq 1 payload hex:0000',
    ],
  },
  {
    name: 'limit-256-channels',
    about: '256 channels send and hear, each with its own numbers and queue',
    program: [
      ...times(ALL, (n) => `channel ch${n} from ${A} queue 1`),
      'var v : u8',
      'message m',
      'create v -> m',
      ...times(ALL, (n) => `send ch${n}, m`),
      'receive ch255 -> v',
      'end_of_program',
    ],
    script: [
      `at 0us frame from ${A} channel ch255 seq 0 payload hex:2c`,
      `at 0us frame from ${A} channel ch254 seq 0 payload hex:2d`,
      'run until 0us',
    ],
    expect: [
      'var v = 44',
      'channel ch254 waiting = 1',
      'channel ch255 waiting = 0',
      ...times(ALL, (n) => `frame at 0us L 0us data ch${n} seq 0 payload hex:00`),
    ],
  },
  {
    name: 'limit-4096-instructions',
    about: '4096 instructions in one block',
    program: ['counter c', ...times(4095, () => 'add_to_counter c, 1048577'), 'end_of_program'],
    script: ['run until 0us'],
    // 4095 * 2^20 + 4095 stays below 2^32.
    expect: [`counter c = ${4095 * 1048577}`, 'run = ended', 'position = 4095'],
  },
  {
    name: 'limit-payload-1470',
    about: 'the greatest payload makes a frame of 1508 bytes; it comes back as it went',
    program: [
      `channel bus from ${A}`,
      'var v : bytes[1470]',
      'message m',
      'receive bus -> v',
      'create v -> m',
      'send bus, m',
      'end_of_program',
    ],
    script: [
      `at 0us frame from ${A} channel bus seq 0 payload hex:${times(1470, (n) => be(n % 251, 1)).join('')}`,
      'run until 0us',
    ],
    expect: [
      `frame at 0us L 0us data bus seq 0 payload hex:${times(1470, (n) => be(n % 251, 1)).join('')}`,
      'errors = none',
    ],
  },
  {
    name: 'jumbo-payload-fits-nothing',
    about: 'a payload beyond 1470 bytes is taken by ingress, and no variable can take it',
    program: [`channel bus from ${A}`, 'var v : bytes[1470] = hex:01', 'receive bus -> v', 'end_of_program'],
    script: [`at 0us frame from ${A} channel bus seq 0 payload hex:${'33'.repeat(1471)}`, 'run until 0us'],
    expect: ['var v = hex:01', 'errors = receive_fault', 'channel bus wrong_length = 1'],
  },
];

/** Every byte of a frame, written by hand: the instant 0 of a case is 1 s, CLOCK_TAI is 37 s ahead. */
const layout: CaseText[] = [
  {
    name: 'layout-received',
    about: 'every field of a v1 frame at its offset, big-endian',
    program: [`channel bus = 200 from ${A}`, 'var v : u32', 'receive bus -> v', 'end_of_program'],
    script: [
      `at 0us raw hex:${padded('ffffffffffff' + '020000000002' + '88b5' + '01' + '01' + '00c8' + '00000000' + '0004' + '0000' + '00000000' + '00000008d8f9fc00' + '0a0b0c0d')}`,
      'run until 0us',
    ],
    expect: ['var v = 168496141', 'verdicts = taken', 'errors = none'],
  },
];

/** Cases of this file. */
export const NODE_CASES: readonly CaseText[] = [...sending, ...applications, ...lifecycle, ...limits, ...layout];
