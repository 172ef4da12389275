import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { checkSource } from '../../../lang/compile.js';
import { formatSource } from '../../../lang/format.js';
import { parseSource } from '../../../lang/parser.js';
import { printTree } from '../../../lang/print.js';
import { Report } from '../../../lang/report.js';
import { amount } from '../../support/random.js';
import { programText } from './program-arbitrary.js';

// NCBPF_STRESS=10000 does more of the same.
jest.setTimeout(60_000 + 200 * amount(0));

const format = (...lines: string[]) => formatSource(lines.join('\n'), 'a.nc')?.split('\n');

describe('the canonical form with its comments', () => {
  test('keeps comments where they are, and blank lines beside those that stand alone', () => {
    expect(
      format(
        '# a licence',
        '',
        '# about the node',
        'node tx   #the node',
        '',
        '',
        'tick 1us',
        '   # about the loop',
        'start: nop # first',
        '',
        'nop',
        '  # inside',
        '# at the margin',
        '',
        'wait 1ms,start',
        'last: # of all',
        'halt',
        '  # the end',
      ),
    ).toEqual([
      '# a licence',
      '',
      '# about the node',
      'node tx  #the node',
      'tick 1us',
      '',
      '    # about the loop',
      'start:',
      '    nop  # first',
      '    nop',
      '    # inside',
      '# at the margin',
      '',
      '    wait 1ms, start',
      'last:  # of all',
      '    halt',
      '    # the end',
      '',
    ]);
  });

  test('has one blank line between declarations and instructions, wherever the comments are', () => {
    expect(format('tick 1us', '# here', '', '', 'nop')).toEqual(['tick 1us', '# here', '', '    nop', '']);
    expect(format('tick 1us', '', '# here', 'nop')).toEqual(['tick 1us', '', '# here', '    nop', '']);
    expect(format('tick 1us', '# here', 'nop')).toEqual(['tick 1us', '', '# here', '    nop', '']);
  });

  test('is the canonical text where there are no comments: the program id is its SHA-256', () => {
    const text = 'tick 2us\n\n\nvar a:u8=0x0A\nstart:\n\n create a->m\nwait 1,start';
    expect(formatSource(text, 'a.nc')).toBe(printTree(parseSource(text, 'a.nc', new Report())));
  });

  test('keeps every comment of a text without a program', () => {
    expect(format('  # one', '', '', '#two')).toEqual(['    # one', '', '#two', '']);
    expect(formatSource('', 'a.nc')).toBe('');
  });

  test('a text with a mistake of form has none', () => {
    expect(formatSource('start:\n    wiat 1ms, start', 'a.nc')).toBeNull();
    expect(formatSource(Uint8Array.of(0x23, 0xff), 'a.nc')).toBeNull();
  });

  test('a text whose names are wrong has one: that is no mistake of form', () => {
    expect(format('goto   nowhere')).toEqual(['    goto nowhere', '']);
  });
});

const comment = fc.constantFrom('', '', '', '# one', '  # two', '\t#three # four', '#', '    #\u00a0five\u{1d6d1} ');

/** Comments and blank lines between and behind the lines of a program. */
const commented = fc
  .tuple(programText, fc.array(fc.tuple(fc.boolean(), comment, fc.nat(2)), { minLength: 5, maxLength: 30 }))
  .map(([text, extras]) => {
    return text
      .split(/\r?\n/)
      .flatMap((line, index) => {
        const [behind, words, blank] = extras[index % extras.length]!;
        const blanks = Array<string>(blank).fill('');
        return behind && !line.includes('#') ? [line + words, ...blanks] : [line, words, ...blanks];
      })
      .join('\n');
  });

describe('for any program', () => {
  const commentsOf = (text: string) => {
    return parseSource(text, 'a.nc', new Report()).comments.map(({ text: words, alone }) => [words, alone]);
  };

  test('nothing is lost, twice is once, and the program id stays', () => {
    fc.assert(
      fc.property(commented, (text) => {
        const formatted = formatSource(text, 'a.nc')!;
        expect(commentsOf(formatted)).toEqual(commentsOf(text));
        expect(formatSource(formatted, 'a.nc')).toBe(formatted);
        const canonical = (source: string) => printTree(parseSource(source, 'a.nc', new Report()));
        expect(canonical(formatted)).toBe(canonical(text));
        expect(checkSource(formatted, 'a.nc').program?.programId).toBe(checkSource(text, 'a.nc').program?.programId);
      }),
      { numRuns: amount(300), seed: 6 },
    );
  });

  test('a comment stays between the same statements', () => {
    const places = (source: string) => {
      const tree = parseSource(source, 'a.nc', new Report());
      const statements = [...tree.declarations, ...tree.instructions].map(({ span }) => span.line);
      return tree.comments.map(
        ({ line, alone }) => statements.filter((each) => each < line || (!alone && each === line)).length,
      );
    };
    fc.assert(
      fc.property(commented, (text) => {
        expect(places(formatSource(text, 'a.nc')!)).toEqual(places(text));
      }),
      { numRuns: amount(300), seed: 7 },
    );
  });
});
