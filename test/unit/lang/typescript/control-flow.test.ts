// Ordinary control flow becomes labels and jumps: each construct beside the text that it must equal.
import { describe, expect, test } from '@jest/globals';
import { check, checkBody, expectSame, textOf } from './module-test.js';

const THINGS = `
  const a = queue(u8, { depth: 1 });
  const b = queue(u8, { depth: 2 });
  const c = counter();
`;
const THINGS_TEXT = 'queue a : u8 depth 1\nqueue b : u8 depth 2\ncounter c\n';

/** Guards A and B, and numbered steps that take time. */
function same(body: string, text: string): void {
  const module = body
    .replace(/\bA\b/g, 'varQueueEmpty(a)')
    .replace(/\bB\b/g, 'varQueueEmpty(b)')
    .replace(/\bS(\d)\b/g, 'wait(ms($1));');
  const program = text
    .replace(/\bA\b/g, 'var_queue_empty(a)')
    .replace(/\bB\b/g, 'var_queue_empty(b)')
    .replace(/\bS(\d)\b/g, 'wait $1ms');
  expectSame(checkBody(`${THINGS}${module}`), THINGS_TEXT + program);
}

describe('if', () => {
  test.each([
    ['if (A) { S1 } S2 halt();', 'if not A goto x\nS1\nx: S2\nhalt'],
    ['if (!A) { S1 } S2 halt();', 'if A goto x\nS1\nx: S2\nhalt'],
    ['if (A) S1 else S2 S3 halt();', 'if not A goto x\nwait 1ms, y\nx: S2\ny: S3\nhalt'],
    ['if (A) nop(); else S2 S3 halt();', 'if not A goto x\nnop\ngoto y\nx: S2\ny: S3\nhalt'],
    ['if (A) { halt(); } else { S1 } halt();', 'if not A goto x\nhalt\nx: S1\nhalt'],
    [
      'if (A) { S1 } else if (B) { S2 } else { S3 } halt();',
      'if not A goto x\nwait 1ms, z\nx: if not B goto y\nwait 2ms, z\ny: S3\nz: halt',
    ],
    ['if (A) {} S1 halt();', 'if not A goto x\nx: S1\nhalt'],
    ['if (A && B) S1 halt();', 'if not A goto x\nif not B goto x\nS1\nx: halt'],
    ['if (A || B) S1 halt();', 'if A goto y\nif not B goto x\ny: S1\nx: halt'],
    ['if (!(A && B)) S1 halt();', 'if not A goto y\nif B goto x\ny: S1\nx: halt'],
    ['if (!(A || !B)) S1 halt();', 'if A goto x\nif not B goto x\nS1\nx: halt'],
    ['if ((A && B) || !A) S1 halt();', 'if not A goto n\nif B goto y\nn: if A goto x\ny: S1\nx: halt'],
    ['if (true) S1 else S2 halt();', 'S1\nhalt'],
    ['if (false) S1 else S2 halt();', 'S2\nhalt'],
    ['if (false) S1 halt();', 'halt'],
    ['if (2 + 2 === 4 && A) S1 halt();', 'if not A goto x\nS1\nx: halt'],
    ['if (A || true) S1 halt();', 'if A goto x\nx: S1\nhalt'],
    [
      'if (A) return; else S1 halt(); function f() {}'
        .replace('return', 'goto(end)')
        .replace('f() {}', 'end() { S2 halt(); }'),
      'if A goto e\nS1\nhalt\ne: S2\nhalt',
    ],
  ])('%s', same);
});

describe('while, do and for', () => {
  test.each([
    ['while (true) { S1 }', 'x: wait 1ms, x'],
    ['for (;;) { S1 S2 }', 'x: S1\nwait 2ms, x'],
    ['while (true) { S1 nop(); }', 'x: S1\nnop\ngoto x'],
    ['while (A) { S1 } halt();', 'x: if not A goto y\nwait 1ms, x\ny: halt'],
    ['for (; A;) { S1 } halt();', 'x: if not A goto y\nwait 1ms, x\ny: halt'],
    ['while (A && B) S1 halt();', 'x: if not A goto y\nif not B goto y\nwait 1ms, x\ny: halt'],
    ['while (false) { S1 } halt();', 'halt'],
    ['do { S1 } while (A); halt();', 'x: S1\nif A goto x\nhalt'],
    ['do S1 while (A || B); halt();', 'x: S1\nif A goto x\nif B goto x\nhalt'],
    ['do S1 while (A && B); halt();', 'x: S1\nif not A goto y\nif B goto x\ny: halt'],
    ['do { S1 } while (true);', 'x: wait 1ms, x'],
    ['do { S1 } while (false); halt();', 'S1\nhalt'],
    ['while (true) { S1 if (A) break; S2 } halt();', 'x: S1\nif A goto y\nwait 2ms, x\ny: halt'],
    ['while (true) { S1 if (A) continue; S2 }', 'x: S1\nif A goto x\nwait 2ms, x'],
    ['do { S1 if (A) continue; S2 } while (B); halt();', 'x: S1\nif A goto z\nS2\nz: if B goto x\nhalt'],
    ['while (true) { S1 if (A) { S2 break; } } halt();', 'x: S1\nif not A goto x\nS2\nhalt'],
    ['while (true) { S1 if (A) { nop(); } else { S2 } }', 'x: S1\nif not A goto z\nnop\ngoto x\nz: wait 2ms, x'],
    [
      'outer: while (true) { while (true) { S1 if (A) break outer; if (B) continue outer; } } halt();',
      'x: S1\nif A goto y\nif B goto x\ngoto x\ny: halt',
    ],
    ['while (true) { do { S1 } while (A); S2 }', 'x: S1\nif A goto x\nwait 2ms, x'],
    ['while (true) { while (A) { S1 } S2 }', 'x: if not A goto y\nwait 1ms, x\ny: wait 2ms, x'],
  ])('%s', same);

  test('a loop in which no time passes is refused, as in a text', () => {
    expect(checkBody('while (true) {}').diagnostics.map(({ code }) => code)).toEqual(['NC4002']);
    expect(checkBody('while (true) { while (true) {} }').diagnostics.map(({ code }) => code)).toContain('NC4002');
  });
});

describe('loops over constants are unrolled', () => {
  test.each([
    ['for (const n of [1, 2, 3]) wait(ms(n)); halt();', 'S1\nS2\nS3\nhalt'],
    ['for (let i = 0; i < 3; i++) { wait(ms(i + 1)); } halt();', 'S1\nS2\nS3\nhalt'],
    ['for (let i = 3; i > 0; --i) { wait(ms(i)); } halt();', 'S3\nS2\nS1\nhalt'],
    ['for (let i = 1; i <= 8; i *= 2) { wait(ms(i)); } halt();', 'S1\nS2\nS4\nS8\nhalt'],
    ['for (let i = 1, j = 5; i < j; i += 2, j = j - 1) { wait(ms(j)); } halt();', 'S5\nS4\nhalt'],
    [
      'for (const [n, d] of [[1, ms(4)], [2, us(5)]] as const) { addToCounter(c, n); wait(d); } halt();',
      'add_to_counter c, 1\nS4\nadd_to_counter c, 2\nwait 5us\nhalt',
    ],
    [
      'for (const { n = 7, d } of [{ n: 1, d: 2 }, { d: 3 }] as { n?: number; d: number }[]) { addToCounter(c, n); wait(ms(d)); } halt();',
      'add_to_counter c, 1\nS2\nadd_to_counter c, 7\nS3\nhalt',
    ],
    ['for (const n of [1, 2, 3]) { if (n === 2) continue; wait(ms(n)); } halt();', 'S1\nS3\nhalt'],
    ['for (const n of [1, 2, 3]) { if (n === 2) break; wait(ms(n)); } halt();', 'S1\nhalt'],
    ['for (let i = 0; ; i++) { if (i === 2) break; wait(ms(i + 1)); } halt();', 'S1\nS2\nhalt'],
    [
      'for (const n of [1, 2]) { if (A) break; wait(ms(n)); } S3 halt();',
      'if A goto x\nS1\nif A goto x\nS2\nx: S3\nhalt',
    ],
    [
      'for (const n of [1, 2]) { if (A) continue; wait(ms(n)); } S3 halt();',
      'if A goto y\nS1\ny: if A goto x\nS2\nx: S3\nhalt',
    ],
    [
      'for (const n of [1, 2, 3]) { if (A) { S9 continue; } break; } halt();',
      'if not A goto x\nS9\nif not A goto x\nS9\nif not A goto x\nS9\nx: halt',
    ],
    ['for (const n of [1, 2]) for (const k of [3, 4]) wait(ms(n * k)); halt();', 'S3\nS4\nS6\nS8\nhalt'],
    [
      'outer: for (const n of [1, 2]) { for (const k of [3, 4]) { if (k === 4) continue outer; wait(ms(n * k)); } } halt();',
      'S3\nS6\nhalt',
    ],
    ['for (const letter of []) wait(ms(letter)); halt();', 'halt'],
    ['while (true) { for (const n of [1, 2]) { if (n > 1) break; S1 } S2 }', 'x: S1\nwait 2ms, x'],
  ])('%s', same);
});

describe('functions inline', () => {
  test.each([
    ['function f() { S1 } f(); f(); halt();', 'S1\nS1\nhalt'],
    ['const f = () => { S1 }; f(); halt();', 'S1\nhalt'],
    ['const f = () => wait(ms(1)); f(); halt();', 'S1\nhalt'],
    ['const f = function () { S1 }; f(); halt();', 'S1\nhalt'],
    [
      'function f(n: number, d = ms(2)) { addToCounter(c, n); wait(d); } f(1); f(2, ms(3)); halt();',
      'add_to_counter c, 1\nS2\nadd_to_counter c, 2\nS3\nhalt',
    ],
    [
      'function f(q: Queue) { if (varQueueEmpty(q)) S1 } f(a); f(b); halt();',
      'if not A goto x\nS1\nx: if not B goto y\nS1\ny: halt',
    ],
    [
      'function f(...all: number[]) { for (const n of all) wait(ms(n)); } f(1, 2); f(...[3]); halt();',
      'S1\nS2\nS3\nhalt',
    ],
    ['function f({ n }: { n: number }) { wait(ms(n)); } f({ n: 4 }); halt();', 'S4\nhalt'],
    ['function f() { if (A) return; S1 } f(); S2 halt();', 'if A goto x\nS1\nx: S2\nhalt'],
    [
      'function f() { while (true) { S1 if (A) { S2 return; } } } f(); S3 halt();',
      'x: S1\nif not A goto x\nS2\nS3\nhalt',
    ],
    ['function f(n: number) { return ms(n).plus(us(5)); } wait(f(1)); halt();', 'wait 1005us\nhalt'],
    [
      'function f(n: number) { if (n > 1) return ms(n); return us(n); } wait(f(1)); wait(f(2)); halt();',
      'wait 1us\nS2\nhalt',
    ],
    [
      'function f(list: readonly number[]) { for (const n of list) { if (n > 2) return n; } return 9; } wait(ms(f([1, 4]))); wait(ms(f([1]))); halt();',
      'S4\nS9\nhalt',
    ],
    ['function f() { S1 return ms(2); } wait(f()); halt();', 'S1\nS2\nhalt'],
    ['function f(g: () => void) { S1 g(); } f(() => { S2 }); halt();', 'S1\nS2\nhalt'],
    ['function f() { function g() { S1 } g(); S2 } f(); halt();', 'S1\nS2\nhalt'],
    ['function f() { return A; } if (f()) S1 halt();', 'if not A goto x\nS1\nx: halt'],
    [
      'function f() { return A && !B; } while (f()) S1 halt();',
      'x: if not A goto y\nif B goto y\nwait 1ms, x\ny: halt',
    ],
    ['function f() { S1 return A; } if (B && f()) S2 halt();', 'if not B goto x\nS1\nif not A goto x\nS2\nx: halt'],
    ['function f() { return 3 > 2; } if (f()) S1 halt();', 'S1\nhalt'],
    [
      'function f() { for (const n of [1, 2]) { if (A) return; wait(ms(n)); } } f(); S3 halt();',
      'if A goto x\nS1\nif A goto x\nS2\nx: S3\nhalt',
    ],
    ['const n = 1; function f() { return n; } { const n = 2; wait(ms(f() + n)); } halt();', 'S3\nhalt'],
  ])('%s', same);
});

describe('blocks', () => {
  test.each([
    ['function round() { future(ms(1), round); halt(); } goto(round);', 'r: future 1ms, r\nhalt'],
    ['function round() { S1 wait(ms(2), round); } goto(round);', 'r: S1\nwait 2ms, r'],
    ['future(ms(1), () => { S2 halt(); }); halt();', 'future 1ms, x\nhalt\nx: S2\nhalt'],
    [
      'const later = () => halt(); future(ms(1), later); future(ms(2), later); halt();',
      'future 1ms, x\nfuture 2ms, x\nhalt\nx: halt',
    ],
    ['function x() { S1 goto(y); } function y() { S2 goto(x); } goto(x);', 'x: S1\nwait 2ms, x'],
    [
      'function x() { S1 goto(y); } function y() { S2 halt(); } future(ms(1), y); goto(x);',
      'future 1ms, y\nS1\ny: S2\nhalt',
    ],
    ['function never() { halt(); } S1 halt();', 'S1\nhalt'],
    [
      "handle('no_future', gone); halt(); function gone() { endOfProgram(); }",
      'handle no_future, gone\nhalt\ngone: end_of_program',
    ],
    [
      'for (const n of [1, 2]) future(ms(n), () => { wait(us(n)); halt(); }); halt();',
      'future 1ms, x\nfuture 2ms, y\nhalt\nx: wait 1us\nhalt\ny: wait 2us\nhalt',
    ],
    [
      'function arm(n: number) { future(ms(n), () => { wait(us(n)); halt(); }); } arm(1); arm(2); halt();',
      'future 1ms, x\nfuture 2ms, y\nhalt\nx: wait 1us\nhalt\ny: wait 2us\nhalt',
    ],
    ['function round() { S1 if (A) goto(round); S2 goto(round); } goto(round);', 'r: S1\nif A goto r\nwait 2ms, r'],
    [
      'function help() { future(ms(1), tick); } function tick() { help(); halt(); } help(); halt();',
      'future 1ms, t\nhalt\nt: future 1ms, t\nhalt',
    ],
    [
      'function main() { while (true) { S1 if (A) goto(other); } } function other() { S2 goto(main); } goto(main);',
      'm: S1\nif A goto o\ngoto m\no: wait 2ms, m',
    ],
  ])('%s', same);
});

describe('constant expressions', () => {
  test.each([
    ['(2 + 3 * 4 - 6) / 2', 4],
    ['7 % 4 + 2 ** 2', 7],
    ['(1 << 3 | 4) >> 1 & 7 ^ 1', 7],
    [
      'Math.max(1, Math.min(5, 9), Math.floor(2.7), Math.ceil(0.2), Math.abs(-3), Math.round(2.5), Math.trunc(-1.5))',
      5,
    ],
    ['[1, 2, ...[3, 4]].length', 4],
    ['[5, 6, 7][1]', 6],
    ["({ a: 1, ['b']: 2, 'c d': 3 })['c d']", 3],
    ['({ ...{ a: 1 }, a: 2 }).a', 2],
    ["'abcd'.length", 4],
    ['(true ? 3 : 4)', 3],
    ['([5] as (number | undefined)[])[1] ?? 6', 6],
    ["(`a${1 + 1}` === 'a2' ? 1 : 2)", 1],
    ["('b' > 'a' && !false ? 8 : 9)", 8],
    ['(5n + 2n === 7n ? 1 : 2)', 1],
    ['-(-3)', 3],
    ['+2', 2],
    ['(~1 & 3)', 2],
    ['(9 >>> 1)', 4],
    ['(4 as number)', 4],
    ['(4 satisfies number)', 4],
    ['4!', 4],
    ['0x1F', 31],
    ['1_000', 1000],
  ])('%s is %s', (expression, value) => {
    expectSame(
      checkBody(`const n: number = ${expression};\nwait(ticks(n));\nendOfProgram();`),
      `wait ${value}\nend_of_program`,
    );
  });

  test.each([
    ['ms(1.5)', '1500us'],
    ['s(2)', '2s'],
    ['us(0.25)', '250ns'],
    ['ns(7)', '7ns'],
    ['ms(1).plus(us(5))', '1005us'],
    ['ms(1).minus(us(5))', '995us'],
    ['ms(1).times(3)', '3ms'],
    ['ms(1).times(0.1)', '100us'],
    ['ms(3).dividedBy(4)', '750us'],
    ['s(1).dividedBy(3).times(3)', '1s'],
    ['ms(0.1).plus(ms(0.2))', '300us'],
    ['us(10n)', '10us'],
  ])('%s is %s', (expression, duration) => {
    expectSame(checkBody(`wait(${expression});\nendOfProgram();`), `wait ${duration}\nend_of_program`);
  });
});

test('labels have the names of blocks, or of lines, and never those of declared things', () => {
  const result = check(
    [
      'node(() => {',
      '  const line4 = counter();',
      '  while (true) {',
      '    do { addToCounter(line4, 1); wait(ms(1)); } while (testCount(line4, 5));',
      '    future(ms(2), $odd);',
      '    future(ms(2), int);',
      '    future(ms(2), nc_x);',
      '    halt();',
      '  }',
      '  function $odd() { halt(); }',
      '  function int() { halt(); }',
      '  function nc_x() { halt(); }',
      '});',
    ].join('\n'),
  );
  expect(textOf(result)).toBe(`counter line4

line5:
    add_to_counter line4, 1
    wait 1ms
    if test_count(line4, 5) goto line5
    future 2ms, _odd
    future 2ms, line12
    future 2ms, line13
    halt
_odd:
    halt
line12:
    halt
line13:
    halt
`);
});

test('instructions have the places of their calls, operands those of their arguments', () => {
  const [program] = check(
    'node(() => {\n  const m = message(),\n    v = variable(u8);\n  create(v,\n    m);\n  halt();\n});',
  ).programs;
  const places = program?.instructions.map(({ span }) => span);
  expect(places).toEqual([
    { file: 'main.nc.ts', line: 5, column: 3, endLine: 6, endColumn: 7 },
    { file: 'main.nc.ts', line: 7, column: 3, endLine: 7, endColumn: 9 },
  ]);
  expect(program?.messages.map(({ span }) => span)).toEqual([
    { file: 'main.nc.ts', line: 3, column: 9, endLine: 3, endColumn: 22 },
  ]);
});

test('the same module gives the same text each time', () => {
  const body = `${THINGS}for (const n of [1, 2, 3]) { future(ms(n), () => { if (varQueueEmpty(a)) wait(us(n)); halt(); }); }\nhalt();`;
  expect(textOf(checkBody(body))).toBe(textOf(checkBody(body)));
});
