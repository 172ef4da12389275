// A reading position in the tokens of one line. The first mistake ends the reading of that line: it is thrown as a
// `LineMistake`, which the parser catches, so that a line has at most one error.
import type { Diagnostic } from './diagnostic.js';
import type { Token } from './lexer.js';
import { duplicateClause, expected, looseUnit, trailingText, unknownWord } from './mistakes/syntax.js';
import type { Span } from './program.js';
import type { SourceLine } from './source.js';
import type { IntegerLiteral, MacLiteral, Operand, Word } from './tree.js';
import type { Unit } from './vocabulary.js';
import { isOneOf, UNITS } from './vocabulary.js';

/** Carries a diagnostic from where it is noticed to the parser's loop; it never leaves the parser. */
export class LineMistake extends Error {
  constructor(readonly diagnostic: Diagnostic) {
    super(diagnostic.message);
  }
}

export class Cursor {
  #position = 0;

  constructor(
    readonly line: SourceLine,
    readonly tokens: readonly Token[],
  ) {}

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.#position + ahead];
  }

  next(): Token | undefined {
    return this.tokens[this.#position++];
  }

  spanOf(token: Token): Span {
    return this.line.span(token.start, token.end);
  }

  /** From a token to the last one that was read. */
  spanFrom(first: Token): Span {
    const last = this.tokens[Math.min(this.#position, this.tokens.length) - 1] ?? first;
    return this.line.span(first.start, last.end);
  }

  fail(diagnostic: Diagnostic): never {
    throw new LineMistake(diagnostic);
  }

  /** Ends the reading because the next token is not what was wanted. */
  failExpected(wanted: string, hint?: string): never {
    const token = this.peek();
    if (token) return this.fail(expected(this.spanOf(token), wanted, token.text, hint));
    const end = this.tokens.at(-1)?.end ?? 0;
    return this.fail(expected(this.line.span(end, end + 1), wanted, null, hint));
  }

  isSymbol(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token?.kind === 'symbol' && token.text === text;
  }

  isWord(text: string): boolean {
    const token = this.peek();
    return token?.kind === 'word' && token.text === text;
  }

  /** Reads the symbol if it comes next. */
  skipSymbol(text: string): boolean {
    const found = this.isSymbol(text);
    if (found) this.next();
    return found;
  }

  skipWord(text: string): boolean {
    const found = this.isWord(text);
    if (found) this.next();
    return found;
  }

  symbol(text: string, hint?: string): void {
    if (!this.skipSymbol(text)) this.failExpected(`\`${text}\``, hint);
  }

  keyword(text: string): void {
    const token = this.peek();
    if (this.skipWord(text)) return;
    if (token?.kind === 'word') this.fail(unknownWord(this.spanOf(token), token.text, [text]));
    this.failExpected(`\`${text}\``);
  }

  /** `wanted` in words: "a label". */
  name(wanted: string, hint?: string): Word {
    const token = this.peek();
    if (token?.kind !== 'word') return this.failExpected(wanted, hint);
    this.next();
    return { name: token.text, span: this.spanOf(token) };
  }

  /** One of the fixed words that may stand here. */
  choice<T extends string>(allowed: readonly T[], mistake = unknownWordOf(allowed)): T {
    const { name, span } = this.name(allowed.map((word) => `\`${word}\``).join(' or '));
    return isOneOf(allowed, name) ? name : this.fail(mistake(span, name));
  }

  /** A literal or the name of a constant. `wanted` in words: "a duration". */
  operand(wanted: string): Operand {
    const token = this.peek();
    if (!token || token.kind === 'symbol' || token.kind === 'mac') return this.failExpected(wanted);
    this.next();
    this.refuseLooseUnit(token);
    return toOperand(token, this.spanOf(token));
  }

  /** No word for a unit of time can stand behind a number: `1 ms` is `1ms`. */
  private refuseLooseUnit({ kind, text }: Token): void {
    const unit = this.peek();
    if (kind !== 'integer' && kind !== 'fraction') return;
    if (unit?.kind === 'word' && Object.hasOwn(UNITS, unit.text))
      this.fail(looseUnit(this.spanOf(unit), text, unit.text));
  }

  /** The operand after `,`. */
  nextOperand(wanted: string): Operand {
    this.symbol(',');
    return this.operand(wanted);
  }

  nextName(wanted: string): Word {
    this.symbol(',');
    return this.name(wanted);
  }

  mac(): MacLiteral {
    const token = this.peek();
    if (token?.kind !== 'mac') return this.failExpected('a MAC address', 'for example `02:00:00:00:00:01`');
    this.next();
    return { mac: token.text.toLowerCase(), span: this.spanOf(token) };
  }

  macList(): MacLiteral[] {
    const list = [this.mac()];
    while (this.skipSymbol(',')) list.push(this.mac());
    return list;
  }

  /** Refuses a clause that has been read before; its first token comes next. */
  once(clause: string, earlier: unknown): void {
    const token = this.peek();
    if (token && earlier !== null) this.fail(duplicateClause(this.spanOf(token), clause));
  }

  /** Refuses what is left. `form` is how the statement is written. */
  end(form: string): void {
    const token = this.peek();
    const last = this.tokens.at(-1);
    if (token && last) this.fail(trailingText(this.line.span(token.start, last.end), token.text, `write ${form}`));
  }
}

function unknownWordOf(allowed: readonly string[]): (span: Span, word: string) => Diagnostic {
  return (span, word) => unknownWord(span, word, allowed);
}

function toOperand(token: Token, span: Span): Operand {
  switch (token.kind) {
    case 'integer':
      return toInteger(token.text, span);
    case 'fraction':
      return { kind: 'fraction', text: canonicalFraction(token.text), span };
    case 'duration':
      return toDuration(token.text, span);
    case 'text':
      return { kind: 'text', text: token.text.slice(1, -1), span };
    case 'hex':
      return { kind: 'hex', text: token.text.slice('hex:'.length).toLowerCase(), span };
    default:
      return { kind: 'name', name: token.text, span };
  }
}

function toInteger(text: string, span: Span): IntegerLiteral {
  const hex = text.startsWith('0x');
  const value = BigInt(text);
  return { kind: 'integer', text: hex ? text.toLowerCase() : value.toString(), value, span };
}

function toDuration(text: string, span: Span): Operand {
  const split = text.search(/[a-z]/);
  return { kind: 'duration', amount: canonicalDecimal(text.slice(0, split)), unit: text.slice(split) as Unit, span };
}

/** Without leading zeros, and without trailing zeros of the fraction: `01.50` is `1.5`, `2.0` is `2`. */
function canonicalDecimal(text: string): string {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)0*([0-9]+?)(?:\.([0-9]*?)0*)?$/.exec(text) ?? [];
  return sign + whole + (fraction === '' ? '' : `.${fraction}`);
}

/** As above, but with a point, so that it stays a fraction: `2.00` is `2.0`. */
function canonicalFraction(text: string): string {
  const decimal = canonicalDecimal(text);
  return decimal.includes('.') ? decimal : `${decimal}.0`;
}
