// Loading an object for one interface, and pinning what others need of it.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../maps/manifest.js';
import { ABI_VERSION } from '../maps/manifest.js';
import { encodePeers } from '../maps/peers.js';
import { leadOf, type Spin } from './pacing.js';
import { KernelError, PermissionError, VerifierError } from './errors.js';
import { isNativeError, native, type BpfObject, type NativeError } from './native.js';
import { preemptsSoftirqs } from './softirqs.js';
import { summarizeVerifierLog } from './verifier-log.js';

/** Map names in the object, opened under the name `nc`, and the names of their pins. */
const PINNED_MAPS = {
  '.data.nc_vars': 'nc_vars',
  '.data.nc_state': 'nc_state',
  '.data.nc_stats': 'nc_stats',
  '.data.nc_pacing': 'nc_pacing',
  '.data.nc_messages': 'nc_messages',
  '.data.nc_senders': 'nc_senders',
  'nc.bss': 'nc_rx',
  nc_peers: 'nc_peers',
  nc_tail: 'nc_tail',
  nc_wakeup: 'nc_wakeup',
  nc_trace: 'nc_trace',
} as const;
const OBJECT_NAME = 'nc';
const PROGRAMS = ['nc_ingress', 'nc_wake', 'nc_machine', 'nc_pace', 'nc_watch', 'nc_gate', 'nc_control'] as const;
/** Those that only pacer fq needs. */
const FQ_PROGRAMS: readonly ProgramName[] = ['nc_pace', 'nc_watch'];
const CONFIG_SIZE = 64;
const BYTE_TIME_UNIT = 65536;
const NS_PER_SECOND = 1e9;

export type ProgramName = (typeof PROGRAMS)[number];

/** struct nc_config of bpf/nc_abi.h. */
export interface ObjectConfig {
  readonly pacer: 'fq' | 'thread';
  readonly ifindex: number;
  /** The end of the pacing pair that has fq; 0 for the thread. */
  readonly paceIfindex: number;
  /** Its other end, which has fq as well. */
  readonly watchIfindex: number;
  readonly spin: Spin;
  /** The machine that waits awake puts it forward. */
  readonly testClock: boolean;
  readonly mac: string;
  /** For the gate; null without one. */
  readonly gate: GateConfig | null;
}

export interface GateConfig {
  /** Speed of the link, bits a second. */
  readonly rate: number;
  /** Whether the gate of a dead machine is closed. */
  readonly failClosed: boolean;
  /** Whether the interface has fq, which holds frames until their instant. */
  readonly hold: boolean;
}

function encodeConfig(config: ObjectConfig): Uint8Array {
  const bytes = new Uint8Array(CONFIG_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, ABI_VERSION, true);
  view.setUint32(4, config.pacer === 'fq' ? 1 : 0, true);
  view.setUint32(8, config.ifindex, true);
  view.setUint32(12, config.paceIfindex, true);
  const { leadNs, mostLeadNs } = leadOf(config.spin, config.pacer);
  view.setBigUint64(16, leadNs, true);
  view.setUint32(24, config.testClock ? 1 : 0, true);
  bytes.set(
    config.mac.split(':').map((part) => parseInt(part, 16)),
    28,
  );
  if (config.gate !== null) {
    view.setUint8(34, config.gate.failClosed ? 1 : 0);
    view.setUint8(35, config.gate.hold ? 1 : 0);
    view.setBigUint64(40, BigInt(Math.ceil((8 * NS_PER_SECOND * BYTE_TIME_UNIT) / config.gate.rate)), true);
  }
  view.setUint32(36, config.watchIfindex, true);
  view.setBigUint64(48, mostLeadNs, true);
  view.setUint32(56, preemptsSoftirqs() ? 1 : 0, true);
  return bytes;
}

function nonceSeed(): Uint8Array {
  const nonce = new Uint8Array(16);
  nonce.set(randomBytes(8), 8);
  return nonce;
}

/**
 * Without CAP_PERFMON the verifier also follows the paths that a CPU may take speculatively. There loops have no bounds and offsets into
 * a map no limits, so that it gives up on every program of ours (seen on Linux 6.18), unless the kernel runs with mitigations=off.
 */
function isTrustedByVerifier(): boolean {
  const capabilities = native().capabilities();
  return capabilities.includes('CAP_PERFMON') || capabilities.includes('CAP_SYS_ADMIN');
}

function lacksPerfmon(error: NativeError): PermissionError {
  return new PermissionError(
    "the kernel's verifier does not accept the program from a process without CAP_PERFMON: it then judges what a CPU might do " +
      'speculatively as well; add CAP_PERFMON to CAP_BPF and CAP_NET_ADMIN, or run as root',
    { cause: error },
  );
}

function explainLoadFailure(error: unknown): Error {
  if (!isNativeError(error)) return error as Error;
  if (error.log && !isTrustedByVerifier()) return lacksPerfmon(error);
  if (error.log) {
    return new VerifierError(
      `the kernel's verifier refuses the program: ${summarizeVerifierLog(error.log)}`,
      error.log,
      { cause: error },
    );
  }
  if (error.code === 'EPERM') {
    return new PermissionError(
      'the kernel does not let this process load BPF programs: it needs CAP_BPF and CAP_NET_ADMIN (or root)',
      { cause: error },
    );
  }
  return new KernelError(
    `the kernel does not load the program: ${error.message}${error.output ? ` (${error.output.trim().split('\n').at(-1)})` : ''}`,
    {
      cause: error,
    },
  );
}

/**
 * Opens, configures and loads an object. The caller closes it.
 * @throws VerifierError, PermissionError, KernelError
 */
export function loadObject(object: Uint8Array, manifest: Manifest, config: ObjectConfig): BpfObject {
  let opened: BpfObject | null = null;
  try {
    opened = native().openObject(object, OBJECT_NAME);
    const peers = encodePeers(manifest);
    opened.setInitial('.rodata.nc_config', encodeConfig(config));
    opened.setInitial('.data.nc_nonce', nonceSeed());
    opened.setMaxEntries('nc_peers', Math.max(1, peers.count));
    if (config.pacer !== 'fq') for (const program of FQ_PROGRAMS) opened.setAutoload(program, false);
    opened.load();
    if (peers.count > 0) native().mapUpdateBatch(opened.mapFd('nc_peers'), peers.keys, peers.values, peers.count);
    return opened;
  } catch (error) {
    opened?.close();
    throw explainLoadFailure(error);
  }
}

/** Pins the maps and programs in a folder that it makes. */
export function pinObject(object: BpfObject, folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  const maps = new Set(object.mapNames());
  for (const [map, pin] of Object.entries(PINNED_MAPS)) if (maps.has(map)) object.pinMap(map, join(folder, pin));
  const programs = new Set(object.programNames());
  for (const program of PROGRAMS) {
    if (programs.has(program) && !(FQ_PROGRAMS.includes(program) && !isLoaded(object, program)))
      object.pinProgram(program, join(folder, program));
  }
}

function isLoaded(object: BpfObject, program: string): boolean {
  try {
    return object.programFd(program) >= 0;
  } catch {
    return false;
  }
}
