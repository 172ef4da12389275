// The TypeScript front end: from a module `*.nc.ts` to the checked programs of its nodes, or to what is wrong with it.
import { checkTree } from '../compile.js';
import { defaultNode } from '../check/build-program.js';
import type { Diagnostic } from '../diagnostic.js';
import { unusedName } from '../mistakes/doubts.js';
import { duplicateNode, nestedTooDeeply, withoutNode } from '../mistakes/typescript.js';
import type { Program, Span } from '../program.js';
import { inTextOrder, Report } from '../report.js';
import type { Tree } from '../tree.js';
import { compileNode } from './compile-node.js';
import type { Parts } from './engine.js';
import { evaluateExpression } from './evaluate.js';
import { callFunction } from './functions.js';
import { loadModules, reportTypeScript, type ModuleHost, type Modules } from './modules.js';
import { Abort } from './refusal.js';
import { executeStatements } from './statements.js';
import { refuseSyntax } from './syntax.js';
import { evaluateModules, type Description, type TopLevel } from './top-level.js';
import { aThing, type Thing } from './values.js';

export interface ModuleOptions {
  /** Only the node of this name. */
  readonly node?: string;
}

export interface ModuleCheck {
  /** The names of all nodes that the module describes, in its order. */
  readonly nodes: readonly string[];
  /** The programs of those that are without errors: of all nodes, or of the one that was asked for. */
  readonly programs: readonly Program[];
  /** The syntax trees, as the text form would have them, also of those with errors. */
  readonly trees: readonly Tree[];
  /** By module, the entry first, in the order of its text. */
  readonly diagnostics: readonly Diagnostic[];
  /** The texts of all modules that were read, by the path that diagnostics show. */
  readonly sources: ReadonlyMap<string, string>;
}

const PARTS: Parts = { evaluate: evaluateExpression, call: callFunction, execute: executeStatements };

/**
 * Checks a module and compiles its nodes. Nothing in it runs. Never throws on account of what the modules contain.
 * `path`: the entry as diagnostics are to show it.
 */
export function checkModule(path: string, host: ModuleHost, options: ModuleOptions = {}): ModuleCheck {
  const report = new Report();
  try {
    return checkLoaded(path, host, options, report);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const start: Span = { file: path, line: 1, column: 1, endLine: 1, endColumn: 1 };
    return { nodes: [], programs: [], trees: [], diagnostics: [nestedTooDeeply(start)], sources: new Map() };
  }
}

function checkLoaded(path: string, host: ModuleHost, options: ModuleOptions, report: Report): ModuleCheck {
  const modules = loadModules(path, host, report);
  const sources = new Map(modules.list.map(({ text }): [string, string] => [text.path, text.text]).reverse());
  const nothing = { nodes: [], programs: [], trees: [], sources };
  const sorted = (reports: readonly Report[]) => {
    return inTextOrder(
      reports.flatMap((each) => each.sorted()),
      [...sources.keys()],
    );
  };
  const checks = [
    () => reportTypeScript(modules, report, 'syntax'),
    () => refuseSyntax(modules, report),
    () => reportTypeScript(modules, report, 'types'),
  ];
  for (const check of checks) {
    if (report.errors.length === 0) check();
  }
  if (report.errors.length > 0) return { ...nothing, diagnostics: sorted([report]) };
  const top = evaluateTop(modules, report);
  if (top === null || report.errors.length > 0) return { ...nothing, diagnostics: sorted([report]) };
  const named = top.nodes.map((node) => ({ node, name: node.settings.name?.name ?? defaultNode(path) }));
  const chosen = named.filter(({ name }) => options.node === undefined || options.node === name);
  const reports = chosen.map(() => new Report());
  const compiled = chosen.map(({ node }, index) => compileNode(modules, top, node, PARTS, reports[index]!));
  const checked = compiled.map(({ tree }, index) => checkTree(tree, reports[index]!));
  const programs = checked.flatMap(({ program }) => program ?? []);
  if (programs.length === named.length)
    warnUnused(
      top,
      compiled.map(({ used }) => used),
      report,
    );
  return {
    nodes: named.map(({ name }) => name),
    programs,
    trees: compiled.map(({ tree }) => tree),
    diagnostics: sorted([report, ...reports]),
    sources,
  };
}

/** The constants and nodes; null where there is nothing to go on with. */
function evaluateTop(modules: Modules, report: Report): TopLevel | null {
  try {
    const top = evaluateModules(modules, PARTS, report);
    checkNodes(modules, top.nodes, report);
    return top;
  } catch (error) {
    if (!(error instanceof Abort)) throw error;
    if (error.diagnostic) report.add(error.diagnostic);
    return null;
  }
}

/** Refuses a module without nodes, and two of one name. */
function checkNodes(modules: Modules, nodes: readonly Description[], report: Report): void {
  const entry = modules.list.at(-1);
  if (entry && nodes.length === 0 && report.errors.length === 0) report.add(withoutNode(entry.text.span(0, 0)));
  const first = new Map<string, Span>();
  for (const { settings, span } of nodes) {
    const place = settings.name?.span ?? span;
    const name = settings.name?.name ?? defaultNode(span.file);
    const earlier = first.get(name);
    if (earlier) report.add(duplicateNode(place, name, earlier));
    else first.set(name, place);
  }
}

/** Warns of what stands at the top level and no node refers to. */
function warnUnused(top: TopLevel, used: readonly ReadonlySet<Thing>[], report: Report): void {
  for (const thing of top.things) {
    if (used.some((one) => one.has(thing))) continue;
    const { name } = thing.declaration;
    report.add(unusedName(name.span, aThing(thing.kind).replace(/^a /, ''), name.name));
  }
}
