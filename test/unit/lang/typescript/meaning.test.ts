// A body that is compiled does what it would do if JavaScript ran it: random bodies, with the same answers to their guards.
import vm from 'node:vm';
import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import type { Program } from '../../../../lang/program.js';
import { checkBody, errorsOf } from './module-test.js';

const MOST_EVENTS = 120;

/** What happened: `s3` a step, `w` time that passed. Guards change nothing: whether one is asked that does not matter is all the same. */
type Events = string[];

/** The answer of a guard when so much has happened. */
type Answers = (guard: number, happened: number) => boolean;

class Enough extends Error {}

function recorder(answers: Answers): {
  events: Events;
  note: (event: string) => void;
  ask: (guard: number) => boolean;
} {
  const events: Events = [];
  const note = (event: string): void => {
    if (events.length === MOST_EVENTS) throw new Enough();
    events.push(event);
  };
  const ask = (guard: number): boolean => answers(guard, events.length);
  return { events, note, ask };
}

function untilEnough(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
}

function runAsJavaScript(body: string, answers: Answers): Events {
  const { events, note, ask } = recorder(answers);
  const halted = new Error('halted');
  const scope = {
    step: (n: number) => note(`s${n}`),
    ask,
    pause: () => note('w'),
    stop: () => {
      throw halted;
    },
  };
  // The bodies have no types: they are JavaScript as they stand.
  const script = vm.compileFunction(body, Object.keys(scope)) as (...tools: unknown[]) => void;
  untilEnough(() => {
    try {
      script(...Object.values(scope));
    } catch (error) {
      if (error !== halted) throw error;
    }
  });
  return events;
}

function runCompiled({ instructions, counters, queues }: Program, answers: Answers): Events {
  expect([counters.length, queues.length]).toEqual([1, 3]);
  const { events, note, ask } = recorder(answers);
  untilEnough(() => {
    for (let at = 0; ;) {
      const instruction = instructions[at++]!;
      if (instruction.op === 'end_of_program') return;
      if (instruction.op === 'add_to_counter') note(`s${instruction.value}`);
      else if (instruction.op === 'goto') at = instruction.target;
      else if (instruction.op === 'wait') {
        note('w');
        at = instruction.target;
      } else if (instruction.op === 'if' && instruction.guard.kind === 'var_queue_empty') {
        if (ask(instruction.guard.variable) !== instruction.negated) at = instruction.target;
      } else throw new Error(`unexpected ${instruction.op}`);
    }
  });
  return events;
}

const condition = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 4, arbitrary: fc.nat(2).map((n) => `ask(${n})`) },
    { weight: 1, arbitrary: fc.constantFrom('true', 'false', '1 < 2') },
    { weight: 2, arbitrary: tie('condition').map((one) => `!(${one})`) },
    { weight: 2, arbitrary: fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} && ${b})`) },
    { weight: 2, arbitrary: fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} || ${b})`) },
  ),
})).condition;

const block = (list: readonly string[]) => `{ ${list.join(' ')} }`;
const step = fc.nat(99).map((n) => `step(${n});`);
const jumps = fc.constantFrom(
  'break;',
  'continue;',
  'if (ask(0)) break;',
  'if (ask(1)) continue;',
  'if (ask(2)) { step(7); break; }',
);

/** Statements; those of a loop may leave it, those of a function may return. */
function statements(inLoop: boolean, inFunction: boolean, depth: number): fc.Arbitrary<string[]> {
  const choices: fc.Arbitrary<string>[] = [step, step, fc.constant('pause();')];
  if (inLoop) choices.push(jumps, jumps);
  if (inFunction)
    choices.push(fc.constantFrom('return;', 'if (ask(1)) return;', 'if (ask(1)) { step(9); return; } else step(8);'));
  if (depth > 0) choices.push(...nested(inLoop, inFunction, depth - 1));
  return fc.array(fc.oneof(...choices), { maxLength: 4 });
}

function nested(inLoop: boolean, inFunction: boolean, depth: number): fc.Arbitrary<string>[] {
  const inner = statements(inLoop, inFunction, depth).map(block);
  const loop = statements(true, inFunction, depth).map((list) => block(['pause();', ...list]));
  const turn = statements(true, inFunction, depth).map(block);
  const called = statements(false, true, depth).map(block);
  return [
    fc.tuple(condition, inner).map(([c, a]) => `if (${c}) ${a}`),
    fc.tuple(condition, inner, inner).map(([c, a, b]) => `if (${c}) ${a} else ${b}`),
    fc.tuple(condition, loop).map(([c, a]) => `while (${c}) ${a}`),
    fc.tuple(condition, loop).map(([c, a]) => `do ${a} while (${c});`),
    turn.map((a) => `for (const n of [1, 2, 3]) ${a.replace('step(7)', 'step(n)')}`),
    fc.tuple(turn, fc.nat(3)).map(([a, n]) => `for (let i = 0; i < ${n}; i++) { step(i); ${a} }`),
    called.map((a) => `(() => ${a})();`),
    fc.tuple(called, condition, inner).map(([a, c, b]) => `if ((() => { (() => ${a})(); return ${c}; })()) ${b}`),
  ];
}

/** A loop from which nothing leads away may be followed by statements that TypeScript knows not to be reached. */
const HEAD = `
const c = counter();
const q0 = queue(u8, { depth: 1 }), q1 = queue(u8, { depth: 1 }), q2 = queue(u8, { depth: 1 });
function step(n: number): void { addToCounter(c, n); }
function pause(): void { wait(ms(1)); }
`;

test('random bodies', () => {
  const body = statements(false, false, 4).map((list) => `${list.join('\n')}\nstop();`);
  let compiled = 0;
  fc.assert(
    fc.property(body, fc.infiniteStream(fc.boolean()), (text, stream) => {
      const given = [...stream.take(3 * (MOST_EVENTS + 1))];
      const answers = (guard: number, happened: number): boolean => given[3 * happened + guard] ?? false;
      const module = text.replace(/ask\((\d)\)/g, 'varQueueEmpty(q$1)').replaceAll('stop()', 'endOfProgram()');
      const result = checkBody(HEAD + module);
      // What is refused is said elsewhere; here only that it is not wrong.
      const refused = errorsOf(result);
      fc.pre(refused.length === 0);
      compiled++;
      expect(runCompiled(result.programs[0]!, answers)).toEqual(runAsJavaScript(text, answers));
    }),
    { numRuns: 120, seed: 7, maxSkipsPerRun: 20 },
  );
  expect(compiled).toBeGreaterThanOrEqual(120);
});
