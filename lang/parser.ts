// Text to syntax tree. A line with a mistake costs that line and nothing else: each bad line is reported once, and what
// can be known of it (its label, that it is an instruction, the name that it may declare) is kept, so that no other
// line is blamed for it.
import { Cursor, LineMistake } from './cursor.js';
import { DeclarationList } from './declaration-list.js';
import type { Diagnostic } from './diagnostic.js';
import type { LexedLine, Token } from './lexer.js';
import { lexLine } from './lexer.js';
import { lineTooLong, tooManyInstructions } from './mistakes/limits.js';
import { expected, labelBeforeDeclaration, lateDeclaration, secondLabel, unknownStatement } from './mistakes/syntax.js';
import { readDeclaration } from './parse-declaration.js';
import { readInstruction } from './parse-instruction.js';
import type { Span } from './program.js';
import { LIMITS } from './program.js';
import type { Report } from './report.js';
import type { SourceLine } from './source.js';
import { LONGEST_LINE, readLines } from './source.js';
import { nearest } from './suggest.js';
import type { Comment, InstructionNode, LabelNode, OperationNode, Tree } from './tree.js';
import type { DeclarationWord, InstructionWord } from './vocabulary.js';
import { INSTRUCTION_WORDS, isOneOf, NAMED_DECLARATIONS, SETTINGS } from './vocabulary.js';

const DECLARATION_WORDS: readonly DeclarationWord[] = [...SETTINGS, ...NAMED_DECLARATIONS];
const DOUBTFUL_CHARACTERS = 1000;

/** Parses a program text. All mistakes go to `report`; the tree holds what could be read. */
export function parseSource(source: string | Uint8Array, file: string, report: Report): Tree {
  const parser = new Parser(file, report);
  for (const line of readLines(source, file)) {
    parser.readLine(line);
    if (parser.stopped) break;
  }
  return parser.tree();
}

class Parser {
  stopped = false;
  readonly #file: string;
  readonly #report: Report;
  readonly #list = new DeclarationList();
  readonly #instructions: InstructionNode[] = [];
  readonly #comments: Comment[] = [];
  readonly #doubtfulNames = new Set<string>();
  /** Labels that wait for their instruction. */
  #labels: LabelNode[] = [];
  #blamedLabels = 0;
  #end: Span;

  constructor(file: string, report: Report) {
    this.#file = file;
    this.#report = report;
    this.#end = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  }

  tree(): Tree {
    return {
      file: this.#file,
      declarations: this.#list.declarations,
      instructions: this.#instructions,
      danglingLabels: this.#labels,
      doubtfulNames: this.#doubtfulNames,
      comments: this.#comments,
      end: this.#end,
      complete: !this.stopped,
    };
  }

  readLine(line: SourceLine): void {
    this.#end = line.span(line.text.length, line.text.length);
    if (line.text.length > LONGEST_LINE) this.#report.add(lineTooLong(line.span(0, 1), LONGEST_LINE));
    else this.#readLexed(line, lexLine(line));
    this.stopped ||= this.#report.full;
  }

  #readLexed(line: SourceLine, lexed: LexedLine): void {
    this.#keepComment(line, lexed);
    if (lexed.tokens.length === 0 && !lexed.problem) return;
    const labels = leadingLabels(line, lexed.tokens);
    const rest = lexed.tokens.slice(2 * labels.length);
    this.#labels.push(...labels);
    const problem = lexed.problem ?? (labels[1] ? secondLabel(labels[1].span) : null);
    if (rest.length === 0 && !lexed.problem) this.#blame(problem);
    else this.#readStatement(new Cursor(line, rest), problem);
  }

  #keepComment(line: SourceLine, { tokens, commentAt }: LexedLine): void {
    if (commentAt < 0) return;
    const text = line.text.slice(commentAt).trimEnd();
    this.#comments.push({ text, line: line.number, column: line.columnAt(commentAt), alone: tokens.length === 0 });
  }

  #blame(problem: Diagnostic | null): void {
    if (problem) this.#report.add(problem);
  }

  /** `problem`: what is wrong with the line already; then nothing else is said about it. */
  #readStatement(cursor: Cursor, problem: Diagnostic | null): void {
    const first = cursor.peek();
    const word = first?.kind === 'word' ? first.text : '';
    if (first && isOneOf(DECLARATION_WORDS, word)) this.#readDeclaration(cursor, first, word, problem);
    else if (first && isOneOf(INSTRUCTION_WORDS, word)) this.#readInstruction(cursor, first, word, problem);
    else this.#readUnknown(cursor, first, problem);
  }

  #readDeclaration(cursor: Cursor, first: Token, word: DeclarationWord, problem: Diagnostic | null): void {
    const [instruction] = this.#instructions;
    if (!instruction) this.#blameLabels(cursor.spanOf(first));
    cursor.next();
    const name = cursor.peek();
    const { result, mistake } = attempt(() => readDeclaration(cursor, word));
    const late = instruction ? lateDeclaration(cursor.spanOf(first), instruction.span) : null;
    const added = result && !problem ? this.#list.add({ ...result, span: cursor.spanFrom(first) }) : null;
    this.#blame(problem ?? late ?? mistake ?? added?.mistake ?? null);
    if (!added?.taken && name?.kind === 'word') this.#doubtfulNames.add(name.text);
  }

  /** Labels that a declaration follows. They stay, for the first instruction, so that their use is no mistake as well. */
  #blameLabels(declaration: Span): void {
    for (const label of this.#labels.slice(this.#blamedLabels)) {
      this.#report.add(labelBeforeDeclaration(label.span, label.name, declaration));
    }
    this.#blamedLabels = this.#labels.length;
  }

  #readInstruction(cursor: Cursor, first: Token, word: InstructionWord, problem: Diagnostic | null): void {
    cursor.next();
    const { result, mistake } = attempt(() => readInstruction(cursor, word));
    this.#blame(problem ?? mistake);
    const span = cursor.line.span(first.start, cursor.tokens.at(-1)?.end ?? first.end);
    this.#addInstruction(problem ? null : result, span);
  }

  #addInstruction(operation: OperationNode | null, span: Span): void {
    if (this.#instructions.length === LIMITS.instructions) {
      this.#report.add(tooManyInstructions(span, LIMITS.instructions));
      this.stopped = true;
      return;
    }
    this.#instructions.push({ operation, span, labels: this.#labels });
    this.#labels = [];
  }

  /** A line that begins with none of the words that a line may begin with. */
  #readUnknown(cursor: Cursor, first: Token | undefined, problem: Diagnostic | null): void {
    const meant = first?.kind === 'word' ? nearest(first.text, [...INSTRUCTION_WORDS, ...DECLARATION_WORDS]) : null;
    const instructionMeant = meant !== null && isOneOf(INSTRUCTION_WORDS, meant);
    this.#blame(problem ?? unknownLine(cursor, first));
    if (first?.kind === 'word') this.#doubtfulNames.add(first.text);
    if (!instructionMeant) this.#doubtWords(cursor.line.text);
    if (instructionMeant || this.#instructions.length > 0 || this.#labels.length > 0) {
      this.#addInstruction(null, first ? cursor.spanOf(first) : cursor.line.span(0, cursor.line.text.length));
    }
  }

  #doubtWords(text: string): void {
    for (const [word] of text.slice(0, DOUBTFUL_CHARACTERS).matchAll(/[A-Za-z_][A-Za-z0-9_]*/g)) {
      this.#doubtfulNames.add(word);
    }
  }
}

/** The labels at the start of a line: there may be one; more are read so that they are known. */
function leadingLabels(line: SourceLine, tokens: readonly Token[]): LabelNode[] {
  const labels: LabelNode[] = [];
  for (let i = 0; isLabel(tokens, i); i += 2) {
    const { text: name = '', start = 0, end = 0 } = tokens[i] ?? {};
    labels.push({ name, span: line.span(start, end) });
  }
  return labels;
}

function isLabel(tokens: readonly Token[], index: number): boolean {
  const colon = tokens[index + 1];
  return tokens[index]?.kind === 'word' && colon?.kind === 'symbol' && colon.text === ':';
}

function unknownLine(cursor: Cursor, first: Token | undefined): Diagnostic {
  const span = first ? cursor.spanOf(first) : cursor.line.span(0, 1);
  if (first?.kind !== 'word') return expected(span, 'a declaration, an instruction or a label', first?.text ?? null);
  const second = cursor.peek(1);
  const labelLike = !second || (second.kind === 'word' && isOneOf(INSTRUCTION_WORDS, second.text));
  return unknownStatement(span, first.text, labelLike);
}

function attempt<T>(read: () => T): { result: T | null; mistake: Diagnostic | null } {
  try {
    return { result: read(), mistake: null };
  } catch (error) {
    if (!(error instanceof LineMistake)) throw error;
    return { result: null, mistake: error.diagnostic };
  }
}
