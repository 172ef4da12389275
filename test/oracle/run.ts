// Random programs against the oracle: npm run test:oracle -- --seed N --count M [--systems K] [--first I]
// M programs of one node with random scripts, then K systems of two to four nodes (default: a tenth of M), from sample I on.
// A table of what was executed and met comes at the end. A difference is printed as a data case (test/support/oracle-case.ts) with its seed and
// path; the exit status is then 1.
import { parseArgs } from 'node:util';
import { KernelBench } from '../support/kernel-run.js';
import { Scratch } from '../support/scratch.js';
import { playGenerated, type Subject } from './generated.js';
import { singleNodes } from './single.js';
import { systems } from './system.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    count: { type: 'string' },
    systems: { type: 'string' },
    first: { type: 'string' },
  },
});

function number(name: keyof typeof values, usual: number): number {
  const value = Number(values[name] ?? usual);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`--${name} wants a whole number\n`);
  process.exit(2);
}

const seed = number('seed', 1);
const count = number('count', 100);
const first = number('first', 0);
const scratch = new Scratch();

async function play<Model, Ready>(what: string, subject: Subject<Model, Ready>, wanted: number): Promise<void> {
  const began = performance.now();
  const { played, discarded, failure, coverage } = await playGenerated(subject, { seed, first, count: wanted });
  const seconds = (performance.now() - began) / 1000;
  const rate = `${(played / seconds).toFixed(1)} a second`;
  process.stdout.write(`seed ${seed}: ${played} ${what} in ${seconds.toFixed(1)} s, ${rate}; ${discarded} discarded\n`);
  if (played > 0) process.stdout.write(coverage.table());
  if (failure === null) return;
  process.stdout.write(`${failure}\n`);
  process.exitCode = 1;
}

try {
  await play('programs', singleNodes(new KernelBench(scratch)), count);
  await play('systems', systems(scratch), number('systems', Math.ceil(count / 10)));
} finally {
  scratch.cleanUp();
}
