// The timing benchmark's own programs, on this kernel: what the recorder notes of senders whose errors have a known sign. How great they
// are is judged in the lab only.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as library from '../../index.js';
import { buildForGuest } from '../bench/timing/build.js';
import { sortedErrors } from '../bench/timing/errors.js';
import { run, Scratch } from '../support/scratch.js';

const PERIOD_NS = 5_000_000;
const FRAMES = 40;
const INTERFACE = 'va';
const NEVER_SENT = 0x88b9;
const PEER_ETHERTYPE = 0x88b6;
const OWN_ETHERTYPE = 0x88b5;

const programs = new Scratch();
const scratch = new Scratch();
let folder: string;

beforeAll(async () => {
  folder = programs.folder();
  await buildForGuest(folder, { senders: [], periods: [PERIOD_NS], loads: [], forNs: 0, warmUpNs: 0, phaseNs: 0 });
});

beforeEach(() => {
  scratch.vethPair();
});

afterEach(() => scratch.cleanUp());
afterAll(() => programs.cleanUp());

interface Counts {
  readonly seen: number;
  readonly repeated: number;
  readonly offGrid: number;
  readonly phase: number;
  readonly from: number;
}

function record(ethertype: number, clockOffset: bigint): { counts: Counts; errors: Int32Array } {
  const out = join(folder, 'errors');
  const times = [clockOffset, PERIOD_NS, 100_000_000, FRAMES * PERIOD_NS].map(String);
  const text = run(
    join(folder, 'recorder'),
    join(folder, 'recorder.bpf.o'),
    INTERFACE,
    String(ethertype),
    ...times,
    out,
  );
  const { buffer, byteOffset, byteLength } = readFileSync(out);
  const all = new Int32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  expect(all.length).toBe(FRAMES);
  return { counts: JSON.parse(text) as Counts, errors: sortedErrors(all) };
}

function startSender(...args: string[]): void {
  const child = spawn(join(folder, 'sender'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  scratch.onCleanUp(() => child.kill('SIGKILL'));
}

test('a sender that sleeps until the instant is never early', () => {
  startSender('sleep', INTERFACE, String(PERIOD_NS), '0');
  const { counts, errors } = record(PEER_ETHERTYPE, 0n);
  expect(counts).toMatchObject({ repeated: 0, offGrid: 0 });
  expect(errors.length).toBe(counts.seen);
  expect(errors[0]).toBeGreaterThan(0);
});

test('one that aims early is not earlier than it aims', () => {
  const aim = 300_000;
  startSender('spin', INTERFACE, String(PERIOD_NS), '0', '1000000', String(aim));
  const { counts, errors } = record(PEER_ETHERTYPE, 0n);
  expect(counts).toMatchObject({ repeated: 0, offGrid: 0 });
  expect(errors[0]).toBeGreaterThan(-aim);
});

test('without etf a launch time holds nothing back', () => {
  const lead = 2_000_000;
  startSender('txtime', INTERFACE, String(PERIOD_NS), '0', String(lead), '0');
  const { errors } = record(PEER_ETHERTYPE, 0n);
  expect(errors[0]).toBeGreaterThan(-lead);
  expect(errors[0]).toBeLessThan(0);
});

test('frames of ncbpf carry instants of its grid', async () => {
  const roots = { pins: join(scratch.bpffs(), 'pins'), run: join(scratch.folder(), 'run') };
  const content = readFileSync(join(folder, `timing-${PERIOD_NS}.ncb`));
  await library.attach(INTERFACE, { content, name: 'timing.ncb' }, { roots, pacer: 'thread' });
  try {
    const { machine } = await library.status(INTERFACE, { roots });
    const { counts, errors } = record(OWN_ETHERTYPE, machine!.taiOffsetNs);
    expect(counts).toMatchObject({ repeated: 0, offGrid: 0 });
    expect(Number((BigInt(counts.from + counts.phase) - machine!.startedNs) % BigInt(PERIOD_NS))).toBe(0);
    expect(errors.length).toBe(counts.seen);
  } finally {
    await library.detach(INTERFACE, { roots });
  }
});

test('who sends nothing is not seen', () => {
  const { counts, errors } = record(NEVER_SENT, 0n);
  expect(counts).toMatchObject({ seen: 0, repeated: 0, offGrid: 0 });
  expect(errors.length).toBe(0);
});
