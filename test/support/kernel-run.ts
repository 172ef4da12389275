// Runs a data case in the kernel: the compiled program under a test clock, driven by BPF_PROG_TEST_RUN, its frames taken from the
// far end of a veth pair. The answer has the form of the oracle's, as far as the kernel keeps it.
import { join } from 'node:path';
import { buildProgram, type Built } from '../../codegen/build.js';
import { native, packageRoot, type BpfObject, type PacketSocket } from '../../loader/native.js';
import { loadObject } from '../../loader/object.js';
import type { Manifest } from '../../maps/manifest.js';
import { PACING_MEMBERS, pacingOffset } from '../../maps/pacing.js';
import { COUNTERS_OFFSET, decodeState, decodeStats, STATE_OFFSETS, type StateMember } from '../../maps/state.js';
import type { Value } from '../../lang/program.js';
import type { OrdinaryFrame } from '../../cli/simulate/ordinary-traffic.js';
import type { QueueLayout, VariableLayout } from '../../maps/layout.js';
import { bindQueue, type QueueCell } from '../../maps/queue-space.js';
import { bindVariable } from '../../maps/variable-space.js';
import type { VariableValue } from '../../maps/variable-value.js';
import { fromHex, toHex } from '../../schedule/bytes.js';
import { compileBpf } from './compile-bpf.js';
import { CASE_CLOCK, CASE_MAC, CASE_RATE, type OracleCase, type Step } from './oracle-case.js';
import { run, type Scratch } from './scratch.js';

const XDP_PASS = 2;
const HANDLE = 1;
const PRIORITY = 10;
const REFUSING_PRIORITY = 1;
const FRAME_TIMEOUT_MS = 2000;
const MOST_BLOCKS = 100_000;
const RUNNING = 1;
const ANSWER_RAN = 1;
/** ns by which some blocks begin before their instants, as those of a machine that waits awake do. */
const EARLY_NS = 1000n;
const PACING_BYTES = 8 * PACING_MEMBERS.length;
const SYNC_MARKS = 3n << 62n;
const RUN_DATA = new Uint8Array(1514);
const MESSAGE_HEAD = { v1: 48, ncm: 24 } as const;
const GATE = { rate: CASE_RATE, failClosed: false, hold: false };
const TC_SHOT = 2;
const OF_IFINDEX = 40; // __sk_buff.ifindex
const SIZE_OF_CONTEXT = 192;
const REFUSER = `
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
__attribute__((section("tc"), used)) int refuse(struct __sk_buff *skb) { return TC_ACT_SHOT; }
char refuse_license[] __attribute__((section("license"), used)) = "GPL";
`;

/** What a case leaves in the kernel; the members that CaseResult has too mean the same. */
export interface KernelResult {
  run: string;
  position: number;
  logical: string;
  errors: number;
  variables: Record<string, string>;
  queues: Record<string, string[]>;
  counters: Record<string, number>;
  messages: Record<string, string>;
  futures: string[];
  channels: Record<string, Record<string, number>>;
  drops: Record<string, number>;
  stats: Record<string, number>;
  frames: { at: string; hex: string }[];
  verdicts: string[];
  applications: string[];
  gate: string;
  ordinary: string[];
  traffic: { passed: number; dropped: number; forged: number };
}

/** A veth pair: the first end is the program's interface, frames are read at the other one. */
export class KernelBench {
  readonly ifindex: number;
  /** Blocks that began before their instants. */
  early = 0;
  private readonly refuser: BpfObject;
  private readonly peer: number;

  /** In a namespace of its own; a `second` bench beside the first, under other names. */
  constructor(
    scratch: Scratch,
    private readonly mac = CASE_MAC,
    second: string | null = null,
  ) {
    const ends = second === null ? scratch.vethPair() : scratch.anotherPair(second);
    const name = second ?? 'v';
    run('ip', 'link', 'set', `${name}a`, 'address', mac);
    this.ifindex = ends.a;
    this.peer = ends.b;
    native().clsactCreate(this.ifindex);
    this.refuser = scratch.keep(native().openObject(compileBpf(scratch.folder(), REFUSER), 'refuser'));
    this.refuser.load();
  }

  /** Compiles and plays a case. */
  async play(oracleCase: OracleCase): Promise<KernelResult> {
    const source = Buffer.from(oracleCase.text);
    const built = await buildProgram(oracleCase.program, source, {
      runtime: join(packageRoot(), 'bpf'),
      generator: 'test',
    });
    return this.playBuilt(built, oracleCase.steps);
  }

  /** Plays a script with a program that is compiled. */
  playBuilt(built: Built, steps: readonly Step[]): KernelResult {
    const node = this.open(built, CASE_CLOCK.taiOffsetNs);
    try {
      return node.play(steps);
    } finally {
      node.close();
    }
  }

  /** Loads a program and holds it. */
  open({ object: bytes, manifest }: Built, taiOffsetNs: bigint): KernelNode {
    const object = loadObject(bytes, manifest, {
      pacer: 'thread',
      ifindex: this.ifindex,
      paceIfindex: 0,
      watchIfindex: 0,
      spin: { kind: 'auto' },
      testClock: true,
      mac: this.mac,
      gate: manifest.gate === null ? null : GATE,
    });
    const socket = native().packetOpen(this.peer);
    native().tcAttach(this.ifindex, 'egress', object.programFd('nc_gate'), HANDLE, PRIORITY);
    const onEarly = () => void (this.early += 1);
    return new KernelNode(
      object,
      manifest,
      taiOffsetNs,
      socket,
      this.ifindex,
      this.refuser.programFd('refuse'),
      onEarly,
    );
  }
}

/** A program in the kernel whose clock is the caller's. */
export class KernelNode {
  private readonly state: { buffer: ArrayBuffer; unmap(): void };
  private readonly vars: { buffer: ArrayBuffer; unmap(): void };
  private readonly pacing: { buffer: ArrayBuffer; unmap(): void };
  private readonly view: DataView;
  private readonly frames: { at: string; hex: string }[] = [];
  private readonly verdicts: string[] = [];
  private readonly applications: string[] = [];
  private readonly ordinary: string[] = [];
  private refusing = false;
  /** Instant of the latest step. */
  private before = 0n;
  /** When something happened last. */
  private latest = 0n;
  private mayBeEarly = false;
  private sent = 0n;

  constructor(
    private readonly object: BpfObject,
    private readonly manifest: Manifest,
    taiOffsetNs: bigint,
    private readonly socket: PacketSocket,
    private readonly ifindex: number,
    private readonly refuserFd: number,
    private readonly onEarly: () => void,
  ) {
    const size = COUNTERS_OFFSET + Math.max(8, 4 * manifest.counters.length);
    this.state = native().mapMmap(object.mapFd('.data.nc_state'), size, { writable: true });
    this.vars = native().mapMmap(object.mapFd('.data.nc_vars'), manifest.varsSize, { writable: true });
    this.pacing = native().mapMmap(object.mapFd('.data.nc_pacing'), PACING_BYTES, { writable: true });
    this.view = new DataView(this.state.buffer);
    this.view.setBigUint64(STATE_OFFSETS.tai_offset, taiOffsetNs, true);
    this.command(3, 0n);
  }

  /** Plays a script; the answer is what it leaves. */
  play(steps: readonly Step[]): KernelResult {
    for (const step of steps) {
      this.step(step);
      this.before = step.atNs;
    }
    return this.collect(this.before);
  }

  /** Unloads the program. */
  close(): void {
    this.refuse(false);
    this.state.unmap();
    this.vars.unmap();
    this.pacing.unmap();
    native().tcDetach(this.ifindex, 'egress', HANDLE, PRIORITY);
    this.socket.close();
    this.object.close();
  }

  /** Whether the next block is the timeout of a `sync slave`. */
  get isTimingOut(): boolean {
    return this.word('waiting') === 1 && (this.instant('sync_slot') & SYNC_MARKS) !== 0n;
  }

  private word(member: StateMember): number {
    return this.view.getUint32(STATE_OFFSETS[member], true);
  }

  private instant(member: StateMember): bigint {
    return this.view.getBigUint64(STATE_OFFSETS[member], true);
  }

  /** One thing happens to the node. */
  step(step: Step): void {
    this.latest = step.atNs;
    this.view.setBigUint64(STATE_OFFSETS.test_now, step.atNs, true);
    switch (step.kind) {
      case 'start':
        this.command(1, step.atNs);
        break;
      case 'stop':
        this.command(2, 0n);
        break;
      case 'wake':
        this.runMachine(step.atNs);
        break;
      case 'run':
        this.runUntil(this.before, step.atNs);
        break;
      case 'deliver':
        this.verdicts.push(this.deliver(step.bytes));
        break;
      case 'write':
        this.applications.push(this.write(step.variable, step.value));
        break;
      case 'refuse':
        this.refuse(step.on);
        break;
      case 'take':
        this.applications.push(this.take(step.queue));
        break;
      case 'ordinary':
        this.ordinary.push(this.offer(step.frame));
        break;
    }
  }

  private queueCell(id: number): QueueCell | null {
    const layout = this.manifest.queues.find((queue) => queue.id === id);
    return layout === undefined ? null : bindQueue(this.vars.buffer, layout);
  }

  /** What an application does that keeps to the writing sides. */
  private write(id: number, value: Value): string {
    const layout = [...this.manifest.variables, ...this.manifest.queues].find((each) => each.id === id)!;
    if (layout.writer === 'network') return 'not_the_writer';
    const queue = this.queueCell(id);
    if (queue !== null) return queue.append(value) ? 'done' : 'queue_full';
    bindVariable(this.vars.buffer, layout).write(value);
    return 'done';
  }

  private take(id: number): string {
    const queue = this.queueCell(id)!;
    if (queue.layout.taker === 'network') return 'not_the_writer';
    const value = queue.take();
    return value === null ? 'queue_empty' : valueText(value);
  }

  private command(code: number, start: bigint): void {
    const data = new Uint8Array(64);
    new DataView(data.buffer).setUint32(16, code, true);
    new DataView(data.buffer).setBigUint64(24, start, true);
    const { returnValue } = native().testRun(this.object.programFd('nc_control'), { data });
    if (returnValue !== 0) throw new Error(`nc_control answers ${returnValue}`);
  }

  private refuse(on: boolean): void {
    if (on === this.refusing) return;
    this.refusing = on;
    if (on) native().tcAttach(this.ifindex, 'egress', this.refuserFd, HANDLE, REFUSING_PRIORITY);
    else native().tcDetach(this.ifindex, 'egress', HANDLE, REFUSING_PRIORITY);
  }

  /** When the machine wants to run next; null when it does not. */
  nextInstant(): bigint | null {
    if (this.word('run') !== RUNNING) return null;
    const slot = this.instant('sync_slot');
    return this.word('waiting') === 1 && (slot & SYNC_MARKS) === 0n ? slot : this.instant('next');
  }

  private runUntil(from: bigint, until: bigint): void {
    for (let blocks = 0; blocks < MOST_BLOCKS; blocks += 1) {
      const next = this.nextInstant();
      if (next === null || next > until) return;
      this.runBlock(next < from ? from : next);
    }
    throw new Error(`more than ${MOST_BLOCKS} blocks`);
  }

  /** Runs the block that is due, as it is woken for it; the answer are the frames that it sent. */
  runBlock(now: bigint): Uint8Array[] {
    const before = this.frames.length;
    if (this.word('waiting') === 1 && !this.isTimingOut) this.wakeMachine(now);
    else if (!this.runEarly(now)) this.runMachine(now);
    this.latest = now;
    return this.frames.slice(before).map(({ hex }) => fromHex(hex));
  }

  private runMachine(now: bigint, earlyNs = 0n): boolean {
    this.view.setBigUint64(STATE_OFFSETS.test_now, now - earlyNs, true);
    const pacing = new DataView(this.pacing.buffer);
    pacing.setBigUint64(pacingOffset('cover'), earlyNs, true);
    pacing.setBigUint64(pacingOffset('early'), earlyNs, true);
    pacing.setBigUint64(pacingOffset('planned'), 0n, true); // nothing is learned of how late this call is
    const { returnValue } = native().testRun(this.object.programFd('nc_machine'), { data: RUN_DATA });
    if (returnValue > ANSWER_RAN) throw new Error(`nc_machine answers ${returnValue}`);
    this.takeFrames(now);
    return returnValue === ANSWER_RAN;
  }

  /** Every other block that may run early does: nothing has happened since. A machine with short waits may refuse. */
  private runEarly(now: bigint): boolean {
    if (this.word('waiting') === 1 || this.instant('next') !== now || now - EARLY_NS <= this.latest) return false;
    this.mayBeEarly = !this.mayBeEarly;
    if (!this.mayBeEarly || !this.runMachine(now, EARLY_NS)) return false;
    this.onEarly();
    return true;
  }

  /** As a sync frame does it: through nc_wake, on the program's interface. */
  private wakeMachine(now: bigint): void {
    this.view.setBigUint64(STATE_OFFSETS.test_now, now, true);
    const context = this.context();
    const data = new Uint8Array(60);
    new DataView(data.buffer).setUint16(12, this.manifest.wire.ethertypes.at(-1)!, false);
    native().testRun(this.object.programFd('nc_wake'), { data, context });
    this.takeFrames(now);
  }

  /** Of a frame on the program's interface. */
  private context(): Uint8Array {
    const context = new Uint8Array(SIZE_OF_CONTEXT);
    new DataView(context.buffer).setUint32(OF_IFINDEX, this.ifindex, true);
    return context;
  }

  private offer({ length, ethertype }: OrdinaryFrame): string {
    const data = new Uint8Array(length);
    new DataView(data.buffer).setUint16(12, ethertype, false);
    const { returnValue } = native().testRun(this.object.programFd('nc_gate'), { data, context: this.context() });
    return returnValue === TC_SHOT ? 'drop' : 'pass';
  }

  /** Frames that the machine has sent, as the far end of the veth pair gets them. */
  private takeFrames(now: bigint): void {
    const total = Object.values(this.stats().channels).reduce(
      (sum, { sent = 0n, sync_sent = 0n }) => sum + sent + sync_sent,
      0n,
    );
    for (; this.sent < total; this.sent += 1n) {
      const frame = this.socket.receive(FRAME_TIMEOUT_MS);
      if (frame === null) throw new Error('a frame that was sent did not arrive');
      this.frames.push({ at: String(now - CASE_CLOCK.originNs), hex: toHex(frame) });
    }
  }

  private stats(): ReturnType<typeof decodeStats> {
    return decodeStats(native().mapLookup(this.object.mapFd('.data.nc_stats'), new Uint8Array(4))!, this.manifest);
  }

  private deliver(bytes: Uint8Array): string {
    const before = this.stats();
    const { returnValue } = native().testRun(this.object.programFd('nc_ingress'), { data: bytes });
    const after = this.stats();
    const changed = (name: string) => before.totals[name] !== after.totals[name];
    const synced = sumChannels(before, 'sync_received') !== sumChannels(after, 'sync_received');
    if (returnValue === XDP_PASS) return synced ? 'taken' : 'pass';
    return ['version', 'type', 'length', 'channel', 'sender', 'strict'].some((cause) => changed(`drop_${cause}`))
      ? 'drop'
      : 'taken';
  }

  /** What is there at an instant. */
  collect(atNs: bigint): KernelResult {
    const value = Buffer.from(new Uint8Array(this.state.buffer));
    const state = decodeState(value, this.manifest);
    const { totals, channels } = this.stats();
    const count = (name: string) => Number(totals[name]);
    return {
      run: state.run === 'failed' ? `failed ${state.reason}` : state.run,
      position: state.position,
      logical: String(state.logicalNs - CASE_CLOCK.originNs),
      errors: this.word('errors'),
      variables: this.variables(),
      queues: this.queues(),
      counters: state.counters,
      messages: this.messages(),
      futures: state.armed.map(({ atNs, target }) => `${atNs - CASE_CLOCK.originNs} ${target}`),
      channels: this.channels(channels),
      drops: {
        version: count('drop_version'),
        type: count('drop_type'),
        length: count('drop_length'),
        unknown_channel: count('drop_channel'),
        sender: count('drop_sender'),
        strict: count('drop_strict'),
        queue_full: Number(sumChannels({ channels }, 'queue_full')),
      },
      stats: {
        deadline_missed: count('late'),
        restarted_grids: count('restarted_grids'),
        sync_received: Number(sumChannels({ channels }, 'sync_received')),
        sync_unawaited: count('sync_unawaited'),
      },
      frames: this.frames,
      verdicts: this.verdicts,
      applications: this.applications,
      gate: this.gate(atNs),
      ordinary: this.ordinary,
      traffic: { passed: count('gate_passed'), dropped: count('gate_dropped'), forged: count('drop_forged') },
    };
  }

  private gate(now: bigint): string {
    if (this.manifest.gate === null) return 'none';
    const open = this.word('run') !== RUNNING || this.word('gate_soft') === 1 || now < this.instant('gate_until');
    return open ? 'open' : 'closed';
  }

  private variables(): Record<string, string> {
    const read = (layout: VariableLayout) => valueText(bindVariable(this.vars.buffer, layout).read());
    return Object.fromEntries(this.manifest.variables.map((layout) => [layout.name, read(layout)]));
  }

  private queues(): Record<string, string[]> {
    const look = (layout: QueueLayout) => bindQueue(this.vars.buffer, layout).look().map(valueText);
    return Object.fromEntries(this.manifest.queues.map((layout) => [layout.name, look(layout)]));
  }

  private messages(): Record<string, string> {
    const value = native().mapLookup(this.object.mapFd('.data.nc_messages'), new Uint8Array(4))!;
    const size = value.length / (this.manifest.messages.length + 1);
    const entries = this.manifest.messages.map((name, index) => {
      const message = value.subarray(index * size, (index + 1) * size);
      const head = MESSAGE_HEAD[this.manifest.wire.format];
      const payload = message.subarray(head, head + message.readUInt32LE(0));
      return [name, message.readUInt32LE(4) === 0 ? 'empty' : `hex:${toHex(payload)}`] as const;
    });
    return Object.fromEntries(entries);
  }

  private channels(stats: Record<string, Record<string, bigint>>): KernelResult['channels'] {
    const rx = native().mapLookup(this.object.mapFd('nc.bss'), new Uint8Array(4))!;
    const held = (ring: { offset: number } | null) =>
      ring === null ? 0 : Number(rx.readBigUInt64LE(ring.offset) - rx.readBigUInt64LE(ring.offset + 8));
    const entries = this.manifest.channels.map(({ name, ring, backupRing }) => {
      const numbers = Object.fromEntries(Object.entries(stats[name]!).map(([key, value]) => [key, Number(value)]));
      return [name, { ...numbers, waiting: held(ring), waiting_backup: held(backupRing) }] as const;
    });
    return Object.fromEntries(entries);
  }
}

function valueText(value: VariableValue): string {
  return value instanceof Uint8Array ? `hex:${toHex(value)}` : String(value);
}

function sumChannels(stats: { channels: Record<string, Record<string, bigint>> }, member: string): bigint {
  return Object.values(stats.channels).reduce((sum, channel) => sum + (channel[member] ?? 0n), 0n);
}
