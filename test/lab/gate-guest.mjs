// Runs in a guest: ordinary traffic beside a program with a gate, on an interface that can have fq. Prints one JSON object.
import { Buffer } from 'node:buffer';
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { connect } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadJudge } from './gate-judge.mjs';

const FRAMES = Number(process.argv[2] ?? 80_000);
const TCP_MS = Number(process.argv[3] ?? 1500);
const AFTER_STOP = 100;
const FLOOD_LENGTH = 60;
const TIMES = 3;
const DEVICE = 'gate-a';
const PEER = '192.0.2.2';
const ROOTS = { pins: '/sys/fs/bpf/ncbpf', run: '/run/ncbpf' };
const PERIOD = 1_000_000n;
const LENGTH = 200_000n;
const NS_PER_MS = 1e6;
/** @type {{ native(): import('../../loader/native.js').Native }} */
const { native } = await import(`${process.cwd()}/dist/loader/native.js`);
/** @type {typeof import('../../loader/control.js')} */
const { startMachine, stopMachine } = await import(`${process.cwd()}/dist/loader/control.js`);

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** @param {string[]} args */
function ncbpf(...args) {
  return run(process.execPath, 'dist/cli/bin.js', ...args);
}

function attach(program = 'gate', device = DEVICE) {
  return JSON.parse(ncbpf('attach', device, `/in/${program}.ncb`, '--rate', '1gbit', '--force', '--json'));
}

function rootQdisc(device = DEVICE) {
  /** @type {{ kind: string, root?: boolean }[]} */
  const qdiscs = JSON.parse(run('tc', '-j', 'qdisc', 'show', 'dev', device));
  return qdiscs.find(({ root }) => root)?.kind;
}

function segments() {
  return JSON.parse(run('ip', '-d', '-j', 'link', 'show', 'dev', DEVICE))[0].gso_max_segs;
}

function totals() {
  return JSON.parse(ncbpf('status', DEVICE, '--json')).stats.totals;
}

/** @param {'gate_anchor' | 'started'} name an instant of the machine */
function instant(name) {
  const dump = run('bpftool', '-j', 'map', 'dump', 'pinned', `${ROOTS.pins}/${DEVICE}/nc_state`);
  return BigInt(new RegExp(`"${name}":(\\d+)`).exec(dump)?.[1] ?? 0);
}

run('ip', 'netns', 'add', 'peer');
run('ip', 'link', 'add', DEVICE, 'numtxqueues', '2', 'type', 'veth', 'peer', 'name', 'gate-b', 'netns', 'peer');
run('ip', 'link', 'set', DEVICE, 'address', '02:00:00:00:00:01', 'up');
run('ip', 'address', 'add', '192.0.2.1/24', 'dev', DEVICE);
run('ip', '-n', 'peer', 'link', 'set', 'gate-b', 'address', '02:00:00:00:00:02', 'up');
run('ip', '-n', 'peer', 'address', 'add', `${PEER}/24`, 'dev', 'gate-b');
const ifindex = native().interfaceIndex(DEVICE) ?? 0;
const socket = native().packetOpen(ifindex, { ethertype: 0x88b6 });
const judge = await loadJudge(native());
const sink = spawn('nsenter', ['--net=/run/netns/peer', process.execPath, '/in/gate-sink.mjs'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const lines = createInterface(sink.stdout)[Symbol.asyncIterator]();
await lines.next();

/** What the sink has got: instant in ns, bytes. @returns {Promise<[number, number]>} */
async function received() {
  sink.kill('SIGUSR2');
  const [at = 0, bytes = 0] = String((await lines.next()).value)
    .split(' ')
    .map(Number);
  return [at, bytes];
}

const frame = new Uint8Array(FLOOD_LENGTH).fill(0xff, 0, 6);
frame.set([2, 0, 0, 0, 0, 1, 0x88, 0xb6], 6);

/** Whether an ordinary frame is let through: the kernel tells a sender whose frame is dropped. */
function passes() {
  try {
    socket.send(frame);
    return true;
  } catch {
    return false;
  }
}

/** As many as the socket's buffer takes, again and again. @param {number} count */
async function flood(count) {
  for (let sent = 0; sent < count;) {
    if (passes()) sent++;
    else await sleep(1);
    if (sent % 64 === 0) await sleep(1);
  }
}

/** Sends by TCP as much as goes, until the function that it returns is called. */
function stream() {
  const chunk = Buffer.alloc(65536);
  const connection = connect(5001, PEER);
  const fill = () => {
    while (connection.write(chunk));
  };
  connection.on('connect', fill).on('drain', fill);
  return () => connection.destroy();
}

const window = () => ({ ifindex, anchor: instant('gate_anchor'), period: PERIOD, length: LENGTH });

/** Small frames as fast as they can be sent. */
async function floodInWindow() {
  judge.begin(window());
  await flood(FRAMES);
  await sleep(1000); // no frame is held for longer
  const onGrid = judge.ownBetween(499, 506);
  return { ...judge.end(), onGrid };
}

/** @returns Mbit/s of what the receiving application gets, and what the judge saw */
async function tcpInWindow() {
  const stop = stream();
  await sleep(300); // slow start
  judge.begin(window());
  const [from, before] = await received();
  await sleep(TCP_MS);
  const [to, after] = await received();
  const seen = judge.end();
  stop();
  return { ...seen, megabits: ((after - before) * 8e3) / (to - from) };
}

/** ms from `since` until ordinary frames pass a gate that was closed. @param {bigint} since */
async function untilPasses(since) {
  while (!passes()) await sleep(1);
  return Number(process.hrtime.bigint() - since) / NS_PER_MS;
}

async function untilClosed() {
  while (passes()) await sleep(1);
}

/** The pacing pair away: nothing makes time pass any more. */
function killPacer() {
  const since = process.hrtime.bigint();
  run('ip', 'link', 'delete', 'dev', `ncp${String(ifindex)}`);
  return since;
}

/** How long a dead machine keeps ordinary traffic from flowing, ms. */
async function deaths() {
  const stopped = [];
  const killed = [];
  const ended = [];
  attach('closed');
  for (let i = 0; i < TIMES; i++) {
    await untilClosed();
    const since = process.hrtime.bigint();
    await stopMachine(DEVICE, ROOTS);
    stopped.push(await untilPasses(since));
    await startMachine(DEVICE, { kind: 'now' }, ROOTS);
  }
  for (let i = 0; i < TIMES; i++) {
    await untilClosed();
    killed.push(await untilPasses(killPacer()));
    ncbpf('detach', DEVICE);
    attach('closed');
  }
  ncbpf('detach', DEVICE);
  attach('ends');
  for (let i = 0; i < TIMES; i++) {
    await untilClosed();
    ended.push(await untilPasses(instant('started') + 2_000_000_000n));
    await startMachine(DEVICE, { kind: 'now' }, ROOTS);
  }
  ncbpf('detach', DEVICE);
  return { stopped, killed, ended };
}

/** The same where fq still holds frames for openings to come: ms until a frame leaves outside the openings that were. */
async function deathsWithBacklog() {
  attach();
  const stop = stream();
  await sleep(300);
  judge.begin(window());
  await flood(2000);
  const since = process.hrtime.bigint();
  await stopMachine(DEVICE, ROOTS);
  while (judge.escaped() === 0n) await sleep(1);
  const stopped = Number(judge.escaped() - since) / NS_PER_MS;
  await startMachine(DEVICE, { kind: 'now' }, ROOTS);
  await sleep(1000); // what was held for the openings of the first run
  judge.begin(window());
  await flood(2000);
  const died = killPacer();
  while (judge.escaped() < died) {
    passes();
    await sleep(1);
  }
  const killed = Number(judge.escaped() - died) / NS_PER_MS;
  stop();
  judge.end();
  ncbpf('detach', DEVICE);
  return { stopped, killed };
}

/** What attach makes of the qdiscs of a device, and what detach leaves. @param {string} device */
function around(device) {
  const { warnings } = attach('gate', device);
  const seen = rootQdisc(device);
  ncbpf('detach', device);
  return { warnings, seen, left: rootQdisc(device) };
}

/** The same with a qdisc that somebody has set up. @param {string[]} kind */
function withForeign(...kind) {
  run('tc', 'qdisc', 'add', 'dev', DEVICE, 'root', ...kind);
  const result = around(DEVICE);
  run('tc', 'qdisc', 'delete', 'dev', DEVICE, 'root');
  return result;
}

/** A device with several queues that has what the kernel gives it: mq. */
function withQueues() {
  run('ip', 'tuntap', 'add', 'dev', 'gate-q', 'mode', 'tap', 'multi_queue');
  run('ip', 'link', 'set', 'gate-q', 'up');
  const before = rootQdisc('gate-q');
  return { before, ...around('gate-q') };
}

const before = { qdisc: rootQdisc(), segments: segments() };
const { pacer, warnings } = attach();
const during = { qdisc: rootQdisc(), segments: segments() };
await sleep(50);
const flooded = await floodInWindow();
const tcp = await tcpInWindow();
await sleep(1000); // held for longer is nothing
const counted = totals();
await stopMachine(DEVICE, ROOTS);
await flood(AFTER_STOP);
const stopped = totals();
ncbpf('detach', DEVICE);
const after = { qdisc: rootQdisc(), segments: segments() };
const dead = await deaths();
const backlog = await deathsWithBacklog();
const foreign = { fq: withForeign('fq'), pfifo: withForeign('pfifo'), mq: withForeign('mq') };
const paced = withForeign('fq', 'maxrate', '10mbit');
const queues = withQueues();
sink.kill();
judge.stop();
socket.close();
process.stdout.write(
  `${JSON.stringify({ pacer, warnings, before, during, after, flooded, tcp, counted, stopped, dead, backlog, foreign, paced, queues })}\n`,
);
process.exit(0);
