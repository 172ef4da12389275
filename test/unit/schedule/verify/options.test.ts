import { describe, expect, test } from '@jest/globals';
import type { Costs } from '../../../../schedule/verify/compiled-node.js';
import type { PropertyName } from '../../../../schedule/verify/violation.js';
import { failuresOf, systemOf, verifyAndReplay, verifyTexts } from '../../../support/verify-system.js';

const MASTER = `channel bus
round:
    sync master bus
    wait 1ms, round
`;
const RECOVERS: { properties: PropertyName[] } = { properties: ['stuck', 'recovers'] };

describe('losses', () => {
  // One wait in vain, and it gives up.
  const patient = (timeout: string): string => `channel bus from 02:00:00:00:00:01
listen:
    sync slave ${timeout} from bus
    if not status_test(sync_timeout) goto listen
    halt
`;

  test('none is lost where none is allowed', () => {
    // The first wait is from 0 to the arrival at 5760 ns, those after it from arrival to arrival, 1 ms each.
    expect(failuresOf(verifyTexts([MASTER, patient('1ms')]))).toEqual({});
    expect(failuresOf(verifyTexts([MASTER, patient('999999ns')]))).toEqual({ stuck: '1005759 b.nc:5 b.nc:4' });
  });

  test('one is borne by a wait of two rounds', () => {
    expect(failuresOf(verifyTexts([MASTER, patient('2ms')], { losses: 1 }))).toEqual({});
    // The frame at 1005760 ns is lost, and the wait from 5760 ns ends a nanosecond before the next.
    const answer = verifyTexts([MASTER, patient('1999999ns')], { losses: 1 });
    expect(failuresOf(answer)).toEqual({ stuck: '2005759 b.nc:5 b.nc:4' });
    const lost = answer.verdicts.stuck.trace?.events.filter(({ event }) => event === 'lost');
    expect(lost).toEqual([expect.objectContaining({ at: 1_005_760, node: 'b', from: 'a', line: 3, type: 'sync' })]);
  });

  test('so many in each hyperperiod', () => {
    const twice = MASTER.replace('    wait 1ms, round', '    wait 500us\n    sync master bus\n    wait 500us, round');
    // The frames arrive at 5760, 505760, 1005760 ns, ...; 700 us hold one of them, 1200 us two.
    expect(failuresOf(verifyTexts([twice, patient('700us')], { losses: 1 }))).toEqual({
      stuck: '705760 b.nc:5 b.nc:4',
    });
    expect(failuresOf(verifyTexts([twice, patient('1200us')], { losses: 1 }))).toEqual({});
    // Both of one round: those at 1005760 and 1505760 ns, in the wait from 505760 ns.
    expect(failuresOf(verifyTexts([twice, patient('1200us')], { losses: 2 }))).toEqual({
      stuck: '1705760 b.nc:5 b.nc:4',
    });
  });
});

describe('recovers', () => {
  test('a slave that waits for every sync frame', () => {
    const slave = 'channel bus from 02:00:00:00:00:01\nlisten:\n    sync slave 5ms from bus\n    goto listen\n';
    expect(verifyTexts([MASTER, slave], RECOVERS).verdicts.recovers.holds).toBe(true);
  });

  test('a slave that waits once', () => {
    const slave = 'channel bus from 02:00:00:00:00:01\n    sync slave 500us from bus\nround:\n    wait 1ms, round\n';
    // The first sync frame would arrive at 5760 ns, the wait ends at 500 us; four rounds of 1 ms later nothing is as before.
    expect(failuresOf(verifyTexts([MASTER, slave], RECOVERS))).toEqual({ recovers: '4005760 a.nc:3' });
    const soon = verifyTexts([MASTER, slave], { ...RECOVERS, recoverNs: 1_000n });
    expect(failuresOf(soon)).toEqual({ recovers: '6760 a.nc:3' });
  });

  test('a slave that does not wait for a late master', () => {
    const master = MASTER.replace('round:', '    wait 300us\nround:');
    const slave = `channel bus from 02:00:00:00:00:01
    sync slave 1400us from bus
    if status_test(sync_timeout) goto quiet
listen:
    sync slave 2500us from bus
    goto listen
quiet:
    end_of_program
`;
    // Up to a start at 1400 us - 300 us - 5760 ns = 1094240 ns the frame is in time, later it is not. The next start at which events fall
    // together is 1100 us (the send at the end of the wait); between both lies 1097120.
    expect(failuresOf(verifyTexts([master, slave], RECOVERS))).toEqual({ recovers: '5097120 a.nc:2' });
  });

  test('is not judged where a node sends by its clock alone', () => {
    const clocked =
      'channel bus\nvar v : u8\nmessage m\nround:\n    create v -> m\n    send bus, m\n    wait 1ms, round\n';
    expect(verifyTexts([clocked], RECOVERS).verdicts.recovers.holds).toBeNull();
  });
});

describe('costs', () => {
  const cost = (costs: Costs): { costs: Costs[] } => ({ costs: [costs] });

  test('the processor is done at the next instant', () => {
    const text = (rest: string): string => `round:\n    nop\n    nop\n    wait ${rest}, round\n`;
    const costs = cost({ nop: 10_000n, wait: 1_000n });
    expect(failuresOf(verifyTexts([text('21us')], costs))).toEqual({});
    const answer = verifyTexts([text('20999ns')], costs);
    expect(failuresOf(answer)).toEqual({ schedulable: '20999 a.nc:4 a.nc:2' });
    expect(answer.verdicts.schedulable.what).not.toContain('suppressed');
    // 211 us instead of 100 us: more than the 50 us of tolerance.
    const late = verifyTexts([text('100us')], cost({ nop: 105_000n, wait: 1_000n }));
    expect(failuresOf(late)).toEqual({ schedulable: '100000 a.nc:4 a.nc:2' });
    expect(late.verdicts.schedulable.what).toContain('suppressed');
  });

  test('an instruction acts at the start of its cost', () => {
    const text = (rest: string): string =>
      `channel bus\nvar v : u8\nmessage m\nround:\n    create v -> m\n    send bus, m\n    wait ${rest}, round\n`;
    const costs = cost({ create: 1_000n, send: 2_000n });
    // The frame begins at 1 us and has the wire for 6720 ns.
    expect(failuresOf(verifyTexts([text('7720ns')], costs))).toEqual({});
    expect(failuresOf(verifyTexts([text('7719ns')], costs))).toEqual({ schedulable: '7719 a.nc:6 a.nc:5' });
  });

  test('a receive waits for what stands before it', () => {
    const sender = 'channel bus\nvar v : u8\nmessage m\n    create v -> m\n    send bus, m\n    end_of_program\n';
    const receiver =
      'channel bus from 02:00:00:00:00:01\nvar v : u8\n    nop\n    receive bus -> v\n    end_of_program\n';
    expect(failuresOf(verifyTexts([sender, receiver], cost({ nop: 5_760n })))).toEqual({});
    expect(failuresOf(verifyTexts([sender, receiver], cost({ nop: 5_759n })))).toEqual({
      received: '5759 a.nc:5 b.nc:4',
    });
  });

  test('some are fast while others are slow', () => {
    const sender = (first: string): string =>
      `channel bus\nvar v : u8\nmessage m\n    wait ${first}\n    create v -> m\n    send bus, m\n    wait 1ms\n    end_of_program\n`;
    const least: Costs = { create: 1_000n };
    const costs = { costs: [least, { create: 2_000n }] };
    // The first frame begins at 12 us at the latest and has the wire for 6720 ns, the other at the earliest 1 us after its wait.
    expect(failuresOf(verifyTexts([sender('10us'), sender('17720ns')], costs))).toEqual({});
    expect(failuresOf(verifyTexts([sender('10us'), sender('17719ns')], costs))).toEqual({
      collision: '18719 a.nc:6 b.nc:6',
    });
  });

  test('some are neither at their fastest nor at their slowest', () => {
    const sender = (first: string): string =>
      `channel bus\nvar v : u8\nmessage m\n    wait ${first}\n    create v -> m\n    send bus, m\n    wait 1ms\n    end_of_program\n`;
    // With costs of 0 or 30 us the first frame begins at 10 or 40 us; the second, whose `create` can be as fast, at 25 us at the earliest.
    const answer = verifyTexts([sender('10us'), sender('25us')], { costs: [{}, { create: 30_000n }] });
    expect(failuresOf(answer)).toEqual({ collision: '25000 a.nc:6 b.nc:6' });
  });

  test('what goes wrong behind instructions that take time', () => {
    const costs = cost({ nop: 1_000n, receive: 2_000n, send: 3_000n });
    expect(failuresOf(verifyTexts(['    nop\n    halt\n'], costs))).toEqual({ stuck: '1000 a.nc:2' });
    // The receive is at 1 us, the send that ends its block at 3 us.
    const text = `channel bus = 0 from 02:00:00:00:00:02
channel out = 1
var v : u8
message m
    nop
    receive bus -> v
    create v -> m
    send out, m
    wait 1ms
    end_of_program
`;
    expect(failuresOf(verifyTexts([text], costs))).toEqual({ received: '1000 a.nc:6' });
  });

  test('a wait for a sync frame that has ended when it begins', () => {
    const text =
      'channel bus from 02:00:00:00:00:02\n    nop\n    sync slave 5us from bus\n    wait 1ms\n    end_of_program\n';
    expect(failuresOf(verifyTexts([text], cost({ nop: 5_000n })))).toEqual({});
    // The wait begins at 5001 ns, a nanosecond after its end.
    const { schedulable } = verifyTexts([text], cost({ nop: 5_001n })).verdicts;
    expect(schedulable).toMatchObject({ holds: false, at: 5_000 });
  });

  test('a send that costs let come too late is suppressed', () => {
    const text = (cost: string): string =>
      `channel bus\nvar v : u8\nmessage m\n    create v -> m\n    nop\n    send bus, m\n    wait ${cost}\n    end_of_program\n`;
    const other =
      'channel bus\nvar v : u8\nmessage m\n    create v -> m\n    wait 50us\n    send bus, m\n    end_of_program\n';
    // 50 us is the tolerance: a frame that is a nanosecond later than that is not sent, and meets nothing.
    expect(failuresOf(verifyTexts([text('1ms'), other], cost({ nop: 50_000n })))).toEqual({
      collision: '50000 a.nc:6 b.nc:6',
    });
    expect(failuresOf(verifyTexts([text('1ms'), other], cost({ nop: 50_001n })))).toEqual({});
  });
});

describe('the network', () => {
  const sender = (first: string): string =>
    `channel bus\nvar v : u8\nmessage m\n    create v -> m\n    wait ${first}\n    send bus, m\n    end_of_program\n`;

  test('at 1 Gbit/s a frame has the wire for a tenth of the time', () => {
    const at = (first: string) => {
      const system = systemOf(sender('1us'), sender(first));
      return failuresOf(verifyAndReplay({ ...system, media: [{ ...system.media[0]!, rateBitsPerSecond: 1e9 }] }));
    };
    expect(at('1672ns')).toEqual({});
    expect(at('1671ns')).toEqual({ collision: '1671 a.nc:6 b.nc:6' });
  });

  test('propagation keeps frames further apart', () => {
    const at = (first: string) => {
      const system = systemOf(sender('1us'), sender(first));
      return failuresOf(verifyAndReplay({ ...system, media: [{ ...system.media[0]!, propagationNs: 500n }] }));
    };
    expect(at('8220ns')).toEqual({});
    expect(at('8219ns')).toEqual({ collision: '8219 a.nc:6 b.nc:6' });
  });

  test('nodes on different links never meet', () => {
    const system = systemOf(sender('1us'), sender('1us'));
    const [medium] = system.media;
    const media = [0, 1].map((node) => ({ ...medium!, nodes: [node] }));
    expect(failuresOf(verifyAndReplay({ ...system, media }))).toEqual({});
  });

  test('through a switch frames meet only on the link of a receiver', () => {
    const to = (mac: string): string => sender('1us').replace('channel bus', `channel bus to ${mac}`);
    const answer = (...texts: string[]) => {
      const system = systemOf(...texts);
      return failuresOf(verifyAndReplay({ ...system, media: [{ ...system.media[0]!, switchNs: 2_000n }] }));
    };
    const idle = 'end_of_program\n';
    const [c, d] = ['02:00:00:00:00:03', '02:00:00:00:00:04'];
    expect(answer(to(c), to(d), idle, idle)).toEqual({});
    expect(answer(to(c), to(c), idle, idle)).toEqual({ collision: '1000 a.nc:6 b.nc:6' });
  });

  test('nodes start when the network says', () => {
    const system = systemOf(sender('1us'), sender('1us'));
    const starting = (startNs: bigint) => {
      const nodes = system.nodes.map((node, index) => (index === 0 ? node : { ...node, startNs }));
      return failuresOf(verifyAndReplay({ ...system, nodes }));
    };
    expect(starting(6_720n)).toEqual({});
    expect(starting(6_719n)).toEqual({ collision: '7719 a.nc:6 b.nc:6' });
  });
});

describe('clocks that differ', () => {
  const sender = (first: string, rest: string): string =>
    `channel bus\nvar v : u8\nmessage m\nround:\n    create v -> m\n    wait ${first}\n    send bus, m\n    wait ${rest}, round\n`;

  // The frames are 6720 ns long, and 10 us lie between their beginnings: 3280 ns to spare.
  test('an error that the gap bears, and one that it does not', () => {
    const texts = [sender('10us', '990us'), sender('20us', '980us')];
    expect(failuresOf(verifyTexts(texts, { clockErrorNs: 3_280n }))).toEqual({});
    // The later one, 3281 ns early: its frame begins at 16719 of its clock's zero, when the other's of 10000 + 3281 has not ended.
    expect(failuresOf(verifyTexts(texts, { clockErrorNs: 3_281n })).collision).toMatch(/^\d+ a\.nc:7 b\.nc:7$/);
  });

  test('an error in the middle of what is allowed', () => {
    // 50 us apart: neither 0 nor 100 us of error brings the frames together, 50 us do.
    const texts = [sender('10us', '990us'), sender('60us', '940us')];
    expect(failuresOf(verifyTexts(texts, { clockErrorNs: 43_280n }))).toEqual({});
    expect(failuresOf(verifyTexts(texts, { clockErrorNs: 100_000n })).collision).toMatch(/^\d+ /);
  });

  test('a sync frame sets the error to nothing', () => {
    const master = 'channel bus\nround:\n    sync master bus\n    wait 1ms, round\n';
    const slave = (slot: string): string =>
      `channel bus from 02:00:00:00:00:01\nvar v : u8\nmessage m\n    create v -> m\nround:\n    sync slave 5ms from bus\n    wait ${slot}\n    send bus, m\n    goto round\n`;
    const answer = verifyTexts([master, slave('10us'), slave('20us')], { clockErrorNs: 100_000n });
    expect(failuresOf(answer)).toEqual({});
  });

  test('a drift that no sync frame stops brings any two frames together', () => {
    const texts = [sender('10us', '990us'), sender('500us', '500us')];
    // 1 ms in 10000: 490 us less 6.72 us are gone after some 5000 rounds.
    expect(failuresOf(verifyTexts(texts, { driftPpm: 100, memoryBytes: 1 << 28 })).collision).toMatch(
      / [ab]\.nc:7 [ab]\.nc:7$/,
    );
  });
});

describe('gate', () => {
  const share = (openNs: bigint, withinNs: bigint) => ({
    properties: ['gate'] as PropertyName[],
    gateShare: { openNs, withinNs },
  });
  // Open from 0 to 300 us of each millisecond.
  const WINDOW = 'round:\n    xsend 300us\n    wait 1ms, round\n';

  test('a window in each round', () => {
    expect(failuresOf(verifyTexts([WINDOW], share(300_000n, 1_000_000n)))).toEqual({});
    // From 300 us on there are 700 us without; 1 ms from then on has the next window whole.
    expect(failuresOf(verifyTexts([WINDOW], share(1n, 700_000n)))).toEqual({ gate: '1000000 a.nc:2' });
    expect(failuresOf(verifyTexts([WINDOW], share(1n, 700_001n)))).toEqual({});
    expect(failuresOf(verifyTexts([WINDOW], share(300_001n, 1_000_000n)))).toEqual({ gate: '1300000 a.nc:2' });
  });

  test('mode soft until mode hard', () => {
    const text = 'round:\n    mode soft\n    wait 200us\n    mode hard\n    wait 800us, round\n';
    expect(failuresOf(verifyTexts([text], share(200_000n, 1_000_000n)))).toEqual({});
    expect(failuresOf(verifyTexts([text], share(1n, 800_000n)))).toEqual({ gate: '1000000 a.nc:2' });
  });

  test('a guard may keep it closed', () => {
    const text =
      'var v : u8\nround:\n    if test_var(v, zero) goto rest\n    xsend 300us\nrest:\n    wait 1ms, round\n';
    expect(failuresOf(verifyTexts([text], share(1n, 5_000_000n))).gate).toBeDefined();
  });

  test('is not judged where nobody asks', () => {
    expect(verifyTexts([WINDOW]).verdicts.gate.holds).toBeNull();
  });
});

describe('limits', () => {
  const counting = `counter c
round:
    add_to_counter c, 1
    if test_count(c, 4000000000) goto end
    wait 1ms, round
end:
    halt
`;

  test('a bound', () => {
    const { holds, explored } = verifyTexts([counting], { boundNs: 20_000_000n }).verdicts.stuck;
    expect({ holds, limit: explored?.limit }).toEqual({ holds: null, limit: 'bound' });
    expect(explored?.until).toBe(20_000_000);
  });

  test('what goes wrong behind the bound is not told', () => {
    const sender = (first: string): string =>
      `channel bus\nvar v : u8\nmessage m\n    create v -> m\n    wait ${first}\n    send bus, m\n    end_of_program\n`;
    const until = (boundNs: bigint) => verifyTexts([sender('100us'), sender('106us')], { boundNs }).verdicts.collision;
    expect(until(106_000n)).toMatchObject({ holds: false, at: 106_000 });
    expect(until(105_999n)).toMatchObject({ holds: null, explored: { until: 105_999, limit: 'bound' } });
  });

  test('an overload', () => {
    // In each round of 5 us two frames of 6720 ns: more and more wait. That the other node stops after a second is not seen.
    const flood =
      'channel bus\nvar v : u8\nmessage m\nround:\n    create v -> m\n    send bus, m\n    send bus, m\n    wait 5us, round\n';
    const other = 'wait 1s\n    halt\n';
    const { schedulable, stuck } = verifyTexts([flood, other]).verdicts;
    expect(schedulable).toMatchObject({ holds: false, at: 5_000 });
    expect(stuck).toMatchObject({ holds: null, explored: { limit: 'overload' } });
  });

  test('the memory', () => {
    const { holds, explored } = verifyTexts([counting], { memoryBytes: 8 * 1024 * 1024 }).verdicts.stuck;
    expect({ holds, limit: explored?.limit }).toEqual({ holds: null, limit: 'memory' });
    expect(explored?.states).toBeGreaterThan(100);
  });

  test('memory for the ways through one instant: four nodes of 32 ways each', () => {
    const guards = Array.from({ length: 5 }, (_, index) => [
      `if test_var(a, zero) goto past${index}`,
      `future ${index + 1}us, done`,
      `past${index}: nop`,
    ]);
    const forking = ['var a : u8', 'again: nop', ...guards.flat(), 'wait 1ms, again', 'done: wait 1ms, again'].join(
      '\n',
    );
    const { holds, explored } = verifyTexts([forking, forking, forking, forking]).verdicts.stuck;
    expect({ holds, limit: explored?.limit, until: explored?.until }).toEqual({
      holds: null,
      limit: 'memory',
      until: 0,
    });
  });

  test('many blocks at one instant that come to few states are no matter of memory', () => {
    // Every block arms two and takes one, so the 64th has one too many. At n ms there are as many as 1 and 2 ms before together:
    // 1, 1, 2, 3, 5, 8, 13, 21, 34 blocks, of which the 64th is one of those at 8 ms.
    const piling = 'var a : u8\nagain: if test_var(a, zero) goto rest\nfuture 1ms, again\nrest: wait 2ms, again';
    const { holds, at, places } = verifyTexts([piling], { properties: ['stuck'] }).verdicts.stuck;
    expect([holds, at, places.map(([, line]) => line)]).toEqual([false, 8_000_000, [4, 2]]);
  });
});
