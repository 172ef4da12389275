// Runs in a guest in virtual time: the share of a CPU that pacer fq takes at 1, 10 and 20 thousand wake-ups a second, waiting awake and not.
// Prints one JSON object for each. The bundles are /in/share-PERIOD.ncb, built from share.nc.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const MEASURE_MS = 2000;
const WARM_UP_MS = 200;

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** How long the CPU has idled, in hundredths of a second. */
function idle() {
  const [, , , , time = '0'] = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/ +/) ?? [];
  return Number(time);
}

async function share() {
  const before = idle();
  await sleep(MEASURE_MS);
  return Math.round((1 - (idle() - before) / (MEASURE_MS / 10)) * 1000) / 10;
}

/** @param {string} period @param {string} spin */
async function measure(period, spin) {
  run(
    process.execPath,
    'dist/cli/bin.js',
    'attach',
    'share-a',
    `/in/share-${period}.ncb`,
    '--pacer',
    'fq',
    '--spin',
    spin,
  );
  await sleep(WARM_UP_MS);
  const percent = await share();
  const { pacing } = JSON.parse(run(process.execPath, 'dist/cli/bin.js', 'status', 'share-a', '--json'));
  run(process.execPath, 'dist/cli/bin.js', 'detach', 'share-a');
  process.stdout.write(JSON.stringify({ period, spin, percent, leadNs: pacing.leadNs }) + '\n');
}

run('ip', 'link', 'add', 'share-a', 'type', 'veth', 'peer', 'name', 'share-b');
for (const name of ['share-a', 'share-b']) run('ip', 'link', 'set', name, 'up');
await sleep(WARM_UP_MS);
process.stdout.write(JSON.stringify({ nothing: await share() }) + '\n');
for (const period of process.argv.slice(2)) for (const spin of ['auto', 'off']) await measure(period, spin);
