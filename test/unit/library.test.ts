// The library without a kernel: what it says of programs of every front end.
import { expect, test } from '@jest/globals';
import { build, check, ProgramError, UsageError, type ProgramSettings, type Source } from '../../index.js';

const NCM = 'test/data/ncm';
const SYSTEM = 'samples/sync-master-two-slaves/system.nc.ts';

const MODULE = (second: string): Source => ({
  name: 'two.nc.ts',
  content: `import { ms, node, wait } from 'ncbpf/program';
export const a = node(() => { while (true) { wait(ms(1)); } });
export const b = node(() => { while (true) { ${second} } });
`,
});

const codes = async (source: Source, settings: ProgramSettings = {}) =>
  (await check(source, settings)).map(({ severity, code, file, line }) => [severity, code, file, line]);

test('text, by its path or by itself', async () => {
  expect(await codes('samples/two-nodes-in-turn/a.nc')).toEqual([]);
  expect(await codes({ content: 'goto nowhere\n', name: 'x.nc' })).toEqual([['error', 'NC2003', 'x.nc', 1]]);
});

test('all nodes of a module, or one', async () => {
  expect(await codes(SYSTEM)).toEqual([]);
  expect(await codes(MODULE('wait(ms(0));'))).toEqual([['error', 'NC3006', 'two.nc.ts', 3]]);
  expect(await codes(MODULE('wait(ms(0));'), { node: 'a' })).toEqual([]);
});

test('bytecode needs the senders of its channels: without params they are errors', async () => {
  const source = `${NCM}/rx1.bytecode`;
  expect((await codes(source)).map(([severity, code]) => [severity, code])).toContainEqual(['error', 'NC8006']);
  expect(await codes(source, { params: `${NCM}/rx1.params.json` })).toEqual([]);
});

test('params with a mistake are said instead of the program', async () => {
  const params = { name: 'p.params.json', content: '{\n  "channels": 5\n}\n' };
  expect(await codes(`${NCM}/rx1.bytecode`, { params })).toEqual([['error', 'NC8007', 'p.params.json', 2]]);
  const refused = build(`${NCM}/rx1.bytecode`, { params });
  await expect(refused).rejects.toThrow(ProgramError);
  await expect(refused).rejects.toThrow('p.params.json:2:15: error[NC8007]');
});

test.each<[string, Source, ProgramSettings]>([
  ['say with `node` which is meant: master, left_slave, right_slave', SYSTEM, {}],
  ['describes no node middle: its nodes are master, left_slave, right_slave', SYSTEM, { node: 'middle' }],
  ['describes no node a: it is no module', 'samples/two-nodes-in-turn/a.nc', { node: 'a' }],
  ['params are for programs in bytecode', SYSTEM, { params: `${NCM}/rx1.params.json` }],
])('refused: %s', async (words, source, settings) => {
  const refused = build(source, settings);
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(words);
});

test('an error of a module is shown with its line', async () => {
  const refused = build(MODULE('wait(ms(0));'), { node: 'b' });
  await expect(refused).rejects.toThrow('export const b = node');
});
