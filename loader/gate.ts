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

/**
 * Prepares the interface. `note` is called with what is about to change, before it does.
 * @throws UsageError, KernelError
 */
export async function prepareGate(
  link: LinkState,
  manifest: Manifest,
  options: GateOptions,
  note: (gate: GateRecord) => void,
): Promise<GateRecord> {
  const facts = await readFacts(link.name);
  const plan = manifest.gate?.known === true ? fqPlan(facts) : 'none';
  const segments = facts.segments !== null && facts.segments > 1 ? facts.segments : null;
  const { failClosed } = options;
  const planned = { rate: requireRate(link, options), failClosed, hold: false, madeFq: plan === 'make', segments };
  note(planned);
  if (segments !== null) await setSegments(link.name, 1);
  const madeFq = plan === 'make' && (await makeFq(link.name));
  const gate = { ...planned, hold: madeFq || plan === 'present', madeFq };
  note(gate);
  return gate;
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
