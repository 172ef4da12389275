import { describe, expect, test } from '@jest/globals';
import { simulate } from '../../../schedule/simulate.js';
import { programOf } from '../../support/schedule-machine.js';
import type { Simulation, TraceRecord } from '../../../schedule/simulate.js';

const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03'] as const;
const MS = 1_000_000n;

function sends({ trace }: Simulation): (readonly [number, bigint, bigint])[] {
  const isSend = ({ event }: TraceRecord): boolean => event.kind === 'send' && event.outcome === 'sent';
  return trace.filter(isSend).map(({ node, atNs, logicalNs }) => [node, atNs, logicalNs] as const);
}

/** Sends its number every 2 ms from `offset`, and receives what the other sent. */
function turn(offset: string, number: number, other: string): ReturnType<typeof programOf> {
  return programOf(
    `channel bus from ${other}`,
    `var mine : u8 = ${number}`,
    'var theirs : u8',
    'message m',
    `wait ${offset}`,
    'again: create mine -> m',
    'send bus, m',
    'wait 500us',
    'if channel_rcv_buf_empty(bus) goto rest',
    'receive bus -> theirs',
    'rest: wait 1500us, again',
  );
}

describe('two nodes in turn', () => {
  const nodes = [
    { program: turn('1ms', 11, MACS[1]), mac: MACS[0] },
    { program: turn('2ms', 22, MACS[0]), mac: MACS[1] },
  ];
  const simulation = simulate(nodes, { untilNs: 6n * MS });

  test('send on their grids', () => {
    expect(sends(simulation)).toEqual([
      [0, 1n * MS, 1n * MS],
      [1, 2n * MS, 2n * MS],
      [0, 3n * MS, 3n * MS],
      [1, 4n * MS, 4n * MS],
      [0, 5n * MS, 5n * MS],
      [1, 6n * MS, 6n * MS],
    ]);
  });

  test('have what the other sent', () => {
    expect(simulation.machines.map((machine) => machine.variable(1))).toEqual([22n, 11n]);
    const errors = simulation.machines.map((machine) => machine.errors);
    expect(errors).toEqual([0, 0]);
  });

  test('lose nothing', () => {
    for (const machine of simulation.machines) {
      expect([...machine.counts.ingress.peers.values()].map((peer) => peer.count.lost)).toEqual([0]);
    }
  });

  test('the same again gives the same trace', () => {
    expect(simulate(nodes, { untilNs: 6n * MS }).trace).toEqual(simulation.trace);
  });
});

describe('a master and two slaves', () => {
  const master = programOf('channel bus', 'again: sync master bus', 'wait 1ms, again');
  const slave = programOf(
    `channel bus from ${MACS[0]}`,
    'var v : u8 = 1',
    'message m',
    'create v -> m',
    'again: sync slave 3ms',
    'wait 200us',
    'send bus, m',
    'goto again',
  );

  test('slaves that start at any time fall into the grid of the master', () => {
    const nodes = [
      { program: master, mac: MACS[0] },
      { program: slave, mac: MACS[1], startNs: 123_456n },
      { program: slave, mac: MACS[2], startNs: 1_654_321n },
    ];
    const slots = sends(simulate(nodes, { untilNs: 3n * MS + 999_999n })).filter(([node]) => node !== 0);
    expect(slots.map(([node, at]) => [node, at])).toEqual([
      [1, 1_200_000n],
      [1, 2_200_000n],
      [2, 2_200_000n],
      [1, 3_200_000n],
      [2, 3_200_000n],
    ]);
  });

  test('without a master every wait times out', () => {
    const simulation = simulate([{ program: slave, mac: MACS[1] }], { untilNs: 4n * MS });
    expect(simulation.machines[0]?.errors).toBe(1 << 15);
    expect(sends(simulation)).toEqual([[0, 3_200_000n, 3_200_000n]]);
  });

  test('a sync frame sent at exactly L + T is in time, whatever the order of the nodes', () => {
    const late = programOf('channel bus', 'wait 3ms', 'sync master bus', 'end_of_program');
    const nodes = [
      { program: slave, mac: MACS[1] },
      { program: late, mac: MACS[0] },
    ];
    const [machine] = simulate(nodes, { untilNs: 3n * MS }).machines;
    expect([machine?.errors, machine?.logicalNs]).toEqual([0, 3n * MS]);
  });
});

describe('a channel with a delay that sets L back behind the clock', () => {
  const master = programOf('channel bus', 'again: sync master bus', 'wait 1ms, again');
  const slave = programOf(
    `channel bus from ${MACS[0]} delay 120us`,
    'var v : u8 = 1',
    'message m',
    'create v -> m',
    'again: sync slave 3ms',
    'wait 10us',
    'send bus, m',
    'wait 60us',
    'send bus, m',
    'goto again',
  );
  const nodes = [
    { program: master, mac: MACS[0], startNs: 1n * MS },
    { program: slave, mac: MACS[1] },
  ];

  test('what is due already runs at once, late: 110 us are suppressed, 50 us are not', () => {
    const simulation = simulate(nodes, { untilNs: 2n * MS + 500_000n });
    const [first, second] = [MS - 120_000n + 70_000n, 2n * MS - 120_000n + 70_000n];
    expect(sends(simulation).filter(([node]) => node === 1)).toEqual([
      [1, 1n * MS, first],
      [1, 2n * MS, second],
    ]);
    expect(simulation.machines[1]?.counts.stats.deadline_missed).toBe(2);
  });

  test('time never goes back', () => {
    const instants = simulate(nodes, { untilNs: 2n * MS }).trace.map(({ atNs }) => atNs);
    expect(instants).toEqual(instants.toSorted((a, b) => Number(a - b)));
  });
});

describe('the end of a simulation', () => {
  const loop = programOf('again: wait 1ms, again');

  test('blocks due at the last instant run, later ones do not', () => {
    const simulation = simulate([{ program: loop, mac: MACS[0] }], { untilNs: 2n * MS });
    expect([simulation.endNs, simulation.machines[0]?.nextInstant()]).toEqual([2n * MS, 3n * MS]);
  });

  test('a bound on the trace', () => {
    const simulation = simulate([{ program: loop, mac: MACS[0] }], { untilNs: 1000n * MS, maxEvents: 5 });
    // One record of the start, then a block and a suspension each.
    expect(simulation.trace).toHaveLength(5);
  });

  test('when all machines have ended', () => {
    const done = programOf('wait 1ms', 'end_of_program');
    const simulation = simulate([{ program: done, mac: MACS[0] }], { untilNs: 1000n * MS });
    expect([simulation.endNs, simulation.machines[0]?.runState.kind]).toEqual([1n * MS, 'ended']);
  });
});
