import { afterEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { withWorkFolder } from '../../../codegen/work-folder.js';

const NAMESPACE = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0];
/** Of a process that has ended and was waited for. */
const DEAD = spawnSync('true').pid;

const made: string[] = [];

afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A folder as a process would have left it. */
function leave(namespace: string, pid: number): string {
  const path = join(tmpdir(), `ncbpf-${namespace}-${pid}-${Math.random().toString(36).slice(2, 8).padEnd(6, '0')}`);
  mkdirSync(path);
  writeFileSync(join(path, 'nc_program.bpf.o'), 'half');
  made.push(path);
  return path;
}

const nothing = () => Promise.resolve();

test('a folder for the work alone, and none after it', async () => {
  let folder = '';
  const result = await withWorkFolder((path) => {
    folder = path;
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(basename(path)).toMatch(new RegExp(`^ncbpf-${NAMESPACE}-${process.pid}-`));
    return Promise.resolve(42);
  });
  expect([result, existsSync(folder)]).toEqual([42, false]);
  const failing = withWorkFolder((path) => {
    folder = path;
    return Promise.reject(new Error('refused'));
  });
  await expect(failing).rejects.toThrow('refused');
  expect(existsSync(folder)).toBe(false);
});

test('what a dead process has left goes with the next run', async () => {
  const stale = leave(NAMESPACE, DEAD);
  await withWorkFolder(nothing);
  expect(existsSync(stale)).toBe(false);
});

test('what belongs to a living process, or to one of another pid namespace, stays', async () => {
  const [living, elsewhere] = [leave(NAMESPACE, process.ppid), leave('1', DEAD)];
  await withWorkFolder(nothing);
  expect([living, elsewhere].map((path) => existsSync(path))).toEqual([true, true]);
});

test('a file of that name is not ours', async () => {
  const folder = leave(NAMESPACE, DEAD);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'somebody wrote this');
  await withWorkFolder(nothing);
  expect(existsSync(folder)).toBe(true);
});
