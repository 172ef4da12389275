// Whatever the bytes are: an answer, of a bounded size.
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { HARDWARE_WORDS } from '../../../../lang/bytecode/hardware-words.js';
import { paramsToBinary, paramsToJson, readParams } from '../../../../lang/bytecode/params.js';
import { readBytecode, type Senders } from '../../../../lang/bytecode/read.js';
import type { RecordFormat } from '../../../../lang/bytecode/record-format.js';
import { SOFTWARE_RECORDS } from '../../../../lang/bytecode/software-records.js';
import { writeBytecode } from '../../../../lang/bytecode/write.js';
import { checkSource } from '../../../../lang/compile.js';
import { renderDiagnostics } from '../../../../lang/render.js';
import { amount } from '../../../support/random.js';
import { hardwareProgram, softwareProgram } from './binary-program-arbitrary.js';

// NCBPF_STRESS=10000 does more of the same.
jest.setTimeout(60_000 + 200 * amount(0));

const MOST = 2 * 101;
const PARAMS: Senders = { mac: null, channels: [{ mac: '02:00:00:00:00:01', dev: 'eth0' }] };

function examine(bytes: Uint8Array, format: RecordFormat): void {
  for (const senders of [PARAMS, 'unknown', 'irrelevant'] as const) {
    const { program, diagnostics, listing, tree } = readBytecode(bytes, 'a', format, senders);
    const answer = {
      tooMany: diagnostics.length > MOST,
      isProgram: program !== null,
      lines: listing.split('\n').length - 1,
      escapes: renderDiagnostics(diagnostics, listing).includes('\u001b'),
      written: program === null ? null : writeBytecode(program, tree, format).bytes?.length,
    };
    const isProgram = diagnostics.every(({ severity }) => severity !== 'error');
    // One expectation: there are thousands of answers, and an expectation takes longer than what it looks at.
    expect(answer).toEqual({
      tooMany: false,
      isProgram,
      lines: Math.min(4096, Math.ceil(bytes.length / format.recordBytes)),
      escapes: false,
      written: isProgram ? bytes.length : null,
    });
  }
}

/** Opcodes and small numbers more often than chance has them. */
const byte = fc.oneof(fc.nat(255), fc.nat(20), fc.constant(0));
const someBytes = fc.array(byte, { maxLength: 300 }).map((list) => Uint8Array.from(list));
const changes = fc.array(fc.tuple(fc.nat(), byte), { minLength: 1, maxLength: 6 });

function changed(bytes: Uint8Array, list: readonly (readonly [number, number])[], cut: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const [at, value] of list) copy[at % copy.length] = value;
  return copy.subarray(0, copy.length - (cut % 25));
}

describe.each([
  ['hardware words', HARDWARE_WORDS, hardwareProgram],
  ['software records', SOFTWARE_RECORDS, softwareProgram],
] as const)('%s', (_name, format, programs) => {
  test('of random bytes', () => {
    fc.assert(
      fc.property(someBytes, (bytes) => examine(bytes, format)),
      { numRuns: amount(500), seed: 21 },
    );
  });

  test('of programs with changed bytes', () => {
    fc.assert(
      fc.property(programs, changes, fc.nat(), (text, list, cut) => {
        const { program, tree } = checkSource(text, 'a.nc');
        examine(changed(writeBytecode(program!, tree, format).bytes!, list, cut), format);
      }),
      { numRuns: amount(200), seed: 22 },
    );
  });

  test.each([0x00, 0x02, 0x70, 0xff])('of ten million bytes 0x%s', (value) => {
    const { diagnostics } = readBytecode(new Uint8Array(10_000_000).fill(value), 'a', format, PARAMS);
    expect(diagnostics.length).toBeLessThanOrEqual(MOST);
    expect(diagnostics.map(({ code }) => code)).toContain('NC5001');
  });
});

describe('params', () => {
  const examineParams = (bytes: Uint8Array, file: string) => {
    const { params, diagnostics } = readParams(bytes, file);
    expect(diagnostics.length).toBe(params === null ? 1 : 0);
    if (!params) return;
    const again = readParams(Buffer.from(paramsToJson(params)), 'again.params.json');
    expect(again.params).toEqual(params);
    expect(readParams(paramsToBinary(params), 'again.ncmp').params).toEqual({ ...params, mac: null });
  };

  test('of random bytes', () => {
    fc.assert(
      fc.property(someBytes, (bytes) => {
        examineParams(bytes, 'a.ncmp');
        examineParams(bytes, 'a.params.json');
      }),
      { numRuns: amount(500), seed: 23 },
    );
  });

  test('of any JSON', () => {
    const channels = fc.array(
      fc.record({ mac: fc.oneof(fc.constant('02:00:00:00:0a:01'), fc.string()), dev: fc.string() }),
    );
    const value = fc.oneof(fc.jsonValue(), fc.record({ channels: fc.oneof(channels, fc.jsonValue()) }));
    fc.assert(
      fc.property(value, (json) => examineParams(Buffer.from(JSON.stringify(json)), 'a.params.json')),
      { numRuns: amount(500), seed: 24 },
    );
  });

  test('of binary params with changed bytes', () => {
    const channels = Array.from({ length: 3 }, (_, n) => ({ mac: `02:00:00:00:00:0${n}`, dev: `eth${n}` }));
    const good = paramsToBinary({ mac: null, channels });
    fc.assert(
      fc.property(changes, fc.nat(), (list, cut) => examineParams(changed(good, list, cut), 'a.ncmp')),
      { numRuns: amount(500), seed: 25 },
    );
  });

  test('of a text that is nested very deeply, and of one that is very long', () => {
    examineParams(Buffer.from('['.repeat(1_000_000)), 'a.params.json');
    examineParams(Buffer.from(`{"channels": ${'[]'.repeat(10_000_000)}}`), 'a.params.json');
  });
});
