// Modules for tests: their texts by path, checked as `ncbpf check` does.
import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { checkSource } from '../../../../lang/compile.js';
import { printTree } from '../../../../lang/print.js';
import type { Program } from '../../../../lang/program.js';
import { checkModule, type ModuleCheck, type ModuleOptions } from '../../../../lang/typescript/check-module.js';

const declarations = readFileSync('lang/typescript/program.ts', 'utf8');

/** Everything that a module may import, so that the cases need not say it. */
const NAMES = [...declarations.matchAll(/^export (?:const|interface|type) (\w+)/gm)].map(([, name]) => name).join(', ');
export const PREAMBLE = `import { ${NAMES} } from 'ncbpf/program';`;

/** Checks `main.nc.ts` among files. */
export function checkFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: ModuleOptions = {},
): ModuleCheck {
  return checkModule('main.nc.ts', { readFile: (path) => files[path] ?? null, declarations }, options);
}

/** Checks a module whose first line is the preamble. */
export function check(text: string, options: ModuleOptions = {}): ModuleCheck {
  return checkFiles({ 'main.nc.ts': `${PREAMBLE}\n${text}` }, options);
}

/** Checks a module of one node, whose body is what is given. */
export function checkBody(body: string): ModuleCheck {
  return check(`node(() => {\n${body}\n});`);
}

/** Diagnostics as `line:column CODE`. */
export function found({ diagnostics }: ModuleCheck): string[] {
  return diagnostics.map(({ span, code }) => `${span.line}:${span.column} ${code}`);
}

/** The codes of errors, with the messages for whoever looks at a failing test. */
export function errorsOf({ diagnostics }: Pick<ModuleCheck, 'diagnostics'>): string[] {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return errors.map(({ span, code, message }) => `${span.line}:${span.column} ${code} ${message}`);
}

const LEFT_OUT = ['span', 'programId', 'labels', 'file'];

/** Everything of a program but places, names of labels, and the id, which is that of the text. */
export function meaning(program: Program | null | undefined): unknown {
  const text = JSON.stringify(program ?? null, (key, value: unknown) => {
    return LEFT_OUT.includes(key) ? undefined : typeof value === 'bigint' ? `${value}n` : value;
  });
  return JSON.parse(text) as unknown;
}

/** A module of one node means what a text means. */
export function expectSame(result: ModuleCheck, text: string): void {
  expect(errorsOf(result)).toEqual([]);
  const expected = checkSource(text, 'main.nc');
  expect(errorsOf(expected)).toEqual([]);
  expect(meaning(result.programs[0])).toEqual(meaning(expected.program));
}

/** The canonical text of the only node. */
export function textOf(result: ModuleCheck): string {
  const [tree] = result.trees;
  return tree ? printTree(tree) : '';
}
