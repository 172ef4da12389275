// Declarations that a binary format has no place for. Names, constants and labels are not counted: they are made up anew.
import { DEFAULT_TOLERANCE_NS } from '../compile.js';
import type { Diagnostic } from '../diagnostic.js';
import { declarationLost } from '../mistakes/bytecode.js';
import { printDeclaration } from '../print.js';
import type { Program, ValueType } from '../program.js';
import { MAX_PAYLOAD } from '../program.js';
import type { Declaration, DeclarationOf, Tree } from '../tree.js';

/** A warning for each declaration that `format` (as file names end) loses, in the order of the text. */
export function lostDeclarations(program: Program, tree: Tree, format: string): Diagnostic[] {
  const lost = tree.declarations.flatMap((declaration) => {
    const now = loss(program, declaration);
    return now === null ? [] : [declarationLost(declaration.span, printDeclaration(declaration), `.${format}`, now)];
  });
  const hasWire = tree.declarations.some(({ kind }) => kind === 'wire');
  const [first] = tree.instructions;
  if (hasWire || !first) return lost;
  return [declarationLost(first.span, 'wire v1', `.${format}`, '`wire ncm`'), ...lost];
}

/** What a program read back has in place of the declaration; null where it has the same. */
function loss(program: Program, declaration: Declaration): string | null {
  switch (declaration.kind) {
    case 'node':
      return 'the base name of its file as the name of the node';
    case 'wire':
      return declaration.format === 'ncm' ? null : '`wire ncm`';
    case 'tolerance':
      return program.toleranceNs === DEFAULT_TOLERANCE_NS ? null : '`tolerance 50us`';
    case 'late':
      return declaration.policy === 'drop' ? null : '`late drop`';
    case 'ingress':
      return declaration.mode === 'open' ? null : '`ingress open`';
    case 'channel':
      return channelLoss(declaration);
    case 'var': {
      const variable = program.variables.find(({ name }) => name === declaration.name.name);
      return variable && isPlain(variable.type) && isEmpty(variable.initial) ? null : 'an empty bytes[1470]';
    }
    case 'queue':
      return 'no queues';
    case 'counter': {
      const counter = program.counters.find(({ name }) => name === declaration.name.name);
      return counter?.start === 0 ? null : 'a counter that starts at 0';
    }
    default:
      return null;
  }
}

function channelLoss({ to, from, backup, queue, delay }: DeclarationOf<'channel'>): string | null {
  const clauses = [to, from, backup, queue, delay];
  if (clauses.every((clause) => clause === null)) return null;
  return from === null ? 'a channel without clauses' : 'the sender that its params name (`.params.json`, `.ncmp`)';
}

function isPlain(type: ValueType): boolean {
  return type.kind === 'bytes' && type.size === MAX_PAYLOAD;
}

function isEmpty(value: bigint | Uint8Array): boolean {
  return typeof value !== 'bigint' && value.length === 0;
}
