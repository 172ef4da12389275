// One instruction as C.
import { branchesOf } from '../lang/check/flow/effects.js';
import { ERROR_BITS, type ErrorName, type Guard, type Instruction, type Program } from '../lang/program.js';
import type { VariableLayout } from '../maps/layout.js';
import type { Shape } from './shape.js';

/** What an emitter needs to know of the program around the instruction. */
export interface EmitContext {
  readonly program: Program;
  readonly shape: Shape;
  /** A C statement that continues at an instruction: a jump in this group, or a return to the next group. */
  readonly goTo: (index: number) => string;
  /** The same from an instruction to a handler, which may lie before it. */
  readonly goToHandler: (from: number, to: number) => string;
  /** Targets of the handlers that the program installs for an error. */
  readonly handlers: ReadonlyMap<ErrorName, ReadonlySet<number>>;
}

const SUSPENDED = 'return NC_SUSPENDED;';

function variableAt(shape: Shape, id: number): { index: number; layout: VariableLayout } {
  const index = shape.variableIndex.get(id)!;
  return { index, layout: shape.places[index]! };
}

const C_TYPES = {
  1: ['nc_u8', 'signed char'],
  2: ['nc_u16', 'short'],
  4: ['nc_u32', 'int'],
  8: ['nc_u64', 'long long'],
} as const;

/** The integer's value in its own type; `unsigned` asks for its bits. */
function integer(layout: VariableLayout, unsigned = false): string {
  const { type, offset } = layout;
  if (type.kind !== 'integer') throw new Error(`${layout.name} is no integer`);
  return `NC_INTEGER(${C_TYPES[type.size][type.signed && !unsigned ? 1 : 0]}, ${offset})`;
}

function comparison(guard: Extract<Guard, { a: number }>, shape: Shape): string {
  const a = variableAt(shape, guard.a);
  const b = variableAt(shape, guard.b);
  const order = { equal: 0, greater: 1, less: -1 }[guard.kind];
  if (a.layout.type.kind === 'bytes') return `nc_compare_bytes(${a.index}, ${b.index}) == ${order}`;
  const wide = a.layout.type.signed ? 'long long' : 'nc_u64';
  const operator = { equal: '==', greater: '>', less: '<' }[guard.kind];
  return `(${wide})${integer(a.layout)} ${operator} (${wide})${integer(b.layout)}`;
}

function variableTest(guard: Extract<Guard, { kind: 'test_var' }>, shape: Shape): string {
  const { index, layout } = variableAt(shape, guard.variable);
  if (layout.type.kind === 'bytes') {
    const fold = `nc_fold_bytes(${index})`;
    return {
      zero: `${fold} == 0`,
      nonzero: `${fold} >= 2`,
      even_parity: `!(${fold} & ~2)`,
      odd_parity: `${fold} == 3`,
    }[guard.condition];
  }
  const bits = integer(layout, true);
  return {
    zero: `!${bits}`,
    nonzero: `!!${bits}`,
    even_parity: `!nc_parity(${bits})`,
    odd_parity: `!!nc_parity(${bits})`,
  }[guard.condition];
}

/** The guard as a C expression. */
function guardExpression(guard: Guard, shape: Shape): string {
  switch (guard.kind) {
    case 'always_true':
      return '1';
    case 'always_false':
      return '0';
    case 'channel_rcv_buf_empty':
      return `nc_receive_empty(${shape.channelIndex.get(guard.channel)})`;
    case 'test_count':
      return `NC_COUNTER(${shape.counterIndex.get(guard.counter)}) == ${guard.value}U`;
    case 'status_test':
      return `nc_state.errors & ${guard.mask}U`;
    case 'equal':
    case 'greater':
    case 'less':
      return comparison(guard, shape);
    case 'test_var':
      return variableTest(guard, shape);
    case 'send_buffer_empty':
      return 'nc_send_buffer_empty()';
    case 'var_queue_empty':
      return `nc_queue_empty(${shape.variableIndex.get(guard.variable)})`;
    case 'var_queue_full':
      return `nc_queue_full(${shape.variableIndex.get(guard.variable)})`;
  }
}

function branch(instruction: Extract<Instruction, { op: 'if' }>, context: EmitContext): string {
  const { jumps, goesOn } = branchesOf(instruction);
  // What a constant guard does not lead to may not have been emitted.
  if (!jumps) return ';';
  if (!goesOn) return context.goTo(instruction.target);
  const condition = guardExpression(instruction.guard, context.shape);
  return `if (${instruction.negated ? `!(${condition})` : condition}) ${context.goTo(instruction.target)}`;
}

function counterStatement(instruction: Extract<Instruction, { counter: number }>, shape: Shape): string {
  const counter = `NC_COUNTER(${shape.counterIndex.get(instruction.counter)})`;
  switch (instruction.op) {
    case 'set_counter':
      return `${counter} = ${instruction.value}U;`;
    case 'add_to_counter':
      return `${counter} += ${instruction.value}U;`;
    case 'sub_from_counter':
      return `${counter} -= ${instruction.value}U;`;
    case 'clear_counter':
      return `${counter} = 0;`;
  }
}

/** An operation that answers with the errors it has set; control goes to a handler of one of them. */
function guarded(call: string, errors: readonly ErrorName[], index: number, context: EmitContext): string {
  const targets = new Set(errors.flatMap((error) => [...(context.handlers.get(error) ?? [])]));
  if (targets.size === 0) return `${call};`;
  const jumps = [...targets].map((to) => `if (at == ${to}) ${context.goToHandler(index, to)}`);
  return `{ nc_u32 errors = ${call}; if (errors) { nc_u32 at = nc_handler(errors); ${jumps.join(' ')} } }`;
}

function emitHalt(index: number, context: EmitContext): string {
  const targets = [...(context.handlers.get('no_future') ?? [])];
  if (targets.length === 0) return `nc_halt(${index}); ${SUSPENDED}`;
  const jumps = targets.map((to) => `if (at == ${to}) ${context.goToHandler(index, to)}`);
  return `{ nc_u32 at = nc_halt(${index}); ${jumps.join(' ')} ${SUSPENDED} }`;
}

function isQueue(shape: Shape, id: number): boolean {
  return shape.places[shape.variableIndex.get(id)!]!.depth > 0;
}

function emitCreate(instruction: Extract<Instruction, { op: 'create' }>, index: number, context: EmitContext): string {
  const { shape } = context;
  const operands = `${shape.variableIndex.get(instruction.variable)}, ${shape.messageIndex.get(instruction.message)}`;
  if (!isQueue(shape, instruction.variable)) return `nc_create(${operands});`;
  return guarded(`nc_create_from_queue(${operands})`, ['queue_empty'], index, context);
}

function emitReceive(
  instruction: Extract<Instruction, { op: 'receive' | 'backup_receive' }>,
  index: number,
  context: EmitContext,
): string {
  const { shape } = context;
  const operands = `${shape.channelIndex.get(instruction.channel)}, ${shape.variableIndex.get(instruction.variable)}`;
  const errors: ErrorName[] = isQueue(shape, instruction.variable)
    ? ['queue_full', 'receive_fault']
    : ['receive_fault'];
  return guarded(`nc_${instruction.op}(${operands})`, errors, index, context);
}

/** The C statements of one instruction, without what follows it. */
export function emitInstruction(instruction: Instruction, index: number, context: EmitContext): string {
  const { shape } = context;
  const channel = (id: number) => shape.channelIndex.get(id)!;
  const message = (id: number) => shape.messageIndex.get(id)!;
  switch (instruction.op) {
    case 'nop':
      return ';';
    case 'create':
      return emitCreate(instruction, index, context);
    case 'destroy':
      return `nc_destroy(${message(instruction.message)});`;
    case 'send':
    case 'backup_send': {
      const call = `nc_${instruction.op}(skb, ${channel(instruction.channel)}, ${message(instruction.message)})`;
      return guarded(call, ['send_fault', 'message_empty'], index, context);
    }
    case 'receive':
    case 'backup_receive':
      return emitReceive(instruction, index, context);
    case 'sync_master':
      return guarded(`nc_sync_master(skb, ${channel(instruction.channel)})`, ['send_fault'], index, context);
    case 'handle': {
      const target = instruction.target === null ? 0 : instruction.target + 1;
      return `nc_state.handlers[${ERROR_BITS[instruction.error]}] = ${target};`;
    }
    case 'mode':
      return `nc_mode_${instruction.mode}();`;
    case 'xsend':
      return `nc_xsend(${instruction.windowNs}ULL);`;
    case 'sync_slave': {
      const filter = instruction.channel === null ? 'NC_NONE' : String(channel(instruction.channel));
      return `nc_sync_slave(${instruction.timeoutNs}ULL, ${filter}, ${index + 1}); ${SUSPENDED}`;
    }
    case 'future':
      return `if (nc_future(${instruction.delayNs}ULL, ${instruction.target}, ${index})) ${SUSPENDED}`;
    case 'wait':
      return `nc_wait(${instruction.delayNs}ULL, ${instruction.target}, ${index}); ${SUSPENDED}`;
    case 'halt':
      return emitHalt(index, context);
    case 'end_of_program':
      return `nc_end(${index}); ${SUSPENDED}`;
    case 'goto':
      return context.goTo(instruction.target);
    case 'if':
      return branch(instruction, context);
    case 'set_counter':
    case 'add_to_counter':
    case 'sub_from_counter':
    case 'clear_counter':
      return counterStatement(instruction, shape);
  }
}
