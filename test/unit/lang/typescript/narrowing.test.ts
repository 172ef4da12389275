// What TypeScript says of types, where it does not look at the way to a use (lang/typescript/narrowing.ts) and where it does.
import { describe, expect, test } from '@jest/globals';
import { checkBody, checkFiles, errorsOf, found } from './module-test.js';

test('a program may branch as often as it has instructions', () => {
  const branches = Array.from({ length: 2047 }, (_, n) => `if (testCount(c, ${n})) addToCounter(c, 1);`);
  const result = checkBody(`const c = counter();\n${branches.join('\n')}\nendOfProgram();`);
  expect(errorsOf(result)).toEqual([]);
  // Each `if` is a jump and an addition.
  expect(result.programs[0]?.instructions.length).toBe(2 * 2047 + 1);
});

describe('types are still told apart', () => {
  test.each([
    ['a wrong thing', 'const m = message(); const v = variable(u8); create(m, v); halt();'],
    [
      'a wrong thing behind a branch',
      'const m = message(); const c = counter(); if (testCount(c, 1)) create(m, m); halt();',
    ],
    ['one of two types', 'const v: Variable | undefined = undefined; const m = message(); create(v, m); halt();'],
    [
      'a name of a parameter',
      'const v = message(); function f(v: Counter | string) { addToCounter(v, 1); } f("a"); halt();',
    ],
  ])('%s', (_, body) => {
    expect(found(checkBody(body)).join()).toContain('NC9001');
  });

  test('what a condition decides is known behind it', () => {
    const body =
      'const c = counter(); function f(n: number | null) { if (n !== null) addToCounter(c, n); } f(2); f(null); endOfProgram();';
    const result = checkBody(body);
    expect(errorsOf(result)).toEqual([]);
    expect(result.programs[0]?.instructions.map(({ op }) => op)).toEqual(['add_to_counter', 'end_of_program']);
  });

  test('of what is imported under another name, and of a namespace', () => {
    const text = `import * as nc from 'ncbpf/program'; import { counter as make } from 'ncbpf/program';
nc.node(() => { const c = make(); nc.addToCounter(c, 1); nc.send(c, c); nc.halt(); });`;
    expect(found(checkFiles({ 'main.nc.ts': text })).map((one) => one.split(' ')[1])).toEqual(['NC9001']);
  });

  test('a function that does not come back ends the way', () => {
    const body = 'const c = counter(); function f(n: number): number { if (n > 0) return n; halt(); }';
    const result = checkBody(`${body} addToCounter(c, f(1)); endOfProgram();`);
    expect(errorsOf(result)).toEqual([]);
    expect(result.programs[0]?.instructions.length).toBe(2);
  });
});
