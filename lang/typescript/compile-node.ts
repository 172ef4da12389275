// From the description of a node to the syntax tree of its program.
import { ts } from 'ts-morph';
import { DeclarationList } from '../declaration-list.js';
import { endReached, outOfPlace } from '../mistakes/typescript.js';
import type { Span } from '../program.js';
import type { Report } from '../report.js';
import type { Declaration, DeclarationOf, IntegerLiteral, Tree } from '../tree.js';
import { newLabel } from './emitter.js';
import { Engine, type At, type Parts } from './engine.js';
import type { Modules } from './modules.js';
import { NodeProgram } from './node-output.js';
import { Abort, Refusal } from './refusal.js';
import type { Description, TopLevel } from './top-level.js';
import { NODE_PLACE } from './top-level.js';
import type { Closure, Thing } from './values.js';

export interface CompiledNode {
  readonly tree: Tree;
  /** What it refers to, of what stands at the top level. */
  readonly used: ReadonlySet<Thing>;
}

/** Compiles the body of a node. Mistakes go to `report`; the tree is complete where there are none. */
export function compileNode(
  modules: Modules,
  top: TopLevel,
  node: Description,
  parts: Parts,
  report: Report,
): CompiledNode {
  const output = new NodeProgram(modules.spanOf, node.span.file);
  const own: Thing[] = [];
  const describe = (call: { span: Span }): never => {
    throw new Refusal(outOfPlace(call.span, 'a node', NODE_PLACE));
  };
  const engine = new Engine(parts, report, modules.spanOf, (thing) => void own.push(thing), output, describe);
  const complete = runAll(engine, output, node.body);
  const list = new DeclarationList();
  const things = [...sharedThings(top, output.used), ...own.map(({ declaration }) => declaration)];
  for (const declaration of [...node.settings.settings, ...things]) {
    const { mistake } = list.add(declaration);
    if (mistake) report.add(mistake);
  }
  const tree = treeOf(node, list.declarations, output, complete && engine.failures === 0);
  return { tree, used: output.used };
}

/** The body, then the blocks that it leads to, those that they lead to, and so on. False where a limit was reached. */
function runAll(engine: Engine, output: NodeProgram, body: Closure): boolean {
  try {
    runBlock(engine, body, 0, 'the body of the node');
    for (let block = output.nextBlock(); block; block = output.nextBlock()) {
      const { closure, site } = block;
      output.emitter.within(site, () => runBlock(engine, closure, 1, 'this block'));
    }
    return true;
  } catch (error) {
    if (!(error instanceof Abort)) throw error;
    if (error.diagnostic) engine.report.add(error.diagnostic);
    return false;
  }
}

function runBlock(engine: Engine, { node, scope }: Closure, depth: number, what: string): void {
  const span = engine.spanOf(node);
  const end = { ...span, line: span.endLine, column: Math.max(1, span.endColumn - 1) };
  const returns = { end: newLabel(end), values: null, depth };
  const at: At = { scope, chain: [...scope.activations(), node], depth, loops: [], returns };
  const failedBefore = engine.failures;
  try {
    if (node.body && ts.isBlock(node.body)) engine.parts.execute(engine, node.body.statements, at);
    else if (node.body) engine.evaluate(node.body, at);
  } catch (error) {
    engine.refuse(error);
  }
  engine.place(returns.end);
  const closed = engine.outputFor(end).emitter.close(end);
  if (!closed && engine.failures === failedBefore) engine.refuse(new Refusal(endReached(end, what)));
}

/**
 * What the node refers to, in the order of the modules. Channels that several nodes may share have the same ids in all of
 * them, as frames carry them.
 */
function sharedThings(top: TopLevel, used: ReadonlySet<Thing>): DeclarationOf<Thing['kind']>[] {
  const channels = top.nodes.length > 1 ? channelIds(top.things) : new Map<Thing, number>();
  return top.things
    .filter((thing) => used.has(thing))
    .map((thing) => {
      const { declaration } = thing;
      const id = channels.get(thing);
      return id === undefined ? declaration : { ...declaration, id: idLiteral(id, declaration.name.span) };
    });
}

/** The ids of channels at the top level that are given none: the lowest free ones in their order. */
function channelIds(things: readonly Thing[]): Map<Thing, number> {
  const channels = things.filter(({ kind }) => kind === 'channel');
  const given = channels.map(({ declaration: { id } }) => (id?.kind === 'integer' ? Number(id.value) : -1));
  const ids = new Map<Thing, number>();
  let next = 0;
  for (const thing of channels.filter(({ declaration }) => declaration.id === null)) {
    while (given.includes(next)) next++;
    ids.set(thing, next++);
  }
  return ids;
}

function idLiteral(id: number, span: Span): IntegerLiteral {
  return { kind: 'integer', text: String(id), value: BigInt(id), span };
}

function treeOf(node: Description, declarations: readonly Declaration[], output: NodeProgram, complete: boolean): Tree {
  const names = declarations.flatMap((declaration) => ('name' in declaration ? [declaration.name.name] : []));
  const { file, endLine, endColumn } = node.span;
  return {
    file,
    declarations,
    instructions: complete ? output.emitter.finish(names) : [],
    danglingLabels: [],
    doubtfulNames: new Set(),
    comments: [],
    end: { ...node.span, line: endLine, column: endColumn },
    complete,
  };
}
