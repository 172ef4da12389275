// The text form (.nc).
import assert from 'node:assert/strict';
import { checkSource } from '../../../lang/compile.js';
import { formatSource } from '../../../lang/format.js';
import { ERROR_BITS } from '../../../lang/program.js';
import * as vocabulary from '../../../lang/vocabulary.js';
import type { Reader } from '../reader.js';
import { BASE, checkDiagnostics, meaningOf, promiseProgram } from './promises.js';
import { bytesOf, filesOf, sectionsOf } from './seeds.js';

const FILE = `${BASE}.nc`;

const WORDS: readonly string[] = [
  ...[...vocabulary.SETTINGS, ...vocabulary.NAMED_DECLARATIONS, ...vocabulary.INSTRUCTION_WORDS],
  ...Object.keys(ERROR_BITS),
  ...['if', 'not', 'probability', 'goto', 'none', 'master', 'slave', 'from', 'to', 'backup', 'queue', 'delay', 'depth'],
  ...['v1', 'ncm', 'ethertype', 'drop', 'send', 'open', 'strict', 'allow', 'hard', 'soft', 'start', 'bytes', 'zero'],
  ...['nonzero', 'even_parity', 'odd_parity', 'always_true', 'always_false', 'channel_rcv_buf_empty', 'test_count'],
  ...['send_buffer_empty', 'status_test', 'equal', 'greater', 'less', 'test_var', 'var_queue_empty', 'var_queue_full'],
  ...['u8', 'u16', 'u32', 'u64', 'i8', 'i16', 'i32', 'i64', '1ns', '1us', '1.5ms', '2s', '4611686018s', '""', '"a#"'],
  ...['hex:', 'hex:00ff', '02:00:00:00:00:01', 'ff:ff:ff:ff:ff:ff', '->', ',', ':', '=', '(', ')', '[', ']', '#', '\n'],
];

function play(input: Uint8Array): string[] {
  const { program, tree, diagnostics } = checkSource(input, FILE);
  const found = checkDiagnostics(diagnostics, program !== null, input);
  const formatted = formatSource(input, FILE);
  if (formatted !== null) {
    assert.equal(formatSource(formatted, FILE), formatted, 'formatting twice changes nothing more');
    const again = checkSource(formatted, FILE);
    assert.equal(meaningOf(again.program), meaningOf(program), 'formatting keeps the meaning');
    assert.deepEqual(again.diagnostics.map(({ code }) => code).sort(), found.toSorted());
  }
  return program === null ? found : [...found, ...promiseProgram({ program, tree })];
}

export const TEXT: Reader = {
  shape: { kind: 'text', words: WORDS },
  seeds: () => [
    ...filesOf('samples', '.nc'),
    ...['oracle', 'diagnostics', 'verifier'].flatMap((folder) =>
      sectionsOf(`test/cases/${folder}`, 'program').map(bytesOf),
    ),
  ],
  play,
};
