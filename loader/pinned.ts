// The pinned maps of an attachment, and what nc_state says about how far attach or detach has come.
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Attachment } from '../maps/attachment.js';
import { STATE_OFFSETS } from '../maps/state.js';
import { isNativeError, native } from './native.js';

/** The value of a pinned data section; null when there is no such pin. */
export function readPinned(pins: string, name: string): Buffer | null {
  let fd: number;
  try {
    fd = native().objGet(join(pins, name), { readOnly: true });
  } catch (error) {
    if (isNativeError(error, 'ENOENT')) return null;
    throw error;
  }
  try {
    return native().mapLookup(fd, new Uint8Array(4));
  } finally {
    closeSync(fd);
  }
}

/**
 * Whether an attachment is whole: its attach has come to its end and no detach has begun. The last step of an attach and the first
 * of a detach is one store to nc_state.live, after and before which nothing acts on traffic; a command that was killed in between
 * leaves remains.
 */
export function isWhole(attachment: Attachment): boolean {
  const { phase, pins } = attachment.record;
  return phase === 'attached' && readPinned(pins, 'nc_state')?.readUInt32LE(STATE_OFFSETS.live) === 1;
}
