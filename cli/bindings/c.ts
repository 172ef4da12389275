// A C header with typed functions for the variables of a program, on top of ncbpf_vars.h.
import type { ValueType } from '../../lang/program.js';
import { BOUND_QUEUE, lookUpQueue, queueFunctions, queueMember } from './c-queues.js';
import { describe, origin, sizeOf, type Binding, type BoundQueue, type BoundVariable } from './binding.js';

type Integer = Extract<ValueType, { kind: 'integer' }>;

function integerType({ signed, bits }: Integer): string {
  return `${signed ? '' : 'u'}int${bits}_t`;
}

function lookUp({ name, type, writer }: BoundVariable): string {
  const kind = type.kind === 'bytes' ? 'NCBPF_BYTES' : 'NCBPF_INTEGER';
  const signed = type.kind === 'integer' && type.signed ? 1 : 0;
  const side = writer === 'network' ? 'NCBPF_NETWORK' : 'NCBPF_APPLICATION';
  return `\t\tvars->var_${name} = ncbpf_bound_(&vars->space, "${name}", ${kind}, ${signed}, ${sizeOf(type)}, ${side});`;
}

function functionsOf(node: string, variable: BoundVariable): string[] {
  const { name, type, writer } = variable;
  const vars = `const struct ${node}_vars *vars`;
  const head = ['', `/* ${name}: ${describe(variable)} */`];
  const claim = [
    `static inline int ${node}_claim_${name}(struct ${node}_vars *vars, pid_t *holder)`,
    `{\n\treturn ncbpf_claim(&vars->space, vars->var_${name}, holder);\n}`,
    '',
  ];
  const writing = writer === 'network' ? [] : ['', ...claim, ...setter(node, name, type)];
  return [...head, ...getter(node, name, type, vars), ...writing];
}

function getter(node: string, name: string, type: ValueType, vars: string): string[] {
  if (type.kind === 'bytes') {
    return [
      `static inline int ${node}_get_${name}(${vars}, void *to, size_t room)`,
      `{\n\treturn ncbpf_get_bytes(&vars->space, vars->var_${name}, to, room);\n}`,
    ];
  }
  const get = type.signed ? 'ncbpf_get_i64' : 'ncbpf_get_u64';
  return [
    `static inline ${integerType(type)} ${node}_get_${name}(${vars})`,
    `{\n\treturn (${integerType(type)})${get}(&vars->space, vars->var_${name});\n}`,
  ];
}

function setter(node: string, name: string, type: ValueType): string[] {
  if (type.kind === 'bytes') {
    return [
      `static inline int ${node}_set_${name}(struct ${node}_vars *vars, const void *from, size_t length)`,
      `{\n\treturn ncbpf_set_bytes(&vars->space, vars->var_${name}, from, length);\n}`,
    ];
  }
  const set = type.signed ? 'ncbpf_set_i64' : 'ncbpf_set_u64';
  return [
    `static inline int ${node}_set_${name}(struct ${node}_vars *vars, ${integerType(type)} value)`,
    `{\n\treturn ${set}(&vars->space, vars->var_${name}, value);\n}`,
  ];
}

const BOUND = `#ifndef NCBPF_BOUND
#define NCBPF_BOUND
/* The variable, or NULL where the attached program has none like it. */
static inline const struct ncbpf_variable *ncbpf_bound_(const struct ncbpf_vars *space, const char *name,
	enum ncbpf_kind kind, int is_signed, uint32_t size, enum ncbpf_writer writer)
{
	const struct ncbpf_variable *found = ncbpf_find(space, name);

	if (!found || found->kind != kind || found->is_signed != is_signed || found->size != size || found->writer != writer)
		return NULL;
	return found;
}
#endif`;

function openFunction(node: string, variables: readonly BoundVariable[], queues: readonly BoundQueue[]): string {
  const members = [...variables.map(({ name }) => `var_${name}`), ...queues.map(({ name }) => `queue_${name}`)];
  const missing = members.map((member) => `!vars->${member}`).join(' ||\n\t     ');
  const lookUps = [...variables.map(lookUp), ...queues.map(lookUpQueue)];
  const check =
    members.length === 0
      ? []
      : [`\tif (!error && (${missing})) {`, '\t\tncbpf_close(&vars->space);', '\t\terror = -EPROTO;', '\t}'];
  return [
    `/* 0, or a negative errno as of ncbpf_open; -EPROTO: another program is attached, make this header again. */`,
    `static inline int ${node}_open(struct ${node}_vars *vars, const char *interface_name)`,
    '{',
    '\tint error = ncbpf_open(&vars->space, interface_name);',
    '',
    ...(members.length === 0 ? [] : ['\tif (!error) {', ...lookUps, '\t}']),
    ...check,
    '\treturn error;',
    '}',
  ].join('\n');
}

/** The text of the header. */
export function cBindings(binding: Binding): string {
  const { variables, queues } = binding;
  const node = binding.node === 'ncbpf' ? 'ncbpf_' : binding.node; // beside struct ncbpf_vars and ncbpf_open of the header
  const guard = `NCBPF_BINDINGS_OF_${node}_H`;
  const lines = [
    '/* SPDX-License-Identifier: MIT */',
    `/* ${origin(binding)} */`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    '#include "ncbpf_vars.h"',
    '',
    BOUND,
    ...(queues.length === 0 ? [] : ['', BOUND_QUEUE]),
    '',
    `struct ${node}_vars {`,
    '\tstruct ncbpf_vars space;',
    ...variables.map(({ name }) => `\tconst struct ncbpf_variable *var_${name};`),
    ...queues.map(queueMember),
    '};',
    '',
    openFunction(node, variables, queues),
    '',
    `static inline void ${node}_close(struct ${node}_vars *vars)`,
    '{\n\tncbpf_close(&vars->space);\n}',
    ...variables.flatMap((variable) => functionsOf(node, variable)),
    ...queues.flatMap((queue) => queueFunctions(node, queue)),
    '',
    `#endif /* ${guard} */`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}
