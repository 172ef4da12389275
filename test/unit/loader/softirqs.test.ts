import { describe, expect, test } from '@jest/globals';
import { softirqsWait } from '../../../loader/softirqs.js';

describe('softirqs wait for ksoftirqd before Linux 6.5', () => {
  test.each(['5.15.0-91-generic', '6.1.0-56-cloud-amd64', '6.4.16'])('%s', (version) => {
    expect(softirqsWait(version)).toBe(true);
  });

  test.each(['6.5.0', '6.12.117+deb12-rt-amd64', '6.18.5', '7.2.12+deb14-cloud-amd64'])('%s: not', (version) => {
    expect(softirqsWait(version)).toBe(false);
  });
});
