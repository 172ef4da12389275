// Data-file cases for the diagnostics of binary formats. The first section says what is read, and by what:
//   -- bytecode        hardware words in hex
//   -- ncm             software records in hex
//   -- params.json     params as text
//   -- ncmp            params in hex
//   -- program FORMAT  a program text that is written as FORMAT (bytecode, ncm, params)
// then, for the first two:
//   -- params          the JSON params, or nothing where none are given
// and at the end:
//   -- diagnostics     what is expected: `line:column-endColumn severity CODE`, in the order of the output
import { readFileSync } from 'node:fs';
import { HARDWARE_WORDS } from '../../../../lang/bytecode/hardware-words.js';
import { paramsOf, readParams, type Params } from '../../../../lang/bytecode/params.js';
import { readBytecode } from '../../../../lang/bytecode/read.js';
import { SOFTWARE_RECORDS } from '../../../../lang/bytecode/software-records.js';
import { writeBytecode } from '../../../../lang/bytecode/write.js';
import { checkSource } from '../../../../lang/compile.js';
import type { Diagnostic } from '../../../../lang/diagnostic.js';

export interface BytecodeCase {
  readonly found: readonly Diagnostic[];
  /** False where something could not be read or written. */
  readonly done: boolean;
  readonly expected: readonly string[];
}

/** Runs a case file. Throws on a section that it does not know. */
export function runBytecodeCase(path: string): BytecodeCase {
  const sections = new Map<string, string>();
  for (const section of readFileSync(path, 'utf8').split(/^-- /m).slice(1)) {
    const end = section.indexOf('\n');
    sections.set(section.slice(0, end), section.slice(end + 1));
  }
  const expected = (sections.get('diagnostics') ?? '').split('\n').filter((line) => line !== '');
  const [[kind = '', body = ''] = []] = sections;
  return { ...run(kind, body, sections.get('params')), expected };
}

function run(kind: string, body: string, params: string | undefined): { found: readonly Diagnostic[]; done: boolean } {
  switch (kind) {
    case 'bytecode':
    case 'ncm': {
      const format = kind === 'ncm' ? SOFTWARE_RECORDS : HARDWARE_WORDS;
      const { program, diagnostics } = readBytecode(hex(body), `case.${kind}`, format, sendersOf(params));
      return { found: diagnostics, done: program !== null };
    }
    case 'params.json':
    case 'ncmp': {
      const { params: read, diagnostics } = readParams(kind === 'ncmp' ? hex(body) : Buffer.from(body), `case.${kind}`);
      return { found: diagnostics, done: read !== null };
    }
    default:
      return write(kind, body);
  }
}

function write(kind: string, body: string): { found: readonly Diagnostic[]; done: boolean } {
  const { program, tree, diagnostics } = checkSource(body, 'case.nc');
  if (!program) throw new Error(`the program has errors: ${diagnostics.map(({ message }) => message).join('; ')}`);
  if (kind === 'program params') {
    const { params, diagnostics: found } = paramsOf(program, tree);
    return { found, done: params !== null };
  }
  const format = { 'program bytecode': HARDWARE_WORDS, 'program ncm': SOFTWARE_RECORDS }[kind];
  if (!format) throw new Error(`unknown section "${kind}"`);
  const { bytes, diagnostics: found } = writeBytecode(program, tree, format);
  return { found, done: bytes !== null };
}

function sendersOf(text: string | undefined): Params | 'unknown' {
  if (text === undefined) return 'unknown';
  const { params } = readParams(Buffer.from(text), 'case.params.json');
  if (!params) throw new Error('the params of the case have a mistake');
  return params;
}

/** Comments begin with `#`. */
function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(/#.*|\s/g, ''), 'hex');
}
