// What an attachment does, and what is wrong with it.
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Attachment, AttachmentRecord } from '../maps/attachment.js';
import type { Manifest } from '../maps/manifest.js';
import { decodeState, decodeStats, type MachineState, type Stats } from '../maps/state.js';
import { listLinks, runJson } from './commands.js';
import { readRecordForRemoval, XDP_LINK_PIN } from './detach.js';
import { UsageError } from './errors.js';
import { findNetns, isOwnNetns } from './namespace.js';
import { native } from './native.js';
import { isAlive } from './processes.js';
import { decodePacing, type Pacing } from '../maps/pacing.js';
import { isLive, isWhole, readPinned } from './pinned.js';
import { hasTraces, listAttachments } from './record.js';
import { pinFolder, type Roots } from './roots.js';

export { listAttachments };

/** A wake-up overdue by more than this, and three times the longest wait, means that the machine is dead (language, section 5). */
const DEAD_AFTER_NS = 100_000_000n;

/** The second carrier is started anew by the first when it is overdue by a little more than a second. */
const WATCH_GONE_NS = 2_000_000_000n;

export interface MachineStatus extends MachineState {
  /** Source line and label of the next block; null when unknown. */
  readonly line: number | null;
  readonly label: string | null;
  /** How long the next wake-up is overdue, ns; null when it is not, or the machine does not run. */
  readonly overdueNs: bigint | null;
}

export interface AttachmentStatus {
  readonly interface: string;
  /** `remains`: an attach or a detach was interrupted; `detach` removes them. */
  readonly phase: 'attached' | 'remains';
  readonly attachment: Attachment | null;
  readonly machine: MachineStatus | null;
  readonly stats: Stats | null;
  readonly pacing: Pacing | null;
  /** What is wrong, in sentences. */
  readonly problems: string[];
}

function machineStatus(value: Uint8Array, manifest: Manifest): MachineStatus {
  const state = decodeState(value, manifest);
  const position = manifest.positions[state.position];
  const now = process.hrtime.bigint();
  const overdue = state.run === 'running' && now > state.nextNs ? now - state.nextNs : null;
  return { ...state, line: position?.line ?? null, label: position?.label ?? null, overdueNs: overdue };
}

async function linkProblems(record: AttachmentRecord): Promise<string[]> {
  const link = (await listLinks()).find(({ ifindex }) => ifindex === record.ifindex);
  if (link === undefined) return [`the interface is gone: \`ncbpf detach ${record.interface}\` removes what is left`];
  const problems: string[] = [];
  if (link.name !== record.interface)
    problems.push(`the interface is called ${link.name} now; the attachment keeps the name ${record.interface}`);
  if (!link.up) problems.push('the interface is down: frames are refused');
  if (link.mac !== record.mac)
    problems.push(
      `the interface's address was ${record.mac} when the program was attached and is ${link.mac} now: frames still carry the old one`,
    );
  problems.push(...filterProblems(record, link));
  if (existsSync(join(record.pins, XDP_LINK_PIN)) && xdpIsOff(record))
    problems.push('nc_ingress is not on the interface any more: attach again with --replace');
  return problems;
}

function xdpIsOff(record: AttachmentRecord): boolean {
  const link = native().objGet(join(record.pins, XDP_LINK_PIN));
  try {
    return native().linkInfo(link).ifindex !== record.ifindex;
  } finally {
    closeSync(link);
  }
}

interface FqStatistics {
  kind: string;
  horizon_drops?: number;
  flows_plimit?: number;
}

/** Drops of fq kill carriers. */
async function fqProblems(name: string): Promise<string[]> {
  const qdiscs = await runJson<FqStatistics>('tc', ['-j', '-s', 'qdisc', 'show', 'dev', name]);
  const fq = qdiscs.find(({ kind }) => kind === 'fq');
  if (fq === undefined) return [`somebody has removed fq from ${name}: attach again with --replace`];
  const drops = (fq.horizon_drops ?? 0) + (fq.flows_plimit ?? 0);
  return drops > 0 ? [`fq has dropped ${drops} carriers on ${name}`] : [];
}

/** Filters that somebody has removed. */
function filterProblems(record: AttachmentRecord, { name, ifindex }: { name: string; ifindex: number }): string[] {
  const gone = record.filters.filter(
    (filter) =>
      filter.ifindex === ifindex &&
      native().tcQuery(filter.ifindex, filter.direction, filter.handle, filter.priority) === null,
  );
  const where = ifindex === record.ifindex ? '' : ` of ${name}`;
  return gone.map(
    ({ direction }) => `somebody has removed the ${direction} filter${where}: attach again with --replace`,
  );
}

/** What somebody has done to the pacing pair. */
async function pairProblems(record: AttachmentRecord): Promise<string[]> {
  if (record.pair === null) return [];
  const links = await listLinks();
  const ends = [record.pair.near, record.pair.far].map((name) => links.find((link) => link.name === name));
  const problems: string[] = [];
  for (const end of ends) {
    if (end === undefined) return ['the pacing pair is gone: attach again with --replace'];
    if (!end.up)
      problems.push(`somebody has set ${end.name} down: \`ip link set ${end.name} up\`, then \`ncbpf start\``);
    problems.push(...(await fqProblems(end.name)));
    problems.push(...filterProblems(record, end));
  }
  return problems;
}

/** Nobody would end the trial. */
function trialProblems({ trial, interface: name }: AttachmentRecord): string[] {
  if (trial === null || isAlive(trial.process)) return [];
  return [
    `the process ${trial.process.pid} that would detach it unless confirmed is dead: \`ncbpf confirm ${name}\` keeps the attachment, \`ncbpf detach ${name}\` removes it`,
  ];
}

function machineProblems(machine: MachineStatus | null, record: AttachmentRecord, manifest: Manifest): string[] {
  const problems: string[] = [];
  if (record.process !== null && !isAlive(record.process)) {
    problems.push(
      `the pacer thread ${record.process.pid} is dead, the machine stands still: attach again with --replace`,
    );
  }
  if (machine === null) return [...problems, 'the pinned state is gone: attach again with --replace'];
  const limit =
    DEAD_AFTER_NS > 3n * BigInt(manifest.longestWaitNs) ? DEAD_AFTER_NS : 3n * BigInt(manifest.longestWaitNs);
  if (machine.overdueNs !== null && machine.overdueNs > limit) {
    problems.push(`the next wake-up is overdue by ${machine.overdueNs / 1_000_000n} ms: the machine stands still`);
  }
  if (machine.run === 'failed') problems.push(`the machine has stopped: ${machine.reason ?? 'unknown reason'}`);
  return problems;
}

function pacingProblems(machine: MachineStatus | null, pacing: Pacing | null, record: AttachmentRecord): string[] {
  const problems = (record.process?.lacks ?? []).map((lack) => `the pacer thread: ${lack}`);
  if (record.pacer !== 'fq' || machine?.run !== 'running' || pacing === null) return problems;
  if (process.hrtime.bigint() > pacing.watchAtNs + WATCH_GONE_NS) {
    problems.push(
      'the second carrier, which starts another first one when that is gone, is gone itself: attach again with --replace',
    );
  }
  return problems;
}

async function attachedStatus(
  attachment: Attachment,
): Promise<Pick<AttachmentStatus, 'machine' | 'stats' | 'pacing' | 'problems'>> {
  const { record, manifest } = attachment;
  const state = readPinned(record.pins, 'nc_state');
  const stats = readPinned(record.pins, 'nc_stats');
  const pacingValue = readPinned(record.pins, 'nc_pacing');
  const pacing = pacingValue === null ? null : decodePacing(pacingValue);
  const machine = state === null ? null : machineStatus(state, manifest);
  const here = isOwnNetns(record.netns);
  const place = here ? null : findNetns(record.netns);
  const elsewhere =
    place === null
      ? 'its network namespace is gone'
      : `it is in another network namespace (\`nsenter --net=${place}\`)`;
  return {
    machine,
    stats: stats === null ? null : decodeStats(stats, manifest),
    pacing,
    problems: [
      ...machineProblems(machine, record, manifest),
      ...trialProblems(record),
      ...pacingProblems(machine, pacing, record),
      ...(here ? [...(await linkProblems(record)), ...(await pairProblems(record))] : [elsewhere]),
    ],
  };
}

/**
 * Reads the status of one attachment, or of the remains of one.
 * @throws UsageError when there is nothing
 */
export async function readStatus(interfaceName: string, roots: Roots): Promise<AttachmentStatus> {
  if (!hasTraces(roots, interfaceName)) throw new UsageError(`nothing is attached to ${interfaceName}`);
  const problems: string[] = [];
  const attachment = readRecordForRemoval(roots, interfaceName, problems);
  if (attachment === null || !isWhole(attachment)) {
    const runs = attachment === null && isLive(pinFolder(roots, interfaceName));
    problems.push(
      runs
        ? `the attachment acts, but its record cannot be read: \`ncbpf detach ${interfaceName}\` or attach --replace, by the ncbpf that made it where that is another version`
        : `an attach or a detach was interrupted: \`ncbpf detach ${interfaceName}\` removes what it left, and so does the next attach`,
    );
    return {
      interface: interfaceName,
      phase: 'remains',
      attachment,
      machine: null,
      stats: null,
      pacing: null,
      problems,
    };
  }
  return { interface: interfaceName, phase: 'attached', attachment, ...(await attachedStatus(attachment)) };
}
