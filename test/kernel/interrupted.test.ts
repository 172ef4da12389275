// What a signal leaves of a command that waits for the compiler: nothing, at once after SIGTERM or SIGINT, at the next run after SIGKILL.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findToolchain } from '../../codegen/clang.js';
import { until } from '../support/hosts.js';
import { NCBPF } from '../support/ncbpf.js';
import { Scratch } from '../support/scratch.js';

const PROGRAM = 'round:\n wait 10ms, round\n';
const INTERFACE = 'nc-no-such';

const scratch = new Scratch();
let folder: string;
let temporary: string;

beforeEach(() => {
  folder = scratch.folder();
  temporary = scratch.folder();
  writeFileSync(join(folder, 'prog.nc'), PROGRAM);
});

afterEach(() => {
  scratch.cleanUp();
});

/** A compiler that never comes to its end: it says its pid in a file. */
async function slowCompiler(): Promise<string> {
  const { clang } = await findToolchain();
  const path = join(folder, 'clang');
  const script = `#!/bin/sh\ncase "$1" in --version) exec ${clang} --version;; esac\necho $$ > ${folder}/pid\nexec sleep 1000\n`;
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

function start(args: readonly string[], compiler: string): ChildProcess {
  const env = { PATH: process.env.PATH, TMPDIR: temporary, ...(compiler === '' ? {} : { NCBPF_CLANG: compiler }) };
  return spawn(process.execPath, [NCBPF, ...args], { cwd: folder, env, stdio: 'ignore' });
}

/** Runs a command until it compiles, sends it the signal, and returns how it ended, and the compiler's pid. */
async function interrupt(args: readonly string[], signal: NodeJS.Signals): Promise<{ ended: unknown; pid: string }> {
  const child = start(args, await slowCompiler());
  const path = join(folder, 'pid');
  await until(() => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'));
  const pid = readFileSync(path, 'utf8').trim();
  scratch.onCleanUp(() => {
    if (isRunning(pid)) process.kill(Number(pid), 'SIGKILL');
  });
  expect(readdirSync(temporary)).toHaveLength(1);
  child.kill(signal);
  const [status, by] = (await once(child, 'exit')) as [number | null, string | null];
  return { ended: status ?? by, pid };
}

function isRunning(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep');
  } catch {
    return false;
  }
}

test.each([
  ['attach', ['attach', INTERFACE, 'prog.nc'], 'SIGTERM', 143],
  ['attach', ['attach', INTERFACE, 'prog.nc'], 'SIGINT', 130],
  ['build', ['build', 'prog.nc', '-o', 'prog.ncb'], 'SIGTERM', 143],
  ['build', ['build', 'prog.nc', '-o', 'prog.ncb'], 'SIGHUP', 129],
] as const)('%s, %j, %s: ends at once, compiler and folder with it', async (_, args, signal, status) => {
  const { ended, pid } = await interrupt(args, signal);
  expect(ended).toBe(status);
  expect(readdirSync(temporary)).toEqual([]);
  await until(() => !isRunning(pid));
  expect(existsSync(join(folder, 'prog.ncb'))).toBe(false);
});

test('SIGKILL: the next run removes what is left', async () => {
  const { ended } = await interrupt(['build', 'prog.nc', '-o', 'prog.ncb'], 'SIGKILL');
  expect([ended, readdirSync(temporary).length]).toEqual(['SIGKILL', 1]);
  const [status] = (await once(start(['build', 'prog.nc', '-o', 'prog.ncb'], ''), 'exit')) as [number];
  expect([status, readdirSync(temporary)]).toEqual([0, []]);
});
