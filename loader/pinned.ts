// The pinned maps of an attachment, and what nc_state says about how far attach or detach has come.
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Attachment } from '../maps/attachment.js';
import { STATE_OFFSETS } from '../maps/state.js';
import { PermissionError } from './errors.js';
import { isNativeError, native } from './native.js';

function openPinned(path: string): number | null {
  try {
    return native().objGet(path, { readOnly: true });
  } catch (cause) {
    if (isNativeError(cause, 'ENOENT')) return null;
    if (!isNativeError(cause, 'EACCES') && !isNativeError(cause, 'EPERM')) throw cause;
    throw new PermissionError(
      `no permission to open ${path}: run as root, or with CAP_BPF as the user who attached the program`,
      { cause },
    );
  }
}

/**
 * The value of a pinned data section; null when there is no such pin.
 * @throws PermissionError
 */
export function readPinned(pins: string, name: string): Buffer | null {
  const fd = openPinned(join(pins, name));
  if (fd === null) return null;
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
  return phase === 'attached' && isLive(pins);
}

/** Whether what is pinned there acts on traffic: the part of `isWhole` that can be told without a record. */
export function isLive(pins: string): boolean {
  return readPinned(pins, 'nc_state')?.readUInt32LE(STATE_OFFSETS.live) === 1;
}
