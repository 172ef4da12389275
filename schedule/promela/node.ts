// One node of the model: its variables, and its instructions as statements with labels.
import { ERROR_BITS, type ErrorName, type Guard, type Instruction, type Program } from '../../lang/program.js';
import { compareValues, testValue } from '../values.js';
import { PromelaError, sizesOf, sourcesOf, type Frame } from './wire.js';

const MOST_FUTURES = 64;

/** A node as the emitter needs it. */
export interface PromelaNode {
  readonly index: number;
  readonly program: Program;
  /** The frames of this node. */
  readonly frames: readonly Frame[];
  /** Frames that arrive at each of its channels, by index. */
  readonly arriving: readonly (readonly Frame[])[];
  /** ns in units. */
  readonly units: (ns: bigint) => number;
}

type If = Extract<Instruction, { op: 'if' }>;
type Arming = Extract<Instruction, { op: 'future' | 'wait' }>;
type Send = Extract<Instruction, { op: 'send' | 'backup_send' }>;
type Receive = Extract<Instruction, { op: 'receive' | 'backup_receive' }>;

/** Whether the program does something with the frames of a channel. */
export function looksAt(program: Program, channel: number): boolean {
  const { id } = program.channels[channel]!;
  return program.instructions.some(
    (each) =>
      (each.op === 'receive' && each.channel === id) ||
      (each.op === 'if' && each.guard.kind === 'channel_rcv_buf_empty' && each.guard.channel === id),
  );
}

/** Whether it has `future`, so that more than one can be armed. */
export function hasFutures({ program }: PromelaNode): boolean {
  return program.instructions.some(({ op }) => op === 'future');
}

/** Errors with a handler somewhere. */
function handled({ program }: PromelaNode): ErrorName[] {
  const names = program.instructions.flatMap((each) => (each.op === 'handle' ? [each.error] : []));
  return [...new Set(names)].sort((a, b) => ERROR_BITS[a] - ERROR_BITS[b]);
}

/** Errors that some `status_test` asks for. */
function statusMask({ program }: PromelaNode): number {
  const masks = program.instructions.map((each) =>
    each.op === 'if' && each.guard.kind === 'status_test' ? each.guard.mask : 0,
  );
  return masks.reduce((all, mask) => all | mask, 0);
}

/** Declarations of the node. */
export function declareNode(node: PromelaNode, start: number): string[] {
  const { index: k, program } = node;
  const lines = [`int due${k} = ${start}; short pc${k}; byte phase${k}, hears${k}, late_row${k}; int status${k};`];
  if (hasFutures(node)) {
    lines.push(`byte armed${k}; int at${k}[${MOST_FUTURES}]; short to${k}[${MOST_FUTURES}];`);
  }
  for (const error of handled(node)) lines.push(`short on${k}_${error};`);
  program.counters.forEach(({ start: value }, c) => lines.push(`int counter${k}_${c} = ${value | 0};`));
  program.messages.forEach((_, m) => lines.push(`byte message${k}_${m};`));
  program.variables.forEach((_, v) => lines.push(`bool received${k}_${v};`));
  program.channels.forEach(({ queue }, c) => {
    if (looksAt(program, c)) lines.push(`short queued${k}_${c}; short payload${k}_${c}[${queue}];`);
  });
  return lines;
}

/** The block of a machine that is due: lateness, errors, then the instruction at which it goes on. */
export function emitNode(node: PromelaNode): string[] {
  const { index: k, program } = node;
  const lines = [
    `node${k}:`,
    `  if :: due${k} > 0 -> goto node${k + 1} :: else fi;`,
    `  lag = -due${k}; late = phase${k} != 2 && lag > ${node.units(program.toleranceNs)}; due${k} = 0;`,
    '  if',
    `  :: late -> if :: late_row${k} < 64 -> late_row${k}++ :: else -> lag = 0; late_row${k} = 0 fi`,
    `  :: else -> late_row${k} = 0`,
    '  fi;',
    ...setError(node, 'deadline_missed', 'late'),
    `  if`,
    `  :: phase${k} == 1 -> ${hasBit(node, 'sync_timeout') ? `status${k} = status${k} | ${1 << 15};` : ''} hears${k} = 0;`,
    ...watch(k),
    `  :: phase${k} == 2 -> ${hasBit(node, 'sync_timeout') ? `status${k} = status${k} & ${0xffff ^ (1 << 15)}` : 'skip'}`,
    '  :: else',
    '  fi;',
    ...handle(node, 'deadline_missed', 'late'),
    ...handle(node, 'sync_timeout', `phase${k} == 1`),
    ...dispatch(k, `pc${k}`, resumePoints(program), 0),
  ];
  program.instructions.forEach((instruction, i) => {
    lines.push(`i${k}_${i}: skip; /* line ${instruction.span.line} */`, ...emitInstruction(node, instruction, i));
  });
  lines.push(`  assert(false);`);
  return lines;
}

function watch(k: number): string[] {
  return [
    '     if',
    `     :: victim == ${k} && given_up ->`,
    `accept_${k}: true`,
    `     :: victim == ${k} && !given_up && losses_end -> given_up = true`,
    '     :: !given_up || victim != ' + `${k}`,
    '     fi',
  ];
}

function resumePoints({ instructions }: Program): number[] {
  const points = instructions.flatMap((each, i) => {
    if (each.op === 'wait' || each.op === 'future') return [each.target];
    return each.op === 'sync_slave' ? [i + 1] : [];
  });
  return [...new Set([0, ...points])];
}

function dispatch(k: number, what: string, targets: readonly number[], offset: number): string[] {
  return ['  if', ...targets.map((target) => `  :: ${what} == ${target + offset} -> goto i${k}_${target}`), '  fi;'];
}

function hasBit(node: PromelaNode, error: ErrorName): boolean {
  return ((statusMask(node) >> ERROR_BITS[error]) & 1) === 1;
}

/** Sets or clears an error. */
function setError(node: PromelaNode, error: ErrorName, condition: string): string[] {
  if (!hasBit(node, error)) return [];
  const status = `status${node.index}`;
  const bit = 1 << ERROR_BITS[error];
  return [`  ${status} = (${condition} -> ${status} | ${bit} : ${status} & ${0xffff ^ bit});`];
}

/** Goes to the handler, if there is one. */
function handle(node: PromelaNode, error: ErrorName, condition: string): string[] {
  if (!handled(node).includes(error)) return [];
  const { index: k, program } = node;
  const name = `on${k}_${error}`;
  const targets = program.instructions.flatMap((each) =>
    each.op === 'handle' && each.error === error && each.target !== null ? [each.target] : [],
  );
  if (targets.length === 0) return [];
  const clear = hasBit(node, error) ? `status${k} = status${k} & ${0xffff ^ (1 << ERROR_BITS[error])};` : '';
  return [
    `  if :: (${condition}) && ${name} != 0 -> ${clear}`,
    ...dispatch(k, name, [...new Set(targets)], 1).map((line) => `   ${line.replace(/;$/, '')}`),
    '  :: else fi;',
  ];
}

function emitInstruction(node: PromelaNode, instruction: Instruction, i: number): string[] {
  const k = node.index;
  const { program } = node;
  switch (instruction.op) {
    case 'nop':
      return ['  skip;'];
    case 'goto':
      return [`  goto i${k}_${instruction.target};`];
    case 'if':
      return emitIf(node, instruction, i);
    case 'future':
      return arm(node, instruction);
    case 'wait':
      if (hasFutures(node)) return [...arm(node, instruction), ...halt(node)];
      return [
        `  due${k} = ${node.units(instruction.delayNs)} - lag; pc${k} = ${instruction.target}; phase${k} = 0; goto node${k};`,
      ];
    case 'halt':
      return halt(node);
    case 'end_of_program':
      return [...forget(node), `  due${k} = OFF; phase${k} = 3; goto node${k + 1};`];
    case 'sync_slave': {
      const from =
        instruction.channel === null ? -1 : program.channels.findIndex(({ id }) => id === instruction.channel);
      return [
        `  due${k} = ${node.units(instruction.timeoutNs)} - lag; pc${k} = ${i + 1}; phase${k} = 1; hears${k} = ${from + 2}; goto node${k};`,
      ];
    }
    case 'sync_master':
      return transmit(node, i, 0);
    case 'send':
      return emitSend(node, instruction, i);
    case 'receive':
      return emitReceive(node, instruction);
    default:
      return emitSmall(node, instruction);
  }
}

function emitSmall(node: PromelaNode, instruction: Instruction): string[] {
  const k = node.index;
  const { program } = node;
  const counter = (id: number): string => `counter${k}_${program.counters.findIndex((each) => each.id === id)}`;
  const message = (id: number): string => `message${k}_${program.messages.findIndex((each) => each.id === id)}`;
  switch (instruction.op) {
    case 'create': {
      const variable = program.variables.findIndex(({ id }) => id === instruction.variable);
      return [`  ${message(instruction.message)} = ${variable + 1};`];
    }
    case 'destroy':
      return [`  ${message(instruction.message)} = 0;`];
    case 'handle':
      return [`  on${k}_${instruction.error} = ${instruction.target === null ? 0 : instruction.target + 1};`];
    case 'set_counter':
      return [`  ${counter(instruction.counter)} = ${instruction.value | 0};`];
    case 'add_to_counter':
      return [`  ${counter(instruction.counter)} = ${counter(instruction.counter)} + (${instruction.value | 0});`];
    case 'sub_from_counter':
      return [`  ${counter(instruction.counter)} = ${counter(instruction.counter)} - (${instruction.value | 0});`];
    case 'clear_counter':
      return [`  ${counter(instruction.counter)} = 0;`];
    default:
      throw new PromelaError(`line ${instruction.span.line} of ${program.node}: the model has no ${instruction.op}`);
  }
}

function emitIf(node: PromelaNode, { guard, negated, target }: If, i: number): string[] {
  const k = node.index;
  const [yes, no] = negated ? [i + 1, target] : [target, i + 1];
  const both = `  if :: goto i${k}_${yes} :: goto i${k}_${no} fi;`;
  const decide = (condition: string): string =>
    `  if :: ${condition} -> goto i${k}_${yes} :: else -> goto i${k}_${no} fi;`;
  if (guard.kind in DATA_GUARDS) {
    const first = initialOutcome(node, guard);
    if (first === null) return [both];
    const way = first.holds ? yes : no;
    return [
      `  if :: !(${first.received}) -> goto i${k}_${way} :: (${first.received}) -> goto i${k}_${yes} :: (${first.received}) -> goto i${k}_${no} fi;`,
    ];
  }
  return [decide(condition(node, guard))];
}

const DATA_GUARDS = { equal: true, greater: true, less: true, test_var: true } as const;

function condition({ index: k, program }: PromelaNode, guard: Guard): string {
  switch (guard.kind) {
    case 'always_true':
    case 'send_buffer_empty':
      return 'true';
    case 'always_false':
      return 'false';
    case 'channel_rcv_buf_empty':
      return `queued${k}_${program.channels.findIndex(({ id }) => id === guard.channel)} == 0`;
    case 'test_count':
      return `counter${k}_${program.counters.findIndex(({ id }) => id === guard.counter)} == ${guard.value | 0}`;
    case 'status_test':
      return `(status${k} & ${guard.mask}) != 0`;
    default:
      throw new PromelaError(`${program.node}: the model has no guard ${guard.kind}`);
  }
}

/** What the guard says before anything was received, if all its variables belong to the network; null: it goes both ways. */
function initialOutcome(node: PromelaNode, guard: Guard): { holds: boolean; received: string } | null {
  const { program, index: k } = node;
  const ids = guard.kind === 'test_var' ? [guard.variable] : 'a' in guard ? [guard.a, guard.b] : [];
  const isNetwork = (id: number): boolean =>
    program.instructions.some((each) => each.op === 'receive' && each.variable === id);
  if (!ids.every(isNetwork)) return null;
  const variables = ids.map((id) => program.variables.find((each) => each.id === id)!);
  const received = variables.map((each) => `received${k}_${program.variables.indexOf(each)}`).join(' || ');
  const [a, b] = variables;
  if (guard.kind === 'test_var') return { holds: testValue(a!.type, guard.condition, a!.initial), received };
  if (!('a' in guard)) return null;
  return { holds: compareValues(guard.kind, a!.initial, b!.initial), received };
}

/** Of a machine that has stopped nothing is kept that time would change. */
function forget(node: PromelaNode): string[] {
  const k = node.index;
  return hasFutures(node) ? [`  forget(armed${k}, at${k}, to${k});`] : [];
}

/** Futures stay in the order in which they come; of equals the one that was armed first is first. */
function arm(node: PromelaNode, { delayNs, target }: Arming): string[] {
  const k = node.index;
  return [
    `  if :: armed${k} == ${MOST_FUTURES} -> forget(armed${k}, at${k}, to${k}); stop(due${k}); phase${k} = 3; goto node${k + 1} :: else fi;`,
    `  insert(armed${k}, at${k}, to${k}, ${node.units(delayNs)} - lag, ${target});`,
  ];
}

function halt(node: PromelaNode): string[] {
  const k = node.index;
  const stop = `stop(due${k}); phase${k} = 3; goto node${k + 1}`;
  const orHandler = [...setError(node, 'no_future', 'true'), ...handle(node, 'no_future', 'true')];
  if (!hasFutures(node)) return [...orHandler, `  ${stop};`];
  return [
    '  if',
    `  :: armed${k} == 0 ->`,
    ...orHandler.map((line) => `   ${line}`),
    `     ${stop}`,
    `  :: else -> take(armed${k}, at${k}, to${k}, due${k}, pc${k}); phase${k} = 0; goto node${k}`,
    '  fi;',
  ];
}

function transmit(node: PromelaNode, i: number, payload: number): string[] {
  const frame = node.frames.find((each) => each.instruction === i && each.payload === payload)!;
  const send = `send_${frame.id}()`;
  return node.program.late === 'send' ? [`  ${send};`] : [`  if :: !late -> ${send} :: else fi;`];
}

function isSent({ frames }: PromelaNode, i: number, size: number): boolean {
  return frames.some(({ instruction, payload }) => instruction === i && payload === size);
}

function emitSend(node: PromelaNode, instruction: Send, i: number): string[] {
  const { program, index: k } = node;
  const message = `message${k}_${program.messages.findIndex(({ id }) => id === instruction.message)}`;
  const ways = sourcesOf(program, instruction.message).flatMap((source) =>
    sizesOf(program.variables[source]!.type)
      .filter((size) => isSent(node, i, size))
      .flatMap((size) => [
        `  :: ${message} == ${source + 1} ->`,
        ...transmit(node, i, size).map((line) => `   ${line.replace(/;$/, '')}`),
      ]),
  );
  const isEmpty = `${message} == 0`;
  return [
    ...setError(node, 'message_empty', isEmpty),
    '  if',
    ...ways,
    `  :: ${isEmpty}`,
    '  fi;',
    ...handle(node, 'message_empty', isEmpty),
  ];
}

function emitReceive(node: PromelaNode, { channel, variable }: Receive): string[] {
  const { program, index: k } = node;
  const c = program.channels.findIndex(({ id }) => id === channel);
  const v = program.variables.findIndex(({ id }) => id === variable);
  const type = program.variables[v]!.type;
  const head = `payload${k}_${c}[0]`;
  const fits = type.kind === 'integer' ? `${head} == ${type.bits / 8}` : `${head} <= ${type.size}`;
  return [
    `  fault = !(queued${k}_${c} > 0 && ${fits});`,
    `  if :: !fault -> received${k}_${v} = true :: else fi;`,
    `  if :: queued${k}_${c} > 0 -> shift(queued${k}_${c}, payload${k}_${c}) :: else fi;`,
    ...setError(node, 'receive_fault', 'fault'),
    ...handle(node, 'receive_fault', 'fault'),
    '  fault = false;',
  ];
}
