import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { blocksOf } from '../../support/documents.js';
import { Folders, ncbpf } from './harness.js';

const folders = new Folders();
afterAll(() => folders.cleanUp());

const TX = `channel bus
var v : u8 = 7
message m
    create v -> m
again:
    send bus, m
    wait 1ms, again
`;
const RX = `channel bus from 02:00:00:00:00:01
var got : u8
counter empty
    wait 500us
again:
    handle receive_fault, nothing
    receive bus -> got
next:
    wait 1ms, again
nothing:
    add_to_counter empty, 1
    goto next
`;
const MODULE = `import { node, channel, syncMaster, wait, ms } from 'ncbpf/program';
const bus = channel();
export const left = node(() => { while (true) { syncMaster(bus); wait(ms(1)); } });
export const right = node(() => { while (true) { syncMaster(bus); wait(ms(2)); } });
`;
/** 4000 events a microsecond, of the cheapest kind: a message without a content is an error, and no frame. */
const BUSY = `channel bus\nmessage m\nagain:\n${'send bus, m\n'.repeat(4000)}wait 1us, again\n`;
const QUEUES = `channel bus from 02:00:00:00:00:02
queue todo : bytes[4] depth 1
queue done : u64 depth 2
var text : bytes[8]
message m
again:
    wait 1ms
    create todo -> m
    receive bus -> done
    goto again
`;

const data = (name: string) => readFileSync(resolve('test/data/ncm', name));
const cwd = folders.make({
  'tx.nc': TX,
  'rx.nc': RX,
  'both.nc.ts': MODULE,
  'busy.nc': BUSY,
  'queues.nc': QUEUES,
  'bad.nc': 'start:\n    wait 1ms, strat\n',
  'gate.nc': 'again:\n    wait 500us\n    xsend 200us\n    wait 500us, again\n',
  'vm1.ncm': data('vm1.ncm'),
  'vm1.params.json': data('vm1.params.json'),
  'cut.nc': 'NCBUNDLE and then something else',
});

interface NodeAnswer {
  readonly node: string;
  readonly run: string;
  readonly errorBits: number;
  readonly variables: Record<string, unknown>;
  readonly queues: Record<string, unknown[]>;
  readonly counters: Record<string, number>;
  readonly channels: Record<string, Record<string, number>>;
}

interface Answer {
  readonly end: { readonly at: number; readonly reason: string };
  readonly frames: readonly { at: number; node: string; sequence: number; type: string; bytes: string }[];
  readonly blocks: readonly { at: number; due: number; late: boolean; node: string }[];
  readonly events: readonly { at: number; node: string; event: string; outcome?: string; value?: unknown }[];
  readonly nodes: readonly NodeAnswer[];
}

/** Plays files by a script; the answer is that of --json. */
async function play(files: readonly string[], length: string, script: object = {}, more: readonly string[] = []) {
  const scripts = folders.make({ 'script.json': JSON.stringify(script) });
  const args = ['simulate', ...files, '--script', `${scripts}/script.json`, '--for', length, '--json', ...more];
  const { status, stdout, stderr } = await ncbpf(args, { cwd });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Answer;
}

describe('the document', () => {
  test('shows what the command prints', async () => {
    const blocks = blocksOf('docs/simulate.md');
    const program = blocks.find(({ info }) => info === 'nc')!.text;
    const [script, printed] = blocks.filter(({ info }) => info === 'text').map(({ text }) => text);
    const folder = folders.make({ 'thermostat.nc': program, 'script.json': script! });
    const args = ['simulate', 'thermostat.nc', '--script', 'script.json', '--for', '4ms'];
    expect(await ncbpf(args, { cwd: folder })).toEqual({ status: 0, stdout: printed, stderr: '' });
  });
});

describe('nodes on one wire', () => {
  test('what one sends the other has', async () => {
    const { end, frames, nodes } = await play(['tx.nc', 'rx.nc'], '2.5ms');
    expect(end).toEqual({ at: 2_500_000, reason: 'duration' });
    expect(frames.map(({ at, node, sequence }) => [at, node, sequence])).toEqual([
      [0, 'tx', 0],
      [1_000_000, 'tx', 1],
      [2_000_000, 'tx', 2],
    ]);
    expect(nodes[1]).toMatchObject({ node: 'rx', run: 'running', variables: { got: 7 }, counters: { empty: 0 } });
    expect(nodes[1]!.channels.bus).toMatchObject({ received: 3, waiting: 0 });
  });

  test('frames are lost and repeated, and take their time', async () => {
    const events = [
      { at: '0.9ms', event: 'lose' },
      { at: '1.9ms', event: 'duplicate', node: 'rx' },
    ];
    // Sent at 0, 1 ms and 2 ms; with 501 us on the way, each arrives just behind the instant of a receive.
    const { nodes, events: said } = await play(['tx.nc', 'rx.nc'], '2.6ms', { delay: '501us', events });
    expect(said.filter(({ event }) => event === 'arrival').map(({ at }) => at)).toEqual([
      501_000, 2_501_000, 2_501_000,
    ]);
    expect(said.filter(({ event }) => event === 'lost').map(({ at, node }) => [at, node])).toEqual([[1_501_000, 'rx']]);
    // At 500 us and 2.5 ms there is nothing.
    expect(nodes[1]!.counters).toEqual({ empty: 2 });
    expect(nodes[1]!.channels.bus).toMatchObject({ received: 3, waiting: 2 });
  });

  test('the script may come from standard input', async () => {
    const args = ['simulate', 'tx.nc', 'rx.nc', '--for', '2ms', '--json', '--script'];
    const script = JSON.stringify({ nodes: { tx: { start: '1ms' } } });
    const folder = folders.make({ 'tx.nc': TX, 'rx.nc': RX, 's.json': script });
    const piped = await ncbpf([...args, '-'], { cwd: folder, input: script });
    expect(piped).toEqual(await ncbpf([...args, 's.json'], { cwd: folder }));
    expect(piped.status).toBe(0);
    const bad = await ncbpf([...args, '-'], { cwd: folder, input: '{' });
    expect([bad.status, bad.stderr]).toEqual([2, expect.stringContaining('standard input is not JSON at line 1')]);
    expect((await ncbpf([...args, '-'], { cwd: folder })).stderr).toContain('there is no standard input');
  });

  test('addresses and starts are those of the script', async () => {
    const script = {
      nodes: { tx: { mac: '02:00:00:00:00:AA', start: '1ms' }, rx: { start: 'hold' } },
      events: [{ at: '2ms', node: 'rx', event: 'start' }],
    };
    const { frames, blocks, nodes } = await play(['tx.nc', 'rx.nc'], '2ms', script);
    expect(frames.map(({ at }) => at)).toEqual([1_000_000, 2_000_000]);
    expect(frames[0]!.bytes.slice('hex:'.length + 12, 'hex:'.length + 24)).toBe('0200000000aa');
    expect(blocks.filter(({ node }) => node === 'rx').map(({ at }) => at)).toEqual([2_000_000]);
    // The receiver knows another sender.
    expect(nodes[1]!.channels.bus).toMatchObject({ received: 0 });
  });

  test('of a module all are played, or one', async () => {
    expect((await play(['both.nc.ts'], '2ms')).frames.map(({ at, node }) => `${node} ${at / 1e6}`)).toEqual([
      'left 0',
      'right 0',
      'left 1',
      'left 2',
      'right 2',
    ]);
    const one = await play(['both.nc.ts'], '2ms', {}, ['--node', 'right']);
    expect(one.nodes.map(({ node }) => node)).toEqual(['right']);
  });

  test('bytecode is played with its params', async () => {
    const { nodes } = await play(['vm1.ncm'], '1s', {}, ['--params', 'vm1.params.json']);
    expect(nodes).toMatchObject([{ node: 'vm1' }]);
  });
});

describe('events', () => {
  test('a stalled machine goes on at the end of the stall, and what is late is not sent', async () => {
    const events = [{ at: '900us', event: 'stall', for: '1.2ms' }];
    const { blocks, frames, nodes } = await play(['tx.nc'], '3ms', { events });
    expect(blocks.map(({ at, due, late }) => [at, due, late])).toEqual([
      [0, 0, false],
      [2_100_000, 1_000_000, true],
      [2_100_000, 2_000_000, true],
      [3_000_000, 3_000_000, false],
    ]);
    expect(frames.map(({ at }) => at)).toEqual([0, 3_000_000]);
    expect(nodes[0]!.channels.bus).toMatchObject({ sent: 2, suppressed: 2 });
  });

  test('a refused send sets send_fault and uses no sequence number', async () => {
    const events = [
      { at: '1ms', event: 'refuse', on: true },
      { at: '2ms', event: 'refuse', on: false },
    ];
    const refused = await play(['tx.nc'], '1.5ms', { events: events.slice(0, 1) });
    expect(refused.nodes[0]).toMatchObject({ errorBits: 1 << 1, channels: { bus: { sent: 1, refused: 1 } } });
    const { frames, nodes } = await play(['tx.nc'], '2ms', { events });
    expect(frames.map(({ at, sequence }) => [at, sequence])).toEqual([
      [0, 0],
      [2_000_000, 1],
    ]);
    expect(nodes[0]!.errorBits).toBe(0);
  });

  test('applications and queues', async () => {
    const frame = { event: 'frame', from: '02:00:00:00:00:02', channel: 'bus', payload: 'hex:ffffffffffffffff' };
    const events = [
      { at: 0, event: 'append', name: 'todo', value: '"ab"' },
      { at: 1, event: 'append', name: 'todo', value: 'hex:00' },
      { at: 2, event: 'write', name: 'text', value: 'hex:00ff' },
      { at: 3, event: 'append', name: 'done', value: 1 },
      { at: 4, event: 'take', name: 'done' },
      { at: 5, ...frame },
      { at: '1.5ms', event: 'append', name: 'todo', value: '"c"' },
    ];
    const { events: said, nodes } = await play(['queues.nc'], '1.5ms', { events });
    const answers = said.filter(({ event }) => ['append', 'write', 'take'].includes(event));
    expect(answers.map(({ outcome }) => outcome)).toEqual([
      'done',
      'queue_full',
      'done',
      'not_the_writer',
      'queue_empty',
      'done',
    ]);
    expect(nodes[0]).toMatchObject({ variables: { text: 'hex:00ff' }, queues: { todo: ['"c"'] } });
  });

  test('integers are written to their last digit', async () => {
    const event = { at: 0, event: 'frame', from: '02:00:00:00:00:02', channel: 0, payload: 'hex:ffffffffffffffff' };
    const folder = folders.make({ 's.json': JSON.stringify({ events: [event] }), 'queues.nc': QUEUES });
    const { stdout } = await ncbpf(['simulate', 'queues.nc', '--script', 's.json', '--json'], { cwd: folder });
    expect(stdout).toMatch(/"done": \[\s+18446744073709551615\s+\]/);
  });

  test('stop and start', async () => {
    const events = [
      { at: '1ms', event: 'stop' },
      { at: '1.7ms', event: 'start' },
    ];
    const { frames, end } = await play(['tx.nc'], '2.7ms', { events });
    expect(frames.map(({ at, sequence }) => [at, sequence])).toEqual([
      [0, 0],
      [1_700_000, 1],
      [2_700_000, 2],
    ]);
    expect(end.reason).toBe('duration');
    const stopped = await play(['tx.nc'], '1s', { events: events.slice(0, 1) });
    expect(stopped).toMatchObject({ end: { at: 1_000_000, reason: 'idle' }, nodes: [{ run: 'stopped' }] });
  });

  test('ordinary frames meet the gate as the machine has left it', async () => {
    // 60 bytes and 24 more are 672 ns at 1 Gbit/s: the last one does not fit before 700 us.
    const at = ['499us', '500us', '699.328us', '699.329us'];
    const events = at.map((each) => ({ at: each, event: 'ordinary', length: 60 }));
    const { events: said } = await play(['gate.nc'], '700us', { events });
    const outcomes = said.filter(({ event }) => event === 'ordinary').map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['drop', 'pass', 'pass', 'drop']);
  });
});

describe('mistakes', () => {
  const event = (more: object) => ({ events: [{ at: 0, ...more }] });
  const frame = { event: 'frame', from: '02:00:00:00:00:05', channel: 'bus' };

  test.each<[string, object]>([
    ['the file does not know "evens"', { evens: [] }],
    ['the file needs to be an object', []],
    ['events.0.event needs to be one of frame, sync, ', event({ event: 'fram' })],
    ['events.0 does not know "count"', event({ event: 'stop', count: 2 })],
    ['events.0.at needs an instant', { events: [{ event: 'stop' }] }],
    ['events.0.at needs an instant', { events: [{ at: -1, event: 'stop' }] }],
    ['events.0.at needs a duration', { events: [{ at: '1', event: 'stop' }] }],
    ['events.0: there is no node rx, the nodes are tx', event({ event: 'stop', node: 'rx' })],
    ['events.0: variable v is a u8: it takes 0 to 255, not 256', event({ event: 'write', name: 'v', value: 256 })],
    ['events.0: no variable is called "w": there is v', event({ event: 'write', name: 'w', value: 1 })],
    ['events.0: no queue is called "v"', event({ event: 'append', name: 'v', value: 1 })],
    ['events.0.value needs a value', event({ event: 'write', name: 'v', value: 1e30 })],
    ['events.0.from needs an address', event({ ...frame, from: '02' })],
    ['events.0: no channel is called "other": there is bus', event({ ...frame, channel: 'other' })],
    ['events.0: say on which channel', event({ ...frame, channel: undefined })],
    ['events.0.channel needs a whole number from 0 to 65535', event({ ...frame, channel: 65_536 })],
    ['events.0.payload: ', event({ ...frame, payload: 'abc' })],
    ['events.0.bytes needs bytes', event({ event: 'raw', bytes: 'hex:0' })],
    ['events.0.bytes is longer than any frame', event({ event: 'raw', bytes: `hex:${'00'.repeat(1515)}` })],
    ['events.0.for needs a duration', event({ event: 'stall', for: '0ms' })],
    ['events.0.on needs true or false', event({ event: 'refuse', on: 1 })],
    ['events.0.count needs a whole number', event({ event: 'lose', count: 0 })],
    ['events.0.length needs a whole number from 14 to 65535', event({ event: 'ordinary', length: 13 })],
    ['there is no node other, the nodes are tx', { nodes: { other: {} } }],
    ['nodes.tx.mac needs an address', { nodes: { tx: { mac: '5' } } }],
    ['nodes.tx.start needs a duration', { nodes: { tx: { start: '5' } } }],
    ['rate needs the speed of a link', { rate: 'x' }],
    ['delay needs a duration', { delay: 'x' }],
    [
      'it goes on until 1 s, the simulation ends at 100 ms: give a longer --for',
      { events: [{ at: '1s', event: 'stop' }] },
    ],
    ['events has too many events', { events: Array.from({ length: 100_001 }, () => ({ at: 0, event: 'stop' })) }],
  ])('%s', async (words, script) => {
    const folder = folders.make({ 'tx.nc': TX, 's.json': JSON.stringify(script) });
    const { status, stdout, stderr } = await ncbpf(['simulate', 'tx.nc', '--script', 's.json'], { cwd: folder });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^ncbpf: s\.json(:1:\d+)?: /);
    expect(stderr).toContain(`: ${words}`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a mistake in a script has its place, a text that is not JSON too', async () => {
    const script = '{\n  "events": [\n    { "at": 0, "event": "stop" },\n    { "at": -1, "event": "stop" }\n  ]\n}\n';
    const folder = folders.make({ 'tx.nc': TX, 's.json': script, 'cut.json': '{\n  "events": [}\n' });
    const said = async (name: string) => (await ncbpf(['simulate', 'tx.nc', '--script', name], { cwd: folder })).stderr;
    expect(await said('s.json')).toMatch(/^ncbpf: s\.json:4:13: events\.1\.at needs/);
    expect(await said('cut.json')).toMatch(/^ncbpf: cut\.json is not JSON at line 2, column 14: /);
  });

  test('with several nodes an event says which it means', async () => {
    const script = JSON.stringify(event({ event: 'stop' }));
    const folder = folders.make({ 'tx.nc': TX, 'rx.nc': RX, 's.json': script });
    const { status, stderr } = await ncbpf(['simulate', 'tx.nc', 'rx.nc', '--script', 's.json'], { cwd: folder });
    expect(status).toBe(2);
    expect(stderr).toContain('events.0: say to which node it happens: "node" is one of tx, rx');
  });

  test.each<[string, readonly string[]]>([
    ['say what to play', ['simulate']],
    ['cut.nc was written by `ncbpf build`', ['simulate', 'cut.nc']],
    ['missing.json does not exist', ['simulate', 'tx.nc', '--script', 'missing.json']],
    ['tx.nc is not JSON', ['simulate', 'tx.nc', '--script', 'tx.nc']],
    ['--params is for programs in bytecode', ['simulate', 'tx.nc', '--params', 'vm1.params.json']],
    ['--node is for modules', ['simulate', 'tx.nc', '--node', 'tx']],
    ['--property goes with --replay', ['simulate', 'tx.nc', '--property', 'stuck']],
    ['--for does not go with --replay', ['simulate', '--replay', 'a.json', '--for', '1ms']],
    ['--replay takes its programs from the trace', ['simulate', 'tx.nc', '--replay', 'a.json']],
    ['--for needs a duration', ['simulate', 'tx.nc', '--for', '5']],
    ['more than 100000 blocks by 100 s: give a shorter --for', ['simulate', 'tx.nc', '--for', '1000s']],
    ['more than 500000 events by 124 us: give a shorter --for', ['simulate', 'busy.nc', '--for', '1s']],
  ])('%s', async (words, args) => {
    const { status, stdout, stderr } = await ncbpf(args, { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(words);
  });

  test('a program with errors gives status 1', async () => {
    const { status, stdout, stderr } = await ncbpf(['simulate', 'bad.nc', '--json'], { cwd });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ diagnostics: [{ file: 'bad.nc', line: 2, code: 'NC2003' }] });
    expect(stderr).toContain('bad.nc:2:15: error[NC2003]');
  });
});
