// A machine whose pacer is stopped for 10 ms: nothing is sent that is too late for its block, and the machine is on a grid again.
// Exactly, with a test clock: test/cases/oracle/late-stall-*.case.
import { afterEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { native, type PacketSocket, type Ring } from '../../loader/native.js';
import { pinFolder } from '../../loader/roots.js';
import { COUNTERS_OFFSET, STATE_OFFSETS } from '../../maps/state.js';
import { decodeFrame } from '../../schedule/frame.js';
import { compileText, detachAll, MAC_B, makePair, until, type Host } from '../support/hosts.js';
import { Scratch } from '../support/scratch.js';

const TOLERANCE_NS = 1_000_000n;
const STALL_MS = 10;
const STALLS = 3;
const MOST_RECORDS = 10_000;
/** Kinds of struct nc_trace_record. */
const BLOCK = 1;
const SUPPRESSED = 3;

const scratch = new Scratch();
let hosts: Host[] = [];

afterEach(async () => {
  await detachAll(...hosts).finally(() => scratch.cleanUp());
});

const program = (period: string): string => `
tolerance 1ms
channel bus
var number : u32
message m
create number -> m
again:
    send bus, m
    wait ${period}, again
`;

/** What the machine did, by its trace: instants at which its blocks were due, and L of each send that it suppressed. */
class Recorder {
  readonly due: bigint[] = [];
  readonly suppressed: bigint[] = [];
  readonly #ring: Ring;

  constructor(pins: string) {
    const fd = native().objGet(join(pins, 'nc_trace'));
    this.#ring = scratch.keep(native().ringOpen(fd));
    native().closeFd(fd);
    const state = native().objGet(join(pins, 'nc_state'));
    const mapping = native().mapMmap(state, COUNTERS_OFFSET, { writable: true });
    native().closeFd(state);
    new DataView(mapping.buffer).setUint32(STATE_OFFSETS.tracing, 1, true);
    mapping.unmap();
  }

  take(): void {
    for (const record of this.#ring.consume(MOST_RECORDS)) {
      const kind = record.readUInt32LE(24);
      if (kind === BLOCK) this.due.push(record.readBigUInt64LE(16));
      if (kind === SUPPRESSED) this.suppressed.push(record.readBigUInt64LE(8));
    }
  }

  /** Lets the machine run for a while; the ring buffer must not fill up. */
  async follow(ms: number): Promise<void> {
    for (const end = performance.now() + ms; performance.now() < end; await sleep(10)) this.take();
    this.take();
  }
}

function isStopped(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') T ');
}

/** Stops a process. Between the two instants that it returns it did nothing at all. */
async function stall(pid: number): Promise<{ from: bigint; to: bigint }> {
  process.kill(pid, 'SIGSTOP');
  await until(() => isStopped(pid));
  const from = process.hrtime.bigint();
  await sleep(STALL_MS + 2);
  const to = process.hrtime.bigint();
  process.kill(pid, 'SIGCONT');
  return { from, to };
}

function sentL(socket: PacketSocket): { taiNs: bigint; sequence: number }[] {
  const sent: { taiNs: bigint; sequence: number }[] = [];
  for (let bytes = socket.receive(0); bytes !== null; bytes = socket.receive(0)) {
    const decoded = decodeFrame({ format: 'v1', ethertype: 0x88b5 }, bytes);
    if (decoded.kind === 'frame' && decoded.frame.source === MAC_B)
      sent.push({ taiNs: decoded.frame.taiNs!, sequence: decoded.frame.sequence! });
  }
  return sent;
}

test.each([
  ['100us', 100_000n],
  ['1ms', 1_000_000n],
])('a loop of %s that is stalled sends nothing late, and is on a grid again', async (period, periodNs) => {
  const { a, b } = await makePair(scratch);
  hosts = [a, b];
  const socket = scratch.keep(await b.socket('net'));
  await b.attach('net', await compileText(program(period)), { start: { kind: 'hold' } });
  const recorder = new Recorder(pinFolder(b.roots, 'net'));
  await b.start('net');
  const { pid } = (await b.status('net')).attachment!.record.process!;

  const gaps: { from: bigint; to: bigint }[] = [];
  for (let i = 0; i < STALLS; i++) {
    await recorder.follow(60);
    gaps.push(await stall(pid));
  }
  await recorder.follow(100);
  await b.stop('net');
  recorder.take();

  const { machine, stats } = await b.status('net');
  const { sent, suppressed } = stats!.channels.bus!;
  const frames = sentL(socket);
  // Every block sent a frame or suppressed it, and a suppressed one takes no sequence number.
  expect(frames.map(({ sequence }) => sequence)).toEqual(frames.map((_, index) => index));
  expect({ blocks: stats!.totals.blocks, sent }).toEqual({ blocks: sent! + suppressed!, sent: BigInt(frames.length) });
  expect([recorder.due.length, recorder.suppressed.length].map(BigInt)).toEqual([sent! + suppressed!, suppressed]);

  // What was due while the pacer stood still, and longer than the tolerance before it went on, has not left.
  const monotonic = frames.map(({ taiNs }) => taiNs - machine!.taiOffsetNs);
  for (const { from, to } of gaps) expect(monotonic.filter((due) => due > from && due < to - TOLERANCE_NS)).toEqual([]);
  // Each stall is nine periods of 1 ms, or more than the 65 late blocks that begin a new grid.
  expect(Number(suppressed)).toBeGreaterThanOrEqual(STALLS * (periodNs === 1_000_000n ? 9 : 65));

  // The blocks are on a grid, which begins anew only where that is counted.
  const steps = recorder.due.slice(1).map((due, index) => due - recorder.due[index]!);
  expect(BigInt(steps.filter((step) => step !== periodNs).length)).toBe(stats!.totals.restarted_grids);
  expect(recorder.due[0]).toBe(machine!.startedNs);
  expect(steps.slice(-50)).toEqual(Array.from({ length: 50 }, () => periodNs));
});
