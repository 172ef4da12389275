// Runs in a guest in virtual time: what happens to a machine under pacer fq when its world breaks, again and again, under load. Prints a line
// of JSON as each storm ends. Programs are started seldom, and the kernel verifies the machine twice only: in emulation both take long.
import { Buffer } from 'node:buffer';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const TIMES = Number(process.argv[2] ?? 100);
const PATIENCE_MS = 5000;
/** A machine is dead when it is overdue by 100 ms (language, section 5). */
const DEATH_MS = 150;
/** Overtaken carriers have gone after their timeout. */
const STALE_MS = 20;
const PERIOD = 1_000_000n;
/** Sync frames of one storm. */
const BURST = 200;
const DIST = `${process.cwd()}/dist`;
const { native } = await import(`${DIST}/loader/native.js`);
const { attach } = await import(`${DIST}/loader/attach.js`);
const { detach } = await import(`${DIST}/loader/detach.js`);
const { readStatus } = await import(`${DIST}/loader/status.js`);
const { startMachine } = await import(`${DIST}/loader/control.js`);
const { rootsFromEnvironment } = await import(`${DIST}/loader/roots.js`);
const { readPinned } = await import(`${DIST}/loader/pinned.js`);
const { fqArguments } = await import(`${DIST}/loader/fq.js`);
const { decodeStats, STATE_OFFSETS } = await import(`${DIST}/maps/state.js`);
const { readBundle } = await import(`${DIST}/codegen/bundle.js`);
const { encodeSync } = await import(`${DIST}/schedule/frame.js`);

const roots = rootsFromEnvironment({});
const wanted = process.argv.slice(3);
const isWanted = (/** @type {string} */ name) => wanted.length === 0 || wanted.includes(name);
const DEVICE = 'storm-a';
const PEER = 'storm-b';
const MACS = { [DEVICE]: '02:00:00:00:00:01', [PEER]: '02:00:00:00:00:02' };

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Several commands at the price of one process. @param {'ip' | 'tc'} program @param {string[]} lines */
function batch(program, ...lines) {
  execFileSync(program, ['-batch', '-'], { input: lines.join('\n') + '\n', stdio: ['pipe', 'ignore', 'inherit'] });
}

/** @param {string} device */
function index(device) {
  return native().interfaceIndex(device);
}

/** The last byte of the ethertype of the flood's frames, and of those that are looked for. */
const FLOOD = 0x35;
const WANTED = 0x34;

/** An ordinary frame. @param {number} length @param {number} type */
function ordinary(length, type) {
  const frame = Buffer.alloc(length, 0xff);
  frame.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 0x12, type]);
  return frame;
}

if (process.argv[3] === 'flood') {
  const socket = native().packetOpen(index(DEVICE), { ethertype: 0x1235 });
  const frame = ordinary(1000, FLOOD);
  for (;;) {
    try {
      for (let i = 0; i < 10; i++) socket.send(frame);
    } catch {
      // The interface is down, or its queue full.
    }
    await sleep(2);
  }
}

/** Attaches a bundle. @param {string} file @param {string} device */
async function put(file, device) {
  const bundle = readBundle(readFileSync(`/in/${file}`));
  const gate = { rate: 1e9, failClosed: false, force: true };
  const { attachment } = await attach({
    interface: device,
    ...bundle,
    pacer: 'fq',
    start: { kind: 'now' },
    roots,
    gate,
  });
  return attachment;
}

/** @typedef {Awaited<ReturnType<typeof put>>} Attached */

/** @param {Attached} attached */
function look({ record, manifest }) {
  const state = readPinned(record.pins, 'nc_state');
  const instant = (/** @type {keyof typeof STATE_OFFSETS} */ name) => state.readBigUInt64LE(STATE_OFFSETS[name]);
  const { totals } = decodeStats(readPinned(record.pins, 'nc_stats'), manifest);
  return { next: instant('next'), started: instant('started'), restartedGrids: totals.restarted_grids };
}

/** Waits for something to become so; false when it does not. @param {() => boolean | Promise<boolean>} condition */
async function becomes(condition) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(5)) if (await condition()) return true;
  return false;
}

/** Whether the machine's instants come and go, and it has caught up. @param {Attached} attached */
async function goesOn(attached) {
  const first = look(attached).next;
  return becomes(() => {
    const { next } = look(attached);
    return next > first + 5n * PERIOD && next + PERIOD > process.hrtime.bigint();
  });
}

/** @typedef {ReturnType<typeof look>} Look */

/** A machine that was started anew has a new grid, and one that says so has another. @param {Look} before @param {Look} after */
function keepsGrid(before, after) {
  if (after.restartedGrids > before.restartedGrids) return true;
  const phase = ({ next, started }) => (next - started) % PERIOD;
  return phase(after) === (after.started === before.started ? phase(before) : 0n);
}

/** First carriers in the fq of the pacing pair's first end. @param {Attached} attached */
function carriers({ record }) {
  const text = run('tc', '-j', '-s', 'qdisc', 'show', 'dev', record.pair.near);
  return JSON.parse(text).find((/** @type {{ kind: string }} */ { kind }) => kind === 'fq')?.qlen ?? 0;
}

/** Whether no more than one carrier circulates. One that was overtaken goes at its instant; two of a kind would stay. @param {Attached} attached */
async function isAlone(attached) {
  if (carriers(attached) <= 1) return true;
  await sleep(STALE_MS);
  return carriers(attached) <= 1;
}

/** What `status` says. @param {Attached} attached */
async function complaints({ record }) {
  return (await readStatus(record.interface, roots)).problems;
}

const receiver = (() => {
  run('ip', 'link', 'add', DEVICE, 'type', 'veth', 'peer', 'name', PEER);
  for (const device of [DEVICE, PEER]) {
    const file = `/proc/sys/net/ipv6/conf/${device}/disable_ipv6`;
    run('sh', '-c', `[ ! -e ${file} ] || echo 1 >${file}`);
    run('ip', 'link', 'set', device, 'address', MACS[device], 'up');
  }
  return native().packetOpen(index(PEER), { ethertype: 0x1234 });
})();
const sender = native().packetOpen(index(DEVICE), { ethertype: 0x1236 });

/** How long it takes until ordinary frames come through, ms; null when none does. */
async function passes() {
  while (receiver.receive(0) !== null);
  const from = performance.now();
  const passed = await becomes(() => {
    try {
      sender.send(ordinary(100, WANTED));
    } catch {
      return false; // the interface is not up again yet
    }
    return receiver.receive(1) !== null;
  });
  return passed ? Math.round(performance.now() - from) : null;
}

/** What keeps the CPU for 10 ms. @returns {() => void} */
function stallOnLoopback() {
  const stall = native().openObject(readFileSync('/in/stall.bpf.o'), 'stall');
  stall.load();
  native().clsactCreate(index('lo'));
  native().tcAttach(index('lo'), 'egress', stall.programFd('t_stall'), 1, 1);
  const lo = native().packetOpen(index('lo'), { ethertype: 0x1237 });
  return () => {
    try {
      lo.send(ordinary(60, WANTED));
    } catch {
      // The program drops it.
    }
  };
}

/**
 * Storms after which the machine goes on by itself, and those after which it stands still until somebody mends what they broke.
 * @typedef {{ alive: boolean, strike: () => unknown, mend?: () => unknown }} Storm
 * @param {Attached} attached
 * @returns {Record<string, Storm>}
 */
function stormsOf({ record }) {
  const { near } = record.pair;
  const flush = `qdisc del dev ${near} root`;
  const fq = fqArguments(near).join(' ');
  const machine = native().objGet(`${record.pins}/nc_machine`);
  const far = index(record.pair.far);
  const filter = record.filters.find(({ ifindex, direction }) => ifindex === far && direction === 'ingress');
  return {
    stall: { alive: true, strike: stallOnLoopback() },
    flush: { alive: true, strike: () => batch('tc', flush, fq) },
    link: { alive: true, strike: () => batch('ip', `link set ${DEVICE} down`, `link set ${DEVICE} up`) },
    pair: {
      alive: false,
      strike: () => batch('ip', `link set ${near} down`, `link set ${near} up`),
      mend: () => startMachine(DEVICE, { kind: 'now' }, roots),
    },
    filter: {
      alive: false,
      strike: () => batch('tc', `filter del dev ${record.pair.far} ingress`),
      mend: () => native().tcAttach(far, 'ingress', machine, filter.handle, filter.priority),
    },
    qdisc: { alive: false, strike: () => batch('tc', flush), mend: () => batch('tc', fq) },
  };
}

/**
 * What a storm leaves. Where the machine is expected to stand still, `status` is asked first; it may still have come back by itself.
 * @param {Storm} storm @param {Attached} attached
 */
async function strikeOnce({ alive, strike, mend }, attached) {
  const before = look(attached);
  strike();
  const passedMs = await passes();
  const back = alive && (await goesOn(attached));
  if (!back) await sleep(DEATH_MS);
  const problems = back ? [] : await complaints(attached);
  const on = back || (problems.length === 0 && (await goesOn(attached)));
  await mend?.();
  const mended = back || (await goesOn(attached));
  const grid = keepsGrid(before, look(attached));
  return { on, problems, mended, grid, one: await isAlone(attached), passedMs };
}

/** Says how a storm ended. @param {string} name @param {Attached} attached @param {() => Promise<unknown>} work */
async function repeat(name, attached, work) {
  const from = performance.now();
  const { restartedGrids } = look(attached);
  const all = [];
  for (let i = 0; i < TIMES; i++) all.push(await work());
  const seconds = Math.round((performance.now() - from) / 100) / 10;
  const restarted = Number(look(attached).restartedGrids - restartedGrids);
  const { problems } = await readStatus(attached.record.interface, roots);
  process.stdout.write(JSON.stringify({ name, seconds, restarted, problems, all }) + '\n');
}

/** Sync frames as fast as they can be sent, at a slave. */
async function syncStorm() {
  const slave = await put('storm-slave.ncb', PEER);
  const socket = native().packetOpen(index(DEVICE), { ethertype: 0x88b5 });
  const wire = { format: 'v1', ethertype: 0x88b5 };
  let sequence = 0;
  const sync = () =>
    encodeSync(wire, { source: MACS[DEVICE], channel: 0, sequence: sequence++, programId: 0, taiNs: 0n });
  const burst = () => {
    for (let i = 0; i < BURST; i++) socket.send(sync());
  };
  // Each sync frame begins a grid.
  await repeat('sync', slave, async () => ({
    ...(await strikeOnce({ alive: true, strike: burst }, slave)),
    grid: true,
  }));
  await detach(PEER, roots);
}

const flood = spawn(process.execPath, [process.argv[1] ?? '', '0', 'flood'], { stdio: 'ignore' });
if (isWanted('sync')) await syncStorm();
const attached = await put('storm.ncb', DEVICE);
for (const [name, storm] of Object.entries(stormsOf(attached)))
  if (isWanted(name)) await repeat(name, attached, () => strikeOnce(storm, attached));
await detach(DEVICE, roots);
flood.kill('SIGKILL');
process.exit(0);
