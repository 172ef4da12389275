// One line to tokens. The language is line-oriented, so nothing is carried from one line to the next.
import type { Diagnostic } from './diagnostic.js';
import {
  illegalCharacter,
  invalidUtf8,
  malformedHexString,
  malformedMac,
  malformedNumber,
  unknownUnit,
  unterminatedString,
} from './mistakes/syntax.js';
import type { SourceLine } from './source.js';

export type TokenKind = 'word' | 'integer' | 'fraction' | 'duration' | 'text' | 'hex' | 'mac' | 'symbol';

/** `text` as it stands in the source; `start` and `end` are UTF-16 indexes in the line. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface LexedLine {
  readonly tokens: readonly Token[];
  /** The index where the comment starts, or -1. */
  readonly commentAt: number;
  /** The first mistake. The tokens are those before it. */
  readonly problem: Diagnostic | null;
}

const SPACE = /[ \t]*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const MAC = /[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![0-9A-Za-z_:])/y;
const NEARLY_MAC = /[0-9A-Za-z]+(?::[0-9A-Za-z]+){2,}/y;
const HEX = /hex:[0-9A-Za-z_]*/y;
const NUMBER = /-?[0-9][0-9A-Za-z_.\u00b5\u03bc]*/y;
const TEXT = /"[^"]*"/y;
const SYMBOL = /->|[,:=()[\]]/y;
const DURATION = /^-?[0-9]+(?:\.[0-9]+)?(?:ns|us|ms|s)$/;
const OTHER_UNIT = /^-?[0-9]+(?:\.[0-9]+)?([A-Za-z\u00b5\u03bc]+)$/;
const LONGEST_NUMBER = 64;

/** Splits a line into tokens, up to its comment or its first mistake. */
export function lexLine(line: SourceLine): LexedLine {
  const tokens: Token[] = [];
  const { text, invalidAt } = line;
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    if (invalidAt >= 0 && at >= invalidAt) break;
    if (text[at] === '#') return { tokens, commentAt: at, problem: invalidProblem(line) };
    const found = lexToken(line, at, tokens.length);
    if ('severity' in found) return { tokens, commentAt: -1, problem: invalidProblem(line) ?? found };
    tokens.push(found);
    at = found.end;
  }
  return { tokens, commentAt: -1, problem: invalidProblem(line) };
}

function invalidProblem(line: SourceLine): Diagnostic | null {
  const { invalidAt } = line;
  return invalidAt < 0 ? null : invalidUtf8(line.span(invalidAt, invalidAt + 1));
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

function lexToken(line: SourceLine, at: number, position: number): Token | Diagnostic {
  // A byte string or MAC is never among the first two tokens: there `hex:` and `ab:` are names with their colon.
  return (position < 2 ? null : lexColonForm(line, at)) ?? lexPlain(line, at);
}

function lexColonForm(line: SourceLine, at: number): Token | Diagnostic | null {
  const mac = match(MAC, line.text, at);
  if (mac !== null) return token('mac', mac, at);
  const hex = match(HEX, line.text, at);
  if (hex !== null) {
    const good = /^hex:(?:[0-9A-Fa-f]{2})*$/.test(hex);
    return good ? token('hex', hex, at) : malformedHexString(line.span(at, at + hex.length));
  }
  const nearly = match(NEARLY_MAC, line.text, at);
  return nearly === null ? null : malformedMac(line.span(at, at + nearly.length), nearly);
}

function lexPlain(line: SourceLine, at: number): Token | Diagnostic {
  const word = match(WORD, line.text, at);
  if (word !== null) return token('word', word, at);
  const number = match(NUMBER, line.text, at);
  if (number !== null) return lexNumber(line, number, at);
  if (line.text[at] === '"') return lexText(line, at);
  const symbol = match(SYMBOL, line.text, at);
  if (symbol !== null) return token('symbol', symbol, at);
  return illegal(line, at);
}

function lexNumber(line: SourceLine, text: string, at: number): Token | Diagnostic {
  const span = () => line.span(at, at + text.length);
  if (text.length > LONGEST_NUMBER) return malformedNumber(span(), text);
  if (/^(?:-?[0-9]+|0x[0-9A-Fa-f]+)$/.test(text)) return token('integer', text, at);
  if (/^-?[0-9]+\.[0-9]+$/.test(text)) return token('fraction', text, at);
  if (DURATION.test(text)) return token('duration', text, at);
  const unit = OTHER_UNIT.exec(text)?.[1];
  return unit === undefined || /^0x/i.test(text) ? malformedNumber(span(), text) : unknownUnit(span(), unit);
}

function lexText(line: SourceLine, at: number): Token | Diagnostic {
  const text = match(TEXT, line.text, at);
  if (text === null) return unterminatedString(line.span(at, line.text.length));
  const surrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(text);
  return surrogate === null ? token('text', text, at) : illegal(line, at + surrogate.index);
}

function illegal(line: SourceLine, at: number): Diagnostic {
  const character = String.fromCodePoint(line.text.codePointAt(at) ?? 0);
  return illegalCharacter(line.span(at, at + character.length), character);
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function token(kind: TokenKind, text: string, start: number): Token {
  return { kind, text, start, end: start + text.length };
}
