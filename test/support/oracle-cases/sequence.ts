// Sequence numbers of received frames: lost, repeated, restarted.
import { A, B } from './text.js';
import type { CaseText } from './text.js';

const MAX = 4294967295;
const HALF = 2147483648;

/** Numbers as they arrive, then lost, repeated, restarted. */
const RUNS: readonly (readonly [
  name: string,
  numbers: readonly number[],
  lost: number,
  repeated: number,
  restarted: number,
])[] = [
  ['first-zero', [0], 0, 0, 0],
  ['first-any', [4711], 0, 0, 0],
  ['first-greatest', [MAX], 0, 0, 0],
  ['in-order', [0, 1, 2, 3], 0, 0, 0],
  ['in-order-from-seven', [7, 8, 9], 0, 0, 0],
  ['one-lost', [0, 2], 1, 0, 0],
  ['four-lost', [0, 5], 4, 0, 0],
  ['lost-twice', [0, 2, 3, 6], 3, 0, 0],
  ['repeat', [1, 1], 0, 1, 0],
  ['repeat-of-zero', [0, 0], 0, 1, 0],
  ['repeat-three-times', [3, 3, 3, 3], 0, 3, 0],
  ['repeat-then-on', [3, 3, 4], 0, 1, 0],
  ['smaller-by-one', [5, 4], 0, 1, 0],
  ['smaller-leaves-last', [3, 5, 4, 6], 1, 1, 0],
  ['smaller-twice', [3, 5, 4, 4, 5, 6], 1, 3, 0],
  ['smaller-to-one', [5, 1], 0, 1, 0],
  ['zero-is-a-restart', [5, 0], 0, 0, 1],
  ['zero-after-one', [1, 0], 0, 0, 1],
  ['restart-then-on', [9, 0, 1, 2], 0, 0, 1],
  ['restart-then-repeat', [9, 0, 0, 1], 0, 1, 1],
  ['restart-then-loss', [9, 0, 5], 4, 0, 1],
  ['loss-restart-loss', [2, 4, 0, 2], 2, 0, 1],
  ['two-restarts', [4, 0, 1, 0, 1], 0, 0, 2],
  ['wraps', [MAX, 0], 0, 0, 0],
  ['wraps-in-a-run', [MAX - 1, MAX, 0, 1], 0, 0, 0],
  ['wrap-with-zero-lost-is-a-restart', [MAX, 1], 0, 0, 1],
  ['zero-before-the-wrap-is-a-restart', [MAX - 1, 0], 0, 0, 1],
  ['one-before-the-wrap-is-a-restart', [MAX - 1, 1, 2], 0, 0, 1],
  ['greatest-repeats', [MAX, MAX, 0], 0, 1, 0],
  ['back-by-less-than-half', [HALF, 1], 0, 1, 0],
  ['back-by-half', [HALF + 1, 1], 0, 0, 1],
  ['back-by-half-then-on', [HALF + 1, 1, 2], 0, 0, 1],
  ['back-by-less-then-on', [HALF, 1, HALF + 1], 0, 1, 0],
  ['to-zero-from-half', [HALF, 0], 0, 0, 1],
  ['loses-nearly-all', [0, MAX], MAX - 1, 0, 0],
  ['loses-half', [0, HALF], HALF - 1, 0, 0],
];

function peer(mac: string, channel: string, type: string, lost: number, repeated: number, restarted: number): string {
  return `peer ${mac} ${channel} ${type} = lost ${lost} repeated ${repeated} restarted ${restarted}`;
}

const data = RUNS.map(([name, numbers, lost, repeated, restarted]): CaseText => ({
  name: `sequence-${name}`,
  about: `data frames numbered ${numbers.join(', ')}: every one is delivered`,
  program: [`channel bus from ${A}`, 'end_of_program'],
  script: [
    'run until 0us',
    ...numbers.map((seq, n) => `at ${n + 1}us frame from ${A} channel bus seq ${seq} payload hex:0${n}`),
  ],
  expect: [
    peer(A, 'bus', 'data', lost, repeated, restarted),
    `channel bus received = ${numbers.length}`,
    `channel bus waiting = ${numbers.length}`,
  ],
}));

const SYNC_RUNS = RUNS.filter(([name]) => ['four-lost', 'repeat-then-on', 'zero-is-a-restart', 'wraps'].includes(name));

const syncs = SYNC_RUNS.map(([name, numbers, lost, repeated, restarted]): CaseText => ({
  name: `sequence-sync-${name}`,
  about: `sync frames numbered ${numbers.join(', ')}`,
  program: [`channel bus from ${A}`, 'end_of_program'],
  script: ['run until 0us', ...numbers.map((seq, n) => `at ${n + 1}us sync from ${A} channel bus seq ${seq}`)],
  expect: [
    peer(A, 'bus', 'sync', lost, repeated, restarted),
    `stat sync_unawaited = ${numbers.length}`,
    'channel bus received = 0',
  ],
}));

const apart: CaseText[] = [
  {
    name: 'sequence-by-sender',
    about: 'two senders of one channel are counted apart',
    program: [`channel bus from ${A}, ${B}`, 'end_of_program'],
    script: [
      'run until 0us',
      `at 1us frame from ${A} channel bus seq 5 payload hex:01`,
      `at 2us frame from ${B} channel bus seq 100 payload hex:02`,
      `at 3us frame from ${A} channel bus seq 6 payload hex:03`,
      `at 4us frame from ${B} channel bus seq 103 payload hex:04`,
    ],
    expect: [peer(A, 'bus', 'data', 0, 0, 0), peer(B, 'bus', 'data', 2, 0, 0), 'channel bus received = 4'],
  },
  {
    name: 'sequence-by-channel',
    about: 'one sender on two channels is counted apart',
    program: [`channel bus from ${A}`, `channel other from ${A}`, 'end_of_program'],
    script: [
      'run until 0us',
      `at 1us frame from ${A} channel bus seq 5 payload hex:01`,
      `at 2us frame from ${A} channel other seq 5 payload hex:02`,
      `at 3us frame from ${A} channel bus seq 5 payload hex:03`,
      `at 4us frame from ${A} channel other seq 7 payload hex:04`,
    ],
    expect: [peer(A, 'bus', 'data', 0, 1, 0), peer(A, 'other', 'data', 1, 0, 0)],
  },
  {
    name: 'sequence-by-type',
    about: 'data and sync frames of one sender on one channel are counted apart',
    program: [`channel bus from ${A}`, 'end_of_program'],
    script: [
      'run until 0us',
      `at 1us frame from ${A} channel bus seq 5 payload hex:01`,
      `at 2us sync from ${A} channel bus seq 5`,
      `at 3us frame from ${A} channel bus seq 6 payload hex:03`,
      `at 4us sync from ${A} channel bus seq 9`,
    ],
    expect: [peer(A, 'bus', 'data', 0, 0, 0), peer(A, 'bus', 'sync', 3, 0, 0)],
  },
  {
    name: 'sequence-dropped-by-a-full-queue',
    about: 'frames that a full queue dropped later have arrived: no loss',
    program: [`channel bus from ${A} queue 1`, 'end_of_program'],
    script: [
      'run until 0us',
      ...[0, 1, 2].map((seq) => `at ${seq + 1}us frame from ${A} channel bus seq ${seq} payload hex:01`),
    ],
    expect: [peer(A, 'bus', 'data', 0, 0, 0), 'drop queue_full = 2'],
  },
  {
    name: 'sequence-not-of-dropped-frames',
    about: 'a frame that ingress drops for a fault does not count as arrived',
    program: [`channel bus from ${A}`, `channel other from ${B}`, 'end_of_program'],
    script: [
      'run until 0us',
      `at 1us frame from ${A} channel bus seq 0 payload hex:01`,
      `at 2us frame from ${A} channel other seq 1 payload hex:01`,
      `at 3us frame from ${A} channel bus seq 2 payload hex:01`,
    ],
    expect: [
      peer(A, 'bus', 'data', 1, 0, 0),
      peer(A, 'other', 'data', 0, 0, 0).replace(/= .*/, '= nothing'),
      'drop sender = 1',
    ],
  },
  {
    name: 'sequence-repeated-is-delivered',
    about: 'repeated frames are still delivered, in the order of their arrival',
    program: [
      `channel bus from ${A}`,
      'var v : u8',
      'var w : u8',
      'wait 100us',
      'receive bus -> v',
      'receive bus -> w',
      'end_of_program',
    ],
    script: [
      'run until 0us',
      `at 1us frame from ${A} channel bus seq 3 payload hex:0a`,
      `at 2us frame from ${A} channel bus seq 3 payload hex:0b`,
      'run until 100us',
    ],
    expect: ['var v = 10', 'var w = 11', peer(A, 'bus', 'data', 0, 1, 0), 'errors = none'],
  },
];

/** Cases of this file. */
export const SEQUENCE_CASES: readonly CaseText[] = [...data, ...syncs, ...apart];
