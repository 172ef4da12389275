// Who sends, and when: what the guest is told to do.

/** How a sender is run; `test/bench/timing/guest.mjs` knows how. */
export interface Sender {
  readonly name: string;
  readonly kind: 'ncbpf' | 'sleep' | 'spin' | 'etf' | 'taprio';
  /** Of `ncbpf attach`. */
  readonly options?: readonly string[];
  /** Of etf, ns. */
  readonly deltaNs?: number;
  /** In words. */
  readonly what: string;
}

/** What runs beside the sender: nothing; ordinary frames on the same interface; those and a busy loop. */
export type Load = 'idle' | 'flood' | 'both';

export const LOADS: readonly Load[] = ['idle', 'flood', 'both'];

/** A pacer as it comes, and without spin. */
function pacerSenders(pacer: 'fq' | 'thread'): Sender[] {
  const options = ['--pacer', pacer];
  const own: Sender = { name: pacer, kind: 'ncbpf', options, what: `ncbpf, pacer ${pacer}` };
  const sleeping = { name: `${pacer}_no_spin`, options: [...options, '--spin', 'off'], what: `${own.what}, spin off` };
  return [own, { ...own, ...sleeping }];
}

const ETF_DELTAS_US = [2, 5, 10, 20, 50];

/** In the order in which they are measured and shown. */
export const SENDERS: readonly Sender[] = [
  ...pacerSenders('fq'),
  ...pacerSenders('thread'),
  { name: 'packet_sleep', kind: 'sleep', what: 'AF_PACKET thread under SCHED_FIFO that sleeps until the instant' },
  {
    name: 'packet_spin',
    kind: 'spin',
    what: 'AF_PACKET thread under SCHED_FIFO that wakes 60 us early, spins, and aims early by its path cost',
  },
  ...ETF_DELTAS_US.map((delta): Sender => {
    const name = `etf_${delta}us`;
    return { name, kind: 'etf', deltaNs: delta * 1000, what: `SO_TXTIME, etf with delta ${delta} us, calibrated` };
  }),
  { name: 'taprio', kind: 'taprio', what: 'taprio in software, its gate opening early by the path cost' },
];

/** What the guest reads. Times are nanoseconds. */
export interface Plan {
  readonly senders: readonly Sender[];
  readonly periods: readonly number[];
  readonly loads: readonly Load[];
  /** How long each cell is recorded. */
  readonly forNs: number;
  /** How long a sender has run under a load before it is. */
  readonly warmUpNs: number;
  /** By which whole seconds of CLOCK_TAI lie behind those of CLOCK_MONOTONIC, and so each grid behind the kernel's ticks. */
  readonly phaseNs: number;
}
