import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../schedule/bytes.js';
import { encodeData, encodeSync } from '../../../schedule/frame.js';
import { Machine } from '../../../schedule/machine.js';
import { machineOf, OWN, PEER, programOf, runUntil } from '../../support/schedule-machine.js';
import type { MachineEvent, SentFrame } from '../../../schedule/machine-events.js';

const SENDER = ['channel bus', 'var v : u8 = 5', 'message m', 'create v -> m', 'again: send bus, m', 'wait 1ms, again'];
const SLAVE = [`channel bus from ${PEER}`, 'sync slave 1ms', 'on: wait 5ms, on'];
const US = 1_000n;

const FRAME = { source: PEER, channel: 0, sequence: 0, programId: 0, taiNs: 0n };

describe('start and stop', () => {
  test('a held machine wants nothing until it is started', () => {
    const machine = machineOf(SENDER, { startNs: null });
    expect([machine.runState.kind, machine.nextInstant(), machine.run(10n)]).toEqual(['held', null, false]);
    machine.start(77n);
    expect([machine.runState.kind, machine.nextInstant(), machine.logicalNs]).toEqual(['running', 77n, 77n]);
  });

  test('a start anew forgets the run, but not what the network and applications have left', () => {
    const machine = machineOf([
      ...['channel bus', 'var v = 4 : u8 = 5', 'queue q : u8 depth 2', 'message m', 'message n', 'counter c start 7'],
      ...['mode soft', 'add_to_counter c, 1', 'create q -> n', 'create v -> m', 'send bus, m'],
      ...['future 9ms, last', 'last: wait 1ms, last'],
    ]);
    machine.writeVariable(4, 9n);
    machine.run(0n);
    const seen = () => [machine.counter(0), machine.errors, machine.isGateOpen(0n), machine.futures.length];
    expect(seen()).toEqual([8, 1 << 3, true, 1]);
    machine.stop();
    machine.start(5n);
    expect(seen()).toEqual([7, 0, false, 0]);
    expect([machine.nextInstant(), machine.position, machine.logicalNs, machine.message(0)]).toEqual([5n, 0, 5n, null]);
    machine.run(5n);
    expect(machine.frames.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(machine.variable(4)).toBe(9n);
  });

  test('stop leaves an ended machine as it is', () => {
    const machine = machineOf(['end_of_program']);
    machine.run(0n);
    machine.stop();
    expect(machine.runState.kind).toBe('ended');
  });

  test('a program that runs off the end or in circles is an error of the caller', () => {
    const program = programOf('goto last', 'last: end_of_program');
    const circle = {
      ...program,
      instructions: program.instructions.slice(0, 1).map((each) => ({ ...each, target: 0 })),
    };
    const open = { ...program, instructions: program.instructions.slice(0, 1) };
    const options = { mac: OWN, startNs: 0n, taiOffsetNs: 0n };
    expect(() => new Machine(circle, options).run(0n)).toThrow('time does not pass');
    expect(() => new Machine(open, options).run(0n)).toThrow('time does not pass at instruction 1');
  });
});

describe('nextInstant', () => {
  test('the future, the end of the wait, the arrival', () => {
    const machine = machineOf(SLAVE);
    machine.run(0n);
    expect([machine.nextInstant(), machine.isTimingOut]).toEqual([1000n * US, true]);
    machine.deliver(encodeSync({ format: 'v1', ethertype: 0x88b5 }, FRAME), 400n * US);
    expect([machine.nextInstant(), machine.isTimingOut]).toEqual([400n * US, false]);
    machine.run(400n * US);
    expect([machine.nextInstant(), machine.isTimingOut]).toEqual([5400n * US, false]);
  });

  test('run does nothing before the instant and one block after it', () => {
    const machine = machineOf(SENDER);
    expect([machine.run(0n), machine.run(0n), machine.run(999n * US), machine.run(1000n * US)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(machine.frames).toHaveLength(2);
  });
});

describe('frames that leave', () => {
  test('every byte, with the id of the program and L in CLOCK_TAI', () => {
    const program = programOf(...SENDER);
    const machine = new Machine(program, { mac: OWN, startNs: 0x1000n, taiOffsetNs: 0x20000n });
    machine.run(0x1003n);
    const id = program.programId.toString(16).padStart(8, '0');
    const expected =
      'ffffffffffff02000000000188b5' + '01010000' + '00000000' + '00010000' + id + '0000000000021000' + '05';
    expect(machine.frames.map((frame) => toHex(frame.bytes))).toEqual([expected.padEnd(120, '0')]);
  });

  test('real and logical instant and the instruction', () => {
    const machine = machineOf(SENDER);
    machine.run(7n * US);
    machine.run(1020n * US);
    const told = machine.frames.map(({ realNs, logicalNs, sequence, instruction }) => [
      realNs,
      logicalNs,
      sequence,
      instruction,
    ]);
    expect(told).toEqual([
      [7n * US, 0n, 0, 1],
      [1020n * US, 1000n * US, 1, 1],
    ]);
  });

  test('the refuse hook sees each attempt and decides it alone', () => {
    const attempts: SentFrame[] = [];
    const refuse = (attempt: SentFrame): boolean => attempts.push(attempt) === 2;
    const machine = machineOf(SENDER, { refuse });
    runUntil(machine, 2000n * US);
    expect(attempts.map((each) => each.sequence)).toEqual([0, 1, 1]);
    expect(machine.frames.map((each) => each.realNs)).toEqual([0n, 2000n * US]);
    expect(machine.counts.sendStats.get(0)).toMatchObject({ sent: 2, refused: 1, suppressed: 0 });
  });

  test('a loop of any period stays on its grid whatever the lateness inside the tolerance', () => {
    const lateness = fc.array(fc.bigInt(0n, 50_000n), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.bigInt(100_000n, 10_000_000n), lateness, (period, offsets) => {
        const machine = machineOf([...SENDER.slice(0, -1), `wait ${period}ns, again`]);
        for (const [round, offset] of offsets.entries()) machine.run(BigInt(round) * period + offset);
        expect(machine.frames.map((each) => each.logicalNs)).toEqual(offsets.map((_, round) => BigInt(round) * period));
      }),
      { numRuns: 100, seed: 3 },
    );
  });
});

describe('applications', () => {
  test('values beyond the type and unknown ids are errors of the caller', () => {
    const machine = machineOf(['var v : u8', 'var w : i8', 'var b : bytes[2]', 'end_of_program']);
    for (const value of [256n, -1n, new Uint8Array(1)])
      expect(() => machine.writeVariable(0, value)).toThrow(RangeError);
    for (const value of [128n, -129n]) expect(() => machine.writeVariable(1, value)).toThrow(RangeError);
    for (const value of [new Uint8Array(3), 1n]) expect(() => machine.writeVariable(2, value)).toThrow(RangeError);
    expect(() => machine.writeVariable(3, 0n)).toThrow(RangeError);
    expect(() => machine.takeFromQueue(0)).toThrow(RangeError);
  });

  test('the extremes of a type are accepted', () => {
    const machine = machineOf(['var v : u64', 'var w : i64', 'end_of_program']);
    expect(machine.writeVariable(0, 2n ** 64n - 1n)).toBe('done');
    expect(machine.writeVariable(1, -(2n ** 63n))).toBe('done');
    expect([machine.variable(0), machine.variable(1)]).toEqual([2n ** 64n - 1n, -(2n ** 63n)]);
  });

  test('a queue that no instruction fills or drains belongs to applications on both sides', () => {
    const machine = machineOf(['queue q : u8 depth 1', 'end_of_program']);
    expect([machine.writeVariable(0, 3n), machine.writeVariable(0, 4n)]).toEqual(['done', 'queue_full']);
    expect(machine.takeFromQueue(0)).toEqual({ access: 'done', value: 3n });
    expect(machine.takeFromQueue(0)).toEqual({ access: 'queue_empty', value: null });
  });

  test('a message keeps its bytes when the caller changes its array', () => {
    const machine = machineOf(['var b : bytes[2]', 'message m', 'create b -> m', 'end_of_program']);
    const bytes = Uint8Array.of(1, 2);
    machine.writeVariable(0, bytes);
    machine.run(0n);
    bytes[0] = 9;
    expect(machine.message(0)).toEqual(Uint8Array.of(1, 2));
  });
});

describe('the gate', () => {
  test('send_buffer_empty asks what is held back', () => {
    const program = ['counter c', 'if not send_buffer_empty goto last', 'add_to_counter c, 1', 'last: end_of_program'];
    for (const held of [0, 3]) {
      const machine = machineOf(program, { heldBack: () => held });
      machine.run(0n);
      expect(machine.counter(0)).toBe(held === 0 ? 1 : 0);
    }
  });

  test('a window counts from L, not from the real instant', () => {
    const machine = machineOf(['xsend 100us', 'on: wait 1ms, on']);
    machine.run(40n * US);
    expect([99n, 100n].map((at) => machine.isGateOpen(at * US))).toEqual([true, false]);
  });

  test('a held machine fails open', () => {
    expect(machineOf(['mode hard', 'end_of_program'], { startNs: null }).isGateOpen(0n)).toBe(true);
  });
});

describe('verdicts', () => {
  test('deliver tells what became of a frame', () => {
    const machine = machineOf(SLAVE);
    const wire = { format: 'v1', ethertype: 0x88b5 } as const;
    const data = { ...FRAME, destination: null, payload: Uint8Array.of(1) };
    expect(machine.deliver(encodeData(wire, data), 0n)).toEqual({ verdict: 'taken', type: 'data', channel: 0 });
    expect(machine.deliver(encodeData(wire, { ...data, channel: 9 }), 0n)).toEqual({
      verdict: 'drop',
      cause: 'unknown_channel',
    });
    expect(machine.deliver(encodeSync(wire, FRAME), 0n)).toEqual({
      verdict: 'taken',
      type: 'sync',
      source: PEER,
      channel: 0,
    });
    expect(machine.deliver(fromHex('00'), 0n)).toEqual({ verdict: 'pass' });
    expect(machine.waitingFrames(0)).toEqual({ primary: 1, backup: 0 });
  });

  test('less than an Ethernet header has no source that strict ingress could know', () => {
    const machine = machineOf(['ingress strict', ...SLAVE]);
    expect(machine.deliver(fromHex('0011'), 0n)).toEqual({ verdict: 'drop', cause: 'strict' });
  });
});

describe('what a machine tells', () => {
  test('blocks, sends, errors and suspensions in their order', () => {
    const events: MachineEvent[] = [];
    const lines = ['channel bus', 'message m', 'send bus, m', 'sync master bus', 'wait 1ms', 'end_of_program'];
    const machine = machineOf(lines, { observe: (event) => events.push(event) });
    machine.run(0n);
    machine.run(1051n * US);
    expect(events).toEqual([
      { kind: 'run', state: { kind: 'running' } },
      { kind: 'block', position: 0, dueNs: 0n, late: false },
      { kind: 'error', error: 'message_empty', instruction: 0 },
      { kind: 'send', instruction: 1, channel: 0, type: 'sync', outcome: 'sent' },
      { kind: 'suspend', instruction: 2, untilNs: 1000n * US },
      { kind: 'error', error: 'deadline_missed', instruction: null },
      { kind: 'block', position: 3, dueNs: 1000n * US, late: true },
      { kind: 'run', state: { kind: 'ended' } },
    ]);
  });

  test('arrivals, receives and syncs', () => {
    const events: MachineEvent[] = [];
    const lines = [`channel bus from ${PEER}`, 'var v : u8', 'sync slave 1ms', 'receive bus -> v', 'end_of_program'];
    const machine = machineOf(lines, { observe: (event) => events.push(event) });
    const wire = { format: 'v1', ethertype: 0x88b5 } as const;
    machine.run(0n);
    events.length = 0;
    machine.deliver(encodeData(wire, { ...FRAME, destination: null, payload: Uint8Array.of(1) }), 1n);
    machine.deliver(encodeSync(wire, FRAME), 2n);
    machine.run(2n);
    expect(events).toEqual([
      { kind: 'arrival', verdict: 'taken', cause: null, type: 'data' },
      { kind: 'arrival', verdict: 'taken', cause: null, type: 'sync' },
      { kind: 'sync', outcome: 'arrived', source: PEER },
      { kind: 'block', position: 1, dueNs: 2n, late: false },
      { kind: 'receive', instruction: 1, channel: 0, outcome: 'taken' },
      { kind: 'run', state: { kind: 'ended' } },
    ]);
  });
});
