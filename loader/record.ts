// The record file of an attachment, written whole or not at all.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { formatAttachment, parseAttachment, type Attachment } from '../maps/attachment.js';
import { interfaceOfPinFolder, recordPath, type Roots } from './roots.js';

/** Writes a record, in place of one that is there. */
export function writeRecord(roots: Roots, attachment: Attachment): void {
  mkdirSync(roots.run, { recursive: true, mode: 0o755 });
  const path = recordPath(roots, attachment.record.interface);
  const fd = openSync(`${path}.new`, 'w', 0o644);
  try {
    writeSync(fd, formatAttachment(attachment));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
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
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  return parseAttachment(text);
}

export function removeRecord(roots: Roots, interfaceName: string): void {
  rmSync(recordPath(roots, interfaceName), { force: true });
  rmSync(`${recordPath(roots, interfaceName)}.new`, { force: true });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Interfaces with an attachment or the remains of one, sorted. */
export function listAttachments(roots: Roots): string[] {
  const records = namesIn(roots.run)
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .map((name) => name.slice(0, -5));
  const pins = namesIn(roots.pins).map(interfaceOfPinFolder);
  return [...new Set([...records, ...pins])].sort();
}
