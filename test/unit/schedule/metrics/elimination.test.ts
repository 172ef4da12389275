import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Elimination, TooDenseError } from '../../../../schedule/metrics/elimination.js';

/** Chains of 2 to 12 states in which each leads to the next one and to some others, so that the last is always reached. */
const chains = fc.integer({ min: 2, max: 12 }).chain((size) => {
  const weight = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1000 }));
  const row = fc.array(weight, { minLength: size, maxLength: size });
  return fc.array(row, { minLength: size, maxLength: size }).map((weights) => {
    return weights.map((each, state) => {
      const raised = each.map((value, to) => (to === (state + 1) % size ? value + 1 : value));
      const sum = raised.reduce((a, b) => a + b, 0);
      return new Map(raised.flatMap((value, to) => (value > 0 ? [[to, value / sum] as const] : [])));
    });
  });
});

test('what is expected of a state is its own cost and what is expected of those behind it', () => {
  fc.assert(
    fc.property(chains, (rows) => {
      const kept = rows.length - 1;
      const costs = rows.map((_, state) => state + 1);
      const values = new Elimination(rows, (state) => state === kept).expected(costs);
      expect(values[kept]).toBe(costs[kept]);
      rows.slice(0, -1).forEach((row, state) => {
        const behind = [...row].reduce((sum, [to, share]) => sum + share * values[to]!, 0);
        expect(values[state]! / (costs[state]! + behind)).toBeCloseTo(1, 9);
      });
    }),
  );
});

test('a state is visited as often as runs begin in it and come to it', () => {
  fc.assert(
    fc.property(chains, (rows) => {
      const kept = rows.length - 1;
      const source = rows.map((_, state) => (state === 0 ? 1 : 0));
      const visits = new Elimination(rows, (state) => state === kept).visits(source);
      expect(visits[kept]).toBeCloseTo(1, 9);
      rows.slice(0, -1).forEach((_, state) => {
        const come = rows.slice(0, -1).reduce((sum, row, from) => sum + visits[from]! * (row.get(state) ?? 0), 0);
        expect(visits[state]).toBeCloseTo(source[state]! + come, 6);
      });
    }),
  );
});

test('a long chain of states with one successor each, and back again once in a million', () => {
  const size = 20_000;
  const rows = Array.from({ length: size }, (_, state) => new Map([[state + 1, 1]]));
  rows[size - 1] = new Map([
    [0, 1 - 1e-6],
    [size, 1e-6],
  ]);
  rows.push(new Map());
  const [first] = new Elimination(rows, (state) => state === size).expected(
    rows.map((_, state) => (state < size ? 1 : 0)),
  );
  expect(first! / (size * 1e6)).toBeCloseTo(1, 9);
});

test('a chain in which everything leads to everything is refused when it is large', () => {
  const size = 300;
  const rows = Array.from({ length: size }, () => new Map(Array.from({ length: size }, (_, to) => [to, 1 / size])));
  expect(() => new Elimination(rows, (state) => state === 0)).toThrow(TooDenseError);
});
