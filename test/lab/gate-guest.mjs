// Runs in a guest: ordinary traffic beside a program with a gate, on an interface that can have fq. Prints one JSON object.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const FRAMES = Number(process.argv[2] ?? 3000);
const AFTER_STOP = 100;
const LENGTH = 1000;
/** Of the program's frames: the shortest that there is, which no other frame of this host has. */
const OWN_LENGTH = 60;
const DEVICE = 'gate-a';
const IPV6 = `/proc/sys/net/ipv6/conf/${DEVICE}/disable_ipv6`;
const PERIOD_US = 1000;
/** @type {{ native(): import('../../loader/native.js').Native }} */
const { native } = await import(`${process.cwd()}/dist/loader/native.js`);

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** @param {string[]} args */
function ncbpf(...args) {
  return run(process.execPath, 'dist/cli/bin.js', ...args);
}

function attach() {
  return JSON.parse(ncbpf('attach', DEVICE, '/in/gate.ncb', '--rate', '1gbit', '--json'));
}

function rootQdisc() {
  /** @type {{ kind: string, root?: boolean }[]} */
  const qdiscs = JSON.parse(run('tc', '-j', 'qdisc', 'show', 'dev', DEVICE));
  return qdiscs.find(({ root }) => root)?.kind;
}

function segments() {
  return JSON.parse(run('ip', '-d', '-j', 'link', 'show', 'dev', DEVICE))[0].gso_max_segs;
}

function totals() {
  return JSON.parse(ncbpf('status', DEVICE, '--json')).stats.totals;
}

const socket = (() => {
  run('ip', 'link', 'add', DEVICE, 'type', 'veth', 'peer', 'name', 'gate-b');
  // Neighbour discovery would add frames of its own.
  run('sh', '-c', `[ ! -e ${IPV6} ] || echo 1 >${IPV6}`);
  run('ip', 'link', 'set', DEVICE, 'address', '02:00:00:00:00:01', 'up');
  run('ip', 'link', 'set', 'gate-b', 'up');
  return native().packetOpen(native().interfaceIndex(DEVICE) ?? 0, { ethertype: 0x88b6 });
})();

/** @param {number} count */
async function send(count) {
  const frame = new Uint8Array(LENGTH).fill(0xff, 0, 6);
  frame.set([2, 0, 0, 0, 0, 1, 0x88, 0xb6], 6);
  for (let i = 0; i < count; i++) {
    socket.send(frame);
    if (i % 16 === 15) await sleep(1);
  }
}

/** What the kernel's trace says about each frame: its instant in us and its length. */
function transmitted() {
  const pattern = new RegExp(`(\\d+)\\.(\\d+): net_dev_start_xmit: dev=${DEVICE} .* len=(\\d+) `);
  return readFileSync('/sys/kernel/tracing/trace', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = pattern.exec(line);
      return match === null ? [] : [{ at: Number(match[1]) * 1e6 + Number(match[2]), length: Number(match[3]) }];
    });
}

/** When the gate opened last, us. */
function anchor() {
  const dump = run('bpftool', '-j', 'map', 'dump', 'pinned', `/sys/fs/bpf/ncbpf/${DEVICE}/nc_state`);
  return Number(/"gate_anchor":(\d+)/.exec(dump)?.[1]) / 1000;
}

const before = { qdisc: rootQdisc(), segments: segments() };
const { pacer, warnings } = attach();
const during = { qdisc: rootQdisc(), segments: segments() };
run('sh', '-c', 'echo mono >/sys/kernel/tracing/trace_clock; echo 65536 >/sys/kernel/tracing/buffer_size_kb');
run('sh', '-c', 'echo 1 >/sys/kernel/tracing/events/net/net_dev_start_xmit/enable');
await send(FRAMES);
await sleep(1000); // no frame is held for longer
run('sh', '-c', 'echo 0 >/sys/kernel/tracing/events/net/net_dev_start_xmit/enable');
const opened = anchor();
const counted = totals();
const frames = transmitted().map(({ at, length }) => ({
  length,
  phase: (((at - opened) % PERIOD_US) + PERIOD_US) % PERIOD_US,
}));
ncbpf('stop', DEVICE);
await send(AFTER_STOP);
const stopped = totals();
ncbpf('detach', DEVICE);
const after = { qdisc: rootQdisc(), segments: segments() };

/** What attach makes of a qdisc that somebody has set up, and what detach leaves of it. @param {string} kind */
function withForeign(kind) {
  run('tc', 'qdisc', 'add', 'dev', DEVICE, 'root', kind);
  const report = attach();
  const seen = rootQdisc();
  ncbpf('detach', DEVICE);
  const left = rootQdisc();
  run('tc', 'qdisc', 'delete', 'dev', DEVICE, 'root');
  return { warnings: report.warnings, seen, left };
}

const foreign = { fq: withForeign('fq'), pfifo: withForeign('pfifo') };
socket.close();
process.stdout.write(
  JSON.stringify({
    pacer,
    warnings,
    before,
    during,
    after,
    counted,
    stopped,
    ordinary: frames.filter(({ length }) => length === LENGTH).map(({ phase }) => phase),
    own: frames.filter(({ length }) => length === OWN_LENGTH).map(({ phase }) => phase),
    foreign,
  }) + '\n',
);
