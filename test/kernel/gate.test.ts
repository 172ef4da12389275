// The gate for ordinary traffic, exactly: with a test clock, frame by frame through nc_gate.
import { afterEach, describe, expect, test } from '@jest/globals';
import { native, type BpfObject, type Mapping } from '../../loader/native.js';
import { loadObject, type GateConfig } from '../../loader/object.js';
import type { Manifest } from '../../maps/manifest.js';
import { COUNTERS_OFFSET, decodeStats, STATE_OFFSETS } from '../../maps/state.js';
import { compileText, MAC_A } from '../support/hosts.js';
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
const OF_PRIORITY = 32;
const OF_IFINDEX = 40;
const OF_TSTAMP = 152;
const OF_GSO_SEGMENTS = 164;
const OF_GSO_SIZE = 176;
const SIZE_OF_CONTEXT = 192;

/** What a frame brings along. */
interface Frame {
  readonly length: number;
  readonly ethertype?: number;
  /** When its sender wants it to leave. */
  readonly instant?: bigint;
  readonly priority?: number;
  readonly segments?: { readonly count: number; readonly size: number };
}

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
    const config = {
      pacer: 'thread',
      ifindex,
      paceIfindex: 0,
      watchIfindex: 0,
      spin: { kind: 'off' },
      testClock: true,
      mac: MAC_A,
    } as const;
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
    while (running() && due() <= ORIGIN + at) this.runBlock(due() - ORIGIN);
    this.clock(at);
  }

  /** Runs the block that is due, at this instant. */
  runBlock(at: bigint): void {
    this.clock(at);
    native().testRun(this.object.programFd('nc_machine'), { data: new Uint8Array(1514) });
  }

  clock(at: bigint): void {
    this.view.setBigUint64(STATE_OFFSETS.test_now, ORIGIN + at, true);
  }

  /** What becomes of a frame: `pass` (now), `drop`, or when it may leave. */
  frame(length: number, ethertype?: number): 'pass' | 'drop' | bigint {
    return this.send({ length, ...(ethertype === undefined ? {} : { ethertype }) }).fate;
  }

  send({ length, ethertype = 0x88b6, instant, priority = 0, segments }: Frame): {
    fate: 'pass' | 'drop' | bigint;
    priority: number;
  } {
    const data = new Uint8Array(length);
    new DataView(data.buffer).setUint16(12, ethertype);
    const context = new Uint8Array(SIZE_OF_CONTEXT);
    const view = new DataView(context.buffer);
    view.setUint32(OF_IFINDEX, this.ifindex, true);
    view.setUint32(OF_PRIORITY, priority, true);
    view.setBigUint64(OF_TSTAMP, instant === undefined ? 0n : ORIGIN + instant, true);
    view.setUint32(OF_GSO_SEGMENTS, segments?.count ?? 0, true);
    view.setUint32(OF_GSO_SIZE, segments?.size ?? 0, true);
    const options = { data, context, contextOutSize: SIZE_OF_CONTEXT };
    const { returnValue, contextOut } = native().testRun(this.object.programFd('nc_gate'), options);
    const after = contextOut.readUInt32LE(OF_PRIORITY);
    if (returnValue === SHOT) return { fate: 'drop', priority: after };
    expect(returnValue).toBe(UNSPEC);
    const leaves = contextOut.readBigUInt64LE(OF_TSTAMP);
    const now = this.view.getBigUint64(STATE_OFFSETS.test_now, true);
    return { fate: leaves === 0n || leaves === now ? 'pass' : leaves - ORIGIN, priority: after };
  }

  frames(count: number, length: number): ('pass' | 'drop' | bigint)[] {
    return Array.from({ length: count }, () => this.frame(length));
  }

  get counted(): Record<string, bigint> {
    const value = native().mapLookup(this.object.mapFd('.data.nc_stats'), new Uint8Array(4))!;
    const { gate_passed, gate_held, gate_dropped, drop_forged } = decodeStats(value, this.manifest).totals;
    return { passed: gate_passed!, held: gate_held!, dropped: gate_dropped!, forged: drop_forged! };
  }

  get restarts(): bigint {
    const value = native().mapLookup(this.object.mapFd('.data.nc_stats'), new Uint8Array(4))!;
    return decodeStats(value, this.manifest).totals.restarted_grids!;
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

  // Openings of 200 us end 10 us earlier then.
  describe('where fq holds frames', () => {
    test('they leave in the next opening that has room', async () => {
      const bench = await Bench.started(KNOWN, { hold: true });
      bench.runTo(700n * US);
      expect(bench.frames(24, LONG)).toEqual([...repeated(23, 1500n * US), 2500n * US]);
      expect(bench.counted).toEqual({ passed: 24n, held: 24n, dropped: 0n, forged: 0n });
    });

    test('one behind the other where the program sends in that opening', async () => {
      const shared = KNOWN.replace('xsend 200us\n', 'xsend 200us\n send bus, m\n');
      const bench = await Bench.started(`channel bus = 0\nmessage m\n${shared}`, { hold: true });
      bench.runTo(700n * US);
      const first = Array.from({ length: 23 }, (_, index) => 1500n * US + BigInt(index) * LONG_NS);
      expect(bench.frames(24, LONG)).toEqual([...first, 2500n * US]);
      bench.runTo(1500n * US);
      expect(bench.frame(LONG)).toBe(2500n * US + LONG_NS);
    });

    test('not more than 250 us before they have the link', async () => {
      const bench = await Bench.started(KNOWN.replace('xsend 200us', 'xsend 400us'), { hold: true });
      bench.runTo(900n * US);
      const held = bench.frames(33, LONG);
      // The 31st frame has the link after 245.8 us, the 32nd after 253.952 us.
      expect(held.slice(0, 31)).toEqual(repeated(31, 1500n * US));
      expect(held.slice(31)).toEqual([1503_952n, 1512_144n]);
    });

    test.each([KNOWN, KNOWN_BY_MODE])('in an opening they leave at once, as long as they fit', async (program) => {
      const bench = await Bench.started(program, { hold: true });
      bench.runTo(500n * US);
      expect(bench.frames(2, LONG)).toEqual(['pass', 'pass']);
      bench.runTo(690n * US - LONG_NS);
      expect(bench.frame(LONG)).toBe('pass');
      expect(bench.frame(SHORT)).toBe(1500n * US);
    });

    test('short openings are used nearly whole', async () => {
      const bench = await Bench.started('round:\n wait 500us\n xsend 16us\n wait 500us, round\n', { hold: true });
      bench.runTo(515n * US - LONG_NS);
      expect(bench.frame(LONG)).toBe('pass');
      bench.runTo(1515n * US - LONG_NS + 1n);
      expect(bench.frame(LONG)).toBe(2500n * US);
    });

    test('before the first opening they wait for it; where they never fit, they are dropped', async () => {
      const early = await Bench.started(KNOWN, { hold: true });
      early.runTo(400n * US);
      expect(early.frame(LONG)).toBe(500n * US);
      const slow = await Bench.started(KNOWN, { hold: true, rate: 10e6 });
      slow.runTo(700n * US);
      expect(slow.frame(LONG)).toBe('drop');
      expect(slow.frame(SHORT)).toBe(1500n * US);
    });

    test('of several openings they take the first that has room', async () => {
      // Open from 100 us to 116 us and from 400 us to 600 us; the second one lasts beyond the period of 500 us.
      const bench = await Bench.started(
        'round:\n wait 100us\n xsend 16us\n wait 300us\n xsend 200us\n wait 100us, round\n',
        { hold: true },
      );
      bench.runTo(0n);
      expect(bench.frames(2, LONG)).toEqual([100n * US, 400n * US]);
      expect(bench.frame(LONG)).toBe(400n * US);
      bench.runTo(590n * US);
      expect(bench.frame(SHORT)).toBe('pass');
      bench.runTo(600n * US);
      expect(bench.frames(2, LONG)).toEqual(['pass', 900n * US]);
    });

    test('openings before the cycle are used as the machine comes to them', async () => {
      const bench = await Bench.started('xsend 100us\nwait 3ms\nround:\n xsend 200us\n wait 1ms, round\n', {
        hold: true,
      });
      bench.runTo(50n * US);
      expect(bench.frame(LONG)).toBe('pass');
      bench.runTo(200n * US);
      expect(bench.frame(LONG)).toBe(3n * MS);
    });

    test('a grid that is restarted takes the openings with it', async () => {
      const bench = await Bench.started(`tolerance 10us\n${KNOWN}`, { hold: true });
      bench.runTo(0n);
      // Two blocks a round: the 65th late one, due at 33 ms, begins 700 us later, in the opening of the new grid.
      for (let block = 1n; block <= 65n; block++) bench.runBlock(block * 500n * US + 700n * US);
      expect(bench.restarts).toBe(1n);
      const begun = 33_200n * US;
      expect(bench.frames(2, LONG)).toEqual(['pass', 'pass']);
      bench.clock(begun + 200n * US);
      expect(bench.frame(LONG)).toBe(begun + 1n * MS);
    });

    test('none is held for more than a second', async () => {
      const bench = await Bench.started('round:\n wait 200ms\n xsend 200us\n wait 200ms, round\n', { hold: true });
      bench.runTo(201n * MS);
      const held = bench.frames(47, LONG);
      expect(held).toEqual([...repeated(23, 600n * MS), ...repeated(23, 1000n * MS), 'drop']);
    });

    test('the queue of fq that knows no instants is not for frames that are held', async () => {
      const bench = await Bench.started(KNOWN, { hold: true });
      bench.runTo(700n * US);
      expect(bench.send({ length: LONG, priority: 7 })).toEqual({ fate: 1500n * US, priority: 6 });
      expect(bench.send({ length: LONG, priority: 0x10007 })).toMatchObject({ priority: 0x10006 });
      expect(bench.send({ length: LONG, priority: 2 })).toMatchObject({ priority: 2 });
    });

    test('when the machine stops, new frames overtake those that are held', async () => {
      const bench = await Bench.started(KNOWN, { hold: true });
      bench.runTo(700n * US);
      expect(bench.frames(24, LONG).at(-1)).toBe(2500n * US);
      bench.command('stop');
      expect(bench.send({ length: LONG })).toEqual({ fate: 'pass', priority: 7 });
      bench.clock(2500n * US + LONG_NS);
      expect(bench.send({ length: LONG })).toEqual({ fate: 'pass', priority: 0 });
    });
  });

  test.each([false, true])('fq holds nothing longer because its sender wants it so (hold %s)', async (hold) => {
    const bench = await Bench.started(KNOWN, { hold });
    bench.runTo(500n * US);
    expect(bench.send({ length: LONG, instant: 900n * US }).fate).toBe('pass');
  });

  test('a frame that is cut into segments behind the gate takes their headers too', async () => {
    const bench = await Bench.started(KNOWN);
    // Three segments: 2918 bytes, 24 bytes beside each, and at most 118 bytes of headers of two more: 3226 bytes.
    const frame = { length: 2918, segments: { count: 3, size: 1000 } };
    bench.runTo(700n * US - 3226n * 8n + 1n);
    expect(bench.send(frame).fate).toBe('drop');
    bench.clock(700n * US - 3226n * 8n);
    expect(bench.send({ ...frame, segments: { count: 0, size: 1000 } }).fate).toBe('pass');
  });

  test('before the start instant everything passes', async () => {
    const bench = await Bench.started(KNOWN, { failClosed: false });
    bench.clock(-1n);
    expect(bench.frame(LONG)).toBe('pass');
    bench.clock(0n);
    expect(bench.frame(LONG)).toBe('drop');
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
