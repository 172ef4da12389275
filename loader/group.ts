// What applications need to find and claim variables, and who may.
import { chmodSync, chownSync, closeSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AttachmentRecord } from '../maps/attachment.js';
import type { Manifest } from '../maps/manifest.js';
import { formatVariableIndex } from '../maps/variable-index.js';
import { CommandError, runCommand } from './commands.js';
import { UsageError } from './errors.js';
import { native } from './native.js';
import { variableIndexPath, writersPath, type Roots } from './roots.js';

const GROUP_DATABASE_GID = 2;
const OTHERS_SEARCH = 0o001;

/** Writes the index of variables and makes the file of claims. */
export function writeVariableFiles(roots: Roots, record: AttachmentRecord, manifest: Manifest): void {
  const writers = writersPath(roots, record.interface);
  closeSync(native().openLockFile(writers, 0o600));
  writeFileSync(
    variableIndexPath(roots, record.interface),
    formatVariableIndex(manifest, join(record.pins, 'nc_vars'), writers),
  );
}

/**
 * The number of a group.
 * @throws UsageError when there is no such group
 */
export async function groupId(name: string): Promise<number> {
  try {
    const entry = await runCommand('getent', ['group', name]);
    return Number(entry.trim().split(':')[GROUP_DATABASE_GID]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UsageError(`there is no group ${name}: \`groupadd ${name}\` makes it`);
  }
}

/** Folders above the pins that the group cannot search: systemd mounts /sys/fs/bpf for root alone. */
function closedFolders(folder: string): string[] {
  const closed: string[] = [];
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    if (existsSync(at) && !(statSync(at).mode & OTHERS_SEARCH)) closed.push(at);
  }
  return closed;
}

/** Opens nc_vars, its index and its claims to a group; nothing else of the attachment. */
export async function shareWithGroup(
  roots: Roots,
  record: AttachmentRecord,
  group: string,
  warnings: string[],
): Promise<void> {
  const gid = await groupId(group);
  const share = (path: string, mode: number): void => {
    chownSync(path, process.geteuid?.() ?? 0, gid);
    chmodSync(path, mode);
  };
  share(record.pins, 0o710);
  share(join(record.pins, 'nc_vars'), 0o660);
  share(writersPath(roots, record.interface), 0o660);
  for (const folder of closedFolders(dirname(record.pins))) {
    warnings.push(
      `group ${group} cannot reach the variables through ${folder}: \`chmod o+x ${folder}\`, or mount a bpffs elsewhere and set NCBPF_PIN_ROOT`,
    );
  }
}
