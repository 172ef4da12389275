import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CODES } from '../../../../lang/codes.js';
import { runBytecodeCase } from './bytecode-case.js';

const CASES = join('test', 'cases', 'bytecode');
const cases = readdirSync(CASES).map((file) => [file, runBytecodeCase(join(CASES, file))] as const);

describe('every case gives its diagnostics', () => {
  test.each(cases)('%s', (_file, { found, done, expected }) => {
    const shown = found.map(({ span: { line, column, endColumn }, severity, code }) => {
      return `${line}:${column}-${endColumn} ${severity} ${code}`;
    });
    expect(shown).toEqual(expected);
    expect(done).toBe(!expected.some((line) => line.includes(' error ')));
  });
});

test('what is said of a record names its number, counted from 0', () => {
  const diagnostics = cases.flatMap(([, { found }]) => found);
  const ofRecords = diagnostics.filter(({ code }) => /^NC800[1-6]$/.test(code));
  expect(ofRecords.length).toBeGreaterThan(5);
  for (const { message, span } of ofRecords) expect(message).toContain(`record ${span.line - 1}`);
});

test.each(Object.keys(CODES).filter((code) => code.startsWith('NC8')))('%s has a case', (code) => {
  // The command line alone knows which interface is used: NC8604 is tested with the params.
  const codes = cases.flatMap(([, { expected }]) => expected.map((line) => line.split(' ').at(-1)));
  expect([...codes, 'NC8604']).toContain(code);
});
