import { describe, expect, test } from '@jest/globals';
import { failuresOf, systemOf, verifyAndReplay, verifyTexts } from '../../../support/verify-system.js';

// Sends a frame of two bytes at 1 ms, 11 ms, ...; it arrives (8 + 64) * 80 ns = 5760 ns later.
const SENDER = `channel bus
var v : u16
message m
round:
    wait 1ms
    create v -> m
    send bus, m
    wait 9ms, round
`;

/** Receives at `first`, then every 10 ms. */
const receiver = (first: string, rest: string, body = '    receive bus -> v\n', type = 'u16'): string =>
  `channel bus from 02:00:00:00:00:01 queue 2
var v : ${type}
round:
    wait ${first}
${body}    wait ${rest}, round
`;

describe('received', () => {
  test('a receive behind the arrival', () => {
    expect(failuresOf(verifyTexts([SENDER, receiver('1005760ns', '8994240ns')]))).toEqual({});
  });

  test('a receive that looks a nanosecond too early', () => {
    const answer = verifyTexts([SENDER, receiver('1005759ns', '8994241ns')]);
    expect(failuresOf(answer)).toEqual({ received: '1005759 a.nc:7 b.nc:5' });
  });

  test('a receive before the first send', () => {
    const answer = verifyTexts([SENDER, receiver('500us', '9500us')]);
    expect(failuresOf(answer)).toEqual({ received: '500000 a.nc:7 b.nc:5' });
  });

  test('a guard on the channel decides', () => {
    const body = '    if channel_rcv_buf_empty(bus) goto rest\n    receive bus -> v\nrest:\n';
    expect(failuresOf(verifyTexts([SENDER, receiver('500us', '9500us', body)]))).toEqual({});
  });

  test('the fault decides what follows', () => {
    const body = '    receive bus -> v\n    if status_test(receive_fault) goto rest\nrest:\n';
    expect(failuresOf(verifyTexts([SENDER, receiver('500us', '9500us', body)]))).toEqual({});
    const other = body.replace('receive_fault', 'sync_timeout');
    expect(failuresOf(verifyTexts([SENDER, receiver('500us', '9500us', other)]))).toEqual({
      received: '500000 a.nc:7 b.nc:5',
    });
  });

  test('a handler decides what follows', () => {
    const handled = receiver('500us', '9500us').replace('round:\n', '    handle receive_fault, rest\nround:\n');
    expect(failuresOf(verifyTexts([SENDER, handled.replace('    wait 9500us', 'rest:\n    wait 9500us')]))).toEqual({});
  });

  // Twenty milliseconds hold two frames, at 1 ms and 11 ms; the queue holds two, one is taken: the third round overflows.
  test('a queue that is emptied too slowly', () => {
    const answer = verifyTexts([SENDER, receiver('19ms', '1ms')]);
    // Taken: at 19 ms one of two. At 21 and 31 ms: three wait for two places, the oldest goes.
    expect(failuresOf(answer)).toEqual({ received: '31005760 a.nc:7 b.nc:5' });
  });

  test('a length that does not fit', () => {
    expect(failuresOf(verifyTexts([SENDER, receiver('2ms', '8ms', undefined, 'u32')]))).toEqual({
      received: '2000000 a.nc:7 b.nc:5',
    });
    expect(failuresOf(verifyTexts([SENDER, receiver('2ms', '8ms', undefined, 'bytes[2]')]))).toEqual({});
    expect(failuresOf(verifyTexts([SENDER, receiver('2ms', '8ms', undefined, 'bytes[1]')]))).toEqual({
      received: '2000000 a.nc:7 b.nc:5',
    });
  });

  test('a byte string may be longer than what receives it', () => {
    const sender = SENDER.replace('u16', 'bytes[9]');
    expect(failuresOf(verifyTexts([sender, receiver('2ms', '8ms', undefined, 'bytes[8]')]))).toEqual({
      received: '2000000 a.nc:7 b.nc:5',
    });
    expect(failuresOf(verifyTexts([sender, receiver('2ms', '8ms', undefined, 'bytes[9]')]))).toEqual({});
  });

  test('a queue variable of the program that overflows', () => {
    const text = `channel bus from 02:00:00:00:00:01 queue 2
queue q : u16 depth 2
message m
counter n
round:
    wait 2ms
    receive bus -> q
    add_to_counter n, 1
    if not test_count(n, 3) goto rest
    create q -> m
rest:
    wait 8ms, round
`;
    // Three rounds: two fill the queue at 2 and 12 ms, the third value at 22 ms finds it full.
    const answer = verifyTexts([SENDER, text], { boundNs: 30_000_000n });
    expect(failuresOf(answer)).toEqual({ received: '22000000 a.nc:7 b.nc:7' });
  });

  test('losses are no fault of the schedule', () => {
    const receiving = receiver('2ms', '8ms');
    expect(failuresOf(verifyTexts([SENDER, receiving], { losses: 1 }))).toEqual({});
  });

  test('a node that has ended takes nothing', () => {
    const ending = `channel bus from 02:00:00:00:00:01 queue 1
var v : u16
    wait 2ms
    receive bus -> v
    end_of_program
`;
    expect(failuresOf(verifyTexts([SENDER, ending]))).toEqual({});
  });

  test('a guard on what was never received has its initial value', () => {
    const text = `channel bus from 02:00:00:00:00:02
var v : u16 = 0
    if test_var(v, zero) goto fine
    halt
fine:
    if channel_rcv_buf_empty(bus) goto end
    receive bus -> v
end:
    end_of_program
`;
    expect(failuresOf(verifyTexts([text]))).toEqual({});
  });
});

describe('schedulable', () => {
  const SLOT = (rest: string): string => `channel bus
var v : u8
message m
round:
    create v -> m
    send bus, m
    wait ${rest}, round
`;

  // 64 bytes have the wire for 6720 ns.
  test('the frame has left at the next instant', () => {
    expect(failuresOf(verifyTexts([SLOT('6720ns')]))).toEqual({});
    expect(failuresOf(verifyTexts([SLOT('6719ns')]))).toEqual({ schedulable: '6719 a.nc:6 a.nc:5' });
  });

  test('blocks due at one instant count as one', () => {
    const text = `channel bus
var v : u8
message m
round:
    future 10us, second
    future 10us, round
    create v -> m
    send bus, m
    halt
second:
    nop
    halt
`;
    expect(failuresOf(verifyTexts([text]))).toEqual({});
  });

  test('a future that has passed while the machine waited for a sync frame', () => {
    const text = `channel bus from 02:00:00:00:00:02
    future 1ms, next
    sync slave 5ms
    halt
next:
    end_of_program
`;
    const answer = verifyTexts([text]);
    // The wait ends at 5 ms; the block after it ends 4 ms after the instant at 1 ms.
    expect(failuresOf(answer)).toEqual({ schedulable: '1000000 a.nc:4 a.nc:6' });
    expect(answer.verdicts.schedulable.what).toContain('suppressed');
  });
});

describe('the gate', () => {
  const OPEN = `xsend 100us
    wait 1ms
    end_of_program
`;
  const sender = (first: string): string => `channel bus
var v : u8
message m
    create v -> m
    wait ${first}
    send bus, m
    end_of_program
`;

  test('a frame while the gate of another node is open', () => {
    expect(failuresOf(verifyTexts([sender('99999ns'), OPEN]))).toEqual({ collision: '99999 b.nc:1 a.nc:6' });
  });

  test('a frame behind the window', () => {
    // It has the wire up to 106720 ns; the machine ends at 1 ms, and its gate is open from then on.
    expect(failuresOf(verifyTexts([sender('100us'), OPEN]))).toEqual({});
    const ended = verifyTexts([sender('1ms'), OPEN]);
    expect(failuresOf(ended)).toEqual({ collision: '1000000 a.nc:6' });
    expect(ended.verdicts.collision.what).toMatch(/another node is open: b has ended$/);
  });

  test('a frame before a gated machine has started', () => {
    const system = systemOf(sender('1us'), OPEN);
    const nodes = system.nodes.map((node, index) => ({ ...node, startNs: index === 1 ? 50_000n : 0n }));
    const { collision } = verifyAndReplay({ ...system, nodes }).verdicts;
    expect(collision).toMatchObject({ at: 1_000, places: [['a.nc', 6]] });
    expect(collision.what).toMatch(/another node is open: b has not started yet$/);
  });

  test('an own frame meets no own gate', () => {
    const both = sender('1us').replace('    create', '    mode soft\n    create');
    expect(failuresOf(verifyTexts([both]))).toEqual({});
  });
});

test('a create over a snapshot that was never sent is told', () => {
  const text = `channel bus
var v : u8
message m
round:
    create v -> m
    create v -> m
    send bus, m
    wait 1ms, round
`;
  expect(verifyTexts([text]).warnings).toEqual([{ file: 'a.nc', created: 5, again: 6 }]);
});
