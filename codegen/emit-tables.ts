// The declarations of the generated C: sizes for the runtime, structs whose members carry the program's names, tables.
import type { Channel, Program, Value, ValueType, Variable } from '../lang/program.js';
import { BYTES_HEAD, queueSlotSize, roundToChunk, type QueueLayout, type ScalarLayout } from '../maps/layout.js';
import type { RingLayout } from '../maps/rings.js';
import type { Shape } from './shape.js';
import type { GateCycle } from './windows.js';

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const NCM_DATA = 0x9009;
const NCM_SYNC = 0x900a;

/** Ethertypes of the program's data and sync frames. */
export function ethertypes(program: Program): { data: number; sync: number } {
  if (program.wire.format === 'ncm') return { data: NCM_DATA, sync: NCM_SYNC };
  return { data: program.wire.ethertype, sync: program.wire.ethertype };
}

function flag(value: boolean): string {
  return value ? '1' : '0';
}

/** What held frames leave unused at the end of an opening: the way from fq to the driver takes so long in the lab's guests. */
const MOST_SLACK_NS = 10_000n;
const SLACK_SHARE = 16n;

/**
 * How much earlier than its time on the link a held frame leaves fq: together they cost less, and a softirq that comes late does
 * not bring the last of them behind the end of the opening. Not where frames of the program would have to wait for them.
 */
const MOST_AHEAD_NS = 250_000;

function slackNs(openings: GateCycle['openings']): bigint {
  return openings.reduce((least, { fromNs, toNs }) => {
    const share = (toNs - fromNs) / SLACK_SHARE;
    return share < least ? share : least;
  }, MOST_SLACK_NS);
}

/** The openings of a gate that are known ahead; none: the machine says when it is open. */
function gateDefines(cycle: GateCycle | null): [string, string | number][] {
  const { startNs, periodNs, openings, shared } = cycle ?? { startNs: 0n, periodNs: 0n, openings: [], shared: false };
  return [
    ['NC_GATE_START', `${startNs}ULL`],
    ['NC_GATE_PERIOD', `${periodNs}ULL`],
    ['NC_GATE_SLACK', `${slackNs(openings)}ULL`],
    ['NC_GATE_AHEAD', shared ? 0 : MOST_AHEAD_NS],
    ['NC_GATE_OPENINGS', openings.length],
    ['NC_GATE_TABLE', openings.map(({ fromNs, toNs }) => `{ ${fromNs}ULL, ${toNs}ULL }`).join(', ')],
  ];
}

/** Sizes and switches of the runtime. */
export function emitDefines(program: Program, shape: Shape): string {
  const { uses } = shape;
  const bytes = shape.places.some(({ type }) => type.kind === 'bytes');
  const { data, sync } = ethertypes(program);
  const defines: [string, string | number][] = [
    ['NC_WIRE_V1', flag(program.wire.format === 'v1')],
    ['NC_ETHERTYPE', data],
    ['NC_DATA_ETHERTYPE', data],
    ['NC_SYNC_ETHERTYPE', sync],
    ['NC_PROGRAM_ID', `${program.programId}U`],
    ['NC_TOLERANCE', `${program.toleranceNs}ULL`],
    ['NC_LATE_SEND', flag(program.late === 'send')],
    ['NC_STRICT', flag(program.ingress.mode === 'strict')],
    ['NC_INSTRUCTIONS', program.instructions.length],
    ['NC_CHANNELS', program.channels.length],
    ['NC_CHANNELS_MAX', Math.max(1, program.channels.length)],
    ['NC_VARIABLES', shape.places.length],
    ['NC_MESSAGES', program.messages.length],
    ['NC_SENDERS_MAX', Math.max(1, shape.senders)],
    ['NC_MESSAGE_WORDS', shape.bufferSize / 8],
    ['NC_SCRATCH_WORDS', shape.bufferSize / 8],
    ['NC_RX_WORDS', shape.rxSize / 8],
    ['NC_RX_CAPACITY', shape.rxCapacity],
    ['NC_HAS_BYTES', flag(bytes)],
    ['NC_HAS_CREATE', flag(uses.has('create'))],
    ['NC_HAS_SEND', flag(uses.has('send'))],
    ['NC_HAS_RECEIVE', flag(uses.has('receive'))],
    ['NC_HAS_SYNC_MASTER', flag(uses.has('sync_master'))],
    ['NC_HAS_SYNC_SLAVE', flag(uses.has('sync_slave'))],
    ['NC_HAS_QUEUE', flag(program.queues.length > 0)],
    ['NC_HAS_HANDLE', flag(uses.has('handle'))],
    ['NC_HAS_BACKUP', flag(shape.numbered.size > 0)],
    ['NC_HAS_BACKUP_SEND', flag(uses.has('backup_send'))],
    ['NC_HAS_BACKUP_RECEIVE', flag(uses.has('backup_receive'))],
    ['NC_HAS_GATE', flag(shape.gate !== null)],
    ...gateDefines(shape.gate?.cycle ?? null),
    ['NC_LONGEST_WAIT', `${shape.longestWaitNs}ULL`],
    ['NC_SHORTEST_WAIT', `${shape.shortestWaitNs}ULL`],
    ['NC_HAS_RCV_EMPTY', flag(uses.has('channel_rcv_buf_empty'))],
  ];
  return defines.map(([name, value]) => `#define ${name} ${value}`).join('\n');
}

const C_INTEGERS = { 1: 'char', 2: 'short', 4: 'int', 8: 'long long' } as const;

function integerType(type: ScalarLayout): string {
  return `${type.signed ? 'signed' : 'unsigned'} ${C_INTEGERS[type.size]}`;
}

function queueMember({ name, type, depth }: QueueLayout): string {
  const value =
    type.kind === 'integer'
      ? `${integerType(type)} value __attribute__((aligned(8)));`
      : `unsigned length; unsigned reserved; unsigned char value[${roundToChunk(type.size)}];`;
  return `\tstruct { unsigned long long head; unsigned long long tail; struct { ${value} } slots[${depth}]; } ${name};`;
}

function variableMember(layout: QueueLayout): string {
  const { name, type, depth } = layout;
  if (depth > 0) return queueMember(layout);
  if (type.kind === 'integer') return `\t${integerType(type)} ${name} __attribute__((aligned(8)));`;
  const capacity = roundToChunk(type.size);
  return `\tstruct { unsigned version; unsigned length[2]; unsigned reserved; unsigned char buffer[2][${capacity}] __attribute__((aligned(8))); } ${name};`;
}

function structOf(tag: string, members: readonly string[]): string {
  const body = members.length > 0 ? members : ['\tunsigned long long nc_nothing;'];
  return `struct ${tag} {\n${body.join('\n')}\n};`;
}

/**
 * Structs whose members have the user's names. A name may be that of a macro (NULL, SEC, asm): each is undefined while the
 * structs are declared. Nothing behind refers to a member by its name.
 */
export function emitNamedStructs(program: Program, shape: Shape): string {
  const names = [...program.variables, ...program.queues, ...program.counters, ...program.channels].map(
    ({ name }) => name,
  );
  return [
    ...names.map((name) => `#pragma push_macro("${name}")\n#undef ${name}`),
    structOf('nc_vars', shape.places.map(variableMember)),
    structOf(
      'nc_counters',
      program.counters.map(({ name }) => `\tunsigned ${name};`),
    ),
    structOf(
      'nc_channels_stats',
      program.channels.map(({ name }) => `\tstruct nc_channel_stats ${name};`),
    ),
    ...names.map((name) => `#pragma pop_macro("${name}")`),
  ].join('\n');
}

function integerLiteral(value: bigint, type: ValueType): string {
  if (type.kind === 'integer' && type.signed) {
    // The least value cannot be written as a negated literal.
    return value < 0n ? `(-${-value - 1n}LL - 1)` : `${value}LL`;
  }
  return `${value}ULL`;
}

function bytesInitializer(value: Uint8Array): string {
  return `{ 0, { ${value.length}, 0 }, 0, { { ${[...value].join(', ')} } } }`;
}

function initializer(variable: Variable): string {
  const value: Value = variable.initial;
  return typeof value === 'bigint'
    ? integerLiteral(value, variable.type)
    : value.length === 0
      ? '{ 0 }'
      : bytesInitializer(value);
}

/** The variable space with its initial values, checked against the layout that the tools use. */
export function emitVars(program: Program, shape: Shape): string {
  const values = program.variables.map((variable) => `\t${initializer(variable)},`);
  return [
    `struct nc_vars nc_vars __attribute__((section(".data.nc_vars"), used)) = {\n${values.join('\n') || '\t0'}\n};`,
    `_Static_assert(sizeof(struct nc_vars) == ${shape.varsSize}, "nc_vars differs from its layout");`,
    `_Static_assert(sizeof(struct nc_bytes_head) == ${BYTES_HEAD}, "bytes[N] differs from its layout");`,
  ].join('\n');
}

function macWords(mac: string): { low: string; high: string } {
  const bytes = mac.split(':').map((part) => parseInt(part, 16));
  const word = (from: number, count: number) =>
    `0x${bytes
      .slice(from, from + count)
      .reduceRight((sum, byte) => sum * 256 + byte, 0)
      .toString(16)}`;
  return { low: word(0, 4), high: word(4, 2) };
}

const NO_RING = '{ 0 }';

function ringRow(ring: RingLayout): string {
  return `{ ${ring.offset}, ${ring.queue}, ${ring.slots - 1}, ${ring.slotSize}, ${ring.capacity} }`;
}

function channelRow(channel: Channel, index: number, shape: Shape): string {
  const backup = shape.backupRings[index] ?? null;
  const { low, high } = macWords(channel.to ?? BROADCAST);
  const head = `${channel.delayNs}ULL, ${channel.id}, ${low}, ${high}, ${flag(shape.numbered.has(channel.id))}`;
  return `\t{ ${head}, ${ringRow(shape.rings[index]!)}, ${backup === null ? NO_RING : ringRow(backup)} },`;
}

function channelIndexes(program: Program): string {
  const rows: string[] = [];
  program.channels.forEach((channel, index) => rows.push(`[${channel.id}] = ${index + 1}`));
  return rows.join(', ');
}

/** Tables by dense index: channels, variables, start values of counters. */
export function emitTables(program: Program, shape: Shape): string {
  const channels = program.channels.map((channel, index) => channelRow(channel, index, shape));
  const variables = shape.places.map(({ offset, type, depth }) => {
    const kind = type.kind === 'bytes' ? 'NC_KIND_BYTES' : 'NC_KIND_INTEGER';
    return `\t{ ${offset}, ${kind}, ${type.size}, ${depth}, ${depth > 0 ? queueSlotSize(type) : 0} },`;
  });
  const starts = program.counters.map(({ start }, index) => `\tNC_COUNTER(${index}) = ${start}U;`);
  return [
    `static const struct nc_channel_config nc_channels[NC_CHANNELS_MAX] = {\n${channels.join('\n')}\n};`,
    `/* Index of a channel by its id, plus one. */\nstatic const nc_u16 nc_channel_index[256] = { ${channelIndexes(program)} };`,
    `static const struct nc_variable_config nc_variables[NC_VARIABLES + 1] = {\n${variables.join('\n')}\n};`,
    `NC_INLINE void nc_start_counters(void)\n{\n${starts.join('\n')}\n}`,
  ].join('\n\n');
}
