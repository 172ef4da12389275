import { describe, expect, test } from '@jest/globals';
import { formatCpuList, parseCpuList } from '../../../loader/cpu-list.js';
import { parseCpuMask, parseEthtool } from '../../../loader/interface-facts.js';

describe('lists of processors', () => {
  const LISTS: [text: string, cpus: number[]][] = [
    ['0', [0]],
    ['0-2,8', [0, 1, 2, 8]],
    ['1,3,5-6', [1, 3, 5, 6]],
  ];

  test.each(LISTS)('%s', (text, cpus) => {
    expect(parseCpuList(text)).toEqual(cpus);
    expect(formatCpuList(cpus)).toBe(text);
  });

  test('what is none has no members', () => {
    expect(['', '\n', '(null)', '1-', 'a'].flatMap(parseCpuList)).toEqual([]);
    expect(formatCpuList([])).toBe('');
  });

  test('masks, in groups of 32 from the highest', () => {
    expect(parseCpuMask('c')).toEqual([2, 3]);
    expect(parseCpuMask('00000001,00000002')).toEqual([1, 32]);
    expect(parseCpuMask('00000000,00000000')).toEqual([]);
  });
});

test('what ethtool says: on, off and numbers', () => {
  const text = [
    'Features for eth0:',
    'tx-checksumming: on',
    '\ttx-tcp-segmentation: off [fixed]',
    'Adaptive RX: on  TX: n/a',
    'stats-block-usecs: n/a',
    'rx-usecs: 3',
    '',
  ].join('\n');
  expect(parseEthtool(text)).toEqual({
    'tx-checksumming': true,
    'tx-tcp-segmentation': false,
    'adaptive-rx': true,
    'rx-usecs': 3,
  });
});
