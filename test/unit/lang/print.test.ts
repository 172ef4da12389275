import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkSource } from '../../../lang/compile.js';
import { parseSource } from '../../../lang/parser.js';
import { printTree } from '../../../lang/print.js';
import { Report } from '../../../lang/report.js';
import type { Tree } from '../../../lang/tree.js';
import { programText } from './program-arbitrary.js';

function parse(text: string): Tree {
  const report = new Report();
  const tree = parseSource(text, 'a.nc', report);
  expect(report.sorted()).toEqual([]);
  return tree;
}

/** A tree without what depends on the places in the text. */
function form({ declarations, instructions, danglingLabels }: Tree): unknown {
  const text = JSON.stringify({ declarations, instructions, danglingLabels }, (key, value: unknown) => {
    if (key === 'span') return undefined;
    return typeof value === 'bigint' ? value.toString() : value;
  });
  return JSON.parse(text);
}

const idOf = (text: string) => checkSource(text, 'a.nc').program?.programId;

describe('the canonical text', () => {
  test('parses to the tree that it was printed from, and is printed from it again', () => {
    fc.assert(
      fc.property(programText, (text) => {
        const tree = parse(text);
        const canonical = printTree(tree);
        const again = parse(canonical);
        expect(form(again)).toEqual(form(tree));
        expect(printTree(again)).toBe(canonical);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test('has one form for spaces, numbers, MACs, clauses, guards and labels', () => {
    const text = [
      'channel  bus queue 007 from 02:00:00:00:00:0A,02:00:00:00:00:0b = 3 # comment',
      'var a=1:u16=0x0F',
      'const d = 01.50ms',
      'const p = 0.50',
      '# comment',
      'start:if  not always_true( )probability p goto start',
      '\tstop:end_of_program',
    ].join('\r\n');
    expect(printTree(parse(text))).toBe(
      [
        'channel bus = 3 from 02:00:00:00:00:0a, 02:00:00:00:00:0b queue 7',
        'var a = 1 : u16 = 0x0f',
        'const d = 1.5ms',
        'const p = 0.5',
        '',
        'start:',
        '    if not always_true probability p goto start',
        'stop:',
        '    end_of_program',
        '',
      ].join('\n'),
    );
  });

  test('has no blank line without declarations', () => {
    expect(printTree(parse('nop\nend_of_program'))).toBe('    nop\n    end_of_program\n');
  });
});

describe('the program id', () => {
  const text = 'start:\n    if always_true probability 0.5 goto next\nnext: wait 1ms, start\n';

  test('is the first 32 bits of the SHA-256 of the canonical text', () => {
    // printf '    end_of_program\n' | sha256sum
    expect(idOf('end_of_program')).toBe(0xa6dad351);
  });

  test('does not change with comments, spaces and line ends', () => {
    expect(idOf(`# a comment\n${text.replaceAll('    ', '\t').replaceAll('\n', '\r\n')}`)).toBe(idOf(text));
  });

  test('changes with the program, a probability included', () => {
    expect(idOf(text.replace('0.5', '0.6'))).not.toBe(idOf(text));
    expect(idOf(text.replace('1ms', '2ms'))).not.toBe(idOf(text));
  });
});

test('comments stay in the tree, with their places', () => {
  const { comments } = parse('# first\nstart: wait 1ms, start # second  \n\n  #third');
  expect(comments).toEqual([
    { text: '# first', line: 1, column: 1, alone: true },
    { text: '# second', line: 2, column: 24, alone: false },
    { text: '#third', line: 4, column: 3, alone: true },
  ]);
});
