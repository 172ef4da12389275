// The cases of the oracle as scripts of `ncbpf simulate`: the command must leave what the machine leaves that they were written for.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { PHASES } from '../../../cli/simulate/steps.js';
import { packageRoot } from '../../../loader/native.js';
import { toHex } from '../../../schedule/bytes.js';
import { CASE_CLOCK, CASE_MAC, parseOracleCase, type OracleCase, type Step } from '../../support/oracle-case.js';
import { OracleNode, runCaseOnOracle } from '../../support/oracle-run.js';
import { Folders, ncbpf } from './harness.js';

const folders = new Folders();
afterAll(() => folders.cleanUp());

const FOLDER = join(packageRoot(), 'test', 'cases', 'oracle');
const cases = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.case'))
  .sort()
  .map((file) => parseOracleCase(file.slice(0, -'.case'.length), readFileSync(join(FOLDER, file), 'utf8')));

function since(ns: bigint): number {
  return Number(ns - CASE_CLOCK.originNs);
}

/** How long a script is played, ns: a duration is more than 0. */
function lengthOf(steps: readonly Step[]): number {
  return Math.max(1, since(steps.at(-1)!.atNs));
}

/** Whether every block of a case runs when it is due, and what is at one instant comes in the order of the contract. */
function keepsOrder({ program, steps }: OracleCase): boolean {
  const node = new OracleNode(program, CASE_MAC, 0n);
  const endNs = CASE_CLOCK.originNs + BigInt(lengthOf(steps));
  let [lastNs, lastPhase] = [-1n, 0];
  for (const step of steps) {
    if (step.kind === 'wake' || step.atNs < CASE_CLOCK.originNs) return false;
    if (step.kind === 'run') {
      for (let next = node.nextInstant(); next !== null && next <= step.atNs; next = node.nextInstant()) {
        node.runBlock(next);
        [lastNs, lastPhase] = [next, PHASES.ordinary - 0.5];
      }
      continue;
    }
    const due = node.nextInstant();
    const phase = PHASES[step.kind];
    if (step.atNs === lastNs && phase < lastPhase) return false;
    if (due !== null && (due < step.atNs || (due === step.atNs && phase === PHASES.ordinary))) return false;
    node.step(step);
    [lastNs, lastPhase] = [step.atNs, phase];
  }
  const due = node.nextInstant();
  return due === null || due > endNs;
}

function eventOf(step: Exclude<Step, { kind: 'run' }>): Record<string, unknown> {
  const at = since(step.atNs);
  switch (step.kind) {
    case 'deliver':
      return { at, event: 'raw', bytes: `hex:${toHex(step.bytes)}` };
    case 'write': {
      const value = step.value instanceof Uint8Array ? `hex:${toHex(step.value)}` : String(step.value);
      return { at, event: 'write', name: step.name, value };
    }
    case 'take':
      return { at, event: 'take', name: step.name };
    case 'refuse':
      return { at, event: 'refuse', on: step.on };
    case 'ordinary':
      return { at, event: 'ordinary', ...step.frame };
    case 'start':
    case 'stop':
    case 'wake':
      return { at, event: step.kind };
  }
}

interface Answer {
  readonly frames: readonly { at: number; bytes: string }[];
  readonly events: readonly { event: string; verdict?: string; outcome?: string }[];
  readonly nodes: readonly [NodeAnswer];
}

type Shown = number | string;

interface NodeAnswer extends Readonly<Record<string, unknown>> {
  readonly run: string;
  readonly reason?: string;
  readonly variables: Readonly<Record<string, Shown>>;
  readonly queues: Readonly<Record<string, readonly Shown[]>>;
  readonly messages: Readonly<Record<string, string | null>>;
  readonly futures: readonly { at: number; instruction: number }[];
}

function mapped<A, B>(values: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

/** Integers as JSON.parse has them, byte strings as hex digits, in whatever way they are written. */
function comparable(value: Shown): Shown {
  if (typeof value === 'string' && value.startsWith('"')) return `hex:${toHex(Buffer.from(value.slice(1, -1)))}`;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
}

const HEADER_TIME = { from: 2 * (14 + 16), to: 2 * (14 + 24) } as const;

/** A frame without its time, which is of another clock. */
function timeless(digits: string): string {
  return digits.slice(0, HEADER_TIME.from) + digits.slice(HEADER_TIME.to);
}

/** What both say of a node. */
function inCommon(answer: Answer, format: 'v1' | 'ncm'): Record<string, unknown> {
  const [node] = answer.nodes;
  const digits = (bytes: string) => (format === 'v1' ? timeless(bytes.slice(4)) : bytes.slice(4));
  return {
    run: node.reason === undefined ? node.run : `${node.run} ${node.reason}`,
    position: node.instruction,
    errors: node.errorBits,
    variables: mapped(node.variables, comparable),
    queues: mapped(node.queues, (values) => values.map(comparable)),
    messages: mapped(node.messages, (value) => value ?? 'empty'),
    counters: node.counters,
    channels: node.channels,
    drops: node.drops,
    stats: node.stats,
    gate: node.gate ?? 'none',
    traffic: node.ordinary,
    futures: node.futures.map(({ at, instruction }) => `${at} ${instruction}`),
    frames: answer.frames.map(({ at, bytes }) => ({ at: String(at), hex: digits(bytes) })),
    verdicts: answer.events.flatMap(({ event, verdict }) => (event === 'arrival' ? [verdict] : [])),
    ordinary: answer.events.flatMap(({ event, outcome }) =>
      event === 'ordinary' ? [outcome === 'pass' ? 'pass' : 'drop'] : [],
    ),
  };
}

function expected(oracleCase: OracleCase): Record<string, unknown> {
  const result = runCaseOnOracle(oracleCase);
  const { run, position, errors, messages, counters, channels, drops, stats, gate, traffic, futures } = result;
  const variables = mapped(result.variables, comparable);
  const queues = mapped(result.queues, (values) => values.map(comparable));
  const isV1 = oracleCase.program.wire.format === 'v1';
  const frames = result.frames.map(({ at, hex }) => ({ at, hex: isV1 ? timeless(hex) : hex }));
  const { verdicts, ordinary } = result;
  const held = { run, position, errors, variables, queues, messages, counters, channels, drops, stats, gate };
  return { ...held, traffic, futures, frames, verdicts, ordinary };
}

const played = cases.filter(keepsOrder);

test('most cases can be played by a script', () => {
  // The others wake the machine late by hand, or leave it behind.
  expect(played.length).toBeGreaterThan(cases.length / 2);
});

test('the command leaves what the machine leaves', async () => {
  for (const each of played) {
    const { name, text, program, steps } = each;
    const events = steps.flatMap((step) => (step.kind === 'run' ? [] : [eventOf(step)]));
    const file = `${program.node}.nc`;
    const nodes = { [program.node]: { mac: CASE_MAC, start: 'hold' } };
    const cwd = folders.make({ [file]: text, 'script.json': JSON.stringify({ nodes, events }) });
    const end = `${lengthOf(steps)}ns`;
    const args = ['simulate', file, '--script', 'script.json', '--for', end, '--json'];
    const { status, stdout, stderr } = await ncbpf(args, { cwd });
    folders.cleanUp();
    expect({ name, status, stderr: status === 0 ? '' : stderr }).toEqual({ name, status: 0, stderr: '' });
    const answer = JSON.parse(stdout) as Answer;
    expect({ name, ...inCommon(answer, program.wire.format) }).toEqual({ name, ...expected(each) });
  }
});
