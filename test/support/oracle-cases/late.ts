// Blocks that start late: the tolerance, what is suppressed, and the 65th late block in a row.
import { A, times } from './text.js';
import type { CaseText } from './text.js';

/** Instruction 0 and 1 run at 0, then a block of 1 send every 100us. Blocks are due at 0, 100, 200 ... us. */
function loop(...declarations: string[]): string[] {
  return [
    ...declarations,
    'channel bus',
    'var v : u8 = 7',
    'message m',
    'counter rounds',
    'create v -> m',
    'again: send bus, m',
    'add_to_counter rounds, 1',
    'wait 100us, again',
  ];
}

function sent(at: string, logical: string, seq: number): string {
  return `frame at ${at} L ${logical} data bus seq ${seq} payload hex:07`;
}

const FIRST = sent('0us', '0us', 0);

/** Declarations, wake-up of the block due at 100us, whether it counts as late. */
const TOLERANCES: readonly (readonly [name: string, declaration: readonly string[], at: string, late: boolean])[] = [
  ['default-in-time', [], '100us', false],
  ['default-inside', [], '120us', false],
  ['default-exactly', [], '150us', false],
  ['default-one-ns-more', [], '150.001us', true],
  ['default-far', [], '199us', true],
  ['zero-in-time', ['tolerance 0us'], '100us', false],
  ['zero-one-ns', ['tolerance 0us'], '100.001us', true],
  ['ten-exactly', ['tolerance 10us'], '110us', false],
  ['ten-one-ns-more', ['tolerance 10us'], '110.001us', true],
  ['one-ns-exactly', ['tolerance 1ns'], '100.001us', false],
  ['one-ns-two', ['tolerance 1ns'], '100.002us', true],
  ['second', ['tolerance 1s'], '500000us', false],
];

const tolerances = TOLERANCES.map(([name, declaration, at, late]): CaseText => ({
  name: `tolerance-${name}`,
  about: `a block due at 100us starts at ${at}: ${late ? 'late, its send is suppressed' : 'not late, its send goes out with the exact L'}`,
  program: loop(...declaration),
  script: ['at 0us wake', `at ${at} wake`],
  expect: [
    `errors = ${late ? 'deadline_missed' : 'none'}`,
    `stat deadline_missed = ${late ? 1 : 0}`,
    `channel bus suppressed = ${late ? 1 : 0}`,
    'counter rounds = 2',
    'logical = 100us',
    FIRST,
    ...(late ? [] : [sent(at, '100us', 1)]),
  ],
}));

const lateSend = TOLERANCES.filter(([, , , late]) => late).map(([name, declaration, at]): CaseText => ({
  name: `late-send-${name}`,
  about: 'late send: the block is as late, but its send goes out, with the L of its grid',
  program: loop(...declaration, 'late send'),
  script: ['at 0us wake', `at ${at} wake`],
  expect: [
    'errors = deadline_missed',
    'stat deadline_missed = 1',
    'channel bus suppressed = 0',
    FIRST,
    sent(at, '100us', 1),
  ],
}));

/** Wake-ups of the blocks due at 100us, 200us ..., each `lateUs` late. */
function wakes(count: number, lateUs: number, first = 1): string[] {
  return times(count, (index) => `at ${(index + first) * 100 + lateUs}us wake`);
}

const single: CaseText[] = [
  {
    name: 'late-drop-declared',
    about: 'late drop is the default and may be written',
    program: loop('late drop'),
    script: ['at 0us wake', 'at 170us wake'],
    expect: ['errors = deadline_missed', 'channel bus suppressed = 1', FIRST],
  },
  {
    name: 'late-then-in-time',
    about: 'a block that starts in time clears deadline_missed, and is on the grid: nothing drifts',
    program: loop(),
    script: ['at 0us wake', 'at 180us wake', 'at 200us wake', 'at 300us wake'],
    expect: [
      'errors = none',
      'stat deadline_missed = 1',
      'channel bus suppressed = 1',
      'logical = 300us',
      FIRST,
      sent('200us', '200us', 1),
      sent('300us', '300us', 2),
    ],
  },
  {
    name: 'late-first-block',
    about: 'the first block is due at the start',
    program: loop(),
    script: ['at 51us wake'],
    expect: ['errors = deadline_missed', 'channel bus suppressed = 1', 'logical = 0us', 'frames = none'],
  },
  {
    name: 'late-receive-still-works',
    about: 'a late block does everything but send',
    program: [
      `channel bus from ${A}`,
      'var v : u8',
      'var w : u8 = 4',
      'message m',
      'counter c',
      'wait 100us',
      'receive bus -> v',
      'create w -> m',
      'add_to_counter c, 3',
      'end_of_program',
    ],
    script: ['at 0us wake', `at 10us frame from ${A} channel bus seq 0 payload hex:21`, 'at 1000us wake'],
    expect: ['var v = 33', 'message m = hex:04', 'counter c = 3', 'errors = deadline_missed', 'run = ended'],
  },
  {
    name: 'late-sync-master',
    about: 'a late sync master is suppressed and uses no sequence number',
    program: ['channel bus', 'again: sync master bus', 'wait 100us, again'],
    script: ['at 0us wake', 'at 151us wake', 'at 200us wake'],
    expect: [
      'channel bus suppressed = 1',
      'channel bus sync_sent = 2',
      'errors = none',
      'frame at 0us L 0us sync bus seq 0',
      'frame at 200us L 200us sync bus seq 1',
    ],
  },
  {
    name: 'late-sync-master-sends-with-late-send',
    about: 'late send: the sync frame carries the L of the grid',
    program: ['late send', 'channel bus', 'again: sync master bus', 'wait 100us, again'],
    script: ['at 0us wake', 'at 151us wake'],
    expect: [
      'channel bus suppressed = 0',
      'errors = deadline_missed',
      'frame at 0us L 0us sync bus seq 0',
      'frame at 151us L 100us sync bus seq 1',
    ],
  },
  {
    name: 'late-each-send-is-counted',
    about: 'every suppressed send of a block is counted, on its channel',
    program: [
      'channel bus',
      'channel other',
      'var v : u8 = 7',
      'message m',
      'create v -> m',
      'wait 100us',
      'send bus, m',
      'send other, m',
      'send bus, m',
      'sync master other',
      'end_of_program',
    ],
    script: ['at 0us wake', 'at 151us wake'],
    expect: ['channel bus suppressed = 2', 'channel other suppressed = 2', 'frames = none', 'stat deadline_missed = 1'],
  },
  {
    name: 'late-empty-message-is-no-suppressed-send',
    about: 'a send of an empty message sends nothing anyway: message_empty, not suppressed',
    program: ['channel bus', 'message m', 'wait 100us', 'send bus, m', 'end_of_program'],
    script: ['at 0us wake', 'at 151us wake'],
    expect: ['errors = deadline_missed, message_empty', 'channel bus suppressed = 0'],
  },
  {
    name: 'late-two-blocks-at-once',
    about: 'a stalled machine catches up block by block; each is judged against its own instant',
    program: loop(),
    script: ['at 0us wake', 'at 240us wake', 'at 240us wake', 'at 240us wake'],
    expect: [
      'counter rounds = 3',
      'stat deadline_missed = 1',
      'errors = none',
      'channel bus suppressed = 1',
      FIRST,
      sent('240us', '200us', 1),
    ],
  },
  {
    name: 'wake-too-early',
    about: 'nothing runs before it is due',
    program: loop(),
    script: ['at 0us wake', 'at 99.999us wake', 'at 99.999us wake'],
    expect: ['counter rounds = 1', 'logical = 0us', 'position = 1', 'run = running', FIRST],
  },
  {
    name: 'late-two-futures-one-stall',
    about: 'two armed futures are late together; the second is in time again for the tolerance',
    program: [
      'channel bus',
      'var v : u8 = 7',
      'message m',
      'create v -> m',
      'future 100us, one',
      'future 130us, one',
      'halt',
      'one: send bus, m',
      'halt',
    ],
    script: ['at 0us wake', 'at 170us wake', 'at 170us wake'],
    expect: [
      'stat deadline_missed = 1',
      'channel bus suppressed = 1',
      'run = failed no_future',
      'errors = no_future',
      sent('170us', '130us', 0),
    ],
  },
];

const inRow: CaseText[] = [
  {
    name: 'late-64-in-row',
    about: '64 late blocks in a row leave the grid alone; the next in time is on it',
    program: loop(),
    script: ['at 0us wake', ...wakes(64, 60), 'at 6500us wake'],
    expect: [
      'stat deadline_missed = 64',
      'stat restarted_grids = 0',
      'channel bus suppressed = 64',
      'errors = none',
      'logical = 6500us',
      FIRST,
      sent('6500us', '6500us', 1),
    ],
  },
  {
    name: 'late-65-in-row',
    about: 'the 65th late block in a row restarts the grid at now; its send is still judged against its due instant',
    program: loop(),
    script: ['at 0us wake', ...wakes(65, 60)],
    expect: [
      'stat deadline_missed = 65',
      'stat restarted_grids = 1',
      'channel bus suppressed = 65',
      'errors = deadline_missed',
      'logical = 6560us',
      FIRST,
    ],
  },
  {
    name: 'late-65-new-grid',
    about: 'after a restart the grid counts from the instant of the late block',
    program: loop(),
    script: ['at 0us wake', ...wakes(65, 60), 'at 6659us wake', 'at 6660us wake', 'at 6760us wake'],
    expect: [
      'stat restarted_grids = 1',
      'errors = none',
      FIRST,
      sent('6660us', '6660us', 1),
      sent('6760us', '6760us', 2),
    ],
  },
  {
    name: 'late-65-with-late-send',
    about: 'late send: the frame of the 65th late block carries the new L',
    program: loop('late send'),
    script: ['at 0us wake', ...wakes(65, 60)],
    expect: [
      'stat restarted_grids = 1',
      FIRST,
      ...times(64, (index) => sent(`${(index + 1) * 100 + 60}us`, `${(index + 1) * 100}us`, index + 1)),
      sent('6560us', '6560us', 65),
    ],
  },
  {
    name: 'late-count-starts-again',
    about: 'one block in time starts the count again: 64 and 64 late blocks are no 65 in a row',
    program: loop(),
    script: ['at 0us wake', ...wakes(64, 60), 'at 6500us wake', ...wakes(64, 60, 66)],
    expect: [
      'stat deadline_missed = 128',
      'stat restarted_grids = 0',
      'channel bus suppressed = 128',
      'logical = 12900us',
      FIRST,
      sent('6500us', '6500us', 1),
    ],
  },
  {
    name: 'late-count-starts-again-after-restart',
    about: 'after a restart 64 more late blocks are needed before the next',
    program: loop(),
    script: [
      'at 0us wake',
      ...wakes(65, 60),
      // The new grid is 6560 + 100 k; 64 late blocks on it, then the 65th.
      ...times(64, (index) => `at ${6660 + index * 100 + 60}us wake`),
    ],
    expect: ['stat deadline_missed = 129', 'stat restarted_grids = 1', 'logical = 12960us', FIRST],
  },
  {
    name: 'late-second-restart',
    about: 'the 65th late block on the new grid restarts it again',
    program: loop(),
    script: ['at 0us wake', ...wakes(65, 60), ...times(65, (index) => `at ${6660 + index * 100 + 60}us wake`)],
    expect: ['stat deadline_missed = 130', 'stat restarted_grids = 2', 'logical = 13120us', FIRST],
  },
  {
    name: 'late-stalled-10ms',
    about: 'stalled for 10 ms in a 100 us loop: nothing is sent late, and the 65th late block sets the grid to now',
    program: loop(),
    script: ['at 0us wake', ...times(100, () => 'at 10000us wake'), 'at 10100us wake', 'at 10200us wake'],
    expect: [
      'stat deadline_missed = 65',
      'stat restarted_grids = 1',
      'channel bus suppressed = 65',
      'counter rounds = 68',
      FIRST,
      sent('10100us', '10100us', 1),
      sent('10200us', '10200us', 2),
    ],
  },
  {
    name: 'late-stalled-5ms',
    about: 'a stall of 50 periods is made up for without a restart: the old grid goes on',
    program: loop(),
    // Due 100 to 4900us: 49 late blocks; due 5000us: 10us late, in time.
    script: ['at 0us wake', ...times(60, () => 'at 5010us wake'), 'at 5100us wake'],
    expect: [
      'stat deadline_missed = 49',
      'stat restarted_grids = 0',
      'counter rounds = 52',
      FIRST,
      sent('5010us', '5000us', 1),
      sent('5100us', '5100us', 2),
    ],
  },
  {
    name: 'late-restart-leaves-futures',
    about: 'a restart moves L, not the futures that are armed',
    program: [
      'counter other',
      'future 7s, far',
      'again: wait 100us, again',
      'far: add_to_counter other, 1',
      'end_of_program',
    ],
    script: ['at 0us wake', ...wakes(65, 60)],
    expect: ['stat restarted_grids = 1', 'logical = 6560us', 'futures = 7000000us 2', 'run = running'],
  },
];

/** Cases of this file. */
export const LATE_CASES: readonly CaseText[] = [...tolerances, ...lateSend, ...single, ...inRow];
