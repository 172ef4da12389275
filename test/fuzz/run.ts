// Fuzzes one reader: npm run fuzz -- --reader NAME [--for 10m] [--executions N] [--seed N] [--corpus DIR] [--out DIR]
// Begins with the seeds of the repository, its corpus (test/cases/fuzz/NAME) and that of DIR. What it finds goes to --out (default
// build/fuzz/NAME): findings/, and corpus/ with every input that reached something new. Exit status: 0 nothing found, 1 findings, 2 usage.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDuration } from '../../cli/duration.js';
import { packageRoot } from '../../loader/native.js';
import { isReaderName, READER_NAMES, type ReaderName } from './readers.js';
import { Watch, type Finding, type Outcome, type Progress } from './watch.js';

function refuse(sentence: string): never {
  process.stderr.write(`fuzz: ${sentence}\n`);
  process.exit(2);
}

/** Durations as the language writes them, and minutes. */
function secondsOf(text: string): number {
  const minutes = /^(\d{1,4})m$/.exec(text)?.[1];
  if (minutes !== undefined) return 60 * Number(minutes);
  try {
    return Number(parseDuration(text, '--for')) / 1e9;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function options() {
  const text = { type: 'string' } as const;
  const spec = { reader: text, for: text, executions: text, seed: text, corpus: text, out: text };
  const { values } = parseArgs({ options: spec });
  const { reader = '' } = values;
  if (!isReaderName(reader)) refuse(`--reader is one of ${READER_NAMES.join(', ')}`);
  const whole = (name: 'executions' | 'seed', usual: number): number => {
    const number = Number(values[name] ?? usual);
    return number >= 0 && !Number.isNaN(number) ? number : refuse(`--${name} is a whole number`);
  };
  const seconds = secondsOf(values.for ?? '10m');
  const out = values.out ?? join(packageRoot(), 'build/fuzz', reader);
  return {
    reader,
    seconds,
    executions: whole('executions', Infinity),
    seed: whole('seed', 1),
    corpus: values.corpus,
    out,
  };
}

function filesIn(folder: string): Uint8Array[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => new Uint8Array(readFileSync(join(folder, name))));
}

function corpusOf(reader: ReaderName, further: string | undefined): Uint8Array[] {
  const own = filesIn(join(packageRoot(), 'test/cases/fuzz', reader));
  return further === undefined ? own : [...own, ...filesIn(further)];
}

function save(folder: string, inputs: readonly Uint8Array[]): string[] {
  mkdirSync(folder, { recursive: true });
  return inputs.map((input) => {
    const path = join(folder, `${createHash('sha256').update(input).digest('hex').slice(0, 12)}.input`);
    writeFileSync(path, input);
    return path;
  });
}

function line({ seconds, executions, features, corpus }: Progress, findings: readonly Finding[]): string {
  const rate = Math.round(executions / Math.max(seconds, 0.001));
  return `${Math.round(seconds)} s: ${executions} inputs (${rate}/s), ${features} features, ${corpus} kept, ${findings.length} findings`;
}

function report(outcome: Outcome, out: string): void {
  const { slowest, peakBytes, findings, kept } = outcome;
  const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);
  save(join(out, 'corpus'), kept);
  const slow = save(join(out, 'slowest'), slowest.input.length > 0 ? [slowest.input] : []);
  process.stdout.write(`${line(outcome, findings)}\n`);
  process.stdout.write(
    `slowest ${slowest.seconds.toFixed(3)} s of CPU ${slow.join('')}, most memory ${megabytes(peakBytes)} MB\n`,
  );
  for (const { kind, where, error, input } of findings) {
    const [path = ''] = save(join(out, 'findings'), [input]);
    process.stdout.write(`\n${kind} ${where}\n${path} (${input.length} bytes)\n${error}\n`);
  }
}

const { reader, seconds, executions, seed, corpus, out } = options();
process.stdout.write(`${reader}, seed ${seed}, ${seconds} s\n`);
const watch = new Watch({ reader, seed, seconds, executions, corpus: corpusOf(reader, corpus) });
const outcome = await watch.run((now, findings) => process.stdout.write(`${line(now, findings)}\n`));
report(outcome, out);
process.exitCode = outcome.findings.length > 0 ? 1 : 0;
