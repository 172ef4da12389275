import { describe, expect, test } from '@jest/globals';
import { preemptsSoftirqs } from '../../../loader/softirqs.js';

describe('softirqs are preempted', () => {
  test.each([
    '#1 SMP PREEMPT_DYNAMIC Debian 6.1.140-1 (2025-05-22)',
    '#1 SMP PREEMPT_DYNAMIC Debian 6.12.30-1',
    '#1 SMP PREEMPT_LAZY x',
    '#1 SMP',
  ])('not on %s', (build) => {
    expect(preemptsSoftirqs(build)).toBe(false);
  });

  test('on a real-time kernel', () => {
    expect(preemptsSoftirqs('#1 SMP PREEMPT_RT Debian 6.12.30-1')).toBe(true);
  });
});
