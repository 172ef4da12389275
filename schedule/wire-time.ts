// How long a frame has the wire (verification.md section 1).
import type { Wire } from '../lang/program.js';
import { ETHERNET_HEADER, MIN_FRAME, V1_HEADER } from './frame.js';

/** Behind a frame, bytes. */
export const CHECK_SEQUENCE = 4;
/** Before a frame, bytes. */
export const PREAMBLE = 8;
/** After a frame, bytes. */
export const GAP = 12;

/** Bytes before the payload. */
export function headerBytes({ format }: Wire): number {
  return ETHERNET_HEADER + (format === 'v1' ? V1_HEADER : 0);
}

/** Bytes of a frame with so many of payload, the check sequence included; at least 64. */
export function frameBytes(wire: Wire, payload: number): number {
  return Math.max(headerBytes(wire) + payload, MIN_FRAME) + CHECK_SEQUENCE;
}

/** Bytes that the receiver sees behind the headers, the padding included. */
export function paddedPayload(wire: Wire, payload: number): number {
  return frameBytes(wire, payload) - CHECK_SEQUENCE - headerBytes(wire);
}
