// TypeScript modules (.nc.ts). One input is the entry; a second module beside it can be imported.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSource } from '../../../lang/compile.js';
import { printTree } from '../../../lang/print.js';
import { checkModule } from '../../../lang/typescript/check-module.js';
import { packageRoot } from '../../../loader/native.js';
import type { Reader } from '../reader.js';
import { BASE, checkDiagnostics, errorsIn, meaningOf, promiseProgram } from './promises.js';
import { bytesOf, filesOf } from './seeds.js';

const FILE = `${BASE}.nc.ts`;
const declarations = readFileSync(join(packageRoot(), 'lang/typescript/program.ts'), 'utf8');
const NAMES = [...declarations.matchAll(/^export (?:const|interface|type) (\w+)/gm)].map(([, name]) => name!);
const IMPORT = `import { ${NAMES.join(', ')} } from 'ncbpf/program';\n`;
const BESIDE = `import { ms, wait, type Duration } from 'ncbpf/program';
import { late } from './${BASE}.nc.ts';
export const period = ms(1), list = [1, 2, 3] as const, node1 = '02:00:00:00:00:01';
export function rest(time: Duration): void { wait(time); }
export default period;
`;
/** Nodes of one module, and what several nodes share. */
const MOST = 2000;

function play(input: Uint8Array): string[] {
  const files: Readonly<Record<string, string | Uint8Array>> = { [FILE]: input, 'beside.ts': BESIDE };
  const { diagnostics, nodes, programs, trees, sources } = checkModule(FILE, {
    readFile: (path) => files[path] ?? null,
    declarations,
  });
  const failed = errorsIn(diagnostics).length > 0;
  assert(failed || programs.length === nodes.length, 'without an error every node has its program');
  for (const one of diagnostics) {
    const text = sources.get(one.span.file) ?? '';
    checkDiagnostics([one], one.severity !== 'error', text);
  }
  assert(diagnostics.length <= MOST);
  for (const program of programs) {
    const tree = trees.find((one) => meaningOf(checkSource(printTree(one), FILE).program) === meaningOf(program));
    assert(tree, 'the text of a node means what the node means');
    promiseProgram({ program, tree });
  }
  return [
    ...diagnostics.map(({ code, message }) => `${code} ${/\[?TS\d+/.exec(message)?.[0] ?? ''}`),
    `${Math.min(3, programs.length)} programs`,
  ];
}

const BODIES = [
  'wait(ms(1));',
  'const bus = channel({ from: ["02:00:00:00:00:02"], queue: 4 }); const v = variable(u16, { initial: 3 }); const m = message(); while (true) { create(v, m); send(bus, m); wait(us(250)); }',
  'const c = counter({ start: 1 }); for (let i = 0; i < 4; i++) { addToCounter(c, i); } if (testCount(c, 5)) { goto(again); } else { wait(ms(1)); } function again() { wait(ms(2)); halt(); }',
  'const v = variable(bytes(8)), w = variable(bytes(4)); const q = queue(u8, { depth: 3 }); do { if (equal(v, w) && !testVar(v, "zero") || varQueueEmpty(q)) continue; wait(ms(1)); } while (greater(v, w)); endOfProgram();',
  'const b = channel({ from: ["02:00:00:00:00:02"], backup: "02:00:00:00:00:03" }); const v = variable(i32); const m = message(); handle("sync_timeout", () => { wait(ms(5)); halt(); }); for (;;) { syncSlave(ms(10), b); backupReceive(b, v); mode("soft"); xsend(us(100)); if (statusTest(["receive_fault"])) break; create(v, m); backupSend(b, m); wait(ms(1)); }',
  'const list = [ms(1), ms(2), us(3)] as const; for (const [a, b] of [[1, 2], [3, 4]] as const) { wait(list[0].plus(list[1]).times(a + b)); } outer: while (true) { for (const d of list) { if (d === list[2]) continue outer; wait(d); } }',
  'import { period, rest, list } from "./beside.ts"; rest(period); for (const item of list) future(ms(item), step); halt(); function step(): never { destroy(m); halt(); } const m = message();',
];

function seeds(): Uint8Array[] {
  const whole = BODIES.map((body) => {
    const imports = body.startsWith('import') ? body.slice(0, body.indexOf(';') + 1) : '';
    return `${IMPORT}${imports}\nexport const one = node(() => {\n${body.slice(imports.length).replaceAll('; ', ';\n')}\n});\n`;
  });
  return [...whole.map(bytesOf), ...filesOf('samples', '.nc.ts')];
}

const WORDS: readonly string[] = [
  ...NAMES,
  ...['const', 'let', 'var', 'function', 'if', 'else', 'for', 'while', 'do', 'of', 'in', 'break', 'continue', 'return'],
  ...['true', 'false', 'null', 'undefined', 'NaN', 'Infinity', 'as const', 'as any', 'satisfies', 'export', 'default'],
  ...['import', 'from', '"ncbpf/program"', '"./beside.ts"', '=>', '===', '!==', '&&', '||', '??', '!', '?', ':', '...'],
  ...['class', 'new', 'async', 'await', 'yield', 'typeof', 'interface', 'type', 'enum', 'namespace', 'switch', 'try'],
  ...[
    'Math.max',
    'Math',
    '.length',
    '.times',
    '.plus',
    '.minus',
    '.dividedBy',
    '`${',
    '}`',
    '0n',
    '1e300',
    '1_000',
    '%',
  ],
  ...[
    '**',
    '<<',
    '>>>',
    '|',
    '^',
    '~',
    '++',
    '--',
    '+=',
    ',',
    ';',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '<',
    '>',
    '@',
    '#',
    '/',
  ],
];

export const TYPESCRIPT: Reader = { shape: { kind: 'text', words: WORDS }, seeds, play };
