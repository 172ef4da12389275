// TypeScript asks at every use of a name what is known there of its value, and for that walks back through all statements
// before it: in a body of thousands of instructions this takes most of the time, and beyond 2000 branches it gives up (TS2563).
// What programs are made of, the functions of `ncbpf/program` and the things that they declare, has one type wherever it is used.
import { ts } from 'ts-morph';
import { UNITS } from '../vocabulary.js';
import { DECLARATION_NAMES } from './declare.js';

/** What the binder leaves at a use, from where the walk begins. Where there is nothing, the declared type counts. */
interface Bound {
  flowNode?: unknown;
}

/** Functions whose results have no type that a condition could narrow. */
const MAKERS: ReadonlySet<string> = new Set([...DECLARATION_NAMES, ...Object.keys(UNITS), 'ticks']);

/**
 * Takes these walks out of a module. `entry`: the module specifier of `ncbpf/program`. To be called when the module is bound and not
 * yet checked: what it says of the types stays the same.
 */
export function skipNarrowing(source: ts.SourceFile, entry: string): void {
  const imported = importsFrom(source, entry);
  if (imported.size === 0) return;
  const found = namesIn(source, imported);
  const visit = (node: ts.Node): void => {
    if (isFixed(node, found)) delete (node as Bound).flowNode;
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** The local names of what is imported, and what each is there; a namespace is `*`. */
function importsFrom(source: ts.SourceFile, entry: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const bindings = statement.moduleSpecifier.text === entry ? statement.importClause?.namedBindings : undefined;
    if (bindings === undefined) continue;
    if (ts.isNamespaceImport(bindings)) names.set(bindings.name.text, '*');
    else for (const { name, propertyName } of bindings.elements) names.set(name.text, (propertyName ?? name).text);
  }
  return names;
}

interface Names {
  /** Of one declaration in the whole module, and of one type. */
  readonly fixed: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

function namesIn(source: ts.SourceFile, imported: ReadonlyMap<string, string>): Names {
  const fixed = new Set(imported.keys());
  // A name that stands for something else somewhere is left alone everywhere.
  const declared = new Set<string>();
  const shadowed = new Set<string>();
  const visit = (node: ts.Node): void => {
    const name = declaredName(node);
    if (name !== null) {
      if (declared.has(name)) shadowed.add(name);
      declared.add(name);
      if (ts.isVariableDeclaration(node) && isMade(node, imported)) fixed.add(name);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const name of shadowed) fixed.delete(name);
  return { fixed, namespaces: new Set([...fixed].filter((name) => imported.get(name) === '*')) };
}

function declaredName(node: ts.Node): string | null {
  const declares =
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isImportSpecifier(node) ||
    ts.isNamespaceImport(node) ||
    ts.isImportClause(node);
  return declares && node.name && ts.isIdentifier(node.name) ? node.name.text : null;
}

/** `const name = variable(u16)`, its type not written. */
function isMade({ parent, type, initializer }: ts.VariableDeclaration, imported: ReadonlyMap<string, string>): boolean {
  const isConst = ts.isVariableDeclarationList(parent) && (parent.flags & ts.NodeFlags.Const) !== 0;
  if (!isConst || type || !initializer || !ts.isCallExpression(initializer)) return false;
  const { expression: callee } = initializer;
  if (ts.isIdentifier(callee)) return MAKERS.has(imported.get(callee.text) ?? '');
  if (!ts.isPropertyAccessExpression(callee) || !ts.isIdentifier(callee.expression)) return false;
  return imported.get(callee.expression.text) === '*' && MAKERS.has(callee.name.text);
}

function isFixed(node: ts.Node, { fixed, namespaces }: Names): boolean {
  if (ts.isIdentifier(node)) return fixed.has(node.text);
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return false;
  return namespaces.has(node.expression.text);
}
