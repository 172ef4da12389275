// Ends of logs that kernels really gave, each for the program of broken.nc with one thing broken in its line 6: `send bus, m`.
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { summarizeVerifierLog } from '../../../loader/verifier-log.js';

const folder = new URL('../../cases/verifier/', import.meta.url);

/** The log without its count of lines, which depends on how much of it was saved. */
function summarize(name: string): string {
  return summarizeVerifierLog(readFileSync(new URL(`${name}.log`, folder), 'utf8')).replace(/ \(\d+ lines .*/, '');
}

const SCALAR = "R1 invalid mem access 'scalar'";
const BOUNDS =
  'invalid access to map value, value_size=1256 off=65535 size=1: R1 max value is outside of the allowed memory range';
const LOOP = 'infinite loop detected at insn 529';
const LARGE = 'BPF program is too large. Processed 1000001 insn';

// Linux 6.1 quotes the source line; later ones name it as well.
test.each([
  ['6.1-scalar', `${SCALAR} at \`send bus, m\``],
  ['6.12-scalar', `${SCALAR} at \`send bus, m\` (broken.nc:6)`],
  ['6.18-scalar', `${SCALAR} at \`send bus, m\` (broken.nc:6)`],
  ['6.1-bounds', `${BOUNDS} at \`send bus, m\``],
  ['6.12-bounds', `${BOUNDS} at \`send bus, m\` (broken.nc:6)`],
  ['6.18-bounds', `${BOUNDS} at \`send bus, m\` (broken.nc:6)`],
  ['6.1-loop', `${LOOP} at \`send bus, m\``],
  ['6.12-loop', `${LOOP} at \`send bus, m\` (broken.nc:6)`],
  ['6.18-loop', `${LOOP} at \`send bus, m\` (broken.nc:6)`],
  ['6.18-large', LARGE],
])('%s', (name, summary) => {
  expect(summarize(name)).toBe(summary);
});

test('says how much of the log is not shown', () => {
  expect(summarizeVerifierLog('; nop\n0: (95) exit\nR0 !read_ok\n')).toBe(
    'R0 !read_ok at `nop` (3 lines of log; --verbose shows them)',
  );
});

test.each([[''], ['processed 5 insns (limit 1000000)\n'], ['\n\n']])('says that there was no reason in %j', (log) => {
  expect(summarizeVerifierLog(log)).toBe('the kernel gave no reason');
});

test('does not take a trailing stop or an indented line for more than it is', () => {
  expect(summarizeVerifierLog('1: (05) goto pc+0\n  The sequence of 8193 jumps is too complex.')).toBe(
    'The sequence of 8193 jumps is too complex (1 lines of log; --verbose shows them)',
  );
});
