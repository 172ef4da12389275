// What an attach that was killed while it measured the path of a frame leaves, goes with the rest.
import { expect, test } from '@jest/globals';
import { createPair, trialPairFor } from '../../loader/pacer-fq.js';
import { compileText, type Host } from '../support/hosts.js';
import { interfaceIndex, Scratch } from '../support/scratch.js';
import { tracesOf } from '../support/traces.js';
import { usePair } from '../support/use-pair.js';

const scratch = new Scratch();
let b: Host;

usePair(scratch, (pair) => {
  ({ b } = pair);
});

test('it goes as well when its maker was killed before it got its alias, and does not stand in the way of the next', async () => {
  const before = tracesOf(b);
  const { near, far } = trialPairFor(await b.inside(() => interfaceIndex('net')));
  const leave = () => b.run('ip', 'link', 'add', 'dev', near, 'type', 'veth', 'peer', 'name', far);
  leave();
  const { warnings } = await b.attach('net', await compileText('start:\n    wait 1ms, start\n'));
  expect(warnings.filter((warning) => warning.includes('not measured'))).toEqual([]);
  leave();
  const { removed } = await b.detach('net');
  expect(removed).toContain(`the pacing pair ${near}`);
  expect(tracesOf(b)).toEqual({ ...before, pins: expect.anything(), files: expect.anything() });
});

test('the pair with which a killed attach measured goes with what else it left', async () => {
  const before = tracesOf(b);
  await b.attach('net', await compileText('start:\n    wait 1ms, start\n'));
  await b.inside(() => createPair(trialPairFor(interfaceIndex('net')), null));
  const { removed } = await b.detach('net');
  expect(removed).toContainEqual(expect.stringMatching(/ nct\d+$/));
  expect(tracesOf(b)).toEqual({ ...before, pins: expect.anything(), files: expect.anything() });
});
