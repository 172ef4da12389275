// Runs in a guest: each sender alone on one interface, under each load. For each cell one JSON line on standard output, and a file of
// errors in /out. All programs are in /in/timing, which says what to do in plan.json.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

/**
 * @typedef {object} Sender
 * @property {string} name
 * @property {'ncbpf' | 'sleep' | 'spin' | 'etf' | 'taprio'} kind
 * @property {string[]} [options] of `ncbpf attach`
 * @property {number} [deltaNs] of etf
 *
 * @typedef {object} Plan
 * @property {Sender[]} senders
 * @property {number[]} periods ns
 * @property {('idle' | 'flood' | 'both')[]} loads
 * @property {number} forNs how long a cell is recorded
 * @property {number} warmUpNs how long a sender has run under a load before
 * @property {number} phaseNs by which the grids lie behind the kernel's ticks
 *
 * @typedef {object} Running a sender that sends
 * @property {number} ethertype
 * @property {bigint} clockOffset what the clock of the instants in its frames is ahead of CLOCK_MONOTONIC, ns
 * @property {bigint | undefined} grid one instant of its grid on CLOCK_MONOTONIC, where it tells
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} Counts what the recorder says
 * @property {number} seen
 * @property {number} repeated frames seen a second time
 * @property {number} offGrid frames whose instant is not on the grid of the first
 * @property {number} from where the recording begins on CLOCK_MONOTONIC, ns
 * @property {number} phase of the grid after it, ns
 */

const IN = '/in/timing';
const DEVICE = 'host-a';
const PEER = 'host-b';
const ADDRESSES = { [DEVICE]: '02:00:00:00:00:01', [PEER]: '02:00:00:00:00:02' };
const TIMED_ETHERTYPE = 0x88b6;
const NCBPF_ETHERTYPE = 0x88b5;
/** The socket priority whose traffic class the timed queue serves; ordinary frames have priority 0. */
const TIMED_PRIORITY = 3;
/** What a frame takes on the wire beside its bytes. */
const OVERHEAD = ['stab', 'overhead', '24'];
const CLASSES = 'num_tc 2 map 1 1 1 0 1 1 1 1 1 1 1 1 1 1 1 1 queues 1@0 1@1'.split(' ');
/** How long before its instant the spinning sender is awake: as long as there is time left for others. */
const SPIN_LEAD_NS = 60_000;
/** How long before its instant a frame is handed to etf: time for a sender that wakes late. */
const LAUNCH_LEAD_NS = 300_000;
const CALIBRATION_NS = 300_000_000;

/** @type {Plan} */
const plan = JSON.parse(readFileSync(`${IN}/plan.json`, 'utf8'));
const priority = String(TIMED_PRIORITY);

/** @param {string} program @param {readonly string[]} args */
function run(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: status ${String(status)}\n${stderr}`);
  return stdout;
}

/** @param {string[]} args */
function ncbpf(...args) {
  return run(process.execPath, 'dist/cli/bin.js', ...args);
}

/** @param {string} program @param {readonly string[]} args @returns {() => Promise<void>} which ends it */
function start(program, ...args) {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  child.on('exit', (status) => {
    if (status !== null) throw new Error(`${program} ${args.join(' ')} ended with status ${String(status)}`);
  });
  return async () => {
    child.kill('SIGKILL');
    await ended;
  };
}

function makeInterfaces() {
  const queues = ['numtxqueues', '2', 'numrxqueues', '2'];
  run('ip', 'link', 'add', DEVICE, ...queues, 'type', 'veth', 'peer', 'name', PEER, ...queues);
  for (const [name, address] of Object.entries(ADDRESSES)) {
    writeFileSync(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, '1');
    run('ip', 'link', 'set', 'dev', name, 'address', address, 'up');
  }
  // No more than the time of real-time threads is theirs: a spinning one is not held up for the sake of others.
  writeFileSync('/proc/sys/kernel/sched_rt_runtime_us', '-1');
}

/** A whole number in JSON text, all of its digits: JSON.parse would round it. @param {string} text @param {string} name */
function member(text, name) {
  const digits = new RegExp(`"${name}": *(-?\\d+)`).exec(text)?.[1];
  if (digits === undefined) throw new Error(`there is no ${name} in ${text}`);
  return BigInt(digits);
}

/** @param {Sender} sender @param {number} period @returns {Promise<Running>} */
async function startNcbpf({ options = [] }, period) {
  const start = ['--start', `aligned:${String(period)}ns`];
  ncbpf('attach', DEVICE, `${IN}/timing-${String(period)}.ncb`, ...start, ...options);
  const status = ncbpf('status', DEVICE, '--json');
  return {
    ethertype: NCBPF_ETHERTYPE,
    clockOffset: member(status, 'taiOffsetNs'),
    grid: member(status, 'startedNs'),
    stop: async () => void ncbpf('detach', DEVICE),
  };
}

/** The queueing discipline that a sender needs. @param {Sender} sender @param {number} period @param {number} aim */
function addDiscipline({ kind, deltaNs }, period, aim) {
  const root = ['qdisc', 'replace', 'dev', DEVICE, 'parent', 'root', 'handle', '100:'];
  if (kind === 'etf') {
    run('tc', ...root, 'mqprio', ...CLASSES, 'hw', '0');
    const etf = ['etf', 'clockid', 'CLOCK_TAI', 'delta', String(deltaNs)];
    run('tc', 'qdisc', 'replace', 'dev', DEVICE, 'parent', '100:1', ...etf);
  } else if (kind === 'taprio') {
    const window = period / 5;
    const entries = ['sched-entry', 'S', '01', String(window), 'sched-entry', 'S', '02', String(period - window)];
    const base = ['base-time', String(period - aim)];
    run('tc', ...root, ...OVERHEAD, 'taprio', ...CLASSES, ...base, ...entries, 'clockid', 'CLOCK_TAI');
  }
}

/** @param {Sender} sender @param {number} period @param {number} aim */
function senderArguments({ kind }, period, aim) {
  const common = [DEVICE, String(period), priority];
  if (kind === 'sleep') return ['sleep', ...common];
  if (kind === 'spin') return ['spin', ...common, String(SPIN_LEAD_NS), String(aim)];
  if (kind === 'etf') return ['txtime', ...common, String(LAUNCH_LEAD_NS), String(aim)];
  return ['queue', ...common, String(period / 2)];
}

/** @param {Sender} sender @param {number} period @param {number} aim how long before the instant it acts @returns {Promise<Running>} */
async function startPeer(sender, period, aim) {
  addDiscipline(sender, period, aim);
  const end = start(`${IN}/sender`, ...senderArguments(sender, period, aim));
  const stop = async () => {
    await end();
    if (sender.kind === 'etf' || sender.kind === 'taprio') run('tc', 'qdisc', 'del', 'dev', DEVICE, 'root');
  };
  return { ethertype: TIMED_ETHERTYPE, clockOffset: 0n, grid: undefined, stop };
}

/** @param {Running} running @param {number} period @param {number} forNs @param {string} file @returns {Counts} */
function record({ ethertype, clockOffset }, period, forNs, file) {
  const times = [clockOffset, period, plan.warmUpNs, forNs].map(String);
  return JSON.parse(run(`${IN}/recorder`, `${IN}/recorder.bpf.o`, DEVICE, String(ethertype), ...times, file));
}

/**
 * By how much a sender that aims at its instants misses them when nothing else runs: the median.
 * @param {Sender} sender
 * @param {number} period
 */
async function pathCost(sender, period) {
  const running = await startPeer(sender, period, 0);
  const file = '/tmp/calibration';
  record(running, period, CALIBRATION_NS, file);
  await running.stop();
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  const errors = new Int32Array(buffer.slice(byteOffset, byteOffset + byteLength)).filter((e) => e !== -0x80000000);
  return errors.sort()[errors.length >> 1] ?? 0;
}

/** @param {string} load @returns {(() => Promise<void>)[]} which end it */
function startLoad(load) {
  const ends = [];
  if (load !== 'idle') ends.push(start(`${IN}/load`, 'flood', DEVICE));
  if (load === 'both') ends.push(start(`${IN}/load`, 'burn'));
  return ends;
}

/** Whether the instants in the frames are those of the sender. @param {Running} running @param {Counts} counts @param {number} period */
function isOnGrid({ grid }, { from, phase }, period) {
  return grid === undefined || (BigInt(from) + BigInt(phase) - grid) % BigInt(period) === 0n;
}

/** @param {Sender} sender @param {number} period */
async function measure(sender, period) {
  const aims = sender.kind !== 'ncbpf' && sender.kind !== 'sleep';
  const aim = aims ? await pathCost(sender, period) : 0;
  const running = await (sender.kind === 'ncbpf' ? startNcbpf(sender, period) : startPeer(sender, period, aim));
  for (const load of plan.loads) {
    const ends = startLoad(load);
    const file = `${sender.name}-${String(period)}-${load}.i32`;
    const counts = record(running, period, plan.forNs, `/out/${file}`);
    for (const end of ends) await end();
    const { repeated } = counts;
    const offGrid = isOnGrid(running, counts, period) ? counts.offGrid : counts.seen;
    const cell = { sender: sender.name, period, load, aim, file, repeated, offGrid };
    process.stdout.write(`${JSON.stringify(cell)}\n`);
  }
  await running.stop();
}

makeInterfaces();
run(`${IN}/align`, String(plan.phaseNs));
process.stdout.write(`${JSON.stringify({ release: run('uname', '-r').trim() })}\n`);
for (const period of plan.periods) for (const sender of plan.senders) await measure(sender, period);
run('ip', 'link', 'del', 'dev', DEVICE);
