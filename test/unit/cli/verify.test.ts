import { afterAll, describe, expect, test } from '@jest/globals';
import { GUARDED } from '../../spin/bench-systems.js';
import { Folders, ncbpf, type ErrorAnswer } from './harness.js';

const folders = new Folders();
afterAll(() => folders.cleanUp());

const sender = (node: string, first: string): string => `node ${node}
channel bus to 02:00:00:00:00:09
var v : u8
message m
    create v -> m
    wait ${first}
    send bus, m
    end_of_program
`;

interface Verdict {
  readonly holds: boolean | null;
  readonly at: number | null;
  readonly places: readonly [string, number][];
  readonly trace: { readonly events: readonly unknown[] } | null;
}

describe('verify', () => {
  const cwd = folders.make({
    'a.nc': sender('a', '10us'),
    'b.nc': sender('b', '12us'),
    'c.nc': sender('c', '20us'),
    'wrong.nc': 'send bus, m\n',
    'network.json': JSON.stringify({ nodes: { b: { start: '8us', mac: '02:00:00:00:00:0B' } } }),
    'system.json': JSON.stringify({ nodes: { a: { file: 'a.nc' }, c: { file: 'c.nc' } }, rate: '10mbit' }),
    'other.json': JSON.stringify({ nodes: { z: {} } }),
    'bad-costs.json': JSON.stringify({ creates: '1us' }),
  });
  const verify = (...args: string[]) => ncbpf(['verify', ...args], { cwd });

  test('says what holds, and ends with 0', async () => {
    const { status, stdout, stderr } = await verify('a.nc', 'c.nc');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe('collision    holds\nschedulable  holds\nreceived     holds\nstuck        holds\n');
  });

  test('shows what fails, and ends with 1', async () => {
    const { status, stdout } = await verify('a.nc', 'b.nc', '--properties', 'collision');
    expect(status).toBe(1);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'collision    FAILS at 12 us: two frames have the wire at one time',
      '  at a.nc:7',
      '  at b.nc:7',
    ]);
  });

  test('--json has every property, null where it is not judged', async () => {
    const { stdout } = await verify('a.nc', 'b.nc', '--json');
    const answer = JSON.parse(stdout) as Record<string, Verdict>;
    expect(Object.keys(answer)).toEqual(['collision', 'schedulable', 'received', 'stuck', 'recovers', 'gate']);
    expect(answer.collision).toMatchObject({
      holds: false,
      at: 12_000,
      places: [
        ['a.nc', 7],
        ['b.nc', 7],
      ],
    });
    expect(answer.stuck).toEqual({ holds: true, at: null, places: [], trace: null });
    expect(answer.gate).toEqual({ holds: null, at: null, places: [], trace: null });
  });

  test('a network file moves starts, and one alone names the programs', async () => {
    expect((await verify('a.nc', 'b.nc', '--network', 'network.json')).status).toBe(0);
    // At 10 Mbit/s the first frame lasts for 67.2 us.
    expect((await verify('system.json')).status).toBe(1);
    expect((await verify('system.json', '--rate', '100mbit')).status).toBe(0);
  });

  test('a counterexample is played by the simulator', async () => {
    const { stdout } = await verify('a.nc', 'b.nc', '--json');
    const place = folders.make({ 'a.nc': sender('a', '10us'), 'b.nc': sender('b', '12us'), 'answer.json': stdout });
    const same = await ncbpf(['simulate', '--replay', 'answer.json'], { cwd: place });
    const piped = await ncbpf(['simulate', '--replay', '-'], { cwd: place, input: stdout });
    expect(piped).toEqual(same);
    expect(same.status).toBe(0);
    expect(same.stdout).toContain('collision fails in the simulator at 12 us');
    const mended = folders.make({ 'a.nc': sender('a', '10us'), 'b.nc': sender('b', '20us'), 'answer.json': stdout });
    const other = await ncbpf(['simulate', '--replay', 'answer.json'], { cwd: mended });
    expect(other.status).toBe(1);
    expect(other.stdout).toContain('collision does NOT fail');
  });

  test.each([
    [['a.nc', '--properties', 'colision'], 'colision is none of'],
    [['a.nc', '--losses', '-1'], '--losses needs a whole number'],
    [['a.nc', '--bound', '10'], '--bound needs a duration'],
    [['a.nc', '--gate-share', '1ms'], '--gate-share needs a duration in a duration'],
    [['a.nc', '--network', 'other.json'], 'the network names a node z'],
    [['a.nc', '--network', 'a.nc'], 'a.nc is not JSON'],
    [['a.nc', '--costs', 'bad-costs.json'], 'there is no instruction creates'],
    [['missing.nc'], 'missing.nc does not exist'],
  ])('%j is wrong usage', async (args, message) => {
    const { status, stdout } = await verify(...args, '--json');
    expect(status).toBe(2);
    expect((JSON.parse(stdout) as ErrorAnswer).error.message).toContain(message);
  });

  test('a program with errors', async () => {
    const { status, stderr } = await verify('a.nc', 'wrong.nc');
    expect(status).toBe(1);
    expect(stderr).toContain('wrong.nc:1');
  });
});

describe('progress', () => {
  // Thousands of states in the first ms: three nodes in any phase.
  const { texts = [] } = GUARDED.find(({ name }) => name === 'guarded waits') ?? {};
  const files = Object.fromEntries(texts.map((text, index) => [`n${index}.nc`, text]));
  const words = ['verify', ...Object.keys(files), '--properties', 'collision', '--bound', '1ms'];
  const cwd = folders.make(files);
  const CLEARED = '\r\u001b[K';

  test('is written over itself on a terminal, and gone when the answer comes', async () => {
    const { status, stdout, stderr } = await ncbpf(words, { cwd, terminal: true, env: { NO_COLOR: '1' } });
    expect(status).toBe(0);
    const [, ...shown] = stderr.slice(stderr.indexOf('\r')).split('\r');
    expect(shown.at(-1)).toBe(CLEARED.slice(1));
    const states = shown.slice(0, -1).map((line) => {
      expect(line.endsWith(CLEARED.slice(1))).toBe(true);
      return Number(/^(\d+) states, [\d.]+ (?:us|ms)/.exec(line)?.[1]);
    });
    expect(states.length).toBeGreaterThan(0);
    expect(states).toEqual([...states].sort((a, b) => a - b));
    expect(stdout).toMatch(/^collision +no violation in the first .*, --bound$/m);
  });

  test.each([
    ['not a terminal', { cwd }, []],
    ['--json', { cwd, terminal: true }, ['--json']],
  ] as const)('%s: none', async (_, surroundings, more) => {
    expect((await ncbpf([...words, ...more], surroundings)).stderr).not.toContain('\r');
  });
});
