// max_program: the greatest programs are attached, and do in the kernel what the oracle says.
import { isDeepStrictEqual } from 'node:util';
import { comparable } from '../support/compare-results.js';
import { KernelBench } from '../support/kernel-run.js';
import { parseOracleCase } from '../support/oracle-case.js';
import { runCaseOnOracle } from '../support/oracle-run.js';
import { Scratch } from '../support/scratch.js';
import { attachOnce, built, scratchRoots } from './node.js';
import { GREAT_KINDS, greatProgram, type GreatKind } from './programs.js';
import { summarize, type Spread } from './statistics.js';

const SCRIPT = `
at 0us write v1 hex:0102030405060708
at 0us write v2 513
at 0us write v4 70000
at 5us frame from 02:00:00:00:01:01 channel c3 seq 0 payload "a-frame"
at 6us frame from 02:00:00:00:01:01 channel c3 seq 2 payload hex:
at 7us sync from 02:00:00:00:01:01 channel c0 seq 0
at 700us write v2 0
at 900us frame from 02:00:00:00:01:01 channel c10 seq 0 payload "${'long-'.repeat(200)}"
run until 12ms
`;

interface Outcome {
  /** Whether variables, messages, counters, frames, errors and instants are those of the oracle. */
  readonly right: boolean;
  /** Seconds from the checked program to the attachment, clang included. */
  readonly build_s: number;
  readonly attach_s: number;
  readonly object_bytes: number;
}

export interface GreatestFigure {
  /** Seconds to attach what is built already: the median over the kinds and runs. */
  readonly value: number;
  readonly spread: Spread;
  readonly unit: 's';
  readonly target: 'accepted and right';
  readonly met: boolean;
  readonly kinds: Readonly<Record<GreatKind, Outcome>>;
}

async function isRight(kind: GreatKind): Promise<boolean> {
  const scratch = new Scratch();
  try {
    const bench = new KernelBench(scratch);
    const content = `-- program\n${greatProgram(kind)}\n-- script${SCRIPT}-- expect\n`;
    const oracleCase = parseOracleCase(kind, content);
    const { oracle, kernel } = comparable(runCaseOnOracle(oracleCase), await bench.play(oracleCase));
    return isDeepStrictEqual(kernel, oracle);
  } finally {
    scratch.cleanUp();
  }
}

async function tryKind(kind: GreatKind, runs: number, seconds: number[]): Promise<Outcome> {
  const scratch = new Scratch();
  try {
    scratch.vethPair();
    const roots = scratchRoots(scratch);
    const before = performance.now();
    const program = await built(greatProgram(kind));
    const buildS = (performance.now() - before) / 1000;
    const times: number[] = [];
    for (let i = 0; i < runs; i++) times.push((await attachOnce(program, roots)) / 1000);
    seconds.push(...times);
    return {
      right: await isRight(kind),
      build_s: Number(buildS.toFixed(2)),
      attach_s: summarize(times).value,
      object_bytes: program.object.length,
    };
  } finally {
    scratch.cleanUp();
  }
}

/** Tries every kind; attaches each a number of times. */
export async function measureGreatest(runs: number): Promise<GreatestFigure> {
  const seconds: number[] = [];
  const kinds: Partial<Record<GreatKind, Outcome>> = {};
  for (const kind of GREAT_KINDS) kinds[kind] = await tryKind(kind, runs, seconds);
  const outcomes = kinds as Record<GreatKind, Outcome>;
  const met = GREAT_KINDS.every((kind) => outcomes[kind].right);
  return { ...summarize(seconds), unit: 's', target: 'accepted and right', met, kinds: outcomes };
}
