// The record of an attachment, /run/ncbpf/<interface>.json: a journal while `attach` works, then what `detach`, `status` and `var` go by.
import { z } from 'zod';
import { ABI_VERSION, parseManifest, type Manifest } from './manifest.js';

export const ATTACHMENT_FORMAT = 'ncbpf-attachment';

const uint = z.number().int().nonnegative();

const identity = z.object({ pid: uint, startTime: z.string() });

const record = z.object({
  format: z.literal(ATTACHMENT_FORMAT),
  abi: z.literal(ABI_VERSION),
  /** `attaching` until everything is in place; such a record is what an interrupted attach left. */
  phase: z.enum(['attaching', 'attached']),
  interface: z.string().min(1).max(15),
  ifindex: uint,
  mac: z.string(),
  /** Network namespace: device and inode of its nsfs file. */
  netns: z.object({ device: z.string(), inode: z.string() }),
  /** Folder of the pins. */
  pins: z.string(),
  pacer: z.enum(['fq', 'thread']),
  /** Why this pacer was taken. */
  pacerReason: z.string(),
  xdpMode: z.enum(['native', 'generic']).nullable(),
  /** Whether attach made the interface's clsact. */
  madeClsact: z.boolean(),
  /** Our filters on the interface and on the pacing pair. */
  filters: z.array(z.object({ ifindex: uint, direction: z.enum(['ingress', 'egress']), handle: uint, priority: uint })),
  /** The pacing pair (pacer fq): names, and the alias by which it is known as ours. */
  pair: z.object({ near: z.string(), far: z.string(), alias: z.string() }).nullable(),
  /** The pacer's process (pacer thread): pid and start time (field 22 of /proc/PID/stat), so that a reused pid is not mistaken for it. */
  process: identity
    .extend({ /** What it asked for and could not get, in sentences. */ lacks: z.array(z.string()).default([]) })
    .nullable(),
  /** The CPU that was asked for. */
  cpu: uint.nullable().default(null),
  group: z.string().nullable(),
  /** Until when somebody must confirm the attachment (ns of CLOCK_MONOTONIC), and the process that detaches it otherwise; null: it stays. */
  trial: z
    .object({ deadlineNs: z.string().regex(/^\d+$/), process: identity })
    .nullable()
    .default(null),
  /** What was changed on the interface for the gate; null without one. `segments`: gso_max_segs as it was. */
  gate: z
    .object({
      rate: z.number().positive(),
      failClosed: z.boolean(),
      hold: z.boolean(),
      madeFq: z.boolean(),
      segments: uint.nullable(),
      /** ksoftirqd was made a real-time thread, by this attachment or by another that is there. */
      softirqs: z.boolean().default(false),
    })
    .nullable(),
});

/** An attachment's record, its program's manifest apart. */
export type AttachmentRecord = z.infer<typeof record>;

export interface Attachment {
  readonly record: AttachmentRecord;
  readonly manifest: Manifest;
}

/** A record that is damaged or of another version of ncbpf. */
export class AttachmentRecordError extends Error {
  override readonly name = 'AttachmentRecordError';
}

/**
 * Checks the text of a record file.
 * @throws AttachmentRecordError, ManifestError
 */
export function parseAttachment(text: string): Attachment {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AttachmentRecordError('the record is not JSON');
  }
  const shape = z.object({ attachment: z.unknown(), program: z.unknown() }).safeParse(value);
  if (!shape.success) throw new AttachmentRecordError('the record has no attachment or no program');
  const parsed = record.safeParse(shape.data.attachment);
  if (parsed.success) return { record: parsed.data, manifest: parseManifest(shape.data.program) };
  const issue = parsed.error.issues[0];
  throw new AttachmentRecordError(
    `the record is of another version or damaged at attachment.${issue?.path.join('.')}: ${issue?.message}`,
  );
}

/** The text of a record file. */
export function formatAttachment(attachment: Attachment): string {
  return JSON.stringify({ attachment: attachment.record, program: attachment.manifest }, null, 2) + '\n';
}
