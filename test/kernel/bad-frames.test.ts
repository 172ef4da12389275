// Frames that are wrong, through the real interface and through BPF_PROG_TEST_RUN: they change nothing but the counters of drops,
// and each is counted by its cause.
import { afterEach, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { native, type Mapping, type PacketSocket } from '../../loader/native.js';
import { readPinned } from '../../loader/pinned.js';
import { pinFolder } from '../../loader/roots.js';
import { STATE_OFFSETS, STATS_MEMBERS, type StateMember } from '../../maps/state.js';
import { decodeFrame, encodeData, encodeSync } from '../../schedule/frame.js';
import { compileText, detachAll, MAC_A, MAC_B, makePair, until, type Host } from '../support/hosts.js';
import { amount, chooseSeed, Random } from '../support/random.js';
import { Scratch } from '../support/scratch.js';

const FRAMES = amount(20_000);
/** Fewer than veth's ring holds. */
const BURST = 64;
const WIRE = { format: 'v1', ethertype: 0x88b5 } as const;
const XDP = { drop: 1, pass: 2 } as const;
const MAC_C = '02:00:00:00:00:0c';
const FOREIGN = '02:00:00:00:00:ee';
const SENDERS = [MAC_A, MAC_C];
/** Channel ids, each with its only sender. */
const CHANNELS = new Map([
  [0, MAC_A],
  [5, MAC_C],
]);

/** What becomes of a frame: it passes, it is taken, or why it is dropped. */
type Judgement = 'pass' | 'taken' | 'strict' | 'version' | 'type' | 'length' | 'channel' | 'sender';

const scratch = new Scratch();
let hosts: Host[] = [];

afterEach(async () => {
  await detachAll(...hosts).finally(() => scratch.cleanUp());
});

const program = (ingress: string): string => `
ingress ${ingress}
tolerance 60s
channel bus = 0 from ${MAC_A} queue 4
channel other = 5 from ${MAC_C}
var number : u16 = 77
var heard : u16
var blob : bytes[200]
message m
counter rounds start 5
start:
    create number -> m
    receive bus -> heard
    receive other -> blob
    wait 1ms, start
`;

/** By the contract (language, section 7) alone. */
function judge(bytes: Uint8Array, isStrict: boolean): Judgement {
  const decoded = decodeFrame(WIRE, bytes);
  const [destination, source] = [macAt(bytes, 0), macAt(bytes, 6)];
  if (!SENDERS.includes(source)) return isStrict ? 'strict' : 'pass';
  if (decoded.kind === 'foreign' || (!(bytes[0]! & 1) && destination !== MAC_B)) return 'pass';
  if (decoded.kind === 'fault') return decoded.fault;
  const sender = CHANNELS.get(decoded.frame.channel ?? -1);
  if (sender === undefined) return 'channel';
  return sender === source ? 'taken' : 'sender';
}

function macAt(bytes: Uint8Array, offset: number): string {
  return Buffer.from(bytes.subarray(offset, offset + 6))
    .toString('hex')
    .replace(/(..)(?!$)/g, '$1:');
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

/** Makes frames that are not taken. */
class BadFrames {
  readonly #random: Random;

  constructor(
    seed: number,
    readonly isStrict: boolean,
  ) {
    this.#random = new Random(seed);
  }

  next(): { bytes: Uint8Array; judgement: Judgement } {
    for (;;) {
      const bytes = this.#random.below(3) === 0 ? this.#rubbish() : this.#mutant();
      const judgement = judge(bytes, this.isStrict);
      if (judgement !== 'taken') return { bytes, judgement };
    }
  }

  /** Random bytes behind a header that is likely to be looked at. */
  #rubbish(): Uint8Array {
    const random = this.#random;
    const bytes = Buffer.from(random.bytes(14 + random.below(random.below(4) === 0 ? 1487 : 60)));
    if (random.below(16) === 0) return bytes;
    macBytes(random.pick(['ff:ff:ff:ff:ff:ff', MAC_B, MAC_B, FOREIGN])).copy(bytes, 0);
    macBytes(random.pick([MAC_A, MAC_A, MAC_C, FOREIGN])).copy(bytes, 6);
    bytes.writeUInt16BE(WIRE.ethertype, 12);
    return bytes;
  }

  /** A frame that would be taken, with something changed or cut off. */
  #mutant(): Uint8Array {
    const random = this.#random;
    const channel = random.pick([0, 5]);
    const source = CHANNELS.get(channel)!;
    const fields = {
      source,
      channel,
      sequence: random.below(100),
      programId: random.word(),
      taiNs: BigInt(random.word()),
    };
    const payload = random.bytes(random.below(60));
    const bytes =
      random.below(4) === 0 ? encodeSync(WIRE, fields) : encodeData(WIRE, { ...fields, payload, destination: null });
    return this.#spoil(Buffer.from(bytes));
  }

  #spoil(bytes: Buffer): Uint8Array {
    const random = this.#random;
    switch (random.below(7)) {
      case 0:
        bytes[14] = random.below(256);
        break;
      case 1:
        bytes[15] = random.below(256);
        break;
      case 2:
        bytes.writeUInt16BE(random.below(0x10000), 16);
        break;
      case 3:
        bytes.writeUInt16BE(bytes.length - 37 + random.below(1000), 22);
        break;
      case 4:
        macBytes(random.pick([MAC_A, MAC_C, FOREIGN])).copy(bytes, 6);
        break;
      case 5:
        macBytes(FOREIGN).copy(bytes, 0);
        break;
      default:
        return bytes.subarray(0, 14 + random.below(bytes.length - 14));
    }
    return bytes;
  }
}

/** Members of nc_state that a running machine moves: its position in time, not what it knows. */
const MOVING: readonly StateMember[] = ['owner', 'next', 'logical', 'due', 'pace_at', 'errors', 'position'];

/** The contents of all maps but the counters of drops, as far as they stand still in a machine without frames. */
function contents(pins: string): Record<string, string> {
  const names = ['nc_vars', 'nc_state', 'nc_messages', 'nc_senders', 'nc_rx', 'nc_stats'];
  const maps = names.map((name) => [name, readPinned(pins, name)!] as const);
  const values = Object.fromEntries(maps);
  for (const member of MOVING) values.nc_state!.fill(0, STATE_OFFSETS[member], STATE_OFFSETS[member] + 4);
  for (const member of ['owner', 'next', 'logical', 'due', 'pace_at'] as const)
    values.nc_state!.fill(0, STATE_OFFSETS[member], STATE_OFFSETS[member] + 8);
  STATS_MEMBERS.forEach((member, index) => {
    if (member.startsWith('drop_') || member === 'blocks') values.nc_stats!.fill(0, index * 8, index * 8 + 8);
  });
  const hex = Object.entries(values).map(([name, value]) => [name, value.toString('hex')] as const);
  return { ...Object.fromEntries(hex), nc_peers: peers(pins) };
}

function peers(pins: string): string {
  const fd = native().objGet(join(pins, 'nc_peers'));
  const entries: string[] = [];
  for (let key = native().mapNextKey(fd, null); key !== null; key = native().mapNextKey(fd, key))
    entries.push(`${key.toString('hex')} ${native().mapLookup(fd, key)!.toString('hex')}`);
  native().closeFd(fd);
  return entries.sort().join('\n');
}

/** The counters of drops, read from memory. */
class Drops {
  readonly #words: BigUint64Array;

  constructor(mapping: Mapping) {
    this.#words = new BigUint64Array(mapping.buffer);
  }

  read(cause: Judgement): bigint {
    return Atomics.load(
      this.#words,
      STATS_MEMBERS.findIndex((member) => member === `drop_${cause}`),
    );
  }
}

const CAUSES = ['version', 'type', 'length', 'channel', 'sender', 'strict'] as const;

/** How many frames of each cause there have been. */
class Tally {
  readonly counts: Record<string, bigint> = Object.fromEntries(CAUSES.map((cause) => [cause, 0n]));

  add(judgement: Judgement): void {
    const count = this.counts[judgement];
    if (count !== undefined) this.counts[judgement] = count + 1n;
  }

  isReachedBy(drops: Drops): boolean {
    return CAUSES.every((cause) => drops.read(cause) >= this.counts[cause]!);
  }
}

function mapDrops(pins: string): Drops {
  const fd = native().objGet(join(pins, 'nc_stats'));
  const mapping = native().mapMmap(fd, 8 * STATS_MEMBERS.length, { writable: false });
  native().closeFd(fd);
  scratch.onCleanUp(() => mapping.unmap());
  return new Drops(mapping);
}

/** Sends a burst and waits until every frame of it that is to be dropped has been. */
async function sendBurst(frames: BadFrames, socket: PacketSocket, tally: Tally, drops: Drops): Promise<void> {
  for (let i = 0; i < BURST; i++) {
    const { bytes, judgement } = frames.next();
    socket.send(bytes);
    tally.add(judgement);
  }
  for (let look = 0; look < 1000; look++) if (tally.isReachedBy(drops)) return;
  await until(() => tally.isReachedBy(drops));
}

function runFrames(frames: BadFrames, count: number, programFd: number, tally: Tally): void {
  for (let i = 0; i < count; i++) {
    const { bytes, judgement } = frames.next();
    const { returnValue } = native().testRun(programFd, { data: bytes });
    tally.add(judgement);
    if (returnValue !== (judgement === 'pass' ? XDP.pass : XDP.drop))
      throw new Error(`${Buffer.from(bytes).toString('hex')}: ${judgement}, and nc_ingress answers ${returnValue}`);
  }
}

test.each([
  ['open', 'hold'],
  ['open', 'now'],
  ['strict', 'hold'],
  ['strict', 'now'],
] as const)(
  `${FRAMES / 4} frames to ingress %s, start %s: nothing but drops`,
  async (ingress, start) => {
    const { a, b } = await makePair(scratch);
    hosts = [a, b];
    const report = await b.attach('net', await compileText(program(ingress)), { start: { kind: start } });
    expect(report.attachment.record.xdpMode).toBe('native');
    const pins = pinFolder(b.roots, 'net');
    const drops = mapDrops(pins);
    const socket = scratch.keep(await a.socket('net'));
    if (start === 'now') await until(async () => (await b.status('net')).stats!.totals.blocks! > 2n);
    const before = contents(pins);

    const frames = new BadFrames(chooseSeed(`bad frames, ${ingress} ${start}`, 1), ingress === 'strict');
    const tally = new Tally();
    for (let sent = 0; sent < FRAMES / 8; sent += BURST) await sendBurst(frames, socket, tally, drops);
    const ingressFd = native().objGet(join(pins, 'nc_ingress'));
    runFrames(frames, FRAMES / 8, ingressFd, tally);
    native().closeFd(ingressFd);

    expect(Object.fromEntries(CAUSES.map((cause) => [cause, drops.read(cause)]))).toEqual(tally.counts);
    expect(CAUSES.filter((cause) => tally.counts[cause]! > 0n)).toHaveLength(ingress === 'strict' ? 6 : 5);
    expect(contents(pins)).toEqual(before);
  },
  60_000 + FRAMES,
);
