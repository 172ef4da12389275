// A program that went through a binary format does the same: `not`, `goto` and `wait` are written in other instructions.
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { HARDWARE_WORDS } from '../../../../lang/bytecode/hardware-words.js';
import { readBytecode } from '../../../../lang/bytecode/read.js';
import { SOFTWARE_RECORDS } from '../../../../lang/bytecode/software-records.js';
import { writeBytecode } from '../../../../lang/bytecode/write.js';
import { checkSource } from '../../../../lang/compile.js';
import type { Program } from '../../../../lang/program.js';
import { Machine } from '../../../../schedule/machine.js';
import { amount } from '../../../support/random.js';
import { OWN } from '../../../support/schedule-machine.js';
import { hardwareProgram, softwareProgram } from './binary-program-arbitrary.js';

// NCBPF_STRESS=10000 does more of the same.
jest.setTimeout(60_000 + 200 * amount(0));

const BLOCKS = 40;
const IDS = [0, 1, 7, 254, 255];

/** What can be seen of the first blocks, run each at its instant. */
function behaviour(program: Program): unknown {
  const machine = new Machine(program, { mac: OWN, startNs: 0n, taiOffsetNs: 0n });
  const value = Uint8Array.of(1, 2, 3);
  if (program.variables.some(({ id }) => id === 7)) machine.writeVariable(7, value);
  const steps: unknown[] = [];
  for (let next = machine.nextInstant(); next !== null && steps.length < BLOCKS; next = machine.nextInstant()) {
    machine.run(next);
    const counters = program.counters
      .map(({ id }) => [id, machine.counter(id)] as const)
      .filter(([, count]) => count > 0);
    steps.push({
      next,
      counters,
      errors: machine.errors,
      frames: machine.frames.length,
      armed: machine.futures.length,
    });
  }
  const { kind } = machine.runState;
  const messages = IDS.map((id) => (program.messages.some((one) => one.id === id) ? machine.message(id) : null));
  // The number of an instruction is not what it does.
  const frames = machine.frames.map((frame) => ({ ...frame, instruction: 0 }));
  return { steps, kind, messages, frames };
}

describe.each([
  ['hardware words', HARDWARE_WORDS, hardwareProgram],
  ['software records', SOFTWARE_RECORDS, softwareProgram],
] as const)('%s', (_name, format, programs) => {
  test('do what the text does', () => {
    fc.assert(
      fc.property(programs, (text) => {
        const { program, tree } = checkSource(text, 'a.nc');
        const back = readBytecode(writeBytecode(program!, tree, format).bytes!, 'a', format, 'irrelevant');
        expect(behaviour(back.program!)).toEqual(behaviour(program!));
      }),
      { numRuns: amount(200), seed: 31 },
    );
  });
});
