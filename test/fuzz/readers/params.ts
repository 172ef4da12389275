// Params of binary programs: JSON (.params.json) and binary (.ncmp).
import assert from 'node:assert/strict';
import { paramsToBinary, paramsToJson, readParams, warnOtherInterface } from '../../../lang/bytecode/params.js';
import type { Reader, Shape } from '../reader.js';
import { BASE, checkDiagnostics } from './promises.js';
import { bytesOf, filesOf, hexSections, sectionsOf } from './seeds.js';

const DIGITS = /\d+/g;

function play(input: Uint8Array, form: 'binary' | 'json'): string[] {
  const file = form === 'binary' ? `${BASE}.ncmp` : `${BASE}.params.json`;
  const { params, diagnostics } = readParams(input, file);
  checkDiagnostics(diagnostics, params !== null, form === 'binary' ? '' : input);
  if (params === null) return diagnostics.map(({ message }) => message.replaceAll(DIGITS, 'N'));
  const asJson = readParams(bytesOf(paramsToJson(params)), `${BASE}.params.json`);
  assert.deepEqual(asJson, { params, diagnostics: [] });
  // The binary form has no place for the node's own MAC.
  const asBinary = readParams(paramsToBinary(params), `${BASE}.ncmp`);
  assert.deepEqual(asBinary, { params: { ...params, mac: null }, diagnostics: [] });
  const others = warnOtherInterface(params, file, 'eth0', form === 'binary' ? null : input);
  assert(others.every(({ severity }) => severity === 'warning'));
  return [`${Math.min(params.channels.length, 3)} channels`, `${Math.min(others.length, 3)} other interfaces`];
}

function reader(shape: Shape, form: 'binary' | 'json', seeds: () => readonly Uint8Array[]): Reader {
  return { shape, seeds, play: (input) => play(input, form) };
}

function jsonSeeds(): Uint8Array[] {
  return [
    ...filesOf('test/data/ncm', '.params.json'),
    ...['params', 'params.json'].flatMap((name) => sectionsOf('test/cases/bytecode', name).map(bytesOf)),
  ];
}

/** The JSON ones in binary, and what the cases have. */
function binarySeeds(): Uint8Array[] {
  const read = jsonSeeds().flatMap((bytes) => readParams(bytes, 'seed.params.json').params ?? []);
  return [...read.map(paramsToBinary), ...hexSections('test/cases/bytecode', 'ncmp')];
}

const WORDS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"mac"',
  '"channels"',
  '"dev"',
  '"02:00:00:00:00:01"',
  '"eth0"',
  'null',
  'true',
  '""',
  '{}',
  '[]',
  '\\u0000',
  '__proto__',
  '1e999',
];

export const PARAMS_JSON = reader({ kind: 'text', words: WORDS }, 'json', jsonSeeds);
export const NCMP = reader({ kind: 'records', size: 2 }, 'binary', binarySeeds);
