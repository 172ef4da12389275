// There and back: through each binary format, and through the text that is made of it.
import { readFileSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { HARDWARE_WORDS } from '../../../../lang/bytecode/hardware-words.js';
import { readParams, type Params } from '../../../../lang/bytecode/params.js';
import { readBytecode, type Senders } from '../../../../lang/bytecode/read.js';
import type { RecordFormat } from '../../../../lang/bytecode/record-format.js';
import { SOFTWARE_RECORDS } from '../../../../lang/bytecode/software-records.js';
import { writeBytecode } from '../../../../lang/bytecode/write.js';
import { checkSource } from '../../../../lang/compile.js';
import type { Diagnostic } from '../../../../lang/diagnostic.js';
import { printWithComments } from '../../../../lang/format.js';
import type { Program } from '../../../../lang/program.js';
import type { Tree } from '../../../../lang/tree.js';
import { amount } from '../../../support/random.js';
import { hardwareProgram, softwareProgram } from './binary-program-arbitrary.js';

// NCBPF_STRESS=10000 does more of the same.
jest.setTimeout(60_000 + 200 * amount(0));

const PARAMS: Params = {
  mac: null,
  channels: Array.from({ length: 256 }, () => ({ mac: '02:00:00:00:00:01', dev: '' })),
};

function errorsIn(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ span, message }) => `${span.line}: ${message}`);
}

function checked(result: { program: Program | null; tree: Tree; diagnostics: readonly Diagnostic[] }) {
  expect(errorsIn(result.diagnostics)).toEqual([]);
  return { program: result.program!, tree: result.tree };
}

function written(source: { program: Program; tree: Tree }, format: RecordFormat): Buffer {
  const { bytes, diagnostics } = writeBytecode(source.program, source.tree, format);
  expect(errorsIn(diagnostics)).toEqual([]);
  return Buffer.from(bytes!);
}

function readBack(bytes: Uint8Array, format: RecordFormat, senders: Senders) {
  return checked(readBytecode(bytes, `back.${format.name}`, format, senders));
}

/** As texts: to look at every element of a buffer takes longer than to translate it. */
function expectBytes(actual: Buffer, expected: Buffer): void {
  expect(actual.toString('hex')).toBe(expected.toString('hex'));
}

describe.each([
  ['hardware words', HARDWARE_WORDS, hardwareProgram],
  ['software records', SOFTWARE_RECORDS, softwareProgram],
] as const)('%s of generated programs', (_name, format, programs) => {
  const runs = { numRuns: amount(200), seed: 11 };

  test('are read as a program that is written as the same bytes', () => {
    fc.assert(
      fc.property(programs, (text) => {
        const bytes = written(checked(checkSource(text, 'a.nc')), format);
        const again = readBytecode(bytes, 'a', format, 'irrelevant');
        expect(again.diagnostics.filter(({ code }) => code === 'NC8601')).toEqual([]);
        expectBytes(written(checked(again), format), bytes);
      }),
      runs,
    );
  });

  test('are translated to a text that is translated to the same bytes', () => {
    const withoutBackup = programs.filter((text) => !text.includes('backup_receive'));
    fc.assert(
      fc.property(withoutBackup, (text) => {
        const bytes = written(checked(checkSource(text, 'a.nc')), format);
        const back = readBack(bytes, format, PARAMS);
        const again = checked(checkSource(printWithComments(back.tree), 'back.nc'));
        expect(again.program.programId).toBe(back.program.programId);
        expectBytes(written(again, format), bytes);
      }),
      runs,
    );
  });

  test('do not change with the padding and the arguments that mean nothing', () => {
    const noise = fc.uint8Array({ minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(programs, noise, (text, junk) => {
        const bytes = written(
          checked(checkSource(`${text.slice(0, text.indexOf('l0:'))}l0: nop\nwait 1ms, l0`, 'a.nc')),
          format,
        );
        const dirty = Buffer.from(bytes);
        dirty.set(junk, 1);
        expectBytes(written(readBack(dirty, format, 'irrelevant'), format), bytes);
      }),
      { ...runs, numRuns: 50 },
    );
  });
});

test('hardware words are software records too, and come back from them', () => {
  fc.assert(
    fc.property(hardwareProgram, (text) => {
      const words = written(checked(checkSource(text, 'a.nc')), HARDWARE_WORDS);
      const records = written(readBack(words, HARDWARE_WORDS, 'irrelevant'), SOFTWARE_RECORDS);
      expectBytes(written(readBack(records, SOFTWARE_RECORDS, 'irrelevant'), HARDWARE_WORDS), words);
    }),
    { numRuns: amount(100), seed: 12 },
  );
});

describe('the programs of the predecessor', () => {
  const FOLDER = 'test/data/ncm';
  const samples = [
    ['rx1', HARDWARE_WORDS],
    ['tx1', HARDWARE_WORDS],
    ['vm1', SOFTWARE_RECORDS],
    ['vm2', SOFTWARE_RECORDS],
  ] as const;

  function sample(name: string, format: RecordFormat) {
    const { params } = readParams(readFileSync(`${FOLDER}/${name}.params.json`), 'p.params.json');
    const original = readFileSync(`${FOLDER}/${name}.${format.name}`);
    return { original, ...readBack(original, format, params!) };
  }

  test.each(samples)('%s keeps its canonical bytes through a text', (name, format) => {
    const { program, tree } = sample(name, format);
    const bytes = written({ program, tree }, format);
    const again = checked(checkSource(printWithComments(tree), `${name}.nc`));
    expectBytes(written(again, format), bytes);
    expectBytes(written(readBack(bytes, format, 'irrelevant'), format), bytes);
  });

  test('rx1 is canonical: it stays byte for byte', () => {
    const { original, ...source } = sample('rx1', HARDWARE_WORDS);
    expectBytes(written(source, HARDWARE_WORDS), original);
  });

  test.each(samples)('%s differs from its canonical bytes only where bits have no meaning', (name, format) => {
    const { original, ...source } = sample(name, format);
    const bytes = written(source, format);
    expect(bytes.length).toBe(original.length);
    // What is written is what was there, or zero.
    bytes.forEach((byte, at) => expect(byte & original[at]!).toBe(byte));
  });

  test('rx1 waits for a sync, then receives channel 0 into variable 0 twice a round', () => {
    const { tree } = sample('rx1', HARDWARE_WORDS);
    expect(
      printWithComments(tree)
        .split('\n')
        .map((line) => line.replace(/ +#.*/, '')),
    ).toEqual([
      'wire ncm',
      'channel ch0 = 0 from 08:00:27:46:bc:02',
      'var v0 = 0 : bytes[1470]',
      '',
      'L0:',
      '    sync slave 3960us',
      '    if status_test(sync_timeout) goto L0',
      '    future 2363us, L4',
      '    halt',
      'L4:',
      '    receive ch0 -> v0',
      '    future 1083us, L7',
      '    halt',
      'L7:',
      '    receive ch0 -> v0',
      '    if always_true goto L0',
      '',
    ]);
  });
});
