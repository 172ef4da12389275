// The short form of `npm run stress:torn`: no reader sees a value that mixes two writes.
import { expect, test } from '@jest/globals';
import { ROLES, SIZES, stressTorn } from '../bench/torn-stress.js';
import { chooseSeed, Random } from '../support/random.js';

const READS = 200_000;
const random = new Random(chooseSeed('torn', 8));

test.each(ROLES.flatMap((role) => SIZES.map((size) => [role, size] as const)))(
  '%s, %d bytes',
  async (role, size) => {
    const result = await stressTorn(role, size, READS, random);
    expect(result).toMatchObject({ role, size, torn: 0 });
    expect(result.reads).toBeGreaterThanOrEqual(READS);
    expect(result.gave_up).toBeLessThan(result.reads);
  },
  120_000,
);
