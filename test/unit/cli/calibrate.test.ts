import { describe, expect, test } from '@jest/globals';
import { costsOf } from '../../../cli/calibrate/costs.js';
import { COPIES, partsOf, programText, type Part } from '../../../cli/calibrate/plan.js';
import { readCosts } from '../../../cli/verify/costs.js';
import { checkSource } from '../../../lang/compile.js';
import { ncbpf } from './harness.js';

describe('the plan', () => {
  test.each([1, 64, 1470])('is a program, with byte strings of %d bytes', (bytes) => {
    const { program, diagnostics } = checkSource(programText(bytes), 'calibrate.nc');
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const used = new Set(program!.instructions.map(({ op }) => op));
    const named = new Set(partsOf(bytes).map(({ op }) => op.replaceAll(' ', '_')));
    // All that the language has: a program with all of them has no other.
    expect([...named].sort()).toEqual([...used].sort());
    expect(used.size).toBe(22);
  });
});

/** Blocks that take `start` ns and one ns more in each run. */
function times(start: number, runs = 200): number[] {
  return Array.from({ length: runs }, (_, run) => start + run);
}

function part(op: string, kind: Part['kind']): Part {
  return { op, kind, lines: [], frames: [] };
}

describe('costs', () => {
  const parts = [
    part('wait', 'alone'),
    part('send', 'copies'),
    part('send', 'copies'),
    part('nop', 'copies'),
    part('halt', 'none'),
    part('future', 'none'),
  ];
  // Of 200 runs the 198th is the one that two are slower than: 197 ns above the first.
  const costs = costsOf(parts, [
    times(1000),
    times(1000 + 100 * COPIES),
    times(1000 + 200 * COPIES),
    [900, 950],
    times(1100),
    times(1100 + 30 * (COPIES - 1)),
  ]);

  test('are those of one instruction, without the block, from the least to the most of all its blocks', () => {
    // 100 ns, and 200 ns + 197 / 16 rounded up.
    expect(costs.send).toEqual(['100ns', '213ns']);
    expect(costs.wait).toEqual(['1000ns', '1197ns']);
  });

  test('are never less than nothing', () => {
    expect(costs.nop).toEqual(['0ns', '0ns']);
  });

  test('of a halt are those of its block without the future', () => {
    // 30 ns, and 30 + 197 / 15 rounded up.
    expect(costs.future).toEqual(['30ns', '44ns']);
    expect(costs.halt).toEqual(['1056ns', '1267ns']);
  });

  test('are a file that verify reads', () => {
    const [least, most] = readCosts('costs.json', JSON.stringify(costs));
    expect([least!.send, most!.send]).toEqual([100n, 213n]);
  });
});

describe('the command', () => {
  test.each([
    [['--rounds', '0'], '--rounds needs a whole number from 1 to 100000, not 0'],
    [['--bytes', '1471'], '--bytes needs a whole number from 1 to 1470, not 1471'],
    [['a', 'b'], 'b'],
  ])('%j is wrong usage', async (args, message) => {
    const { status, stderr } = await ncbpf(['calibrate', ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
