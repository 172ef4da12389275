// What one machine is like between two blocks, with every time relative to its L: the same in every round.
import type { Program } from '../../lang/program.js';
import { isLive, type Live } from './liveness.js';
import { ERRORS, type Relevance } from './relevance.js';

/**
 * What a machine waits for, or how it stopped. `held`: not started yet; `synced`: its sync frame has come; `busy`: within a block, the
 * instruction that comes next begins when those before it are done.
 */
export type Phase = 'held' | 'instant' | 'sync' | 'synced' | 'busy' | 'ended' | 'no_future' | 'too_many_futures';

/** The state of one machine. Lists are by index into the program's lists. */
export interface LocalState {
  phase: Phase;
  /** The instruction that comes next; of a machine that has failed, where it did. */
  position: number;
  /** When it goes on: the instant, the end of the wait, or the arrival of the sync frame; units from L. */
  due: number;
  /** When the processor has done what the last block gave it to do, units from L; no later than `due`: 0. */
  free: number;
  /** Within a block: when it was due, units from L, whether it began late, and a `receive` that found nothing (or -1). */
  begun: number;
  late: boolean;
  /** The next block is due when this one was: both count as one. */
  together: boolean;
  missed: number;
  missedChannel: number;
  /** When it found nothing, units from L. */
  missedAt: number;
  /** `sync slave ... from`: index of the channel; -1: any. */
  awaited: number;
  /** Instant in units from L, and target, in the order in which they come. */
  futures: number[];
  counters: number[];
  errors: number;
  /** By the order of `ERRORS`; -1 is none. */
  handlers: number[];
  lateInRow: number;
  /** 0: empty; otherwise one more than the index of the variable, or of the queue behind the variables. */
  messages: number[];
  /** 0: nothing unsent; otherwise one more than the index of the `create`. */
  unsent: number[];
  /** Whether the variable holds received bytes. */
  received: number[];
  /** How many values each queue holds. */
  queues: number[];
  /** Kinds of the frames that wait, per channel. */
  waiting: number[][];
  /** The same for the backup: twice the kind, one more if it arrived in this round. */
  backup: number[][];
  /** Whether a frame of the primary has arrived in this round. */
  heard: number[];
  /** The instruction that opened the gate, or -1. */
  softBy: number;
  windowBy: number;
  /** Units from L. */
  windowEnd: number;
}

/** A machine that starts `start` units from now. */
export function initialState(program: Program, start: number): LocalState {
  const { channels, counters, variables, messages, queues } = program;
  return {
    phase: 'held',
    position: 0,
    due: start,
    free: 0,
    begun: 0,
    late: false,
    together: false,
    missed: -1,
    missedChannel: -1,
    missedAt: 0,
    awaited: -1,
    futures: [],
    counters: counters.map(({ start: value }) => value),
    errors: 0,
    handlers: ERRORS.map(() => -1),
    lateInRow: 0,
    messages: messages.map(() => 0),
    unsent: messages.map(() => 0),
    received: variables.map(() => 0),
    queues: queues.map(() => 0),
    waiting: channels.map(() => []),
    backup: channels.map(() => []),
    heard: channels.map(() => 0),
    softBy: -1,
    windowBy: -1,
    windowEnd: 0,
  };
}

/** A copy that can be changed. */
export function copyState(state: LocalState): LocalState {
  return {
    ...state,
    futures: state.futures.slice(),
    counters: state.counters.slice(),
    handlers: state.handlers.slice(),
    messages: state.messages.slice(),
    unsent: state.unsent.slice(),
    received: state.received.slice(),
    queues: state.queues.slice(),
    waiting: state.waiting.map((each) => each.slice()),
    backup: state.backup.map((each) => each.slice()),
    heard: state.heard.slice(),
  };
}

/** Moves L by `by` units: what is relative to it gets nearer. */
export function moveL(state: LocalState, by: number): void {
  if (by === 0) return;
  for (let index = 0; index < state.futures.length; index += 2) state.futures[index]! -= by;
  state.windowEnd -= by;
  if (state.free !== 0) state.free -= by;
}

/** A round begins (language.md section 6). */
export function beginRound(state: LocalState): void {
  state.heard.fill(0);
  for (const queue of state.backup) for (let index = 0; index < queue.length; index += 1) queue[index]! &= ~1;
}

/** Whether the machine still runs or will. */
export function isAlive(state: LocalState): boolean {
  return state.phase !== 'ended' && state.phase !== 'no_future' && state.phase !== 'too_many_futures';
}

/** Takes out what makes no difference any more, so that states that behave alike are equal. */
export function reduceState(state: LocalState, relevance: Relevance): void {
  state.errors &= relevance.statusMask;
  state.counters.forEach((_, index) => {
    const counts = relevance.counters[index] && isNeeded(state, relevance.liveCounters, index);
    if (!counts) state.counters[index] = 0;
  });
  state.messages.forEach((place, index) => {
    if (place !== 0 && !isNeeded(state, relevance.liveMessages, index)) state.messages[index] = 0;
  });
  if (!relevance.judgesUnsent) state.unsent.fill(0);
  if (state.windowEnd <= 0 || state.windowBy < 0) {
    state.windowEnd = 0;
    state.windowBy = -1;
  }
  if (state.free <= state.due) state.free = 0;
  if (state.phase !== 'busy') leaveBlock(state);
  if (!isAlive(state)) retire(state);
}

/** A counter or message is read from where the machine goes on, or from where a future that is armed or a handler leads. */
function isNeeded({ position, futures, handlers }: LocalState, live: Live, index: number): boolean {
  if (isLive(live, position, index)) return true;
  if (handlers.some((target) => target >= 0 && isLive(live, target, index))) return true;
  for (let at = 1; at < futures.length; at += 2) {
    if (isLive(live, futures[at]!, index)) return true;
  }
  return false;
}

function leaveBlock(state: LocalState): void {
  state.begun = 0;
  state.late = false;
  state.missed = -1;
  state.missedChannel = -1;
  state.missedAt = 0;
}

/** When the machine goes on, units from L. */
export function nextBlock({ due, free }: LocalState): number {
  return Math.max(due, free);
}

/** A machine that has stopped does nothing; frames wait for one that has failed. */
function retire(state: LocalState): void {
  state.due = 0;
  state.free = 0;
  state.futures = [];
  state.errors = 0;
  state.lateInRow = 0;
  for (const list of [state.counters, state.messages, state.unsent, state.received, state.queues, state.heard]) {
    list.fill(0);
  }
  state.handlers.fill(-1);
  if (state.phase === 'ended') state.waiting.forEach((queue) => (queue.length = 0));
  state.backup.forEach((queue) => (queue.length = 0));
}

/** Equal for equal states only. */
export function keyOf(state: LocalState): string {
  const { phase, position, due, free, begun, late, together, missed, missedChannel, missedAt } = state;
  const { awaited, errors, lateInRow, softBy, windowBy, windowEnd } = state;
  const lists = [state.futures, state.counters, state.handlers, state.messages, state.unsent, state.received];
  const more = [state.queues, state.heard, ...state.waiting, ...state.backup];
  return `${phase} ${position} ${due} ${free} ${begun} ${late} ${together} ${missed} ${missedChannel} ${missedAt} ${awaited} ${errors} ${lateInRow} ${softBy} ${windowBy} ${windowEnd}|${lists.join('|')}|${more.join('|')}`;
}
