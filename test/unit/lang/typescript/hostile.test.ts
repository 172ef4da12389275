// Input that is meant to break the reader: an answer always comes, soon, and is a list of diagnostics.
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { check, checkBody, checkFiles, found, PREAMBLE } from './module-test.js';

describe('nested without end', () => {
  test.each([
    ['parentheses', `const a = ${'('.repeat(20000)}1${')'.repeat(20000)};`],
    ['lists', `const a = ${'['.repeat(20000)}${']'.repeat(20000)};`],
    ['sums', `const a = 1${' + 1'.repeat(20000)};`],
    ['negations', `const a = ${'!'.repeat(20000)}true;`],
    ['blocks', `node(() => { ${'{'.repeat(20000)}${'}'.repeat(20000)} });`],
    ['functions', `const a = ${'() => '.repeat(20000)}1;`],
    ['types', `type A = ${'('.repeat(20000)}1${')'.repeat(20000)};`],
    ['members', `const a = { a: 1 }${'.a'.repeat(20000)};`],
  ])('%s', (_, text) => {
    expect(found(check(text)).length).toBeGreaterThan(0);
  });

  test('has a code of its own', () => {
    expect(found(check(`const a = ${'['.repeat(20000)}${']'.repeat(20000)};`))).toEqual(['1:1 NC9016']);
  });
});

// What TypeScript does with these takes the more seconds, the more stack there is.
describe('nested less deeply than the stack reaches', () => {
  test.each([
    ['lists', `const a = ${'['.repeat(130)}${']'.repeat(130)};`],
    ['lists of a list', `const a = 1${'['.repeat(130)}${']'.repeat(130)};`],
    ['types', `type A = ${'['.repeat(130)}1${']'.repeat(130)};`],
    ['records', `const a = ${'{ a: '.repeat(70)}1${' }'.repeat(70)};`],
  ])('%s', (_, text) => {
    expect(found(check(text)).map((one) => one.split(' ')[1])).toContain('NC9016');
  });

  test.each([
    ['sums', `const a = 1${' + 1'.repeat(500)};`],
    ['branches', `const c = counter(); ${'if (testCount(c, 1)) nop(); else '.repeat(500)} nop();`],
    ['durations', `const a = ms(1)${'.plus(ms(1))'.repeat(200)};`],
  ])('%s may be long', (_, body) => {
    expect(found(checkBody(`${body} endOfProgram();`)).filter((one) => !one.endsWith('NC6001'))).toEqual([]);
  });
});

describe('too much text', () => {
  test('in one module', () => {
    expect(found(check(' a\n'.repeat(130_000)))).toEqual([expect.stringMatching(/ NC9005$/)]);
  });

  test('in all modules together', () => {
    const half = `export {};\n//${'x'.repeat(600_000)}`;
    const files = { 'main.nc.ts': `import './a.js';\nimport './b.js';`, 'a.ts': half, 'b.ts': half };
    expect(found(checkFiles(files))).toContain('1:1 NC5007');
  });
});

describe('growing without end', () => {
  test.each([
    ['loops in loops', `${'for (let a = 0; a < 99; a++) '.repeat(9)} nop(); halt();`, '3:263 NC5001'],
    ['empty loops in loops', `${'for (let a = 0; a < 99; a++) '.repeat(9)} {} halt();`, 'NC9005'],
    [
      'calls of calls',
      `${Array.from({ length: 40 }, (_, n) => `function f${n + 1}() { f${n}(); f${n}(); }`).join('\n')}\nfunction f0() {}\nf40(); halt();`,
      'NC9005',
    ],
    [
      'lists of lists',
      `const a0 = [1];\n${Array.from({ length: 40 }, (_, n) => `const a${n + 1} = [...a${n}, ...a${n}];`).join('\n')} halt();`,
      'NC9005',
    ],
    [
      'texts of texts',
      `const a0 = 'x';\n${Array.from({ length: 40 }, (_, n) => `const a${n + 1} = a${n} + a${n};`).join('\n')} halt();`,
      'NC9005',
    ],
    [
      'numbers of numbers',
      `const a0 = 9n;\n${Array.from({ length: 40 }, (_, n) => `const a${n + 1} = a${n} * a${n};`).join('\n')} halt();`,
      'NC9005',
    ],
    [
      'durations of durations',
      `const a0 = s(7);\n${Array.from({ length: 400 }, (_, n) => `const a${n + 1} = a${n}.times(1e300);`).join('\n')} halt();`,
      'NC9012',
    ],
  ])('%s', (_, body, expected) => {
    expect(found(checkBody(body)).join()).toContain(expected);
  });
});

test('a long program of 4096 instructions is none of that', () => {
  expect(found(checkBody(`${'nop();\n'.repeat(4095)}endOfProgram();`))).toEqual([]);
});

test('what is no TypeScript at all', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(Array.isArray(checkFiles({ 'main.nc.ts': bytes }).diagnostics)).toBe(true);
    }),
    { numRuns: 40, seed: 1 },
  );
});

// Pieces of programs in any order are more likely to get far into the compiler than bytes are.
const PIECES = [
  ...[
    'node(() => {',
    '});',
    '{',
    '}',
    '(',
    ')',
    'if',
    'else',
    'while',
    'do',
    'for',
    'of',
    'let',
    'const',
    'a',
    'b',
    'c',
  ],
  ...[
    '=',
    ';',
    ',',
    '=>',
    '=>{',
    '...',
    '[',
    ']',
    '1',
    '2n',
    '"x"',
    '`${',
    '`',
    '+',
    '-',
    '&&',
    '||',
    '!',
    '?',
    ':',
    '.',
  ],
  ...[
    'wait(ms(1));',
    'channel()',
    'counter()',
    'message()',
    'variable(u8)',
    'halt();',
    'goto(a);',
    'function a() {',
    'return',
  ],
  ...[
    'break;',
    'continue;',
    'alwaysTrue()',
    'probability(',
    'import',
    "'ncbpf/program'",
    'export',
    'default',
    'from',
    'as',
    'type',
  ],
];

test('pieces of programs in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }), (pieces) => {
      const text = `${PREAMBLE}\n${pieces.join(' ')}`;
      const { diagnostics, programs } = checkFiles({ 'main.nc.ts': text });
      expect(diagnostics.length + programs.length).toBeGreaterThan(0);
    }),
    { numRuns: 60, seed: 2 },
  );
});
