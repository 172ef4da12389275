// Random programs with random scripts, on the machine in virtual time and compiled in the kernel.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { manifestOf, type Built } from '../../codegen/build.js';
import { compileC, findToolchain, type Toolchain } from '../../codegen/clang.js';
import { emitProgram } from '../../codegen/emit.js';
import { shapeOf } from '../../codegen/shape.js';
import { checkSource } from '../../lang/compile.js';
import { packageRoot } from '../../loader/native.js';
import { comparable } from '../support/compare-results.js';
import { parseOracleCase, type OracleCase } from '../support/oracle-case.js';
import { runCaseOnOracle } from '../support/oracle-run.js';
import { programModel, programText } from './program-model.js';
import { scriptModel, scriptText } from './script-model.js';
import type { KernelBench } from '../support/kernel-run.js';

/** How many samples are made at a time. */
const BATCH = 100;
/** How many programs are compiled at a time. */
const COMPILERS = 2;
const SHRINKING_MS = 240_000;

const arbitrary = fc
  .tuple(programModel, scriptModel)
  .map(([program, script]) => ({ program: programText(program), script: scriptText(program, script) }));
interface Generated {
  readonly program: string;
  readonly script: string;
}

/** What a run has found. */
export interface Outcome {
  readonly played: number;
  /** Programs that the checks refuse. */
  readonly discarded: number;
  /** The smallest case that differs, ready as a file, with the differences. */
  readonly failure: string | null;
}

/** Plays `count` generated cases and stops at the first one that differs; that one is shrunk. */
export async function playGenerated(bench: KernelBench, seed: number, count: number, first = 0): Promise<Outcome> {
  const toolchain = { ...(await findToolchain()), strip: 'true' };
  const runner = new Runner(bench, toolchain);
  let [played, discarded] = [0, 0];
  for (let start = first; played < count; start += BATCH) {
    const wanted = samples(seed, start).flatMap((each, index) => {
      const oracleCase = caseOf(each);
      return oracleCase === null ? [] : [{ oracleCase, path: String(start + index) }];
    });
    discarded += BATCH - wanted.length;
    const queue = wanted.slice(0, count - played);
    for await (const { path, difference } of runner.all(queue)) {
      played += 1;
      if (difference !== null) return { played, discarded, failure: await runner.shrink(seed, path) };
    }
  }
  return { played, discarded, failure: null };
}

function samples(seed: number, start: number): Generated[] {
  return fc.sample(arbitrary, { seed, path: String(start), numRuns: BATCH });
}

/** The case; null if the checks refuse the program. */
function caseOf(generated: Generated): OracleCase | null {
  if (checkSource(generated.program, 'generated.nc').program === null) return null;
  return parseOracleCase('generated', caseText(generated));
}

function caseText({ program, script }: Generated): string {
  return `-- program\n${program}-- script\n${script}`;
}

interface Wanted {
  readonly oracleCase: OracleCase;
  readonly path: string;
}

class Runner {
  constructor(
    private readonly bench: KernelBench,
    private readonly toolchain: Toolchain,
  ) {}

  /** Plays all, in order; the next ones are compiled meanwhile. */
  async *all(wanted: readonly Wanted[]): AsyncGenerator<{ path: string; difference: string | null }> {
    const building: Promise<Built | Error>[] = [];
    for (const [index, { oracleCase, path }] of wanted.entries()) {
      for (const ahead of wanted.slice(building.length, index + COMPILERS + 1))
        building.push(this.tryBuild(ahead.oracleCase));
      const built = await building[index]!;
      yield { path, difference: built instanceof Error ? built.message : this.difference(oracleCase, built) };
    }
  }

  /** The smallest case that still differs, by fast-check. */
  async shrink(seed: number, path: string): Promise<string> {
    const property = fc.asyncProperty(arbitrary, async (generated) => {
      const oracleCase = caseOf(generated);
      if (oracleCase === null) return;
      const built = await this.tryBuild(oracleCase);
      const difference = built instanceof Error ? built.message : this.difference(oracleCase, built);
      if (difference !== null) throw new Error(difference);
    });
    const details = await fc.check(property, { seed, path, numRuns: 1, interruptAfterTimeLimit: SHRINKING_MS });
    const generated = details.counterexample?.[0];
    if (generated === undefined) return `seed ${seed} path ${path}: it did not differ a second time`;
    const cause = details.errorInstance instanceof Error ? details.errorInstance.message : '';
    const head = `seed ${seed} path ${details.counterexamplePath ?? path}\n${cause}`;
    return `${head.replace(/^/gm, '# ')}\n${caseText(generated)}`;
  }

  private async tryBuild(oracleCase: OracleCase): Promise<Built | Error> {
    try {
      return await this.build(oracleCase);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** As `buildProgram` does it, without looking for the compiler each time. */
  private async build({ program, text }: OracleCase): Promise<Built> {
    const shape = shapeOf(program);
    const input = { code: emitProgram(program, shape), sourceName: program.file, source: Buffer.from(text) };
    const object = await compileC({ ...input, runtime: join(packageRoot(), 'bpf') }, this.toolchain);
    return { object, manifest: manifestOf(program, shape, 'test') };
  }

  private difference(oracleCase: OracleCase, built: Built): string | null {
    try {
      const { oracle, kernel } = comparable(runCaseOnOracle(oracleCase), this.bench.playBuilt(built, oracleCase));
      return differences(oracle, kernel);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** Members that differ, by name; null if none does. */
function differences(
  oracle: Readonly<Record<string, unknown>>,
  kernel: Readonly<Record<string, unknown>>,
): string | null {
  const lines = Object.keys({ ...oracle, ...kernel })
    .filter((name) => !isDeepStrictEqual(oracle[name], kernel[name]))
    .map((name) => `${name}: oracle ${JSON.stringify(oracle[name])} kernel ${JSON.stringify(kernel[name])}`);
  return lines.length === 0 ? null : lines.join('\n');
}
