// What the fuzzer found (test/cases/fuzz/READER): each reader gives its answer to each input, in time, and keeps its promises.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadReader, READER_NAMES, type ReaderName } from '../../fuzz/readers.js';

const FOLDER = 'test/cases/fuzz';
const MOST_FILES = 300;
const MOST_BYTES = 600_000;

function inputsOf(name: ReaderName): { file: string; input: Uint8Array }[] {
  const files = readdirSync(join(FOLDER, name)).sort();
  return files.map((file) => ({ file, input: new Uint8Array(readFileSync(join(FOLDER, name, file))) }));
}

describe.each(READER_NAMES)('%s', (name) => {
  test('answers to every input, and keeps its promises', async () => {
    const reader = await loadReader(name);
    const inputs = inputsOf(name);
    expect(inputs.length).toBeGreaterThan(0);
    for (const { file, input } of inputs) {
      try {
        reader.play(input);
      } catch (error) {
        throw new Error(`${FOLDER}/${name}/${file}: ${String(error)}`, { cause: error });
      }
    }
  });
});

test('the corpus stays small', () => {
  const all = READER_NAMES.flatMap(inputsOf);
  expect(all.length).toBeLessThanOrEqual(MOST_FILES);
  expect(all.reduce((sum, { input }) => sum + input.length, 0)).toBeLessThanOrEqual(MOST_BYTES);
});
