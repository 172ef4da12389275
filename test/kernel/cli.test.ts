import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readBundle } from '../../codegen/bundle.js';
import * as library from '../../index.js';
import { packageRoot } from '../../loader/native.js';
import { Scratch } from '../support/scratch.js';
import { interruptedBy, ncbpf, type ErrorAnswer, type Result } from '../unit/cli/harness.js';

const PROGRAM = `
channel bus from 02:00:00:00:00:99
var temperature : u16 = 7
var total : u64 = 18446744073709551615
var blob : bytes[40] = "hi"
var speed : i32
message m
start:
    create temperature -> m
    send bus, m
    create total -> m
    send bus, m
    create blob -> m
    send bus, m
    receive bus -> speed
    wait 5ms, start
`;
const INTERFACE = 'va';
const BIN = join(packageRoot(), 'dist', 'cli', 'bin.js');

/** The sources may lie where only root may read. */
const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
const readableByAll = spawnSync('setpriv', [...NOBODY, 'test', '-r', BIN]).status === 0 ? test : test.skip;

const scratch = new Scratch();
let bundle: Uint8Array;
let folder: string;
let roots: library.Roots;
let env: Record<string, string>;

beforeAll(async () => {
  bundle = await library.build({ content: PROGRAM, name: 'prog.nc' });
});

beforeEach(() => {
  folder = scratch.folder();
  writeFileSync(join(folder, 'prog.nc'), PROGRAM);
  writeFileSync(join(folder, 'prog.ncb'), bundle);
  roots = { pins: join(scratch.bpffs(), 'ncbpf'), run: join(scratch.folder(), 'run') };
  env = { NCBPF_PIN_ROOT: roots.pins, NCBPF_RUN_ROOT: roots.run };
  scratch.vethPair();
});

afterEach(async () => {
  if (existsSync(join(roots.run, `${INTERFACE}.json`))) await library.detach(INTERFACE, { roots });
  scratch.cleanUp();
});

/** A program that has more states with others of its kind than anybody waits for. */
function endless(node: number): string {
  return `
var mine : u32
var other : u32
counter rounds
again:
    add_to_counter rounds, 1
    if test_count(rounds, 4000000000) goto out
    if greater(mine, other) goto longer
    wait 1${node}01us, again
longer:
    wait 10${node}3us, again
out:
    wait 1ms, again
`;
}

/** Ticks of 10 ms that a process has run in user mode: field 14 of proc_pid_stat(5), behind the name in brackets. */
function cpuTicks(pid: number): number {
  return Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[11],
  );
}

const call = (...args: string[]): Promise<Result> => ncbpf(args, { cwd: folder, env });

async function answer(...args: string[]): Promise<unknown> {
  return JSON.parse((await call(...args, '--json')).stdout);
}

async function attached(): Promise<void> {
  expect(await call('attach', INTERFACE, 'prog.ncb')).toMatchObject({ status: 0, stdout: '' });
}

describe('build and attach', () => {
  test('a bundle is the same each time, and is attached without clang', async () => {
    expect(await call('build', 'prog.nc', '-o', 'a.ncb')).toMatchObject({ status: 0, stdout: '' });
    expect(await call('build', 'prog.nc', '-o', 'b.ncb', '--json')).toMatchObject({ status: 0 });
    const first = readFileSync(join(folder, 'a.ncb'));
    expect(Buffer.compare(first, readFileSync(join(folder, 'b.ncb')))).toBe(0);
    expect(Buffer.compare(first, bundle)).toBe(0);
    expect(readBundle(first).manifest).toMatchObject({ node: 'prog', file: 'prog.nc' });
    const before = process.env.NCBPF_CLANG;
    process.env.NCBPF_CLANG = '/none/clang';
    try {
      const without = await call('build', 'prog.nc', '-o', 'c.ncb');
      expect(without).toMatchObject({ status: 3, stdout: '' });
      expect(without.stderr).toContain('install clang');
      expect(existsSync(join(folder, 'c.ncb'))).toBe(false);
      expect(await call('attach', INTERFACE, 'a.ncb')).toMatchObject({ status: 0, stdout: '' });
    } finally {
      if (before === undefined) delete process.env.NCBPF_CLANG;
      else process.env.NCBPF_CLANG = before;
    }
    expect(await answer('var', 'get', INTERFACE, 'blob')).toEqual({ name: 'blob', value: '"hi"' });
  });

  test('attach, a second attach, status, detach', async () => {
    const plan = (await answer('attach', INTERFACE, 'prog.nc', '--dry-run')) as { steps: string[] };
    expect(plan.steps.length).toBeGreaterThan(3);
    expect(await answer('status')).toEqual([]);
    const report = await answer('attach', INTERFACE, 'prog.nc', '--start', 'hold');
    expect(report).toMatchObject({
      interface: INTERFACE,
      node: 'prog',
      xdpMode: 'native',
      warnings: [],
      diagnostics: [],
    });
    const again = await call('attach', INTERFACE, 'prog.nc');
    expect(again).toMatchObject({ status: 2, stdout: '' });
    expect(again.stderr).toContain('has an attachment already');
    expect(await answer('status', INTERFACE)).toMatchObject({ phase: 'attached', machine: { run: 'held' } });
    expect(await call('start', INTERFACE)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await answer('status', INTERFACE)).toMatchObject({ machine: { run: 'running' } });
    expect(await answer('stop', INTERFACE)).toEqual({ interface: INTERFACE, stopped: true });
    expect((await call('status')).stdout).toContain('stopped');
    const { removed } = (await answer('detach', INTERFACE)) as { removed: string[] };
    expect(removed.length).toBeGreaterThan(0);
    expect(await call('detach', INTERFACE)).toMatchObject({ status: 2 });
    expect(existsSync(roots.pins)).toBe(false);
  });

  test('what cannot be is a sentence, and nothing is left', async () => {
    const wrong: [string[], number][] = [
      [['attach', 'none0', 'prog.nc'], 2],
      [['attach', 'lo', 'prog.nc'], 2],
      [['attach', INTERFACE, 'prog.nc', '--group', 'no-such-group'], 2],
      [['attach', INTERFACE, 'prog.nc', '--dry-run', '--pacer', 'slow'], 2],
    ];
    for (const [args, expected] of wrong) {
      const { status, stderr } = await call(...args);
      expect([args, status, stderr.split('\n').length]).toEqual([args, expected, 2]);
    }
    expect(existsSync(roots.pins)).toBe(false);
    expect(existsSync(roots.run) ? readdirSync(roots.run) : []).toEqual([]);
  });
});

describe('variables', () => {
  test('list --json is an array of name, id, kind, type, writer, value', async () => {
    await attached();
    const { stdout } = await call('var', 'list', INTERFACE, '--json');
    // JSON.parse rounds what is beyond 2^53: the text has every digit.
    expect(stdout).toContain('"value": 18446744073709551615');
    expect(JSON.parse(stdout)).toEqual([
      { name: 'temperature', id: 0, kind: 'variable', type: 'u16', writer: 'application', value: 7 },
      { name: 'total', id: 1, kind: 'variable', type: 'u64', writer: 'application', value: 2 ** 64 },
      { name: 'blob', id: 2, kind: 'variable', type: 'bytes[40]', writer: 'application', value: '"hi"' },
      { name: 'speed', id: 3, kind: 'variable', type: 'i32', writer: 'network', value: 0 },
    ]);
  });

  test('get prints what set takes', async () => {
    await attached();
    for (const [name, text, shown = text] of [
      ['temperature', '42'],
      ['temperature', '0x1f', '31'],
      ['total', '18446744073709551614'],
      ['blob', '"a#b c"'],
      ['blob', 'hex:00ff'],
      ['blob', '""'],
    ] as const) {
      expect(await call('var', 'set', INTERFACE, name, text)).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(await call('var', 'get', INTERFACE, name)).toEqual({ status: 0, stdout: `${shown}\n`, stderr: '' });
    }
  });

  test('set refuses by name what cannot be: status 2', async () => {
    await attached();
    for (const [name, text, says] of [
      ['temperature', '-3', 'it takes 0 to 65535, not -3'],
      ['temperature', '65536', 'it takes 0 to 65535'],
      ['temperature', '"x"', 'is no number'],
      ['blob', '5', 'is no byte string'],
      ['blob', `"${'x'.repeat(41)}"`, '41 bytes are too many'],
      ['speed', '1', 'is written by the network'],
      ['none', '1', 'there is no variable none'],
    ] as const) {
      const { status, stdout, stderr } = await call('var', 'set', INTERFACE, name, text);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(says);
    }
  });

  test('a claim of another process is named', async () => {
    await attached();
    const space = scratch.keep(library.variableSpace<{ temperature: number }>(INTERFACE, { roots }));
    space.claim('temperature').set(3);
    const done = spawnSync('node', [BIN, 'var', 'set', INTERFACE, 'temperature', '4', '--json'], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    expect(done.status).toBe(2);
    const { error } = JSON.parse(done.stdout) as ErrorAnswer;
    expect(error.message).toContain(`is being written by process ${process.pid}`);
    expect(space.get('temperature')).toBe(3);
  });

  test('watch prints the values, then changes', async () => {
    await attached();
    expect(await call('var', 'watch', INTERFACE, 'temperature', 'speed', '--count', '2')).toEqual({
      status: 0,
      stdout: 'temperature 7\nspeed 0\n',
      stderr: '',
    });
    const ended = await ncbpf(['var', 'watch', INTERFACE, '--json'], { cwd: folder, env, signal: interruptedBy(2) });
    expect(ended).toEqual({ status: 130, stdout: '[\n]\n', stderr: '' });
    expect(await call('var', 'watch', INTERFACE, 'none')).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('the program in a shell', () => {
  test('a signal ends a watch with 128 + n, and its JSON is whole', async () => {
    await attached();
    const child = spawn('node', [BIN, 'var', 'watch', INTERFACE, 'blob', '--json'], {
      env: { ...process.env, ...env },
    });
    scratch.onCleanUp(() => child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      if (output.includes('}')) child.kill('SIGINT');
    });
    const [status] = (await once(child, 'close')) as [number];
    expect(status).toBe(130);
    expect(JSON.parse(output)).toEqual([{ name: 'blob', value: '"hi"' }]);
  });

  test('a signal ends a verification that is under way', async () => {
    const files = [1, 2, 3, 4].map((node) => join(folder, `node${node}.nc`));
    for (const [node, file] of files.entries()) writeFileSync(file, endless(node));
    const child = spawn('node', [BIN, 'verify', ...files], { stdio: 'ignore' });
    scratch.onCleanUp(() => child.kill('SIGKILL'));
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    // Reading and checking four small programs takes far less.
    while (cpuTicks(child.pid!) < 200) await setTimeout(20);
    child.kill('SIGINT');
    expect((await closed)[1]).toBe('SIGINT');
  });

  test('a reader that goes is no mistake', () => {
    const line = `node ${BIN} --man | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const done = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
    expect(done.stderr).toBe('');
    expect(done.stdout.trim().split('\n').at(-1)).toBe('0');
  });

  test('features says what follows', async () => {
    const { status, stdout, stderr } = await call('features', '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const report = JSON.parse(stdout) as {
      kernel: Record<string, unknown>;
      capabilities: string[];
      bpffs: unknown;
      follows: string[];
    };
    expect(report).toMatchObject({
      kernel: { supported: true, btf: true, xdp: true, clsact: true, bpfLoop: true, testRun: true },
    });
    expect(report.bpffs).toEqual({ path: roots.pins, mounted: true });
    expect(report.capabilities).toContain('CAP_BPF');
    expect(report.follows).toContain('programs can be attached');
  });

  readableByAll('features without privilege changes nothing and says what is missing', () => {
    const done = spawnSync('setpriv', [...NOBODY, 'node', BIN, 'features'], { encoding: 'utf8' });
    expect(done.status).toBe(0);
    expect(done.stdout).toContain('programs cannot be attached by this process: it lacks CAP_BPF, CAP_NET_ADMIN');
  });
});

describe('the library', () => {
  test('checks, builds, attaches, shares variables, detaches', async () => {
    const source = { content: PROGRAM, name: 'inline.nc' };
    expect(await library.check(source)).toEqual([]);
    const report = await library.attach(INTERFACE, { content: await library.build(source), name: 'inline' }, { roots });
    expect(report.attachment.manifest.node).toBe('inline');
    const space = scratch.keep(
      library.variableSpace<{ temperature: number; total: bigint; blob: Uint8Array }>(INTERFACE, { roots }),
    );
    space.set('temperature', 21);
    space.set('blob', Uint8Array.of(1, 2));
    expect([space.get('temperature'), space.get('total'), space.get('blob')]).toEqual([
      21,
      2n ** 64n - 1n,
      Uint8Array.of(1, 2),
    ]);
    expect(library.attachments({ roots })).toEqual([INTERFACE]);
    expect((await library.status(INTERFACE, { roots })).phase).toBe('attached');
    await library.stop(INTERFACE, { roots });
    expect((await library.status(INTERFACE, { roots })).machine?.run).toBe('stopped');
    await library.start(INTERFACE, { kind: 'now' }, { roots });
    await library.detach(INTERFACE, { roots });
    expect(space.attached).toBe(false);
    await expect(library.detach(INTERFACE, { roots })).rejects.toThrow(library.UsageError);
  });

  test('attaches one node of a module, and bytecode with its params', async () => {
    const module = join(packageRoot(), 'samples', 'sync-master-two-slaves', 'system.nc.ts');
    const first = await library.attach(INTERFACE, module, { roots, node: 'left_slave' });
    expect(first.attachment.manifest.node).toBe('left_slave');
    const params = join(packageRoot(), 'test', 'data', 'ncm', 'rx1.params.json');
    const program = join(packageRoot(), 'test', 'data', 'ncm', 'rx1.bytecode');
    const { manifest } = (await library.attach(INTERFACE, program, { roots, params, replace: true })).attachment;
    const { channels } = JSON.parse(readFileSync(params, 'utf8')) as { channels: { mac: string }[] };
    expect(manifest.wire.format).toBe('ncm');
    expect(manifest.channels.map(({ from }) => from)).toEqual(channels.map(({ mac }) => [mac.toLowerCase()]));
  });

  test('a program with errors is a ProgramError with its diagnostics', async () => {
    const attempt = library.attach(INTERFACE, { content: 'goto nowhere\n', name: 'x.nc' }, { roots });
    const error = (await attempt.catch((cause: unknown) => cause)) as library.ProgramError;
    expect(error).toBeInstanceOf(library.ProgramError);
    expect(error.diagnostics).toMatchObject([{ file: 'x.nc', line: 1, column: 6, code: 'NC2003' }]);
    expect(error.message).toContain('x.nc:1:6: error[NC2003]');
  });
});
