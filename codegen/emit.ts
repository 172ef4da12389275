// The C file of a program: declarations, the runtime's headers, one function for each group of blocks.
import type { ErrorName, Program } from '../lang/program.js';
import { emitInstruction, type EmitContext } from './emit-instruction.js';
import { emitDefines, emitNamedStructs, emitTables, emitVars } from './emit-tables.js';
import { immediateSuccessors, planFlow, type Flow } from './flow.js';
import type { Shape } from './shape.js';

/** A file name as a C string literal. */
export function cString(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const escaped = [...bytes].map((byte) => {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
    return plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

/** Targets of the handlers that a program installs, by error. */
function handlersOf(program: Program): Map<ErrorName, Set<number>> {
  const handlers = new Map<ErrorName, Set<number>>();
  for (const instruction of program.instructions) {
    if (instruction.op !== 'handle' || instruction.target === null) continue;
    handlers.set(instruction.error, (handlers.get(instruction.error) ?? new Set()).add(instruction.target));
  }
  return handlers;
}

function contextOf(program: Program, shape: Shape, flow: Flow, group: number): EmitContext {
  const position = new Map(flow.groups[group]!.map((index, at) => [index, at]));
  const leave = (to: number) => `return ${to};`;
  return {
    program,
    shape,
    goTo: (to) => (position.has(to) ? `goto L${to};` : leave(to)),
    goToHandler: (from, to) => ((position.get(to) ?? -1) > position.get(from)! ? `goto L${to};` : leave(to)),
    handlers: handlersOf(program),
  };
}

/** Without a `sync` a round starts at each arrival at the first instruction. */
function startsRound(shape: Shape, index: number): boolean {
  const synced = shape.uses.has('sync_master') || shape.uses.has('sync_slave');
  return index === 0 && !synced && shape.numbered.size > 0;
}

function emitGroup(program: Program, shape: Shape, flow: Flow, group: number): string {
  const members = flow.groups[group]!;
  const file = cString(program.file);
  const context = contextOf(program, shape, flow, group);
  const first = program.instructions[members[0]!]!;
  const lines = [
    `#line ${first.span.line} ${file}`,
    `NC_GLOBAL int nc_group_${group}(struct __sk_buff *skb, nc_u32 label)`,
    '{',
    '\t__asm__ volatile("" ::"r"(skb));',
    '\tswitch (label) {',
    ...members.filter((index) => flow.entries.has(index)).map((index) => `\tcase ${index}: goto L${index};`),
    '\tdefault: return NC_SUSPENDED;',
    '\t}',
  ];
  members.forEach((index, position) => {
    const instruction = program.instructions[index]!;
    const round = startsRound(shape, index) ? 'nc_start_round(0, nc_state.arrivals); ' : '';
    lines.push(
      `#line ${instruction.span.line} ${file}`,
      `L${index}: NC_BARRIER(); ${round}${emitInstruction(instruction, index, context)}`,
    );
    const fallsThrough = instruction.op !== 'goto' && immediateSuccessors(instruction, index).includes(index + 1);
    if (fallsThrough && members[position + 1] !== index + 1) lines.push(`\t${context.goTo(index + 1)}`);
  });
  lines.push('}');
  return lines.join('\n');
}

/** One way through the groups. It ends suspended, or before its end where a handler that lies before wants to be next. */
function emitDispatch(flow: Flow): string {
  if (flow.groups.length === 1) {
    return 'NC_INLINE nc_u32 nc_dispatch(struct __sk_buff *skb, nc_u32 label)\n{\n\treturn nc_group_0(skb, label);\n}';
  }
  const rows = [...flow.groupOf]
    .filter(([index]) => flow.entries.has(index))
    .map(([index, group]) => `[${index}] = ${group}`);
  const calls = flow.groups.map(
    (_, group) => `\tif (nc_group(label) == ${group})\n\t\tlabel = nc_group_${group}(skb, label);`,
  );
  return [
    `/* The group in which an entry lies. */\nstatic const nc_u8 nc_groups[NC_INSTRUCTIONS] = { ${rows.join(', ')} };`,
    'NC_INLINE nc_u32 nc_group(nc_u32 label)\n{\n\tnc_u64 at = label;\n\n\tNC_LAUNDER(at);\n\tif (at >= NC_INSTRUCTIONS)\n\t\treturn NC_NONE;\n\tNC_LAUNDER(at);\n\treturn nc_groups[at];\n}',
    `NC_INLINE nc_u32 nc_dispatch(struct __sk_buff *skb, nc_u32 label)\n{\n${calls.join('\n')}\n\treturn label;\n}`,
  ].join('\n\n');
}

const STATE = `struct nc_state {
	NC_STATE_MEMBERS
	struct nc_counters counters;
};
struct nc_state nc_state __attribute__((section(".data.nc_state"), used)) = { .sync_filter = NC_NONE };
#define NC_COUNTER(index) (((nc_u32 *)((nc_u8 *)&nc_state + sizeof(struct nc_state_head)))[index])

struct nc_stats {
	NC_STATS_MEMBERS
	struct nc_channels_stats channels;
};
struct nc_stats nc_stats __attribute__((section(".data.nc_stats"), used));
#define nc_channel_stats(index) ((struct nc_channel_stats *)((nc_u8 *)&nc_stats + sizeof(struct nc_stats_head)) + (index))`;

/**
 * Prints the C of a program: the same bytes on every machine.
 * The runtime's headers (folder bpf) must lie beside it, and the program's source under its base name, for `#line`.
 */
export function emitProgram(program: Program, shape: Shape): string {
  const flow = planFlow(program);
  return (
    [
      '/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */',
      `/* Generated by ncbpf: node ${program.node}. */`,
      emitDefines(program, shape),
      '#include "nc_abi.h"',
      emitNamedStructs(program, shape),
      STATE,
      '#include "nc_base.bpf.h"',
      '#include "nc_maps.bpf.h"',
      emitVars(program, shape),
      emitTables(program, shape),
      '#include "nc_ring.bpf.h"',
      '#include "nc_vars.bpf.h"',
      '#include "nc_queue.bpf.h"',
      '#include "nc_aim.bpf.h"',
      '#include "nc_rounds.bpf.h"',
      '#include "nc_message.bpf.h"',
      '#include "nc_send.bpf.h"',
      '#include "nc_receive.bpf.h"',
      '#include "nc_time.bpf.h"',
      ...flow.groups.map((_, group) => emitGroup(program, shape, flow, group)),
      '#line 1 "nc_dispatch.c"',
      emitDispatch(flow),
      '#include "nc_gate.bpf.h"',
      '#include "nc_carrier.bpf.h"',
      '#include "nc_tc.bpf.h"',
      '#include "nc_control.bpf.h"',
      '#include "nc_xdp.bpf.h"',
      'char nc_license[] __attribute__((section("license"), used)) = "Dual MIT/GPL";',
    ].join('\n\n') + '\n'
  );
}
