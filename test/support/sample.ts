// Samples and what is expected of them: samples/NAME/expected.txt.
//
//   # comment
//   until 26ms                                    every block up to then runs
//   node a.nc 02:00:00:00:00:0a [start 1ms]       from here on: this node; it starts at 0 unless it says otherwise
//   at 12ms write NAME VALUE                      its application writes
//   frame at 0us L 0us ...                        a frame that it sends: an expectation for it, and what the others receive
//   counter rounds = 2                            any other line is a fact about what is left (oracle-expect.ts)
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSource } from '../../lang/compile.js';
import { ERROR_BITS, type Mac, type Program } from '../../lang/program.js';
import { packageRoot } from '../../loader/native.js';
import { fromHex, toHex } from '../../schedule/bytes.js';
import { decodeFrame, encodeData, encodeSync } from '../../schedule/frame.js';
import { simulate } from '../../schedule/simulate.js';
import { CASE_CLOCK, parseValue, type OracleCase, type Step } from './oracle-case.js';
import type { Machine } from '../../schedule/machine.js';

/** One node of a sample; instants are ns from the beginning. */
export interface SampleNode {
  readonly file: string;
  readonly text: string;
  readonly program: Program;
  readonly mac: Mac;
  readonly startNs: bigint;
  readonly writes: readonly { readonly atNs: bigint; readonly name: string; readonly value: string }[];
  readonly facts: readonly string[];
  readonly frames: readonly string[];
}

export interface Sample {
  readonly name: string;
  readonly untilNs: bigint;
  readonly nodes: readonly SampleNode[];
}

const FOLDER = join(packageRoot(), 'samples');
const EXPECTED = 'expected.txt';

/** Names of the samples that are programs. */
export function sampleNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => !name.includes('.') && readdirSync(join(FOLDER, name)).some((file) => file.endsWith('.nc')))
    .sort();
}

/** Reads a sample. Throws Error for what the format does not know, and for programs that are not free of diagnostics. */
export function readSample(name: string): Sample {
  const text = readFileSync(join(FOLDER, name, EXPECTED), 'utf8');
  const [head = '', ...parts] = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n')
    .split(/^node /m);
  const until = /^until (\S+)$/.exec(head.trim())?.[1];
  if (until === undefined) throw new Error(`${name}: "until DURATION" is missing`);
  return { name, untilNs: duration(until), nodes: parts.map((part) => readNode(name, part)) };
}

function readNode(name: string, part: string): SampleNode {
  const [head = '', ...lines] = part.trim().split('\n');
  const [, file = '', mac = '', start = '0us'] = /^(\S+\.nc) (\S+)(?: start (\S+))?$/.exec(head) ?? [];
  const text = readFileSync(join(FOLDER, name, file), 'utf8');
  const { program, diagnostics } = checkSource(text, file);
  if (program === null || diagnostics.length > 0) {
    throw new Error(
      `${name}/${file}: ${diagnostics.map(({ span, message }) => `${span.line}: ${message}`).join('; ')}`,
    );
  }
  const writes = lines.flatMap((line) => {
    const [, at, variable = '', value = ''] = /^at (\S+) write (\w+) (.+)$/.exec(line) ?? [];
    return at === undefined ? [] : [{ atNs: duration(at), name: variable, value }];
  });
  const frames = lines.filter((line) => line.startsWith('frame '));
  const facts = lines.filter((line) => !line.startsWith('frame ') && !line.startsWith('at '));
  return { file, text, program, mac, startNs: duration(start), writes, facts, frames };
}

const UNIT_NS: Readonly<Record<string, bigint>> = { us: 1_000n, ms: 1_000_000n };

function duration(text: string): bigint {
  const [, digits = '', unit = ''] = /^(\d+)(us|ms)$/.exec(text) ?? [];
  const factor = UNIT_NS[unit];
  if (factor === undefined) throw new Error(`not a duration: ${text}`);
  return BigInt(digits) * factor;
}

const FRAME = /^frame at (\S+) L (\S+) (data|sync) (\w+) seq (\d+)(?: payload hex:([0-9a-f]*))?$/;

/** A frame that a node is expected to send, as its receivers get it. */
function expectedFrame({ program, mac }: SampleNode, line: string): { atNs: bigint; bytes: Uint8Array } {
  const [, at = '', logical = '', type, name, sequence, payload = ''] = FRAME.exec(line) ?? [];
  const channel = program.channels.find((each) => each.name === name);
  if (channel === undefined) throw new Error(`no channel in "${line}"`);
  const taiNs = CASE_CLOCK.originNs + CASE_CLOCK.taiOffsetNs + duration(logical);
  const fields = { source: mac, channel: channel.id, sequence: Number(sequence), programId: program.programId, taiNs };
  const bytes =
    type === 'sync'
      ? encodeSync(program.wire, fields)
      : encodeData(program.wire, { ...fields, destination: channel.to, payload: fromHex(payload) });
  return { atNs: duration(at), bytes };
}

/** What happens to one node, as a data case: its application writes, the frames that the others are expected to send arrive. */
export function caseOf(sample: Sample, node: SampleNode): OracleCase {
  const absolute = (ns: bigint) => CASE_CLOCK.originNs + ns;
  const writes = node.writes.map(({ atNs, name, value }): Step => {
    const variable = node.program.variables.find((each) => each.name === name)!.id;
    return { kind: 'write', atNs: absolute(atNs), variable, name, value: parseValue(value) };
  });
  const frames = sample.nodes
    .filter((other) => other !== node)
    .flatMap((other) => other.frames.map((line) => expectedFrame(other, line)))
    .map(({ atNs, bytes }): Step => ({ kind: 'deliver', atNs: absolute(atNs), bytes }));
  // At one instant frames arrive first, then applications write, then the machine runs.
  const events = [...frames, ...writes].sort((a, b) => Number(a.atNs - b.atNs));
  const start: Step = { kind: 'start', atNs: absolute(node.startNs) };
  const steps = events.flatMap((event): Step[] => [{ kind: 'run', atNs: event.atNs - 1n }, event]);
  return {
    name: `${sample.name}/${node.file}`,
    text: node.text,
    program: node.program,
    steps: [
      ...steps.filter(({ atNs }) => atNs < start.atNs),
      start,
      ...steps.filter(({ atNs }) => atNs >= start.atNs),
      { kind: 'run', atNs: absolute(sample.untilNs) },
    ],
    expectations: [...node.facts, ...node.frames],
  };
}

const SIMULATED = /^(var|counter|errors|frames?)\b/;

/** The expectations of each node that a simulation of all nodes answers, in the order of `simulatedLines`. */
export function simulatedExpectations(sample: Sample): string[][] {
  return sample.nodes.map(({ facts, frames }) => [...facts.filter((line) => SIMULATED.test(line)), ...frames]);
}

/** The same lines out of a simulation of all nodes together; their applications write nothing. */
export function simulatedLines(sample: Sample): string[][] {
  const { machines } = simulate(sample.nodes, { untilNs: sample.untilNs });
  return sample.nodes.map((node, index) => {
    const machine = machines[index]!;
    const facts = node.facts.filter((line) => SIMULATED.test(line)).map((line) => simulatedFact(node, machine, line));
    return [...facts, ...machine.frames.map(({ realNs, bytes }) => simulatedFrame(node, realNs, bytes))];
  });
}

function simulatedFact({ program }: SampleNode, machine: Machine, line: string): string {
  const [key = ''] = line.split(' = ');
  const [kind, name] = key.split(' ');
  const idOf = (things: readonly { name: string; id: number }[]) => things.find((each) => each.name === name)!.id;
  if (kind === 'var') return `${key} = ${String(machine.variable(idOf(program.variables)))}`;
  if (kind === 'counter') return `${key} = ${machine.counter(idOf(program.counters))}`;
  if (kind === 'frames') return `${key} = ${machine.frames.length || 'none'}`;
  const set = Object.entries(ERROR_BITS).filter(([, bit]) => (machine.errors >> bit) & 1);
  return `${key} = ${set.map(([error]) => error).join(', ') || 'none'}`;
}

function simulatedFrame({ program }: SampleNode, atNs: bigint, bytes: Uint8Array): string {
  const decoded = decodeFrame(program.wire, bytes);
  if (decoded.kind !== 'frame') return `frame that is none: ${toHex(bytes)}`;
  const { channel, type, sequence, taiNs, payload } = decoded.frame;
  const name = program.channels.find(({ id }) => id === channel)?.name;
  const content = type === 'data' ? ` payload hex:${toHex(payload)}` : '';
  return `frame at ${atNs / 1_000n}us L ${(taiNs ?? 0n) / 1_000n}us ${type} ${name} seq ${sequence}${content}`;
}
