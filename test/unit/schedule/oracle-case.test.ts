// The format of data cases: what it reads and what it refuses.
import { expect, test } from '@jest/globals';
import { toHex } from '../../../schedule/bytes.js';
import { parseOracleCase } from '../../support/oracle-case.js';
import { actualLines, expectedLines } from '../../support/oracle-expect.js';
import { runCaseOnOracle } from '../../support/oracle-run.js';

const PROGRAM = [
  '-- program',
  'channel bus = 3 from 02:00:00:00:00:02',
  'var v : u8',
  'queue q : u8 depth 1',
  'end_of_program',
];

function parse(...script: string[]): ReturnType<typeof parseOracleCase> {
  return parseOracleCase('sample', ['# about', ...PROGRAM, '-- script', ...script, ''].join('\n'));
}

test('steps with instants on CLOCK_MONOTONIC and resolved names', () => {
  const { steps } = parse(
    'at -1us write v 7',
    'at 0us start',
    'at 1.5us refuse on',
    'at 2us take q',
    '# a comment',
    '',
    'run until 1ms',
  );
  expect(steps).toEqual([
    { kind: 'write', atNs: 999_999_000n, variable: 0, name: 'v', value: 7n },
    { kind: 'start', atNs: 1_000_000_000n },
    { kind: 'refuse', atNs: 1_000_001_500n, on: true },
    { kind: 'take', atNs: 1_000_002_000n, queue: 1, name: 'q' },
    { kind: 'run', atNs: 1_001_000_000n },
  ]);
});

test('a start at 0 stands first where none is written', () => {
  expect(parse('at 0us wake').steps.map((step) => step.kind)).toEqual(['start', 'wake']);
});

test('frames are bytes: their time is the instant in CLOCK_TAI, 37 s ahead', () => {
  const { steps } = parse('at 1us frame from 02:00:00:00:00:02 channel bus seq 258 payload hex:0a0b');
  const [, step] = steps;
  const body =
    '0101' + '0003' + '00000102' + '00020000' + '00000000' + (38_000_001_000).toString(16).padStart(16, '0') + '0a0b';
  expect(step?.kind === 'deliver' && toHex(step.bytes)).toBe(('ffffffffffff02000000000288b5' + body).padEnd(120, '0'));
});

test.each([
  ['at 1us dance', 'unknown step'],
  ['at 1 wake', 'not an instant'],
  ['at 1us write w 1', 'no variable'],
  ['at 1us take v', 'no queue'],
  ['at 1us raw 00', 'not bytes'],
  ['at 1us frame from 02:00:00:00:00:02 payload hex:', 'no channel'],
  ['at 1us frame somehow', 'not a frame'],
])('refused: %s', (line, message) => {
  expect(() => parse(line)).toThrow(message);
});

test('steps out of the order of time are refused', () => {
  expect(() => parse('at 2us wake', 'at 1us wake')).toThrow('goes back in time');
});

test.each([
  [['-- program', 'end_of_program'], 'a section is missing'],
  [[...PROGRAM, '-- script', '-- trace'], 'unknown section trace'],
  [['stray', ...PROGRAM, '-- script'], 'text before the first section'],
  [['-- program', 'nonsense', '-- script'], 'sample: 1:'],
])('a file that is no case is refused: %j', (lines, message) => {
  expect(() => parseOracleCase('sample', lines.join('\n'))).toThrow(message);
});

test('a wrong expectation is found, a frame too many or too few as well', () => {
  const lines = [
    ...PROGRAM,
    '-- script',
    'run until 0us',
    '-- expect',
    'var v = 1',
    'frame at 0us L 0us sync bus seq 0',
  ];
  const oracleCase = parseOracleCase('sample', lines.join('\n'));
  expect(expectedLines(oracleCase)).toEqual(['var v = 1', 'frame at 0us L 0us sync bus seq 0']);
  expect(actualLines(oracleCase, runCaseOnOracle(oracleCase))).toEqual(['var v = 0']);
});
