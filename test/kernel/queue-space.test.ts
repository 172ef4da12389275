// Queues of attached programs from their other side: Node, C and the command line.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueueFullError, UsageError } from '../../loader/errors.js';
import { packageRoot } from '../../loader/native.js';
import { openVariableSpace, type VariableSpace } from '../../loader/variable-space.js';
import { compileText, detachAll, MAC_A, MAC_B, makePair, until, type Host } from '../support/hosts.js';
import { run, Scratch } from '../support/scratch.js';
import { ncbpf } from '../unit/cli/harness.js';

/** `jobs` and `numbers` are drained by the program, `own` is asked only. */
const SENDER = `
tolerance 60s
channel bus = 0 to ${MAC_B}
channel side = 1 to ${MAC_B}
queue jobs : bytes[64] depth 4
queue numbers : i16 depth 2
queue own : bytes[64] depth 8
message m
round:
    if var_queue_empty(jobs) goto second
    create jobs -> m
    send bus, m
second:
    if var_queue_empty(numbers) goto rest
    create numbers -> m
    send side, m
rest:
    if var_queue_empty(own) goto again
again:
    wait 200us, round
`;

/** `replies` is filled by the program; of `relay` it is both sides, and leaves one value in it. No test sends more than `bus` holds: none is lost. */
const RECEIVER = `
tolerance 60s
channel bus = 0 from ${MAC_A} queue 256
channel side = 1 from ${MAC_A} queue 64
var plain : u8
queue replies : bytes[64] depth 4
queue relay : i16 depth 2
message m
round:
    if channel_rcv_buf_empty(bus) goto second
    if var_queue_full(replies) goto second
    receive bus -> replies
second:
    if channel_rcv_buf_empty(side) goto again
    receive side -> relay
    if not var_queue_full(relay) goto again
    create relay -> m
again:
    wait 200us, round
`;

interface Sender {
  jobs: Uint8Array[];
  numbers: number[];
  own: Uint8Array[];
}
interface Receiver {
  plain: number;
  replies: Uint8Array[];
  relay: number[];
}

const tools = new Scratch();
const scratch = new Scratch();
let queueSide: string;
let example: string;
let a: Host;
let b: Host;
let sender: VariableSpace<Sender>;
let receiver: VariableSpace<Receiver>;

function compileC(source: string, folder: string): string {
  const output = join(folder, basename(source, '.c'));
  const flags = ['-O2', '-std=c11', '-Wall', '-Wextra', '-Werror', '-pedantic', `-I${join(packageRoot(), 'include')}`];
  run('gcc', ...flags, '-o', output, join(packageRoot(), source));
  return output;
}

beforeAll(() => {
  const folder = tools.folder();
  queueSide = compileC('test/support/queue-side.c', folder);
  example = compileC('samples/c-application/example.c', folder);
});

afterAll(() => tools.cleanUp());

/** Both programs are attached, and their machines held until a test starts them. */
beforeEach(async () => {
  ({ a, b } = await makePair(scratch));
  await a.attach('net', await compileText(SENDER, 'sender.nc'), { start: { kind: 'hold' } });
  await b.attach('net', await compileText(RECEIVER, 'receiver.nc'), { start: { kind: 'hold' } });
  sender = scratch.keep(openVariableSpace<Sender>('net', { roots: a.roots }));
  receiver = scratch.keep(openVariableSpace<Receiver>('net', { roots: b.roots }));
});

afterEach(async () => {
  await detachAll(a, b);
  scratch.cleanUp();
});

async function startBoth(): Promise<void> {
  await b.start('net');
  await a.start('net');
}

function start(host: Host, command: string, ...args: string[]): { child: ChildProcess; ended: Promise<string> } {
  const child = spawn(command, args, { env: { ...process.env, ...host.environment } });
  scratch.onCleanUp(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  return { child, ended: once(child, 'close').then(([status]) => `${status}: ${output}`) };
}

/** As test/support/queue-side.c. */
function pattern(number: number): Uint8Array {
  return new Uint8Array(new Uint32Array(1 + (number % 16)).fill(number).buffer);
}

describe('with a program', () => {
  test('what Node appends on one host is taken on the other, each once and in order', async () => {
    await startBoth();
    const appender = sender.appender('jobs');
    const taken: Uint8Array[] = [];
    let next = 0;
    await until(() => {
      try {
        for (; next < 200; next++) appender.append(pattern(next));
      } catch (error) {
        if (!(error instanceof QueueFullError)) throw error;
      }
      for (let value = receiver.take('replies'); value !== null; value = receiver.take('replies')) taken.push(value);
      return taken.length === 200;
    });
    expect(taken).toEqual(Array.from({ length: 200 }, (_, number) => pattern(number)));
    expect([sender.look('jobs'), receiver.look('replies')]).toEqual([[], []]);
  });

  test('C appends on one host, and C takes on the other', async () => {
    await startBoth();
    const ends = [
      start(a, queueSide, 'append', 'net', 'jobs', '250'),
      start(b, queueSide, 'take', 'net', 'replies', '250'),
    ];
    expect(await Promise.all(ends.map(({ ended }) => ended))).toEqual(['0: 250\n', '0: 250\n']);
  });

  test('the example in C appends and takes', () => {
    expect(spawnSync(example, ['net', 'jobs', 'own', '1'], { env: a.environment, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
    sender.append('own', Uint8Array.of(0, 255));
    sender.append('own', Uint8Array.of());
    const more = spawnSync(example, ['net', 'numbers', 'own', '1'], { env: a.environment, encoding: 'utf8' });
    expect(more).toMatchObject({ status: 0, stdout: 'own hex:00ff\nown hex:\n', stderr: '' });
    expect([sender.look('jobs'), sender.look('numbers')]).toEqual([[new Uint8Array(8)], [0]]);
    const refused = spawnSync(example, ['net', 'own', 'jobs', '1'], { env: a.environment, encoding: 'utf8' });
    expect(refused).toMatchObject({ status: 1, stderr: 'claim jobs: Permission denied\n' });
  });

  test('integers come as they went, and the program has both sides of one', async () => {
    await startBoth();
    sender.append('numbers', -32768);
    await until(() => receiver.look('relay').length === 1);
    expect(receiver.get('relay')).toEqual([-32768]);
    sender.append('numbers', 1);
    sender.append('numbers', 2);
    await until(() => receiver.look('relay')[0] === 2);
    for (const work of [() => receiver.append('relay', 1), () => receiver.take('relay')])
      expect(work).toThrow('queue relay is filled and drained by the program: applications only look');
  });
});

describe('the application side', () => {
  test('a full queue is refused, and what it holds stays', async () => {
    for (const number of [0, 1, 2, 3]) sender.append('jobs', pattern(number));
    expect(() => sender.append('jobs', pattern(4))).toThrow(QueueFullError);
    expect(() => sender.append('jobs', pattern(4))).toThrow(
      'queue jobs is full: it holds 4 values, the program has to',
    );
    expect(sender.get('jobs')).toEqual([0, 1, 2, 3].map(pattern));
    await startBoth();
    await until(() => receiver.look('replies').length === 4);
    expect(sender.look('jobs')).toEqual([]);
    expect((await a.status('net')).stats!.channels.bus!.sent).toBe(4n);
  });

  test('the wrong side, the wrong kind and unknown names are refused by name', () => {
    const refusals: [() => unknown, string][] = [
      [() => sender.take('jobs'), 'queue jobs is drained by the network: applications only append to it'],
      [() => sender.taker('jobs'), 'queue jobs is drained by the network'],
      [
        () => receiver.append('replies', pattern(1)),
        'queue replies is filled by the network: applications only take from it',
      ],
      [() => receiver.appender('replies'), 'queue replies is filled by the network'],
      [() => sender.set('jobs', [pattern(1)]), 'jobs is a queue: values are appended to it'],
      [() => sender.claim('jobs'), 'jobs is a queue'],
      [() => receiver.take('plain'), 'plain is a variable, not a queue'],
      [() => receiver.look('plain'), 'plain is a variable, not a queue'],
      [() => receiver.look('none' as 'relay'), 'there is no variable none; there are plain, replies, relay'],
      [() => sender.append('numbers', 32768), 'queue numbers holds i16: it takes -32768 to 32767'],
    ];
    for (const [work, says] of refusals) {
      expect(work).toThrow(says);
      expect([sender.look('jobs'), sender.look('numbers'), receiver.look('replies')]).toEqual([[], [], []]);
    }
  });

  test('one process may append while another one takes, and neither side has two', () => {
    const other = scratch.keep(openVariableSpace<Sender>('net', { roots: a.roots }));
    const appender = sender.appender('own');
    const taker = other.taker('own');
    appender.append(pattern(1));
    sender.append('own', pattern(2));
    expect([taker.take(), other.take('own'), taker.take()]).toEqual([pattern(1), pattern(2), null]);
    expect(() => other.append('own', pattern(3))).toThrow('queue own is being filled by another part of this process');
    expect(() => sender.take('own')).toThrow('queue own is being drained by another part of this process');
    expect(() => sender.appender('own')).toThrow('queue own is claimed already');
    appender.release();
    expect(() => appender.append(pattern(3))).toThrow('queue own is no longer claimed');
    other.append('own', pattern(3));
    taker.release();
    expect(sender.take('own')).toEqual(pattern(3));
  });

  test('claims of another process are named, and die with it', async () => {
    const { child, ended } = start(a, queueSide, 'take', 'net', 'own', '2');
    sender.append('own', pattern(0));
    await until(() => sender.look('own').length === 0);
    expect(() => sender.take('own')).toThrow(`queue own is being drained by process ${child.pid}`);
    child.kill('SIGKILL');
    await ended;
    expect(sender.take('own')).toBeNull();
  });

  test('watches see a change of what is there', async () => {
    const seen: unknown[] = [];
    const stop = sender.watch(['own'], { intervalMs: 1 }, ({ value }) => seen.push(value));
    expect(seen).toEqual([[]]);
    sender.append('own', pattern(1));
    await until(() => seen.length === 2);
    sender.take('own');
    await until(() => seen.length === 3);
    stop();
    expect(seen).toEqual([[], [pattern(1)], []]);
  });
});

describe('no value is torn, lost or doubled', () => {
  const COUNT = 20_000;

  test('C appends, Node takes, C looks', async () => {
    const taker = sender.taker('own');
    const looking = start(a, queueSide, 'look', 'net', 'own', String(COUNT));
    const appending = start(a, queueSide, 'append', 'net', 'own', String(COUNT));
    let next = 0;
    while (next < COUNT) {
      const value = taker.take();
      if (value === null) await sleep(0);
      else if (Buffer.compare(value, pattern(next++)) !== 0)
        throw new Error(`value ${next - 1} is ${value.toString()}`);
    }
    // The last value may have been taken before the other process saw it: one more, which stays, ends its looking.
    expect(await appending.ended).toBe(`0: ${COUNT}\n`);
    sender.append('own', pattern(COUNT));
    expect(await looking.ended).toMatch(/^0: [1-9]\d*\n$/);
  });

  test('Node appends and looks, C takes', async () => {
    const appender = sender.appender('own');
    const taking = start(a, queueSide, 'take', 'net', 'own', String(COUNT));
    for (let next = 0; next < COUNT;) {
      try {
        appender.append(pattern(next));
        next++;
      } catch (error) {
        if (!(error instanceof QueueFullError)) throw error;
        await sleep(0);
      }
      if (next % 10 > 0) continue;
      const numbers = sender.look('own').map((value) => {
        const number = Buffer.from(value).readUInt32LE(0);
        if (Buffer.compare(value, pattern(number)) !== 0) throw new Error(`torn: ${value.toString()}`);
        return number;
      });
      // In a row, up to the last one appended.
      numbers.reverse().forEach((number, index) => expect(number).toBe(next - 1 - index));
    }
    expect(await taking.ended).toBe(`0: ${COUNT}\n`);
  });
});

describe('the command line', () => {
  const call = (host: Host, ...args: string[]) => ncbpf(args, { env: host.environment });
  const done = (stdout: string, stderr = '') => ({ status: 0, stdout, stderr });

  test('lists queues beside variables, by id', async () => {
    await call(a, 'var', 'set', 'net', 'jobs', '"a b"');
    const list = await call(a, 'var', 'list', 'net', '--json');
    const queue = { kind: 'queue', writer: 'application' } as const;
    expect(JSON.parse(list.stdout)).toEqual([
      { ...queue, name: 'jobs', id: 0, type: 'bytes[64] depth 4', value: ['"a b"'] },
      { ...queue, name: 'numbers', id: 1, type: 'i16 depth 2', value: [] },
      { ...queue, name: 'own', id: 2, type: 'bytes[64] depth 8', value: [] },
    ]);
    const rows = (await call(b, 'var', 'list', 'net')).stdout.trimEnd().split('\n');
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ['plain', 'u8', 'application', '0'],
      ['replies', 'bytes[64] depth 4', 'network', 'empty'],
      ['relay', 'i16 depth 2', 'network', 'empty'],
    ]);
  });

  test('set appends, get looks, take takes', async () => {
    expect(await call(a, 'var', 'set', 'net', 'own', '"one"')).toEqual(done(''));
    expect(JSON.parse((await call(a, 'var', 'set', 'net', 'own', 'hex:00', '--json')).stdout)).toEqual({
      name: 'own',
      value: ['"one"', 'hex:00'],
    });
    expect(await call(a, 'var', 'get', 'net', 'own')).toEqual(done('"one"\nhex:00\n'));
    expect(await call(a, 'var', 'watch', 'net', 'own', 'numbers', '--count', '2')).toEqual(
      done('own "one" hex:00\nnumbers empty\n'),
    );
    expect(await call(a, 'var', 'take', 'net', 'own')).toEqual(done('"one"\n'));
    expect(JSON.parse((await call(a, 'var', 'take', 'net', 'own', '--json')).stdout)).toEqual({
      name: 'own',
      value: 'hex:00',
    });
    expect(await call(a, 'var', 'take', 'net', 'own')).toEqual(done('', 'queue own is empty\n'));
    const empty = await call(a, 'var', 'take', 'net', 'own', '--json');
    expect(JSON.parse(empty.stdout)).toEqual({ name: 'own', value: null });
    expect(await call(a, 'var', 'get', 'net', 'own')).toEqual(done(''));
  });

  test('refuses with status 2', async () => {
    for (const value of ['-1', '0x7f']) await call(a, 'var', 'set', 'net', 'numbers', value);
    const refusals: [Host, string[], string][] = [
      [a, ['set', 'net', 'numbers', '3'], 'queue numbers is full: it holds 2 values'],
      [a, ['set', 'net', 'jobs', '3'], 'queue jobs holds bytes[64]: "3" is no byte string'],
      [a, ['take', 'net', 'numbers'], 'queue numbers is drained by the network'],
      [b, ['set', 'net', 'replies', '"x"'], 'queue replies is filled by the network'],
      [b, ['take', 'net', 'relay'], 'applications only look'],
      [b, ['take', 'net', 'plain'], 'plain is a variable, not a queue'],
      [b, ['take', 'net', 'none'], 'there is no variable none'],
    ];
    for (const [host, words, says] of refusals) {
      const { status, stdout, stderr } = await call(host, 'var', ...words);
      expect({ words, status, stdout }).toEqual({ words, status: new UsageError('').exitStatus, stdout: '' });
      expect(stderr).toContain(says);
    }
    expect((await call(a, 'var', 'get', 'net', 'numbers')).stdout).toBe('-1\n127\n');
    // One JSON value, also of a watch that never began.
    const watch = await call(a, 'var', 'watch', 'net', 'none', '--json');
    expect(watch.status).toBe(2);
    expect(JSON.parse(watch.stdout)).toMatchObject({ error: { message: expect.stringContaining('no variable none') } });
  });
});
