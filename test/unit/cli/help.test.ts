import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { bashCompletion } from '../../../cli/bash-completion.js';
import { COMMON_OPTIONS } from '../../../cli/command.js';
import { manPage } from '../../../cli/manpage.js';
import { findCommand, parseWords } from '../../../cli/parse.js';
import { ownVersion } from '../../../cli/program-file.js';
import { COMMANDS } from '../../../cli/table.js';
import { packageRoot } from '../../../loader/native.js';
import { ncbpf } from './harness.js';

const names = COMMANDS.map((command) => [command.words.join(' '), command] as const);

describe('--help', () => {
  test.each(names)('of %s says usage, every option and examples', async (_, command) => {
    const { status, stdout, stderr } = await ncbpf([...command.words, '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.startsWith(`usage: ncbpf ${command.words.join(' ')}`)).toBe(true);
    for (const { name } of [...command.options, ...COMMON_OPTIONS]) expect(stdout).toContain(`--${name}`);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const { line } of command.examples) expect(stdout).toContain(line);
  });

  test.each(names)('examples of %s can be parsed', (_, command) => {
    for (const { line } of command.examples) {
      const words = line.replace(/^source <\((.*)\)$/, '$1').match(/'[^']*'|\S+/g) ?? [];
      expect(words[0]).toBe('ncbpf');
      const { command: found, rest } = findCommand(COMMANDS, words.slice(1));
      expect(found).toBe(command);
      parseWords(found, rest);
    }
  });

  test('without a command lists all of them', async () => {
    const { status, stdout } = await ncbpf(['--help']);
    expect(status).toBe(0);
    for (const [name] of names) expect(stdout).toContain(`  ${name} `);
  });

  test('`help attach` is the same, `-h` too, and what is missing does not matter', async () => {
    const { stdout } = await ncbpf(['attach', '--help']);
    expect((await ncbpf(['help', 'attach'])).stdout).toBe(stdout);
    expect((await ncbpf(['attach', '-h', 'eth0'])).stdout).toBe(stdout);
    expect((await ncbpf(['help'])).stdout).toBe((await ncbpf(['--help'])).stdout);
  });
});

test('--version is that of package.json', async () => {
  expect((await ncbpf(['--version'])).stdout).toBe(`${ownVersion()}\n`);
  expect(JSON.parse((await ncbpf(['--version', '--json'])).stdout)).toEqual({ version: ownVersion() });
});

describe('man page', () => {
  test('man/ncbpf.1 is what the table gives: scripts/man-page.sh writes it', () => {
    expect(readFileSync(join(packageRoot(), 'man', 'ncbpf.1'), 'utf8')).toBe(manPage(COMMANDS, ownVersion()));
  });

  test('--man prints it', async () => {
    expect((await ncbpf(['--man'])).stdout).toBe(manPage(COMMANDS, ownVersion()));
  });
});

describe('completion', () => {
  const script = bashCompletion(COMMANDS);

  /** What bash proposes for the last word. */
  function propose(words: readonly string[], env: Record<string, string> = {}): string[] {
    const line = words.map((word) => JSON.stringify(word)).join(' ');
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _ncbpf; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const done = spawnSync('bash', ['-c', `${script}\n${ask}`], { encoding: 'utf8', env: { ...process.env, ...env } });
    expect(done.stderr).toBe('');
    return done.stdout.split('\n').filter((word) => word !== '');
  }

  test('of commands, options and their arguments', () => {
    expect(propose(['ncbpf', 'att'])).toEqual(['attach']);
    expect(propose(['ncbpf', 'var', ''])).toEqual(['list', 'get', 'set', 'take', 'watch']);
    expect(propose(['ncbpf', 'attach', 'eth0', 'x.nc', '--pac'])).toEqual(['--pacer']);
    expect(propose(['ncbpf', 'attach', 'eth0', 'x.nc', '--pacer', ''])).toEqual(['auto', 'fq', 'thread']);
  });

  test('of interfaces and files', () => {
    expect(propose(['ncbpf', 'detach', 'l'])).toContain('lo');
    expect(propose(['ncbpf', 'check', join(packageRoot(), 'package.j')])).toEqual([
      join(packageRoot(), 'package.json'),
    ]);
  });

  test('the command prints it', async () => {
    expect((await ncbpf(['completion', 'bash'])).stdout).toBe(script);
  });
});
