// The samples that are written in TypeScript besides: they are the same programs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkSource } from '../../../../lang/compile.js';
import { checkFiles, errorsOf, meaning } from './module-test.js';

const SAMPLES = [
  ['counter-bounded-burst/burst.nc.ts', { burst: 'burst.nc' }],
  ['skip-a-slot/slot.nc.ts', { sensor: 'sensor.nc', display: 'display.nc' }],
  ['sync-master-two-slaves/system.nc.ts', { master: 'master.nc', left_slave: 'left.nc', right_slave: 'right.nc' }],
] as const;

test.each(SAMPLES)('%s', (path, texts) => {
  const folder = join('samples', path, '..');
  const result = checkFiles({ 'main.nc.ts': readFileSync(join('samples', path), 'utf8') });
  expect(errorsOf(result)).toEqual([]);
  expect(result.nodes).toEqual(Object.keys(texts));
  const expected = Object.values(texts).map((file) => checkSource(readFileSync(join(folder, file), 'utf8'), file));
  expect(result.programs.map(meaning)).toEqual(expected.map(({ program }) => meaning(program)));
  const warnings = expected.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code));
  expect(result.diagnostics.map(({ code }) => code).toSorted()).toEqual(warnings.toSorted());
});
