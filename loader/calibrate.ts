// What the path of the machine's frames takes behind nc_gate, measured when a program is attached: frames sent as the machine sends them, but
// on a veth pair of its own, with a program on the tracepoint that is gone afterwards. Before nc_gate the machine measures by itself.
import { closeSync } from 'node:fs';
import { PACING_MEMBERS, pacingOffset, type PacingMember } from '../maps/pacing.js';
import { CommandError, listQdiscs, type LinkState } from './commands.js';
import { sendProbe } from './control.js';
import { KernelError, UnsupportedFeatureError } from './errors.js';
import { isNativeError, native, type BpfObject } from './native.js';
import { withTrialPair } from './pacer-fq.js';

/** Probes; the first ones find cold caches. */
const PROBES = 48;
const FIRST_PROBES = 16;
/** Of nc_gate on a pair. */
export const FILTER = { handle: 1, priority: 1 };
const TRACEPOINT = 'net_dev_start_xmit';
/** Root qdiscs of an interface that its stand-in can have as well; others are passed through as if there were none. */
const QDISCS = ['fq', 'fq_codel', 'pfifo_fast'];

/** What may stand in the way of measuring; an attachment goes on without. */
const REASONS = [CommandError, KernelError, UnsupportedFeatureError] as const;

/** What the machine's frames take to nc_gate and from there to the driver, ns, medians. */
export interface PathCost {
  readonly gateNs: bigint;
  readonly restNs: bigint;
}

function median(values: bigint[]): bigint {
  return values.sort((one, other) => (one < other ? -1 : one > other ? 1 : 0))[values.length >> 1]!;
}

function readPacing(mapFd: number): Record<PacingMember, bigint> {
  const value = native().mapLookup(mapFd, new Uint8Array(4))!;
  const entries = PACING_MEMBERS.map((name) => [name, value.readBigUInt64LE(pacingOffset(name))] as const);
  return Object.fromEntries(entries) as Record<PacingMember, bigint>;
}

/** Sends probes to an interface, and sees them come by at nc_gate and the tracepoint. Null when too few did. */
function probe(object: BpfObject, ifindex: number): PathCost | null {
  const gate: bigint[] = [];
  const rest: bigint[] = [];
  const pacing = object.mapFd('.data.nc_pacing');
  for (let i = 0; i < PROBES; i++) {
    const { behind: before } = readPacing(pacing);
    sendProbe(object.programFd('nc_control'), ifindex);
    const { aimed, passed, reached, behind } = readPacing(pacing);
    if (i < FIRST_PROBES || behind !== before || passed === 0n || reached === 0n) continue;
    gate.push(passed - aimed);
    rest.push(reached - passed);
  }
  return gate.length < PROBES / 4 ? null : { gateNs: median(gate), restNs: median(rest) };
}

/** Runs with a program on the tracepoint that notes when a probe comes by. */
function withTracepoint<T>(object: BpfObject, work: () => T): T {
  const map = object.mapFd('.data.nc_pacing');
  const program = native().loadStampProgram(map, pacingOffset('passed'), pacingOffset('reached'));
  try {
    const link = native().rawTracepointOpen(TRACEPOINT, program);
    try {
      return work();
    } finally {
      closeSync(link);
    }
  } finally {
    closeSync(program);
  }
}

/** The root qdisc of an interface, if a stand-in can have the same; null: none. */
export async function qdiscLike(name: string): Promise<string | null> {
  const qdiscs = await listQdiscs(name);
  const root = qdiscs.find((qdisc) => qdisc.root === true);
  // The queues of `mq` each have one of their own.
  const kind = root?.kind === 'mq' ? qdiscs.find(({ parent }) => parent !== undefined)?.kind : root?.kind;
  return kind !== undefined && QDISCS.includes(kind) ? kind : null;
}

/** Writes what was measured where the machine looks. */
function tell(object: BpfObject, { gateNs, restNs }: PathCost): void {
  const map = object.mapFd('.data.nc_pacing');
  const value = native().mapLookup(map, new Uint8Array(4))!;
  value.writeBigUInt64LE(gateNs, pacingOffset('gate'));
  value.writeBigUInt64LE(restNs, pacingOffset('rest'));
  value.writeBigUInt64LE(gateNs + restNs, pacingOffset('path'));
  for (const member of ['exact', 'behind', 'aimed', 'passed', 'reached'] as const)
    value.writeBigUInt64LE(0n, pacingOffset(member));
  native().mapUpdate(map, new Uint8Array(4), value);
}

/**
 * Measures the path for a loaded object whose machine has not started, and tells the machine.
 * @returns what was measured, or in words why it was not
 */
export async function calibratePath(object: BpfObject, link: LinkState): Promise<PathCost | string> {
  try {
    const cost = await withTrialPair(link.ifindex, await qdiscLike(link.name), ({ ifindex }) => {
      native().clsactCreate(ifindex);
      native().tcAttach(ifindex, 'egress', object.programFd('nc_gate'), FILTER.handle, FILTER.priority);
      return withTracepoint(object, () => probe(object, ifindex));
    });
    if (cost === null) return 'its probes did not come by';
    tell(object, cost);
    return cost;
  } catch (error) {
    if (isNativeError(error) || REASONS.some((reason) => error instanceof reason)) return (error as Error).message;
    throw error;
  }
}
