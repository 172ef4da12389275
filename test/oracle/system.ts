// Two to four nodes with random programs and scripts on one medium, machines in virtual time beside kernel objects.
import fc from 'fast-check';
import { checkSource } from '../../lang/compile.js';
import { simulate } from '../../schedule/simulate.js';
import { comparable } from '../support/compare-results.js';
import { KernelBench, type KernelNode, type KernelResult } from '../support/kernel-run.js';
import { CASE_CLOCK, parseOracleCase, type OracleCase, type Step } from '../support/oracle-case.js';
import { OracleNode, type CaseResult } from '../support/oracle-run.js';
import { differences, type Subject } from './generated.js';
import { FATES, playTogether, type Fate } from './medium.js';
import { MACS, programModel, programText } from './program-model.js';
import { scriptModel, scriptText } from './script-model.js';
import type { Built } from '../../codegen/build.js';
import type { Scratch } from '../support/scratch.js';
import type { Coverage } from './coverage.js';

const MOST_GROUPS = 8;
const START = CASE_CLOCK.originNs;
/** Of the undisturbed run beside `simulate`. */
const RUN_NS = 8_000_000n;
/** CLOCK_TAI is CLOCK_MONOTONIC, as `simulate` takes it. */
const TAI_OFFSET_NS = 0n;

interface SystemText {
  /** A data case for each node. */
  readonly nodes: readonly string[];
  readonly fates: readonly Fate[];
}

interface ReadySystem {
  readonly nodes: readonly OracleCase[];
  readonly fates: readonly Fate[];
}

/** One wire format for all, and channels with the same ids. */
const system: fc.Arbitrary<SystemText> = fc
  .record({
    nodes: fc.array(fc.record({ model: programModel, script: scriptModel(MOST_GROUPS) }), {
      minLength: 2,
      maxLength: MACS.length,
      size: 'max',
    }),
    fates: fc.array(fc.constantFrom<Fate>(...FATES.slice(0, 1), ...FATES.slice(0, 1), ...FATES), { maxLength: 12 }),
  })
  .map(({ nodes, fates }) => ({
    fates,
    nodes: nodes.map(({ model, script }) => caseText(nodes[0]!.model, model, script)),
  }));

type Model = typeof programModel extends fc.Arbitrary<infer M> ? M : never;
type Script = Parameters<typeof scriptText>[1];

function caseText({ wire }: Model, model: Model, script: Script): string {
  const alike = { ...model, wire, ids: null };
  return `-- program\n${programText(alike)}-- script\n${scriptText(alike, script)}`;
}

function prepare({ nodes, fates }: SystemText): ReadySystem | null {
  const isRight = (text: string) => checkSource(programOf(text), 'node.nc').program !== null;
  if (!nodes.every(isRight)) return null;
  return { fates, nodes: nodes.map((text, index) => parseOracleCase(`node${index}`, text)) };
}

function programOf(text: string): string {
  return text.slice(text.indexOf('\n') + 1, text.indexOf('-- script'));
}

/** Generated systems, each node on a bench of its own. The first bench of a scratch must be there. */
export function systems(scratch: Scratch): Subject<SystemText, ReadySystem> {
  const benches = MACS.map((mac, index) => new KernelBench(scratch, mac, `n${index}`));
  return {
    arbitrary: system,
    prepare,
    sources: ({ nodes }) => nodes,
    compare: (ready, built, coverage) =>
      simulated(ready.nodes) ?? compare(ready, inVirtualTime(ready, coverage), inKernel(benches, ready, built)),
    print: ({ nodes, fates }) =>
      [`# fates: ${fates.join(' ')}\n`, ...nodes.map((text, index) => `# node ${MACS[index] ?? ''}\n${text}`)].join(''),
  };
}

function compare(
  { nodes }: ReadySystem,
  oracle: readonly CaseResult[],
  kernel: readonly KernelResult[],
): string | null {
  const lines = nodes.flatMap((_, index) => {
    const both = comparable(oracle[index]!, kernel[index]!);
    const difference = differences(both.oracle, both.kernel);
    return difference === null ? [] : [`node ${index}: ${difference}`];
  });
  return lines.length === 0 ? null : lines.join('\n');
}

/** When the last step of a script is done. */
function endNs({ steps }: OracleCase): bigint {
  return steps.at(-1)!.atNs;
}

function planOf({ nodes, fates }: ReadySystem): Parameters<typeof playTogether>[1] {
  return { scripts: nodes.map(({ steps }) => steps), fates, originNs: START };
}

function inVirtualTime(ready: ReadySystem, coverage: Coverage): CaseResult[] {
  const players = ready.nodes.map(
    ({ program }, index) => new OracleNode(program, MACS[index]!, TAI_OFFSET_NS, coverage.watch(program)),
  );
  playTogether(players, { ...planOf(ready), carried: (fate) => coverage.count('fates of frames', fate) });
  return ready.nodes.map((node, index) => {
    const result = players[index]!.collect(endNs(node));
    coverage.result(node.steps, result);
    return result;
  });
}

function inKernel(benches: readonly KernelBench[], ready: ReadySystem, built: readonly Built[]): KernelResult[] {
  const opened: KernelNode[] = [];
  try {
    for (const [index, each] of built.entries()) opened.push(benches[index]!.open(each, TAI_OFFSET_NS));
    playTogether(opened, planOf(ready));
    return opened.map((each, index) => each.collect(endNs(ready.nodes[index]!)));
  } finally {
    for (const each of opened) each.close();
  }
}

/** How the undisturbed system differs between `simulate` and the medium of these tests. */
function simulated(nodes: readonly OracleCase[]): string | null {
  const untilNs = START + RUN_NS;
  const { machines } = simulate(
    nodes.map(({ program }, index) => ({ program, mac: MACS[index]!, startNs: START })),
    { untilNs },
  );
  const steps: Step[] = [
    { kind: 'start', atNs: START },
    { kind: 'run', atNs: untilNs },
  ];
  const players = nodes.map(({ program }, index) => new OracleNode(program, MACS[index]!, TAI_OFFSET_NS));
  playTogether(players, { scripts: nodes.map(() => steps), fates: [], originNs: START });
  const lines = players.flatMap(({ machine }, index) => {
    const difference = differences(summary(machines[index]!), summary(machine));
    return difference === null ? [] : [`node ${index} in simulate: ${difference}`];
  });
  return lines.length === 0 ? null : lines.join('\n');
}

function summary({
  runState,
  position,
  logicalNs,
  errors,
  frames,
  counts,
}: OracleNode['machine']): Record<string, unknown> {
  return { runState, position, logicalNs: String(logicalNs), errors, stats: counts.stats, frames };
}
