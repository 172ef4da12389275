// Plays generated things on the machine in virtual time and compiled in the kernel, and shrinks what differs.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { manifestOf, type Built } from '../../codegen/build.js';
import { compileC, findToolchain, type Toolchain } from '../../codegen/clang.js';
import { emitProgram } from '../../codegen/emit.js';
import { shapeOf } from '../../codegen/shape.js';
import { packageRoot } from '../../loader/native.js';
import { Coverage } from './coverage.js';
import type { Program } from '../../lang/program.js';

/** How many samples are made at a time. */
const BATCH = 100;
/** How many are compiled at a time. */
const COMPILERS = 2;
const SHRINKING_MS = 240_000;

/** A checked program and its text. */
export interface Source {
  readonly program: Program;
  readonly text: string;
}

/** What is generated: `Model` as fast-check makes it, `Ready` when the checks have accepted its programs. */
export interface Subject<Model, Ready> {
  readonly arbitrary: fc.Arbitrary<Model>;
  /** Null if the checks refuse a program. */
  readonly prepare: (model: Model) => Ready | null;
  readonly sources: (ready: Ready) => readonly Source[];
  /** What differs between both sides, null if nothing does; `built` in the order of `sources`. */
  readonly compare: (ready: Ready, built: readonly Built[], coverage: Coverage) => string | null;
  /** As a file that repeats it. */
  readonly print: (model: Model) => string;
}

/** What a run has found. */
export interface Outcome {
  readonly played: number;
  /** How many the checks have refused. */
  readonly discarded: number;
  /** The smallest one that differs, ready as a file, with the differences. */
  readonly failure: string | null;
  readonly coverage: Coverage;
}

/** Which samples: the numbers are those of fast-check's runs. */
export interface Range {
  readonly seed: number;
  readonly first?: number;
  readonly count: number;
}

/** Plays generated things and stops at the first one that differs; that one is shrunk. */
export async function playGenerated<Model, Ready>(subject: Subject<Model, Ready>, range: Range): Promise<Outcome> {
  const { seed, first = 0, count } = range;
  const runner = new Runner(subject, { ...(await findToolchain()), strip: 'true' });
  const { coverage } = runner;
  let [played, discarded] = [0, 0];
  for (let start = first; played < count; start += BATCH) {
    const batch = runner.samples(seed, start, Math.min(BATCH, count - played));
    discarded += batch.discarded;
    for await (const { path, difference } of runner.playAll(batch.wanted)) {
      played += 1;
      if (difference !== null) return { played, discarded, coverage, failure: await runner.shrink(seed, path) };
    }
  }
  return { played, discarded, coverage, failure: null };
}

/** Members that differ, by name; null if none does. */
export function differences(
  oracle: Readonly<Record<string, unknown>>,
  kernel: Readonly<Record<string, unknown>>,
): string | null {
  const lines = Object.keys({ ...oracle, ...kernel })
    .filter((name) => !isDeepStrictEqual(oracle[name], kernel[name]))
    .map((name) => `${name}: oracle ${JSON.stringify(oracle[name])} kernel ${JSON.stringify(kernel[name])}`);
  return lines.length === 0 ? null : lines.join('\n');
}

interface Wanted<Ready> {
  readonly ready: Ready;
  /** By which fast-check finds it again. */
  readonly path: string;
}

class Runner<Model, Ready> {
  /** Of what was played, without the search for a smaller one. */
  readonly coverage = new Coverage();

  constructor(
    private readonly subject: Subject<Model, Ready>,
    private readonly toolchain: Toolchain,
  ) {}

  /** At most `most` of one batch. */
  samples(seed: number, start: number, most: number): { wanted: Wanted<Ready>[]; discarded: number } {
    const wanted: Wanted<Ready>[] = [];
    let discarded = 0;
    for (const [index, model] of fc
      .sample(this.subject.arbitrary, { seed, path: String(start), numRuns: BATCH })
      .entries()) {
      if (wanted.length === most) break;
      const ready = this.subject.prepare(model);
      if (ready === null) discarded += 1;
      else wanted.push({ ready, path: String(start + index) });
    }
    return { wanted, discarded };
  }

  /** Plays all, in order; the next ones are compiled meanwhile. */
  async *playAll(wanted: readonly Wanted<Ready>[]): AsyncGenerator<{ path: string; difference: string | null }> {
    const building: Promise<Built[] | Error>[] = [];
    for (const [index, { ready, path }] of wanted.entries()) {
      for (const ahead of wanted.slice(building.length, index + COMPILERS + 1)) building.push(this.build(ahead.ready));
      yield { path, difference: this.difference(ready, await building[index]!, this.coverage) };
    }
  }

  /** The smallest one that still differs, by fast-check. */
  async shrink(seed: number, path: string): Promise<string> {
    process.stderr.write(`seed ${seed} path ${path} differs, looking for a smaller one\n`);
    const property = fc.asyncProperty(this.subject.arbitrary, async (model) => {
      const ready = this.subject.prepare(model);
      const difference = ready === null ? null : this.difference(ready, await this.build(ready), new Coverage());
      if (difference !== null) throw new Error(difference);
    });
    const details = await fc.check(property, { seed, path, numRuns: 1, interruptAfterTimeLimit: SHRINKING_MS });
    if (details.counterexample === null) return `seed ${seed} path ${path}: it did not differ a second time`;
    const cause = details.errorInstance instanceof Error ? details.errorInstance.message : '';
    const head = `seed ${seed} path ${details.counterexamplePath}\n${cause}`;
    return `${head.replace(/^/gm, '# ')}\n${this.subject.print(details.counterexample[0])}`;
  }

  private async build(ready: Ready): Promise<Built[] | Error> {
    try {
      return await Promise.all(this.subject.sources(ready).map((source) => this.compile(source)));
    } catch (error) {
      return asError(error);
    }
  }

  /** As `buildProgram` does it, without looking for the compiler each time. */
  private async compile({ program, text }: Source): Promise<Built> {
    const shape = shapeOf(program);
    const input = { code: emitProgram(program, shape), sourceName: program.file, source: Buffer.from(text) };
    const object = await compileC({ ...input, runtime: join(packageRoot(), 'bpf') }, this.toolchain);
    return { object, manifest: manifestOf(program, shape, 'test') };
  }

  private difference(ready: Ready, built: readonly Built[] | Error, coverage: Coverage): string | null {
    if (built instanceof Error) return built.message;
    try {
      return this.subject.compare(ready, built, coverage);
    } catch (error) {
      return asError(error).message;
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
