import { describe, expect, test } from '@jest/globals';
import { softirqsWait } from '../../../loader/softirqs.js';

describe('softirqs wait for ksoftirqd', () => {
  test.each([
    '#1 SMP PREEMPT_DYNAMIC Debian 6.1.140-1 (2025-05-22)',
    '#1 SMP PREEMPT_DYNAMIC Debian 6.12.30-1',
    '#1 SMP PREEMPT_LAZY x',
    '#1 SMP',
  ])('on %s', (build) => {
    expect(softirqsWait(build)).toBe(true);
  });

  test('not on a real-time kernel', () => {
    expect(softirqsWait('#1 SMP PREEMPT_RT Debian 6.12.30-1')).toBe(false);
  });
});
