// Systems of two to four nodes from a seed: talkers on grids, masters, slaves, and nodes that data, counters and handlers lead here and there.
import { Random } from '../support/random.js';

/** A generated system. */
export interface Generated {
  readonly name: string;
  readonly texts: readonly string[];
  readonly losses: number;
}

const ROUNDS_US = [200, 400, 800];

/** System `index` of a seed. */
export function generateSystem(seed: number, index: number): Generated {
  const random = new Random((seed * 100_003 + index) >>> 0);
  const count = 2 + random.below(3);
  const round = random.pick(ROUNDS_US);
  const hasMaster = random.below(3) > 0;
  const texts = Array.from({ length: count }, (_, node) => {
    if (hasMaster && node === 0) return master(random, round);
    const kinds = hasMaster
      ? [slave, slave, talker, wanderer, listener]
      : [talker, talker, wanderer, listener, juggler];
    return random.pick(kinds)(random, round, node, count);
  });
  return {
    name: `seed ${seed}, system ${index}`,
    texts,
    losses: hasMaster && count < 4 && random.below(3) === 0 ? 1 : 0,
  };
}

const DECLARED = 'var v : u16\nvar w : bytes[30]\nvar got : u16\nmessage m\ncounter c\n';

function channel(sender: number): string {
  return `channel bus from 02:00:00:00:00:0${sender + 1} queue 3\n`;
}

/** An instant in a round, us: in a slot of its own node, or one at which others may send too, so that there are systems with and without collisions. */
function offset(random: Random, round: number, node: number, count: number): number {
  const slot = Math.floor(round / (count + 1));
  const chance = random.below(6);
  if (chance === 0) return 10 + random.below(round - 20);
  if (chance === 1) return (round / 4) * (1 + random.below(2)) + random.below(8);
  return slot * (node + 1) + random.below(Math.max(slot - 30, 1));
}

function message(random: Random): string {
  return `    create ${random.pick(['v', 'v', 'v', 'w'])} -> m\n`;
}

function master(random: Random, round: number): string {
  const last =
    random.below(4) === 0 ? `    add_to_counter c, 1\n    if test_count(c, ${2 + random.below(3)}) goto last\n` : '';
  const wait = `    wait ${round}us, round\n`;
  return `channel bus\ncounter c\nround:\n    sync master bus\n${last}${wait}last:\n    end_of_program\n`;
}

function slave(random: Random, round: number, node: number, count: number): string {
  const timeout = random.pick([round + 10, round - 10, Math.floor(round / 2), 2 * round]);
  const at = offset(random, round, node, count);
  const lost = random.pick([
    '    if status_test(sync_timeout) goto round\n',
    '    if status_test(sync_timeout) goto pause\n',
    '    if status_test(sync_timeout) goto last\n',
    '    handle sync_timeout, pause\n',
    '',
  ]);
  const maybe = random.below(3) === 0 ? '    if test_var(v, nonzero) goto round\n' : '';
  const from = random.below(6) === 0 ? node : 0;
  const pause = random.pick([random.below(round) + 1, round, 2 * round - timeout > 0 ? 2 * round - timeout : round]);
  return `${channel(from)}${DECLARED}round:\n    sync slave ${timeout}us${random.pick(['', ' from bus'])}\n${lost}${maybe}    wait ${at}us, out
out:\n${message(random)}    send bus, m\n    goto round\npause:\n    wait ${pause}us, round\nlast:\n    ${random.pick(['halt', 'end_of_program'])}\n`;
}

function talker(random: Random, round: number, node: number, count: number): string {
  const at = offset(random, round, node, count);
  const period = random.pick([round, round, 2 * round, round / 2]);
  const maybe = random.below(2) === 0 ? '    if test_var(v, zero) goto rest\n' : '';
  return `${channel(0)}${DECLARED}    wait ${at}us, slot\nslot:\n${maybe}${message(random)}    send bus, m\nrest:\n    wait ${period}us, slot\n`;
}

/** Data and a counter lead it. */
function wanderer(random: Random, round: number, node: number, count: number): string {
  const at = offset(random, round, node, count);
  const end = random.pick(['    halt\n', '    end_of_program\n', `    clear_counter c\n    wait ${round}us, start\n`]);
  const handler = random.below(2) === 0 ? '    handle no_future, start2\n' : '';
  return `${channel(0)}${DECLARED}${handler}start:\n    add_to_counter c, 1\n    if test_count(c, ${2 + random.below(4)}) goto last
    if greater(v, got) goto talk\n    wait ${round}us, start\ntalk:\n    wait ${at}us, slot\nslot:\n${message(random)}    send bus, m
    wait ${round - at}us, start\nstart2:\n    clear_counter c\n    wait ${round}us, start\nlast:\n${end}`;
}

/** What it receives, and whether, leads it. */
function listener(random: Random, round: number, node: number, count: number): string {
  const at = offset(random, round, node, count);
  const sender = random.below(count);
  const missing = random.pick(['goto rest', 'goto last', 'goto rest']);
  const guard = random.pick([
    `    if channel_rcv_buf_empty(bus) ${missing}\n    receive bus -> got\n`,
    `    receive bus -> got\n    if status_test(receive_fault) ${missing}\n`,
    `    handle receive_fault, ${missing.slice(5)}\n    receive bus -> got\n`,
  ]);
  const then = random.below(2) === 0 ? `    if test_var(got, nonzero) goto last\n` : '';
  return `${channel(sender)}${DECLARED}    wait ${at}us, look\nlook:\n${guard}${then}rest:\n    wait ${round}us, look
last:\n    ${random.pick(['halt', 'end_of_program', `wait ${2 * round}us, look`])}\n`;
}

/** More than one future at a time. */
function juggler(random: Random, round: number, node: number, count: number): string {
  const at = offset(random, round, node, count);
  const more = random.below(4) === 0 ? `    future ${round * 2}us, slot\n` : '';
  return `${channel(0)}${DECLARED}start:\n    future ${at}us, slot\n    future ${round}us, start\n${more}    halt\nslot:\n${message(random)}    send bus, m\n    halt\n`;
}
