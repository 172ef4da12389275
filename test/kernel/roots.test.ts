// The folders of the roots: those that ncbpf made go with the last attachment.
import { expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { withLock } from '../../loader/lock.js';
import { lockPath } from '../../loader/roots.js';
import { compileText, type Host } from '../support/hosts.js';
import { Scratch } from '../support/scratch.js';
import { usePair } from '../support/use-pair.js';

const PROGRAM = 'tolerance 100ms\nround:\n wait 10ms, round\n';

const scratch = new Scratch();
let b: Host;

usePair(scratch, (pair) => {
  ({ b } = pair);
});

const attach = async () => b.attach('net', await compileText(PROGRAM));
const left = () => [b.roots.pins, b.roots.run].map((folder) => existsSync(folder));

test('they are made, and removed', async () => {
  await attach();
  await b.detach('net');
  expect(left()).toEqual([false, false]);
});

test('those that a user has made stay, empty', async () => {
  mkdirSync(b.roots.pins);
  mkdirSync(b.roots.run);
  await attach();
  await b.detach('net');
  expect([readdirSync(b.roots.pins), readdirSync(b.roots.run)]).toEqual([[], []]);
});

test('while another command works on another interface they stay; it removes them', async () => {
  await attach();
  await withLock(b.roots, 'other', async () => {
    await b.detach('net');
    expect(left()).toEqual([true, true]);
  });
  await attach();
  await b.detach('net');
  expect(left()).toEqual([false, false]);
});

test('the lock of a command that was killed does not keep them', async () => {
  await attach();
  writeFileSync(lockPath(b.roots, 'other'), '');
  await b.detach('net');
  expect(left()).toEqual([false, false]);
});
