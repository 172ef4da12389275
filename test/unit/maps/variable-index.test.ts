import { describe, expect, test } from '@jest/globals';
import { parseVariableIndex, formatVariableIndex, VariableIndexError } from '../../../maps/variable-index.js';
import type { Manifest } from '../../../maps/manifest.js';

const variables: Manifest['variables'] = [
  { name: 'temperature', id: 1, type: { kind: 'integer', signed: false, size: 2 }, writer: 'application', offset: 0 },
  { name: 'drift', id: 2, type: { kind: 'integer', signed: true, size: 8 }, writer: 'network', offset: 8 },
  { name: 'blob', id: 255, type: { kind: 'bytes', size: 33 }, writer: 'network', offset: 16 },
];
// 16 + head 16 + two buffers of 64.
const manifest = { varsSize: 160, variables } as Manifest;
const PIN = '/sys/fs/bpf/ncbpf/eth0%2e100/nc_vars';
const WRITERS = '/run/ncbpf/eth0.100.writers';

const TEXT = `ncbpf-vars 1 160 ${PIN} ${WRITERS}
temperature 1 integer 2 0 0 application
drift 2 integer 8 1 8 network
blob 255 bytes 33 0 16 network
`;

test('an index is a line about the whole and one for each variable', () => {
  expect(formatVariableIndex(manifest, PIN, WRITERS)).toBe(TEXT);
});

test('is read as it was written', () => {
  expect(parseVariableIndex(TEXT)).toEqual({ size: 160, pin: PIN, writers: WRITERS, variables });
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
    ['another version', TEXT.replace('vars 1', 'vars 2'), 'version 2'],
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
