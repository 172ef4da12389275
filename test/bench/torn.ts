// npm run stress:torn -- [--reads N]: no reader sees a value that mixes two writes. Prints a JSON array of {role, size, reads,
// changes, torn, gave_up, kills}; exit status 1 if anything was torn. Progress on standard error.
import { parseArgs } from 'node:util';
import { chooseSeed, Random } from '../support/random.js';
import { ROLES, SIZES, stressTorn, type TornResult } from './torn-stress.js';

const READS = '10000000';

function readReads(): number {
  try {
    const { values } = parseArgs({ options: { reads: { type: 'string', default: READS } } });
    const reads = Number(values.reads);
    if (Number.isInteger(reads) && reads > 0) return reads;
    throw new Error('--reads wants a number above 0');
  } catch (error) {
    console.error(`stress:torn: ${error instanceof Error ? error.message : String(error)}`);
    console.error('usage: npm run stress:torn -- [--reads N]');
    process.exit(2);
  }
}

const reads = readReads();
const random = new Random(chooseSeed('stress:torn', Date.now()));
const results: TornResult[] = [];
for (const role of ROLES) {
  for (const size of SIZES) {
    const result = await stressTorn(role, size, reads, random);
    process.stderr.write(`stress:torn: ${JSON.stringify(result)}\n`);
    results.push(result);
  }
}
console.log(JSON.stringify(results, null, 2));
process.exitCode = results.some(({ torn }) => torn > 0) ? 1 : 0;
