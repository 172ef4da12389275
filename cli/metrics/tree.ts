// The timed tree as text, and as a picture for Graphviz or Mermaid.
import type { TreeEdge } from '../../schedule/metrics/tree-walk.js';
import { eventWords, exactTime } from '../../schedule/verify/timeline.js';
import type { TraceEvent } from '../../schedule/verify/trace.js';
import { dotText, mermaidText } from '../emit/flow-chart.js';

/** So many edges are printed as text. */
const MOST_EDGES = 500;
const INDENT = '  ';

/** Lines for people: an instant, how long after the one before it, the state behind it, and what happens; each way of several is indented. */
export function treeLines(edges: readonly TreeEdge[]): string[] {
  const lines = edges.slice(0, MOST_EDGES).flatMap((edge) => {
    const indent = INDENT.repeat(edge.depth + 1);
    const share = edge.isOneOfSeveral ? `${probabilityText(edge.probability)}: ` : '';
    const head = `${indent}${share}${exactTime(edge.at)} (+${exactTime(edge.after)}) #${edge.to}${edge.again ? ', as before' : ''}`;
    return [head, ...eventLines(edge).map((line) => `${indent}${INDENT}${line}`)];
  });
  const left = edges.length - MOST_EDGES;
  return left > 0 ? [...lines, `${INDENT}... ${left} more: --json has all`] : lines;
}

/** A probability with at most six digits that count. */
export function probabilityText(probability: number): string {
  return String(Number(probability.toPrecision(6)));
}

function eventLines({ events }: TreeEdge): string[] {
  return events.filter(isWorthALine).map((event) => {
    return `${event.node}  ${eventWords(event)}  (${event.file}:${event.line})`;
  });
}

function isWorthALine({ event }: TraceEvent): boolean {
  return event !== 'block';
}

function labelOf(edge: TreeEdge): string[] {
  const share = edge.isOneOfSeveral ? `${probabilityText(edge.probability)}, ` : '';
  return [`${share}+${exactTime(edge.after)}`, ...eventLines(edge)];
}

/** For Graphviz. */
export function treeToDot(edges: readonly TreeEdge[]): string {
  const lines = [
    'digraph "timed tree" {',
    '  node [shape=circle, fontname="monospace"];',
    '  edge [fontname="monospace"];',
    ...edges.map((edge) => {
      const label = labelOf(edge).map((line) => `${dotText(line)}\\l`);
      return `  s${edge.from} -> s${edge.to} [label="${label.join('')}"];`;
    }),
    '}',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** For Mermaid. */
export function treeToMermaid(edges: readonly TreeEdge[]): string {
  const lines = [
    'flowchart TD',
    '  s0(("0"))',
    ...edges.map((edge) => {
      const target = edge.again ? `s${edge.to}` : `s${edge.to}(("${edge.to}"))`;
      return `  s${edge.from} -->|"${labelOf(edge).map(mermaidText).join('<br/>')}"| ${target}`;
    }),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
