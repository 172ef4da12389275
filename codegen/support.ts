// What the language has and the compiler does not yet.
import type { Diagnostic } from '../lang/diagnostic.js';
import { notCompiledYet } from '../lang/mistakes/compile.js';
import type { Guard, Instruction, Operation, Program, Span } from '../lang/program.js';

/** False: refused. A new instruction or guard must be entered here, or the compiler of this file complains. */
const OPERATIONS: Record<Operation['op'], boolean> = {
  nop: true,
  create: true,
  destroy: true,
  send: true,
  receive: true,
  sync_master: true,
  sync_slave: true,
  future: true,
  halt: true,
  wait: true,
  goto: true,
  if: true,
  set_counter: true,
  add_to_counter: true,
  sub_from_counter: true,
  clear_counter: true,
  end_of_program: true,
  mode: true,
  xsend: true,
  handle: true,
  backup_send: true,
  backup_receive: true,
};

const GUARDS: Record<Guard['kind'], boolean> = {
  always_true: true,
  always_false: true,
  channel_rcv_buf_empty: true,
  test_count: true,
  status_test: true,
  equal: true,
  greater: true,
  less: true,
  test_var: true,
  send_buffer_empty: true,
  var_queue_empty: true,
  var_queue_full: true,
};

function unsupportedWord(instruction: Instruction): string | null {
  if (!OPERATIONS[instruction.op]) return instruction.op;
  if (instruction.op === 'if' && !GUARDS[instruction.guard.kind]) return instruction.guard.kind;
  return null;
}

/** What of a checked program cannot be compiled: each kind once, at its first place, in the order of the text. */
export function unsupportedParts(program: Program): Diagnostic[] {
  const places: { what: string; span: Span }[] = [];
  for (const instruction of program.instructions) {
    const what = unsupportedWord(instruction);
    if (what !== null) places.push({ what, span: instruction.span });
  }
  places.sort((a, b) => a.span.line - b.span.line);
  const first = new Map<string, Diagnostic>();
  for (const { what, span } of places) if (!first.has(what)) first.set(what, notCompiledYet(span, what));
  return [...first.values()];
}
