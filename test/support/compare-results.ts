// The oracle's answer beside the kernel's.
import type { CaseResult } from './oracle-run.js';
import type { KernelResult } from './kernel-run.js';

/** What both sides keep, read only. */
type Comparable = { readonly [Member in keyof KernelResult]: unknown };

const CHANNEL_COUNTS = [
  'sent',
  'sync_sent',
  'suppressed',
  'refused',
  'wrong_length',
  'received',
  'queue_full',
  'waiting',
  'waiting_backup',
] as const;

/** The oracle counts sequences by sender, the kernel by channel. */
function sequenceCounts(oracle: CaseResult): Record<string, Record<string, number>> {
  const sums: Record<string, Record<string, number>> = {};
  for (const [key, peer] of Object.entries(oracle.peers)) {
    const channel = key.split(' ')[1] ?? '';
    const sum = (sums[channel] ??= { lost: 0, repeated: 0, restarted: 0 });
    for (const name of Object.keys(sum)) sum[name] = (sum[name] ?? 0) + (peer[name] ?? 0);
  }
  return sums;
}

function channelsOf(
  channels: Readonly<Record<string, Readonly<Record<string, number>>>>,
  sequences: Record<string, Record<string, number>>,
): Record<string, Record<string, number>> {
  const entries = Object.entries(channels).map(([name, counts]) => {
    const kept = Object.fromEntries(CHANNEL_COUNTS.map((count) => [count, counts[count] ?? 0]));
    return [name, { ...kept, lost: 0, repeated: 0, restarted: 0, ...sequences[name] }] as const;
  });
  return Object.fromEntries(entries);
}

/** Both answers with the members that both sides keep, ready for `toEqual`. */
export function comparable(oracle: CaseResult, kernel: KernelResult): { oracle: Comparable; kernel: Comparable } {
  const kernelSequences = Object.fromEntries(
    Object.entries(kernel.channels).map(([name, { lost = 0, repeated = 0, restarted = 0 }]) => [
      name,
      { lost, repeated, restarted },
    ]),
  );
  const {
    run,
    position,
    logical,
    errors,
    variables,
    queues,
    counters,
    messages,
    futures,
    drops,
    stats,
    frames,
    verdicts,
    applications,
    gate,
    ordinary,
    traffic,
  } = oracle;
  return {
    oracle: {
      ...{
        run,
        position,
        logical,
        errors,
        variables,
        queues,
        counters,
        messages,
        drops,
        stats,
        frames,
        verdicts,
        applications,
        gate,
        ordinary,
        traffic,
      },
      futures: [...futures].sort(byInstant),
      channels: channelsOf(oracle.channels, sequenceCounts(oracle)),
    },
    kernel: { ...kernel, channels: channelsOf(kernel.channels, kernelSequences) },
  };
}

/** The kernel keeps futures in the order in which they will be taken; of equals the one armed first. */
function byInstant(a: string, b: string): number {
  const difference = BigInt(a.split(' ')[0]!) - BigInt(b.split(' ')[0]!);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
