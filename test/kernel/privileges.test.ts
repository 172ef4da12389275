// What each set of privileges is enough for, by the command line as another user; and what those get who lack some.
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeBundle } from '../../codegen/bundle.js';
import { packageRoot } from '../../loader/native.js';
import { listAttachments } from '../../loader/status.js';
import { compileText, detachAll, Host, MAC_A, makePair, until } from '../support/hosts.js';
import { ncbpf, NCBPF, type Ended } from '../support/ncbpf.js';
import { run, Scratch } from '../support/scratch.js';
import { testUnless } from '../support/skip.js';
import { tracesOf } from '../support/traces.js';

const USER = '54321';
/** A group of every system, and not the one of USER. */
const GROUP = 'daemon';
const PROGRAM = `
late send
channel bus = 0 from ${MAC_A}
var number : u32
var heard : u16
message m
start:
    create number -> m
    send bus, m
    receive bus -> heard
    wait 1ms, start
`;

/** A command that goes on as USER with some capabilities, and with the group `group`. */
function asUser(capabilities: readonly string[], group = USER): string[] {
  const set = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  const ids = ['--reuid', USER, '--regid', group, '--clear-groups'];
  return ['setpriv', ...ids, '--inh-caps', set, '--ambient-caps', set, '--'];
}

const ALL = ['bpf', 'net_admin', 'perfmon', 'sys_nice'];
const [asNobody = '', ...nobodysOptions] = asUser([]);
/** A checkout below a closed home folder cannot be used by anybody else. */
const look = [process.execPath, '--eval', 'fs.readFileSync(process.argv[1])', NCBPF];
const isReachable = spawnSync(asNobody, [...nobodysOptions, ...look], { env: { PATH: process.env.PATH } }).status === 0;
const testAsUser = testUnless(
  isReachable ? undefined : `other users cannot reach ${packageRoot()} or ${process.execPath}`,
);

const tools = new Scratch();
const scratch = new Scratch();
let a: Host;
let b: Host;
let program: string;

beforeEach(async () => {
  ({ a, b } = await makePair(scratch));
  const folder = scratch.folder();
  chmodSync(folder, 0o755);
  program = join(folder, 'program.nc');
  writeFileSync(program, PROGRAM);
  for (const path of [dirname(b.roots.run), dirname(b.roots.pins)]) chmodSync(path, 0o755);
});

afterEach(async () => {
  await detachAll(a, b).finally(() => scratch.cleanUp());
  tools.cleanUp();
});

/** The same host with roots that belong to USER. */
function ownRoots(): Host {
  const roots = { pins: join(dirname(b.roots.pins), 'own', 'pins'), run: join(dirname(b.roots.run), 'own', 'run') };
  for (const folder of [dirname(roots.pins), dirname(roots.run)]) {
    mkdirSync(folder);
    chownSync(folder, Number(USER), Number(USER));
  }
  return new Host(b.namespace, roots);
}

async function expectDone(ended: Promise<Ended>): Promise<Ended> {
  const result = await ended;
  expect(result).toMatchObject({ status: 0 });
  return result;
}

async function expectRefused(ended: Promise<Ended>, text: RegExp): Promise<void> {
  const { status, stdout, stderr } = await ended;
  expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: '', stderr: expect.stringMatching(text) });
  // A sentence, not a stack.
  expect(stderr.trim().split('\n')).toHaveLength(1);
}

describe('another user with roots of its own', () => {
  testAsUser('attaches, commands and detaches with CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON and CAP_SYS_NICE', async () => {
    const own = ownRoots();
    const before = tracesOf(own);
    const { stderr } = await expectDone(ncbpf(own, ['attach', 'net', program, '--pacer', 'thread'], asUser(ALL)));
    expect(stderr).not.toContain('SCHED_FIFO');
    const { stdout } = await expectDone(ncbpf(own, ['status', 'net', '--json'], asUser(ALL)));
    expect(stdout).toContain('running');
    expect((await own.status('net')).problems).toEqual([]);
    await until(async () => (await own.status('net')).stats!.channels.bus!.sent! > 3n);
    await expectDone(ncbpf(own, ['var', 'set', 'net', 'number', '42'], asUser(ALL)));
    expect(await expectDone(ncbpf(own, ['var', 'get', 'net', 'number'], asUser(ALL)))).toMatchObject({
      stdout: '42\n',
    });
    await expectDone(ncbpf(own, ['stop', 'net'], asUser(ALL)));
    expect((await own.status('net')).machine!.run).toBe('stopped');
    await expectDone(ncbpf(own, ['start', 'net'], asUser(ALL)));
    await expectDone(ncbpf(own, ['attach', 'net', program, '--replace', '--pacer', 'thread'], asUser(ALL)));
    await expectDone(ncbpf(own, ['detach', 'net'], asUser(ALL)));
    expect(tracesOf(own)).toEqual(before);
  });

  testAsUser('without CAP_SYS_NICE is told what the pacer thread could not get', async () => {
    const own = ownRoots();
    const some = asUser(['bpf', 'net_admin', 'perfmon']);
    const { stderr } = await expectDone(ncbpf(own, ['attach', 'net', program, '--pacer', 'thread'], some));
    expect(stderr).toMatch(/^warning: .*SCHED_FIFO/m);
    expect((await own.status('net')).machine!.run).toBe('running');
    await expectDone(ncbpf(own, ['detach', 'net'], some));
  });

  const lacking: readonly [string, readonly string[], RegExp][] = [
    ['all', [], /^ncbpf: attaching needs CAP_BPF and CAP_NET_ADMIN: run as root/],
    ['CAP_BPF', ['net_admin', 'perfmon', 'sys_nice'], /^ncbpf: attaching needs CAP_BPF: /],
    ['CAP_NET_ADMIN', ['bpf', 'perfmon', 'sys_nice'], /^ncbpf: attaching needs CAP_NET_ADMIN: /],
  ];
  for (const [name, capabilities, text] of lacking) {
    testAsUser(`without ${name} is refused, with nothing half done`, async () => {
      const own = ownRoots();
      const before = tracesOf(own);
      await expectRefused(ncbpf(own, ['attach', 'net', program], asUser(capabilities)), text);
      await expectRefused(ncbpf(own, ['attach', 'net', program, '--dry-run'], asUser(capabilities)), text);
      expect(tracesOf(own)).toEqual(before);
    });
  }

  testAsUser('without CAP_PERFMON either attaches or is told that the verifier wants it', async () => {
    // It depends on the kernel: with mitigations=off, or a verifier that goes on where today's give up, it is not needed.
    const own = ownRoots();
    const before = tracesOf(own);
    const some = asUser(['bpf', 'net_admin', 'sys_nice']);
    const { status, stderr } = await ncbpf(own, ['attach', 'net', program, '--pacer', 'thread'], some);
    if (status === 0) await expectDone(ncbpf(own, ['detach', 'net'], some));
    else expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringMatching(/verifier.*add CAP_PERFMON/) });
    expect(tracesOf(own)).toEqual(before);
  });

  testAsUser('who has lost the capabilities cannot detach by halves', async () => {
    const own = ownRoots();
    await expectDone(ncbpf(own, ['attach', 'net', program, '--pacer', 'thread'], asUser(ALL)));
    const before = tracesOf(own);
    for (const capabilities of [[], ['bpf'], ['net_admin']])
      await expectRefused(ncbpf(own, ['detach', 'net'], asUser(capabilities)), /^ncbpf: detaching needs CAP_/);
    await expectRefused(ncbpf(own, ['stop', 'net'], asUser([])), /needs CAP_BPF and CAP_NET_ADMIN/);
    expect(tracesOf(own)).toEqual(before);
    expect((await own.status('net')).problems).toEqual([]);
    await expectDone(ncbpf(own, ['detach', 'net'], asUser(ALL)));
  });
});

describe("an attachment of root's", () => {
  beforeEach(async () => {
    await b.attach('net', await compileText(PROGRAM), { group: GROUP });
  });

  testAsUser('is left alone by others, who are told why', async () => {
    const before = tracesOf(b);
    for (const capabilities of [[], ALL]) {
      const other = asUser(capabilities);
      await expectRefused(ncbpf(b, ['status', 'net'], other), /no permission to open .*nc_state: run as root/);
      await expectRefused(
        ncbpf(b, ['var', 'get', 'net', 'number'], other),
        /no permission to open .*attach with --group/,
      );
      await expectRefused(
        ncbpf(b, ['var', 'set', 'net', 'number', '1'], other),
        /no permission to open .*attach with --group/,
      );
      for (const command of ['start', 'stop', 'detach'])
        await expectRefused(
          ncbpf(b, [command, 'net'], other),
          /needs CAP_BPF|this user may not write in .*run as root/,
        );
    }
    // A bundle: this user cannot compile in root's folder for temporary files.
    const bundle = join(dirname(program), 'program.ncb');
    writeFileSync(bundle, writeBundle(await compileText(PROGRAM)));
    const replacing = ncbpf(b, ['attach', 'net', bundle, '--replace'], asUser(ALL));
    await expectRefused(replacing, /this user may not write in .*NCBPF_RUN_ROOT/);
    expect(tracesOf(b)).toEqual(before);
    expect((await b.status('net')).problems).toEqual([]);
    expect(listAttachments(b.roots)).toEqual(['net']);
  });

  testAsUser('shares its variables, and nothing else, with its group', async () => {
    const member = asUser([], GROUP);
    await expectDone(ncbpf(b, ['var', 'set', 'net', 'number', '42'], member));
    expect(await expectDone(ncbpf(b, ['var', 'get', 'net', 'number'], member))).toMatchObject({ stdout: '42\n' });
    expect(await ncbpf(b, ['var', 'set', 'net', 'heard', '1'], member)).toMatchObject({ status: 2 });
    await expectRefused(ncbpf(b, ['stop', 'net'], member), /needs CAP_BPF/);

    const folder = tools.folder();
    chmodSync(folder, 0o755);
    const example = join(folder, 'example');
    const source = join(packageRoot(), 'samples', 'c-application', 'example.c');
    run('gcc', '-O2', `-I${join(packageRoot(), 'include')}`, '-o', example, source);
    const inC = (prefix: string[]) => {
      const [command = '', ...options] = prefix;
      return spawnSync(command, [...options, example, 'net', 'number', 'number', '1'], {
        env: b.environment,
        encoding: 'utf8',
      });
    };
    expect(inC(member)).toMatchObject({ status: 0, stdout: 'number 0\n' });
    expect(await expectDone(ncbpf(b, ['var', 'get', 'net', 'number'], member))).toMatchObject({ stdout: '0\n' });
    expect(inC(asUser([]))).toMatchObject({ status: 1, stderr: expect.stringMatching(/Permission denied/) });
  });
});
