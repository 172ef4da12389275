// Figures of small programs, worked out by hand. A frame of `wire v1` with up to 22 bytes has the wire for 84 byte times: 6.72 us at 100 Mbit/s.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { metricsOf, type Metrics } from '../../../../schedule/metrics/metrics.js';
import { buildTimedTree, exactNs, type TimedTree } from '../../../../schedule/metrics/timed-tree.js';
import type { System } from '../../../../schedule/verify/system.js';
import { systemOf } from '../../../support/verify-system.js';

const MOST_STATES = 5000;
const FRAME_NS = 6720;
const MS = 1e6;

interface Figures {
  readonly tree: TimedTree;
  readonly metrics: Metrics;
  readonly ns: (units: number | null) => number | null;
}

function figuresOfSystem(system: System): Figures {
  const tree = buildTimedTree(system, MOST_STATES);
  const ns = (units: number | null): number | null => (units === null ? null : exactNs(tree.model, units));
  return { tree, metrics: metricsOf(tree), ns };
}

function figures(...texts: readonly string[]): Figures {
  return figuresOfSystem(systemOf(...texts));
}

/** A program that declares what the tests need. */
function program(body: string): string {
  return `channel bus\nvar x : u16\nmessage m\ncounter c\n${body}`;
}

const near = (value: number) => expect.closeTo(value, 9) as unknown;

/** Frames in a second, and the average and worst waiting time of the first channel in ns. */
function channelOf({ metrics, tree, ns }: Figures, index = 0) {
  const { rate, waiting } = metrics.channels[index]!;
  const round = (value: number | null): number | null => (value === null ? null : Math.round(value * 1000) / 1000);
  return {
    perSecond: Math.round(rate * tree.model.units.perNs * 1e12) / 1000,
    average: round(ns(waiting.average)),
    worst: round(ns(waiting.worst)),
  };
}

describe('a frame each millisecond', () => {
  const found = figures(program('round:\n  create x -> m\n  send bus, m\n  wait 1ms, round\n'));

  test('the wire: 6.72 us of 1000', () => {
    const [wire] = found.metrics.wires;
    expect(wire!.utilisation).toBeCloseTo(FRAME_NS / MS, 12);
  });

  test('the overhead: all but 2 of 84 bytes', () => {
    const [wire] = found.metrics.wires;
    expect(wire!.overhead).toBeCloseTo(82 / 84, 12);
    // Preamble 8, Ethernet 14, check sequence 4, gap 12; the header of v1 24; 60 - 14 - 24 - 2.
    expect(wire!.parts).toEqual({ framing: near(38 / 84), header: near(24 / 84), padding: near(20 / 84), sync: 0 });
  });

  test('the waiting time: half a period on average', () => {
    expect(channelOf(found)).toEqual({ perSecond: 1000, average: 0.5 * MS, worst: MS });
    expect(found.metrics.ordinary).toEqual([]);
    expect(found.metrics.run).toMatchObject({ ends: 0, endsAfter: null });
  });
});

test('three frames 1 ms apart and 18 ms of silence: (1 + 1 + 18 * 18) / (2 * 20)', () => {
  const found = figures(
    program(`round: clear_counter c
next:
  create x -> m
  send bus, m
  add_to_counter c, 1
  if test_count(c, 3) probability 0.9 goto rest
  wait 1ms, next
rest: wait 18ms, round
`),
  );
  // The guard does not depend on data: its probability counts for nothing.
  expect(channelOf(found)).toEqual({ perSecond: 150, average: 8.15 * MS, worst: 18 * MS });
  expect(found.metrics.assumed).toEqual([]);
});

test('the average is that of the squares of the gaps, for any gaps', () => {
  const gap = fc.integer({ min: 20, max: 100_000 });
  fc.assert(
    fc.property(fc.array(gap, { minLength: 1, maxLength: 12 }), (gaps) => {
      const rounds = gaps.map((each) => `  send bus, m\n  wait ${each}us\n`).join('');
      const found = figures(program(`  create x -> m\nround:\n${rounds}  goto round\n`));
      const period = gaps.reduce((sum, each) => sum + each, 0);
      const squares = gaps.reduce((sum, each) => sum + each * each, 0);
      const { average, worst } = found.metrics.channels[0]!.waiting;
      expect(found.ns(average)! / 1000).toBeCloseTo(squares / (2 * period), 6);
      expect(found.ns(worst)).toBe(Math.max(...gaps) * 1000);
      expect(found.metrics.wires[0]!.utilisation).toBeCloseTo((gaps.length * FRAME_NS) / (1000 * period), 9);
    }),
    { numRuns: 50 },
  );
});

describe('a guard on data', () => {
  const skipping = (guard: string): Figures =>
    figures(program(`round:\n  if ${guard} goto rest\n  create x -> m\n  send bus, m\nrest: wait 1ms, round\n`));

  // Gaps of k ms with (1 - p) p^(k - 1): the mean of the squares is (1 + p) / (1 - p)^2, that of the gaps 1 / (1 - p).
  test('is as likely to hold as the program says', () => {
    const found = skipping('test_var(x, zero) probability 0.1');
    expect(channelOf(found)).toEqual({ perSecond: 900, average: 611_111.111, worst: null });
    expect(found.metrics.wires[0]!.utilisation).toBeCloseTo((0.9 * FRAME_NS) / MS, 12);
    expect(found.metrics.wires[0]!.overhead).toBeCloseTo(82 / 84, 12);
  });

  test('with `not` the probability is that of the jump', () => {
    const found = skipping('not test_var(x, zero) probability 0.25');
    expect(channelOf(found)).toEqual({ perSecond: 750, average: 833_333.333, worst: null });
  });

  test('holds half of the time where the program does not say, which is named', () => {
    const found = skipping('test_var(x, zero)');
    expect(channelOf(found)).toEqual({ perSecond: 500, average: 1.5 * MS, worst: null });
    expect(found.metrics.assumed).toEqual([{ node: 0, instruction: 0 }]);
  });

  test.each([
    ['0', 1000, 0.5 * MS, MS],
    ['1', 0, null, null],
  ])('with probability %s the other way is not there', (probability, perSecond, average, worst) => {
    expect(channelOf(skipping(`test_var(x, zero) probability ${probability}`))).toEqual({ perSecond, average, worst });
  });

  test('ways that meet again are as likely as all together', () => {
    // The first two make no difference, the last two send with 0.7 * 0.5.
    const found = figures(
      program(`  create x -> m
round:
  if test_var(x, zero) probability 0.2 goto one
  nop
one:
  if test_var(x, nonzero) probability 0.6 goto two
  nop
two:
  if test_var(x, even_parity) probability 0.3 goto rest
  if test_var(x, odd_parity) probability 0.5 goto rest
  send bus, m
rest: wait 1ms, round
`),
    );
    expect(channelOf(found).perSecond).toBe(350);
  });

  test('many of them in one block', () => {
    const guards = Array.from(
      { length: 14 },
      (_, index) => `  if test_var(x, zero) probability 0.5 goto l${index}
  add_to_counter c, 1
l${index}:
`,
    );
    const text = program(`round:
  clear_counter c
  create x -> m
${guards.join('')}  if not test_count(c, 1) goto rest
  send bus, m
rest: wait 1ms, round
`);
    // 14 of the 2^14 ways count exactly one.
    expect(channelOf(figures(text)).perSecond).toBeCloseTo((1000 * 14) / 2 ** 14, 3);
  });

  test('one that decides once decides on the long run', () => {
    const found = figures(
      program(`  create x -> m
  if test_var(x, zero) probability 0.25 goto fast
slow:
  send bus, m
  wait 4ms, slow
fast:
  send bus, m
  wait 1ms, fast
`),
    );
    expect(channelOf(found)).toEqual({ perSecond: 437.5, average: 1.625 * MS, worst: 4 * MS });
  });

  test('what happens before the long run is not in the averages, but in the worst time', () => {
    const found = figures(
      program('  create x -> m\n  send bus, m\n  wait 7ms\nround:\n  send bus, m\n  wait 1ms, round\n'),
    );
    expect(channelOf(found)).toEqual({ perSecond: 1000, average: 0.5 * MS, worst: 7 * MS });
  });
});

describe('a program that ends', () => {
  test('has averages over the time until its last frame has left the wire, and nobody waits for what never comes', () => {
    const found = figures(
      program(
        '  create x -> m\n  send bus, m\n  wait 1ms\n  send bus, m\n  wait 1ms\n  send bus, m\n  end_of_program\n',
      ),
    );
    const { run, wires } = found.metrics;
    expect({ ends: run.ends, after: found.ns(run.endsAfter) }).toEqual({ ends: 1, after: 2 * MS + FRAME_NS });
    expect(wires[0]!.utilisation).toBeCloseTo((3 * FRAME_NS) / (2 * MS + FRAME_NS), 12);
    expect(channelOf(found)).toMatchObject({ average: null, worst: null });
  });

  test('by chance: five rounds where each is the last with 0.2', () => {
    const found = figures(
      program(`  create x -> m
round:
  send bus, m
  wait 1ms
  if not test_var(x, zero) probability 0.8 goto round
  end_of_program
`),
    );
    const { run, wires } = found.metrics;
    expect(found.ns(run.endsAfter)).toBeCloseTo(5 * MS, 3);
    expect(wires[0]!.utilisation).toBeCloseTo(FRAME_NS / MS, 9);
  });

  test('at once, without a frame, takes no time', () => {
    const { run, wires } = figures(program('end_of_program\n')).metrics;
    expect(run.endsAfter).toBe(0);
    expect(wires[0]).toMatchObject({ utilisation: null, overhead: null, parts: null });
  });

  test('sometimes: the averages are those of the runs that do not', () => {
    const found = figures(
      program(`  if test_var(x, zero) probability 0.75 goto stop
  create x -> m
round:
  send bus, m
  wait 1ms, round
stop: end_of_program
`),
    );
    expect(found.metrics.run).toMatchObject({ ends: 0.75, endsAfter: null });
    expect(channelOf(found)).toEqual({ perSecond: 1000, average: 0.5 * MS, worst: MS });
  });

  test('with futures that run out: the machine has stopped', () => {
    const found = figures(program('  create x -> m\n  send bus, m\n  future 1ms, last\n  halt\nlast: halt\n'));
    expect(found.ns(found.metrics.run.endsAfter)).toBe(MS);
  });
});

describe('ordinary traffic', () => {
  const gateOf = (body: string) => {
    const found = figures(program(body));
    const { open, waiting } = found.metrics.ordinary[0]!;
    return { open, average: found.ns(waiting.average), worst: found.ns(waiting.worst) };
  };

  test('with xsend: 300 us of each millisecond', () => {
    // 700 * 700 / 2 of 1000 us.
    expect(gateOf('round:\n  xsend 300us\n  wait 1ms, round\n')).toEqual({
      open: near(0.3),
      average: near(245_000),
      worst: 700_000,
    });
  });

  test('with mode: 2 ms of 5', () => {
    const gate = gateOf('round:\n  mode soft\n  wait 2ms\n  mode hard\n  wait 3ms, round\n');
    expect(gate).toEqual({ open: near(0.4), average: near(0.9 * MS), worst: 3 * MS });
  });

  test('a gate that never opens, and one that is never closed', () => {
    expect(gateOf('round:\n  mode hard\n  wait 1ms, round\n')).toEqual({ open: 0, average: null, worst: null });
    expect(gateOf('round:\n  mode soft\n  wait 1ms, round\n')).toEqual({ open: near(1), average: 0, worst: 0 });
  });

  test('by chance: 200 us, in every other millisecond', () => {
    const gate = gateOf(`round:
  if test_var(x, zero) probability 0.5 goto rest
  xsend 200us
rest: wait 1ms, round
`);
    // Closed for 800 us and k ms more with 1/2^(k + 1): the mean of the squares is 5.24 ms^2, that of a whole cycle 2 ms.
    expect(gate).toEqual({ open: near(0.1), average: near(1.31 * MS), worst: null });
  });
});

describe('what is on the wire', () => {
  test('sync frames are overhead, and no frames of a channel', () => {
    const found = figures(program('  create x -> m\nround:\n  sync master bus\n  send bus, m\n  wait 10ms, round\n'));
    const [wire] = found.metrics.wires;
    expect(wire!.overhead).toBeCloseTo(166 / 168, 12);
    expect(wire!.parts!.sync).toBeCloseTo(0.5, 12);
    expect(channelOf(found)).toEqual({ perSecond: 100, average: 5 * MS, worst: 10 * MS });
  });

  test('a byte string is as long as it can be', () => {
    const text =
      'channel bus\nvar b : bytes[100]\nmessage m\nround:\n  create b -> m\n  send bus, m\n  wait 1ms, round\n';
    const [wire] = figures(text).metrics.wires;
    expect(wire!.utilisation).toBeCloseTo(((100 + 38 + 24) * 80) / MS, 12);
    expect(wire!.parts).toMatchObject({ padding: 0 });
    const ncm = figures(`wire ncm\n${text}`).metrics.wires[0]!;
    expect(ncm.overhead).toBeCloseTo(38 / 138, 12);
    expect(ncm.parts).toMatchObject({ header: 0 });
  });

  test('a queue that applications fill holds something when it is asked', () => {
    const text =
      'channel bus\nqueue q : u16 depth 4\nmessage m\nround:\n  create q -> m\n  send bus, m\n  wait 1ms, round\n';
    expect(channelOf(figures(text)).perSecond).toBe(1000);
  });

  test('frames that queue begin one after the other', () => {
    const found = figures(program('  create x -> m\nround:\n  send bus, m\n  send bus, m\n  wait 1ms, round\n'));
    // Gaps of 6.72 us and 993.28 us.
    const squares = FRAME_NS ** 2 + (MS - FRAME_NS) ** 2;
    expect(channelOf(found)).toEqual({
      perSecond: 2000,
      average: Math.round(squares / 2e3) / 1000,
      worst: MS - FRAME_NS,
    });
  });

  test('a frame that begins behind the next instant counts there', () => {
    const sends = '  send bus, m\n'.repeat(7);
    const found = figures(`${program('  create x -> m\n')}round:\n${sends}  wait 40us\n  wait 60us, round\n`);
    expect(channelOf(found).perSecond).toBe(70_000);
    expect(found.metrics.wires[0]!.utilisation).toBeCloseTo((7 * FRAME_NS) / 100_000, 9);
  });

  test('with a switch each node has a wire of its own', () => {
    const system = systemOf(
      program('  create x -> m\nround:\n  send bus, m\n  wait 1ms, round\n'),
      program('  create x -> m\nround:\n  send bus, m\n  wait 2ms, round\n'),
    );
    const [medium] = system.media;
    const switched = { ...system, media: [{ ...medium!, rateBitsPerSecond: 1e9, switchNs: 2000n }] };
    const starts = [0n, 500_000n];
    const nodes = switched.nodes.map((node, index) => ({ ...node, startNs: starts[index]! }));
    const { wires } = figuresOfSystem({ ...switched, nodes }).metrics;
    expect(wires.map(({ nodes: members, utilisation }) => [members, utilisation])).toEqual([
      [[0], near(0.000672)],
      [[1], near(0.000336)],
    ]);
  });
});

describe('several nodes', () => {
  const sender = `channel bus
var x : u16
message m
  create x -> m
round:
  if test_var(x, zero) probability 0.25 goto rest
  send bus, m
rest: wait 1ms, round
`;
  const answering = `channel bus from 02:00:00:00:00:01
channel back
var x : u16
message m
  create x -> m
  wait 500us
round:
  if channel_rcv_buf_empty(bus) probability 0.99 goto rest
  receive bus -> x
  create x -> m
  send back, m
rest: wait 1ms, round
`;

  test('a guard on a channel holds as often as the sender makes it', () => {
    const found = figures(sender, answering);
    expect(channelOf(found, 0).perSecond).toBe(750);
    expect(channelOf(found, 1)).toEqual({ perSecond: 750, average: 833_333.333, worst: null });
    expect(found.metrics.wires[0]!.utilisation).toBeCloseTo((2 * 0.75 * FRAME_NS) / MS, 9);
  });

  test('alone it hears nobody', () => {
    expect(channelOf(figures(answering)).perSecond).toBe(0);
  });

  test('16 nodes in turn', () => {
    const texts = Array.from({ length: 16 }, (_, index) =>
      program(`  create x -> m\n  wait ${index * 100 + 1}us\nround:\n  send bus, m\n  wait 2ms, round\n`),
    );
    const found = figures(...texts);
    expect(found.metrics.wires[0]!.utilisation).toBeCloseTo((16 * FRAME_NS) / (2 * MS), 12);
    expect(channelOf(found, 15)).toEqual({ perSecond: 500, average: MS, worst: 2 * MS });
  });
});

describe('there are no figures', () => {
  const build =
    (...texts: readonly string[]) =>
    () =>
      figures(...texts);
  const sends = (after: string): string =>
    program(`  create x -> m\n  wait ${after}\n  send bus, m\n  end_of_program\n`);

  test('of programs that collide', () => {
    expect(build(sends('10us'), sends('12us'))).toThrow(/two frames have the wire at one time \(a.nc:7, b.nc:7\)/);
  });

  test('of a frame in the open gate of another node', () => {
    const gated = program('round:\n  xsend 300us\n  wait 1ms, round\n');
    expect(build(sends('200us'), gated)).toThrow(/gate of another node is open/);
  });

  test('a collision that does not happen is none', () => {
    const never = program(
      '  create x -> m\n  wait 12us\n  if test_var(x, zero) probability 1 goto end\n  send bus, m\nend: end_of_program\n',
    );
    expect(build(sends('10us'), never)).not.toThrow();
  });

  test('of more frames than the wire takes', () => {
    const text = program(`  create x -> m\nround:\n${'  send bus, m\n'.repeat(20)}  wait 100us, round\n`);
    expect(build(text)).toThrow(/more than 4 frames/);
  });

  test('of too many states', () => {
    const text = program(
      'round:\n  add_to_counter c, 1\n  if test_count(c, 6000) goto clear\n  wait 1ms, round\nclear: clear_counter c\n  wait 1ms, round\n',
    );
    expect(build(text)).toThrow(`there are more than ${MOST_STATES} states`);
  });
});
