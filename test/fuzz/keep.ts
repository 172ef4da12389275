// Chooses what of a fuzzer's corpus stays in the tests: npm run fuzz:keep -- --reader NAME --corpus DIR [--most 40]
// Together they reach what the seeds do not, the inputs that reach most for their size first; they replace test/cases/fuzz/NAME.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../loader/native.js';
import { Coverage, type Feature } from './coverage.js';
import { isReaderName, loadReader, READER_NAMES } from './readers.js';

const LARGEST = 6000;
/** What a file costs beside its bytes. */
const COST = 200;

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { reader: text, corpus: text, most: text } });
const { reader: name = '', corpus } = values;
if (!isReaderName(name) || corpus === undefined) {
  process.stderr.write(`fuzz:keep: --reader is one of ${READER_NAMES.join(', ')}, and --corpus a folder\n`);
  process.exit(2);
}
const reader = await loadReader(name);
const coverage = new Coverage();

function reachedBy(input: Uint8Array): Set<Feature> {
  coverage.reset();
  return coverage.reached(reader.play(input));
}

const known = new Set<Feature>();
for (const seed of reader.seeds()) for (const feature of reachedBy(seed)) known.add(feature);

interface Candidate {
  readonly input: Uint8Array;
  readonly reaches: ReadonlySet<Feature>;
}

function candidate(file: string): Candidate[] {
  const input = new Uint8Array(readFileSync(file));
  if (input.length > LARGEST) return [];
  return [{ input, reaches: new Set([...reachedBy(input)].filter((feature) => !known.has(feature))) }];
}

function worthOf({ input, reaches }: Candidate): number {
  return [...reaches].filter((feature) => !known.has(feature)).length / (COST + input.length);
}

function choose(candidates: readonly Candidate[], most: number): Uint8Array[] {
  const chosen: Uint8Array[] = [];
  while (chosen.length < most) {
    const [best] = candidates.map((one) => ({ one, worth: worthOf(one) })).sort((a, b) => b.worth - a.worth);
    if (!best || best.worth === 0) break;
    for (const feature of best.one.reaches) known.add(feature);
    chosen.push(best.one.input);
  }
  return chosen;
}

const files = readdirSync(corpus).sort();
const chosen = choose(
  files.flatMap((file) => candidate(join(corpus, file))),
  Number(values.most ?? 40),
);
const folder = join(packageRoot(), 'test/cases/fuzz', name);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const input of chosen) {
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 12);
  writeFileSync(join(folder, `${hash}.input`), input);
}
const bytes = chosen.reduce((sum, { length }) => sum + length, 0);
process.stdout.write(`${name}: ${chosen.length} of ${files.length} inputs, ${bytes} bytes\n`);
