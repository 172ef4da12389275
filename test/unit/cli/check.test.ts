import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Folders, ncbpf, type ErrorAnswer } from './harness.js';

const folders = new Folders();
afterAll(() => folders.cleanUp());

const GOOD = 'start:\n    wait 1ms, start\n';
const BAD = 'start:\n    wait 1ms, strat\n';
const DOUBTFUL = 'var unused : u8\nstart:\n    wait 1ms, start\n';

/** A frame of the shortest length every 5 us: it has the wire for 6.72 us at 100 Mbit/s, for 0.672 us at 1 Gbit/s. */
const FAST = `channel bus to 02:00:00:00:00:02
var v : u8
message m
start:
    create v -> m
    send bus, m
    wait 5us, start
`;

const TEN_MEGABYTES = 10_000_000;
const cwd = folders.make({
  'good.nc': GOOD,
  'bad.nc': BAD,
  'doubtful.nc': DOUBTFUL,
  'fast.nc': FAST,
  'spaced.nc': 'wait 1 ms\nend_of_program\n',
  'empty.nc': '',
  'rubbish.nc': Uint8Array.from({ length: 100_000 }, (_, i) => (i * i * 31 + i) & 255),
  'large.nc': GOOD + '# more\n'.repeat(TEN_MEGABYTES / 7),
  'line.nc': 'x'.repeat(TEN_MEGABYTES),
  'cut.ncb': 'NCBUNDLE and then something else',
});
mkdirSync(join(cwd, 'folder.nc'));

describe('check', () => {
  test('says nothing about a good program', async () => {
    expect(await ncbpf(['check', 'good.nc', 'large.nc'], { cwd })).toEqual({ status: 0, stdout: '', stderr: '' });
    expect((await ncbpf(['check', 'good.nc', '--json'], { cwd })).stdout).toBe('[]\n');
  });

  test('prints errors, with the line and a marker', async () => {
    const { status, stdout, stderr } = await ncbpf(['check', 'bad.nc'], { cwd });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const [first, line, marker] = stdout.split('\n');
    expect(first).toMatch(/^bad\.nc:2:15: error\[NC2003\]: /);
    expect(line?.trim()).toBe('wait 1ms, strat');
    expect(marker?.trim()).toBe('^~~~~');
  });

  test('a unit behind a space is put right', async () => {
    const { status, stdout } = await ncbpf(['check', 'spaced.nc'], { cwd });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^spaced\.nc:1:8: error\[NC1008\]/);
    expect(stdout).toContain('hint: write `1ms`');
  });

  test('warnings give status 0', async () => {
    const { status, stdout } = await ncbpf(['check', 'doubtful.nc'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toContain('doubtful.nc:1:5: warning[NC6001]');
  });

  test('the speed of the link says whether frames are gone in time', async () => {
    const { status, stdout } = await ncbpf(['check', 'fast.nc'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^fast\.nc:6:5: warning\[NC6013\]: .* 6\.72 us at 100 Mbit\/s, .* 5 us$/m);
    const json = JSON.parse((await ncbpf(['check', 'fast.nc', '--json'], { cwd })).stdout) as unknown;
    expect(json).toMatchObject([{ line: 6, severity: 'warning', code: 'NC6013' }]);
    expect(await ncbpf(['check', 'fast.nc', '--rate', '1gbit'], { cwd })).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(await ncbpf(['check', 'fast.nc', '--rate', 'fast'], { cwd })).toMatchObject({ status: 2, stdout: '' });
  });

  test('--json is one array over all files', async () => {
    const { status, stdout } = await ncbpf(['check', '--json', 'doubtful.nc', 'bad.nc'], { cwd });
    expect(status).toBe(1);
    const answer = JSON.parse(stdout) as Record<string, unknown>[];
    expect(answer).toMatchObject([
      { file: 'doubtful.nc', line: 1, column: 5, endLine: 1, endColumn: 11, severity: 'warning', code: 'NC6001' },
      { file: 'bad.nc', line: 2, column: 15, endLine: 2, endColumn: 20, severity: 'error', code: 'NC2003' },
    ]);
    for (const each of answer) {
      expect(Object.keys(each)).toEqual([
        'file',
        'line',
        'column',
        'endLine',
        'endColumn',
        'severity',
        'code',
        'message',
        'hint',
      ]);
    }
  });

  test.each([['empty.nc'], ['rubbish.nc'], ['line.nc']])('%s has errors', async (file) => {
    const { status, stdout } = await ncbpf(['check', file], { cwd });
    expect(status).toBe(1);
    expect(stdout).toContain(`${file}:1:`);
    expect(stdout.length).toBeLessThan(200_000);
  });

  test.each([
    ['none.nc', 'none.nc does not exist'],
    ['good.nc/x', 'good.nc/x does not exist'],
    ['folder.nc', 'folder.nc is a directory'],
    ['/dev/zero', '/dev/zero is larger than any program'],
    ['n'.repeat(300), 'longer than a file'],
    ['', 'the name of a file is empty: give the path of one'],
    ['cut.ncb', 'cut.ncb was written by `ncbpf build` and has no text: name the program that it was made of'],
  ])('%s: status 2', async (file, says) => {
    const { status, stdout, stderr } = await ncbpf(['check', 'good.nc', file], { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(says);
    const answer = JSON.parse((await ncbpf(['check', file, '--json'], { cwd })).stdout) as ErrorAnswer;
    expect(answer.error.status).toBe(2);
  });
});

describe('check of several files, some of which cannot be read', () => {
  const files = ['none.nc', 'bad.nc', 'folder.nc', 'doubtful.nc'];

  test('says what is wrong with the others, and ends with status 2', async () => {
    const { status, stdout, stderr } = await ncbpf(['check', ...files], { cwd });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'ncbpf: none.nc does not exist\nncbpf: folder.nc is a directory\n',
    });
    expect(stdout).toContain('bad.nc:2:15: error[NC2003]');
    expect(stdout).toContain('doubtful.nc:1:5: warning[NC6001]');
  });

  test('--json has the diagnostics of the others', async () => {
    const { status, stdout } = await ncbpf(['check', '--json', ...files], { cwd });
    expect(status).toBe(2);
    expect((JSON.parse(stdout) as { file: string }[]).map(({ file }) => file)).toEqual(['bad.nc', 'doubtful.nc']);
  });

  test('names each where there are no others', async () => {
    const { status, stdout, stderr } = await ncbpf(['check', 'none.nc', 'folder.nc'], { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe('ncbpf: none.nc does not exist\nncbpf: folder.nc is a directory\n');
  });
});

test('fmt of what build wrote is one sentence', async () => {
  const { status, stdout, stderr } = await ncbpf(['fmt', 'cut.ncb'], { cwd });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe(
    'ncbpf: cut.ncb was written by `ncbpf build` and has no text: name the program that it was made of\n',
  );
});

test.each([
  ['check', '\u007fELF\0\u0001\u00ff\0\n\u00fe\n\u00fd'],
  ['check', '\u00ff\u00fer\0o\0u\0n\0d\0:\0\n\0w\0a\0i\0t\0'],
  ['fmt', '\u0089PNG\r\n\u001a\n\0\0\0\r\u00ff'],
])('%s of a binary file says so once', async (command, bytes) => {
  const cwd = folders.make({ 'picture.nc': Buffer.from(bytes, 'latin1') });
  const { status, stdout, stderr } = await ncbpf([command, 'picture.nc'], { cwd });
  expect(status).toBe(1);
  expect(`${stdout}${stderr}`.match(/error\[/g)).toHaveLength(1);
  expect(`${stdout}${stderr}`).toMatch(
    /^picture\.nc:1:1: error\[NC1001\]: the file is binary, or in another code than UTF-8/,
  );
});

describe('build', () => {
  test('stops at a stage', async () => {
    const c = await ncbpf(['build', 'good.nc', '--emit', 'c'], { cwd });
    expect(c).toMatchObject({ status: 0, stderr: '' });
    expect(c.stdout).toContain('#include "nc_abi.h"');
    const manifest = await ncbpf(['build', 'good.nc', '--emit', 'manifest'], { cwd });
    expect(JSON.parse(manifest.stdout)).toMatchObject({ node: 'good', file: 'good.nc', longestWaitNs: '1000000' });
    const json = await ncbpf(['build', 'good.nc', '--emit', 'c', '--json'], { cwd });
    expect(JSON.parse(json.stdout)).toEqual({ stage: 'c', text: c.stdout, output: null, diagnostics: [] });
  });

  test('writes a stage to a file, whole or not at all', async () => {
    const folder = folders.make({ 'good.nc': GOOD, out: 'old' });
    expect(await ncbpf(['build', 'good.nc', '--emit', 'manifest', '-o', 'out'], { cwd: folder })).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    const again = await ncbpf(['build', 'good.nc', '--emit', 'manifest'], { cwd: folder });
    expect(await ncbpf(['check', 'out', '--json'], { cwd: folder })).toMatchObject({ status: 1 });
    expect(again.stdout).toContain('ncbpf-manifest');
  });

  test.each([
    ['none/out', 'the folder for none/out does not exist'],
    ['folder.nc', 'folder.nc is a directory'],
  ])('-o %s: status 2', async (output, says) => {
    const { status, stderr } = await ncbpf(['build', 'good.nc', '--emit', 'c', '-o', output], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain(says);
  });

  test('a device is written to, not replaced', async () => {
    expect(await ncbpf(['build', 'good.nc', '--emit', 'c', '-o', '/dev/null'], { cwd })).toMatchObject({ status: 0 });
    expect(await ncbpf(['check', '/dev/null'], { cwd })).toMatchObject({ status: 1 });
  });

  test('says errors and warnings on standard error', async () => {
    const bad = await ncbpf(['build', 'bad.nc', '-o', 'x'], { cwd });
    expect(bad).toMatchObject({ status: 1, stdout: '' });
    expect(bad.stderr).toContain('error[NC2003]');
    const doubtful = await ncbpf(['build', 'doubtful.nc', '--emit', 'c'], { cwd });
    expect(doubtful.status).toBe(0);
    expect(doubtful.stderr).toContain('warning[NC6001]');
    expect(doubtful.stdout).not.toContain('NC6001');
  });
});

describe('attach', () => {
  test.each([
    ['none.nc', 2, 'does not exist'],
    ['folder.nc', 2, 'is a directory'],
    ['empty.nc', 1, 'NC4004'],
    ['bad.nc', 1, 'NC2003'],
    ['cut.ncb', 2, 'the bundle is cut off'],
  ])('of %s', async (file, expected, says) => {
    const { status, stdout, stderr } = await ncbpf(['attach', 'none0', file], { cwd });
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(stderr).toContain(says);
  });
});
