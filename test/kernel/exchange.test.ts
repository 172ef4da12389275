// Two hosts, each sending on a grid of 1 ms: nothing is lost, and the L of the frames are the grid itself.
import { afterEach, expect, test } from '@jest/globals';
import { openVariableSpace } from '../../loader/variable-space.js';
import { decodeFrame, type Frame } from '../../schedule/frame.js';
import { compileText, detachAll, MAC_A, MAC_B, makePair, until, type Host } from '../support/hosts.js';
import { amount } from '../support/random.js';
import { Scratch } from '../support/scratch.js';
import type { PacketSocket } from '../../loader/native.js';

const FRAMES = amount(1_000);
const PERIOD_NS = 1_000_000n;
const PATIENCE_MS = 60_000 + 20 * FRAMES;

const scratch = new Scratch();
let hosts: Host[] = [];

afterEach(async () => {
  await detachAll(...hosts).finally(() => scratch.cleanUp());
});

/** Sends FRAMES frames, one a millisecond, and takes what comes. A tolerance that no stall of the test's machine exceeds. */
const program = (out: number, peer: string): string => `
tolerance 60s
channel out = ${out} to ${peer}
channel in = ${1 - out} from ${peer} queue 256
var number : u32
var heard : u32
message m
counter sent
counter taken
round:
    create number -> m
    send out, m
    add_to_counter sent, 1
    if channel_rcv_buf_empty(in) goto next
    receive in -> heard
    add_to_counter taken, 1
next:
    if test_count(sent, ${FRAMES}) goto drain
    wait 1ms, round
drain:
    if channel_rcv_buf_empty(in) goto idle
    receive in -> heard
    add_to_counter taken, 1
idle:
    wait 1ms, drain
`;

/** The frames that a host has put on its interface, as a packet socket there saw them. */
function framesOf(socket: PacketSocket, source: string): Frame[] {
  const frames: Frame[] = [];
  for (let bytes = socket.receive(0); bytes !== null; bytes = socket.receive(0)) {
    const decoded = decodeFrame({ format: 'v1', ethertype: 0x88b5 }, bytes);
    if (decoded.kind === 'frame' && decoded.frame.source === source) frames.push(decoded.frame);
  }
  return frames;
}

test(
  `two hosts exchange ${FRAMES} frames in each direction with nothing lost, on an exact grid`,
  async () => {
    const { a, b } = await makePair(scratch);
    hosts = [a, b];
    const ends = [
      { host: a, mac: MAC_A, built: await compileText(program(0, MAC_B), 'a.nc') },
      { host: b, mac: MAC_B, built: await compileText(program(1, MAC_A), 'b.nc') },
    ];
    const sockets = [scratch.keep(await a.socket('net')), scratch.keep(await b.socket('net'))];
    // Both are there before either sends.
    for (const { host, built } of ends) await host.attach('net', built, { start: { kind: 'hold' } });
    for (const { host } of ends) await host.start('net');
    const values = [4711, 815];
    ends.forEach(({ host }, index) => {
      const space = openVariableSpace('net', { roots: host.roots });
      space.set('number', values[index]!);
      space.close();
    });
    const isDone = async ({ host }: { host: Host }) => {
      const { machine } = await host.status('net');
      return machine?.counters.taken === FRAMES && machine.counters.sent === FRAMES;
    };
    for (const end of ends) await until(() => isDone(end), PATIENCE_MS);

    for (const [index, { host, mac }] of ends.entries()) {
      const frames = framesOf(sockets[index]!, mac);
      expect(sockets[index]!.statistics().dropped).toBe(0);
      expect(frames.map(({ sequence }) => sequence)).toEqual(Array.from({ length: FRAMES }, (_, i) => i));
      const first = frames[0]!.taiNs!;
      expect(frames.map(({ taiNs }) => taiNs! - first)).toEqual(
        Array.from({ length: FRAMES }, (_, i) => BigInt(i) * PERIOD_NS),
      );
      const { machine, stats, problems } = await host.status('net');
      expect(problems).toEqual([]);
      expect(machine!.startedNs + machine!.taiOffsetNs).toBe(first);
      expect(stats!.totals).toMatchObject({ late: 0n, restarted_grids: 0n, drop_forged: 0n });
      const n = BigInt(FRAMES);
      expect(stats!.channels.out).toMatchObject({ sent: n, suppressed: 0n, refused: 0n });
      const inOrder = { lost: 0n, repeated: 0n, restarted: 0n, queue_full: 0n, contended: 0n, wrong_length: 0n };
      expect(stats!.channels.in).toMatchObject({ received: n, ...inOrder });
      const space = openVariableSpace('net', { roots: host.roots });
      expect(space.get('heard')).toBe(values[1 - index]);
      space.close();
    }
  },
  PATIENCE_MS * 2,
);
