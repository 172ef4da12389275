// npm run bench -- [--json] [--only KEY,...] [--runs N]: the figures of the architecture's table that need no lab.
// With --json one object on standard output; else a table. Progress on standard error.
import { cpus, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import { measureAttach } from './attach-time.js';
import { measureCheck } from './check.js';
import { measureCreateSend } from './create-send.js';
import { measureIngress } from './ingress.js';
import { measureGreatest } from './max-program.js';
import type { Spread } from './statistics.js';
import { measureVariableRead } from './var-read.js';

interface Measured {
  readonly value: number;
  readonly spread: Spread;
  readonly unit: string;
  readonly target: number | string;
  readonly met: boolean;
}

interface Benchmark {
  /** Rounds unless --runs says otherwise: a second or so, or as much as the thing itself takes. */
  readonly runs: number;
  readonly measure: (runs: number) => Measured | Promise<Measured>;
}

const BENCHMARKS = {
  'ingress_ns.1': { runs: 100, measure: (runs) => measureIngress(1, runs) },
  'ingress_ns.10000': { runs: 100, measure: (runs) => measureIngress(10_000, runs) },
  create_send_ratio: { runs: 200, measure: measureCreateSend },
  max_program: { runs: 3, measure: measureGreatest },
  check_ms: { runs: 200, measure: measureCheck },
  attach_ms: { runs: 11, measure: measureAttach },
  var_read_ns: { runs: 100, measure: measureVariableRead },
} satisfies Record<string, Benchmark>;
const KEYS = Object.keys(BENCHMARKS) as (keyof typeof BENCHMARKS)[];

const USAGE = `usage: npm run bench -- [--json] [--only KEY,...] [--runs N]\nkeys: ${KEYS.join(', ')}`;

interface Options {
  readonly json: boolean;
  readonly keys: readonly (keyof typeof BENCHMARKS)[];
  readonly runs: number | undefined;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, only: { type: 'string' }, runs: { type: 'string' } },
  });
  const only = values.only?.split(',') ?? KEYS;
  const unknown = only.find((key) => !KEYS.some((known) => known === key));
  if (unknown !== undefined) throw new Error(`there is no key ${unknown}`);
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0)) throw new Error('--runs wants a number above 0');
  return { json: values.json ?? false, keys: KEYS.filter((key) => only.includes(key)), runs };
}

/** What the figures depend on. Other work on the machine shows in the load, and in the spreads. */
function machine(): Record<string, unknown> {
  return {
    kernel: release(),
    cpu: cpus()[0]?.model,
    cpus: cpus().length,
    node: process.version,
    load: loadavg().map((load) => Number(load.toFixed(2))),
  };
}

function row(key: string, { value, spread, unit, target, met }: Measured): string {
  const range = `${spread.p10} to ${spread.p90}`;
  return [
    key.padEnd(18),
    `${value} ${unit}`.padEnd(13),
    range.padEnd(20),
    String(target).padEnd(20),
    met ? 'yes' : 'NO',
  ]
    .join(' ')
    .trimEnd();
}

async function main({ json, keys, runs }: Options): Promise<void> {
  const figures: Partial<Record<string, Measured>> = {};
  for (const key of keys) {
    process.stderr.write(`bench: ${key}\n`);
    const benchmark: Benchmark = BENCHMARKS[key];
    figures[key] = await benchmark.measure(runs ?? benchmark.runs);
  }
  if (json) {
    console.log(JSON.stringify({ ...figures, machine: machine() }, null, 2));
    return;
  }
  console.log(`${'key'.padEnd(18)} ${'median'.padEnd(13)} ${'p10 to p90'.padEnd(20)} ${'target'.padEnd(20)} met`);
  for (const key of keys) console.log(row(key, figures[key]!));
}

let options: Options;
try {
  options = readOptions();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exit(2);
}
await main(options);
