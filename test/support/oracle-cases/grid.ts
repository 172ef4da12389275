// Loops stay on their grid; futures come in the order of their instants, equal ones in the order of arming.
import { be, times } from './text.js';
import type { CaseText } from './text.js';

/** Period as written, in ns, and number of rounds to look at. */
const PERIODS: readonly (readonly [string, number, number])[] = [
  ['1ms', 1_000_000, 10],
  ['200us', 200_000, 12],
  ['1.5ms', 1_500_000, 6],
  ['333ns', 333, 20],
  ['1ns', 1, 9],
  ['2s', 2_000_000_000, 3],
  ['0.125ms', 125_000, 8],
];

function us(ns: number): string {
  return `${ns / 1000}us`;
}

const grids = PERIODS.map(([period, ns, rounds]): CaseText => ({
  name: `grid-${period.replace('.', '-')}`,
  about: `a loop of wait ${period}: round n at exactly n periods`,
  program: [
    'channel bus',
    'var v : u8 = 1',
    'message m',
    'counter rounds',
    'again: create v -> m',
    'send bus, m',
    'add_to_counter rounds, 1',
    `wait ${period}, again`,
  ],
  script: [`run until ${us(ns * (rounds - 1))}`],
  expect: [
    `counter rounds = ${rounds}`,
    'stat deadline_missed = 0',
    ...times(rounds, (n) => `frame at ${us(n * ns)} L ${us(n * ns)} data bus seq ${n} payload hex:01`),
  ],
}));

/** Delay as the program writes it, what it declares for it, and the first two instants in us. */
const DELAYS: readonly (readonly [name: string, declarations: readonly string[], delay: string, at: number])[] = [
  ['ticks-default', [], '100', 100],
  ['ticks-10us', ['tick 10us'], '100', 1000],
  ['ticks-250ns', ['tick 250ns'], '10', 2.5],
  ['ticks-1ms', ['tick 1ms'], '2', 2000],
  ['constant-duration', ['const period = 1ms'], 'period', 1000],
  ['constant-ticks', ['tick 5us', 'const period = 20'], 'period', 100],
  ['constant-ticks-later-tick', ['const period = 20', 'tick 3us'], 'period', 60],
  ['hexadecimal-ticks', [], '0x10', 16],
];

const delays = DELAYS.map(([name, declarations, delay, at]): CaseText => ({
  name: `delay-${name}`,
  about: `a delay of ${delay}`,
  program: [...declarations, 'counter c', `again: wait ${delay}`, 'add_to_counter c, 1', 'goto again'],
  script: [`run until ${at * 2}us`],
  expect: ['counter c = 2', `logical = ${at * 2}us`],
}));

/** Armed in this order: delay in us and the mark that its block sends; then the marks in the order of sending. */
const ORDERS: readonly (readonly [
  string,
  readonly (readonly [number, number])[],
  readonly (readonly [number, number])[],
])[] = [
  [
    'ascending',
    [
      [100, 1],
      [200, 2],
      [300, 3],
    ],
    [
      [100, 1],
      [200, 2],
      [300, 3],
    ],
  ],
  [
    'descending',
    [
      [300, 3],
      [200, 2],
      [100, 1],
    ],
    [
      [100, 1],
      [200, 2],
      [300, 3],
    ],
  ],
  [
    'mixed',
    [
      [200, 2],
      [300, 3],
      [100, 1],
    ],
    [
      [100, 1],
      [200, 2],
      [300, 3],
    ],
  ],
  [
    'equal',
    [
      [100, 3],
      [100, 1],
      [100, 2],
    ],
    [
      [100, 3],
      [100, 1],
      [100, 2],
    ],
  ],
  [
    'equal-behind',
    [
      [200, 2],
      [100, 1],
      [200, 3],
    ],
    [
      [100, 1],
      [200, 2],
      [200, 3],
    ],
  ],
  [
    'equal-before',
    [
      [100, 3],
      [200, 1],
      [100, 2],
    ],
    [
      [100, 3],
      [100, 2],
      [200, 1],
    ],
  ],
  ['single', [[150, 2]], [[150, 2]]],
  [
    'same-target',
    [
      [100, 1],
      [100, 1],
      [50, 1],
    ],
    [
      [50, 1],
      [100, 1],
      [100, 1],
    ],
  ],
  ['many-equal', times(12, (n) => [70, (n % 3) + 1] as const), times(12, (n) => [70, (n % 3) + 1] as const)],
];

const MARKS = ['channel bus', ...[1, 2, 3].flatMap((n) => [`var v${n} : u8 = ${n}`, `message m${n}`])];
const CREATE = [1, 2, 3].map((n) => `create v${n} -> m${n}`);
const TARGETS = [1, 2, 3].flatMap((n) => [`t${n}: send bus, m${n}`, 'halt']);

const orders = ORDERS.map(([name, armed, order]): CaseText => ({
  name: `futures-${name}`,
  about: 'halt takes the earliest armed future, of equals the one armed first',
  program: [...MARKS, ...CREATE, ...armed.map(([delay, mark]) => `future ${delay}us, t${mark}`), 'halt', ...TARGETS],
  script: ['run until 10000us'],
  expect: [
    'run = failed no_future',
    'futures = none',
    ...order.map(([at, mark], seq) => `frame at ${at}us L ${at}us data bus seq ${seq} payload hex:${be(mark, 1)}`),
  ],
}));

const futures: CaseText[] = [
  {
    name: 'futures-two-loops',
    about: 'a slow and a fast loop in one node, each re-arms itself; at a common instant the one armed first is first',
    program: [
      ...MARKS,
      ...CREATE,
      'future 100us, fast',
      'future 250us, slow',
      'halt',
      'fast: send bus, m1',
      'future 100us, fast',
      'halt',
      'slow: send bus, m2',
      'future 250us, slow',
      'halt',
    ],
    script: ['run until 500us'],
    // At 500us: slow was armed at 250us, fast at 400us.
    expect: (
      [
        [100, 1],
        [200, 1],
        [250, 2],
        [300, 1],
        [400, 1],
        [500, 2],
        [500, 1],
      ] as const
    ).map(([at, mark], seq) => `frame at ${at}us L ${at}us data bus seq ${seq} payload hex:${be(mark, 1)}`),
  },
  {
    name: 'futures-wait-takes-an-earlier-one',
    about: 'wait is future and halt: an earlier future comes first, and the one of wait stays armed',
    program: [
      'counter c',
      'counter d',
      'future 50us, early',
      'wait 100us, after',
      'early: add_to_counter c, 1',
      'halt',
      'after: add_to_counter d, 1',
      'end_of_program',
    ],
    script: ['run until 50us'],
    expect: ['counter c = 1', 'counter d = 0', 'logical = 50us', 'position = 4', 'futures = none', 'run = running'],
  },
  {
    name: 'futures-wait-goes-on-after-both',
    about: 'the future of wait comes in its turn',
    program: [
      'counter c',
      'counter d',
      'future 50us, early',
      'wait 100us, after',
      'early: add_to_counter c, 1',
      'halt',
      'after: add_to_counter d, 1',
      'end_of_program',
    ],
    script: ['run until 100us'],
    expect: ['counter c = 1', 'counter d = 1', 'logical = 100us', 'run = ended'],
  },
  {
    name: 'futures-listed-in-order-of-arming',
    about: 'what is armed and not taken stays armed',
    program: [
      'future 300us, there',
      'future 100us, there',
      'future 200us, there',
      'halt',
      'there: nop',
      'end_of_program',
    ],
    script: ['run until 0us'],
    expect: ['futures = 300us 4, 200us 4', 'run = running', 'logical = 0us', 'position = 4'],
  },
  {
    name: 'futures-64',
    about: '64 armed futures are allowed',
    program: [
      'counter c',
      ...times(64, (n) => `future ${n + 1}us, there`),
      'halt',
      'there: add_to_counter c, 1',
      'halt',
    ],
    script: ['run until 1000us'],
    expect: ['counter c = 64', 'run = failed no_future', 'logical = 64us'],
  },
  {
    name: 'futures-64-equal',
    about: '64 futures of one instant come one after another',
    program: ['counter c', ...times(64, () => 'future 5us, there'), 'halt', 'there: add_to_counter c, 1', 'halt'],
    script: ['run until 5us'],
    expect: ['counter c = 64', 'run = failed no_future', 'logical = 5us'],
  },
  {
    name: 'futures-65',
    about: 'one more future than 64 stops the machine; no error bit belongs to it',
    program: [
      'counter c',
      ...times(65, (n) => `future ${n + 1}us, there`),
      'halt',
      'there: add_to_counter c, 1',
      'halt',
    ],
    script: ['run until 1000us'],
    expect: ['run = failed too_many_futures', 'errors = none', 'counter c = 0', 'position = 64', 'logical = 0us'],
  },
  {
    name: 'futures-64-and-wait',
    about: 'wait counts: it is a future before it halts',
    program: [
      'counter c',
      ...times(64, (n) => `future ${n + 2}us, there`),
      'wait 1us',
      'there: add_to_counter c, 1',
      'halt',
    ],
    script: ['run until 1000us'],
    expect: ['run = failed too_many_futures', 'errors = none', 'counter c = 0', 'position = 64'],
  },
  {
    name: 'futures-63-and-wait',
    about: '63 armed futures leave room for a wait',
    program: [
      'counter c',
      ...times(63, (n) => `future ${n + 2}us, there`),
      'wait 1us',
      'there: add_to_counter c, 1',
      'halt',
    ],
    script: ['run until 1000us'],
    expect: ['counter c = 64', 'run = failed no_future', 'logical = 64us'],
  },
  {
    name: 'futures-grow-in-a-loop',
    about: 'a loop that arms two futures and takes one each round runs over after 63 rounds',
    program: ['counter c', 'again: add_to_counter c, 1', 'future 1us, again', 'future 1s, again', 'halt'],
    script: ['run until 1000us'],
    // After round n n futures of 1s stay armed. Round 64 has 63, arms its first as the 64th, and fails at the second.
    expect: ['counter c = 64', 'run = failed too_many_futures', 'position = 2', 'logical = 63us'],
  },
  {
    name: 'futures-longest',
    about: 'a delay just below 2^62 ns',
    program: ['future 4611686018427387903ns, there', 'halt', 'there: end_of_program'],
    script: ['run until 1000000us'],
    expect: ['run = running', 'logical = 0us', 'position = 2'],
  },
  {
    name: 'goto-and-labels',
    about: 'goto, several labels of one instruction, a label alone',
    program: [
      'counter c',
      'goto one',
      'nop',
      'end_of_program',
      'one:',
      'two: add_to_counter c, 1',
      'if test_count(c, 2) goto three',
      'wait 1us, two',
      'three: end_of_program',
    ],
    script: ['run until 10us'],
    expect: ['counter c = 2', 'logical = 1us', 'run = ended', 'position = 6'],
  },
  {
    name: 'end-at-once',
    about: 'end_of_program stops the machine; nothing runs after it',
    program: ['counter c', 'future 10us, there', 'end_of_program', 'there: add_to_counter c, 1', 'halt'],
    script: ['run until 1000us', 'at 2000us wake'],
    expect: ['run = ended', 'counter c = 0', 'position = 1', 'errors = none'],
  },
];

/** Cases of this file. */
export const GRID_CASES: readonly CaseText[] = [...grids, ...delays, ...orders, ...futures];
