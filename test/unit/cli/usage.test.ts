import { afterAll, describe, expect, test } from '@jest/globals';
import { Folders, interruptedBy, ncbpf, type ErrorAnswer } from './harness.js';

const folders = new Folders();
afterAll(() => folders.cleanUp());

const WRONG: [words: string, says: string][] = [
  ['', 'there is no command'],
  ['--json', 'there is no command'],
  ['nosuch', 'unknown command "nosuch"'],
  ['atach', 'did you mean `attach`?'],
  ['var', 'ncbpf var needs one of list, get, set, take, watch'],
  ['var gt', 'did you mean `get`?'],
  ['check', 'FILE is missing'],
  ['attach', 'IFACE is missing'],
  ['attach eth0', 'FILE is missing'],
  ['detach eth0 eth1', '"eth1" is one word too many'],
  ['attach eth0 x.nc --pacr fq', 'did you mean `--pacer`?'],
  ['attach eth0 x.nc --pacer slow', 'it is one of auto, fq, thread'],
  ['attach eth0 x.nc --pacer', '--pacer needs an argument'],
  ['attach eth0 x.nc --spin 2ms', '--spin can be 1ms at most'],
  ['attach eth0 x.nc --spin never', '--spin (off, auto or a duration) needs a duration'],
  ['attach eth0 x.nc --cpu first', '--cpu needs the number of a CPU'],
  ['attach eth0 x.nc --pacer fq --pacer thread', '--pacer is given more than once'],
  ['attach eth0 x.nc --no-replace', 'no option --no-replace'],
  ['attach eth0 x.nc --start soon', 'now, hold or aligned:DURATION'],
  ['attach eth0 x.nc --start aligned:5', 'needs a duration'],
  ['attach eth0 x.nc --start aligned:0s', 'more than 0'],
  ['attach eth0 x.nc --params p', '--params is for programs in bytecode'],
  ['check x.nc --params p', '--params is for programs in bytecode'],
  ['translate x.nc', 'OUT is missing'],
  ['translate x.nc x.ncm --params p', '--params is for programs in bytecode'],
  ['translate x.nc x.txt', 'say it with --to'],
  ['translate - x.nc', '--from is missing'],
  ['translate x.lst x.nc', 'a listing cannot be read'],
  ['translate x.ncm x.ncmp', 'has no params in it'],
  ['translate x.ncmp x.nc', 'params are no program'],
  ['translate x.nc x.ncm --to c', 'one of nc, ncm, bytecode'],
  ['bindings x.nc', '-o OUT is missing'],
  ['bindings x.nc -o x.rs', 'none of .ts, .h and .py'],
  ['fmt', 'FILE is missing'],
  ['fmt -', 'no standard input'],
  ['attach eth0 x.nc --rate 1G', '--rate 1G is no speed of a link'],
  ['attach eth0 x.nc --rate', '--rate needs an argument'],
  ['attach eth0 x.nc --fail shut', 'it is one of open, closed'],
  ['build x.nc', '-o OUT is missing'],
  ['build x.nc --emit asm', 'one of tokens, tree, ir, dot, mermaid, c, manifest'],
  ['start eth0 --start hold', 'belongs to attach'],
  ['var watch eth0 --count 0', '--count needs a number'],
  ['var watch eth0 --interval 0.5ns', 'whole nanoseconds'],
  ['completion zsh', 'there is bash'],
  ['detach ../../etc/passwd', "cannot be an interface's name"],
  ['var get none0 x', 'nothing is attached to none0'],
  ['status none0', 'nothing is attached to none0'],
  ['detach none0', 'nothing is attached to none0'],
  ['start none0', 'nothing is attached to none0'],
];

describe('wrong usage is a sentence on standard error and status 2', () => {
  test.each(WRONG)('ncbpf %s', async (words, says) => {
    const root = folders.make();
    const env = { NCBPF_RUN_ROOT: root, NCBPF_PIN_ROOT: root };
    const args = words.split(' ').filter((word) => word !== '');
    const { status, stdout, stderr } = await ncbpf(args, { env });
    expect(stderr).toContain(says);
    expect(status).toBe(2);
    if (!args.includes('--json')) expect(stdout).toBe('');
    const answer = JSON.parse((await ncbpf([...args, '--json'], { env })).stdout) as ErrorAnswer;
    expect(answer.error.status).toBe(2);
    expect(answer.error.message).toContain(says);
  });
});

test('words of any kind never make a bug of it', async () => {
  for (const word of [
    '',
    '-',
    '--',
    '---',
    '-3',
    '--=x',
    '--__proto__',
    '--constructor=1',
    '--toString',
    '--_=1',
    '--$0',
    '--$0=x',
    '-_',
    'x'.repeat(100_000),
    '\0',
    '__proto__',
    '\u{10ffff}',
  ]) {
    for (const args of [[word], ['detach', word], ['detach', 'none0', word], [word, 'detach', 'none0']]) {
      const root = folders.make();
      const { status } = await ncbpf(args, { env: { NCBPF_RUN_ROOT: root, NCBPF_PIN_ROOT: root } });
      expect([args, status]).toEqual([args, 2]);
    }
  }
});

describe('output', () => {
  const brokenPipe = () => {
    throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE', errno: -32, syscall: 'write' });
  };

  test('a reader that has gone is no mistake', async () => {
    expect(await ncbpf(['--help'], { write: brokenPipe })).toEqual({ status: 0, stdout: '', stderr: '' });
    const cwd = folders.make({ 'a.nc': 'goto nowhere\n' });
    expect(await ncbpf(['check', 'a.nc'], { write: brokenPipe, cwd })).toEqual({ status: 1, stdout: '', stderr: '' });
  });

  test('any other error of a stream is one', async () => {
    const full = () => {
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC', errno: -28, syscall: 'write' });
    };
    expect(await ncbpf(['--help'], { write: full })).toMatchObject({ status: 3, stderr: 'ncbpf: no space left\n' });
  });

  test('colours only on a terminal, and not with NO_COLOR', async () => {
    const colour = '\u001b[';
    expect((await ncbpf(['nosuch'])).stderr).not.toContain(colour);
    expect((await ncbpf(['nosuch'], { terminal: true })).stderr).toContain(colour);
    expect((await ncbpf(['nosuch'], { terminal: true, env: { NO_COLOR: '1' } })).stderr).not.toContain(colour);
  });

  test('a bug shows its stack and asks to report it', async () => {
    const broken = () => {
      throw new TypeError('x is not a function');
    };
    const { status, stderr } = await ncbpf(['--help'], { write: broken });
    expect(status).toBe(70);
    expect(stderr).toMatch(/this is a bug of ncbpf, please report it[^]*TypeError: x is not a function\n +at /);
  });
});

test('a signal ends a command with 128 + n', async () => {
  const cwd = folders.make({ 'a.nc': 'end_of_program\n' });
  expect(await ncbpf(['check', 'a.nc'], { cwd, signal: interruptedBy(15) })).toEqual({
    status: 143,
    stdout: '',
    stderr: '',
  });
});
