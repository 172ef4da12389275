// The text front end: from the text of a program to the checked program, or to what is wrong with it.
import { buildProgram, defaultNode } from './check/build-program.js';
import type { Checking } from './check/checking.js';
import { runPasses } from './check/passes.js';
import type { Diagnostic } from './diagnostic.js';
import { fileTooLarge } from './mistakes/limits.js';
import { noText } from './mistakes/syntax.js';
import { parseSource } from './parser.js';
import type { Program } from './program.js';
import { Report } from './report.js';
import { isBinary, LARGEST_SOURCE } from './source.js';
import type { Tree } from './tree.js';

export interface CheckResult {
  /** Null when there are errors. */
  readonly program: Program | null;
  /** What could be read, also where there are errors. */
  readonly tree: Tree;
  /** In the order of the text; at most 100 errors and 100 warnings, each with a closing note where there are more. */
  readonly diagnostics: readonly Diagnostic[];
}

const DEFAULT_ETHERTYPE = 0x88b5;
const DEFAULT_TICK_NS = 1_000n;
/** What `tolerance` is where it is not declared, in ns. */
export const DEFAULT_TOLERANCE_NS = 50_000n;

/**
 * Parses and checks a program text. Never throws on account of the text, whatever its bytes are.
 * `file` is the path as diagnostics are to show it.
 */
export function checkSource(text: string | Uint8Array, file: string): CheckResult {
  const report = new Report();
  if (text.length > LARGEST_SOURCE) report.add(fileTooLarge(file, LARGEST_SOURCE));
  else if (isBinary(text)) report.add(noText(file));
  else return checkTree(parseSource(text, file, report), report);
  return { program: null, tree: parseSource('', file, new Report()), diagnostics: report.sorted() };
}

/** Checks a tree, as every front end that makes one does. `report` holds what was wrong with its text. */
export function checkTree(tree: Tree, report: Report): CheckResult {
  const checking = startChecking(tree, report);
  runPasses(checking);
  const program = report.errors.length === 0 ? buildProgram(checking) : null;
  return { program, tree, diagnostics: report.sorted() };
}

function startChecking(tree: Tree, report: Report): Checking {
  return {
    tree,
    report,
    names: new Map(),
    labels: new Map(),
    constants: new Map(),
    used: new Set(),
    settings: {
      node: defaultNode(tree.file),
      wire: { format: 'v1', ethertype: DEFAULT_ETHERTYPE },
      tickNs: DEFAULT_TICK_NS,
      toleranceNs: DEFAULT_TOLERANCE_NS,
      late: 'drop',
      ingress: { mode: 'open' },
    },
    channels: [],
    variables: [],
    queues: [],
    messages: [],
    counters: [],
    operations: [],
    graph: null,
  };
}
