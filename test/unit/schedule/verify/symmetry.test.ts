import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../../../schedule/verify/answer.js';
import { nodesAlike } from '../../../../schedule/verify/symmetry.js';
import { defaultMac, sharedMedium, type Medium, type System } from '../../../../schedule/verify/system.js';
import type { VerifyOptions } from '../../../../schedule/verify/verify.js';
import { PROPERTIES, type PropertyName } from '../../../../schedule/verify/violation.js';
import { generateSystem } from '../../../spin/generate.js';
import { Random } from '../../../support/random.js';
import { failuresOf, systemOf, verifyAndReplay } from '../../../support/verify-system.js';

const MAC = [1, 2, 3, 4].map((index) => `02:00:00:00:00:0${index}`);

/** Nodes of which each has one of the texts; those of one text have one file. `startsUs`: 0 where none is given. */
function systemLike(texts: readonly string[], use: readonly number[], startsUs: readonly number[] = []): System {
  const { nodes } = systemOf(...texts);
  const like = use.map((text, index) => {
    const name = `n${index}`;
    return { ...nodes[text]!, name, mac: defaultMac(index), startNs: BigInt((startsUs[index] ?? 0) * 1000) };
  });
  return { nodes: like, media: [sharedMedium(use.length)] };
}

/** Verified with and without permutations; every counterexample is played in the simulator. */
function both(
  system: System,
  properties: PropertyName[],
  options: Partial<VerifyOptions> = {},
): { reduced: Answer; whole: Answer } {
  const reduced = verifyAndReplay(system, { ...options, properties });
  return { reduced, whole: verifyAndReplay(system, { ...options, properties, keepsPermutations: true }) };
}

function verdictsOf({ verdicts }: Answer): unknown[] {
  return PROPERTIES.map((property) => [property, verdicts[property].holds, verdicts[property].at]);
}

const LISTENER =
  'channel bus from 02:00:00:00:00:01\nvar v : u8\nround:\n    wait 1ms\n    receive bus -> v\n    goto round\n';
const TALKER = 'channel bus\nvar v : u8\nmessage m\n    create v -> m\nround:\n    send bus, m\n    wait 1ms, round\n';

describe('nodes that are alike', () => {
  const alike = (system: System): number[][] => nodesAlike(system, []);

  test('have one program, whatever they are called and whenever they start', () => {
    expect(alike(systemLike([TALKER, LISTENER], [0, 1, 1, 1], [0, 0, 5, 9]))).toEqual([[1, 2, 3]]);
    expect(alike(systemLike([TALKER, LISTENER], [1, 0, 1, 0].toReversed()))).toEqual([[1, 3]]);
  });

  test('have one file, so that the lines of a report are those of all', () => {
    expect(alike(systemOf(TALKER, LISTENER, LISTENER))).toEqual([]);
  });

  test('are named together or not at all', () => {
    const from = (...macs: string[]): string => LISTENER.replace('02:00:00:00:00:01', macs.join(', '));
    expect(alike(systemLike([TALKER, from(MAC[0]!)], [0, 0, 1]))).toEqual([]);
    expect(alike(systemLike([TALKER, from(MAC[0]!, MAC[1]!)], [0, 0, 1]))).toEqual([[0, 1]]);
    expect(alike(systemLike([TALKER, LISTENER.replace('from', `backup ${MAC[1]!} from`)], [1, 0, 0]))).toEqual([]);
  });

  test('are nobody’s only destination', () => {
    const to = TALKER.replace('channel bus', `channel bus to ${MAC[1]!}`);
    expect(alike(systemLike([to, LISTENER], [0, 1, 1]))).toEqual([]);
    expect(alike(systemLike([to, LISTENER], [0, 1, 1, 1]))).toEqual([[2, 3]]);
  });

  test('have one medium and equal clocks', () => {
    const system = systemLike([TALKER, LISTENER], [0, 1, 1, 1]);
    const [wire] = system.media;
    const media: Medium[] = [
      { ...wire!, nodes: [0, 1, 2] },
      { ...wire!, nodes: [3] },
    ];
    expect(alike({ ...system, media })).toEqual([[1, 2]]);
    expect(nodesAlike(system, [0, 0, 0, 20])).toEqual([[1, 2]]);
  });
});

/** In each millisecond it stays in its phase or goes on to the next; the last leads to the first. */
function phases(count: number): string {
  const phase = (index: number): string =>
    `p${index}:\n    if test_var(v, zero) goto q${index}\n    wait 1ms, p${index}\nq${index}:\n    wait 1ms, p${(index + 1) % count}\n`;
  return `var v : u8\n${Array.from({ length: count }, (_, index) => phase(index)).join('')}`;
}

describe('the number of states', () => {
  // Each of k nodes is in any of c phases: c^k states, as multisets (c+k-1 over k); and the one before the start.
  test.each([
    { nodes: 2, count: 20, whole: 401, reduced: 211 },
    { nodes: 3, count: 10, whole: 1001, reduced: 221 },
    { nodes: 4, count: 5, whole: 626, reduced: 71 },
  ])('$nodes nodes with $count phases each', ({ nodes, count, whole, reduced }) => {
    const system = systemLike([phases(count)], Array<number>(nodes).fill(0));
    const found = both(system, ['collision', 'schedulable', 'received', 'stuck']);
    expect(found.whole.coverage).toEqual({ end: 'complete', states: whole, until: expect.any(Number) });
    expect(found.reduced.coverage).toEqual({ end: 'complete', states: reduced, until: expect.any(Number) });
  });

  // A frame is taken by each of three listeners or is not, twice a round: which of them miss it does not count, how many do does.
  test('losses at listeners', () => {
    const listener = `${LISTENER.replace('receive bus', 'if channel_rcv_buf_empty(bus) goto last\n    receive bus')}last:\n    end_of_program\n`;
    const { whole, reduced } = both(systemLike([TALKER, listener], [0, 1, 1, 1]), ['collision', 'schedulable'], {
      losses: 1,
    });
    expect(verdictsOf(reduced)).toEqual(verdictsOf(whole));
    expect(reduced.coverage.states).toBeLessThan(whole.coverage.states);
  });

  test('where waits are followed for ever, for each node, every permutation is kept', () => {
    const slave = phases(4).replace('var v', 'channel bus from 02:00:00:00:00:01\nvar v');
    const text = `${slave}listen:\n    sync slave 5ms\n    goto listen\n`;
    const { whole, reduced } = both(systemLike([text], [0, 0]), ['stuck']);
    expect(reduced.coverage).toEqual(whole.coverage);
  });
});

describe('counterexamples', () => {
  // A send each 1 or 1.5 ms after the one before. The first can send at 1, 1.5, 2, ..., the second a quarter later and never together
  // with it, the third at 0.5 + 1, ...: with the first at 1.5 ms.
  const restless =
    'channel bus\nvar v : u8\nmessage m\n    create v -> m\nround:\n    if test_var(v, zero) goto slow\n    wait 1ms, out\nslow:\n    wait 1500us, out\nout:\n    send bus, m\n    goto round\n';

  test('are runs of the nodes themselves', () => {
    const { whole, reduced } = both(systemLike([restless], [0, 0, 0], [0, 250, 500]), ['collision']);
    expect(failuresOf(reduced)).toEqual({ collision: '1500000 a.nc:11 a.nc:11' });
    expect(failuresOf(whole)).toEqual(failuresOf(reduced));
    const starts = reduced.verdicts.collision.trace!.events.filter(({ event }) => event === 'send');
    const together = starts.filter(({ at }) => at === 1_500_000).map(({ node }) => node);
    expect(together).toEqual(['n0', 'n2']);
  });

  test('give both lines where the sender was not the one that is kept', () => {
    // The queue of 1 holds the first of two frames; alike senders at 1 and 1.2 ms, looked at every 5 ms.
    const listener = `channel bus from ${MAC[0]!}, ${MAC[1]!} queue 1\nvar v : u8\nround:\n    wait 5ms\n    receive bus -> v\n    goto round\n`;
    const talker = TALKER.replace('1ms', '5ms').replace('round:', '    wait 1ms\nround:');
    const { whole, reduced } = both(systemLike([talker, listener], [0, 0, 1], [0, 200]), ['received']);
    // 8 + 64 byte times of 80 ns after 1.2 ms the second frame drops the first: sent in line 7, taken in line 5.
    expect(failuresOf(reduced)).toEqual({ received: '1205760 a.nc:7 b.nc:5' });
    expect(failuresOf(whole)).toEqual(failuresOf(reduced));
  });
});

describe('generated systems', () => {
  const COUNT = 20;
  const BOUND = 3_000_000n;

  /** Two of the texts, one of them two or three times, on a wire or a switch. */
  function generated(index: number): System {
    const random = new Random(77_000 + index);
    const { texts } = generateSystem(5, index);
    const use = random.pick([
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 0],
      [0, 1, 1, 1],
      [1, 1, 1],
    ]);
    const starts = use.map(() => (random.below(2) === 0 ? 0 : random.below(400)));
    const system = systemLike(texts, use, starts);
    const switchNs = random.below(3) === 0 ? 1000n : null;
    return { ...system, media: [{ ...sharedMedium(use.length), switchNs }] };
  }

  test('have the same verdicts', () => {
    const seen = { alike: 0, failed: 0, fewer: 0 };
    for (let index = 0; index < COUNT; index += 1) {
      const system = generated(index);
      if (nodesAlike(system, []).length > 0) seen.alike += 1;
      for (const properties of [['collision'], ['received', 'schedulable'], ['stuck']] as PropertyName[][]) {
        const { whole, reduced } = both(system, properties, { boundNs: BOUND, losses: index % 4 === 0 ? 1 : 0 });
        expect([index, ...verdictsOf(reduced)]).toEqual([index, ...verdictsOf(whole)]);
        if (properties.some((property) => reduced.verdicts[property].holds === false)) seen.failed += 1;
        if (reduced.coverage.states < whole.coverage.states) seen.fewer += 1;
      }
    }
    expect(seen.alike).toBeGreaterThan(COUNT / 2);
    expect(seen.failed).toBeGreaterThan(COUNT / 2);
    expect(seen.fewer).toBeGreaterThan(COUNT / 2);
  });
});
