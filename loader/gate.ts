// What the gate for ordinary traffic needs of an interface: its speed, fq to hold frames, segments that fit.
import type { AttachmentRecord } from '../maps/attachment.js';
import type { Manifest } from '../maps/manifest.js';
import { asKernelError, CommandError, runCommand, type LinkState } from './commands.js';
import { KernelError, UsageError } from './errors.js';

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

interface QdiscEntry {
  kind: string;
  handle: string;
  root?: boolean;
}

interface DetailedLink {
  gso_max_size?: number;
  gso_max_segs?: number;
}

async function json<T>(command: string, ...args: string[]): Promise<T[]> {
  const text = await runCommand(command, args);
  return JSON.parse(text.trim() || '[]') as T[];
}

async function globalAddresses(link: LinkState): Promise<string[]> {
  const entries = await json<{ addr_info: { local: string; scope: string }[] }>(
    'ip',
    '-j',
    'address',
    'show',
    'dev',
    link.name,
  );
  return entries.flatMap(({ addr_info }) =>
    addr_info.filter(({ scope }) => scope === 'global').map(({ local }) => local),
  );
}

/** Peers of established TCP connections that use one of the addresses. */
async function connections(addresses: readonly string[]): Promise<string[]> {
  const lines = (await runCommand('ss', ['-Htn', 'state', 'established'])).split('\n');
  return lines.flatMap((line) => {
    const [, , local = '', peer = ''] = line.trim().split(/\s+/);
    return addresses.some((address) => local.startsWith(`${address}:`) || local.startsWith(`[${address}]:`))
      ? [peer]
      : [];
  });
}

/** Throws UsageError when the interface carries traffic that a gate would hold up. */
export async function requireIdle(link: LinkState, options: GateOptions): Promise<void> {
  if (options.force) return;
  const addresses = await globalAddresses(link);
  if (addresses.length === 0) return;
  const peers = await connections(addresses);
  const talks = peers.length > 0 ? ` and established connections to ${peers.slice(0, 4).join(', ')}` : '';
  throw new UsageError(
    `${link.name} carries the address ${addresses.join(', ')}${talks}: the program's gate would hold that traffic up; use --force if that is meant`,
  );
}

/** The rate, or a refusal: what drivers of virtual interfaces report is made up, so it is asked for. */
export function requireRate(link: LinkState, options: GateOptions): number {
  if (options.rate !== null) return options.rate;
  throw new UsageError(
    `the program has a gate, and the speed of ${link.name} is not known: give it with --rate (for instance --rate 100mbit)`,
  );
}

async function rootQdisc(name: string): Promise<QdiscEntry | null> {
  const qdiscs = await json<QdiscEntry>('tc', '-j', 'qdisc', 'show', 'dev', name);
  return qdiscs.find(({ root }) => root === true) ?? null;
}

/** Whether fq is, or can be made, the root qdisc: a default one is replaced, one that somebody has set up is not. */
async function addFq(name: string): Promise<'made' | 'present' | 'none'> {
  const root = await rootQdisc(name);
  if (root?.kind === 'fq') return 'present';
  if (root !== null && root.handle !== '0:') return 'none';
  try {
    await runCommand('tc', [
      'qdisc',
      'add',
      'dev',
      name,
      'root',
      'fq',
      'limit',
      '20000',
      'flow_limit',
      '20000',
      'timer_slack',
      '1',
    ]);
    return 'made';
  } catch (error) {
    if (error instanceof CommandError) return 'none';
    throw error;
  }
}

async function limitSegments(name: string): Promise<number | null> {
  const [link] = await json<DetailedLink>('ip', '-d', '-j', 'link', 'show', 'dev', name);
  const before = link?.gso_max_segs;
  if (before === undefined || before <= 1) return null;
  await setSegments(name, 1);
  return before;
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
  let gate: GateRecord = {
    rate: requireRate(link, options),
    failClosed: options.failClosed,
    hold: false,
    madeFq: false,
    segments: null,
  };
  const [details] = await json<DetailedLink>('ip', '-d', '-j', 'link', 'show', 'dev', link.name);
  if (details === undefined) throw new KernelError(`${link.name} has gone`);
  const foreignFq = (await rootQdisc(link.name))?.kind === 'fq';
  note({ ...gate, madeFq: manifest.gate?.known === true && !foreignFq, segments: details.gso_max_segs ?? null });
  gate = { ...gate, segments: await limitSegments(link.name) };
  const fq = manifest.gate?.known === true ? await addFq(link.name) : 'none';
  gate = { ...gate, hold: fq !== 'none', madeFq: fq === 'made' };
  note(gate);
  return gate;
}

/** Undoes what `prepareGate` has changed. */
export async function restoreInterface(name: string, gate: GateRecord): Promise<string[]> {
  const undone: string[] = [];
  const root = await rootQdisc(name);
  if (gate.madeFq && root?.kind === 'fq') {
    await runCommand('tc', ['qdisc', 'delete', 'dev', name, 'root']);
    undone.push(`the fq of ${name}`);
  }
  if (gate.segments !== null) {
    await setSegments(name, gate.segments);
    undone.push(`the segment limit of ${name}`);
  }
  return undone;
}
