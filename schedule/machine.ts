// The machine of language.md in virtual time: an exact, pure second implementation of what the compiled BPF does.
import { dueInstant, runBlock } from './block.js';
import { depthOf } from './guards.js';
import { byId, forgetRun, leaveRunning, newMachineState, startRound, tell } from './machine-state.js';
import { fitsType } from './values.js';
import type { Mac, Program, Value } from '../lang/program.js';
import type { Future } from './futures.js';
import type { Judgement } from './ingress.js';
import type { RunState, SentFrame } from './machine-events.js';
import type { GateState, MachineOptions, MachineState } from './machine-state.js';

/** What became of a write or take by an application. */
export type Access = 'done' | 'not_the_writer' | 'queue_full' | 'queue_empty';

/**
 * One node that runs a program. The caller is the clock: it delivers frames, writes variables and runs blocks in the
 * order of time. At one instant frames come first, then writes, then blocks; the machine does not check the order.
 */
export class Machine {
  private readonly state: MachineState;
  private readonly network: ReadonlySet<number>;
  private readonly drained: ReadonlySet<number>;

  constructor(program: Program, options: MachineOptions) {
    this.state = newMachineState(program, options);
    const { instructions } = program;
    this.network = new Set(
      instructions.flatMap((each) => (each.op === 'receive' || each.op === 'backup_receive' ? [each.variable] : [])),
    );
    this.drained = new Set(instructions.flatMap((each) => (each.op === 'create' ? [each.variable] : [])));
    if (options.startNs !== null) this.start(options.startNs);
  }

  /**
   * Starts the machine from its first instruction, whatever it does: L is `startNs` (ns of CLOCK_MONOTONIC), and its first block
   * is due then. Variables, queues, waiting frames, sequence numbers and counts stay as an earlier run has left them.
   */
  start(startNs: bigint): void {
    if (this.state.run.kind !== 'held') forgetRun(this.state);
    this.state.run = { kind: 'running' };
    this.state.logicalNs = startNs;
    if (this.state.gate !== null) this.state.gate.startNs = startNs;
    this.state.suspension = { kind: 'instant', dueNs: startNs, target: 0 };
    tell(this.state, { kind: 'run', state: this.state.run });
  }

  /** Stops a machine that is held or running; frames are queued as ever. */
  stop(): void {
    const { kind } = this.state.run;
    if (kind === 'held' || kind === 'running') leaveRunning(this.state, { kind: 'stopped' });
  }

  /** When the machine wants to run next, ns of CLOCK_MONOTONIC; null: never. */
  nextInstant(): bigint | null {
    return this.state.suspension && dueInstant(this.state.suspension);
  }

  /** Runs one block if one is due at the real instant `nowNs`; false if none is. */
  run(nowNs: bigint): boolean {
    const { suspension } = this.state;
    if (suspension === null || dueInstant(suspension) > nowNs) return false;
    runBlock(this.state, suspension, nowNs);
    return true;
  }

  /** A frame arrives at the interface. */
  deliver(bytes: Uint8Array, arrivalNs: bigint): Judgement {
    const judgement = this.state.ingress.accept(bytes, this.roundAt(arrivalNs));
    const type = judgement.verdict === 'taken' ? judgement.type : null;
    const cause = judgement.verdict === 'drop' ? judgement.cause : null;
    tell(this.state, { kind: 'arrival', verdict: judgement.verdict, cause, type });
    if (judgement.verdict === 'taken' && judgement.type === 'sync') this.takeSync(judgement, arrivalNs);
    return judgement;
  }

  /** An application writes a variable or appends to a queue. Throws RangeError for a value beyond the type. */
  writeVariable(id: number, value: Value): Access {
    const { state } = this;
    const declared = [...state.program.variables, ...state.program.queues].find((each) => each.id === id);
    if (declared === undefined) throw new RangeError(`id ${id} is neither a variable nor a queue`);
    if (!fitsType(declared.type, value)) throw new RangeError(`the value does not fit ${declared.name}`);
    if (this.network.has(id)) return 'not_the_writer';
    const queue = state.queues.get(id);
    if (queue === undefined) state.variables.set(id, value);
    else if (queue.length >= depthOf(state, id)) return 'queue_full';
    else queue.push(value);
    tell(state, { kind: 'write', variable: id });
    return 'done';
  }

  /** An application takes the oldest value of a queue that the program does not drain. */
  takeFromQueue(id: number): { readonly access: Access; readonly value: Value | null } {
    const queue = byId(this.state.queues, id);
    if (this.drained.has(id)) return { access: 'not_the_writer', value: null };
    const value = queue.shift() ?? null;
    return { access: value === null ? 'queue_empty' : 'done', value };
  }

  /** Whether the program has a gate at all. */
  get hasGate(): boolean {
    return this.state.gate !== null;
  }

  /** Whether ordinary traffic may pass at an instant. A machine that does not run fails open. */
  isGateOpen(atNs: bigint): boolean {
    const { gate, run } = this.state;
    if (gate === null || run.kind !== 'running') return true;
    return gate.soft || (gate.windowEndNs !== null && atNs < gate.windowEndNs);
  }

  /** The gate as the last block left it; null: the program has none. */
  get gate(): Readonly<GateState> | null {
    return this.state.gate;
  }

  /** How many frames wait on a channel. */
  waitingFrames(channel: number): { readonly primary: number; readonly backup: number } {
    const { primary, backup } = byId(this.state.ingress.channels, channel);
    return { primary: primary.size, backup: backup.size };
  }

  /** Whether the next block is the timeout of a `sync slave`. */
  get isTimingOut(): boolean {
    return this.state.suspension?.kind === 'sync' && this.state.suspension.accepted === null;
  }

  /** How the machine stands. */
  get runState(): RunState {
    return this.state.run;
  }

  /** Index of the instruction that comes next; where the machine stopped if it ended or failed. */
  get position(): number {
    return this.state.position;
  }

  /** L as the last block left it, ns of CLOCK_MONOTONIC; a suspended machine gets its new L when it goes on. */
  get logicalNs(): bigint {
    return this.state.logicalNs;
  }

  /** Armed futures in the order of arming; the one that a halted machine waits for is not among them. */
  get futures(): readonly Future[] {
    return this.state.futures.list();
  }

  /** Error bits, 16 bit. */
  get errors(): number {
    return this.state.errors;
  }

  /** Frames that left, in order. */
  get frames(): readonly SentFrame[] {
    return this.state.sent;
  }

  /** Counts rounds of section 6, from 0. */
  get round(): number {
    return this.state.round;
  }

  /** Value of a counter. */
  counter(id: number): number {
    return byId(this.state.counters, id);
  }

  /** Value of a variable. */
  variable(id: number): Value {
    return byId(this.state.variables, id);
  }

  /** What a queue holds, the oldest first. */
  queue(id: number): readonly Value[] {
    return [...byId(this.state.queues, id)];
  }

  /** What a message holds; null: it is empty. */
  message(id: number): Uint8Array | null {
    return byId(this.state.messages, id);
  }

  /** Counts of the machine, of what it sent, and of what its ingress did. */
  get counts(): Pick<MachineState, 'stats' | 'sendStats' | 'ingress'> {
    return this.state;
  }

  /**
   * A frame that arrives after the end of a wait belongs to the next round, also while the timeout is not processed. One that
   * arrives at that very instant does not, also if the timeout is processed: at one instant frames come first.
   */
  private roundAt(arrivalNs: bigint): number {
    const { suspension, round, roundDeadlineNs } = this.state;
    if (roundDeadlineNs !== null && arrivalNs <= roundDeadlineNs) return round - 1;
    const isOver = suspension?.kind === 'sync' && suspension.accepted === null && arrivalNs > suspension.deadlineNs;
    return isOver ? round + 1 : round;
  }

  private takeSync(frame: { readonly source: Mac; readonly channel: number | null }, arrivalNs: bigint): void {
    const { suspension, stats } = this.state;
    const isAwaited = suspension?.kind === 'sync' && suspension.accepted === null && arrivalNs <= suspension.deadlineNs;
    const delayNs = isAwaited ? this.delayOfSync(frame, suspension.channel) : null;
    if (!isAwaited || delayNs === null) {
      stats.sync_unawaited += 1;
      tell(this.state, { kind: 'sync', outcome: 'unawaited', source: frame.source });
      return;
    }
    suspension.accepted = { arrivalNs, delayNs };
    startRound(this.state, null);
    stats.sync_received += 1;
    tell(this.state, { kind: 'sync', outcome: 'arrived', source: frame.source });
  }

  /** Path delay of the channel on whose `from` list the sync frame counts; null if it does not count. */
  private delayOfSync(frame: { source: Mac; channel: number | null }, awaited: number | null): bigint | null {
    const counting = this.state.program.channels.find(
      (channel) =>
        channel.from.includes(frame.source) &&
        (awaited === null || channel.id === awaited) &&
        (frame.channel === null || channel.id === frame.channel),
    );
    return counting?.delayNs ?? null;
  }
}
