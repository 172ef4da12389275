// The gate for ordinary traffic: exactly, with a test clock, frame by frame through nc_gate; and on a real interface, where a dead
// machine must not keep ordinary traffic from flowing. With fq on a real interface: npm run test:gate.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { UsageError } from '../../loader/errors.js';
import { native, type BpfObject, type Mapping, type PacketSocket } from '../../loader/native.js';
import type { GateOptions } from '../../loader/gate.js';
import { loadObject, type GateConfig } from '../../loader/object.js';
import type { Manifest } from '../../maps/manifest.js';
import { COUNTERS_OFFSET, decodeStats, STATE_OFFSETS } from '../../maps/state.js';
import { compileText, detachAll, MAC_A, MAC_B, makePair, until, type Host } from '../support/hosts.js';
import { Scratch } from '../support/scratch.js';

const ORIGIN = 1_000_000_000n;
const US = 1000n;
const MS = 1000n * US;
/** At 1 Gbit/s a byte takes 8 ns, and a frame 24 bytes more than it has. */
const GIGABIT: GateConfig = { rate: 1e9, failClosed: false, hold: false };
const LONG = 1000;
const LONG_NS = 8192n;
const SHORT = 60;
const SHORT_NS = 672n;
const COMMAND = { start: 1, stop: 2, live: 3 };
const UNSPEC = 0xffffffff;
const SHOT = 2;
const OF_IFINDEX = 40;
const OF_TSTAMP = 152;
const SIZE_OF_CONTEXT = 192;

const scratch = new Scratch();

/** A compiled program under a test clock; instants are ns since its start. */
class Bench {
  private readonly view: DataView;
  private readonly mapping: Mapping;

  private constructor(
    private readonly object: BpfObject,
    private readonly manifest: Manifest,
    private readonly ifindex: number,
  ) {
    const size = COUNTERS_OFFSET + Math.max(8, 4 * manifest.counters.length);
    this.mapping = native().mapMmap(object.mapFd('.data.nc_state'), size, { writable: true });
    scratch.onCleanUp(() => {
      this.mapping.unmap();
    });
    this.view = new DataView(this.mapping.buffer);
  }

  static async load(program: string, gate: Partial<GateConfig> = {}): Promise<Bench> {
    const { object, manifest } = await compileText(program);
    const { a: ifindex } = scratch.vethPair();
    const config = { pacer: 'thread', ifindex, paceIfindex: 0, leadNs: 0n, testClock: true, mac: MAC_A } as const;
    const loaded = scratch.keep(loadObject(object, manifest, { ...config, gate: { ...GIGABIT, ...gate } }));
    return new Bench(loaded, manifest, ifindex);
  }

  static async started(program: string, gate: Partial<GateConfig> = {}): Promise<Bench> {
    const bench = await Bench.load(program, gate);
    bench.command('start');
    return bench;
  }

  command(name: keyof typeof COMMAND): void {
    const data = new Uint8Array(64);
    new DataView(data.buffer).setUint32(16, COMMAND[name], true);
    new DataView(data.buffer).setBigUint64(24, ORIGIN, true);
    expect(native().testRun(this.object.programFd('nc_control'), { data }).returnValue).toBe(0);
  }

  /** Runs every block that is due at this instant or before, each in time, and leaves the clock there. */
  runTo(at: bigint): void {
    const due = () => this.view.getBigUint64(STATE_OFFSETS.next, true);
    const running = () => this.view.getUint32(STATE_OFFSETS.run, true) === 1;
    while (running() && due() <= ORIGIN + at) {
      this.clock(due() - ORIGIN);
      native().testRun(this.object.programFd('nc_machine'), { data: new Uint8Array(1514) });
    }
    this.clock(at);
  }

  clock(at: bigint): void {
    this.view.setBigUint64(STATE_OFFSETS.test_now, ORIGIN + at, true);
  }

  /** What becomes of a frame: `pass`, `drop`, or when it may leave. */
  frame(length: number, ethertype = 0x88b6): 'pass' | 'drop' | bigint {
    const data = new Uint8Array(length);
    new DataView(data.buffer).setUint16(12, ethertype);
    const context = new Uint8Array(SIZE_OF_CONTEXT);
    new DataView(context.buffer).setUint32(OF_IFINDEX, this.ifindex, true);
    const options = { data, context, contextOutSize: SIZE_OF_CONTEXT };
    const { returnValue, contextOut } = native().testRun(this.object.programFd('nc_gate'), options);
    if (returnValue === SHOT) return 'drop';
    expect(returnValue).toBe(UNSPEC);
    const instant = contextOut.readBigUInt64LE(OF_TSTAMP);
    return instant === 0n ? 'pass' : instant - ORIGIN;
  }

  frames(count: number, length: number): ('pass' | 'drop' | bigint)[] {
    return Array.from({ length: count }, () => this.frame(length));
  }

  get counted(): Record<string, bigint> {
    const value = native().mapLookup(this.object.mapFd('.data.nc_stats'), new Uint8Array(4))!;
    const { gate_passed, gate_held, gate_dropped, drop_forged } = decodeStats(value, this.manifest).totals;
    return { passed: gate_passed!, held: gate_held!, dropped: gate_dropped!, forged: drop_forged! };
  }

  counter(index: number): number {
    return this.view.getUint32(COUNTERS_OFFSET + 4 * index, true);
  }
}

const repeated = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

// All of them are open from 500 us to 700 us of each millisecond.
const KNOWN = 'round:\n wait 500us\n xsend 200us\n wait 500us, round\n';
const KNOWN_BY_MODE = 'round:\n wait 500us\n mode soft\n wait 200us\n mode hard\n wait 300us, round\n';
const UNKNOWN = `counter c\n${KNOWN.replace('xsend', 'if test_count(c, 1) goto round\n xsend')}`;

describe.each([
  ['a window known ahead', KNOWN],
  ['soft until a hard known ahead', KNOWN_BY_MODE],
  ['a window behind a guard', UNKNOWN],
])('%s, without fq', (_, program) => {
  afterEach(() => {
    scratch.cleanUp();
  });

  test('is closed before it and after it', async () => {
    const bench = await Bench.started(program);
    const seen: unknown[] = [];
    for (const at of [0n, 499n * US, 500n * US, 699n * US, 700n * US, 1000n * US, 1499n * US, 1500n * US]) {
      bench.runTo(at);
      seen.push(bench.frame(SHORT));
    }
    expect(seen).toEqual(['drop', 'drop', 'pass', 'pass', 'drop', 'drop', 'drop', 'pass']);
    expect(bench.counted).toEqual({ passed: 3n, held: 0n, dropped: 5n, forged: 0n });
  });

  test.each([
    [LONG, LONG_NS],
    [SHORT, SHORT_NS],
    // Shorter ones are filled up on the link.
    [20, SHORT_NS],
  ])('a frame of %i bytes passes only whole', async (length, ns) => {
    const bench = await Bench.started(program);
    bench.runTo(700n * US - ns + 1n);
    expect(bench.frame(length)).toBe('drop');
    bench.clock(700n * US - ns);
    expect(bench.frame(length)).toBe('pass');
    expect(bench.frame(length)).toBe('drop');
  });

  test('frames that come together are booked behind each other', async () => {
    const bench = await Bench.started(program);
    bench.runTo(500n * US);
    // 24 times 8192 ns leave 3392 ns, which is 5 times 672 ns and some rest.
    expect(bench.frames(25, LONG)).toEqual([...repeated(24, 'pass'), 'drop']);
    expect(bench.frames(6, SHORT)).toEqual([...repeated(5, 'pass'), 'drop']);
    bench.runTo(1500n * US);
    expect(bench.frames(25, LONG)).toEqual([...repeated(24, 'pass'), 'drop']);
    expect(bench.counted).toEqual({ passed: 53n, held: 0n, dropped: 3n, forged: 0n });
  });

  test('the rate counts', async () => {
    const bench = await Bench.started(program, { rate: 100e6 });
    bench.runTo(500n * US);
    expect(bench.frames(3, LONG)).toEqual(['pass', 'pass', 'drop']);
  });

  test('frames of our ethertype never pass', async () => {
    const bench = await Bench.started(program);
    bench.runTo(500n * US);
    expect(bench.frame(SHORT, 0x88b5)).toBe('drop');
    bench.command('stop');
    expect(bench.frame(SHORT, 0x88b5)).toBe('drop');
    expect(bench.counted).toEqual({ passed: 0n, held: 0n, dropped: 0n, forged: 2n });
  });
});

describe('with a test clock', () => {
  afterEach(() => {
    scratch.cleanUp();
  });

  test('mode soft of which the end is not known lasts until mode hard', async () => {
    const bench = await Bench.started(
      'counter c\nround:\n mode soft\n wait 1ms\n if test_count(c, 1) goto round\n mode hard\n wait 1ms, round\n',
    );
    bench.runTo(1000n * US - 1n);
    expect(bench.frame(LONG)).toBe('pass');
    bench.runTo(1000n * US);
    expect(bench.frame(LONG)).toBe('drop');
    bench.runTo(2000n * US);
    expect(bench.frame(LONG)).toBe('pass');
  });

  test('send_buffer_empty asks for frames that have passed and have the link', async () => {
    const bench = await Bench.started(
      'counter busy\nround:\n wait 500us\n xsend 200us\n wait 100us\n if send_buffer_empty goto rest\n add_to_counter busy, 1\n' +
        'rest:\n wait 400us, round\n',
    );
    const busy: number[] = [];
    for (const [round, frames] of [13, 12, 0].entries()) {
      bench.runTo(BigInt(round) * MS + 500n * US);
      bench.frames(frames, LONG);
      bench.runTo(BigInt(round) * MS + 600n * US);
      busy.push(bench.counter(0));
    }
    // 12 frames take 98.3 us, 13 take 106.5 us.
    expect(busy).toEqual([1, 1, 1]);
  });

  describe('where fq holds frames', () => {
    test('they leave in the next opening, one behind the other', async () => {
      const bench = await Bench.started(KNOWN, { hold: true });
      bench.runTo(700n * US);
      const first = Array.from({ length: 24 }, (_, index) => 1500n * US + BigInt(index) * LONG_NS);
      expect(bench.frames(25, LONG)).toEqual([...first, 2500n * US]);
      expect(bench.counted).toEqual({ passed: 25n, held: 25n, dropped: 0n, forged: 0n });
    });

    test.each([KNOWN, KNOWN_BY_MODE])('in an opening they leave at once, as long as they fit', async (program) => {
      const bench = await Bench.started(program, { hold: true });
      bench.runTo(500n * US);
      expect(bench.frame(LONG)).toBe('pass');
      expect(bench.frame(LONG)).toBe(500n * US + LONG_NS);
      bench.runTo(700n * US - LONG_NS);
      expect(bench.frame(LONG)).toBe('pass');
      expect(bench.frame(SHORT)).toBe(1500n * US);
    });

    test('before the first opening, and where they never fit, they are dropped', async () => {
      const early = await Bench.started(KNOWN, { hold: true });
      early.runTo(400n * US);
      expect(early.frame(LONG)).toBe('drop');
      const slow = await Bench.started(KNOWN, { hold: true, rate: 10e6 });
      slow.runTo(700n * US);
      expect(slow.frame(LONG)).toBe('drop');
      expect(slow.frame(SHORT)).toBe(1500n * US);
    });

    test('none is held for more than a second', async () => {
      const bench = await Bench.started('round:\n wait 200ms\n xsend 200us\n wait 200ms, round\n', { hold: true });
      bench.runTo(201n * MS);
      const held = bench.frames(49, LONG);
      expect([held[0], held[23], held[24], held[47], held[48]]).toEqual([
        600n * MS,
        600n * MS + 23n * LONG_NS,
        1000n * MS,
        1000n * MS + 23n * LONG_NS,
        'drop',
      ]);
    });
  });

  describe.each([
    ['open', false, 'pass'],
    ['closed', true, 'drop'],
  ] as const)('fails %s', (_, failClosed, expected) => {
    test('when it is held, stopped, has ended or failed', async () => {
      const held = await Bench.load(KNOWN, { failClosed });
      held.command('live');
      expect(held.frame(LONG)).toBe(expected);
      held.command('start');
      held.runTo(0n);
      expect(held.frame(LONG)).toBe('drop');
      held.command('stop');
      expect(held.frame(LONG)).toBe(expected);
      const ended = await Bench.started('mode hard\nwait 1ms\nend_of_program\n', { failClosed });
      ended.runTo(0n);
      expect(ended.frame(LONG)).toBe('drop');
      ended.runTo(1n * MS);
      expect(ended.frame(LONG)).toBe(expected);
      const failed = await Bench.started('mode hard\nwait 1ms\nhalt\n', { failClosed });
      failed.runTo(1n * MS);
      expect(failed.frame(LONG)).toBe(expected);
      expect(failed.counted).toEqual({ passed: 0n, held: 0n, dropped: failClosed ? 1n : 0n, forged: 0n });
    });

    test.each([
      ['1ms', 101n * MS],
      ['50ms', 200n * MS],
    ])('when a wake-up after %s is overdue', async (wait, dead) => {
      const bench = await Bench.started(`mode hard\nround:\n wait ${wait}, round\n`, { failClosed });
      bench.runTo(0n);
      bench.clock(dead);
      expect(bench.frame(LONG)).toBe('drop');
      bench.clock(dead + 1n);
      expect(bench.frame(LONG)).toBe(expected);
    });
  });

  test('nothing is dropped before attach has finished', async () => {
    const bench = await Bench.load(KNOWN, { failClosed: true });
    expect([bench.frame(LONG), bench.frame(SHORT, 0x88b5)]).toEqual(['pass', 'pass']);
  });
});

describe('on an interface', () => {
  const CLOSED = 'mode hard\nround:\n wait 1ms, round\n';
  const GATE: GateOptions = { rate: 1e9, failClosed: false, force: false };
  let a: Host;
  let b: Host;
  let near: PacketSocket;
  let far: PacketSocket;

  beforeEach(async () => {
    ({ a, b } = await makePair(scratch));
    near = scratch.keep(await b.socket('net', { ignoreOutgoing: true }));
    far = scratch.keep(await a.socket('net', { ignoreOutgoing: true }));
  });

  afterEach(async () => {
    await detachAll(a, b).finally(() => {
      scratch.cleanUp();
    });
  });

  /** Whether an ordinary frame arrives. The kernel says so to a sender whose frame was dropped. */
  function flows(): boolean {
    const frame = new Uint8Array(100).fill(0xff, 0, 6);
    frame.set(Buffer.from(MAC_B.replaceAll(':', ''), 'hex'), 6);
    new DataView(frame.buffer).setUint16(12, 0x0800);
    try {
      near.send(frame);
    } catch {
      return false;
    }
    return far.receive(2000) !== null;
  }

  function segments(): number {
    const [link] = JSON.parse(b.run('ip', '-d', '-j', 'link', 'show', 'dev', 'net')) as { gso_max_segs: number }[];
    return link!.gso_max_segs;
  }

  const attach = async (program = CLOSED, gate = GATE, replace = false) =>
    b.attach('net', await compileText(program), { gate, replace });

  test('a machine that runs holds traffic up, one that is stopped does not', async () => {
    expect(flows()).toBe(true);
    const { warnings } = await attach();
    expect(warnings).toContainEqual(expect.stringMatching(/dropped, not held: its openings are not known ahead/));
    await until(() => !flows());
    await b.stop('net');
    expect(flows()).toBe(true);
    await b.start('net');
    await until(() => !flows());
    await b.detach('net');
    expect(flows()).toBe(true);
  });

  test('traffic flows again when the pacer was killed', async () => {
    const { attachment } = await attach();
    await until(() => !flows());
    process.kill(attachment.record.process!.pid, 'SIGKILL');
    await until(() => flows());
  });

  test('traffic flows again when the program has ended', async () => {
    await attach('mode hard\nwait 200ms\nend_of_program\n');
    await until(() => flows());
    expect((await b.status('net')).machine!.run).toBe('ended');
  });

  test('with --fail closed it does not, until detach', async () => {
    const { attachment } = await attach(CLOSED, { ...GATE, failClosed: true });
    process.kill(attachment.record.process!.pid, 'SIGKILL');
    await b.stop('net');
    expect(flows()).toBe(false);
    await b.detach('net');
    expect(flows()).toBe(true);
  });

  test('segments are limited while it is attached', async () => {
    const before = segments();
    expect(before).toBeGreaterThan(1);
    await attach();
    expect(segments()).toBe(1);
    await attach(CLOSED, GATE, true);
    expect(segments()).toBe(1);
    await b.detach('net');
    expect(segments()).toBe(before);
  });

  test('an attach that fails leaves segments as they were', async () => {
    const before = segments();
    const options = { gate: GATE, group: 'no-such-group' };
    await expect(b.attach('net', await compileText(CLOSED), options)).rejects.toThrow('no-such-group');
    expect(segments()).toBe(before);
    expect(flows()).toBe(true);
  });

  test('without a rate it is refused; a program without a gate needs none', async () => {
    const before = segments();
    const refused = attach(CLOSED, { ...GATE, rate: null });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow('--rate');
    expect(segments()).toBe(before);
    await b.attach('net', await compileText('round:\n wait 1ms, round\n'));
    expect([segments(), flows()]).toEqual([before, true]);
  });

  test('an interface with a global address is refused, unless it is forced', async () => {
    b.run('ip', 'address', 'add', '192.0.2.1/24', 'dev', 'net');
    await expect(attach()).rejects.toThrow(/192\.0\.2\.1.*--force/);
    expect(flows()).toBe(true);
    await attach(CLOSED, { ...GATE, force: true });
    await until(() => !flows());
  });
});
