// Modules that import, and modules that describe several nodes.
import { describe, expect, test } from '@jest/globals';
import { printTree } from '../../../../lang/print.js';
import { check, checkFiles, errorsOf, expectSame, found, PREAMBLE } from './module-test.js';

const main = (text: string) => `${PREAMBLE}\n${text}`;
const END = 'node(() => endOfProgram());';

describe('imports', () => {
  const times = `import { ms } from 'ncbpf/program';\nexport const period = ms(3);\nexport function twice() { return period.times(2); }\nexport default period;`;

  test.each([
    ["import { period } from './times.js';", 'wait(period)', '3ms'],
    ["import { period } from './times';", 'wait(period)', '3ms'],
    ["import { period } from './times.ts';", 'wait(period)', '3ms'],
    ["import { period as p, twice } from './times.js';", 'wait(p); wait(twice())', '3ms\nwait 6ms'],
    ["import * as times from './times.js';", 'wait(times.twice())', '6ms'],
    ["import p from './times.js';", 'wait(p)', '3ms'],
    ["import * as nc from 'ncbpf/program';", 'nc.wait(nc.us(3))', '3us'],
    ["import { wait as pause } from 'ncbpf/program';", 'pause(us(3))', '3us'],
    ["import { period } from './all.js';", 'wait(period)', '3ms'],
    ["import { length } from './named.js';", 'wait(length)', '3ms'],
    ["import { twice } from './deep/er.js';", 'wait(twice())', '6ms'],
    ["import type { Span } from './types.js';", 'const d: Span = ms(1); wait(d)', '1ms'],
  ])('%s', (line, body, text) => {
    const result = checkFiles({
      'main.nc.ts': main(`${line}\nnode(() => { ${body}; endOfProgram(); });`),
      'times.ts': times,
      'all.ts': "export * from './times.js';",
      'named.ts':
        "import { period } from './times.js';\nexport { period as length };\nexport { twice } from './times.js';",
      'deep/er.ts': "export { twice } from '../times.js';",
      'types.ts': "import type { Duration } from 'ncbpf/program';\nexport type Span = Duration;",
    });
    expectSame(result, `wait ${text}\nend_of_program`);
  });

  test('a module that is imported twice is one: what it declares is one thing', () => {
    const result = checkFiles({
      'main.nc.ts': main(
        "import { c } from './c.js';\nimport { add } from './add.js';\nnode(() => { add(); clearCounter(c); endOfProgram(); });",
      ),
      'c.ts': "import { counter } from 'ncbpf/program';\nexport const c = counter();",
      'add.ts':
        "import { addToCounter } from 'ncbpf/program';\nimport { c } from './c.js';\nexport function add() { addToCounter(c, 1); }",
    });
    expectSame(result, 'counter c\nadd_to_counter c, 1\nclear_counter c\nend_of_program');
    expect([...result.sources.keys()]).toEqual(['main.nc.ts', 'add.ts', 'c.ts']);
  });

  test('an instruction out of another module has the place of the call, its operands have their own', () => {
    const result = checkFiles({
      'main.nc.ts': main(
        "import { pause, later } from './help.js';\nnode(() => {\n  pause();\n  future(ms(1), later);\n  halt();\n});",
      ),
      'help.ts':
        "import { wait, ms, endOfProgram } from 'ncbpf/program';\nfunction both() {\n  wait(ms(1));\n}\nexport function pause() {\n  both();\n}\nexport function later() {\n  both();\n  endOfProgram();\n}",
    });
    const places = result.programs[0]?.instructions.map(({ op, span }) => `${op} ${span.file}:${span.line}`);
    expect(places).toEqual(
      ['wait 4', 'future 5', 'halt 6', 'wait 5', 'end_of_program 5'].map((one) => one.replace(' ', ' main.nc.ts:')),
    );
  });

  test('the nodes of an imported module are not those of the module that is compiled', () => {
    const result = checkFiles({
      'main.nc.ts': main(`import { n } from './other.nc.js';\nnode(() => { wait(ticks(n)); endOfProgram(); });`),
      'other.nc.ts': main('export const n = 7;\nexport const other = node(() => halt());'),
    });
    expect(result.nodes).toEqual(['main']);
    expectSame(result, 'wait 7\nend_of_program');
  });

  test.each([
    ["import { a } from './missing.js';", ['2:19 NC9006']],
    ["import { a } from 'lodash';", ['2:19 NC9006']],
    ["import { a } from '/etc/passwd';", ['2:19 NC9006']],
    ["import data from './data.json';", ['2:18 NC9006']],
    ["import './missing.js';", ['2:8 NC9006']],
    ["export * from './missing.js';", ['2:15 NC9006']],
    ["import fs from 'node:fs';", ['2:16 NC9006']],
    ["import { nothing } from './empty.js';", ['2:10 NC9001']],
    ["import './main.nc.js';", ['2:8 NC9007']],
    ["import './one.js';", ['one.ts 1:8 NC9007']],
    ["import './bytes.js';", ['bytes.ts 2:4 NC1001']],
    ["import './large.js';", ['large.ts 1:1 NC5007']],
  ])('%s', (line, expected) => {
    const result = checkFiles({
      'main.nc.ts': main(`${line}\n${END}`),
      'empty.ts': 'export {};',
      'one.ts': "import './two.js';",
      'two.ts': "import './one.js';",
      'bytes.ts': Uint8Array.of(0x2f, 0x2f, 0x0a, 0x2f, 0x2f, 0x20, 0xff),
      'large.ts': ' '.repeat(2 ** 20 + 1),
    });
    const all = result.diagnostics.map(({ span, code }) => {
      const file = span.file === 'main.nc.ts' ? '' : `${span.file} `;
      return `${file}${span.line}:${span.column} ${code}`;
    });
    expect(all.map((one) => one.replace('two.ts 1:8', 'one.ts 1:8'))).toEqual(expected);
  });

  test('an entry that is not there', () => {
    expect(found(checkFiles({}))).toEqual(['1:1 NC9006']);
  });

  test('too many modules', () => {
    const files = Object.fromEntries(
      Array.from({ length: 70 }, (_, n) => [`m${n}.ts`, `import './m${n + 1}.js';`] as const),
    );
    const result = checkFiles({ ...files, 'main.nc.ts': main(`import './m0.js';\n${END}`) });
    expect(result.diagnostics.map(({ span, code }) => `${span.file}:${span.line} ${code}`)).toEqual([
      'm62.ts:1 NC9017',
    ]);
  });

  test('a byte order mark and CRLF', () => {
    const text = `\ufeff${PREAMBLE}\r\nnode(() => {\r\n  halt(1);\r\n});\r\n`;
    expect(found(checkFiles({ 'main.nc.ts': text }))).toEqual(['3:8 NC9001']);
    expect(found(checkFiles({ 'main.nc.ts': Buffer.from(text) }))).toEqual(['3:8 NC9001']);
  });
});

describe('several nodes', () => {
  const SYSTEM = `
const slot = ms(2);
const limit = 5;
const up = channel();
const down = channel({ from: '02:00:00:00:00:01' });
const round = counter();
function start(n: number) { addToCounter(round, n); wait(slot); }
export const tx = node(() => { const m = message(), v = variable(u8); start(1); create(v, m); send(up, m); endOfProgram(); });
export const rx = node({ name: 'receiver' }, () => { const v = variable(u8); start(limit); receive(down, v); endOfProgram(); });
`;

  test('share constants, functions and declarations', () => {
    const result = check(SYSTEM);
    expect(errorsOf(result)).toEqual([]);
    expect(result.nodes).toEqual(['tx', 'receiver']);
    expect(result.programs.map(({ node }) => node)).toEqual(['tx', 'receiver']);
    expect(result.trees.map(printTree)).toEqual([
      `node tx
channel up = 0
counter round
message m
var v : u8

    add_to_counter round, 1
    wait 2ms
    create v -> m
    send up, m
    end_of_program
`,
      `node receiver
channel down = 1 from 02:00:00:00:00:01
counter round
var v : u8

    add_to_counter round, 5
    wait 2ms
    receive down -> v
    end_of_program
`,
    ]);
  });

  test('one of them', () => {
    const result = check(SYSTEM, { node: 'receiver' });
    expect(result.nodes).toEqual(['tx', 'receiver']);
    expect(result.programs.map(({ node }) => node)).toEqual(['receiver']);
    expect(check(SYSTEM, { node: 'rx' }).programs).toEqual([]);
  });

  test('a mistake in one of them leaves the other', () => {
    const result = check(
      'export const a = node(() => { wait(ms(0)); halt(); });\nexport const b = node(() => { endOfProgram(); });',
    );
    expect(found(result)).toEqual(['2:36 NC3006']);
    expect(result.programs.map(({ node }) => node)).toEqual(['b']);
  });

  test('ids that channels at the top level are given', () => {
    const result = check(`
      const a = channel(), b = channel({ id: 0 }), c = channel();
      export const x = node(() => { syncMaster(c); endOfProgram(); });
      export const y = node(() => { syncMaster(a); syncMaster(b); endOfProgram(); });`);
    const ids = result.programs.map(({ channels }) => channels.map(({ name, id }) => `${name} ${id}`));
    expect(ids).toEqual([['c 2'], ['b 0', 'a 1']]);
  });

  test('what no node refers to', () => {
    expect(found(check(`const c = counter();\n${END}`))).toEqual(['2:7 NC6001']);
  });
});
