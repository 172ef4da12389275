// The system that is verified: its nodes, the wire between them, and what may go wrong (verification.md section 1).
import type { Mac, Program } from '../../lang/program.js';

/** One node of a system. */
export interface SystemNode {
  readonly program: Program;
  /** The file as the user named it. */
  readonly file: string;
  readonly name: string;
  readonly mac: Mac;
  /** Start instant in ns from the common start. */
  readonly startNs: bigint;
}

/** A medium that some of the nodes share, or the links of a switch. */
export interface Medium {
  /** Indexes of nodes. */
  readonly nodes: readonly number[];
  readonly rateBitsPerSecond: number;
  readonly propagationNs: bigint;
  /** Null: one wire for all. Otherwise every node has a link of its own to a store-and-forward switch with this latency. */
  readonly switchNs: bigint | null;
}

/** What is to be verified. */
export interface System {
  readonly nodes: readonly SystemNode[];
  readonly media: readonly Medium[];
}

/** The speed of a medium where nothing else is said, bits a second. */
export const DEFAULT_RATE = 100e6;

/** The address of the node with this index where no network file gives another: 02:00:00:00:00:01 for the first. */
export function defaultMac(index: number): Mac {
  const number = index + 1;
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return `02:00:00:00:${hex(number >> 8)}:${hex(number & 0xff)}`;
}

/** One wire for all nodes, without propagation. */
export function sharedMedium(count: number, rateBitsPerSecond: number = DEFAULT_RATE): Medium {
  const nodes = Array.from({ length: count }, (_, index) => index);
  return { nodes, rateBitsPerSecond, propagationNs: 0n, switchNs: null };
}
