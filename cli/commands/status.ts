import { rootsFromEnvironment } from '../../loader/roots.js';
import { listAttachments, readStatus, type AttachmentStatus, type MachineStatus } from '../../loader/status.js';
import type { Pacing } from '../../maps/pacing.js';
import type { Command } from '../command.js';
import { formatDuration } from '../duration.js';
import { STATUS } from '../failure.js';
import type { Output } from '../io.js';
import { toJson } from '../json.js';

const NAME_WIDTH = 12;
const NOTHING = 'nothing counted';

function machineWords(machine: MachineStatus): string {
  const reason = machine.reason === null ? '' : ` (${machine.reason})`;
  return `${machine.run}${reason}${machine.waiting ? ', waits for a sync frame' : ''}`;
}

function positionWords({ line, label, overdueNs, run }: MachineStatus): string {
  const place = line === null ? 'unknown' : `line ${line}${label === null ? '' : ` (${label}:)`}`;
  const late =
    run === 'running' && overdueNs !== null && overdueNs > 0n ? `, overdue by ${formatDuration(overdueNs)}` : '';
  return `next block at ${place}${late}`;
}

/** `sent 10, lost 2`: what is not zero. */
function counts(values: Readonly<Record<string, bigint | number>>): string {
  const words = Object.entries(values).flatMap(([name, value]) => (BigInt(value) === 0n ? [] : [`${name} ${value}`]));
  return words.join(', ') || NOTHING;
}

function machineRows(machine: MachineStatus): [string, string][] {
  return [
    ['machine', `${machineWords(machine)}, ${positionWords(machine)}`],
    ['errors', machine.errors.join(', ') || 'none'],
    ...(Object.keys(machine.counters).length > 0
      ? ([['counters', counts(machine.counters)]] as [string, string][])
      : []),
  ];
}

function trialWords(deadlineNs: string, name: string): string {
  const leftNs = BigInt(deadlineNs) - process.hrtime.bigint();
  const left = leftNs > 0n ? `in ${formatDuration(leftNs)}` : 'now';
  return `detached ${left} unless \`ncbpf confirm ${name}\``;
}

/** How the machine keeps its instants. */
function pacingRows(pacing: Pacing, cpu: number | null): [string, string][] {
  const place = `runs on CPU ${pacing.cpu}${cpu === null || cpu === pacing.cpu ? '' : `, not on CPU ${cpu} as asked`}`;
  if (pacing.leadNs === 0n) return [['instants', `does not wait awake; ${place}`]];
  const { leadNs, latestNs, pathNs, exact, behind } = pacing;
  const lead = `wakes ${formatDuration(leadNs)} early (latest wake-up ${formatDuration(latestNs)} late), frames go ${formatDuration(pathNs)} early`;
  const again = counts({
    'carriers restarted': pacing.restarted,
    'carriers not held by fq': pacing.unpaced,
    stalls: pacing.stalls,
  });
  return [
    ['instants', `${lead}; ${place}`],
    ['', `${exact} first frames in time, ${behind} behind${again === NOTHING ? '' : `; ${again}`}`],
  ];
}

function rowsOf({ attachment, machine, stats, pacing }: AttachmentStatus): [string, string][] {
  const rows: [string, string][] = [];
  if (attachment !== null) {
    const { record, manifest } = attachment;
    rows.push(['program', `node ${manifest.node} (${manifest.file})`]);
    rows.push(
      ['pacer', `${record.pacer}: ${record.pacerReason}`],
      ['XDP', record.xdpMode ?? 'none'],
      ['pins', record.pins],
    );
    if (record.trial !== null) rows.push(['trial', trialWords(record.trial.deadlineNs, record.interface)]);
  }
  if (machine !== null) rows.push(...machineRows(machine));
  if (pacing !== null && machine?.run === 'running') rows.push(...pacingRows(pacing, attachment?.record.cpu ?? null));
  if (stats !== null) {
    rows.push(['counts', counts(stats.totals)]);
    for (const [name, values] of Object.entries(stats.channels)) rows.push([`  ${name}`, counts(values)]);
  }
  return rows;
}

function print(out: Output, status: AttachmentStatus): void {
  out.line(`${status.interface}: ${status.phase === 'attached' ? 'attached' : 'remains of an interrupted attach'}`);
  for (const [name, text] of rowsOf(status)) out.line(`  ${name.padEnd(NAME_WIDTH)}${text}`);
  for (const problem of status.problems) out.line(`  ${'problem'.padEnd(NAME_WIDTH)}${problem}`);
}

/** `ncbpf status` */
export const status: Command = {
  words: ['status'],
  summary: 'say what is attached, what it does and what is wrong with it',
  description: [
    'Shows one attachment, or all of them: the program, the state of its machine, what was sent, received and dropped by cause, and what is ' +
      'wrong, with the way out. Remains of an interrupted attach are listed too. Reading the state needs the privilege that attach needs.',
    'With --json: an object for one interface, an array of them without a name. Instants are nanoseconds of CLOCK_MONOTONIC.',
  ],
  positionals: [{ name: 'IFACE', kind: 'interface', optional: true }],
  options: [],
  examples: [
    { line: 'ncbpf status', what: 'everything on this machine' },
    { line: 'ncbpf status eth0 --json', what: 'for other programs' },
  ],
  async run({ io, out, err, json, positionals }) {
    const roots = rootsFromEnvironment(io.env);
    const [name] = positionals;
    const names = name === undefined ? listAttachments(roots) : [name];
    const all: AttachmentStatus[] = [];
    for (const each of names) all.push(await readStatus(each, roots));
    if (json) out.line(toJson(name === undefined ? all : all[0]));
    else for (const each of all) print(out, each);
    if (all.length === 0 && !json) err.line('nothing is attached');
    return STATUS.done;
  },
};
