import { describe, expect, test } from '@jest/globals';
import { parseVariableIndex, formatVariableIndex, VariableIndexError } from '../../../maps/variable-index.js';
import type { Manifest } from '../../../maps/manifest.js';

const variables: Manifest['variables'] = [
  { name: 'temperature', id: 1, type: { kind: 'integer', signed: false, size: 2 }, writer: 'application', offset: 0 },
  { name: 'drift', id: 2, type: { kind: 'integer', signed: true, size: 8 }, writer: 'network', offset: 8 },
  { name: 'blob', id: 255, type: { kind: 'bytes', size: 33 }, writer: 'network', offset: 16 },
];
// 16 + head 16 + two buffers of 64.
const manifest = { varsSize: 160, variables, queues: [] as Manifest['queues'] } as Manifest;
// A head of 16 and 4 slots of 8; a head of 16 and 2 slots of 8 + 64.
const queues: Manifest['queues'] = [
  {
    name: 'numbers',
    id: 3,
    type: { kind: 'integer', signed: true, size: 4 },
    writer: 'application',
    offset: 160,
    depth: 4,
    taker: 'network',
  },
  {
    name: 'words',
    id: 4,
    type: { kind: 'bytes', size: 33 },
    writer: 'network',
    offset: 208,
    depth: 2,
    taker: 'application',
  },
];
const PIN = '/sys/fs/bpf/ncbpf/eth0%2e100/nc_vars';
const WRITERS = '/run/ncbpf/eth0.100.writers';

const TEXT = `ncbpf-vars 1 160 ${PIN} ${WRITERS}
temperature 1 integer 2 0 0 application
drift 2 integer 8 1 8 network
blob 255 bytes 33 0 16 network
`;

const WITH_QUEUES = `${TEXT.replace('vars 1 160', 'vars 2 368')}numbers 3 queue 4 1 160 application integer 4 network
words 4 queue 33 0 208 network bytes 2 application
`;

test('an index is a line about the whole and one for each variable', () => {
  expect(formatVariableIndex(manifest, PIN, WRITERS)).toBe(TEXT);
});

test('is read as it was written', () => {
  expect(parseVariableIndex(TEXT)).toEqual({ size: 160, pin: PIN, writers: WRITERS, variables, queues: [] });
});

test('queues make it version 2, with a longer line for each', () => {
  expect(formatVariableIndex({ ...manifest, varsSize: 368, queues }, PIN, WRITERS)).toBe(WITH_QUEUES);
  expect(parseVariableIndex(WITH_QUEUES)).toEqual({ size: 368, pin: PIN, writers: WRITERS, variables, queues });
});

test('a program without variables has the first line only', () => {
  const text = formatVariableIndex({ ...manifest, varsSize: 8, variables: [] }, PIN, WRITERS);
  expect(parseVariableIndex(text).variables).toEqual([]);
});

test('paths with white space are refused', () => {
  expect(() => formatVariableIndex(manifest, '/a b', WRITERS)).toThrow(VariableIndexError);
});

describe('damaged', () => {
  test.each([
    ['empty', '', 'first line'],
    ['another file', '{"attachment": {}}\n', 'first line'],
    ['another version', TEXT.replace('vars 1', 'vars 3'), 'version 3'],
    ['a queue in version 1', WITH_QUEUES.replace('vars 2', 'vars 1'), 'numbers'],
    ['a queue beyond the map', WITH_QUEUES.replace('vars 2 368', 'vars 2 367'), 'words'],
    ['a queue of depth 0', WITH_QUEUES.replace('integer 4 network', 'integer 0 network'), 'numbers'],
    ['a queue of depth 257', WITH_QUEUES.replace('integer 4 network', 'integer 257 network'), 'numbers'],
    ['a queue without a taker', WITH_QUEUES.replace('bytes 2 application', 'bytes 2'), 'words'],
    ['a queue of integers of three bytes', WITH_QUEUES.replace('queue 4', 'queue 3'), 'numbers'],
    ['a variable beyond the map', TEXT.replace('vars 1 160', 'vars 1 159'), 'blob 255'],
    ['a crooked place', TEXT.replace(' 8 1 8 ', ' 8 1 9 '), 'drift'],
    ['an integer of three bytes', TEXT.replace('integer 2', 'integer 3'), 'temperature'],
    ['a cut line', TEXT.slice(0, -10), 'blob'],
    ['an empty line', `${TEXT}\n`, 'line ""'],
  ])('%s', (_, text, words) => {
    expect(() => parseVariableIndex(text)).toThrow(VariableIndexError);
    expect(() => parseVariableIndex(text)).toThrow(words);
  });
});
