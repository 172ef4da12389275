// The figures of a schedule, as text and as JSON.
import type { Metrics } from '../../schedule/metrics/metrics.js';
import { exactNs, type TimedTree } from '../../schedule/metrics/timed-tree.js';
import type { TreeEdge } from '../../schedule/metrics/tree-walk.js';
import type { Waiting } from '../../schedule/metrics/waiting.js';
import type { WireUse } from '../../schedule/metrics/wire-use.js';
import { exactTime } from '../../schedule/verify/timeline.js';
import { toJson } from '../json.js';
import { probabilityText, treeLines } from './tree.js';

const NS_PER_S = 1e9;
const PERCENT = 100;
const DIGITS = 4;

/** What `--json` prints; `edges` where the tree is asked for. */
export function metricsToJson(tree: TimedTree, metrics: Metrics, edges: readonly TreeEdge[] | null): string {
  const { model, states } = tree;
  const { run, wires, channels, ordinary, assumed } = metrics;
  const nodes = model.system.nodes;
  const ns = (time: number | null): number | null => (time === null ? null : exactNs(model, time));
  const waiting = ({ average, worst }: Waiting): object => ({ averageNs: ns(average), worstNs: ns(worst) });
  return toJson({
    states: states.length,
    ends: run.ends,
    endsAfterNs: ns(run.endsAfter),
    wires: wires.map(({ nodes: members, rateBitsPerSecond, utilisation, overhead, parts }) => {
      const names = members.map((node) => nodes[node]!.name);
      return { nodes: names, rate: rateBitsPerSecond, utilisation, overhead, overheadParts: parts };
    }),
    channels: channels.map(({ node, channel, rate, waiting: own }) => {
      const { name, program } = nodes[node]!;
      const framesPerSecond = perSecond(tree, rate);
      return { node: name, channel: program.channels[channel]!.name, framesPerSecond, waiting: waiting(own) };
    }),
    ordinary: ordinary.map(({ node, open, waiting: own }) => {
      return { node: nodes[node]!.name, open, waiting: waiting(own) };
    }),
    assumed: assumed.map(({ node, instruction }) => placeOf(tree, node, instruction)),
    ...(edges === null ? {} : { tree: edges.map((edge) => jsonEdge(edge)) }),
  });
}

function jsonEdge({ from, to, probability, after, at, events }: TreeEdge): object {
  return { from, to, probability, after, at, events: events.filter(({ event }) => event !== 'block') };
}

function perSecond({ model }: TimedTree, rate: number): number {
  return rate * model.units.perNs * NS_PER_S;
}

function placeOf({ model }: TimedTree, node: number, instruction: number): [string, number] {
  const { file, line } = model.system.nodes[node]!.program.instructions[instruction]!.span;
  return [file, line];
}

/** Lines for people. */
export function metricsLines(tree: TimedTree, metrics: Metrics, edges: readonly TreeEdge[] | null): string[] {
  const { wires, channels, ordinary, assumed } = metrics;
  const { nodes } = tree.model.system;
  const given = assumed.map(({ node, instruction }) => placeOf(tree, node, instruction).join(':'));
  return [
    runLine(tree, metrics),
    ...wires.flatMap((wire) => wireLines(wire, wire.nodes.map((node) => nodes[node]!.name).join(', '))),
    ...channels.map(({ node, channel, rate, waiting }) => {
      const { name, program } = nodes[node]!;
      const frames = `${short(perSecond(tree, rate))} frames/s`;
      return `channel ${program.channels[channel]!.name} of ${name}: ${frames}, waiting ${waitingWords(tree, waiting)}`;
    }),
    ...ordinary.map(({ node, open, waiting }) => {
      return `ordinary traffic of ${nodes[node]!.name}: open ${percent(open)}, waiting ${waitingWords(tree, waiting)}`;
    }),
    ...(given.length > 0 ? [`assumed probability 0.5 of the guards at ${given.join(', ')}`] : []),
    ...(edges === null ? [] : ['timed tree', ...treeLines(edges)]),
  ];
}

function runLine({ model, states }: TimedTree, { run }: Metrics): string {
  const count = `${states.length} states`;
  if (run.endsAfter !== null) {
    return `${count}; every run ends, after ${time(exactNs(model, run.endsAfter))} on average: averages over that time`;
  }
  const ends = `a run ends with probability ${probabilityText(run.ends)}: averages over runs that do not`;
  return `${count}; ${run.ends > 0 ? ends : 'averages over the long run'}`;
}

function wireLines({ rateBitsPerSecond, utilisation, overhead, parts }: WireUse, names: string): string[] {
  const used = utilisation === null ? 'no time passes' : `utilisation ${percent(utilisation)}`;
  const lines = [`wire of ${names}, ${short(rateBitsPerSecond / 1e6)} Mbit/s: ${used}`];
  if (overhead === null || parts === null) return [...lines, '  nothing is sent'];
  const { header, padding, framing, sync } = parts;
  const made = `framing ${percent(framing)}, header ${percent(header)}, padding ${percent(padding)}, sync frames ${percent(sync)}`;
  return [...lines, `  overhead ${percent(overhead)}: ${made}`];
}

function waitingWords({ model }: TimedTree, { average, worst }: Waiting): string {
  const words = (value: number | null): string => (value === null ? 'unbounded' : time(exactNs(model, value)));
  return average === null && worst === null ? 'unbounded' : `${words(average)} on average, ${words(worst)} at worst`;
}

/** To a nanosecond. */
function time(ns: number): string {
  return exactTime(Math.round(ns));
}

function percent(ratio: number): string {
  return `${short(ratio * PERCENT)} %`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}
