import { describe, expect, test } from '@jest/globals';
import { failuresOf, verifyTexts } from '../../../support/verify-system.js';

const MASTER = `channel bus
round:
    sync master bus
    wait 1ms, round
`;
const SLAVE = `channel bus from 02:00:00:00:00:01
listen:
    sync slave 5ms from bus
    goto listen
`;

describe('stuck', () => {
  test('a halt with nothing armed', () => {
    const text = `var v : u8
round:
    if test_var(v, zero) goto rest
    future 1ms, round
rest:
    halt
`;
    expect(failuresOf(verifyTexts([text]))).toEqual({ stuck: '0 a.nc:6 a.nc:3' });
  });

  test('the end of the program is none', () => {
    expect(failuresOf(verifyTexts(['wait 1ms\nend_of_program\n']))).toEqual({});
  });

  test('a handler of no_future', () => {
    expect(failuresOf(verifyTexts(['handle no_future, end\nhalt\nend: end_of_program\n']))).toEqual({});
  });

  // Each round arms two and halts once: after the first block 1 is left, after the n-th n; the 65th is one too many.
  test('futures that pile up', () => {
    const text = `round:
    future 1ms, round
    future 1s, round
    halt
`;
    expect(failuresOf(verifyTexts([text]))).toEqual({ stuck: '63000000 a.nc:3 a.nc:4' });
  });

  test('a slave whose master is there', () => {
    expect(failuresOf(verifyTexts([MASTER, SLAVE]))).toEqual({});
  });

  test('a slave without a master waits for ever', () => {
    expect(failuresOf(verifyTexts([SLAVE]))).toEqual({ stuck: '0 a.nc:3' });
  });

  test('a master that ends leaves its slaves waiting', () => {
    const ending = 'channel bus\nsync master bus\nwait 1ms\nend_of_program\n';
    const answer = verifyTexts([ending, SLAVE]);
    // The sync frame arrives after (8 + 64) * 80 ns; the next wait is the first of the row.
    expect(failuresOf(answer)).toEqual({ stuck: '5760 b.nc:3 a.nc:2' });
    expect(answer.verdicts.stuck.trace?.loop?.period).toBe(5_000_000);
  });

  test('a sync frame at exactly L + T is in time', () => {
    const once = (timeout: string): string => `channel bus from 02:00:00:00:00:01
    sync slave ${timeout} from bus
    if status_test(sync_timeout) goto failed
    end_of_program
failed:
    halt
`;
    // It arrives 5760 ns after its send.
    expect(failuresOf(verifyTexts([MASTER, once('5760ns')]))).toEqual({});
    expect(failuresOf(verifyTexts([MASTER, once('5759ns')]))).toEqual({ stuck: '5759 b.nc:6 b.nc:3' });
  });
});
