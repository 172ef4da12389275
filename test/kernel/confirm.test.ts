// Attachments on trial: `ncbpf attach --confirm`.
import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Trial } from '../../loader/confirm.js';
import { confirmAttachment } from '../../loader/confirm.js';
import { UsageError } from '../../loader/errors.js';
import { withLock } from '../../loader/lock.js';
import { isAlive } from '../../loader/processes.js';
import { readRecord } from '../../loader/record.js';
import { listAttachments } from '../../loader/status.js';
import { compileText, until, type Host, type HostAttachOptions } from '../support/hosts.js';
import { NCBPF, ncbpf } from '../support/ncbpf.js';
import { Scratch } from '../support/scratch.js';
import { usePair } from '../support/use-pair.js';

const PROGRAM = 'tolerance 100ms\nround:\n wait 10ms, round\n';
const MS = 1_000_000n;
/** Time enough for a command to come first, on a machine that is busy. */
const LONG = 600_000n * MS;
const SHORT = 2_000n * MS;

const scratch = new Scratch();
let a: Host;
let b: Host;

usePair(scratch, (pair) => {
  ({ a, b } = pair);
});

async function attach(confirmNs: bigint, options: HostAttachOptions = {}): Promise<Trial> {
  const { attachment } = await b.attach('net', await compileText(PROGRAM), { confirmNs, ...options });
  return attachment.record.trial!;
}

const confirm = () => b.inside(() => confirmAttachment('net', b.roots));
const trial = () => readRecord(b.roots, 'net')?.record.trial;
const filters = () => b.run('tc', 'filter', 'show', 'dev', 'net', 'egress');

test('nobody confirms: it is detached, not before its time', async () => {
  const { deadlineNs, process: watch } = await attach(SHORT);
  const { record } = readRecord(b.roots, 'net')!;
  await until(() => listAttachments(b.roots).length === 0);
  expect(process.hrtime.bigint()).toBeGreaterThanOrEqual(BigInt(deadlineNs));
  await until(() => !isAlive(watch));
  expect(isAlive(record.process!)).toBe(false);
  expect(filters()).toBe('');
});

test('somebody confirms: it stays, and the process that watched it is gone', async () => {
  const { deadlineNs, process: watch } = await attach(SHORT);
  await confirm();
  expect([trial(), isAlive(watch)]).toEqual([null, false]);
  while (process.hrtime.bigint() < BigInt(deadlineNs)) await sleep(10);
  expect((await b.status('net')).phase).toBe('attached');
  await expect(confirm()).rejects.toThrow(UsageError);
  await expect(confirm()).rejects.toThrow('waits for no confirmation');
});

test('detach and a replacement end the process that watches', async () => {
  const first = await attach(LONG);
  const second = await attach(LONG, { replace: true });
  expect([isAlive(first.process), isAlive(second.process)]).toEqual([false, true]);
  await b.detach('net');
  expect(isAlive(second.process)).toBe(false);
});

test('an attach that fails leaves no process', async () => {
  const steps: string[] = [];
  const refused = attach(LONG, {
    onStep: (step) => {
      steps.push(step);
      if (step === 'attached') throw new Error('interrupted');
    },
  });
  await expect(refused).rejects.toThrow('interrupted');
  expect(steps).toContain('start the process that waits for `ncbpf confirm`');
  expect(listAttachments(b.roots)).toEqual([]);
});

test('the status names the time that is left, and a watch that is dead', async () => {
  const { process: watch } = await attach(LONG);
  const { stdout } = await ncbpf(b, ['status', 'net']);
  expect(stdout).toMatch(/trial +detached in (5\d\d|600)(\.\d+)? s unless `ncbpf confirm net`/);
  process.kill(watch.pid, 'SIGKILL');
  await until(() => !isAlive(watch));
  expect((await b.status('net')).problems).toContainEqual(expect.stringContaining('ncbpf confirm net'));
});

test('by the command line; the end of the terminal changes nothing', async () => {
  const program = join(scratch.folder(), 'prog.nc');
  writeFileSync(program, PROGRAM);
  const command = `"${process.execPath}" "${NCBPF}" attach net "${program}" --confirm 3s && exec sleep 1000`;
  const env = { PATH: process.env.PATH, ...b.environment };
  const words = [`--net=${b.namespace}`, 'sh', '-c', command];
  // A session of its own, as a terminal has one.
  const session = spawn('nsenter', words, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  session.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await until(() => said.includes('detached again in 3 s unless `ncbpf confirm net` comes first'));
  const { pid } = trial()!.process;
  process.kill(-session.pid!, 'SIGHUP');
  process.kill(-session.pid!, 'SIGKILL');
  await once(session, 'exit');
  const [, , group, sessionId] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  expect([group, sessionId]).toEqual([String(pid), String(pid)]);
  await until(() => listAttachments(b.roots).length === 0);
});

test('the interface is gone: so is the attachment, in time', async () => {
  const { process: watch } = await attach(SHORT);
  b.run('ip', 'link', 'delete', 'net');
  await until(() => listAttachments(b.roots).length === 0);
  await until(() => !isAlive(watch));
  expect(existsSync(b.roots.pins)).toBe(false);
});

test('a replacement without --confirm stays, also beyond the old deadline', async () => {
  const { deadlineNs } = await attach(SHORT);
  await b.attach('net', await compileText(PROGRAM), { replace: true });
  while (process.hrtime.bigint() < BigInt(deadlineNs)) await sleep(10);
  expect(trial()).toBe(null);
  expect((await b.status('net')).machine!.run).toBe('running');
});

test('another command holds the lock at the deadline: it is detached behind it', async () => {
  const { deadlineNs, process: watch } = await attach(SHORT);
  await b.inside(() =>
    withLock(b.roots, 'net', async () => {
      while (process.hrtime.bigint() < BigInt(deadlineNs) + 500n * MS) await sleep(10);
      expect([listAttachments(b.roots), isAlive(watch)]).toEqual([['net'], true]);
    }),
  );
  await until(() => listAttachments(b.roots).length === 0);
  await expect(confirm()).rejects.toThrow(/nothing is attached to net/);
});

test('a tool that fails for a while does not save the attachment', async () => {
  const tools = scratch.folder();
  const [broken, tried] = [join(tools, 'broken'), join(tools, 'tried')];
  const script = `#!/bin/sh\n[ -e ${broken} ] && { : >${tried}; exit 1; }\nPATH=${process.env.PATH}\nexec ip "$@"\n`;
  writeFileSync(join(tools, 'ip'), script, { mode: 0o755 });
  const program = join(scratch.folder(), 'prog.nc');
  writeFileSync(program, PROGRAM);
  const path = ['env', `PATH=${tools}:${process.env.PATH}`];
  expect(await ncbpf(b, ['attach', 'net', program, '--confirm', '2s'], path)).toMatchObject({ status: 0 });
  writeFileSync(broken, '');
  await until(() => existsSync(tried));
  expect(listAttachments(b.roots)).toEqual(['net']);
  rmSync(broken);
  await until(() => listAttachments(b.roots).length === 0);
  expect(filters()).toBe('');
});

test('roots that are named from the working directory', async () => {
  const folder = join(b.roots.run, '..');
  writeFileSync(join(folder, 'prog.nc'), PROGRAM);
  const place = ['env', '-C', folder, `NCBPF_RUN_ROOT=run`];
  expect(await ncbpf(b, ['attach', 'net', 'prog.nc', '--confirm', '2s'], place)).toMatchObject({ status: 0 });
  expect(readRecord(b.roots, 'net')!.record.trial).not.toBe(null);
  await until(() => listAttachments(b.roots).length === 0);
  rmSync(join(folder, 'prog.nc'));
});

test('no process can be started: a sentence, and nothing is left', async () => {
  const { execPath } = process;
  process.execPath = join(scratch.folder(), 'node');
  const refused = await attach(LONG).catch((error: unknown) => error);
  process.execPath = execPath;
  expect(refused).toMatchObject({ message: expect.stringContaining('that waits for `ncbpf confirm` does not start') });
  expect(listAttachments(b.roots)).toEqual([]);
});

test('from another network namespace: the way there is named', async () => {
  await attach(LONG);
  await expect(a.inside(() => confirmAttachment('net', b.roots))).rejects.toThrow(/nsenter --net=/);
  expect(trial()).not.toBe(null);
});

test('wrong input', async () => {
  await expect(confirm()).rejects.toThrow(/nothing is attached to net/);
  expect(await ncbpf(b, ['confirm', 'net'])).toMatchObject({ status: 2, stdout: '' });
  const refused = await ncbpf(b, ['attach', 'net', 'prog.nc', '--confirm', '60']);
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('--confirm needs a duration')]);
  await attach(LONG);
  expect(JSON.parse((await ncbpf(b, ['confirm', 'net', '--json'])).stdout)).toEqual({
    interface: 'net',
    confirmed: true,
  });
});
