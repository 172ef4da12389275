import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CODES } from '../../../lang/codes.js';
import { checkSource, type CheckResult } from '../../../lang/compile.js';
import { DEFAULT_RATE } from '../../../schedule/verify/system.js';
import { withWireTime } from '../../../schedule/warn/wire.js';
import { readDiagnosticCase } from './diagnostic-case.js';

const CASES = join('test', 'cases', 'diagnostics');
const files = readdirSync(CASES);

/** What `ncbpf check` says. */
function check(source: string | Uint8Array, file: string): CheckResult {
  const result = checkSource(source, file);
  const programs = result.program === null ? [] : [result.program];
  return { ...result, diagnostics: withWireTime(result.diagnostics, programs, [file], DEFAULT_RATE) };
}

describe('every case gives its diagnostics', () => {
  test.each(files)('%s', (file) => {
    const { source, expected } = readDiagnosticCase(join(CASES, file));
    const { diagnostics, program } = check(source, file);
    const found = diagnostics.map(({ span, severity, code }) => {
      return `${span.line}:${span.column}-${span.endColumn} ${severity} ${code}`;
    });
    expect(found).toEqual(expected);
    expect(program === null).toBe(expected.some((line) => line.includes(' error ')));
    expect(diagnostics.every(({ span }) => span.file === file)).toBe(true);
  });
});

describe('the table of codes', () => {
  const covered = new Set(files.flatMap((file) => readDiagnosticCase(join(CASES, file)).expected.map(codeOf)));

  // NC8 and NC9 come from the other front ends.
  test.each(Object.keys(CODES).filter((code) => !/^NC[89]/.test(code)))('%s has a case', (code) => {
    expect(covered).toContain(code);
  });

  test('docs/diagnostics.md has one heading for each code, with its title, and no other', () => {
    const headings = readFileSync(join('docs', 'diagnostics.md'), 'utf8').match(/^### NC.*$/gm);
    expect(headings).toEqual(Object.entries(CODES).map(([code, { title }]) => `### ${code}: ${title}`));
  });

  test.each(documentedExamples())('the example of %s shows it and no other error', (code, example) => {
    const { diagnostics } = check(example, 'example.nc');
    const codes = diagnostics.map((diagnostic) => diagnostic.code as string);
    expect(codes).toContain(code);
    expect(codes.filter((found) => found !== code && !found.startsWith('NC6'))).toEqual([]);
  });

  test('warnings are the codes NC6xxx, and NC86xx of the binary formats', () => {
    for (const [code, { severity }] of Object.entries(CODES)) {
      expect(severity).toBe(/^NC(?:6|86)/.test(code) ? 'warning' : 'error');
    }
  });
});

function codeOf(expected: string): string {
  return expected.split(' ').at(-1) ?? '';
}

function documentedExamples(): [code: string, example: string][] {
  const text = readFileSync(join('docs', 'diagnostics.md'), 'utf8');
  return text.split(/^### /m).flatMap((paragraph): [string, string][] => {
    const example = /^```nc\n([^]*?)^```$/m.exec(paragraph)?.[1];
    return example === undefined ? [] : [[paragraph.slice(0, 'NC0000'.length), example]];
  });
}
