// The figures of a schedule: how a wire is used, how long one waits for a channel, and how long for ordinary traffic.
import { openFor } from '../verify/gate-share.js';
import { listSteps } from '../verify/steps.js';
import { longRunOf, type LongRun } from './long-run.js';
import type { TimedTree } from './timed-tree.js';
import { startsOf, useOf, wiresOf, type Start, type WireUse } from './wire-use.js';
import { waitingOf, type Stretch, type Waiting } from './waiting.js';

/** A channel that a node sends data frames on. */
export interface ChannelUse {
  readonly node: number;
  /** Index into the channels of its program. */
  readonly channel: number;
  /** Frames in a unit of time. */
  readonly rate: number;
  /** Until the next data frame of the node on the channel begins. */
  readonly waiting: Waiting;
}

/** What the gate of a node leaves to ordinary traffic. */
export interface OrdinaryUse {
  readonly node: number;
  /** Part of the time in which it is open, 0 to 1. */
  readonly open: number;
  /** Until it is open. */
  readonly waiting: Waiting;
}

/** Times are in the units of the model. */
export interface Metrics {
  readonly run: LongRun;
  readonly wires: readonly WireUse[];
  readonly channels: readonly ChannelUse[];
  readonly ordinary: readonly OrdinaryUse[];
  /** Guards that go both ways evenly because the program does not say how likely they are. */
  readonly assumed: readonly { readonly node: number; readonly instruction: number }[];
}

/** The figures of a system. */
export function metricsOf(tree: TimedTree): Metrics {
  const run = longRunOf(tree);
  const starts = startsOf(tree);
  const wires = wiresOf(tree).map((wire) => useOf(tree, run, starts, wire));
  const { machines } = tree.model;
  const channels = machines.flatMap((_, node) => channelsOf(tree, run, starts, node));
  const gated = machines.flatMap(({ node }, index) => (node.relevance.hasGate ? [index] : []));
  const ordinary = gated.map((node) => ordinaryOf(tree, run, node));
  return { run, wires, channels, ordinary, assumed: assumedIn(tree) };
}

function channelsOf(
  { model }: TimedTree,
  run: LongRun,
  starts: readonly (readonly Start[])[],
  node: number,
): ChannelUse[] {
  const { program } = model.machines[node]!.node;
  const sentOn = new Set(
    program.instructions.flatMap((each) => (each.op === 'send' || each.op === 'backup_send' ? [each.channel] : [])),
  );
  return program.channels.flatMap(({ id }, channel) => {
    if (!sentOn.has(id)) return [];
    const own = starts.map((each) =>
      each.flatMap(({ kind, at }): Stretch[] =>
        kind.node === node && kind.type === 'data' && kind.channel === id ? [[at, at]] : [],
      ),
    );
    const rate = own.reduce((sum, each, state) => sum + run.rates[state]! * each.length, 0);
    return [{ node, channel, rate, waiting: waitingOf(run, own) }];
  });
}

function ordinaryOf({ model, store, states }: TimedTree, run: LongRun, node: number): OrdinaryUse {
  const open = states.map((_, state) => Math.min(openFor(model, store.get(state), node), run.lasts[state]!));
  const stretches = open.map((time): Stretch[] => (time > 0 ? [[0, time]] : []));
  const share = open.reduce((sum, time, state) => sum + run.rates[state]! * time, 0);
  return { node, open: share, waiting: waitingOf(run, stretches) };
}

function assumedIn({ model, states }: TimedTree): Metrics['assumed'] {
  const found = new Map<string, { node: number; instruction: number }>();
  for (const { branches } of states) {
    for (const step of branches.flatMap(({ steps }) => listSteps(steps))) {
      if (step.kind !== 'block') continue;
      const { instructions } = model.machines[step.node]!.node.program;
      for (const { kind, instruction } of step.outcome.choices) {
        const each = instructions[instruction]!;
        if (kind !== 'guard' || each.op !== 'if' || each.probability !== null) continue;
        found.set(`${step.node} ${instruction}`, { node: step.node, instruction });
      }
    }
  }
  return [...found.values()].sort((a, b) => a.node - b.node || a.instruction - b.instruction);
}
