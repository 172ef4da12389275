// What the guest has recorded.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sortedErrors, summarize, type Summary } from './errors.js';

/** A line of the guest's output. */
const Recorded = z.object({
  sender: z.string(),
  period: z.number(),
  load: z.enum(['idle', 'flood', 'both']),
  /** How long before the instant the sender acts, ns. */
  aim: z.number(),
  file: z.string(),
  /** Frames seen a second time. */
  repeated: z.number(),
  /** Frames whose instant is not on the grid of the others, or whose grid is not that of nc_state. */
  offGrid: z.number(),
});

/** One sender at one period under one load. */
export interface Cell extends Omit<z.infer<typeof Recorded>, 'file'> {
  /** Instants of the grid while it was recorded. */
  readonly frames: number;
  /** Of these, those without a frame. */
  readonly lost: number;
  /** ns, smallest first. */
  readonly errors: Int32Array;
  /** Undefined when every frame was lost. */
  readonly summary: Summary | undefined;
}

/** Whether a line tells of a cell. */
export function isCell(line: unknown): boolean {
  return Recorded.safeParse(line).success;
}

/** Reads what a line tells of; the errors are in a file of that folder, little-endian as all of x86. */
export function readCell(line: unknown, folder: string): Cell {
  const { file, ...recorded } = Recorded.parse(line);
  const bytes = readFileSync(join(folder, file));
  const all = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const errors = sortedErrors(all);
  return { ...recorded, frames: all.length, lost: all.length - errors.length, errors, summary: summarize(errors) };
}
