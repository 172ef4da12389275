// The top level of the modules: constants, functions, what is shared by nodes, and the nodes themselves.
import { ts } from 'ts-morph';
import { cannotBeCompiled, outOfPlace } from '../mistakes/typescript.js';
import type { Span } from '../program.js';
import type { Report } from '../report.js';
import { blockOf } from './arguments.js';
import { executeVariables } from './bind.js';
import { argument, type Call } from './call.js';
import { Clauses } from './declare.js';
import { Engine, type At, type Parts } from './engine.js';
import type { Module, Modules } from './modules.js';
import { nodeSettings, type NodeSettings } from './node-settings.js';
import { globalScope, PROGRAM_EXPORTS } from './program-entry.js';
import { Refusal } from './refusal.js';
import { executeExpression, hoist } from './statements.js';
import type { Closure, Thing, Value } from './values.js';
import { NOTHING, UNKNOWN_VALUE, Scope } from './values.js';

/** A node as a module describes it. */
export interface Description {
  readonly settings: NodeSettings;
  readonly body: Closure;
  readonly span: Span;
}

export interface TopLevel {
  readonly nodes: readonly Description[];
  /** What is declared outside of nodes, in the order of evaluation. */
  readonly things: readonly Thing[];
}

type Exports = ReadonlyMap<string, Value>;

/** Evaluates the modules in their order. Mistakes are reported. Throws `Abort`. */
export function evaluateModules(modules: Modules, parts: Parts, report: Report): TopLevel {
  const nodes: Description[] = [];
  const things: Thing[] = [];
  const exports = new Map<Module, Exports>();
  const global = globalScope();
  for (const module of modules.list) {
    const isEntry = module === modules.list.at(-1);
    const describe = (call: Call, at: At): Value => {
      if (at.chain.length > 0) throw new Refusal(outOfPlace(call.span, 'a node', NODE_PLACE));
      if (isEntry) nodes.push(descriptionOf(engine, call));
      return { kind: 'node' };
    };
    const engine = new Engine(parts, report, modules.spanOf, (thing) => void things.push(thing), null, describe);
    exports.set(module, evaluateModule(engine, module, new Scope(global), exports));
  }
  return { nodes, things };
}

/** Where nodes stand. */
export const NODE_PLACE = 'nodes stand at the top level of the module that is compiled';

function descriptionOf(engine: Engine, call: Call): Description {
  const [first, second] = [argument(call, 0), argument(call, 1)];
  const withSettings = call.args.length > 1;
  const nothing = { value: NOTHING, span: call.span };
  const clauses = new Clauses(
    engine,
    withSettings ? first : nothing,
    withSettings ? call.node.arguments[0] : undefined,
  );
  return {
    settings: nodeSettings(engine, call.node, clauses),
    body: blockOf(withSettings ? second : first),
    span: call.span,
  };
}

function evaluateModule(engine: Engine, module: Module, scope: Scope, exports: ReadonlyMap<Module, Exports>): Exports {
  const { statements } = module.source;
  const at: At = { scope, chain: [], depth: 0, loops: [], returns: null };
  const from = (specifier: ts.Expression | undefined) => exportsOf(module, specifier, exports);
  for (const statement of statements) {
    if (ts.isImportDeclaration(statement)) bindImports(statement, from(statement.moduleSpecifier), scope);
  }
  hoist(statements, scope);
  for (const statement of statements) {
    try {
      evaluateTopStatement(engine, statement, at);
    } catch (error) {
      engine.refuse(error);
    }
  }
  return collectExports(statements, scope, from);
}

/** What a module exports; null where it could not be read. */
function exportsOf(
  module: Module,
  specifier: ts.Expression | undefined,
  all: ReadonlyMap<Module, Exports>,
): Exports | null {
  if (specifier === undefined || !ts.isStringLiteral(specifier)) return null;
  const imported = module.imports.get(specifier.text);
  if (imported === undefined) return null;
  return imported === null ? PROGRAM_EXPORTS : (all.get(imported) ?? null);
}

function bindImports({ importClause }: ts.ImportDeclaration, exports: Exports | null, scope: Scope): void {
  const value = (name: string): Value => exports?.get(name) ?? UNKNOWN_VALUE;
  if (!importClause) return;
  const { name, namedBindings } = importClause;
  if (name) scope.set(name.text, value('default'));
  if (!namedBindings) return;
  if (ts.isNamespaceImport(namedBindings)) {
    scope.set(namedBindings.name.text, exports ? { kind: 'record', fields: exports } : UNKNOWN_VALUE);
  } else {
    for (const one of namedBindings.elements) scope.set(one.name.text, value((one.propertyName ?? one.name).text));
  }
}

function evaluateTopStatement(engine: Engine, statement: ts.Statement, at: At): void {
  if (ts.isVariableStatement(statement)) executeVariables(engine, statement, at);
  else if (ts.isExpressionStatement(statement)) executeExpression(engine, statement, at);
  else if (ts.isExportAssignment(statement)) at.scope.set('default', engine.evaluate(statement.expression, at));
  else if (!SILENT.has(statement.kind)) {
    const hint = 'at the top level stand imports, exports, constants, functions, types and nodes';
    throw new Refusal(cannotBeCompiled(engine.spanOf(statement), 'this statement', hint));
  }
}

const SILENT: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ImportDeclaration,
  ts.SyntaxKind.ExportDeclaration,
  ts.SyntaxKind.FunctionDeclaration,
  ts.SyntaxKind.TypeAliasDeclaration,
  ts.SyntaxKind.InterfaceDeclaration,
  ts.SyntaxKind.EmptyStatement,
]);

type From = (specifier: ts.Expression | undefined) => Exports | null;

/** TypeScript has checked that what is exported is there: all names of the module can count as exported. */
function collectExports(statements: readonly ts.Statement[], scope: Scope, from: From): Exports {
  const exports = new Map(scope.entries());
  for (const statement of statements) {
    if (ts.isFunctionDeclaration(statement) && isDefault(statement)) {
      exports.set('default', scope.own(statement.name?.text ?? 'default') ?? UNKNOWN_VALUE);
    }
    if (ts.isExportDeclaration(statement)) addExports(exports, statement, scope, from(statement.moduleSpecifier));
  }
  return exports;
}

function isDefault(statement: ts.FunctionDeclaration): boolean {
  return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false;
}

function addExports(
  exports: Map<string, Value>,
  statement: ts.ExportDeclaration,
  scope: Scope,
  other: Exports | null,
): void {
  const { exportClause, moduleSpecifier } = statement;
  if (!exportClause) {
    for (const [name, value] of other ?? []) if (!exports.has(name)) exports.set(name, value);
  } else if (ts.isNamedExports(exportClause)) {
    for (const { name, propertyName } of exportClause.elements) {
      const source = (propertyName ?? name).text;
      exports.set(name.text, (moduleSpecifier ? other?.get(source) : scope.own(source)) ?? UNKNOWN_VALUE);
    }
  }
}
