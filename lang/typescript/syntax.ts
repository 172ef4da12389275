// What TypeScript has and a program has not: refused by its kind, before anything else looks at it.
import { ts } from 'ts-morph';
import { cannotBeCompiled, nestedTooDeeply, tooMuchToUnroll } from '../mistakes/typescript.js';
import type { Report } from '../report.js';
import type { Modules } from './modules.js';

const K = ts.SyntaxKind;

/** Everything that may stand in a module; operators and types among it. What stands where is judged later. */
const ALLOWED: ReadonlySet<ts.SyntaxKind> = new Set([
  // Statements
  ...[K.ImportDeclaration, K.ImportClause, K.NamedImports, K.ImportSpecifier, K.NamespaceImport, K.ExportDeclaration],
  ...[K.NamedExports, K.ExportSpecifier, K.ExportAssignment, K.VariableStatement, K.VariableDeclarationList],
  ...[K.VariableDeclaration, K.FunctionDeclaration, K.Parameter, K.Block, K.ExpressionStatement, K.IfStatement],
  ...[K.WhileStatement, K.DoStatement, K.ForStatement, K.ForOfStatement, K.BreakStatement, K.ContinueStatement],
  ...[K.ReturnStatement, K.LabeledStatement, K.EmptyStatement, K.EndOfFileToken],
  // Expressions
  ...[K.Identifier, K.NumericLiteral, K.BigIntLiteral, K.StringLiteral, K.NoSubstitutionTemplateLiteral],
  ...[K.TemplateExpression, K.TemplateHead, K.TemplateSpan, K.TemplateMiddle, K.TemplateTail, K.TrueKeyword],
  ...[K.FalseKeyword, K.NullKeyword, K.ArrayLiteralExpression, K.ObjectLiteralExpression, K.PropertyAssignment],
  ...[K.ShorthandPropertyAssignment, K.SpreadAssignment, K.SpreadElement, K.ComputedPropertyName],
  ...[K.PropertyAccessExpression, K.ElementAccessExpression, K.CallExpression, K.ParenthesizedExpression],
  ...[
    K.ArrowFunction,
    K.FunctionExpression,
    K.EqualsGreaterThanToken,
    K.PrefixUnaryExpression,
    K.PostfixUnaryExpression,
  ],
  ...[
    K.BinaryExpression,
    K.ConditionalExpression,
    K.QuestionToken,
    K.ColonToken,
    K.AsExpression,
    K.SatisfiesExpression,
  ],
  ...[K.NonNullExpression, K.TypeAssertionExpression, K.ObjectBindingPattern, K.ArrayBindingPattern, K.BindingElement],
  ...[K.OmittedExpression, K.DotDotDotToken, K.ExclamationToken],
  // Modifiers and types
  ...[K.ExportKeyword, K.DefaultKeyword, K.ReadonlyKeyword, K.TypeAliasDeclaration, K.InterfaceDeclaration],
  ...[K.PropertySignature, K.TypeReference, K.ExpressionWithTypeArguments, K.HeritageClause, K.ArrayType, K.TupleType],
  ...[K.NamedTupleMember, K.UnionType, K.LiteralType, K.TypeLiteral, K.FunctionType, K.ParenthesizedType],
  ...[K.TypeOperator, K.TypeQuery, K.RestType, K.OptionalType, K.NumberKeyword, K.StringKeyword, K.BooleanKeyword],
  ...[K.BigIntKeyword, K.VoidKeyword, K.NeverKeyword, K.UndefinedKeyword, K.UnknownKeyword, K.ConstKeyword],
  ...[K.QualifiedName, K.AnyKeyword, K.ObjectKeyword, K.IndexedAccessType],
]);

const OPERATORS: ReadonlySet<ts.SyntaxKind> = new Set([
  ...[K.PlusToken, K.MinusToken, K.AsteriskToken, K.SlashToken, K.PercentToken, K.AsteriskAsteriskToken],
  ...[K.LessThanLessThanToken, K.GreaterThanGreaterThanToken, K.GreaterThanGreaterThanGreaterThanToken],
  ...[K.AmpersandToken, K.BarToken, K.CaretToken, K.AmpersandAmpersandToken, K.BarBarToken, K.QuestionQuestionToken],
  ...[K.EqualsEqualsEqualsToken, K.ExclamationEqualsEqualsToken, K.LessThanToken, K.LessThanEqualsToken],
  ...[K.GreaterThanToken, K.GreaterThanEqualsToken],
]);

/** A construct in words, and what to do instead. */
const REFUSED: ReadonlyMap<ts.SyntaxKind, readonly [what: string, hint: string]> = new Map([
  [K.ClassDeclaration, ['a class', 'write functions and constants']],
  [K.ClassExpression, ['a class', 'write functions and constants']],
  [K.NewExpression, ['`new`', 'nothing runs that could make an object']],
  [K.SwitchStatement, ['`switch`', 'write `if` and `else`']],
  [K.TryStatement, ['`try`', "the errors of the machine are handled with `handle('receive_fault', block)`"]],
  [K.ThrowStatement, ['`throw`', 'a machine stops with `endOfProgram()`']],
  [K.ForInStatement, ['`for ... in`', 'write `for (const item of list)`']],
  [K.EnumDeclaration, ['an enumeration', 'write constants']],
  [K.ModuleDeclaration, ['a namespace', 'write a module of its own']],
  [K.AwaitExpression, ['`await`', 'time passes with `wait`']],
  [K.AsyncKeyword, ['an `async` function', 'time passes with `wait`']],
  [K.AsteriskToken, ['a generator', 'write a function']],
  [K.YieldExpression, ['`yield`', 'time passes with `wait`']],
  [K.RegularExpressionLiteral, ['a regular expression', 'text is not searched']],
  [K.ThisKeyword, ['`this`', 'name the constant']],
  [K.DeleteExpression, ['`delete`', 'constants do not change']],
  [K.TypeOfExpression, ['`typeof`', 'the kind of a value is known from its type']],
  [K.VoidExpression, ['`void`', 'leave it out']],
  [K.TaggedTemplateExpression, ['a tagged template', 'call a function']],
  [K.QuestionDotToken, ['`?.`', 'constants are known: write `.`']],
  [K.MethodDeclaration, ['a method', 'write a function of its own']],
  [K.GetAccessor, ['an accessor', 'write a constant']],
  [K.SetAccessor, ['an accessor', 'constants do not change']],
  [K.ImportEqualsDeclaration, ['`import =`', "write `import { name } from './module.js'`"]],
  [K.DeclareKeyword, ['`declare`', 'import what is declared elsewhere']],
  [K.TypeParameter, ['a type parameter', 'write the type itself']],
  [K.ConditionalType, ['a conditional type', 'write the type itself']],
  [K.MappedType, ['a mapped type', 'write the type itself']],
  [K.EqualsEqualsToken, ['`==`', 'write `===`']],
  [K.ExclamationEqualsToken, ['`!=`', 'write `!==`']],
  [K.DebuggerStatement, ['`debugger`', '`ncbpf trace` shows a running program']],
  [K.WithStatement, ['`with`', 'name the constant']],
]);

/** Deeper than anybody writes. What TypeScript does with lists in lists grows with the cube of their depth. */
const DEEPEST = 128;
/** Parts of the text of all modules: several nodes of 4096 instructions have room. */
const MOST_PARTS = 250_000;

/** Refuses what cannot be compiled, each construct once, at its own place; then what is nested too deeply, or too much. */
export function refuseSyntax(modules: Modules, report: Report): void {
  let [depth, parts] = [0, 0];
  const visitChildren = (node: ts.Node): void => {
    const deeper = isChained(node) ? 0 : 1;
    depth += deeper;
    ts.forEachChild(node, visit);
    depth -= deeper;
  };
  const visit = (node: ts.Node): void => {
    parts++;
    const refused = refusedPart(node);
    if (refused !== null) report.add(cannotBeCompiled(modules.spanOf(refused), ...wordsFor(refused)));
    else if (depth === DEEPEST) report.add(nestedTooDeeply(modules.spanOf(node)));
    else if (parts === MOST_PARTS)
      report.add(tooMuchToUnroll(modules.spanOf(node), 'the modules have too much in them'));
    else if (parts < MOST_PARTS && !report.full) visitChildren(node);
  };
  for (const { source } of modules.list) visit(source);
}

/** `else if` behind `else if`, `a + b + c` and `a.plus(b).plus(c)` are no deeper than they look. */
function isChained(node: ts.Node): boolean {
  const { parent } = node as { readonly parent: ts.Node | undefined };
  if (parent === undefined) return false;
  if (ts.isIfStatement(parent)) return parent.elseStatement === node && ts.isIfStatement(node);
  if (ts.isBinaryExpression(parent)) return parent.left === node;
  return (ts.isCallExpression(parent) || ts.isPropertyAccessExpression(parent)) && parent.expression === node;
}

function refusedPart(node: ts.Node): ts.Node | null {
  if (ts.isBinaryExpression(node)) {
    if (OPERATORS.has(node.operatorToken.kind) || isStep(node)) return null;
    return isAssignment(node) ? node : node.operatorToken;
  }
  if (isCounting(node)) return isStep(node) ? null : node;
  return ts.isSourceFile(node) || ALLOWED.has(node.kind) || isOperatorToken(node) ? null : node;
}

const OTHERWISE = ['this construct', 'see docs/typescript.md for what can be compiled'] as const;
const ASSIGNMENT = [
  'an assignment',
  'constants do not change; what changes while the program runs is a counter, or a variable of the node',
] as const;

function wordsFor(node: ts.Node): readonly [what: string, hint: string] {
  return isAssignment(node) || isCounting(node) ? ASSIGNMENT : (REFUSED.get(node.kind) ?? OTHERWISE);
}

function isAssignment(node: ts.Node): boolean {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind >= K.FirstAssignment && kind <= K.LastAssignment;
}

function isCounting(node: ts.Node): boolean {
  if (ts.isPostfixUnaryExpression(node)) return true;
  return ts.isPrefixUnaryExpression(node) && (node.operator === K.PlusPlusToken || node.operator === K.MinusMinusToken);
}

/** Operators are judged with the expression that they belong to. */
function isOperatorToken(node: ts.Node): boolean {
  return ts.isBinaryExpression(node.parent) && node.parent.operatorToken === node;
}

/** The step of a `for` is the one place where something changes while a program is compiled. */
function isStep(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isForStatement(parent)) return parent.incrementor === node;
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === K.CommaToken && isStep(parent);
}
