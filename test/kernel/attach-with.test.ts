// `ncbpf attach --with`: the system is verified before anything is attached.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../loader/native.js';
import { listAttachments } from '../../loader/status.js';
import { detachAll, makePair, until, type Host } from '../support/hosts.js';
import { ncbpf, startNcbpf } from '../support/ncbpf.js';
import { Scratch } from '../support/scratch.js';
import { tracesOf } from '../support/traces.js';

const DECLARED = 'var v : u16\nmessage m\n';
const FILES = {
  // The first node sends every 10 ms from its start.
  'tx.nc': `channel bus\n${DECLARED}start:\n    create v -> m\n    send bus, m\n    wait 10ms, start\n`,
  // Looks 1 ms after each of its frames.
  'rx.nc':
    'channel bus from 02:00:00:00:00:01\nvar got : u16\n    wait 1ms\nlook:\n    receive bus -> got\n    wait 10ms, look\n',
  // Sends at the same instants: line 6 is its send.
  'both.nc': `channel other\n${DECLARED}start:\n    create v -> m\n    send other, m\n    wait 10ms, start\n`,
  // Sends 5 ms later.
  'slot.nc': `channel other\n${DECLARED}    wait 5ms\nstart:\n    create v -> m\n    send other, m\n    wait 10ms, start\n`,
  'wrong.nc': 'start: wait 1ms, strat\n',
  // The address of the sender is another one.
  'far.nc':
    'channel bus from 02:00:00:00:00:77\nvar got : u16\n    wait 1ms\nlook:\n    receive bus -> got\n    wait 10ms, look\n',
  'network.json': '{ "nodes": { "tx": { "mac": "02:00:00:00:00:77" } } }',
} as const;
/** Two counters and data make more states than anybody waits for. */
const ENDLESS = (period: string): string =>
  `counter c\nvar a : u8\nstart:\n    add_to_counter c, 1\n    if test_var(a, zero) goto more\n    wait ${period}, start\nmore:\n    if test_count(c, 4000000000) goto start2\nstart2:\n    wait 7us, start\n`;

const scratch = new Scratch();
let host: Host;
let folder: string;
const path = (name: string): string => join(folder, name);

beforeEach(async () => {
  ({ a: host } = await makePair(scratch));
  folder = scratch.folder();
  for (const [name, text] of Object.entries(FILES)) writeFileSync(path(name), text);
});

afterEach(async () => {
  await detachAll(host).finally(() => {
    scratch.cleanUp();
  });
});

/** The start of ncbpf, the check and the code generator take less; the compiler is another process. */
const LONGER_THAN_ALL_ELSE = 4;
const TICKS = 100;
const ON_A_BUSY_MACHINE_MS = 120_000;

/** What a process has run in user mode, by field 14 of proc_pid_stat(5), behind the name in brackets. */
function cpuSeconds(pid: number): number {
  const [, ticks] = /\) (?:\S+ ){11}(\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return Number(ticks) / TICKS;
}

const attach = (...words: string[]) => ncbpf(host, ['attach', 'net', path('tx.nc'), '--pacer', 'thread', ...words]);

test('a system in which nothing fails is attached', async () => {
  const { status, stdout } = await attach('--json', '--with', path('rx.nc'), path('slot.nc'));
  expect(status).toBe(0);
  const answer = JSON.parse(stdout) as { verification: Record<string, { holds: boolean | null }> };
  expect(answer).toMatchObject({ node: 'tx', diagnostics: [] });
  expect(answer.verification.collision).toMatchObject({ holds: true });
  expect(answer.verification.received).toMatchObject({ holds: true });
  expect(listAttachments(host.roots)).toHaveLength(1);
});

test('one in which two nodes collide is not, with the counterexample, and the machine is as it was', async () => {
  const before = tracesOf(host);
  for (const more of [[], ['--force'], ['--dry-run']]) {
    const { status, stdout, stderr } = await attach('--with', path('rx.nc'), '--with', path('both.nc'), ...more);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^collision +FAILS at 0 ns/m);
    expect(stderr).toContain(`at ${path('tx.nc')}:6`);
    expect(stderr).toContain(`at ${path('both.nc')}:6`);
  }
  const { status, stdout } = await attach('--json', '--with', path('both.nc'));
  expect(status).toBe(1);
  const { verification } = JSON.parse(stdout) as { verification: object };
  const places = [
    [path('tx.nc'), 6],
    [path('both.nc'), 6],
  ];
  expect(verification).toMatchObject({ collision: { holds: false, at: 0, places }, schedulable: { holds: true } });
  expect(tracesOf(host)).toEqual(before);
});

test('what is attached already goes on when its replacement is refused', async () => {
  expect(await attach()).toMatchObject({ status: 0 });
  const before = tracesOf(host);
  expect(await attach('--replace', '--with', path('both.nc'))).toMatchObject({ status: 1 });
  expect(tracesOf(host)).toEqual(before);
});

test('a network file gives the addresses', async () => {
  // Nothing reaches far.nc from the first address: nothing is received, which `received` refutes.
  expect(await attach('--dry-run', '--with', path('far.nc'))).toMatchObject({ status: 1 });
  expect(await attach('--dry-run', '--with', path('far.nc'), '--network', path('network.json'))).toMatchObject({
    status: 0,
  });
});

test('of a module the node is attached that --node names, and the others are what it is verified with', async () => {
  const module = join(packageRoot(), 'samples', 'skip-a-slot', 'slot.nc.ts');
  const words = ['attach', 'net', module, '--node', 'sensor', '--dry-run', '--json', '--with', module];
  const { status, stdout } = await ncbpf(host, words);
  expect(status).toBe(0);
  const { verification } = JSON.parse(stdout) as { verification: object };
  expect(verification).toMatchObject({ collision: { holds: true }, received: { holds: true } });
});

test('wrong words and programs with errors are refused', async () => {
  const before = tracesOf(host);
  const wrong = await attach('--with', path('wrong.nc'));
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toContain('wrong.nc:1:18: error[NC2003]');
  expect(await attach('--with', path('none.nc'))).toMatchObject({ status: 2 });
  expect((await attach('--with')).stderr).toContain('--with needs an argument: OTHER');
  const alone = await attach('--network', path('network.json'));
  expect(alone).toMatchObject({ status: 2 });
  expect(alone.stderr).toContain('--network describes the system of --with');
  expect(tracesOf(host)).toEqual(before);
});

test('a bundle has no text that could be verified', async () => {
  expect(await ncbpf(host, ['build', path('tx.nc'), '-o', path('tx.ncb')])).toMatchObject({ status: 0 });
  const { status, stderr } = await ncbpf(host, ['attach', 'net', path('tx.ncb'), '--with', path('rx.nc')]);
  expect(status).toBe(2);
  expect(stderr).toContain('name the program that it was made of');
});

test(
  'a signal ends the verification at once, and nothing is attached',
  async () => {
    writeFileSync(path('a.nc'), ENDLESS('11us'));
    writeFileSync(path('b.nc'), ENDLESS('13us'));
    const before = tracesOf(host);
    const running = startNcbpf(host, ['attach', 'net', path('a.nc'), '--with', path('b.nc')]);
    try {
      await until(() => cpuSeconds(running.pid) > LONGER_THAN_ALL_ELSE, ON_A_BUSY_MACHINE_MS);
      running.kill('SIGINT');
      expect(await running.ended).toMatchObject({ status: null, signal: 'SIGINT' });
    } finally {
      running.kill('SIGKILL');
    }
    await until(() => JSON.stringify(tracesOf(host)) === JSON.stringify(before));
  },
  2 * ON_A_BUSY_MACHINE_MS,
);
