// Whatever the bytes are: an answer, of a bounded size, with places that exist.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CheckResult } from '../../../lang/compile.js';
import { checkSource } from '../../../lang/compile.js';
import { diagnosticsToJson, renderDiagnostics } from '../../../lang/render.js';
import { programText } from './program-arbitrary.js';

const MOST = 2 * 101;

function examine(source: string | Uint8Array): CheckResult {
  const result = checkSource(source, 'a.nc');
  const { diagnostics, program } = result;
  expect(diagnostics.length).toBeLessThanOrEqual(MOST);
  expect(program === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
  const astray = diagnosticsToJson(diagnostics).filter(
    ({ line, column, endLine, endColumn }) => !(line >= 1 && column >= 1 && endLine === line && endColumn >= column),
  );
  expect(astray).toEqual([]);
  expect(renderDiagnostics(diagnostics, source).includes('\u001b')).toBe(false);
  return result;
}

/** Any but surrogates; `fc.string` of them makes a table of all a million first. */
const codePoint = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));

/** Takes a piece out, doubles it or puts something else in its place. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(12),
  insert: fc.oneof(
    fc.array(codePoint, { maxLength: 4 }).map((list) => String.fromCodePoint(...list)),
    fc.constantFrom('\n', ' ', ':', '"', '#', '->', 'none', 'hex:', '0x', '02:', '\0', '\ufeff', '\ud800', 'start'),
  ),
});

function mutate(text: string, mutations: readonly { at: number; length: number; insert: string }[]): string {
  return mutations.reduce((current, { at, length, insert }) => {
    const start = Math.floor(at * current.length);
    return current.slice(0, start) + insert + current.slice(start + length);
  }, text);
}

describe('never throws and always ends', () => {
  test('for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void examine(bytes)),
      { numRuns: 500, seed: 2 },
    );
  });

  test('for random strings, lone surrogates included', () => {
    const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
    fc.assert(
      fc.property(text, (source) => void examine(source)),
      { numRuns: 500, seed: 3 },
    );
  });

  test('for programs with mistakes', () => {
    fc.assert(
      fc.property(programText, fc.array(mutation, { minLength: 1, maxLength: 5 }), (text, mutations) => {
        examine(mutate(text, mutations));
      }),
      { numRuns: 1000, seed: 4 },
    );
  });

  test('for programs, as text and as bytes alike', () => {
    fc.assert(
      fc.property(programText, (text) => {
        expect(examine(new TextEncoder().encode(text)).diagnostics).toEqual(examine(text).diagnostics);
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});

describe('large sources', () => {
  const LARGE = 10_000_000;
  const codes = (source: string | Uint8Array) => new Set(examine(source).diagnostics.map(({ code }) => code));

  test.each([
    ['one word', () => 'a'.repeat(LARGE), 'NC5009'],
    ['zero bytes', () => new Uint8Array(LARGE), 'NC5009'],
    ['bytes that are not UTF-8', () => new Uint8Array(LARGE).fill(0xff), 'NC5009'],
    ['empty lines', () => '\n'.repeat(LARGE), 'NC4004'],
    ['comments', () => '# comment\n'.repeat(LARGE / 10), 'NC4004'],
    ['instructions', () => 'nop\n'.repeat(LARGE / 4), 'NC5001'],
    ['bad lines', () => '$\n'.repeat(LARGE / 2), 'NC5008'],
    ['declarations', () => Array.from({ length: LARGE / 20 }, (_, n) => `message m${n}`).join('\n'), 'NC5002'],
    ['labels', () => Array.from({ length: LARGE / 20 }, (_, n) => `l${n}:`).join('\n'), 'NC4004'],
    ['settings', () => 'tick 1us\n'.repeat(LARGE / 9), 'NC5008'],
    ['operands', () => `start: wait 1ms, start\n# \n if ${'a '.repeat(500_000)}`, 'NC1011'],
  ])('%s', (_name, source, code) => {
    expect(codes(source())).toContain(code);
  });
});

describe('programs at the limits', () => {
  test('4096 instructions that each may go on in two ways', () => {
    const head = 'counter c\nstart:\n';
    const body = Array.from({ length: 4094 }, () => 'if test_count(c, 1) goto last\n').join('');
    expect(examine(`${head}${body}add_to_counter c, 1\nlast: wait 1ms, start`).diagnostics).toEqual([]);
  });

  test('4096 waits', () => {
    const body = Array.from({ length: 4095 }, () => 'wait 1ms\n').join('');
    expect(examine(`start: ${body}wait 1ms, start`).diagnostics).toEqual([]);
  });

  test('more states than can be followed: loops whose common period is very long', () => {
    const loops = [997, 1009, 1013, 1019, 1021].map((period, n) => [
      `loop${n}:\n  future ${period}us, loop${n}\n  halt`,
      `  future ${period}us, loop${n}`,
    ]);
    const text = [...loops.map(([, start]) => start), '  halt', ...loops.map(([loop]) => loop)].join('\n');
    expect(examine(text).diagnostics).toEqual([]);
  });

  test('more states than can be followed: a halt that may have nothing armed is still found', () => {
    const arms = Array.from(
      { length: 20 },
      (_, n) => `if test_count(c, ${n}) goto s${n}\nfuture ${n + 1}us, start\ns${n}: nop`,
    );
    const { diagnostics } = examine(`counter c\nstart:\n${arms.join('\n')}\nhalt`);
    expect(diagnostics.map(({ code }) => code)).toEqual(['NC6004']);
  });
});
