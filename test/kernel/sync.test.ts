// A master and two slaves on a bridge: the slaves follow the master's sync frames and nobody else's, and time out when it stops.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import type { PacketSocket } from '../../loader/native.js';
import type { AttachmentStatus } from '../../loader/status.js';
import { decodeFrame, encodeSync, type Frame } from '../../schedule/frame.js';
import { compileText, connect, detachAll, makeHost, until, type Host } from '../support/hosts.js';
import { Scratch } from '../support/scratch.js';

const WIRE = { format: 'v1', ethertype: 0x88b5 } as const;
const MASTER = '02:00:00:00:00:01';
const SLAVES = ['02:00:00:00:00:02', '02:00:00:00:00:03'];
const FOREIGN = '02:00:00:00:00:ee';
const SYNCS = 40;
const PERIOD_NS = 20_000_000n;
const SLOT_NS = 1_000_000n;

const scratch = new Scratch();
let bridge: Host;
let master: Host;
let slaves: Host[] = [];

/** Sends SYNCS sync frames, then none, until it is started again. */
const MASTER_PROGRAM = `
tolerance 60s
channel bus = 0
counter syncs
round:
    sync master bus
    add_to_counter syncs, 1
    if test_count(syncs, ${SYNCS}) goto rest
    wait 20ms, round
rest:
    end_of_program
`;

/** Sends a frame in its slot after each sync frame; after a timeout, it waits again at once. */
const slaveProgram = (slot: number, timeout: string): string => `
tolerance 60s
channel bus = 0 from ${MASTER}
channel other = 1 from ${MASTER}
channel out = ${slot + 1}
var number : u8
message m
counter rounds
start:
    sync slave ${timeout} from bus
    if status_test(sync_timeout) goto start
    add_to_counter rounds, 1
    wait ${slot}ms
    create number -> m
    send out, m
    goto start
`;

beforeEach(async () => {
  [bridge, master] = [makeHost(scratch), makeHost(scratch)];
  slaves = SLAVES.map(() => makeHost(scratch));
  bridge.run(
    'ip',
    'link',
    'add',
    'br0',
    'type',
    'bridge',
    'stp_state',
    '0',
    'forward_delay',
    '0',
    'mcast_snooping',
    '0',
  );
  bridge.run('ip', 'link', 'set', 'br0', 'up');
  for (const [index, host] of [master, ...slaves].entries()) {
    const mac = [MASTER, ...SLAVES][index]!;
    await connect({ host, name: 'net', mac }, { host: bridge, name: `port${index}`, mac: `02:00:00:00:01:0${index}` });
    bridge.run('ip', 'link', 'set', `port${index}`, 'master', 'br0');
  }
  // A port forwards only after it has been told so.
  await until(() => (bridge.run('bridge', 'link', 'show').match(/state forwarding/g) ?? []).length === 3);
});

afterEach(async () => {
  await detachAll(master, ...slaves).finally(() => scratch.cleanUp());
});

async function attachSlaves(timeout: string): Promise<void> {
  for (const [index, host] of slaves.entries())
    await host.attach('net', await compileText(slaveProgram(index + 1, timeout), `slave${index + 1}.nc`));
  for (const host of slaves) await until(async () => (await host.status('net')).machine!.waiting);
}

function framesFrom(socket: PacketSocket, source: string): Frame[] {
  const frames: Frame[] = [];
  for (let bytes = socket.receive(0); bytes !== null; bytes = socket.receive(0)) {
    const decoded = decodeFrame(WIRE, bytes);
    if (decoded.kind === 'frame' && decoded.frame.source === source) frames.push(decoded.frame);
  }
  return frames;
}

const rounds = async (host: Host): Promise<number> => (await host.status('net')).machine!.counters.rounds!;

/** Sync frames that ended a wait, and those that came while nobody waited. */
function syncCounts({ stats }: AttachmentStatus): { taken: bigint; unawaited: bigint } {
  return { taken: stats!.channels.bus!.sync_received!, unawaited: stats!.totals.sync_unawaited! };
}

function syncFrame(source: string, channel: number): Uint8Array {
  return encodeSync(WIRE, { source, channel, sequence: 0, programId: 0, taiNs: 0n });
}

test('two slaves follow a master', async () => {
  await attachSlaves('60s');
  const atMaster = scratch.keep(await master.socket('net'));
  const atSlaves: PacketSocket[] = [];
  for (const host of slaves) atSlaves.push(scratch.keep(await host.socket('net')));
  await master.attach('net', await compileText(MASTER_PROGRAM, 'master.nc'));
  await until(async () => (await master.status('net')).machine!.run === 'ended');

  const syncs = framesFrom(atMaster, MASTER);
  const first = syncs[0]!.taiNs!;
  expect(syncs.map(({ type, taiNs }) => [type, taiNs! - first])).toEqual(
    Array.from({ length: SYNCS }, (_, index) => ['sync', BigInt(index) * PERIOD_NS]),
  );
  for (const [index, host] of slaves.entries()) {
    await until(async () => {
      const { taken, unawaited } = syncCounts(await host.status('net'));
      return taken + unawaited === BigInt(SYNCS);
    });
    const { taken } = syncCounts(await host.status('net'));
    // A slave on a machine that stalls may sleep through a frame; it does not sleep through half of them.
    expect(Number(taken)).toBeGreaterThan(SYNCS / 2);
    await until(async () => (await host.status('net')).stats!.channels.out!.sent === taken);
    const { machine, stats } = await host.status('net');
    expect(machine!.counters.rounds).toBe(Number(taken));
    expect(stats!.totals).toMatchObject({ sync_timeouts: 0n, drop_sender: 0n });
    expect(stats!.channels.bus).toMatchObject({ lost: 0n, repeated: 0n, restarted: 0n });
    // L of a slave is the arrival of a sync frame, which is later than L of the master when it sent it.
    const arrivals = framesFrom(atSlaves[index]!, SLAVES[index]!).map(
      ({ taiNs }) => taiNs! - BigInt(index + 1) * SLOT_NS,
    );
    expect(arrivals).toHaveLength(Number(taken));
    const follows = (arrival: bigint, round: number) => arrival > syncs[round]!.taiNs!;
    expect(arrivals.every(follows)).toBe(true);
  }
});

test('nc_wake runs the block of a sync frame by itself', async () => {
  await attachSlaves('60s');
  const [slave] = slaves;
  const { pid } = (await slave!.status('net')).attachment!.record.process!;
  process.kill(pid, 'SIGSTOP');
  // Unless detach has ended it.
  scratch.onCleanUp(() => existsSync(`/proc/${pid}`) && process.kill(pid, 'SIGKILL'));
  await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') T '));
  const socket = scratch.keep(await master.socket('net'));
  socket.send(syncFrame(MASTER, 0));
  // The pacer stands still: nobody else can have counted the round.
  await until(async () => (await rounds(slave!)) === 1);
  expect((await slave!.status('net')).stats!.channels.out!.sent).toBe(0n);
  // It was told of the new instant and goes on from there.
  process.kill(pid, 'SIGCONT');
  await until(async () => (await slave!.status('net')).stats!.channels.out!.sent === 1n);
});

test('sync frames of others end no wait', async () => {
  await attachSlaves('60s');
  const [slave] = slaves;
  const socket = scratch.keep(await master.socket('net'));
  socket.send(syncFrame(FOREIGN, 0)); // a sender of no channel
  socket.send(syncFrame(MASTER, 1)); // a channel that the wait is not for
  await until(async () => syncCounts(await slave!.status('net')).unawaited === 1n);
  const { machine, stats } = await slave!.status('net');
  expect([machine!.waiting, machine!.counters.rounds, stats!.totals.blocks]).toEqual([true, 0, 1n]);
  socket.send(syncFrame(MASTER, 0));
  await until(async () => (await rounds(slave!)) === 1);
});

test('slaves time out while the master is silent, and follow it again', async () => {
  await attachSlaves('200ms');
  await master.attach('net', await compileText(MASTER_PROGRAM, 'master.nc'));
  for (const host of slaves) await until(async () => (await rounds(host)) > 0);
  await until(async () => (await master.status('net')).machine!.run === 'ended');
  for (const host of slaves) {
    const { sync_timeouts: before } = (await host.status('net')).stats!.totals;
    await until(async () => (await host.status('net')).stats!.totals.sync_timeouts! > before! + 2n);
    expect((await host.status('net')).machine!.errors).toContain('sync_timeout');
  }
  const before: number[] = [];
  for (const host of slaves) before.push(await rounds(host));
  await master.start('net');
  for (const [index, host] of slaves.entries()) {
    await until(async () => (await rounds(host)) > before[index]!);
    await until(async () => !(await host.status('net')).machine!.errors.includes('sync_timeout'));
  }
});
