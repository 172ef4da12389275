// Interfaces that are occupied, vanish, move, are named oddly or are of the wrong kind: each works or gets a sentence, and nothing half done.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Built } from '../../codegen/build.js';
import { EnvironmentError } from '../../loader/errors.js';
import { native, type XdpMode } from '../../loader/native.js';
import { pinFolder } from '../../loader/roots.js';
import { listAttachments } from '../../loader/status.js';
import { openVariableSpace } from '../../loader/variable-space.js';
import { compileBpf } from '../support/compile-bpf.js';
import {
  compileText,
  connect,
  detachAll,
  Host,
  MAC_A,
  makeHost,
  makePair,
  until,
  type HostAttachOptions,
} from '../support/hosts.js';
import { interfaceIndex, Scratch } from '../support/scratch.js';
import { processesIn, tracesOf } from '../support/traces.js';

const FOREIGN_XDP = `
#include <linux/bpf.h>
__attribute__((section("xdp"), used)) int foreign(struct xdp_md *context) { return XDP_PASS; }
char foreign_license[] __attribute__((section("license"), used)) = "GPL";
`;
const PROGRAM = `
late send
channel bus = 0 from ${MAC_A}
var number : u32
message m
counter rounds
start:
    create number -> m
    send bus, m
    add_to_counter rounds, 1
    wait 1ms, start
`;
const LONG = `
channel bus
var text : bytes[1470]
message m
create text -> m
send bus, m
end_of_program
`;

const scratch = new Scratch();
let built: Built;
let a: Host;
let b: Host;
let others: Host[] = [];

beforeEach(async () => {
  built = await compileText(PROGRAM);
  ({ a, b } = await makePair(scratch));
  others = [];
});

afterEach(async () => {
  await detachAll(a, b, ...others).finally(() => scratch.cleanUp());
});

/** Expects a refusal with exit status 2 that leaves everything as it was. */
async function expectRefusal(
  name: string,
  text: RegExp,
  options: HostAttachOptions = {},
  program = built,
): Promise<void> {
  const before = tracesOf(b);
  const refusal: unknown = await b.attach(name, program, options).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(EnvironmentError);
  expect(refusal).toMatchObject({ exitStatus: 2, message: expect.stringMatching(text) });
  expect(tracesOf(b)).toEqual(before);
}

async function problemsOf(name = 'net'): Promise<string> {
  return (await b.status(name)).problems.join('; ');
}

async function expectToRun(name = 'net'): Promise<void> {
  const rounds = async () => (await b.status(name)).machine!.counters.rounds!;
  const first = await rounds();
  await until(async () => (await rounds()) > first);
}

/** Detaches, and expects that of the attachment nothing is left. */
async function expectGone(name = 'net'): Promise<void> {
  await b.detach(name);
  expect(listAttachments(b.roots)).toEqual([]);
  expect([existsSync(b.roots.pins), existsSync(b.roots.run)]).toEqual([false, false]);
  expect(processesIn(b.namespace)).toEqual([]);
}

describe('an XDP program of someone else', () => {
  test.each<XdpMode>(['native', 'generic'])('%s: attach is refused and leaves it where it is', async (mode) => {
    const foreign = scratch.keep(native().openObject(compileBpf(scratch.folder(), FOREIGN_XDP), 'foreign'));
    foreign.load();
    const program = foreign.programFd('foreign');
    const query = () => b.inside(() => native().xdpQuery(interfaceIndex('net')));
    const link = await b.inside(() => native().linkCreateXdp(program, interfaceIndex('net'), mode));
    scratch.onCleanUp(() => native().closeFd(link));
    const before = await query();
    await expectRefusal('net', /XDP program of someone else.*not replaced/);
    await expectRefusal('net', /XDP program of someone else/, { replace: true });
    expect(await query()).toEqual(before);
  });

  test('cannot take the place of ours', async () => {
    await b.attach('net', built);
    const foreign = scratch.keep(native().openObject(compileBpf(scratch.folder(), FOREIGN_XDP), 'foreign'));
    foreign.load();
    const attempt = b.inside(() =>
      native().linkCreateXdp(foreign.programFd('foreign'), interfaceIndex('net'), 'native'),
    );
    await expect(attempt).rejects.toMatchObject({ code: 'EBUSY' });
    await expectToRun();
    await expectGone();
  });
});

describe('an interface that changes while it is attached', () => {
  beforeEach(async () => {
    await b.attach('net', built);
  });

  test('deleted', async () => {
    b.run('ip', 'link', 'delete', 'net');
    expect(await problemsOf()).toMatch(/the interface is gone: `ncbpf detach net`/);
    await expectGone();
  });

  test('deleted, and another of its name made in its place', async () => {
    b.run('ip', 'link', 'delete', 'net');
    await connect({ host: a, name: 'net', mac: MAC_A }, { host: b, name: 'net', mac: '02:00:00:00:00:1b' });
    expect(await problemsOf()).toMatch(/the interface is gone/);
    const { warnings } = await b.attach('net', built, { replace: true });
    expect(warnings).toEqual([]);
    await expectToRun();
    await expectGone();
  });

  test('renamed', async () => {
    b.run('ip', 'link', 'set', 'net', 'down');
    b.run('ip', 'link', 'set', 'net', 'name', 'elsewhere');
    b.run('ip', 'link', 'set', 'elsewhere', 'up');
    expect(await problemsOf()).toMatch(/the interface is called elsewhere now/);
    await expectToRun();
    await expectGone();
    expect(b.run('tc', 'qdisc', 'show', 'dev', 'elsewhere')).not.toContain('clsact');
    expect(b.run('ip', 'link', 'show', 'dev', 'elsewhere')).not.toContain('xdp');
  });

  test('renamed: under the new name attach says so, and takes its place with --replace', async () => {
    b.run('ip', 'link', 'set', 'net', 'down');
    b.run('ip', 'link', 'set', 'net', 'name', 'elsewhere');
    b.run('ip', 'link', 'set', 'elsewhere', 'up');
    await until(() => b.run('ip', 'link', 'show', 'dev', 'elsewhere').includes('state UP'));
    await expectRefusal(
      'elsewhere',
      /elsewhere was called net when node test was attached to it, and still is: use --replace, or `ncbpf detach net` first/,
    );
    await expectToRun();
    const { warnings } = await b.attach('elsewhere', built, { replace: true });
    expect(warnings).toEqual([]);
    expect(listAttachments(b.roots)).toEqual(['elsewhere']);
    expect(await problemsOf('elsewhere')).toBe('');
    await expectToRun('elsewhere');
    await expectGone('elsewhere');
  });

  test('renamed, and another of its name made: what is attached where is said', async () => {
    b.run('ip', 'link', 'set', 'net', 'down');
    b.run('ip', 'link', 'set', 'net', 'name', 'elsewhere');
    await connect({ host: a, name: 'more', mac: MAC_A }, { host: b, name: 'net', mac: '02:00:00:00:00:1b' });
    await expectRefusal(
      'net',
      /net has an attachment already \(node test, on an interface that is called elsewhere now\)/,
    );
    await b.attach('net', built, { replace: true });
    expect(await problemsOf()).toBe('');
    expect(b.run('ip', 'link', 'show', 'dev', 'elsewhere')).not.toContain('xdp');
    await expectGone();
  });

  test('attached with other roots: that is said, it is not the program of someone else', async () => {
    const other = new Host(b.namespace, { pins: join(b.roots.pins, '..', 'p'), run: join(b.roots.run, '..', 'r') });
    await expect(other.attach('net', built)).rejects.toThrow(
      /has the nc_ingress \(id \d+\) of an attachment that is not recorded here: .*NCBPF_PIN_ROOT/,
    );
    expect(await problemsOf()).toBe('');
    await expectToRun();
  });

  test('set down and up again', async () => {
    b.run('ip', 'link', 'set', 'net', 'down');
    expect(await problemsOf()).toMatch(/the interface is down/);
    await expectToRun();
    b.run('ip', 'link', 'set', 'net', 'up');
    const { sent } = (await b.status('net')).stats!.channels.bus!;
    await until(async () => (await b.status('net')).stats!.channels.bus!.sent! > sent!);
    expect(await problemsOf()).toBe('');
    await expectGone();
  });

  test('moved to another namespace', async () => {
    const other = makeHost(scratch);
    b.run('ip', 'link', 'set', 'net', 'netns', other.namespace.replace(/^.*\//, ''));
    expect(await problemsOf()).toMatch(/the interface is gone/);
    await expectGone();
    expect(other.run('ip', 'link', 'show', 'dev', 'net')).not.toContain('xdp');
    expect(other.run('tc', 'qdisc', 'show', 'dev', 'net')).not.toContain('clsact');
  });

  test('its address is changed', async () => {
    b.run('ip', 'link', 'set', 'net', 'address', '02:00:00:00:00:77');
    expect(await problemsOf()).toMatch(/address was 02:00:00:00:00:0b.* and is 02:00:00:00:00:77 now/);
    await expectGone();
  });

  test('its clsact is deleted by somebody', async () => {
    b.run('tc', 'qdisc', 'delete', 'dev', 'net', 'clsact');
    expect(await problemsOf()).toMatch(/somebody has removed the egress filter/);
    await b.attach('net', built, { replace: true });
    expect(await problemsOf()).toBe('');
    await expectGone();
  });

  test('its namespace is deleted', async () => {
    const lost = makeHost(scratch);
    await connect({ host: lost, name: 'net', mac: MAC_A }, { host: a, name: 'far', mac: '02:00:00:00:00:1a' });
    await lost.attach('net', built);
    const { pid } = (await lost.status('net')).attachment!.record.process!;
    const inRoots = new Host(b.namespace, lost.roots);
    // Only the name goes: the pacer thread holds the namespace itself.
    a.run('ip', 'netns', 'delete', lost.namespace.replace(/^.*\//, ''));
    scratch.onCleanUp(() => a.run('ip', 'netns', 'add', lost.namespace.replace(/^.*\//, '')));
    await expect(inRoots.detach('net')).rejects.toThrow(
      /another network namespace: enter it \(`nsenter --net=\/proc\//,
    );
    process.kill(pid, 'SIGKILL');
    await until(() => !existsSync(`/proc/${pid}`));
    expect((await inRoots.status('net')).problems).toContain('its network namespace is gone');
    await inRoots.detach('net');
    expect([existsSync(lost.roots.pins), existsSync(lost.roots.run)]).toEqual([false, false]);
  });
});

test('attach on an interface that is down warns, and runs when it is up', async () => {
  b.run('ip', 'link', 'set', 'net', 'down');
  const { warnings } = await b.attach('net', built);
  expect(warnings).toEqual([expect.stringMatching(/net is down.*ip link set net up/)]);
  b.run('ip', 'link', 'set', 'net', 'up');
  await until(async () => (await b.status('net')).stats!.channels.bus!.sent! > 0n);
  await expectGone();
});

test('an interface named eth0.100', async () => {
  await connect(
    { host: a, name: 'far', mac: '02:00:00:00:00:1a' },
    { host: b, name: 'eth0.100', mac: '02:00:00:00:00:1b' },
  );
  await b.attach('eth0.100', built);
  expect(existsSync(join(b.roots.pins, 'eth0%2e100', 'nc_vars'))).toBe(true);
  expect(listAttachments(b.roots)).toEqual(['eth0.100']);
  const space = openVariableSpace('eth0.100', { roots: b.roots });
  space.set('number', 12);
  expect(space.get('number')).toBe(12);
  space.close();
  await expectToRun('eth0.100');
  await expectGone('eth0.100');
});

test('an attachment that exists already, with and without --replace', async () => {
  await b.attach('net', built, { start: { kind: 'hold' } });
  await expectRefusal('net', /net has an attachment already \(node test\): use --replace/);
  expect((await b.status('net')).machine!.run).toBe('held');
  await b.attach('net', await compileText(PROGRAM.replace('1ms', '2ms'), 'second.nc'), { replace: true });
  expect((await b.status('net')).attachment!.manifest.node).toBe('second');
  await expectToRun();
  await expectGone();
});

test('the same name in another namespace under the same roots', async () => {
  await b.attach('net', built);
  const before = tracesOf(b);
  const shared = new Host(a.namespace, b.roots);
  const wayOut =
    /attached in another network namespace: enter it \(`nsenter --net=\/run\/netns\/.*NCBPF_PIN_ROOT and NCBPF_RUN_ROOT/;
  const attempts = [
    () => shared.attach('net', built),
    () => shared.attach('net', built, { replace: true }),
    () => shared.detach('net'),
    () => shared.start('net'),
    () => shared.stop('net'),
  ];
  for (const attempt of attempts)
    await expect(attempt()).rejects.toMatchObject({ exitStatus: 2, message: expect.stringMatching(wayOut) });
  expect((await shared.status('net')).problems).toEqual([expect.stringMatching(/it is in another network namespace/)]);
  expect(tracesOf(b)).toEqual(before);
  await expectToRun();
  await expectGone();
});

test('what is no Ethernet interface, or none at all', async () => {
  b.run('ip', 'tuntap', 'add', 'dev', 'tun0', 'mode', 'tun');
  await expectRefusal('lo', /lo is no Ethernet interface \(its type is loopback\)/);
  await expectRefusal('tun0', /tun0 is no Ethernet interface/);
  await expectRefusal('nothing0', /there is no interface nothing0 in this network namespace \(there are net\)/);
  for (const name of ['', '..', 'a/b', 'a b', 'sixteen-letters-'])
    await expectRefusal(name, /cannot be an interface's name/);
});

test('an MTU that is too small for the program', async () => {
  // 24 bytes of header and 1,470 of payload.
  b.run('ip', 'link', 'set', 'net', 'mtu', '1493');
  const long = await compileText(LONG, 'long.nc');
  await expectRefusal('net', /need an MTU of 1494, and net has 1493.*ip link set net mtu 1494/, {}, long);
  b.run('ip', 'link', 'set', 'net', 'mtu', '1494');
  await b.attach('net', long);
  await expectGone();
});

test('the qdisc ingress of somebody leaves no room for clsact', async () => {
  b.run('tc', 'qdisc', 'add', 'dev', 'net', 'ingress');
  await expectRefusal('net', /net has the qdisc ingress.*tc qdisc del dev net ingress/);
});

test('a driver without native XDP gets generic, with a warning', async () => {
  b.run('ip', 'link', 'add', 'link', 'net', 'name', 'mac0', 'type', 'macvlan');
  b.run('ip', 'link', 'set', 'mac0', 'up');
  const { attachment, warnings } = await b.attach('mac0', built);
  expect(attachment.record.xdpMode).toBe('generic');
  expect(warnings).toEqual([expect.stringMatching(/mac0 runs the ingress filter in generic mode/)]);
  expect(existsSync(pinFolder(b.roots, 'mac0'))).toBe(true);
  await expectToRun('mac0');
  await expectGone('mac0');
});
