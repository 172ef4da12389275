// Hardware words (.bytecode) and software records (.ncm) of the predecessor.
import assert from 'node:assert/strict';
import { HARDWARE_WORDS } from '../../../lang/bytecode/hardware-words.js';
import type { Params } from '../../../lang/bytecode/params.js';
import { readBytecode } from '../../../lang/bytecode/read.js';
import type { RecordFormat } from '../../../lang/bytecode/record-format.js';
import { SOFTWARE_RECORDS } from '../../../lang/bytecode/software-records.js';
import { translate } from '../../../lang/bytecode/translate.js';
import { writeBytecode } from '../../../lang/bytecode/write.js';
import { checkSource } from '../../../lang/compile.js';
import type { Reader } from '../reader.js';
import { BASE, checkDiagnostics, errorsIn, promiseBytes } from './promises.js';
import { filesOf, hexSections, sectionsOf } from './seeds.js';

const FEW: Params = {
  mac: null,
  channels: ['02:00:00:00:00:01', '02:00:00:00:00:02'].map((mac) => ({ mac, dev: 'eth0' })),
};

function play(input: Uint8Array, format: RecordFormat): string[] {
  const file = `${BASE}.${format.name}`;
  const found = [FEW, 'unknown' as const].flatMap((senders) => {
    const { program, diagnostics, listing } = readBytecode(input, file, format, senders);
    return checkDiagnostics(diagnostics, program !== null, listing);
  });
  const { program, tree, diagnostics, listing } = readBytecode(input, file, format, 'irrelevant');
  found.push(...checkDiagnostics(diagnostics, program !== null, listing));
  if (program === null) return found;
  const { diagnostics: refused } = writeBytecode(program, tree, format);
  assert.deepEqual(errorsIn(refused), [], 'a program that was read can be written');
  for (const one of [HARDWARE_WORDS, SOFTWARE_RECORDS]) {
    if (promiseBytes({ program, tree }, one)) found.push(`as ${one.name}`);
  }
  for (const params of [null, FEW]) {
    const to = translate(input, file, { from: format.name, to: 'nc', params });
    found.push(...to.diagnostics.map(({ code }) => `text ${code}`));
    if (to.content !== null) assert.deepEqual(errorsIn(checkSource(to.content, `${BASE}.nc`).diagnostics), []);
  }
  return found;
}

/** Program texts that the format can hold. */
function written(format: RecordFormat): Uint8Array[] {
  return sectionsOf('test/cases/oracle', 'program').flatMap((text) => {
    const { program, tree } = checkSource(text, `${BASE}.nc`);
    const bytes = program && writeBytecode(program, tree, format).bytes;
    return bytes === null ? [] : [bytes];
  });
}

function reader(format: RecordFormat): Reader {
  return {
    shape: { kind: 'records', size: format.recordBytes },
    seeds: () => [
      ...filesOf('test/data/ncm', `.${format.name}`),
      ...hexSections('test/cases/bytecode', format.name),
      ...written(format),
    ],
    play: (input) => play(input, format),
  };
}

export const BYTECODE = reader(HARDWARE_WORDS);
export const NCM = reader(SOFTWARE_RECORDS);
