// Two hosts on this machine, live: a program attached on each, values set on one side seen on the other, what the standard tools
// see of it, and everything removed at the end, however it ends.
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareProgram } from '../../codegen/prepare.js';
import { attach } from '../../loader/attach.js';
import { CommandError, runCommand, type CommandLine } from '../../loader/commands.js';
import { startMachine, stopMachine } from '../../loader/control.js';
import { detach } from '../../loader/detach.js';
import { UnsupportedFeatureError } from '../../loader/errors.js';
import { pinFolder } from '../../loader/roots.js';
import { readStatus } from '../../loader/status.js';
import { openVariableSpace, type VariableSpace } from '../../loader/variable-space.js';
import type { AttachmentRecord } from '../../maps/attachment.js';
import type { Context } from '../command.js';
import { STATUS } from '../failure.js';
import type { Output } from '../io.js';
import { toJson } from '../json.js';
import { compilerOptions } from '../program-file.js';
import { heaterFor, nextTemperature } from './control.js';
import { Hosts, INTERFACE } from './hosts.js';
import { PROGRAMS, SIDES, type Side } from './programs.js';
import { Screen, tableLines, type Change, type Row } from './screen.js';

/** What the demo needs of a command's context. */
export interface DemoOptions extends Pick<Context, 'io' | 'out' | 'err' | 'signal' | 'json'> {
  /** How long the applications go on, ns. */
  readonly durationNs: bigint;
}

/** What `--json` prints: data frames of both hosts together. */
export interface DemoSummary {
  readonly sent: bigint;
  readonly received: bigint;
  /** Sent and not received. */
  readonly lost: bigint;
  /** Not sent because the machine was stalled for longer than the programs tolerate. */
  readonly suppressed: bigint;
  readonly pacer: AttachmentRecord['pacer'];
}

interface Variables {
  temperature: number;
  heater: number;
}
type Spaces = Readonly<Record<Side, VariableSpace<Variables>>>;

const STEP_NS = 400_000_000n;
const LOOK_MS = 1;
const PATIENCE_NS = 1_000_000_000n;
/** Frames that are under way when the machines stop. */
const SETTLE_NS = 200_000_000n;
const DUMP_LINES = 14;

const now = (): bigint => process.hrtime.bigint();

/** Waits; false when the signal came. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

async function attachSide(hosts: Hosts, side: Side): Promise<AttachmentRecord> {
  const source = new TextEncoder().encode(PROGRAMS[side]);
  const { built } = await prepareProgram(source, `${side}.nc`, compilerOptions());
  if (built === null) throw new Error(`the program of ${side} has errors`);
  const roots = hosts.roots(side);
  return hosts.inside(side, async () => {
    const { attachment } = await attach({
      ...built,
      interface: INTERFACE,
      pacer: 'auto',
      start: { kind: 'hold' },
      replace: false,
      roots,
    });
    hosts.onClose(() => hosts.inside(side, () => detach(INTERFACE, roots)));
    return attachment.record;
  });
}

/** Sets a value on one host and waits until it is seen on the other. */
async function passOn(
  spaces: Spaces,
  [from, to]: readonly [Side, Side],
  name: keyof Variables,
  value: number,
  signal: AbortSignal,
): Promise<bigint | null> {
  const begun = now();
  spaces[from].set(name, value);
  while (now() - begun < PATIENCE_NS) {
    if (spaces[to].get(name) === value) return now() - begun;
    if (!(await pause(LOOK_MS, signal))) return null;
  }
  return null;
}

async function rowOf(hosts: Hosts, side: Side, space: VariableSpace<Variables>): Promise<Row> {
  const { stats } = await hosts.inside(side, () => readStatus(INTERFACE, hosts.roots(side)));
  const sum = (member: string) =>
    Object.values(stats?.channels ?? {}).reduce((total, channel) => total + channel[member]!, 0n);
  return {
    temperature: space.get('temperature'),
    heater: space.get('heater'),
    sent: sum('sent'),
    received: sum('received'),
    suppressed: sum('suppressed'),
    late: stats?.totals.late ?? 0n,
  };
}

async function rowsOf(hosts: Hosts, spaces: Spaces): Promise<Record<Side, Row>> {
  return { left: await rowOf(hosts, 'left', spaces.left), right: await rowOf(hosts, 'right', spaces.right) };
}

/** The applications of both hosts, until the time is over or a signal comes. */
async function live(hosts: Hosts, spaces: Spaces, screen: Screen, options: DemoOptions): Promise<void> {
  const { signal, durationNs } = options;
  const begun = now();
  const isOver = () => signal.aborted;
  const change = async (from: Side, to: Side, name: keyof Variables, value: number): Promise<void> => {
    if (isOver() || spaces[from].get(name) === value) return;
    const atNs = now() - begun;
    const afterNs = await passOn(spaces, [from, to], name, value, signal);
    if (isOver()) return;
    const shown: Change = { atNs, from, to, name, value, afterNs };
    screen.show(shown, await rowsOf(hosts, spaces));
  };
  for (let step = 0; now() - begun < durationNs && !signal.aborted; step++) {
    const { left, right } = spaces;
    await change('left', 'right', 'temperature', nextTemperature(left.get('temperature'), left.get('heater'), step));
    await change('right', 'left', 'heater', heaterFor(right.get('temperature')));
    const next = begun + BigInt(step + 1) * STEP_NS;
    const end = begun + durationNs;
    const until = next < end ? next : end;
    await pause(Math.max(0, Number((until - now()) / 1_000_000n)), signal);
  }
}

async function showTool(say: Output, host: Side, [command, ...args]: CommandLine, shown: string): Promise<void> {
  say.line(`\n${host}# ${command} ${shown}`);
  try {
    const lines = (await runCommand(command, args)).trimEnd().split('\n');
    for (const line of lines.slice(0, DUMP_LINES)) say.line(line);
    if (lines.length > DUMP_LINES) say.line(`... ${lines.length - DUMP_LINES} more lines`);
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof UnsupportedFeatureError)) throw error;
    say.line(`(${error.message})`);
  }
}

async function showTools(hosts: Hosts, say: Output): Promise<void> {
  const filters = ['filter', 'show', 'dev', INTERFACE, 'egress'];
  await hosts.inside('left', () => showTool(say, 'left', ['tc', ...filters], filters.join(' ')));
  const pin = `${pinFolder(hosts.roots('right'), INTERFACE)}/nc_vars`;
  await showTool(say, 'right', ['bpftool', 'map', 'dump', 'pinned', pin], `map dump pinned ${pin}`);
}

/** The counters at the end, when the machines have stopped and nothing is under way any more. */
async function settle(hosts: Hosts, spaces: Spaces): Promise<Record<Side, Row>> {
  for (const side of SIDES) await hosts.inside(side, () => stopMachine(INTERFACE, hosts.roots(side)));
  const begun = now();
  for (;;) {
    const rows = await rowsOf(hosts, spaces);
    if (total(rows, 'sent') === total(rows, 'received') || now() - begun > SETTLE_NS) return rows;
    await sleep(LOOK_MS);
  }
}

function total(rows: Readonly<Record<Side, Row>>, column: string): bigint {
  return SIDES.reduce((sum, side) => sum + BigInt(rows[side][column] ?? 0), 0n);
}

function openSpaces(hosts: Hosts): Spaces {
  const open = (side: Side): VariableSpace<Variables> => {
    const space = openVariableSpace<Variables>(INTERFACE, { roots: hosts.roots(side) });
    hosts.onClose(() => Promise.resolve(space.close()));
    return space;
  };
  return { left: open('left'), right: open('right') };
}

async function perform(hosts: Hosts, say: Output, options: DemoOptions): Promise<DemoSummary> {
  const records = { right: await attachSide(hosts, 'right'), left: await attachSide(hosts, 'left') };
  const { pacer, pacerReason, xdpMode } = records.left;
  say.line(
    `left and right: ${INTERFACE} each, programs attached; pacer ${pacer} (${pacerReason}), ${xdpMode ?? 'no'} XDP`,
  );
  say.line(
    'left has a thermometer (tenths of a degree) and a heater (percent), right the controller; 100 rounds a second\n',
  );
  const spaces = openSpaces(hosts);
  // The listener first, so that it hears everything.
  for (const side of ['right', 'left'] as const) {
    await hosts.inside(side, () => startMachine(INTERFACE, { kind: 'now' }, hosts.roots(side)));
  }
  await live(hosts, spaces, new Screen(say, !options.json && options.io.stdout.isTTY === true), options);
  await showTools(hosts, say);
  const rows = await settle(hosts, spaces);
  say.line(`\n${tableLines(rows).join('\n')}`);
  const [sent, received] = [total(rows, 'sent'), total(rows, 'received')];
  return { sent, received, lost: sent - received, suppressed: total(rows, 'suppressed'), pacer };
}

/**
 * Runs the demo and returns the exit status. With `json` nothing but the summary is printed on standard output.
 * Kernel 6.1 or later, root, clang.
 * @throws PermissionError, ToolMissingError, and what attach throws; nothing is left then either
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const say = options.json ? options.err : options.out;
  const hosts = await Hosts.create();
  let summary: DemoSummary;
  try {
    summary = await perform(hosts, say, options);
  } finally {
    await hosts.close();
  }
  say.line(`\n${summary.sent} frames sent, ${summary.received} received, ${summary.lost} lost. Everything is removed.`);
  if (options.json) options.out.line(toJson(summary));
  return STATUS.done;
}
