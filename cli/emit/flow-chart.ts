// The control flow of a program as a graph of blocks: stretches of instructions that are entered at the first and left at the
// last. Drawn by Graphviz (dot) or Mermaid.
import { immediateSuccessors } from '../../codegen/flow.js';
import { printGuard, printOperation } from '../../lang/print.js';
import type { Instruction, Program } from '../../lang/program.js';
import type { Tree } from '../../lang/tree.js';

interface Block {
  /** Index of its first instruction. */
  readonly first: number;
  readonly lines: readonly string[];
}

/** `now`: control goes there at once; `later`: when its time comes; `error`: when an error is handled. */
interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: 'now' | 'later' | 'error';
  readonly label: string;
}

interface FlowChart {
  readonly node: string;
  readonly blocks: readonly Block[];
  readonly edges: readonly Edge[];
}

function endsBlock(instruction: Instruction, index: number): boolean {
  const next = immediateSuccessors(instruction, index);
  return instruction.op === 'goto' || instruction.op === 'if' || next.length !== 1 || next[0] !== index + 1;
}

function leadersOf({ instructions }: Program): Set<number> {
  const leaders = new Set([0]);
  instructions.forEach((instruction, index) => {
    if ('target' in instruction && instruction.target !== null) leaders.add(instruction.target);
    if (endsBlock(instruction, index) && index + 1 < instructions.length) leaders.add(index + 1);
  });
  return leaders;
}

function chartOf(program: Program, tree: Tree): FlowChart {
  const leaders = leadersOf(program);
  const blocks: { first: number; lines: string[] }[] = [];
  const edges: Edge[] = [];
  program.instructions.forEach((instruction, index) => {
    const node = tree.instructions[index];
    if (leaders.has(index)) blocks.push({ first: index, lines: [] });
    const block = blocks.at(-1);
    if (!block || !node?.operation) return;
    block.lines.push(...node.labels.map(({ name }) => `${name}:`), printOperation(node.operation));
    edges.push(...edgesOf(instruction, index, block.first, tree));
    const falls = !endsBlock(instruction, index) && leaders.has(index + 1);
    if (falls) edges.push({ from: block.first, to: index + 1, kind: 'now', label: '' });
  });
  return { node: program.node, blocks, edges };
}

function edgesOf(instruction: Instruction, index: number, from: number, tree: Tree): Edge[] {
  const node = tree.instructions[index]?.operation;
  switch (instruction.op) {
    case 'goto':
      return [{ from, to: instruction.target, kind: 'now', label: '' }];
    case 'if': {
      const guard = node?.op === 'if' ? printGuard(node.guard) : '';
      const [taken, passed] = instruction.negated ? [`not ${guard}`, guard] : [guard, `not ${guard}`];
      return [
        { from, to: instruction.target, kind: 'now', label: taken },
        { from, to: index + 1, kind: 'now', label: passed },
      ];
    }
    case 'future':
    case 'wait':
      return [{ from, to: instruction.target, kind: 'later', label: `after ${instruction.delayNs}ns` }];
    case 'sync_slave':
      return [{ from, to: index + 1, kind: 'later', label: 'sync or timeout' }];
    case 'handle':
      return instruction.target === null
        ? []
        : [{ from, to: instruction.target, kind: 'error', label: instruction.error }];
    default:
      return [];
  }
}

/** Only where nothing leads may a program run off its end. */
function withinChart({ blocks, edges }: FlowChart): readonly Edge[] {
  const known = new Set(blocks.map(({ first }) => first));
  return edges.filter(({ to }) => known.has(to));
}

const DOT_STYLE = { now: 'solid', later: 'dashed', error: 'dotted' } as const;

/** A text within quotes of Graphviz. */
export function dotText(text: string): string {
  return text.replace(/[\\"]/g, '\\$&');
}

/** The control flow for Graphviz. Solid: at once; dashed: later; dotted: when an error is handled. */
export function toDot(program: Program, tree: Tree): string {
  const chart = chartOf(program, tree);
  const lines = [
    `digraph "${dotText(chart.node)}" {`,
    '  node [shape=box, fontname="monospace"];',
    ...chart.blocks.map(({ first, lines: text }) => {
      return `  b${first} [label="${text.map((line) => `${dotText(line)}\\l`).join('')}"];`;
    }),
    ...withinChart(chart).map(({ from, to, kind, label }) => {
      return `  b${from} -> b${to} [style=${DOT_STYLE[kind]}, label="${dotText(label)}"];`;
    }),
    '}',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

const MERMAID_ARROW = { now: '-->', later: '-.->', error: '==>' } as const;

/** As entities, for a text of Mermaid has no escapes. */
export function mermaidText(text: string): string {
  return text.replace(/[^A-Za-z0-9 _.,:()-]/g, (character) => `#${character.codePointAt(0) ?? 0};`);
}

/** The control flow for Mermaid. Thin: at once; dashed: later; thick: when an error is handled. */
export function toMermaid(program: Program, tree: Tree): string {
  const chart = chartOf(program, tree);
  const lines = [
    'flowchart TD',
    ...chart.blocks.map(({ first, lines: text }) => `  b${first}["${text.map(mermaidText).join('<br/>')}"]`),
    ...withinChart(chart).map(({ from, to, kind, label }) => {
      const said = label === '' ? '' : `|"${mermaidText(label)}"|`;
      return `  b${from} ${MERMAID_ARROW[kind]}${said} b${to}`;
    }),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
