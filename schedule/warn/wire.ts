// Frames of a block that are still on the wire at the next instant of their machine, which `verify` refuses as not
// `schedulable`: what one program alone says about it. Not judged: instants behind a `sync slave` that are not known, and
// programs with more than some ten thousand states.
import type { Diagnostic } from '../../lang/diagnostic.js';
import { Exploration } from '../../lang/check/flow/explore.js';
import type { FlowGraph } from '../../lang/check/flow/graph.js';
import { tooLongOnWire } from '../../lang/mistakes/doubts.js';
import type { Instruction, Program } from '../../lang/program.js';
import { inTextOrder } from '../../lang/report.js';
import { sizeOf } from '../values.js';
import { frameBytes, GAP, PREAMBLE } from '../wire-time.js';
import { assume, forget, type Assumptions } from './assumptions.js';
import { Reachable } from './reachable.js';

/** Nodes and armed futures that are followed. */
const MOST_WORK = 20_000;
/** Nodes times messages. */
const MOST_PAYLOADS = 500_000;
/** Steps along single paths, where frames seem to take too long. */
const MOST_STEPS = 20_000;
const NS_PER_BYTE_AT_ONE_BIT = 8e9;

/** Where control is, and what its machine has sent since the last instant. */
interface Place {
  readonly id: number;
  /** ns on the wire. */
  readonly wire: number;
  /** The instruction that sent last, or -1. */
  readonly sent: number;
}

/** A block that takes too long. */
interface Overrun extends Place {
  /** ns to the next instant. */
  readonly until: number;
}

/** Warns of each `send` and `sync master` whose frame may be on the wire too long; `rate` is that of the link, bits a second. */
export function warnWireTime(program: Program, rate: number): Diagnostic[] {
  if (fitsAnyway(program, rate)) return [];
  const queues = new Set(program.queues.map(({ id }) => id));
  const graph = new Exploration(program.instructions, (id) => queues.has(id));
  if (!graph.follow(0, MOST_WORK) || graph.nodes.length * program.messages.length > MOST_PAYLOADS) return [];
  const reachable = new Reachable(program, graph);
  const times = wireTimes(program, graph, reachable, rate);
  if (!mayOverrun(graph, times)) return [];
  return new Paths(program, graph, reachable, times).overruns().map((overrun) => {
    const { instructions } = program;
    const halt = instructions[graph.nodes[overrun.id]!.instruction]!;
    return tooLongOnWire(instructions[overrun.sent]!.span, overrun.wire, overrun.until, rate, halt.span);
  });
}

/** What is said of programs, with what `warnWireTime` adds, in the order of `files` and their text. */
export function withWireTime(
  diagnostics: readonly Diagnostic[],
  programs: readonly Program[],
  files: readonly string[],
  rate: number,
): Diagnostic[] {
  const more = programs.flatMap((program) => warnWireTime(program, rate));
  return inTextOrder([...diagnostics, ...more], files);
}

/** Without `future` no instruction comes twice before the next instant, which is a delay away: the common case, told at once. */
function fitsAnyway({ instructions, variables, queues, wire }: Program, rate: number): boolean {
  if (instructions.some(({ op }) => op === 'future')) return false;
  const longest = Math.max(0, ...[...variables, ...queues].map(({ type }) => sizeOf(type)));
  const sends = instructions.filter(({ op }) => op === 'send' || op === 'backup_send' || op === 'sync_master').length;
  const delays = instructions.map(delayOf).filter((delay) => delay !== null);
  const shortest = delays.reduce((least, delay) => (delay < least ? delay : least), delays[0] ?? 0n);
  return sends * occupied(frameBytes(wire, longest), rate) <= Number(shortest);
}

function delayOf(instruction: Instruction): bigint | null {
  if (instruction.op === 'wait') return instruction.delayNs;
  return instruction.op === 'sync_slave' ? instruction.timeoutNs : null;
}

/** ns for which a frame has the wire. */
function occupied(bytes: number, rate: number): number {
  return ((PREAMBLE + bytes + GAP) * NS_PER_BYTE_AT_ONE_BIT) / rate;
}

/** By node: ns that its frame has the wire; 0 where it sends none. */
function wireTimes(program: Program, graph: FlowGraph, reachable: Reachable, rate: number): number[] {
  return graph.nodes.map(({ instruction }, id) => {
    const each = program.instructions[instruction]!;
    if (each.op === 'sync_master') return occupied(frameBytes(program.wire, 0), rate);
    if (each.op !== 'send' && each.op !== 'backup_send') return 0;
    const payload = reachable.payload(id, each.message);
    return payload < 0 ? 0 : occupied(frameBytes(program.wire, payload), rate);
  });
}

/** Along any path, also those that no run can take: the longest time since the last instant, by node. */
function mayOverrun(graph: FlowGraph, times: readonly number[]): boolean {
  const since = new Float64Array(graph.nodes.length);
  const open = graph.nodes.map((_, id) => id);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const wire = since[id]! + times[id]!;
    for (const { to, ns } of graph.nodes[id]!.edges) {
      if (ns !== null && ns > 0) {
        if (wire > ns) return true;
      } else if (wire > since[to]!) {
        since[to] = wire;
        open.push(to);
      }
    }
  }
  return false;
}

/** Goes along each path by itself, so that guards which belong together go together. */
class Paths {
  private readonly worst = new Map<number, Overrun>();
  private steps = 0;

  constructor(
    private readonly program: Program,
    private readonly graph: FlowGraph,
    private readonly reachable: Reachable,
    private readonly times: readonly number[],
  ) {}

  /** Of each instruction that sends too much, the worst case; nothing where there are too many paths. */
  overruns(): Overrun[] {
    for (const start of this.starts()) if (!this.follow(start)) return [];
    return [...this.worst.values()];
  }

  private starts(): Set<number> {
    const starts = new Set([0]);
    for (const { edges } of this.graph.nodes) {
      for (const { to, ns } of edges) if (ns !== null && ns > 0) starts.add(to);
    }
    return starts;
  }

  private follow(start: number): boolean {
    const open: (Place & { readonly known: Assumptions })[] = [{ id: start, wire: 0, sent: -1, known: new Map() }];
    const longest = new Map<string, number>();
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const key = `${place.id} ${[...place.known].join(' ')}`;
      if (place.wire <= (longest.get(key) ?? -1)) continue;
      longest.set(key, place.wire);
      this.steps += 1;
      if (this.steps > MOST_STEPS) return false;
      const node = this.graph.nodes[place.id]!;
      const instruction = this.program.instructions[node.instruction]!;
      const time = this.times[place.id]!;
      const here = { ...place, wire: place.wire + time, sent: time > 0 ? node.instruction : place.sent };
      const known = forget(place.known, instruction);
      for (const { to, ns } of this.reachable.edges(place.id)) {
        if (ns !== null && ns > 0) {
          this.judge(here, ns);
          continue;
        }
        const target = this.graph.nodes[to]!.instruction;
        const next = assume(known, instruction, node.instruction, target);
        if (next !== null) open.push({ id: to, wire: here.wire, sent: here.sent, known: next });
      }
    }
    return true;
  }

  private judge({ id, wire, sent }: Place, until: number): void {
    if (wire <= until || sent < 0) return;
    const before = this.worst.get(sent);
    if (before === undefined || wire - until > before.wire - before.until)
      this.worst.set(sent, { id, wire, sent, until });
  }
}
