// sync master and sync slave: who counts, until when, what L becomes.
import { A, B, ethernet, EVERYONE, OWN, padded, STRANGER, v1 } from './text.js';
import type { CaseText } from './text.js';

/** Waits 100us for a sync from instruction 0, then counts what it finds and waits on. */
function slave(
  channel = `channel bus from ${A}`,
  instruction = 'sync slave 100us',
  ...declarations: string[]
): string[] {
  return [
    ...declarations,
    channel,
    'counter in_time',
    'counter timed_out',
    instruction,
    'if status_test(sync_timeout) goto missed',
    'add_to_counter in_time, 1',
    'goto on',
    'missed: add_to_counter timed_out, 1',
    'on: wait 1ms, on',
  ];
}

const ARRIVED = ['counter in_time = 1', 'counter timed_out = 0', 'errors = none', 'stat sync_received = 1'];
const TIMED_OUT = ['counter in_time = 0', 'counter timed_out = 1', 'errors = sync_timeout', 'stat sync_received = 0'];

function from(mac: string, at: string, channel = 'bus', seq = 0): string {
  return `at ${at} sync from ${mac} channel ${channel} seq ${seq}`;
}

/** When the sync frame arrives; null: in time, otherwise the L after the timeout is 100us. */
const ARRIVALS: readonly (readonly [name: string, at: string, inTime: boolean])[] = [
  ['at-once', '0us', true],
  ['soon', '30us', true],
  ['odd', '77.123us', true],
  ['last-moment-but-one', '99.999us', true],
  ['exactly-at-the-end', '100us', true],
  ['one-ns-after', '100.001us', false],
  ['much-later', '900us', false],
];

const arrivals = ARRIVALS.map(([name, at, inTime]): CaseText => ({
  name: `sync-slave-${name}`,
  about: `a sync frame arrives ${at} after the wait began, which lasts 100us`,
  program: slave(),
  script: ['at 0us wake', ...(inTime ? [] : ['at 100us wake']), from(A, at), ...(inTime ? [`at ${at} wake`] : [])],
  expect: [
    ...(inTime ? ARRIVED : TIMED_OUT),
    `logical = ${inTime ? at : '100us'}`,
    `stat sync_unawaited = ${inTime ? 0 : 1}`,
    'stat deadline_missed = 0',
  ],
}));

/** Path delay of the channel and L after an arrival at 60us. */
const PATHS: readonly (readonly [string, string])[] = [
  ['0us', '60us'],
  ['1ns', '59.999us'],
  ['10us', '50us'],
  ['60us', '0us'],
  ['100us', '-40us'],
];

const paths = PATHS.map(([delay, logical]): CaseText => ({
  name: `sync-slave-delay-${delay}`,
  about: `L becomes the arrival less the channel's delay of ${delay}; the block is due at the arrival`,
  program: slave(`channel bus from ${A} delay ${delay}`),
  script: ['at 0us wake', from(A, '60us'), 'at 60us wake'],
  expect: [...ARRIVED, `logical = ${logical}`, 'stat deadline_missed = 0'],
}));

interface Who {
  readonly name: string;
  readonly about: string;
  readonly channel?: string;
  readonly instruction?: string;
  readonly declarations?: readonly string[];
  readonly frames: readonly string[];
  readonly counts: boolean;
  readonly unawaited: number;
  readonly more?: readonly string[];
}

const TWO = [`channel bus from ${A}`, `channel other from ${B} delay 5us`].join('\n');

const WHO: readonly Who[] = [
  {
    name: 'any-channel',
    about: 'without from any channel will do, and its delay counts',
    channel: TWO,
    frames: [from(B, '40us', 'other')],
    counts: true,
    unawaited: 0,
    more: ['logical = 35us'],
  },
  {
    name: 'from-that-channel',
    about: 'from: a frame of the channel counts',
    channel: TWO,
    instruction: 'sync slave 100us from other',
    frames: [from(B, '40us', 'other')],
    counts: true,
    unawaited: 0,
    more: ['logical = 35us'],
  },
  {
    name: 'from-another-channel',
    about: 'from: a frame of another channel is discarded and counted',
    channel: TWO,
    instruction: 'sync slave 100us from other',
    frames: [from(A, '40us', 'bus')],
    counts: false,
    unawaited: 1,
  },
  {
    name: 'stranger',
    about: 'a stranger does not end the wait, and its frame is none of ours',
    frames: [from(STRANGER, '40us')],
    counts: false,
    unawaited: 0,
    more: ['verdicts = pass'],
  },
  {
    name: 'sender-of-another-channel',
    about: 'the right sender on the wrong channel: dropped',
    channel: TWO,
    frames: [from(A, '40us', 'other')],
    counts: false,
    unawaited: 0,
    more: ['drop sender = 1', 'verdicts = drop'],
  },
  {
    name: 'second-sender-of-channel',
    about: 'every sender in the from list counts',
    channel: `channel bus from ${A}, ${B}`,
    frames: [from(B, '40us')],
    counts: true,
    unawaited: 0,
    more: ['logical = 40us'],
  },
  {
    name: 'data-frame',
    about: 'a data frame does not end the wait',
    frames: [`at 40us frame from ${A} channel bus seq 0 payload hex:01`],
    counts: false,
    unawaited: 0,
    more: ['channel bus waiting = 1'],
  },
  {
    name: 'two-frames',
    about: 'the first of two ends the wait, the second is discarded',
    channel: `channel bus from ${A}, ${B}`,
    frames: [from(A, '40us'), from(B, '41us')],
    counts: true,
    unawaited: 1,
  },
  {
    name: 'wrong-then-right',
    about: 'a frame that does not count leaves the wait as it is',
    channel: TWO,
    instruction: 'sync slave 100us from other',
    frames: [from(A, '20us', 'bus'), from(B, '60us', 'other')],
    counts: true,
    unawaited: 1,
    more: ['logical = 55us'],
  },
  {
    name: 'same-sender-two-channels',
    about: 'the channel id of the frame decides which delay counts',
    channel: `channel bus from ${A} delay 1us\nchannel other from ${A} delay 7us`,
    frames: [from(A, '40us', 'other')],
    counts: true,
    unawaited: 0,
    more: ['logical = 33us'],
  },
];

const who = WHO.map(({ name, about, channel, instruction, frames, counts, unawaited, more = [] }): CaseText => ({
  name: `sync-who-${name}`,
  about,
  program: slave(channel, instruction),
  script: ['at 0us wake', ...frames, counts ? `at 61us wake` : 'at 100us wake'],
  expect: [...(counts ? ARRIVED : TIMED_OUT), `stat sync_unawaited = ${unawaited}`, ...more],
}));

const timing: CaseText[] = [
  {
    name: 'sync-slave-timeout',
    about: 'nothing arrives: L + T, sync_timeout',
    program: slave(),
    script: ['run until 100us'],
    expect: [...TIMED_OUT, 'logical = 100us', 'stat deadline_missed = 0'],
  },
  {
    name: 'sync-slave-still-waiting',
    about: 'before its end the wait goes on; the armed futures are untouched',
    program: slave(),
    script: ['run until 99.999us'],
    expect: [
      'counter in_time = 0',
      'counter timed_out = 0',
      'errors = none',
      'logical = 0us',
      'position = 1',
      'run = running',
    ],
  },
  {
    name: 'sync-slave-shortest',
    about: 'a timeout of 1 ns',
    program: slave(undefined, 'sync slave 1ns'),
    script: ['run until 0.001us'],
    expect: [...TIMED_OUT, 'logical = 0.001us'],
  },
  {
    name: 'sync-slave-late-after-arrival',
    about: 'the block is due at the arrival: 51us later it is late, L is the arrival all the same',
    program: slave(),
    script: ['at 0us wake', from(A, '30us'), 'at 81us wake'],
    expect: ['errors = deadline_missed', 'counter in_time = 1', 'logical = 30us', 'stat deadline_missed = 1'],
  },
  {
    name: 'sync-slave-tolerance-after-arrival',
    about: '50us after the arrival is not late, although L + T has passed meanwhile',
    program: slave(),
    script: ['at 0us wake', from(A, '90us'), 'at 140us wake'],
    expect: [...ARRIVED, 'logical = 90us', 'stat deadline_missed = 0'],
  },
  {
    name: 'sync-slave-late-judged-without-delay',
    about: 'the block is due at the arrival, not at the arrival less the delay',
    program: slave(`channel bus from ${A} delay 40us`),
    script: ['at 0us wake', from(A, '60us'), 'at 110us wake'],
    expect: [...ARRIVED, 'logical = 20us', 'stat deadline_missed = 0'],
  },
  {
    name: 'sync-slave-late-timeout',
    about: 'a timeout that is noticed too late: both errors',
    program: slave(),
    script: ['at 0us wake', 'at 151us wake'],
    expect: ['errors = deadline_missed, sync_timeout', 'counter timed_out = 1', 'logical = 100us'],
  },
  {
    name: 'sync-slave-frame-between-end-and-timeout',
    about: 'a frame after L + T is discarded although the timeout has not been noticed yet',
    program: slave(),
    script: ['at 0us wake', from(A, '100.001us'), 'at 120us wake'],
    expect: [...TIMED_OUT, 'stat sync_unawaited = 1', 'logical = 100us'],
  },
  {
    name: 'sync-slave-end-before-it-began',
    about: 'a sync slave whose L + T has passed already times out at once',
    program: [
      `channel bus from ${A}`,
      'counter timed_out',
      'wait 100us',
      'sync slave 10us',
      'if not status_test(sync_timeout) goto on',
      'add_to_counter timed_out, 1',
      'on: wait 1ms, on',
    ],
    script: ['at 0us wake', 'at 130us wake', from(A, '131us'), 'at 132us wake'],
    expect: [
      'counter timed_out = 1',
      'logical = 110us',
      'errors = sync_timeout',
      'stat sync_unawaited = 1',
      'stat deadline_missed = 0',
    ],
  },
  {
    name: 'sync-before-the-wait',
    about: 'a sync frame that nobody waits for is discarded and counted; the wait that begins later does not see it',
    program: [`channel bus from ${A}`, 'wait 100us', 'sync slave 100us', 'on: wait 1ms, on'],
    script: ['at 0us wake', from(A, '99us'), 'at 100us wake', 'at 200us wake'],
    expect: ['errors = sync_timeout', 'stat sync_unawaited = 1', 'logical = 200us'],
  },
  {
    name: 'sync-at-the-instant-before-the-wait',
    about: 'frames come first: one at the instant of the block that begins the wait is too early',
    program: slave(),
    script: [from(A, '0us'), 'at 0us wake', 'run until 100us'],
    expect: [...TIMED_OUT, 'stat sync_unawaited = 1'],
  },
  {
    name: 'sync-slave-futures-stay',
    about: 'futures armed before stay armed and do not interrupt the wait; afterwards they come late or in time',
    program: [
      `channel bus from ${A}`,
      'counter c',
      'tolerance 200us',
      'future 50us, there',
      'sync slave 100us',
      'halt',
      'there: add_to_counter c, 1',
      'end_of_program',
    ],
    script: ['at 0us wake', 'at 60us wake', 'at 100us wake', 'at 100us wake'],
    expect: ['counter c = 1', 'logical = 50us', 'errors = sync_timeout', 'stat deadline_missed = 0'],
  },
  {
    name: 'sync-slave-timeout-cleared',
    about: 'sync_timeout is cleared by the next sync that arrives',
    program: [`channel bus from ${A}`, 'again: sync slave 100us', 'goto again'],
    script: ['run until 200us', from(A, '250us'), 'at 250us wake'],
    expect: ['errors = none', 'logical = 250us', 'stat sync_received = 1'],
  },
  {
    name: 'sync-slave-timeouts-on-a-grid',
    about: 'timeouts follow one another without drift',
    program: [`channel bus from ${A}`, 'counter c', 'again: sync slave 100us', 'add_to_counter c, 1', 'goto again'],
    script: ['run until 1000us'],
    expect: ['counter c = 10', 'logical = 1000us', 'errors = sync_timeout'],
  },
  {
    name: 'sync-slave-then-grid',
    about: 'delays count from the arrival',
    program: [
      `channel bus from ${A}`,
      'var v : u8 = 1',
      'message m',
      'create v -> m',
      'sync slave 10ms',
      'again: send bus, m',
      'wait 100us, again',
    ],
    script: ['at 0us wake', from(A, '1234.567us'), 'run until 1434.567us'],
    expect: [
      'frame at 1234.567us L 1234.567us data bus seq 0 payload hex:01',
      'frame at 1334.567us L 1334.567us data bus seq 1 payload hex:01',
      'frame at 1434.567us L 1434.567us data bus seq 2 payload hex:01',
    ],
  },
  {
    name: 'sync-65-late-timeouts',
    about: 'timeouts noticed late count as late blocks: the 65th restarts the grid',
    program: ['tolerance 10us', `channel bus from ${A}`, 'again: sync slave 100us', 'goto again'],
    script: ['at 0us wake', ...Array.from({ length: 65 }, (_, n) => `at ${(n + 1) * 100 + 20}us wake`)],
    expect: [
      'stat deadline_missed = 65',
      'stat restarted_grids = 1',
      'logical = 6520us',
      'errors = deadline_missed, sync_timeout',
    ],
  },
  {
    name: 'sync-lets-the-frame-inform-only',
    about: 'the L that a sync frame carries has no effect',
    program: slave(),
    script: [
      'at 0us wake',
      `at 40us raw hex:${padded(ethernet(EVERYONE, A, '88b5') + v1({ type: 2, tai: 0x7fffffffffffffffn, flags: 0xffff, programId: 0xdeadbeef }))}`,
      'at 40us wake',
    ],
    expect: [...ARRIVED, 'logical = 40us'],
  },
  {
    name: 'sync-slave-unicast-to-us',
    about: 'a sync frame addressed to us counts as well',
    program: slave(),
    script: ['at 0us wake', `at 40us raw hex:${padded(ethernet(OWN, A, '88b5') + v1({ type: 2 }))}`, 'at 40us wake'],
    expect: [...ARRIVED, 'logical = 40us'],
  },
  {
    name: 'sync-slave-unicast-to-others',
    about: 'a sync frame addressed to another node is not ours',
    program: slave(),
    script: ['at 0us wake', `at 40us raw hex:${padded(ethernet(B, A, '88b5') + v1({ type: 2 }))}`, 'at 100us wake'],
    expect: [...TIMED_OUT, 'verdicts = pass', 'stat sync_unawaited = 0'],
  },
];

const master: CaseText[] = [
  {
    name: 'sync-master',
    about: 'sync master broadcasts L, also on a channel with a destination; numbers of their own',
    program: [
      `channel bus to ${A}`,
      'var v : u8 = 1',
      'message m',
      'create v -> m',
      'again: sync master bus',
      'send bus, m',
      'wait 1ms, again',
    ],
    script: ['run until 1000us'],
    expect: [
      'channel bus sync_sent = 2',
      'channel bus sent = 2',
      'frame at 0us L 0us sync bus seq 0',
      `frame at 0us L 0us data bus seq 0 to ${A} payload hex:01`,
      'frame at 1000us L 1000us sync bus seq 1',
      `frame at 1000us L 1000us data bus seq 1 to ${A} payload hex:01`,
    ],
  },
  {
    name: 'sync-master-numbers-by-channel',
    about: 'each channel has its own sync numbers',
    program: [
      'channel bus',
      'channel other',
      'sync master bus',
      'sync master other',
      'sync master bus',
      'end_of_program',
    ],
    script: ['run until 0us'],
    expect: [
      'frame at 0us L 0us sync bus seq 0',
      'frame at 0us L 0us sync other seq 0',
      'frame at 0us L 0us sync bus seq 1',
    ],
  },
  {
    name: 'ncm-sync-master',
    about: 'wire ncm: an empty frame of ethertype 0x900A',
    program: ['wire ncm', 'channel bus', 'sync master bus', 'end_of_program'],
    script: ['run until 0us'],
    expect: ['channel bus sync_sent = 1', `frame at 0us ncm sync payload hex:${'00'.repeat(46)}`],
  },
  {
    name: 'ncm-sync-slave',
    about: 'wire ncm: a sync frame of a sender of any channel',
    program: slave(TWO, 'sync slave 100us', 'wire ncm'),
    script: ['at 0us wake', `at 40us sync from ${B}`, 'at 40us wake'],
    expect: [...ARRIVED, 'logical = 35us'],
  },
  {
    name: 'ncm-sync-slave-from',
    about: 'wire ncm: only senders of the named channel count',
    program: slave(TWO, 'sync slave 100us from other', 'wire ncm'),
    script: ['at 0us wake', `at 40us sync from ${A}`, 'at 100us wake'],
    expect: [...TIMED_OUT, 'stat sync_unawaited = 1'],
  },
  {
    name: 'ncm-sync-slave-shared-sender',
    about: 'wire ncm has no channel id: a sender of two channels counts for the one that is waited for, with its delay',
    program: slave(
      `channel bus from ${A} delay 1us\nchannel other from ${A} delay 7us`,
      'sync slave 100us from other',
      'wire ncm',
    ),
    script: ['at 0us wake', `at 40us sync from ${A}`, 'at 40us wake'],
    expect: [...ARRIVED, 'logical = 33us'],
  },
  {
    name: 'ncm-sync-slave-shared-sender-any',
    about: 'wire ncm without from: the channel of lowest id that has the sender',
    program: slave(
      `channel bus from ${A} delay 1us\nchannel other from ${A} delay 7us`,
      'sync slave 100us',
      'wire ncm',
    ),
    script: ['at 0us wake', `at 40us sync from ${A}`, 'at 40us wake'],
    expect: [...ARRIVED, 'logical = 39us'],
  },
  {
    name: 'ncm-sync-slave-stranger',
    about: 'wire ncm: a stranger passes',
    program: slave(undefined, undefined, 'wire ncm'),
    script: ['at 0us wake', `at 40us sync from ${STRANGER}`, 'at 100us wake'],
    expect: [...TIMED_OUT, 'verdicts = pass'],
  },
];

/** Cases of this file. */
export const SYNC_CASES: readonly CaseText[] = [...arrivals, ...paths, ...who, ...timing, ...master];
