// The path of a frame, measured on a pair of its own, and what happens where it cannot be.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calibratePath } from '../../loader/calibrate.js';
import { listLinks, type LinkState } from '../../loader/commands.js';
import type { BpfObject } from '../../loader/native.js';
import { loadObject } from '../../loader/object.js';
import { compileText, MAC_A } from '../support/hosts.js';
import { run, Scratch } from '../support/scratch.js';

const scratch = new Scratch();
let object: BpfObject;
let link: LinkState;

beforeEach(async () => {
  const { object: bytes, manifest } = await compileText('start:\n    wait 1ms, start\n');
  const { a: ifindex } = scratch.vethPair();
  const config = { pacer: 'thread', ifindex, paceIfindex: 0, watchIfindex: 0, testClock: false, mac: MAC_A } as const;
  object = scratch.keep(loadObject(bytes, manifest, { ...config, spin: { kind: 'auto' }, gate: null }));
  link = (await listLinks()).find((each) => each.ifindex === ifindex)!;
});

afterEach(() => scratch.cleanUp());

/** Puts a program in the place of one that is found by its name, the others of these two stay. */
function replaceTool(name: 'ip' | 'tc', script: string): void {
  const folder = scratch.folder();
  const other = name === 'ip' ? 'tc' : 'ip';
  symlinkSync(run('sh', '-c', `command -v ${other}`).trim(), join(folder, other));
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const before = process.env.PATH;
  scratch.onCleanUp(() => void (process.env.PATH = before));
  process.env.PATH = folder;
}

test('the path has two parts that take some time each', async () => {
  const cost = await calibratePath(object, link);
  expect(cost).toEqual({ gateNs: expect.any(BigInt), restNs: expect.any(BigInt) });
  if (typeof cost !== 'string') for (const part of Object.values(cost)) expect(part).toBeGreaterThan(0n);
});

test.each([
  ['tc fails', 'tc', 'echo out of order >&2; exit 1', 'tc -j qdisc show dev va: out of order'],
  ['tc is not there', 'tc', 'exit 127', 'tc -j qdisc show dev va: failed'],
  ['ip fails', 'ip', 'echo out of order >&2; exit 1', 'ip -j link show: out of order'],
] as const)('where %s it says why it was not measured', async (_, tool, script, reason) => {
  replaceTool(tool, script);
  expect(await calibratePath(object, link)).toContain(reason);
});
