// The instructions that move values between variables, messages, the wire and receive queues.
import type { Instruction, ValueType } from '../../lang/program.js';
import type { CompiledNode } from './compiled-node.js';
import { blame, clear, fork, isHandled, raise, type Draft } from './draft.js';

type Create = Extract<Instruction, { readonly op: 'create' }>;
type Send = Extract<Instruction, { readonly op: 'send' | 'backup_send' }>;
type Receive = Extract<Instruction, { readonly op: 'receive' | 'backup_receive' }>;

/** `create`: a queue that applications fill may be empty or not; how likely it is, a guard before it says: it counts as not empty. */
export function create(node: CompiledNode, draft: Draft, here: number, { variable, message }: Create): Draft[] {
  const place = node.placeIndex.get(variable)!;
  const queue = place - node.program.variables.length;
  const index = node.messageIndex.get(message)!;
  if (queue < 0) {
    fill(draft, here, index, place);
    return [draft];
  }
  if (node.relevance.queues[queue] === 'both_in_program') {
    const isEmpty = draft.state.queues[queue] === 0;
    if (!isEmpty) draft.state.queues[queue]! -= 1;
    takeFromQueue(draft, here, index, isEmpty ? null : place);
    return [draft];
  }
  const other = fork(draft);
  draft.choices.push({ kind: 'empty', instruction: here, value: 0 });
  other.choices.push({ kind: 'empty', instruction: here, value: 1 });
  other.share = 0;
  takeFromQueue(draft, here, index, place);
  takeFromQueue(other, here, index, null);
  return [draft, other];
}

function takeFromQueue(draft: Draft, here: number, message: number, place: number | null): void {
  if (place === null) {
    raise(draft, 'queue_empty');
    empty(draft, here, message);
  } else {
    clear(draft, 'queue_empty');
    fill(draft, here, message, place);
  }
}

function fill({ state, faults }: Draft, here: number, message: number, place: number): void {
  const earlier = state.unsent[message]! - 1;
  if (earlier >= 0) faults.push({ kind: 'overwritten', instruction: here, channel: -1, other: earlier, after: 0 });
  state.messages[message] = place + 1;
  state.unsent[message] = here + 1;
}

function empty({ state, faults }: Draft, here: number, message: number): void {
  const earlier = state.unsent[message]! - 1;
  if (earlier >= 0) faults.push({ kind: 'overwritten', instruction: here, channel: -1, other: earlier, after: 0 });
  state.messages[message] = 0;
  state.unsent[message] = 0;
}

/** `send` and `backup_send`: a byte string may have any length; the greatest is the one that counts as likely. */
export function send(node: CompiledNode, draft: Draft, here: number, instruction: Send): Draft[] {
  const { state } = draft;
  const message = node.messageIndex.get(instruction.message)!;
  state.unsent[message] = 0;
  if (instruction.op === 'backup_send' && state.heard[node.channelIndex.get(instruction.channel)!]) return [draft];
  const place = state.messages[message]! - 1;
  if (place < 0) {
    raise(draft, 'message_empty');
    return [draft];
  }
  clear(draft, 'message_empty');
  const lengths = node.lengths[place]!;
  const ways = lengths.map((_, index) => (index === 0 ? draft : fork(draft)));
  ways.forEach((way, index) => {
    if (lengths.length > 1) way.choices.push({ kind: 'length', instruction: here, value: lengths[index]! });
    way.share = index + 1 === lengths.length ? 1 : 0;
    transmit(node, way, here, lengths[index]!);
  });
  return ways;
}

/** A frame, unless it is too late for one. */
export function transmit(node: CompiledNode, draft: Draft, here: number, bytes: number): void {
  if (draft.late && node.program.late === 'drop') {
    draft.suppressed.push(here);
    return;
  }
  clear(draft, 'send_fault');
  draft.sends.push(node.kinds.kindOf(node.index, here, bytes));
}

/** `receive` and `backup_receive`. */
export function receive(node: CompiledNode, draft: Draft, here: number, instruction: Receive): void {
  const { state } = draft;
  blame(draft);
  const channel = node.channelIndex.get(instruction.channel)!;
  const place = node.placeIndex.get(instruction.variable)!;
  if (instruction.op === 'receive') {
    take(node, draft, { here, channel, place, kind: state.waiting[channel]!.shift(), judged: true });
    return;
  }
  const ofThisRound = state.backup[channel]!.filter((entry) => (entry & 1) === 1);
  state.backup[channel] = state.heard[channel] ? [] : ofThisRound;
  if (state.heard[channel]) return;
  const entry = state.backup[channel].shift();
  take(node, draft, { here, channel, place, kind: entry === undefined ? undefined : entry >> 1, judged: false });
}

interface Taking {
  readonly here: number;
  readonly channel: number;
  readonly place: number;
  /** Undefined: nothing waits. */
  readonly kind: number | undefined;
  /** Whether it must find something: `receive` must, `backup_receive` is there for when nothing has come. */
  readonly judged: boolean;
}

function take(node: CompiledNode, draft: Draft, { here, channel, place, kind, judged }: Taking): void {
  const { state } = draft;
  const { variables, queues, wire } = node.program;
  const type = (place < variables.length ? variables[place] : queues[place - variables.length])!.type;
  if (kind === undefined) {
    if (judged && !isHandled(draft, 'receive_fault')) {
      state.missed = here;
      state.missedChannel = channel;
      state.missedAt = draft.elapsed;
    }
    raise(draft, 'receive_fault');
  } else if (wire.format === 'v1' && !fits(type, node.kinds.list[kind]!.payload)) {
    draft.faults.push({ kind: 'wrong_length', instruction: here, channel, other: kind, after: 0 });
    raise(draft, 'receive_fault');
  } else {
    clear(draft, 'receive_fault');
    store(node, draft, here, channel, place, kind);
  }
}

function fits(type: ValueType, bytes: number): boolean {
  return type.kind === 'integer' ? bytes === type.bits / 8 : bytes <= type.size;
}

function store(node: CompiledNode, draft: Draft, here: number, channel: number, place: number, kind: number): void {
  const queue = place - node.program.variables.length;
  if (queue < 0) {
    if (node.relevance.received[place]) draft.state.received[place] = 1;
  } else if (draft.state.queues[queue]! >= node.program.queues[queue]!.depth) {
    draft.faults.push({ kind: 'queue_full', instruction: here, channel, other: kind, after: 0 });
    raise(draft, 'queue_full');
  } else {
    draft.state.queues[queue]! += 1;
    clear(draft, 'queue_full');
  }
}
