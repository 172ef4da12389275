// Systems with one planted fault each, and the same without it. What is to be found, when and at which lines, is worked out here from the
// contract (verification.md) and from the parameters, not taken from an answer.
import type { Costs } from '../../schedule/verify/compiled-node.js';
import type { PropertyName } from '../../schedule/verify/violation.js';
import { Random } from '../support/random.js';

/** A system with a fault, what `verify` has to say of it, and its twin without the fault. */
export interface Planted {
  readonly name: string;
  readonly losses: number;
  /** By instruction, ns; without: no time. */
  readonly costs?: Costs;
  readonly faulty: readonly string[];
  readonly mended: readonly string[];
  readonly property: PropertyName;
  /** ns; null where the contract leaves it open: a run that waits for ever has no last halt. */
  readonly at: number | null;
  /** `a.nc:4`, all of which have to be among the places. */
  readonly lines: readonly string[];
}

const BYTE_NS = 80;
const ADDRESS = '02:00:00:00:00:0';

/** The length of a v1 frame with check sequence, bytes. */
function frameLength(payload: number): number {
  return Math.max(14 + 24 + payload + 4, 64);
}

function occupiedNs(payload: number): number {
  return (8 + frameLength(payload) + 12) * BYTE_NS;
}

function travelNs(payload: number): number {
  return (8 + frameLength(payload)) * BYTE_NS;
}

/** The line, counted from 1, that holds these words. */
function lineOf(text: string, words: string): number {
  const index = text.split('\n').findIndex((line) => line.includes(words));
  if (index < 0) throw new Error(`no line has ${words}`);
  return index + 1;
}

const SIZES = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;
type Size = keyof typeof SIZES;
const TYPES = Object.keys(SIZES) as Size[];

/** Sends one value at `first` and then every `period`, ns; `comments` move its lines. */
function talker(first: number, period: number, type: string, comments: number): string {
  const lead = '# a talker\n'.repeat(comments);
  return `${lead}channel bus\nvar v : ${type}\nmessage m\n    wait ${first}ns, slot\nslot:\n    create v -> m\n    send bus, m\n    wait ${period}ns, slot\n`;
}

/** Bystanders with slots of their own, far behind the others. */
function bystanders(random: Random, from: number, period: number): string[] {
  return Array.from({ length: random.below(3) }, (_, index) =>
    talker(from + 20_000 * (index + 1), period, 'u32', random.below(3)),
  );
}

/** The second of two slots begins 1 us before the first frame has left the wire. */
function overlap(random: Random): Omit<Planted, 'name'> {
  const first = 1000 * (50 + random.below(200));
  const type = random.pick(TYPES);
  const free = first + occupiedNs(SIZES[type]);
  const period = 1_000_000 * (1 + random.below(3));
  const one = talker(first, period, type, random.below(4));
  const rest = bystanders(random, free, period);
  const comments = random.below(4);
  const other = (at: number): string => talker(at, period, 'u16', comments);
  const swapped = random.below(2) === 1;
  const order = (two: string): string[] => [...(swapped ? [two, one] : [one, two]), ...rest];
  const faulty = order(other(free - 1000));
  const lines = ['a', 'b'].map((name, index) => `${name}.nc:${lineOf(faulty[index]!, 'send bus')}`);
  return { losses: 0, faulty, mended: order(other(free)), property: 'collision', at: free - 1000, lines };
}

/** Once out of step, the slave listens for less than a round at a place where no sync frame comes; mended, it listens for more than a round. */
function lostSync(random: Random): Omit<Planted, 'name'> {
  const round = 1_000_000 * (1 + random.below(4));
  const early = 1000 * (20 + random.below(80));
  const master = `channel bus\nround:\n    sync master bus\n    wait ${round}ns, round\n`;
  const slave = (listen: number, pause: number): string =>
    `${'# a slave\n'.repeat(early % 3)}channel bus from ${ADDRESS}1
round:
    sync slave ${2 * early}ns from bus
    if status_test(sync_timeout) goto lost
    wait ${round - early}ns, round
lost:
    wait ${early}ns, listen
listen:
    sync slave ${listen}ns from bus
    if not status_test(sync_timeout) goto found
    wait ${pause}ns, listen
found:
    wait ${round - early}ns, round
`;
  // Its window ends `early` behind the frame that it should have heard; it listens from 2 * early to a quarter round before the next.
  const listen = Math.floor((round - 2 * early) / 2);
  const faulty = [master, slave(listen, round - listen)];
  const mended = [master, slave(round + early, early)];
  // The halt is the wait whose frame is lost, for none after it ends otherwise than by timeout; what led to it is the frame.
  const lines = [`b.nc:${lineOf(faulty[1]!, `sync slave ${2 * early}ns`)}`, `a.nc:${lineOf(master, 'sync master')}`];
  return { losses: 1, faulty, mended, property: 'stuck', at: null, lines };
}

/** A block with one `send` more than leaves the wire before the next instant. */
function tooLong(random: Random): Omit<Planted, 'name'> {
  const type = random.pick(TYPES);
  const sends = 1 + random.below(5);
  const first = 1000 * (10 + random.below(50));
  // Room for `sends` frames and a part of one more.
  const period = sends * occupiedNs(SIZES[type]) + random.below(occupiedNs(SIZES[type]));
  const node = (count: number): string =>
    `channel bus\nvar v : ${type}\nmessage m\n    create v -> m\n    wait ${first}ns, slot\nslot:\n${'    send bus, m\n'.repeat(count)}    wait ${period}ns, slot\n`;
  const listener = `channel bus from ${ADDRESS}1 queue 256\nvar v : ${type}\nstart:\n    wait ${period}ns, start\n`;
  const faulty = [node(sends + 1), listener];
  const last = lineOf(faulty[0]!, 'send bus') + sends;
  const mended = [node(sends), listener];
  return { losses: 0, faulty, mended, property: 'schedulable', at: first + period, lines: [`a.nc:${last}`] };
}

/** A block with one instruction more than its costs leave room for. */
function oneTooMany(random: Random): Omit<Planted, 'name'> {
  const [nop, wait] = [1000 * (1 + random.below(20)), 1000 * (1 + random.below(5))];
  const room = 1 + random.below(6);
  const first = 1000 * (10 + random.below(50));
  const period = room * nop + wait + random.below(nop);
  const node = (count: number): string =>
    `${'# slow\n'.repeat(random.below(3))}    wait ${first}ns, slot\nslot:\n${'    nop\n'.repeat(count)}    wait ${period}ns, slot\n`;
  const faulty = [node(room + 1)];
  // Its last instruction is done after the instant that it arms itself.
  const lines = [`a.nc:${lineOf(faulty[0]!, `wait ${period}ns`)}`];
  const costs = { nop: BigInt(nop), wait: BigInt(wait) };
  return { losses: 0, costs, faulty, mended: [node(room)], property: 'schedulable', at: first + period, lines };
}

/** A receiver that looks before the frame has arrived; mended, at the instant of its arrival, for frames come first. */
function tooEarly(random: Random): Omit<Planted, 'name'> {
  const type = random.pick(TYPES);
  const first = 1000 * (50 + random.below(200));
  const period = 1_000_000 * (1 + random.below(3));
  const arrival = first + travelNs(SIZES[type]);
  const comments = random.below(4);
  const receiver = (at: number): string =>
    `${'# a receiver\n'.repeat(comments)}channel bus from ${ADDRESS}1\nvar v : ${type}\n    wait ${at}ns, look\nlook:\n    receive bus -> v\n    wait ${period}ns, look\n`;
  const sender = talker(first, period, type, random.below(3));
  const rest = bystanders(random, arrival + 5000, period);
  const at = arrival - 1 - random.below(5000);
  const faulty = [sender, receiver(at), ...rest];
  const lines = [`b.nc:${lineOf(faulty[1]!, 'receive bus')}`];
  return { losses: 0, faulty, mended: [sender, receiver(arrival), ...rest], property: 'received', at, lines };
}

const TEMPLATES = { overlap, lostSync, tooLong, oneTooMany, tooEarly };

/** `count` systems, the same for the same seed, in turn from each template. */
export function plantedFaults(seed: number, count: number): Planted[] {
  const templates = Object.entries(TEMPLATES);
  return Array.from({ length: count }, (_, index) => {
    const [name, template] = templates[index % templates.length]!;
    return { name: `${name} ${index}`, ...template(new Random(seed * 1000 + index)) };
  });
}
