import { readFileSync, statSync, chmodSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Folders, ncbpf } from './harness.js';

const folders = new Folders();
afterAll(() => folders.cleanUp());

const DATA = resolve('test/data/ncm');
const data = (name: string) => readFileSync(join(DATA, name));
const fresh = () =>
  folders.make(
    Object.fromEntries(
      ['rx1.bytecode', 'rx1.params.json', 'tx1.bytecode', 'tx1.params.json', 'vm1.ncm', 'vm1.params.json'].map(
        (name) => [name, data(name)],
      ),
    ),
  );

const TEXT =
  'wire ncm\nchannel bus from 02:00:00:00:00:01\nvar v : bytes[1470]\nstart:\n    receive bus -> v\n    wait 1ms, start\n';

describe('translate', () => {
  test('rx1 to a text and back, byte for byte', async () => {
    const cwd = fresh();
    expect(await ncbpf(['translate', 'rx1.bytecode', 'rx1.nc', '--params', 'rx1.params.json'], { cwd })).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect((await ncbpf(['check', 'rx1.nc'], { cwd })).status).toBe(0);
    expect((await ncbpf(['translate', 'rx1.nc', 'again.bytecode'], { cwd })).status).toBe(0);
    expect(readFileSync(join(cwd, 'again.bytecode'))).toEqual(data('rx1.bytecode'));
  });

  test('what receives needs params to become a text, and not to become other bytecode', async () => {
    const cwd = fresh();
    const { status, stderr } = await ncbpf(['translate', 'rx1.bytecode', 'rx1.nc'], { cwd });
    expect(status).toBe(1);
    expect(stderr).toContain('rx1.bytecode:5:7: error[NC8006]');
    expect(stderr).toContain('--params');
    expect((await ncbpf(['translate', 'rx1.bytecode', 'rx1.ncm'], { cwd })).status).toBe(0);
    expect((await ncbpf(['translate', 'rx1.ncm', 'again.bytecode'], { cwd })).status).toBe(0);
    expect(readFileSync(join(cwd, 'again.bytecode'))).toEqual(data('rx1.bytecode'));
  });

  test('warns of bits that are dropped, once', async () => {
    const { status, stderr } = await ncbpf(['translate', 'vm1.ncm', 'vm1.nc', '--params', 'vm1.params.json'], {
      cwd: fresh(),
    });
    expect(status).toBe(0);
    expect(stderr.match(/warning\[NC8601\]/g)?.length).toBe(1);
    expect(stderr).toContain('record 0 (padding)');
  });

  test('from standard input to standard output, text and bytes', async () => {
    const cwd = fresh();
    const words = await ncbpf(['translate', '-', '-', '--from', 'nc', '--to', 'bytecode'], { cwd, input: TEXT });
    expect(words.status).toBe(0);
    // receive channel 0 into variable 0; future 1000us, record 0; halt
    expect(Buffer.from(words.stdout, 'latin1').toString('hex')).toBe('30000000' + '500003e8' + '40000000');
    const listing = await ncbpf(['translate', '-', '-', '--from', 'bytecode', '--to', 'listing'], {
      cwd,
      input: Buffer.from(words.stdout, 'latin1'),
    });
    expect(listing).toEqual({
      status: 0,
      stdout: '   0: 30000000  receive ch0 -> v0\n   1: 500003e8  future 1ms, L0\n   2: 40000000  halt\n',
      stderr: '',
    });
  });

  test('a listing of a text shows its software records', async () => {
    const { stdout } = await ncbpf(['translate', '-', '-', '--from', 'nc', '--to', 'listing'], {
      cwd: fresh(),
      input: TEXT,
    });
    expect(stdout.split('\n')[1]).toBe('   1: 0b000000 e8030000 00000000 00000000 00000000  wait 1ms, L0');
  });

  test('a text is refused by instruction, and its declarations are lost by name', async () => {
    const cwd = folders.make({ 'a.nc': 'node tx\nstart:\n    wait 1500ns, start\n' });
    const { status, stderr } = await ncbpf(['translate', 'a.nc', 'a.ncm'], { cwd });
    expect(status).toBe(1);
    expect(stderr).toContain('a.nc:3:5: error[NC8008]');
    expect(stderr).toContain('a.nc:1:1: warning[NC8602]: `node tx` is lost');
    expect(() => statSync(join(cwd, 'a.ncm'))).toThrow();
  });

  test('params, of a program and between their forms', async () => {
    const cwd = folders.make({ 'a.nc': TEXT });
    expect((await ncbpf(['translate', 'a.nc', 'a.ncmp'], { cwd })).status).toBe(0);
    expect((await ncbpf(['translate', 'a.ncmp', 'a.params.json'], { cwd })).status).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, 'a.params.json'), 'utf8'))).toEqual({
      channels: [{ mac: '02:00:00:00:00:01' }],
    });
  });

  test('the mac of params is lost in .ncmp, with a warning', async () => {
    const channels = [{ mac: '02:00:00:00:00:01' }];
    const cwd = folders.make({
      'a.params.json': JSON.stringify({ mac: '02:00:00:00:00:07', channels }),
      'b.params.json': JSON.stringify({ channels }),
    });
    const { status, stderr } = await ncbpf(['translate', 'a.params.json', 'a.ncmp'], { cwd });
    expect(status).toBe(0);
    expect(stderr).toContain('a.params.json:1:8: warning[NC8602]: `mac 02:00:00:00:00:07` is lost');
    expect((await ncbpf(['translate', 'b.params.json', 'b.ncmp'], { cwd })).stderr).toBe('');
    expect(readFileSync(join(cwd, 'a.ncmp'))).toEqual(readFileSync(join(cwd, 'b.ncmp')));
  });

  test('of binary params no bytes are printed', async () => {
    const cwd = folders.make({ 'a.ncmp': Buffer.from('\u001b]0;title\u0007\u0000', 'latin1') });
    const { status, stderr } = await ncbpf(['translate', 'a.ncmp', 'a.params.json'], { cwd });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^a\.ncmp:1:1: error\[NC8007\]: [^\n]*\n( {2}hint: [^\n]*\n)?$/);
  });

  test('--json is one value', async () => {
    const { stdout } = await ncbpf(['translate', 'rx1.bytecode', '-', '--to', 'ncm', '--json'], { cwd: fresh() });
    const answer = JSON.parse(stdout) as { from: string; to: string; hex: string };
    expect(answer).toMatchObject({ from: 'bytecode', to: 'ncm', diagnostics: [] });
    expect(answer.hex.length).toBe(2 * 20 * 9);
  });
});

describe('bytecode in place of a text', () => {
  test('check, with params and without', async () => {
    const cwd = fresh();
    const good = await ncbpf(['check', 'rx1.bytecode', '--params', 'rx1.params.json'], { cwd });
    expect(good).toEqual({ status: 0, stdout: '', stderr: '' });
    const bad = await ncbpf(['check', 'rx1.bytecode'], { cwd });
    expect(bad.status).toBe(1);
    expect(bad.stdout).toContain('4: 30000000  receive ch0 -> v0');
  });

  test('params with a mistake', async () => {
    const cwd = folders.make({ 'a.bytecode': data('rx1.bytecode'), 'a.params.json': '{}' });
    const { status, stdout } = await ncbpf(['check', 'a.bytecode', '--params', 'a.params.json', '--json'], { cwd });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ file: 'a.params.json', code: 'NC8007' }]);
  });

  test('build --emit', async () => {
    const { status, stdout } = await ncbpf(['build', 'rx1.bytecode', '--params', 'rx1.params.json', '--emit', 'c'], {
      cwd: fresh(),
    });
    expect(status).toBe(0);
    expect(stdout).toContain('#line 5 "rx1.bytecode"');
  });
});

describe('fmt', () => {
  const MESSY = '# why\nstart:wait   1ms ,start # loop';
  const NEAT = '# why\nstart:\n    wait 1ms, start  # loop\n';

  test('writes the canonical form, and keeps the mode of the file', async () => {
    const cwd = folders.make({ 'a.nc': MESSY });
    chmodSync(join(cwd, 'a.nc'), 0o640);
    expect(await ncbpf(['fmt', 'a.nc'], { cwd })).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(cwd, 'a.nc'), 'utf8')).toBe(NEAT);
    expect(statSync(join(cwd, 'a.nc')).mode & 0o777).toBe(0o640);
    const before = statSync(join(cwd, 'a.nc'), { bigint: true }).mtimeNs;
    await ncbpf(['fmt', 'a.nc'], { cwd });
    expect(statSync(join(cwd, 'a.nc'), { bigint: true }).mtimeNs).toBe(before);
  });

  test('--check writes nothing and names what would differ', async () => {
    const cwd = folders.make({ 'a.nc': MESSY, 'b.nc': NEAT });
    expect(await ncbpf(['fmt', '--check', 'a.nc', 'b.nc'], { cwd })).toEqual({
      status: 1,
      stdout: 'a.nc\n',
      stderr: '',
    });
    expect(readFileSync(join(cwd, 'a.nc'), 'utf8')).toBe(MESSY);
    expect((await ncbpf(['fmt', '--check', 'b.nc'], { cwd })).status).toBe(0);
  });

  test('leaves a file with a mistake as it is, and goes on with the others', async () => {
    const cwd = folders.make({ 'a.nc': 'wiat 1ms', 'b.nc': MESSY });
    const { status, stderr } = await ncbpf(['fmt', 'a.nc', 'b.nc'], { cwd });
    expect(status).toBe(1);
    expect(stderr).toContain('a.nc:1:1: error[NC1010]');
    expect(readFileSync(join(cwd, 'a.nc'), 'utf8')).toBe('wiat 1ms');
    expect(readFileSync(join(cwd, 'b.nc'), 'utf8')).toBe(NEAT);
  });

  test('names a file that cannot be read, and goes on with the others', async () => {
    const cwd = folders.make({ 'b.nc': MESSY });
    const { status, stderr } = await ncbpf(['fmt', 'a.nc', 'b.nc'], { cwd });
    expect([status, stderr]).toEqual([2, 'ncbpf: a.nc does not exist\n']);
    expect(readFileSync(join(cwd, 'b.nc'), 'utf8')).toBe(NEAT);
  });

  test('a file that cannot be read counts for more than one that would differ', async () => {
    const cwd = folders.make({ 'a.nc': MESSY });
    const { status, stdout } = await ncbpf(['fmt', '--check', '--json', 'a.nc', 'b.nc'], { cwd });
    expect([status, JSON.parse(stdout)]).toEqual([2, [{ file: 'a.nc', result: 'changed', diagnostics: [] }]]);
  });

  test.each(['a.nc.ts', 'a.bytecode', 'a.ncm'])('%s is no text to format', async (file) => {
    const cwd = folders.make({ [file]: 'export {};\n', 'b.nc': MESSY });
    const { status, stderr } = await ncbpf(['fmt', file, 'b.nc'], { cwd });
    expect([status, stderr.trimEnd().split('\n')]).toEqual([2, [expect.stringContaining(`${file} is `)]]);
    expect([file, 'b.nc'].map((name) => readFileSync(join(cwd, name), 'utf8'))).toEqual(['export {};\n', NEAT]);
  });

  test('files of which none can be read are an error', async () => {
    const { status, stdout, stderr } = await ncbpf(['fmt', '--json', 'a.nc', 'b.nc'], { cwd: folders.make() });
    expect([status, stderr]).toEqual([2, 'ncbpf: a.nc does not exist\nncbpf: b.nc does not exist\n']);
    expect(JSON.parse(stdout)).toMatchObject({ error: { kind: 'UsageError', status: 2 } });
  });

  test('standard input goes to standard output', async () => {
    expect(await ncbpf(['fmt', '-'], { input: MESSY })).toEqual({ status: 0, stdout: NEAT, stderr: '' });
  });

  test('--json', async () => {
    const cwd = folders.make({ 'a.nc': MESSY });
    const { stdout } = await ncbpf(['fmt', '--check', '--json', 'a.nc'], { cwd });
    expect(JSON.parse(stdout)).toEqual([{ file: 'a.nc', result: 'changed', diagnostics: [] }]);
  });
});

describe('build --emit', () => {
  const PROGRAM =
    'counter c\nstart:\n    if not test_count(c, 5) goto last\n    wait 1ms, start\nlast:\n    goto end\nend:\n    end_of_program\n';
  const emit = async (stage: string) => {
    const { status, stdout } = await ncbpf(['build', 'a.nc', '--emit', stage], {
      cwd: folders.make({ 'a.nc': PROGRAM }),
    });
    expect(status).toBe(0);
    return stdout;
  };

  test('tokens', async () => {
    expect((await emit('tokens')).split('\n').slice(0, 5)).toEqual([
      '1:1 word counter',
      '1:9 word c',
      '2:1 word start',
      '2:6 symbol :',
      '3:5 word if',
    ]);
  });

  test('tree and ir are JSON', async () => {
    const tree = JSON.parse(await emit('tree')) as { instructions: { labels: { name: string }[] }[] };
    expect(tree.instructions.map(({ labels }) => labels.map(({ name }) => name))).toEqual([
      ['start'],
      [],
      ['last'],
      ['end'],
    ]);
    const ir = JSON.parse(await emit('ir')) as { instructions: { op: string; target?: number }[] };
    expect(ir.instructions.map(({ op, target }) => [op, target])).toEqual([
      ['if', 2],
      ['wait', 0],
      ['goto', 3],
      ['end_of_program', undefined],
    ]);
  });

  test('dot', async () => {
    const edges = (await emit('dot')).split('\n').filter((line) => line.includes('->'));
    expect(edges.map((line) => /b\d+ -> b\d+ \[style=\w+/.exec(line)?.[0])).toEqual([
      'b0 -> b2 [style=solid',
      'b0 -> b1 [style=solid',
      'b1 -> b0 [style=dashed',
      'b2 -> b3 [style=solid',
    ]);
  });

  test('mermaid has no character that means something to it', async () => {
    const lines = (await emit('mermaid')).split('\n');
    expect(lines[0]).toBe('flowchart TD');
    expect(lines.filter((line) => /(-->|-\.->)/.test(line)).length).toBe(4);
  });

  test('of a program with errors there are the tokens and the tree only', async () => {
    const cwd = folders.make({ 'a.nc': 'goto nowhere\n' });
    expect((await ncbpf(['build', 'a.nc', '--emit', 'tokens'], { cwd })).stdout).toBe(
      '1:1 word goto\n1:6 word nowhere\n',
    );
    const { status, stdout, stderr } = await ncbpf(['build', 'a.nc', '--emit', 'ir'], { cwd });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('NC2003');
  });
});
