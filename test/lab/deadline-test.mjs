// Tests when a guest has had its time, without one: `node --test test/lab/deadline-test.mjs`.
import assert from 'node:assert/strict';
import process from 'node:process';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, isOver, watchDeadline } from './deadline.mjs';

describe('a guest with 300 s', () => {
  /** @type {[string, boolean, { clock: number, cpu: number }, boolean][]} */
  const cases = [
    ['by the clock, before its time', false, { clock: 299, cpu: 600 }, false],
    ['by the clock, idle', false, { clock: 300, cpu: 1 }, true],
    ['in virtual time on a busy host', true, { clock: 2999, cpu: 299 }, false],
    ['in virtual time, having worked', true, { clock: 310, cpu: 300 }, true],
    ['in virtual time, waiting for its host', true, { clock: 3000, cpu: 1 }, true],
  ];
  for (const [name, virtualTime, had, over] of cases)
    test(name, () => assert.equal(isOver({ virtualTime, deadlineSeconds: 300 }, had), over));
});

test('the CPU time of a process is what it says of itself', () => {
  const own = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
  while (own() < 1);
  const [before, seen, after] = [own(), cpuSeconds(process.pid), own()];
  // Of two figures in ticks of 10 ms.
  assert.ok(seen > before - 0.03 && seen < after + 0.03, `${before} ${seen} ${after}`);
});

test('of a process that has gone there is none', () => {
  assert.equal(cpuSeconds(2 ** 31 - 1), 0);
});

test('the deadline comes once; a watch that is given up says nothing', async () => {
  let [ended, givenUp] = [0, 0];
  const machine = { virtualTime: false, deadlineSeconds: 1 };
  watchDeadline(process.pid, machine, () => givenUp++)();
  watchDeadline(process.pid, machine, () => ended++);
  await sleep(3000);
  assert.deepEqual([ended, givenUp], [1, 0]);
});
