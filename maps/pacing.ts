// nc_pacing as JS values. The order of members is that of struct nc_pacing in bpf/nc_abi.h; a test compares the offsets with the type
// information of a built object.

/** Members that are u64, in order. */
export const PACING_MEMBERS = [
  'lead',
  'cover',
  'early',
  'path',
  'gate',
  'rest',
  'planned',
  'woken',
  'worst_now',
  'worst_before',
  'window',
  'began',
  'aimed',
  'passed',
  'reached',
  'exact',
  'stalls',
  'behind',
  'watch_generation',
  'watch_at',
  'restarted',
  'watch_restarted',
  'unpaced',
] as const;

export type PacingMember = (typeof PACING_MEMBERS)[number];

/** Offset of `cpu`, a u32 behind `fruitless`, `reserved` and `ahead`. */
export const PACING_CPU_OFFSET = 8 * PACING_MEMBERS.length + 12;

/** Byte offset of a member. */
export function pacingOffset(member: PacingMember): number {
  return 8 * PACING_MEMBERS.indexOf(member);
}

/** How a machine keeps its instants. */
export interface Pacing {
  /** How long before its instant the newest wake-up was planned, ns; 0: the machine does not wait awake. */
  readonly leadNs: bigint;
  /** How long before its instant a block begins, ns. */
  readonly earlyNs: bigint;
  /** How long before its instant a frame is let go, ns: what its path to the driver takes. */
  readonly pathNs: bigint;
  /** The latest wake-up of the last 10 to 20 s, ns. */
  readonly latestNs: bigint;
  /** First frames of a block: let go at their time, and ready too late for that. */
  readonly exact: bigint;
  readonly behind: bigint;
  /** Wake-ups that were later than any lead may cover. */
  readonly stalls: bigint;
  /** First and second carriers that were gone and were started anew (pacer fq). */
  readonly restarted: bigint;
  readonly watchRestarted: bigint;
  /** Carriers that nothing held until their time. */
  readonly unpaced: bigint;
  /** When the second carrier looks next, ns of CLOCK_MONOTONIC; 0: there was none. */
  readonly watchAtNs: bigint;
  /** On which the newest block ran. */
  readonly cpu: number;
}

/** Decodes the value of nc_pacing. */
export function decodePacing(value: Uint8Array): Pacing {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const read = (member: PacingMember) => view.getBigUint64(pacingOffset(member), true);
  const [now, before] = [read('worst_now'), read('worst_before')];
  return {
    leadNs: read('lead'),
    earlyNs: read('early'),
    pathNs: read('path'),
    latestNs: now > before ? now : before,
    exact: read('exact'),
    behind: read('behind'),
    stalls: read('stalls'),
    restarted: read('restarted'),
    watchRestarted: read('watch_restarted'),
    unpaced: read('unpaced'),
    watchAtNs: read('watch_at'),
    cpu: view.getUint32(PACING_CPU_OFFSET, true),
  };
}
