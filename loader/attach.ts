// Attaching a program to an interface. A journal is written first and kept up with every step, so that whatever stops an attach
// half-way leaves remains that `status` lists and `detach` removes; nothing acts on traffic before the last step.
import { join } from 'node:path';
import type { Attachment, AttachmentRecord } from '../maps/attachment.js';
import type { Manifest } from '../maps/manifest.js';
import { ensureBpffs } from './bpffs.js';
import { calibratePath } from './calibrate.js';
import { ingressQdisc, type LinkState } from './commands.js';
import { startTrial } from './confirm.js';
import { commandMachine, describeStart, type StartMode } from './control.js';
import {
  FILTER_HANDLE,
  FILTER_PRIORITY,
  PRIORITIES_TRIED,
  removeAttachment,
  removeEmptyRoots,
  XDP_LINK_PIN,
} from './detach.js';
import { UnsupportedFeatureError, UsageError } from './errors.js';
import { prepareGate, requireIdle, requireRate, type GateOptions } from './gate.js';
import { groupId, shareWithGroup, writeVariableFiles } from './group.js';
import { withLock } from './lock.js';
import { ownNetns } from './namespace.js';
import { isNativeError, native, type BpfObject, type TcSide } from './native.js';
import { loadObject, pinObject } from './object.js';
import { findObstacles, removeObstacle } from './obstacles.js';
import { createPair, pairFor, removePair, tryFq, type Pair } from './pacer-fq.js';
import { ownThreads } from './napi-threads.js';
import { AUTO_SPIN, onCpu, type Spin } from './pacing.js';
import { startPacer } from './pacer-thread.js';
import { requireInterface, requireInterfaceName, requireKernel, requireMtu, requirePrivileges } from './preflight.js';
import { writeRecord } from './record.js';
import { pinFolder, recordPath, type Roots } from './roots.js';
import { preemptsSoftirqs } from './softirqs.js';
import { attachXdp } from './xdp.js';

export interface AttachOptions {
  readonly interface: string;
  readonly object: Uint8Array;
  readonly manifest: Manifest;
  readonly pacer: 'auto' | 'fq' | 'thread';
  readonly start: StartMode;
  /** Detach what is attached already. */
  readonly replace: boolean;
  /** Name of a group whose processes may read and write variables without privilege. */
  readonly group?: string;
  readonly roots: Roots;
  /** Time is nc_state.test_now: for tests of the compiled program. No pacer runs. */
  readonly testClock?: boolean;
  /** Detach again after so many ns unless `ncbpf confirm` comes first. */
  readonly confirmNs?: bigint;
  /** Whether the machine waits awake before its instants; default: as long as its wake-ups need it. */
  readonly spin?: Spin;
  /** On which the machine is to run; null or absent: any. */
  readonly cpu?: number | null;
  /** For a program with a gate. */
  readonly gate?: GateOptions;
  readonly onStep?: (step: string) => void;
}

export interface AttachReport {
  readonly attachment: Attachment;
  readonly warnings: string[];
}

/** An attachment under way. */
interface Work {
  readonly options: AttachOptions;
  readonly link: LinkState;
  readonly warnings: string[];
  record: AttachmentRecord;
}

function journal(work: Work, change: Partial<AttachmentRecord>, step: string): void {
  work.record = { ...work.record, ...change };
  writeRecord(work.options.roots, { record: work.record, manifest: work.options.manifest });
  work.options.onStep?.(step);
}

/** A test clock stands still while a machine waits awake, so nothing does unless it is asked for. */
function spinOf({ spin, testClock }: AttachOptions): Spin {
  return spin ?? (testClock === true ? { kind: 'off' } : AUTO_SPIN);
}

function firstRecord(options: AttachOptions, link: LinkState): AttachmentRecord {
  return {
    format: 'ncbpf-attachment',
    abi: 1,
    phase: 'attaching',
    interface: options.interface,
    ifindex: link.ifindex,
    mac: link.mac,
    netns: ownNetns(),
    pins: pinFolder(options.roots, options.interface),
    pacer: 'thread',
    pacerReason: 'asked for',
    xdpMode: null,
    madeClsact: false,
    filters: [],
    pair: null,
    process: null,
    cpu: options.cpu ?? null,
    group: options.group ?? null,
    trial: null,
    gate: null,
  };
}

/**
 * Everything that can be refused of a replacement is refused while the old attachment still runs: the group, the pacer, and
 * whether the kernel takes the programs.
 */
async function rehearse(options: AttachOptions, link: LinkState): Promise<void> {
  if (options.group !== undefined) await groupId(options.group);
  if (options.pacer === 'fq') await tryFq(link.ifindex);
  loadObject(options.object, options.manifest, {
    pacer: options.pacer === 'thread' ? 'thread' : 'fq',
    ifindex: link.ifindex,
    paceIfindex: 0,
    watchIfindex: 0,
    spin: spinOf(options),
    testClock: options.testClock ?? false,
    mac: link.mac,
    gate: null,
  }).close();
}

/** Where softirqs are preempted the carrier has threads of its own. They go when the pair goes. */
async function addThreads({ record, warnings }: Work, pair: Pair): Promise<void> {
  if (!preemptsSoftirqs()) return;
  const refused = await ownThreads(pair, record.cpu);
  if (refused !== null)
    warnings.push(`blocks may be late while the machine is busy: the carrier has no thread of its own (${refused})`);
}

/** Makes the pacing pair if the kernel can. Returns the interface index of its end with fq, 0 for the thread. */
async function choosePacer(work: Work): Promise<{ near: number; far: number }> {
  const { options } = work;
  if (options.pacer === 'thread' || options.testClock) return { near: 0, far: 0 };
  const pair = pairFor(options.interface, work.link.ifindex);
  const reason = options.pacer === 'fq' ? 'asked for' : 'the kernel has fq: nothing runs in user space';
  journal(work, { pair, pacer: 'fq', pacerReason: reason }, `make the pacing pair ${pair.near} and ${pair.far}`);
  try {
    const { near, far } = await createPair(pair);
    await addThreads(work, pair);
    return { near: near.ifindex, far: far.ifindex };
  } catch (error) {
    await removePair(pair);
    if (options.pacer === 'fq' || !(error instanceof UnsupportedFeatureError)) throw error;
    journal(work, { pair: null, pacer: 'thread', pacerReason: error.message }, 'take the pacer thread');
    return { near: 0, far: 0 };
  }
}

/** Hangs a filter at our handle, at the first priority that is free. It is in the journal before it hangs. */
function addFilter(work: Work, ifindex: number, direction: TcSide, programFd: number, name: string): void {
  for (let priority = FILTER_PRIORITY; ; priority++) {
    const filters = [...work.record.filters, { ifindex, direction, handle: FILTER_HANDLE, priority }];
    if (
      native().tcQuery(ifindex, direction, FILTER_HANDLE, priority) !== null &&
      priority < FILTER_PRIORITY + PRIORITIES_TRIED
    )
      continue;
    journal(work, { filters }, `add the ${direction} filter ${name}`);
    native().tcAttach(ifindex, direction, programFd, FILTER_HANDLE, priority);
    return;
  }
}

async function addClsact(work: Work): Promise<void> {
  const { name, ifindex } = work.link;
  const hook = await ingressQdisc(name);
  if (hook === 'clsact') return;
  if (hook !== null) {
    throw new UsageError(
      `${name} has the qdisc ${hook}, which leaves no room for clsact: \`tc qdisc del dev ${name} ${hook}\` if it is not needed`,
    );
  }
  journal(work, { madeClsact: true }, `add clsact to ${name}`);
  native().clsactCreate(ifindex);
}

async function addFilters(work: Work, object: BpfObject, pair: { near: number; far: number }): Promise<void> {
  if (work.record.pacer === 'fq') {
    for (const ifindex of [pair.near, pair.far]) native().clsactCreate(ifindex);
    addFilter(work, pair.near, 'egress', object.programFd('nc_pace'), 'nc_pace');
    addFilter(work, pair.far, 'ingress', object.programFd('nc_machine'), 'nc_machine');
    addFilter(work, pair.far, 'egress', object.programFd('nc_pace'), 'nc_pace');
    addFilter(work, pair.near, 'ingress', object.programFd('nc_watch'), 'nc_watch');
  }
  await addClsact(work);
  addFilter(work, work.link.ifindex, 'egress', object.programFd('nc_gate'), 'nc_gate');
  if (work.options.manifest.syncSlave)
    addFilter(work, work.link.ifindex, 'ingress', object.programFd('nc_wake'), 'nc_wake');
}

function addXdp(work: Work, object: BpfObject): void {
  const { link } = work;
  const pin = join(work.record.pins, XDP_LINK_PIN);
  const { mode, nativeRefused } = attachXdp(object.programFd('nc_ingress'), link.name, link.ifindex, pin);
  if (nativeRefused !== null) {
    work.warnings.push(
      `${link.name} runs the ingress filter in generic mode, which costs more for each frame: its driver refuses native XDP (${nativeRefused})`,
    );
  }
  journal(work, { xdpMode: mode }, `attach nc_ingress (${mode} XDP)`);
}

async function addPacer(work: Work): Promise<void> {
  if (work.record.pacer !== 'thread' || work.options.testClock) return;
  const { process, warnings } = await startPacer(work.record.pins, work.record.cpu);
  work.warnings.push(...warnings.map((lack) => `the pacer thread: ${lack}`));
  journal(work, { process: { ...process, lacks: warnings } }, `start the pacer thread ${process.pid}`);
}

function requireCpu({ cpu = null }: AttachOptions): void {
  onCpu(cpu, () => undefined);
}

const NO_GATE_OPTIONS: GateOptions = { rate: null, failClosed: false, force: false };

/** What can be refused before anything is touched. */
async function requireGate(link: LinkState, { manifest, gate = NO_GATE_OPTIONS }: AttachOptions): Promise<void> {
  if (manifest.gate === null) return;
  requireRate(link, gate);
  await requireIdle(link, gate);
}

async function addGate(work: Work): Promise<void> {
  const { options, link } = work;
  if (options.manifest.gate === null) return;
  const wanted = options.gate ?? NO_GATE_OPTIONS;
  const { whyDropped } = await prepareGate(link, options.manifest, wanted, options.roots, (change) => {
    journal(work, { gate: change }, `prepare ${link.name} for the gate`);
  });
  if (whyDropped !== null)
    work.warnings.push(`ordinary frames that come while the gate is closed are dropped, not held: ${whyDropped}`);
}

async function addTrial(work: Work): Promise<void> {
  const { confirmNs, interface: name, roots } = work.options;
  if (confirmNs === undefined) return;
  journal(
    work,
    { trial: await startTrial(name, roots, confirmNs) },
    'start the process that waits for `ncbpf confirm`',
  );
}

/** A machine that waits awake lets its frames go early by what their path takes. */
async function measurePath({ options, link, warnings }: Work, object: BpfObject): Promise<void> {
  if (options.testClock || options.spin?.kind === 'off') return;
  options.onStep?.('measure the path of a frame');
  const cost = await calibratePath(object, link);
  if (typeof cost === 'string')
    warnings.push(`frames may leave some 100 ns off their instants: the path to the driver was not measured (${cost})`);
}

async function build(work: Work): Promise<void> {
  const { options, link } = work;
  journal(work, {}, `begin the journal of ${link.name}`);
  await addGate(work);
  const pair = await choosePacer(work);
  const object = loadObject(options.object, options.manifest, {
    pacer: work.record.pacer,
    ifindex: link.ifindex,
    paceIfindex: pair.near,
    watchIfindex: pair.far,
    spin: spinOf(options),
    testClock: options.testClock ?? false,
    mac: link.mac,
    gate: work.record.gate,
  });
  try {
    options.onStep?.('load the programs');
    pinObject(object, work.record.pins);
    await measurePath(work, object);
    await addFilters(work, object, pair);
    addXdp(work, object);
  } finally {
    object.close();
  }
  await addPacer(work);
  writeVariableFiles(options.roots, work.record, options.manifest);
  if (options.group !== undefined) await shareWithGroup(options.roots, work.record, options.group, work.warnings);
  await addTrial(work);
  journal(work, { phase: 'attached' }, 'attached');
  // One command makes the filters act and starts the machine: a kill leaves remains before it, a running machine after it.
  if (options.start.kind === 'hold') commandMachine(work.record.pins, 'live');
  else commandMachine(work.record.pins, 'start', options.start, work.record.cpu);
}

async function attachLocked(options: AttachOptions): Promise<AttachReport> {
  const warnings: string[] = [];
  const link = await requireInterface(options.interface);
  requireMtu(link, options.manifest);
  requireCpu(options);
  await requireGate(link, options);
  await ensureBpffs(options.roots);
  const obstacles = await findObstacles(options, link, warnings);
  if (obstacles.some(({ live }) => live)) await rehearse(options, link);
  for (const obstacle of obstacles) await removeObstacle(options.roots, obstacle, link, warnings);
  if (!link.up) warnings.push(`${link.name} is down: frames are refused until \`ip link set ${link.name} up\``);
  const work: Work = { options, link, warnings, record: firstRecord(options, link) };
  try {
    await build(work);
  } catch (error) {
    await removeAttachment(options.roots, options.interface, { record: work.record, manifest: options.manifest });
    throw isNativeError(error, 'ENODEV')
      ? new UsageError(`${options.interface} went away while it was being attached`, { cause: error })
      : error;
  }
  return { attachment: { record: work.record, manifest: options.manifest }, warnings };
}

/**
 * Attaches a compiled program. Kernel 6.1 or later; CAP_BPF, CAP_NET_ADMIN, and CAP_SYS_NICE for the pacer thread.
 * When it throws, the machine is as it was.
 * @throws UsageError, PermissionError, UnsupportedFeatureError, VerifierError, KernelError, AddonUnavailableError
 */
export async function attach(options: AttachOptions): Promise<AttachReport> {
  requireKernel();
  requirePrivileges('attaching');
  requireInterfaceName(options.interface);
  try {
    return await withLock(options.roots, options.interface, () => attachLocked(options));
  } catch (error) {
    removeEmptyRoots(options.roots);
    throw error;
  }
}

/** What attach would do, in order; changes nothing. Throws as attach does for what can be known before. */
export async function planAttach(options: AttachOptions): Promise<string[]> {
  requireKernel();
  requirePrivileges('attaching');
  const link = await requireInterface(options.interface);
  requireMtu(link, options.manifest);
  requireCpu(options);
  await requireGate(link, options);
  if (options.group !== undefined) await groupId(options.group);
  const obstacles = await findObstacles(options, link, []);
  const { syncSlave, node } = options.manifest;
  const pair = pairFor(link.name, link.ifindex);
  const fq = `make the pacing pair ${pair.near} and ${pair.far}, with fq`;
  return [
    ...obstacles.map(({ live, name }) => `remove the ${live ? 'attachment' : 'remains'} on ${name}`),
    `write the journal ${recordPath(options.roots, options.interface)}`,
    ...(options.pacer === 'thread'
      ? []
      : [options.pacer === 'fq' ? fq : `${fq}; if the kernel has no fq, take the pacer thread`]),
    ...(options.manifest.gate === null
      ? []
      : [`prepare ${link.name} for the gate: fq where it can hold frames, single segments`]),
    `load node ${node} and pin it in ${pinFolder(options.roots, options.interface)}`,
    `add clsact to ${link.name} if it has none, with the egress filter nc_gate${syncSlave ? ' and the ingress filter nc_wake' : ''}`,
    `attach nc_ingress to ${link.name} (XDP, native or else generic)`,
    ...(options.pacer === 'thread' ? ['start the pacer thread'] : []),
    ...(options.group === undefined ? [] : [`let group ${options.group} read and write variables`]),
    ...(options.confirmNs === undefined ? [] : ['detach again unless `ncbpf confirm` comes in time']),
    describeStart(options.start),
  ];
}
