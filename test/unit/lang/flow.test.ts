import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Armed } from '../../../lang/check/flow/armed.js';
import { arm, loseTime, NOTHING_ARMED, resume } from '../../../lang/check/flow/armed.js';
import { Approximation } from '../../../lang/check/flow/approximate.js';
import { cyclicComponents } from '../../../lang/check/flow/components.js';
import { Exploration } from '../../../lang/check/flow/explore.js';
import type { FlowGraph } from '../../../lang/check/flow/graph.js';
import type { ErrorName, Operation } from '../../../lang/program.js';

const SIZE = 12;
const QUEUE = 1;
const target = fc.nat(SIZE - 1);
const store = fc.constantFrom(0, QUEUE);
const delayNs = fc.constantFrom(1n, 2n, 3n);
const error = fc.constantFrom<ErrorName>('send_fault', 'no_future', 'queue_empty', 'sync_timeout', 'deadline_missed');

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constantFrom<Operation>({ op: 'nop' }, { op: 'halt' }, { op: 'halt' }, { op: 'end_of_program' }),
  fc.record({ op: fc.constant('create' as const), variable: store, message: fc.constant(0) }),
  fc.record({ op: fc.constant('send' as const), channel: fc.constant(0), message: fc.constant(0) }),
  fc.record({ op: fc.constant('sync_slave' as const), timeoutNs: delayNs, channel: fc.constant(null) }),
  fc.record({ op: fc.constantFrom('future' as const, 'wait' as const), delayNs, target }),
  fc.record({ op: fc.constant('goto' as const), target }),
  fc.record({
    op: fc.constant('if' as const),
    guard: fc.record({ kind: fc.constantFrom('always_true' as const, 'send_buffer_empty' as const) }),
    negated: fc.boolean(),
    probability: fc.constant(null),
    target,
  }),
  fc.record({ op: fc.constant('handle' as const), error, target: fc.oneof(target, fc.constant(null)) }),
);

/** Steps from instruction to instruction without the nodes between; timeless ones end in `!`. */
function steps({ nodes }: FlowGraph): Set<string> {
  const found = new Set<string>();
  for (const { instruction, edges } of nodes) {
    for (const { to, ns } of edges) {
      const next = nodes[to]?.instruction;
      if (ns === null && next !== undefined) found.add(`${instruction}>${next}!`);
    }
  }
  return found;
}

const instructionsOf = ({ nodes }: FlowGraph) => new Set(nodes.map(({ instruction }) => instruction));
const missing = <T>(part: ReadonlySet<T>, whole: ReadonlySet<T>) => [...part].filter((item) => !whole.has(item));

test('the approximate flow has every way of the exact one', () => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: SIZE, maxLength: SIZE }), (operations) => {
      const exact = new Exploration(operations, (id) => id === QUEUE);
      fc.pre(exact.follow(0, 5_000));
      const approximation = new Approximation(operations, (id) => id === QUEUE);
      approximation.follow(0);
      expect(missing(instructionsOf(exact), instructionsOf(approximation))).toEqual([]);
      expect(missing(exact.offTheEnd, approximation.offTheEnd)).toEqual([]);
      expect(missing(steps(exact), steps(approximation))).toEqual([]);
    }),
    { numRuns: 2_000, seed: 6 },
  );
});

describe('armed futures', () => {
  const ways = (armed: Armed) => resume(armed).map(({ target: to, ns }) => `${to} after ${ns}`);

  test('come in the order of their instants, equals in the order in which they were armed', () => {
    const armed = [
      [5n, 1],
      [3n, 2],
      [5n, 3],
      [3n, 4],
    ].reduce((state, [ns, to]) => arm(state, BigInt(ns ?? 0), Number(to)), NOTHING_ARMED);
    const order: string[] = [];
    for (let [way] = resume(armed); way; [way] = resume(way.armed)) order.push(`${way.target} after ${way.ns}`);
    expect(order).toEqual(['2 after 3', '4 after 0', '1 after 2', '3 after 0']);
  });

  test('nothing armed leads nowhere', () => {
    expect(ways(NOTHING_ARMED)).toEqual([]);
  });

  test('those before and after a sync slave may come in either order', () => {
    const before = arm(arm(NOTHING_ARMED, 1n, 1), 2n, 2);
    const after = arm(loseTime(before), 5n, 3);
    expect(ways(after)).toEqual(['3 after 5', '1 after Infinity']);
    expect(ways(loseTime(before))).toEqual(['1 after Infinity']);
  });
});

test('cyclic components are those that a search finds from each vertex', () => {
  const graph = fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(graph, (lists) => {
      const edges = lists.map((list) => new Set(list));
      const reach = edges.map((direct) => closure(edges, direct));
      const expected = new Set(
        edges.flatMap((_, a) => {
          const group = edges.flatMap((__, b) => (reach[a]?.has(b) && reach[b]?.has(a) ? [b] : []));
          return group.length > 0 ? [group.join(' ')] : [];
        }),
      );
      const found = cyclicComponents(edges).map((component) => component.toSorted((a, b) => a - b).join(' '));
      expect(new Set(found)).toEqual(expected);
      expect(found).toHaveLength(expected.size);
    }),
    { numRuns: 500, seed: 7 },
  );
});

function closure(edges: readonly ReadonlySet<number>[], start: ReadonlySet<number>): Set<number> {
  const found = new Set(start);
  for (const vertex of found) for (const next of edges[vertex] ?? []) found.add(next);
  return found;
}
