// Attachments on trial: a process of its own, which no terminal ends, detaches them again unless somebody confirms in time.
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { AttachmentRecord } from '../maps/attachment.js';
import { isOwnNetns, otherNamespace } from './namespace.js';
import { AddonUnavailableError, packageRoot } from './native.js';
import { KernelError, UsageError } from './errors.js';
import { withLock } from './lock.js';
import { requirePrivileges } from './preflight.js';
import { endProcess, identifyProcess } from './processes.js';
import { readRecord, writeRecord } from './record.js';
import { recordPath, type Roots } from './roots.js';

/** Until when an attachment is on trial, and who ends it then. */
export type Trial = NonNullable<AttachmentRecord['trial']>;

async function saysReady(child: ChildProcessByStdio<null, Readable, null>): Promise<boolean> {
  const ended = once(child.stdout, 'end').then(() => false);
  const ready = once(child.stdout, 'data').then(() => true);
  // A stream that fails ends without words.
  return Promise.race([ready, ended]).catch(() => false);
}

/**
 * Starts the process that detaches an interface after so many ns; it is ready when this returns.
 * @throws AddonUnavailableError, KernelError
 */
export async function startTrial(interfaceName: string, roots: Roots, withinNs: bigint): Promise<Trial> {
  const script = join(packageRoot(), 'dist', 'loader', 'confirm-watch.js');
  if (!existsSync(script)) throw new AddonUnavailableError(`there is no ${script}`);
  const deadlineNs = (process.hrtime.bigint() + withinNs).toString();
  const child = spawn(process.execPath, [script, interfaceName, roots.pins, roots.run, deadlineNs], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // No process at all: its output ends without words, too.
  child.on('error', () => undefined);
  const identity = (await saysReady(child)) && child.pid !== undefined ? identifyProcess(child.pid) : null;
  child.stdout.destroy();
  child.unref();
  if (identity === null) throw new KernelError('the process that waits for `ncbpf confirm` does not start');
  return { deadlineNs, process: identity };
}

/** Ends the process of a trial, unless that is this one. */
export async function endTrial(trial: Trial): Promise<void> {
  if (trial.process.pid !== process.pid) await endProcess(trial.process);
}

/**
 * Makes an attachment that is on trial a lasting one.
 * @throws UsageError when there is none, or nothing to confirm
 */
export async function confirmAttachment(interfaceName: string, roots: Roots): Promise<void> {
  const missing = new UsageError(`nothing is attached to ${interfaceName}: \`ncbpf status\` lists what is`);
  if (!existsSync(recordPath(roots, interfaceName))) throw missing;
  requirePrivileges('confirming an attachment');
  await withLock(roots, interfaceName, async () => {
    const attachment = readRecord(roots, interfaceName);
    if (attachment === null) throw missing;
    const { trial, netns } = attachment.record;
    if (!isOwnNetns(netns)) throw otherNamespace(interfaceName, netns);
    if (trial === null) throw new UsageError(`the attachment of ${interfaceName} waits for no confirmation`);
    // The process looks into the record before it acts.
    writeRecord(roots, { ...attachment, record: { ...attachment.record, trial: null } });
    await endTrial(trial);
  });
}
