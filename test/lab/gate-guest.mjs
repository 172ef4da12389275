// Runs in a guest: ordinary traffic beside a program with a gate, on an interface that can have fq. Prints one JSON object.
import { Buffer } from 'node:buffer';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { connect } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadJudge } from './gate-judge.mjs';

const FRAMES = Number(process.argv[2] ?? 80_000);
const TCP_MS = Number(process.argv[3] ?? 1500);
const AFTER_STOP = 100;
const FLOOD_LENGTH = 60;
const TIMES = 2;
const DEVICE = 'gate-a';
const PEER = '192.0.2.2';
const ROOTS = { pins: '/sys/fs/bpf/ncbpf', run: '/run/ncbpf' };
const PERIOD = 1_000_000n;
const LENGTH = 200_000n;
const OPENING = 500_000n;
const NS_PER_MS = 1e6;
/** What ncbpf's commands call; a command of its own takes seconds to start in an emulator. @param {string} path */
const from = (path) => import(`${process.cwd()}/dist/${path}`);
/** @type {typeof import('../../loader/native.js')} */
const { native } = await from('loader/native.js');
/** @type {typeof import('../../loader/attach.js')} */
const { attach: attachTo } = await from('loader/attach.js');
/** @type {typeof import('../../loader/detach.js')} */
const { detach } = await from('loader/detach.js');
/** @type {typeof import('../../loader/control.js')} */
const { startMachine, stopMachine } = await from('loader/control.js');
/** @type {typeof import('../../loader/status.js')} */
const { readStatus } = await from('loader/status.js');
/** @type {typeof import('../../codegen/bundle.js')} */
const { readBundle } = await from('codegen/bundle.js');

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function attach(program = 'gate', device = DEVICE) {
  return attachTo({
    ...readBundle(readFileSync(`/in/${program}.ncb`)),
    interface: device,
    pacer: 'auto',
    start: { kind: 'now' },
    replace: false,
    roots: ROOTS,
    gate: { rate: 1e9, failClosed: false, force: true },
  });
}

function rootQdisc(device = DEVICE) {
  /** @type {{ kind: string, root?: boolean }[]} */
  const qdiscs = JSON.parse(run('tc', '-j', 'qdisc', 'show', 'dev', device));
  return qdiscs.find(({ root }) => root)?.kind;
}

function segments() {
  return JSON.parse(run('ip', '-d', '-j', 'link', 'show', 'dev', DEVICE))[0].gso_max_segs;
}

/** Of the one processor. */
const KSOFTIRQD = readdirSync('/proc').find(
  (pid) => /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'ksoftirqd/0\n',
);

/** Whether ksoftirqd is a real-time thread. */
function softirqs() {
  return run('chrt', '--pid', KSOFTIRQD ?? '').includes('SCHED_FIFO');
}

/** The counts of the gate. */
async function counts() {
  const {
    gate_passed: passed,
    gate_held: held,
    gate_dropped: dropped,
  } = (await readStatus(DEVICE, ROOTS)).stats?.totals ?? {};
  return { passed: Number(passed), held: Number(held), dropped: Number(dropped) };
}

/** When the machine has started, ns of CLOCK_MONOTONIC. */
async function started() {
  return (await readStatus(DEVICE, ROOTS)).machine?.startedNs ?? 0n;
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

/** As gate.nc says: open from 500 us on. */
const window = async () => ({ ifindex, anchor: (await started()) + OPENING, period: PERIOD, length: LENGTH });

/** Small frames as fast as they can be sent. */
async function floodInWindow() {
  judge.begin(await window());
  await flood(FRAMES);
  await sleep(1000); // no frame is held for longer
  const onGrid = judge.ownBetween(499, 506);
  return { ...judge.end(), onGrid };
}

/** @returns Mbit/s of what the receiving application gets, and what the judge saw */
async function tcpInWindow() {
  const stop = stream();
  await sleep(300); // slow start
  judge.begin(await window());
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
  await attach('closed');
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
    await detach(DEVICE, ROOTS);
    await attach('closed');
  }
  await detach(DEVICE, ROOTS);
  await attach('ends');
  for (let i = 0; i < TIMES; i++) {
    await untilClosed();
    ended.push(await untilPasses((await started()) + 2_000_000_000n));
    await startMachine(DEVICE, { kind: 'now' }, ROOTS);
  }
  await detach(DEVICE, ROOTS);
  return { stopped, killed, ended };
}

/** The same where fq still holds frames for openings to come: ms until a frame leaves outside the openings that were. */
async function deathsWithBacklog() {
  await attach();
  const stop = stream();
  await sleep(300);
  judge.begin(await window());
  await flood(2000);
  const since = process.hrtime.bigint();
  await stopMachine(DEVICE, ROOTS);
  while (judge.escaped() === 0n) await sleep(1);
  const stopped = Number(judge.escaped() - since) / NS_PER_MS;
  await startMachine(DEVICE, { kind: 'now' }, ROOTS);
  await sleep(1000); // what was held for the openings of the first run
  judge.begin(await window());
  await flood(2000);
  const died = killPacer();
  while (judge.escaped() < died) {
    passes();
    await sleep(1);
  }
  const killed = Number(judge.escaped() - died) / NS_PER_MS;
  stop();
  judge.end();
  await detach(DEVICE, ROOTS);
  return { stopped, killed };
}

/** What attach makes of the qdiscs of a device, and what detach leaves. @param {string} device */
async function around(device) {
  const { warnings } = await attach('gate', device);
  const seen = rootQdisc(device);
  await detach(device, ROOTS);
  return { warnings, seen, left: rootQdisc(device) };
}

/** The same with a qdisc that somebody has set up. @param {string[]} kind */
async function withForeign(...kind) {
  run('tc', 'qdisc', 'add', 'dev', DEVICE, 'root', ...kind);
  const result = await around(DEVICE);
  run('tc', 'qdisc', 'delete', 'dev', DEVICE, 'root');
  return result;
}

/** Where nothing can give ksoftirqd priority. */
async function withoutChrt() {
  const path = process.env['PATH'];
  const commands = mkdtempSync('/tmp/commands-');
  for (const name of ['ip', 'tc']) symlinkSync(run('which', name).trim(), join(commands, name));
  process.env['PATH'] = commands;
  const { warnings } = await attach();
  process.env['PATH'] = path;
  const raised = softirqs();
  await detach(DEVICE, ROOTS);
  return { warnings, raised };
}

/** What two attachments that end one after the other leave of ksoftirqd's priority. */
async function twoAttachments() {
  await attach();
  await attach('gate', 'gate-q');
  const two = softirqs();
  await detach(DEVICE, ROOTS);
  const one = softirqs();
  await detach('gate-q', ROOTS);
  return { two, one, none: softirqs() };
}

/** A device with several queues that has what the kernel gives it: mq. */
async function withQueues() {
  run('ip', 'tuntap', 'add', 'dev', 'gate-q', 'mode', 'tap', 'multi_queue');
  run('ip', 'link', 'set', 'gate-q', 'up');
  const before = rootQdisc('gate-q');
  return { before, ...(await around('gate-q')) };
}

const before = { qdisc: rootQdisc(), segments: segments(), softirqs: softirqs() };
const { attachment, warnings } = await attach();
const during = { qdisc: rootQdisc(), segments: segments(), softirqs: softirqs() };
await sleep(50);
const flooded = await floodInWindow();
const tcp = await tcpInWindow();
await sleep(1000); // held for longer is nothing
const counted = await counts();
await stopMachine(DEVICE, ROOTS);
await flood(AFTER_STOP);
const stopped = await counts();
await detach(DEVICE, ROOTS);
const after = { qdisc: rootQdisc(), segments: segments(), softirqs: softirqs() };
const dead = await deaths();
const backlog = await deathsWithBacklog();
const foreign = { fq: await withForeign('fq'), pfifo: await withForeign('pfifo'), mq: await withForeign('mq') };
const paced = await withForeign('fq', 'maxrate', '10mbit');
const queues = await withQueues();
const shared = await twoAttachments();
const lacking = await withoutChrt();
sink.kill();
judge.stop();
socket.close();
process.stdout.write(
  `${JSON.stringify({ pacer: attachment.record.pacer, warnings, before, during, after, flooded, tcp, counted, stopped, dead, backlog, foreign, paced, queues, shared, lacking })}\n`,
);
process.exit(0);
