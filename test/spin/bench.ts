// How soon `ncbpf verify` has its verdict, beside SPIN in the same run: npm run bench:verify -- [--json] [--runs N]
// Memory is the peak of a process beyond what the same tool takes for a program that only waits. Of SPIN the time is that of
// `spin -a`, the compiler and the search, one after the other, and the memory that of the one of them that takes most more.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../loader/native.js';
import { emitPromela } from '../../schedule/promela/emit.js';
import { systemOf } from '../support/verify-system.js';
import { GUARDED, samples, TDMA, type Guarded, type SampleSystem } from './bench-systems.js';
import { spinMissing } from './spin.js';

/** What a process took: time on the clock and of the processor, s; peak of its memory, KB. */
interface Cost {
  readonly seconds: number;
  readonly cpu: number;
  readonly peak: number;
}

const TIME = '/usr/bin/time';
const NCBPF = join(packageRoot(), 'dist', 'cli', 'bin.js');
const ONLY_WAITS = 'start: wait 1ms, start\n';
const TDMA_SECONDS = 2;
const SAMPLE_SECONDS = 1;

const { values } = parseArgs({ options: { json: { type: 'boolean' }, runs: { type: 'string', default: '3' } } });
const runs = Number(values.runs);
const missing = spinMissing() ?? (spawnSync(TIME, ['-V']).error && 'GNU time is missing: apt-get install time');
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  process.exit(3);
}
const folder = mkdtempSync(join(tmpdir(), 'ncbpf-bench-'));

/** Runs a command; throws Error when it fails. */
function measure(command: readonly string[]): Cost {
  const report = join(folder, 'time');
  const ended = spawnSync(TIME, ['-o', report, '-f', '%e %U %S %M', ...command], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (ended.status !== 0) throw new Error(`${command.join(' ')}: ${ended.stdout}${ended.stderr}`);
  const [seconds = 0, user = 0, system = 0, peak = 0] = readFileSync(report, 'utf8')
    .trim()
    .split('\n')
    .at(-1)!
    .split(' ')
    .map(Number);
  return { seconds, cpu: user + system, peak };
}

function filesOf(texts: readonly string[]): string[] {
  return texts.map((text, index) => {
    const file = join(folder, `n${index}.nc`);
    writeFileSync(file, text);
    return file;
  });
}

function verify(files: readonly string[], ...words: string[]): Cost {
  return measure([process.execPath, NCBPF, 'verify', ...files, ...words]);
}

/** Of both the question is the same. */
function ours(texts: readonly string[]): Cost[] {
  return [verify(filesOf(texts), '--properties', 'collision,stuck')];
}

function spins(texts: readonly string[]): Cost[] {
  writeFileSync(join(folder, 'model.pml'), emitPromela(systemOf(...texts), 0));
  return [
    measure(['spin', '-a', 'model.pml']),
    measure(['cc', '-O1', '-w', '-DVECTORSZ=4096', '-o', 'pan', 'pan.c']),
    measure(['./pan', '-a', '-E', '-c0', '-m1000000']),
  ];
}

/** The costs of one after the other, and the most memory that one of them takes beyond its start. */
interface Total {
  readonly seconds: number;
  readonly cpu: number;
  readonly beyondStartKb: number;
}

function total(costs: readonly Cost[], start: readonly Cost[]): Total {
  const sum = (of: (cost: Cost) => number): number => Number(costs.reduce((all, cost) => all + of(cost), 0).toFixed(2));
  const beyond = costs.map(({ peak }, index) => peak - (start[index]?.peak ?? 0));
  return { seconds: sum(({ seconds }) => seconds), cpu: sum(({ cpu }) => cpu), beyondStartKb: Math.max(...beyond) };
}

interface Result {
  readonly name: string;
  readonly met: boolean;
  readonly verify: Partial<Total>;
  readonly spin?: Total;
  /** s */
  readonly target?: number;
}

/** The run in the middle by its time. */
function median(totals: readonly Total[]): Total {
  return [...totals].sort((a, b) => a.seconds - b.seconds)[Math.floor(totals.length / 2)]!;
}

function repeat<T>(what: () => T): T[] {
  return Array.from({ length: runs }, what);
}

/** Of several runs of the same thing what takes the least memory, for each of its commands. */
function least(starts: readonly (readonly Cost[])[]): Cost[] {
  return starts[0]!.map((_, at) => starts.map((each) => each[at]!).sort((a, b) => a.peak - b.peak)[0]!);
}

function beside({ name, texts }: Guarded, start: { readonly ours: Cost[]; readonly spin: Cost[] }): Result {
  const pairs = repeat(() => ({ ours: total(ours(texts), start.ours), spin: total(spins(texts), start.spin) }));
  const verifies = median(pairs.map((pair) => pair.ours));
  const peer = median(pairs.map(({ spin }) => spin));
  const met = verifies.seconds <= peer.seconds && verifies.beyondStartKb <= peer.beyondStartKb;
  return { name, verify: verifies, spin: peer, met };
}

function alone(name: string, target: number, files: readonly string[], ...words: string[]): Result {
  const { seconds, cpu } = median(repeat(() => total([verify(files, ...words)], [])));
  return { name, verify: { seconds, cpu }, target, met: seconds < target };
}

function ofSample({ name, files, network }: SampleSystem): Result {
  const file = join(folder, 'network.json');
  writeFileSync(file, network);
  return alone(`sample ${name}`, SAMPLE_SECONDS, files, '--network', file);
}

function* results(): Generator<Result> {
  const start = { ours: least(repeat(() => ours([ONLY_WAITS]))), spin: least(repeat(() => spins([ONLY_WAITS]))) };
  for (const guarded of GUARDED) yield beside(guarded, start);
  yield alone('sixteen nodes in turn', TDMA_SECONDS, filesOf(TDMA));
  for (const sample of samples()) yield ofSample(sample);
}

try {
  const all: Result[] = [];
  for (const result of results()) {
    all.push(result);
    process.stderr.write(`${JSON.stringify(result)}\n`);
  }
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, load: loadavg()[0], node: process.version, runs };
  if (values.json) process.stdout.write(`${JSON.stringify({ machine, results: all }, null, 2)}\n`);
  process.exitCode = all.every(({ met }) => met) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
