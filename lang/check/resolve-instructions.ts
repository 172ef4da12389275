// Instructions: every operand is of the right kind, every value in its range, every channel can do what is asked of it.
import { channelWithoutBackup, channelWithoutSenders } from '../mistakes/values.js';
import type { Operation } from '../program.js';
import type { DeclarationOf, Operand, OperationNode, Word } from '../tree.js';
import type { Checking } from './checking.js';
import { UNKNOWN } from './checking.js';
import { idOf, refer, targetOf } from './references.js';
import { resolveGuard } from './resolve-guards.js';
import { counterValue, durationOf, probabilityOf } from './values.js';

/** Refuses operands of the wrong kind or out of range, and channels that cannot do what is asked. */
export function resolveInstructions(c: Checking): void {
  c.operations = c.tree.instructions.map(({ operation }, index) => operation && resolve(c, operation, index));
}

function resolve(c: Checking, node: OperationNode, index: number): Operation {
  switch (node.op) {
    case 'nop':
    case 'halt':
    case 'end_of_program':
      return { op: node.op };
    case 'mode':
      return { op: node.op, mode: node.mode };
    case 'create':
      return { op: node.op, variable: storeOf(c, node.variable), message: idOf(c, node.message, 'message') };
    case 'destroy':
      return { op: node.op, message: idOf(c, node.message, 'message') };
    case 'clear_counter':
      return { op: node.op, counter: idOf(c, node.counter, 'counter') };
    case 'set_counter':
    case 'add_to_counter':
    case 'sub_from_counter':
      return { op: node.op, counter: idOf(c, node.counter, 'counter'), value: counterValue(c, node.value) ?? 0 };
    case 'send':
    case 'backup_send':
    case 'receive':
    case 'backup_receive':
    case 'sync_master':
    case 'sync_slave':
      return resolveTransfer(c, node);
    default:
      return resolveControl(c, node, index);
  }
}

type TransferOp = 'send' | 'backup_send' | 'receive' | 'backup_receive' | 'sync_master' | 'sync_slave';
type NodeOf<Op> = Extract<OperationNode, { readonly op: Op }>;

function resolveTransfer(c: Checking, node: NodeOf<TransferOp>): Operation {
  switch (node.op) {
    case 'send':
      return { op: node.op, channel: idOf(c, node.channel, 'channel'), message: idOf(c, node.message, 'message') };
    case 'backup_send': {
      const channel = listeningChannel(c, node.channel, node.op);
      return { op: node.op, channel, message: idOf(c, node.message, 'message') };
    }
    case 'receive':
      return { op: node.op, channel: listeningChannel(c, node.channel, node.op), variable: storeOf(c, node.variable) };
    case 'backup_receive':
      return { op: node.op, channel: channelWithBackup(c, node.channel), variable: storeOf(c, node.variable) };
    case 'sync_master':
      return { op: node.op, channel: idOf(c, node.channel, 'channel') };
    case 'sync_slave': {
      const timeoutNs = positive(c, node.timeout, 'a timeout');
      const channel = node.channel ? listeningChannel(c, node.channel, 'sync slave ... from') : null;
      return { op: node.op, timeoutNs, channel };
    }
  }
}

type ControlOp = 'future' | 'wait' | 'goto' | 'if' | 'xsend' | 'handle';

function resolveControl(c: Checking, node: NodeOf<ControlOp>, index: number): Operation {
  switch (node.op) {
    case 'future':
      return { op: node.op, delayNs: positive(c, node.delay, 'a delay'), target: targetOf(c, node.label) };
    case 'wait': {
      const target = node.label ? targetOf(c, node.label) : index + 1;
      return { op: node.op, delayNs: positive(c, node.delay, 'a delay'), target };
    }
    case 'goto':
      return { op: node.op, target: targetOf(c, node.label) };
    case 'if': {
      const guard = resolveGuard(c, node.guard);
      const probability = node.probability ? probabilityOf(c, node.probability) : null;
      return { op: node.op, guard, negated: node.negated, probability, target: targetOf(c, node.label) };
    }
    case 'xsend':
      return { op: node.op, windowNs: positive(c, node.window, 'a window') };
    case 'handle':
      return { op: node.op, error: node.error, target: node.label ? targetOf(c, node.label) : null };
  }
}

function positive(c: Checking, operand: Operand, what: string): bigint {
  return durationOf(c, operand, what, 'refused') ?? 1n;
}

/** The id of a variable or queue. */
function storeOf(c: Checking, word: Word): number {
  return refer(c, word, ['var', 'queue'], 'a variable')?.id ?? UNKNOWN;
}

/** Without `from` a channel accepts no frame, so that waiting for one is a mistake. */
function listeningChannel(c: Checking, word: Word, instruction: string): number {
  const found = refer(c, word, ['channel'], 'a channel');
  if (found && (found.declaration as DeclarationOf<'channel'>).from === null) {
    c.report.add(channelWithoutSenders(word.span, word.name, instruction, found.word.span));
  }
  return found?.id ?? UNKNOWN;
}

function channelWithBackup(c: Checking, word: Word): number {
  const found = refer(c, word, ['channel'], 'a channel');
  if (found && (found.declaration as DeclarationOf<'channel'>).backup === null) {
    c.report.add(channelWithoutBackup(word.span, word.name, found.word.span));
  }
  return found?.id ?? UNKNOWN;
}
