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

/** Head of a bytes[N] in nc_vars: u32 version, u32 length[2], u32 reserved; two buffers follow. */
export const BYTES_HEAD = 16;
/** Buffers are padded to whole chunks of this many bytes, which the kernel side copies in one turn. */
export const CHUNK = 32;
const WORD = 8;

/** Rounds up to whole chunks. */
export function roundToChunk(bytes: number): number {
  return Math.ceil(bytes / CHUNK) * CHUNK;
}

/** Bytes that a variable takes in nc_vars. */
export function variableSpan(type: VariableType): number {
  return type.kind === 'integer' ? WORD : BYTES_HEAD + 2 * roundToChunk(type.size);
}

/** Places variables in the order given, each at an address aligned to 8 bytes. */
export function layoutVariables(declarations: readonly VariableDeclaration[]): {
  variables: VariableLayout[];
  /** Size of nc_vars in bytes; at least one word. */
  size: number;
} {
  let offset = 0;
  const variables = declarations.map((declaration) => {
    const placed = { ...declaration, offset };
    offset += variableSpan(declaration.type);
    return placed;
  });
  return { variables, size: Math.max(offset, WORD) };
}

/** The type as the language writes it: `u16`, `bytes[64]`. */
export function typeName(type: VariableType): string {
  return type.kind === 'bytes' ? `bytes[${type.size}]` : `${type.signed ? 'i' : 'u'}${type.size * 8}`;
}
