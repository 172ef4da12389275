import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, openSync, closeSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { native, pacerPath, type BpfObject, type Mapping } from '../../loader/native.js';
import { compileBpf } from '../support/compile-bpf.js';
import { Scratch } from '../support/scratch.js';

const MS = 1_000_000n;
const SCHED_FIFO = '1';
const RUN = { held: 0n, running: 1n, stopped: 2n };

// Stands in for the machine: a block takes no time but counts how it was called, and the next is due one period later.
const MACHINE = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "nc_abi.h"
struct nc_state { NC_STATE_MEMBERS };
SEC(".data.nc_state") volatile struct nc_state nc_state = {};
struct probe { __u64 period, runs, calls, busy, latest, run, ahead, sum; };
SEC(".data.t_probe") volatile struct probe t_probe = { .period = 1000000 };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } nc_wakeup SEC(".maps");
SEC("tc") int nc_machine(struct __sk_buff *skb) {
	__u64 now = bpf_ktime_get_ns();
	__u64 late = now - nc_state.next;
	t_probe.calls += 1;
	if (t_probe.busy) { t_probe.busy -= 1; return NC_RC_BUSY; }
	if (nc_state.run != NC_RUN_RUNNING || (__s64)late < 0) return NC_RC_DONE;
	t_probe.runs += 1;
	if (late > t_probe.latest) t_probe.latest = late;
	nc_state.next += t_probe.period;
	nc_state.pace_at = nc_state.next;
	return NC_RC_RAN;
}
SEC("tc") int t_command(struct __sk_buff *skb) {
	struct nc_wakeup_record record = {};
	nc_state.run = t_probe.run;
	nc_state.next = nc_state.pace_at = bpf_ktime_get_ns() + t_probe.ahead;
	bpf_ringbuf_output(&nc_wakeup, &record, sizeof(record), BPF_RB_FORCE_WAKEUP);
	return 0;
}
char _license[] SEC("license") = "Dual MIT/GPL";
`;

/** The members of struct probe, by their place. */
const PROBE = { period: 0, runs: 1, calls: 2, busy: 3, latest: 4, run: 5, ahead: 6 };
const PROBE_BYTES = 64;

const scratch = new Scratch();
let machine: Buffer;

beforeAll(() => {
  machine = compileBpf(scratch.folder(), MACHINE);
  scratch.cleanUp();
});

afterEach(() => {
  scratch.cleanUp();
});

describe('pacer', () => {
  let pins: string;
  let object: BpfObject;
  let mapping: Mapping;
  let probe: BigUint64Array;

  beforeEach(() => {
    pins = join(scratch.bpffs(), 'pins');
    mkdirSync(pins);
    object = scratch.keep(native().openObject(machine, 'pacer'));
    object.load();
    object.pinProgram('nc_machine', join(pins, 'nc_machine'));
    object.pinMap('.data.nc_state', join(pins, 'nc_state'));
    object.pinMap('nc_wakeup', join(pins, 'nc_wakeup'));
    mapping = native().mapMmap(object.mapFd('.data.t_probe'), PROBE_BYTES, { writable: true });
    scratch.onCleanUp(() => mapping.unmap());
    probe = new BigUint64Array(mapping.buffer);
  });

  function read(member: keyof typeof PROBE): bigint {
    return Atomics.load(probe, PROBE[member]);
  }

  function write(member: keyof typeof PROBE, value: bigint): void {
    Atomics.store(probe, PROBE[member], value);
  }

  /** Sets what the machine does, and its next instant: `ahead` nanoseconds from now. Wakes the pacer as nc_wake does. */
  function command(run: bigint, ahead: bigint): void {
    write('run', run);
    write('ahead', BigInt.asUintN(64, ahead));
    native().testRun(object.programFd('t_command'), { data: Buffer.alloc(64) });
  }

  function start(...options: string[]): number {
    const started = pacer('--pins', pins, ...options);
    expect(started).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^ready /) });
    const pid = Number(/^ready (\d+)\n/.exec(started.stdout)?.[1]);
    expect(pid).toBeGreaterThan(1);
    scratch.onCleanUp(() => {
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    });
    return pid;
  }

  test('runs each block once, when it is due', async () => {
    start();
    command(RUN.running, 5n * MS);
    await until(() => read('runs') >= 200n);
    command(RUN.stopped, 0n);
    // A turn that had begun before the stop may have made one more call.
    expect(Number(read('calls') - read('runs'))).toBeLessThanOrEqual(1);
  });

  test('calls nothing while the machine is held', async () => {
    start();
    command(RUN.held, 0n);
    command(RUN.running, 0n);
    await until(() => read('runs') >= 1n);
    expect(read('calls') - read('runs')).toBe(0n);
  });

  test('hears that the next instant has moved', async () => {
    start();
    write('period', 3_600_000n * MS);
    command(RUN.running, 3_600_000n * MS);
    expect(read('runs')).toBe(0n);
    command(RUN.running, 0n);
    await until(() => read('runs') === 1n);
    // It looks by itself once a second.
    expect(Number(read('latest'))).toBeLessThan(500e6);
  });

  test('tries again while another CPU runs a block', async () => {
    start();
    write('busy', 100n);
    write('period', 3_600_000n * MS);
    command(RUN.running, 0n);
    await until(() => read('runs') === 1n);
    expect(read('calls')).toBe(101n);
  });

  test('catches up with what was missed', async () => {
    start();
    write('period', 1000n);
    command(RUN.running, -20n * MS);
    await until(() => read('runs') >= 20_000n);
  });

  test('is a daemon of its own with nothing inherited', () => {
    const inherited = openSync('/dev/zero', 'r');
    scratch.onCleanUp(() => closeSync(inherited));
    const started = spawnSync(pacerPath(), ['--pins', pins], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe', inherited],
    });
    const pid = Number(/^ready (\d+)\n/.exec(started.stdout)?.[1]);
    scratch.onCleanUp(() => process.kill(pid, 'SIGKILL'));
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('ncbpf-pacer\n');
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    expect(open.filter((target) => target === '/dev/null')).toHaveLength(3);
    expect(open.filter((target) => target !== '/dev/null' && !target.startsWith('anon_inode:'))).toEqual([]);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
    const { session, parent } = processOf(pid);
    expect([String(process.pid), processOf(process.pid).session]).not.toContain(session);
    expect(parent).not.toBe(String(process.pid));
  });

  test('runs with the priority and on the CPU that it was told', () => {
    const pid = start('--priority', '42', '--cpu', '0');
    expect(processOf(pid)).toMatchObject({ policy: SCHED_FIFO, priority: '42' });
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Cpus_allowed_list:\t0$/m);
    expect(processOf(start('--priority', '0'))).toMatchObject({ policy: '0' });
  });

  test('reports what it could not get, and works without it', async () => {
    const weak = ['--bounding-set=-sys_nice,-ipc_lock,-sys_resource', 'prlimit', '--rtprio=0:0', '--memlock=0:0'];
    const started = spawnSync('setpriv', [...weak, pacerPath(), '--pins', pins], { encoding: 'utf8' });
    const [ready, ...warnings] = started.stdout.trimEnd().split('\n');
    const pid = Number(ready?.slice('ready '.length));
    scratch.onCleanUp(() => process.kill(pid, 'SIGKILL'));
    expect(warnings).toEqual([
      expect.stringMatching(/^warning: .*mlockall/),
      expect.stringMatching(/^warning: .*SCHED_FIFO/),
    ]);
    command(RUN.running, 0n);
    await until(() => read('runs') >= 10n);
  });

  test('ends when it is told to', async () => {
    const pid = start();
    process.kill(pid, 'SIGTERM');
    await until(() => !isAlive(pid));
  });

  test.each(['held', 'running'] as const)('ends when its pins are gone, %s', async (state) => {
    const pid = start();
    command(RUN[state], 3_600_000n * MS);
    rmSync(pins, { recursive: true });
    await until(() => !isAlive(pid));
  });

  test('ends when a later attachment is in the place of its own', async () => {
    const pid = start();
    rmSync(join(pins, 'nc_machine'));
    object.pinProgram('t_command', join(pins, 'nc_machine'));
    await until(() => !isAlive(pid));
  });

  test('writes to its log what goes wrong later', async () => {
    const log = join(scratch.folder(), 'log');
    const pid = start('--log', log);
    expect(readFileSync(log, 'utf8')).toBe('');
    expect(readlinkSync(`/proc/${pid}/fd/2`)).toBe(log);
    process.kill(pid, 'SIGTERM');
    await until(() => !isAlive(pid));
  });

  test('refuses pins of another version', () => {
    rmSync(join(pins, 'nc_state'));
    object.pinMap('.data.t_probe', join(pins, 'nc_state'));
    expect(pacer('--pins', pins)).toMatchObject({
      status: 3,
      stdout: 'nc_state is of another version than this pacer\n',
    });
    rmSync(join(pins, 'nc_wakeup'));
    rmSync(join(pins, 'nc_state'));
    object.pinMap('.data.nc_state', join(pins, 'nc_state'));
    expect(pacer('--pins', pins)).toMatchObject({
      status: 3,
      stdout: expect.stringContaining('nc_wakeup: No such file'),
    });
  });

  test('refuses a log that it cannot write', () => {
    const refused = pacer('--pins', pins, '--log', '/nowhere/log');
    expect(refused).toMatchObject({ status: 3, stdout: 'open /nowhere/log: No such file or directory\n' });
  });
});

test.each([
  [['--pins', '/nowhere'], 3, /^find the pins \/nowhere: No such file or directory\n$/],
  [['--pins', '/tmp'], 3, /^open pin \/tmp\/nc_machine: No such file or directory\n$/],
  [[], 2, /--pins DIR is missing/],
  [['--pins'], 2, /--pins wants a value/],
  [['--priority', '100'], 2, /from 0 to 99/],
  [['--cpu', 'x'], 2, /--cpu wants a number/],
  [['--frequency', '1'], 2, /unknown option --frequency/],
])('refuses %j', (options, status, text) => {
  expect(pacer(...options)).toMatchObject({ status, stdout: expect.stringMatching(text) });
});

function pacer(...options: string[]): SpawnSyncReturns<string> {
  return spawnSync(pacerPath(), options, { encoding: 'utf8' });
}

/** Fails by the test's own time limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

/** A process that has ended but whose parent has not noticed yet counts as ended. */
function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && processOf(pid).state !== 'Z';
}

function processOf(pid: number): Record<'state' | 'parent' | 'session' | 'priority' | 'policy', string> {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const field = (number: number): string => fields[number - 3] ?? '';
  return { state: field(3), parent: field(4), session: field(6), priority: field(40), policy: field(41) };
}
