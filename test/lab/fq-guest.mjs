// Runs in a guest: two hosts under pacer fq, whose attach has long ended. Prints one JSON object.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const RUN_MS = Number(process.argv[2] ?? 3000);
const HOSTS = [
  { name: 'master', device: 'host-a', mac: '02:00:00:00:00:01' },
  { name: 'slave', device: 'host-b', mac: '02:00:00:00:00:02' },
];

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** @param {{ name: string }} host @param {string[]} args */
function ncbpf({ name }, ...args) {
  mkdirSync(`/run/${name}`, { recursive: true });
  const env = { ...process.env, NCBPF_PIN_ROOT: `/sys/fs/bpf/${name}`, NCBPF_RUN_ROOT: `/run/${name}` };
  return execFileSync('nsenter', [`--net=/run/netns/${name}`, process.execPath, 'dist/cli/bin.js', ...args], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** @param {{ name: string, device: string }} host @param {string} name */
function counter(host, name) {
  return JSON.parse(ncbpf(host, 'status', host.device, '--json')).machine.counters[name];
}

/** Frames on the wire, in the order of the kernel's trace: instant of transmission in ns and length. */
function transmitted(/** @type {string} */ device) {
  const lines = readFileSync('/sys/kernel/tracing/trace', 'utf8').split('\n');
  const pattern = new RegExp(`(\\d+)\\.(\\d+): net_dev_start_xmit: dev=${device} `);
  return lines.flatMap((line) => {
    const match = pattern.exec(line);
    return match === null ? [] : [Number(match[1]) * 1e6 + Number(match[2])];
  });
}

/** A whole number in JSON text, all of its digits. @param {string} text @param {string} name */
function exact(text, name) {
  return BigInt(new RegExp(`"${name}": *(\\d+)`).exec(text)?.[1] ?? NaN);
}

function processes() {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('ncbpf') && Number(name) !== process.pid;
    } catch {
      return false;
    }
  });
}

/** Of the NAPI threads of all pacing pairs: whether they are real-time ones of the lowest priority. */
function threads() {
  const stats = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [readFileSync(`/proc/${name}/stat`, 'utf8')];
    } catch {
      return [];
    }
  });
  const lines = stats.filter((line) => line.includes('(napi/nc'));
  return lines.map((line) => line.slice(line.lastIndexOf(')')).split(' ').slice(38, 40).join(' ') === '1 1');
}

for (const { name } of HOSTS) run('ip', 'netns', 'add', name);
run('ip', 'link', 'add', 'host-a', 'netns', 'master', 'type', 'veth', 'peer', 'name', 'host-b', 'netns', 'slave');
for (const { name, device, mac } of HOSTS) run('ip', '-n', name, 'link', 'set', device, 'address', mac, 'up');
const attached = HOSTS.map((host) =>
  JSON.parse(ncbpf(host, 'attach', host.device, `/in/${host.name}.ncb`, '--start', 'aligned:1ms', '--json')),
);
const inUserSpace = processes();
const threadsThen = threads();
run('sh', '-c', 'echo mono >/sys/kernel/tracing/trace_clock; echo 8192 >/sys/kernel/tracing/buffer_size_kb');
run('sh', '-c', 'echo 1 >/sys/kernel/tracing/events/net/net_dev_start_xmit/enable');
const [master, slave] = HOSTS;
const before = { rounds: counter(master, 'rounds'), syncs: counter(slave, 'syncs'), values: counter(slave, 'values') };
await sleep(RUN_MS);
run('sh', '-c', 'echo 0 >/sys/kernel/tracing/events/net/net_dev_start_xmit/enable');
const after = { rounds: counter(master, 'rounds'), syncs: counter(slave, 'syncs'), values: counter(slave, 'values') };
const statuses = HOSTS.map((host) => JSON.parse(ncbpf(host, 'status', host.device, '--json')));
const seen = ncbpf(slave, 'var', 'get', 'host-b', 'seen').trim();
const sent = transmitted('host-a');
const taiOffset = exact(ncbpf(master, 'status', 'host-a', '--json'), 'taiOffsetNs');
for (const host of HOSTS) ncbpf(host, 'detach', host.device);
const left = HOSTS.flatMap(({ name }) => [
  ...JSON.parse(run('ip', '-n', name, '-j', 'link')).map((/** @type {{ ifname: string }} */ link) => link.ifname),
  ...JSON.parse(run('ip', 'netns', 'exec', name, 'tc', '-j', 'qdisc')).map(
    (/** @type {{ kind: string }} */ q) => q.kind,
  ),
]);
process.stdout.write(
  JSON.stringify({
    kernel: run('uname', '-r').trim(),
    pacers: attached.map(({ pacer }) => pacer),
    inUserSpace,
    before,
    after,
    seen,
    problems: statuses.flatMap(({ problems }) => problems),
    late: statuses.map(({ stats }) => stats),
    sent,
    phases: sent.map((instant) => Number((BigInt(instant) * 1000n + taiOffset) % 1_000_000n) / 1000),
    threads: [threadsThen, threads()],
    left,
  }) + '\n',
);
