// SPIN beside `verify`: npm run test:spin -- [--seed N] [--count M] [--first I]
// All systems with models written by hand, the same through the emitter, then M generated systems from number I on.
// A difference is printed with the programs, and the exit status is then 1.
import { parseArgs } from 'node:util';
import { emitPromela } from '../../schedule/promela/emit.js';
import { generateSystem } from './generate.js';
import { handWritten } from './models.js';
import { searchModel, searchText, spinMissing, type SpinVerdict } from './spin.js';
import { systemOf, verifyTexts } from '../support/verify-system.js';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, count: { type: 'string' }, first: { type: 'string' } },
});

function number(name: keyof typeof values, usual: number): number {
  const value = Number(values[name] ?? usual);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`--${name} wants a whole number\n`);
  process.exit(2);
}

const [seed, count, first] = [number('seed', 1), number('count', 200), number('first', 0)];
const missing = spinMissing();
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  process.exit(3);
}

function say({ collision, stuck }: SpinVerdict): string {
  return `collision ${collision ? 'holds' : 'fails'}, stuck ${stuck ? 'holds' : 'fails'}`;
}

let differences = 0;

function compare(name: string, ours: SpinVerdict, theirs: SpinVerdict, more: string): void {
  if (say(ours) === say(theirs)) return;
  differences += 1;
  process.stdout.write(`${name}: verify: ${say(ours)}; SPIN: ${say(theirs)}\n${more}`);
}

/** What SPIN says; null, printed, where it says nothing. */
function trySearch(name: string, text: string): SpinVerdict | null {
  try {
    return searchText(text);
  } catch (error) {
    differences += 1;
    process.stdout.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}

function judge(texts: readonly string[], losses: number): SpinVerdict {
  const { collision, stuck } = verifyTexts(texts, { properties: ['collision', 'stuck'], losses }).verdicts;
  return { collision: collision.holds === true, stuck: stuck.holds === true };
}

const tally = new Map<string, number>();

function compareEmitted(name: string, texts: readonly string[], losses: number): void {
  const ours = judge(texts, losses);
  const said = say(ours);
  tally.set(said, (tally.get(said) ?? 0) + 1);
  const model = emitPromela(systemOf(...texts), losses);
  const theirs = trySearch(name, model);
  if (theirs !== null) compare(name, ours, theirs, `${[...texts, model].join('\n---\n')}\n`);
}

const models = first === 0 ? handWritten() : [];
for (const { name, texts, losses, model } of models) {
  compare(name, judge(texts, losses), searchModel(model), '');
  compareEmitted(`${name}, emitted`, texts, losses);
}
process.stdout.write(`${models.length} models written by hand, and emitted: ${differences} differences\n`);
tally.clear();
for (let index = first; index < first + count; index += 1) {
  const { name, texts, losses } = generateSystem(seed, index);
  compareEmitted(`${name}, --losses ${losses}`, texts, losses);
}
process.stdout.write(`seed ${seed}: ${count} generated systems: ${differences} differences in all\n`);
for (const [said, times] of tally) process.stdout.write(`  ${times} times ${said}\n`);
process.exit(differences === 0 ? 0 : 1);
