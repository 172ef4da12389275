// TypeScript modules on the command line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Folders, ncbpf } from './harness.js';

const folders = new Folders();
afterAll(() => folders.cleanUp());

const SYSTEM = `import { node, channel, counter, wait, syncMaster, endOfProgram } from 'ncbpf/program';
import { period } from './times.js';
const bus = channel();
export const tx = node(() => { while (true) { syncMaster(bus); wait(period); } });
export const rx = node(() => { const c = counter(); wait(period); endOfProgram(); });
`;
const TIMES = `import { ms } from 'ncbpf/program';\nexport const period = ms(1);\n`;
const MISTAKEN = `import { node, wait, ms } from 'ncbpf/program';\nimport { halts } from './help.js';\nnode(() => {\n  wait(ms(0));\n  halts();\n});\n`;
const HELP = `import { halt, wait, ns } from 'ncbpf/program';\nexport function halts(): never {\n  wait(ns(1).dividedBy(2));\n  halt();\n}\n`;

const cwd = folders.make({
  'system.nc.ts': SYSTEM,
  'times.ts': TIMES,
  'mistaken.nc.ts': MISTAKEN,
  'help.ts': HELP,
  'plain.nc': 'end_of_program\n',
});

describe('check', () => {
  test('all nodes', async () => {
    const { status, stdout } = await ncbpf(['check', '--json', 'system.nc.ts'], { cwd });
    expect(status).toBe(0);
    const said = JSON.parse(stdout) as { file: string; line: number; code: string }[];
    expect(said.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual(['system.nc.ts:5 NC6001']);
  });

  test('one node', async () => {
    expect(await ncbpf(['check', 'system.nc.ts', '--node', 'tx'], { cwd })).toMatchObject({ status: 0, stdout: '' });
  });

  test('diagnostics show the line of their own file', async () => {
    const { status, stdout } = await ncbpf(['check', 'mistaken.nc.ts'], { cwd });
    expect(status).toBe(1);
    expect(stdout).toContain('help.ts:3:8: error[NC3008]');
    expect(stdout).toContain('    wait(ns(1).dividedBy(2));\n         ^~~');
    const mended = folders.make({ 'mistaken.nc.ts': MISTAKEN, 'help.ts': HELP.replace('.dividedBy(2)', '') });
    const other = await ncbpf(['check', 'mistaken.nc.ts'], { cwd: mended });
    expect(other.stdout).toContain('mistaken.nc.ts:4:8: error[NC3006]');
    expect(other.stdout).toContain('    wait(ms(0));\n         ^~~~~');
  });

  test('from another folder', async () => {
    const above = join(cwd, '..');
    const name = cwd.slice(above.length + 1);
    const { status, stderr } = await ncbpf(['check', `${name}/system.nc.ts`], { cwd: above });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const full = await ncbpf(['check', join(cwd, 'system.nc.ts')], { cwd: above });
    expect(full.status).toBe(0);
  });
});

describe('build', () => {
  test('of several nodes wants one, and lists them', async () => {
    const { status, stderr } = await ncbpf(['build', 'system.nc.ts', '--emit', 'c'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain('system.nc.ts describes 2 nodes: choose one with --node; its nodes are tx, rx');
  });

  test('of a node that is not there', async () => {
    const { status, stderr } = await ncbpf(['build', 'system.nc.ts', '--node', 'ty', '--emit', 'c'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain('system.nc.ts describes no node ty: its nodes are tx, rx');
  });

  test('of a node', async () => {
    const { status, stdout } = await ncbpf(['build', 'system.nc.ts', '--node', 'tx', '--emit', 'ir'], { cwd });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ node: 'tx', file: 'system.nc.ts' });
  });

  test('the C names the lines of the module', async () => {
    const { stdout } = await ncbpf(['build', 'system.nc.ts', '--node', 'tx', '--emit', 'c'], { cwd });
    expect(stdout).toContain('#line 4 "system.nc.ts"');
  });

  test('tokens are those of the text that it stands for', async () => {
    const { stdout } = await ncbpf(['build', 'system.nc.ts', '--node', 'tx', '--emit', 'tokens'], { cwd });
    expect(stdout.split('\n').slice(0, 2)).toEqual(['1:1 word node', '1:6 word tx']);
  });

  test('of a module with mistakes', async () => {
    expect((await ncbpf(['build', 'mistaken.nc.ts', '--emit', 'c'], { cwd })).status).toBe(1);
    expect((await ncbpf(['build', 'mistaken.nc.ts', '-o', 'out.ncb'], { cwd })).status).toBe(1);
  });
});

test('--node is for modules', async () => {
  const { status, stderr } = await ncbpf(['check', 'plain.nc', '--node', 'tx'], { cwd });
  expect(status).toBe(2);
  expect(stderr).toContain('--node is for modules');
});

test('a module that is not there', async () => {
  const { status, stderr } = await ncbpf(['check', 'missing.nc.ts'], { cwd });
  expect(status).toBe(2);
  expect(stderr).toContain('missing.nc.ts does not exist');
});

test('what is compiled from text does not load the compiler of TypeScript', () => {
  const imports = ['cli/module-file.ts', 'cli/compile-file.ts', 'cli/commands/check.ts'].flatMap((file) => {
    return [...readFileSync(file, 'utf8').matchAll(/^import (?!type)[^;]*typescript/gm)];
  });
  expect(imports).toEqual([]);
});
