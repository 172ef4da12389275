import { describe, expect, test } from '@jest/globals';
import { failuresOf, verifyTexts } from '../../../support/verify-system.js';

// A frame of one byte is 64 bytes long with its check sequence: (8 + 64 + 12) * 80 ns = 6720 ns at 100 Mbit/s.
const sender = (first: string, rest: string): string => `channel bus
var v : u8
message m
round:
    wait ${first}
    create v -> m
    send bus, m
    wait ${rest}, round
`;

describe('collision', () => {
  test('frames back to back do not overlap', () => {
    expect(failuresOf(verifyTexts([sender('10us', '990us'), sender('16720ns', '983280ns')]))).toEqual({});
  });

  test('one nanosecond of overlap is one', () => {
    const answer = verifyTexts([sender('10us', '990us'), sender('16719ns', '983281ns')]);
    expect(failuresOf(answer)).toEqual({ collision: '16719 a.nc:7 b.nc:7' });
  });

  test('the places are in the order of the frames', () => {
    const answer = verifyTexts([sender('12us', '988us'), sender('10us', '990us')]);
    expect(failuresOf(answer)).toEqual({ collision: '12000 b.nc:7 a.nc:7' });
  });

  // Rounds of 7 ms and 11 ms from 1 ms and 2 ms: 1 + 7i = 2 + 11j first for i = 8, j = 5.
  test('rounds of different length meet at last', () => {
    const answer = verifyTexts([sender('1ms', '6ms'), sender('2ms', '9ms')]);
    expect(failuresOf(answer)).toEqual({ collision: '57000000 a.nc:7 b.nc:7' });
  });

  // Rounds of 6 ms and 4 ms from 1 ms and 2 ms: an odd instant never is an even one.
  test('rounds that never meet', () => {
    expect(failuresOf(verifyTexts([sender('1ms', '5ms'), sender('2ms', '2ms')]))).toEqual({});
  });

  test('frames of one node queue', () => {
    const burst = sender('10us', '990us').replace('    send bus, m\n', '    send bus, m\n    send bus, m\n');
    // The second frame is on the wire from 16720 to 23440.
    expect(failuresOf(verifyTexts([burst, sender('23440ns', '976560ns')]))).toEqual({});
    expect(failuresOf(verifyTexts([burst, sender('23439ns', '976561ns')]))).toEqual({
      collision: '23439 a.nc:8 b.nc:7',
    });
  });

  test('a guard on data goes both ways', () => {
    const chooser = `channel bus
var v : u8
message m
round:
    wait 10us
    if test_var(v, nonzero) goto late
    wait 50us, sending
late:
    wait 30us, sending
sending:
    create v -> m
    send bus, m
    wait 1ms, round
`;
    const other = sender('40us', '10s');
    const answer = verifyTexts([chooser, other], { boundNs: 500_000n });
    expect(failuresOf(answer)).toEqual({ collision: '40000 a.nc:12 b.nc:7' });
    const guards = answer.verdicts.collision.trace?.events.filter(({ event }) => event === 'guard');
    expect(guards).toEqual([expect.objectContaining({ node: 'a', line: 6, value: true, at: 10_000 })]);
  });

  test('a byte string may have its full length', () => {
    // 1000 bytes: (8 + 14 + 24 + 1000 + 4 + 12) * 80 ns = 84960 ns.
    const long = sender('10us', '990us').replace('var v : u8', 'var v : bytes[1000]');
    expect(failuresOf(verifyTexts([long, sender('94960ns', '905040ns')]))).toEqual({});
    expect(failuresOf(verifyTexts([long, sender('94959ns', '905041ns')]))).toEqual({
      collision: '94959 a.nc:7 b.nc:7',
    });
  });
});
