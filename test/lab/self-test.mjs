// Tests the lab itself: `node test/lab/self-test.mjs`. The guests' kernel is 6.12, or those named in NCBPF_LAB_KERNELS.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath, URL } from 'node:url';
import { KERNELS } from './kernels.mjs';
import { findProgram } from './programs.mjs';
import { MarkedStream } from './stream-end.mjs';

const LAB = fileURLToPath(new URL('run.mjs', import.meta.url));
const ADDON = fileURLToPath(new URL('../../build/Release/ncbpf_addon.node', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'lab-self-test-'));
const kernels = (process.env['NCBPF_LAB_KERNELS'] ?? '6.12').split(' ');
const first = kernels[0] ?? '6.12';
after(() => rmSync(scratch, { recursive: true, force: true }));

/** @param {string[]} args @param {Record<string, string>} [env] */
function lab(args, env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAB, ...args], {
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  return { status, stdout, text: stdout.toString(), errors: stderr.toString() };
}

/** @param {string} script @param {string[]} [options] runs it by sh in a guest */
function inGuest(script, options = []) {
  return lab([
    '--kernel',
    first,
    '--out',
    join(scratch, 'out'),
    '--deadline',
    '120',
    ...options,
    '--',
    'sh',
    '-c',
    script,
  ]);
}

/** @returns {string} path of the object file */
function compileCounter() {
  const object = join(scratch, 'count.bpf.o');
  const clang = ['clang-19', 'clang-16', 'clang'].find((name) => findProgram(name) !== undefined) ?? 'clang';
  const source = fileURLToPath(new URL('count.bpf.c', import.meta.url));
  const include = '-I/usr/include/x86_64-linux-gnu';
  const { status, stderr } = spawnSync(clang, ['-g', '-O2', '-target', 'bpf', include, '-c', source, '-o', object]);
  assert.equal(status, 0, String(stderr));
  return object;
}

describe('what the lab has in each guest', () => {
  for (const name of kernels) {
    test(name, (context) => {
      writeFileSync(join(scratch, 'frame'), Buffer.alloc(64));
      const script = [
        'set -e',
        'uname -r; uname -v | grep -c PREEMPT_RT || true',
        'node -p "6 * 7"',
        'ip link add va type veth peer name vb; ip link set va up; ip link set vb up',
        'tc qdisc add dev va root fq; tc qdisc show dev va | cut -d" " -f2',
        'for other in "etf clockid CLOCK_TAI delta 100000" "tbf rate 1mbit burst 4k latency 1s" "netem delay 1ms"; do',
        '  tc qdisc add dev vb root $other; tc qdisc show dev vb | cut -d" " -f2; tc qdisc del dev vb root',
        'done',
        'ip link add nq numtxqueues 2 type veth peer name np; ip link set nq up; ip link set np up',
        'tc qdisc add dev nq root taprio num_tc 1 map 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 queues 1@0 base-time 0 \\',
        '  sched-entry S 1 1000000 clockid CLOCK_TAI; tc qdisc show dev nq root | head -1 | cut -d" " -f2',
        'tc qdisc add dev va clsact; tc filter add dev va egress bpf direct-action object-file /in/count.bpf.o section tc',
        'tc filter show dev va egress | grep -c direct-action',
        'bpftool prog load /in/count.bpf.o /sys/fs/bpf/count type classifier pinmaps /sys/fs/bpf',
        'bpftool prog run pinned /sys/fs/bpf/count data_in /in/frame repeat 5 >&2',
        'bpftool -j map dump pinned /sys/fs/bpf/count_bss >/out/map.json',
        'nsenter -t 1 -n unshare -n setpriv --nnp taskset 1 chrt -f 10 timeout 9 ip -V >&2',
        'for file in /sys/kernel/tracing/events /sys/fs/cgroup/cgroup.procs; do test -e $file; done',
        existsSync(ADDON) ? 'node -p "typeof require(\'/project/build/Release/ncbpf_addon.node\')"' : 'echo object',
      ].join('\n');
      if (!existsSync(ADDON)) context.diagnostic('the addon is not built: not tried');
      const out = join(scratch, name);
      const inputs = [compileCounter(), join(scratch, 'frame')].flatMap((path) => ['--add', path]);
      const run = lab(['--kernel', name, '--out', out, ...inputs, '--', 'sh', '-c', script]);
      assert.equal(run.status, 0, run.text + run.errors);
      const [release, realtime, ...rest] = run.text.trimEnd().split('\n');
      const { version, flavour } = KERNELS[name] ?? { version: '', flavour: '' };
      assert.equal(release?.split(/[.+-]/).slice(0, 2).join('.'), version);
      assert.equal(realtime, flavour === 'rt' ? '1' : '0');
      assert.deepEqual(rest, ['42', 'fq', 'etf', 'tbf', 'netem', 'taprio', '1', 'object']);
      assert.match(readFileSync(join(out, 'map.json'), 'utf8'), /"seen":5\b/);
    });
  }
});

describe('what comes back from a guest', () => {
  test('status, both streams byte by byte, and files', () => {
    const run = inGuest(
      [
        'for i in 1 2 3; do printf "a\\0b\\377\\r\\n"; done; echo error >&2; echo again >/dev/stderr',
        'mkdir -p "/out/a b/c"; echo text >"/out/a b/c/d"; echo true >/out/run; chmod 755 /out/run',
        'sleep 1000 & (setsid sleep 1000 &)', // what is left running does not keep the guest
        'exit 7',
      ].join('\n'),
    );
    assert.equal(run.status, 7, run.errors);
    const line = Buffer.from([0x61, 0, 0x62, 0xff, 13, 10]);
    assert.deepEqual(run.stdout, Buffer.concat([line, line, line]));
    assert.match(run.errors, /^error\nagain\n/m);
    assert.equal(readFileSync(join(scratch, 'out/a b/c/d'), 'utf8'), 'text\n');
    assert.equal(statSync(join(scratch, 'out/run')).mode & 0o777, 0o755);
  });

  test('much output', () => {
    const run = inGuest("head -c 4000000 /dev/zero | tr '\\0' x");
    assert.equal(run.status, 0, run.errors);
    assert.equal(run.text, 'x'.repeat(4000000));
  });

  test('the arguments as they were', () => {
    const words = ["it's", '', '$HOME', 'a  b', '*'];
    const run = lab(['--kernel', first, '--', 'node', '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...words]);
    assert.deepEqual(JSON.parse(run.text), words);
  });

  test('a word and dmesg.txt when the kernel warned', () => {
    const run = inGuest('echo 512 >/proc/sys/kernel/tainted'); // what a warning leaves
    assert.equal(run.status, 0);
    assert.match(run.errors, /the kernel complained: see .*dmesg\.txt/);
    assert.match(readFileSync(join(scratch, 'out/dmesg.txt'), 'utf8'), /Run \/init as init process/);
  });

  test('a signal that ended the command', () => {
    assert.equal(inGuest('kill -9 $$').status, 128 + 9);
  });
});

test('in virtual time a guest that sleeps for an hour is back at once', () => {
  const run = inGuest('cut -d. -f1 /proc/uptime; sleep 3600; cut -d. -f1 /proc/uptime', ['--virtual-time']);
  const [before = 0, later = 0] = run.text.split('\n').map(Number);
  assert.ok(later - before >= 3599 && later - before <= 3602, run.text);
});

for (const [name, options] of /** @type {[string, string[]][]} */ ([
  ['a compiler of the host is there', []],
  ['and in virtual time it comes back before the timeouts', ['--virtual-time']],
])) {
  test(name, () => {
    const script = [
      'set -e; mkdir /tmp/a /tmp/a/b; cd /tmp/a/b',
      'echo "#define A 42" >../a.h; echo "#include \\"a.h\\"" >main.c; echo "int main(void) { return A; }" >>main.c',
      'timeout 20 cc -I.. -o ../program main.c; ../program || echo $?',
      'cp main.c /tmp/a/; cd /; timeout 20 cc -o /tmp/a/program /tmp/a/main.c && /tmp/a/program || echo $?; cd /tmp/a/b',
      'timeout 20 setpriv --reuid 54321 --regid 54321 --clear-groups cc --version | grep -c Free',
      'echo wrong >main.c; timeout 20 cc main.c 2>&1 | grep -o "^main.c:[0-9:]* error"; ls',
    ].join('\n');
    const run = inGuest(script, options);
    assert.deepEqual([run.status, run.text], [0, '42\n42\n1\nmain.c:1:1: error\nmain.c\n'], run.errors);
  });
}

test('a guest has the processors and the memory that were asked for', () => {
  const run = inGuest('nproc; grep MemTotal /proc/meminfo', ['--smp', '2', '--memory', '700']);
  const [cpus, memory = ''] = run.text.split('\n');
  assert.equal(cpus, '2');
  const kib = Number(/\d+/.exec(memory)?.[0]);
  assert.ok(kib < 700 * 1024 && kib > 500 * 1024, memory);
});

describe('a guest that does not come to its end', () => {
  test('panic: status 125 and the console', () => {
    const run = inGuest('echo c >/proc/sysrq-trigger');
    assert.equal(run.status, 125);
    assert.match(run.errors, /died; the end of its console:\n[^]*Kernel panic - not syncing: sysrq triggered crash/);
  });

  test('deadline: status 124', () => {
    const run = inGuest('echo started; sleep 1000', ['--deadline', '20']);
    assert.equal(run.status, 124);
    assert.equal(run.text, 'started\n');
    assert.match(run.errors, /ended after 20 s; the end of its console:/);
  });

  test('deadline in virtual time: status 124', () => {
    const run = inGuest('while :; do :; done', ['--virtual-time', '--deadline', '20']);
    assert.equal(run.status, 124);
    assert.match(run.errors, /ended after 20 s of CPU time; the end of its console:/);
  });
});

describe('bad input gets one sentence and status 3', () => {
  const empty = join(scratch, 'cache');
  const command = ['--kernel', '6.12', '--', 'true'];
  /** @type {[string, string[], Record<string, string>, RegExp][]} */
  const cases = [
    ['unknown kernel', ['--kernel', '9.9', '--', 'true'], {}, /unknown kernel 9\.9; known are 6\.1, /],
    ['no kernel', ['--', 'true'], {}, /--kernel is missing/],
    ['no command', ['--kernel', '6.12'], {}, /there is no command/],
    ['unknown option', ['--kernel', '6.12', '--fast', '--', 'true'], {}, /unknown option --fast/],
    ['bad number', ['--kernel', '6.12', '--smp', '0', '--', 'true'], {}, /--smp 0 is not a whole number from 1 to 16/],
    ['missing input', ['--kernel', first, '--add', '/no/such', '--', 'true'], {}, /\/no\/such does not exist/],
    ['no QEMU', command, { PATH: '' }, /qemu-system-x86_64.* not found: run test\/lab\/setup\.sh/],
    [
      'no network',
      command,
      { XDG_CACHE_HOME: empty, NCBPF_LAB_MIRROR: 'http://127.0.0.1:9/debian' },
      /could not fetch/,
    ],
  ];
  for (const [name, args, env, sentence] of cases) {
    test(name, () => {
      const run = lab(args, env);
      const lines = run.errors
        .trimEnd()
        .split('\n')
        .filter((line) => !/^lab: (looking|not packed)/.test(line));
      assert.deepEqual([run.status, lines.length], [3, 1], run.errors);
      assert.match(lines[0] ?? '', sentence);
    });
  }

  test('no space', { skip: process.getuid?.() === 0 ? false : 'mounting a small file system needs root' }, () => {
    const small = mkdtempSync(join(scratch, 'small-'));
    chmodSync(small, 0o755);
    const script = 'mount -t tmpfs -o size=8m none "$1" && shift && exec "$@"';
    const words = ['-c', script, 'sh', small, process.execPath, LAB, ...command];
    const { status, stderr } = spawnSync('unshare', ['-m', 'sh', ...words], {
      env: { ...process.env, XDG_CACHE_HOME: small },
    });
    assert.equal(status, 3, String(stderr));
    assert.match(String(stderr), /^lab: no space in .*: \d+ MiB free, \d+ needed\.\n$/);
  });
});

test('a mark ends a stream, however it is cut up', () => {
  const mark = Buffer.from('\0mark');
  const text = Buffer.from('a\0b\0ma\0mar c');
  const sent = Buffer.concat([text, mark, Buffer.from('after')]);
  for (let size = 1; size <= sent.length; size++) {
    /** @type {Buffer[]} */
    const passed = [];
    const stream = new MarkedStream(mark, (bytes) => passed.push(bytes));
    for (let i = 0; i < sent.length; i += size) stream.push(sent.subarray(i, i + size));
    assert.deepEqual([Buffer.concat(passed), stream.ended], [text, true], `pieces of ${String(size)}`);
  }
});
