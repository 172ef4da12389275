// `ncbpf verify --emit promela`: a system as one self-contained model for SPIN, in discrete time (verification.md section 1).
import type { Instruction } from '../../lang/program.js';
import { loopOf } from '../verify/hyperperiod.js';
import { buildModel } from '../verify/model.js';
import type { System } from '../verify/system.js';
import { declareNode, emitNode, hasFutures, looksAt, type PromelaNode } from './node.js';
import { alike, framesOf, mediumOf, receivedTypes, PromelaError, type Frame } from './wire.js';

/** Times are kept below this, so that an int of SPIN holds them. */
const OFF = 1_000_000_000;
/** Frames of one node that wait for the wire or travel at one time. */
const MOST_UNDER_WAY = 8;

interface Emission {
  readonly system: System;
  readonly losses: number;
  readonly frames: readonly Frame[];
  readonly nodes: readonly PromelaNode[];
  /** ns to units. */
  readonly units: (ns: bigint) => number;
  /** Hyperperiod, units; null: the loss-free run ends. */
  readonly period: number | null;
}

/**
 * The model; `losses` as for `verify`. Its assertion `no_collision` fails where frames overlap, `no_stop` where a machine stops, and an acceptance
 * cycle is a run in which one node waits for sync frames again and again in vain: `spin -a`, `cc`, `./pan -a -E`.
 * @throws PromelaError for a system that has what the model has not: gates, backups, queue variables, `wire ncm`, a switch
 */
export function emitPromela(system: System, losses: number): string {
  refuse(system);
  const frames = framesOf(system);
  const periodNs = losses === 0 ? null : hyperperiodNs(system);
  const unit = unitOf(system, frames, periodNs);
  const units = (ns: bigint): number => {
    const value = Number(ns) / unit;
    if (value >= OFF) throw new PromelaError(`${ns} ns are too long for the model, whose unit is ${unit} ns`);
    return value;
  };
  const nodes = system.nodes.map(({ program }, index): PromelaNode => {
    const arriving = program.channels.map((_, c) =>
      frames.filter(
        (frame) => !frame.sync && frame.hearers.some((each) => each.node === index && each.channels[0] === c),
      ),
    );
    return { index, program, frames: frames.filter(({ node }) => node === index), arriving, units };
  });
  const period = periodNs === null ? null : units(BigInt(periodNs));
  return render({ system, losses, frames, nodes, units, period });
}

function refuse({ nodes, media }: System): void {
  const unknown: readonly Instruction['op'][] = ['mode', 'xsend', 'backup_send', 'backup_receive'];
  if (media.some(({ switchNs }) => switchNs !== null)) throw new PromelaError('the model has no switch');
  for (const { program } of nodes) {
    const found = program.instructions.find(({ op }) => unknown.includes(op));
    if (found !== undefined)
      throw new PromelaError(`line ${found.span.line} of ${program.node}: the model has no ${found.op}`);
    if (program.queues.length > 0) throw new PromelaError(`${program.node}: the model has no queue variables`);
    if (program.wire.format !== 'v1') throw new PromelaError(`${program.node}: the model has wire v1 only`);
  }
}

function hyperperiodNs(system: System): number | null {
  const model = buildModel(system);
  const loop = loopOf(model);
  return loop === null ? null : loop.period / model.units.perNs;
}

/** The longest time of which all others are multiples, ns. */
function unitOf({ nodes, media }: System, frames: readonly Frame[], periodNs: number | null): number {
  const times = frames.flatMap(({ occupiedNs, travelNs }) => [occupiedNs, travelNs]);
  if (periodNs !== null) times.push(periodNs);
  for (const { propagationNs } of media) times.push(Number(propagationNs));
  for (const { program, startNs } of nodes) {
    times.push(Number(startNs), Number(program.toleranceNs));
    for (const { delayNs } of program.channels) times.push(Number(delayNs));
    for (const each of program.instructions) {
      if (each.op === 'wait' || each.op === 'future') times.push(Number(each.delayNs));
      if (each.op === 'sync_slave') times.push(Number(each.timeoutNs));
    }
  }
  if (!times.every(Number.isInteger)) throw new PromelaError('the model needs byte times of whole nanoseconds');
  return times.reduce((a, b) => gcd(a, b), 0);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function render(all: Emission): string {
  const { nodes, system, frames } = all;
  const lines = [
    `/* ${system.nodes.map(({ file }) => file).join(', ')}; at most ${all.losses} lost in each hyperperiod */`,
    `#define OFF ${OFF}`,
    'bool no_collision = true, no_stop = true;',
    'int step; int lag; bool late; bool fault; bool lose; byte i; byte j;',
    `byte victim; bool given_up; bool losses_end = ${all.losses === 0}; bool one_lost; bool no_more;`,
    `byte losses_left = ${all.losses}; int period_left = ${all.period ?? 0};`,
    ...nodes.flatMap(({ index: k }) => [
      `int busy${k}, tail${k}; byte under_way${k}; int arrival${k}[${MOST_UNDER_WAY}]; short frame${k}[${MOST_UNDER_WAY}];`,
    ]),
    ...nodes.flatMap((node) => declareNode(node, all.units(system.nodes[node.index]!.startNs))),
    ...HELPERS,
    ...frames.flatMap((frame) => sendFrame(all, frame)),
    'active proctype System() {',
    ...(all.losses > 0 ? ['  if :: losses_end = true :: skip fi;'] : []),
    `  if ${victims(nodes)
      .map((k) => `:: victim = ${k}`)
      .join(' ')} fi;`,
    '  goto node0;',
    'next: skip;',
    ...passTime(all),
    ...nodes.flatMap((node) => arrivals(all, node)),
    '  lose = false;',
    ...nodes.flatMap(emitNode),
    `node${nodes.length}:`,
    '  lag = 0; late = false; no_collision -> goto next;',
    'over: skip',
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function victims(nodes: readonly PromelaNode[]): number[] {
  const slaves = nodes.filter(({ program }) => program.instructions.some(({ op }) => op === 'sync_slave'));
  return slaves.length > 0 ? slaves.map(({ index }) => index) : [0];
}

const HELPERS = [
  '#define sooner(t) if :: t < step -> step = t :: else fi',
  '#define shift(count, list) d_step { count--; i = 0; \\',
  '  do :: i < count -> list[i] = list[i + 1]; i++ :: else -> break od; list[i] = 0; i = 0 }',
  '#define shift_pair(count, list, more) d_step { count--; i = 0; \\',
  '  do :: i < count -> list[i] = list[i + 1]; more[i] = more[i + 1]; i++ :: else -> break od; list[i] = 0; more[i] = 0; i = 0 }',
  '#define take(count, at, to, due, pc) due = at[0]; pc = to[0]; shift_pair(count, at, to)',
  '#define insert(count, at, to, time, target) d_step { i = count; do \\',
  '  :: i > 0 -> if :: at[i - 1] > (time) -> at[i] = at[i - 1]; to[i] = to[i - 1]; i-- :: else -> break fi \\',
  '  :: else -> break od; at[i] = time; to[i] = target; count++; i = 0 }',
  '#define forget(count, at, to) d_step { i = 0; do :: i < count -> at[i] = 0; to[i] = 0; i++ :: else -> break od; count = 0; i = 0 }',
  '#define stop(due) due = OFF; no_stop = !losses_end; assert(no_stop); no_stop = true',
  '#define queue_up(count, list, most, bytes) \\',
  '  if :: count == most -> shift(count, list) :: else fi; list[count] = bytes; count++',
];

/** A frame from the instant of its `send`, behind those of its node. */
function sendFrame({ system, units }: Emission, frame: Frame): string[] {
  const { node, id } = frame;
  const medium = mediumOf(system, node);
  const others = medium.nodes.filter((other) => other !== node).map((other) => `tail${other} == 0`);
  const travel = units(BigInt(frame.travelNs));
  const note = [
    `    assert(under_way${node} < ${MOST_UNDER_WAY});`,
    `    arrival${node}[under_way${node}] = busy${node} + ${travel}; frame${node}[under_way${node}] = ${id}; under_way${node}++;`,
  ];
  return [
    `inline send_${id}() {`,
    '  d_step {',
    ...(others.length > 0 ? [`    no_collision = no_collision && ${others.join(' && ')};`] : []),
    ...(frame.hearers.length > 0 ? note : []),
    `    busy${node} = busy${node} + ${units(BigInt(frame.occupiedNs))}; tail${node} = busy${node} + ${units(medium.propagationNs)}`,
    '  };',
    '  assert(no_collision)',
    '}',
  ];
}

function passTime({ nodes, losses, period }: Emission): string[] {
  const each = (line: (k: number, node: PromelaNode) => string): string[] =>
    nodes.map((node) => `    ${line(node.index, node)}`);
  const list = (k: number, what: string): string =>
    `j = 0; do :: j < under_way${k} -> ${what}; j++ :: else -> break od; j = 0;`;
  return [
    '  d_step {',
    '    step = OFF;',
    ...each((k) => `sooner(due${k}); if :: under_way${k} > 0 -> sooner(arrival${k}[0]) :: else fi;`),
    '  };',
    '  if :: step >= OFF -> goto over :: else fi;',
    '  d_step {',
    ...each((k) => `if :: due${k} < OFF -> due${k} = due${k} - step :: else fi;`),
    ...each(
      (k) =>
        `busy${k} = (busy${k} > step -> busy${k} - step : 0); tail${k} = (tail${k} > step -> tail${k} - step : 0);`,
    ),
    ...each((k) => list(k, `arrival${k}[j] = arrival${k}[j] - step`)),
    ...nodes
      .filter(hasFutures)
      .map(
        ({ index: k }) =>
          `    j = 0; do :: j < armed${k} -> at${k}[j] = at${k}[j] - step; j++ :: else -> break od; j = 0;`,
      ),
    ...(losses > 0 && period !== null ? passPeriod(losses, period) : []),
    '    step = 0',
    '  };',
  ];
}

function passPeriod(losses: number, period: number): string[] {
  return [
    '    if',
    '    :: !no_more ->',
    '      period_left = period_left - step;',
    `      do :: period_left <= 0 -> period_left = period_left + ${period}; losses_left = ${losses}; no_more = losses_end && one_lost :: else -> break od;`,
    '      if :: no_more -> period_left = 0; losses_left = 0; one_lost = false :: else fi',
    '    :: else',
    '    fi;',
  ];
}

function arrivals({ nodes, losses, units }: Emission, sender: PromelaNode): string[] {
  const k = sender.index;
  const frames = sender.frames.filter(({ hearers }) => hearers.length > 0);
  if (frames.length === 0) return [];
  const mayLose =
    '     if :: losses_left > 0 && !no_more -> lose = true; losses_left--; one_lost = losses_end :: lose = false fi;';
  const ways = frames.flatMap((frame) => [
    `  :: under_way${k} > 0 && arrival${k}[0] == 0 && frame${k}[0] == ${frame.id} ->`,
    ...(losses > 0 ? [mayLose] : []),
    ...frame.hearers.flatMap(({ node, channels }) => hear(nodes[node]!, frame, channels, units)),
    `     shift_pair(under_way${k}, arrival${k}, frame${k})`,
  ]);
  return ['  do', ...ways, `  :: under_way${k} == 0 || arrival${k}[0] != 0 -> break`, '  od;'];
}

function hear(
  { index: k, program }: PromelaNode,
  frame: Frame,
  channels: readonly number[],
  units: (ns: bigint) => number,
): string[] {
  if (!frame.sync) {
    const c = channels[0]!;
    if (!looksAt(program, c)) return [];
    const payload = alike(frame.payload, receivedTypes(program, program.channels[c]!.id));
    const queue = `queue_up(queued${k}_${c}, payload${k}_${c}, ${program.channels[c]!.queue}, ${payload})`;
    return [`     if :: phase${k} != 3 -> if :: ${queue} :: lose fi :: else fi;`];
  }
  const waits = [1, ...channels.map((c) => c + 2)].map((number) => `hears${k} == ${number}`).join(' || ');
  const delays = channels.map((c) => [c, units(program.channels[c]!.delayNs)] as const);
  const delay = delays.reduceRight(
    (rest, [c, time]) => `(hears${k} == ${c + 2} -> ${time} : ${rest})`,
    `${delays[0]![1]}`,
  );
  return [
    `     if`,
    `     :: (${waits}) -> if :: !(given_up && victim == ${k}) -> due${k} = -(${delay}); phase${k} = 2; hears${k} = 0 :: lose fi`,
    '     :: else',
    '     fi;',
  ];
}
