// What the wire is used for: payload, and what goes with it.
import type { Program } from '../../lang/program.js';
import { V1_HEADER } from '../frame.js';
import type { FrameKind } from '../verify/frame-kinds.js';
import { frameBytes, GAP, paddedPayload, PREAMBLE } from '../wire-time.js';
import type { LongRun } from './long-run.js';
import type { TimedTree } from './timed-tree.js';
import { unpackWay } from '../verify/way.js';

/** Bytes of a frame, from its preamble to the gap behind it. */
export interface FrameParts {
  readonly payload: number;
  /** Header of `wire v1`. */
  readonly header: number;
  /** Up to the shortest frame. */
  readonly padding: number;
  /** Preamble, Ethernet header, check sequence and gap. */
  readonly framing: number;
  /** Sync frames, with all that belongs to them. */
  readonly sync: number;
}

/** A wire: what several nodes share, or the link of one of them towards its switch. */
export interface Wire {
  /** Indexes of the nodes that send on it. */
  readonly nodes: readonly number[];
  readonly rateBitsPerSecond: number;
}

/** How a wire is used. */
export interface WireUse extends Wire {
  /** Part of the time in which a frame has it, 0 to 1; null where no time passes. */
  readonly utilisation: number | null;
  /** Part of that in which it carries anything but payload, 0 to 1; null where nothing is sent. */
  readonly overhead: number | null;
  /** What the overhead is made of: the same, by part; null as it is. */
  readonly parts: Omit<FrameParts, 'payload'> | null;
}

/** A frame that begins to have the wire in a state, `at` units from its beginning. */
export interface Start {
  readonly kind: FrameKind;
  readonly at: number;
}

/** By state: the frames that begin in it, in order. */
export function startsOf({ model, store, states }: TimedTree): Start[][] {
  return states.map(({ lasts }, state) => {
    const { wire } = unpackWay(model.machines.length, store.get(state));
    const starts: Start[] = [];
    for (let index = 0; index < wire.length; index += 2) {
      const at = wire[index + 1]!;
      if (at >= 0 && at < lasts) starts.push({ kind: model.kinds.list[wire[index]!]!, at });
    }
    return starts.sort((a, b) => a.at - b.at);
  });
}

/** The wires of a system. */
export function wiresOf({ model: { system } }: TimedTree): Wire[] {
  return system.media.flatMap(({ nodes, rateBitsPerSecond, switchNs }) => {
    return (switchNs === null ? [nodes] : nodes.map((node) => [node])).map((each) => {
      return { nodes: each, rateBitsPerSecond };
    });
  });
}

/** How one wire is used. */
export function useOf(tree: TimedTree, run: LongRun, starts: readonly (readonly Start[])[], wire: Wire): WireUse {
  let occupied = 0;
  const bytes = { payload: 0, header: 0, padding: 0, framing: 0, sync: 0 };
  starts.forEach((each, state) => {
    for (const { kind } of each) {
      if (!wire.nodes.includes(kind.node)) continue;
      const rate = run.rates[state]!;
      occupied += rate * kind.occupied;
      const parts = partsOf(tree.model.system.nodes[kind.node]!.program, kind);
      for (const part of PARTS) bytes[part] += rate * parts[part];
    }
  });
  const utilisation = run.rates.some((rate) => rate > 0) ? occupied : null;
  return { ...wire, utilisation, ...overheadOf(bytes) };
}

const PARTS = ['payload', 'header', 'padding', 'framing', 'sync'] as const;

/** The parts of a frame. */
function partsOf({ wire }: Program, { type, sentBytes }: FrameKind): FrameParts {
  const header = wire.format === 'v1' ? V1_HEADER : 0;
  const padded = paddedPayload(wire, sentBytes);
  const padding = padded - sentBytes;
  const framing = PREAMBLE + frameBytes(wire, sentBytes) + GAP - header - padded;
  if (type === 'data') return { payload: sentBytes, header, padding, framing, sync: 0 };
  return { payload: 0, header: 0, padding: 0, framing: 0, sync: header + padding + framing };
}

function overheadOf({ payload, ...rest }: FrameParts): Pick<WireUse, 'overhead' | 'parts'> {
  const more = rest.header + rest.padding + rest.framing + rest.sync;
  const all = payload + more;
  if (all === 0) return { overhead: null, parts: null };
  const { header, padding, framing, sync } = rest;
  const parts = { header: header / all, padding: padding / all, framing: framing / all, sync: sync / all };
  return { overhead: more / all, parts };
}
