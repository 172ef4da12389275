// Between the forms of a program, and between those of params.
import { checkSource } from '../compile.js';
import type { Diagnostic } from '../diagnostic.js';
import { printWithComments } from '../format.js';
import type { Program } from '../program.js';
import type { Tree } from '../tree.js';
import { HARDWARE_WORDS } from './hardware-words.js';
import { lostMac, paramsOf, paramsToBinary, paramsToJson, readParams, type Params } from './params.js';
import { readBytecode, type Senders } from './read.js';
import type { RecordFormat } from './record-format.js';
import { SOFTWARE_RECORDS } from './software-records.js';
import { writeBytecode } from './write.js';

/** The forms, as file names end. */
export const FORMS = ['nc', 'ncm', 'bytecode', 'lst', 'params.json', 'ncmp'] as const;
export type Form = (typeof FORMS)[number];

export interface TranslationOptions {
  readonly from: Form;
  readonly to: Form;
  /** Of a binary program; null where none are given. */
  readonly params: Params | null;
}

export interface Translation {
  /** Null when there are errors. */
  readonly content: string | Uint8Array | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What the diagnostics point into. */
  readonly text: string | Uint8Array;
}

/** The form that a file's name ends in, or null. */
export function formOf(file: string): Form | null {
  return FORMS.find((form) => file.endsWith(`.${form}`)) ?? null;
}

/** Why a translation cannot be asked for, as a sentence, or null. */
export function translationRefusal({ from, to }: Pick<TranslationOptions, 'from' | 'to'>): string | null {
  if (from === 'lst') return 'a listing cannot be read: it is for people';
  if (isParams(from) && !isParams(to)) return 'params are no program: they translate to params only';
  if (from === 'ncm' || from === 'bytecode')
    return isParams(to) ? 'bytecode names no senders: it has no params in it' : null;
  return null;
}

/**
 * Translates a program or params. `file` is the name that diagnostics show. Never throws on account of the source.
 * The translation must not be one that `translationRefusal` refuses.
 */
export function translate(source: Uint8Array, file: string, options: TranslationOptions): Translation {
  const { from } = options;
  if (from === 'params.json' || from === 'ncmp') return translateParams(source, file, options);
  return from === 'nc' ? translateText(source, file, options) : translateBinary(source, file, options);
}

function isParams(form: Form): form is 'params.json' | 'ncmp' {
  return form === 'params.json' || form === 'ncmp';
}

function translateParams(source: Uint8Array, file: string, { from, to }: TranslationOptions): Translation {
  const { params, diagnostics } = readParams(source, file, from === 'ncmp' ? 'binary' : 'json');
  const lost = params && to === 'ncmp' ? lostMac(params, file, source) : [];
  // Of binary params nothing is quoted.
  const text = from === 'ncmp' ? '' : source;
  return { content: params && writtenParams(params, to), diagnostics: [...diagnostics, ...lost], text };
}

function writtenParams(params: Params, to: Form): string | Uint8Array {
  return to === 'ncmp' ? paramsToBinary(params) : paramsToJson(params);
}

function translateText(source: Uint8Array, file: string, { to }: TranslationOptions): Translation {
  const { program, tree, diagnostics } = checkSource(source, file);
  if (program === null) return { content: null, diagnostics, text: source };
  const written = writeForm(program, tree, to, file);
  return { ...written, diagnostics: [...diagnostics, ...written.diagnostics], text: source };
}

function writeForm(program: Program, tree: Tree, to: Form, file: string): Omit<Translation, 'text'> {
  if (to === 'nc') return { content: printWithComments(tree), diagnostics: [] };
  if (isParams(to)) {
    const { params, diagnostics } = paramsOf(program, tree);
    return { content: params && writtenParams(params, to), diagnostics };
  }
  const format = formatOf(to);
  const { bytes, diagnostics } = writeBytecode(program, tree, format);
  if (to !== 'lst' || bytes === null) return { content: bytes, diagnostics };
  return { content: readBytecode(bytes, file, format, 'irrelevant').listing, diagnostics };
}

/** A listing of a text is one of its software records, which hold more. */
function formatOf(form: Form): RecordFormat {
  return form === 'bytecode' ? HARDWARE_WORDS : SOFTWARE_RECORDS;
}

function translateBinary(source: Uint8Array, file: string, { from, to, params }: TranslationOptions): Translation {
  const senders: Senders = params ?? (to === 'nc' ? 'unknown' : 'irrelevant');
  const { program, tree, diagnostics, listing } = readBytecode(source, file, formatOf(from), senders);
  if (program === null) return { content: null, diagnostics, text: listing };
  if (to === 'lst') return { content: listing, diagnostics, text: listing };
  if (to === 'nc') return { content: printWithComments(tree), diagnostics, text: listing };
  const written = writeBytecode(program, tree, formatOf(to));
  // What the reader has made up is not lost.
  const refused = written.diagnostics.filter(({ severity }) => severity === 'error');
  return { content: written.bytes, diagnostics: [...diagnostics, ...refused], text: listing };
}
