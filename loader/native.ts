import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What the addon throws when a system call or libbpf fails. `code` is the name of the error ('EEXIST'; libbpf's own
 * begin with 'LIBBPF_'), `errno` its negative number as in Node's system errors.
 */
export interface NativeError extends Error {
  errno: number;
  code: string;
  /** Only after `BpfObject.load` and opening an object: the verifier's log, empty if it was not the verifier. */
  log?: string;
  /** Only with `log`: what else libbpf said. */
  output?: string;
}

/** A BPF object file. It owns the descriptors of its maps and programs; pins and attachments outlive it. */
export interface BpfObject {
  /** Sets a data section (`.rodata.nc_config`) before `load`; `value` has exactly the section's size. */
  setInitial(mapName: string, value: Uint8Array): void;
  /** A copy of a data section as it is or was before `load`. */
  initial(mapName: string): Buffer;
  setMaxEntries(mapName: string, entries: number): void;
  setAutoload(programName: string, autoload: boolean): void;
  /** Creates the maps and loads the programs, once. Throws a NativeError with `log`; the object is then of no use. */
  load(): void;
  /** Data sections by their section's full name. */
  mapNames(): string[];
  programNames(): string[];
  /** A descriptor that belongs to the object: do not close it. */
  mapFd(mapName: string): number;
  /** A descriptor that belongs to the object: do not close it. */
  programFd(programName: string): number;
  pinMap(mapName: string, path: string): void;
  pinProgram(programName: string, path: string): void;
  close(): void;
}

/** The memory of an array map. */
export interface Mapping {
  /** Throws after `unmap`. Other processes and the kernel change it at any time: read with `Atomics`. */
  readonly buffer: ArrayBuffer;
  /** Detaches `buffer` (views of it get length 0), then gives the memory back. Any number of times. */
  unmap(): void;
}

/** The one consumer of a ring buffer map. */
export interface Ring {
  /** Copies of the oldest records, at most `most` of them; an empty array when there is none. */
  consume(most: number): Buffer[];
  /** Blocks until there is a record (true), or the time is over or a signal came (false). */
  wait(timeoutMs: number): boolean;
  close(): void;
}

/** A raw, non-blocking packet socket on one interface. */
export interface PacketSocket {
  /** Sends a frame that begins with its Ethernet header. */
  send(frame: Uint8Array): void;
  /** Blocks until a frame is there; null when the time is over. A VLAN tag that the kernel took off is not there. */
  receive(timeoutMs: number): Buffer | null;
  /** As `receive`, with the kernel's receive time: CLOCK_REALTIME nanoseconds. */
  receiveStamped(timeoutMs: number): { frame: Buffer; timestamp: bigint } | null;
  /** Frames seen and dropped for want of room since the last call. */
  statistics(): { received: number; dropped: number };
  close(): void;
}

export type BpfKind = 'map' | 'program' | 'link';
export type TcSide = 'ingress' | 'egress';
export type XdpMode = 'native' | 'generic';
export type CapabilityName =
  'CAP_BPF' | 'CAP_NET_ADMIN' | 'CAP_SYS_NICE' | 'CAP_PERFMON' | 'CAP_SYS_ADMIN' | 'CAP_NET_RAW';

export interface MapInfo {
  id: number;
  /** BPF_MAP_TYPE_* */
  type: number;
  /** The kernel keeps 15 characters. */
  name: string;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  /** BPF_F_* */
  flags: number;
}

export interface ProgramInfo {
  id: number;
  /** BPF_PROG_TYPE_* */
  type: number;
  /** The kernel keeps 15 characters. */
  name: string;
  /** Hash of the instructions, 16 hex digits. */
  tag: string;
  mapIds: number[];
  verifiedInstructions: number;
}

export interface LinkInfo {
  id: number;
  /** BPF_LINK_TYPE_*; 6 is XDP. */
  type: number;
  programId: number;
  /** Of an XDP link; 0 when the interface is gone. */
  ifindex: number;
}

export interface TestRunOptions {
  data?: Uint8Array;
  /** Room for the packet after the run, bytes; default 0: not copied. Too little is ENOSPC. */
  dataOutSize?: number;
  context?: Uint8Array;
  contextOutSize?: number;
  /** Runs; `durationNs` is their mean. They share one packet. Default 1. */
  repeat?: number;
}

export interface TestRunResult {
  /** Unsigned: TC_ACT_UNSPEC (-1) is 4294967295. */
  returnValue: number;
  durationNs: number;
  dataOut: Buffer;
  contextOut: Buffer;
}

/** The addon. Every function throws a NativeError when the kernel refuses, TypeError or RangeError for bad arguments. */
export interface Native {
  /** Opens an object file; `name` is used for its `.data` and `.rodata` maps and in messages. */
  openObject(file: Uint8Array, name: string): BpfObject;

  /** Opens a file for reading (a namespace, a directory). */
  openFd(path: string): number;
  closeFd(fd: number): void;
  objGet(path: string, options?: { readOnly?: boolean }): number;
  /** Refuses (EEXIST) when the path exists. */
  objPin(fd: number, path: string): void;
  mapInfo(fd: number): MapInfo;
  programInfo(fd: number): ProgramInfo;
  linkInfo(fd: number): LinkInfo;
  /** The next id of a kind above `id`; null after the last. Needs CAP_SYS_ADMIN. */
  nextId(kind: BpfKind, id: number): number | null;
  /** Needs CAP_SYS_ADMIN (links: CAP_BPF suffices on newer kernels). ENOENT when there is none. */
  fdById(kind: BpfKind, id: number): number;

  /** The value, for per-CPU maps of all CPUs, each padded to 8 bytes; null when there is none. Queues: key null. */
  mapLookup(fd: number, key: Uint8Array | null): Buffer | null;
  mapUpdate(fd: number, key: Uint8Array | null, value: Uint8Array, flags?: number): void;
  /** False when there was none. */
  mapDelete(fd: number, key: Uint8Array): boolean;
  /** The key after `key`, the first for null; null after the last. */
  mapNextKey(fd: number, key: Uint8Array | null): Buffer | null;
  /** Sets `count` elements, in one system call where the kernel can. On an error the first ones may be set. */
  mapUpdateBatch(fd: number, keys: Uint8Array, values: Uint8Array, count: number): void;
  /**
   * Maps the first `length` bytes of an array map made with BPF_F_MMAPABLE. The mapping outlives the descriptor, which
   * must not be read-only, also when the mapping is (EINVAL).
   */
  mapMmap(fd: number, length: number, options: { writable: boolean }): Mapping;

  /** A link's descriptor: the program goes with the last descriptor or pin of it. EBUSY or EEXIST: another is there. */
  linkCreateXdp(programFd: number, ifindex: number, mode: XdpMode): number;
  /** Takes the program off at once; the link stays as a shell. */
  linkDetach(linkFd: number): void;
  /** Program ids, 0 where there is none. */
  xdpQuery(ifindex: number): { driverId: number; skbId: number; hwId: number };

  clsactCreate(ifindex: number): 'created' | 'exists';
  /** Deletes the qdisc with all its filters, also those of others. */
  clsactDestroy(ifindex: number): void;
  /** Adds a direct-action filter; EEXIST when handle and priority are taken. Priority is at most 65535. */
  tcAttach(ifindex: number, side: TcSide, programFd: number, handle: number, priority: number): void;
  tcDetach(ifindex: number, side: TcSide, handle: number, priority: number): void;
  /** The filter's program, null when there is no such filter. */
  tcQuery(ifindex: number, side: TcSide, handle: number, priority: number): { programId: number } | null;

  /** BPF_PROG_TEST_RUN. `data` has at least 14 bytes for XDP and tc programs. */
  testRun(programFd: number, options?: TestRunOptions): TestRunResult;

  ringOpen(mapFd: number): Ring;

  /**
   * A program for a tracepoint that notes the clock in an array map of one entry: at offset `stamp`, when the word at `when` is not 0
   * and the one at `stamp` is. Needs CAP_BPF and CAP_PERFMON.
   */
  loadStampProgram(mapFd: number, when: number, stamp: number): number;
  /** A link's descriptor: the program is attached until it is closed. */
  rawTracepointOpen(name: string, programFd: number): number;

  /** Opens for reading and writing; makes the file if there is none. Does not follow a symbolic link. */
  openLockFile(path: string, mode: number): number;
  /** Locks bytes (length 0: to the end) for this open file; false when another open file holds them. Never blocks. */
  ofdLock(fd: number, offset: number, length: number, exclusive: boolean): boolean;
  ofdUnlock(fd: number, offset: number, length: number): void;

  /** What identifies a network namespace; default: that of the calling thread. */
  netnsIdentity(path?: string): { dev: number; ino: number };
  /** Moves the calling thread, and the processes that it starts from then on, into a network namespace. */
  setNetns(pathOrFd: string | number): void;
  /** In the namespace of the calling thread; null when there is no interface of that name. */
  interfaceIndex(name: string): number | null;
  /** Makes a veth take frames in by NAPI, as a card does (Linux 5.13): receive offload on, segmentation of its frames off. */
  useNapi(name: string): void;

  /** Default: every ethertype, own outgoing frames as well. */
  packetOpen(ifindex: number, options?: { ethertype?: number; ignoreOutgoing?: boolean }): PacketSocket;

  /** CPUs on which the calling thread may run; it may be given others only by what its cpuset allows (EINVAL). */
  affinity(): number[];
  setAffinity(cpus: readonly number[]): void;
  /** Those of the effective capabilities of this process that matter here. */
  capabilities(): CapabilityName[];
  /** Like 'v1.1'. */
  libbpfVersion(): string;
  /** CLOCK_TAI less CLOCK_REALTIME, and whether the kernel has been told that its clock follows another. */
  clockState(): { taiOffsetSeconds: number; synchronized: boolean };
}

type Wrapped = 'openObject' | 'mapMmap' | 'ringOpen' | 'packetOpen';

/** What the shared object exports: functions as they are, and classes where there is something to hold. */
interface Exports extends Omit<Native, Wrapped> {
  BpfObject: new (file: Uint8Array, name: string) => BpfObject;
  Mapping: new (fd: number, length: number, writable: boolean) => Mapping;
  Ring: new (mapFd: number) => Ring;
  PacketSocket: new (ifindex: number, ethertype: number, ignoreOutgoing: boolean) => PacketSocket;
}

const ETHERTYPE_ALL = 3;

/** The addon is not built, or its libraries are missing. Everything but the loader works without it. */
export class AddonUnavailableError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`the native addon cannot be used: ${reason}; build it with: npm run setup`, options);
    this.name = 'AddonUnavailableError';
  }
}

/** True for errors of the kernel or libbpf, with any code or the one given. */
export function isNativeError(error: unknown, code?: string): error is NativeError {
  if (typeof error !== 'object' || error === null) return false;
  const { code: actual, errno } = error as Partial<NativeError>;
  return typeof actual === 'string' && typeof errno === 'number' && (code === undefined || code === actual);
}

/** The package's own folder, whether this file runs from the sources or from dist/. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isPackageRoot(folder)) {
    const above = dirname(folder);
    if (above === folder) throw new AddonUnavailableError('its package.json is missing');
    folder = above;
  }
  return folder;
}

function isPackageRoot(folder: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'ncbpf';
}

/** Where the pacer program is once it is built. */
export function pacerPath(): string {
  return join(packageRoot(), 'build', 'Release', 'ncbpf-pacer');
}

let loaded: Native | undefined;

/** The addon, loaded at the first call. Throws AddonUnavailableError. */
export function native(): Native {
  loaded ??= wrap(load());
  return loaded;
}

function load(): Exports {
  const file = join(packageRoot(), 'build', 'Release', 'ncbpf_addon.node');
  if (!existsSync(file)) throw new AddonUnavailableError(`there is no ${file}`);
  try {
    return createRequire(import.meta.url)(file) as Exports;
  } catch (cause) {
    throw new AddonUnavailableError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function wrap(addon: Exports): Native {
  const { BpfObject, Mapping, Ring, PacketSocket, ...functions } = addon;
  return {
    ...functions,
    openObject: (file, name) => new BpfObject(file, name),
    mapMmap: (fd, length, { writable }) => new Mapping(fd, length, writable),
    ringOpen: (mapFd) => new Ring(mapFd),
    packetOpen: (ifindex, { ethertype = ETHERTYPE_ALL, ignoreOutgoing = false } = {}) =>
      new PacketSocket(ifindex, ethertype, ignoreOutgoing),
  };
}
