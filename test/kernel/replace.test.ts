// Replacing an attachment: what is refused is refused while the old one runs, and a record that cannot be read is not taken for remains.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Built } from '../../codegen/build.js';
import { UnsupportedFeatureError, UsageError, VerifierError } from '../../loader/errors.js';
import { recordPath } from '../../loader/roots.js';
import { compileText, detachAll, makePair, type Host, type HostAttachOptions } from '../support/hosts.js';
import { Scratch } from '../support/scratch.js';

const PROGRAM = 'late send\ncounter rounds\nstart: add_to_counter rounds, 1\nwait 1ms, start\n';

const scratch = new Scratch();
let built: Built;
let host: Host;

beforeEach(async () => {
  built = await compileText(PROGRAM);
  ({ a: host } = await makePair(scratch));
  await host.attach('net', built);
});

afterEach(async () => {
  try {
    await detachAll(host);
  } finally {
    scratch.cleanUp();
  }
});

async function program(): Promise<number | undefined> {
  const { phase, machine } = await host.status('net');
  return phase === 'attached' && machine?.run === 'running'
    ? (await host.status('net')).attachment?.record.process?.pid
    : undefined;
}

async function refused(options: HostAttachOptions, what: Built = built): Promise<unknown> {
  const before = await program();
  const error = await host.attach('net', what, { replace: true, ...options }).catch((reason: unknown) => reason);
  expect(before).toBeDefined();
  expect(await program()).toBe(before);
  return error;
}

test('a group that does not exist', async () => {
  expect(await refused({ group: 'ncbpf-no-such-group' })).toBeInstanceOf(UsageError);
});

test('a pacer that the kernel lacks', async () => {
  let hasFq = true;
  try {
    host.run('tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'fq');
    host.run('tc', 'qdisc', 'delete', 'dev', 'lo', 'root');
  } catch {
    hasFq = false;
  }
  if (hasFq) await host.attach('net', built, { replace: true, pacer: 'fq' });
  else expect(await refused({ pacer: 'fq' })).toBeInstanceOf(UnsupportedFeatureError);
});

test('programs that the verifier does not take', async () => {
  const object = Buffer.from(built.object);
  // A call of a helper that there is not: the verifier's word, not libbpf's.
  const call = Buffer.from([0x85, 0, 0, 0, 5, 0, 0, 0]); // bpf_ktime_get_ns
  for (let at = object.indexOf(call); at >= 0; at = object.indexOf(call, at + 8))
    object.writeUInt32LE(0x7fffff, at + 4);
  expect(await refused({}, { ...built, object })).toBeInstanceOf(VerifierError);
});

test('a record that cannot be read', async () => {
  const pid = await program();
  writeFileSync(recordPath(host.roots, 'net'), 'garbage');
  await expect(host.attach('net', built)).rejects.toThrow(/has an attachment already/);
  expect((await host.status('net')).problems.join('\n')).toContain('cannot be read');
  await host.detach('net');
  expect(host.run('tc', 'qdisc', 'show', 'dev', 'net')).not.toContain('clsact');
  await host.attach('net', built);
  expect(await program()).not.toBe(pid);
});

test('start where no time would pass', async () => {
  const pid = (await program())!;
  execFileSync('kill', ['-9', String(pid)]);
  await expect(host.start('net')).rejects.toThrow(/is dead/);
});
