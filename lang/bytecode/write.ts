// From the checked program to the canonical bytes of a binary format. What the format cannot hold is refused by
// instruction; declarations that it lacks are lost, with a warning each.
import type { Diagnostic } from '../diagnostic.js';
import { notHeld } from '../mistakes/bytecode.js';
import type { Instruction, Program } from '../program.js';
import { LIMITS } from '../program.js';
import { Report } from '../report.js';
import type { Tree } from '../tree.js';
import { idsOf } from './names.js';
import { lostDeclarations } from './lost.js';
import { lowerProgram, type Lowered } from './lower.js';
import { NotHeld, type RecordFormat } from './record-format.js';

export interface WrittenBytecode {
  /** Null when there are errors. */
  readonly bytes: Uint8Array | null;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Writes a program. `tree` is the one that the program was checked from. */
export function writeBytecode(program: Program, tree: Tree, format: RecordFormat): WrittenBytecode {
  const report = new Report();
  for (const instruction of program.instructions) refuseClauses(program, instruction, report);
  const records = lowerProgram(program, format);
  const beyond = records[LIMITS.instructions];
  if (beyond) {
    const hint = 'each `if not` is two records, and in hardware words each `wait`';
    report.add(notHeld(beyond.span, `this instruction would be beyond record ${LIMITS.instructions - 1}`, hint));
  }
  const parts = records.slice(0, LIMITS.instructions).map((record) => encode(record, format, report));
  for (const lost of lostDeclarations(program, tree, format.name)) report.add(lost);
  return { bytes: report.errors.length === 0 ? joined(parts) : null, diagnostics: report.sorted() };
}

/** What no record has room for. */
function refuseClauses(program: Program, instruction: Instruction, report: Report): void {
  const { span } = instruction;
  if (instruction.op === 'sync_slave' && instruction.channel !== null) {
    report.add(notHeld(span, 'bytecode has no `sync slave ... from`', 'without `from` a sync of any channel counts'));
  }
  if (instruction.op === 'if' && instruction.probability !== null) {
    report.add(notHeld(span, 'bytecode has no `probability`', 'leave it out: it only informs analysis'));
  }
  const queue = idsOf(instruction).find(
    ({ kind, id }) => kind === 'var' && program.queues.some((one) => one.id === id),
  );
  if (queue) {
    report.add(notHeld(span, 'bytecode has no queue variables', 'a variable read from it is always bytes[1470]'));
  }
}

function encode({ operation, span }: Lowered, format: RecordFormat, report: Report): Uint8Array {
  try {
    return format.encode(operation);
  } catch (error) {
    if (!(error instanceof NotHeld)) throw error;
    report.add(notHeld(span, error.message, error.hint));
    return new Uint8Array();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
