// The thread that reads one input after the other and keeps those that reach something new.
import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../support/random.js';
import { Coverage } from './coverage.js';
import { SHARED, SHARED_BYTES, type Job, type Message } from './messages.js';
import { Mutator } from './mutate.js';
import type { Reader } from './reader.js';
import { loadReader } from './readers.js';
import { cpuSeconds } from './thread-time.js';

const SLOW_MS = 200;
/** Of the inputs that are chosen to be changed, so many are among the newest. */
const NEWEST = 16;

const job = workerData as Job;
const words = new Int32Array(job.memory, 0, SHARED_BYTES / 4);
const shown = new Uint8Array(job.memory, SHARED_BYTES);
const task = `/proc/${readlinkSync('/proc/thread-self')}`;

function tell(message: Message): void {
  parentPort?.postMessage(message);
}

function textOf(input: Uint8Array): string {
  return Buffer.from(input).toString('latin1');
}

/** The place in our sources that an error came from: two errors of one place are one finding. */
function whereOf(error: Error): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames
    .slice(0, 3)
    .map((line) => line.trim().replace(/:\d+\)?$/, ''))
    .join(' < ');
}

class Fuzzer {
  readonly #coverage = new Coverage();
  readonly #random = new Random(job.seed);
  readonly #corpus: Uint8Array[] = [];
  readonly #mutator: Mutator;
  readonly #deadly = new Set(job.deadly.map(textOf));
  slowest = 0;

  constructor(private readonly reader: Reader) {
    this.#mutator = new Mutator(reader.shape, this.#random);
  }

  /** Reads an input; true when it reached something new. */
  read(input: Uint8Array): boolean {
    if (this.#deadly.size > 0 && this.#deadly.has(textOf(input))) return false;
    shown.set(input);
    Atomics.store(words, SHARED.length, input.length);
    Atomics.store(words, SHARED.busy, 1);
    const began = performance.now();
    this.#coverage.reset();
    const found = this.#play(input);
    const novel = this.#coverage.add(found);
    Atomics.store(words, SHARED.busy, 0);
    Atomics.add(words, SHARED.executions, 1);
    if (performance.now() - began > SLOW_MS) this.#measure(input);
    return novel;
  }

  #play(input: Uint8Array): readonly string[] {
    try {
      return this.reader.play(input);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      tell({ kind: 'broken', input, error: String(error.stack), where: `${error.name} ${whereOf(error)}` });
      return [];
    }
  }

  #measure(input: Uint8Array): void {
    const before = cpuSeconds(task);
    try {
      this.reader.play(input);
    } catch {
      // It has been reported.
    }
    const seconds = cpuSeconds(task) - before;
    if (seconds <= this.slowest) return;
    this.slowest = seconds;
    tell({ kind: 'slow', input, seconds });
  }

  begin(): void {
    for (const input of [...this.reader.seeds(), ...job.corpus]) if (this.read(input)) this.#keep(input, false);
  }

  #keep(input: Uint8Array, isNew = true): void {
    this.#corpus.push(input);
    Atomics.store(words, SHARED.features, this.#coverage.size);
    Atomics.store(words, SHARED.corpus, this.#corpus.length);
    if (isNew) tell({ kind: 'kept', input });
  }

  /** Small ones, and so quick ones, more often. */
  #choose(): Uint8Array {
    const [a, b] = [this.#chooseAny(), this.#chooseAny()];
    return a.length < b.length || this.#random.below(4) === 0 ? a : b;
  }

  #chooseAny(): Uint8Array {
    const { length } = this.#corpus;
    const random = this.#random;
    const at = random.below(4) === 0 ? length - 1 - random.below(Math.min(NEWEST, length)) : random.below(length);
    return this.#corpus[at]!;
  }

  /** Until the thread is ended, or it has read as many as it should. */
  run(): void {
    for (let left = job.executions; left > 0; left--) {
      const input = this.#mutator.mutate(this.#choose(), this.#choose());
      if (this.read(input)) this.#keep(input);
    }
  }
}

const reader = await loadReader(job.reader);
// What a first reading loads and compiles is not the time of an input.
const [first] = reader.seeds();
for (let times = 0; first && times < 2; times++) reader.play(first);
tell({ kind: 'ready', task });
const fuzzer = new Fuzzer(reader);
fuzzer.begin();
fuzzer.run();
tell({ kind: 'done' });
