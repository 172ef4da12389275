// Two to four nodes with random programs on an ideal medium: schedule/simulate.ts beside kernel objects under one clock.
import fc from 'fast-check';
import { checkSource } from '../../lang/compile.js';
import { simulate, type SimulatedNode } from '../../schedule/simulate.js';
import { comparable } from '../support/compare-results.js';
import { KernelBench, type KernelNode, type KernelResult } from '../support/kernel-run.js';
import { CASE_CLOCK } from '../support/oracle-case.js';
import { collect } from '../support/oracle-run.js';
import { differences, type Source, type Subject } from './generated.js';
import { MACS, programModel, programText } from './program-model.js';
import type { Built } from '../../codegen/build.js';
import type { Scratch } from '../support/scratch.js';

const RUN_NS = 8_000_000n;
/** A bound against systems that never come to an end. */
const MOST_BLOCKS = 100_000;
const START = CASE_CLOCK.originNs;

/** A node of a system that is checked. */
interface ReadyNode extends Source, SimulatedNode {
  readonly startNs: bigint;
}

const node = fc.record({ model: programModel, afterNs: fc.constantFrom(0, 1, 50_000, 123_456, 1_000_000) });

interface NodeText {
  readonly text: string;
  readonly afterNs: number;
}

/** One wire format for all, and channels with the same ids. */
const system: fc.Arbitrary<NodeText[]> = fc
  .array(node, { minLength: 2, maxLength: MACS.length, size: 'max' })
  .map((nodes) => {
    const { wire } = nodes[0]!.model;
    return nodes.map(({ model, afterNs }) => ({ text: programText({ ...model, wire, ids: null }), afterNs }));
  });

function prepare(texts: readonly NodeText[]): ReadyNode[] | null {
  const nodes = texts.flatMap(({ text, afterNs }, index) => {
    const { program } = checkSource(text, `node${index}.nc`);
    return program === null ? [] : [{ program, text, mac: MACS[index]!, startNs: START + BigInt(afterNs) }];
  });
  return nodes.length === texts.length ? nodes : null;
}

/** Generated systems, each node on a bench of its own. The first bench of a scratch must be there. */
export function systems(scratch: Scratch): Subject<NodeText[], ReadyNode[]> {
  const benches = MACS.map((mac, index) => new KernelBench(scratch, mac, `n${index}`));
  return {
    arbitrary: system,
    prepare,
    sources: (ready) => ready,
    compare: (ready, built) => compare(ready, inKernel(benches, ready, built)),
    print: (nodes) =>
      nodes
        .map(({ text, afterNs }, index) => `-- node ${MACS[index] ?? ''}, started at ${afterNs}ns\n${text}`)
        .join(''),
  };
}

function compare(nodes: readonly ReadyNode[], kernel: readonly KernelResult[]): string | null {
  const untilNs = START + RUN_NS;
  const { machines } = simulate(nodes, { untilNs });
  const lines = machines.flatMap((machine, index) => {
    const { program } = nodes[index]!;
    // The medium asks nobody what became of a frame.
    const answers = { verdicts: [], applications: [] };
    const oracle = collect(program, machine, answers, untilNs);
    const both = comparable(oracle, { ...kernel[index]!, ...answers });
    const difference = differences(both.oracle, both.kernel);
    return difference === null ? [] : [`node ${index}: ${difference}`];
  });
  return lines.length === 0 ? null : lines.join('\n');
}

function inKernel(
  benches: readonly KernelBench[],
  nodes: readonly ReadyNode[],
  built: readonly Built[],
): KernelResult[] {
  const opened: KernelNode[] = [];
  try {
    for (const [index, each] of built.entries()) opened.push(benches[index]!.open(each, 0n));
    for (const [index, each] of opened.entries()) each.step({ kind: 'start', atNs: nodes[index]!.startNs });
    runTogether(opened);
    return opened.map((each) => each.collect(START + RUN_NS));
  } finally {
    for (const each of opened) each.close();
  }
}

/** As `simulate` does it. */
function runTogether(nodes: readonly KernelNode[]): void {
  for (let blocks = 0; blocks < MOST_BLOCKS; blocks += 1) {
    const next = nextToRun(nodes);
    if (next === null || next.atNs > START + RUN_NS) return;
    for (const bytes of next.node.runBlock(next.atNs)) {
      for (const other of nodes) if (other !== next.node) other.step({ kind: 'deliver', atNs: next.atNs, bytes });
    }
  }
  throw new Error(`more than ${MOST_BLOCKS} blocks`);
}

function nextToRun(nodes: readonly KernelNode[]): { readonly atNs: bigint; readonly node: KernelNode } | null {
  const due = nodes.flatMap((each) => {
    const atNs = each.nextInstant();
    return atNs === null ? [] : [{ atNs, node: each }];
  });
  const [first] = due.map(({ atNs }) => atNs).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const together = due.filter(({ atNs }) => atNs === first);
  return together.find(({ node: each }) => !each.isTimingOut) ?? together[0] ?? null;
}
