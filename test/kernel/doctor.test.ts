// What doctor says of an interface that is really there, and of what ncbpf has attached to it.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Finding } from '../../cli/doctor/checks.js';
import * as library from '../../index.js';
import { kernelFeatures } from '../../loader/features.js';
import { Scratch } from '../support/scratch.js';
import { ncbpf } from '../unit/cli/harness.js';

const INTERFACE = 'va';
const scratch = new Scratch();
let env: Record<string, string>;

beforeEach(() => {
  env = { NCBPF_PIN_ROOT: `${scratch.bpffs()}/ncbpf`, NCBPF_RUN_ROOT: `${scratch.folder()}/run` };
  scratch.vethPair();
});

afterEach(() => scratch.cleanUp());

async function findings(): Promise<Map<string, Finding>> {
  const { status, stdout } = await ncbpf(['doctor', INTERFACE, '--json'], { env });
  expect(status).toBe(0);
  const answer = JSON.parse(stdout) as { interface: string; findings: Finding[] };
  expect(answer.interface).toBe(INTERFACE);
  return new Map(answer.findings.map((finding) => [finding.check, finding]));
}

test('a veth has no card; the pacer is the one that features names', async () => {
  const found = await findings();
  expect(found.get('interrupts')).toMatchObject({
    level: 'ok',
    found: 'a virtual interface has no interrupts of its own',
  });
  expect(found.get('hardware-clock')).toMatchObject({ level: 'ok' });
  expect(found.get('xdp')).toMatchObject({ level: 'ok', found: 'driver veth takes XDP natively' });
  expect(found.get('pacer')?.level).toBe((await kernelFeatures()).fq === true ? 'ok' : 'warn');
  expect([...found.values()].filter(({ level, advice }) => level === 'warn' && advice === undefined)).toEqual([]);
});

test('people get a line for each finding', async () => {
  const { status, stdout, stderr } = await ncbpf(['doctor', INTERFACE], { env });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines.length).toBe((await findings()).size);
  expect(lines.filter((line) => !/^(ok|warn|unknown) /.test(line))).toEqual([]);
});

test('what is attached is known better than guessed', async () => {
  const roots = { pins: env.NCBPF_PIN_ROOT!, run: env.NCBPF_RUN_ROOT! };
  const bundle = await library.build({ content: 'start:\nwait 1s, start\n', name: 'prog.nc' });
  await library.attach(INTERFACE, { content: bundle, name: 'prog.ncb' }, { roots });
  try {
    expect((await findings()).get('xdp')).toMatchObject({ level: 'ok', found: 'attached in native mode' });
  } finally {
    await library.detach(INTERFACE, { roots });
  }
});
