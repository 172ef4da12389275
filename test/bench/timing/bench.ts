// npm run bench:timing: how exactly frames leave at their instants, in the lab, in virtual time.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDuration } from '../../../cli/duration.js';
import { ToolMissingError } from '../../../codegen/clang.js';
import { UsageError } from '../../../loader/errors.js';
import { packageRoot } from '../../../loader/native.js';
import { buildForGuest, MissingError } from './build.js';
import { LabFailure, runInGuest } from './guest.js';
import { drawDistributions } from './picture.js';
import { reportOf, textOf } from './report.js';
import { LOADS, SENDERS, type Plan } from './senders.js';

const USAGE = `Measures how exactly frames leave at their instants: ncbpf beside hand-written senders, in one guest, in virtual time.

Usage: npm run bench:timing -- --kernel NAME [OPTION...]

  --kernel NAME        a kernel of the lab: npm run lab -- --help
  --for DURATION       how long each cell is recorded (default 1s); the clock of the guest, which is several times slower
  --periods LIST       default 1ms,200us,100us
  --loads LIST         of idle, flood, both (default all)
  --phase DURATION     how long after a tick of the kernel's clock the grids lie (default 50us)
  --senders LIST       default all: ${SENDERS.map(({ name }) => name).join(', ')}
  --deadline SECONDS   of host time, for a host that is busy (default: what is enough on one that is not)
  --json               one JSON object instead of the tables
  --out DIR            where to put timing.json, timing.svg and the errors of each cell (default build/timing/NAME)

Exit status: 0 measured; 2 wrong usage; 3 what it needs is missing; 124 or 125 the guest did not come to its end.
`;

const STATUS = { done: 0, usage: 2, environment: 3 };
const WARM_UP_NS = 200_000_000;
/** A spinning peer is awake this long before each instant, and ordinary work needs time too. */
const SHORTEST_PERIOD_NS = 100_000;
const LONGEST_PERIOD_NS = 100_000_000;
const MOST_PHASE_NS = 1_000_000_000;

interface Options {
  readonly kernel: string;
  readonly json: boolean;
  readonly out: string;
  /** Host seconds; undefined: by the plan. */
  readonly deadline: number | undefined;
  readonly plan: Plan;
}

/** The members of a list that exist; all of them without a list. Throws UsageError. */
function chosen<T>(list: string | undefined, all: readonly T[], name: (item: T) => string, what: string): T[] {
  if (list === undefined) return [...all];
  return list.split(',').map((word) => {
    const found = all.find((item) => name(item) === word);
    if (found === undefined) throw new UsageError(`${what} knows no ${word}; it knows ${all.map(name).join(', ')}`);
    return found;
  });
}

function parsePeriods(list: string): number[] {
  return list.split(',').map((word) => {
    const period = Number(parseDuration(word, '--periods'));
    if (period < SHORTEST_PERIOD_NS || period > LONGEST_PERIOD_NS || period % 1000 !== 0)
      throw new UsageError(`--periods takes whole microseconds from 100us to 100ms, not ${word}`);
    return period;
  });
}

function parseDeadline(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`--deadline takes whole seconds, not ${text}`);
  return Number(text);
}

function readOptions(): Options | 'help' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    options: {
      kernel: text,
      for: text,
      periods: text,
      phase: text,
      loads: text,
      senders: text,
      out: text,
      deadline: text,
      json: flag,
      help: flag,
    },
  });
  if (values.help === true) return 'help';
  const { kernel } = values;
  if (kernel === undefined) throw new UsageError('--kernel is missing; `npm run lab -- --help` lists them');
  const plan: Plan = {
    senders: chosen(values.senders, SENDERS, ({ name }) => name, '--senders'),
    periods: parsePeriods(values.periods ?? '1ms,200us,100us'),
    loads: chosen(values.loads, LOADS, (load) => load, '--loads'),
    forNs: Number(parseDuration(values.for ?? '1s', '--for')),
    warmUpNs: WARM_UP_NS,
    phaseNs: Number(parseDuration(values.phase ?? '50us', '--phase')),
  };
  if (plan.phaseNs >= MOST_PHASE_NS) throw new UsageError('--phase is less than a second');
  if (plan.forNs < Math.max(...plan.periods)) throw new UsageError('--for is shorter than a period');
  const out = values.out ?? join(packageRoot(), 'build/timing', kernel);
  return { kernel, json: values.json ?? false, out, deadline: parseDeadline(values.deadline), plan };
}

async function measure({ kernel, json, out, deadline, plan }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ncbpf-timing-'));
  const inputs = join(folder, 'timing');
  const cells = plan.periods.length * plan.senders.length * plan.loads.length;
  let done = 0;
  try {
    mkdirSync(inputs);
    await buildForGuest(inputs, plan);
    mkdirSync(out, { recursive: true });
    const setting = { plan, deadline, folder: inputs, out };
    const recording = await runInGuest(kernel, setting, ({ sender, period, load }) => {
      process.stderr.write(`bench: ${++done} of ${cells}: ${sender}, ${period / 1000} us, ${load}\n`);
    });
    const report = reportOf(recording, kernel, plan);
    writeFileSync(join(out, 'timing.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(out, 'timing.svg'), drawDistributions(recording, plan));
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${textOf(recording, report, plan)}\n`);
    process.stderr.write(`bench: ${relative(process.cwd(), join(out, 'timing.svg'))}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The exit status for what was thrown; what nobody expected is thrown again. */
function explain(error: unknown): number {
  if (error instanceof LabFailure) return error.status;
  if (!(error instanceof Error)) throw error;
  const badArgument = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  const status = error instanceof UsageError || badArgument ? STATUS.usage : STATUS.environment;
  if (status === STATUS.environment && !(error instanceof MissingError || error instanceof ToolMissingError))
    throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  return status;
}

try {
  const options = readOptions();
  if (options === 'help') process.stdout.write(USAGE);
  else await measure(options);
} catch (error) {
  process.exitCode = explain(error);
}
