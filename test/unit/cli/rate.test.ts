import { expect, test } from '@jest/globals';
import { parseRate } from '../../../cli/rate.js';
import { UsageError } from '../../../loader/errors.js';

test('no rate is given', () => {
  expect(parseRate(undefined)).toBeNull();
});

test.each([
  ['100mbit', 100e6],
  ['1gbit', 1e9],
  ['2.5gbit', 2.5e9],
  ['10Gbit', 10e9],
  ['64kbit', 64e3],
  ['9600bit', 9600],
  ['9600', 9600],
  ['0.1mbit', 100e3],
])('%s', (text, rate) => {
  expect(parseRate(text)).toBe(rate);
});

// tc takes 100mbps for megabytes: whoever writes it is asked what is meant.
test.each(['', '0', '0.5bit', '-1gbit', '1G', '100mbps', 'mbit', '1 gbit', '1e9', '.5gbit', '1.gbit', 'NaN'])(
  '%j is refused',
  (text) => {
    expect(() => parseRate(text)).toThrow(UsageError);
  },
);
