// The instructions that transmit: send, backup_send and sync master.
import { encodeData, encodeSync } from './frame.js';
import { isLate, raise } from './block-context.js';
import { byId, clearError, nextSequence, startRound, tell, useSequence } from './machine-state.js';
import type { Block } from './block-context.js';
import type { SyncFields } from './frame.js';
import type { SendOutcome, SentFrame } from './machine-events.js';
import type { MachineState } from './machine-state.js';

/** `send`: nothing but the error of an empty message, otherwise one frame, unless it is too late or refused. */
export function send(block: Block, channel: number, message: number): void {
  const { state } = block;
  const held = byId(state.messages, message);
  const length = state.options.choose?.('length', state.position) ?? null;
  const payload = held === null || length === null ? held : sized(held, length);
  if (payload === null) {
    raise(block, 'message_empty');
    return;
  }
  clearError(state, 'message_empty');
  const declared = byId(state.ingress.channels, channel).declared;
  const fields = frameFields(state, channel, 'data');
  const bytes = encodeData(state.program.wire, { ...fields, destination: declared.to, payload });
  offer(block, attempt(block, fields, 'data', bytes));
}

function sized(bytes: Uint8Array, length: number): Uint8Array {
  const payload = new Uint8Array(length);
  payload.set(bytes.subarray(0, length));
  return payload;
}

/** `backup_send`: like `send`, but only if the primary was not heard in this round. */
export function backupSend(block: Block, channel: number, message: number): void {
  const { ingress, round } = block.state;
  if (byId(ingress.channels, channel).primaryRound !== round) send(block, channel, message);
}

/** `sync master`: a round starts whether or not the frame leaves. */
export function syncMaster(block: Block, channel: number): void {
  const fields = frameFields(block.state, channel, 'sync');
  offer(block, attempt(block, fields, 'sync', encodeSync(block.state.program.wire, fields)));
  startRound(block.state, null);
}

function frameFields(state: MachineState, channel: number, type: 'data' | 'sync'): SyncFields {
  return {
    source: state.options.mac,
    channel,
    sequence: nextSequence(state, channel, type),
    programId: state.program.programId,
    taiNs: state.logicalNs + state.options.taiOffsetNs,
  };
}

function attempt(block: Block, fields: SyncFields, type: 'data' | 'sync', bytes: Uint8Array): SentFrame {
  const { state, nowNs } = block;
  const { channel, sequence } = fields;
  return { bytes, type, channel, sequence, realNs: nowNs, logicalNs: state.logicalNs, instruction: state.position };
}

/** Late is judged against the instant at which the block was due, not against L, which a restart of the grid moves. */
function offer(block: Block, frame: SentFrame): void {
  const { state } = block;
  const outcome = judge(block, frame);
  const stats = byId(state.sendStats, frame.channel);
  if (outcome === 'sent') {
    stats[frame.type === 'data' ? 'sent' : 'sync_sent'] += 1;
    useSequence(state, frame.channel, frame.type);
    clearError(state, 'send_fault');
    state.sent.push(frame);
  } else {
    stats[outcome] += 1;
  }
  tell(state, { kind: 'send', instruction: state.position, channel: frame.channel, type: frame.type, outcome });
  if (outcome === 'refused') raise(block, 'send_fault');
}

function judge(block: Block, frame: SentFrame): SendOutcome {
  const { program, options } = block.state;
  if (program.late === 'drop' && isLate(block)) return 'suppressed';
  return options.refuse?.(frame) === true ? 'refused' : 'sent';
}
