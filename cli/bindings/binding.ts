// What the generators of bindings are told, and the sentences that all of them say about a variable.
import { networkVariables, shapeOf } from '../../codegen/shape.js';
import type { Program, ValueType } from '../../lang/program.js';

/** One variable of a program. */
export interface BoundVariable {
  readonly name: string;
  readonly type: ValueType;
  readonly writer: 'application' | 'network';
}

/** One queue of a program. */
export interface BoundQueue {
  readonly name: string;
  readonly type: ValueType;
  /** How many values it holds. */
  readonly depth: number;
  /** Who appends. */
  readonly filler: 'application' | 'network';
  /** Who takes; `network` is the program. */
  readonly drainer: 'application' | 'network';
}

export interface Binding {
  /** Name of the node. */
  readonly node: string;
  /** Base name of the program's file. */
  readonly file: string;
  /** In the order of their ids. */
  readonly variables: readonly BoundVariable[];
  /** In the order of their ids. */
  readonly queues: readonly BoundQueue[];
}

/** The variables and queues of a program. */
export function bindingOf(program: Program): Binding {
  const network = networkVariables(program);
  const variables = program.variables.map(({ name, id, type }): BoundVariable => {
    return { name, type, writer: network.has(id) ? 'network' : 'application' };
  });
  const queues = shapeOf(program).queues.map(({ name, writer, taker, depth }): BoundQueue => {
    const { type } = program.queues.find((queue) => queue.name === name)!;
    return { name, type, depth, filler: writer, drainer: taker };
  });
  return { node: program.node, file: program.file, variables, queues };
}

/** Bytes of an integer, greatest length of bytes[N]. */
export function sizeOf(type: ValueType): number {
  return type.kind === 'bytes' ? type.size : type.bits / 8;
}

/** As the language writes it: `u16`, `bytes[64]`. */
export function typeName(type: ValueType): string {
  return type.kind === 'bytes' ? `bytes[${type.size}]` : `${type.signed ? 'i' : 'u'}${type.bits}`;
}

/** The least and the greatest value of an integer. */
export function rangeOf({ signed, bits }: Extract<ValueType, { kind: 'integer' }>): readonly [bigint, bigint] {
  const [width, one] = [BigInt(bits), 1n];
  return signed ? [-(one << (width - one)), (one << (width - one)) - one] : [0n, (one << width) - one];
}

/** Type, size and writing side in a sentence. */
export function describe({ type, writer }: BoundVariable): string {
  const size =
    type.kind === 'bytes' ? `0 to ${type.size} bytes` : `${sizeOf(type)} ${type.bits === 8 ? 'byte' : 'bytes'}`;
  const side =
    writer === 'network' ? 'Written by the network: applications read it.' : 'Written by applications, one at a time.';
  return `${typeName(type)}, ${size}. ${side}`;
}

/** Type, depth and sides in a sentence. */
export function describeQueue({ type, depth, filler, drainer }: BoundQueue): string {
  const fills = filler === 'network' ? 'Filled by the network' : 'Filled by applications, one at a time';
  const drains = drainer === 'network' ? 'drained by the program' : 'drained by applications, one at a time';
  return `${typeName(type)}, up to ${depth} values. ${fills}, ${drains}.`;
}

/** Where a generated file comes from. */
export function origin({ node, file }: Binding): string {
  return `The variables of node ${node}. Made by \`ncbpf bindings ${file}\`; do not edit.`;
}
