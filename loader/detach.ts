// Removing an attachment, whole or half made.
import { closeSync, existsSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { AttachmentRecordError, type Attachment, type AttachmentRecord } from '../maps/attachment.js';
import { ManifestError } from '../maps/manifest.js';
import { countFilters, listLinks, type LinkState } from './commands.js';
import { endTrial } from './confirm.js';
import { commandMachine } from './control.js';
import { KernelError, UsageError } from './errors.js';
import { restoreInterface, restoreSoftirqs } from './gate.js';
import { anyLockHeld, withLock } from './lock.js';
import { findNetns, isOwnNetns, otherNamespace } from './namespace.js';
import { isNativeError, native, type TcSide } from './native.js';
import { removePair, trialPairFor } from './pacer-fq.js';
import { requirePrivileges } from './preflight.js';
import { endProcess } from './processes.js';
import { hasTraces, readRecord, removeRecord } from './record.js';
import { removeRootFolder } from './root-folders.js';
import { pinFolder, variableIndexPath, writersPath, type Roots } from './roots.js';

/** Handle of our filters: "nc". */
export const FILTER_HANDLE = 0x6e63;
/** The first priority that is tried for them, and how many are. */
export const FILTER_PRIORITY = 0x6e63;
export const PRIORITIES_TRIED = 16;

/** Name of the pin of nc_ingress's link. */
export const XDP_LINK_PIN = 'nc_ingress_link';

export interface DetachReport {
  /** What was removed, in sentences' words: `filter nc_gate`, `pins /sys/fs/bpf/ncbpf/eth0`. */
  readonly removed: string[];
  readonly warnings: string[];
}

async function removeFilters(
  record: AttachmentRecord,
  link: LinkState | undefined,
  report: DetachReport,
): Promise<void> {
  for (const { ifindex, direction, handle, priority } of record.filters) {
    if (ifindex !== link?.ifindex) continue;
    try {
      native().tcDetach(ifindex, direction, handle, priority);
      report.removed.push(`the ${direction} filter of ${link.name}`);
    } catch (error) {
      if (!isNativeError(error)) throw error; // somebody removed it, or its clsact
    }
  }
  if (record.madeClsact && link !== undefined && (await countFilters(link.name)) === 0) {
    try {
      native().clsactDestroy(link.ifindex);
      report.removed.push(`the clsact of ${link.name}`);
    } catch (error) {
      if (!isNativeError(error)) throw error;
    }
  }
}

function removeXdp(pins: string, report: DetachReport): void {
  const pin = join(pins, XDP_LINK_PIN);
  if (!existsSync(pin)) return;
  try {
    const link = native().objGet(pin);
    try {
      native().linkDetach(link); // at once; unlinking alone takes some milliseconds
    } finally {
      closeSync(link);
    }
  } catch (error) {
    if (!isNativeError(error)) throw error; // the interface is gone
  }
  unlinkSync(pin);
  report.removed.push('the XDP program');
}

function removePins(pins: string, report: DetachReport): void {
  if (!existsSync(pins)) return;
  removeXdp(pins, report);
  for (const name of readdirSync(pins)) unlinkSync(join(pins, name));
  rmSync(pins, { recursive: true });
  report.removed.push(`the pins in ${pins}`);
}

function removeFiles(roots: Roots, interfaceName: string): void {
  rmSync(variableIndexPath(roots, interfaceName), { force: true });
  rmSync(writersPath(roots, interfaceName), { force: true });
  removeRecord(roots, interfaceName);
}

async function removePacer(record: AttachmentRecord, report: DetachReport): Promise<void> {
  if (record.process === null) return;
  if (await endProcess(record.process)) report.removed.push(`the pacer thread ${record.process.pid}`);
  else
    report.warnings.push(
      `the pacer thread ${record.process.pid} cannot be ended by this user; it ends by itself when its pins are gone`,
    );
}

/**
 * The pair of a record, or what an attach whose record was lost left under the interface's alias; and the pair for measuring that an attach
 * which was killed left, perhaps before it gave it its alias.
 */
async function removePairs(
  interfaceName: string,
  record: AttachmentRecord | null,
  report: DetachReport,
): Promise<void> {
  const links = await listLinks();
  const ifindex = record?.ifindex ?? links.find(({ name }) => name === interfaceName)?.ifindex;
  const known = [record?.pair ?? [], ifindex === undefined ? [] : trialPairFor(ifindex)].flat();
  const ownAlias = `ncbpf:${interfaceName}`;
  const lost = links.flatMap(({ name, alias }) => (alias === ownAlias ? [{ near: name, far: '', alias }] : []));
  for (const pair of [...known, ...lost]) {
    if (await removePair(pair)) report.removed.push(`the pacing pair ${pair.near}`);
  }
}

/** Without a record: filters at our handle that run a program of ours, and a clsact in which nothing is left. */
async function findFilters(interfaceName: string, report: DetachReport): Promise<void> {
  const link = (await listLinks()).find(({ name }) => name === interfaceName);
  if (link === undefined) return;
  for (const direction of ['ingress', 'egress'] as const) {
    for (let priority = FILTER_PRIORITY; priority < FILTER_PRIORITY + PRIORITIES_TRIED; priority++) {
      if (!isOurs(link.ifindex, direction, priority)) continue;
      native().tcDetach(link.ifindex, direction, FILTER_HANDLE, priority);
      report.removed.push(`the ${direction} filter of ${link.name}`);
    }
  }
  if (report.removed.length === 0 || (await countFilters(link.name)) > 0) return;
  native().clsactDestroy(link.ifindex);
  report.removed.push(`the clsact of ${link.name}`);
}

function isOurs(ifindex: number, direction: TcSide, priority: number): boolean {
  const found = native().tcQuery(ifindex, direction, FILTER_HANDLE, priority);
  if (found === null) return false;
  const program = native().fdById('program', found.programId);
  try {
    return native().programInfo(program).name.startsWith('nc_');
  } finally {
    closeSync(program);
  }
}

/** From here on nothing acts on traffic, and what a killed detach leaves counts as remains. */
function becomeQuiet(pins: string): void {
  try {
    commandMachine(pins, 'quiet');
  } catch (error) {
    // Without its pin nothing was ever live, or an earlier detach has come this far.
    if (!isNativeError(error) && !(error instanceof KernelError)) throw error;
  }
}

/**
 * Removes all that an attachment, or an attach that was interrupted, has left. Works when the interface is gone. The caller holds the lock.
 * @throws UsageError when it belongs to another network namespace that still exists
 */
export async function removeAttachment(
  roots: Roots,
  interfaceName: string,
  attachment: Attachment | null,
): Promise<DetachReport> {
  const report: DetachReport = { removed: [], warnings: [] };
  const record = attachment?.record ?? null;
  const here = record === null || isOwnNetns(record.netns);
  if (record !== null && !here && findNetns(record.netns) !== null) throw otherNamespace(interfaceName, record.netns);
  becomeQuiet(pinFolder(roots, interfaceName));
  if (record?.trial) await endTrial(record.trial);
  if (record !== null) await removePacer(record, report);
  if (here) {
    const link = record === null ? undefined : (await listLinks()).find(({ ifindex }) => ifindex === record.ifindex);
    if (record !== null) await removeFilters(record, link, report);
    else await findFilters(interfaceName, report);
    if (record?.gate && link !== undefined) report.removed.push(...(await restoreInterface(link.name, record.gate)));
    await removePairs(interfaceName, record, report);
  }
  if (record?.gate) {
    const { removed, warnings } = await restoreSoftirqs(roots, interfaceName, record.gate);
    report.removed.push(...removed);
    report.warnings.push(...warnings);
  }
  removePins(pinFolder(roots, interfaceName), report);
  removeFiles(roots, interfaceName);
  return report;
}

/** The record, or null when it is unreadable: then only what can be found without it is removed. */
export function readRecordForRemoval(roots: Roots, interfaceName: string, warnings: string[]): Attachment | null {
  try {
    return readRecord(roots, interfaceName);
  } catch (error) {
    if (!(error instanceof AttachmentRecordError || error instanceof ManifestError)) throw error;
    warnings.push(`${error.message}; removing what can be found without it`);
    return null;
  }
}

/** Removes the roots if this was the last attachment in them, unless another command is about to use them. */
export function removeEmptyRoots(roots: Roots): void {
  if (existsSync(roots.run) && anyLockHeld(roots)) return;
  removeRootFolder(roots.pins);
  removeRootFolder(roots.run);
}

/**
 * Detaches: removes every trace of an attachment or of the remains of one.
 * @throws UsageError when there is nothing, or it belongs to another network namespace; PermissionError
 */
export async function detach(interfaceName: string, roots: Roots): Promise<DetachReport> {
  if (!hasTraces(roots, interfaceName))
    throw new UsageError(`nothing is attached to ${interfaceName}: \`ncbpf status\` lists what is`);
  requirePrivileges('detaching');
  const report = await withLock(roots, interfaceName, async () => {
    const warnings: string[] = [];
    const attachment = readRecordForRemoval(roots, interfaceName, warnings);
    const { removed, warnings: more } = await removeAttachment(roots, interfaceName, attachment);
    return { removed, warnings: [...warnings, ...more] };
  });
  removeEmptyRoots(roots);
  return report;
}
