import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { install, uninstall } from '../../../cli/installation.js';
import { COMMANDS } from '../../../cli/table.js';
import { packageRoot } from '../../../loader/native.js';
import { Folders } from './harness.js';

const UNIT = join(packageRoot(), 'systemd', 'ncbpf@.service');
const folders = new Folders();
let root: string;
let source: string;

beforeEach(() => {
  root = folders.make();
  source = folders.make();
  mkdirSync(join(source, 'dist', 'cli'), { recursive: true });
  mkdirSync(join(source, 'systemd'));
  writeFileSync(join(source, 'dist', 'cli', 'bin.js'), '#!/usr/bin/env node\n', { mode: 0o644 });
  writeFileSync(join(source, 'systemd', 'ncbpf@.service'), readFileSync(UNIT));
});

afterEach(() => folders.cleanUp());

const options = (systemd: boolean) => ({ commands: COMMANDS, source, root, systemd });
const program = () => join(root, 'usr/local/bin/ncbpf');
const files = () =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => !lstatSync(join(root, path)).isDirectory())
    .sort();

test('puts links and files there, and takes them away', async () => {
  await install(options(true));
  expect(files()).toEqual([
    'etc/systemd/system/ncbpf@.service',
    'usr/local/bin/ncbpf',
    'usr/local/share/bash-completion/completions/ncbpf',
    'usr/local/share/man/man1/ncbpf.1',
  ]);
  expect(readlinkSync(program())).toBe(join(source, 'dist/cli/bin.js'));
  expect(statSync(program()).mode & 0o111).toBe(0o111);
  expect(await uninstall(options(false))).toHaveLength(4);
  expect(files()).toEqual([]);
  expect(await uninstall(options(false))).toEqual([]);
});

test('any number of times, also from another folder', async () => {
  await install(options(false));
  await install(options(false));
  expect(files()).toHaveLength(3);
  rmSync(program());
  // An installation that has been moved away.
  symlinkSync('/somewhere/else/dist/cli/bin.js', program());
  await install(options(false));
  expect(readlinkSync(program())).toBe(join(source, 'dist/cli/bin.js'));
});

describe('what is not ours stays', () => {
  test.each([
    ['a file', () => writeFileSync(program(), 'mine')],
    ['a link', () => symlinkSync('/bin/true', program())],
    ['a folder', () => mkdirSync(program())],
  ])('%s', async (_, make) => {
    mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
    make();
    await expect(install(options(true))).rejects.toThrow(`${program()} is not of ncbpf`);
    expect(existsSync(join(root, 'etc'))).toBe(false);
    expect(await uninstall(options(true))).toEqual([]);
    expect(lstatSync(program())).toBeDefined();
  });

  test('a unit of the same name', async () => {
    mkdirSync(join(root, 'etc/systemd/system'), { recursive: true });
    writeFileSync(join(root, 'etc/systemd/system/ncbpf@.service'), '[Unit]\n');
    await expect(install(options(true))).rejects.toThrow('is not of ncbpf');
    await install(options(false));
    await uninstall(options(false));
    expect(files()).toEqual(['etc/systemd/system/ncbpf@.service']);
  });
});

test('what is not built cannot be installed', async () => {
  rmSync(join(source, 'dist'), { recursive: true });
  await expect(install(options(false))).rejects.toThrow('is not built yet');
});

const analyze = spawnSync('systemd-analyze', ['--version']).status === 0 ? test : test.skip;

analyze('systemd has nothing to say about the unit', () => {
  const folder = folders.make();
  const unit = readFileSync(UNIT, 'utf8')
    .replaceAll('/usr/local/bin/ncbpf', '/bin/true')
    .replace(/^Documentation=.*\n/m, '');
  writeFileSync(join(folder, 'ncbpf@eth0.service'), unit);
  const done = spawnSync('systemd-analyze', ['verify', '--man=no', join(folder, 'ncbpf@eth0.service')], {
    encoding: 'utf8',
  });
  expect({ status: done.status, stderr: done.stderr }).toEqual({ status: 0, stderr: '' });
});
