// How a machine is to keep its instants: whether it waits awake for them, and on which CPU.
import { UsageError } from './errors.js';
import { isNativeError, native } from './native.js';

/** Whether the machine waits awake for its instants, and from when on: `auto` follows the wake-ups that it sees. */
export type Spin = { readonly kind: 'off' | 'auto' } | { readonly kind: 'fixed'; readonly leadNs: bigint };

export const AUTO_SPIN: Spin = { kind: 'auto' };

/** Two members of struct nc_config, ns: a fixed lead (0: it adapts) and its bound (0: the machine does not wait awake). */
export interface Lead {
  readonly leadNs: bigint;
  readonly mostLeadNs: bigint;
}

const NO_LEAD: Lead = { leadNs: 0n, mostLeadNs: 0n };
/** A process is woken later than a frame. The kernel's side takes no more than half of the program's shortest wait. */
const MOST_AUTO_LEAD_NS = { fq: 100_000n, thread: 200_000n } as const;

/** What a machine is told about waiting awake. */
export function leadOf(spin: Spin, pacer: 'fq' | 'thread'): Lead {
  if (spin.kind === 'off') return NO_LEAD;
  if (spin.kind === 'fixed') return { leadNs: spin.leadNs, mostLeadNs: spin.leadNs };
  return { leadNs: 0n, mostLeadNs: MOST_AUTO_LEAD_NS[pacer] };
}

/**
 * Does something on a CPU (null: on any). What a carrier is started on it stays on: fq's timer fires where it was set.
 * @throws UsageError when this process may not run there
 */
export function onCpu<T>(cpu: number | null, work: () => T): T {
  if (cpu === null) return work();
  const before = native().affinity();
  try {
    native().setAffinity([cpu]);
  } catch (error) {
    if (!isNativeError(error, 'EINVAL')) throw error;
    throw new UsageError(
      `this process may not run on CPU ${cpu}: \`nproc --all\` says how many there are, and its cpuset which are its own`,
    );
  }
  try {
    return work();
  } finally {
    native().setAffinity(before);
  }
}
