// The part of a C header for the queues of a program.
import type { ValueType } from '../../lang/program.js';
import { describeQueue, sizeOf, type BoundQueue } from './binding.js';

type Integer = Extract<ValueType, { kind: 'integer' }>;

const integerType = ({ signed, bits }: Integer): string => `${signed ? '' : 'u'}int${bits}_t`;

/** Its member of the struct. */
export function queueMember({ name }: BoundQueue): string {
  return `\tconst struct ncbpf_queue *queue_${name};`;
}

/** Its statement in the function that opens. */
export function lookUpQueue({ name, type, depth, filler, drainer }: BoundQueue): string {
  const kind = type.kind === 'bytes' ? 'NCBPF_BYTES' : 'NCBPF_INTEGER';
  const signed = type.kind === 'integer' && type.signed ? 1 : 0;
  const side = (who: string): string => (who === 'network' ? 'NCBPF_NETWORK' : 'NCBPF_APPLICATION');
  const found = `${kind}, ${signed}, ${sizeOf(type)}, ${depth}, ${side(filler)}, ${side(drainer)}`;
  return `\t\tvars->queue_${name} = ncbpf_bound_queue_(&vars->space, "${name}", ${found});`;
}

/** How a queue is found, once for all headers. */
export const BOUND_QUEUE = `#ifndef NCBPF_BOUND_QUEUE
#define NCBPF_BOUND_QUEUE
/* The queue, or NULL where the attached program has none like it. */
static inline const struct ncbpf_queue *ncbpf_bound_queue_(const struct ncbpf_vars *space, const char *name, enum ncbpf_kind kind,
	int is_signed, uint32_t size, uint32_t depth, enum ncbpf_writer filler, enum ncbpf_writer taker)
{
	const struct ncbpf_queue *found = ncbpf_find_queue(space, name);

	if (!found || found->value.kind != kind || found->value.is_signed != is_signed || found->value.size != size ||
	    found->depth != depth || found->value.writer != filler || found->taker != taker)
		return NULL;
	return found;
}
#endif`;

/** A function of one statement. */
function inline(head: string, body: string): string {
  return `static inline int ${head}\n{\n\treturn ${body};\n}`;
}

function claim(node: string, name: string, verb: 'append' | 'take'): string {
  const head = `${node}_${verb === 'append' ? 'appender' : 'taker'}_${name}(struct ${node}_vars *vars, pid_t *holder)`;
  return inline(head, `ncbpf_claim_${verb}(&vars->space, vars->queue_${name}, holder)`);
}

function append(node: string, { name, type }: BoundQueue): string {
  const vars = `struct ${node}_vars *vars`;
  const queue = `&vars->space, vars->queue_${name}`;
  return type.kind === 'bytes'
    ? inline(`${node}_append_${name}(${vars}, const void *from, size_t length)`, `ncbpf_append(${queue}, from, length)`)
    : inline(
        `${node}_append_${name}(${vars}, ${integerType(type)} value)`,
        `ncbpf_append(${queue}, &value, sizeof(value))`,
      );
}

function out(type: ValueType): readonly [parameters: string, values: string] {
  return type.kind === 'bytes'
    ? ['void *to, size_t room', 'to, room']
    : [`${integerType(type)} *to`, 'to, sizeof(*to)'];
}

function take(node: string, { name, type }: BoundQueue): string {
  const [parameters, values] = out(type);
  return inline(
    `${node}_take_${name}(struct ${node}_vars *vars, ${parameters})`,
    `ncbpf_take(&vars->space, vars->queue_${name}, ${values})`,
  );
}

function look(node: string, { name, type }: BoundQueue): string {
  const [parameters, values] = out(type);
  return inline(
    `${node}_look_${name}(const struct ${node}_vars *vars, uint64_t *position, ${parameters})`,
    `ncbpf_look(&vars->space, vars->queue_${name}, position, ${values})`,
  );
}

/** What applications may do with a queue. Values returned are those of ncbpf_append, ncbpf_take and ncbpf_look. */
export function queueFunctions(node: string, queue: BoundQueue): string[] {
  const { name, filler, drainer } = queue;
  const filling = filler === 'network' ? [] : ['', claim(node, name, 'append'), '', append(node, queue)];
  const draining = drainer === 'network' ? [] : ['', claim(node, name, 'take'), '', take(node, queue)];
  return ['', `/* ${name}: ${describeQueue(queue)} */`, look(node, queue), ...filling, ...draining];
}
