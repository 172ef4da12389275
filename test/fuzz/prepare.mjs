// Takes the types out of the TypeScript sources, and puts a counter wherever control can branch in the readers. Apart from the fuzzer,
// so that the compiler that this needs is not in its memory.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { preparedPath, ROOT } from './prepared.mjs';

const FUZZED = ['lang', 'maps', 'codegen'];
const PLAIN = ['cli', 'loader', 'test/fuzz', 'test/support'];
const COUNTERS = '$fuzz';

const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  inlineSourceMap: true,
};

function plain(fileName, before = []) {
  const text = readFileSync(fileName, 'utf8');
  return ts.transpileModule(text, { fileName, compilerOptions, transformers: { before } }).outputText;
}

function instrumented(fileName) {
  const counter = { count: 0 };
  const text = plain(fileName, [(context) => (file) => new Instrumenter(context, counter).visit(file)]);
  // On the first line, so that the lines of the source map stay right.
  return `const ${COUNTERS}=globalThis.fuzzCounters.allocate(${counter.count});${text}`;
}

class Instrumenter {
  constructor(context, counter) {
    this.context = context;
    this.counter = counter;
    this.visit = this.visit.bind(this);
  }

  visit(node) {
    if (ts.isTypeNode(node)) return node;
    return this.withCounters(ts.visitEachChild(node, this.visit, this.context));
  }

  /** A node, its children done, with counters in its branches. */
  withCounters(node) {
    const { factory } = this.context;
    if (ts.isConditionalExpression(node)) {
      const { condition, questionToken, whenTrue, colonToken, whenFalse } = node;
      const arms = [this.counted(whenTrue), colonToken, this.counted(whenFalse)];
      return factory.updateConditionalExpression(node, condition, questionToken, ...arms);
    }
    if (ts.isBinaryExpression(node) && isShortCircuit(node.operatorToken.kind)) {
      return factory.updateBinaryExpression(node, node.left, node.operatorToken, this.counted(node.right));
    }
    if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
      const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken, body } = node;
      const head = [modifiers, typeParameters, parameters, type, equalsGreaterThanToken];
      return factory.updateArrowFunction(node, ...head, this.counted(body));
    }
    if (ts.isCaseOrDefaultClause(node)) return this.clause(node);
    if (ts.isBlock(node)) return factory.updateBlock(node, [this.statement(), ...node.statements]);
    return this.withCountedStatements(node);
  }

  /** Statements that stand without braces. */
  withCountedStatements(node) {
    const { factory } = this.context;
    const inBlock = (one) => (one && !ts.isBlock(one) ? factory.createBlock([this.statement(), one]) : one);
    if (ts.isIfStatement(node)) {
      return factory.updateIfStatement(node, node.expression, inBlock(node.thenStatement), inBlock(node.elseStatement));
    }
    if (ts.isForOfStatement(node)) {
      const { awaitModifier, initializer, expression, statement } = node;
      return factory.updateForOfStatement(node, awaitModifier, initializer, expression, inBlock(statement));
    }
    return node;
  }

  clause(node) {
    const { factory } = this.context;
    const statements = [this.statement(), ...node.statements];
    return ts.isCaseClause(node)
      ? factory.updateCaseClause(node, node.expression, statements)
      : factory.updateDefaultClause(node, statements);
  }

  increment() {
    const { factory } = this.context;
    const index = factory.createNumericLiteral(this.counter.count++);
    const counter = factory.createElementAccessExpression(factory.createIdentifier(COUNTERS), index);
    return factory.createPostfixIncrement(counter);
  }

  statement() {
    return this.context.factory.createExpressionStatement(this.increment());
  }

  counted(expression) {
    const { factory } = this.context;
    return factory.createParenthesizedExpression(factory.createComma(this.increment(), expression));
  }
}

function isShortCircuit(kind) {
  const { AmpersandAmpersandToken, BarBarToken, QuestionQuestionToken } = ts.SyntaxKind;
  return kind === AmpersandAmpersandToken || kind === BarBarToken || kind === QuestionQuestionToken;
}

function sourcesBelow(folder) {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /(?<!\.d|\.nc)\.ts$/.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name));
}

function prepare(folders, make) {
  for (const fileName of folders.flatMap(sourcesBelow)) {
    const path = preparedPath(fileName);
    if (!existsSync(path)) writeFileSync(path, make(fileName));
  }
}

mkdirSync(join(ROOT, 'build/fuzz/prepared'), { recursive: true });
prepare(FUZZED, instrumented);
prepare(PLAIN, (fileName) => plain(fileName));
