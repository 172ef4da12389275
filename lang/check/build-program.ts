// The checked program, out of what the passes have found. Only for programs without errors.
import { basename } from 'node:path';
import { printTree, programIdOf } from '../print.js';
import type { Declared, Instruction, Label, Operation, Program } from '../program.js';
import type { Checking } from './checking.js';

/** Puts the program together. */
export function buildProgram(c: Checking): Program {
  const { tickNs, ...settings } = c.settings;
  return {
    file: basename(c.tree.file),
    ...settings,
    tickNs: tickNs ?? 1n,
    programId: programIdOf(printTree(c.tree)),
    channels: byId(c.channels),
    variables: byId(c.variables),
    queues: byId(c.queues),
    messages: byId(c.messages),
    counters: byId(c.counters),
    labels: [...c.labels].map(([name, { target, span }]): Label => ({ name, target, span })),
    instructions: instructionsOf(c),
  };
}

function byId<T extends Declared>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => a.id - b.id);
}

function instructionsOf(c: Checking): Instruction[] {
  return c.operations.flatMap((operation, index) => {
    const node = c.tree.instructions[index];
    return operation && node ? [{ ...withinProgram(operation, index, c.operations.length), span: node.span }] : [];
  });
}

/** An unreachable `wait DELAY` may be the last instruction: its target, which nothing reaches, becomes itself. */
function withinProgram(operation: Operation, index: number, length: number): Operation {
  return operation.op === 'wait' && operation.target >= length ? { ...operation, target: index } : operation;
}

/** The name of a node that declares none: the base name of its file, made into a name. */
export function defaultNode(file: string): string {
  const [base = ''] = basename(file).split('.', 1);
  return base
    .replace(/[^A-Za-z0-9_]/gu, '_')
    .replace(/^(?=[0-9]|$)/, '_')
    .slice(0, LONGEST_NAME);
}

const LONGEST_NAME = 63;
