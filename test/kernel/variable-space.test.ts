import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PermissionError, UsageError } from '../../loader/errors.js';
import { native, packageRoot } from '../../loader/native.js';
import { variableIndexPath, writersPath, type Roots } from '../../loader/roots.js';
import { openVariableSpace, type VariableSpace } from '../../loader/variable-space.js';
import { layoutVariables } from '../../maps/layout.js';
import type { Manifest } from '../../maps/manifest.js';
import { formatVariableIndex } from '../../maps/variable-index.js';
import { VariableValueError } from '../../maps/variable-value.js';
import { compileBpf } from '../support/compile-bpf.js';
import { openDescriptors, run, Scratch } from '../support/scratch.js';

const IFACE = 'test0';
const NOBODY = 65534;
const BLOB = 200;

const { variables, queues, size } = layoutVariables([
  { name: 'temperature', id: 3, type: { kind: 'integer', signed: false, size: 2 }, writer: 'application' },
  { name: 'drift', id: 4, type: { kind: 'integer', signed: true, size: 8 }, writer: 'application' },
  { name: 'speed', id: 5, type: { kind: 'integer', signed: true, size: 4 }, writer: 'network' },
  { name: 'blob', id: 255, type: { kind: 'bytes', size: BLOB }, writer: 'application' },
]);

interface Fixture {
  temperature: number;
  drift: bigint;
  speed: number;
  blob: Uint8Array;
}

const OBJECT = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct nc_vars { unsigned char bytes[${size}] __attribute__((aligned(8))); };
SEC(".data.nc_vars") struct nc_vars nc_vars = { { 7 } };
SEC("tc") int t_tc(struct __sk_buff *skb) { return nc_vars.bytes[0]; }
char _license[] SEC("license") = "Dual MIT/GPL";
`;

const tools = new Scratch();
const scratch = new Scratch();
let object: Buffer;
let torn: string;
let example: string;
let roots: Roots;
let space: VariableSpace<Fixture>;
let before: string[];

function compileC(source: string, folder: string): string {
  const output = join(folder, basename(source, '.c'));
  const flags = ['-O2', '-std=c11', '-Wall', '-Wextra', '-Werror', '-pedantic', `-I${join(packageRoot(), 'include')}`];
  run('gcc', ...flags, '-o', output, join(packageRoot(), source));
  return output;
}

beforeAll(() => {
  native();
  const folder = tools.folder();
  object = compileBpf(folder, OBJECT);
  torn = compileC('test/bench/torn.c', folder);
  example = compileC('samples/c-application/example.c', folder);
  chmodSync(folder, 0o755);
});

afterAll(() => tools.cleanUp());

/** A pinned nc_vars with its files, as attach leaves them. */
beforeEach(() => {
  before = openDescriptors();
  const pins = scratch.bpffs();
  const runFolder = scratch.folder();
  roots = { pins, run: runFolder };
  const pin = join(pins, IFACE, 'nc_vars');
  mkdirSync(join(pins, IFACE));
  const loaded = native().openObject(object, 't');
  loaded.load();
  loaded.pinMap('.data.nc_vars', pin);
  loaded.close();
  writeFileSync(
    variableIndexPath(roots, IFACE),
    formatVariableIndex({ varsSize: size, variables, queues } as Manifest, pin, writersPath(roots, IFACE)),
  );
  writeFileSync(writersPath(roots, IFACE), '', { mode: 0o600 });
  space = scratch.keep(openVariableSpace<Fixture>(IFACE, { roots }));
});

afterEach(() => {
  scratch.cleanUp();
  expect(openDescriptors()).toEqual(before);
});

const environment = () => ({ ...process.env, NCBPF_RUN_ROOT: roots.run });

function start(command: string, ...args: string[]): ChildProcess {
  const child = spawn(command, args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  scratch.onCleanUp(() => child.kill('SIGKILL'));
  return child;
}

function runNow(command: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(command, args, { env: environment(), encoding: 'utf8' });
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

/** Waits for a condition that another process brings about. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000 && !condition(); tries++) await sleep(5);
  expect(condition()).toBe(true);
}

/** As test/bench/torn.c: one byte repeated, in a number that follows from it. */
function isWhole(value: Uint8Array): boolean {
  const byte = value[0];
  return byte === undefined || (value.length === 1 + ((byte * 37) % BLOB) && value.every((other) => other === byte));
}

describe('one process', () => {
  test('reads what the kernel has and writes what the kernel reads', () => {
    expect(space.get('temperature')).toBe(7);
    space.set('temperature', 0x1234);
    space.set('drift', -2n);
    const fd = native().objGet(join(roots.pins, IFACE, 'nc_vars'));
    const value = native().mapLookup(fd, new Uint8Array(4))!;
    native().closeFd(fd);
    expect(value.readUInt16LE(0)).toBe(0x1234);
    expect(value.readBigInt64LE(8)).toBe(-2n);
  });

  test('refuses by name what cannot be', () => {
    expect(() => space.set('speed', 1)).toThrow('variable speed is written by the network');
    expect(() => space.claim('speed')).toThrow(UsageError);
    expect(() => space.get('none' as 'speed')).toThrow(
      'there is no variable none; there are temperature, drift, speed, blob',
    );
    expect(() => space.set('temperature', 65536)).toThrow(VariableValueError);
    // The claim for the failed write was given back.
    space.set('temperature', 1);
  });

  test('keeps a claim until it is released', () => {
    const other = scratch.keep(openVariableSpace<Fixture>(IFACE, { roots }));
    const claim = space.claim('temperature');
    claim.set(5);
    expect(() => other.set('temperature', 6)).toThrow(
      'variable temperature is being written by another part of this process',
    );
    other.set('drift', 9n);
    expect(() => space.claim('temperature')).toThrow('claimed already');
    space.set('temperature', 7);
    claim.release();
    claim.release();
    expect(() => claim.set(8)).toThrow('no longer claimed');
    other.set('temperature', 6);
    expect(space.get('temperature')).toBe(6);
  });

  test('watches: the values first, then changes', async () => {
    const seen: unknown[] = [];
    const stop = space.watch(['temperature', 'blob'], { intervalMs: 1 }, (change) => seen.push(change));
    expect(seen).toEqual([
      { name: 'temperature', value: 7 },
      { name: 'blob', value: new Uint8Array() },
    ]);
    space.set('blob', Uint8Array.of(1));
    await until(() => seen.length === 3);
    stop();
    expect(seen[2]).toEqual({ name: 'blob', value: Uint8Array.of(1) });
  });

  test('an iteration over changes ends with its signal, and when the attachment goes', async () => {
    const controller = new AbortController();
    for await (const change of space.changes(['speed'], { intervalMs: 1, signal: controller.signal })) {
      expect(change).toEqual({ name: 'speed', value: 0 });
      controller.abort();
    }
    expect(space.attached).toBe(true);
    run('rm', join(roots.pins, IFACE, 'nc_vars'));
    expect(space.attached).toBe(false);
    const seen: unknown[] = [];
    for await (const change of space.changes(['speed'], { intervalMs: 1 })) seen.push(change);
    expect(seen).toHaveLength(1);
  });

  test('a closed space says so, and nothing attached too', () => {
    space.close();
    expect(() => space.get('drift')).toThrow('it is closed');
    space.close();
    expect(() => openVariableSpace('none0', { roots })).toThrow('nothing is attached to none0');
    writeFileSync(variableIndexPath(roots, IFACE), 'ncbpf-vars 9 8 /a /b\n');
    expect(() => openVariableSpace(IFACE, { roots })).toThrow('is of version 9');
  });
});

describe('several processes', () => {
  test('a writer is named to others, and its claim dies with it', async () => {
    const writer = start(torn, 'write', IFACE, 'blob', '0');
    await until(() => space.get('blob').length > 0);
    expect(() => space.set('blob', new Uint8Array(1))).toThrow(
      `variable blob is being written by process ${writer.pid}`,
    );
    space.set('temperature', 2);
    await killed(writer);
    space.set('blob', Uint8Array.of(1, 2));
    expect(space.get('blob')).toEqual(Uint8Array.of(1, 2));
  });

  test('no torn value from a C writer that is killed again and again', async () => {
    let reads = 0;
    for (let round = 0; round < 10; round++) {
      const writer = start(torn, 'write', IFACE, 'blob', '0');
      await once(writer, 'spawn');
      const first = space.get('blob');
      await until(() => Buffer.compare(space.get('blob'), first) !== 0);
      for (let i = 0; i < 5000; i++, reads++)
        if (!isWhole(space.get('blob'))) throw new Error(`torn value in read ${reads}`);
      await killed(writer);
      expect(isWhole(space.get('blob'))).toBe(true);
    }
    expect(reads).toBe(50_000);
  });

  test('no torn value for a C reader while Node writes', async () => {
    const claim = space.claim('blob');
    const reader = start(torn, 'read', IFACE, 'blob', '3000000');
    let output = '';
    reader.stdout?.on('data', (data: Buffer) => (output += data.toString()));
    const ended = new AbortController();
    const end = once(reader, 'close').then(() => ended.abort());
    for (let i = 0; !ended.signal.aborted; i++) {
      claim.set(new Uint8Array(1 + (((i & 255) * 37) % BLOB)).fill(i & 255));
      if (i % 10_000 === 0) await sleep(0);
    }
    await end;
    expect(JSON.parse(output)).toMatchObject({ reads: 3_000_000, torn: 0, gave_up: 0 });
  });

  test('the example in C sets and prints, and is refused what others write', () => {
    space.set('drift', -7n);
    expect(runNow(example, IFACE, 'temperature', 'drift', '1')).toMatchObject({
      status: 0,
      stdout: 'drift -7\n',
      stderr: '',
    });
    expect(space.get('temperature')).toBe(0);
    space.claim('temperature');
    expect(runNow(example, IFACE, 'temperature', 'drift', '1')).toMatchObject({
      status: 1,
      stderr: `temperature is being written by process ${process.pid}\n`,
    });
    expect(runNow(example, IFACE, 'speed', 'drift', '1').stderr).toBe('claim speed: Permission denied\n');
    expect(runNow(example, IFACE, 'none', 'drift', '1').stderr).toBe('there is no variable none\n');
    expect(runNow(example, 'none0', 'a', 'b').stderr).toBe('open the variables of none0: No such file or directory\n');
  });

  test('a group may read and write without privilege, others may not', () => {
    const asNobody = [
      '--reuid',
      String(NOBODY),
      '--regid',
      String(NOBODY),
      '--clear-groups',
      example,
      IFACE,
      'temperature',
      'drift',
      '1',
    ];
    chmodSync(roots.run, 0o755);
    chmodSync(roots.pins, 0o755);
    expect(runNow('setpriv', ...asNobody)).toMatchObject({
      status: 1,
      stderr: `open the variables of ${IFACE}: Permission denied\n`,
    });
    const shared: [string, number][] = [
      [join(roots.pins, IFACE), 0o710],
      [join(roots.pins, IFACE, 'nc_vars'), 0o660],
      [writersPath(roots, IFACE), 0o660],
    ];
    for (const [path, mode] of shared) {
      chownSync(path, 0, NOBODY);
      chmodSync(path, mode);
    }
    expect(runNow('setpriv', ...asNobody)).toMatchObject({ status: 0, stdout: 'drift 0\n', stderr: '' });
    expect(space.get('temperature')).toBe(0);
  });

  test('no permission is a PermissionError', () => {
    // The file of claims is a link: never followed, so that nobody can make a writer open another file.
    run('rm', writersPath(roots, IFACE));
    expect(() => space.set('temperature', 1)).toThrow(UsageError);
    process.seteuid!(NOBODY);
    try {
      expect(() => openVariableSpace(IFACE, { roots })).toThrow(PermissionError);
    } finally {
      process.seteuid!(0);
    }
  });
});
