// The record file of an attachment, written whole or not at all.
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import {
  AttachmentRecordError,
  formatAttachment,
  parseAttachment,
  type Attachment,
  type AttachmentRecord,
} from '../maps/attachment.js';
import { ManifestError } from '../maps/manifest.js';
import { isNativeError } from './native.js';
import { interfaceOfPinFolder, pinFolder, recordPath, type Roots } from './roots.js';

/** Writes a record, in place of one that is there; whoever holds the lock of its interface has made the folder. */
export function writeRecord(roots: Roots, attachment: Attachment): void {
  const path = recordPath(roots, attachment.record.interface);
  const unfinished = unfinishedPath(roots, attachment.record.interface);
  const fd = openSync(unfinished, 'w', 0o644);
  try {
    writeSync(fd, formatAttachment(attachment));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(unfinished, path);
}

/**
 * Reads a record; null when there is none.
 * @throws AttachmentRecordError, ManifestError when it is damaged or of another version
 */
export function readRecord(roots: Roots, interfaceName: string): Attachment | null {
  let text: string;
  try {
    text = readFileSync(recordPath(roots, interfaceName), 'utf8');
  } catch (error) {
    if (isNativeError(error, 'ENOENT')) return null;
    throw error;
  }
  return parseAttachment(text);
}

export function removeRecord(roots: Roots, interfaceName: string): void {
  rmSync(recordPath(roots, interfaceName), { force: true });
  rmSync(unfinishedPath(roots, interfaceName), { force: true });
}

/** A record that an attach was writing when it was interrupted; it says nothing. */
function unfinishedPath(roots: Roots, interfaceName: string): string {
  return `${recordPath(roots, interfaceName)}.new`;
}

/** Whether an interface has an attachment, or the remains of one. */
export function hasTraces(roots: Roots, interfaceName: string): boolean {
  const paths = [
    recordPath(roots, interfaceName),
    unfinishedPath(roots, interfaceName),
    pinFolder(roots, interfaceName),
  ];
  return paths.some((path) => existsSync(path));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What can be read of the records of other attachments. */
export function othersRecords(roots: Roots, interfaceName: string): AttachmentRecord[] {
  return listAttachments(roots).flatMap((name) => {
    if (name === interfaceName) return [];
    try {
      return readRecord(roots, name)?.record ?? [];
    } catch (error) {
      if (error instanceof AttachmentRecordError || error instanceof ManifestError) return [];
      throw error;
    }
  });
}

/** Interfaces with an attachment or the remains of one, sorted. */
export function listAttachments(roots: Roots): string[] {
  const records = namesIn(roots.run)
    .filter((name) => /\.json(\.new)?$/.test(name) && !name.startsWith('.'))
    .map((name) => name.replace(/\.json(\.new)?$/, ''));
  const pins = namesIn(roots.pins).map(interfaceOfPinFolder);
  return [...new Set([...records, ...pins])].sort();
}
