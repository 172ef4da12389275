// The `-- expect` section of a data case: facts about what is left, each a line of its own.
//
//   var NAME = 5 | hex:00ff          counter NAME = 5          message NAME = hex:00ff | empty
//   queue NAME = 1, 2 | none         errors = none | message_empty, receive_fault
//   run = running | ended | ...      position = 3              logical = 1000us
//   futures = none | 1000us 3, ...   verdicts = taken, drop    drop CAUSE = 1
//   stat NAME = 1                    channel NAME STAT = 1     applications = done, 5, queue_full
//   gate = none | open | closed      ordinary = pass, drop     traffic passed|dropped|forged = 1
//   peer MAC CHANNEL data|sync = lost 0 repeated 0 restarted 0
//   frames = none
//   frame at 1000us L 1000us data CHANNEL seq 0 to MAC payload hex:00    (sync: without payload; `to` only if not broadcast)
//   frame at 1000us ncm data payload hex:00                              (with its padding)
//
// If one `frame` line is given, they are all frames that left, in their order.
import { ERROR_BITS } from '../../lang/program.js';
import { fromHex, toHex } from '../../schedule/bytes.js';
import { BROADCAST, decodeFrame } from '../../schedule/frame.js';
import { CASE_CLOCK, CASE_MAC } from './oracle-case.js';
import type { Program } from '../../lang/program.js';
import type { Frame } from '../../schedule/frame.js';
import type { OracleCase } from './oracle-case.js';
import type { CaseResult } from './oracle-run.js';

/** What the lines of the expectation would have to say for the result; equal to them if the case holds. */
export function actualLines(oracleCase: OracleCase, result: CaseResult): string[] {
  const lines = oracleCase.expectations
    .filter((line) => !line.startsWith('frame '))
    .map((line) => factLine(result, line));
  const wantsFrames = oracleCase.expectations.some((line) => line.startsWith('frame '));
  return wantsFrames ? [...lines, ...frameLines(oracleCase.program, result)] : lines;
}

/** The expectation in the order of `actualLines`: facts first, then frames. */
export function expectedLines({ expectations }: OracleCase): string[] {
  const isFrame = (line: string): boolean => line.startsWith('frame ');
  return [...expectations.filter((line) => !isFrame(line)), ...expectations.filter(isFrame)];
}

function factLine(result: CaseResult, line: string): string {
  const [key = ''] = line.split(' = ');
  const [kind = '', ...names] = key.split(' ');
  const read = FACTS[kind];
  if (read === undefined) throw new Error(`unknown expectation: ${line}`);
  return `${key} = ${String(read(result, names))}`;
}

type Fact = (result: CaseResult, names: readonly string[]) => string | number | undefined;

const FACTS: Readonly<Record<string, Fact>> = {
  var: (result, [name = '']) => result.variables[name],
  queue: (result, [name = '']) => listText(result.queues[name] ?? ['?']),
  counter: (result, [name = '']) => result.counters[name],
  message: (result, [name = '']) => result.messages[name],
  errors: (result) => listText(errorNames(result.errors)),
  run: (result) => result.run,
  position: (result) => result.position,
  logical: (result) => microseconds(result.logical),
  futures: (result) => listText(result.futures.map(futureText)),
  applications: (result) => listText(result.applications),
  gate: (result) => result.gate,
  ordinary: (result) => listText(result.ordinary),
  traffic: ({ traffic }, [name = '']) => new Map<string, number>(Object.entries(traffic)).get(name),
  verdicts: (result) => listText(result.verdicts),
  drop: (result, [cause = '']) => result.drops[cause],
  stat: (result, [name = '']) => result.stats[name],
  channel: (result, [name = '', stat = '']) => result.channels[name]?.[stat],
  peer: (result, names) => peerText(result, names.join(' ')),
  frames: (result) => (result.frames.length === 0 ? 'none' : result.frames.length),
};

function errorNames(errors: number): string[] {
  return Object.entries(ERROR_BITS).flatMap(([name, bit]) => ((errors >> bit) & 1 ? [name] : []));
}

function futureText(future: string): string {
  const [at = '', target = ''] = future.split(' ');
  return `${microseconds(at)} ${target}`;
}

function peerText(result: CaseResult, key: string): string {
  const peer = result.peers[key];
  return peer === undefined ? 'nothing' : `lost ${peer.lost} repeated ${peer.repeated} restarted ${peer.restarted}`;
}

function listText(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.join(', ');
}

function frameLines(program: Program, result: CaseResult): string[] {
  return result.frames.map(({ at, hex }) => {
    const decoded = decodeFrame(program.wire, fromHex(hex));
    const what =
      decoded.kind === 'frame' && isOurs(program, decoded.frame) ? frameText(program, decoded.frame) : `? ${hex}`;
    return `frame at ${microseconds(at)} ${what}`;
  });
}

function isOurs(program: Program, frame: Frame): boolean {
  return frame.source === CASE_MAC && (frame.programId === null || frame.programId === program.programId);
}

function frameText(program: Program, frame: Frame): string {
  const payload = frame.type === 'data' || frame.channel === null ? ` payload hex:${toHex(frame.payload)}` : '';
  if (frame.channel === null || frame.taiNs === null) return `ncm ${frame.type}${payload}`;
  const channel = program.channels.find((each) => each.id === frame.channel);
  const to = frame.destination === BROADCAST ? '' : ` to ${frame.destination}`;
  const logical = (frame.taiNs - CASE_CLOCK.taiOffsetNs - CASE_CLOCK.originNs).toString();
  return `L ${microseconds(logical)} ${frame.type} ${channel?.name} seq ${frame.sequence}${to}${payload}`;
}

function microseconds(ns: string): string {
  const digits = ns.replace('-', '').padStart(4, '0');
  const fraction = digits.slice(-3).replace(/0+$/, '');
  return `${ns.startsWith('-') ? '-' : ''}${digits.slice(0, -3)}${fraction === '' ? '' : `.${fraction}`}us`;
}
