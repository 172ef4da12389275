// What an object needs beside itself: written by the code generator, read by the loader and the tools.
import { z } from 'zod';
import { queueSpan, variableSpan } from './layout.js';

export const MANIFEST_FORMAT = 'ncbpf-manifest';
/** Version of the manifest and of the map layouts it describes (NC_ABI_VERSION in bpf/nc_abi.h). */
export const ABI_VERSION = 1;

/** Far beyond 256 queues of 256 of the longest values, in bytes. */
const LARGEST_VARS = 512 * 1024 * 1024;

const uint = z.number().int().nonnegative();
/** Nanoseconds as a decimal string: they may exceed 2^53. */
const nanoseconds = z.string().regex(/^\d{1,19}$/);
const mac = z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/);

const variableType = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('integer'),
    signed: z.boolean(),
    size: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]),
  }),
  z.object({ kind: z.literal('bytes'), size: uint.min(1).max(1470) }),
]);

const variable = z.object({
  name,
  id: uint.max(255),
  type: variableType,
  writer: z.enum(['application', 'network']),
  offset: uint,
});

const ring = z.object({ offset: uint, queue: uint, slots: uint, slotSize: uint, capacity: uint });

const channel = z.object({
  name,
  id: uint.max(255),
  to: mac.nullable(),
  from: z.array(mac),
  backup: mac.nullable(),
  ring,
  /** Queue of the backup's frames. */
  backupRing: ring.nullable(),
});

const manifest = z.object({
  format: z.literal(MANIFEST_FORMAT),
  abi: z.literal(ABI_VERSION),
  /** Version of ncbpf that made the object. */
  generator: z.string(),
  node: name,
  file: z.string(),
  programId: uint,
  wire: z.object({ format: z.enum(['v1', 'ncm']), ethertypes: z.array(uint.max(0xffff)).min(1).max(2) }),
  strict: z.boolean(),
  allow: z.array(mac),
  toleranceNs: nanoseconds,
  /** Longest time between two wake-ups of the machine. */
  longestWaitNs: nanoseconds,
  /** Whether the program waits for sync frames (nc_wake is needed). */
  syncSlave: z.boolean(),
  /** Longest frame that the program sends, in bytes without check sequence; 0 when it sends none. */
  longestFrame: uint,
  /** Null without a gate; `known`: its openings are known ahead, so that frames can be held. */
  gate: z.object({ known: z.boolean() }).nullable(),
  varsSize: uint.max(LARGEST_VARS),
  variables: z.array(variable).max(256),
  queues: z.array(variable.extend({ depth: uint.min(1).max(256), taker: z.enum(['application', 'network']) })).max(256),
  /** By channel index: nc_stats.channels, nc_peers and nc_rx use this order. */
  channels: z.array(channel).max(256),
  messages: z.array(name).max(256),
  counters: z.array(z.object({ name, id: uint.max(255), start: uint })).max(256),
  /** Source line and label of each instruction. */
  positions: z.array(z.object({ line: uint, label: name.nullable() })),
  /** Number of (sender, channel) pairs: entries of nc_senders. */
  senders: uint,
});

export type Manifest = z.infer<typeof manifest>;
export type ManifestVariable = Manifest['variables'][number];
export type ManifestQueue = Manifest['queues'][number];
export type ManifestChannel = Manifest['channels'][number];

/** A manifest that is damaged, or of another version of ncbpf. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

function versionHint(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('abi' in value)) return null;
  const { abi } = value;
  if (abi === ABI_VERSION || typeof abi !== 'number') return null;
  return `the manifest is of version ${abi}, this ncbpf reads version ${ABI_VERSION}: build the program again with this ncbpf`;
}

/** The path of a variable or queue that does not lie in nc_vars as the layout wants it, or null. */
function misplaced({ variables, queues, varsSize }: Manifest): string | null {
  const isWithin = (offset: number, span: number): boolean => offset % 8 === 0 && offset + span <= varsSize;
  const variable = variables.findIndex(({ offset, type: one }) => !isWithin(offset, variableSpan(one)));
  if (variable >= 0) return `variables.${variable}`;
  const queue = queues.findIndex(({ offset, type: one, depth }) => !isWithin(offset, queueSpan(one, depth)));
  return queue >= 0 ? `queues.${queue}` : null;
}

/**
 * Checks a manifest that came from a file.
 * @throws ManifestError with a sentence that says what is wrong
 */
export function parseManifest(value: unknown): Manifest {
  const hint = versionHint(value);
  if (hint !== null) throw new ManifestError(hint);
  const result = manifest.safeParse(value);
  if (result.success) {
    const path = misplaced(result.data);
    if (path === null) return result.data;
    throw new ManifestError(`the manifest is damaged at ${path}.offset: it does not lie in the variable space`);
  }
  const issue = result.error.issues[0];
  throw new ManifestError(
    `the manifest is damaged at ${issue?.path.join('.') || 'its top'}: ${issue?.message ?? 'unreadable'}`,
  );
}
