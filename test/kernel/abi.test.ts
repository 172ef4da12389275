// docs/abi.md, maps/ and bpf/nc_abi.h beside the type information of built objects.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildProgram, type Built } from '../../codegen/build.js';
import { checkSource } from '../../lang/compile.js';
import { PACING_CPU_OFFSET, PACING_MEMBERS, pacingOffset } from '../../maps/pacing.js';
import { packageRoot } from '../../loader/native.js';
import { BYTES_HEAD, variableSpan } from '../../maps/layout.js';
import { PEER_VALUE_SIZE } from '../../maps/peers.js';
import {
  CHANNEL_STATS_MEMBERS,
  COUNTERS_OFFSET,
  STATE_MEMBERS,
  STATE_OFFSETS,
  STATS_MEMBERS,
} from '../../maps/state.js';
import { compileBpf } from '../support/compile-bpf.js';
import { run, Scratch } from '../support/scratch.js';

const PROGRAM = `
channel one from 02:00:00:00:00:02
channel two from 02:00:00:00:00:02
var a : i8
var b : u64
var c : bytes[33]
var d : u16
message m
counter first
counter second
round:
    receive one -> a
    receive two -> c
    create b -> m
    send one, m
    create d -> m
    send two, m
    add_to_counter first, 1
    add_to_counter second, 1
    sync slave 1s
    wait 1ms, round
`;
/** Structs that the objects of programs use on the stack only, where no type information is kept. */
const HEADER_STRUCTS = ['nc_future', 'nc_trace_record', 'nc_peer', 'nc_sender', 'nc_config', 'nc_command'];
const PROBE = `
#include "nc_abi.h"
${HEADER_STRUCTS.map((name) => `struct ${name} use_${name} __attribute__((used));`).join('\n')}
char probe_license[] __attribute__((section("license"), used)) = "Dual MIT/GPL";
`;

interface BtfMember {
  name: string;
  type_id: number;
  bits_offset: number;
}
interface BtfType {
  id: number;
  kind: string;
  name: string;
  size?: number;
  type_id?: number;
  nr_elems?: number;
  members?: BtfMember[];
}
interface Member {
  name: string;
  offset: number;
  size: number;
}

class Btf {
  private readonly types: Map<number, BtfType>;

  constructor(objectFile: string) {
    const dump = JSON.parse(run('bpftool', 'btf', 'dump', 'file', objectFile, '-j')) as { types: BtfType[] };
    this.types = new Map(dump.types.map((type) => [type.id, type]));
  }

  private sizeOf(id: number): number {
    const type = this.types.get(id)!;
    if (type.kind === 'ARRAY') return type.nr_elems! * this.sizeOf(type.type_id!);
    return type.size ?? this.sizeOf(type.type_id!);
  }

  struct(name: string): { members: Member[]; size: number } {
    const type = [...this.types.values()].find((each) => each.kind === 'STRUCT' && each.name === name);
    if (type === undefined) throw new Error(`no struct ${name}`);
    const members = type.members!.map(({ name: member, bits_offset, type_id }) => {
      return { name: member, offset: bits_offset / 8, size: this.sizeOf(type_id) };
    });
    return { members, size: type.size! };
  }
}

const SIZES: Readonly<Record<string, number>> = { u64: 8, u32: 4, u16: 2, u8: 1, 'struct nc_future': 16 };

/** The tables of docs/abi.md that stand under the name of a struct; a size of null is that of the program's. */
function documentedStructs(): { name: string; members: { name: string; offset: number; size: number | null }[] }[] {
  const text = readFileSync(join(packageRoot(), 'docs', 'abi.md'), 'utf8');
  return [...text.matchAll(/^#### `struct (\w+)`\n\n((?:\|.*\n)+)/gm)].map(([, name = '', table = '']) => {
    const rows = [...table.matchAll(/^\| (\d+) +\| ([^|]+?) +\| `(\w+)` +\|/gm)];
    const members = rows.map(([, offset, type = '', member = '']) => {
      const [, base = '', count = '1'] = /^(.+?)(?:\[(\d+)\])?$/.exec(type) ?? [];
      const size = SIZES[base] === undefined ? null : SIZES[base] * Number(count);
      return { name: member, offset: Number(offset), size };
    });
    return { name, members };
  });
}

const scratch = new Scratch();
let built: Built;
let program: Btf;
let header: Btf;

beforeAll(async () => {
  const folder = scratch.folder();
  const checked = checkSource(PROGRAM, 'abi.nc').program;
  if (checked === null) throw new Error('the program has errors');
  const source = Buffer.from(PROGRAM);
  built = await buildProgram(checked, source, { runtime: join(packageRoot(), 'bpf'), generator: 'test' });
  const dump = (name: string, object: Uint8Array): Btf => {
    writeFileSync(join(folder, name), object);
    return new Btf(join(folder, name));
  };
  program = dump('program.o', built.object);
  header = dump('header.o', compileBpf(folder, PROBE));
});
afterAll(() => scratch.cleanUp());

const documented = documentedStructs();

test('the structs of the interface are documented', () => {
  expect(documented.map(({ name }) => name).sort()).toEqual([
    'nc_channel_stats',
    'nc_future',
    'nc_pacing',
    'nc_peer',
    'nc_sender',
    'nc_state',
    'nc_stats',
    'nc_trace_record',
  ]);
});

describe.each(documented)('struct $name', ({ name, members }) => {
  test('is as docs/abi.md says', () => {
    const actual = (HEADER_STRUCTS.includes(name) ? header : program).struct(name);
    const sized = members.map((member, index) => ({ ...member, size: member.size ?? actual.members[index]?.size }));
    expect(sized).toEqual(actual.members);
  });
});

test('nc_state is as maps/state.ts reads it', () => {
  const { members } = program.struct('nc_state');
  const words = STATE_MEMBERS.map(([name, size]) => ({ name, size, offset: STATE_OFFSETS[name] }));
  expect(members.slice(0, words.length)).toEqual(words);
  expect(members.at(-1)).toEqual({ name: 'counters', offset: COUNTERS_OFFSET, size: 8 });
  expect(program.struct('nc_counters').members.map(({ name }) => name)).toEqual(['first', 'second']);
});

test('nc_stats is as maps/state.ts reads it', () => {
  const words = (names: readonly string[]) => names.map((name, index) => ({ name, size: 8, offset: 8 * index }));
  const { members } = program.struct('nc_stats');
  expect(members.slice(0, -1)).toEqual(words(STATS_MEMBERS));
  expect(program.struct('nc_channel_stats').members).toEqual(words(CHANNEL_STATS_MEMBERS));
  const size = 8 * CHANNEL_STATS_MEMBERS.length;
  expect(members.at(-1)).toEqual({ name: 'channels', offset: 8 * STATS_MEMBERS.length, size: 2 * size });
  expect(program.struct('nc_channels_stats').members).toEqual([
    { name: 'one', offset: 0, size },
    { name: 'two', offset: size, size },
  ]);
});

test('nc_pacing is as maps/pacing.ts reads it', () => {
  const { members } = program.struct('nc_pacing');
  const words = members.flatMap(({ name, offset, size }) =>
    name === 'worst'
      ? [
          { name: 'worst_now', offset },
          { name: 'worst_before', offset: offset + 8 },
        ]
      : size === 8
        ? [{ name, offset }]
        : [],
  );
  expect(words).toEqual(PACING_MEMBERS.map((name) => ({ name, offset: pacingOffset(name) })));
  expect(members.find(({ name }) => name === 'cpu')?.offset).toBe(PACING_CPU_OFFSET);
});

test('nc_vars is as maps/layout.ts places it', () => {
  const { members, size } = program.struct('nc_vars');
  expect(size).toBe(built.manifest.varsSize);
  expect(members.map(({ name, offset }) => ({ name, offset }))).toEqual(
    built.manifest.variables.map(({ name, offset }) => ({ name, offset })),
  );
  const bytes = built.manifest.variables.find(({ name }) => name === 'c')!;
  expect(members.find(({ name }) => name === 'c')?.size).toBe(variableSpan(bytes.type));
  expect(BYTES_HEAD).toBe(16);
});

test('structs that the loader encodes have the sizes that it takes them to have', () => {
  expect(header.struct('nc_peer').size).toBe(PEER_VALUE_SIZE);
  expect(header.struct('nc_config').size).toBe(64);
  expect(header.struct('nc_command').size).toBe(24);
});
