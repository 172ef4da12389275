import { describe, expect, test } from '@jest/globals';
import { gateCycle } from '../../../codegen/windows.js';
import { programOf } from '../../support/schedule-machine.js';

const HEAD = ['channel bus from 02:00:00:00:00:02', 'var v : u8', 'message m', 'counter c'];

interface Cycle {
  readonly startUs: number;
  readonly periodUs: number;
  readonly openings: [fromUs: number, toUs: number][];
}

/** The cycle of a program, in microseconds. */
function cycleOf(...lines: string[]): Cycle | null {
  const us = (ns: bigint) => Number(ns) / 1000;
  const cycle = gateCycle(programOf(...HEAD, ...lines));
  if (cycle === null) return null;
  const openings = cycle.openings.map(({ fromNs, toNs }): [number, number] => [us(fromNs), us(toNs)]);
  return { startUs: us(cycle.startNs), periodUs: us(cycle.periodNs), openings };
}

const loop = (...lines: string[]): string[] => ['round:', ...lines, 'wait 500us, round'];

/** So many openings, of 10 us each, every 20 us. */
const windows = (count: number): string[] => [
  'round:',
  ...Array.from({ length: count }, (_, index) => [
    'xsend 10us',
    index < count - 1 ? 'wait 20us' : 'wait 20us, round',
  ]).flat(),
];

describe('one opening in a period is known', () => {
  test.each<[string, string[], [number, number]]>([
    ['a window', loop('wait 500us', 'xsend 200us'), [1000, 200]],
    ['a window of which the period is a single block', loop('xsend 200us'), [500, 200]],
    ['soft, then hard', loop('mode soft', 'wait 300us', 'mode hard'), [800, 300]],
    ['hard ends a window', loop('xsend 400us', 'wait 300us', 'mode hard'), [800, 300]],
    ['hard ends soft and a window', loop('mode soft', 'xsend 400us', 'wait 100us', 'mode hard'), [600, 100]],
    [
      'windows that overlap: the later end',
      loop('xsend 200us', 'wait 100us', 'xsend 200us', 'wait 400us'),
      [1000, 300],
    ],
    ['windows that overlap: the first is longer', loop('xsend 300us', 'wait 100us', 'xsend 100us'), [600, 300]],
    ['a window beyond the end of the period', loop('wait 500us', 'xsend 800us'), [1000, 800]],
    [
      'soft beyond the end of the period, and hard not in its first block',
      loop('wait 200us', 'mode hard', 'wait 300us', 'mode soft'),
      [1000, 700],
    ],
    ['a beginning without openings', ['wait 10ms', ...loop('xsend 200us')], [500, 200]],
    ['guards of which the answer is known', loop('if always_false goto round', 'xsend 200us'), [500, 200]],
    [
      'two blocks by futures',
      ['round:', 'future 1ms, round', 'future 400us, open', 'halt', 'open:', 'xsend 100us', 'halt'],
      [1000, 100],
    ],
    ['whatever the program sends and receives', loop('create v -> m', 'send bus, m', 'xsend 100us'), [500, 100]],
  ])('%s', (_, lines, expected) => {
    const [periodUs, lengthUs] = expected;
    expect(cycleOf(...lines)).toMatchObject({ periodUs, openings: [[0, lengthUs]] });
  });
});

describe('several openings in a period are known', () => {
  test.each<[string, string[], Cycle]>([
    [
      'two',
      loop('xsend 100us', 'wait 200us', 'xsend 50us'),
      {
        startUs: 0,
        periodUs: 700,
        openings: [
          [0, 100],
          [200, 250],
        ],
      },
    ],
    [
      'one right behind the other',
      loop('wait 1ms', 'xsend 100us', 'wait 100us', 'xsend 200us'),
      {
        startUs: 1000,
        periodUs: 1600,
        openings: [
          [0, 100],
          [100, 300],
        ],
      },
    ],
    [
      'the last beyond the end of the period',
      loop('wait 100us', 'xsend 50us', 'wait 200us', 'xsend 550us'),
      {
        startUs: 100,
        periodUs: 800,
        openings: [
          [0, 50],
          [200, 750],
        ],
      },
    ],
    [
      'sixteen',
      windows(16),
      { startUs: 0, periodUs: 320, openings: Array.from({ length: 16 }, (_, index) => [20 * index, 20 * index + 10]) },
    ],
  ])('%s', (_, lines, expected) => {
    expect(cycleOf(...lines)).toEqual(expected);
  });
});

describe('the cycle begins with its first opening', () => {
  test.each<[string, string[], number]>([
    ['in the first block', loop('xsend 200us'), 0],
    ['in a later block', loop('wait 300us', 'xsend 200us'), 300],
    ['behind a beginning', ['wait 10ms', ...loop('wait 300us', 'xsend 200us')], 10300],
    ['behind openings that are not of it', ['xsend 50us', 'wait 10ms', ...loop('xsend 200us')], 10000],
  ])('%s', (_, lines, startUs) => {
    expect(cycleOf(...lines)).toMatchObject({ startUs, openings: [[0, 200]] });
  });
});

describe('not known', () => {
  test.each<[string, string[]]>([
    ['no gate', loop()],
    ['never open', loop('mode hard')],
    ['always open', loop('mode soft')],
    ['always open by windows', loop('xsend 600us')],
    ['seventeen openings', windows(17)],
    ['a guard', loop('if test_count(c, 1) goto round2', 'round2: xsend 100us')],
    ['a guard that asks the gate', loop('if send_buffer_empty goto round2', 'round2: xsend 100us')],
    ['sync slave', loop('sync slave 1ms', 'xsend 100us')],
    ['a handler', ['handle receive_fault, round', ...loop('wait 1ms', 'receive bus -> v', 'xsend 100us')]],
    ['a program that ends', ['xsend 100us', 'wait 1ms', 'end_of_program']],
  ])('%s', (_, lines) => {
    expect(cycleOf(...lines)).toBeNull();
  });
});
