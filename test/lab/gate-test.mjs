// The gate for ordinary traffic on kernels that have fq, in virtual time: `npm run test:gate`; `-- --kernel NAME`, more than once, or
// NCBPF_LAB_KERNELS name other kernels than 6.12.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, URL } from 'node:url';
import { parseArgs } from 'node:util';
import { findProgram } from './programs.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const ENVIRONMENT_MISSING = 3;
const DEADLINE_S = 1500;
/** Ordinary frames that are judged: small ones, then TCP's. */
const FLOOD = 80_000;
const TCP_MS = 1500;
const JUDGED = 100_000;
const WINDOW_NS = 200_000;
/** Of 1 Gbit/s the window's share, and of that share what TCP must get. */
const SHARE_MBIT = 200;
const LEAST = 0.8;
/** ksoftirqd, which softirqs may wait for, is given priority but on real-time kernels. */
const REALTIME = /-rt$/;
/** ms: until then ordinary traffic flows again. */
const ALIVE_MS = 200;
const scratch = mkdtempSync(join(tmpdir(), 'ncbpf-gate-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const { values } = parseArgs({ options: { kernel: { type: 'string', multiple: true } } });
const kernels = values.kernel ?? (process.env['NCBPF_LAB_KERNELS'] ?? '6.12').split(' ');

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { status, stdout, stderr };
}

/** @param {string} program @param {string[]} args */
function make(program, ...args) {
  const { status, stderr } = run(program, ...args);
  assert.equal(status, 0, stderr);
}

/** Objects are built outside. @returns {string[]} options of the lab */
function built() {
  const clang = ['clang-19', 'clang-16', 'clang'].find((name) => findProgram(name) !== undefined) ?? 'clang';
  const system = '-I/usr/include/x86_64-linux-gnu';
  const judge = join(scratch, 'gate-judge.bpf.o');
  const hook = join(scratch, 'hang-on-tracepoint');
  const bpf = ['-g', '-O2', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror', system];
  make(clang, ...bpf, '-c', join(HERE, 'gate-judge.bpf.c'), '-o', judge);
  make('cc', '-O2', '-Wall', '-Werror', '-static', join(HERE, 'hang-on-tracepoint.c'), '-o', hook);
  const bundles = [
    ['gate', 'gate'],
    ['gate-closed', 'closed'],
    ['gate-ends', 'ends'],
  ].map(([source, name]) => {
    const bundle = join(scratch, `${name ?? ''}.ncb`);
    make(process.execPath, CLI, 'build', join(HERE, `${source ?? ''}.nc`), '-o', bundle);
    return bundle;
  });
  const scripts = ['gate-guest.mjs', 'gate-judge.mjs', 'gate-sink.mjs'].map((name) => join(HERE, name));
  return [judge, hook, ...bundles, ...scripts].flatMap((path) => ['--add', path]);
}

/** @param {number[]} times ms */
function assertAlive(times, /** @type {string} */ what) {
  assert.ok(times.length > 0);
  for (const ms of times) assert.ok(ms > 0 && ms <= ALIVE_MS, `${what}: ordinary traffic flows after ${ms} ms`);
}

const added = built();
for (const kernel of kernels) {
  test(`the gate with fq on ${kernel}`, (context) => {
    const options = ['--kernel', kernel, '--virtual-time', '--deadline', String(DEADLINE_S), ...added];
    const command = ['--out', join(scratch, 'out'), '--', 'node', '/in/gate-guest.mjs', String(FLOOD), String(TCP_MS)];
    const lab = run(process.execPath, join(HERE, 'run.mjs'), ...options, ...command);
    if (lab.status === ENVIRONMENT_MISSING) return context.skip(lab.stderr.trim());
    assert.equal(lab.status, 0, lab.stderr);
    context.diagnostic(lab.stdout.trim());
    const result = JSON.parse(lab.stdout);
    const {
      before,
      during,
      after: end,
      flooded,
      tcp,
      counted,
      stopped,
      dead,
      backlog,
      foreign,
      paced,
      queues,
      shared,
      lacking,
    } = result;
    assert.equal(result.pacer, 'fq', 'auto takes fq');
    assert.deepEqual(result.warnings, []);
    const softirqs = !REALTIME.test(kernel);
    assert.deepEqual(during, { qdisc: 'fq', segments: 1, softirqs });
    assert.deepEqual(end, before, 'detach restores qdisc, segments and the priority of ksoftirqd');
    assert.deepEqual(shared, { two: softirqs, one: softirqs, none: false }, 'the last one restores that');

    assert.equal(lacking.raised, false);
    if (softirqs)
      assert.match(lacking.warnings.join(), /dropped, not held: this kernel keeps fq waiting for ksoftirqd/);
    else
      assert.match(
        lacking.warnings.join(),
        /^blocks may be late .*: the carrier has no thread of its own \(.*unshare is missing/,
      );

    assert.ok(flooded.ordinary >= FLOOD, 'every frame leaves');
    assert.ok(flooded.ordinary + tcp.ordinary >= JUDGED, `${flooded.ordinary} and ${tcp.ordinary} frames`);
    for (const seen of [flooded, tcp]) {
      assert.equal(seen.outside, 0, 'none begins outside the window');
      assert.equal(seen.cut, 0, 'none lasts beyond its end');
      assert.ok(seen.latest > 0 && seen.latest <= WINDOW_NS);
    }
    assert.ok(tcp.megabits >= LEAST * SHARE_MBIT, `TCP gets ${tcp.megabits} Mbit/s`);
    assert.ok(counted.held > 0, 'most of them were held');
    assert.ok(counted.passed >= flooded.ordinary + tcp.ordinary);
    // How exact the pacer is, fq-test.mjs judges; here, that ordinary traffic does not keep the program's frames back.
    assert.ok(flooded.onGrid > 0.99 * flooded.own, `${flooded.onGrid} of ${flooded.own} own frames on the grid`);
    assert.equal(stopped.passed, counted.passed, 'a machine that is stopped has no gate');
    assert.equal(stopped.dropped, counted.dropped);

    for (const [what, times] of Object.entries(dead)) assertAlive(times, what);
    assertAlive([backlog.stopped], 'stopped with frames held');
    assertAlive([backlog.killed], 'killed with frames held');

    assert.deepEqual(foreign.fq, { warnings: [], seen: 'fq', left: 'fq' });
    for (const [kind, { warnings, seen, left }] of Object.entries({
      pfifo: foreign.pfifo,
      mq: foreign.mq,
      fq: paced,
    })) {
      assert.deepEqual([seen, left], [kind, kind]);
      assert.match(warnings.join(), /dropped, not held/);
    }
    assert.deepEqual(queues, { before: 'mq', warnings: queues.warnings, seen: 'fq', left: 'mq' });
    assert.doesNotMatch(queues.warnings.join(), /dropped, not held/);
  });
}
