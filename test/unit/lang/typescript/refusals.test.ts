// What cannot be expressed, with its line and column. The first line of every module here is the import.
import { describe, expect, test } from '@jest/globals';
import { check, checkBody, checkFiles, found, PREAMBLE } from './module-test.js';

const END = 'node(() => endOfProgram());';

/** Of a module that also describes a node. */
function refusals(text: string): string[] {
  return found(check(`${text}\n${END}`));
}

describe('NC9001 what TypeScript says', () => {
  test.each([
    ['const a: number = "x";', ['2:7 NC9001']],
    ['const a = (;', ['2:12 NC9001']],
    ['const a = 1;\nconst a = 2;', ['2:7 NC9001', '3:7 NC9001']],
    ['console.log(1);', ['2:1 NC9001']],
    ['const a = nothing;', ['2:11 NC9001']],
    ['const a = Date.now();', ['2:11 NC9001']],
    ['const \u{1F600} = 1;'.replace('\u{1F600}', 'a') + ' /* \u{1F600} */ const b: string = 1;', ['2:28 NC9001']],
    ['break;', ['2:1 NC9001']],
    ['return;', ['2:1 NC9001']],
    ['const m = message(); const n: Counter = m;', ['2:28 NC9001']],
  ])('%s', (text, expected) => {
    expect(refusals(text)).toEqual(expected);
  });
});

describe('NC9002 what cannot be compiled', () => {
  test.each([
    ['class A {}', ['2:1 NC9002']],
    ['const a = class {};', ['2:11 NC9002']],
    ['const a = new Error();', ['2:11 NC9002']],
    ['switch (1) { case 1: }', ['2:1 NC9002']],
    ['try {} finally {}', ['2:1 NC9002']],
    ['throw 1;', ['2:1 NC9002']],
    ['for (const a in {}) {}', ['2:1 NC9002']],
    ['enum E { a }', ['2:1 NC9002']],
    ['namespace N { const a = 1; }', ['2:1 NC9002']],
    ['async function f() {}', ['2:1 NC9002']],
    ['const f = async () => {};', ['2:11 NC9002']],
    ['function* g() {}', ['2:9 NC9002']],
    ['const a = /x/;', ['2:11 NC9002']],
    ['function f() { return this; }', ['2:23 NC9002']],
    ['const a = typeof 1;', ['2:11 NC9002']],
    ['void 0;', ['2:1 NC9002']],
    ['const a = String.raw`x`;', ['2:11 NC9002']],
    ['halt;', ['2:1 NC9002']],
    ['const f = () => 1; f;', ['2:20 NC9002']],
    ['node({ name: "x" }, () => { addToCounter; (halt); endOfProgram(); });', ['2:29 NC9002', '2:43 NC9002']],
    ['const a = { b: 1 }; a?.b;', ['2:22 NC9002']],
    ['const a = { b() {} };', ['2:13 NC9002']],
    ['const a = { get b() { return 1; } };', ['2:13 NC9002']],
    ['declare const a: number;', ['2:1 NC9002']],
    ['function f<T>(a: T) {}', ['2:12 NC9002']],
    ['type A<T> = T;', ['2:8 NC9002']],
    ['type A = 1 extends number ? 1 : 2;', ['2:10 NC9002']],
    ['type A = { [K in "a"]: 1 };', ['2:10 NC9002']],
    ['debugger;', ['2:1 NC9002']],
    ['const a = 1 == 1;', ['2:13 NC9002']],
    ['const a = 1 != 1;', ['2:13 NC9002']],
    ['const a = { b: 1 }; a.b = 2;', ['2:21 NC9002']],
    ['let a = 1; a = 2;', ['2:12 NC9002']],
    ['let a = 1; a++;', ['2:12 NC9002']],
    ['let a = 1; a += 1;', ['2:12 NC9002']],
    ['const a = (1, 2);', ['2:13 NC9002']],
    ['class A {}\nenum B {}', ['2:1 NC9002', '3:1 NC9002']],
    ['if (true) {}', ['2:1 NC9002']],
    ['while (false) {}', ['2:1 NC9002']],
    ['export = 1;', ['2:1 NC9001']],
  ])('%s', (text, expected) => {
    expect(refusals(text).slice(0, expected.length)).toEqual(expected);
  });

  test.each([
    ['x: if (alwaysTrue()) halt();', ['3:1 NC9002']],
    ['for (let i = 0; i < 1; nop()) {} halt();', ['3:24 NC9002']],
    ['for (; alwaysTrue(); nop()) { wait(ms(1)); } halt();', ['3:22 NC9002']],
    ['let x: number; for (x of [1]) {} halt();', ['3:5 NC9003', '3:21 NC9002']],
  ])('%s', (body, expected) => {
    expect(found(checkBody(body))).toEqual(expected);
  });
});

describe('other refusals in a body', () => {
  test.each([
    ['let n = 1; wait(ms(n)); halt();', ['3:5 NC9003']],
    ['var n = 1; halt();', ['3:5 NC9003']],
    ['wait(ms(n)); const n = later(); halt(); function later() { return 2; }', ['3:9 NC9001']],
    ['const g = () => n; wait(ms(g())); const n = 1; halt();', ['3:17 NC9003']],
    ['for (let i = 0; alwaysTrue(); i++) {} halt();', ['3:17 NC9003']],
    ['const n = alwaysTrue() ? 1 : 2; halt();', ['3:11 NC9003']],
    ['function f() { f(); } f(); halt();', ['3:16 NC9004']],
    ['function f() { g(); } function g() { f(); } f(); halt();', ['3:38 NC9004']],
    ['function f() { future(ms(1), () => { f(); halt(); }); } f(); halt();', ['3:38 NC9004']],
    ['function tick() { wait(ms(1)); tick(); } goto(tick);', ['3:32 NC9004']],
    ['for (let i = 0; ; i++) {} halt();', ['3:1 NC9005']],
    ['for (let i = 0; i < 5000; i++) wait(ms(1)); halt();', ['3:32 NC5001']],
    ['const n = 2n ** 100000n; halt();', ['3:11 NC9005']],
    ['const n = 1n << 100000n; halt();', ['3:11 NC9005']],
    ['const a = message({ name: "1x" }); halt();', ['3:27 NC9010']],
    ['const $ = message(); halt();', ['3:7 NC9010']],
    ['const a = [message()]; halt();', ['3:12 NC9010']],
    ['while (true) { const m = message(); wait(ms(1)); }', ['3:26 NC9011']],
    ['if (alwaysTrue()) { const c = channel(); } halt();', ['3:31 NC9011']],
    ['function later() { const v = variable(u8); halt(); } wait(ms(1), later);', ['3:30 NC9011']],
    ['node(() => halt()); halt();', ['3:1 NC9011']],
    ['send(1 as unknown as Channel, 2 as unknown as Message); halt();', ['3:6 NC9012']],
    ['const c = channel(), m = message(); send(m as unknown as Channel, m); halt();', ['3:42 NC9012']],
    ['const c = channel({ to: "02:00:00:00:00" }); halt();', ['3:25 NC1007']],
    ['wait(5 as unknown as Delay); halt();', ['3:6 NC9012']],
    ['wait(ms(1).dividedBy(0)); halt();', ['3:22 NC9012']],
    ['wait(ms(1 / 0)); halt();', ['3:9 NC9012']],
    ['const n = 1n / 0n; halt();', ['3:11 NC9012']],
    ['const v = variable(bytes(4), { initial: hex("0") }); halt();', ['3:45 NC9012']],
    ['const v = variable(bytes(4), { initial: "\\ud800" }); halt();', ['3:41 NC9012']],
    ['handle("x" as MachineError, "none"); halt();', ['3:8 NC9012']],
    ['wait(ms(1), ((n?: number) => halt())); halt();', ['3:13 NC9012']],
    ['for (const x of 5 as unknown as number[]) {} halt();', ['3:17 NC9012']],
    ['const l = ["02:00:00:00:00:01"]; const c = channel({ to: l[1] }); halt();', ['3:60 NC9012']],
    ['const l = [1]; for (let i = 0; i < 2; i++) wait(ms(l[i]!)); halt();', ['3:54 NC9012']],
    ['const k = "a", { [k]: a } = { a: 1 }; halt();', ['3:18 NC9002']],
    ['wait(ms(1));', ['4:1 NC9013']],
    ['', ['4:1 NC9013']],
    ['if (alwaysFalse()) halt();', ['4:1 NC9013']],
    ['future(ms(1), () => {}); halt();', ['3:22 NC9013']],
    ['return;', ['4:1 NC9013']],
    ['const g = alwaysTrue(); halt();', ['3:7 NC9014']],
    ['function f(g: boolean) { if (g) halt(); } f(alwaysTrue()); halt();', ['3:12 NC9014']],
    ['addToCounter(counter({ name: "c" }), alwaysTrue() as unknown as number); halt();', ['3:38 NC9014']],
    ['function f() { if (alwaysTrue()) return 1; return 2; } wait(ms(f())); halt();', ['3:34 NC9015']],
    ['function f() { if (alwaysTrue()) return; return 2; } wait(ms(f()!)); halt();', ['3:42 NC9015']],
    [
      'function f() { wait(ms(1)); return alwaysTrue(); } function g() { return alwaysTrue() && f(); } if (g()) halt(); halt();',
      ['3:90 NC9015'],
    ],
    ['addToCounter(counter({ name: "c" }), 2 ** 60); halt();', ['3:38 NC9018']],
    ['addToCounter(counter({ name: "c" }), 0 / 0); halt();', ['3:38 NC9018']],
  ])('%s', (body, expected) => {
    expect(found(checkBody(body))).toEqual(expected);
  });
});

test('a probability that is none is quoted as it is written, also where its opposite stands in the program', () => {
  const { diagnostics } = checkBody('if (probability(1.5, alwaysTrue())) nop(); halt();');
  expect(diagnostics.map(({ span, message }) => `${span.line}:${span.column} ${message}`)).toEqual([
    '3:17 1.5 is out of range for a probability',
  ]);
});

describe('mistakes of the program itself have the places of the module', () => {
  test.each([
    ['wait(ms(0)); halt();', ['3:6 NC3006']],
    ['wait(ms(1).minus(ms(2))); halt();', ['3:6 NC3007']],
    ['wait(ns(1).dividedBy(2)); halt();', ['3:6 NC3008']],
    ['wait(s(1).times(1e12)); halt();', ['3:6 NC3009']],
    ['wait(ticks(1.5)); halt();', ['3:6 NC3016']],
    ['const v = variable(u8, { initial: 256 }); halt();', ['3:35 NC3003']],
    ['const v = variable(bytes(1), { initial: "ab" }); halt();', ['3:41 NC3004']],
    ['const v = variable(bytes(1471)); halt();', ['3:26 NC5004']],
    ['const c = channel({ queue: 0 }); halt();', ['3:28 NC5003']],
    ['const c = channel({ id: 256 }); halt();', ['3:25 NC5005']],
    ['const c = channel({ id: 1 }), d = channel({ id: 1 }); halt();', ['3:49 NC2005']],
    ['const int = message(); halt();', ['3:7 NC2006']],
    ['function f() { const m = message(); } f(); f(); halt();', ['3:22 NC2002']],
    ['const c = channel(), v = variable(u8); receive(c, v); halt();', ['3:48 NC3014']],
    [
      'const c = channel({ from: "02:00:00:00:00:01" }), v = variable(u8); backupReceive(c, v); halt();',
      ['3:83 NC3015'],
    ],
  ])('%s', (body, expected) => {
    expect(found(checkBody(body)).filter((one) => !one.includes('NC6'))).toEqual(expected);
  });

  test('warnings too', () => {
    expect(found(checkBody('const m = message();\nwait(ms(1));\nendOfProgram();\nwait(ms(2));'))).toEqual([
      '3:7 NC6001',
      '6:1 NC6003',
    ]);
  });
});

describe('nodes', () => {
  test('a module without one', () => {
    expect(found(check('const a = 1;'))).toEqual(['1:1 NC9008']);
    expect(found(check(''))).toEqual(['1:1 NC9008']);
  });

  test('two of one name', () => {
    expect(found(check('export const a = node(() => halt());\nnode({ name: "a" }, () => halt());'))).toContain(
      '3:14 NC9009',
    );
    expect(found(check('node(() => endOfProgram());\nnode(() => endOfProgram());'))).toEqual(['3:1 NC9009']);
  });

  test('out of place', () => {
    expect(found(check('function f() { return node(() => halt()); }\nf();'))).toEqual(['2:23 NC9011']);
  });

  test('settings', () => {
    expect(found(check("node({ wire: 'ncm', ethertype: 5 }, () => halt());"))).toEqual(['2:32 NC9012']);
    expect(found(check('node({ allow: [] }, () => halt());'))).toEqual(['2:15 NC9012']);
    expect(found(check("node({ name: 'a-b' }, () => halt());"))).toEqual(['2:14 NC9010']);
    expect(found(check('node({ tick: ms(0) }, () => endOfProgram());'))).toEqual(['2:14 NC3006']);
  });

  test('an instruction at the top level', () => {
    expect(refusals('nop();')).toEqual(['2:1 NC9011']);
    expect(refusals('const c = counter();\naddToCounter(c, 1);')).toEqual(['3:1 NC9011']);
    expect(refusals('function f() { halt(); }\nf();')).toEqual(['2:16 NC9011']);
  });
});

test('a mistake costs its statement: what uses a name with a mistake is not blamed', () => {
  const body = 'const a = alwaysTrue();\nconst b = a;\nif (b) wait(ms(0));\nwait(ns(1).dividedBy(3));\nhalt();';
  expect(found(checkBody(body))).toEqual(['3:7 NC9014', '6:6 NC3008']);
});

test('diagnostics of several nodes and modules: by module, each once', () => {
  const files = {
    'main.nc.ts': `${PREAMBLE}\nimport { f } from './help.js';\nexport const a = node(() => { f(); halt(); });\nexport const b = node(() => { f(); });`,
    'help.ts': `import { wait, ns } from 'ncbpf/program';\nexport function f() { wait(ns(1).dividedBy(2)); }`,
  };
  const { diagnostics } = checkFiles(files);
  expect(diagnostics.map(({ span, code }) => `${span.file}:${span.line}:${span.column} ${code}`)).toEqual([
    'help.ts:2:28 NC3008',
  ]);
});
