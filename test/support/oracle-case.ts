// Data cases for the oracle: a program, a script of what happens to its node, and what must have come of it.
//
//   # what the case is about
//   -- program
//   (a program in the text form)
//   -- script
//   at 1000us frame from 02:00:00:00:00:02 channel bus seq 0 payload hex:0102   (wire ncm: without channel and seq)
//   at 1000us frame from MAC to MAC channel bus seq 0 payload hex:0102           (default: broadcast)
//   at 1000us sync from MAC channel bus seq 0
//   at 1000us raw hex:...              any bytes as a frame
//   at 1000us write v 5                an application writes (5, -5, "text", hex:00ff)
//   at 1000us refuse on | refuse off   from now on the kernel refuses every send, or takes them again
//   at 1000us take q                   an application takes the oldest value of a queue
//   at 1000us ordinary 60              an ordinary frame of so many bytes comes to the gate; `ordinary 60 0x88b5`: of an ethertype
//   at 1000us wake                     one block runs now, if it is due
//   at 0us start | stop                without a start line the machine is started at 0 before everything else
//   run until 5000us                   every block up to and at 5000us runs exactly when it is due, overdue ones at the step before
//   -- expect
//   (see oracle-expect.ts)
//
// Times are relative to the start clock of the case; steps stand in the order of time.
import { checkSource } from '../../lang/compile.js';
import { fromHex } from '../../schedule/bytes.js';
import { encodeData, encodeSync } from '../../schedule/frame.js';
import type { Mac, Program, Value } from '../../lang/program.js';
import type { OrdinaryFrame } from '../../cli/simulate/ordinary-traffic.js';

/** Clocks of every case: instant 0 of scripts on CLOCK_MONOTONIC, and CLOCK_TAI less CLOCK_MONOTONIC; ns. */
export const CASE_CLOCK = { originNs: 1_000_000_000n, taiOffsetNs: 37_000_000_000n } as const;

/** Address of the node that runs the program. */
export const CASE_MAC: Mac = '02:00:00:00:00:01';

/** Bits a second of the link of all cases. */
export const CASE_RATE = 100e6;

/** One thing that happens to the node; instants are ns of CLOCK_MONOTONIC. Names are resolved, frames are bytes. */
export type Step =
  | { readonly kind: 'start' | 'stop' | 'wake'; readonly atNs: bigint }
  | { readonly kind: 'deliver'; readonly atNs: bigint; readonly bytes: Uint8Array }
  | {
      readonly kind: 'write';
      readonly atNs: bigint;
      readonly variable: number;
      readonly name: string;
      readonly value: Value;
    }
  | { readonly kind: 'take'; readonly atNs: bigint; readonly queue: number; readonly name: string }
  | { readonly kind: 'refuse'; readonly atNs: bigint; readonly on: boolean }
  | { readonly kind: 'ordinary'; readonly atNs: bigint; readonly frame: OrdinaryFrame }
  /** Runs each block that is due at or before `atNs`, exactly at its instant; overdue ones at that of the step before. */
  | { readonly kind: 'run'; readonly atNs: bigint };

/** A case that was read; `expectations` are the lines of its last section without comments. */
export interface OracleCase {
  readonly name: string;
  readonly text: string;
  readonly program: Program;
  readonly steps: readonly Step[];
  readonly expectations: readonly string[];
}

const SECTIONS = ['program', 'script', 'expect'] as const;
type Section = (typeof SECTIONS)[number];

/** Reads a case. Throws Error, with the name of the case, for anything that the format does not know. */
export function parseOracleCase(name: string, content: string): OracleCase {
  const sections = splitSections(name, content);
  const text = sections.program.join('\n') + '\n';
  const { program, diagnostics } = checkSource(text, `${name}.nc`);
  if (program === null)
    throw new Error(`${name}: ${diagnostics.map((each) => `${each.span.line}: ${each.message}`).join('; ')}`);
  return {
    name,
    text,
    program,
    steps: parseScript(name, program, sections.script),
    expectations: effective(sections.expect),
  };
}

function splitSections(name: string, content: string): Record<Section, string[]> {
  const sections: Partial<Record<Section, string[]>> = {};
  let current: string[] | null = null;
  for (const line of content.split('\n')) {
    const title = /^-- (.*)$/.exec(line)?.[1];
    if (title !== undefined) current = sections[sectionOf(name, title)] = [];
    else if (current !== null) current.push(line);
    else if (!/^(#.*)?$/.test(line)) throw new Error(`${name}: text before the first section: ${line}`);
  }
  const { program, script, expect = [] } = sections;
  if (program === undefined || script === undefined) throw new Error(`${name}: a section is missing`);
  return { program, script, expect };
}

function sectionOf(name: string, title: string): Section {
  const section = SECTIONS.find((each) => each === title);
  if (section === undefined) throw new Error(`${name}: unknown section ${title}`);
  return section;
}

function effective(lines: readonly string[]): string[] {
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

function parseScript(name: string, program: Program, lines: readonly string[]): Step[] {
  const steps = effective(lines).map((line) => {
    const step = parseStep(program, line);
    if (step === null) throw new Error(`${name}: unknown step: ${line}`);
    return step;
  });
  if (!steps.some((step) => step.kind === 'start')) steps.unshift({ kind: 'start', atNs: CASE_CLOCK.originNs });
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (before && before.atNs > step.atNs) throw new Error(`${name}: step ${index} goes back in time`);
  }
  return steps;
}

function parseStep(program: Program, line: string): Step | null {
  const until = /^run until (\S+)$/.exec(line)?.[1];
  if (until !== undefined) return { kind: 'run', atNs: instant(until) };
  const [, at = '', what = '', rest = ''] = /^at (\S+) (\w+) ?(.*)$/.exec(line) ?? [];
  const atNs = at === '' ? 0n : instant(at);
  switch (what) {
    case 'start':
    case 'stop':
    case 'wake':
      return { kind: what, atNs };
    case 'refuse':
      return { kind: 'refuse', atNs, on: rest === 'on' };
    case 'ordinary':
      return ordinaryStep(atNs, rest);
    case 'raw':
      return { kind: 'deliver', atNs, bytes: bytesOf(rest) };
    case 'take':
      return takeStep(program, atNs, rest);
    case 'write':
      return writeStep(program, atNs, rest);
    case 'frame':
    case 'sync':
      return { kind: 'deliver', atNs, bytes: frameBytes(program, what, atNs, rest) };
    default:
      return null;
  }
}

function writeStep(program: Program, atNs: bigint, rest: string): Step {
  const [, name = '', value = ''] = /^(\w+) (.+)$/.exec(rest) ?? [];
  const declared = [...program.variables, ...program.queues].find((each) => each.name === name);
  if (declared === undefined) throw new Error(`write: no variable in "${rest}"`);
  return { kind: 'write', atNs, variable: declared.id, name, value: parseValue(value) };
}

/** ARP: the kernel looks into test frames of IP. */
const USUAL_ETHERTYPE = 0x0806;

function ordinaryStep(atNs: bigint, rest: string): Step {
  const [length, ethertype = USUAL_ETHERTYPE] = rest.split(' ').map(Number);
  if (length === undefined || !(length >= 14)) throw new Error(`not a frame: ordinary ${rest}`);
  return { kind: 'ordinary', atNs, frame: { length, ethertype } };
}

function takeStep(program: Program, atNs: bigint, name: string): Step {
  const queue = program.queues.find((each) => each.name === name);
  if (queue === undefined) throw new Error(`take: no queue ${name}`);
  return { kind: 'take', atNs, queue: queue.id, name };
}

const FRAME = /^from (\S+)(?: to (\S+))?(?: channel (\w+) seq (\d+))?(?: payload (\S+))?$/;

function frameBytes(program: Program, what: 'frame' | 'sync', atNs: bigint, rest: string): Uint8Array {
  const [, source, destination = null, name, sequence = '0', payload = 'hex:'] = FRAME.exec(rest) ?? [];
  if (source === undefined) throw new Error(`not a frame: ${rest}`);
  const channel = program.channels.find((each) => each.name === name)?.id;
  if (channel === undefined && program.wire.format === 'v1') throw new Error(`no channel in "${rest}"`);
  const taiNs = atNs + CASE_CLOCK.taiOffsetNs;
  const fields = { source, channel: channel ?? 0, sequence: Number(sequence), programId: 0, taiNs };
  if (what === 'sync') return encodeSync(program.wire, fields);
  return encodeData(program.wire, { ...fields, destination, payload: bytesOf(payload) });
}

/** A value as scripts and expectations write it: `42`, `-42`, `hex:00ff` or `"text"`. */
export function parseValue(text: string): Value {
  return /^-?\d+$/.test(text) ? BigInt(text) : bytesOf(text);
}

function bytesOf(text: string): Uint8Array {
  if (/^".*"$/.test(text)) return new TextEncoder().encode(text.slice(1, -1));
  if (!text.startsWith('hex:')) throw new Error(`not bytes: ${text}`);
  return fromHex(text.slice(4));
}

const UNIT_NS: Readonly<Record<string, bigint>> = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n };

/** Ns of CLOCK_MONOTONIC of an instant that is written as a duration since the origin, with up to nine decimals. */
function instant(text: string): bigint {
  const [, sign, whole = '', fraction = '', unit = ''] = /^(-?)(\d+)(?:\.(\d{1,9}))?(ns|us|ms|s)$/.exec(text) ?? [];
  const factor = UNIT_NS[unit];
  if (factor === undefined) throw new Error(`not an instant: ${text}`);
  const ns = (BigInt(whole + fraction.padEnd(9, '0')) * factor) / 1_000_000_000n;
  return CASE_CLOCK.originNs + (sign === '-' ? -ns : ns);
}
