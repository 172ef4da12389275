import { describe, expect, test } from '@jest/globals';
import type { CheckResult } from '../../../lang/compile.js';
import { checkSource } from '../../../lang/compile.js';
import type { Diagnostic } from '../../../lang/diagnostic.js';
import { diagnosticsToJson, renderDiagnostics } from '../../../lang/render.js';

const check = (source: string | Uint8Array): CheckResult => checkSource(source, 'dir/a.nc');
const render = (source: string | Uint8Array, colour = false) =>
  renderDiagnostics(check(source).diagnostics, source, { colour }).split('\n');

function made(span: Partial<Diagnostic['span']>, message = 'text'): Diagnostic {
  const place = { file: 'a.nc', line: 1, column: 1, endLine: 1, endColumn: 2, ...span };
  return { severity: 'error', code: 'NC2003', message, span: place };
}

describe('text', () => {
  test('place, code, source line, marker and hint', () => {
    expect(render('round: wait 1ms, rond')).toEqual([
      'dir/a.nc:1:18: error[NC2003]: the label `rond` is not defined',
      '  round: wait 1ms, rond',
      '                   ^~~~',
      '  hint: did you mean `round`?',
      '',
    ]);
  });

  test('related places', () => {
    const lines = render('message a\nmessage a\nend_of_program');
    expect(lines).toContain('  note: the first declaration: dir/a.nc:1:9');
  });

  test('a tab before the marker stays a tab', () => {
    expect(render('\tnop\t$').slice(1, 3)).toEqual(['  \tnop\t$', '  \t   \t^']);
  });

  test('wide characters take two cells, combining ones none', () => {
    const lines = render('var v : bytes[9] = "\u4e2d\u6587e\u0301" x');
    expect(lines[2]).toBe(`  ${' '.repeat('var v : bytes[9] = "'.length + 4 + 1 + '" '.length)}^`);
    expect(render('var v : bytes[1] = "\u4e2d"\nend_of_program')[2]).toBe(`  ${' '.repeat(19)}^~~~`);
  });

  test('a place after the end of the line', () => {
    expect(render('goto').slice(1, 3)).toEqual(['  goto', '      ^']);
  });

  test('an empty line is not shown', () => {
    expect(render('')).toHaveLength(3);
  });

  test('of a span of several lines the first part is marked', () => {
    const text = renderDiagnostics([made({ column: 3, endLine: 2, endColumn: 1 })], 'abcdef\nxyz');
    expect(text.split('\n').slice(1, 3)).toEqual(['  abcdef', '    ^~~~']);
  });

  test('of a long line the part around the marker is shown', () => {
    const [, line = '', marker = ''] = render('nop '.repeat(500).padStart(2100, ' ').concat('$'));
    expect(line.length).toBeLessThan(200);
    expect(line[marker.indexOf('^')]).toBe('$');
    const [, end = '', last = ''] = renderDiagnostics(
      [made({ column: 1001, endColumn: 1004 })],
      `${'x'.repeat(1000)}abc`,
    ).split('\n');
    expect(end.slice(last.indexOf('^'), last.length)).toBe('abc');
  });

  test('nothing of the source can control the terminal', () => {
    const text = render('nop \u001b[31m\u202e').join('\n');
    expect(['\u001b', '\u202e'].filter((character) => text.includes(character))).toEqual([]);
  });

  test('colour only when asked for', () => {
    expect(render('goto x', true).join('\n')).toContain('\u001b[1;31merror[NC2003]:\u001b[0m');
    expect(render('goto x').join('\n')).not.toContain('\u001b');
  });

  test('a byte order mark and CRLF are not part of a line', () => {
    expect(render('\ufeffgoto x\r\n').slice(1, 3)).toEqual(['  goto x', '       ^']);
  });
});

test('JSON has place, severity, code, message and hint', () => {
  const { diagnostics } = check('start:\n    wait 1ms, start\n    nop');
  expect(diagnosticsToJson(diagnostics)).toEqual([
    {
      file: 'dir/a.nc',
      line: 3,
      column: 5,
      endLine: 3,
      endColumn: 8,
      severity: 'warning',
      code: 'NC6003',
      message: 'control never comes here',
      hint: 'remove it, or put a label here and go to it',
    },
  ]);
  expect(diagnosticsToJson([made({})])[0]?.hint).toBeNull();
});
