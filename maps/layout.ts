// Where things lie in the maps. The code generator prints C from it, the tools read and write by it.

/** Which side writes a variable; the other only reads (language, section 3). */
export type Writer = 'application' | 'network';

export interface ScalarLayout {
  readonly kind: 'integer';
  readonly signed: boolean;
  /** Width in bytes: 1, 2, 4 or 8. */
  readonly size: 1 | 2 | 4 | 8;
}

export interface BytesLayout {
  readonly kind: 'bytes';
  /** Greatest length in bytes, 1 to 1470. */
  readonly size: number;
}

export type VariableType = ScalarLayout | BytesLayout;

/** One variable in `nc_vars`. */
export interface VariableLayout {
  readonly name: string;
  readonly id: number;
  readonly type: VariableType;
  readonly writer: Writer;
  /** Byte offset in nc_vars. */
  readonly offset: number;
}

export interface VariableDeclaration {
  readonly name: string;
  readonly id: number;
  readonly type: VariableType;
  readonly writer: Writer;
}

/** One queue in `nc_vars`; its writer is the side that appends, the other takes. */
export interface QueueLayout extends VariableLayout {
  /** Values that it holds, 1 to 256. */
  readonly depth: number;
  /** Which side takes values: `network` when a `create` drains it. */
  readonly taker: Writer;
}

export interface QueueDeclaration extends VariableDeclaration {
  readonly depth: number;
  readonly taker: Writer;
}

/** Head of a bytes[N] in nc_vars: u32 version, u32 length[2], u32 reserved; two buffers follow. */
export const BYTES_HEAD = 16;
/** Buffers are padded to whole chunks of this many bytes, which the kernel side copies in one turn. */
export const CHUNK = 32;
const WORD = 8;

/** Rounds up to whole chunks. */
export function roundToChunk(bytes: number): number {
  return Math.ceil(bytes / CHUNK) * CHUNK;
}

/** Head of a queue in nc_vars: u64 head (values ever appended), u64 tail (values ever taken); `depth` slots follow. */
export const QUEUE_HEAD = 16;
/** A slot of a queue of bytes[N]: u32 length, u32 reserved, then the bytes. */
export const QUEUE_SLOT_HEAD = 8;

/** Bytes of a queue's slot: one word for an integer. */
export function queueSlotSize(type: VariableType): number {
  return type.kind === 'integer' ? WORD : QUEUE_SLOT_HEAD + roundToChunk(type.size);
}

/** Bytes that a variable takes in nc_vars. */
export function variableSpan(type: VariableType): number {
  return type.kind === 'integer' ? WORD : BYTES_HEAD + 2 * roundToChunk(type.size);
}

/** Bytes that a queue takes in nc_vars. */
export function queueSpan(type: VariableType, depth: number): number {
  return QUEUE_HEAD + depth * queueSlotSize(type);
}

/** Places variables, then queues, in the order given, each at an address aligned to 8 bytes. */
export function layoutVariables(
  declarations: readonly VariableDeclaration[],
  queueDeclarations: readonly QueueDeclaration[] = [],
): {
  variables: VariableLayout[];
  queues: QueueLayout[];
  /** Size of nc_vars in bytes; at least one word. */
  size: number;
} {
  let offset = 0;
  const place = <T extends VariableDeclaration>(declaration: T, span: number): T & { offset: number } => {
    const placed = { ...declaration, offset };
    offset += span;
    return placed;
  };
  const variables = declarations.map((each) => place(each, variableSpan(each.type)));
  const queues = queueDeclarations.map((each) => place(each, queueSpan(each.type, each.depth)));
  return { variables, queues, size: Math.max(offset, WORD) };
}

/** The type as the language writes it: `u16`, `bytes[64]`. */
export function typeName(type: VariableType): string {
  return type.kind === 'bytes' ? `bytes[${type.size}]` : `${type.signed ? 'i' : 'u'}${type.size * 8}`;
}
