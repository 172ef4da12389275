// One node's machine as a graph of numbered states that is built where it is needed: each block runs once for each state.
import type { Instruction, Program } from '../../lang/program.js';
import type { CompiledNode } from './compiled-node.js';
import { BlockWays, type Stop } from './block-ways.js';
import { blame, clear, fork, newDraft, raise, takeHandler, type Draft } from './draft.js';
import { step } from './execute.js';
import type { Receiver } from './frame-kinds.js';
import {
  beginRound,
  copyState,
  initialState,
  isAlive,
  keyOf,
  moveL,
  reduceState,
  type LocalState,
} from './local-state.js';
import type { Outcome } from './outcome.js';

/** Late blocks in a row before the next one restarts the grid. */
const LATE_BLOCKS = 64;
/** So many paces between the fastest and the slowest are tried at most. */
const MOST_PACES = 16;
/** What a state and its outcomes take, bytes, as far as it can be told. */
const STATE_BYTES = 1500;

/** An outcome of which it is not known yet how likely it is. */
type Unweighed = Omit<Outcome, 'probability'>;

/** What a data frame does to a machine. */
export interface Delivery {
  readonly next: number;
  /** Kind of the frame that a full queue dropped; -1: none. */
  readonly dropped: number;
}

/** The machine of one node. */
export class NodeMachine {
  readonly states: LocalState[];
  /** About so many bytes are in use. */
  bytes = 0;
  private readonly ids: Map<string, number>;
  private readonly inTime: (readonly Outcome[] | undefined)[] = [];
  private readonly late = new Map<string, readonly Outcome[]>();
  private readonly deliveries = new Map<number, Delivery>();

  /** `twin`: the machine of a node that is alike; both number their states together. */
  constructor(
    readonly node: CompiledNode,
    twin: NodeMachine | null = null,
  ) {
    this.states = twin?.states ?? [];
    this.ids = twin?.ids ?? new Map<string, number>();
  }

  /** The number of the state of a machine that starts `start` units from now. */
  initial(start: number): number {
    return this.idOf(initialState(this.program, start));
  }

  /** The ways through the block that state `id` leads to, begun `lateness` units after it was due. */
  run(id: number, lateness: number): readonly Outcome[] {
    if (lateness === 0) return (this.inTime[id] ??= this.runBlock(id, 0));
    const key = `${id} ${lateness}`;
    const known = this.late.get(key);
    if (known !== undefined) return known;
    const outcomes = this.runBlock(id, lateness);
    this.late.set(key, outcomes);
    this.bytes += STATE_BYTES;
    return outcomes;
  }

  /** A data frame arrives. */
  deliver(id: number, kind: number, receiver: Receiver): Delivery {
    const key = kind * 2 ** 32 + id;
    const known = this.deliveries.get(key);
    if (known !== undefined) return known;
    const delivery = this.take(this.states[id]!, id, kind, receiver);
    this.deliveries.set(key, delivery);
    return delivery;
  }

  /** A sync frame arrives `elapsed` units after L: the state it leads to, and what is now less the new L; null: nobody waits. */
  sync(id: number, elapsed: number, receiver: Receiver): { next: number; elapsed: number } | null {
    const before = this.states[id]!;
    if (before.phase !== 'sync' || elapsed > before.due) return null;
    const channel = receiver.syncChannels.find((each) => before.awaited < 0 || each === before.awaited);
    if (channel === undefined) return null;
    const state = copyState(before);
    const delay = this.node.delays[channel]!;
    moveL(state, elapsed - delay);
    state.phase = 'synced';
    state.awaited = -1;
    state.due = delay;
    if (state.free <= delay) state.free = 0;
    if (this.node.relevance.hasRounds) beginRound(state);
    return { next: this.idOf(state), elapsed: delay };
  }

  private get program(): Program {
    return this.node.program;
  }

  private idOf(state: LocalState): number {
    const key = keyOf(state);
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.states.push(state) - 1;
    this.ids.set(key, id);
    this.bytes += STATE_BYTES + 4 * key.length;
    return id;
  }

  private take(before: LocalState, id: number, kind: number, { channel, fromBackup }: Receiver): Delivery {
    const { relevance } = this.node;
    if (before.phase === 'ended' || !relevance.channels[channel]) return { next: id, dropped: -1 };
    const state = copyState(before);
    if (!fromBackup && relevance.hasRounds) state.heard[channel] = 1;
    const queue = fromBackup ? state.backup[channel]! : state.waiting[channel]!;
    const counts = fromBackup ? relevance.backupReceives[channel]! : relevance.receives[channel]!;
    if (fromBackup && !counts) return { next: id, dropped: -1 };
    queue.push(fromBackup ? 2 * kind + 1 : kind);
    const isOver = queue.length > this.program.channels[channel]!.queue;
    const oldest = isOver ? queue.shift()! : -1;
    const dropped = isOver && counts ? (fromBackup ? oldest >> 1 : oldest) : -1;
    return { next: this.idOf(state), dropped };
  }

  private runBlock(id: number, lateness: number): Outcome[] {
    const { draft, sync } = this.begin(this.states[id]!, lateness);
    const ways = new BlockWays(draft);
    const ends: { readonly end: Stop; readonly outcomes: readonly Unweighed[] }[] = [];
    const open = [ways.first];
    for (let stop = open.pop(); stop !== undefined; stop = open.pop()) {
      const isEnd = stop.draft.done || this.mustWait(stop.draft);
      if (!isEnd) open.push(...ways.goOn(stop, step(this.node, stop.draft)).reverse());
      else ends.push({ end: stop, outcomes: this.paces(stop.draft).map((way) => this.finish(way, sync)) });
    }
    ways.weigh();
    // Of paces none is more likely than another.
    const weighed = ends.flatMap(({ end, outcomes }) => {
      return outcomes.map((outcome) => ({ ...outcome, probability: end.probability / outcomes.length }));
    });
    return merged(weighed);
  }

  /** An instruction that others can tell the instant of begins when those before it are done. */
  private mustWait({ spent, slack, state }: Draft): boolean {
    return spent + slack > 0 && touchesNetwork(this.program.instructions[state.position]);
  }

  /** The instructions since the block began or was interrupted at their fastest, at their slowest, and so often between that no frame fits in. */
  private paces(draft: Draft): Draft[] {
    const { slack, spent } = draft;
    if (slack === 0) return [draft];
    const parts = Math.min(Math.ceil(slack / this.node.shortestFrame), MOST_PACES);
    return Array.from({ length: parts + 1 }, (_, part) => {
      return { ...fork(draft), spent: spent + Math.round((slack * part) / parts), slack: 0 };
    });
  }

  private begin(before: LocalState, lateness: number): { draft: Draft; sync: Outcome['sync'] } {
    const state = copyState(before);
    const { tolerance } = this.node;
    if (before.phase === 'busy') {
      const now = before.due + lateness;
      return { draft: newDraft(state, now, state.late || now - state.begun > tolerance), sync: 'none' };
    }
    if (before.phase !== 'synced') moveL(state, before.due);
    state.begun = before.phase === 'synced' ? before.due : 0;
    state.late = lateness > tolerance;
    const draft = newDraft(state, state.begun + lateness, state.late);
    state.phase = 'busy';
    state.due = 0;
    state.free = 0;
    state.together = false;
    state.awaited = -1;
    forgetDrained(this.node, state);
    judgeLateness(draft);
    if (before.phase === 'sync') {
      beginRound(state);
      raise(draft, 'sync_timeout');
    } else if (before.phase === 'synced') {
      clear(draft, 'sync_timeout');
    }
    if (state.lateInRow > LATE_BLOCKS) {
      moveL(state, draft.elapsed);
      draft.elapsed = 0;
      state.lateInRow = 0;
    }
    const handler = takeHandler(draft);
    if (handler >= 0) state.position = handler;
    const sync = before.phase === 'sync' ? 'timeout' : before.phase === 'synced' ? 'arrival' : 'none';
    return { draft, sync };
  }

  private finish(draft: Draft, sync: Outcome['sync']): Unweighed {
    const { state, elapsed, sends, faults, choices, path, suppressed, spent } = draft;
    const { late, begun } = state;
    const ends = draft.done;
    if (ends) {
      blame(draft);
      state.free = elapsed + spent;
    } else {
      state.due = elapsed + spent;
    }
    const missed = ends && isAlive(state) && state.phase !== 'sync' && state.due !== begun && state.free > state.due;
    const missedDue = missed ? state.due : null;
    state.together = ends && state.phase === 'instant' && state.due === begun;
    reduceState(state, this.node.relevance);
    const rest = isAlive(state) ? elapsed : 0;
    const next = this.idOf(state);
    return { next, elapsed: rest, sends, faults, choices, path, suppressed, late, sync, missedDue };
  }
}

/** Whether the instant of an instruction makes a difference to anybody else. */
function touchesNetwork(instruction: Instruction | undefined): boolean {
  switch (instruction?.op) {
    case 'send':
    case 'backup_send':
    case 'receive':
    case 'backup_receive':
    case 'sync_master':
    case 'sync_slave':
    case 'mode':
    case 'xsend':
    case 'end_of_program':
      return true;
    case 'if':
      return instruction.guard.kind === 'channel_rcv_buf_empty';
    default:
      return false;
  }
}

function judgeLateness(draft: Draft): void {
  if (draft.state.late) {
    draft.state.lateInRow += 1;
    raise(draft, 'deadline_missed');
  } else {
    draft.state.lateInRow = 0;
    clear(draft, 'deadline_missed');
  }
}

/** Applications take what a queue of theirs holds before the next block. */
function forgetDrained({ relevance }: CompiledNode, state: LocalState): void {
  relevance.queues.forEach((use, index) => {
    if (use === 'application_drains') state.queues[index] = 0;
  });
}

/** Of outcomes that differ only in how they came about, the first, as likely as all of them. */
function merged(outcomes: readonly Outcome[]): Outcome[] {
  const byEffect = new Map<string, Outcome>();
  for (const outcome of outcomes) {
    const { next, elapsed, sends, faults, suppressed, missedDue } = outcome;
    const wrong = faults.map(({ kind, instruction, other, after }) => `${kind} ${instruction} ${other} ${after}`);
    const key = `${next} ${elapsed}|${sends.join()}|${wrong.join()}|${suppressed.join()}|${missedDue}`;
    const same = byEffect.get(key);
    const probability = outcome.probability + (same?.probability ?? 0);
    byEffect.set(key, { ...(same ?? outcome), probability });
  }
  return [...byEffect.values()];
}
