// Runs in a guest: what happens to a machine under pacer fq when its world breaks, again and again, under load. Prints one JSON object.
import { Buffer } from 'node:buffer';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const TIMES = Number(process.argv[2] ?? 100);
const PATIENCE_MS = 5000;
const PERIOD = 1_000_000n;
const DIST = `${process.cwd()}/dist`;
const { native } = await import(`${DIST}/loader/native.js`);
const { attach } = await import(`${DIST}/loader/attach.js`);
const { detach } = await import(`${DIST}/loader/detach.js`);
const { readStatus } = await import(`${DIST}/loader/status.js`);
const { startMachine } = await import(`${DIST}/loader/control.js`);
const { rootsFromEnvironment } = await import(`${DIST}/loader/roots.js`);
const { readPinned } = await import(`${DIST}/loader/pinned.js`);
const { STATE_OFFSETS } = await import(`${DIST}/maps/state.js`);
const { readBundle } = await import(`${DIST}/codegen/bundle.js`);
const { encodeSync } = await import(`${DIST}/schedule/frame.js`);

const roots = rootsFromEnvironment({});
const DEVICE = 'storm-a';
const PEER = 'storm-b';
const MACS = { [DEVICE]: '02:00:00:00:00:01', [PEER]: '02:00:00:00:00:02' };

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
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
      for (let i = 0; i < 20; i++) socket.send(frame);
    } catch {
      // The interface is down, or its queue full.
    }
    await sleep(1);
  }
}

/** @param {string} file @param {string} device @param {boolean} replace */
async function put(file, device, replace = false) {
  const bundle = readBundle(readFileSync(`/in/${file}`));
  const gate = { rate: 1e9, failClosed: false, force: true };
  return attach({ interface: device, ...bundle, pacer: 'fq', start: { kind: 'now' }, replace, roots, gate });
}

/** What belongs together is read until two looks agree. @param {string} device */
function look(device) {
  const state = readPinned(`${roots.pins}/${device}`, 'nc_state');
  const instant = (/** @type {keyof typeof STATE_OFFSETS} */ name) => state.readBigUInt64LE(STATE_OFFSETS[name]);
  return { next: instant('next'), started: instant('started') };
}

/** Waits for something to become so; false when it does not. @param {() => boolean | Promise<boolean>} condition */
async function becomes(condition) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(5)) if (await condition()) return true;
  return false;
}

/** Whether the machine's instants come and go. @param {string} device */
async function goesOn(device) {
  const first = look(device).next;
  return becomes(() => look(device).next > first + 5n * PERIOD);
}

/** Frames in the fq of the pacing pair's first end: the carrier, and what a sync frame has overtaken. */
function carriers(/** @type {string} */ device) {
  const text = run('tc', '-j', '-s', 'qdisc', 'show', 'dev', `ncp${index(device)}`);
  return JSON.parse(text).find((/** @type {{ kind: string }} */ { kind }) => kind === 'fq')?.qlen ?? 0;
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

/** Whether an ordinary frame comes through. */
async function passes() {
  while (receiver.receive(0) !== null);
  return becomes(() => {
    try {
      sender.send(ordinary(100, WANTED));
    } catch {
      return false;
    }
    return receiver.receive(20) !== null;
  });
}

/** What is to be seen after a storm. @param {string} device @param {boolean} alive */
async function judge(device, alive) {
  const before = await readStatus(device, roots);
  const on = alive ? await goesOn(device) : false;
  const { problems, stats } = await readStatus(device, roots);
  const { next, started } = look(device);
  const grid = (next - started) % PERIOD === 0n;
  return {
    on,
    grid: grid || stats.totals.restarted_grids > 0n,
    one: carriers(device) <= 1,
    passes: await passes(),
    problems: [...new Set([...before.problems, ...problems])],
  };
}

const near = () => `ncp${index(DEVICE)}`;
const far = () => `ncq${index(DEVICE)}`;
const FQ = ['root', 'fq', 'limit', '20000', 'flow_limit', '20000', 'timer_slack', '1'];

const stall = native().openObject(readFileSync('/in/stall.bpf.o'), 'stall');
stall.load();
native().clsactCreate(index('lo'));
native().tcAttach(index('lo'), 'egress', stall.programFd('t_stall'), 1, 1);
const lo = native().packetOpen(index('lo'), { ethertype: 0x1237 });

/** Storms after which the machine goes on by itself, and those after which it says why not, until it is attached anew. */
const STORMS = {
  stall: {
    alive: true,
    strike: () => {
      try {
        lo.send(ordinary(60, WANTED));
      } catch {
        // The program drops it.
      }
    },
  },
  flush: {
    alive: true,
    strike: () => {
      run('tc', 'qdisc', 'del', 'dev', near(), 'root');
      run('tc', 'qdisc', 'add', 'dev', near(), ...FQ);
    },
  },
  link: {
    alive: true,
    strike: () => {
      run('ip', 'link', 'set', DEVICE, 'down');
      run('ip', 'link', 'set', DEVICE, 'up');
    },
  },
  pair: {
    alive: false,
    strike: () => {
      run('ip', 'link', 'set', near(), 'down');
      run('ip', 'link', 'set', near(), 'up');
    },
    mend: () => startMachine(DEVICE, { kind: 'now' }, roots),
  },
  filter: {
    alive: false,
    strike: () => run('tc', 'filter', 'del', 'dev', far(), 'ingress'),
    mend: () => put('storm.ncb', DEVICE, true),
  },
  qdisc: {
    alive: false,
    strike: () => run('tc', 'qdisc', 'del', 'dev', near(), 'root'),
    mend: () => put('storm.ncb', DEVICE, true),
  },
};

/** A dead machine is known as one after 100 ms. */
const DEATH_MS = 300;

/** @param {{ alive: boolean, strike: () => unknown, mend?: () => Promise<unknown> }} storm */
async function repeat({ alive, strike, mend }) {
  const results = [];
  for (let i = 0; i < TIMES; i++) {
    strike();
    if (!alive) await sleep(DEATH_MS);
    const seen = await judge(DEVICE, alive);
    if (mend !== undefined) await mend();
    results.push({ ...seen, mended: await goesOn(DEVICE) });
  }
  return results;
}

/** Sync frames as fast as they can be sent, at a slave. */
async function syncStorm() {
  await put('storm-slave.ncb', PEER);
  const socket = native().packetOpen(index(DEVICE), { ethertype: 0x88b5 });
  const wire = { format: 'v1', ethertype: 0x88b5 };
  const results = [];
  for (let i = 0; i < TIMES; i++) {
    for (let k = 0; k < 200; k++)
      socket.send(
        encodeSync(wire, { source: MACS[DEVICE], channel: 0, sequence: i * 200 + k, programId: 0, taiNs: 0n }),
      );
    const on = await goesOn(PEER);
    await sleep(20); // carriers that were overtaken are gone after their timeout
    const { problems } = await readStatus(PEER, roots);
    results.push({ on, grid: true, one: carriers(PEER) <= 1, passes: await passes(), problems, mended: true });
  }
  await detach(PEER, roots);
  return results;
}

const flood = spawn(process.execPath, [process.argv[1] ?? '', '0', 'flood'], { stdio: 'ignore' });
/** @type {Record<string, unknown>} */
const answer = { sync: await syncStorm() };
process.stderr.write('sync done\n');
await put('storm.ncb', DEVICE);
for (const [name, storm] of Object.entries(STORMS)) {
  answer[name] = await repeat(storm);
  process.stderr.write(`${name} done\n`);
}
answer['pacing'] = String((await readStatus(DEVICE, roots)).pacing.restarted);
await detach(DEVICE, roots);
flood.kill('SIGKILL');
process.stdout.write(JSON.stringify(answer) + '\n');
process.exit(0);
