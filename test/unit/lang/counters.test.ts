// The values of counters, against runs: what the check says never comes must not come in any run.
import { expect, test } from '@jest/globals';
import { checkSource } from '../../../lang/compile.js';
import type { Program } from '../../../lang/program.js';
import { chooseSeed, Random } from '../../support/random.js';

const PROGRAMS = 400;
const RUN_LENGTH = 4000;
const COUNTERS = ['a', 'b'];

function loop(random: Random): string {
  const lines = Array.from({ length: 2 + random.below(7) }, (_, index) => {
    const counter = random.pick(COUNTERS);
    const target = `l${random.below(index + 2)}`;
    return random.pick([
      `add_to_counter ${counter}, ${1 + random.below(4)}`,
      `sub_from_counter ${counter}, ${1 + random.below(4)}`,
      `set_counter ${counter}, ${random.pick([0, 1, 7, 30, 0xffffffff])}`,
      `if ${random.pick(['', 'not '])}test_count(${counter}, ${random.below(12)}) goto ${target}w`,
      `if ${random.pick(['', 'not '])}test_count(${counter}, ${random.below(60)}) goto end`,
      `if test_var(v, zero) goto ${target}w`,
    ]);
  });
  const text = lines.map((line, index) => `l${index}: ${line}\n`).join('');
  const ways = [...lines, ''].map((_, index) => `l${index}w: wait 1ms, l${index}\n`).join('');
  const counters = COUNTERS.map((name) => `counter ${name} start ${random.pick([0, 0, 5, 40])}\n`).join('');
  return `var v : u8\n${counters}${text}l${lines.length}: wait 1ms, l0\n${ways}end: wait 1ms, l0\n`;
}

/** Indexes of the tests that held in a run in which data leads here and there. */
function heldTests({ instructions, counters }: Program, random: Random): Set<number> {
  const values = new Map(counters.map(({ id, start }) => [id, start]));
  const held = new Set<number>();
  for (let at = 0, steps = 0; steps < RUN_LENGTH; steps += 1) {
    const each = instructions[at]!;
    at += 1;
    if (each.op === 'wait') at = each.target;
    else if (each.op === 'set_counter') values.set(each.counter, each.value);
    else if (each.op === 'add_to_counter') values.set(each.counter, (values.get(each.counter)! + each.value) >>> 0);
    else if (each.op === 'sub_from_counter') values.set(each.counter, (values.get(each.counter)! - each.value) >>> 0);
    else if (each.op === 'if' && each.guard.kind === 'test_count') {
      const holds = values.get(each.guard.counter) === each.guard.value;
      if (holds) held.add(at - 1);
      if (holds !== each.negated) at = each.target;
    } else if (each.op === 'if' && random.below(2) === 0) at = each.target;
  }
  return held;
}

test(`${PROGRAMS} generated loops: no test that the check calls vain holds in a run`, () => {
  const random = new Random(chooseSeed('counters', 20_261_120));
  const wrong: string[] = [];
  let warned = 0;
  for (let index = 0; index < PROGRAMS; index += 1) {
    const text = loop(random);
    const { program, diagnostics } = checkSource(text, 'a.nc');
    const vain = new Set(diagnostics.filter(({ code }) => code === 'NC6010').map(({ span }) => span.line));
    warned += vain.size;
    const held = [...heldTests(program!, random)].map((at) => program!.instructions[at]!.span.line);
    for (const line of held) if (vain.has(line)) wrong.push(`line ${line} of\n${text}`);
  }
  expect(wrong.slice(0, 1)).toEqual([]);
  expect(warned).toBeGreaterThan(PROGRAMS / 10);
});
