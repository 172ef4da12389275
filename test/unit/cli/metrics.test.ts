import { afterAll, describe, expect, test } from '@jest/globals';
import { blocksOf } from '../../support/documents.js';
import { Folders, ncbpf, type ErrorAnswer } from './harness.js';

const folders = new Folders();
afterAll(() => folders.cleanUp());

const slot = `channel bus
var x : u16
message m
    create x -> m
round:
    if test_var(x, zero) goto rest
    send bus, m
rest: wait 1ms, round
`;
const gated = `round:
    xsend 250us
    wait 1ms, round
`;
const once = (after: string): string => `channel bus
var x : u16
message m
    create x -> m
    wait ${after}
    send bus, m
    end_of_program
`;
const deaf = `channel bus from 02:00:00:00:00:07
var x : u16
round:
    receive bus -> x
    wait 1ms, round
`;

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly probability: number;
  readonly after: number;
  readonly events: readonly { readonly event: string; readonly line: number }[];
}

const cwd = folders.make({
  'slot.nc': slot,
  'gated.nc': gated,
  'deaf.nc': deaf,
  'early.nc': once('10us'),
  'late.nc': once('12us'),
  'wrong.nc': 'send bus, m\n',
  'long.nc':
    'counter c\nround:\n add_to_counter c, 1\n if test_count(c, 9000) goto end\n wait 1ms, round\nend: end_of_program\n',
});
const near = (value: number) => expect.closeTo(value, 12) as unknown;
const metrics = (...args: string[]) => ncbpf(['metrics', ...args], { cwd });

describe('as text', () => {
  test('the figures', async () => {
    const { status, stdout, stderr } = await metrics('slot.nc');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // Gaps of k ms with probability 1/2^k: 6 / (2 * 2) ms.
    expect(stdout.split('\n')).toEqual([
      '3 states; averages over the long run',
      'wire of slot, 100 Mbit/s: utilisation 0.336 %',
      '  overhead 97.62 %: framing 45.24 %, header 28.57 %, padding 23.81 %, sync frames 0 %',
      'channel bus of slot: 500 frames/s, waiting 1.5 ms on average, unbounded at worst',
      'assumed probability 0.5 of the guards at slot.nc:6',
      '',
    ]);
  });

  test('the tree: each way with its probability, and what is as before', async () => {
    const { stdout } = await metrics('slot.nc', '--tree');
    const [, tree] = stdout.split('timed tree\n');
    expect(tree!.split('\n').slice(0, 8)).toEqual([
      '  0.5: 0 ns (+0 ns) #1',
      '    slot  the guard does not hold  (slot.nc:6)',
      '    slot  sends 2 bytes on bus, on the wire 0 ns to 6.72 us  (slot.nc:7)',
      '    0.5: 1 ms (+1 ms) #1, as before',
      '      slot  the guard does not hold  (slot.nc:6)',
      '      slot  sends 2 bytes on bus, on the wire 1 ms to 1.00672 ms  (slot.nc:7)',
      '    0.5: 1 ms (+1 ms) #2',
      '      slot  the guard holds  (slot.nc:6)',
    ]);
  });

  test('a program that ends, and a wire on which nothing is sent', async () => {
    const ends = await metrics('early.nc');
    expect(ends.stdout).toContain('every run ends, after 16.72 us on average');
    expect(ends.stdout).toContain('channel bus of early: 59810 frames/s, waiting unbounded\n');
    expect((await metrics('gated.nc')).stdout).toContain('  nothing is sent\nordinary traffic of gated: open 25 %');
  });

  test('the example of the document', async () => {
    const blocks = blocksOf('docs/metrics.md');
    const text = (info: string): string => blocks.find((each) => each.info === info)!.text;
    const folder = folders.make({ 'slot.nc': text('nc') });
    const { stdout } = await ncbpf(['metrics', 'slot.nc'], { cwd: folder });
    expect(stdout).toBe(text('text'));
  });
});

test('as JSON', async () => {
  const answer = JSON.parse((await metrics('slot.nc', '--json')).stdout) as object;
  const overheadParts = { header: near(24 / 84), padding: near(20 / 84), framing: near(38 / 84), sync: 0 };
  expect(answer).toEqual({
    states: 3,
    ends: 0,
    endsAfterNs: null,
    wires: [{ nodes: ['slot'], rate: 1e8, utilisation: near(0.00336), overhead: near(82 / 84), overheadParts }],
    channels: [
      {
        node: 'slot',
        channel: 'bus',
        framesPerSecond: expect.closeTo(500, 9),
        waiting: { averageNs: expect.closeTo(1_500_000, 6), worstNs: null },
      },
    ],
    ordinary: [],
    assumed: [['slot.nc', 6]],
  });
});

test('the tree as JSON: from each state something is certain to happen', async () => {
  const { tree } = JSON.parse((await metrics('slot.nc', '--rate', '1gbit', '--tree', '--json')).stdout) as {
    tree: Edge[];
  };
  const sums = new Map<number, number>();
  for (const { from, probability } of tree) sums.set(from, (sums.get(from) ?? 0) + probability);
  expect([...sums.values()].every((sum) => Math.abs(sum - 1) < 1e-12)).toBe(true);
  expect(new Set(tree.map(({ to }) => to))).toEqual(new Set([...sums.keys()].filter((state) => state > 0)));
});

test('as a picture', async () => {
  const dot = (await metrics('slot.nc', '--emit', 'dot')).stdout.split('\n');
  expect(dot[0]).toBe('digraph "timed tree" {');
  expect(dot).toContain('  s1 -> s2 [label="0.5, +1 ms\\lslot  the guard holds  (slot.nc:6)\\l"];');
  const text = (await metrics('slot.nc', '--emit', 'dot')).stdout;
  expect(JSON.parse((await metrics('slot.nc', '--emit', 'dot', '--json')).stdout)).toEqual({ emit: 'dot', text });
  const mermaid = (await metrics('slot.nc', '--emit', 'mermaid')).stdout.split('\n');
  expect(mermaid.slice(0, 2)).toEqual(['flowchart TD', '  s0(("0"))']);
  expect(mermaid.some((line) => line.startsWith('  s1 -->|"0.5, #43;1 ms<br/>slot'))).toBe(true);
});

describe('what is wrong', () => {
  test('a collision is said, with the exit status 1', async () => {
    const message =
      'there are no figures: two frames have the wire at one time (early.nc:6, late.nc:6): `ncbpf verify` shows the run';
    const { status, stdout, stderr } = await metrics('early.nc', 'late.nc', '--json');
    expect({ status, stderr }).toEqual({ status: 1, stderr: `ncbpf: ${message}\n` });
    expect((JSON.parse(stdout) as ErrorAnswer).error).toEqual({ kind: 'RefutedError', message, status: 1 });
  });

  test('a program with errors', async () => {
    expect((await metrics('wrong.nc')).status).toBe(1);
  });

  test.each([
    [['long.nc', '--states', '100'], 'there are more than 100 states: allow more with --states'],
    [['slot.nc', '--states', '0'], '--states needs a whole number from 1 to 1000000, not 0'],
    [['slot.nc', '--node', 'a'], '--node is for modules'],
    [['slot.nc', '--emit', 'svg'], '--emit'],
    [['missing.nc'], 'missing.nc'],
  ])('%j', async (args, message) => {
    const { status, stderr } = await metrics(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  test('a node that nobody sends to is named', async () => {
    const { status, stderr } = await metrics('deaf.nc', 'slot.nc');
    expect(status).toBe(0);
    expect(stderr).toBe(
      'deaf.nc:1: warning: none of the nodes is a sender of bus, so nothing arrives: name the programs of all nodes, with their addresses in --network\n',
    );
  });
});
