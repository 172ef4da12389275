// Frames on the wire: language.md section 7 (`wire v1`) and reference section 3 (`wire ncm`).
import { macFromBytes, macToBytes } from './bytes.js';
import type { Mac, Wire } from '../lang/program.js';

/** Ethernet header: two addresses and the ethertype. */
export const ETHERNET_HEADER = 14;
/** Header of `wire v1` after the Ethernet header. */
export const V1_HEADER = 24;
/** Shortest Ethernet frame in bytes, without the check sequence. */
export const MIN_FRAME = 60;
/** Ethertype of data frames of `wire ncm`. */
export const NCM_DATA = 0x9009;
/** Ethertype of sync frames of `wire ncm`. */
export const NCM_SYNC = 0x900a;
/** The broadcast address. */
export const BROADCAST: Mac = 'ff:ff:ff:ff:ff:ff';

const VERSION = 1;
const TYPE_CODES = { data: 1, sync: 2 } as const;

/** What a frame is for. */
export type FrameType = keyof typeof TYPE_CODES;

/** What a sync frame says; `wire ncm` keeps of it only the source. */
export interface SyncFields {
  readonly source: Mac;
  readonly channel: number;
  /** 0 to 2^32 - 1. */
  readonly sequence: number;
  readonly programId: number;
  /** Logical time at the send, ns of CLOCK_TAI. */
  readonly taiNs: bigint;
}

/** What a data frame says; `wire ncm` is always broadcast and keeps only source and payload. */
export interface DataFields extends SyncFields {
  /** null is broadcast. */
  readonly destination: Mac | null;
  readonly payload: Uint8Array;
}

/** A frame that was read; channel and sequence are null in `wire ncm`, whose payload includes the padding. */
export interface Frame {
  readonly source: Mac;
  readonly destination: Mac;
  readonly type: FrameType;
  readonly channel: number | null;
  readonly sequence: number | null;
  readonly programId: number | null;
  readonly taiNs: bigint | null;
  readonly payload: Uint8Array;
}

/** What is wrong with a frame of the program's ethertype, in the order in which it is judged. */
export type FrameFault = 'version' | 'type' | 'length';

/** A frame, a fault of a frame of the program's ethertype, or a frame that is none of ours. */
export type Decoded =
  | { readonly kind: 'foreign' }
  | { readonly kind: 'fault'; readonly fault: FrameFault }
  | { readonly kind: 'frame'; readonly frame: Frame };

/** The bytes of a data frame, padded with zeros to 60 bytes. */
export function encodeData(wire: Wire, fields: DataFields): Uint8Array {
  if (wire.format === 'ncm') return assemble(BROADCAST, fields.source, NCM_DATA, [fields.payload]);
  const header = v1Header('data', fields, fields.payload.length);
  return assemble(fields.destination ?? BROADCAST, fields.source, wire.ethertype, [header, fields.payload]);
}

/** The bytes of a sync frame: broadcast, without payload, padded with zeros to 60 bytes. */
export function encodeSync(wire: Wire, fields: SyncFields): Uint8Array {
  if (wire.format === 'ncm') return assemble(BROADCAST, fields.source, NCM_SYNC, []);
  return assemble(BROADCAST, fields.source, wire.ethertype, [v1Header('sync', fields, 0)]);
}

/** Reads a frame of the program's wire format; `foreign` is one of another ethertype or without an Ethernet header. */
export function decodeFrame(wire: Wire, bytes: Uint8Array): Decoded {
  if (bytes.length < ETHERNET_HEADER) return { kind: 'foreign' };
  const ethertype = view(bytes).getUint16(12);
  if (wire.format === 'v1') return ethertype === wire.ethertype ? decodeV1(bytes) : { kind: 'foreign' };
  if (ethertype !== NCM_DATA && ethertype !== NCM_SYNC) return { kind: 'foreign' };
  return decodeNcm(bytes, ethertype === NCM_DATA ? 'data' : 'sync');
}

function assemble(destination: Mac, source: Mac, ethertype: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, ETHERNET_HEADER);
  const bytes = new Uint8Array(Math.max(length, MIN_FRAME));
  bytes.set(macToBytes(destination), 0);
  bytes.set(macToBytes(source), 6);
  view(bytes).setUint16(12, ethertype);
  let offset = ETHERNET_HEADER;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function v1Header(type: FrameType, fields: SyncFields, payloadLength: number): Uint8Array {
  const header = new Uint8Array(V1_HEADER);
  const data = view(header);
  data.setUint8(0, VERSION);
  data.setUint8(1, TYPE_CODES[type]);
  data.setUint16(2, fields.channel);
  data.setUint32(4, fields.sequence);
  data.setUint16(8, payloadLength);
  data.setUint32(12, fields.programId);
  data.setBigUint64(16, BigInt.asUintN(64, fields.taiNs));
  return header;
}

function decodeV1(bytes: Uint8Array): Decoded {
  const body = bytes.subarray(ETHERNET_HEADER);
  const fault = v1Fault(body);
  if (fault !== null) return { kind: 'fault', fault };
  const data = view(body);
  const frame: Frame = {
    ...addresses(bytes),
    type: data.getUint8(1) === TYPE_CODES.data ? 'data' : 'sync',
    channel: data.getUint16(2),
    sequence: data.getUint32(4),
    programId: data.getUint32(12),
    taiNs: data.getBigUint64(16),
    payload: body.slice(V1_HEADER, V1_HEADER + data.getUint16(8)),
  };
  return { kind: 'frame', frame };
}

/** Version and type are judged as soon as their byte is there: of two faults the first in the contract's order counts. */
function v1Fault(body: Uint8Array): FrameFault | null {
  if (body.length > 0 && body[0] !== VERSION) return 'version';
  if (body.length > 1 && body[1] !== TYPE_CODES.data && body[1] !== TYPE_CODES.sync) return 'type';
  if (body.length < V1_HEADER || V1_HEADER + view(body).getUint16(8) > body.length) return 'length';
  return null;
}

function decodeNcm(bytes: Uint8Array, type: FrameType): Decoded {
  const nothing = { channel: null, sequence: null, programId: null, taiNs: null };
  return { kind: 'frame', frame: { ...addresses(bytes), type, ...nothing, payload: bytes.slice(ETHERNET_HEADER) } };
}

function addresses(bytes: Uint8Array): { destination: Mac; source: Mac } {
  return { destination: macFromBytes(bytes, 0), source: macFromBytes(bytes, 6) };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
