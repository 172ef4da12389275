// What becomes of a wake-up, step by step: nc_machine and nc_pace by BPF_PROG_TEST_RUN, on the real clock, with nc_state and nc_pacing as a block
// on another CPU would leave them.
import { afterEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { native, type BpfObject, type Mapping } from '../../loader/native.js';
import { loadObject } from '../../loader/object.js';
import { PACING_MEMBERS, pacingOffset, type PacingMember } from '../../maps/pacing.js';
import { COUNTERS_OFFSET, STATE_OFFSETS } from '../../maps/state.js';
import { compileText, MAC_A } from '../support/hosts.js';
import { Scratch } from '../support/scratch.js';

const REDIRECT = 7;
const BUSY = 2;
const START = 1;
const HOUR_NS = 3_600_000_000_000n;
const LEAD_NS = 1_000_000n;
const RETRY_NS = 5_000n;
/** struct nc_carrier. */
const CARRIER = { size: 60, ethertype: 12, generation: 24, at: 32 };
/** struct __sk_buff. */
const CONTEXT = { size: 192, ifindex: 40, tstamp: 152 };

const scratch = new Scratch();
afterEach(() => scratch.cleanUp());

const PROGRAM = `
tolerance 60s
channel bus
var number : u32
message m
create number -> m
again:
    send bus, m
    wait 1s, again
`;

/** A loaded program that nothing wakes but the test. */
class Bench {
  private readonly state: DataView;
  private readonly pacing: DataView;

  private constructor(
    private readonly object: BpfObject,
    private readonly far: number,
  ) {
    this.state = this.map('.data.nc_state', COUNTERS_OFFSET);
    this.pacing = this.map('.data.nc_pacing', 8 * PACING_MEMBERS.length);
  }

  static async load(pacer: 'fq' | 'thread'): Promise<Bench> {
    const { object, manifest } = await compileText(PROGRAM);
    const { a: ifindex } = scratch.vethPair();
    const { a: paceIfindex, b: watchIfindex } = scratch.anotherPair('p');
    const spin = { kind: 'fixed', leadNs: LEAD_NS } as const;
    const config = { pacer, ifindex, paceIfindex, watchIfindex, spin, testClock: false, mac: MAC_A, gate: null };
    const loaded = scratch.keep(loadObject(object, manifest, config));
    native().clsactCreate(ifindex);
    native().tcAttach(ifindex, 'egress', loaded.programFd('nc_gate'), 1, 1);
    return new Bench(loaded, watchIfindex);
  }

  private map(name: string, size: number): DataView {
    const mapping: Mapping = native().mapMmap(this.object.mapFd(name), size, { writable: true });
    scratch.onCleanUp(() => mapping.unmap());
    return new DataView(mapping.buffer);
  }

  start(at: bigint): void {
    const data = new Uint8Array(64);
    new DataView(data.buffer).setUint32(16, START, true);
    new DataView(data.buffer).setBigUint64(24, at, true);
    expect(native().testRun(this.object.programFd('nc_control'), { data }).returnValue).toBe(0);
  }

  get(member: PacingMember): bigint {
    return this.pacing.getBigUint64(pacingOffset(member), true);
  }

  set(member: PacingMember, value: bigint): void {
    this.pacing.setBigUint64(pacingOffset(member), value, true);
  }

  getState(member: keyof typeof STATE_OFFSETS): bigint {
    return this.state.getBigUint64(STATE_OFFSETS[member], true);
  }

  setState(member: keyof typeof STATE_OFFSETS, value: bigint): void {
    this.state.setBigUint64(STATE_OFFSETS[member], value, true);
  }

  /** The first carrier, as fq lets it go. */
  carrier(at: bigint): Buffer {
    const frame = Buffer.alloc(CARRIER.size);
    frame.writeUInt16BE(0x88b6, CARRIER.ethertype);
    frame.writeBigUInt64LE(this.getState('generation'), CARRIER.generation);
    frame.writeBigUInt64LE(at, CARRIER.at);
    return frame;
  }

  /** Runs a program on a frame at the far end of the pacing pair; without one as the pacer thread does. */
  run(program: 'nc_machine' | 'nc_pace', frame?: Buffer): { returnValue: number; at: bigint; tstamp: bigint } {
    const context = Buffer.alloc(CONTEXT.size);
    context.writeUInt32LE(this.far, CONTEXT.ifindex);
    const input = frame === undefined ? { data: new Uint8Array(1514) } : { data: frame, context };
    const { returnValue, dataOut, contextOut } = native().testRun(this.object.programFd(program), {
      ...input,
      dataOutSize: 2048,
      contextOutSize: CONTEXT.size,
    });
    return {
      returnValue,
      at: dataOut.readBigUInt64LE(CARRIER.at),
      tstamp: contextOut.readBigUInt64LE(CONTEXT.tstamp),
    };
  }
}

const now = (): bigint => process.hrtime.bigint();

test('fq holds a carrier until the instant that it brings, whatever is planned meanwhile', async () => {
  const bench = await Bench.load('fq');
  bench.start(now() + HOUR_NS);
  const at = now();
  const frame = bench.carrier(at);
  bench.setState('pace_at', at + HOUR_NS);
  expect(bench.run('nc_pace', frame)).toMatchObject({ returnValue: 0, tstamp: at });
});

test('a carrier that comes at its instant stays, whatever is planned meanwhile', async () => {
  const bench = await Bench.load('fq');
  bench.start(now() + HOUR_NS);
  bench.setState('pace_at', now() + HOUR_NS);
  const { returnValue, at } = bench.run('nc_machine', bench.carrier(now()));
  expect({ returnValue, unpaced: bench.get('unpaced') }).toEqual({ returnValue: REDIRECT, unpaced: 0n });
  // And what was planned wrongly is right again.
  expect(bench.getState('pace_at')).toBe(at);
});

test('a carrier that comes before its instant is dropped: it would come again at once', async () => {
  const bench = await Bench.load('fq');
  bench.start(now() + HOUR_NS);
  expect(bench.run('nc_machine', bench.carrier(now() + HOUR_NS)).returnValue).toBe(BUSY);
  expect(bench.get('unpaced')).toBe(1n);
});

test('a carrier that finds a block running comes again, and leaves the plan of that block alone', async () => {
  const bench = await Bench.load('fq');
  bench.start(now() + HOUR_NS);
  const planned = now() + HOUR_NS;
  bench.setState('pace_at', planned);
  bench.setState('owner', 1n);
  const before = now();
  const { returnValue, at } = bench.run('nc_machine', bench.carrier(before));
  expect(returnValue).toBe(REDIRECT);
  expect(at).toBeGreaterThanOrEqual(before + RETRY_NS);
  expect(at).toBeLessThanOrEqual(now() + RETRY_NS);
  expect(bench.getState('pace_at')).toBe(planned);
});

test.each(['fq', 'thread'] as const)('a wake-up that tries again is not late, pacer %s', async (pacer) => {
  const bench = await Bench.load(pacer);
  const look = () => bench.run('nc_machine', pacer === 'fq' ? bench.carrier(now()) : undefined).returnValue;
  const learned = () => (['stalls', 'worst_now', 'worst_before', 'cover'] as const).map((member) => bench.get(member));
  bench.start(now() + HOUR_NS);
  bench.setState('owner', 1n);
  bench.set('planned', now());
  expect(look()).toBe(pacer === 'fq' ? REDIRECT : BUSY);
  const first = learned();
  for (let i = 0; i < 3; i++) {
    // Longer than any lead may cover.
    await sleep(Number(LEAD_NS / 1_000_000n) + 1);
    look();
  }
  expect(learned()).toEqual(first);
});

test('a path that is longer than a block may begin early is still learned', async () => {
  const bench = await Bench.load('thread');
  // A block begins at most 10 us early.
  const tooLong = 40_000n;
  bench.set('gate', tooLong);
  bench.set('path', tooLong);
  for (let starts = 0; starts < 40; starts++) {
    bench.start(now() + LEAD_NS / 2n);
    bench.run('nc_machine');
  }
  // Where this process was held up, a block began late and could tell nothing.
  expect(bench.get('behind')).toBeGreaterThan(0n);
  expect(bench.get('gate')).toBeLessThan(tooLong);
  expect(bench.get('path')).toBe(bench.get('gate') + bench.get('rest'));
});
