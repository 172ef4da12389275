// What a block of one machine does, as the rest of the system and the report see it.

/** Something that the program did not decide. `instruction` is an index. */
export interface Choice {
  readonly kind: 'guard' | 'length' | 'empty';
  readonly instruction: number;
  /** Guard: 1 if it held; length: bytes; empty: 1 if the queue was. */
  readonly value: number;
}

/** What a block does wrong by itself. */
export interface Fault {
  readonly kind: 'nothing_received' | 'wrong_length' | 'queue_full' | 'overwritten' | 'no_future' | 'too_many_futures';
  readonly instruction: number;
  /** The channel that was received from (index); -1 where there is none. */
  readonly channel: number;
  /** Wrong length: the kind of the frame. Overwritten: index of the earlier `create`. Otherwise -1. */
  readonly other: number;
  /** When it happened, units from the instant at which this part of the block begins. */
  readonly after: number;
}

/** One way through a block. */
export interface Outcome {
  /** Number of the state that the machine is in then. */
  readonly next: number;
  /** Now less the new L, units. */
  readonly elapsed: number;
  /** Kinds of the frames that it sends, in order. */
  readonly sends: readonly number[];
  readonly faults: readonly Fault[];
  readonly choices: readonly Choice[];
  /** Instructions in the order of their execution. */
  readonly path: readonly number[];
  /** Sends that came too late. */
  readonly suppressed: readonly number[];
  readonly late: boolean;
  /** The next instant of the machine, units from the new L, if the block is not done by then. */
  readonly missedDue: number | null;
  /** The block began with the end of a `sync slave`. */
  readonly sync: 'none' | 'arrival' | 'timeout';
  /** How likely it is that the block goes this way, as far as the program says. */
  readonly probability: number;
}
