// Telling the machine to start and stop, by running nc_control.
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AttachmentRecord } from '../maps/attachment.js';
import { listLinks } from './commands.js';
import { KernelError, UsageError } from './errors.js';
import { withLock } from './lock.js';
import { isOwnNetns, otherNamespace } from './namespace.js';
import { native } from './native.js';
import { isWhole } from './pinned.js';
import { onCpu } from './pacing.js';
import { requirePrivileges } from './preflight.js';
import { isAlive } from './processes.js';
import { readRecord } from './record.js';
import { pinFolder, recordPath, type Roots } from './roots.js';

/** When the machine starts: at once, by `ncbpf start`, or at the next multiple of a duration of CLOCK_TAI. */
export type StartMode =
  { readonly kind: 'now' } | { readonly kind: 'hold' } | { readonly kind: 'aligned'; readonly durationNs: bigint };

type Command = 'start' | 'stop' | 'live' | 'quiet';

const CODES = { start: 1, stop: 2, live: 3, quiet: 4 } as const;
const PROBE = 5;
/** Where the ethertype lies; a frame of the carrier's is nobody's but ours. */
const ETHERTYPE_OFFSET = 12;
const CARRIER = 0x88b6;
/** struct nc_command lies here, behind an Ethernet header that is ignored. */
const COMMAND_OFFSET = 16;
const PACKET_SIZE = 64;
const ANSWER_DONE = 0;
const ANSWER_BUSY = 2;
const BUSY_TRIES = 1000;
/** The first block is due this long after the command: time for the pacer to wake. */
const START_MARGIN_NS = 5_000_000n;

function encodeCommand(command: Command, mode: StartMode | undefined): Uint8Array {
  const packet = new Uint8Array(PACKET_SIZE);
  const view = new DataView(packet.buffer);
  const aligned = mode?.kind === 'aligned' ? mode.durationNs : 0n;
  view.setUint32(COMMAND_OFFSET, CODES[command], true);
  view.setBigUint64(
    COMMAND_OFFSET + 8,
    aligned > 0n ? START_MARGIN_NS : process.hrtime.bigint() + START_MARGIN_NS,
    true,
  );
  view.setBigUint64(COMMAND_OFFSET + 16, aligned, true);
  return packet;
}

/**
 * Runs a command in the kernel, on a CPU; it waits for a block that runs to end.
 * @throws KernelError when the kernel does not carry it out
 */
export function commandMachine(pins: string, command: Command, mode?: StartMode, cpu: number | null = null): void {
  const program = native().objGet(join(pins, 'nc_control'));
  try {
    let answer = ANSWER_BUSY;
    for (let i = 0; i < BUSY_TRIES && answer === ANSWER_BUSY; i++) {
      answer = onCpu(cpu, () => native().testRun(program, { data: encodeCommand(command, mode) }).returnValue);
    }
    if (answer !== ANSWER_DONE)
      throw new KernelError(`the machine does not take the command ${command} (answer ${answer})`);
  } finally {
    closeSync(program);
  }
}

/**
 * Starts the machine of a loaded object at an instant of CLOCK_MONOTONIC, which may have passed.
 * @throws KernelError
 */
export function startAt(controlFd: number, instantNs: bigint): void {
  const data = new Uint8Array(PACKET_SIZE);
  const view = new DataView(data.buffer);
  view.setUint32(COMMAND_OFFSET, CODES.start, true);
  view.setBigUint64(COMMAND_OFFSET + 8, instantNs, true);
  const { returnValue } = native().testRun(controlFd, { data });
  if (returnValue !== ANSWER_DONE) throw new KernelError(`the machine does not start (answer ${returnValue})`);
}

/**
 * Sends one frame to an interface as a machine that is not running does, so that what its path takes can be measured.
 * @throws KernelError
 */
export function sendProbe(controlFd: number, ifindex: number): void {
  const data = new Uint8Array(PACKET_SIZE);
  const view = new DataView(data.buffer);
  view.setUint16(ETHERTYPE_OFFSET, CARRIER);
  view.setUint32(COMMAND_OFFSET, PROBE, true);
  view.setBigUint64(COMMAND_OFFSET + 8, BigInt(ifindex), true);
  const { returnValue } = native().testRun(controlFd, { data });
  if (returnValue !== ANSWER_DONE) throw new KernelError(`the kernel does not send a probe (answer ${returnValue})`);
}

export function describeStart(mode: StartMode): string {
  if (mode.kind === 'hold') return 'hold the machine until `ncbpf start`';
  return mode.kind === 'now'
    ? 'start the machine'
    : `start the machine at the next multiple of ${mode.durationNs} ns of CLOCK_TAI`;
}

async function withAttached(
  interfaceName: string,
  roots: Roots,
  work: (pins: string, record: AttachmentRecord) => void | Promise<void>,
): Promise<void> {
  const missing = new UsageError(`nothing is attached to ${interfaceName}: \`ncbpf status\` lists what is`);
  if (!existsSync(recordPath(roots, interfaceName))) throw missing;
  requirePrivileges('commanding a machine');
  await withLock(roots, interfaceName, async () => {
    const attachment = readRecord(roots, interfaceName);
    if (attachment === null || !isWhole(attachment)) throw missing;
    if (!isOwnNetns(attachment.record.netns)) throw otherNamespace(interfaceName, attachment.record.netns);
    await work(pinFolder(roots, interfaceName), attachment.record);
  });
}

/** Throws UsageError where a started machine would stand still: its pacer is dead, or its interface gone. */
async function requireTime({ process: pacer, ifindex, interface: name }: AttachmentRecord): Promise<void> {
  if (pacer !== null && !isAlive(pacer)) {
    throw new UsageError(
      `the pacer thread ${pacer.pid} of ${name} is dead, so no time would pass: attach again with --replace`,
    );
  }
  if ((await listLinks()).every((link) => link.ifindex !== ifindex)) {
    throw new UsageError(`${name} is gone: \`ncbpf detach ${name}\` removes what is left`);
  }
}

/**
 * Starts the machine from its first instruction; one that runs starts anew.
 * @throws UsageError, KernelError
 */
export async function startMachine(interfaceName: string, mode: StartMode, roots: Roots): Promise<void> {
  await withAttached(interfaceName, roots, async (pins, record) => {
    await requireTime(record);
    commandMachine(pins, 'start', mode, record.cpu);
  });
}

/**
 * Stops the machine; what is attached stays.
 * @throws UsageError, KernelError
 */
export async function stopMachine(interfaceName: string, roots: Roots): Promise<void> {
  await withAttached(interfaceName, roots, (pins) => commandMachine(pins, 'stop'));
}
