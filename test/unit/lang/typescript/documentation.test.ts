// Every module in docs/typescript.md compiles, and is the text that stands beside it.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { PROGRAM_EXPORTS } from '../../../../lang/typescript/program-entry.js';
import { checkFiles, errorsOf, expectSame } from './module-test.js';

const text = readFileSync('docs/typescript.md', 'utf8');
const blocks = [...text.matchAll(/^```(ts|nc)\n([^]*?)^```$/gm)].map(([, info = '', block = '']) => ({ info, block }));
// What uses the library is no module; test/unit/docs.test.ts checks it.
const modules = blocks.filter(({ info, block }) => info === 'ts' && !block.includes("from 'ncbpf'"));

test('there are some', () => {
  expect(modules.length).toBeGreaterThanOrEqual(4);
});

test.each(modules.map(({ block }, index) => [index, block] as const))('module %i', (_, block) => {
  const result = checkFiles({ 'main.nc.ts': block });
  expect(errorsOf(result)).toEqual([]);
  expect(result.programs.length).toBe(result.nodes.length);
});

test('the first one is the text behind it', () => {
  const [module, program] = blocks;
  expect([module?.info, program?.info]).toEqual(['ts', 'nc']);
  expectSame(checkFiles({ 'main.nc.ts': module?.block ?? '' }), program?.block ?? '');
});

test.each([...PROGRAM_EXPORTS.keys()].filter((name) => !/^[ui]\d/.test(name)))('%s is mentioned', (name) => {
  expect(text).toMatch(new RegExp(`\\b${name}\\b`));
});
