// What the gate for ordinary traffic needs of an interface: its speed, fq to hold frames, segments that fit.
import type { AttachmentRecord } from '../maps/attachment.js';
import type { Manifest } from '../maps/manifest.js';
import {
  asKernelError,
  CommandError,
  listQdiscs,
  runCommand,
  runJson,
  type LinkState,
  type Qdisc,
} from './commands.js';
import { KernelError, UsageError } from './errors.js';
import { fqArguments } from './fq.js';
import { reportedRate } from './link-rate.js';
import { othersRecords } from './record.js';
import type { Roots } from './roots.js';
import { lowerSoftirqs, preemptsSoftirqs, raiseSoftirqs } from './softirqs.js';
import { trafficOf } from './traffic.js';

/** What attach has changed on the interface for the gate, and what detach restores. */
export type GateRecord = NonNullable<AttachmentRecord['gate']>;

export interface GateOptions {
  /** Speed of the link, bits a second; null: not given. */
  readonly rate: number | null;
  /** Whether ordinary traffic is shut out when the machine is dead. */
  readonly failClosed: boolean;
  /** Attach although the interface is in use. */
  readonly force: boolean;
}

/** What an interface has before it is prepared. */
interface Facts {
  readonly root: Qdisc | null;
  /** Most segments of a frame that its driver takes. */
  readonly segments: number | null;
}

const PEERS_NAMED = 4;

async function rootQdisc(name: string): Promise<Qdisc | null> {
  return (await listQdiscs(name)).find(({ root }) => root === true) ?? null;
}

async function readFacts(name: string): Promise<Facts> {
  const [link] = await runJson<{ gso_max_segs?: number }>('ip', ['-d', '-j', 'link', 'show', 'dev', name]);
  if (link === undefined) throw new KernelError(`${name} has gone`);
  return { root: await rootQdisc(name), segments: link.gso_max_segs ?? null };
}

function inWords(addresses: readonly string[], peers: readonly string[]): string {
  const more = peers.length > PEERS_NAMED ? ` and ${peers.length - PEERS_NAMED} more` : '';
  const parts = [
    addresses.length === 0 ? null : `the address${addresses.length > 1 ? 'es' : ''} ${addresses.join(', ')}`,
    peers.length === 0 ? null : `established TCP connections to ${peers.slice(0, PEERS_NAMED).join(', ')}${more}`,
  ];
  return parts.filter((part) => part !== null).join(' and ');
}

/** Throws UsageError when the interface carries traffic that a gate would hold up. */
export async function requireIdle(link: LinkState, options: GateOptions): Promise<void> {
  if (options.force) return;
  const { addresses, peers } = await trafficOf(link.name);
  if (addresses.length === 0 && peers.length === 0) return;
  throw new UsageError(
    `${link.name} carries ${inWords(addresses, peers)}: the program's gate would hold that traffic up; ` +
      'use --force if that is meant, and --confirm 60s to be rid of it if you lose the connection',
  );
}

/** The rate that was given or that the hardware reports, bits a second; else a refusal. */
export function requireRate(link: LinkState, options: GateOptions): number {
  const rate = options.rate ?? reportedRate(link);
  if (rate !== null) return rate;
  throw new UsageError(
    `the program has a gate, and the speed of ${link.name} is not known: give it with --rate (for instance --rate 100mbit)`,
  );
}

/** Whether fq is there, can be made, or neither: a default qdisc is replaced, one that somebody has set up is not. */
function fqPlan({ root }: Facts): 'present' | 'make' | 'none' {
  // With a rate of its own fq would keep frames beyond their instant.
  if (root?.kind === 'fq') return (root.options?.maxrate ?? 0) > 0 ? 'none' : 'present';
  // What the kernel has put there by itself has no handle; on several queues it is mq.
  return root === null || root.handle === '0:' ? 'make' : 'none';
}

/** False when the kernel has no fq. */
async function makeFq(name: string): Promise<boolean> {
  try {
    await runCommand('tc', fqArguments(name));
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

async function setSegments(name: string, segments: number): Promise<void> {
  try {
    await runCommand('ip', ['link', 'set', 'dev', name, 'gso_max_segs', String(segments)]);
  } catch (error) {
    throw asKernelError(`limit the segmentation offload of ${name}`, error);
  }
}

/** What `prepareGate` has made of an interface. */
export interface PreparedGate {
  readonly gate: GateRecord;
  /** Why frames that come while the gate is closed are dropped; null: they are held. */
  readonly whyDropped: string | null;
}

/** Whether another attachment needs ksoftirqd as a real-time thread. */
function othersNeedSoftirqs(roots: Roots, name: string): boolean {
  return othersRecords(roots, name).some(({ gate }) => gate?.softirqs === true);
}

/** Sees to it that fq lets frames go in time. */
async function readySoftirqs(roots: Roots, name: string): Promise<{ ours: boolean; refused: string | null }> {
  if (preemptsSoftirqs()) return { ours: false, refused: null };
  const result = await raiseSoftirqs();
  if (typeof result === 'object') return { ours: false, refused: result.refused };
  return { ours: result === 'raised' || othersNeedSoftirqs(roots, name), refused: null };
}

/**
 * Prepares the interface. `note` is called with what is about to change, before it does.
 * @throws UsageError, KernelError
 */
export async function prepareGate(
  link: LinkState,
  manifest: Manifest,
  options: GateOptions,
  roots: Roots,
  note: (gate: GateRecord) => void,
): Promise<PreparedGate> {
  const facts = await readFacts(link.name);
  const known = manifest.gate?.known === true;
  const plan = known ? fqPlan(facts) : 'none';
  const segments = facts.segments !== null && facts.segments > 1 ? facts.segments : null;
  const { failClosed } = options;
  const changes = { madeFq: plan === 'make', segments, softirqs: plan !== 'none' && !preemptsSoftirqs() };
  const planned = { rate: requireRate(link, options), failClosed, hold: false, ...changes };
  note(planned);
  if (segments !== null) await setSegments(link.name, 1);
  const madeFq = plan === 'make' && (await makeFq(link.name));
  const hasFq = madeFq || plan === 'present';
  const { ours, refused } = hasFq ? await readySoftirqs(roots, link.name) : { ours: false, refused: null };
  const gate = { ...planned, hold: hasFq && refused === null, madeFq, softirqs: ours };
  note(gate);
  if (gate.hold) return { gate, whyDropped: null };
  if (refused !== null)
    return {
      gate,
      whyDropped: `this kernel keeps fq waiting for ksoftirqd, which cannot be given priority (${refused})`,
    };
  return { gate, whyDropped: known ? `${link.name} cannot have fq` : 'its openings are not known ahead' };
}

/** Undoes what `prepareGate` has done to ksoftirqd, unless another attachment needs it. */
export async function restoreSoftirqs(
  roots: Roots,
  name: string,
  gate: GateRecord,
): Promise<{ removed: string[]; warnings: string[] }> {
  if (!gate.softirqs || othersNeedSoftirqs(roots, name)) return { removed: [], warnings: [] };
  const result = await lowerSoftirqs();
  if (typeof result === 'object')
    return { removed: [], warnings: [`ksoftirqd keeps its real-time priority: ${result.refused}`] };
  return { removed: result === 'lowered' ? ['the priority of ksoftirqd'] : [], warnings: [] };
}

/** Undoes what `prepareGate` has changed. */
export async function restoreInterface(name: string, gate: GateRecord): Promise<string[]> {
  const undone: string[] = [];
  if (gate.madeFq && (await rootQdisc(name))?.kind === 'fq') {
    await runCommand('tc', ['qdisc', 'delete', 'dev', name, 'root']);
    undone.push(`the fq of ${name}`);
  }
  if (gate.segments !== null) {
    await setSegments(name, gate.segments);
    undone.push(`the segment limit of ${name}`);
  }
  return undone;
}
