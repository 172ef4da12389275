import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRootFolder, removeRootFolder } from '../../../loader/root-folders.js';

let top: string;
let root: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'ncbpf-roots-'));
  root = join(top, 'root');
});

afterEach(() => {
  rmSync(top, { recursive: true });
});

test('what was made goes, whatever the umask says', () => {
  const umask = process.umask(0o077);
  makeRootFolder(root);
  process.umask(umask);
  expect(statSync(root).mode & 0o777).toBe(0o700);
  removeRootFolder(root);
  expect(existsSync(root)).toBe(false);
});

test('the folders above go too, as far as they were made', () => {
  const users = join(top, 'users');
  mkdirSync(users);
  makeRootFolder(join(users, 'a', 'pins'));
  removeRootFolder(join(users, 'a', 'pins'));
  expect([existsSync(join(users, 'a')), existsSync(users)]).toEqual([false, true]);
});

test('what a user has made stays', () => {
  mkdirSync(root);
  makeRootFolder(root);
  removeRootFolder(root);
  expect(existsSync(root)).toBe(true);
});

test('a folder in which everybody may write stays, with its sticky bit', () => {
  mkdirSync(root);
  chmodSync(root, 0o1777);
  removeRootFolder(root);
  expect(existsSync(root)).toBe(true);
});

test('what is not empty stays, and what is not there is none', () => {
  removeRootFolder(root);
  makeRootFolder(root);
  writeFileSync(join(root, 'eth0.json'), '');
  removeRootFolder(root);
  expect(existsSync(root)).toBe(true);
});
