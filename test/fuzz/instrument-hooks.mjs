// Module hooks: a TypeScript source is what prepare.mjs made of it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resolve as resolveSource } from '../bench/typescript-hooks.mjs';
import { preparedPath } from './prepared.mjs';

/** @type {import('node:module').ResolveHook} */
export const resolve = resolveSource;

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const source = readFileSync(preparedPath(fileURLToPath(url)), 'utf8');
  return { format: 'module', source, shortCircuit: true };
}
