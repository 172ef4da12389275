// Random programs against the oracle: npm run test:oracle -- --seed N --count M [--first K]
// A difference is printed as a data case (test/support/oracle-case.ts) with its seed and path; the exit status is then 1.
import { parseArgs } from 'node:util';
import { KernelBench } from '../support/kernel-run.js';
import { Scratch } from '../support/scratch.js';
import { playGenerated } from './generated.js';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, count: { type: 'string' }, first: { type: 'string' } },
});

function number(name: keyof typeof values, usual: number): number {
  const value = Number(values[name] ?? usual);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`--${name} wants a whole number\n`);
  process.exit(2);
}

const seed = number('seed', 1);
const count = number('count', 100);
const scratch = new Scratch();
try {
  const began = performance.now();
  const { played, discarded, failure } = await playGenerated(new KernelBench(scratch), seed, count, number('first', 0));
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(
    `seed ${seed}: ${played} programs in ${seconds.toFixed(1)} s, ${(played / seconds).toFixed(1)} a second; ${discarded} discarded\n`,
  );
  if (failure !== null) {
    process.stdout.write(`${failure}\n`);
    process.exitCode = 1;
  }
} finally {
  scratch.cleanUp();
}
