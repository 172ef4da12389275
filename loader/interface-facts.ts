// What of an interface decides how exactly its frames leave: driver, interrupts, what the card does on its own. Read, never changed.
import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError, runCommand, runJson } from './commands.js';
import { parseCpuList } from './cpu-list.js';
import { UnsupportedFeatureError } from './errors.js';
import { namesIn, readText } from './machine-facts.js';
import { readRecord } from './record.js';
import type { Roots } from './roots.js';

/** An interrupt of the interface and the processors that may take it. */
export interface Interrupt {
  readonly number: number;
  readonly cpus: readonly number[];
}

export interface InterfaceFacts {
  /** Of a virtual interface its kind; null where sysfs does not show the interface, as behind `nsenter --net`. */
  readonly driver: string | null;
  /** No card stands behind it: veth, bridge, ... */
  readonly virtual: boolean;
  /** How its XDP program was attached by ncbpf; null when none is attached. */
  readonly xdpMode: 'native' | 'generic' | null;
  readonly interrupts: readonly Interrupt[];
  /** Processors that receive packet steering hands frames to. */
  readonly steeredTo: readonly number[];
  /** Name of its PTP hardware clock, such as `ptp0`. */
  readonly hardwareClock: string | null;
  /** What `ethtool` says; null without ethtool, an empty record where the driver does not answer. */
  readonly offloads: Readonly<Record<string, boolean>> | null;
  readonly coalescing: Readonly<Record<string, number | boolean>> | null;
  /** Energy efficient Ethernet is in use. */
  readonly energyEfficient: boolean | null;
}

/**
 * What ethtool prints as `name: value`: on and off become booleans, numbers numbers, the rest is left out. Lines of two settings, as
 * `Adaptive RX: off  TX: on`, give `adaptive-rx` and `adaptive-tx`.
 */
export function parseEthtool(text: string): Record<string, number | boolean> {
  const result: Record<string, number | boolean> = {};
  const note = (name: string, word: string): void => {
    if (word === 'on' || word === 'off') result[name] = word === 'on';
    else if (/^\d+$/.test(word)) result[name] = Number(word);
  };
  for (const line of text.split('\n')) {
    const [, rx, tx] = /^Adaptive RX: (\S+)\s+TX: (\S+)/.exec(line) ?? [];
    note('adaptive-rx', rx ?? '');
    note('adaptive-tx', tx ?? '');
    const [, name, word] = /^\s*([\w-]+):\s+(\S+)/.exec(line) ?? [];
    if (name !== undefined) note(name, word ?? '');
  }
  return result;
}

/** The answer of ethtool; empty when the driver has none, null when there is no ethtool. */
async function ask(option: string, interfaceName: string): Promise<string | null> {
  try {
    return await runCommand('ethtool', [option, interfaceName]);
  } catch (error) {
    if (error instanceof UnsupportedFeatureError) return null;
    if (error instanceof CommandError) return '';
    throw error;
  }
}

interface DetailedLink {
  linkinfo?: { info_kind?: string };
}

/** `veth`, `bridge`, ...; null for a card. */
async function kindOf(interfaceName: string): Promise<string | null> {
  const [link] = await runJson<DetailedLink>('ip', ['-d', '-j', 'link', 'show', 'dev', interfaceName]);
  return link?.linkinfo?.info_kind ?? null;
}

function driverOf(folder: string): string | null {
  try {
    return basename(readlinkSync(join(folder, 'device/driver')));
  } catch {
    return null;
  }
}

/** Numbers of the card's message-signalled interrupts; those of a virtio device belong to what it sits on. */
function interruptNumbers(folder: string): string[] {
  try {
    const device = realpathSync(join(folder, 'device'));
    return (
      [device, dirname(device)].map((place) => namesIn(join(place, 'msi_irqs'))).find((list) => list.length > 0) ?? []
    );
  } catch {
    return [];
  }
}

function interruptsOf(folder: string): Interrupt[] {
  return interruptNumbers(folder).map((number) => {
    const irq = `/proc/irq/${number}`;
    const cpus = readText(`${irq}/effective_affinity_list`) || readText(`${irq}/smp_affinity_list`);
    return { number: Number(number), cpus: parseCpuList(cpus ?? '') };
  });
}

/** Processors of a mask like `00000000,0000000c`. */
export function parseCpuMask(text: string): number[] {
  const bits = BigInt(`0x${text.replaceAll(',', '') || '0'}`);
  return Array.from(bits.toString(2))
    .reverse()
    .flatMap((bit, cpu) => (bit === '1' ? [cpu] : []));
}

function steering(folder: string): number[] {
  const queues = namesIn(join(folder, 'queues')).filter((name) => name.startsWith('rx-'));
  const cpus = queues.flatMap((queue) => parseCpuMask(readText(join(folder, 'queues', queue, 'rps_cpus')) ?? '0'));
  return [...new Set(cpus)].sort((a, b) => a - b);
}

function attachedMode(interfaceName: string, roots: Roots): InterfaceFacts['xdpMode'] {
  return readRecord(roots, interfaceName)?.record.xdpMode ?? null;
}

function booleans(values: Record<string, number | boolean>): Record<string, boolean> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, boolean] => entry[1] === true || entry[1] === false),
  );
}

/** Reads them all, for an interface that exists. */
export async function readInterfaceFacts(interfaceName: string, roots: Roots): Promise<InterfaceFacts> {
  const folder = join('/sys/class/net', interfaceName);
  const kind = await kindOf(interfaceName);
  const [offloads, coalescing, eee] = [
    await ask('-k', interfaceName),
    await ask('-c', interfaceName),
    await ask('--show-eee', interfaceName),
  ];
  return {
    driver: kind ?? driverOf(folder),
    virtual: kind !== null,
    xdpMode: attachedMode(interfaceName, roots),
    interrupts: interruptsOf(folder),
    steeredTo: steering(folder),
    hardwareClock: namesIn(join(folder, 'device/ptp'))[0] ?? null,
    offloads: offloads === null ? null : booleans(parseEthtool(offloads)),
    coalescing: coalescing === null ? null : parseEthtool(coalescing),
    energyEfficient: eee === null ? null : eee.includes('EEE status: enabled'),
  };
}
