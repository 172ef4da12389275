// One instruction as C.
import type { Guard, Instruction, Program } from '../lang/program.js';
import type { VariableLayout } from '../maps/layout.js';
import type { Shape } from './shape.js';

/** What an emitter needs to know of the program around the instruction. */
export interface EmitContext {
  readonly program: Program;
  readonly shape: Shape;
  /** A C statement that continues at an instruction: a jump in this group, or a return to the next group. */
  readonly goTo: (index: number) => string;
}

const SUSPENDED = 'return NC_SUSPENDED;';

function variableAt(shape: Shape, id: number): { index: number; layout: VariableLayout } {
  const index = shape.variableIndex.get(id)!;
  return { index, layout: shape.variables[index]! };
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
    default:
      throw new Error(`guard ${guard.kind} is not compiled yet`);
  }
}

function branch(instruction: Extract<Instruction, { op: 'if' }>, context: EmitContext): string {
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

/** The C statements of one instruction, without what follows it. */
export function emitInstruction(instruction: Instruction, index: number, context: EmitContext): string {
  const { shape } = context;
  const channel = (id: number) => shape.channelIndex.get(id)!;
  const message = (id: number) => shape.messageIndex.get(id)!;
  const variable = (id: number) => shape.variableIndex.get(id)!;
  switch (instruction.op) {
    case 'nop':
      return ';';
    case 'create':
      return `nc_create(${variable(instruction.variable)}, ${message(instruction.message)});`;
    case 'destroy':
      return `nc_destroy(${message(instruction.message)});`;
    case 'send':
      return `nc_send(skb, ${channel(instruction.channel)}, ${message(instruction.message)});`;
    case 'receive':
      return `nc_receive(${channel(instruction.channel)}, ${variable(instruction.variable)});`;
    case 'sync_master':
      return `nc_sync_master(skb, ${channel(instruction.channel)});`;
    case 'sync_slave': {
      const filter = instruction.channel === null ? 'NC_NONE' : String(channel(instruction.channel));
      return `nc_sync_slave(${instruction.timeoutNs}ULL, ${filter}, ${index + 1}); ${SUSPENDED}`;
    }
    case 'future':
      return `if (nc_future(${instruction.delayNs}ULL, ${instruction.target}, ${index})) ${SUSPENDED}`;
    case 'wait':
      return `nc_wait(${instruction.delayNs}ULL, ${instruction.target}, ${index}); ${SUSPENDED}`;
    case 'halt':
      return `nc_halt(${index}); ${SUSPENDED}`;
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
    default:
      throw new Error(`${instruction.op} is not compiled yet`);
  }
}
