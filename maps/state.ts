// nc_state and nc_stats as JS values. The order of members is that of NC_STATE_MEMBERS and NC_STATS_MEMBERS in
// bpf/nc_abi.h; a test compares the offsets with the type information of a built object.
import { ERROR_NAMES } from './errors.js';
import type { Manifest } from './manifest.js';

type Width = 4 | 8;

/** Members of the head of nc_state, in order, with their width in bytes. */
export const STATE_MEMBERS = [
  ['owner', 8],
  ['sync_slot', 8],
  ['generation', 8],
  ['run', 4],
  ['reason', 4],
  ['position', 4],
  ['waiting', 4],
  ['errors', 4],
  ['late_in_row', 4],
  ['next', 8],
  ['logical', 8],
  ['due', 8],
  ['started', 8],
  ['tai_offset', 8],
  ['waits', 8],
  ['sync_filter', 4],
  ['sync_channel', 4],
  ['pace_at', 8],
  ['test_now', 8],
  ['tracing', 4],
  ['dirty', 4],
  ['armed', 4],
  ['live', 4],
  ['round_start', 8],
  ['round_order', 4],
  ['arrivals', 4],
  ['sync_order', 4],
  ['continuing', 4],
  ['gate_until', 8],
  ['gate_anchor', 8],
  ['gate_booked', 8],
  ['gate_soft', 4],
  ['reserved', 4],
] as const satisfies readonly (readonly [string, Width])[];

/** Members of nc_stats before `channels`, each a u64. */
export const STATS_MEMBERS = [
  'blocks',
  'late',
  'restarted_grids',
  'sync_timeouts',
  'sync_unawaited',
  'torn_retry',
  'drop_version',
  'drop_type',
  'drop_length',
  'drop_channel',
  'drop_sender',
  'drop_strict',
  'drop_forged',
  'stale_carriers',
  'gate_passed',
  'gate_held',
  'gate_dropped',
] as const;

/** Members of struct nc_channel_stats, each a u64. */
export const CHANNEL_STATS_MEMBERS = [
  'sent',
  'sync_sent',
  'suppressed',
  'refused',
  'received',
  'sync_received',
  'lost',
  'repeated',
  'restarted',
  'queue_full',
  'contended',
  'wrong_length',
] as const;

export type StateMember = (typeof STATE_MEMBERS)[number][0];

const MAX_FUTURES = 64;
const FUTURE_SIZE = 16;
/** nc_state.handlers: a u32 for each error bit. */
const ERROR_BITS = 16;

/** Byte offset of each member of the head of nc_state. */
export const STATE_OFFSETS: Readonly<Record<StateMember, number>> = (() => {
  let offset = 0;
  const offsets = STATE_MEMBERS.map(([name, width]) => {
    const entry = [name, offset] as const;
    offset += width;
    return entry;
  });
  return Object.fromEntries(offsets) as Record<StateMember, number>;
})();

const FUTURES_OFFSET = STATE_MEMBERS.reduce((sum, [, width]) => sum + width, 0);
/** Where nc_state.counters begins. */
export const COUNTERS_OFFSET = FUTURES_OFFSET + MAX_FUTURES * FUTURE_SIZE + ERROR_BITS * 4;

export type RunState = 'held' | 'running' | 'stopped' | 'ended' | 'failed';
const RUN_STATES: readonly RunState[] = ['held', 'running', 'stopped', 'ended', 'failed'];
const REASONS = [null, 'no_future', 'too_many_futures'] as const;

export interface MachineState {
  readonly run: RunState;
  /** Why a failed machine stopped. */
  readonly reason: string | null;
  /** Index of the instruction at which the next block begins. */
  readonly position: number;
  /** Suspended in a `sync slave`. */
  readonly waiting: boolean;
  /** Names of the error bits that are set. */
  readonly errors: string[];
  readonly logicalNs: bigint;
  readonly nextNs: bigint;
  readonly startedNs: bigint;
  readonly taiOffsetNs: bigint;
  /** The next one first. */
  readonly armed: { readonly atNs: bigint; readonly target: number }[];
  readonly counters: Record<string, number>;
}

/** Names of the bits of an error mask, lowest first. */
export function errorNames(mask: number): string[] {
  return ERROR_NAMES.filter(([bit]) => mask & (1 << bit)).map(([, name]) => name);
}

function decodeArmed(view: DataView, count: number): MachineState['armed'] {
  return Array.from({ length: Math.min(count, MAX_FUTURES) }, (_, index) => {
    const at = FUTURES_OFFSET + index * FUTURE_SIZE;
    return { atNs: view.getBigUint64(at, true), target: view.getUint32(at + 8, true) };
  }).reverse();
}

/** Decodes the value of nc_state. */
export function decodeState(value: Uint8Array, manifest: Manifest): MachineState {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const word = (name: StateMember) => view.getUint32(STATE_OFFSETS[name], true);
  const instant = (name: StateMember) => view.getBigUint64(STATE_OFFSETS[name], true);
  const counters = manifest.counters.map(
    ({ name }, index) => [name, view.getUint32(COUNTERS_OFFSET + 4 * index, true)] as const,
  );
  return {
    run: RUN_STATES[word('run')] ?? 'failed',
    reason: REASONS[word('reason')] ?? null,
    position: word('position'),
    waiting: word('waiting') === 1,
    errors: errorNames(word('errors')),
    logicalNs: instant('logical'),
    nextNs: instant('next'),
    startedNs: instant('started'),
    taiOffsetNs: view.getBigInt64(STATE_OFFSETS.tai_offset, true),
    armed: decodeArmed(view, word('armed')),
    counters: Object.fromEntries(counters),
  };
}

export interface Stats {
  readonly totals: Record<string, bigint>;
  /** By channel name. */
  readonly channels: Record<string, Record<string, bigint>>;
}

/** Decodes the value of nc_stats. */
export function decodeStats(value: Uint8Array, manifest: Manifest): Stats {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const read = (names: readonly string[], from: number) =>
    Object.fromEntries(names.map((name, index) => [name, view.getBigUint64(from + 8 * index, true)]));
  const first = STATS_MEMBERS.length * 8;
  const size = CHANNEL_STATS_MEMBERS.length * 8;
  const channels = manifest.channels.map(
    ({ name }, index) => [name, read(CHANNEL_STATS_MEMBERS, first + index * size)] as const,
  );
  return { totals: read(STATS_MEMBERS, 0), channels: Object.fromEntries(channels) };
}
