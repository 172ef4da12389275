// The canonical text of a program: what `fmt` writes, less the comments. The program id is taken from it, so that
// neither comments nor spaces change the id. Printing is a matter of form only: what is printed parses to the same tree.
import { createHash } from 'node:crypto';
import type {
  Declaration,
  DeclarationOf,
  GuardNode,
  InstructionNode,
  MacLiteral,
  Operand,
  OperationNode,
  Tree,
  TypeNode,
} from './tree.js';

/** The canonical text. Lines with a mistake are left out. */
export function printTree(tree: Tree): string {
  const declarations = tree.declarations.map(printDeclaration);
  const instructions = tree.instructions.flatMap(printLabelled);
  const dangling = tree.danglingLabels.map(({ name }) => `${name}:`);
  const body = [...instructions, ...dangling];
  const gap = declarations.length > 0 && body.length > 0 ? [''] : [];
  return [...declarations, ...gap, ...body].map((line) => `${line}\n`).join('');
}

/** The program id: the first 32 bits of the SHA-256 of the canonical text. */
export function programIdOf(canonicalText: string): number {
  return createHash('sha256').update(canonicalText, 'utf8').digest().readUInt32BE(0);
}

/** A declaration on one line, without an end of line. */
export function printDeclaration(declaration: Declaration): string {
  switch (declaration.kind) {
    case 'node':
      return `node ${declaration.name.name}`;
    case 'wire':
      return `wire ${declaration.format}${optional(' ethertype ', declaration.ethertype)}`;
    case 'tick':
    case 'tolerance':
      return `${declaration.kind} ${printOperand(declaration.duration)}`;
    case 'late':
      return `late ${declaration.policy}`;
    case 'ingress':
      return `ingress ${declaration.mode}${declaration.allow ? ` allow ${printMacs(declaration.allow)}` : ''}`;
    case 'channel':
      return printChannel(declaration);
    case 'const':
      return `const ${declaration.name.name} = ${printOperand(declaration.value)}`;
    default:
      return printStored(declaration);
  }
}

function printStored(declaration: DeclarationOf<'var' | 'queue' | 'message' | 'counter'>): string {
  const head = `${declaration.kind} ${declaration.name.name}${optional(' = ', declaration.id)}`;
  switch (declaration.kind) {
    case 'var':
      return `${head} : ${printType(declaration.type)}${optional(' = ', declaration.initial)}`;
    case 'queue':
      return `${head} : ${printType(declaration.type)} depth ${printOperand(declaration.depth)}`;
    case 'counter':
      return `${head}${optional(' start ', declaration.start)}`;
    case 'message':
      return head;
  }
}

function printChannel(channel: DeclarationOf<'channel'>): string {
  const { name, id, to, from, backup, queue, delay } = channel;
  const parts = [
    `channel ${name.name}${optional(' = ', id)}`,
    to ? ` to ${to.mac}` : '',
    from ? ` from ${printMacs(from)}` : '',
    backup ? ` backup ${backup.mac}` : '',
    optional(' queue ', queue),
    optional(' delay ', delay),
  ];
  return parts.join('');
}

function printMacs(list: readonly MacLiteral[]): string {
  return list.map(({ mac }) => mac).join(', ');
}

function printType(type: TypeNode): string {
  return type.kind === 'bytes' ? `bytes[${printOperand(type.size)}]` : `${type.signed ? 'i' : 'u'}${type.bits}`;
}

function optional(before: string, operand: Operand | null): string {
  return operand ? before + printOperand(operand) : '';
}

function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'name':
      return operand.name;
    case 'duration':
      return operand.amount + operand.unit;
    case 'text':
      return `"${operand.text}"`;
    case 'hex':
      return `hex:${operand.text}`;
    default:
      return operand.text;
  }
}

function printLabelled(instruction: InstructionNode): string[] {
  const labels = instruction.labels.map(({ name }) => `${name}:`);
  return instruction.operation ? [...labels, `    ${printOperation(instruction.operation)}`] : labels;
}

/** An instruction without its labels and without indentation. */
export function printOperation(operation: OperationNode): string {
  switch (operation.op) {
    case 'nop':
    case 'halt':
    case 'end_of_program':
      return operation.op;
    case 'create':
      return `create ${operation.variable.name} -> ${operation.message.name}`;
    case 'destroy':
      return `destroy ${operation.message.name}`;
    case 'send':
    case 'backup_send':
      return `${operation.op} ${operation.channel.name}, ${operation.message.name}`;
    case 'receive':
    case 'backup_receive':
      return `${operation.op} ${operation.channel.name} -> ${operation.variable.name}`;
    case 'mode':
      return `mode ${operation.mode}`;
    case 'set_counter':
    case 'add_to_counter':
    case 'sub_from_counter':
      return `${operation.op} ${operation.counter.name}, ${printOperand(operation.value)}`;
    case 'clear_counter':
      return `clear_counter ${operation.counter.name}`;
    default:
      return printControl(operation);
  }
}

type ControlOp = 'sync_master' | 'sync_slave' | 'future' | 'wait' | 'goto' | 'if' | 'xsend' | 'handle';

function printControl(operation: Extract<OperationNode, { readonly op: ControlOp }>): string {
  switch (operation.op) {
    case 'sync_master':
      return `sync master ${operation.channel.name}`;
    case 'sync_slave': {
      const from = operation.channel ? ` from ${operation.channel.name}` : '';
      return `sync slave ${printOperand(operation.timeout)}${from}`;
    }
    case 'future':
      return `future ${printOperand(operation.delay)}, ${operation.label.name}`;
    case 'wait':
      return `wait ${printOperand(operation.delay)}${operation.label ? `, ${operation.label.name}` : ''}`;
    case 'goto':
      return `goto ${operation.label.name}`;
    case 'if':
      return printIf(operation);
    case 'xsend':
      return `xsend ${printOperand(operation.window)}`;
    case 'handle':
      return `handle ${operation.error}, ${operation.label?.name ?? 'none'}`;
  }
}

function printIf(operation: Extract<OperationNode, { readonly op: 'if' }>): string {
  const { negated, guard, probability, label } = operation;
  return `if ${negated ? 'not ' : ''}${printGuard(guard)}${optional(' probability ', probability)} goto ${label.name}`;
}

/** A guard: without operands it has no parentheses. */
export function printGuard(guard: GuardNode): string {
  const operands = guardOperands(guard);
  return operands.length > 0 ? `${guard.kind}(${operands.join(', ')})` : guard.kind;
}

function guardOperands(guard: GuardNode): readonly string[] {
  switch (guard.kind) {
    case 'channel_rcv_buf_empty':
      return [guard.channel.name];
    case 'test_count':
      return [guard.counter.name, printOperand(guard.value)];
    case 'status_test':
      return guard.mask ? [printOperand(guard.mask)] : guard.errors;
    case 'equal':
    case 'greater':
    case 'less':
      return [guard.a.name, guard.b.name];
    case 'test_var':
      return [guard.variable.name, guard.condition];
    case 'var_queue_empty':
    case 'var_queue_full':
      return [guard.variable.name];
    default:
      return [];
  }
}
