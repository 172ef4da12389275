// The state of a machine and the small changes that instructions make to it.
import { ERROR_BITS } from '../lang/program.js';
import { Futures } from './futures.js';
import { Ingress } from './ingress.js';
import type { ErrorName, Mac, Program, Value } from '../lang/program.js';
import type { FrameType } from './frame.js';
import type { MachineEvent, RunState, SentFrame } from './machine-events.js';

/** A sync frame that ended a wait: its arrival and the path delay of its channel, ns. */
export interface AcceptedSync {
  readonly arrivalNs: bigint;
  readonly delayNs: bigint;
}

/** What a running machine waits for between two blocks. */
export type Suspension =
  | { readonly kind: 'instant'; readonly dueNs: bigint; readonly target: number }
  | {
      readonly kind: 'sync';
      /** L + T: the last instant at which a frame is in time. */
      readonly deadlineNs: bigint;
      /** The channel after `from`, or null: any. */
      readonly channel: number | null;
      readonly next: number;
      accepted: AcceptedSync | null;
    };

/** What was sent on a channel. Suppressed and refused count sync frames as well. */
export interface SendStats {
  sent: number;
  sync_sent: number;
  suppressed: number;
  refused: number;
  /** Frames that a receive dropped because their length does not fit. */
  wrong_length: number;
}

/** Counts of the machine, all from 0. */
export interface MachineStats {
  /** Blocks that started late. */
  deadline_missed: number;
  restarted_grids: number;
  /** Sync frames that ended a wait. */
  sync_received: number;
  /** Sync frames that nobody waited for. */
  sync_unawaited: number;
}

/**
 * Decides what a program leaves open, in place of its data: a guard on values (1: it holds), whether a queue is empty at a `create`
 * (1: it is), the length of a payload in bytes; null: the data decides.
 */
export type Choosing = (kind: 'guard' | 'empty' | 'length', instruction: number) => number | null;

/** What the outside gives to a machine. */
export interface MachineOptions {
  /** The node's own address. */
  readonly mac: Mac;
  /** Start instant, ns of CLOCK_MONOTONIC; null: held until `start`. */
  readonly startNs: bigint | null;
  /** CLOCK_TAI less CLOCK_MONOTONIC at start, ns. */
  readonly taiOffsetNs: bigint;
  /** Whether the kernel refuses this send; default: never. */
  readonly refuse?: (attempt: SentFrame) => boolean;
  /** Number of ordinary frames that the gate holds back now; default: none. */
  readonly heldBack?: () => number;
  /** Asked where data decides; default: it does. */
  readonly choose?: Choosing;
  /** Called for everything that happens. */
  readonly observe?: (event: MachineEvent) => void;
  /** Called with the index of each instruction before it is executed. */
  readonly execute?: (instruction: number) => void;
}

/** The gate for ordinary traffic (section 5) of a program that has one. */
export interface GateState {
  soft: boolean;
  /** End of the window of `xsend`, ns; null: none. */
  windowEndNs: bigint | null;
  /** The start instant, ns: until then it is open. */
  startNs: bigint;
  /** By how much restarted grids have moved L, ns; null: futures that were armed then have not moved along. */
  movedNs: bigint | null;
}

/** Everything that a machine knows. */
export interface MachineState {
  readonly program: Program;
  readonly options: MachineOptions;
  readonly ingress: Ingress;
  readonly futures: Futures;
  readonly counters: Map<number, number>;
  readonly variables: Map<number, Value>;
  readonly queues: Map<number, Value[]>;
  /** null is an empty message. */
  readonly messages: Map<number, Uint8Array | null>;
  readonly handlers: Map<ErrorName, number>;
  readonly sendStats: Map<number, SendStats>;
  /** Next sequence number by `channel/type`. */
  readonly sequences: Map<string, number>;
  readonly stats: MachineStats;
  readonly gate: GateState | null;
  readonly hasSync: boolean;
  readonly sent: SentFrame[];
  run: RunState;
  suspension: Suspension | null;
  position: number;
  logicalNs: bigint;
  errors: number;
  /** Late blocks in a row. */
  lateInRow: number;
  round: number;
  /** Deadline of the `sync slave` whose timeout began the round; null: another thing began it. */
  roundDeadlineNs: bigint | null;
}

/** A machine that is held. */
export function newMachineState(program: Program, options: MachineOptions): MachineState {
  const { channels, counters, variables, queues, messages, instructions } = program;
  const hasGate = instructions.some((each) => each.op === 'mode' || each.op === 'xsend');
  return {
    program,
    options,
    ingress: new Ingress(program, options.mac),
    futures: new Futures(),
    counters: new Map(counters.map((each) => [each.id, each.start])),
    variables: new Map(variables.map((each) => [each.id, each.initial])),
    queues: new Map(queues.map((each) => [each.id, []])),
    messages: new Map(messages.map((each) => [each.id, null])),
    handlers: new Map(),
    sendStats: new Map(channels.map((each) => [each.id, newSendStats()])),
    sequences: new Map(),
    stats: { deadline_missed: 0, restarted_grids: 0, sync_received: 0, sync_unawaited: 0 },
    gate: hasGate ? closedGate() : null,
    hasSync: instructions.some((each) => each.op === 'sync_master' || each.op === 'sync_slave'),
    sent: [],
    run: { kind: 'held' },
    suspension: null,
    position: 0,
    logicalNs: 0n,
    errors: 0,
    lateInRow: 0,
    round: 0,
    roundDeadlineNs: null,
  };
}

function closedGate(): GateState {
  return { soft: false, windowEndNs: null, startNs: 0n, movedNs: 0n };
}

/** What ends with a run when the machine is started anew. What the network and applications have left stays. */
export function forgetRun(state: MachineState): void {
  const { program } = state;
  for (const { id, start } of program.counters) state.counters.set(id, start);
  for (const { id } of program.messages) state.messages.set(id, null);
  state.handlers.clear();
  state.futures.clear();
  if (state.gate !== null) Object.assign(state.gate, closedGate());
  state.position = 0;
  state.errors = 0;
  state.lateInRow = 0;
  // Two on: frames behind the end of a wait that was never processed have been given the next round already.
  state.round += 2;
  state.roundDeadlineNs = null;
}

/** Tells the observer, if there is one. */
export function tell(state: MachineState, event: MachineEvent): void {
  state.options.observe?.(event);
}

/** Sets a bit. Handlers are looked at after the instruction, not here. */
export function setError(state: MachineState, error: ErrorName, instruction: number | null): void {
  state.errors |= 1 << ERROR_BITS[error];
  tell(state, { kind: 'error', error, instruction });
}

/** Clears a bit. */
export function clearError(state: MachineState, error: ErrorName): void {
  state.errors &= ~(1 << ERROR_BITS[error]);
}

/** The machine stands still from now on. */
export function leaveRunning(state: MachineState, run: RunState): void {
  state.run = run;
  state.suspension = null;
  tell(state, { kind: 'run', state: run });
}

/** Takes the next sequence number of a channel and type. */
export function useSequence(state: MachineState, channel: number, type: FrameType): void {
  state.sequences.set(`${channel}/${type}`, (nextSequence(state, channel, type) + 1) >>> 0);
}

/** The number that the next frame of a channel and type will carry. */
export function nextSequence(state: MachineState, channel: number, type: FrameType): number {
  return state.sequences.get(`${channel}/${type}`) ?? 0;
}

/** The thing of an id; a checked program names only ids that exist. */
export function byId<T>(things: ReadonlyMap<number, T>, id: number): T {
  const thing = things.get(id);
  if (thing === undefined) throw new RangeError(`id ${id} is not declared`);
  return thing;
}

function newSendStats(): SendStats {
  return { sent: 0, sync_sent: 0, suppressed: 0, refused: 0, wrong_length: 0 };
}

/** A round begins; `deadlineNs` is that of the `sync slave` that timed out, null after anything else. */
export function startRound(state: MachineState, deadlineNs: bigint | null): void {
  state.round += 1;
  state.roundDeadlineNs = deadlineNs;
}
