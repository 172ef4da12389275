// What `check` says of the wire time of one program against what `verify` says of it alone: both have the same contract, and each
// has an implementation of its own.
import { describe, expect, test } from '@jest/globals';
import { checkSource } from '../../../../lang/compile.js';
import { DEFAULT_RATE } from '../../../../schedule/verify/system.js';
import { verifySystem } from '../../../../schedule/verify/verify.js';
import { warnWireTime } from '../../../../schedule/warn/wire.js';
import { chooseSeed, Random } from '../../../support/random.js';
import { DEFAULTS, systemOf } from '../../../support/verify-system.js';

const PROGRAMS = 150;
const DECLARED =
  'channel bus from 02:00:00:00:00:09\nvar v : u8\nvar w : bytes[30]\nvar u : u64\nmessage m\nmessage n\ncounter c\n';

/** Something that may send, with labels of its own. */
function piece(random: Random, name: string): string {
  const guard = random.pick([
    `if test_count(c, ${random.below(3)}) goto ${name}`,
    `if not test_count(c, ${random.below(3)}) goto ${name}`,
    `if test_var(v, zero) goto ${name}`,
    `if not status_test(receive_fault) goto ${name}`,
    'nop',
  ]);
  const sends = random.pick([
    'send bus, m',
    'send bus, n',
    'sync master bus',
    'create u -> m',
    'create w -> n',
    'receive bus -> u',
  ]);
  return `    ${guard}\n    ${sends}\n${name}:\n`;
}

function block(random: Random, name: string): string {
  const pieces = Array.from({ length: random.below(4) }, (_, index) => piece(random, `${name}_${index}`));
  return `${name}:\n${pieces.join('')}    add_to_counter c, 1\n${random.below(3) === 0 ? '    clear_counter c\n' : ''}`;
}

const delay = (random: Random): string => `${6 + random.below(20)}us`;

/** One block after the other. */
function chain(random: Random): string {
  const names = ['a', 'b', 'd'].slice(0, 1 + random.below(3));
  const blocks = names.map((name, index) => {
    const next = names[(index + 1) % names.length]!;
    const ends = random.pick([`wait ${delay(random)}, ${next}`, `future ${delay(random)}, ${next}\n    halt`]);
    return `${block(random, name)}    ${ends}\n`;
  });
  return `${DECLARED}    create v -> m\n    create v -> n\n${blocks.join('')}`;
}

/** Several futures at a time, some at one instant. */
function slots(random: Random): string {
  const at = [5, 5, 12, 19, 26].slice(random.below(3)).map((from) => `${from + random.pick([0, 0, 3])}us`);
  const futures = at.map((each) => `    future ${each}, ${random.pick(['a', 'b'])}\n`).join('');
  const slot = (name: string): string => `${block(random, name)}    halt\n`;
  return `${DECLARED}    create v -> m\n    create w -> n\nstart:\n${futures}    future ${40 + random.below(9)}us, start\n    halt\n${slot('a')}${slot('b')}`;
}

/** Some ten rounds, in which each of the small counter values that are tested has come. */
const BOUND_NS = 2_000_000n;

/** As `check` and as `verify` see it. */
function judged(text: string): { warned: boolean; fails: boolean } {
  const { program } = checkSource(text, 'a.nc');
  const options = { ...DEFAULTS, properties: ['schedulable'] as const, boundNs: BOUND_NS };
  const { schedulable } = verifySystem(systemOf(text), options).verdicts;
  return { warned: warnWireTime(program!, DEFAULT_RATE).length > 0, fails: schedulable.holds === false };
}

describe('the wire time of a block', () => {
  test(`${PROGRAMS} generated programs: warned of where \`verify\` refuses, and nowhere else`, () => {
    const random = new Random(chooseSeed('wire time', 20_261_120));
    const different: string[] = [];
    let fails = 0;
    for (let index = 0; index < PROGRAMS; index += 1) {
      const text = random.below(2) === 0 ? chain(random) : slots(random);
      const found = judged(text);
      fails += Number(found.fails);
      if (found.warned !== found.fails) different.push(`warned ${found.warned}, fails ${found.fails}:\n${text}`);
    }
    expect(different.slice(0, 2)).toEqual([]);
    expect(fails).toBeGreaterThan(PROGRAMS / 10);
    expect(fails).toBeLessThan(PROGRAMS - PROGRAMS / 10);
  });

  test('the speed of the link counts', () => {
    const text = 'channel bus\nvar v : u8\nmessage m\nstart:\n create v -> m\n send bus, m\n wait 1us, start\n';
    const { program } = checkSource(text, 'a.nc');
    expect(warnWireTime(program!, DEFAULT_RATE)).toMatchObject([{ code: 'NC6013', span: { line: 6 } }]);
    expect(warnWireTime(program!, 10 * DEFAULT_RATE)).toEqual([]);
  });
});
