import { describe, expect, test } from '@jest/globals';
import { heaterFor, nextTemperature } from '../../../cli/demo/control.js';
import { PROGRAMS, SIDES } from '../../../cli/demo/programs.js';
import { changeLine, Screen, tableLines } from '../../../cli/demo/screen.js';
import { Output } from '../../../cli/io.js';
import { checkSource } from '../../../lang/compile.js';

const ROW = { temperature: 199, heater: 100, sent: 100_000n, received: 100_000n, suppressed: 0n, late: 0n };
const ROWS = { left: ROW, right: ROW };
const CHANGE = {
  atNs: 1_234_000_000n,
  from: 'left',
  to: 'right',
  name: 'temperature',
  value: 199,
  afterNs: 8_060_000n,
} as const;

test.each(SIDES)('the program of %s is free of diagnostics', (side) => {
  expect(checkSource(PROGRAMS[side], `${side}.nc`).diagnostics).toEqual([]);
});

test('the controller keeps the room between the outside and what is wanted', () => {
  let temperature = 140;
  for (let step = 0; step < 1000; step++) {
    temperature = nextTemperature(temperature, heaterFor(temperature), step);
    expect(temperature).toBeGreaterThanOrEqual(60);
    expect(temperature).toBeLessThanOrEqual(225);
  }
});

test('the heater is between off and full', () => {
  expect([heaterFor(-1000), heaterFor(210), heaterFor(1000)]).toEqual([100, 0, 0]);
});

describe('what is shown', () => {
  test('fits a terminal of 80 columns', () => {
    for (const line of [...tableLines(ROWS), changeLine(CHANGE)]) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('a change is a line', () => {
    expect(changeLine(CHANGE)).toBe('   1.23 s  left  sets temperature = 199 right sees it after 8.1 ms');
    expect(changeLine({ ...CHANGE, afterNs: null })).toMatch(/right does not see it$/);
  });

  test('a terminal gets a table that is written anew', () => {
    let text = '';
    const screen = new Screen(new Output({ write: (part: string) => (text += part) }, {}), true);
    screen.show(CHANGE, ROWS);
    expect(text).not.toContain('\u001b[4A');
    screen.show(CHANGE, ROWS);
    expect(text).toContain('\u001b[4A');
  });
});
