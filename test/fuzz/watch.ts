// Runs the reading thread, watches its time and memory, and begins it again after an input that it does not survive.
import { Worker } from 'node:worker_threads';
import { LARGEST_INPUT } from './mutate.js';
import { SHARED, SHARED_BYTES, type Job, type Message } from './messages.js';
import type { ReaderName } from './readers.js';
import { cpuSeconds } from './thread-time.js';

const POLL_MS = 20;
const HANG_SECONDS = 1;
/** Of the whole process, this watcher and what was kept among it. */
const MOST_MEMORY = 512 * 1024 * 1024;
const HEAP_MB = 360;
const SEEDS_AND_SLACK = 4 * LARGEST_INPUT;

export interface Finding {
  readonly kind: 'broken' | 'hang' | 'memory' | 'crash';
  /** What is the same for the same mistake. */
  readonly where: string;
  readonly error: string;
  readonly input: Uint8Array;
}

export interface Options {
  readonly reader: ReaderName;
  readonly seed: number;
  readonly seconds: number;
  readonly executions: number;
  readonly corpus: readonly Uint8Array[];
}

export interface Progress {
  readonly seconds: number;
  readonly executions: number;
  readonly features: number;
  readonly corpus: number;
}

export interface Outcome extends Progress {
  /** Inputs that reached something new, in the order in which they were found. */
  readonly kept: readonly Uint8Array[];
  readonly findings: readonly Finding[];
  /** CPU seconds of the slowest input, and itself. */
  readonly slowest: { readonly seconds: number; readonly input: Uint8Array };
  /** The most memory of the process, in bytes. */
  readonly peakBytes: number;
}

/** One run of the fuzzer: `seconds` of wall time. `progress` is called now and then. */
export class Watch {
  readonly #memory = new SharedArrayBuffer(SHARED_BYTES + SEEDS_AND_SLACK);
  readonly #words = new Int32Array(this.#memory, 0, SHARED_BYTES / 4);
  readonly #kept: Uint8Array[];
  readonly #findings = new Map<string, Finding>();
  #slowest: Outcome['slowest'] = { seconds: 0, input: new Uint8Array() };
  #peak = 0;
  #threads = 0;
  readonly #began = performance.now();

  constructor(private readonly options: Options) {
    this.#kept = [...options.corpus];
  }

  async run(progress: (now: Progress, findings: readonly Finding[]) => void): Promise<Outcome> {
    const timer = setInterval(() => progress(this.#progress(), [...this.#findings.values()]), 30_000);
    try {
      while (!this.#isOver()) await this.#runThread();
    } finally {
      clearInterval(timer);
    }
    const findings = [...this.#findings.values()];
    return { ...this.#progress(), kept: this.#kept, findings, slowest: this.#slowest, peakBytes: this.#peak };
  }

  #isOver(): boolean {
    return this.#secondsGone() >= this.options.seconds || this.#word('executions') >= this.options.executions;
  }

  #secondsGone(): number {
    return (performance.now() - this.#began) / 1000;
  }

  #word(name: keyof typeof SHARED): number {
    return Atomics.load(this.#words, SHARED[name]);
  }

  #progress(): Progress {
    const [executions, features, corpus] = [this.#word('executions'), this.#word('features'), this.#word('corpus')];
    return { seconds: this.#secondsGone(), executions, features, corpus };
  }

  /** One thread, until time is over or an input ends it. */
  async #runThread(): Promise<void> {
    const { reader, seed, executions } = this.options;
    const left = executions - this.#word('executions');
    const deadly = [...this.#findings.values()].filter(({ kind }) => kind !== 'broken').map(({ input }) => input);
    const seedOfThread = seed + this.#threads++;
    const job: Job = { reader, seed: seedOfThread, corpus: this.#kept, deadly, memory: this.#memory, executions: left };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 16 },
    });
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    let task: string | null = null;
    worker.on('message', (message: Message) => {
      if (message.kind === 'ready') task = message.task;
      this.#take(message);
    });
    worker.on('error', (error) => this.#addFinding(kindOf(error), error.message, String(error.stack)));
    const poll = this.#watchThread(worker, () => task);
    await ended;
    clearInterval(poll);
    Atomics.store(this.#words, SHARED.busy, 0);
  }

  #watchThread(worker: Worker, taskOf: () => string | null): NodeJS.Timeout {
    let [execution, began] = [-1, 0];
    let ending = false;
    const end = (): void => {
      if (!ending) void worker.terminate();
      ending = true;
    };
    return setInterval(() => {
      const task = taskOf();
      if (ending || this.#isOver()) return end();
      const memory = process.memoryUsage.rss();
      this.#peak = Math.max(this.#peak, memory);
      if (task === null || this.#word('busy') === 0) return;
      const [now, spent] = [this.#word('executions'), cpuSeconds(task)];
      if (now !== execution) [execution, began] = [now, spent];
      const hangs = spent - began > HANG_SECONDS;
      if (hangs) this.#addFinding('hang', 'reading', `more than ${HANG_SECONDS} s of CPU time`);
      if (memory > MOST_MEMORY) this.#addFinding('memory', 'reading', `${memory} bytes`);
      if (hangs || memory > MOST_MEMORY) end();
    }, POLL_MS);
  }

  #take(message: Message): void {
    if (message.kind === 'kept') this.#kept.push(message.input);
    else if (message.kind === 'broken') {
      const { where, error, input } = message;
      this.#remember({ kind: 'broken', where, error, input });
    } else if (message.kind === 'slow' && message.seconds > this.#slowest.seconds) this.#slowest = message;
  }

  /** A finding about the input that is being read. */
  #addFinding(kind: Finding['kind'], where: string, error: string): void {
    const input = new Uint8Array(this.#memory, SHARED_BYTES, this.#word('length')).slice();
    const number = [...this.#findings.values()].filter((one) => one.kind === kind).length;
    this.#remember({ kind, where: `${where} ${number}`, error, input });
  }

  /** The smallest input of each. */
  #remember(finding: Finding): void {
    const key = `${finding.kind} ${finding.where}`;
    const known = this.#findings.get(key);
    if (!known || finding.input.length < known.input.length) this.#findings.set(key, finding);
  }
}

function kindOf(error: unknown): 'memory' | 'crash' {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash';
}
