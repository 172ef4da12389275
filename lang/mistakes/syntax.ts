// Mistakes in the text itself: characters, words and the form of a line.
import type { Diagnostic } from '../diagnostic.js';
import { diagnostic, quote } from '../diagnostic.js';
import type { Span } from '../program.js';
import { didYouMean } from '../suggest.js';
import type { Unit } from '../vocabulary.js';
import {
  ERROR_NAMES,
  GUARD_WORDS,
  INSTRUCTION_WORDS,
  INTEGER_TYPES,
  NAMED_DECLARATIONS,
  SETTINGS,
  UNITS,
} from '../vocabulary.js';

export function invalidUtf8(span: Span): Diagnostic {
  return diagnostic('NC1001', span, 'the text is not valid UTF-8 from here on', 'save the file as UTF-8');
}

/** Of a whole file, at its beginning. */
export function noText(file: string): Diagnostic {
  const span = { file, line: 1, column: 1, endLine: 1, endColumn: 2 };
  const hint = 'save a text as UTF-8, without zero bytes; programs in bytecode end in `.bytecode` or `.ncm`';
  return diagnostic('NC1001', span, 'the file is binary, or in another code than UTF-8', hint);
}

export function illegalCharacter(span: Span, character: string): Diagnostic {
  const message = `${describeCharacter(character)} has no place here`;
  return diagnostic('NC1002', span, message, characterHint(character));
}

function describeCharacter(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const number = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)
    ? `the character \`${character}\` (${number})`
    : `the character ${number}`;
}

function characterHint(character: string): string {
  if (character === '\0') return 'is this a binary file? A program is text in UTF-8';
  if (character === '\r') return 'lines end with LF or CRLF';
  if (character === ';') return 'an instruction ends with its line; a comment starts with `#`';
  if (character === '/') return 'a comment starts with `#`';
  if (character === "'" || /[\u2018-\u201f]/.test(character)) return 'byte strings stand between two `"`';
  if (/\s/.test(character)) return 'words are separated by spaces or tabs';
  return 'names are made of A to Z, a to z, 0 to 9 and `_`';
}

export function unterminatedString(span: Span): Diagnostic {
  const hint =
    'close it with `"` on the same line; there are no escapes, bytes that text cannot hold are written as `hex:00ff`';
  return diagnostic('NC1003', span, 'this byte string has no end', hint);
}

export function malformedNumber(span: Span, text: string): Diagnostic {
  const hint =
    'numbers look like `42`, `-7` or `0x2a`, durations like `250ns`, `1.5ms` or `2s`; names do not start with a digit';
  return diagnostic('NC1004', span, `${quote(text)} is not a number`, hint);
}

export function unknownUnit(span: Span, unit: string): Diagnostic {
  const hint = /^[\u00b5\u03bc]s$/.test(unit)
    ? 'microseconds are written `us`'
    : 'the units are `ns`, `us`, `ms` and `s`';
  const units: readonly Unit[] = Object.keys(UNITS) as Unit[];
  return diagnostic(
    'NC1005',
    span,
    `${quote(unit)} is not a unit of time`,
    unit.length > 1 ? didYouMean(unit, units, hint) : hint,
  );
}

export function malformedHexString(span: Span): Diagnostic {
  return diagnostic(
    'NC1006',
    span,
    'the digits of a hex string come in pairs of 0 to 9 and a to f',
    'for example `hex:00ff`',
  );
}

export function malformedMac(span: Span, text: string): Diagnostic {
  const hint = 'six pairs of hex digits, for example `02:00:00:00:00:01`';
  return diagnostic('NC1007', span, `${quote(text)} is not a MAC address`, hint);
}

/** `wanted` in words ("a label", "`,`"), `found` the text that stands there instead or null at the end of the line. */
export function expected(span: Span, wanted: string, found: string | null, hint?: string): Diagnostic {
  const instead = found === null ? 'the line ends here' : `found ${quote(found)}`;
  return diagnostic('NC1008', span, `expected ${wanted}, ${instead}`, hint);
}

/** A unit of time that a space keeps from its number. */
export function looseUnit(span: Span, amount: string, unit: string): Diagnostic {
  const hint = `write ${quote(amount + unit)}`;
  return expected(span, 'the unit of a duration without a space before it', unit, hint);
}

export function trailingText(span: Span, found: string, form: string): Diagnostic {
  return diagnostic('NC1009', span, `nothing is expected after this point, found ${quote(found)}`, form);
}

/** `labelLike`: the word stands where a label would, if it had its colon. */
export function unknownStatement(span: Span, word: string, labelLike: boolean): Diagnostic {
  const words = [...INSTRUCTION_WORDS, ...SETTINGS, ...NAMED_DECLARATIONS];
  const otherwise = labelLike
    ? `a label ends with a colon: ${quote(word + ':')}`
    : 'a line holds one declaration or one instruction, or a label with its colon';
  const hint = didYouMean(word, words, otherwise);
  return diagnostic('NC1010', span, `${quote(word)} is neither a declaration nor an instruction`, hint);
}

export function unknownGuard(span: Span, word: string): Diagnostic {
  const hint = didYouMean(word, GUARD_WORDS, `the guards are ${GUARD_WORDS.join(', ')}`);
  return diagnostic('NC1011', span, `${quote(word)} is not a guard`, hint);
}

export function unknownMachineError(span: Span, word: string): Diagnostic {
  const hint = didYouMean(word, ERROR_NAMES, `the errors are ${ERROR_NAMES.join(', ')}`);
  return diagnostic('NC1012', span, `${quote(word)} is not an error of the machine`, hint);
}

export function unknownWord(span: Span, word: string, allowed: readonly string[]): Diagnostic {
  const list = allowed.map((item) => `\`${item}\``).join(', ');
  const message = `expected ${allowed.length > 1 ? 'one of ' : ''}${list}, found ${quote(word)}`;
  return diagnostic('NC1013', span, message, didYouMean(word, allowed, `write ${list}`));
}

export function unknownType(span: Span, word: string): Diagnostic {
  const names = [...INTEGER_TYPES.keys(), 'bytes'];
  const hint = didYouMean(word, names, `the types are ${[...INTEGER_TYPES.keys()].join(', ')} and bytes[N]`);
  return diagnostic('NC1014', span, `${quote(word)} is not a type`, hint);
}

export function secondLabel(span: Span): Diagnostic {
  return diagnostic('NC1015', span, 'a line holds one label at most', 'put the second label on a line of its own');
}

export function labelBeforeDeclaration(span: Span, name: string, declaration: Span): Diagnostic {
  const related = [{ message: 'the declaration', span: declaration }];
  const hint = 'labels name instructions: move it below the last declaration';
  return diagnostic('NC1016', span, `the label ${quote(name)} stands before a declaration`, hint, related);
}

export function lateDeclaration(span: Span, first: Span): Diagnostic {
  const related = [{ message: 'the first instruction', span: first }];
  const hint = `move it above the first instruction, in line ${first.line}`;
  return diagnostic('NC1017', span, 'declarations come before the first instruction', hint, related);
}

export function duplicateSetting(span: Span, word: string, first: Span): Diagnostic {
  const related = [{ message: 'the first one', span: first }];
  return diagnostic(
    'NC1018',
    span,
    `\`${word}\` is declared twice`,
    `it is declared in line ${first.line}: remove one`,
    related,
  );
}

export function duplicateClause(span: Span, clause: string): Diagnostic {
  return diagnostic(
    'NC1019',
    span,
    `\`${clause}\` is given twice`,
    'each clause stands once at most; several MACs are separated by commas',
  );
}
