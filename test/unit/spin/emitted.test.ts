// `verify --emit promela`: what SPIN says of the model is what `verify` says. All generated systems: `npm run test:spin`.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emitPromela } from '../../../schedule/promela/emit.js';
import { generateSystem } from '../../spin/generate.js';
import { searchText, spinMissing } from '../../spin/spin.js';
import { testUnless } from '../../support/skip.js';
import { systemOf, verifyTexts } from '../../support/verify-system.js';
import { ncbpf } from '../cli/harness.js';

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'ncbpf-promela-'));
  writeFileSync(join(cwd, 'a.nc'), 'channel bus\nround:\n    sync master bus\n    wait 1ms, round\n');
  writeFileSync(join(cwd, 'soft.nc'), 'mode soft\nround:\n    wait 1ms, round\n');
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

for (const index of [0, 1]) {
  const { name, texts, losses } = generateSystem(7, index);
  testUnless(spinMissing())(name, () => {
    const { collision, stuck } = verifyTexts(texts, { properties: ['collision', 'stuck'], losses }).verdicts;
    expect(searchText(emitPromela(systemOf(...texts), losses))).toEqual({
      collision: collision.holds,
      stuck: stuck.holds,
    });
  });
}

test('the same system gives the same model', () => {
  const { texts, losses } = generateSystem(7, 2);
  expect(emitPromela(systemOf(...texts), losses)).toBe(emitPromela(systemOf(...texts), losses));
});

test('the command line writes the model and nothing else', async () => {
  const { status, stdout } = await ncbpf(['verify', 'a.nc', '--emit', 'promela'], { cwd });
  expect(status).toBe(0);
  expect(stdout).toContain('active proctype System()');
  expect(stdout.startsWith('/* a.nc;')).toBe(true);
});

test('what the model has not is refused in one sentence', async () => {
  const refused = async (...args: string[]) => ncbpf(['verify', ...args], { cwd });
  expect(await refused('soft.nc', '--emit', 'promela')).toMatchObject({ status: 2, stdout: '' });
  expect((await refused('soft.nc', '--emit', 'promela')).stderr).toContain('line 1 of soft: the model has no mode');
  expect((await refused('a.nc', '--emit', 'dot')).stderr).toContain('verify writes promela, not dot');
  expect((await refused('a.nc', '--emit', 'promela', '--drift', '10')).stderr).toContain('does not follow --drift');
});
